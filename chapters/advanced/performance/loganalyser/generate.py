"""Write the analyser's input: the same for the same seed, on every machine and version."""

from __future__ import annotations

import sqlite3
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PLANS = ("free", "free", "free", "team", "business")
STATUSES = (200,) * 17 + (404, 404, 500)


def write_log(path: Path, lines: int, *, seed: int = 7, customers: int = 800) -> None:
    """Write an access log: time, host, API key, status, milliseconds, path with session.

    Args:
        path: the file to write.
        lines: how many requests.
        seed: the same seed gives the same file.
        customers: how many API keys occur; `write_customers` needs the same number.
    """
    # Only `random()` is used: unlike `choice` and `shuffle` its sequence is promised to stay.
    draw = Random(seed).random
    with path.open("w", encoding="utf-8") as log:
        for number in range(lines):
            second = number * 86_400 // lines
            clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            # Three requests of four come from a host of their own.
            host = number if draw() < 0.75 else int(draw() * lines)
            status = STATUSES[int(draw() * len(STATUSES))]
            took = int(5 + 40 * draw() + (2_000 * draw() if status == 500 else 0))
            session = f"{int(draw() * 2**48):012x}"
            log.write(
                f"2026-11-02T{clock} 10.{host >> 16}.{host >> 8 & 255}.{host & 255} "
                f"key-{int(draw() * customers):04} {status} {took} "
                f"/todos/{int(draw() * 500)}?session={session}\n"
            )


def write_customers(path: Path | str, customers: int = 800) -> sqlite3.Connection:
    """Create the customer table, without an index on the column that everybody searches.

    Args:
        path: the SQLite file to write, or `":memory:"`.
        customers: how many rows.

    Returns:
        The open connection.
    """
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, api_key TEXT, plan TEXT)")
    database.executemany(
        "INSERT INTO customer (api_key, plan) VALUES (?, ?)",
        [(f"key-{number:04}", PLANS[number * 7 % len(PLANS)]) for number in range(customers)],
    )
    database.commit()
    return database
