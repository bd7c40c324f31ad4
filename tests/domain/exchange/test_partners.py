"""Connecting a partner's warehouse: once per warehouse, never with its secret in the answer, paused and resumed."""

from dataclasses import replace
from typing import Any

import pytest

from domain import exchange
from domain.exchange import PartnerStatus, PartnerTaken
from domain.kernel import BadInput, Work, WrongState
from tests.domain.exchange.builders import SENDER, a_partner
from tests.domain.inventory.builders import a_warehouse


async def connected(work: Work, **changes: Any) -> exchange.PartnerWarehouse:
    return await a_partner(work, changes.pop("warehouse_id", None) or await a_warehouse(work), **changes)


async def test_a_warehouse_has_one_partner(work: Work) -> None:
    partner = await connected(work)
    with pytest.raises(PartnerTaken):
        await connected(work, warehouse_id=partner.warehouse_id)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"base_url": "http://user:word@host/"}, ("input", "baseUrl")),
        ({"base_url": "file:///etc/passwd"}, ("input", "baseUrl")),
        ({"base_url": "http://host/?a=1"}, ("input", "baseUrl")),
        ({"sender": replace(SENDER, phone=" ")}, ("input", "sender", "phone")),
        ({"customer_id": ""}, ("input", "customerId")),
    ],
)
async def test_what_no_partner_could_use_is_refused(work: Work, changes: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as refused:
        await connected(work, **changes)
    assert refused.value.path == path


async def test_damaged_goods_need_a_place_for_them(work: Work) -> None:
    good = await a_warehouse(work)
    with pytest.raises(BadInput) as refused:
        await connected(work, defective_warehouse_id=good)
    assert refused.value.path == ("input", "defectiveWarehouseId")


async def test_a_partner_is_paused_and_resumed(work: Work) -> None:
    partner = await connected(work)
    assert (await exchange.pause_partner_warehouse(work, partner.id, "盘点")).status is PartnerStatus.PAUSED
    with pytest.raises(WrongState):
        await exchange.pause_partner_warehouse(work, partner.id, "again")
    assert (await exchange.resume_partner_warehouse(work, partner.id)).status_reason is None


def test_credentials_are_in_no_reading() -> None:
    assert all("sealed" not in column.name for column in exchange.partner_warehouses_by_id.statement.selected_columns)
