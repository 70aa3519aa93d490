"""Build the image of stage 6 with buildah, again and again, and note what came from the cache.

    python record_image.py

Needs Linux, root, `buildah`, `hadolint` (it comes with the lock), `uv`, and two local images
that stand for those that the Dockerfile names: `python:3.13-slim-trixie` (Debian trixie with its
own Python 3.13) and `ghcr.io/astral-sh/uv:0.13.9` (the one program). Writes `image.json`.

What is changed in the Dockerfile before buildah 1.28 reads it, and nothing else: the targets of
bind mounts are made absolute, which that version asks for.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from seethrough.stages import stage  # noqa: E402 - found through the line above

BUILDAH = ("buildah",)  # set STORAGE_DRIVER=vfs where there is no overlay file system
TAG = "localhost/todo"
CHANGED = ("src/todo/main.py", "README.md", "uv.lock", "pyproject.toml", "alembic.ini",
           "tests/conftest.py", "Dockerfile")  # fmt: skip
FAULTY = """\
FROM python:latest
WORKDIR app
COPY . .
RUN pip install .
ENV TODO_JWT_SECRET=hunter2
CMD python -m todo
"""


def main() -> None:
    """Build, look, and write what was found."""
    with tempfile.TemporaryDirectory() as folder:
        project = stage(6, Path(folder) / "todo").path
        subprocess.run(["uv", "lock", "--quiet"], cwd=project, check=True)
        dockerfile = project / "Dockerfile"
        lint = {"ours": hadolint(dockerfile.read_text()), "faulty": hadolint(FAULTY)}
        text = dockerfile.read_text()
        dockerfile.write_text(re.sub(r",target=(\w)", r",target=/build/\1", text))
        builds = {"first build": build(project, "--no-cache"), "nothing": build(project)}
        for name in CHANGED:
            builds[name] = changed(project, name)
        found = {
            "recorded": datetime.now(UTC).date().isoformat(),
            "machine": f"{platform.system()} {platform.machine()}",
            "buildah": first_line("buildah", "--version"),
            "hadolint": first_line("hadolint", "--version"),
            "faulty": FAULTY,
            "lint": lint,
            "builds": builds,
            "image": image(),
            "shells": shells(),
        }
    (HERE / "image.json").write_text(json.dumps(found, indent=1) + "\n")


def changed(project: Path, name: str) -> dict[str, object]:
    """Build with one file changed, and put it back."""
    path = project / name
    before = path.read_text()
    # Something new each time: a change that was built before would come from the cache.
    path.write_text(f"{before}\n# {uuid4()}\n")
    try:
        return build(project)
    finally:
        path.write_text(before)


def build(project: Path, *options: str) -> dict[str, object]:
    """Build once; return the seconds and, for each step, whether it was run."""
    started = time.monotonic()
    done = subprocess.run(
        [*BUILDAH, "build", "--layers", "--isolation", "chroot", "--format", "docker",
         "--pull-never", *options, "--tag", TAG, "."],
        cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stdout[-3000:])
    steps: list[dict[str, object]] = []
    for line in done.stdout.splitlines():
        if step := re.match(r"\[(\d+)/\d+\] STEP (\d+)/\d+: (.*)", line):
            steps.append({"stage": int(step[1]), "step": int(step[2]), "text": step[3][:60],
                          "built": True})  # fmt: skip
        elif line.startswith("--> Using cache") and steps:
            steps[-1]["built"] = False
    return {"seconds": round(time.monotonic() - started, 1), "steps": steps}


def image() -> dict[str, object]:
    """Look at what was built: size, user, command, layers, and its own first words."""
    inspected = json.loads(output(*BUILDAH, "inspect", "--type", "image", TAG))
    config = inspected["Docker"]["config"]
    size = output(*BUILDAH, "images", "--format", "{{.Size}}", TAG)
    base = output(*BUILDAH, "images", "--format", "{{.Size}}", "python:3.13-slim-trixie")
    environment = ("TODO_JWT_SECRET=" + "x" * 32, "TODO_QUEUE_URL=redis://nowhere",
                   "TODO_DATABASE_URL=sqlite+aiosqlite:////tmp/todo.db")  # fmt: skip
    return {
        "size": size,
        "base_size": base,
        "layers": len(inspected["Docker"]["rootfs"]["diff_ids"]),
        "user": config["User"],
        "command": config["Cmd"],
        "id": in_image("id", "-u"),
        "uv": in_image("sh", "-c", "command -v uv || echo 'no uv'"),
        "pytest": in_image(
            "python", "-c", "import importlib.util as i; print(i.find_spec('pytest'))"
        ),
        "migrated": in_image(
            "env",
            *environment,
            "sh",
            "-c",
            "alembic upgrade head 2>/dev/null && alembic current 2>/dev/null",
        ),
    }


def shells() -> dict[str, str]:
    """Which program is the first of its kind when a command is given in one form or the other?"""
    name = "open(f'/proc/{os.getppid()}/comm').read().strip()"
    code = f"import os; print('python, child of', 'sh' if {name} == 'sh' else 'the builder')"
    return {
        "sh -c 'python …'": in_image("sh", "-c", f'python -c "{code}"'),
        "sh -c 'exec python …'": in_image("sh", "-c", f'exec python -c "{code}"'),
        "python …": in_image("python", "-c", code),
    }


def in_image(*command: str) -> str:
    """Run a command in a container of the image."""
    container = output(*BUILDAH, "from", "--pull-never", TAG)
    try:
        for _ in range(3):  # on a busy machine buildah 1.28 sometimes loses what was printed
            said = output(*BUILDAH, "run", "--isolation", "chroot", container, "--", *command)
            if said:
                break
        return said
    finally:
        output(*BUILDAH, "rm", container)


def hadolint(text: str) -> list[str]:
    """Return the findings of hadolint, a line each."""
    done = subprocess.run(
        ["hadolint", "--no-color", "-"], input=text, capture_output=True, text=True, check=False
    )
    return done.stdout.replace("-:", "Dockerfile:").splitlines()


def first_line(*command: str) -> str:
    """Return the first line that a command prints."""
    return output(*command).splitlines()[0]


def output(*command: str) -> str:
    """Return what a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr[-2000:]}")
    return done.stdout.strip()


if __name__ == "__main__":
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    if missing := [name for name in ("buildah", "hadolint", "uv") if not shutil.which(name)]:
        sys.exit(f"missing: {', '.join(missing)}")
    main()
