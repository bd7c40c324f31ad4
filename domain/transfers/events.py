"""What happened to transfers (调拨事实)."""

from domain.kernel import Event
from domain.transfers.models import StockTransferId


class TransferApproved(Event):
    """Goods of a transfer are held and may leave."""

    transfer_id: StockTransferId


class TransferShipped(Event):
    """Goods of a transfer left, all of them or a part."""

    transfer_id: StockTransferId


class TransferEnded(Event):
    """A transfer is over: everything arrived, it was closed with a difference, or it was called off."""

    transfer_id: StockTransferId
