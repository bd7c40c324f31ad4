"""What can be done to carriers, their rules and their freight (物流变更)."""

from typing import Any

import strawberry

from domain import shipping
from schema.measures import money_of
from schema.mutating import Call, mutation
from schema.shipping import inputs
from schema.shipping.types import Carrier, CarrierPreference, CarrierRule, FreightTemplate


@strawberry.type
class ShippingMutation:
    """Mutations."""

    @mutation(Carrier)
    async def define_carrier(self, call: Call, input: inputs.DefineCarrierInput) -> Any:  # noqa: A002
        carrier = shipping.DefinedCarrier(
            code=input.code,
            name=input.name,
            name_chinese=input.name_chinese,
            waybill=input.waybill,
            priority=input.priority,
            cash_on_delivery=input.cash_on_delivery,
            automatic=input.automatic,
            active=input.active,
            areas=input.areas or (),
            unreached_words=input.unreached_words or (),
            memo_words=input.memo_words or (),
        )
        return await call.perform(shipping.define_carrier, carrier)

    @mutation(CarrierRule)
    async def define_carrier_rule(self, call: Call, input: inputs.DefineCarrierRuleInput) -> Any:  # noqa: A002
        terms = shipping.CarrierTerms(
            fallbacks=input.fallbacks or (),
            unreached_words=input.unreached_words or (),
            from_amounts=[
                (money_of(each.from_amount, "byAmount"), each.carrier_code) for each in input.by_amount or ()
            ],
            up_to_grams=[(each.up_to_grams, each.carrier_code) for each in input.by_weight or ()],
            not_by_weight=input.not_by_weight or (),
        )
        rule = shipping.DefinedRule(
            carrier_code=input.carrier_code, terms=terms, area=input.area, **_scope(call, input)
        )
        return await call.perform(shipping.define_carrier_rule, rule)

    @mutation(CarrierRule)
    async def remove_carrier_rule(self, call: Call, input: inputs.RemoveCarrierRuleInput) -> Any:  # noqa: A002
        return await call.perform(shipping.remove_carrier_rule, call.key("CarrierRule", input.id))

    @mutation(CarrierPreference)
    async def prefer_carriers(self, call: Call, input: inputs.PreferCarriersInput) -> Any:  # noqa: A002
        preference = shipping.DefinedPreference(
            fixed_code=input.fixed_code, cash_on_delivery_code=input.cash_on_delivery_code, **_scope(call, input)
        )
        return await call.perform(shipping.prefer_carriers, preference)

    @mutation(FreightTemplate)
    async def define_freight_template(self, call: Call, input: inputs.DefineFreightTemplateInput) -> Any:  # noqa: A002
        template = shipping.DefinedTemplate(
            carrier_code=input.carrier_code, tariff=_tariff(input.tariff), area=input.area, **_scope(call, input)
        )
        return await call.perform(shipping.define_freight_template, template)

    @mutation(FreightTemplate)
    async def remove_freight_template(self, call: Call, input: inputs.RemoveFreightTemplateInput) -> Any:  # noqa: A002
        return await call.perform(shipping.remove_freight_template, call.key("FreightTemplate", input.id))


def _scope(
    call: Call,
    given: inputs.DefineCarrierRuleInput | inputs.PreferCarriersInput | inputs.DefineFreightTemplateInput,
) -> dict[str, Any]:
    return {
        "channel_id": call.key("Channel", given.channel_id) if given.channel_id else None,
        "warehouse_id": call.key("Warehouse", given.warehouse_id) if given.warehouse_id else None,
    }


def _tariff(given: inputs.TariffInput) -> shipping.Tariff:
    return shipping.Tariff(
        first_grams=given.first_grams,
        first_price=money_of(given.first_price, "firstPrice"),
        tiers=[
            shipping.FreightTier(
                up_to_grams=each.up_to_grams, unit_grams=each.unit_grams, price=money_of(each.price, "price")
            )
            for each in given.tiers or ()
        ],
        flat_fees=[
            shipping.FlatFee(up_to_grams=each.up_to_grams, fee=money_of(each.fee, "fee"))
            for each in given.flat_fees or ()
        ],
        rounding=given.rounding,
        volume_divisor=given.volume_divisor,
    )
