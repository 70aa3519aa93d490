"""Who runs when: threads on one axis of time, threads in lock-step, speed-ups side by side.

* `watch({"a": computing, "b": computing})` runs functions in threads and notes when each of them
  was executing Python. There is no way to ask who holds the interpreter, so each thread calls its
  `Beat` as often as it can: a pause between two beats is time in which it did not run.
  `lanes(…)` draws the result.
* `lockstep("ABAB", first, second)` runs two or more *unmodified* functions in threads of their
  own and lets one of them advance by one line at a time. A race becomes repeatable.
* `speedups(…)` draws one panel of bars for each workload.

The pictures of `lanes` work for any build of Python from 3.13 on, with and without a global lock.
None of this runs where there are no threads, such as a browser's tab; importing it does.
"""

from __future__ import annotations

import linecache
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from seethrough.measure import count, ratio, share
from seethrough.picture import Canvas, Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

Kind = Literal["python", "outside", "wants"]

# A thread that runs beats every microsecond or so. A longer pause than this is a pause.
GAP = 0.0005


# --- Recording --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stretch:
    """A stretch of one thread's life, in seconds since the start of the recording.

    Attributes:
        kind: `python` while it executes Python; `outside` while it is in a call that needs no
            interpreter; `wants` while it could go on and does not.
        start, end: seconds.
        what: what it does outside, in words.
    """

    kind: Kind
    start: float
    end: float
    what: str = ""


