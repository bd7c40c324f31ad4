"""The reads on a large database beside the small one: 200,000 products and 2,000,000 order lines, in one run.

Filling the large one takes some minutes, so this is a run of its own.
"""

from typing import Any

from bench import reads
from bench.seeding import LARGE, SMALL


async def measure() -> dict[str, Any]:
    """Measure the same lists on both; `slowdown` is how many times slower the large one serves, to stay below 1.5."""
    async with reads.filled(SMALL) as small, reads.filled(LARGE) as large:
        found = {"reads": await reads.on(small, SMALL), "reads_large": await reads.on(large, LARGE)}
        speeds = await reads.side_by_side({"small": small, "large": large})
    for figures in found["reads_large"]:
        name = figures["query"]
        figures["slowdown"] = round(speeds[name]["small"] / speeds[name]["large"], 2)
        print(
            f"{name:<9} compiled, in turns: small {speeds[name]['small']:.1f}, large {speeds[name]['large']:.1f}, "
            f"{figures['slowdown']:.2f} times slower"
        )
    return found
