"""Prices (价格): by channel and date."""

from domain.pricing import models as models
from domain.pricing.in_force import prices_in_force as prices_in_force
from domain.pricing.in_force import prices_of_variants as prices_of_variants
from domain.pricing.models import Price as Price
from domain.pricing.models import PriceId as PriceId
from domain.pricing.models import PriceList as PriceList
from domain.pricing.models import PriceListId as PriceListId
