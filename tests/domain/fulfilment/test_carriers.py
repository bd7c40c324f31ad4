import pytest

from domain import fulfilment
from domain.fulfilment.carriers import CARRIERS, tidy
from domain.fulfilment.shipping import checked_waybill


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
def test_what_the_carrier_prints_is_believed(carrier: str, waybill: str) -> None:
    assert CARRIERS[carrier].accepts(waybill)


@pytest.mark.parametrize(
    ("carrier", "waybill"),
    [("SF", "1"), ("SF", "SF12345678901234567"), ("JD", "SF1234567890123"), ("OTHER", "AB"), ("OTHER", "A" * 60)],
)
def test_what_it_could_not_print_is_refused(carrier: str, waybill: str) -> None:
    with pytest.raises(fulfilment.WaybillImplausible) as refused:
        checked_waybill(carrier, waybill)
    assert refused.value.path == ("input", "waybill")


def test_an_unknown_carrier_is_refused() -> None:
    with pytest.raises(fulfilment.CarrierUnknown, match="DHL"):
        checked_waybill("DHL", "123")


def test_spaces_and_small_letters_of_a_scanner_do_not_matter() -> None:
    assert tidy(" sf 1234 5678 90123\n") == "SF1234567890123"
    assert checked_waybill("SF", " sf1234567890123")[1] == "SF1234567890123"


def test_a_carrier_is_listed_under_its_own_code() -> None:
    assert all(code == carrier.code and carrier.name_chinese for code, carrier in CARRIERS.items())
