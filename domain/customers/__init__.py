"""Customers (会员): who buys, and where parcels go."""

from domain.customers import models as models
from domain.customers.invariants import INVARIANTS as INVARIANTS
from domain.customers.matching import Buyer as Buyer
from domain.customers.matching import customer_for as customer_for
from domain.customers.matching import match_customers as match_customers
from domain.customers.models import Address as Address
from domain.customers.models import AddressId as AddressId
from domain.customers.models import Customer as Customer
from domain.customers.models import CustomerId as CustomerId
from domain.customers.models import CustomerIdentity as CustomerIdentity
from domain.customers.personal_data import SEE_PHONE as SEE_PHONE
from domain.customers.personal_data import masked_email as masked_email
from domain.customers.personal_data import masked_phone as masked_phone
from domain.customers.profiles import CustomerChanges as CustomerChanges
from domain.customers.profiles import NewAddress as NewAddress
from domain.customers.profiles import add_address as add_address
from domain.customers.profiles import create_customer as create_customer
from domain.customers.profiles import edit_customer as edit_customer
from domain.customers.queries import addresses_of as addresses_of
from domain.customers.queries import customers_by_created as customers_by_created
from domain.customers.queries import customers_by_id as customers_by_id
from domain.customers.queries import customers_by_name as customers_by_name
from domain.customers.queries import customers_by_number as customers_by_number
from domain.customers.queries import customers_of_numbers as customers_of_numbers
from domain.customers.queries import customers_page as customers_page
from domain.customers.queries import identities_of as identities_of
