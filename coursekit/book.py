"""Build the HTML book from validated outputs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from coursekit.keys import digest, tree
from coursekit.messages import CourseError
from coursekit.places import BUILD, HTML, LOCK, ROOT, VALIDATION_SUMMARY

if TYPE_CHECKING:
    from pathlib import Path

_STAMP = BUILD / "html.stamp"
_MAKERS = BUILD / "html.makers"  # of the extension that wrote what is there
_SOURCES = ("chapters", "bookext", "seethrough", "todo", "coursekit")
_FILES = ("_config.yml", "_toc.yml", "tests/sanitize.cfg")


def fingerprint() -> str:
    """Name everything that the built book depends on."""
    parts: list[bytes] = [sys.version.encode(), os.environ.get("COURSE_BASE_URL", "").encode()]
    for name in _SOURCES:
        parts += tree(ROOT / name)
    for path in (*(ROOT / name for name in _FILES), LOCK, VALIDATION_SUMMARY):
        if path.exists():
            parts.append(path.read_bytes())
    return digest(parts)


def is_built() -> bool:
    """Whether the book in `_build/html` is what a build would give now."""
    index = HTML / "index.html"
    return index.exists() and _STAMP.exists() and _STAMP.read_text() == fingerprint()


def build(*, quiet: bool = True) -> None:
    """Build `_build/html`; a warning is an error.

    Args:
        quiet: show warnings and errors only.

    Raises:
        CourseError: Sphinx reported something; it has printed what and where.
    """
    _STAMP.unlink(missing_ok=True)
    makers = digest(tree(ROOT / "bookext"))
    # Sphinx writes only pages whose text changed; what makes all pages may have changed as well.
    anew = not (_MAKERS.exists() and _MAKERS.read_text() == makers)
    code = run_sphinx("html", HTML, quiet=quiet, anew=anew)
    if code:
        message = "The book was not built; the lines above say why."
        raise CourseError(message)
    _MAKERS.write_text(makers)
    _STAMP.write_text(fingerprint())


def run_sphinx(builder: str, out: Path, *, quiet: bool, anew: bool = False) -> int:
    """Run Jupyter Book's own build in a process of its own.

    Args:
        builder: a Sphinx builder, such as `html`.
        out: where to put the result.
        quiet: show warnings and errors only.
        anew: read and write every page, whatever there is of an earlier build.

    Returns:
        The exit code; warnings are errors, and no chapter is executed.
    """
    command = [sys.executable, "-m", "coursekit.sphinx_run", builder, str(out)]
    command += [name for name, wanted in (("--quiet", quiet), ("--anew", anew)) if wanted]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
