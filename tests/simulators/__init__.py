"""What must hold: rules, actions on a real database, stories through the whole, and the house itself."""
