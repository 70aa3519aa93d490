"""Behind a response: lanes, what follows an answer, the jobs of a queue, a killed server.

- `rush` starts many requests at once, lane by lane; `draw_lanes` draws how long each waited
- `Log` notes who did what, in order, and can call an ASGI app; `draw_log` draws it
- `Board` looks at a queue's jobs as a clock goes on; `draw_board` draws their states
- `draw_arrivals` draws when the requests of many clients come in
- `served` runs the source of an app under uvicorn, in a process that may be killed

All but `served` is pure Python without threads or sockets. What `rush` gives is measured; all else
is the same in each run, if what is watched is.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seethrough.asgi import http_scope
from seethrough.measure import ratio
from seethrough.picture import Canvas, Colour, Picture, fit

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

# --- Lanes ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """Requests of one kind that were started at the same time.

    Attributes:
        lane: what kind.
        at_once: how many.
        seconds: how long each took to be answered, sorted.
    """

    lane: str
    at_once: int
    seconds: tuple[float, ...]

    @property
    def slowest(self) -> float:
        """The wait of the one who was answered last."""
        return self.seconds[-1]

    @property
    def median(self) -> float:
        """The wait in the middle (the longer one of two)."""
        return self.seconds[len(self.seconds) // 2]


async def rush(
    lanes: Mapping[str, Callable[[], Awaitable[object]]], at_once: Sequence[int]
) -> list[Round]:
    """Start requests all at once, lane after lane, and note how long each waits.

    Args:
        lanes: by name, what makes one request; it is called once before, unmeasured, to warm up.
        at_once: how many to start together, one round each.

    Returns:
        The rounds, in the order of the lanes.
    """

    async def timed(call: Callable[[], Awaitable[object]], started: float) -> float:
        await call()
        return time.perf_counter() - started

    rounds = []
    for lane, call in lanes.items():
        await call()
        for count in at_once:
            started = time.perf_counter()
            waits = await asyncio.gather(*(timed(call, started) for _ in range(count)))
            rounds.append(Round(lane, count, tuple(sorted(waits))))
    return rounds


def draw_lanes(rounds: Sequence[Round], *, unit: float, title: str) -> Picture:
    """Draw each round as a bar from its fastest to its slowest request, on a logarithmic axis.

    Args:
        rounds: what `rush` gave.
        unit: the seconds that one request takes by itself; the axis counts in it.
        title: what is compared.
    """
    lanes = list(dict.fromkeys(each.lane for each in rounds))
    counts = list(dict.fromkeys(each.at_once for each in rounds))
    pad = max(len(lane) for lane in lanes)
    head = f"{'':<{pad}}" + "".join(f"{f'{count} at once':>16}" for count in counts)
    rows = [
        f"{lane:<{pad}}"
        + "".join(f"{ratio(e.slowest / unit):>16}" for e in rounds if e.lane == lane)
        for lane in lanes
    ]
    text = "\n".join([f"{title} (the slowest request, in units of its own work)", head, *rows])
    longest = max(max(each.slowest for each in rounds) / unit, 1)
    decades = max(math.ceil(math.log10(longest)), 1)
    left, right, width = 44.0, 76.0, 560.0
    per_decade = (width - left - right) / decades
    height = 32 + sum(26 + 22 * len(counts) for _ in lanes) + 46
    canvas = Canvas(width, height, title, text, measured=True)
    canvas.text(0, 16, title, bold=True)

    def x(seconds: float) -> float:
        return left + per_decade * math.log10(max(seconds / unit, 1))

    for power in range(decades + 1):
        at = left + per_decade * power
        canvas.line(at, 30, at, height - 40, colour="grey", width=1, opacity=0.5)
        canvas.text(at, height - 24, f"{10**power}×", anchor="middle")
    y = 30.0
    paints: tuple[Colour, ...] = ("red", "green", "blue", "purple", "orange", "grey")
    for place, lane in enumerate(lanes):
        canvas.text(0, y + 18, lane, bold=True)
        y += 26
        for each in (e for e in rounds if e.lane == lane):
            said = f"{ratio(each.slowest / unit)}"
            start, end = x(each.seconds[0]), x(each.slowest)
            canvas.text(left - 8, y + 14, str(each.at_once), anchor="end")
            canvas.rect(
                start, y + 3, max(end - start, 3), 13, fill=paints[place % len(paints)],
                tip=f"{each.at_once} at once: slowest {said}",
            )  # fmt: skip
            canvas.text(max(end, start + 3) + 8, y + 14, said)
            y += 22
    canvas.text(0, height - 6, "bar: fastest to slowest request; 1×: the work of one by itself")
    return canvas.picture(text)


# --- Who did what, in order -------------------------------------------------------------------


@dataclass
class Log:
    """Who did what, in order, and at which second where that is known.

    Attributes:
        events: pairs of who and what.
        moments: the second of each event; empty where only the order counts.
    """

    events: list[tuple[str, str]] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)

    def say(self, who: str, what: str) -> None:
        """Note an event."""
        self.events.append((who, what))

    async def call(self, app: Any, method: str = "GET", path: str = "/") -> int:
        """Send an ASGI app one request without a body, and note when the client has what.

        An exception that comes out of the app is noted as the server's, which logs it.

        Returns:
            The status of the answer, or 500 if the app raised before it had begun one.
        """
        # Without a version an application takes it for 2.0.
        scope = http_scope(
            method, path, [(b"host", b"shop")], server=("shop", 80), spec_version="2.0"
        )
        begun: list[int] = []
        unread = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if unread:
                return unread.pop()
            await asyncio.get_running_loop().create_future()  # this client never hangs up
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                begun.append(message["status"])
            elif not message.get("more_body", False):
                self.say("client", f"has its answer: {begun[-1]}")

        self.say("client", f"{method} {path}")
        try:
            await app(scope, receive, send)
        except Exception as error:
            self.say("server", f"logs {type(error).__name__}")
        return begun[-1] if begun else 500

    def __repr__(self) -> str:
        pad = max((len(who) for who, _ in self.events), default=0)
        return "\n".join(f"{who:<{pad}}  {what}" for who, what in self.events)


def draw_log(log: Log, *, title: str, column: float = 152) -> Picture:
    """Draw a log as a table of time (downwards) and people (across).

    Args:
        log: what happened; those who did something stand in the order of their first deed.
        title: what it was.
        column: the width of a column in pixels.
    """
    people = list(dict.fromkeys(who for who, _ in log.events))
    times = [f"{at:.1f} s" for at in log.moments]
    pad = max((len(who) for who in people), default=0)
    rows = [
        f"{times[at] if times else at + 1:>7}  {who:<{pad}}  {what}"
        for at, (who, what) in enumerate(log.events)
    ]
    text = "\n".join([title, *rows])
    left = 62.0 if times else 26.0
    needed = [left + column * people.index(who) + 7.4 * len(what) + 24 for who, what in log.events]
    width = max(left + column * len(people), min(max(needed, default=0), 720))
    canvas = Canvas(width, 58 + 30 * len(rows), title, text)
    canvas.text(0, 16, title, bold=True)
    paints: tuple[Colour, ...] = ("blue", "orange", "green", "purple", "red", "grey")
    for place, who in enumerate(people):
        x = left + column * place
        canvas.text(x + 6, 42, who, bold=True)
        first = next(at for at, event in enumerate(log.events) if event[0] == who)
        last = max(at for at, event in enumerate(log.events) if event[0] == who)
        canvas.line(
            x + 3, 50 + 30 * first, x + 3, 76 + 30 * last,
            colour=paints[place % len(paints)], width=3, opacity=0.7,
        )  # fmt: skip
    for at, (who, what) in enumerate(log.events):
        place = people.index(who)
        x, y = left + column * place, 50 + 30 * at
        paint = paints[place % len(paints)]
        canvas.text(left - 10, y + 18, times[at] if times else str(at + 1), anchor="end")
        # The last column's words may use what room there is; others may run on to the right.
        room = canvas.width - x - 12
        wide = min(max(column - 10, 7.4 * len(what) + 12), room + 6)
        canvas.rect(x + 3, y + 2, wide, 24, fill=paint, opacity=0.18, stroke=paint, tip=what)
        canvas.text(x + 9, y + 18.5, fit(what, room))
    return canvas.picture(text)


# --- The jobs of a queue ----------------------------------------------------------------------

_STATES: dict[str, tuple[Colour, str, float]] = {
    "ready": ("blue", "·", 0.35),
    "leased": ("orange", "#", 0.9),
    "resting": ("grey", "~", 0.35),
    "done": ("green", "+", 0.55),
    "dead": ("red", "x", 0.8),
}


@dataclass
class Board:
    """The states of a queue's jobs, each time somebody looked.

    Attributes:
        looks: the moment, and the state of each job by its name. A state is `ready`, `leased`,
            `resting`, `done` or `dead`, and holds until the next look.
        marks: the moment and the words of what happened beside, such as a worker's death.
    """

    looks: list[tuple[float, dict[str, str]]] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)

    def look(self, at: float, states: Mapping[str, str]) -> None:
        """Note the states at a moment."""
        unknown = set(states.values()) - _STATES.keys()
        if unknown:
            message = f"no such state: {', '.join(sorted(unknown))}; there are {', '.join(_STATES)}"
            raise ValueError(message)
        self.looks.append((at, dict(states)))

    def mark(self, at: float, words: str) -> None:
        """Note what happened beside."""
        self.marks.append((at, words))

    def spans(self, job: str) -> list[tuple[str, float, float]]:
        """Return state, begin and end of each stretch of a job's life."""
        found: list[tuple[str, float, float]] = []
        for (at, states), (until, _) in zip(self.looks, self.looks[1:], strict=False):
            state = states.get(job)
            if state is None:
                continue
            if found and found[-1][0] == state and found[-1][2] == at:
                found[-1] = (state, found[-1][1], until)
            else:
                found.append((state, at, until))
        return found


