"""Credentials of channels (店铺密钥): sealed at rest with the installation's key, opened where a shop is called."""

from collections.abc import Mapping

import orjson
from cryptography.fernet import Fernet

from configuration.settings import Settings


def seal(settings: Settings, credentials: Mapping[str, str]) -> str:
    """Encrypt the credentials of a channel for its row."""
    return Fernet(settings.secrets_key.get_secret_value()).encrypt(orjson.dumps(dict(credentials))).decode()


def unseal(settings: Settings, sealed: str) -> dict[str, str]:
    """Open the credentials of a channel; the caller never logs or returns them."""
    opened: dict[str, str] = orjson.loads(Fernet(settings.secrets_key.get_secret_value()).decrypt(sealed.encode()))
    return opened
