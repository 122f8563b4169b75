"""The engine against its peers: `python -m benchmarks.engine --rows ROWS`.

ROWS is the folder that `training.mine` wrote. Parts: `offline` decodes its dev rows, `shapes` rows
of two well-known sizes with random weights, `online` sends requests to running servers, `scaling`
tells where the time of a request goes. The table is written if all of them ran, unless
`--print` is given, as for a try with a few rows.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchmarks import apart, report
from benchmarks.engine import offline, online, scaling, shapes
from newsfold.model.device import choose_device, use_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.report import Result

PARTS = ("offline", "shapes", "online", "scaling")


def main() -> None:
    """Print the table, and write it if nothing was left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True, help="folder that mine wrote")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:N or auto")
    parser.add_argument("--most", type=int, default=32, help="rows to time")
    parser.add_argument("--judged", type=int, default=128, help="rows to judge what is written by")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load, at least")
    parser.add_argument("--calls", type=int, default=60, help="of each load, at least")
    parser.add_argument("--articles", type=int, default=50, help="of the longest story")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--print", action="store_true", help="do not write the table")
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    threads = use_threads(0)
    measures: dict[str, Callable[[], tuple[list[Result], list[str]]]] = {
        "offline": lambda: offline.measure(
            arguments.rows, arguments.most, arguments.judged, device
        ),
        "shapes": lambda: shapes.measure(arguments.most, device),
        "online": lambda: asyncio.run(online.measure(arguments.seconds, arguments.calls, device)),
        "scaling": lambda: asyncio.run(scaling.measure(arguments.articles, device)),
    }
    results: list[Result] = []
    notes = [
        f"{where(device)} {threads} threads. Medians of {apart.RUNS} runs after one to warm up."
    ]
    for part, measure in measures.items():
        if part in arguments.parts:
            started = time.perf_counter()
            found, told = measure()
            results += found
            notes += told
            print(f"{part}: {time.perf_counter() - started:.0f} s", flush=True)
    if arguments.print or len(arguments.parts) < len(PARTS):
        print("\n".join([*notes, *report.table(results)]))
    else:
        print(report.write("engine", "The engine beside its peers", results, notes))
    if twice := report.repeated(results):
        sys.exit(f"benchmarks: measured twice: {twice}")


def where(device: torch.device) -> str:
    """What the table says of where the models ran."""
    if device.type == "cuda":
        return f"The models ran on {torch.cuda.get_device_name(device)}."
    return f"The models ran on the {device.type.upper()}; nothing of it was run on CUDA."


if __name__ == "__main__":
    main()
