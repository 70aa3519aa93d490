"""Pictures of what happens behind a response."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from seethrough.backstage import (
    Board,
    Log,
    Round,
    crowd,
    draw_arrivals,
    draw_board,
    draw_lanes,
    draw_log,
    rush,
    served,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def test_how_many_wait_for_one_who_blocks() -> None:
    gate = asyncio.Semaphore(1)

    async def one_by_one() -> None:
        async with gate:
            await asyncio.sleep(0.002)

    async def together() -> None:
        await asyncio.sleep(0.002)

    calls = {"one by one": one_by_one, "together": together}
    rounds = asyncio.run(rush(calls, at_once=(1, 20)))
    assert [(each.lane, each.at_once, len(each.seconds)) for each in rounds] == [
        ("one by one", 1, 1),
        ("one by one", 20, 20),
        ("together", 1, 1),
        ("together", 20, 20),
    ]
    assert all(list(each.seconds) == sorted(each.seconds) for each in rounds)
    assert rounds[1].slowest >= 20 * 0.002
    assert rounds[1].median <= rounds[1].slowest


def test_what_a_picture_of_lanes_says() -> None:
    rounds = [Round("blocking", 1, (0.1,)), Round("blocking", 3, (0.1, 0.2, 0.3))]
    picture = draw_lanes(rounds, unit=0.1, title="Lanes")
    assert "blocking" in picture.text
    assert "≈ 3×" in picture.text
    assert 'data-measured="true"' in picture.svg
    assert "10×" in picture.svg


def test_does_a_lane_without_any_wait_have_a_picture() -> None:
    assert "<svg" in draw_lanes([Round("quick", 1, (0.0,))], unit=0.1, title="Lanes").svg


@asynccontextmanager
async def _noted(log: Log) -> AsyncIterator[None]:
    log.say("dependency", "opens")
    try:
        yield
    finally:
        log.say("dependency", "closes")


def _app(log: Log, *, fails: bool = False, begins: bool = True) -> Any:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert scope["method"] == "POST"
        assert (await receive())["body"] == b""
        async with _noted(log):
            if begins:
                await send({"type": "http.response.start", "status": 201, "headers": []})
                await send({"type": "http.response.body", "body": b"a", "more_body": True})
                await send({"type": "http.response.body", "body": b"b"})
            log.say("background", "runs")
            if fails:
                raise ValueError("no mail")

    return app


def test_what_comes_after_the_answer() -> None:
    log = Log()
    assert asyncio.run(log.call(_app(log), "POST", "/orders")) == 201
    assert [who for who, _ in log.events] == [
        "client", "dependency", "client", "background", "dependency",
    ]  # fmt: skip
    assert "client      has its answer: 201" in repr(log)


@pytest.mark.parametrize(("begins", "status"), [(True, 201), (False, 500)])
def test_who_hears_of_an_error_after_the_answer(begins: bool, status: int) -> None:
    log = Log()
    app = _app(log, fails=True, begins=begins)
    assert asyncio.run(log.call(app, "POST", "/orders")) == status
    assert log.events[-1] == ("server", "logs ValueError")


def test_a_log_is_drawn_with_its_order_or_its_moments() -> None:
    log = Log([("client", "asks"), ("worker", "answers at <length>")])
    picture = draw_log(log, title="A day")
    assert picture.text.splitlines()[2].split() == ["2", "worker", "answers", "at", "<length>"]
    assert "answers at &lt;length&gt;" in picture.svg
    timed = Log(log.events, [0.0, 12.34])
    assert "12.3 s" in draw_log(timed, title="A day").text
    assert picture.svg == draw_log(log, title="A day").svg


def test_what_became_of_each_job() -> None:
    board = Board()
    board.look(0, {"a": "ready"})
    board.look(1, {"a": "leased", "b": "ready"})
    board.look(2, {"a": "leased", "b": "leased"})
    board.look(3, {"a": "done", "b": "dead"})
    board.look(4, {"a": "done", "b": "dead"})
    board.mark(2, "a worker dies")
    assert board.spans("a") == [("ready", 0, 1), ("leased", 1, 3), ("done", 3, 4)]
    assert board.spans("b") == [("ready", 1, 2), ("leased", 2, 3), ("dead", 3, 4)]
    picture = draw_board(board, title="Jobs")
    assert picture.text.splitlines()[1:3] == ["a  ·##+", "b   ·#x"]
    assert "2 s: a worker dies" in picture.text
    assert "resting" not in picture.text


def test_a_state_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no such state: lost"):
        Board().look(0, {"a": "lost"})


@pytest.mark.parametrize(
    ("moments", "most"), [([], 0), ([1.0], 1), ([0.0, 0.9, 1.0, 1.1], 3), ([0.0, 1.0, 2.0], 1)]
)
def test_how_many_come_at_once(moments: list[float], most: int) -> None:
    assert crowd(moments, 1.0) == most


def test_when_the_crowd_comes() -> None:
    arrivals = {"together": [1.0] * 5, "apart": [0.1, 1.2, 2.3]}
    picture = draw_arrivals(arrivals, window=0.5, title="Clients")
    assert "together: 5 requests, at most 5 in 0.5 s, the last at 1.0 s" in picture.text
    assert "apart: 3 requests, at most 1 in 0.5 s" in picture.text


SERVICE = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"].endswith("shutdown"):
                print("closed", file=open("notes.txt", "a"))
            await send({"type": message["type"] + ".complete"})
            if message["type"].endswith("shutdown"):
                return
"""


@pytest.mark.parametrize(("by", "notes"), [(signal.SIGTERM, ["closed"]), (signal.SIGKILL, [])])
def test_what_a_server_leaves_behind(by: signal.Signals, notes: list[str]) -> None:
    with served(SERVICE) as server:
        assert server.url.startswith("http://127.0.0.1:")
        server.process.send_signal(by)
        server.process.wait()
        assert server.read("notes.txt") == notes
        server.wait_for("server.log", "Started server process")
    assert not server.folder.exists()


def test_an_app_that_does_not_start_says_why() -> None:
    with pytest.raises(RuntimeError, match="NameError"), served("app = nothing_of_that_name"):
        pass


def test_waiting_for_what_never_comes() -> None:
    with served(SERVICE) as server, pytest.raises(TimeoutError, match="never said 'moon'"):
        server.wait_for("server.log", "moon", seconds=0.05)
