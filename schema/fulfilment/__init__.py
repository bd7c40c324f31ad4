"""Parcels as clients see them."""
