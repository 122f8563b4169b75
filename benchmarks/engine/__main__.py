"""The engine against its peers: `python -m benchmarks.engine --rows ROWS`.

ROWS is the folder that `training.mine` wrote. Parts: `offline` decodes its dev rows, `shapes` rows
of two well-known sizes with random weights, `online` sends requests to running servers, `scaling`
tells where the time of a request goes. The table is written if all of them ran.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import apart, report
from benchmarks.engine import offline, online, scaling, shapes
from newsfold.model.device import use_threads

if TYPE_CHECKING:
    from benchmarks.report import Result

PARTS = ("offline", "shapes", "online", "scaling")


def main() -> None:
    """Print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True, help="folder that mine wrote")
    parser.add_argument("--most", type=int, default=32, help="rows to decode")
    parser.add_argument("--seconds", type=float, default=25.0, help="of each load of the servers")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    arguments = parser.parse_args()
    threads = use_threads(0)
    results: list[Result] = []
    notes = [f"{threads} threads. Medians of {apart.RUNS} runs after one to warm up."]
    if "offline" in arguments.parts:
        found, told = offline.measure(arguments.rows, arguments.most)
        results += found
        notes += told
    if "shapes" in arguments.parts:
        found, told = shapes.measure()
        results += found
        notes += told
    if "online" in arguments.parts:
        found, told = asyncio.run(online.measure(arguments.seconds))
        results += found
        notes += told
    if "scaling" in arguments.parts:
        found, told = asyncio.run(scaling.measure())
        results += found
        notes += told
    if len(arguments.parts) == len(PARTS):
        print(report.write("engine", "The engine beside its peers", results, notes))
    else:
        print("\n".join([*notes, *report.table(results)]))


if __name__ == "__main__":
    main()
