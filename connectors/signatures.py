"""Signatures (签名): how each platform proves that a call is ours; pure, checked against the published vectors.

For every one of them the parameters signed are exactly the parameters sent, without the signature itself.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote


def _concatenated(parameters: Mapping[str, str]) -> bytes:
    """Keys and values in the byte order of the keys; empty ones do not count."""
    chosen = {key: value for key, value in parameters.items() if key and value and key != "sign"}
    return "".join(f"{key}{chosen[key]}" for key in sorted(chosen, key=str.encode)).encode()


def wrapped_md5_signature(secret: str, parameters: Mapping[str, str]) -> str:
    """Sign in the shape TOP, JOS and PDD share: the secret stands before and behind the parameters."""
    key = secret.encode()
    return hashlib.md5(key + _concatenated(parameters) + key).hexdigest().upper()


def qimen_signature(secret: str, parameters: Mapping[str, str], body: bytes) -> str:
    """Sign a Qimen call: TOP's shape, with the body as it is sent between the parameters and the secret."""
    key = secret.encode()
    return hashlib.md5(key + _concatenated(parameters) + body + key).hexdigest().upper()


def keyed_signature(key: bytes, parameters: Mapping[str, str], digest: str) -> str:
    """Sign in the two HMAC kinds of TOP: the secret is the key and is not wrapped around."""
    return hmac.new(key, _concatenated(parameters), digest).hexdigest().upper()


def top_signature(secret: str, parameters: Mapping[str, str]) -> str:
    """Sign a TOP call by the method it names in `sign_method`."""
    match parameters["sign_method"]:
        case "md5":
            return wrapped_md5_signature(secret, parameters)
        case "hmac":
            return keyed_signature(secret.encode(), parameters, "md5")
        case "hmac-sha256":
            return keyed_signature(secret.encode(), parameters, "sha256")
        case unknown:
            raise ValueError(f"TOP knows no signature method {unknown!r}")


def _escaped(text: str) -> str:
    """RFC 3986, as Aliyun demands: a blank is %20, a star %2A, a tilde itself."""
    return quote(text, safe="~")


def aliyun_query(parameters: Mapping[str, str]) -> str:
    """Write the canonical query: what is signed and, with the signature in front, what is sent."""
    return "&".join(f"{_escaped(key)}={_escaped(parameters[key])}" for key in sorted(parameters, key=str.encode))


def aliyun_signature(secret: str, method: str, parameters: Mapping[str, str]) -> str:
    """Aliyun RPC: base64 HMAC-SHA1 over the method and the escaped query."""
    signed = f"{method}&%2F&{_escaped(aliyun_query(parameters))}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), signed.encode(), "sha1").digest()).decode()


def kuaidi100_signature(param: str, key: str, customer: str) -> str:
    """Kuaidi100 query: the JSON, the key and the customer in one row."""
    return hashlib.md5(f"{param}{key}{customer}".encode()).hexdigest().upper()


def site_signature(secret: str, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    """SITE protocol: HMAC-SHA256 over the raw body's digest, so that no re-serialising can change it."""
    signed = "\n".join((method, path, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), signed.encode(), "sha256").hexdigest()
