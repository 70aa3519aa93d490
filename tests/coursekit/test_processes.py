"""Does anything that a test starts outlive it?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coursekit import keeper, processes

ROOT = Path(__file__).parents[2]
# A program that starts another, says who both are, and would go on for an hour.
PAIR = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(3600)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(3600)
"""
COMMAND = (sys.executable, "-S", "-c", PAIR)


def pair(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    return [int(word) for word in process.stdout.readline().split()]


def alive(pid: int) -> bool:
    """Tell a process from one that is gone, or dead and not yet waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 60
    while left := [pid for pid in pids if alive(pid)]:
        assert time.monotonic() < deadline, f"{left} run on"
        time.sleep(0.02)


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="sees in Linux's /proc what runs"
)


def test_leaving_the_block_ends_what_was_started_and_what_that_started() -> None:
    with processes.running(COMMAND, output=subprocess.PIPE) as process:
        pids = pair(process)
        assert all(alive(pid) for pid in pids)
    wait_until_gone(pids)


def test_a_failure_in_the_block_ends_it_too() -> None:
    def fail() -> None:
        with processes.running(COMMAND, output=subprocess.PIPE) as process:
            pids.extend(pair(process))
            raise LookupError

    pids: list[int] = []
    with pytest.raises(LookupError):
        fail()
    wait_until_gone(pids)


def test_a_program_that_ends_takes_along_what_it_left_in_the_background() -> None:
    leaves = """
import subprocess, sys
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(3600)"], **quiet)
print(child.pid)
"""
    done = processes.run((sys.executable, "-S", "-c", leaves), timeout=60)
    assert done.returncode == 0
    wait_until_gone([int(done.stdout)])


def test_one_that_takes_too_long_is_ended_with_its_children() -> None:
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        processes.run(COMMAND, timeout=3)
    said = caught.value.output
    words = (said.decode() if isinstance(said, bytes) else said or "").split()
    wait_until_gone([int(word) for word in words])


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_the_tests_are_killed_nothing_runs_on(how: signal.Signals) -> None:
    code = (
        "import signal, subprocess, sys; from coursekit import processes\n"
        # A shell has its background jobs ignore Ctrl-C, and they hand that on.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"with processes.running({COMMAND!r}, output=subprocess.PIPE) as process:\n"
        "    print(process.stdout.readline(), flush=True); process.wait()"
    )
    parent = subprocess.Popen(
        (sys.executable, "-c", code),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    pids = pair(parent)
    assert len(pids) == 2
    parent.send_signal(how)
    parent.communicate(timeout=60)
    wait_until_gone(pids)


def test_work_side_by_side_keeps_its_order_and_says_what_failed() -> None:
    assert processes.side_by_side(lambda n: n * n, range(5), at_once=2) == [0, 1, 4, 9, 16]
    with pytest.raises(ZeroDivisionError):
        processes.side_by_side(lambda n: 1 // n, [1, 0], at_once=2)


def test_the_keeper_knows_a_group_that_is_gone() -> None:
    assert keeper.send(os.getpgid(0), 0)
    done = subprocess.Popen((sys.executable, "-S", "-c", ""), start_new_session=True)
    done.wait()
    assert not keeper.send(done.pid, signal.SIGKILL)
