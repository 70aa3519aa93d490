"""Flame graphs from collapsed stacks, the format that sampling profilers share.

A line of collapsed stacks is a call stack, outermost call first, and how often it was seen:
`main;read;parse 12`. py-spy (`--format raw`), `python -m profiling.sampling --collapsed` (3.15) and
ten lines of your own write it. Width means share of the samples; left to right means nothing
(siblings stand in alphabetical order, so that two graphs of one program can be compared).

The method is Brendan Gregg's ("The Flame Graph", ACM Queue 14(2), 2016), drawn with the outermost
call on top.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zlib import crc32

from seethrough.measure import MEASURED_SIGN
from seethrough.picture import Canvas, Colour, Picture, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

type Stack = tuple[str, ...]
type Stacks = Mapping[Stack, float]

_COLOURS: tuple[Colour, ...] = ("blue", "orange", "green", "red", "purple")
_PLACE = re.compile(r" \([^()]*\)$")  # ` (file:line)`, as py-spy writes it
_ROW = 24


@dataclass
class Frame:
    """A call in one context: the same function under two callers is two frames.

    Attributes:
        name: as the profiler wrote it.
        total: samples in which the frame is on the stack.
        own: samples in which nothing is above it.
        calls: the frames that it called, by name.
    """

    name: str
    total: float = 0
    own: float = 0
    calls: dict[str, Frame] = field(default_factory=dict)

    def called(self) -> list[Frame]:
        """Return the frames that this one called, in alphabetical order."""
        return [self.calls[name] for name in sorted(self.calls)]


def parse(text: str) -> dict[Stack, float]:
    """Read collapsed stacks, one a line.

    Args:
        text: lines such as `main;read;parse 12`; frame names may hold spaces. Equal stacks add up.

    Raises:
        ValueError: a line does not end in a number.
    """
    stacks: dict[Stack, float] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        names, _, weight = line.strip().rpartition(" ")
        if not weight.isdecimal():
            message = f"line {number} does not end in a number of samples: {line.strip()!r}"
            raise ValueError(message)
        stack = tuple(names.split(";")) if names else ()
        stacks[stack] = stacks.get(stack, 0) + int(weight)
    return stacks


def rename(stacks: Stacks, name: Callable[[str], str | None]) -> dict[Stack, float]:
    """Rename frames; those that get `None` vanish and their samples go to the caller."""
    renamed: dict[Stack, float] = {}
    for stack, weight in stacks.items():
        names = tuple(new for old in stack if (new := name(old)) is not None)
        renamed[names] = renamed.get(names, 0) + weight
    return renamed


def zoom(stacks: Stacks, name: str) -> dict[Stack, float]:
    """Keep what happens inside a function: its stacks, cut above its first frame.

    Args:
        stacks: the whole profile.
        name: a frame, with or without its ` (file:line)`; of a method, its last name is enough.

    Raises:
        ValueError: no stack has such a frame.
    """
    inside: dict[Stack, float] = {}
    for stack, weight in stacks.items():
        for depth, frame in enumerate(stack):
            if _is_called(frame, name):
                rest = stack[depth:]
                inside[rest] = inside.get(rest, 0) + weight
                break
    if not inside:
        message = f"no frame is called {name!r}"
        raise ValueError(message)
    return inside


def share(stacks: Stacks, name: str) -> float:
    """Say how much of a profile happens inside a function.

    Args:
        stacks: the whole profile.
        name: a frame, as for `zoom`.

    Returns:
        From 0 to 1. A sampler that never met the function, as on a busy machine it may, says 0.

    Raises:
        ValueError: the profile is empty.
    """
    whole = sum(stacks.values())
    if not whole:
        message = "an empty profile has no shares"
        raise ValueError(message)
    inside = (w for stack, w in stacks.items() if any(_is_called(frame, name) for frame in stack))
    return sum(inside) / whole


def _is_called(frame: str, name: str) -> bool:
    return name in (frame, _PLACE.sub("", frame), _last_name(frame))


def build(stacks: Stacks) -> Frame:
    """Merge stacks into a tree under a root called `all`."""
    root = Frame("all")
    for stack, weight in stacks.items():
        frame = root
        frame.total += weight
        for name in stack:
            frame = frame.calls.setdefault(name, Frame(name))
            frame.total += weight
        frame.own += weight
    return root


def hottest(stacks: Stacks) -> list[tuple[str, float, float]]:
    """List functions with their own and their total samples, most own samples first.

    A function that calls itself is counted once a sample in its total.
    """
    own: dict[str, float] = {}
    total: dict[str, float] = {}
    for stack, weight in stacks.items():
        for name in set(stack):
            total[name] = total.get(name, 0) + weight
        if stack:
            own[stack[-1]] = own.get(stack[-1], 0) + weight
    rows = [(name, own.get(name, 0), total[name]) for name in total]
    return sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))


def tree(stacks: Stacks, *, min_share: float = 0.01, measured: bool = False) -> str:
    """Write a profile as an indented tree with the share of each frame.

    Args:
        stacks: the profile.
        min_share: leave out frames below this part (0 to 1) of all samples.
        measured: put the sign of a measured value before each share.
    """
    root = build(stacks)
    sign = f"{MEASURED_SIGN} " if measured else ""
    return "\n".join(
        f"{'  ' * depth}{frame.name}  {sign}{_per_cent(frame.total / root.total)}"
        for depth, frame in _walk(root, min_share)
    )


def flame(
    stacks: Stacks | str,
    *,
    title: str,
    measured: bool,
    unit: str = "samples",
    width: float = 480,
    min_share: float = 0.004,
) -> Picture:
    """Draw a flame graph, outermost call on top.

    Point at a frame, or tap it, and the bottom line says its name, samples and share. A frame's
    colour follows from the function's name, so it stays from graph to graph.

    Args:
        stacks: parsed stacks, or the text of a collapsed file.
        title: what was profiled.
        measured: whether the weights depend on the machine (true for every sampler that looks at
            a clock). The tree of a measured profile differs from run to run in its smaller
            frames, so it stands in the picture's description alone; print `tree(…)` to read it.
        unit: what the weights count.
        width: in pixels, 360 to 720.
        min_share: frames below this part (0 to 1) of all weights are not drawn.

    Raises:
        ValueError: there is not one sample.
    """
    found = parse(stacks) if isinstance(stacks, str) else stacks
    root = build(found)
    if root.total <= 0:
        message = "there are no samples to draw"
        raise ValueError(message)
    rows = list(_walk(root, min_share))
    depth = max(level for level, _ in rows) + 1
    listing = tree(found, min_share=max(min_share, 0.01), measured=measured)
    count = f"{MEASURED_SIGN} {root.total:,.0f}" if measured else f"{root.total:,.0f}"
    head = f"{title}: {count} {unit}"
    canvas = Canvas(width, 26 + _ROW * depth + 26, title, f"{head}\n{listing}", measured=measured)
    canvas.text(0, 16, title, bold=True)
    _draw(canvas, root, x=0.0, level=0, scale=width / root.total, unit=unit, least=min_share)
    return canvas.picture(head if measured else f"{head}\n{listing}")


def _draw(
    canvas: Canvas, frame: Frame, *, x: float, level: int, scale: float, unit: str, least: float
) -> None:
    whole = canvas.width / scale
    words = f"{frame.name}: {frame.total:,.0f} {unit}, {_per_cent(frame.total / whole)}"
    if frame.own and frame.calls:
        words += f", {_per_cent(frame.own / whole)} its own"
    canvas.spot(
        x,
        26 + _ROW * level,
        frame.total * scale,
        _ROW - 2,
        label=_label(frame.name, frame.total * scale - 8),
        says=words,
        fill="grey" if level == 0 else colour(frame.name),
    )
    for child in frame.called():
        if child.total / whole >= least:
            _draw(canvas, child, x=x, level=level + 1, scale=scale, unit=unit, least=least)
        x += child.total * scale


def colour(name: str) -> Colour:
    """Choose a frame's colour from the function's last name: the same in every graph."""
    # The seed is chosen so that the usual names of the course's programs do not share a colour.
    return _COLOURS[crc32(_last_name(name).encode(), 4) % len(_COLOURS)]


def _label(name: str, room: float) -> str:
    """Leave out the file, and where there is no room also the class."""
    function = _PLACE.sub("", name)
    return function if fit(function, room) == function else _last_name(name)


def _last_name(name: str) -> str:
    function = _PLACE.sub("", name)
    return function.rpartition(".")[2] or function


def _walk(frame: Frame, min_share: float, level: int = 0) -> Iterator[tuple[int, Frame]]:
    least = min_share * frame.total if level == 0 else min_share
    yield level, frame
    for child in frame.called():
        if child.total >= least:
            yield from _walk(child, least, level + 1)


def _per_cent(part: float) -> str:
    return f"{100 * part:.1f} %" if part < 0.0995 else f"{100 * part:.0f} %"
