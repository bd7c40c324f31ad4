"""The audit log as clients see it."""
