"""Alerts as clients see them: a list, and its live tail."""
