"""An asyncio loop in virtual time, and pictures of what its tasks did.

`run(main())` works like `asyncio.run(main())` with three differences:

* **Time is virtual.** When every task waits, the clock jumps to the next timer. An hour of
  `asyncio.sleep` takes no time at all, and two runs of a program are the same to the letter.
  `time.sleep` (called as that) moves the clock too and lets nothing else run, which is what a
  blocking call does to a loop; `time.perf_counter` and the loop's `time()` read the clock.
* **A deadlock is noticed.** If tasks wait and no timer is left, nothing can ever wake them;
  `Deadlock` says who waits where. A program that turns the loop for ever ends with `Endless`.
* **It can be called where a loop already runs**, in a notebook or a browser tab: the outer loop
  is set aside for as long as it takes.

`timeline(main())` draws who ran and who waited; `levels(main())` draws watched numbers, such as
the length of a queue, over time.

The loop is a `asyncio.BaseEventLoop` whose selector moves a clock instead of waiting for sockets.
So it has no input or output, and it knows no threads: `asyncio.to_thread` runs its function at
once and in place, and hands over the result as many virtual seconds later as the function slept.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import time
import weakref
from collections.abc import Coroutine, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NoReturn, override

from seethrough.picture import Canvas, Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Context

TURNS = 50_000

Kind = Literal["waits", "ready", "runs", "thread"]


class Deadlock(RuntimeError):  # noqa: N818 - the name learners know it by
    """Every task waits, no timer is left: nothing could ever run again."""


class Endless(RuntimeError):  # noqa: N818
    """The loop turned so often that the program will hardly come to an end."""


# --- What is recorded -------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """A stretch of one task's life.

    Attributes:
        kind: `waits` for something, `ready` but the loop is busy, `runs` (of no length, unless it
            blocks), or `thread`: work in another thread.
        start, end: virtual seconds.
        what: what it waits for, in words.
    """

    kind: Kind
    start: float
    end: float
    what: str = ""


@dataclass
class Lane:
    """One task's life: its spans in order of time, and how it ended."""

    name: str
    spans: list[Span] = field(default_factory=list)
    ending: str = "never ended"
    ended: float = 0.0

    def total(self, kind: Kind) -> float:
        """Add up the virtual seconds of all spans of one kind."""
        return sum(span.end - span.start for span in self.spans if span.kind == kind)


@dataclass
class Level:
    """A watched number over time: `changes` holds the moment and the new value."""

    name: str
    limit: int | None
    changes: list[tuple[float, int]] = field(default_factory=list)

    @property
    def highest(self) -> int:
        """The largest value seen."""
        return max((value for _, value in self.changes), default=0)


@dataclass
class Recording:
    """One run of a program.

    Attributes:
        lanes: one for each task, in order of creation; `main` comes first.
        log: moment, task and what it did, in the order in which it happened.
        levels: what was watched (see `watch`).
        ended: when the last task ended, in virtual seconds.
        value, error: what the main coroutine returned or raised.
    """

    lanes: list[Lane] = field(default_factory=list)
    log: list[tuple[float, str, str]] = field(default_factory=list)
    levels: dict[str, Level] = field(default_factory=dict)
    ended: float = 0.0
    value: Any = None
    error: BaseException | None = None

    def lane(self, name: str) -> Lane:
        """Return the lane of the task with this name.

        Raises:
            KeyError: there was no such task; the message has the names that there are.
        """
        for lane in self.lanes:
            if lane.name == name:
                return lane
        message = f"no task {name!r}; there were: {', '.join(lane.name for lane in self.lanes)}"
        raise KeyError(message)

    def __repr__(self) -> str:
        return "\n".join(_log_line(*entry) for entry in self.log)


def _log_line(at: float, name: str, words: str) -> str:
    return f"{at:6.2f}  {name:<12}  {words}"


