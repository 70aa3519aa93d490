"""A log analyser that is too slow, and its repairs: the running example of `performance`.

- `generate`: writes an access log and a customer table, the same for the same seed
- `slow`: the analyser with four planted faults
- `fixed`: a class a repair, each inheriting the repairs before it
- `python -m loganalyser LOG CUSTOMERS [STEP]`: for profilers that start their target
"""

from __future__ import annotations

from .fixed import STEPS, OnePattern, OneQuery, SetMembership, Streaming
from .generate import write_customers, write_log
from .slow import Analyser, Record, Report

__all__ = [
    "STEPS",
    "Analyser",
    "OnePattern",
    "OneQuery",
    "Record",
    "Report",
    "SetMembership",
    "Streaming",
    "write_customers",
    "write_log",
]
