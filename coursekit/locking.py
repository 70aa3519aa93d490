"""One lock for every platform, hashed, that names no registry."""

from __future__ import annotations

import subprocess

from coursekit.messages import CourseError
from coursekit.places import LOCK, ROOT

_HEADER = """\
# The full universal lock of requirements.in; rewritten by `python3 course.py lock`.
# Install: pip install --require-hashes -r requirements.txt   (Python 3.13 or newer)
"""


def compile_lock(*, upgrade: bool) -> None:
    """Resolve requirements.in for all platforms and Python 3.13 or newer.

    Args:
        upgrade: take the newest versions instead of keeping the ones in the lock.

    Raises:
        CourseError: nothing satisfies the requirements, or the index cannot be reached.
    """
    from uv import find_uv_bin

    command = [find_uv_bin(), "pip", "compile", "--universal", "--python-version", "3.13",
               "--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url",
               "--no-emit-find-links", "--quiet",
               "requirements.in", "-o", str(LOCK)]  # fmt: skip
    done = subprocess.run(
        [*command, *(["--upgrade"] if upgrade else [])],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CourseError(f"The lock was not rewritten:\n{done.stderr.strip()}")
    text = LOCK.read_text(encoding="utf-8")
    if "://" in text:
        message = "The new lock names an address; that must not be committed."
        raise CourseError(message)
    LOCK.write_text(_HEADER + text, encoding="utf-8")
