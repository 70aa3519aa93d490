"""The figures that the last two chapters rest on, each from a run. Minutes."""

from __future__ import annotations

import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
from running import BIN, FINAL, PASSWORD, receiver, service, sign_up, wait_until

from coursekit.services import postgres
from coursekit.stages_proof import coverage, hunt, prove
from seethrough.mutants import planted

pytestmark = pytest.mark.services
MIB = 2**20


def test_line_and_branch_coverage(servers: dict[str, str]) -> None:
    total, report = coverage(FINAL, servers)
    print(f"{report}\ncoverage of lines and branches: {total:.2f} %")
    assert total >= 98


def test_planted_bugs_are_caught() -> None:
    bugs = planted()
    assert len(bugs) >= 10
    with ThreadPoolExecutor(2) as pool:
        hunts = list(pool.map(lambda bug: hunt(bug, FINAL), bugs))
    for found in hunts:
        print(f"{found.bug.name:<26} {found.by or 'NOT CAUGHT'}")
    caught = sum(found.caught for found in hunts)
    print(f"caught: {caught} of {len(hunts)}")
    assert caught >= 0.9 * len(hunts)


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_sixteen_writers_lose_no_update(servers: dict[str, str], database: str) -> None:
    only = ("-k", "sixteen_writers", "-p", "no:randomly")
    environment = servers if database == "PostgreSQL" else None
    proof = prove(FINAL, environment=environment, tools=False, arguments=only)
    print(f"16 concurrent writers on {database}: {proof.counts}")
    assert proof.held, str(proof)
    assert proof.counts["passed"] == 1


def test_a_killed_worker_leaves_one_effect(servers: dict[str, str]) -> None:
    queue = servers["TODO_QUEUE_URL"]
    with (
        postgres() as database,
        receiver() as hook,
        service(
            database_url=database,
            queue_url=queue,
            queue_name="killed",
            webhook_url=hook.address,
            webhook_seconds="60",
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
            assert hook.begun.wait(60), "the worker never began"
            assert client.get("/notifications").json()["items"] == []
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


def _items(client: object) -> list[object]:
    return client.get("/notifications").json()["items"]  # type: ignore[attr-defined]


def _outbox_row(url: str) -> tuple[int, object]:
    host = re.search(r"host=([^&]+)", url)
    assert host is not None
    with psycopg.connect(
        host=host[1].replace("%2F", "/"), user="postgres", dbname="todo_test"
    ) as c:
        [row] = c.execute("SELECT attempts, done_at FROM outbox").fetchall()
    return row[0], row[1]


def test_forty_logins_at_once_stay_small() -> None:
    peaks = {at_once: _peak_of_forty_logins(at_once) for at_once in (2, 40)}
    for at_once, (before, peak) in peaks.items():
        print(
            f"40 logins, {at_once} hashes at once: {before:.0f} MiB before, {peak:.0f} MiB at most"
        )
    assert peaks[2][1] < 400
    assert peaks[40][1] > peaks[2][1]


def _peak_of_forty_logins(at_once: int) -> tuple[float, float]:
    limits = {"logins_per_minute": "1000", "attempts_per_minute": "1000"}
    with (
        service(argon2_at_once=str(at_once), schedule_here="false", **limits) as running,
        running.api() as (client, pid),
    ):
        sign_up(client, "ada")
        before = psutil.Process(pid).memory_info().rss / MIB
        form = {"grant_type": "password", "username": "ada", "password": PASSWORD}
        with ThreadPoolExecutor(40) as pool:
            answers = list(
                pool.map(lambda _: client.post("/auth/token", data=form).status_code, range(40))
            )
        assert answers == [200] * 40
        return before, _high_water_mark(pid)


def _high_water_mark(pid: int) -> float:
    """Return the most memory that a process ever held, in MiB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    return int(peak[1]) / 1024


def test_two_thousand_made_up_requests_are_answered_as_documented() -> None:
    checks = (
        "not_a_server_error,status_code_conformance,"
        "content_type_conformance,response_schema_conformance"
    )
    with (
        postgres() as database,
        service(
            database_url=database,
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
            "--generation-database=none",
            "--seed=20261124",
            "--continue-on-failure",
            f"--header=Authorization:{client.headers['Authorization']}",
        )
    print(output)
    found = re.search(r"([\d,]+) generated", output)
    assert found is not None, output
    assert int(found[1].replace(",", "")) >= 2000


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-s"]))
