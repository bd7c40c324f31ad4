"""Stock as clients see it."""
