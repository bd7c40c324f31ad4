"""Who gets a parcel (收货人), as clients see them: phones are masked for those who may not see them."""

from typing import Any

import strawberry

from schema.base import Info
from schema.customers.types import phone_for


@strawberry.type(description="Who gets the parcel; a platform may mask the data and give a token for it.")
class Receiver:
    """Chinese divisions, from the largest to the smallest."""

    receiver_name: str | None = strawberry.field(name="name", description="The name.")
    province: str | None = strawberry.field(description="The province (省).")
    city: str | None = strawberry.field(description="The city (市).")
    district: str | None = strawberry.field(description="The district (区县).")
    town: str | None = strawberry.field(description="The town (街道).")
    address_detail: str | None = strawberry.field(name="detail", description="The street and number.")
    postal_code: str | None = strawberry.field(description="The postal code.")
    address_token: str | None = strawberry.field(description="What a platform gives instead of a masked address.")

    @strawberry.field(description="The phone; masked without `customers.see_phone`.")
    def phone(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        return phone_for(info, root.receiver_phone)
