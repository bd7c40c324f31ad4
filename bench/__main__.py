"""`./run bench orders|import|reads|all [--json FILE]`: measure on a database of its own and print ratios."""

import argparse
import asyncio
import importlib
import json
from pathlib import Path
from typing import Any

BENCHES = ("orders", "import", "reads")
MODULES = {"orders": "bench.orders", "import": "bench.importing", "reads": "bench.reads"}


def main() -> None:
    """Run the benches asked for, one after the other, and keep their figures if asked to."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("bench", choices=[*BENCHES, "all"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    given = parser.parse_args()
    figures: dict[str, Any] = {}
    for name in BENCHES if given.bench == "all" else (given.bench,):
        figures |= asyncio.run(importlib.import_module(MODULES[name]).measure())
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
