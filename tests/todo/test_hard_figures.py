"""The figures that the last two chapters rest on, each from a run. Minutes."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from running import (
    BIN,
    FINAL,
    PASSWORD,
    WAIT_SECONDS,
    receiver,
    service,
    sign_up,
    wait_until,
)
from sqlalchemy import make_url

from coursekit.stages_proof import coverage, hunt, prove
from seethrough.mutants import Bug, planted
from seethrough.stages import ROOT

if TYPE_CHECKING:
    import httpx2

    from coursekit.services import Servers

pytestmark = pytest.mark.services
MIB = 2**20


def test_line_and_branch_coverage(servers: Servers) -> None:
    total, report = coverage(FINAL, servers.environment("coverage_test"))
    print(f"{report}\ncoverage of lines and branches: {total:.2f} %")
    assert total >= 98


@pytest.mark.parametrize("bug", planted(), ids=lambda bug: bug.name.replace(" ", "-"))
def test_a_planted_bug_is_caught(bug: Bug) -> None:
    found = hunt(bug, FINAL, first=_caught_before_by(bug))
    print(f"{bug.name:<26} {found.by or 'NOT CAUGHT'}")
    assert found.caught


def _caught_before_by(bug: Bug) -> str:
    """Return the test that caught it when the chapter's figures were recorded."""
    recorded = ROOT / "chapters/practice/testing-and-deployment/figures.json"
    return json.loads(recorded.read_text())["hunts"]["figures"].get(bug.name, "")


def test_there_are_enough_bugs() -> None:
    assert len(planted()) >= 10


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_sixteen_writers_lose_no_update(servers: Servers, database: str) -> None:
    only = ("-k", "sixteen_writers")
    environment = servers.environment("writers_test") if database == "PostgreSQL" else None
    proof = prove(FINAL, environment=environment, tools=False, arguments=only)
    print(f"16 concurrent writers on {database}: {proof.counts}")
    assert proof.held, str(proof)
    assert proof.counts["passed"] == 1


def test_a_killed_worker_leaves_one_effect(servers: Servers, queue_url: str) -> None:
    database = servers.environment("killed_test")["TODO_DATABASE_URL"]
    with (
        receiver() as hook,
        service(
            database_url=database,
            queue_url=queue_url,
            queue_name="killed",
            webhook_url=hook.address,
            webhook_seconds=str(WAIT_SECONDS),
            lease_seconds="3",
            dispatch_seconds="1",
        ) as running,
        running.api() as (client, _),
        running.process(str(BIN / "taskiq"), "scheduler", "todo.worker:scheduler"),
    ):
        sign_up(client, "ada")
        worker = (str(BIN / "taskiq"), "worker", "--workers", "1", "todo.worker:broker")
        with running.process(*worker):
            todo = client.post("/todos", json={"title": "Pay rent"}).raise_for_status()
            client.patch(todo.headers["Location"], json={"done": True}).raise_for_status()
            assert hook.begun.wait(WAIT_SECONDS), "the worker never began"
            assert _items(client) == []
        # The block's end was `kill -9` in the middle of the job.
        hook.go_on.set()
        killed = time.monotonic()
        with running.process(*worker):
            wait_until(lambda: _items(client) != [], "the job was done again")
            seconds = time.monotonic() - killed
            row = _outbox_row(database)
            time.sleep(4)  # longer than a lease and some dispatches: nothing more comes
            items = _items(client)
    print(f"done again {seconds:.1f} s after kill -9, attempts: {row[0]}")
    assert row[0] == 2
    assert row[1] is not None
    assert len(items) == 1
    # Another system can hear of it twice, and knows by the key that it is one event.
    assert len(hook.keys) == 2
    assert len(set(hook.keys)) == 1


def _items(client: httpx2.Client) -> list[object]:
    return client.get("/notifications").raise_for_status().json()["items"]


def _outbox_row(url: str) -> tuple[int, object]:
    address = make_url(url)
    with psycopg.connect(
        host=str(address.query["host"]), user=address.username, dbname=address.database
    ) as connection:
        [row] = connection.execute("SELECT attempts, done_at FROM outbox").fetchall()
    return row[0], row[1]


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peaks are read in Linux's /proc"
)
def test_forty_logins_at_once_stay_small() -> None:
    limited, unlimited = (_forty_logins(at_once) for at_once in (2, 40))
    for forty in (limited, unlimited):
        print(forty)
    assert limited.refused == []
    assert limited.peak < 400
    # What the limit is for. Here a busy machine may make a login wait until it is refused.
    assert unlimited.peak > 400


@dataclass(frozen=True)
class _Forty:
    """Forty logins sent at once: MiB before and at most, and the answers that are not 200."""

    hashes_at_once: int
    before: float
    peak: float
    refused: list[str]

    def __str__(self) -> str:
        return (
            f"40 logins, {self.hashes_at_once} hashes at once: {self.before:.0f} MiB before, "
            f"{self.peak:.0f} MiB at most, {len(self.refused)} refused"
        )


def _forty_logins(at_once: int) -> _Forty:
    limits = {"logins_per_minute": "1000", "attempts_per_minute": "1000"}
    with (
        service(argon2_at_once=str(at_once), schedule_here="false", **limits) as running,
        running.api() as (client, pid),
    ):
        sign_up(client, "ada")
        before = psutil.Process(pid).memory_info().rss / MIB
        form = {"grant_type": "password", "username": "ada", "password": PASSWORD}
        with ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(lambda _: client.post("/auth/token", data=form), range(40)))
        refused = [answer.text for answer in answers if answer.status_code != 200]
        return _Forty(at_once, before, _high_water_mark(pid), refused)


def _high_water_mark(pid: int) -> float:
    """Return the most memory that a process ever held, in MiB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    return int(peak[1]) / 1024


def test_two_thousand_made_up_requests_are_answered_as_documented(servers: Servers) -> None:
    checks = (
        "not_a_server_error,status_code_conformance,"
        "content_type_conformance,response_schema_conformance"
    )
    with (
        service(
            database_url=servers.environment("schema_test")["TODO_DATABASE_URL"],
            schedule_here="false",
            access_token_seconds="86400",
            attempts_per_minute="1000000",
            logins_per_minute="1000000",
            argon2_memory_kib="8",
            argon2_passes="1",
            argon2_lanes="1",
            stream_seconds="0.05",
            stream_poll_seconds="0.02",
        ) as running,
        running.api() as (client, _),
    ):
        sign_up(client, "ada")
        output = running.run(
            str(BIN / "st"),
            "run",
            f"{running.address}/openapi.json",
            "--no-color",
            f"--checks={checks}",
            "--phases=examples,coverage,fuzzing",
            "--max-examples=150",
            "--suppress-health-check=all",
            f"--request-timeout={WAIT_SECONDS}",
            "--generation-database=none",
            "--seed=20261124",
            "--continue-on-failure",
            f"--header=Authorization:{client.headers['Authorization']}",
        )
    print(output)
    found = re.search(r"([\d,]+) generated", output)
    assert found is not None, output
    assert int(found[1].replace(",", "")) >= 2000
