"""What happens to bundles (套件事实)."""

from uuid import UUID

from domain.kernel import Event


class BundleChanged(Event):
    """A variant is made up of other variants, of others than before, or of none any more."""

    variant_id: UUID
