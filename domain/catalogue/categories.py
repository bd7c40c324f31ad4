"""Brands and categories (品牌, 类目): the shelves goods are found on; a path lists the codes from the root."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import insert

from domain.catalogue.codes import SLUG, check_form, check_name
from domain.catalogue.models import Brand, Category, CategoryId, Product
from domain.kernel import BadInput, NotFound, Refusal, Work, action, identifier

DEPTH_MAX = 8


class BrandTaken(Refusal):
    """There is already a brand {name}."""

    name: str
    chinese = "品牌 {name} 已存在"


class CategoryTaken(Refusal):
    """There is already a category {category}."""

    category: str
    chinese = "类目 {category} 已存在"


@action
async def create_brand(work: Work, name: str) -> Brand:
    """Add a brand."""
    check_name("name", name)
    row = {"id": identifier(), "name": name.strip()}
    if not await work.change(insert(Brand).values(row).on_conflict_do_nothing()):
        raise BrandTaken(name=name).at("input", "name")
    return await work.session.get_one(Brand, row["id"])


@action
async def create_category(work: Work, code: str, name: str, *, parent_id: CategoryId | None = None) -> Category:
    """Add a category, at the root or under another one."""
    check_form("code", code, SLUG)
    check_name("name", name)
    parent = await work.session.get(Category, parent_id) if parent_id is not None else None
    if parent_id is not None and parent is None:
        raise NotFound(what="category", which=str(parent_id)).at("input", "parentId")
    path = f"{parent.path}/{code}" if parent else code
    if path.count("/") >= DEPTH_MAX:
        raise BadInput(field="parentId", problem=f"categories nest at most {DEPTH_MAX} deep").at("input", "parentId")
    row = {"id": identifier(), "code": code, "name": name.strip(), "parent_id": parent_id, "path": path}
    if not await work.change(insert(Category).values(row).on_conflict_do_nothing()):
        raise CategoryTaken(category=code).at("input", "code")
    return await work.session.get_one(Category, row["id"])


def within_category(category_id: CategoryId) -> ColumnElement[bool]:
    """State that a product lies in a category or anywhere below it."""
    top = select(Category.path).where(Category.id == category_id).scalar_subquery()
    below = select(Category.id).where(or_(Category.id == category_id, Category.path.startswith(top.concat("/"))))
    return Product.category_id.in_(below)
