"""The grammar all capabilities share; it knows none of them."""
