"""Buyers' names and addresses (收货地址), drawn from the divisions of China, always the same for the same customer."""

import csv
import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
DIVISIONS = Path(__file__).parents[1] / "domain" / "shipping" / "tables"
_NOT_A_CITY = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红玲梅琳晨宇轩浩然子涵欣怡思远佳琪梓睿雨桐嘉豪诗"
_ROADS = (
    "人民路",
    "解放路",
    "中山路",
    "建设路",
    "文化路",
    "和平路",
    "新华路",
    "长江路",
    "学院路",
    "东风路",
    "花园路",
    "光明街",
)
_PREFIXES = (
    "134",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "158",
    "159",
    "176",
    "182",
    "186",
    "188",
    "189",
    "199",
)


@dataclass(frozen=True, slots=True)
class Address:
    """Who receives a parcel, and where."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    town: str
    detail: str


class Draw:
    """A sequence of choices that depends on its words only, on every machine and in every run."""

    def __init__(self, *words: str) -> None:
        self._state = int.from_bytes(hashlib.sha256("\x1f".join(words).encode()).digest(), "big")

    def below(self, limit: int) -> int:
        self._state, chosen = divmod(self._state, limit)
        return chosen


def address_of(customer: str) -> Address:
    """Draw the one address of this customer."""
    draw = Draw("address", customer)
    areas, towns = _areas(), _towns()
    code, province, city, district = areas[draw.below(len(areas))]
    choices = towns.get(code, ("",))
    given = "".join(_GIVEN[draw.below(len(_GIVEN))] for _ in range(1 + draw.below(2)))
    road = _ROADS[draw.below(len(_ROADS))]
    number, building, room = 1 + draw.below(399), 1 + draw.below(30), 101 + draw.below(20) * 100
    return Address(
        name=_SURNAMES[draw.below(len(_SURNAMES))] + given,
        phone=f"{_PREFIXES[draw.below(len(_PREFIXES))]}{draw.below(100_000_000):08d}",
        province=province,
        city=city,
        district=district,
        town=choices[draw.below(len(choices))],
        detail=f"{road}{number}号{building}幢{room}室",
    )


@lru_cache(maxsize=1)
def _areas() -> tuple[tuple[str, str, str, str], ...]:
    """Code, province, city and district of every district, named as buyers write them."""
    provinces = {row["code"]: row["name"] for row in _rows(DIVISIONS / "provinces.csv")}
    cities = {row["code"]: row["name"] for row in _rows(DIVISIONS / "cities.csv")}
    areas = []
    for row in _rows(DIVISIONS / "districts.csv"):
        province, city = provinces[row["provinceCode"]], cities[row["cityCode"]]
        areas.append((row["code"], province, province if city in _NOT_A_CITY else city, row["name"]))
    return tuple(areas)


@lru_cache(maxsize=1)
def _towns() -> dict[str, tuple[str, ...]]:
    towns: dict[str, list[str]] = {}
    for row in _rows(DATA / "cn_streets.csv.gz"):
        towns.setdefault(row["areaCode"], []).append(row["name"])
    return {code: tuple(names) for code, names in towns.items()}


def _rows(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
