"""What a partner reports is believed by its signature over the raw bytes, known by its number, and read exactly."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.payloads import Unreadable
from connectors.signatures import qimen_signature
from connectors.wms.qimen_reports import Caller, ReportRefused, answer_to, read_report, report_key, verify_report
from domain.exchange import (
    Confirmation,
    CountReport,
    GoodsType,
    PaperKind,
    ReportedGoods,
    ReportedPackage,
    StepReport,
    WarehouseStep,
)
from domain.kernel import Quantity

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
CALLER = Caller(app_key="k", app_secret="s3cret", customer_id="c1")
BODY = b"<request><entryOrder><entryOrderCode>EX1</entryOrderCode><outBizCode>B1</outBizCode></entryOrder></request>"


def signed(body: bytes = BODY, **changes: str) -> dict[str, str]:
    parameters = {
        "method": "entryorder.confirm",
        "timestamp": "2026-11-27 16:00:00",
        "format": "xml",
        "app_key": "k",
        "v": "2.0",
        "sign_method": "md5",
        "customerId": "c1",
    }
    return {"sign": qimen_signature("s3cret", parameters, body)} | parameters | changes


def test_the_signature_wraps_parameters_and_body() -> None:
    # echo -n 's3cretapp_keykmethodm<a/>s3cret' | md5sum
    parameters = {"method": "m", "app_key": "k", "sign": "x", "session": ""}
    assert qimen_signature("s3cret", parameters, b"<a/>") == "35F73FB64BB3D6D54E642281CDF16A5C"


@pytest.mark.parametrize("minutes", [0, 10, -10])
def test_a_fresh_signed_report_is_believed(minutes: int) -> None:
    assert verify_report(signed(), BODY, CALLER, NOW + timedelta(minutes=minutes)) == "entryorder.confirm"


@pytest.mark.parametrize(
    ("parameters", "body", "code"),
    [
        (signed(), BODY.replace(b"EX1", b"EX2"), "sign-check-failure"),
        (signed(method="stockout.confirm"), BODY, "sign-check-failure"),
        (signed(extra="1"), BODY, "sign-check-failure"),
        (signed(sign="ÄÖ"), BODY, "sign-check-failure"),
        (signed(sign=""), BODY, "isv.missing-parameter"),
    ],
)
def test_a_changed_report_is_not_believed(parameters: dict[str, str], body: bytes, code: str) -> None:
    with pytest.raises(ReportRefused) as refused:
        verify_report(parameters, body, CALLER, NOW)
    assert refused.value.code == code
    assert b"<flag>failure</flag>" in answer_to(refused.value)
    assert b"s3cret" not in answer_to(refused.value)


@pytest.mark.parametrize("minutes", [11, -11])
def test_an_old_report_is_not_believed(minutes: int) -> None:
    with pytest.raises(ReportRefused, match="ten minutes"):
        verify_report(signed(), BODY, CALLER, NOW + timedelta(minutes=minutes))


def test_a_report_is_known_by_the_partners_number_or_by_its_content() -> None:
    assert report_key(BODY) == "B1"
    assert report_key(b"<request><outBizCode>B2</outBizCode></request>") == "B2"
    assert report_key(b"garbage") == report_key(b"garbage") != report_key(b"other garbage")


def lines(*inner: str) -> str:
    return f"<orderLines>{''.join(f'<orderLine>{each}</orderLine>' for each in inner)}</orderLines>"


def test_a_confirmation_in_parts_with_batches_and_conditions() -> None:
    head = "<entryOrderCode>EX1</entryOrderCode><outBizCode>B1</outBizCode><confirmType>1</confirmType>"
    batches = (
        "<batchs><batch><batchCode>L1</batchCode><expireDate>2027-01-31</expireDate><actualQty>2</actualQty></batch>"
        "<batch><batchCode>L2</batchCode><inventoryType>CC</inventoryType><actualQty>1</actualQty></batch></batchs>"
    )
    body = f"<request><entryOrder>{head}</entryOrder>" + lines(
        f"<orderLineNo>1</orderLineNo><itemCode>A</itemCode><inventoryType>ZP</inventoryType><actualQty>3</actualQty>{batches}",
        "<itemCode>B</itemCode><actualQty>0</actualQty>",
    )
    assert read_report("entryorder.confirm", f"{body}</request>".encode()) == Confirmation(
        paper_number="EX1",
        kind=PaperKind.ENTRY,
        final=False,
        goods=(
            ReportedGoods(
                item_code="A", line_number=1, quantity=Quantity(2), lot_code="L1", expires_on=date(2027, 1, 31)
            ),
            ReportedGoods(
                item_code="A", line_number=1, quantity=Quantity(1), lot_code="L2", goods_type=GoodsType.DEFECTIVE
            ),
        ),
    )


def test_a_return_has_no_last_report_unless_it_says_so() -> None:
    head = "<returnOrderCode>EX3</returnOrderCode><outBizCode>R1</outBizCode>"
    came = lines("<itemCode>A</itemCode><inventoryType>JS</inventoryType><actualQty>2</actualQty>")
    body = f"<request><returnOrder>{head}</returnOrder>{came}</request>"
    told = read_report("returnorder.confirm", body.encode())
    assert told == Confirmation(
        paper_number="EX3",
        kind=PaperKind.RETURN,
        final=False,
        goods=(ReportedGoods(item_code="A", quantity=Quantity(2), goods_type=GoodsType.DAMAGED_INSIDE),),
    )
    last = body.replace("</returnOrder>", "<confirmType>0</confirmType></returnOrder>")
    assert read_report("returnorder.confirm", last.encode()) == dataclasses.replace(told, final=True)


def test_a_delivery_with_two_parcels() -> None:
    package = (
        "<package><logisticsCode>SF</logisticsCode><expressCode>SF{0}</expressCode>"
        "<items><item><itemCode>A</itemCode><quantity>{0}</quantity></item></items></package>"
    )
    body = (
        "<request><deliveryOrder><deliveryOrderCode>EX2</deliveryOrderCode></deliveryOrder>"
        f"<packages>{package.format(1)}{package.format(2)}</packages>"
        + lines("<itemCode>A</itemCode><actualQty>3</actualQty>")
        + "</request>"
    )
    report = read_report("deliveryorder.confirm", body.encode())
    assert isinstance(report, Confirmation)
    assert report.final
    assert report.packages == tuple(
        ReportedPackage(carrier_code="SF", waybill=f"SF{each}", items=(("A", Quantity(each)),)) for each in (1, 2)
    )


def test_a_step_and_a_count() -> None:
    step = (
        "<request><order><orderCode>EX2</orderCode></order><process><processStatus>PICK</processStatus>"
        "<operateTime>2026-11-27 16:00:00</operateTime></process></request>"
    )
    assert read_report("orderprocess.report", step.encode()) == StepReport(
        paper_number="EX2", step=WarehouseStep.PICKED, happened_at=NOW
    )
    count = (
        "<request><outBizCode>C1</outBizCode><adjustType>ADJUST</adjustType><items><item><itemCode>A</itemCode>"
        "<inventoryType>XS</inventoryType><quantity>-2</quantity></item></items></request>"
    )
    goods = ReportedGoods(item_code="A", quantity=Quantity(-2), goods_type=GoodsType.DAMAGED_BOX)
    assert read_report("inventory.report", count.encode()) == CountReport(counted=False, reference="C1", goods=(goods,))


STEP = "<request><order><orderCode>E</orderCode></order><process><processStatus>{}</processStatus></process></request>"
ENTRY = "<request><entryOrder><entryOrderCode>EX1</entryOrderCode></entryOrder>{}</request>"


@pytest.mark.parametrize(
    ("method", "body", "words"),
    [
        ("entryorder.confirm", "<html/>", "is no report"),
        ("entryorder.confirm", "not xml", "not XML"),
        ("entryorder.confirm", "<request><entryOrder/></request>", "entryOrder"),
        ("entryorder.confirm", ENTRY.format(lines("<itemCode>A</itemCode><actualQty>-1</actualQty>")), "negative"),
        ("entryorder.confirm", ENTRY.format(lines("<itemCode>A</itemCode><actualQty>1e3</actualQty>")), "quantity"),
        (
            "entryorder.confirm",
            ENTRY.format(lines("<itemCode>A</itemCode><actualQty>1</actualQty><inventoryType>QQ</inventoryType>")),
            "inventoryType",
        ),
        (
            "entryorder.confirm",
            ENTRY.format(
                lines("<itemCode>A</itemCode><actualQty>3</actualQty><batchs><batch><actualQty>1</actualQty></batch></batchs>")
            ),
            "batches",
        ),
        ("storeprocess.confirm", "<request/>", "no report we know"),
        ("orderprocess.report", STEP.format("NEW"), "processStatus"),
    ],
)  # fmt: skip
def test_what_no_rule_understands_is_named(method: str, body: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_report(method, body.encode())
