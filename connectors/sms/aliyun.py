"""Aliyun SMS (阿里云短信), Dysmsapi 2017-05-25: every request signed, frequency limits told as pauses."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from connectors.faults import (
    ConnectorFault,
    OurFault,
    PermissionMissing,
    PlatformFault,
    RetryLater,
    SessionDead,
    UnreadableAnswer,
)
from connectors.http import Http, HttpAnswer, HttpRequest
from connectors.payloads import Payload, Unreadable, next_china_midnight, parse_json
from connectors.signatures import aliyun_query, aliyun_signature
from connectors.sms.port import SmsGateway, SmsMessage, SmsReceipt

LIMITED = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL"})
UNPAID = frozenset({"isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.PRODUCT_UN_SUBSCRIPT", "isv.ACCOUNT_ABNORMAL"})
NO_ACCESS = ("SignatureDoesNotMatch", "InvalidAccessKeyId", "Forbidden", "InvalidSecurityToken")
BUSY = ("isp.", "ServiceUnavailable", "InternalError", "SignatureNonceUsed")
PAUSES = (("天级", timedelta(days=1)), ("小时级", timedelta(hours=1)), ("分钟级", timedelta(minutes=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AliyunAccount:
    """Where and as whom messages are sent; the secret is never printed."""

    base_url: str
    access_key_id: str
    access_key_secret: str = field(repr=False)
    sign_name: str
    region: str = "cn-hangzhou"


class AliyunSms(SmsGateway):
    """Sends by SendSms, in the body of a POST: addresses end up in the logs of every proxy, and phones must not."""

    def __init__(self, account: AliyunAccount, http: Http) -> None:
        self.account = account
        self.http = http

    async def send(self, message: SmsMessage) -> SmsReceipt:
        parameters = self._parameters(message)
        parameters["Signature"] = aliyun_signature(self.account.access_key_secret, "POST", parameters)
        answer = await self.http.send(
            HttpRequest(
                method="POST",
                url=self.account.base_url,
                operation="SendSms",
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=aliyun_query(parameters).encode(),
            )
        )
        return receipt_of(answer, datetime.now(UTC))

    def _parameters(self, message: SmsMessage) -> dict[str, str]:
        return {
            "AccessKeyId": self.account.access_key_id,
            "Action": "SendSms",
            "Format": "JSON",
            "OutId": message.reference,
            "PhoneNumbers": message.phone,
            "RegionId": self.account.region,
            "SignName": self.account.sign_name,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": str(uuid4()),
            "SignatureVersion": "1.0",
            "TemplateCode": message.template,
            "TemplateParam": json.dumps(message.parameters, ensure_ascii=False),
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
        }


def receipt_of(answer: HttpAnswer, now: datetime) -> SmsReceipt:
    """Read the gateway's answer; whatever it refuses is raised."""
    try:
        body = Payload(parse_json(answer.body))
        code, told = body.text("Code"), body.optional_text("Message") or ""
        if code != "OK":
            raise fault_of(code, told, now)
        return SmsReceipt(gateway_number=body.text("BizId"))
    except Unreadable as odd:
        raise UnreadableAnswer(f"SendSms answered {answer.status}: {odd}", outcome_unknown=True) from odd


def fault_of(code: str, told: str, now: datetime) -> ConnectorFault:
    """Classify a code; the gateway's text is quoted, for it names no phone."""
    if code in LIMITED:
        return RetryLater(told, after=_pause(code, told, now), code=code)
    if code.startswith("Throttling"):
        return RetryLater(told, after=timedelta(seconds=2), code=code)
    if code in UNPAID:
        return PermissionMissing(told, code=code)
    if code.startswith(NO_ACCESS):
        return SessionDead(told, code=code)
    if code.startswith(BUSY):
        return PlatformFault(told, code=code, outcome_unknown=True)
    return OurFault(told, code=code)


def _pause(code: str, told: str, now: datetime) -> timedelta:
    """Wait as long as the limit that was met: a minute, an hour, or until the next Chinese day."""
    pause = next((pause for words, pause in PAUSES if words in told), timedelta(minutes=1))
    if code == "isv.DAY_LIMIT_CONTROL" or pause == timedelta(days=1):
        return next_china_midnight(now) - now
    return pause
