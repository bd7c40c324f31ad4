"""Channels as clients see them."""
