"""The repairs, one a class and in the order in which the profiles ask for them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, override

from .slow import Analyser, Record, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SESSION = re.compile(r"(?<=session=)\w+")


class OnePattern(Analyser):
    """Repair 1: one pattern for all session ids, compiled once."""

    @override
    def mask(self, line: str) -> str:
        return SESSION.sub("***", line)


class OneQuery(OnePattern):
    """Repair 2: one query for all customers instead of one a request."""

    @cached_property
    def plans(self) -> dict[str, str]:
        """The plan of every customer, read on first use."""
        return dict(self.database.execute("SELECT api_key, plan FROM customer"))

    @override
    def plan_of(self, api_key: str) -> str:
        return self.plans[api_key]


class SetMembership(OneQuery):
    """Repair 3: hosts in a set, where `in` hashes instead of searching."""

    @override
    def tally(self, records: Iterable[Record]) -> Report:
        hosts: set[str] = set()
        plans: Counter[str] = Counter()
        requests = failed = 0
        slowest = Record("", "", 0, -1, "nothing")
        for record in records:
            requests += 1
            failed += record.status >= 500
            plans[self.plan_of(record.api_key)] += 1
            hosts.add(record.host)
            if record.milliseconds > slowest.milliseconds:
                slowest = record
        by_plan = dict(sorted(plans.items()))
        return Report(requests, len(hosts), failed, by_plan, slowest.path)


class Streaming(SetMembership):
    """Repair 4: a record at a time instead of three lists of everything."""

    @override
    def records(self, log: Path) -> Iterator[Record]:
        with log.open(encoding="utf-8") as lines:
            for line in lines:
                yield self.parse(self.mask(line.rstrip("\n")))


STEPS: tuple[type[Analyser], ...] = (Analyser, OnePattern, OneQuery, SetMembership, Streaming)
