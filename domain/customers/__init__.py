"""Customers (会员): who buys, and where parcels go."""

from domain.customers import models as models
