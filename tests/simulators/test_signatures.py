"""The simulators' own signers against vectors of the platforms, and against a second implementation."""

import hashlib
import hmac

import pytest

from simulators.jd.gateway import sign as jd_sign
from simulators.site.signing import sign as site_sign
from simulators.sms.gateway import sign as sms_sign
from simulators.top.signing import sign as top_sign
from tests.simulators import raw

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
EXPECTED = {
    "md5": "66987CB115214E59E6EC978214934FB8",
    "hmac": "D56D7858309C31B6251083A874D48273",
    "hmac-sha256": "04DB15AD0774D5CFCE2C837DE43E3FCEA9011ED74F3038FB6AB5F3C4CEA119E8",
}
SMS = {
    "AccessKeyId": "testId",
    "Action": "SendSms",
    "Format": "XML",
    "OutId": "123",
    "PhoneNumbers": "15300000001",
    "RegionId": "cn-hangzhou",
    "SignName": "阿里云短信测试专用",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
    "SignatureVersion": "1.0",
    "TemplateCode": "SMS_71390007",
    "TemplateParam": '{"customer":"test"}',
    "Timestamp": "2017-07-12T02:42:19Z",
    "Version": "2017-05-25",
}
RPC = {
    "Timestamp": "2016-02-23T12:46:24Z",
    "Format": "XML",
    "AccessKeyId": "testid",
    "Action": "DescribeRegions",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
    "Version": "2014-05-26",
    "SignatureVersion": "1.0",
}


@pytest.mark.parametrize("method", EXPECTED)
def test_top_vectors(method: str) -> None:
    parameters = TOP | {"sign_method": method, "sign": "not signed", "empty": ""}
    assert top_sign(parameters, "helloworld", method) == EXPECTED[method]
    del parameters["sign"]
    assert raw.top_sign(parameters, "helloworld", method) == EXPECTED[method]


def test_top_hmac_is_the_plain_hmac_of_the_parameters() -> None:
    key = "\x0b" * 16
    assert top_sign({"Hi": " There"}, key, "hmac") == "9294727A3638BB1C13F48EF8158BFC9D"
    expected = "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7"
    assert top_sign({"Hi": " There"}, "\x0b" * 20, "hmac-sha256") == expected


def test_jd_vector() -> None:
    body = (
        '{"end_date":null,"optional_fields":null,"order_state":"WAIT_SELLER_STOCK_OUT",'
        '"page":"1","page_size":"200","start_date":null}'
    )
    parameters = {
        "360buy_param_json": body,
        "access_token": "yourtoken",
        "app_key": "yourappkey",
        "method": "jingdong.pop.order.search",
        "timestamp": "2021-05-07 09:20:39.683+0800",
        "v": "2.0",
    }
    assert jd_sign(parameters, "yourappSecret") == "D70825340F4084360B9362B60DFD7930"
    assert raw.top_sign(parameters, "yourappSecret") == "D70825340F4084360B9362B60DFD7930"


def test_site_vector() -> None:
    body = b'{"goods_no":"A001","price":"12.50"}'
    path, expected = "/api/erp/v1/price.push", "b8173d53163c29a1cd15572df31ed756ca0d94bb6f0fa9d9bbf3dc9ed56533d1"
    assert site_sign("site-secret", "POST", path, "1700000000", "n-0001", body) == expected
    text = f"POST\n{path}\n1700000000\nn-0001\n{hashlib.sha256(body).hexdigest()}"
    assert hmac.digest(b"site-secret", text.encode(), "sha256").hex() == expected


def test_aliyun_vectors() -> None:
    assert sms_sign("testSecret", "GET", SMS) == "zJDF+Lrzhj/ThnlvIToysFRq6t4="
    assert raw.sms_sign("GET", SMS, "testSecret") == "zJDF+Lrzhj/ThnlvIToysFRq6t4="
    assert sms_sign("testsecret", "GET", SMS) != "zJDF+Lrzhj/ThnlvIToysFRq6t4=", "the case of the secret matters"
    assert sms_sign("testsecret", "GET", RPC) == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="
