"""Every published signature is reproduced, and what is signed is what is sent."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from connectors import signatures
from connectors.http import Http
from connectors.marketplaces.jd import JdMarketplace
from connectors.marketplaces.port import ShopAccount
from connectors.marketplaces.taobao import TaobaoMarketplace
from connectors.sms.aliyun import AliyunAccount, AliyunSms
from connectors.sms.port import SmsMessage
from tests.connectors.listening import listening

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
TOP = {
    "app_key": "12345678",
    "fields": "num_iid,title,nick,price,num",
    "format": "json",
    "method": "taobao.item.seller.get",
    "num_iid": "11223344",
    "session": "test",
    "timestamp": "2016-01-01 12:00:00",
    "v": "2.0",
}
JOS = {
    "360buy_param_json": '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT","page":"1",'
    '"page_size":"200","start_date":null}',
    "access_token": "yourtoken",
    "app_key": "yourappkey",
    "method": "jingdong.pop.order.search",
    "timestamp": "2021-05-07 09:20:39.683+0800",
    "v": "2.0",
}
PDD = {
    "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211",
    "client_id": "1",
    "data_type": "XML",
    "order_status": "1",
    "page": "1",
    "page_size": "10",
    "timestamp": "1480411125",
    "type": "pdd.order.number.list.get",
}


@pytest.mark.parametrize(
    ("sign_method", "vector"),
    [("md5", "top_md5"), ("hmac", "top_hmac_derived"), ("hmac-sha256", "top_hmac_sha256_derived")],
)
def test_top(sign_method: str, vector: str) -> None:
    signature = signatures.top_signature("helloworld", TOP | {"sign_method": sign_method})
    assert signature == VECTORS[vector]["sign"]


def test_top_knows_no_other_method() -> None:
    with pytest.raises(ValueError, match="rot13"):
        signatures.top_signature("helloworld", TOP | {"sign_method": "rot13"})


@pytest.mark.parametrize(("vector", "digest"), [("top_hmac_rfc2202", "md5"), ("top_hmac_sha256_rfc4231", "sha256")])
def test_top_by_the_rfc(vector: str, digest: str) -> None:
    case = VECTORS[vector]
    assert signatures.keyed_signature(bytes.fromhex(case["key_hex"]), case["params"], digest) == case["sign"]


@pytest.mark.parametrize(("parameters", "vector"), [(JOS, "jos_md5"), (PDD, "pdd_md5")])
def test_wrapped_md5(parameters: dict[str, str], vector: str) -> None:
    case = VECTORS[vector]
    assert "".join(f"{key}{parameters[key]}" for key in sorted(parameters)) == case["payload"]
    assert signatures.wrapped_md5_signature(case["secret"], parameters) == case["sign"]


@pytest.mark.parametrize("vector", ["aliyun_sms", "aliyun_rpc"])
def test_aliyun(vector: str) -> None:
    case = VECTORS[vector]
    assert signatures.aliyun_signature(case["secret"], "GET", case["params"]) == case["sign"]


def test_aliyun_tells_the_case_of_a_secret() -> None:
    case = VECTORS["aliyun_sms"]
    assert signatures.aliyun_signature("testsecret", "GET", case["params"]) != case["sign"]


def test_kuaidi100() -> None:
    case = VECTORS["kuaidi100_query_derived"]
    assert signatures.kuaidi100_signature(case["param"], case["key"], case["customer"]) == case["sign"]


def test_site() -> None:
    case = VECTORS["site"]
    signature = signatures.site_signature(
        case["secret"], case["method"], case["path"], case["timestamp"], case["nonce"], case["body"].encode()
    )
    assert signature == case["sign"]


parameters = st.dictionaries(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8), min_size=1, max_size=5)


@given(parameters, st.data())
def test_every_parameter_sent_is_signed(sent: dict[str, str], data: st.DataObject) -> None:
    """Changing, adding or dropping any parameter but `sign` gives another signature."""
    sent.pop("sign", None)
    signed = signatures.wrapped_md5_signature("secret", sent)
    assert signatures.wrapped_md5_signature("secret", sent | {"sign": "whatever"}) == signed
    assert signatures.wrapped_md5_signature("secret", sent | {"absent": ""}) == signed
    if sent:
        key = data.draw(st.sampled_from(sorted(sent)))
        assert signatures.wrapped_md5_signature("secret", sent | {key: sent[key] + "x"}) != signed


def account(url: str, platform: str) -> ShopAccount:
    return ShopAccount(
        platform=platform, shop_code="s", base_url=url, app_key="key", app_secret="secret", session="session"
    )


async def received_form(send: Any) -> dict[str, str]:
    """Let `send` make one call to a listener, and answer the form it received."""
    forms: list[dict[str, str]] = []

    async def listen(request: web.Request) -> web.Response:
        forms.append(dict(parse_qsl(await request.text(), keep_blank_values=True, strict_parsing=True)))
        return web.json_response({"x_get_response": {}, "x_get_responce": {}, "Code": "OK", "BizId": "1"})

    async with listening(listen) as url:
        await send(url)
    assert len(forms) == 1
    return forms[0]


async def test_top_signs_exactly_what_it_sends() -> None:
    async with Http() as http:
        form = await received_form(
            lambda url: TaobaoMarketplace(account(url, "TAOBAO"), http).call(
                "taobao.x.get", {"备注": "a+b &=é", "空": ""}
            ),
        )
    signature = form.pop("sign")
    assert form["备注"] == "a+b &=é"
    assert "空" not in form
    assert signatures.top_signature("secret", form) == signature


async def test_jos_signs_the_very_text_it_sends() -> None:
    async with Http() as http:
        form = await received_form(
            lambda url: JdMarketplace(account(url, "JD"), http).call("x.get", {"z": "中文 &", "a": "1"})
        )
    signature = form.pop("sign")
    assert form["360buy_param_json"] == '{"a":"1","z":"中文 &"}'
    assert set(form) == {"360buy_param_json", "method", "app_key", "access_token", "timestamp", "v"}
    assert signatures.wrapped_md5_signature("secret", form) == signature


async def test_aliyun_signs_exactly_what_it_sends() -> None:
    message = SmsMessage(phone="13800000001", template="T", parameters={"单号": "a~b*c d"}, reference="r")

    async with Http() as http:

        async def send(url: str) -> None:
            aliyun = AliyunAccount(base_url=url, access_key_id="id", access_key_secret="secret", sign_name="掌柜")
            await AliyunSms(aliyun, http).send(message)

        form = await received_form(send)
    signature = form.pop("Signature")
    assert signatures.aliyun_signature("secret", "POST", form) == signature
