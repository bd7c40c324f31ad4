"""Composition (套件组成): what a bundle is made of. Bundles are not nested, so what one needs is plain to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, or_, select

from domain import catalogue, inventory
from domain.bundles.events import BundleChanged
from domain.bundles.models import Bundle, BundleComponent, BundleKind
from domain.kernel import BadInput, NotFound, Quantity, Refusal, VersionConflict, Work, action

COMPONENTS_MAX = 50
PIECES_MAX = Quantity(10_000)
ONE = Quantity(1)


class BundleNested(Refusal):
    """{sku} is a bundle or part of one; bundles are made of single articles only."""

    sku: str
    chinese = "{sku} 是套件或套件的组成部分，套件不能嵌套"


class BundleInStock(Refusal):
    """There is stock of {sku}, so it cannot be a virtual bundle; take it apart or sell it first."""

    sku: str
    chinese = "{sku} 仍有库存，不能改为虚拟套件，请先拆卸或售完"


@dataclass(frozen=True, kw_only=True)
class Component:
    """A variant and how many whole pieces of it are in one bundle."""

    variant_id: UUID
    quantity: Quantity


@action
async def compose_bundle(
    work: Work, variant_id: UUID, kind: BundleKind, components: Sequence[Component], expected_version: int | None = None
) -> catalogue.VariantId:
    """Say what a variant is made of, and whether it is sold by its components or made of them beforehand."""
    _check(variant_id, components)
    skus = await _locked(work, variant_id, components)
    await _refuse_nesting(work, variant_id, components, skus)
    before = await _before(work, variant_id, expected_version)
    if kind is BundleKind.VIRTUAL and await inventory.is_in_stock(work, variant_id):
        raise BundleInStock(sku=skus[variant_id]).at("input", "kind")
    if before is None:
        before = Bundle(variant_id=variant_id, kind=kind, version=0, changed_by="", changed_at=work.now)
        work.session.add(before)
    before.kind, before.version = kind, before.version + 1
    before.changed_by, before.changed_at = work.actor.name, work.now
    await work.session.flush()
    await work.execute(delete(BundleComponent).where(BundleComponent.bundle_id == variant_id))
    await work.execute(insert(BundleComponent), _rows(variant_id, components))
    await catalogue.set_stocked(work, variant_id, stocked=kind is not BundleKind.VIRTUAL)
    work.record(BundleChanged(variant_id=variant_id))
    return catalogue.VariantId(variant_id)


@action
async def dissolve_bundle(work: Work, variant_id: UUID, expected_version: int | None = None) -> catalogue.VariantId:
    """Make a bundle an article of its own again; orders that were taken keep what they were taken for."""
    bundle = await _before(work, variant_id, expected_version)
    if bundle is None:
        raise NotFound(what="bundle", which=str(variant_id)).at("input", "variantId")
    await work.execute(delete(BundleComponent).where(BundleComponent.bundle_id == variant_id))
    await work.session.delete(bundle)
    await catalogue.set_stocked(work, variant_id, stocked=True)
    work.record(BundleChanged(variant_id=variant_id))
    return catalogue.VariantId(variant_id)


def _check(variant_id: UUID, components: Sequence[Component]) -> None:
    if not 1 <= len(components) <= COMPONENTS_MAX:
        problem = f"there must be 1 to {COMPONENTS_MAX}"
        raise BadInput(field="components", problem=problem).at("input", "components")
    seen = {variant_id}
    for index, each in enumerate(components):
        where = ("input", "components", str(index))
        if each.variant_id in seen:
            problem = "is the bundle itself, or named twice"
            raise BadInput(field="variantId", problem=problem).at(*where, "variantId")
        if not ONE <= each.quantity <= PIECES_MAX or each.quantity.value % 1:
            problem = f"must be whole pieces, 1 to {PIECES_MAX.value:f}"
            raise BadInput(field="quantity", problem=problem).at(*where, "quantity")
        seen.add(each.variant_id)


async def _locked(work: Work, variant_id: UUID, components: Sequence[Component]) -> dict[UUID, str]:
    """Lock the variants in order, so that two who compose of the same never make a nest of it; say their SKUs."""
    variant = catalogue.Variant
    wanted = [variant_id, *(each.variant_id for each in components)]
    locked = select(variant.id, variant.sku).where(variant.id.in_(wanted)).order_by(variant.id).with_for_update()
    skus = {row.id: row.sku for row in await work.rows(locked)}
    if variant_id not in skus:
        raise NotFound(what="variant", which=str(variant_id)).at("input", "variantId")
    for index, each in enumerate(components):
        if each.variant_id not in skus:
            missing = NotFound(what="variant", which=str(each.variant_id))
            raise missing.at("input", "components", str(index), "variantId")
    return skus


async def _refuse_nesting(work: Work, variant_id: UUID, components: Sequence[Component], skus: dict[UUID, str]) -> None:
    parts = [each.variant_id for each in components]
    nested: ColumnElement[bool] = or_(BundleComponent.component_id == variant_id, BundleComponent.bundle_id.in_(parts))
    rows = await work.rows(select(BundleComponent.bundle_id).where(nested).limit(1))
    if not rows:
        return
    inner = rows[0].bundle_id
    if inner in skus and inner != variant_id:
        place = ("components", str(parts.index(inner)), "variantId")
        raise BundleNested(sku=skus[inner]).at("input", *place)
    raise BundleNested(sku=skus[variant_id]).at("input", "variantId")


async def _before(work: Work, variant_id: UUID, expected_version: int | None) -> Bundle | None:
    bundle = await work.session.get(Bundle, variant_id, with_for_update=True, populate_existing=True)
    version = bundle.version if bundle is not None else 0
    if expected_version is not None and expected_version != version:
        by, at = (bundle.changed_by, bundle.changed_at.isoformat()) if bundle is not None else ("—", "—")
        raise VersionConflict(current=version, changed_by=by, changed_at=at).at("input", "expectedVersion")
    return bundle


def _rows(variant_id: UUID, components: Sequence[Component]) -> list[dict[str, object]]:
    return [
        {
            "bundle_id": variant_id,
            "component_id": each.variant_id,
            "position": position,
            "quantity": each.quantity,
        }
        for position, each in enumerate(components, start=1)
    ]
