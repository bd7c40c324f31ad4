"""Which SMS gateway this installation uses (短信网关): the log by default, an Aliyun-style gateway by its settings."""

from connectors.sms.aliyun import AliyunAccount, AliyunSms
from connectors.sms.console import ConsoleSms
from connectors.sms.port import SmsGateway
from workers.runner import Outside


def gateway_for(outside: Outside) -> SmsGateway:
    """Build the gateway the settings name."""
    given = outside.settings
    if given.sms_gateway == "console":
        return ConsoleSms()
    account = AliyunAccount(
        base_url=given.sms_address,
        access_key_id=given.sms_access_key_id,
        access_key_secret=given.sms_access_key_secret.get_secret_value(),
        sign_name=given.sms_sign_name,
    )
    return AliyunSms(account, outside.http)
