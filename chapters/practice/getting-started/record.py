"""Record what uv says when it resolves, installs and runs stage 1; the chapter shows it.

    python record.py

Needs a package registry. Writes `uv.json` beside this file: commands and outputs, with versions and
the date. Times and the place of the interpreter are left out, as both are this machine's own.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from uv import find_uv_bin

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))

from seethrough.stages import stage  # noqa: E402 - found by the line above

COMMANDS = {
    "lock": "lock",
    "sync": "sync --locked",
    "again": "sync --locked",
    "tree": "tree --locked --depth 1",
    "tests": "run --locked pytest -q -p no:randomly",
    "tool": "tool run ruff@0.17.6 --version",
    "other": "run --locked --python 3.14 python --version",
    "stale": "sync --locked --group docs",
}
_MACHINE = re.compile(r"Using CPython [^\n]*\n|Creating virtual environment[^\n]*\n")
_TIMES = re.compile(r" in \d[\d.]*m?s")


def main() -> None:
    """Run the commands one after the other and write the file."""
    kept: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        project = stage(1, Path(folder) / "todo").path
        for name, words in COMMANDS.items():
            python = {} if "--python" in words else {"UV_PYTHON": sys.executable}
            done = subprocess.run(
                [find_uv_bin(), *shlex.split(words)],
                cwd=project,
                env={**os.environ, "NO_COLOR": "1", "PYTEST_ADDOPTS": "", **python},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            said = _TIMES.sub("", _MACHINE.sub("", done.stdout)).replace(folder, "~")
            kept[name] = {
                "command": f"uv {words}",
                "said": said.strip(),
                "code": str(done.returncode),
            }
        lock = tomllib.loads((project / "uv.lock").read_text())
    starlette = next(each for each in lock["package"] if each["name"] == "starlette")
    summary = {
        "packages": len(lock["package"]),
        "requires-python": lock["requires-python"],
        "files": sum(len(each.get("wheels", [])) + ("sdist" in each) for each in lock["package"]),
        "starlette": {
            "version": starlette["version"],
            "dependencies": [each["name"] for each in starlette["dependencies"]],
            "hash": starlette["wheels"][0]["hash"][:18] + "…",
        },
    }
    version = subprocess.run(
        [find_uv_bin(), "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    record = {
        "uv": version,
        "python": platform.python_version(),
        "date": datetime.now(UTC).date().isoformat(),
        "lock": summary,
        "runs": kept,
    }
    (HERE / "uv.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
