"""How answers travel: in the encoding the client likes best, only when it is worth it, and never with a secret."""

import gzip

import pytest

from api.encodings import ASIDE_BYTES, WORTH_BYTES, chosen, encoded
from tests.api.calling import PASSWORD, SIGN_IN, Served

LONG = "query($t: String!) { " + " ".join(f"e{number}: echo(text: $t)" for number in range(20)) + " }"
TEXT = {"t": "掌柜 " * 20}


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("GZIP", "gzip"),
        ("br", "identity"),
        ("gzip;q=0.9, zstd;q=0.8", "gzip"),
        ("gzip; q=0.5 , zstd;q=1.0", "zstd"),
        ("gzip;q=0", "identity"),
        ("*", "zstd"),
        ("*;q=0", "identity"),
        ("zstd;q=0, *", "gzip"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("gzip;q=nonsense", "identity"),
        ("gzip;q=nan", "identity"),
        ("gzip;q=1.5", "identity"),
        (";;;,,,;q=", "identity"),
    ],
)
def test_the_encoding_is_the_one_the_client_likes_best(accept: str, encoding: str) -> None:
    assert chosen(accept, 10_000) == encoding


@pytest.mark.parametrize(
    ("accept", "encoding"), [("gzip, zstd", "identity"), ("identity;q=0, gzip", "gzip"), ("*;q=0, zstd", "zstd")]
)
def test_a_short_answer_is_only_compressed_for_who_takes_nothing_else(accept: str, encoding: str) -> None:
    assert chosen(accept, WORTH_BYTES - 1) == encoding


async def test_a_long_body_is_encoded_aside_to_the_same_bytes() -> None:
    body = b"goods " * ASIDE_BYTES
    assert gzip.decompress(await encoded(body, "gzip")) == body
    assert await encoded(body, "gzip") == await encoded(body, "gzip")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_long_answer_comes_compressed_and_says_so(served: Served, admin: str, encoding: str) -> None:
    plain = await served.ask(LONG, TEXT, token=admin, headers={"Accept-Encoding": "identity"})
    packed = await served.ask(LONG, TEXT, token=admin, headers={"Accept-Encoding": encoding})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == encoding
    assert packed.data == plain.data
    assert len(packed.body) < len(plain.body) / 4
    assert int(packed.headers["Content-Length"]) == len(packed.body)
    for each in (plain, packed):
        assert {"Accept-Encoding", "Origin"} <= set(each.headers["Vary"].split(", "))


async def test_tokens_are_never_compressed(served: Served) -> None:
    given = {"input": {"email": "reviewer@example.com", "password": PASSWORD}}
    padded = SIGN_IN.replace("accessToken", " ".join(f"a{number}: accessToken" for number in range(10)), 1)
    answer = await served.ask(padded, given, headers={"Accept-Encoding": "gzip, zstd"})
    assert len(answer.body) > WORTH_BYTES
    assert "Content-Encoding" not in answer.headers
    assert answer.data["signIn"]["a1"]
