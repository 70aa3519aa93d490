"""The analyser as it was written on a busy Friday: correct, clear, and slow in four places."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path


@dataclass
class Record:
    """One request of the log."""

    host: str
    api_key: str
    status: int
    milliseconds: int
    path: str


@dataclass
class Report:
    """What the analyser found out."""

    requests: int
    hosts: int
    failed: int
    plans: dict[str, int]
    slowest: str


class Analyser:
    """Reads an access log and says who called, on which plan, and what was slow."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def run(self, log: Path) -> Report:
        """Analyse a log file."""
        return self.tally(self.records(log))

    def records(self, log: Path) -> Iterable[Record]:
        """Parse the log, with the session ids masked."""
        lines = log.read_text(encoding="utf-8").splitlines()
        masked = [self.mask(line) for line in lines]
        return [self.parse(line) for line in masked]

    def mask(self, line: str) -> str:
        """Hide the session id, which must not reach a report."""
        session = line.rpartition("session=")[2]
        return re.sub(rf"\b{session}\b", "***", line)

    def parse(self, line: str) -> Record:
        """Split a line into its fields."""
        _, host, api_key, status, milliseconds, path = line.split(" ")
        return Record(host, api_key, int(status), int(milliseconds), path)

    def plan_of(self, api_key: str) -> str:
        """Look up the plan that a customer pays for."""
        query = "SELECT plan FROM customer WHERE api_key = ?"
        return self.database.execute(query, (api_key,)).fetchone()[0]

    def tally(self, records: Iterable[Record]) -> Report:
        """Count what the report needs."""
        hosts: list[str] = []
        plans: Counter[str] = Counter()
        requests = failed = 0
        slowest = Record("", "", 0, -1, "nothing")
        for record in records:
            requests += 1
            failed += record.status >= 500
            plans[self.plan_of(record.api_key)] += 1
            if record.host not in hosts:
                hosts.append(record.host)
            if record.milliseconds > slowest.milliseconds:
                slowest = record
        by_plan = dict(sorted(plans.items()))
        return Report(requests, len(hosts), failed, by_plan, slowest.path)
