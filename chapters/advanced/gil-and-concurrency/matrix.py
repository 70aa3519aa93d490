"""Measure what this chapter compares, under the interpreter that runs this, and print JSON.

    python3 course.py record gil-and-concurrency

calls it once for each interpreter and keeps what they print in `recorded.json`, from which the
chapter draws. It needs the standard library of Python 3.13 or later and half a minute.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2])]

import workloads  # noqa: E402 - found by the line above

from seethrough.lanes import Recording, computing, watch  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

CORES = os.process_cpu_count() or 1
ROUNDS = 25  # many short ones: the best is one in which nobody else needed the processor
# Name of the workload: function, argument, how many jobs, how many workers.
WORK: dict[str, tuple[Callable[[Any], object], Any, int, int]] = {
    "computing": (workloads.compute, 100_000, 8, CORES),
    "hashing": (workloads.digest, 8, 8, CORES),
    "waiting": (workloads.wait, 0.02, 20, 10),
}
ADDING = {"n += 1": workloads.plain, "n += one()": workloads.calling}
POOLS = {
    "threads": "ThreadPoolExecutor",
    "processes": "ProcessPoolExecutor",
    "interpreters": "InterpreterPoolExecutor",  # since 3.14
}


def main() -> None:
    """Measure and print."""
    result = {
        "matrix": {name: measure(name) for name in WORK},
        "lost": {kind: [workloads.lost(work) for _ in range(10)] for kind, work in ADDING.items()},
        "lanes": undisturbed().to_json(),
        "scripts": scripts(),
    }
    print(json.dumps(result))


def measure(name: str) -> dict[str, Any]:
    """Run one workload in each way, several rounds in turn, and keep the best of each."""
    function, argument, jobs, workers = WORK[name]
    ways: dict[str, Callable[[], object]] = {
        "serial": lambda: [function(argument) for _ in range(jobs)],
        "asyncio": lambda: asyncio.run(gathered(function, argument, jobs)),
    }
    starts: dict[str, float] = {}
    pools: list[Any] = []
    for way, kind in POOLS.items():
        maker = getattr(concurrent.futures, kind, None)
        if maker is None:
            continue
        begun = time.perf_counter()
        pool = maker(workers)
        list(pool.map(workloads.wait, [0.05] * workers))  # every worker is up after this
        starts[way] = time.perf_counter() - begun - 0.05
        pools.append(pool)
        ways[way] = lambda pool=pool: list(pool.map(function, [argument] * jobs))
    best = dict.fromkeys(ways, float("inf"))
    busy = alone = 0.0
    for _ in range(ROUNDS):
        for way, run in ways.items():
            wall, cpu = timed(run)
            if way == "threads" and wall < best[way]:
                busy = cpu / wall
            if way == "serial" and wall < best[way]:
                alone = cpu / wall
            best[way] = min(best[way], wall)
    for pool in pools:
        pool.shutdown()
    # Hashing in threads uses every core that is free, on every build.
    if name == "hashing" and min(alone, busy / min(jobs, workers)) < 0.8:
        print(
            f"Somebody else used the processor: {alone:.0%} of a core were left for one thread, "
            f"{busy:.0%} for {workers}. Record again when the machine is idle.",
            file=sys.stderr,
        )
    return {
        "jobs": jobs,
        "workers": workers,
        "seconds": best,
        "start_seconds": starts,
        "serial_cpu_per_wall": alone,
        "threads_cpu_per_wall": busy,
    }


def undisturbed() -> Recording:
    """Watch two threads compute, several times, and keep the one in which they ran most."""
    programs = {"thread 1": computing, "thread 2": computing}
    recordings = [watch(programs, seconds=0.1) for _ in range(ROUNDS)]
    return max(recordings, key=lambda recording: sum(map(recording.share, programs)))


async def gathered(function: Callable[[Any], object], argument: Any, jobs: int) -> None:
    """Run the jobs as tasks; waiting is awaited, the rest has nothing to await."""

    async def one() -> object:
        if function is workloads.wait:
            return await asyncio.sleep(argument)
        return function(argument)

    await asyncio.gather(*(one() for _ in range(jobs)))


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return the wall-clock seconds of a call and the processor seconds of this process in it."""
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def scripts() -> dict[str, str]:
    """Run the small scripts of this chapter that this version can run; keep what they print."""
    printed = {}
    for path in sorted((HERE / "scripts").glob("*.py")):
        needs = path.read_text(encoding="utf-8").split("\n")[0].removeprefix("# needs: ")
        if sys.version_info[:2] < tuple(int(part) for part in needs.split(".")):
            continue
        done = subprocess.run(
            [sys.executable, str(path)], capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode == 0:
            printed[path.stem] = done.stdout
        elif done.returncode != SKIPPED:
            sys.exit(f"{path.name}: {done.stderr[-1500:]}")
    return printed


SKIPPED = 77  # what a script exits with where it lacks something, such as a compiler

if __name__ == "__main__":
    main()
