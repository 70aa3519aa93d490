"""Record what six queues do with the job of a killed worker: `python record_others.py`.

Writes `others.json` beside this file. Each library is run in an environment of its own, which uv
makes (`uv run --with`); it needs `redis-server`, PyPI, and about two minutes. Every queue is told
five seconds where it has a setting for it. Who re-runs the job within a minute, and when?
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from coursekit.services import redis  # noqa: E402

PATIENCE = 60.0
COMMON = """
import asyncio, os, time
URL = os.environ["URL"]

def begin():
    with open(os.environ["NOTES"], "a") as notes:
        notes.write("begun\\n")
"""


@dataclass(frozen=True)
class Candidate:
    """A queue: what to install, the module `jobs.py`, how to start a worker, how to send."""

    name: str
    packages: tuple[str, ...]
    setting: str
    module: str
    worker: tuple[str, ...]
    send: str


TASKIQ = """
from taskiq_redis import RedisStreamBroker
broker = RedisStreamBroker(URL, consumer_id="0", idle_timeout=5000)

@broker.task(task_name="report")
async def report():
    begin()
    await asyncio.sleep(600)
"""
SEND_TASKIQ = """
async def main():
    await jobs.broker.startup()
    await jobs.report.kiq()
    await jobs.broker.shutdown()
asyncio.run(main())
"""
CELERY = """
from celery import Celery
app = Celery("jobs", broker=URL)
app.conf.broker_connection_retry_on_startup = True

@app.task
def report():
    begin()
    time.sleep(600)
"""
CELERY_LATE = (
    CELERY
    + """
app.conf.task_acks_late = True
app.conf.broker_transport_options = {"visibility_timeout": 5}
"""
)
WORK_CELERY = ("celery", "-A", "jobs", "worker", "-c", "1", "-l", "WARNING")
ARQ = """
from arq.connections import RedisSettings

async def report(ctx):
    begin()
    await asyncio.sleep(600)

class WorkerSettings:
    functions = [report]
    redis_settings = RedisSettings.from_dsn(URL)
    job_timeout = 5
"""
SEND_ARQ = """
from arq import create_pool
async def main():
    pool = await create_pool(jobs.WorkerSettings.redis_settings)
    await pool.enqueue_job("report")
    await pool.aclose()
asyncio.run(main())
"""
SAQ = """
from saq import Queue
queue = Queue.from_url(URL)

async def report(ctx):
    begin()
    await asyncio.sleep(600)

settings = {"queue": queue, "functions": [report], "timers": {"sweep": 5}}
"""
SEND_SAQ = """
async def main():
    await jobs.queue.connect()
    await jobs.queue.enqueue("report", timeout=5, retries=5)
    await jobs.queue.disconnect()
asyncio.run(main())
"""
DOCKET = """
from datetime import timedelta
from docket import Docket, Worker

async def report():
    begin()
    await asyncio.sleep(600)

async def work():
    async with Docket("jobs", url=URL) as docket:
        docket.register(report)
        async with Worker(docket, redelivery_timeout=timedelta(seconds=5)) as worker:
            await worker.run_forever()

if __name__ == "__main__":
    asyncio.run(work())
"""
SEND_DOCKET = """
async def main():
    async with jobs.Docket("jobs", url=jobs.URL) as docket:
        await docket.add(jobs.report)()
asyncio.run(main())
"""
DRAMATIQ = """
import dramatiq
from dramatiq.brokers.redis import RedisBroker
dramatiq.set_broker(RedisBroker(url=URL, heartbeat_timeout=5000))

@dramatiq.actor
def report():
    begin()
    time.sleep(600)
"""
WORK_DRAMATIQ = ("dramatiq", "jobs", "--processes", "1", "--threads", "1")

CANDIDATES = (
    Candidate(
        "taskiq-redis", ("taskiq", "taskiq-redis"), "idle_timeout=5000", TASKIQ,
        ("taskiq", "worker", "--workers", "1", "jobs:broker"), SEND_TASKIQ,
    ),
    Candidate(
        "celery", ("celery[redis]",), "none: it acknowledges first", CELERY, WORK_CELERY,
        "jobs.report.delay()",
    ),
    Candidate(
        "celery", ("celery[redis]",), "task_acks_late, visibility_timeout=5", CELERY_LATE,
        WORK_CELERY, "jobs.report.delay()",
    ),
    Candidate(
        "arq", ("arq",), "job_timeout=5", ARQ, ("arq", "jobs.WorkerSettings"), SEND_ARQ,
    ),
    Candidate(
        "saq", ("saq[redis]",), "timeout=5, sweep every 5 s", SAQ, ("saq", "jobs.settings"),
        SEND_SAQ,
    ),
    Candidate(
        "pydocket", ("pydocket",), "redelivery_timeout=5 s", DOCKET, ("python", "jobs.py"),
        SEND_DOCKET,
    ),
    Candidate(
        "dramatiq", ("dramatiq[redis]",), "heartbeat_timeout=5000", DRAMATIQ, WORK_DRAMATIQ,
        "jobs.report.send()",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a queue did: `seconds` from the kill to the second beginning, None if there was none."""

    name: str
    version: str
    setting: str
    seconds: float | None


def trial(candidate: Candidate) -> Outcome:
    """Send one job, kill its worker, start another, and wait."""
    with tempfile.TemporaryDirectory() as name, redis() as url:
        folder = Path(name)
        (folder / "jobs.py").write_text(COMMON + candidate.module)
        notes = folder / "notes.txt"
        notes.touch()
        uv = [sys.executable, "-m", "uv", "run", "--quiet", "--no-project"]
        uv += [f"--with={package}" for package in candidate.packages]
        environment = os.environ | {"URL": url, "NOTES": str(notes), "PYTHONPATH": name}

        def run(*command: str) -> str:
            return subprocess.run(
                [*uv, *command], cwd=folder, env=environment, check=True, text=True,
                capture_output=True,
            ).stdout  # fmt: skip

        def begun(times: int, seconds: float) -> float | None:
            started = time.monotonic()
            while notes.read_text().count("begun") < times:
                if time.monotonic() - started > seconds:
                    return None
                time.sleep(0.05)
            return round(time.monotonic() - started, 1)

        def worker() -> subprocess.Popen[bytes]:
            log = (folder / "worker.log").open("ab")
            return subprocess.Popen(
                [*uv, *candidate.worker], cwd=folder, env=environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

        version = run(
            "python", "-c",
            f"from importlib.metadata import version as v; print(v({candidate.name!r}))",
        )  # fmt: skip
        first = worker()
        run("python", "-c", f"import asyncio, jobs\n{candidate.send}")
        if begun(1, 60) is None:
            log = (folder / "worker.log").read_text()
            raise RuntimeError(f"{candidate.name} never began:\n{log}")
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        second = worker()
        try:
            outcome = begun(2, PATIENCE)
        finally:
            os.killpg(second.pid, signal.SIGKILL)
            second.wait()
    print(candidate.name, version.strip(), candidate.setting, outcome, flush=True)
    return Outcome(candidate.name, version.strip(), candidate.setting, outcome)


def main() -> None:
    """Run all trials, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(trial, CANDIDATES))
    recorded = {
        "recorded_on": datetime.now(UTC).date().isoformat(),
        "waited_seconds": PATIENCE,
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }
    (HERE / "others.json").write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
