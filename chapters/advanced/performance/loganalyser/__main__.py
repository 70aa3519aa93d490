"""Run one step of the analyser: `python -m loganalyser LOG CUSTOMERS [STEP [PROFILE]]`."""

from __future__ import annotations

import cProfile
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from .fixed import STEPS


def main(log: str, customers: str, step: str = "Analyser", profile: str = "") -> None:
    """Analyse a log and print the report.

    Args:
        log: path of the access log.
        customers: path of the SQLite file.
        step: the class to use, by name.
        profile: a file for cProfile's counts and times of `run` alone.
    """
    chosen = next(cls for cls in STEPS if cls.__name__ == step)
    with closing(sqlite3.connect(customers)) as database:
        run = chosen(database).run
        if profile:
            tracer = cProfile.Profile()
            print(tracer.runcall(run, Path(log)))
            tracer.dump_stats(profile)
        else:
            print(run(Path(log)))


if __name__ == "__main__":
    main(*sys.argv[1:])
