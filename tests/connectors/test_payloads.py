"""What strangers send is read exactly, or named as unreadable; it can always be stored."""

import json
from datetime import UTC, datetime

import pytest

from connectors.faults import UnreadableAnswer
from connectors.payloads import Payload, Unreadable, china_text, next_china_midnight, number_of, parse_json
from domain.kernel import Money


def test_long_numbers_and_fractions_stay_exact() -> None:
    parsed = parse_json(b'{"tid": 123456789012345678901, "num": 3, "price": 0.1, "id": 9007199254740993}')
    assert parsed == {"tid": "123456789012345678901", "num": 3, "price": "0.1", "id": "9007199254740993"}
    assert Payload(parsed).money("price") == Money("0.10")


@pytest.mark.parametrize(
    "garbage", [b"", b"<html>", b'{"a":', b"[1]", b'"x"', b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b"null"]
)
def test_garbage(garbage: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_json(garbage)


def test_what_postgresql_would_refuse_is_replaced() -> None:
    parsed = parse_json(rb'{"a": "x\u0000y", "b\ud800": ["\udfff", "\ud83d\ude00"], "c": "\\u0000"}')
    assert "\x00" not in json.dumps(parsed, ensure_ascii=False)
    json.dumps(parsed, ensure_ascii=False).encode()
    assert parsed["b?"][1] == "😀"


def test_naive_times_are_beijing_times() -> None:
    moment = Payload({"t": "2026-11-11 00:00:01"}).china_moment("t")
    assert moment == datetime(2026, 11, 10, 16, 0, 1, tzinfo=UTC)
    assert china_text(moment) == "2026-11-11 00:00:01"
    assert Payload({"t": "2026-11-11 00:00:01.683+0800"}).china_moment("t") == moment


def test_midnight_in_china() -> None:
    assert next_china_midnight(datetime(2026, 11, 11, 16, 0, tzinfo=UTC)) == datetime(2026, 11, 12, 16, 0, tzinfo=UTC)
    assert next_china_midnight(datetime(2026, 11, 11, 15, 59, tzinfo=UTC)) == datetime(2026, 11, 11, 16, 0, tzinfo=UTC)


def test_yes_is_said_in_many_ways() -> None:
    payload = Payload({"a": True, "b": "true", "c": 1, "d": "1", "e": False, "f": "false", "g": 0, "h": None})
    assert [payload.flag(key) for key in "abcdefghi"] == [True] * 4 + [False] * 5


@pytest.mark.parametrize("value", [{}, [], True, 1.5])
def test_a_text_is_a_text(value: object) -> None:
    with pytest.raises(Unreadable, match="field is a"):
        Payload({"field": value}).text("field")


def test_a_damaged_number_is_named_by_its_content() -> None:
    assert number_of({"n": 5}, "n") == "5"
    assert number_of({"n": {}}, "n") == number_of({"n": {}}, "n") != number_of({"n": []}, "n")
