"""Staff, roles, API clients and sign-in as clients see them."""