class _Recorder:
    """Turns what the loop tells it into a `Recording`; keeps no task alive."""

    def __init__(self, clock: Callable[[], float], *, aloud: bool) -> None:
        self.recording = Recording()
        self._clock = clock
        self._aloud = aloud
        self._lanes: weakref.WeakKeyDictionary[asyncio.Task[Any], Lane] = (
            weakref.WeakKeyDictionary()
        )
        self._open: dict[str, Span] = {}  # by lane: what it is doing now
        self._sleeps: weakref.WeakSet[asyncio.Future[Any]] = weakref.WeakSet()
        self._watched: list[tuple[Level, Callable[[], int]]] = []
        self._used: dict[str, int] = {}

    def say(self, name: str, words: str, at: float | None = None) -> None:
        entry = (self._clock() if at is None else at, name, words)
        self.recording.log.append(entry)
        if self._aloud:
            print(_log_line(*entry))

    def new_lane(self, wanted: str) -> Lane:
        self._used[wanted] = count = self._used.get(wanted, 0) + 1
        lane = Lane(wanted if count == 1 else f"{wanted} #{count}")
        self.recording.lanes.append(lane)
        return lane

    def created(self, task: asyncio.Task[Any], lane: Lane) -> None:
        self._lanes[task] = lane
        if isinstance(task, Task):
            task.label = lane.name

    def tasks(self) -> list[asyncio.Task[Any]]:
        """List the tasks that are still referred to."""
        return list(self._lanes)

    def name(self, task: asyncio.Future[Any]) -> str:
        if isinstance(task, Task):
            return task.label
        lane = self._lanes.get(task) if isinstance(task, asyncio.Task) else None
        return lane.name if lane else "a task"

    def slept_on(self, future: asyncio.Future[Any]) -> None:
        self._sleeps.add(future)

    def ready(self, task: asyncio.Task[Any], since: float) -> None:
        """Note that a waiting task has been woken; it was due `since`."""
        lane = self._lanes.get(task)
        if lane is None:
            return
        now = self._open.get(lane.name)
        if now is None or now.kind == "waits":
            self._turn(lane, "ready", max(since, now.start if now else since))

    def step_begins(self, task: asyncio.Task[Any]) -> None:
        if (lane := self._lanes.get(task)) is not None:
            self._turn(lane, "runs", self._clock())
            self.say(lane.name, "runs")

    def ran_at_once(self, task: asyncio.Task[Any], lane: Lane, since: float) -> None:
        """Note the first step of an eager task, which `create_task` itself has run."""
        self._turn(lane, "runs", since)
        self.say(lane.name, "runs at once", since)
        self.step_ends(task)

    def step_ends(self, task: asyncio.Task[Any]) -> None:
        lane = self._lanes.get(task)
        if lane is None:
            return
        blocked = self._clock() - self._open[lane.name].start
        if blocked > 0:
            self.say(lane.name, f"blocked the loop for {blocked:.2f} s")
        if task.done():
            self._turn(lane, None, self._clock())
            lane.ending, lane.ended = _ending(task), self._clock()
            self.say(lane.name, lane.ending)
            return
        future: asyncio.Future[Any] | None = getattr(task, "_fut_waiter", None)
        if future is None or future.done():  # a bare `yield`, or the answer is there already
            self._turn(lane, "ready", self._clock())
            self.say(lane.name, "steps aside")
        else:
            what = self._what(task, future)
            self._turn(lane, "waits", self._clock(), what)
            self.say(lane.name, f"waits for {what}")

    def in_thread(self, name: str, start: float, duration: float) -> None:
        lane = self.new_lane(f"thread: {name}")
        lane.spans.append(Span("thread", start, start + duration))
        lane.ending, lane.ended = "done", start + duration

    def watch(self, level: Level, read: Callable[[], int]) -> None:
        self.recording.levels[level.name] = level
        self._watched.append((level, read))
        self.sample()

    def sample(self) -> None:
        """Read everything watched; called after each step."""
        for level, read in self._watched:
            value = read()
            if not level.changes or level.changes[-1][1] != value:
                level.changes.append((self._clock(), value))

    def waiting(self) -> list[str]:
        """Say of each waiting task what it waits for."""
        return [
            f"{name} waits for {span.what}"
            for name, span in self._open.items()
            if span.kind == "waits"
        ]

    def close(self) -> Recording:
        for lane in self.recording.lanes:
            self._turn(lane, None, self._clock())
        self.recording.ended = self._clock()
        return self.recording

    def _turn(self, lane: Lane, kind: Kind | None, at: float, what: str = "") -> None:
        """End what a lane is doing; begin something else, unless its life is over."""
        before = self._open.pop(lane.name, None)
        if before is not None and (before.kind == "runs" or at > before.start):
            lane.spans.append(Span(before.kind, before.start, at, before.what))
        if kind is not None:
            self._open[lane.name] = Span(kind, at, at, what)

    def _what(self, task: asyncio.Task[Any], future: asyncio.Future[Any]) -> str:
        """Put into words what a task waits for, from its chain of awaits."""
        if future in self._sleeps:
            return "sleep"
        if isinstance(future, asyncio.Task):
            return self.name(future)
        if type(future).__name__ == "_GatheringFuture":
            return "gather"
        return _inside_asyncio(task.get_coro()) or "a Future"


