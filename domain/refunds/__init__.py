"""Refunds of platforms (平台退款): what buyers ask for there, and what is decided about it here."""

from domain.refunds.deciding import GoodsHaveLeft as GoodsHaveLeft
from domain.refunds.deciding import RefundDecidedAlready as RefundDecidedAlready
from domain.refunds.deciding import RefundOfUnknownOrder as RefundOfUnknownOrder
from domain.refunds.deciding import agree_refund as agree_refund
from domain.refunds.deciding import confirm_refund_goods as confirm_refund_goods
from domain.refunds.deciding import refuse_refund as refuse_refund
from domain.refunds.events import DecidedRefundMoved as DecidedRefundMoved
from domain.refunds.events import RefundDecided as RefundDecided
from domain.refunds.incoming import IncomingRefund as IncomingRefund
from domain.refunds.incoming import RefundStage as RefundStage
from domain.refunds.incoming import UnreadableRefund as UnreadableRefund
from domain.refunds.invariants import INVARIANTS as INVARIANTS
from domain.refunds.models import PlatformRefund as PlatformRefund
from domain.refunds.models import PlatformRefundId as PlatformRefundId
from domain.refunds.models import RefundDecision as RefundDecision
from domain.refunds.queries import RefundFilter as RefundFilter
from domain.refunds.queries import platform_refunds as platform_refunds
from domain.refunds.queries import platform_refunds_by_id as platform_refunds_by_id
from domain.refunds.queries import refunds_of_orders as refunds_of_orders
from domain.refunds.receiving import find_orders as find_orders
from domain.refunds.receiving import receive_refunds as receive_refunds
from domain.refunds.telling import DecisionToTell as DecisionToTell
from domain.refunds.telling import decision_to_tell as decision_to_tell
from domain.refunds.telling import decisions_to_tell as decisions_to_tell
from domain.refunds.telling import note_refused as note_refused
from domain.refunds.telling import note_taken as note_taken
