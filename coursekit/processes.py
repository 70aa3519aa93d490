"""Processes that never outlive the one who started them, however that one ends.

Each is the first of a process group of its own, so what it starts ends with it. Leaving the block
ends the group. If this process gets no chance to do so (a signal, `kill -9`), a keeper, which is
one more process, notices and does it.
"""

from __future__ import annotations

import atexit
import pwd
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Lock
from typing import IO, TYPE_CHECKING

from coursekit import keeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

STOP_SECONDS = 30.0


class _Keeper:
    """Our end of the pipe to the keeper, which is started with the first process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self.groups: set[int] = set()

    def begun(self, group: int, stop: signal.Signals) -> None:
        with self._lock:
            self.groups.add(group)
            self._tell(f"+{group} {int(stop)}\n")

    def ended(self, group: int) -> None:
        with self._lock:
            self.groups.discard(group)
            self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(keeper.__file__)],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            atexit.register(self._close, self._process)
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    @staticmethod
    def _close(process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=STOP_SECONDS)


_keeper = _Keeper()


@contextmanager
def running(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stop: signal.Signals = signal.SIGKILL,
    output: int | IO[str] = subprocess.DEVNULL,
    user: str | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """Keep a program running for as long as the block lasts.

    Args:
        command: its words.
        cwd, env: its folder and variables.
        stop: the signal that ends it and what it started; `SIGKILL` follows if that does not help.
        output: where standard output and errors go.
        user: whose rights it has, when that is not ours.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    _keeper.begun(process.pid, stop)
    try:
        yield process
    finally:
        _end(process, stop)
        _keeper.ended(process.pid)


def run(
    command: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; what it leaves running is ended, too.

    Args:
        command: its words.
        timeout: seconds after which it is ended.
        cwd, env, user: as in `running`.

    Returns:
        Its exit code, and what it printed on standard output and errors together.

    Raises:
        TimeoutExpired: it took longer.
    """
    with running(command, cwd=cwd, env=env, user=user, output=subprocess.PIPE) as process:
        said, _ = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(list(command), process.returncode, said)


def side_by_side[I, R](work: Callable[[I], R], items: Iterable[I], *, at_once: int) -> list[R]:
    """Do some work for each item, in threads; if it is interrupted, end what the threads run."""
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        except Exception:
            pool.shutdown(cancel_futures=True)
            raise
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for group in list(_keeper.groups):
                keeper.send(group, signal.SIGKILL)
            raise


def _end(process: subprocess.Popen[str], stop: signal.Signals) -> None:
    keeper.send(process.pid, stop)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=STOP_SECONDS)
    # The first one is gone; what it started may not be.
    deadline = time.monotonic() + (0 if stop == signal.SIGKILL else STOP_SECONDS)
    while keeper.send(process.pid, 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    keeper.send(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
