"""Amounts in words (大写金额): as Chinese papers state them, so that nobody can add a digit."""

from domain.kernel import Money

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
GROUP = 10_000


def in_words(amount: Money) -> str:
    """Say an amount in Chinese capital numerals: 1005.03 is 壹仟零伍元零叁分."""
    cents = int(abs(amount.value) * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    said = f"{_whole(yuan)}元" if yuan or not cents else ""
    if jiao:
        said += f"{DIGITS[jiao]}角"
    elif fen and yuan:
        said += DIGITS[0]
    said += f"{DIGITS[fen]}分" if fen else ""
    return ("负" if amount.value < 0 else "") + said + ("" if fen else "整")


def _whole(number: int) -> str:
    if number == 0:
        return DIGITS[0]
    said, gap, group = "", False, 0
    while number:
        number, four = divmod(number, GROUP)
        if four:
            part = _four(four) + GROUPS[group]
            said = part + (DIGITS[0] if gap and said else "") + said
            gap = four < GROUP // 10
        else:
            gap = True
        group += 1
    return said


def _four(number: int) -> str:
    said = ""
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            said += DIGITS[digit] + PLACES[place]
        elif said and not said.endswith(DIGITS[0]):
            said += DIGITS[0]
    return said.rstrip(DIGITS[0])
