"""Run one step of the analyser: `python -m loganalyser LOG CUSTOMERS [STEP]`."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from .fixed import STEPS


def main(log: str, customers: str, step: str = "Analyser") -> None:
    """Analyse a log and print the report.

    Args:
        log: path of the access log.
        customers: path of the SQLite file.
        step: the class to use, by name.
    """
    chosen = next(cls for cls in STEPS if cls.__name__ == step)
    with closing(sqlite3.connect(customers)) as database:
        print(chosen(database).run(Path(log)))


if __name__ == "__main__":
    main(*sys.argv[1:])
