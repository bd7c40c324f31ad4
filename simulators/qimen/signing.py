"""How Qimen signs (奇门签名): the secret around the sorted parameters of the address and the body as it was sent."""

import hashlib


def sign(secret: str, parameters: dict[str, str], body: bytes) -> str:
    """MD5, in capitals; the signature itself and empty parameters do not count."""
    joined = "".join(f"{name}{parameters[name]}" for name in sorted(parameters) if name != "sign" and parameters[name])
    return hashlib.md5(secret.encode() + joined.encode() + body + secret.encode()).hexdigest().upper()
