"""New goods as they are given (商品录入): a product with everything that belongs to it, checked before it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from domain.catalogue.codes import BARCODE, SKU, SLUG, check_distinct, check_form, check_name
from domain.catalogue.models import BrandId, CategoryId
from domain.kernel import BadInput

VARIANTS_MAX = 100
BARCODES_MAX = 20
IMAGES_MAX = 20
ATTRIBUTES_MAX = 50
TEXT_LENGTH_MAX = 20_000
ADDRESS_LENGTH_MAX = 2_000
WEIGHT_GRAMS_MAX = 10_000_000


@dataclass(frozen=True, kw_only=True)
class NewVariant:
    """A variant to be kept."""

    sku: str
    specification: str = ""
    weight_grams: int = 0
    volume_millilitres: int = 0
    prescription: bool = False
    barcodes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewProduct:
    """A product to be kept, with everything that belongs to it."""

    slug: str
    name: str
    variants: tuple[NewVariant, ...] = ()
    description: str = ""
    brand_id: BrandId | None = None
    category_id: CategoryId | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    images: tuple[str, ...] = ()


def check_product(given: NewProduct) -> None:
    """Refuse a product that could not be shown or sold."""
    check_form("slug", given.slug, SLUG)
    check_texts(given.name, given.description, given.attributes)
    check_images(given.images)
    check_count("variants", given.variants, VARIANTS_MAX)
    for each in given.variants:
        check_variant(each)
    check_distinct("sku", [each.sku for each in given.variants])
    check_distinct("barcodes", [code for each in given.variants for code in each.barcodes])


def check_variant(given: NewVariant) -> None:
    """Refuse a variant that could not be stocked or sold."""
    check_form("sku", given.sku, SKU)
    check_measures(given.weight_grams, given.volume_millilitres)
    check_count("barcodes", given.barcodes, BARCODES_MAX)
    check_distinct("barcodes", given.barcodes)
    for each in given.barcodes:
        check_form("barcodes", each, BARCODE)
    _limit("specification", given.specification, ADDRESS_LENGTH_MAX)


def check_measures(weight_grams: int | None, volume_millilitres: int | None) -> None:
    """Refuse a weight or volume no parcel could have."""
    for name, value in (("weightGrams", weight_grams), ("volumeMillilitres", volume_millilitres)):
        if value is not None and not 0 <= value <= WEIGHT_GRAMS_MAX:
            raise BadInput(field=name, problem=f"must lie between 0 and {WEIGHT_GRAMS_MAX}").at("input", name)


def check_texts(name: str | None, description: str | None, attributes: Mapping[str, str] | None) -> None:
    """Refuse texts that are empty where they must not be, or endless."""
    if name is not None:
        check_name("name", name)
    _limit("description", description or "", TEXT_LENGTH_MAX)
    check_count("attributes", list(attributes or {}), ATTRIBUTES_MAX)
    for key, value in (attributes or {}).items():
        check_name("attributes", key)
        _limit("attributes", value, TEXT_LENGTH_MAX)


def check_images(images: Sequence[str]) -> None:
    """Refuse pictures that no browser could load."""
    check_count("images", images, IMAGES_MAX)
    check_distinct("images", images)
    for each in images:
        _limit("images", each, ADDRESS_LENGTH_MAX)
        try:
            address = urlsplit(each)
        except ValueError:
            address = urlsplit("")
        if address.scheme not in {"http", "https"} or not address.netloc:
            raise BadInput(field="images", problem=f"{each[:100]!r} is not a web address").at("input", "images")


def check_count(name: str, values: Sequence[object], most: int) -> None:
    """Refuse a list that is too long."""
    if len(values) > most:
        raise BadInput(field=name, problem=f"at most {most}, not {len(values)}").at("input", name)


def _limit(name: str, value: str, most: int) -> None:
    if len(value) > most or "\x00" in value:
        raise BadInput(field=name, problem=f"at most {most} characters, none of them NUL").at("input", name)
