"""The Qimen connector against the strict stranger: signed, repeatable, refused with a reason, and read exactly."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from connectors.faults import ConnectorFault, OurFault, PlatformFault, SessionDead, UnreadableAnswer
from connectors.http import Http
from connectors.wms.port import PartnerRefused, WmsAccount
from connectors.wms.qimen import QimenWms
from connectors.wms.qimen_xml import read_xml, write_xml
from domain.exchange import ArticleToSend, GoodsType, PaperGoods, PaperKind, PaperToSend, PaperType, Person
from domain.kernel import Money, Quantity
from tests.connectors.simulated import Simulated

SOMEBODY = Person(name="王小明", phone="13812345678", province="浙江省", city="杭州市", detail="文三路1号 <A&B>")


def account(simulated: Simulated, **changes: Any) -> WmsAccount:
    told = simulated.ports["wms"]
    known = {
        "base_url": told["url"],
        "customer_id": told["customer_id"],
        "owner_code": told["owner_code"],
        "warehouse_code": told["warehouse_codes"][0],
        "sender": SOMEBODY,
        "app_key": told["app_key"],
        "app_secret": told["app_secret"],
    }
    return WmsAccount(**(known | changes))


def paper(kind: PaperKind, type_: PaperType, *quantities: str, number: str | None = None, **more: Any) -> PaperToSend:
    lines = [
        PaperGoods(line_number=place, item_code=f"A{place}", title="烛台", quantity=Quantity(each), price=Money("9.90"))
        for place, each in enumerate(quantities or ("3",), 1)
    ]
    return PaperToSend(
        paper_id=uuid4(),
        number=number or f"EX{uuid4().hex[:9]}",
        kind=kind,
        type=type_,
        written_at=datetime(2026, 11, 27, 8, 0, tzinfo=UTC),
        source_number="SO1",
        lines=tuple(lines),
        **more,
    )


def delivery(**more: Any) -> PaperToSend:
    known = {"shop_name": "掌柜旗舰店", "platform": "TAOBAO", "receiver": SOMEBODY} | more
    return paper(PaperKind.DELIVERY, PaperType.SALE, "3", "1", **known)


async def knows(wms: QimenWms, told: PaperToSend) -> QimenWms:
    """Let the partner know the articles of a paper."""
    for line in told.lines:
        await wms.synchronize(article(line.item_code))
    return wms


def article(item_code: str, **changes: Any) -> ArticleToSend:
    known = {"title": "烛台", "specification": "红", "barcode": f"69{item_code}", "weight_grams": 350, "known": False}
    return ArticleToSend(variant_id=uuid4(), item_code=item_code, **(known | changes))


async def taken(platform: Simulated, number: str) -> dict[str, Any]:
    papers = (await platform.ask("GET", "/wms/papers"))["papers"]
    found: list[dict[str, Any]] = [each for each in papers if each["code"] == number]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("told", "order_type"),
    [
        (paper(PaperKind.ENTRY, PaperType.PURCHASE_ENTRY), "CGRK"),
        (paper(PaperKind.ENTRY, PaperType.TRANSFER_ENTRY), "DBRK"),
        (paper(PaperKind.ENTRY, PaperType.OTHER_ENTRY), "QTRK"),
        (delivery(), "JYCK"),
        (paper(PaperKind.STOCKOUT, PaperType.OTHER_OUT), "PTCK"),
        (paper(PaperKind.STOCKOUT, PaperType.TRANSFER_OUT), "DBCK"),
        (paper(PaperKind.STOCKOUT, PaperType.SUPPLIER_RETURN), "CGTH"),
        (paper(PaperKind.RETURN, PaperType.BUYER_RETURN, sender=SOMEBODY, original_number="EX1"), "THRK"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_a_paper_is_taken_once_however_often_it_is_told(
    platform: Simulated, http: Http, told: PaperToSend, order_type: str
) -> None:
    wms = await knows(QimenWms(account(platform), http), told)
    number = await wms.send(told)
    assert number
    assert await wms.send(told) == number
    held = await taken(platform, told.number)
    assert held["order_type"] == order_type
    assert [(line["item"], line["planned"]) for line in held["lines"]] == [
        (line.item_code, int(line.quantity.value)) for line in told.lines
    ]


async def test_what_the_buyer_wrote_arrives_as_it_was(platform: Simulated, http: Http) -> None:
    told = delivery()
    await (await knows(QimenWms(account(platform), http), told)).send(told)
    head = (await taken(platform, told.number))["asked"]["deliveryOrder"]
    assert head["receiverInfo"]["detailAddress"] == "文三路1号 <A&B>"
    assert head["sourcePlatformCode"] == "TB"
    assert "王小明" not in repr(told)


async def test_the_same_number_with_other_goods_is_refused(platform: Simulated, http: Http) -> None:
    first = paper(PaperKind.ENTRY, PaperType.OTHER_ENTRY, "3")
    wms = await knows(QimenWms(account(platform), http), first)
    await wms.send(first)
    with pytest.raises(PartnerRefused, match="内容不同"):
        await wms.send(paper(PaperKind.ENTRY, PaperType.OTHER_ENTRY, "4", number=first.number))


@pytest.mark.parametrize(
    ("changes", "fault", "words"),
    [
        ({"app_secret": "wrong"}, SessionDead, "签名错误"),
        ({"customer_id": "nobody"}, SessionDead, "不存在"),
        ({"warehouse_code": "NOWHERE"}, PartnerRefused, "仓库编码 NOWHERE 不存在"),
        ({"owner_code": "SOMEBODY"}, PartnerRefused, "货主编码 SOMEBODY 不存在"),
    ],
)
async def test_a_wrong_account_is_told_what_is_wrong(
    platform: Simulated, http: Http, changes: dict[str, str], fault: type[ConnectorFault], words: str
) -> None:
    with pytest.raises(fault, match=words) as raised:
        await QimenWms(account(platform, **changes), http).send(paper(PaperKind.ENTRY, PaperType.OTHER_ENTRY))
    assert raised.value.wait(datetime.now(UTC), 1) is None
    assert platform.ports["wms"]["app_secret"] not in str(raised.value)


async def test_a_clock_that_is_wrong_is_our_fault(platform: Simulated, http: Http) -> None:
    slow = QimenWms(account(platform), http, now=lambda: datetime.now(UTC) - timedelta(minutes=11))
    with pytest.raises(OurFault, match="超出十分钟"):
        await slow.send(paper(PaperKind.ENTRY, PaperType.OTHER_ENTRY))


async def test_half_a_piece_cannot_be_asked_for(platform: Simulated, http: Http) -> None:
    with pytest.raises(OurFault, match="planQty 必须为正整数"):
        await QimenWms(account(platform), http).send(paper(PaperKind.ENTRY, PaperType.OTHER_ENTRY, "0.5"))


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [
        ({"kind": "http"}, PlatformFault),
        ({"kind": "html"}, UnreadableAnswer),
        ({"kind": "empty"}, UnreadableAnswer),
        ({"kind": "truncated", "phase": "after"}, UnreadableAnswer),
        ({"kind": "disconnect", "phase": "after"}, PlatformFault),
        ({"kind": "error"}, PlatformFault),
    ],
    ids=lambda each: str(each.get("kind")) if isinstance(each, dict) else "",
)
async def test_after_trouble_the_same_paper_is_told_again(
    platform: Simulated, http: Http, trouble: dict[str, Any], fault: type[ConnectorFault]
) -> None:
    told = delivery()
    wms = await knows(QimenWms(account(platform), http), told)
    await platform.trouble("wms", **trouble)
    with pytest.raises(fault) as raised:
        await wms.send(told)
    assert raised.value.wait(datetime.now(UTC), 1) is not None
    assert await wms.send(told)
    await taken(platform, told.number)


async def test_a_paper_is_cancelled_until_it_is_picked(platform: Simulated, http: Http) -> None:
    early, late = delivery(), delivery()
    wms = await knows(QimenWms(account(platform), http), early)
    await wms.send(early)
    await wms.cancel(early.number, early.type)
    await wms.cancel(early.number, early.type)
    assert (await taken(platform, early.number))["status"] == "CANCELLED"
    await wms.send(late)
    await platform.ask("POST", f"/wms/papers/{late.number}/process", {"status": "PICK"})
    with pytest.raises(PartnerRefused, match="不能取消"):
        await wms.cancel(late.number, late.type)


async def test_a_partner_waits_until_it_is_told_to_go_on_unless_it_has_begun(platform: Simulated, http: Http) -> None:
    told = delivery()
    wms = await knows(QimenWms(account(platform), http), told)
    with pytest.raises(PartnerRefused, match="不存在"):
        await wms.pause("EX0", told.type, "核实")
    await wms.send(told)
    for _ in range(2):
        await wms.pause(told.number, told.type, "核实")
    work = f"/wms/papers/{told.number}/process"
    with pytest.raises(AssertionError, match="is pending"):
        await platform.ask("POST", work, {"status": "PICK"})
    for _ in range(2):
        await wms.resume(told.number, told.type)
    await platform.ask("POST", work, {"status": "PICK"})
    with pytest.raises(PartnerRefused, match="不能挂起"):
        await wms.pause(told.number, told.type, "核实")


async def test_a_return_says_who_sends_what_was_shipped_by_which_paper(platform: Simulated, http: Http) -> None:
    more = {"sender": SOMEBODY, "original_number": "EX7", "reason": "不喜欢", "carrier_code": "SF", "waybill": "SF1"}
    told = paper(PaperKind.RETURN, PaperType.BUYER_RETURN, **more)
    await (await knows(QimenWms(account(platform), http), told)).send(told)
    head = (await taken(platform, told.number))["asked"]["returnOrder"]
    names = ("preDeliveryOrderCode", "returnReason", "logisticsCode", "expressCode")
    assert [head[name] for name in names] == ["EX7", "不喜欢", "SF", "SF1"]
    assert head["senderInfo"]["name"] == "王小明"


async def test_an_article_is_told_before_a_paper_and_told_anew_whatever_was_thought(
    platform: Simulated, http: Http
) -> None:
    wms, code = QimenWms(account(platform), http), f"N{uuid4().hex[:8]}"
    told = paper(PaperKind.ENTRY, PaperType.OTHER_ENTRY)
    stranger = dataclasses.replace(told, lines=(dataclasses.replace(told.lines[0], item_code=code),))
    with pytest.raises(PartnerRefused, match="未备案"):
        await wms.send(stranger)
    number = await wms.synchronize(article(code, known=True))
    assert await wms.synchronize(article(code, title="新烛台")) == number
    assert await wms.send(stranger)
    articles = (await platform.ask("GET", "/wms/articles"))["articles"]
    (held,) = [each["told"] for each in articles if each["code"] == code]
    assert (held["itemName"], held["barCode"], held["grossWeight"], held["itemType"]) == (
        "新烛台",
        f"69{code}",
        "0.35",
        "ZC",
    )
    with pytest.raises(PartnerRefused, match="已被其他商品使用"):
        await wms.synchronize(article(f"{code}X", barcode=f"69{code}"))


async def test_stock_is_told_by_condition_and_lot_with_what_is_locked(platform: Simulated, http: Http) -> None:
    code = f"S{uuid4().hex[:8]}"
    goods = [
        {"item": code, "quantity": 7, "batch": "L1", "expires": "2027-01-31"},
        {"item": code, "quantity": 2, "type": "XS"},
    ]
    await platform.ask("POST", "/wms/goods", {"goods": goods})
    others = [f"none-{place}" for place in range(150)]
    held = await QimenWms(account(platform), http).stock([*others, code])
    assert {(each.goods_type, each.lot_code, each.quantity) for each in held} == {
        (GoodsType.GOOD, "L1", Quantity(7)),
        (GoodsType.DAMAGED_BOX, None, Quantity(2)),
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<request>",
        b'<!DOCTYPE r [<!ENTITY a "aaaa">]><r>&a;</r>',
        "<request><a>半".encode()[:-1],
        b"<r>" + b"<a>" * 500 + b"</a>" * 500 + b"</r>",
    ],
    ids=["nothing", "json", "cut", "entities", "half a character", "deep"],
)
def test_what_is_no_honest_xml_is_not_read(body: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        read_xml(body)


def test_a_list_of_one_is_a_list_and_control_characters_do_not_spoil_a_message() -> None:
    written = write_xml("request", {"orderLines": [{"itemCode": "A\x00\x0b<&>"}], "remark": None})
    assert read_xml(written) == ("request", {"orderLines": [{"itemCode": "A<&>"}]})
