"""Reading bundles (套件查询): what a variant is made of."""

from sqlalchemy import select

from domain.bundles.models import Bundle, BundleComponent
from domain.kernel import Reading

# The bundle that a variant is, if it is one.
bundles_by_variant = Reading(select(*Bundle.__table__.columns), Bundle.variant_id)
COMPONENTS = select(*BundleComponent.__table__.columns).order_by(BundleComponent.position)
# What bundles are made of, in their stated order.
components_of = Reading(COMPONENTS, BundleComponent.bundle_id, many=True)
