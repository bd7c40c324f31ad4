"""What can be done to promotions (促销变更)."""

from typing import Any

import strawberry

from domain import promotions
from schema.mutating import Call, mutation
from schema.promotions.inputs import DefineGiftRuleInput, GiftGoodsInput
from schema.promotions.types import GiftRule


@strawberry.type
class PromotionsMutation:
    """Mutations."""

    @mutation(GiftRule)
    async def define_gift_rule(self, call: Call, input: DefineGiftRuleInput) -> Any:  # noqa: A002
        rule = promotions.DefinedGiftRule(
            id=call.key("GiftRule", input.id) if input.id else None,
            name=input.name,
            group=input.group,
            priority=input.priority,
            active=input.active,
            total_max=input.total_max,
            per_customer_max=input.per_customer_max,
            conditions=_conditions(call, input),
        )
        return await call.perform(promotions.define_gift_rule, rule)


def _conditions(call: Call, given: DefineGiftRuleInput) -> promotions.GiftConditions:
    return promotions.GiftConditions(
        gifts=[promotions.GiftChoice(call.key("Variant", each.variant_id), each.quantity) for each in given.gifts],
        pick=given.pick,
        moment=given.moment,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        channel_ids=_keys(call, "Channel", given.channel_ids),
        brand_ids=_keys(call, "Brand", given.brand_ids),
        categories=given.categories or (),
        variant_ids=_keys(call, "Variant", given.variant_ids),
        excluded_variant_ids=_keys(call, "Variant", given.excluded_variant_ids),
        buyer_ranks=given.buyer_ranks or (),
        ranges=[
            promotions.GiftRange(each.measure, each.at_least, each.at_most, _goods(call, each.goods))
            for each in given.ranges or ()
        ],
        address_words=given.address_words or (),
        message_words=given.message_words or (),
        memo_word=given.memo_word,
        steps=[promotions.GiftStep(each.measure, each.step, _goods(call, each.goods)) for each in given.steps or ()],
        multiple_by=given.multiple_by,
        multiple_max=given.multiple_max,
    )


def _goods(call: Call, given: GiftGoodsInput | None) -> promotions.GiftGoods | None:
    if given is None:
        return None
    return promotions.GiftGoods(
        brand_ids=_keys(call, "Brand", given.brand_ids),
        categories=given.categories or (),
        variant_ids=_keys(call, "Variant", given.variant_ids),
    )


def _keys(call: Call, type_name: str, ids: list[strawberry.ID] | None) -> list[Any]:
    return [call.key(type_name, each) for each in ids or ()]
