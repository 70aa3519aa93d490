"""Build the final stage's image with buildah and run it: no daemon, no Docker."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psutil
from running import BIN, FINAL, wait_until

from coursekit import processes
from coursekit.stages_proof import STEP_SECONDS, laid_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ISOLATION = ("--isolation", "chroot")  # needs root, and no rights beyond that
PULL_SECONDS = 120.0


class CannotBuildError(Exception):
    """No image can be built on this machine; the message says why."""


@dataclass(frozen=True)
class Container:
    """A container of the image, not running anything yet."""

    name: str
    image: str

    @property
    def config(self) -> dict[str, Any]:
        """The image's settings: `Cmd`, `User`, `Env` and so on."""
        said = _said("buildah", "inspect", "--type=image", self.image)
        return json.loads(said[said.index("{") :])["Docker"]["config"]

    def options(self, environment: Mapping[str, str], mounted: Path | None) -> list[str]:
        """Return the words for variables and for a folder of ours that is seen in there, too."""
        words = [f"--env={name}={value}" for name, value in environment.items()]
        return words + ([f"--volume={mounted}:{mounted}"] if mounted else [])

    def run(
        self,
        *command: str,
        environment: Mapping[str, str] | None = None,
        mounted: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it to its end."""
        words = ("run", *ISOLATION, *self.options(environment or {}, mounted), self.name, "--")
        return _buildah(*words, *command)

    @contextmanager
    def running(
        self, environment: Mapping[str, str], mounted: Path
    ) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
        """Run the image's own command.

        Yields:
            Buildah's process, and the service's.
        """
        words = self.config["Cmd"]
        options = self.options(environment, mounted)
        with processes.running(
            ("buildah", "run", *ISOLATION, *options, self.name, "--", *words),
            env=_environment(),
            output=subprocess.PIPE,
        ) as process:
            found: list[psutil.Process] = []

            def begun() -> bool:
                assert process.poll() is None, process.communicate()[0]
                family = psutil.Process(process.pid).children(recursive=True)
                found[:] = [child for child in family if _is(child, words)]
                return bool(found)

            wait_until(begun, "the container's command has begun")
            try:
                yield process, found[0]
            finally:
                # First of all: buildah takes its mounts away when its command is gone.
                if found[0].is_running():
                    found[0].kill()
                process.communicate()


@contextmanager
def container() -> Iterator[Container]:
    """Build the image and make a container of it; both are gone afterwards.

    Raises:
        CannotBuildError: no builder, or no base images.
    """
    if shutil.which("buildah") is None:
        raise CannotBuildError("no image builder here (Debian: apt-get install buildah)")
    if os.geteuid() != 0:
        raise CannotBuildError("without Docker, only root can build images here")
    image = f"localhost/todo-{uuid4().hex[:8]}"
    with laid_out(FINAL) as project:
        _said(str(BIN / "uv"), "lock", "--quiet", "--python", sys.executable, cwd=project)
        dockerfile = project / "Dockerfile"
        text = dockerfile.read_text()
        _fetch_bases(text)
        # buildah before 1.33 wants the targets of bind mounts absolute; nothing else is changed.
        dockerfile.write_text(re.sub(r",target=(\w)", r",target=/build/\1", text))
        _said(
            "buildah", "build", "--layers", "--force-rm", *ISOLATION, "--format=docker",
            "--pull-never", f"--tag={image}", ".", cwd=project,
        )  # fmt: skip
    try:
        name = _said("buildah", "from", "--pull-never", image).strip().splitlines()[-1]
        try:
            yield Container(name, image)
        finally:
            _buildah("rm", name)
    finally:
        _buildah("rmi", image)


def _fetch_bases(dockerfile: str) -> None:
    for name in sorted(set(re.findall(r"^FROM (\S+[:/]\S+)", dockerfile, re.MULTILINE))):
        try:
            done = _buildah("pull", "--policy=missing", name, timeout=PULL_SECONDS)
        except subprocess.TimeoutExpired:
            done = None
        if done is None or done.returncode:
            raise CannotBuildError(f"buildah is here, but not {name}, and no registry that has it")


@cache
def _environment() -> dict[str, str]:
    """Take plain folders for layers where the kernel lends us no overlay file system."""
    plain = {**os.environ, "STORAGE_DRIVER": "vfs"}
    works = processes.run(("buildah", "images"), timeout=STEP_SECONDS).returncode == 0
    return dict(os.environ) if works else plain


def _buildah(*words: str, timeout: float = STEP_SECONDS) -> subprocess.CompletedProcess[str]:
    return processes.run(("buildah", *words), timeout=timeout, env=_environment())


def _said(*command: str, cwd: Path | None = None) -> str:
    done = processes.run(command, timeout=STEP_SECONDS, cwd=cwd, env=_environment())
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def _is(process: psutil.Process, words: list[str]) -> bool:
    """Tell the command itself from those of buildah that lead to it."""
    try:
        found = process.cmdline()
    except psutil.NoSuchProcess:
        return False
    return found[1:] == words[1:] and found[0].rpartition("/")[2] == words[0]