def _inside_asyncio(coroutine: object) -> str:
    """Name asyncio's own coroutine at the inner end of a chain of awaits, if there is one."""
    name = ""
    while (code := getattr(coroutine, "cr_code", None)) is not None:
        inside = "asyncio" in code.co_filename.replace("\\", "/").split("/")
        name = code.co_qualname if inside else ""
        coroutine = getattr(coroutine, "cr_await", None)
    owner, _, method = name.rpartition(".")
    return owner if method in {"__aexit__", "_aexit", "__aenter__"} else name.lstrip("_")


def _ending(task: asyncio.Task[Any]) -> str:
    if task.cancelled():
        return "cancelled"
    error: BaseException | None = getattr(task, "_exception", None)  # reading it marks nothing
    if error is not None:
        return f"raised {type(error).__name__}"
    value = task.result()
    return "returned" if value is None else f"returned {_short(value)}"


def _short(value: object, limit: int = 24) -> str:
    words = repr(value)
    if " at 0x" in words:  # an address differs between runs
        words = type(value).__name__
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _wanted_name(coroutine: Coroutine[Any, Any, Any]) -> str:
    """Name a lane after a coroutine and its first argument: `fetch("orders")` → `fetch orders`."""
    name = str(getattr(coroutine, "__name__", type(coroutine).__name__)).strip("_")
    frame = getattr(coroutine, "cr_frame", None)
    if frame is None:
        return name
    for argument in frame.f_code.co_varnames[: frame.f_code.co_argcount][:1]:
        value = frame.f_locals.get(argument)
        if isinstance(value, (str, int)) and len(str(value)) <= 12:
            return f"{name} {value}"
    return name


# --- The loop ---------------------------------------------------------------------------------


class Task(asyncio.Task[Any]):
    """A task with a hash that is the same in each run.

    `asyncio` keeps tasks in sets (in a `TaskGroup`, for example) and goes through them in order of
    hash, which is otherwise the address: siblings would be cancelled in another order each time.
    """

    def __new__(cls, *_: object, loop: VirtualLoop, **__: object) -> Task:
        """Number the task before it is put into any set."""
        task = super().__new__(cls)
        task.number = loop.next_number()
        return task

    number: int
    label: str = "a task"  # the name of its lane; still there when the task is being destroyed

    def __hash__(self) -> int:
        return self.number


class _Step:
    """One step of a task, as the loop calls it; tells the recorder of its begin and end."""

    def __init__(self, loop: VirtualLoop, callback: Callable[..., object]) -> None:
        self.__self__: asyncio.Task[Any] = callback.__self__  # type: ignore[attr-defined]
        self._loop = loop
        self._callback = callback

    def __call__(self, *args: object) -> None:
        recorder, task = self._loop.recorder, self.__self__
        recorder.step_begins(task)
        try:
            self._callback(*args)
        finally:
            recorder.step_ends(task)
        recorder.sample()
        error: BaseException | None = getattr(task, "_exception", None)
        if error is not None and _must_come_out(error):
            raise error


class _Timer:
    """A timer's callback; while it runs, the loop knows when it was due."""

    def __init__(self, loop: VirtualLoop, when: float, callback: Callable[..., object]) -> None:
        self._loop = loop
        self._when = when
        self._callback = callback

    def __call__(self, *args: object) -> None:
        self._loop.due = self._when
        try:
            self._callback(*args)
        finally:
            self._loop.due = None


