"""`./run bench NAME [--json FILE]`: measure on a database of its own and print ratios.

The names are reads, reads-large, orders, import, desk, stock, subscriptions, and all (those that take about a minute
each).

`orders` places orders over HTTP, imports them, and works at the desk: its queue, review and pick lists; `import` and
`desk` are parts of it alone.
"""

import argparse
import asyncio
import importlib
import json
from pathlib import Path
from typing import Any

MODULES = {
    "orders": ("bench.orders", "bench.importing", "bench.desk"),
    "import": ("bench.importing",),
    "desk": ("bench.desk",),
    "reads": ("bench.reads",),
    "reads-large": ("bench.reads_large",),
    "stock": ("bench.stock",),
    "subscriptions": ("bench.subscriptions",),
    "all": ("bench.reads", "bench.orders", "bench.importing", "bench.desk", "bench.subscriptions"),
}


def main() -> None:
    """Run the benches asked for, one after the other, and keep their figures if asked to."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("bench", choices=[*MODULES])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    given = parser.parse_args()
    figures: dict[str, Any] = {}
    for module in MODULES[given.bench]:
        figures |= asyncio.run(importlib.import_module(module).measure())
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
