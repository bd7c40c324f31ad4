"""Aliyun-style SMS (短信发送): signed calls, approved signs and templates only, caps per number, an inbox."""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

import orjson
from aiohttp import web

from simulators.clock import DAY_SECONDS
from simulators.faults import PLATFORM_KINDS, Fault
from simulators.numbering import new_number, request_number
from simulators.wire import spoil, spoil_before
from simulators.world import World

TOLERANCE_SECONDS = 900
CAPS = (
    (60, 1, "触发分钟级流控Permits:1"),
    (3600, 5, "触发小时级流控Permits:5"),
    (DAY_SECONDS, 10, "触发天级流控Permits:10"),
)
NUMBERS_MAX = 1000
VERSION = "2017-05-25"


class SmsError(Exception):
    """A refusal; the gateway's own have an HTTP status of their own, the business ones come with 200."""

    def __init__(self, code: str, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def sign(secret: str, method: str, parameters: dict[str, str]) -> str:
    """HMAC-SHA1 over the sorted, RFC 3986 escaped parameters; the secret gets an ampersand."""
    pairs = sorted((key, value) for key, value in parameters.items() if key != "Signature")
    query = "&".join(f"{_escaped(key)}={_escaped(value)}" for key, value in pairs)
    text = f"{method}&{_escaped('/')}&{_escaped(query)}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


class Inbox:
    """Every message accepted, oldest first; it also knows how often a number was written to."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.messages: list[dict[str, Any]] = [body for _, body in world.storage.all("sms")]

    def put(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self._world.storage.put("sms", f"{len(self.messages):012d}", message)

    def clear(self) -> None:
        self.messages.clear()
        self._world.storage.clear("sms")

    def check_caps(self, phone: str) -> None:
        """1 per minute, 5 per hour, 10 per day and number."""
        now = self._world.clock.now()
        sent = [message["sent_at"] for message in self.messages if message["phone"] == phone]
        for seconds, most, text in CAPS:
            if sum(moment > now - seconds for moment in sent) >= most:
                raise SmsError("isv.BUSINESS_LIMIT_CONTROL", text)


class SmsGateway:
    """The RPC door; every parameter may come in the query or in the form."""

    def __init__(self, world: World, inbox: Inbox) -> None:
        self._world, self._inbox = world, inbox

    async def handle(self, request: web.Request) -> web.StreamResponse:
        parameters = dict(request.query)
        parameters.update(parse_qsl((await request.read()).decode("utf-8", "replace"), keep_blank_values=True))
        fault = self._world.faults.take("sms", parameters.get("Action", ""))
        spoilt = await spoil_before(request, fault)
        return spoilt or spoil(request, fault, self._answer(request.method, parameters, fault))

    def _answer(self, method: str, parameters: dict[str, str], fault: Fault | None) -> web.Response:
        wanted = parameters.get("Format", "JSON").upper()
        try:
            self._verify(method, parameters)
            _ordered(fault)
            with self._world.storage.change():
                number = self._send(parameters)
        except SmsError as error:
            return _respond({"Code": error.code, "Message": error.message}, error.status, wanted)
        return _respond({"Code": "OK", "Message": "OK", "BizId": number}, 200, wanted)

    def _verify(self, method: str, parameters: dict[str, str]) -> None:
        for name in ("AccessKeyId", "Action", "Signature", "SignatureMethod", "SignatureNonce", "Timestamp", "Version"):
            if not parameters.get(name):
                raise SmsError(f"Missing{name}", f"{name} is mandatory for this action.", 400)
        account = self._world.sms
        if parameters["AccessKeyId"] != account.access_key_id:
            raise SmsError("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        if parameters["Version"] != VERSION or parameters["Action"] != "SendSms":
            raise SmsError("InvalidAction.NotFound", "Specified api is not found.", 404)
        if parameters["SignatureMethod"] != "HMAC-SHA1" or parameters.get("SignatureVersion") != "1.0":
            raise SmsError("InvalidSignatureMethod", "Only HMAC-SHA1 with SignatureVersion 1.0.", 400)
        self._verify_moment(parameters["Timestamp"])
        if not hmac.compare_digest(sign(account.access_key_secret, method, parameters), parameters["Signature"]):
            raise SmsError("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.", 400)
        if not self._world.new_nonce("sms", parameters["SignatureNonce"]):
            raise SmsError("SignatureNonceUsed", "Specified signature nonce was used already.", 400)

    def _verify_moment(self, text: str) -> None:
        try:
            moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise SmsError("InvalidTimeStamp.Format", "Specified time stamp format is not valid.", 400) from None
        if abs(moment - self._world.clock.wall()) > TOLERANCE_SECONDS:
            raise SmsError("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)

    def _send(self, parameters: dict[str, str]) -> str:
        account = self._world.sms
        phones = [phone for phone in parameters.get("PhoneNumbers", "").split(",") if phone]
        if not phones or any(not re.fullmatch(r"1[3-9][0-9]{9}", phone) for phone in phones):
            raise SmsError("isv.MOBILE_NUMBER_ILLEGAL", "手机号格式错误")
        if len(phones) > NUMBERS_MAX:
            raise SmsError("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
        if parameters.get("SignName") not in account.sign_names:
            raise SmsError("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
        template = account.templates.get(parameters.get("TemplateCode", ""))
        if template is None:
            raise SmsError("isv.SMS_TEMPLATE_ILLEGAL", "短信模版不合法")
        text = _filled(template, parameters.get("TemplateParam", ""))
        for phone in phones:
            self._inbox.check_caps(phone)
        number = new_number()
        for phone in phones:
            self._inbox.put(
                {
                    "phone": phone,
                    "text": f"【{parameters['SignName']}】{text}",
                    "template": parameters["TemplateCode"],
                    "out_id": parameters.get("OutId", ""),
                    "biz_id": number,
                    "sent_at": self._world.clock.now(),
                }
            )
        return number


def _ordered(fault: Fault | None) -> None:
    """Fail as a test ordered."""
    if fault is not None and fault.kind in PLATFORM_KINDS:
        raise SmsError(fault.body.get("Code", "isp.SYSTEM_ERROR"), fault.body.get("Message", "系统错误"))


def _filled(template: str, parameter: str) -> str:
    try:
        values = orjson.loads(parameter) if parameter else {}
    except orjson.JSONDecodeError:
        raise SmsError("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值") from None
    if not isinstance(values, dict) or any(not isinstance(value, str | int) for value in values.values()):
        raise SmsError("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值")
    names = set(re.findall(r"\$\{(\w+)\}", template))
    if missing := names - set(values):
        raise SmsError("isv.TEMPLATE_MISSING_PARAMETERS", f"模版缺少变量{sorted(missing)}")
    for name in names:
        template = template.replace(f"${{{name}}}", str(values[name]))
    return template


def _respond(body: dict[str, Any], status: int, wanted: str) -> web.Response:
    body |= {"RequestId": request_number().upper()}
    if wanted == "XML":
        inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in body.items())
        text = f'<?xml version="1.0" encoding="UTF-8"?><SendSmsResponse>{inner}</SendSmsResponse>'
        return web.Response(text=text, status=status, content_type="text/xml", charset="utf-8")
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", charset="utf-8")
