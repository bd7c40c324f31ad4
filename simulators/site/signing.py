"""SITE signatures (签名): HMAC-SHA256 over method, path, time, nonce and the body's digest, in hexadecimal."""

import hashlib
import hmac


def sign(secret: str, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Sign one request; `path` is the full path as it is sent."""
    text = "\n".join((method, path, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
