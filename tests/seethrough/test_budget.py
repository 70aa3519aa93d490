"""What happens to code that does not come to an end?"""

import os
import signal
import sys
import threading
import time

import pytest

from seethrough.budget import ForbiddenExit, OutOfBudget, limited


def stopped(source, steps=20_000, seconds=15.0):
    """Run `source` under a budget and return what stopped it."""
    code = compile(source, "<learner>", "exec")
    with pytest.raises((OutOfBudget, ForbiddenExit)) as caught, limited(steps, seconds):
        exec(code, {})
    return str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "while True:\n    x = 1",
        "import itertools\nfor _ in itertools.count(): pass",
        "def again():\n    return again\nwhile True: again()",
        "[x for x in iter(int, 1)]",
        "def f(n): return f(n - 1) + f(n - 2) if n > 1 else 1\nf(60)",
    ],
)
def test_is_an_endless_loop_stopped_by_its_steps(source):
    assert stopped(source) == "more than 20,000 steps without coming to an end"


@pytest.mark.parametrize(
    "source",
    [
        "while True:\n    try:\n        x = 1\n    except BaseException:\n        pass",
        "def work(): 1\nwhile True:\n  try:\n    work()\n  except BaseException:\n    work()",
        "while True:\n    try:\n        while True: pass\n    finally:\n        continue",
    ],
)
@pytest.mark.filterwarnings("ignore:'continue' in a 'finally' block:SyntaxWarning")
def test_is_a_loop_stopped_that_catches_everything(source):
    assert "steps" in stopped(source)


def test_may_a_finally_clean_up_after_the_stop():
    done = []

    def loop():
        try:
            number = 0
            while True:
                number += 1
        finally:
            for number in range(100):
                done.append(number)

    with pytest.raises(OutOfBudget), limited(1_000):
        loop()
    assert len(done) == 100


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(60)",
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    ],
)
def test_is_code_stopped_that_waits_for_ever(source):
    assert stopped(source, seconds=0.1) == "more than 0.1 seconds without coming to an end"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_is_the_alarm_off_afterwards():
    before = signal.getsignal(signal.SIGALRM)
    with limited():
        pass
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getsignal(signal.SIGALRM) is before


@pytest.mark.parametrize("source", ["import os\nos._exit(0)", "import os\nos.abort()"])
def test_is_an_attempt_to_leave_refused(source):
    assert stopped(source) == "it tried to end the interpreter itself"


def test_is_everything_as_before_afterwards():
    before = os._exit, os.abort, [sys.monitoring.get_tool(each) for each in range(6)]
    with limited():
        pass
    assert before == (os._exit, os.abort, [sys.monitoring.get_tool(each) for each in range(6)])


def test_does_a_check_within_a_check_share_its_budget():
    def loop():
        with limited(10_000_000):
            number = 0
            while True:
                number += 1

    with pytest.raises(OutOfBudget, match="1,000 steps"), limited(1_000):
        loop()


def test_is_a_thread_spared_that_was_there_before():
    go, counted = threading.Event(), []

    def bystander():
        go.wait()
        counted.extend(range(50_000))
        for number in range(50_000):
            counted[number] += 1

    thread = threading.Thread(target=bystander)
    thread.start()
    time.sleep(0.01)  # it has a frame of its own now
    with limited(10_000):
        go.set()
        thread.join()
    assert counted[-1] == 50_000


def test_does_code_that_ends_go_unharmed():
    with limited(1_000):
        total = sum(number for number in range(100))
    assert total == 4950
