"""A client written from the platforms' rules alone: it signs with its own code, so that no error can sign itself."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp

Json = dict[str, Any]
TRADE: Json = {
    "status": "PAID",
    "buyer": {"id": "17850", "name": "王小明"},
    "receiver": {
        "name": "王小明",
        "phone": "13812345678",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "detail": "文三路1号",
    },
    "lines": [
        {"seller_code": "85123A", "title": "HEART", "quantity": 6, "price": "2.55"},
        {"seller_code": "71053", "title": "LANTERN", "quantity": 2, "price": "3.39"},
    ],
}


def china(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment + 28_800))


def at_this_moment(values: dict[str, Any]) -> dict[str, Any]:
    """Make the values that depend on the clock when they are sent: a long run must not age what it collected."""
    return {name: value() if callable(value) else value for name, value in values.items()}


def utc(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def top_sign(parameters: dict[str, str], secret: str, method: str = "md5") -> str:
    joined = "".join(name + parameters[name] for name in sorted(parameters) if parameters[name])
    if method == "md5":
        digest = hashlib.md5(f"{secret}{joined}{secret}".encode(), usedforsecurity=False)
        return digest.hexdigest().upper()
    return hmac.digest(secret.encode(), joined.encode(), {"hmac": "md5", "hmac-sha256": "sha256"}[method]).hex().upper()


def sms_sign(method: str, parameters: dict[str, str], secret: str) -> str:
    query = "&".join(f"{quote(name, safe='~')}={quote(parameters[name], safe='~')}" for name in sorted(parameters))
    text = f"{method}&%2F&{quote(query, safe='~')}"
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")).decode()


class Raw:
    """Everything a test says to the simulated platforms, by HTTP and nothing else."""

    def __init__(self, client: aiohttp.ClientSession, ports: Json) -> None:
        self.client, self.ports = client, ports
        self.shops: dict[str, Json] = {shop["shop_code"]: shop for shop in ports["shops"]}

    async def control(self, path: str, body: Json | None = None, *, expect: int = 200) -> Json:
        url = f"{self.ports['base_url']}/control/{path}"
        headers = {"X-Control-Token": self.ports["control_token"]}
        method = "GET" if body is None else "POST"
        async with self.client.request(method, url, json=body, headers=headers) as response:
            answer: Json = await response.json()
            assert response.status == expect, answer
            return answer

    async def trade(self, shop: str, **changes: Any) -> str:
        """Create one trade and answer its number."""
        answer = await self.control(f"shops/{shop}/trades", {"trades": [TRADE | changes]})
        return str(answer["numbers"][0])

    async def fault(self, **fault: Any) -> None:
        await self.control("faults", fault)

    def top_parameters(self, method: str, shop: str = "taobao-main", **parameters: str) -> dict[str, str]:
        """Sign the parameters of a call; empty ones stay out of the signature."""
        identity = self.shops[shop]
        sent = {
            "method": method,
            "app_key": identity["app_key"],
            "session": identity["session"],
            "timestamp": china(time.time()),
            "v": "2.0",
            "format": "json",
            "sign_method": "md5",
        } | parameters
        return sent | {"sign": top_sign(sent, identity["app_secret"], sent["sign_method"])}

    async def post_form(self, url: str, form: dict[str, str]) -> str:
        async with self.client.post(url, data=form) as response:
            assert response.status == 200
            return await response.text()

    async def top(self, method: str, shop: str = "taobao-main", **parameters: str) -> Json:
        form = self.top_parameters(method, shop, **parameters)
        answer: Json = json.loads(await self.post_form(self.shops[shop]["url"], form))
        return answer

    async def top_sent(self, **changes: str | None) -> Json:
        """Call with some parameters replaced or left out, signed as it is sent (unless `sign` is given)."""
        form = self.top_parameters("taobao.logistics.companies.get", fields="code")
        form |= {name: value for name, value in changes.items() if value is not None}
        form = {name: value for name, value in form.items() if changes.get(name, value) is not None}
        if "sign" not in changes:
            del form["sign"]
            form["sign"] = top_sign(form, self.shops["taobao-main"]["app_secret"])
        answer: Json = json.loads(await self.post_form(self.shops["taobao-main"]["url"], form))
        return answer

    async def jd(self, method: str, body: Json, /, **changes: str) -> Json:
        identity = self.shops["jd-main"]
        form = {
            "method": method,
            "app_key": identity["app_key"],
            "access_token": identity["session"],
            "timestamp": china(time.time()),
            "v": "2.0",
            "360buy_param_json": json.dumps(body, ensure_ascii=False),
        } | changes
        form.setdefault("sign", top_sign(form, identity["app_secret"]))
        answer: Json = json.loads(await self.post_form(identity["url"], form))
        return answer

    async def site(self, operation: str, body: Json, **headers: str) -> Json:
        """Call the official site; headers given replace the right ones."""
        identity = self.shops["site-main"]
        url, content = f"{identity['url']}/api/erp/v1/{operation}", json.dumps(body).encode()
        sent = {"X-App-Key": identity["app_key"], "X-Timestamp": str(int(time.time())), "X-Nonce": secrets.token_hex(8)}
        sent |= {f"X-{name}": value for name, value in headers.items()}
        digest = hashlib.sha256(content).hexdigest()
        text = f"POST\n{urlsplit(url).path}\n{sent['X-Timestamp']}\n{sent['X-Nonce']}\n{digest}"
        sent.setdefault("X-Sign", hmac.digest(identity["app_secret"].encode(), text.encode(), "sha256").hex())
        async with self.client.post(url, data=content, headers=sent) as response:
            answer: Json = await response.json()
            return answer | {"http": response.status}

    async def sms(self, phone: str, **changes: str) -> Json:
        account = self.ports["sms"]
        sent = {
            "AccessKeyId": account["access_key_id"],
            "Action": "SendSms",
            "Format": "JSON",
            "PhoneNumbers": phone,
            "SignName": "掌柜商城",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": secrets.token_hex(8),
            "SignatureVersion": "1.0",
            "TemplateCode": "SMS_100002",
            "TemplateParam": '{"waybill":"SF1"}',
            "Timestamp": utc(time.time()),
            "Version": "2017-05-25",
        } | changes
        sent.setdefault("Signature", sms_sign("POST", sent, account["access_key_secret"]))
        async with self.client.post(account["url"], data=sent) as response:
            answer: Json = await response.json()
            return answer | {"http": response.status}
