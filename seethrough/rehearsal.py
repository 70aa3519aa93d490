"""Rehearse a deployment with real processes, and draw what happened.

`rehearse` starts an old and a new release of a service, sends requests all the time, moves them
from the one to the other, and ends the old one while it still has a slow request in hand. What it
returns knows every request and every event, and draws itself.

That the request *is* in hand is no matter of luck: it is sent with `Expect: 100-continue` (RFC
9110, 10.1.1). The server answers `100` when the application asks for the body, so the application
has the request by then; the body follows some time after the signal.

`pyramid` draws the levels of a test suite. Needs processes and sockets, except for drawing.
"""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Literal

from seethrough.measure import count, seconds
from seethrough.picture import Canvas, Colour, Picture

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

READY_SECONDS = 60.0
EVERY = 0.04  # between two requests

Plan = Literal["rolling", "stop first"]


@dataclass(frozen=True)
class Release:
    """How to start one version of a service.

    Attributes:
        name: `old` or `new`, or what you like.
        command: its words; `{port}` is replaced.
        environment: all its variables; `{port}` is replaced.
        folder: where it runs.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True)
class Upload:
    """A request with a body, which a client on a slow line sends in two parts.

    Attributes:
        path: what is posted to.
        body: the second part.
        kind: its media type.
    """

    path: str
    body: str = "slow"
    kind: str = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Asked:
    """One request: when it began and ended, who was to answer, and what came.

    Attributes:
        status: the HTTP status, 0 if the connection failed.
        slow: whether it is the one that was on its way when the old release was ended.
    """

    began: float
    ended: float
    release: str
    status: int
    slow: bool = False

    @property
    def lost(self) -> bool:
        """Whether the client got no answer, or one that says that the server failed."""
        return self.status == 0 or self.status >= 500


@dataclass
class Rehearsal:
    """What a rehearsal recorded; seconds count from its start.

    Attributes:
        plan, how: the order of events, and the signal that ended the old release.
        events: name and second.
        requests: in the order in which they ended.
        exit_code: of the old release.
    """

    plan: Plan
    how: str
    events: dict[str, float] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)
    exit_code: int | None = None

    @property
    def lost(self) -> int:
        """How many requests got no good answer."""
        return sum(asked.lost for asked in self.requests)

    @property
    def slow(self) -> Asked:
        """The request that was on its way when the old release was told to end."""
        return next(asked for asked in self.requests if asked.slow)

    @property
    def drained(self) -> bool:
        """Whether that request was answered, and after the signal."""
        return not self.slow.lost and self.slow.ended > self.events["signal"]

    def __repr__(self) -> str:
        rows = [f"{seconds(at):>10}  {name}" for name, at in self.events.items()]
        answered = len(self.requests) - self.lost
        return "\n".join([f"{self.plan}, {self.how}", *rows,
                          f"answered {count(answered)}, lost {count(self.lost)}"])  # fmt: skip

    def picture(self, title: str = "A deploy, rehearsed") -> Picture:
        """Draw the life of both releases and every request over time."""
        return timeline(self, title)


def rehearse(
    old: Release,
    new: Release,
    *,
    slow: Upload,
    ready: str = "/health/ready",
    probe: str = "/health/live",
    plan: Plan = "rolling",
    how: signal.Signals = signal.SIGTERM,
    body_after: float = 0.4,
) -> Rehearsal:
    """Replace one release by another while requests come in.

    Args:
        old, new: the two.
        slow: the request that is in hand when the old release is told to end.
        ready: the path that answers 200 as soon as a release may get requests.
        probe: the path that the steady requests ask for.
        plan: `rolling` starts the new release before it ends the old one.
        how: the signal for the old release.
        body_after: seconds between the signal and the slow request's body.
    """
    done = Rehearsal(plan, how.name)
    begun = time.perf_counter()

    def note(event: str) -> None:
        done.events[event] = time.perf_counter() - begun

    with _Traffic(done, begun, probe) as traffic, _running(old) as (first, old_port):
        _wait(old_port, ready)
        note("old is ready")
        traffic.to(old.name, old_port)
        time.sleep(6 * EVERY)
        if plan == "rolling":
            with _running(new) as (second, new_port):
                note("new starts")
                _wait(new_port, ready)
                note("new is ready")
                in_hand = traffic.slow(old.name, old_port, slow, body_after)
                traffic.to(new.name, new_port)
                note("traffic moves")
                _end(first, how, done, note, in_hand)
                time.sleep(6 * EVERY)
                traffic.stop()
                second.terminate()
                second.wait()
        else:
            in_hand = traffic.slow(old.name, old_port, slow, body_after)
            _end(first, how, done, note, in_hand)
            with _running(new) as (second, new_port):
                note("new starts")
                _wait(new_port, ready)
                note("new is ready")
                traffic.to(new.name, new_port)
                note("traffic moves")
                time.sleep(6 * EVERY)
                traffic.stop()
                second.terminate()
                second.wait()
    return done


def timeline(done: Rehearsal, title: str) -> Picture:
    """Draw a rehearsal; its text form lists the events."""
    end = max([*done.events.values(), *(asked.ended for asked in done.requests)])
    start = done.events["old is ready"]
    width, left, right = 640.0, 62.0, 10.0
    lanes = list(dict.fromkeys(asked.release for asked in done.requests))
    canvas = Canvas(width, 268, title, repr(done), measured=True)
    canvas.text(0, 16, title, bold=True)

    def x(at: float) -> float:
        return left + (width - left - right) * max(at - start, 0) / (end - start)

    lives = {
        lanes[0]: [(start, done.events["signal"], "blue", "serves"),
                   (done.events["signal"], done.events["old is gone"], "orange", "drains")],
        lanes[-1]: [(done.events["new starts"], done.events["new is ready"], "grey", "starts"),
                    (done.events["new is ready"], end, "green", "serves")],
    }  # fmt: skip
    colours: dict[str, Colour] = {"blue": "blue", "orange": "orange", "grey": "grey",
                                  "green": "green"}  # fmt: skip
    for place, lane in enumerate(lanes):
        y = 40 + 78 * place
        canvas.text(0, y + 15, lane, bold=True)
        for begun, ended, colour, words in lives[lane]:
            wide = max(x(ended) - x(begun), 1)
            canvas.rect(x(begun), y, wide, 20, fill=colours[colour], opacity=0.35, tip=words)
            if wide > 50:
                canvas.text(x(begun) + 5, y + 15, words)
        for asked in (asked for asked in done.requests if asked.release == lane):
            paint: Colour = "red" if asked.lost else "green"
            if asked.slow:
                wide = x(asked.ended) - x(asked.began)
                tip = f"slow request: {asked.status}"
                canvas.rect(x(asked.began), y + 26, wide, 14, fill=paint, opacity=0.6, tip=tip)
                canvas.text(x(asked.began) + 4, y + 38, "slow request")
            else:
                canvas.line(x(asked.began), y + 46, x(asked.began), y + 58, colour=paint)
    names = {"new starts": 206, "new is ready": 206, "signal": 226}
    for name, y in names.items():
        at = x(done.events[name])
        canvas.line(at, 36, at, y - 12, dashed=True, opacity=0.6)
        words = done.how if name == "signal" else name
        near = at > width - 90
        canvas.text(at, y, words, anchor="end" if near else "middle")
    canvas.text(0, 256, f"{seconds(end - start)}; each stroke is a request; lost: {done.lost}")
    return canvas.picture(repr(done))


def pyramid(levels: Sequence[tuple[str, int, float, float]], title: str) -> Picture:
    """Draw the levels of a test suite from the narrow top to the base.

    Args:
        levels: name, number of tests, seconds of all of them, median seconds of one; the top
            first.
        title: what is shown.

    Returns:
        The picture: the width of a level is its number of tests, the bar beside it its time.
    """
    most = max((tests for _, tests, _, _ in levels), default=0) or 1
    longest = max((total for _, _, total, _ in levels), default=0) or 1
    pad = max((len(name) for name, *_ in levels), default=0)
    text = "\n".join(
        [title, *(f"{name:<{pad}}  {tests:>4} tests, {seconds(total)} in all, {seconds(one)} each"
                  for name, tests, total, one in levels)]
    )  # fmt: skip
    canvas = Canvas(600, 74 + 48 * len(levels), title, text)
    canvas.text(0, 16, title, bold=True)
    canvas.text(150, 42, "number of tests", anchor="middle")
    canvas.text(320, 42, "seconds of all of them; one takes")
    for place, (name, tests, total, one) in enumerate(levels):
        y = 54 + 48 * place
        wide = max(290 * tests / most, 2)
        canvas.rect(150 - wide / 2, y, wide, 36, opacity=0.45, tip=f"{name}: {tests} tests")
        canvas.text(150, y + 23, f"{name} {tests}", anchor="middle", bold=True)
        bar = max(130 * total / longest, 1)
        canvas.rect(320, y + 8, bar, 20, fill="orange", opacity=0.6, tip=seconds(total))
        canvas.text(328 + bar, y + 23, seconds(one))
    return canvas.picture(text)


class _Traffic:
    """A client that asks again and again, whoever is behind the address at the moment."""

    def __init__(self, done: Rehearsal, begun: float, probe: str) -> None:
        self._done, self._begun, self._probe = done, begun, probe
        self._target: tuple[str, int] | None = None
        self._over = Event()
        self._asking = Lock()
        self._threads = [Thread(target=self._steady, daemon=True)]

    def __enter__(self) -> _Traffic:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def to(self, release: str, port: int) -> None:
        """Send what comes from now on elsewhere; what was asked before has its answer."""
        with self._asking:
            self._target = (release, port)

    def slow(self, release: str, port: int, upload: Upload, body_after: float) -> _InHand:
        """Send the first part of a request; come back when the application has it."""
        in_hand = _InHand(upload, body_after)
        thread = Thread(target=self._note, args=(release, port, in_hand.send, True), daemon=True)
        in_hand.thread = thread
        self._threads.append(thread)
        thread.start()
        in_hand.begun.wait(READY_SECONDS)
        return in_hand

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _steady(self) -> None:
        while not self._over.is_set():
            with self._asking:
                if self._target is not None:
                    release, port = self._target
                    self._note(release, port, lambda at: get(at, self._probe), False)
            self._over.wait(EVERY)

    def _note(self, release: str, port: int, ask: Callable[[int], int], slow: bool) -> None:
        began = time.perf_counter() - self._begun
        status = ask(port)
        ended = time.perf_counter() - self._begun
        self._done.requests.append(Asked(began, ended, release, status, slow))


class _InHand:
    """A request whose head is sent, and whose body waits for `told`."""

    thread: Thread

    def __init__(self, upload: Upload, body_after: float) -> None:
        self._upload, self._body_after = upload, body_after
        self.begun, self.told = Event(), Event()

    def send(self, port: int) -> int:
        """Send both parts; return the status, 0 if there was no answer."""
        import socket

        body = self._upload.body.encode()
        head = (
            f"POST {self._upload.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: {self._upload.kind}\r\nContent-Length: {len(body)}\r\n"
            "Expect: 100-continue\r\n\r\n"
        )
        try:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=READY_SECONDS) as line,
                line.makefile("rb") as answers,
            ):
                line.sendall(head.encode())
                answers.readline()  # HTTP/1.1 100 Continue
                answers.readline()
                self.begun.set()
                self.told.wait(READY_SECONDS)
                time.sleep(self._body_after)
                line.sendall(body)
                words = answers.readline().split()
        except OSError:
            return 0
        finally:
            self.begun.set()
        return int(words[1]) if len(words) > 1 else 0


def get(port: int, path: str, *, timeout: float = 30.0) -> int:
    """Ask a service on this machine; return the status, 0 if there was no answer."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    else:
        return answer.status
    finally:
        connection.close()


@contextmanager
def _running(release: Release) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    import subprocess

    port = free_port()
    process = subprocess.Popen(
        [word.format(port=port) for word in release.command],
        env={name: value.format(port=port) for name, value in release.environment.items()},
        cwd=release.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, port
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listened to a moment ago."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, path: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while get(port, path, timeout=5) != 200:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} did not answer 200 within {READY_SECONDS:.0f} s")
        time.sleep(0.02)


def _end(
    process: subprocess.Popen[bytes],
    how: signal.Signals,
    done: Rehearsal,
    note: Callable[[str], None],
    in_hand: _InHand,
) -> None:
    process.send_signal(how)
    note("signal")
    in_hand.told.set()
    done.exit_code = process.wait()
    note("old is gone")
    in_hand.thread.join()
