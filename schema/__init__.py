"""What clients see: one GraphQL schema over all capabilities."""
