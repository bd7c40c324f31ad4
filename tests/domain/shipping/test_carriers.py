from datetime import UTC, datetime

import pytest

from domain import fulfilment, shipping
from domain.fulfilment.shipping import checked_waybill
from domain.kernel import BadInput, Work


@pytest.mark.parametrize(
    ("carrier", "waybill"),
    [
        ("SF", "SF1234567890123"),
        ("ZTO", "78123456789012"),
        ("YTO", "YT1234567890123"),
        ("STO", "773123456789012"),
        ("YUNDA", "4312345678901"),
        ("EMS", "EA123456789CN"),
        ("JD", "JDVA12345678901"),
        ("HTKY", "JT1234567890123"),
        ("OTHER", "ABC-1"),
    ],
)
async def test_what_the_carrier_prints_is_believed(work: Work, carrier: str, waybill: str) -> None:
    assert (await checked_waybill(work, carrier, waybill))[1] == waybill


@pytest.mark.parametrize(
    ("carrier", "waybill"),
    [("SF", "1"), ("SF", "SF12345678901234567"), ("JD", "SF1234567890123"), ("OTHER", "AB"), ("OTHER", "A" * 60)],
)
async def test_what_it_could_not_print_is_refused(work: Work, carrier: str, waybill: str) -> None:
    with pytest.raises(fulfilment.WaybillImplausible) as refused:
        await checked_waybill(work, carrier, waybill)
    assert refused.value.path == ("input", "waybill")


async def test_an_unknown_carrier_is_refused(work: Work) -> None:
    with pytest.raises(shipping.CarrierUnknown, match="DHL") as refused:
        await checked_waybill(work, "DHL", "123")
    assert refused.value.path == ("input", "carrierCode")


async def test_spaces_and_small_letters_of_a_scanner_do_not_matter(work: Work) -> None:
    assert shipping.tidy(" sf 1234 5678 90123\n") == "SF1234567890123"
    assert (await checked_waybill(work, "SF", " sf1234567890123"))[1] == "SF1234567890123"


def defined(**changes: object) -> shipping.DefinedCarrier:
    given = {"code": "DBL", "name": "Deppon", "name_chinese": "德邦", "waybill": "DPK[0-9]{12}", "priority": 5}
    return shipping.DefinedCarrier(**{**given, **changes})  # type: ignore[arg-type] — It is what the test says.


async def test_a_carrier_is_defined_and_then_changed(work: Work) -> None:
    await shipping.define_carrier(work, defined(areas=["330000"], unreached_words=[" 岛 ", "岛"]))
    assert (await checked_waybill(work, "DBL", "dpk123456789012"))[1] == "DPK123456789012"
    carrier = await shipping.define_carrier(work, defined(active=False))
    assert (carrier.areas, carrier.unreached_words, carrier.updated_at) == (
        [],
        [],
        datetime(2026, 11, 11, 1, tzinfo=UTC),
    )
    with pytest.raises(shipping.CarrierUnknown):
        await checked_waybill(work, "DBL", "DPK123456789012")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "sf"}, "code"),
        ({"waybill": "(A+)+"}, "waybill"),
        ({"waybill": "A{2"}, ""),
        ({"waybill": "[0-9"}, "waybill"),
        ({"areas": ["999999"]}, "areas"),
        ({"unreached_words": [""]}, "unreachedWords"),
        ({"priority": -1}, "priority"),
        ({"name": " "}, "name"),
    ],
)
async def test_a_carrier_that_makes_no_sense_is_refused(work: Work, changes: dict[str, object], field: str) -> None:
    if not field:  # Python reads it as letters.
        assert (await shipping.define_carrier(work, defined(**changes))).waybill == "A{2"
        return
    with pytest.raises(BadInput) as refused:
        await shipping.define_carrier(work, defined(**changes))
    assert refused.value.path == ("input", field)
