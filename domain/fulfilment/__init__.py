"""Fulfilment (发货): from a reviewed order to a parcel handed over."""

from domain.fulfilment import models as models
from domain.fulfilment.events import OrderShipped as OrderShipped
from domain.fulfilment.invariants import INVARIANTS as INVARIANTS
from domain.fulfilment.models import Shipment as Shipment
from domain.fulfilment.models import ShipmentId as ShipmentId
from domain.fulfilment.models import ShipmentLine as ShipmentLine
from domain.fulfilment.parcels import Parcel as Parcel
from domain.fulfilment.parcels import parcel as parcel
from domain.fulfilment.queries import lines_of_shipments as lines_of_shipments
from domain.fulfilment.queries import shipments_by_id as shipments_by_id
from domain.fulfilment.queries import shipments_of as shipments_of
from domain.fulfilment.shipping import SHIPMENT as SHIPMENT
from domain.fulfilment.shipping import NoWarehouse as NoWarehouse
from domain.fulfilment.shipping import ShipLine as ShipLine
from domain.fulfilment.shipping import WaybillImplausible as WaybillImplausible
from domain.fulfilment.shipping import WaybillUsed as WaybillUsed
from domain.fulfilment.shipping import WorthlessParcel as WorthlessParcel
from domain.fulfilment.shipping import ship_order as ship_order
from domain.fulfilment.telling import ShipmentToTell as ShipmentToTell
from domain.fulfilment.telling import ToldLine as ToldLine
from domain.fulfilment.telling import note_order_told as note_order_told
from domain.fulfilment.telling import note_told as note_told
from domain.fulfilment.telling import shipment_to_tell as shipment_to_tell
from domain.fulfilment.timeline import timeline_of as timeline_of
