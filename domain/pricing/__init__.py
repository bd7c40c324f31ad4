"""Prices (价格): by channel and date."""

from domain.pricing import models as models
