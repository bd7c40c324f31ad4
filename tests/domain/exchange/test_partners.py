"""Connecting a partner's warehouse: once per warehouse, never with its secret in the answer, paused and resumed."""

from dataclasses import replace

import pytest

from domain import exchange, inventory
from domain.exchange import NewPartnerWarehouse, PartnerStatus, PartnerTaken, Person
from domain.inventory import NewWarehouse, WarehouseKind
from domain.kernel import BadInput, Work, WrongState

SENDER = Person(name="掌柜", phone="057188888888", province="浙江省", city="杭州市", detail="仓前街1号")


async def connected(work: Work, code: str = "east", **changes: object) -> exchange.PartnerWarehouse:
    place = await inventory.open_warehouse(work, NewWarehouse(code=f"W-{code}", name="外仓", kind=WarehouseKind.RDC))
    given = NewPartnerWarehouse(
        code=code,
        name="华东外仓",
        warehouse_id=place.id,
        base_url="http://127.0.0.1:1/qimen",
        customer_id="c1",
        owner_code="ZHANGGUI",
        their_code="WMS-EAST",
        sender=SENDER,
        sealed_credentials="sealed",
    )
    return await exchange.connect_partner_warehouse(work, replace(given, **changes))  # type: ignore[arg-type]


async def test_a_warehouse_has_one_partner(work: Work) -> None:
    partner = await connected(work)
    with pytest.raises(PartnerTaken):
        await connected(work, "other", warehouse_id=partner.warehouse_id)


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
async def test_what_no_partner_could_use_is_refused(
    work: Work, changes: dict[str, object], path: tuple[str, ...]
) -> None:
    with pytest.raises(BadInput) as refused:
        await connected(work, **changes)
    assert refused.value.path == path


async def test_damaged_goods_need_a_place_for_them(work: Work) -> None:
    good = await inventory.open_warehouse(work, NewWarehouse(code="GOOD", name="好货", kind=WarehouseKind.RDC))
    with pytest.raises(BadInput) as refused:
        await connected(work, defective_warehouse_id=good.id)
    assert refused.value.path == ("input", "defectiveWarehouseId")


async def test_a_partner_is_paused_and_resumed(work: Work) -> None:
    partner = await connected(work)
    assert (await exchange.pause_partner_warehouse(work, partner.id, "盘点")).status is PartnerStatus.PAUSED
    with pytest.raises(WrongState):
        await exchange.pause_partner_warehouse(work, partner.id, "again")
    assert (await exchange.resume_partner_warehouse(work, partner.id)).status_reason is None


def test_credentials_are_in_no_reading() -> None:
    assert all("sealed" not in column.name for column in exchange.partner_warehouses_by_id.statement.selected_columns)
