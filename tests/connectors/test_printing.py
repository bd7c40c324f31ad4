"""The press sets real papers, and a template of a stranger reaches nothing but what it prints."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typst

from connectors.printing import typesetting, typst_press
from connectors.printing.bars import bars_of, square_of
from connectors.printing.typst_press import TypstPress
from domain.papers import FOLDER, BrokenTemplate, Sheaf, sample_of, shipped_source
from domain.printing import PrintKind

PRESS = TypstPress()
KINDS = list(PrintKind)
SHOWS = '#let paper(data) = { set text(font: "Noto Sans CJK SC"); [#data.number 中文] }'


def sheaf(source: str, **fields: Any) -> Sheaf:
    return Sheaf(sources=[source], papers=[sample_of(PrintKind.ORDER) | {"template": 0} | fields])


async def test_the_papers_of_the_house_are_set(tmp_path: Path) -> None:
    papers = [sample_of(kind) | {"template": place} for place, kind in enumerate(KINDS)]
    empty = [paper | {"lines": [], "copy": 1, "number": "无码 1"} for paper in papers]
    place = tmp_path / "papers.pdf"
    await PRESS.print(Sheaf(sources=[shipped_source(kind) for kind in KINDS], papers=[*papers, *empty]), place)
    content = place.read_bytes()
    assert content.startswith(b"%PDF")
    pages = re.search(rb"/Type/Pages/Count (\d+)", content)
    assert pages is not None
    assert int(pages[1]) >= 2 * len(KINDS)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("#let x = [*", "unclosed delimiter"),
        ("", "unresolved import"),
        ("#let paper(data) = data.nothing", 'does not contain key "nothing"'),
        ('#let paper(data) = read("/etc/passwd")', "file not found"),
        ('#let paper(data) = read("../../../../etc/passwd")', "escape the project root"),
        ('#import ("@pre" + "view/cetz:0.2.2"): *\n#let paper(data) = []', "failed to download package"),
        ('#let paper(data) = read("/" + "etc/hostname")', "file not found"),
    ],
)
async def test_a_template_that_does_not_work_is_told_why(source: str, told: str) -> None:
    problem = await PRESS.proof(sheaf(source))
    assert problem is not None
    assert told in problem
    assert "zhanggui-papers" not in problem


@pytest.mark.parametrize("before", ["/tmp/", "../../../tmp/", "../", "", "/home/someone/my-"])  # noqa: S108
def test_where_a_template_lay_is_told_to_nobody(before: str) -> None:
    said = f"error: unclosed delimiter\n  ┌─ {before}zhanggui-papers.x1/template-0.typ:1:24"
    told = typst_press._without_place(said, Path("/tmp/zhanggui-papers.x1"))  # noqa: S108
    assert told == "error: unclosed delimiter\n  ┌─ template-0.typ:1:24"


async def test_a_template_that_never_ends_is_ended(tmp_path: Path) -> None:
    endless = sheaf("#let paper(data) = for i in range(1000000000) {}")
    with pytest.raises(BrokenTemplate, match="too long"):
        await TypstPress(seconds_max=0.5).print(endless, tmp_path / "never.pdf")
    assert not (tmp_path / "never.pdf").exists()


async def test_what_is_printed_is_text_and_never_markup() -> None:
    for evil in ('*bold* #read("/etc/passwd")', '"]#panic("x")[', "$x$ @preview `raw` <label>"):
        assert await PRESS.proof(sheaf(SHOWS, number=evil)) is None


def test_a_page_can_be_looked_at(tmp_path: Path) -> None:
    """The paper has black bars, a black square, and Chinese type that is not the box of a missing sign."""
    (tmp_path / "house.typ").write_bytes((FOLDER / "house.typ").read_bytes())
    (tmp_path / "main.typ").write_text('#import "order.typ": paper\n#paper(json("papers.json").first())')
    (tmp_path / "order.typ").write_text(shipped_source(PrintKind.ORDER), encoding="utf-8")
    (tmp_path / "papers.json").write_text(json.dumps([sample_of(PrintKind.ORDER)]))
    typesetting.draw_codes(tmp_path / "papers.json")
    compiler = typst.Compiler(
        tmp_path / "main.typ", root=tmp_path, font_paths=typesetting.fonts(), ignore_system_fonts=True
    )
    drawn = compiler.compile(format="svg")
    page = (drawn[0] if isinstance(drawn, list) else drawn or b"").decode()
    assert page.startswith("<svg")
    # Typst puts pictures into an SVG as they are, and each sign once.
    assert page.count("<image") == 2
    families = typesetting.fonts().families()
    assert "Noto Sans CJK SC" in families


def test_codes_are_drawn_where_they_can_be() -> None:
    drawn = bars_of("SO26111100000001")
    assert drawn.startswith("<svg")
    assert drawn.count("M") > 30
    assert bars_of("订单 1") == bars_of("") == bars_of("x" * 100) == ""
    assert square_of("订单 1").startswith("<svg")
