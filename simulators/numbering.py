"""Numbers as platforms give them (编号): nineteen digits, beyond what a double can hold (> 2^53)."""

import hashlib
import secrets

_LOWEST = 3_000_000_000_000_000_000
_SPAN = 6_000_000_000_000_000_000


def new_number() -> str:
    return str(_LOWEST + secrets.randbelow(_SPAN))


def number_for(*parts: str) -> str:
    """Give the same number for the same words, on every machine."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return str(_LOWEST + int.from_bytes(digest[:8], "big") % _SPAN)


def request_number() -> str:
    return secrets.token_hex(6)
