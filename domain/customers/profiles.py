"""Customer profiles (会员档案): names, phones and addresses that staff keep; every change counts a version."""

import re
from dataclasses import dataclass

from sqlalchemy import func, select

from domain.customers.models import Address, Customer, CustomerId
from domain.kernel import BadInput, NotFound, Work, action
from domain.kernel.versions import check_version

NAME_LENGTH_MAX = 200
RANK_LENGTH_MAX = 50
TEXT_LENGTH_MAX = 500
ADDRESSES_MAX = 50

PHONE = re.compile(r"\+?[0-9][0-9 -]{3,18}[0-9]")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}")


@dataclass(frozen=True, kw_only=True)
class NewAddress:
    """Where parcels go."""

    receiver_name: str
    detail: str
    phone: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    town: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerChanges:
    """What is to change of a customer; None stays as it is, an empty rank takes it away."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    rank: str | None = None


@action
async def create_customer(
    work: Work, name: str, *, phone: str | None = None, email: str | None = None, address: NewAddress | None = None
) -> Customer:
    """Add a customer, with an address if there is one."""
    check_customer(name, phone, email)
    customer = Customer(name=name.strip(), phone=phone, email=email, created_at=work.now)
    work.session.add(customer)
    await work.session.flush()
    if address is not None:
        _add(work, customer.id, address)
    return customer


@action
async def edit_customer(
    work: Work, customer_id: CustomerId, changes: CustomerChanges, *, expected_version: int | None = None
) -> Customer:
    """Change the name, phone, e-mail address or rank of a customer."""
    customer = await customer_for_change(work, customer_id)
    await check_version(work, customer, expected_version)
    check_customer(changes.name, changes.phone, changes.email)
    if len(changes.rank or "") > RANK_LENGTH_MAX:
        raise BadInput(field="rank", problem=f"has at most {RANK_LENGTH_MAX} characters").at("input", "rank")
    for field in ("name", "phone", "email"):
        if (value := getattr(changes, field)) is not None:
            setattr(customer, field, value.strip())
    if changes.rank is not None:
        customer.rank = changes.rank.strip() or None
    customer.version += 1
    return customer


@action
async def add_address(work: Work, customer_id: CustomerId, address: NewAddress) -> Customer:
    """Give a customer one more address."""
    customer = await customer_for_change(work, customer_id)
    counted = select(func.count()).select_from(Address).where(Address.customer_id == customer_id)
    if int(await work.session.scalar(counted) or 0) >= ADDRESSES_MAX:
        raise BadInput(field="address", problem=f"a customer has at most {ADDRESSES_MAX}").at("input")
    _add(work, customer_id, address)
    customer.version += 1
    return customer


def check_customer(name: str | None, phone: str | None, email: str | None) -> None:
    """Refuse a name, phone or e-mail address that cannot be one."""
    if name is not None and not 1 <= len(name.strip()) <= NAME_LENGTH_MAX:
        raise BadInput(field="name", problem=f"needs 1 to {NAME_LENGTH_MAX} characters").at("input", "name")
    if phone is not None and not PHONE.fullmatch(phone):
        raise BadInput(field="phone", problem=f"{phone[:20]!r} is not a phone number").at("input", "phone")
    if email is not None and not EMAIL.fullmatch(email):
        raise BadInput(field="email", problem="is not an e-mail address").at("input", "email")


def _add(work: Work, customer_id: CustomerId, given: NewAddress) -> None:
    check_customer(given.receiver_name, given.phone, None)
    for field in ("detail", "province", "city", "district", "town", "postal_code"):
        if len(getattr(given, field) or "") > TEXT_LENGTH_MAX:
            raise BadInput(field=field, problem=f"at most {TEXT_LENGTH_MAX} characters").at("input", "address", field)
    if not given.detail.strip():
        raise BadInput(field="detail", problem="is empty").at("input", "address", "detail")
    work.session.add(Address(customer_id=customer_id, created_at=work.now, **given.__dict__))


async def customer_for_change(work: Work, customer_id: CustomerId) -> Customer:
    """Load a customer, locked, or refuse."""
    customer = await work.session.get(Customer, customer_id, with_for_update=True, populate_existing=True)
    if customer is None:
        raise NotFound(what="customer", which=str(customer_id)).at("input", "id")
    return customer
