"""Addresses in names become areas by code, or nothing: never a guess."""

import pytest

from domain.shipping import name_of, no_place, path_of
from domain.shipping.divisions import NOT_A_CITY, divisions


@pytest.mark.parametrize(
    ("address", "path"),
    [
        (("浙江省", "杭州市", "西湖区"), ("330000", "330100", "330106")),
        (("浙江", "杭州", "西湖"), ("330000", "330100", "330106")),
        (("上海市", "上海市", "徐汇区"), ("310000", "310100", "310104")),
        (("上海", "市辖区", "徐汇区"), ("310000", "310100", "310104")),
        (("重庆市", "重庆市", "云阳县"), ("500000", "500200", "500235")),
        (("广西壮族自治区", "南宁市", None), ("450000", "450100")),
        (("广西", "南宁", ""), ("450000", "450100")),
        (("浙江省", None, "西湖区"), ("330000", "330100", "330106")),
        (("浙江省", "梦想市", "西湖区"), ("330000", "330100", "330106")),
        (("浙江省", "宁波市", "西湖区"), ("330000", "330200")),
        (("吉林省", "吉林市", "朝阳区"), ("220000", "220200")),
        (("四川省", "凉山州", None), ("510000", "513400")),
        (("吉林", "延边", None), ("220000", "222400")),
        (("新疆", "博尔塔拉州", None), ("650000", "652700")),
        (("内蒙古自治区", "锡林郭勒盟", "二连浩特市"), ("150000", "152500", "152501")),
        (("远方", "杭州市", "西湖区"), ()),
        ((None, None, None), ()),
    ],
)
def test_the_areas_of_an_address(address: tuple[str | None, ...], path: tuple[str, ...]) -> None:
    assert path_of(*address) == path


def test_the_name_of_an_area() -> None:
    assert [name_of(each) for each in ("330106", "310000", "999999")] == ["西湖区", "上海市", "999999"]


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        (("浙江省", "杭州市", "西湖区"), None),
        (("浙江", "杭州", None), None),
        (("浙江省", "梦想市", "西湖区"), None),
        (("北京", "朝阳区", "三环以内"), None),
        (("湖北省", "仙桃市", None), None),
        (("山东省", "莱芜市", "莱城区"), None),
        (("台湾省", "台北市", "大安区"), None),
        (("香港特别行政区", "九龙", None), None),
        (("火星省", "杭州市", None), ("province", "there is no province 火星省")),
        (("浙江省", "广州市", "西湖区"), ("city", "广州市 lies in 广东省, not in 浙江省")),
        (("浙江省", "梦想市", "天区"), ("city", "there is no 梦想市 in 浙江省")),
    ],
)
def test_what_is_no_place(address: tuple[str, str, str | None], wrong: tuple[str, str] | None) -> None:
    assert no_place(*address) == wrong


def test_every_district_is_a_place() -> None:
    names = divisions().names
    for code in (each for each in names if not each.endswith("00")):
        province, city = names[f"{code[:2]}0000"], names[f"{code[:4]}00"]
        written = province if city in NOT_A_CITY else city
        assert no_place(province, written, names[code]) is None, code


def test_every_autonomous_prefecture_goes_by_its_place_alone() -> None:
    cities = [name for code, name in divisions().names.items() if name.endswith("自治州")]
    assert len(cities) == 30
    called = [each for names in divisions().cities.values() for each in names if each.endswith("州")]
    assert {"凉山州", "湘西州", "黔东南州", "西双版纳州", "克孜勒苏州", "伊犁州", "海西州"} <= set(called)
