"""Who may call (应用与授权): shops, their application keys, secrets and sessions, random per directory."""

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from simulators.storage import Storage

PLATFORMS = {
    "taobao-main": "taobao",
    "tmall-main": "tmall",
    "jd-main": "jd",
    "site-main": "official_site",
    "pharmacy818-main": "pharmacy818",
}


@dataclass(slots=True)
class Identity:
    """One shop's authorisation on one platform; `session` is the access token (TOP session, JD access_token)."""

    platform: str
    shop_code: str
    app_key: str
    app_secret: str
    session: str
    path: str
    session_alive: bool = True


@dataclass(slots=True)
class SmsIdentity:
    """The account at the SMS gateway, with what it may send."""

    access_key_id: str
    access_key_secret: str
    sign_names: list[str]
    templates: dict[str, str]
    path: str = "/sms/"


@dataclass(slots=True)
class WmsIdentity:
    """The account at the partner's warehouse, which speaks Qimen."""

    customer_id: str
    app_key: str
    app_secret: str
    owner_code: str = "ZHANGGUI"
    warehouse_codes: list[str] = field(default_factory=lambda: ["WMS-EAST", "WMS-WEST"])
    path: str = "/qimen/router"


@dataclass(slots=True)
class ErpIdentity:
    """The account at the in-house ERP, which speaks signed JSON."""

    app_key: str
    app_secret: str
    path: str = "/partner-erp"


@dataclass(slots=True)
class NoticesIdentity:
    """The key and the secret agreed with whoever takes digests."""

    key: str
    secret: str
    path: str = "/notices"


PATHS = {
    "taobao": "/top/router/rest",
    "tmall": "/top/router/rest",
    "jd": "/jd/routerjson",
    "official_site": "/site",
    "pharmacy818": "/pharmacy818",
}

TEMPLATES = {
    "SMS_100001": "您的订单${order}已由${carrier}发出，运单号${waybill}。",
    "SMS_100002": "您的包裹${waybill}已签收，感谢惠顾。",
    "SMS_100003": "您的退款${amount}元已受理。",
    "SMS_100004": "亲爱的${customer}，${text}拒收请回复R",
}
SIGN_NAMES = ["掌柜商城"]


def load_identities(storage: Storage) -> list[Identity]:
    """Read the shops, or invent them at the first start of a directory."""
    known = [Identity(**body) for _, body in storage.all("identity")]
    missing = set(PLATFORMS) - {identity.shop_code for identity in known}
    for code in sorted(missing):
        platform = PLATFORMS[code]
        number = str(10_000_000 + secrets.randbelow(90_000_000))
        identity = Identity(
            platform=platform,
            shop_code=code,
            app_key=number if platform in {"taobao", "tmall", "jd"} else f"{code}-{number}",
            app_secret=secrets.token_hex(16),
            session=secrets.token_hex(28),
            path=PATHS[platform],
        )
        storage.put("identity", code, asdict(identity))
        known.append(identity)
    return sorted(known, key=lambda identity: list(PLATFORMS).index(identity.shop_code))


def load_sms(storage: Storage) -> SmsIdentity:
    stored: dict[str, Any] = dict(storage.all("sms_identity"))
    if not stored:
        identity = SmsIdentity(f"LTAI{secrets.token_hex(8)}", secrets.token_hex(15), SIGN_NAMES, TEMPLATES)
        storage.put("sms_identity", "account", asdict(identity))
        return identity
    return SmsIdentity(**stored["account"])


def load_wms(storage: Storage) -> WmsIdentity:
    stored: dict[str, Any] = dict(storage.all("wms_identity"))
    if not stored:
        number = 10_000_000 + secrets.randbelow(90_000_000)
        identity = WmsIdentity(f"c{secrets.randbelow(900_000) + 100_000}", str(number), secrets.token_hex(16))
        storage.put("wms_identity", "account", asdict(identity))
        return identity
    return WmsIdentity(**stored["account"])


def load_erp(storage: Storage) -> ErpIdentity:
    stored: dict[str, Any] = dict(storage.all("erp_identity"))
    if not stored:
        identity = ErpIdentity(f"erp-{secrets.token_hex(4)}", secrets.token_hex(16))
        storage.put("erp_identity", "account", asdict(identity))
        return identity
    return ErpIdentity(**stored["account"])


def load_control_token(storage: Storage) -> str:
    stored = dict(storage.all("control_token"))
    token = str(stored.get("token") or secrets.token_urlsafe(24))
    storage.put("control_token", "token", token)
    return token


def load_notices(storage: Storage) -> NoticesIdentity:
    stored: dict[str, Any] = dict(storage.all("notices_identity"))
    if not stored:
        identity = NoticesIdentity(f"desk-{secrets.token_hex(4)}", secrets.token_hex(16))
        storage.put("notices_identity", "account", asdict(identity))
        return identity
    return NoticesIdentity(**stored["account"])
