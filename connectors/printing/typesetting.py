"""The process that compiles papers (排版进程): a folder in, a PDF in the folder, or what is wrong on the way out."""

import json
import resource
import sys
from importlib.util import find_spec
from pathlib import Path

import typst

from connectors.printing.bars import bars_of, square_of

BROKEN = 3
MEMORY_BYTES_MAX = 3 * 1024**3
CPU_SECONDS_MAX = 120
FONTS = "noto_cjk_sans_otc"


def fonts() -> typst.Fonts:
    """Find the house's Chinese font, and only it: the same paper everywhere. Its package is found, never run."""
    spec = find_spec(FONTS)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return typst.Fonts(include_system_fonts=not places, font_paths=places)


def draw_codes(papers: Path) -> None:
    """Add to each paper the bars and the square of its number."""
    given = json.loads(papers.read_text(encoding="utf-8"))
    for paper in given:
        paper["barcode"], paper["qr"] = bars_of(paper["number"]), square_of(paper["number"])
        if paper.get("waybill"):
            paper["waybill_barcode"] = bars_of(paper["waybill"])
    papers.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")


def limit() -> None:
    """Let a template that never ends, or grows without end, end here."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))


def main(folder: Path) -> int:
    """Compile the papers of a folder."""
    limit()
    draw_codes(folder / "papers.json")
    nothing = folder / "packages"
    compiler = typst.Compiler(
        folder / "main.typ",
        root=folder,
        font_paths=fonts(),
        ignore_system_fonts=True,
        package_path=nothing,
        package_cache_path=nothing,
    )
    try:
        compiler.compile(output=folder / "papers.pdf", format="pdf", pdf_tags=False)
    except typst.TypstError as problem:
        sys.stdout.write(problem.diagnostic or problem.message)
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
