"""Divisions of China (行政区划): which areas, by their GB/T 2260 codes, an address written in names lies in.

Buyers and platforms write names, and not always the whole name; rules name codes. What cannot be found makes the path
shorter, it is never guessed.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TABLES = Path(__file__).parent / "tables"
CODE_LENGTH = 6
NOT_A_CITY = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
ENDINGS = (
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "自治区",
    "特别行政区",
    "自治州",
    "地区",
    "省",
    "市",
    "盟",
    "区",
    "县",
    "旗",
)
PREFECTURE = re.compile(
    "(.+?)(?:(?:土家|朝鲜|苗|藏|羌|彝|布依|侗|哈尼|壮|傣|白|景颇|傈僳|回|蒙古|柯尔克孜|哈萨克)族?)+自治州"
)
"""An autonomous prefecture, which everybody calls by its place alone: 凉山州 for 凉山彝族自治州."""
BEYOND = frozenset({"台湾", "香港", "澳门"})
"""Provinces whose cities the tables do not have."""
SHORT_MIN = 2
PATHS_MAX = 4_096
"""More than there are districts: the same few are asked for all day."""

Path_ = tuple[str, ...]
"""The codes of an address from the largest area to the smallest, as far as they are known."""


@dataclass(frozen=True)
class Divisions:
    """The names of all areas, and the areas of all names: provinces, cities of a province, districts of a city."""

    names: dict[str, str]
    provinces: dict[str, str]
    cities: dict[str, dict[str, str]]
    districts: dict[tuple[str, str], str]
    districts_of_province: dict[tuple[str, str], tuple[str, ...]]


@lru_cache(maxsize=PATHS_MAX)
def path_of(province: str | None, city: str | None = None, district: str | None = None) -> Path_:
    """Find the areas of an address."""
    known = divisions()
    first = _named(province, known.provinces)
    if first is None:
        return ()
    second = _named(city, known.cities.get(first, {}))
    third = _district(known, first, second, district)
    if third is not None:
        second = _full(third[:4])
    return tuple(each for each in (first, second, third) if each is not None)


def _district(known: Divisions, province: str, city: str | None, district: str | None) -> str | None:
    """Find a district in its city; without one, or under a city of another name, if its name is there only once."""
    for name in _names(district):
        if city is not None and (found := known.districts.get((city, name))):
            return found
    for name in _names(district):
        everywhere = known.districts_of_province.get((province, name), ())
        if len(everywhere) == 1 and (city is None or _directly_under(city, everywhere)):
            return everywhere[0]
    return None


def _directly_under(city: str, found: Sequence[str]) -> bool:
    """Counties of a city directly under the state, or of a province, stand beside its districts, not among them."""
    names = divisions().names
    return names.get(city) in NOT_A_CITY and names.get(_full(found[0][:4])) in NOT_A_CITY


@lru_cache(maxsize=PATHS_MAX)
def no_place(province: str | None, city: str | None, district: str | None = None) -> tuple[str, str] | None:
    """Find the part of an address that names no place, and what is wrong with it; None where it can be sent to.

    Platforms name a district where a city stands, and places by names of other years: one part that is known will do.
    """
    known = divisions()
    first = _named(province, known.provinces)
    if first is None:
        beyond = any(each in BEYOND for each in _names(province))
        return None if beyond else ("province", f"there is no province {(province or '').strip()}")
    written = (city or "").strip()
    elsewhere = [above for above, names in known.cities.items() if written in names and above != first]
    if _named(city, known.cities.get(first, {})) is None and elsewhere:
        return "city", f"{written} lies in {name_of(elsewhere[0])}, not in {name_of(first)}"
    if len(path_of(province, city, district)) > 1 or len(path_of(province, None, city)) > 1:
        return None
    return "city", f"there is no {written} in {name_of(first)}"


def name_of(code: str) -> str:
    """Say the name of an area; a code nobody knows is its own name."""
    return divisions().names.get(code, code)


def is_area(code: str) -> bool:
    return code in divisions().names


@lru_cache(maxsize=1)
def divisions() -> Divisions:
    """Read the tables once: 31 provinces, 342 cities, 2,978 districts."""
    names, provinces, cities = dict[str, str](), dict[str, str](), dict[str, dict[str, str]]()
    for row in _rows("provinces"):
        code = _full(row["code"])
        names[code] = row["name"]
        provinces |= dict.fromkeys(_names(row["name"]), code)
    for row in _rows("cities"):
        code, above = _full(row["code"]), _full(row["provinceCode"])
        names[code] = row["name"]
        # The one city of a city directly under the state goes by its name.
        shown = names[above] if row["name"] == "市辖区" else row["name"]
        for name in (row["name"], *_names(shown), *_called(row["name"])):
            cities.setdefault(above, {}).setdefault(name, code)
    districts, everywhere = dict[tuple[str, str], str](), dict[tuple[str, str], tuple[str, ...]]()
    for row in _rows("districts"):
        names[row["code"]] = row["name"]
        for name in _names(row["name"]):
            districts.setdefault((_full(row["cityCode"]), name), row["code"])
            key = (_full(row["provinceCode"]), name)
            everywhere[key] = (*everywhere.get(key, ()), row["code"])
    return Divisions(names, provinces, cities, districts, everywhere)


def _rows(table: str) -> list[dict[str, str]]:
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _full(code: str) -> str:
    return code.ljust(CODE_LENGTH, "0")


def _names(name: str | None) -> tuple[str, ...]:
    """List how an area may be written: its whole name, and the name without what it is."""
    whole = (name or "").strip()
    if not whole:
        return ()
    short = next((whole.removesuffix(each) for each in ENDINGS if whole.endswith(each)), whole)
    return (whole, short) if SHORT_MIN <= len(short) < len(whole) else (whole,)


def _called(city: str) -> tuple[str, ...]:
    found = PREFECTURE.fullmatch(city)
    return (f"{found[1]}州", found[1]) if found else ()


def _named(name: str | None, known: dict[str, str]) -> str | None:
    return next((known[each] for each in _names(name) if each in known), None)