def draw_board(board: Board, *, title: str) -> Picture:
    """Draw what became of each job over time; the last look ends the picture."""
    jobs = list(dict.fromkeys(job for _, states in board.looks for job in states))
    begin, end = board.looks[0][0], board.looks[-1][0]
    pad = max(len(job) for job in jobs)
    rows = []
    for job in jobs:
        row = "".join(_STATES[states[job]][1] if job in states else " "
                      for _, states in board.looks[:-1])  # fmt: skip
        rows.append(f"{job:<{pad}}  {row}")
    used = [name for name in _STATES if any(name in s.values() for _, s in board.looks)]
    legend = ", ".join(f"{_STATES[name][1]} {name}" for name in used)
    said = [f"{at:g} s: {words}" for at, words in board.marks]
    text = "\n".join([f"{title} ({begin:g} to {end:g} s)", *rows, legend, *said])
    left, width = 16 + 7.4 * pad, 640.0
    scale = (width - left - 16) / (end - begin)
    bottom = 34 + 30 * len(jobs)
    canvas = Canvas(width, bottom + 62 + 20 * len(board.marks), title, text)
    canvas.text(0, 16, title, bold=True)
    for place, job in enumerate(jobs):
        y = 32 + 30 * place
        canvas.text(left - 8, y + 17, job, anchor="end")
        for state, since, until in board.spans(job):
            paint, _, opacity = _STATES[state]
            canvas.rect(
                left + scale * (since - begin), y + 3, scale * (until - since), 20, radius=1,
                fill=paint, opacity=opacity, tip=f"{job} {state}, {since:g}–{until:g} s",
            )  # fmt: skip
    canvas.line(left, bottom, width - 16, bottom, opacity=0.6)
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 500) if (end - begin) / size <= 12)
    for tick in range(math.floor((end - begin) / step) + 1):
        at = left + scale * step * tick
        canvas.line(at, bottom, at, bottom + 5, opacity=0.6)
        canvas.text(at, bottom + 20, f"{begin + step * tick:g}", anchor="middle")
    x = 0.0
    for name in used:
        paint, _, opacity = _STATES[name]
        canvas.rect(x, bottom + 32, 18, 14, fill=paint, opacity=opacity, radius=1)
        canvas.text(x + 24, bottom + 44, name)
        x += 44 + 7.2 * len(name)
    for place, (at, words) in enumerate(board.marks):
        across = left + scale * (at - begin)
        canvas.line(across, 28, across, bottom, colour="red", dashed=True)
        canvas.text(0, bottom + 66 + 20 * place, f"{at:g} s: {words}")
    return canvas.picture(text)


