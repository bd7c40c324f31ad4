"""Stock centre (库存中心): what is where, promised to whom, worth what."""

from domain.inventory import models as models
from domain.inventory.choosing import Choice as Choice
from domain.inventory.choosing import ShortLine as ShortLine
from domain.inventory.choosing import WantedLine as WantedLine
from domain.inventory.choosing import choose_warehouse as choose_warehouse
from domain.inventory.claim_changes import MovedClaim as MovedClaim
from domain.inventory.claim_changes import move_claims as move_claims
from domain.inventory.claim_changes import promote as promote
from domain.inventory.claim_changes import release as release
from domain.inventory.claims import ClaimOutcome as ClaimOutcome
from domain.inventory.claims import ClaimRequest as ClaimRequest
from domain.inventory.claims import StockShort as StockShort
from domain.inventory.claims import claim as claim
from domain.inventory.claims import claim_in_bulk as claim_in_bulk
from domain.inventory.events import NegativeStockAttempted as NegativeStockAttempted
from domain.inventory.events import StockAdjusted as StockAdjusted
from domain.inventory.events import StockChanged as StockChanged
from domain.inventory.events import StockRanShort as StockRanShort
from domain.inventory.events import StockReceived as StockReceived
from domain.inventory.models import ClaimClass as ClaimClass
from domain.inventory.models import MovementKind as MovementKind
from domain.inventory.models import WarehouseId as WarehouseId
from domain.inventory.models import WarehouseKind as WarehouseKind
