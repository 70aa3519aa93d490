"""Look at SQLAlchemy while it works: statements, session states, tables and migrations.

- `watch(engine)` lists the SQL that an engine sends, transactions included, and counts it
- `Life` draws the states of objects in a session, as `sqlalchemy.inspect` reports them
- `schema` draws the tables of a `MetaData`
- `history` draws the migrations of an Alembic `ScriptDirectory`

SQLAlchemy is imported when it is needed. Method of `watch`: the events `begin`, `commit`,
`rollback`, `before_cursor_execute` and `handle_error` of the engine; `begin` is SQLAlchemy's own
and sends nothing by itself. Nothing is measured unless `watch` is given a clock: the same program
gives the same lists and pictures everywhere.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from seethrough.columns import in_columns
from seethrough.picture import Canvas, Colour, Picture, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

STATES = ("transient", "pending", "persistent", "deleted", "detached")
_BRACKETS = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})
# Where each state stands in the picture of a life: centre of its box.
_PLACES: Mapping[str, tuple[float, float]] = {
    "transient": (76, 70),
    "pending": (300, 70),
    "persistent": (300, 190),
    "deleted": (524, 190),
    "detached": (300, 310),
}
_COLOURS: Mapping[str, Colour] = {
    "transient": "grey",
    "pending": "orange",
    "persistent": "green",
    "deleted": "red",
    "detached": "purple",
}


@dataclass(frozen=True)
class Statement:
    """One thing that was sent.

    Attributes:
        sql: the text, on one line.
        values: the parameters as SQLAlchemy passed them to the driver.
        sets: how many sets of parameters went with it (more than one for `executemany`).
        seconds: how long the database took, where `watch` was given a clock.
        failed: why the database refused it, in its own words, or nothing.
    """

    sql: str
    values: Any = ()
    sets: int = 1
    seconds: float | None = field(default=None, compare=False)
    failed: str = field(default="", compare=False)

    @property
    def bracket(self) -> bool:
        """Whether it begins or ends a transaction."""
        return self.sql in _BRACKETS

    def __str__(self) -> str:
        if self.bracket:
            return self.sql
        shown = _short_columns(self.sql)
        if self.sets > 1:
            return f"  {shown}  × {self.sets}"
        return f"  {shown}{_values(self.values)}"


@dataclass
class Statements:
    """What `watch` collects.

    Attributes:
        sent: in order, with BEGIN, COMMIT and ROLLBACK.
    """

    sent: list[Statement] = field(default_factory=list)
    _stop: list[Callable[[], None]] = field(default_factory=list, repr=False)

    @property
    def count(self) -> int:
        """How many statements were sent, begin and end of transactions not counted."""
        return sum(not statement.bracket for statement in self.sent)

    @property
    def verbs(self) -> list[str]:
        """The first word of each, such as `SELECT`."""
        return [statement.sql.split()[0] for statement in self.sent]

    def clear(self) -> None:
        """Forget what was collected."""
        self.sent.clear()

    def stop(self) -> None:
        """Stop listening; what was collected stays."""
        while self._stop:
            self._stop.pop()()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        if not self.sent:
            return "nothing was sent"
        return "\n".join(map(str, self.sent))


def watch(engine: Any, *, clock: Callable[[], float] | None = None) -> Statements:
    """Collect what an engine sends from now on, until `stop` or the end of a `with` block.

    Args:
        engine: an `Engine` or `AsyncEngine`.
        clock: seconds; with one, each statement knows how long it took.

    Returns:
        The list; its `repr` has one line a statement.
    """
    from sqlalchemy import event

    target = getattr(engine, "sync_engine", engine)
    log = Statements()
    began: list[float] = []

    def bracket(words: str) -> Callable[[object], None]:
        return lambda _connection: log.sent.append(Statement(words))

    def execute(
        _connection: object, _cursor: object, sql: str, values: Any, _context: object, many: bool
    ) -> None:
        log.sent.append(Statement(" ".join(sql.split()), values, len(values) if many else 1))
        if clock is not None:
            began.append(clock())

    def executed(*_: object) -> None:
        if clock is not None and began:
            log.sent[-1] = replace(log.sent[-1], seconds=clock() - began.pop())

    def failed(context: Any) -> None:
        if log.sent and (context.statement is not None or log.sent[-1].bracket):
            executed()
            log.sent[-1] = replace(log.sent[-1], failed=str(context.original_exception))

    listeners: dict[str, Callable[..., None]] = {
        "begin": bracket("BEGIN"),
        "commit": bracket("COMMIT"),
        "rollback": bracket("ROLLBACK"),
        "before_cursor_execute": execute,
        "after_cursor_execute": executed,
        "handle_error": failed,
    }
    for name, action in listeners.items():
        event.listen(target, name, action)
        log._stop.append(lambda name=name, action=action: event.remove(target, name, action))
    return log


@dataclass(frozen=True)
class Moment:
    """One look at one object: what was done before, and the state that it was in then."""

    doing: str
    state: str
    sent: tuple[str, ...] = ()


@dataclass
class Life:
    """The states that an object passes through.

    Attributes:
        log: where statements are counted; each moment names the verbs sent since the last.
        moments: what was seen, in order.
    """

    log: Statements | None = None
    moments: list[Moment] = field(default_factory=list)
    _seen: int = 0

    def see(self, doing: str, thing: object) -> str:
        """Look at an object now.

        Args:
            doing: what was done to it last, as the reader would write it.
            thing: a mapped object.

        Returns:
            Its state: one of `STATES`.
        """
        sent: tuple[str, ...] = ()
        if self.log is not None:
            sent = tuple(self.log.verbs[self._seen :])
            self._seen = len(self.log.sent)
        found = state(thing)
        self.moments.append(Moment(doing, found, sent))
        return found

    def __repr__(self) -> str:
        pad = max((len(moment.doing) for moment in self.moments), default=0)
        return "\n".join(
            f"{moment.doing:<{pad}}  {moment.state:<10}  {' '.join(moment.sent)}".rstrip()
            for moment in self.moments
        )

    def picture(self, title: str = "States of an object") -> Picture:
        """Draw the states, and an arrow for each change that was seen, numbered in order."""
        text = f"{title}\n{self!r}"
        arrows = _changes(self.moments)
        canvas = Canvas(640, 356 + 22 * len(arrows), title, text)
        canvas.text(0, 16, title, bold=True)
        reached = {moment.state for moment in self.moments}
        for name, (x, y) in _PLACES.items():
            known = name in reached
            canvas.rect(
                x - 64, y - 22, 128, 44,
                fill=_COLOURS[name], opacity=0.22 if known else 0.05,
                stroke=_COLOURS[name], radius=8, dashed=not known,
            )  # fmt: skip
            canvas.text(x, y + 5, name, anchor="middle", bold=known)
        lanes: dict[tuple[str, str], int] = {}
        for number, (before, after, _) in enumerate(arrows, 1):
            lane = lanes.get((before, after), 0)
            lanes[before, after] = lane + 1
            _arrow(canvas, before, after, lane, str(number))
        for number, (_, after, doing) in enumerate(arrows, 1):
            y = 350 + 22 * number
            canvas.circle(10, y - 4, 10, fill=_COLOURS[after])
            canvas.text(28, y, f"{number}. {fit(doing, 480)}")
            canvas.text(640, y, after, anchor="end")
        return canvas.picture(text)


def state(thing: object) -> str:
    """Return the state of a mapped object, as `sqlalchemy.inspect` reports it."""
    from sqlalchemy import inspect

    found: Any = inspect(thing)
    return next(name for name in STATES if getattr(found, name))


def schema(metadata: Any, title: str = "Tables") -> Picture:
    """Draw the tables of a `MetaData`, their columns, keys and foreign keys.

    Args:
        metadata: a `sqlalchemy.MetaData`; tables are drawn so that a parent stands left.
        title: printed above.

    Returns:
        The picture; its text form lists tables and columns.
    """
    tables = list(metadata.sorted_tables)
    boxes = {table.name: [_column(column) for column in table.columns] for table in tables}
    lines = [title]
    for name, rows in boxes.items():
        lines += [name, *(f"  {mark:<5} {column:<12} {kind}" for mark, column, kind in rows)]
    text = "\n".join(lines)
    wide, gap = 288.0, 64.0
    width = max(len(boxes) * (wide + gap) - gap, 360)
    height = 44 + 22 * max((len(rows) for rows in boxes.values()), default=0) + 40
    canvas = Canvas(width, height, title, text)
    canvas.text(0, 16, title, bold=True)
    where: dict[tuple[str, str], tuple[float, float]] = {}
    for place, (name, rows) in enumerate(boxes.items()):
        x = place * (wide + gap)
        canvas.rect(
            x, 30, wide, 34 + 22 * len(rows), fill="blue", opacity=0.08, stroke="blue", radius=6
        )
        canvas.text(x + 12, 50, name, bold=True, mono=True)
        for row, (mark, column, kind) in enumerate(rows):
            y = 74 + 22 * row
            where[name, column] = (x, y - 4)
            canvas.text(x + 12, y, column, mono=True, bold="PK" in mark)
            canvas.text(x + 108, y, fit(kind, 170 - 14 * len(mark)))
            canvas.text(x + wide - 10, y, mark, anchor="end", colour="orange")
    for table in tables:
        for foreign in table.foreign_keys:
            x1, y1 = where[table.name, foreign.parent.name]
            x2, y2 = where[foreign.column.table.name, foreign.column.name]
            left = x2 + wide if x2 < x1 else x2
            canvas.line(x1, y1, left, y2, colour="orange", width=2, arrow=True)
            words = f"on delete {foreign.ondelete.lower()}" if foreign.ondelete else ""
            if words:
                canvas.text(x1 + 12, 86 + 22 * len(boxes[table.name]), words, colour="orange")
    return canvas.picture(text)


def history(
    scripts: Any, *, at: Iterable[str] = (), title: str = "Migrations, the oldest on top"
) -> Picture:
    """Draw the migrations of an Alembic `ScriptDirectory` with the edges between them.

    Args:
        scripts: the script directory.
        at: the revisions that a database is at; they and what they build on are filled.
        title: printed above.

    Returns:
        The picture; its text form has a line for each migration.
    """
    revisions = _in_order(list(scripts.walk_revisions()))
    done = {found.revision for one in at for found in scripts.iterate_revisions(one, "base")}
    heads, here = set(scripts.get_heads()), set(at)
    lanes: dict[str, int] = {}
    lines, free = [title], 0
    for revision in revisions:
        downs = _downs(revision)
        taken = [lanes[down] for down in downs]
        siblings = [
            lanes[other.revision]
            for other in revisions
            if other.revision in lanes and set(_downs(other)) & set(downs)
        ]
        lane = min(taken, default=0)
        if lane in siblings:
            free = max(lanes.values()) + 1
            lane = free
        lanes[revision.revision] = lane
        marks = [
            *(["applied"] if revision.revision in done else []),
            *(["the database is here"] if revision.revision in here else []),
            *(["head"] if revision.revision in heads else []),
        ]
        behind = ", ".join(downs) or "base"
        note = f"  ({', '.join(marks)})" if marks else ""
        lines.append(f"{behind} -> {revision.revision}  {_doc(revision)}{note}")
    text = "\n".join(lines)
    across = 40 + 44 * (max(lanes.values(), default=0) + 1)
    canvas = Canvas(560, 40 + 54 * len(revisions), title, text)
    canvas.text(0, 16, title, bold=True)
    rows = {revision.revision: 52 + 54 * place for place, revision in enumerate(revisions)}
    for revision in revisions:
        x, y = 24 + 44 * lanes[revision.revision], rows[revision.revision]
        for down in _downs(revision):
            canvas.line(24 + 44 * lanes[down], rows[down] + 12, x, y - 12, arrow=True)
    for revision in revisions:
        name = revision.revision
        x, y = 24 + 44 * lanes[name], rows[name]
        colour: Colour = "green" if name in done else "grey"
        canvas.circle(x, y, 11, fill=colour, tip=_doc(revision))
        canvas.text(across, y, f"{name}  {fit(_doc(revision), 500 - across)}", bold=name in here)
        words = [
            *(["the database is here"] if name in here else []),
            *(["head"] if name in heads else []),
        ]
        canvas.text(across, y + 18, ", ".join(words), colour="orange")
    return canvas.picture(text)


def table(rows: Sequence[Mapping[str, object]], *, pad: int = 2) -> str:
    """Lay equal dictionaries out in columns, their keys above.

    Args:
        rows: one a line, all with the same keys.
        pad: blanks between two columns.
    """
    if not rows:
        return ""
    head = list(rows[0])
    body = [head, *([str(row[name]) for name in head] for row in rows)]
    return in_columns(body, gap=pad)


def _short_columns(sql: str) -> str:
    """Cut a long list of columns to its first, for reading."""

    def cut(found: re.Match[str]) -> str:
        head, columns, tail = found.groups()
        first = columns.split(", ")[0]
        return f"{head}{first}, …{tail}" if len(columns) > 44 else found[0]

    sql = re.sub(r"(SELECT (?:DISTINCT )?)([\w., ]+?)( FROM)", cut, sql)
    sql = re.sub(r"(INSERT INTO \w+ \()([\w., ]+?)(\))", cut, sql)
    return re.sub(r"\((?:\?, ){3,}\?\)", "(?, …)", sql)


def _values(values: Any) -> str:
    if not values:
        return ""
    flat = list(values.values()) if isinstance(values, dict) else list(values)
    shown = ", ".join(str(int(v)) if isinstance(v, int) else repr(v) for v in flat)
    return f"  [{shown}]" if len(shown) <= 40 else f"  [{len(flat)} values]"


def _changes(moments: Sequence[Moment]) -> list[tuple[str, str, str]]:
    """Return `(before, after, doing)` where the state changed."""
    return [
        (before.state, after.state, after.doing)
        for before, after in itertools.pairwise(moments)
        if before.state != after.state
    ]


def _arrow(canvas: Canvas, before: str, after: str, lane: int, label: str) -> None:
    (x1, y1), (x2, y2) = _PLACES[before], _PLACES[after]
    length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1.0)
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    # Beside the line between the centres, so that there and back do not cover each other.
    aside = 9 + 18 * lane
    ox, oy = -uy * aside, ux * aside
    start, end = _edge(ux, uy), _edge(ux, uy)
    from_x, from_y = x1 + ux * start + ox, y1 + uy * start + oy
    to_x, to_y = x2 - ux * end + ox, y2 - uy * end + oy
    colour = _COLOURS[after]
    canvas.line(from_x, from_y, to_x, to_y, colour=colour, width=2, arrow=True)
    mid_x, mid_y = (from_x + to_x) / 2, (from_y + to_y) / 2
    canvas.text(mid_x + ox / aside * 12, mid_y + oy / aside * 12 + 4, label, anchor="middle",
                bold=True)  # fmt: skip


def _edge(ux: float, uy: float) -> float:
    """How far from the centre of a box its edge is, in a direction."""
    return min(66 / abs(ux) if ux else 1e9, 24 / abs(uy) if uy else 1e9)


def _column(column: Any) -> tuple[str, str, str]:
    kind = str(column.type)
    if not column.nullable and not column.primary_key:
        kind += ", not null"
    marks = [*(["PK"] if column.primary_key else []), *(["FK"] if column.foreign_keys else [])]
    return " ".join(marks), column.name, kind.lower()


def _downs(revision: Any) -> tuple[str, ...]:
    down = revision.down_revision
    if down is None:
        return ()
    return (down,) if isinstance(down, str) else tuple(down)


def _in_order(revisions: list[Any]) -> list[Any]:
    """Sort by the longest way from the first migration, then by name: the same each time."""
    by_name = {revision.revision: revision for revision in revisions}

    def depth(name: str) -> int:
        return max((1 + depth(down) for down in _downs(by_name[name])), default=0)

    return sorted(revisions, key=lambda revision: (depth(revision.revision), revision.revision))


def _doc(revision: Any) -> str:
    return str(revision.doc or "").strip().rstrip(".")
