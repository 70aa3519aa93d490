"""Record what this chapter cannot run in a cell: `python record.py` writes recorded.json.

Two things. What bcrypt does with a password of more than 72 bytes: the course's lock has no bcrypt,
so two versions of it come from PyPI by `uv run --with`. And how much memory forty logins at once
take, with and without the limiter of stage 4: a peak belongs to a process, so each gets its own.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BCRYPT_VERSIONS = ("4.3.0", "5.0.0")
LOGINS = 40
# A quarter of what the service takes by default, to be kind to small machines.
MEMORY_KIB = 16_384

MEMORY = """
import resource, sys
import anyio
from seethrough.stages import stage
stage(4, importable=True)
from todo.passwords import Passwords
from todo.settings import Settings

at_once, logins, kib = map(int, sys.argv[1:])
passwords = Passwords(Settings(argon2_at_once=at_once, argon2_memory_kib=kib, argon2_passes=1))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

async def main():
    async with anyio.create_task_group() as group:
        for _ in range(logins):
            group.start_soon(passwords.verify, "wrong password", None)

anyio.run(main)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def long_password(release: str) -> dict[str, str]:
    """Store a password of 85 bytes, and try another one that begins with the same 72."""
    program = (
        "import bcrypt\n"
        "try:\n"
        "    stored = bcrypt.hashpw(b'x' * 72 + b' and this too', bcrypt.gensalt(4))\n"
        "    print(bcrypt.checkpw(b'x' * 72 + b' or anything', stored))\n"
        "except ValueError as error:\n"
        "    print(f'ValueError: {error}')\n"
    )
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    command = [uv, "run", "--no-project", "--with", f"bcrypt=={release}", "python", "-c", program]
    return {"bcrypt": release, "says": _output(command)}


def peak_kib(at_once: int) -> int:
    """Verify `LOGINS` passwords at the same time, and return by how much the peak rose."""
    command = [sys.executable, "-c", MEMORY, str(at_once), str(LOGINS), str(MEMORY_KIB)]
    return int(_output(command))


def record() -> dict[str, Any]:
    """Run everything once."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "argon2-cffi": version("argon2-cffi"),
        "processors": os.cpu_count(),
        "long_password": [long_password(release) for release in BCRYPT_VERSIONS],
        "logins": LOGINS,
        "memory_kib": MEMORY_KIB,
        "peak_kib": {str(at_once): peak_kib(at_once) for at_once in (LOGINS, 2)},
    }


def _output(command: list[str]) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.strip()


if __name__ == "__main__":
    (HERE / "recorded.json").write_text(json.dumps(record(), indent=1) + "\n")
