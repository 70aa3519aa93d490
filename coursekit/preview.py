"""Live preview: rebuild what changed, reload the browser."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from coursekit.messages import CourseError
from coursekit.places import BUILD, ROOT
from coursekit.server import HOST, open_server

PREVIEW = BUILD / "preview"


def run(*, port: int, open_browser: bool) -> None:
    """Run sphinx-autobuild on the book until Ctrl-C.

    Chapters are executed when their code changed; outputs are shown, not compared, so that an
    author sees what a cell does before it becomes the reference.

    Raises:
        CourseError: the port is taken, or the first build failed.
    """
    with open_server(ROOT, port) as probe:
        free = probe.server_address[1]
    confdir = PREVIEW / "conf"
    confdir.mkdir(parents=True, exist_ok=True)
    config = subprocess.run(
        [str(Path(sys.executable).with_name("jupyter-book")), "config", "sphinx", str(ROOT)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    produced = ROOT / "conf.py"
    if config.returncode or not produced.exists():
        raise CourseError(config.stderr.strip() or "Jupyter Book gave no configuration.")
    produced.replace(confdir / "conf.py")
    command = [sys.executable, "-m", "sphinx_autobuild", str(ROOT), str(PREVIEW / "html"),
               "-c", str(confdir), "-d", str(PREVIEW / "doctrees"),
               "--host", HOST, "--port", str(free), "--keep-going"]  # fmt: skip
    for ignored in ("_build", ".venv", ".venv-*", ".git", "todo", "tests"):
        command += ["--ignore", str(ROOT / ignored / "*")]
    for watched in ("seethrough", "bookext"):
        command += ["--watch", str(ROOT / watched)]
    if open_browser:
        command.append("--open-browser")
    environment = {**os.environ, "COURSE_OFFLINE": "0"}  # a zip on each change would be in the way
    try:
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return
    if code not in {0, 130}:
        message = "The preview ended with an error (see above)."
        raise CourseError(message)
