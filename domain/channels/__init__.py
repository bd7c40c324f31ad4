"""Channels (渠道): shops, what they list, how far they are read."""

from domain.channels import models as models
from domain.channels.events import GoodsPushOwed as GoodsPushOwed
from domain.channels.events import PricePushOwed as PricePushOwed
from domain.channels.events import StockPushOwed as StockPushOwed
from domain.channels.models import Channel as Channel
from domain.channels.models import ChannelId as ChannelId
from domain.channels.models import ChannelStatus as ChannelStatus
from domain.channels.models import Listing as Listing
from domain.channels.models import ListingId as ListingId
from domain.channels.models import Platform as Platform
from domain.channels.shops import channel_by_code as channel_by_code
from domain.channels.shops import channel_by_id as channel_by_id
from domain.channels.shops import currency_of as currency_of
from domain.channels.shops import warehouses_by_channel as warehouses_by_channel
from domain.channels.shops import warehouses_of as warehouses_of
from domain.channels.shown_stock import ShownStock as ShownStock
from domain.channels.shown_stock import listings_of_variants as listings_of_variants
from domain.channels.shown_stock import show_stock as show_stock
