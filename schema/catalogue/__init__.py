"""Goods as clients see them."""
