"""Distances (距离): how far apart two provinces are, as the crow flies between their capitals; good enough to rank."""

from decimal import Decimal

KILOMETRES_PER_DEGREE = Decimal(111)
NARROWING = Decimal("0.82")
"""A degree of longitude is shorter than one of latitude; this is what it is at 35° north."""

CAPITALS: dict[str, tuple[Decimal, Decimal]] = {
    f"{code}0000": (Decimal(north), Decimal(east))
    for code, north, east in (
        ("11", "39.9", "116.4"),
        ("12", "39.1", "117.2"),
        ("13", "38.0", "114.5"),
        ("14", "37.9", "112.5"),
        ("15", "40.8", "111.7"),
        ("21", "41.8", "123.4"),
        ("22", "43.9", "125.3"),
        ("23", "45.8", "126.5"),
        ("31", "31.2", "121.5"),
        ("32", "32.1", "118.8"),
        ("33", "30.3", "120.2"),
        ("34", "31.8", "117.2"),
        ("35", "26.1", "119.3"),
        ("36", "28.7", "115.9"),
        ("37", "36.7", "117.0"),
        ("41", "34.8", "113.6"),
        ("42", "30.6", "114.3"),
        ("43", "28.2", "112.9"),
        ("44", "23.1", "113.3"),
        ("45", "22.8", "108.4"),
        ("46", "20.0", "110.3"),
        ("50", "29.6", "106.6"),
        ("51", "30.7", "104.1"),
        ("52", "26.6", "106.7"),
        ("53", "25.0", "102.7"),
        ("54", "29.7", "91.1"),
        ("61", "34.3", "108.9"),
        ("62", "36.1", "103.8"),
        ("63", "36.6", "101.8"),
        ("64", "38.5", "106.2"),
        ("65", "43.8", "87.6"),
    )
}


def kilometres(province: str | None, other: str | None) -> int | None:
    """Say how far two provinces are apart, 0 within one; None when one is not known."""
    one, two = CAPITALS.get(province or ""), CAPITALS.get(other or "")
    if one is None or two is None:
        return None
    north, east = one[0] - two[0], (one[1] - two[1]) * NARROWING
    return int((north * north + east * east).sqrt() * KILOMETRES_PER_DEGREE)
