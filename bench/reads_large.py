"""The reads on a large database: 200,000 products and 2,000,000 order lines; a run of its own, of some minutes."""

from typing import Any

from bench import reads
from bench.seeding import LARGE


async def measure() -> dict[str, Any]:
    """Measure the same lists; beside the small database they should hardly be slower."""
    return {"reads_large": (await reads.measure(LARGE))["reads"]}
