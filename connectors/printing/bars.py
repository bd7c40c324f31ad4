"""Bars and squares (条码与二维码): Code 128 and QR as small SVG pictures."""

import io
from functools import cache

import segno
from barcode.codex import Code128

HEIGHT = 40
LENGTH_MAX = 48


@cache
def bars_of(text: str) -> str:
    """Draw a text in Code 128; nothing for one that cannot be written in it."""
    if not (1 <= len(text) <= LENGTH_MAX and text.isascii() and text.isprintable()):
        return ""
    modules = Code128(text).build()[0]
    runs, start = [], 0
    for place in range(1, len(modules) + 1):
        if place == len(modules) or modules[place] != modules[start]:
            if modules[start] == "1":
                width = place - start
                runs.append(f"M{start} 0h{width}v{HEIGHT}h-{width}z")
            start = place
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(modules)} {HEIGHT}" preserveAspectRatio="none">'
        f'<path d="{"".join(runs)}"/></svg>'
    )


@cache
def square_of(text: str) -> str:
    """Draw a text as a QR code."""
    drawn = io.BytesIO()
    segno.make(text, micro=False, error="m").save(drawn, kind="svg", border=0, xmldecl=False, svgclass=None)
    return drawn.getvalue().decode()
