"""Which values fit which types: tables that are filled by trying.

- `coercion(values, kinds)` validates each value as each type, lax and strict, and draws the grid
- `matrix(…)` draws any table of short answers in colours

Method: a cell's colour says which of the two modes accepted the value; nothing is known in
advance. `kinds` gives two callables for a type, so the module knows no validation library;
`pydantic_modes` makes them from a type with pydantic's `TypeAdapter`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seethrough.picture import Canvas, Colour, Picture, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    type Modes = tuple[Callable[[object], object], Callable[[object], object]]


def pydantic_modes(kind: Any) -> Modes:
    """Return lax and strict validation of a type by pydantic, from Python objects."""
    from pydantic import TypeAdapter

    adapter = TypeAdapter(kind)
    return (
        lambda value: adapter.validate_python(value),
        lambda value: adapter.validate_python(value, strict=True),
    )


_REFUSED = "–"
_MEANING: dict[str, tuple[Colour, str]] = {
    "both": ("green", "strict and lax"),
    "lax": ("orange", "lax only"),
    "none": ("grey", "refused"),
    "strict": ("red", "strict only"),
}


def coercion(
    values: Sequence[object],
    kinds: Mapping[str, Modes],
    *,
    title: str,
    words: Callable[[object], str] = repr,
) -> Picture:
    """Validate each value as each type, lax and strict, and draw what came out.

    Args:
        values: the rows.
        kinds: the columns: by name, a lax and a strict validator; each returns the value that it
            made or raises `ValueError`.
        title: stands above the picture.
        words: writes a result in a cell.

    Returns:
        The grid. In the text form a result in brackets was accepted by lax mode alone.
    """
    rows: list[tuple[str, list[tuple[str, Colour]]]] = []
    seen: set[str] = set()
    for value in values:
        cells: list[tuple[str, Colour]] = []
        for lax, strict in kinds.values():
            state, said = _try(value, lax, strict, words)
            seen.add(state)
            cells.append((said, _MEANING[state][0]))
        rows.append((repr(value), cells))
    legend = [meaning for state, meaning in _MEANING.items() if state in seen]
    return matrix(list(kinds), rows, title=title, legend=legend)


def _try(
    value: object,
    lax: Callable[[object], object],
    strict: Callable[[object], object],
    words: Callable[[object], str],
) -> tuple[str, str]:
    said: dict[str, str] = {}
    for mode, validate in (("lax", lax), ("strict", strict)):
        try:
            said[mode] = words(validate(value))
        except ValueError:  # pydantic's ValidationError is one
            continue
    if len(said) == 2:
        return "both", said["strict"]
    if "lax" in said:
        return "lax", f"({said['lax']})"
    return ("strict", said["strict"]) if said else ("none", _REFUSED)


def matrix(
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[tuple[str, Colour]]]],
    *,
    title: str,
    legend: Sequence[tuple[Colour, str]] = (),
) -> Picture:
    """Draw a table of short answers, each on its colour.

    Args:
        columns: what stands above them, without the column of labels.
        rows: a label, and for each column the words and their colour.
        title: stands above the picture.
        legend: what the colours mean.

    Returns:
        The picture, as wide as its words; its text form is the table.
    """
    table = [["", *columns], *([label, *(said for said, _ in cells)] for label, cells in rows)]
    pads = [max(len(line[at]) for line in table) for at in range(len(columns) + 1)]
    body = [
        "  ".join(f"{word:<{pad}}" for word, pad in zip(line, pads, strict=True)).rstrip()
        for line in table
    ]
    text = "\n".join([title, *body])
    gutter = 14 + 8 * pads[0]
    sizes = [
        max(
            14 + 7.9 * max((len(cells[at][0]) for _, cells in rows), default=0),
            12 + 7.4 * len(name),
        )
        for at, name in enumerate(columns)
    ]
    width = max(gutter + sum(sizes) + 4 * len(sizes), 8.0 * len(title), 360)
    canvas = Canvas(width, 52 + 30 * len(rows) + (26 if legend else 0), title, text)
    canvas.text(0, 16, title, bold=True)
    starts = [gutter + sum(sizes[:at]) + 4 * at for at in range(len(sizes))]
    for start, name in zip(starts, columns, strict=True):
        canvas.text(start + 6, 42, name)
    for row, (label, cells) in enumerate(rows):
        y = 50 + 30 * row
        canvas.text(0, y + 18, label, mono=True)
        for at, (said, paint) in enumerate(cells):
            tip = f"{label}, {columns[at]}: {said}"
            canvas.rect(starts[at], y, sizes[at], 26, fill=paint, opacity=0.2, tip=tip)
            canvas.text(starts[at] + 6, y + 18, fit(said, sizes[at] - 8), mono=True)
    x, y = 0.0, 56.0 + 30 * len(rows)
    for paint, meaning in legend:
        canvas.rect(x, y, 14, 14, fill=paint, opacity=0.35)
        canvas.text(x + 20, y + 12, meaning)
        x += 44 + 7.6 * len(meaning)
    return canvas.picture(text)
