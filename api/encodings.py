"""Encodings (压缩): an answer travels as its client asked, zstd or gzip or plain, by the weights of Accept-Encoding.

Only answers of queries are compressed. The length of a compressed answer tells whether something a stranger can put
into a request also stands in the answer (BREACH); tokens and keys stand in the answers of mutations alone, and no page
can make a browser send somebody's credentials, because they travel in headers and never in cookies.
"""

import asyncio
import re
import sys
import zlib
from collections.abc import Callable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

IDENTITY = "identity"
# Below it the head of a packet is longer than what is saved; above the other it is done in a thread, aside.
WORTH_BYTES = 1_024
ASIDE_BYTES = 256 * 1024
# Measured on lists of 15 and 300 kB: the next levels take half as long again and save a twentieth.
ZSTD_LEVEL, GZIP_LEVEL = 3, 4
GZIP_WINDOW = 31
WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def _zstd(body: bytes) -> bytes:
    return zstd.compress(body, ZSTD_LEVEL)


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, GZIP_LEVEL, GZIP_WINDOW)


# Of those the client likes equally, the first is taken.
ENCODERS: dict[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "gzip": _gzip}


def chosen(accept: str, size: int) -> str:
    """Choose the encoding of a body of this size; what is not worth it goes as it is, if the client takes that."""
    weights = _weights(accept)
    others = weights.get("*", 0.0)
    best, weight = IDENTITY, 0.0
    for each in ENCODERS:
        if weights.get(each, others) > weight:
            best, weight = each, weights.get(each, others)
    as_it_is = weights.get(IDENTITY, others if "*" in weights else None)
    if as_it_is == 0:
        return best
    return IDENTITY if size < WORTH_BYTES or (as_it_is or 0) > weight else best


def _weights(accept: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameter = part.partition(";")
        weight = WEIGHT.fullmatch(parameter.strip()) if parameter else None
        weights[name.strip()] = float(weight[1]) if weight else 0.0 if parameter else 1.0
    return weights


async def encoded(body: bytes, encoding: str) -> bytes:
    """Encode a body; a long one in a thread, so that nobody waits for it."""
    encoder = ENCODERS.get(encoding)
    if encoder is None:
        return body
    return encoder(body) if len(body) < ASIDE_BYTES else await asyncio.to_thread(encoder, body)
