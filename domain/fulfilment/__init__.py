"""Fulfilment (发货): from a reviewed order to a parcel handed over."""

from domain.fulfilment import models as models
