"""Remembered seller codes (对码): what a shop calls an article of ours, because a person once said so."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain import catalogue
from domain.channels.events import SellerCodeRemembered
from domain.channels.models import ChannelId, SellerCode
from domain.kernel import Work

REMEMBERED = select(SellerCode.code, SellerCode.variant_id).where(
    SellerCode.channel_id == bindparam("channel_id"), SellerCode.code == any_(bindparam("codes", type_=ARRAY(Text)))
)


async def remember_seller_code(
    work: Work, channel_id: ChannelId | UUID, code: str, variant_id: catalogue.VariantId | UUID
) -> None:
    """Note which article a shop means by a code from now on; what was said of the code before is over."""
    row = {
        "channel_id": channel_id,
        "code": code,
        "variant_id": variant_id,
        "said_by": work.actor.name,
        "said_at": work.now,
    }
    new = insert(SellerCode).values(row)
    said = {key: new.excluded[key] for key in ("variant_id", "said_by", "said_at")}
    await work.execute(new.on_conflict_do_update(index_elements=["channel_id", "code"], set_=said))
    work.record(SellerCodeRemembered(channel_id=ChannelId(channel_id), code=code, variant_id=variant_id))


async def remembered_codes(
    work: Work, channel_id: ChannelId | UUID, codes: Sequence[str]
) -> Mapping[str, catalogue.VariantId]:
    """Say which articles a shop means by these codes; a code nobody spoke of is absent."""
    if not codes:
        return {}
    rows = await work.rows(REMEMBERED, {"channel_id": channel_id, "codes": sorted(codes)})
    return {row.code: catalogue.VariantId(row.variant_id) for row in rows}