@dataclass
class Recording:
    """What some threads did at the same time.

    Attributes:
        threads: the stretches of each, in order of time.
        seconds: how long was watched.
    """

    threads: dict[str, list[Stretch]]
    seconds: float

    def share(self, name: str, kind: Kind = "python") -> float:
        """Return the part of the time (0 to 1) that a thread spent in stretches of one kind."""
        spent = sum(s.end - s.start for s in self.threads[name] if s.kind == kind)
        return spent / self.seconds

    def turns(self, name: str) -> int:
        """Count a thread's stretches of Python."""
        return sum(stretch.kind == "python" for stretch in self.threads[name])

    def together(self) -> float:
        """Return the part of the time (0 to 1) in which two or more threads executed Python."""
        changes = sorted(
            (at, step)
            for stretches in self.threads.values()
            for stretch in stretches
            if stretch.kind == "python"
            for at, step in ((stretch.start, 1), (stretch.end, -1))
        )
        both = before = 0.0
        running = 0
        for at, step in changes:
            if running >= 2:
                both += at - before
            running, before = running + step, at
        return both / self.seconds

    def to_json(self) -> dict[str, Any]:
        """Return plain data, with times in whole microseconds."""
        return {
            "microseconds": round(self.seconds * 1e6),
            "threads": {
                name: [[s.kind, round(s.start * 1e6), round(s.end * 1e6), s.what] for s in lane]
                for name, lane in self.threads.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Recording:
        """Read back what `to_json` gave."""
        threads = {
            name: [Stretch(kind, start / 1e6, end / 1e6, what) for kind, start, end, what in lane]
            for name, lane in data["threads"].items()
        }
        return cls(threads, data["microseconds"] / 1e6)


class Beat:
    """One thread's pulse: call it in the innermost loop; it is true until time is up."""

    def __init__(self, clock: Callable[[], float], seconds: float, gap: float) -> None:
        self.stretches: list[Stretch] = []
        self._clock = clock
        self._seconds = seconds
        self._gap = gap
        self._start = self._last = 0.0  # of the stretch that goes on now

    def __call__(self) -> bool:
        """Note that the thread runs now."""
        now = self._clock()
        if now - self._last > self._gap:
            self._pause(now)
        self._last = now
        return now < self._seconds

    @contextmanager
    def outside(self, what: str, lasts: float | None = None) -> Iterator[None]:
        """Mark a block that waits or computes without needing the interpreter.

        Args:
            what: what it does, in a word or two.
            lasts: the seconds it takes by itself, where they are known, as for a sleep. What it
                takes beyond that is time in which the thread wanted to go on.
        """
        self()
        left = self._last
        self._close(left)
        yield
        back = self._clock()
        done = back if lasts is None else min(left + lasts, back)
        self.stretches.append(Stretch("outside", left, done, what))
        if back - done > self._gap:
            self.stretches.append(Stretch("wants", done, back))
        self._start = self._last = back

    def close(self) -> None:
        """End the last stretch, at the end of the time at the latest."""
        self._close(min(self._last, max(self._seconds, self._start)))

    def _pause(self, now: float) -> None:
        self._close(self._last)
        self.stretches.append(Stretch("wants", self._last, min(now, self._seconds)))
        self._start = now

    def _close(self, at: float) -> None:
        if at > self._start:
            self.stretches.append(Stretch("python", self._start, at))


def computing(beat: Beat) -> None:
    """Execute nothing but Python until time is up; a program for `watch`."""
    while beat():
        pass


def watch(
    programs: Mapping[str, Callable[[Beat], object]],
    *,
    seconds: float = 0.1,
    gap: float = GAP,
) -> Recording:
    """Run functions at the same time, each in its thread, and note when each executed Python.

    Args:
        programs: by name; each calls its argument in its innermost loop and ends when it is false.
        seconds: how long to watch.
        gap: a pause between two beats that is longer than this, in seconds, is drawn as one.

    Raises:
        Exception: the first that a program raised, after all of them have ended.
    """
    zero = 0.0
    errors: list[BaseException] = []

    def clock() -> float:
        return time.perf_counter() - zero

    def begin() -> None:
        nonlocal zero
        zero = time.perf_counter()

    together = threading.Barrier(len(programs), action=begin)  # starting threads takes time

    def live(program: Callable[[Beat], object], beat: Beat) -> None:
        together.wait()
        try:
            program(beat)
        except BaseException as error:
            errors.append(error)
        beat.close()

    beats = {name: Beat(clock, seconds, gap) for name in programs}
    threads = [
        threading.Thread(target=live, args=(program, beats[name]), name=name, daemon=True)
        for name, program in programs.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    ends = [beat.stretches[-1].end for beat in beats.values() if beat.stretches]
    return Recording({name: beat.stretches for name, beat in beats.items()}, max([seconds, *ends]))


# --- Lock-step --------------------------------------------------------------------------------


class Stuck(RuntimeError):  # noqa: N818 - the name learners know it by
    """No thread can go on: each waits for something that only another of them would give."""


@dataclass
class _Player:
    """One program in its thread, stopped before each of its lines."""

    letter: str
    program: Callable[[], object]
    file: str
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    arrived: threading.Event = field(default_factory=threading.Event)
    line: str = ""
    done: bool = False
    waited: int = -1  # how many lines had been executed when it was last waited for in vain
    error: BaseException | None = None

    def run(self) -> None:
        sys.settrace(self._trace)
        try:
            self.program()
        except BaseException as error:
            self.error = error
        finally:
            sys.settrace(None)
            self.done = True
            self.arrived.set()

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename != self.file:
            return None
        if event == "line":
            known = linecache.getline(self.file, frame.f_lineno).strip()
            self.line = known or f"line {frame.f_lineno}"
            self.arrived.set()
            self.go.acquire()
        return self._trace

    def advance(self, patience: float) -> bool:
        """Execute the line before which it stands; tell whether it came to the next one."""
        self.arrived.clear()
        self.go.release()
        return self.arrived.wait(patience)


def lockstep(
    order: str, *programs: Callable[[], object], patience: float = 0.3
) -> list[tuple[str, str]]:
    """Run functions in threads, one line of one of them at a time.

    Lines of the file that defines the function count, in whatever functions they are; library
    code runs as part of the line that calls it.

    Args:
        order: who executes its next line, by letter: `A` is the first function, `B` the second.
            A letter whose function has ended, or is waiting for a lock, is passed over. When the
            order is used up, the rest is executed, in turn.
        programs: called without arguments.
        patience: seconds after which a line that does not come to an end counts as waiting.

    Returns:
        What was executed: letter and line, in order.

    Raises:
        Stuck: every function that has not ended waits.
        Exception: the first that a function raised, when all have ended.
    """
    letters = [chr(ord("A") + place) for place in range(len(programs))]
    players = {
        letter: _Player(letter, program, _file_of(program))
        for letter, program in zip(letters, programs, strict=True)
    }
    log: list[tuple[str, str]] = []
    for player in players.values():
        threading.Thread(target=player.run, daemon=True).start()
        player.arrived.wait()

    def step(player: _Player, wait: float) -> bool:
        """Execute one line; tell whether there was one to execute."""
        if player.waited == len(log):
            wait = 0  # nothing has happened since that could have set it free
        if player.done or not player.arrived.wait(wait) or player.done:
            player.waited = len(log)
            return False
        log.append((player.letter, player.line))
        if not player.advance(patience):
            player.waited = len(log)
        return True

    for letter in order:
        step(players[letter], patience)
    while left := [player for player in players.values() if not player.done]:
        moved = [step(player, patience / 10) for player in left]
        # Be patient before calling it a deadlock: on a busy machine a thread may get no turn.
        last = max(patience, 0.5)
        if not any(moved) and not any(player.arrived.wait(last) for player in left):
            waits = ", ".join(f"{player.letter} at `{player.line}`" for player in left)
            message = f"nobody can go on: {waits}"
            raise Stuck(message)
    for player in players.values():
        if player.error is not None:
            raise player.error
    return log


def _file_of(program: Callable[[], object]) -> str:
    """Return the file whose lines count: that of the function, also behind a method or partial."""
    inner: Any = program
    while True:
        deeper = getattr(inner, "__func__", None) or getattr(inner, "func", None)
        if deeper is None:
            break
        inner = deeper
    return str(inner.__code__.co_filename)


# --- Pictures ---------------------------------------------------------------------------------

_LEGEND: dict[str, str] = {
    "python": "executes Python",
    "outside": "outside: sleeps, reads, hashes",
    "wants": "wants to go on",
}


def lanes(
    recordings: Recording | Mapping[str, Recording], *, title: str, measured: bool = True
) -> Picture:
    """Draw who executed Python when, one lane a thread, one panel a recording.

    Args:
        recordings: one, or several by name to compare on one axis of time.
        title: what is shown.
        measured: whether they were taken in this run; one read from a file is not masked.

    Returns:
        The picture; its text form gives each thread's turns and its share of the time.
    """
    panels = {"": recordings} if isinstance(recordings, Recording) else dict(recordings)
    end = max(recording.seconds for recording in panels.values())
    names = [name for recording in panels.values() for name in recording.threads]
    text = _lanes_text(title, panels)
    left = 14 + 7.4 * max(len(name) for name in names)
    width = 640.0
    heads = sum(bool(name) for name in panels)
    canvas = Canvas(width, 84 + 26 * heads + 28 * len(names), title, text, measured=measured)
    canvas.text(0, 16, title, bold=True)
    room, y = width - left - 4, 26.0
    for head, recording in panels.items():
        if head:
            canvas.text(0, y + 17, f"{head}: {_together(recording)}")
            y += 26
        for name, stretches in recording.threads.items():
            canvas.text(left - 10, y + 18, name, anchor="end")
            for stretch in stretches:
                _draw_stretch(canvas, name, stretch, left, room / end, y)
            y += 28
    _draw_axis(canvas, left, room, end, y + 4)
    _draw_legend(canvas, y + 48)
    return canvas.picture(text)


def _together(recording: Recording) -> str:
    return f"two or more at once {share(recording.together())} of the time"


def _lanes_text(title: str, panels: Mapping[str, Recording]) -> str:
    lines = [title]
    pad = max(len(name) for recording in panels.values() for name in recording.threads)
    for head, recording in panels.items():
        lines += [f"{head}: {_together(recording)}" if head else _together(recording)]
        lines += [
            f"  {name:<{pad}} {count(recording.turns(name))} turns, "
            f"in Python {share(recording.share(name))}"
            for name in recording.threads
        ]
    return "\n".join(lines)


def _draw_stretch(
    canvas: Canvas, name: str, stretch: Stretch, left: float, scale: float, y: float
) -> None:
    x, wide = left + scale * stretch.start, scale * (stretch.end - stretch.start)
    doing = stretch.what or _LEGEND[stretch.kind]
    tip = f"{name}: {doing}, {1000 * stretch.start:.1f}–{1000 * stretch.end:.1f} ms"
    if stretch.kind == "python":
        canvas.rect(x, y + 3, max(wide, 1), 22, radius=1, tip=tip)
    elif stretch.kind == "outside":
        canvas.rect(x, y + 8, max(wide, 1), 12, fill="green", opacity=0.7, radius=1, tip=tip)
    else:
        canvas.line(x, y + 14, x + wide, y + 14, colour="orange", dashed=True)


def _draw_axis(canvas: Canvas, left: float, room: float, end: float, y: float) -> None:
    canvas.line(left, y, left + room, y, opacity=0.6)
    milliseconds = 1000 * end
    size = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1e9) if milliseconds <= 7 * s)
    for place in range(int(milliseconds / size) + 1):
        x = left + room * place * size / milliseconds
        canvas.line(x, y, x, y + 5, opacity=0.6)
        anchor: Literal["middle", "end"] = "end" if x > left + room - 24 else "middle"
        words = f"{place * size:g} ms" if place == 0 else f"{place * size:g}"
        canvas.text(x, y + 20, words, anchor=anchor)


def _draw_legend(canvas: Canvas, y: float) -> None:
    x = 0.0
    for kind, words in _LEGEND.items():
        if kind == "python":
            canvas.rect(x, y - 13, 20, 16, radius=1)
        elif kind == "outside":
            canvas.rect(x, y - 10, 20, 10, fill="green", opacity=0.7, radius=1)
        else:
            canvas.line(x, y - 5, x + 20, y - 5, colour="orange", dashed=True)
        canvas.text(x + 27, y, words)
        x += 44 + 7.0 * len(words)


def speedups(
    panels: Mapping[str, Sequence[tuple[str, float | None]]],
    *,
    title: str,
    measured: bool,
) -> Picture:
    """Draw how many times faster than one after the other each way of running was.

    Each panel has its own scale: twenty times in one would hide two times in another.

    Args:
        panels: for each workload, the name of a way and its speed-up; None where it is not there.
        title: what is compared.
        measured: whether they were taken in this run; those read from a file are not masked.

    Returns:
        The picture, a dashed line at one in each panel; its text form is a table.
    """
    pad = max(len(name) for panel in panels.values() for name, _ in panel)
    text = "\n".join(
        [
            title,
            *(
                line
                for head, panel in panels.items()
                for line in (head, *(f"  {name:<{pad}} {_times(v)}" for name, v in panel))
            ),
        ]
    )
    left, tail, width = 12 + 7.4 * pad, 74.0, 560.0
    height = 30 + sum(32 + 25 * len(panel) for panel in panels.values())
    canvas = Canvas(width, height, title, text, measured=measured)
    canvas.text(0, 16, title, bold=True)
    y = 28.0
    for head, panel in panels.items():
        scale = (width - left - tail) / max(value or 1.0 for _, value in panel)
        canvas.text(0, y + 16, head)
        y += 24
        begin = y
        for name, value in panel:
            canvas.text(left - 8, y + 16, name, anchor="end")
            if value is not None:
                canvas.rect(left, y + 3, max(scale * value, 1), 18, tip=f"{name}: {_times(value)}")
            beyond = max(value or 0.0, 1.0)  # clear of the dashed line
            canvas.text(left + scale * beyond + 8, y + 16, _times(value))
            y += 25
        canvas.line(left + scale, begin, left + scale, y, colour="orange", dashed=True)
        y += 8
    return canvas.picture(text)


def _times(value: float | None) -> str:
    return "not there" if value is None else ratio(value)
