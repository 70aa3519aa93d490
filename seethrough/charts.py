"""Charts of what a run gave: histogram, line chart, heat map over source lines, waterfall.

Each takes plain numbers and returns a `Picture`. `measured=True` marks a chart whose numbers depend
on the machine: validation masks the drawing, and every number of the text form stands behind `≈`.
"""

from __future__ import annotations

import statistics
import textwrap
from typing import TYPE_CHECKING

from seethrough.measure import MEASURED_SIGN, ratio, seconds
from seethrough.picture import Canvas, Colour, Picture, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SERIES: tuple[Colour, ...] = ("blue", "orange", "green", "red", "purple", "grey")


def histogram(
    values: Sequence[float],
    *,
    title: str,
    measured: bool = True,
    words: Callable[[float], str] = seconds,
    bins: int = 24,
    width: float = 480,
) -> Picture:
    """Draw how often each size of value occurs, with marks at the best and the median.

    Slow outliers would flatten the rest, so the axis ends at the 98th percentile, or earlier, at
    four times the distance from the best to the median. The last bar holds all that is beyond.

    Args:
        values: two or more, for instance `Sample.per_call`.
        title: what was measured.
        measured: see the module.
        words: formats a value.
        bins: number of bars.
        width: in pixels.

    Returns:
        The picture; its text form gives the count, best, median and worst.
    """
    ordered = sorted(values)
    low, middle = ordered[0], statistics.median(ordered)
    high = min(ordered[int(0.98 * (len(ordered) - 1))], max(low + 4 * (middle - low), 1.4 * low))
    size = (high - low) / bins or 1.0
    heights = [0] * bins
    for value in ordered:
        heights[min(int((value - low) / size), bins - 1)] += 1
    text = (
        f"{title}: {len(ordered)} values\n"
        f"best {words(low)}, median {words(middle)}, worst {words(ordered[-1])}"
    )
    canvas = Canvas(width, 210, title, text, measured=measured)
    canvas.text(0, 16, title, bold=True)
    step = width / bins
    for place, height in enumerate(heights):
        tall = 112 * height / max(heights)
        tip = f"{height} from {words(low + place * size)}"
        if height:
            canvas.rect(place * step + 1, 160 - tall, step - 2, tall, radius=1, tip=tip)
    canvas.line(0, 160, width, 160)
    at = min((middle - low) / (size * bins), 1) * width
    canvas.line(at, 42, at, 160, colour="orange", dashed=True)
    right = at > width / 2
    canvas.text(at, 38, f"median {words(middle)}", anchor="end" if right else "start")
    canvas.text(0, 178, f"best {words(low)}")
    beyond = sum(value > high for value in ordered)
    canvas.text(width, 178, f"{beyond} beyond {words(high)}", anchor="end")
    canvas.text(0, 200, f"{len(ordered)} values; worst {words(ordered[-1])}")
    return canvas.picture(text)


def lines(
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    title: str,
    x_label: str,
    y_label: str,
    measured: bool,
    step: bool = False,
    width: float = 480,
) -> Picture:
    """Draw one line a series over a common pair of axes that begin at zero.

    Args:
        series: points `(x, y)` in order of x, by the name of the series; up to six.
        title: what is shown.
        x_label: what x is, with its unit.
        y_label: what y is, with its unit.
        measured: see the module.
        step: hold each value until the next point, for quantities that jump.
        width: in pixels.

    Returns:
        The picture; its text form gives the last and the highest value of each series.
    """
    points = [point for line in series.values() for point in line]
    right = max((x for x, _ in points), default=0) or 1
    top = max((y for _, y in points), default=0) or 1
    sign = f"{MEASURED_SIGN} " if measured else ""
    rows = [
        f"{name}: ends at {sign}{_short(line[-1][1])}, "
        f"highest {sign}{_short(max(y for _, y in line))}"
        for name, line in series.items()
    ]
    text = "\n".join([f"{title} ({y_label} over {x_label})", *rows])
    canvas = Canvas(width, 282 + 20 * len(series), title, text, measured=measured)
    canvas.text(0, 16, title, bold=True)
    canvas.text(0, 38, y_label)
    x_ticks, y_ticks = _ticks(right), _ticks(top)
    left = 14 + 8 * max(len(_short(tick)) for tick in y_ticks)
    edge = 6 + 4 * len(_short(x_ticks[-1]))  # half of the last label
    wide, tall, floor = width - left - edge, 180.0, 232.0
    end_x, end_y = max(right, x_ticks[-1]), max(top, y_ticks[-1])
    for tick in y_ticks:
        y = floor - tall * tick / end_y
        canvas.line(left, y, width - edge, y, colour="grey", width=1, opacity=0.4)
        canvas.text(left - 6, y + 4, _short(tick), anchor="end")
    for tick in x_ticks:
        canvas.text(left + wide * tick / end_x, floor + 18, _short(tick), anchor="middle")
    canvas.line(left, floor, width - edge, floor)
    canvas.text(width - edge, floor + 36, x_label, anchor="end")
    for place, (name, line) in enumerate(series.items()):
        paint = _SERIES[place % len(_SERIES)]
        drawn = [(left + wide * x / end_x, floor - tall * y / end_y) for x, y in line]
        canvas.polyline(_steps(drawn) if step else drawn, colour=paint)
        for (x, y), (at, high) in zip(line, drawn, strict=True):
            if len(line) <= 24:
                canvas.circle(at, high, 3, fill=paint, tip=f"{name}: {_short(x)}, {_short(y)}")
        y = floor + 56 + 20 * place
        canvas.line(left, y - 4, left + 26, y - 4, colour=paint, width=3)
        canvas.text(left + 34, y, name)
    return canvas.picture(text)


