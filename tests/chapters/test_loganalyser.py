"""Is the performance chapter's program correct at every step, and slow where it is meant to be?"""

import re
import sqlite3
import sys
import tracemalloc
from unittest.mock import patch

import pytest

from seethrough.places import chapter_folder

FOLDER = str(chapter_folder("performance"))
LINES = 700  # more than the 512 patterns that `re` keeps


@pytest.fixture(scope="module")
def analyser():
    """The package, from the chapter's folder."""
    sys.path.insert(0, FOLDER)
    try:
        import loganalyser

        yield loganalyser
    finally:
        sys.path.remove(FOLDER)
        for name in [name for name in sys.modules if name.partition(".")[0] == "loganalyser"]:
            del sys.modules[name]


@pytest.fixture
def log(analyser, tmp_path):
    path = tmp_path / "access.log"
    analyser.write_log(path, LINES, customers=50)
    return path


@pytest.fixture
def database(analyser):
    connection = analyser.write_customers(":memory:", customers=50)
    yield connection
    connection.close()


def test_does_each_repair_give_the_same_report(analyser, log, database):
    reports = [step(database).run(log) for step in analyser.STEPS]
    assert all(report == reports[0] for report in reports)
    assert reports[0].requests == LINES == sum(reports[0].plans.values())
    assert 0 < reports[0].failed < LINES / 10
    assert LINES / 2 < reports[0].hosts < LINES


def test_does_no_session_id_reach_the_report(analyser, log, database):
    for step in analyser.STEPS:
        assert all("session=***" in r.path for r in step(database).records(log))


def test_is_the_log_the_same_for_the_same_seed(analyser, tmp_path):
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    analyser.write_log(one, 20)
    analyser.write_log(two, 20)
    analyser.write_log(other, 20, seed=8)
    assert one.read_text() == two.read_text() != other.read_text()
    assert one.read_text().partition("\n")[0] == (
        "2026-11-02T00:00:00 10.0.0.0 key-0428 200 31 /todos/182?session=128b2f3a47e1"
    )


def test_is_a_pattern_compiled_for_each_line_until_repair_1(analyser, log, database):
    counts = []
    for step in (analyser.Analyser, analyser.OnePattern):
        re.purge()
        with patch("re._compiler.compile", wraps=re._compiler.compile) as compiler:
            step(database).run(log)
        counts.append(compiler.call_count)
    assert counts == [LINES, 0]


def test_is_there_a_query_for_each_line_until_repair_2(analyser, log, database):
    counts = []
    for step in (analyser.OnePattern, analyser.OneQuery):
        asked = []
        database.set_trace_callback(asked.append)
        step(database).run(log)
        database.set_trace_callback(None)
        counts.append(len(asked))
    assert counts == [LINES, 1]


class Host(str):
    """A host that counts comparisons."""

    __slots__ = ()
    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other):
        Host.compared += 1
        return str.__eq__(self, other)


def test_are_hosts_compared_quadratically_until_repair_3(analyser, database):
    counts = []
    for step in (analyser.OneQuery, analyser.SetMembership):
        records = [
            analyser.Record(Host(f"10.0.0.{number}"), "key-0001", 200, 5, "/")
            for number in range(100)
        ]
        Host.compared = 0
        step(database).tally(records)
        counts.append(Host.compared)
    assert counts == [100 * 99 // 2, 0]


def test_does_repair_4_hold_one_record_at_a_time(analyser, log, database):
    peaks = []
    for step in (analyser.SetMembership, analyser.Streaming):
        tracemalloc.start()
        for _ in step(database).records(log):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] / 3


def test_can_a_profiler_start_it_as_a_module(analyser, log, tmp_path, capsys):
    from loganalyser.__main__ import main

    customers = tmp_path / "customers.db"
    analyser.write_customers(customers, customers=50).close()
    main(str(log), str(customers))
    main(str(log), str(customers), "Streaming")
    slow, quick = capsys.readouterr().out.splitlines()
    assert slow == quick
    assert slow.startswith("Report(requests=700, ")


def test_has_the_column_that_everybody_searches_no_index(database):
    with pytest.raises(sqlite3.OperationalError, match="no such index"):
        database.execute("SELECT * FROM customer INDEXED BY by_key WHERE api_key = 'key-0001'")
    assert not database.execute("SELECT * FROM sqlite_master WHERE type = 'index'").fetchall()
