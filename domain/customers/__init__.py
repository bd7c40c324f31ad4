"""Customers (会员): who buys, and where parcels go."""

from domain.customers import models as models
from domain.customers.matching import Buyer as Buyer
from domain.customers.matching import customer_for as customer_for
from domain.customers.matching import match_customers as match_customers
from domain.customers.models import AddressId as AddressId
from domain.customers.models import Customer as Customer
from domain.customers.models import CustomerId as CustomerId
