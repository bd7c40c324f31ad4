"""What happens to goods (商品事实)."""

from domain.catalogue.models import ProductId
from domain.kernel import Event


class ProductChanged(Event):
    """A product is new, or what shops show of it has changed: its texts, pictures, variants or barcodes."""

    product_id: ProductId


class ProductRetired(Event):
    """A product is no longer sold."""

    product_id: ProductId


class ProductRestored(Event):
    """A retired product is sold again."""

    product_id: ProductId