class _JumpingSelector:
    """Stands where a loop waits for sockets, and moves the clock instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        self._loop.turn()
        if timeout is None:
            self._loop.nothing_left()
        if timeout:
            self._loop.jump()
        return []

    def close(self) -> None:
        """Nothing is open."""


def _must_come_out(error: BaseException) -> bool:
    """Tell whether an exception ends the whole run, such as `OutOfBudget` or Ctrl-C."""
    return not isinstance(error, (Exception, asyncio.CancelledError, GeneratorExit))


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose time jumps instead of passing; see the top of this module."""

    _scheduled: list[asyncio.TimerHandle]  # the base's heap of timers

    def __init__(self, *, aloud: bool = False, turns: int = TURNS) -> None:
        super().__init__()
        self._selector = _JumpingSelector(self)
        self._clock_resolution = 1e-9  # the same everywhere; what is this close is simultaneous
        self._now = 0.0
        self._aside: float | None = None  # seconds slept by a function sent to a thread
        self._numbers = 0
        self._turns_left = turns
        self._turns = turns
        self.closing = False
        self.due: float | None = None
        self.recorder = _Recorder(self.time, aloud=aloud)

    @override
    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._now if self._aside is None else self._now + self._aside

    def next_number(self) -> int:
        """Count the tasks."""
        self._numbers += 1
        return self._numbers

    # What the loop itself does

    def turn(self) -> None:
        """Count one turn of the loop.

        Raises:
            Endless: there were too many.
        """
        self._turns_left -= 1
        if self._turns_left < 0:
            self._turns_left = 1000  # for cleaning up
            message = (
                f"the loop turned {self._turns:,} times, up to {self._now:g} s of virtual time, "
                "and the program has not come to an end"
            )
            raise Endless(message)

    def jump(self) -> None:
        """Move the clock to the next timer."""
        self._now = max(self._now, self._scheduled[0].when())

    def nothing_left(self) -> NoReturn:
        """Report that no task can ever run again.

        Raises:
            Deadlock: always.
        """
        waiting = "; ".join(self.recorder.waiting()) or "a Future that nobody resolves"
        message = f"at {self._now:g} s every task waits and no timer is left: {waiting}"
        raise Deadlock(message)

    def block(self, seconds: float) -> None:
        """Let time pass while nothing else can run: what `time.sleep` does to a loop."""
        if self._aside is not None:
            self._aside += seconds
        else:
            self._now += seconds

    @override
    def create_task(self, coro: Any, **kwargs: Any) -> asyncio.Task[Any]:
        """Make a task, with a lane of its own; a name is kept, else it is `Task-n`."""
        if self.closing:
            return Task(coro, loop=self)
        lane = self.recorder.new_lane(kwargs.get("name") or _wanted_name(coro))
        if (parent := asyncio.current_task(self)) is not None:
            self.recorder.say(self.recorder.name(parent), f"creates {lane.name}")
        if self.get_task_factory() is None and not kwargs.get("eager_start"):
            task = Task(coro, loop=self, **kwargs)
            if not kwargs.get("name"):
                task.set_name(f"Task-{task.number}")
            self._begin_life(task, lane)
            return task
        return self._create_by_factory(coro, lane, kwargs)

    def _create_by_factory(
        self,
        coro: Any,
        lane: Lane,
        kwargs: dict[str, Any],
    ) -> asyncio.Task[Any]:
        """Make a task that may run its first step at once (`eager_task_factory`)."""
        kwargs["name"] = kwargs.get("name") or f"Task-{self.next_number()}"
        started = self._now
        task = super().create_task(coro, **kwargs)
        eager = inspect.iscoroutine(coro) and inspect.getcoroutinestate(coro) != "CORO_CREATED"
        self._begin_life(task, lane)
        if eager:
            self.recorder.ran_at_once(task, lane, started)
        return task

    def _begin_life(self, task: asyncio.Task[Any], lane: Lane) -> None:
        self.recorder.created(task, lane)
        self.recorder.ready(task, self._now)

    @override
    def call_soon(
        self,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Queue a callback; a step of a task is recorded when it is run."""
        task = getattr(callback, "__self__", None)
        if isinstance(task, asyncio.Task):
            self.recorder.ready(task, self._now if self.due is None else self.due)
            callback = _Step(self, callback)
        return super().call_soon(callback, *args, context=context)

    @override
    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Queue a callback for a moment of virtual time."""
        if getattr(callback, "__name__", "") == "_set_result_unless_cancelled":  # asyncio.sleep
            self.recorder.slept_on(args[0])
        return super().call_at(when, _Timer(self, when, callback), *args, context=context)

    @override
    def run_in_executor(
        self,
        executor: Any,
        func: Callable[..., Any],
        *args: Any,
    ) -> asyncio.Future[Any]:
        """Call the function now; hand over its result when its virtual time has passed."""
        future = self.create_future()
        started, self._aside = self._now, 0.0
        try:
            value, error = func(*args), None
        except Exception as raised:  # the future carries it, as an executor's would
            value, error = None, raised
        finally:
            duration, self._aside = self._aside or 0.0, None
        inner = getattr(func, "args", ())  # to_thread: partial(context.run, function, …)
        name = getattr(inner[0] if inner else func, "__name__", "call")
        self.recorder.in_thread(name, started, duration)
        self.call_at(started + duration, _settle, future, value, error)
        return future

    @override
    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report what nobody else will: one line, the same in each run."""
        error = context.get("exception")
        if isinstance(error, BaseException) and _must_come_out(error):
            if "handle" in context:  # raised in a callback just now
                raise error
            return  # a task that it has ended: it has come out already
        about = context.get("task") or context.get("future")
        name = self.recorder.name(about) if isinstance(about, asyncio.Future) else "a callback"
        words = f": {type(error).__name__}: {error}" if error is not None else ""
        print(f"[asyncio] {context['message'].splitlines()[0]} ({name}{words})")

    def _process_events(self, event_list: list[Any]) -> None:
        """There are never any."""

    def _write_to_self(self) -> None:
        """Nobody sleeps, so nobody must be woken."""


def _settle(future: asyncio.Future[Any], value: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)


@contextmanager
def no_outer_loop() -> Iterator[None]:
    """Set aside the loop and the task in which a notebook runs a cell."""
    outer = asyncio._get_running_loop()
    if outer is None:
        yield
        return
    swap: Any = getattr(asyncio.tasks, "_swap_current_task")  # noqa: B009 - private, since 3.12
    # 3.14 keeps the current task in the thread state and swaps it only while its loop is running.
    task = swap(outer, None) if asyncio.current_task(outer) is not None else None
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(outer)
        if task is not None:
            swap(outer, task)


@contextmanager
def _virtual_clock(loop: VirtualLoop) -> Iterator[None]:
    """Let `time.sleep` and `time.perf_counter` speak of virtual time, in this thread only."""
    sleep, perf_counter = time.sleep, time.perf_counter
    thread = threading.get_ident()

    def virtual_sleep(seconds: Any, /) -> None:
        if threading.get_ident() == thread:
            loop.block(float(seconds))
        else:
            sleep(seconds)

    virtual_sleep.__name__ = "sleep"

    def virtual_perf_counter() -> float:
        return loop.time() if threading.get_ident() == thread else perf_counter()

    time.sleep, time.perf_counter = virtual_sleep, virtual_perf_counter
    try:
        yield
    finally:
        time.sleep, time.perf_counter = sleep, perf_counter


def _cancel_the_rest(loop: VirtualLoop) -> None:
    """Cancel the tasks that are left and close asynchronous generators, as `asyncio.run` does."""
    left = sorted(asyncio.all_tasks(loop), key=hash)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    for task in left:
        if not task.cancelled() and (error := task.exception()) is not None:
            message = "unhandled exception during shutdown"
            loop.call_exception_handler({"message": message, "exception": error, "task": task})
    loop.closing = True
    loop.run_until_complete(loop.shutdown_asyncgens())


def _abandon(loop: VirtualLoop) -> None:
    """Drop tasks that cannot be brought to an end, without their complaints."""
    for task in sorted(asyncio.all_tasks(loop), key=hash):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        coroutine: Any = task.get_coro()
        with suppress(BaseException):
            coroutine.close()


def _play(loop: VirtualLoop, main: Coroutine[Any, Any, Any], *, debug: bool) -> Recording:
    """Run a coroutine to its end in a fresh loop and clean up, whatever happens."""
    recording = loop.recorder.recording
    with no_outer_loop(), _virtual_clock(loop):
        loop.set_debug(debug)
        try:
            try:
                recording.value = loop.run_until_complete(loop.create_task(main))
            except BaseException as error:
                recording.error = error
            try:
                _cancel_the_rest(loop)
            except BaseException as error:
                recording.error = recording.error or error
                _abandon(loop)
        finally:
            loop.close()
    if any(getattr(task, "_log_traceback", False) for task in loop.recorder.tasks()):
        gc.collect()  # what was raised and never looked at is reported now, not at some later time
    loop.recorder.close()
    if recording.error is not None and _must_come_out(recording.error):
        raise recording.error
    return recording


def record(
    main: Coroutine[Any, Any, Any],
    *,
    trace: bool = False,
    debug: bool = False,
    turns: int = TURNS,
) -> Recording:
    """Run a coroutine in virtual time and keep what its tasks did.

    Args:
        main: a coroutine object, such as `main()`.
        trace: print each step as it happens: virtual second, task, what it did.
        debug: switch on asyncio's debug mode.
        turns: the number of turns of the loop after which the program counts as endless.

    Returns:
        The recording; what `main` raised, `Deadlock` and `Endless` included, is its `error`.
    """
    if not asyncio.iscoroutine(main):
        message = f"a coroutine is needed, such as main(); this is {_short(main)}"
        raise TypeError(message)
    return _play(VirtualLoop(aloud=trace, turns=turns), main, debug=debug)


def run[T](
    main: Coroutine[Any, Any, T],
    *,
    trace: bool = False,
    debug: bool = False,
    turns: int = TURNS,
) -> T:
    """Run a coroutine in virtual time and return what it returns; arguments as for `record`.

    Raises:
        Deadlock: every task waits and no timer is left.
        Endless: the loop turned more than `turns` times.
        BaseException: what `main` raises.
    """
    recording = record(main, trace=trace, debug=debug, turns=turns)
    if recording.error is not None:
        try:
            raise recording.error
        finally:
            del recording, main  # else the traceback would keep them in a cycle
    return recording.value


def watch(name: str, read: Callable[[], int], *, limit: int | None = None) -> None:
    """Record a number whenever it changes, for `levels`; under another loop, do nothing.

    Args:
        name: what the number is called in the picture.
        read: called after each step, such as `queue.qsize`.
        limit: a line to draw across, such as the queue's `maxsize`.
    """
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualLoop):
        loop.recorder.watch(Level(name, limit), read)


# --- Pictures ---------------------------------------------------------------------------------

_COLUMNS = 44
# At most so many spans are drawn. 150 steps of 3 pixels fill the axis of a lane, and each has a
# wait after it; a page steps through what is drawn in all of them without delay.
_IN_A_LANE = 300
_IN_ALL = 1500
_GLYPHS: dict[Kind, str] = {"waits": "·", "ready": "~", "runs": "█", "thread": "="}
_LEGEND: dict[str, str] = {
    "step": "a step, of no length",
    "waits": "waits",
    "ready": "kept waiting",
    "runs": "blocks the loop",
    "thread": "another thread",
}
_GLYPH_OF = {"step": "|", "waits": "·", "ready": "~", "runs": "█", "thread": "="}

type Programs = Coroutine[Any, Any, Any] | Mapping[str, Coroutine[Any, Any, Any]]


def timeline(main: Programs, *, title: str = "") -> Picture:
    """Run a program and draw who ran and who waited, over virtual time.

    Args:
        main: a coroutine object, or several by name to compare on one axis of time.
        title: what the picture is called.

    Returns:
        A picture, the same on every machine. A program that raises is drawn as far as it came.
    """
    return draw_timeline(_record_all(main, title), title)


def levels(main: Programs, *, title: str = "") -> Picture:
    """Run a program and draw the numbers it watches (see `watch`) over virtual time.

    Args:
        main: a coroutine object, or several by name to compare on one axis of time.
        title: what the picture is called.
    """
    return draw_levels(_record_all(main, title), title)


def _record_all(main: Programs, title: str) -> dict[str, Recording]:
    if isinstance(main, Mapping):
        return {name: record(program) for name, program in main.items()}
    return {title: record(main)}


def draw_timeline(recordings: Mapping[str, Recording], title: str = "") -> Picture:
    """Draw recordings below each other on one axis of time; `timeline` records and draws.

    What is too long to be seen is cut, and says so.
    """
    recordings, cut = _cut(recordings)
    end = max(recording.ended for recording in recordings.values()) or 1.0
    lanes = [lane for recording in recordings.values() for lane in recording.lanes]
    kinds = _kinds(lanes)
    text = "\n".join([_timeline_text(recordings, end, kinds), *cut])
    gutter = 14 + 7.2 * max(len(lane.name) for lane in lanes)
    tail = 18 + 7.2 * max(len(lane.ending) for lane in lanes)
    width = 660.0  # no wider than the page's text
    axis = _Axis(gutter, width - gutter - tail, end)
    heads = len(recordings) if len(recordings) > 1 or next(iter(recordings)) else 0
    height = 26 * heads + 28 * len(lanes) + 34 + 24 + 22 * len(cut)
    canvas = Canvas(width, height, title or "Who ran and who waited", text)
    canvas.time_axis(axis.left, axis.width, end)
    y = 0.0
    for name, recording in recordings.items():
        if heads:
            canvas.text(0, y + 18, name, bold=True)
            y += 26
        for lane in recording.lanes:
            _draw_lane(canvas, axis, lane, y, program=name if len(recordings) > 1 else "")
            y += 28
    axis.draw(canvas, y + 4)
    _draw_legend(canvas, kinds, y + 54)
    for words in cut:
        canvas.text(0, y + 76, words)
    return canvas.picture(text)


def _cut(recordings: Mapping[str, Recording]) -> tuple[Mapping[str, Recording], list[str]]:
    """Keep of long recordings what can be drawn: as much as comes first.

    Returns:
        The recordings up to one moment, and a sentence that says so; all and none if they fit.
    """
    lanes = [lane for recording in recordings.values() for lane in recording.lanes]
    count = sum(len(lane.spans) for lane in lanes)
    if count <= _IN_ALL and all(len(lane.spans) <= _IN_A_LANE for lane in lanes):
        return recordings, []
    order = sorted((span.start, place) for place, lane in enumerate(lanes) for span in lane.spans)
    room, last = [_IN_A_LANE] * len(lanes), 0
    for last, (_, place) in enumerate(order):
        if last == _IN_ALL or not room[place]:
            break
        room[place] -= 1
    moment = order[last][0]
    shown = {id(lane): _IN_A_LANE - left for lane, left in zip(lanes, room, strict=True)}
    end = max(recording.ended for recording in recordings.values())
    words = (
        f"Cut at {moment:.6g} s of {end:.6g} s, where the picture is full: "
        f"the run has {count:,} steps and waits."
    )
    return {
        name: Recording(
            [_until(moment, lane, shown[id(lane)]) for lane in recording.lanes if shown[id(lane)]],
            ended=min(recording.ended, moment),
        )
        for name, recording in recordings.items()
    }, [words]


def _until(moment: float, lane: Lane, count: int) -> Lane:
    """Cut a lane at a moment, when it had begun so many spans."""
    spans = [replace(span, end=min(span.end, moment)) for span in lane.spans[:count]]
    if count == len(lane.spans) and lane.ended <= moment:
        return Lane(lane.name, spans, lane.ending, lane.ended)
    return Lane(lane.name, spans, "goes on", moment)


def _kinds(lanes: list[Lane]) -> list[str]:
    """Tell which entries a legend needs."""
    found = {span.kind for lane in lanes for span in lane.spans if span.end > span.start}
    return [kind for kind in _LEGEND if kind == "step" or kind in found]


@dataclass(frozen=True)
class _Axis:
    """Virtual seconds to pixels."""

    left: float
    width: float
    end: float

    def x(self, at: float) -> float:
        return self.left + self.width * at / self.end

    def ticks(self) -> list[float]:
        step = 1e-3
        while self.end / step > 6:
            for factor in (2.0, 2.5, 2.0):
                if self.end / step > 6:
                    step *= factor
        return [step * place for place in range(int(self.end / step + 1e-9) + 1)]

    def draw(self, canvas: Canvas, y: float) -> None:
        canvas.line(self.left, y, self.left + self.width, y, opacity=0.6)
        ticks = self.ticks()
        for at in ticks:
            canvas.line(self.x(at), y, self.x(at), y + 5, opacity=0.6)
            words = f"{at:.4g} s" if at == ticks[-1] else f"{at:.4g}"
            canvas.text(self.x(at), y + 20, words, anchor="middle")


def _draw_lane(canvas: Canvas, axis: _Axis, lane: Lane, y: float, *, program: str) -> None:
    who = f"{program}, {lane.name}" if program else lane.name
    canvas.text(axis.left - 10, y + 18, lane.name, anchor="end")
    for span in lane.spans:
        x, width = axis.x(span.start), axis.width * (span.end - span.start) / axis.end
        tip = f"{lane.name} {_doing(span)}, {span.start:.2f}–{span.end:.2f} s"
        during = (span.start, span.end, f"{who} {_doing(span)}")
        if span.kind == "waits":
            canvas.rect(x, y + 6, width, 16, fill="blue", opacity=0.28, tip=tip, during=during)
            if width > 7.2 * len(span.what) + 10:
                canvas.text(x + width / 2, y + 18.5, span.what, anchor="middle")
        elif span.kind == "ready":
            canvas.rect(
                *(x, y + 6, width, 16),
                fill="none", stroke="orange", dashed=True, tip=tip, during=during,
            )  # fmt: skip
        elif span.kind == "thread":
            canvas.rect(x, y + 6, width, 16, fill="green", opacity=0.6, tip=tip, during=during)
        elif width > 0:
            canvas.rect(x, y + 3, width, 22, fill="red", tip=tip, during=during)
    for span in lane.spans:  # on top of the waiting
        if span.kind == "runs" and span.end == span.start:
            tip = f"{lane.name} runs at {span.start:.2f} s"
            during = (span.start, span.end, f"{who} runs a step")
            x = axis.x(span.start) - 1.5
            canvas.rect(x, y + 3, 3, 22, radius=0, tip=tip, during=during)
    canvas.text(axis.x(lane.ended) + 8, y + 18, lane.ending)


def _doing(span: Span) -> str:
    return {
        "waits": f"waits for {span.what}",
        "ready": "is ready, but the loop is busy",
        "runs": "blocks the loop",
        "thread": "works",
    }[span.kind]


def _draw_legend(canvas: Canvas, kinds: list[str], y: float) -> None:
    x = 0.0
    for kind in kinds:
        if kind == "step":
            canvas.rect(x + 8, y - 12, 3, 14, radius=0)
        elif kind == "waits":
            canvas.rect(x, y - 12, 20, 14, fill="blue", opacity=0.28)
        elif kind == "ready":
            canvas.rect(x, y - 12, 20, 14, fill="none", stroke="orange", dashed=True)
        elif kind == "thread":
            canvas.rect(x, y - 12, 20, 14, fill="green", opacity=0.6)
        else:
            canvas.rect(x, y - 12, 20, 14, fill="red")
        canvas.text(x + 26, y, _LEGEND[kind])
        x += 40 + 6.8 * len(_LEGEND[kind])


def _timeline_text(recordings: Mapping[str, Recording], end: float, kinds: list[str]) -> str:
    pad = max(len(lane.name) for recording in recordings.values() for lane in recording.lanes)
    lines = []
    for name, recording in recordings.items():
        if name:
            lines.append(name)
        for lane in recording.lanes:
            row = _row(lane, end)
            lines.append(f"{lane.name:<{pad}}  {row}  {lane.ending} at {lane.ended:.2f} s")
    last = f"{end:.2f} s"
    lines.append(f"{'':<{pad}}  0{last:>{_COLUMNS}}")
    lines.append(", ".join(f"{_GLYPH_OF[kind]} {_LEGEND[kind]}" for kind in kinds))
    return "\n".join(lines)


def _row(lane: Lane, end: float) -> str:
    """Draw a lane with characters, one for each column of time."""
    cells = [" "] * (_COLUMNS + 1)

    def column(at: float) -> int:
        return round(_COLUMNS * at / end)

    for span in lane.spans:
        for place in range(column(span.start), column(span.end)):
            cells[place] = _GLYPHS[span.kind]
    for span in lane.spans:
        if span.kind == "runs" and span.end == span.start:
            cells[column(span.start)] = "|"
    return "".join(cells)


def draw_levels(recordings: Mapping[str, Recording], title: str = "") -> Picture:
    """Draw what recordings watched, one panel each, on one axis of time and one of values."""
    rows = [
        (
            name if level.name in {"", name} else f"{name}: {level.name}".lstrip(": "),
            level,
            recording.ended,
        )
        for name, recording in recordings.items()
        for level in recording.levels.values()
    ]
    if not rows:
        message = "nothing was watched; call watch(name, read) inside the coroutine"
        raise ValueError(message)
    end = max(recording.ended for recording in recordings.values()) or 1.0
    top = max(max(level.highest, level.limit or 0) for _, level, _ in rows) or 1
    text = _levels_text(rows, end)
    axis = _Axis(34, 600, end)
    panel = 112.0
    canvas = Canvas(660, panel * len(rows) + 30, title or "Levels over time", text)
    for place, (name, level, ended) in enumerate(rows):
        y = panel * place
        canvas.text(0, y + 16, f"{name} (at most {level.highest})", bold=True)
        _draw_level(canvas, axis, (level, ended), y + panel - 10, (panel - 40) / top, top)
    axis.draw(canvas, panel * len(rows))
    return canvas.picture(text)


def _draw_level(
    canvas: Canvas, axis: _Axis, run: tuple[Level, float], base: float, scale: float, top: int
) -> None:
    level, ended = run
    canvas.line(axis.left, base, axis.left + axis.width, base, opacity=0.4)
    canvas.text(axis.left - 8, base + 4, "0", anchor="end")
    canvas.text(axis.left - 8, base - scale * top + 4, f"{top}", anchor="end")
    if level.limit:
        y = base - scale * level.limit
        canvas.line(axis.left, y, axis.left + axis.width, y, colour="orange", dashed=True)
        canvas.text(axis.left + axis.width, y - 4, f"limit {level.limit}", anchor="end")
    points: list[tuple[float, float]] = []
    for at, value in level.changes:
        if points:
            points.append((axis.x(at), points[-1][1]))
        points.append((axis.x(at), base - scale * value))
    points.append((axis.x(ended), points[-1][1]))
    canvas.polyline(points)


_BLOCKS = "▁▂▃▄▅▆▇█"


def _levels_text(rows: list[tuple[str, Level, float]], end: float) -> str:
    """Draw each level with block characters: the highest value in each column of time."""
    pad = max(len(name) for name, _, _ in rows)
    top = max(level.highest for _, level, _ in rows) or 1
    lines = []
    for name, level, ended in rows:
        cells = []
        for place in range(_COLUMNS):
            low, high = end * place / _COLUMNS, end * (place + 1) / _COLUMNS
            if low >= ended:
                cells.append(" ")
                continue
            before = [value for at, value in level.changes if at <= low][-1:]
            inside = [value for at, value in level.changes if low < at < high]
            cells.append(_BLOCKS[round(max(before + inside, default=0) / top * 7)])
        lines.append(f"{name:<{pad}}  {''.join(cells)}  at most {level.highest}")
    last = f"{end:.2f} s"
    return "\n".join([*lines, f"{'':<{pad}}  0{last:>{_COLUMNS - 1}}"])
