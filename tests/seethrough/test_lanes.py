"""Do the lanes show who ran, and does lock-step run functions line by line?"""

import itertools
import threading
import xml.etree.ElementTree as ET

import pytest

from seethrough.lanes import (
    Beat,
    Recording,
    Stretch,
    Stuck,
    computing,
    lanes,
    lockstep,
    speedups,
    watch,
)

SVG = "{http://www.w3.org/2000/svg}"


class Account:
    def __init__(self, balance=100):
        self.balance = balance
        self.lock = threading.Lock()

    def withdraw(self, amount):
        balance = self.balance
        self.balance = balance - amount

    def withdraw_safely(self, amount):
        with self.lock:
            balance = self.balance
            self.balance = balance - amount


def pulse(*moments, seconds=1.0):
    """Give a thread's pulse at these moments, in seconds."""
    clock = iter(moments)
    return Beat(lambda: next(clock), seconds, gap=0.1)


def test_is_a_long_pause_between_two_beats_a_pause():
    beat = pulse(0.0, 0.05, 0.08, 0.5, 0.55, 1.2)
    assert [beat() for _ in range(6)] == [True] * 5 + [False]
    beat.close()
    assert beat.stretches == [
        Stretch("python", 0.0, 0.08),
        Stretch("wants", 0.08, 0.5),
        Stretch("python", 0.5, 0.55),
        Stretch("wants", 0.55, 1.0),
    ]


def test_is_what_a_sleep_takes_too_long_time_that_the_thread_wanted_to_go_on():
    beat = pulse(0.0, 0.05, 0.5, 0.52)
    beat()
    with beat.outside("sleep", 0.2):
        pass
    beat()
    beat.close()
    assert beat.stretches == [
        Stretch("python", 0.0, 0.05),
        Stretch("outside", 0.05, 0.25, "sleep"),
        Stretch("wants", 0.25, 0.5),
        Stretch("python", 0.5, 0.52),
    ]


def test_does_a_call_of_unknown_length_last_until_it_is_back():
    beat = pulse(0.0, 0.1, 0.7)
    beat()
    with beat.outside("hash"):
        pass
    assert beat.stretches[-1] == Stretch("outside", 0.1, 0.7, "hash")


def test_does_watch_give_each_program_a_lane_and_let_it_end():
    recording = watch({"a": computing, "b": computing}, seconds=0.02)
    assert set(recording.threads) == {"a", "b"}
    assert recording.seconds >= 0.02
    for lane in recording.threads.values():
        assert all(before.end <= after.start for before, after in itertools.pairwise(lane))


def test_does_an_error_in_a_program_come_out():
    def broken(beat):
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        watch({"broken": broken, "busy": computing}, seconds=0.01)


def made(a, b):
    lane = {"a": [Stretch("python", *a)], "b": [Stretch("python", *b)]}
    return Recording(lane, 1.0)


@pytest.mark.parametrize(
    ("a", "b", "together"),
    [
        ((0, 0.5), (0.5, 1), 0),
        ((0, 1), (0, 1), 1),
        ((0, 0.6), (0.4, 1), 0.2),
        ((0, 1), (0.2, 0.3), 0.1),
    ],
)
def test_is_time_together_counted(a, b, together):
    assert made(a, b).together() == pytest.approx(together)


def test_does_a_recording_survive_json():
    recording = made((0, 0.25), (0.5, 1))
    assert Recording.from_json(recording.to_json()) == recording


def test_does_a_picture_hold_every_stretch_and_say_the_shares():
    recording = made((0, 0.25), (0.5, 1))
    picture = lanes({"with": recording, "without": recording}, title="Two threads", measured=False)
    assert picture.text.splitlines()[:3] == [
        "Two threads",
        "with: two or more at once ≈ 0 % of the time",
        "  a ≈ 1 turns, in Python ≈ 25 %",
    ]
    boxes = list(ET.fromstring(picture.svg).iter(f"{SVG}rect"))
    assert len(boxes) == 4 + 2  # and two in the legend


def test_is_a_measured_picture_marked():
    assert 'data-measured="true"' in lanes(made((0, 1), (0, 1)), title="t").svg


def test_are_speed_ups_drawn_with_what_is_not_there():
    picture = speedups(
        {"computing": [("threads", 1.0), ("interpreters", None)]}, title="t", measured=False
    )
    assert picture.text.splitlines() == [
        "t", "computing", "  threads      ≈ 1×", "  interpreters not there",
    ]  # fmt: skip


def test_is_an_update_lost_in_the_order_that_loses_it():
    account = Account()
    log = lockstep("ABAB", lambda: account.withdraw(10), lambda: account.withdraw(20))
    assert account.balance == 80
    lines = [(who, line) for who, line in log if "balance" in line and "lambda" not in line]
    assert lines[-1] == ("B", "self.balance = balance - amount")


def predicted(order):
    """Execute the two lines of `withdraw` in an order, on paper; line 0 is the lambda's."""
    balance, read, line = 100, {}, {"A": 0, "B": 0}
    for who in order:
        if line[who] == 1:
            read[who] = balance
        if line[who] == 2:
            balance = read[who] - {"A": 10, "B": 20}[who]
        line[who] += 1
    return balance


def test_does_each_order_leave_what_it_leaves_on_paper():
    for order in sorted(set(itertools.permutations("AAABBB"))):
        account = Account()
        lockstep(
            "".join(order),
            lambda account=account: account.withdraw(10),
            lambda account=account: account.withdraw(20),
        )
        assert account.balance == predicted(order), order


def test_does_a_lock_keep_every_order_right():
    for order in ("ABABABAB", "AABBAABB", "BBAABBAA"):
        account = Account()
        first, second = lambda: account.withdraw_safely(10), lambda: account.withdraw_safely(20)  # noqa: B023
        lockstep(order, first, second, patience=0.05)
        assert account.balance == 70


def test_is_a_deadlock_said_with_the_lines():
    left, right = threading.Lock(), threading.Lock()

    def first():
        left.acquire()
        right.acquire()

    def second():
        right.acquire()
        left.acquire()

    with pytest.raises(Stuck, match=r"A at `right.acquire\(\)`, B at `left.acquire\(\)`"):
        lockstep("AB", first, second, patience=0.05)


def test_does_an_error_in_lockstep_come_out_when_all_have_ended():
    done = []

    def broken():
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        lockstep("AB", broken, lambda: done.append("b"))
    assert done == ["b"]