# --- Many clients -----------------------------------------------------------------------------


def crowd(moments: Sequence[float], window: float) -> int:
    """Return how many of the moments fall together, at most, into one stretch of time."""
    ordered = sorted(moments)
    most = first = 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most


def draw_arrivals(
    arrivals: Mapping[str, Sequence[float]], *, window: float, title: str, width: float = 560
) -> Picture:
    """Draw when requests come in, one strip a policy, a column for each stretch of time.

    Args:
        arrivals: the moments in seconds, by the name of the policy.
        window: the length of a stretch, in seconds.
        title: what is compared.
        width: in pixels.
    """
    end = max(moment for moments in arrivals.values() for moment in moments) + window
    columns = math.ceil(end / window)
    heights = {name: [0] * columns for name in arrivals}
    for name, moments in arrivals.items():
        for moment in moments:
            heights[name][int(moment / window)] += 1
    top = max(max(row) for row in heights.values())
    rows = [
        f"{name}: {len(moments)} requests, at most {max(heights[name])} in {window:g} s, "
        f"the last at {max(moments):.1f} s"
        for name, moments in arrivals.items()
    ]
    text = "\n".join([title, *rows])
    panel = 92.0
    canvas = Canvas(width, 26 + panel * len(arrivals) + 24, title, text)
    canvas.text(0, 16, title, bold=True)
    step = (width - 20) / columns
    for place, name in enumerate(arrivals):
        base = 26 + panel * (place + 1) - 8
        canvas.text(0, base - 66, f"{name}: at most {max(heights[name])} in {window:g} s")
        canvas.line(0, base, width - 20, base, opacity=0.5)
        for column, height in enumerate(heights[name]):
            if height:
                tall = 56 * height / top
                tip = f"{height} at {column * window:g} s"
                canvas.rect(column * step, base - tall, max(step - 1, 1), tall, radius=0, tip=tip)
    for second in range(0, math.floor(end) + 1, max(1, round(end / 8))):
        at = second / window * step
        canvas.text(max(at, 4), canvas.height - 6, f"{second}", anchor="middle")
    canvas.text(width, canvas.height - 6, "s", anchor="end")
    return canvas.picture(text)


