"""Facts about the desk (工作台事实)."""

from domain.desk.delivery_models import DigestDeliveryId
from domain.kernel import Event


class DigestOwed(Event):
    """A digest is to be sent to an address."""

    delivery_id: DigestDeliveryId
