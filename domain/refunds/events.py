"""What happened to refunds of platforms (退款事实)."""

from uuid import UUID

from domain.kernel import Event
from domain.refunds.models import PlatformRefundId


class RefundDecided(Event):
    """Somebody decided a refund here; its platform is owed the decision."""

    refund_id: PlatformRefundId


class ReturnRefundMoved(Event):
    """A refund whose goods come back came to another stage on its platform: such as under way, or paid back."""

    refund_id: PlatformRefundId


class DecidedRefundMoved(Event):
    """A refund that was decided here came to another stage on its platform, or its buyer asks for something else."""

    refund_id: PlatformRefundId
    order_id: UUID
