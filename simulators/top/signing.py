"""TOP signatures (签名): md5 wraps the secret around the sorted parameters, hmac and hmac-sha256 key it."""

import hashlib
import hmac

METHODS = {"md5", "hmac", "hmac-sha256"}


def sign(parameters: dict[str, str], secret: str, method: str) -> str:
    """Sign what was sent, without `sign` and without empty names or values."""
    kept = sorted((key, value) for key, value in parameters.items() if key != "sign" and key and value)
    payload = "".join(f"{key}{value}" for key, value in kept).encode()
    if method == "md5":
        return hashlib.md5(secret.encode() + payload + secret.encode()).hexdigest().upper()
    digest = hashlib.md5 if method == "hmac" else hashlib.sha256
    return hmac.new(secret.encode(), payload, digest).hexdigest().upper()
