"""Carriers (物流公司): where the numbers on parcels come from."""
