# %% [check]
"""Turn the list of a 422 into messages by field."""

from typing import Any

from seethrough.exercises import Work

MISSING, TEXT = "Field required", "Input should be a valid string"


def fault(msg: str, *loc: str | int) -> dict[str, Any]:
    """Make an entry as FastAPI sends it."""
    kind = {MISSING: "missing", TEXT: "string_type"}.get(msg, "value_error")
    return {"type": kind, "loc": list(loc), "msg": msg, "input": None}


def check(work: Work) -> str:
    by_field = work.get("by_field")
    work.equal(
        by_field([fault(MISSING, "body", "title")]), {"title": [MISSING]}, "by_field for a "
        "missing title"
    )
    inside = [
        fault(TEXT, "body", "ship_to", "city"),
        fault(TEXT, "body", "ship_to", "lines", 1),
    ]
    wanted = {"ship_to.city": [TEXT], "ship_to.lines.1": [TEXT]}
    work.equal(by_field(inside), wanted, "by_field for two faults inside ship_to")
    whole = by_field([fault(MISSING, "body")])
    work.equal(whole, {"": [MISSING]}, "by_field for no body at all")
    twice = [fault("too short", "body", "title"), fault("no capital", "body", "title")]
    wanted = {"title": ["too short", "no capital"]}
    work.equal(by_field(twice), wanted, "by_field for two faults of a field")
    return "Every message at its field, also the nested and the doubled ones."


# %% [hint]
# `loc` is a list of names and positions: `["body", "ship_to", "lines", 1]`.

# %% [hint]
# `".".join` wants strings only. For a fault of the whole body nothing is left after the first part,
# and the join of nothing is `""`.

# %% [hint]
# A second fault of a field must not replace the first: `setdefault(field, []).append(…)`.

# %% [solution]
from typing import Any


def by_field(detail: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Collect the messages of a 422 by field."""
    found: dict[str, list[str]] = {}
    for fault in detail:
        field = ".".join(str(part) for part in fault["loc"][1:])
        found.setdefault(field, []).append(fault["msg"])
    return found


# %% [mistake] last-one-wins
# says: by_field for two faults of a field
def by_field(detail):
    return {".".join(map(str, fault["loc"][1:])): [fault["msg"]] for fault in detail}


# %% [mistake] first-name-only
# says: by_field for two faults inside ship_to
def by_field(detail):
    found = {}
    for fault in detail:
        found.setdefault(fault["loc"][1], []).append(fault["msg"])
    return found


# %% [mistake] with-the-place
# says: by_field for a missing title
def by_field(detail):
    found = {}
    for fault in detail:
        found.setdefault(".".join(map(str, fault["loc"])), []).append(fault["msg"])
    return found


# %% [mistake] joins-numbers
# says: TypeError
def by_field(detail):
    found = {}
    for fault in detail:
        found.setdefault(".".join(fault["loc"][1:]), []).append(fault["msg"])
    return found
