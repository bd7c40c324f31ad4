"""A strict in-house ERP (模拟ERP): its changes by cursor, movements and sales taken once by their numbers."""