# --- A server that may be killed --------------------------------------------------------------


@dataclass
class Server:
    """An app under uvicorn, in a process of its own.

    Attributes:
        url: where it listens.
        process: for signals; `process.wait()` returns its exit status.
        folder: its working directory; what it writes stays readable until the block ends.
    """

    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    def read(self, name: str) -> list[str]:
        """Return the lines of a file that the app wrote, or none if there is no such file."""
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def wait_for(self, name: str, words: str, seconds: float = 10) -> None:
        """Return as soon as a file of the app has a line with the words.

        Raises:
            TimeoutError: it never had.
        """
        deadline = time.monotonic() + seconds
        while not any(words in line for line in self.read(name)):
            if time.monotonic() > deadline:
                message = f"{name} never said {words!r}; it says {self.read(name)}"
                raise TimeoutError(message)
            time.sleep(0.01)


@contextmanager
def served(source: str, *options: str) -> Iterator[Server]:
    """Run the source of a module with an `app` under uvicorn for as long as the block lasts.

    It listens to a free port of 127.0.0.1. If it still runs at the end it is killed.

    Args:
        source: the module.
        options: more arguments for uvicorn.

    Raises:
        RuntimeError: the app did not start; the message has its log.
    """
    import re
    import subprocess
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "service.py").write_text(source)
        command = [sys.executable, "-m", "uvicorn", "service:app", "--port", "0", *options]
        log = folder / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 30
            while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
                if process.poll() is not None or time.monotonic() > deadline:
                    message = f"the app did not start:\n{log.read_text()}"
                    raise RuntimeError(message)
                time.sleep(0.02)
            yield Server(found[0], process, folder)
        finally:
            process.kill()
            process.wait()
