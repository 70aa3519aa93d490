"""How are measured values printed, and how is time taken?"""

import gc

import pytest

from seethrough import measure


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "≈ 0 ns"),
        (2.5e-10, "≈ 0.25 ns"),
        (999.4e-9, "≈ 999 ns"),
        (999.6e-9, "≈ 1 µs"),
        (12.34e-3, "≈ 12.3 ms"),
        (0.9996, "≈ 1 s"),
        (59.96, "≈ 60 s"),
        (4321.0, "≈ 4,321 s"),
    ],
)
def test_which_unit_does_a_duration_get(value, words):
    assert measure.seconds(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.123, "≈ 0.12×"), (3.14, "≈ 3.1×"), (99.7, "≈ 100×"), (1234.5, "≈ 1,234×")],
)
def test_is_a_ratio_written_without_an_exponent(value, words):
    assert measure.ratio(value) == words


def test_are_shares_and_quantities_marked_as_measured():
    assert measure.share(0.417) == "≈ 42 %"
    assert measure.count(1431.4, "KiB") == "≈ 1,431 KiB"
    assert measure.count(7) == "≈ 7"


@pytest.mark.parametrize(
    ("printed", "marked"),
    [
        (
            "20000 loops, best of 5: 28.1 usec per loop",
            "20000 loops, best of 5: ≈ 28.1 usec per loop",
        ),
        ("best of 5: 262 nsec per loop", "best of 5: ≈ 262 nsec per loop"),
        ("Mean +- std dev: 33.5 us +- 2.9 us", "Mean +- std dev: ≈ 33.5 us +- ≈ 2.9 us"),
        ("Python 3.13.0, 12 values", "Python 3.13.0, 12 values"),
        ("already ≈ 1.5 s", "already ≈ 1.5 s"),
    ],
)
def test_which_numbers_of_a_tool_are_marked(printed, marked):
    assert measure.mark(printed) == marked


def test_does_a_sample_keep_every_repeat_and_know_its_best_and_middle():
    sample = measure.Sample((3.0, 1.0, 2.0))
    assert (sample.best, sample.median) == (1.0, 2.0)
    assert repr(sample) == "<Sample best ≈ 1 s, 3 repeats>"


def _clock(monkeypatch, step):
    """A clock that advances by `step` seconds for each call of the work."""
    now = [0.0]
    monkeypatch.setattr(measure.time, "perf_counter", lambda: now[0])

    def work():
        now[0] += step

    return work


def test_is_the_time_of_one_call_reported(monkeypatch):
    sample = measure.sample(_clock(monkeypatch, 0.004), repeats=3, min_seconds=0.01)
    assert sample.per_call == pytest.approx((0.004,) * 3)


def test_does_a_coarse_clock_not_send_the_number_of_calls_through_the_roof(monkeypatch):
    now, calls = [0.0], [0]

    def work():
        calls[0] += 1
        now[0] += 0.000_1

    # A browser may round its clock to a millisecond: a call of 0.1 ms then takes "0 s".
    monkeypatch.setattr(measure.time, "perf_counter", lambda: round(now[0] - 0.000_5, 3))
    measure.sample(work, repeats=1, min_seconds=0.01)
    assert calls[0] < 2_500


def test_is_the_collector_off_while_timing_and_as_before_afterwards():
    seen = set()
    measure.sample(lambda: seen.add(gc.isenabled()), repeats=1, min_seconds=0)
    assert (seen, gc.isenabled()) == ({False}, True)
    gc.disable()
    try:
        measure.sample(lambda: None, repeats=1, min_seconds=0)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_is_the_collector_on_again_when_the_work_raises():
    with pytest.raises(ZeroDivisionError):
        measure.sample(lambda: 1 / 0)
    assert gc.isenabled()
