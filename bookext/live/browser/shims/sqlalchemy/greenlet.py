"""The part of greenlet that SQLAlchemy's asynchronous half uses, for a tab, where stacks cannot be
switched.

SQLAlchemy runs its synchronous core in a greenlet; where the core has to wait, it hands an
awaitable to the greenlet that drives it, and sleeps. Here nobody sleeps: what is handed over is
run at once, in place. That works for whatever ends without waiting, such as SQLite's driver in a
tab (see `aiosqlite/at_once.py`); anything else is refused in words.

SQLAlchemy itself is as it is elsewhere: who must `await` must do so here too, and implicit I/O
raises `MissingGreenlet`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

_WORDS = (
    "SQLAlchemy waits here for something that takes time. That needs greenlet, which a browser "
    "tab does not have; there, only what ends at once can be awaited."
)


class GreenletExit(BaseException):
    """What ends a greenlet; here for its name alone."""


class error(Exception):  # noqa: N801, N818 - the name that greenlet gives it
    """A greenlet was used wrongly."""


class greenlet:  # noqa: N801 - the name that greenlet gives it
    """A call that is to run, or the one that runs everything else."""

    def __init__(
        self, run: Callable[..., Any] | None = None, parent: greenlet | None = None
    ) -> None:
        self.run = run
        self.parent = parent
        self.dead = False
        self._began = run is None  # the main one always runs
        self._waited = False
        self._result: Any = None

    def switch(self, *args: Any, **kwargs: Any) -> Any:
        """Begin the call; or end it; or, told by a call inside, run what that waits for."""
        if not self._began:
            self._began = True
            return self._begin(args, kwargs)
        if _current.parent is self:
            _current._waited = True
            return self._run_at_once(args[0])
        self.dead = True
        return self._result

    def throw(self, *_: object) -> NoReturn:
        """Refuse: a call has ended before anybody could throw something into it."""
        raise error("this greenlet has ended")

    def _begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        global _current
        before, _current = _current, self
        try:
            self._result = self.run(*args, **kwargs)  # type: ignore[not-callable]
        except BaseException:
            self.dead = True
            raise
        finally:
            _current = before
        if self._waited:
            # As elsewhere, whoever drives this is given something to wait for, and takes it that
            # the call waited. The result follows with the next switch.
            return _nothing()
        self.dead = True
        return self._result

    def _run_at_once(self, work: Awaitable[Any]) -> Any:
        """Run an awaitable to its end, as if this greenlet awaited it."""
        global _current
        before, _current = _current, self
        steps: Generator[Any] = work.__await__()  # type: ignore[bad-assignment]
        try:
            steps.send(None)
        except StopIteration as end:
            return end.value
        else:
            steps.close()
            raise NotImplementedError(_WORDS)
        finally:
            _current = before


async def _nothing() -> None:
    pass


_current = greenlet()


def getcurrent() -> greenlet:
    """Return what runs now."""
    return _current