def heat(
    source: str,
    values: Mapping[int, float],
    *,
    title: str,
    measured: bool,
    first_line: int = 1,
    words: Callable[[float], str] | None = None,
) -> Picture:
    """Draw source lines, each the warmer the larger its share of all values.

    The picture is as wide as the code, 88 characters at most.

    Args:
        source: the lines, for instance from `inspect.getsource`.
        values: a quantity by line number; lines without one stay cold.
        title: what the quantity is.
        measured: see the module.
        first_line: the number of the first line of `source`.
        words: formats a value; the default writes its share in per cent.

    Returns:
        The picture; in its text form the value stands as a comment behind the line.
    """
    code = textwrap.dedent(source).rstrip("\n").split("\n")
    total = sum(values.values()) or 1
    top = max(values.values(), default=0) or 1
    sign = f"{MEASURED_SIGN} " if measured else ""

    def said(value: float) -> str:
        return words(value) if words else f"{sign}{100 * value / total:.0f} %"

    numbered = list(enumerate(code, start=first_line))
    listing = [
        f"{line}  # {said(values[number])}" if number in values else line
        for number, line in numbered
    ]
    text = "\n".join([title, *listing])
    tail = 20 + 8 * max((len(said(value)) for value in values.values()), default=0)
    longest = max(len(line) for line in code)
    width = tail + 14 + 7.9 * min(longest, 88)
    canvas = Canvas(width, 30 + 20 * len(code), title, text, measured=measured)
    canvas.text(0, 16, title, bold=True)
    for place, (number, line) in enumerate(numbered):
        y = 28 + 20 * place
        value = values.get(number, 0)
        if value:
            canvas.rect(
                tail, y, width - tail, 19, fill="red", opacity=0.06 + 0.44 * value / top, radius=2
            )
        if number in values:
            canvas.text(tail - 8, y + 14, said(value), anchor="end")
        _code(canvas, tail + 6, y + 14, line, width - tail - 8)
    return canvas.picture(text)


def waterfall(
    steps: Sequence[tuple[str, float]],
    *,
    title: str,
    measured: bool,
    words: Callable[[float], str] = seconds,
    width: float = 480,
) -> Picture:
    """Draw what each step takes away from a quantity, for instance each fix from a run time.

    Args:
        steps: label and the quantity *after* the step; the first is the starting point.
        title: what the quantity is.
        measured: see the module.
        words: formats a quantity.
        width: in pixels.

    Returns:
        The picture; its text form is a table of the quantity and how many times smaller it is
        than at the start.
    """
    start = steps[0][1]
    top = max(value for _, value in steps) or 1

    def gained(value: float) -> str:
        times = start / value if value else float("inf")
        return ratio(times) if measured else f"{times:.2g}×"

    pad = max(len(label) for label, _ in steps)
    rows = [f"{label:<{pad}}  {words(value)}, {gained(value)}" for label, value in steps]
    text = "\n".join([title, *rows])
    canvas = Canvas(width, 30 + 46 * len(steps), title, text, measured=measured)
    canvas.text(0, 16, title, bold=True)
    span, before = width - 2, start
    for place, (label, value) in enumerate(steps):
        y = 30 + 46 * place
        canvas.text(0, y + 13, fit(label, width - 150))
        canvas.text(width, y + 13, f"{words(value)}   {gained(value)}", anchor="end")
        kept, was = span * value / top, span * before / top
        canvas.rect(0, y + 19, max(min(kept, was), 1), 18, tip=f"{label}: {words(value)}")
        if abs(was - kept) > 0.5:
            paint: Colour = "green" if kept < was else "red"
            left, right = sorted((kept, was))
            canvas.rect(
                left, y + 19, right - left, 18, fill=paint, opacity=0.25, stroke=paint, dashed=True
            )
        before = value
    return canvas.picture(text)


def _code(canvas: Canvas, x: float, y: float, line: str, room: float) -> None:
    """Write a line of code; SVG would swallow its indentation, so that becomes a shift."""
    bare = line.lstrip(" ")
    shift = 7.9 * (len(line) - len(bare))
    canvas.text(x + shift, y, fit(bare, room - shift, per_character=7.9), mono=True)


def _steps(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Replace slopes by a level and a jump."""
    drawn = points[:1]
    for x, y in points[1:]:
        drawn += [(x, drawn[-1][1]), (x, y)]
    return drawn


def _ticks(top: float) -> list[float]:
    """Choose four to seven round values from zero to at least `top`."""
    size = 10.0 ** (len(f"{top:.0f}") - 1) if top >= 1 else 10.0 ** -len(f"{1 / top:.0f}")
    step = next(
        size * part
        for part in (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 2.5)
        if top <= 5 * size * part
    )
    count = 1
    while step * count < top * (1 - 1e-9):
        count += 1
    return [step * place for place in range(count + 1)]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
