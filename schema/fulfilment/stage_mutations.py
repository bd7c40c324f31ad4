"""The mutations of work in a warehouse (仓内作业): release, waves, picking, and calling back."""

import functools
from typing import Any

import strawberry

from domain import fulfilment
from schema.fulfilment import stage_inputs as inputs
from schema.fulfilment.stages import PutBack, Release, Wave, key_or_none
from schema.inventory.types import Warehouse
from schema.mutating import Call, OnRefusal, bulk_mutation, mutation


def released(call: Call, given: inputs.ReleaseOrderInput) -> dict[str, Any]:
    """Read one order to release as the action wants it."""
    return {
        "order_id": call.key("Order", given.order_id),
        "carrier_code": given.carrier_code,
        "expected_version": given.expected_version,
    }


def recalled(call: Call, given: inputs.RecallOrderInput) -> dict[str, Any]:
    """Read one order to call back as the action wants it."""
    return {
        "order_id": call.key("Order", given.order_id),
        "reason": given.reason,
        "expected_version": given.expected_version,
    }


def picked(call: Call, given: inputs.PickInput) -> fulfilment.PickedGoods:
    """Read one entry of a walk as the action wants it."""
    return fulfilment.PickedGoods(
        variant_id=call.key("Variant", given.variant_id),
        quantity=given.quantity,
        bin_id=key_or_none(call, "Bin", given.bin_id),
        lot_id=key_or_none(call, "Lot", given.lot_id),
        release_id=key_or_none(call, "Release", given.release_id),
        missing=given.missing,
    )


@strawberry.type
class StagesMutation:
    """Mutations."""

    @mutation(Release)
    async def release_order(self, call: Call, input: inputs.ReleaseOrderInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.release_order, **released(call, input))

    @bulk_mutation(Release)
    async def release_orders(self, call: Call, inputs: list[inputs.ReleaseOrderInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(released, call, each) for each in inputs]
        return await call.perform_each(fulfilment.release_order, given, on_refusal)

    @mutation(Release)
    async def recall_order(self, call: Call, input: inputs.RecallOrderInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.recall_order, **recalled(call, input))

    @bulk_mutation(Release)
    async def recall_orders(self, call: Call, inputs: list[inputs.RecallOrderInput], on_refusal: OnRefusal) -> Any:
        given = [functools.partial(recalled, call, each) for each in inputs]
        return await call.perform_each(fulfilment.recall_order, given, on_refusal)

    @mutation(Warehouse)
    async def set_warehouse_rules(self, call: Call, input: inputs.SetWarehouseRulesInput) -> Any:  # noqa: A002
        rules = fulfilment.NewWarehouseRules(
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            releases_itself=input.releases_itself,
            release_after_minutes=input.release_after_minutes,
            weighs=input.weighs,
            weight_tolerance_percent=input.weight_tolerance_percent,
            weight_tolerance_grams=input.weight_tolerance_grams,
        )
        return await call.perform(fulfilment.set_warehouse_rules, rules)

    @mutation(Wave)
    async def make_wave(self, call: Call, input: inputs.MakeWaveInput) -> Any:  # noqa: A002
        wave = fulfilment.NewWave(
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            mode=input.mode,
            size=input.size,
            carrier_code=input.carrier_code,
            single=input.single,
            order_ids=None if input.order_ids is None else [call.key("Order", each) for each in input.order_ids],
        )
        return await call.perform(fulfilment.make_wave, wave)

    @mutation(Wave)
    async def assign_wave(self, call: Call, input: inputs.AssignWaveInput) -> Any:  # noqa: A002
        return await call.perform(
            fulfilment.assign_wave, call.key("Wave", input.wave_id), call.key("Staff", input.staff_id)
        )

    @mutation(Wave)
    async def cancel_wave(self, call: Call, input: inputs.CancelWaveInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.cancel_wave, call.key("Wave", input.wave_id))

    @mutation(Wave)
    async def confirm_picks(self, call: Call, input: inputs.ConfirmPicksInput) -> Any:  # noqa: A002
        picks = [picked(call, each) for each in input.picks]
        return await call.perform(fulfilment.confirm_picks, call.key("Wave", input.wave_id), picks)

    @mutation(PutBack)
    async def put_back_goods(self, call: Call, input: inputs.PutBackGoodsInput) -> Any:  # noqa: A002
        bin_id = key_or_none(call, "Bin", input.bin_id)
        return await call.perform(fulfilment.put_back_goods, call.key("PutBack", input.id), bin_id)
