"""A cell that is about one version of Python: `%%py 3.14`.

After `%load_ext seethrough.versions` a cell that begins with `%%py 3.14` is run as a program of its
own by Python 3.14, whatever the notebook itself runs on. It shares no name with other cells.
`%%py 3.13 3.14` asks both, one after the other. Who answers, in this order:

1. the notebook's Python, when it is a 3.14: in a process of its own, or, where none can be
   started (a browser tab), in a fresh namespace;
2. a Python 3.14 found on the machine (`seethrough.interpreters`);
3. the *record*: what 3.14 said when `python3 course.py refresh` last asked one. Records lie in
   `versions.json` beside the chapter, under a hash of version and code;
4. the notebook's Python when it is newer; the heading then says so;
5. nobody: the cell shows the command that runs it.

The first line of the output tells who answered and when; then comes what the code printed, and
the end of the traceback if it raised. Validation forgives the first line's difference between "now"
and "recorded" (rule `version-cell` in `tests/sanitize.cfg`) and compares the rest to the letter. An
older parser never sees the text of a cell.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from seethrough import interpreters, onecell
from seethrough.interpreters import Interpreter, find
from seethrough.places import CHAPTERS

FILE = "versions.json"
SECONDS = 15.0  # a cell's own budget is 20
FORMAT = 1
_MAGIC = re.compile(r"%%py\b[ \t]*(.*)")
_WANTED = re.compile(r"3\.(\d{1,2})")
_HEADING = re.compile(
    r"^── Python (?P<version>3\.\d+\.[0-9a-z+]+), "
    r"(?:run now|recorded on (?P<date>[\d-]{10})) ──(?:\n|\Z)",
    re.MULTILINE,
)
OLDEST = 8  # of what `seethrough.onecell` can be read by


class VersionCellError(ValueError):
    """A cell cannot be put to any Python; the message says, for its writer, what to change."""


@dataclass(frozen=True)
class Answer:
    """What a Python said to a source.

    Attributes:
        version: who answered, such as `3.14.10`.
        text: what it printed, and the end of the traceback if there was one.
        date: when that was recorded, `YYYY-MM-DD`; empty if it ran now.
        instead_of: the version that was asked for, where a newer one had to answer.
    """

    version: str
    text: str
    date: str = ""
    instead_of: str = ""

    @property
    def heading(self) -> str:
        """Say in one line who answered, and when."""
        who = f"Python {self.version}"
        if self.instead_of:
            who += f" in place of {self.instead_of}"
        return f"── {who}, {f'recorded on {self.date}' if self.date else 'run now'} ──"

    def __str__(self) -> str:
        return f"{self.heading}\n{self.text}"


# ── the source of a cell ───────────────────────────────────────────────────────────────────────


def asked(source: str) -> tuple[tuple[str, ...], str] | None:
    """Take a whole cell apart.

    Args:
        source: a cell, with its first line.

    Returns:
        The wanted versions and the code, or nothing when the cell does not begin with `%%py`.

    Raises:
        VersionCellError: it does, and asks for no version or holds no code.
    """
    first, _, rest = source.lstrip("\n").partition("\n")
    found = _MAGIC.fullmatch(first.rstrip())
    return (wanted(found[1]), code_of(rest)) if found else None


def wanted(words: str) -> tuple[str, ...]:
    """Read what stands behind `%%py`: a version, or several.

    Raises:
        VersionCellError: one of them is no version that can be asked.
    """
    each = tuple(dict.fromkeys(words.split()))
    wrong = [word for word in each if not _is_version(word)]
    if each and not wrong:
        return each
    what = f"{wrong[0]!r} is none" if wrong else "none is there"
    message = f"%%py needs a version with one dot, 3.{OLDEST} or newer, as in `%%py 3.14`; {what}."
    raise VersionCellError(message)


def _is_version(word: str) -> bool:
    found = _WANTED.fullmatch(word)
    return found is not None and int(found[1]) >= OLDEST


def code_of(cell: str) -> str:
    """Return the code of a cell without empty lines around it.

    Raises:
        VersionCellError: there is none.
    """
    code = cell.strip("\n")
    if not code.strip():
        message = "There is no code below `%%py`, so there is nothing to run."
        raise VersionCellError(message)
    return code + "\n"


# ── who answers ────────────────────────────────────────────────────────────────────────────────


def answer(version: str, code: str) -> Answer | None:
    """Put code to one version of Python, in the order that this module's first lines give.

    Args:
        version: such as `3.14`.
        code: a whole program.

    Returns:
        What was said, or nothing when nobody can answer.
    """
    mine = _mine()
    if mine.minor == version:
        return run_in(mine, code) if interpreters.CAN_START_PROCESSES else run_inside(code)
    if other := find(version):
        return run_in(other, code)
    if known := recorded(version, code):
        return known
    if _number(mine.minor) > _number(version):
        now = run_in(mine, code) if interpreters.CAN_START_PROCESSES else run_inside(code)
        return Answer(now.version, now.text, instead_of=version)
    return None


def _mine() -> Interpreter:
    return Interpreter(sys.executable, platform.python_version())


def _number(minor: str) -> tuple[int, ...]:
    return tuple(map(int, minor.split(".")))


def run_in(interpreter: Interpreter, code: str) -> Answer:
    """Run code in a process of its own, with output and errors in the order written.

    Args:
        interpreter: who runs it.
        code: a whole program.

    Returns:
        What it printed. A process that was killed or takes too long has that as its last line.
    """
    import subprocess

    program = Path(onecell.__file__).read_text(encoding="utf-8")
    command = [interpreter.path, "-s", "-u", "-B", "-X", "utf8", "-c", program]
    with tempfile.TemporaryDirectory(prefix="py-cell-") as folder:
        try:
            done = subprocess.run(
                command, input=code.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                cwd=folder, env=_environment(), timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            text = (late.stdout or b"").decode(errors="replace")
            return Answer(interpreter.version, f"{text}stopped after {SECONDS:g} seconds\n")
    text = done.stdout.decode(errors="replace").replace("\r\n", "\n")
    if done.returncode:
        text += f"the process ended with code {done.returncode}\n"
    return Answer(interpreter.version, text)


def _environment() -> dict[str, str]:
    """Leave out what would make one machine's answer another's: colours, widths, settings."""
    unwanted = ("PYTHON", "VIRTUAL_ENV", "FORCE_COLOR", "CLICOLOR")
    plain = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    if seed := os.environ.get("PYTHONHASHSEED"):
        plain["PYTHONHASHSEED"] = seed
    return plain | {"NO_COLOR": "1", "COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1"}


def run_inside(code: str) -> Answer:
    """Run code in this process, in a fresh `__main__`; for where no process can be started."""
    from seethrough.eventloop import no_outer_loop  # the code may use `asyncio.run`

    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said), no_outer_loop():
        onecell.run(code)
    return Answer(platform.python_version(), said.getvalue())


# ── records ────────────────────────────────────────────────────────────────────────────────────


def key(version: str, code: str) -> str:
    """Hash version and code to 12 hexadecimal digits."""
    return hashlib.sha256(f"{version}\n{code_of(code)}".encode()).hexdigest()[:12]


def read(path: Path) -> dict[str, Answer]:
    """Read a file of records; empty when there is no file.

    Raises:
        ValueError: the file is not one of ours.
    """
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            message = f"format {content['format']!r}, expected {FORMAT}"
            raise ValueError(message)
        return {
            name: Answer(each["version"], "\n".join(each["output"]), each["recorded"])
            for name, each in content["records"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{path}: not a file of recorded outputs ({error}); run refresh to rewrite it"
        raise ValueError(message) from error


def recorded(version: str, code: str) -> Answer | None:
    """Look code up in the records of all chapters, and beside the notebook."""
    name = key(version, code)
    for path in (*sorted(CHAPTERS.glob(f"*/*/{FILE}")), *sorted(Path.cwd().glob(f"*/{FILE}"))):
        try:
            found = read(path).get(name)
        except ValueError:
            continue  # validation says what is wrong with the file; a learner cannot mend it
        if found:
            return found
    return None


def read_answers(text: str) -> list[Answer]:
    """Read the output of a cell back; nothing when no answer stands at its beginning."""
    heads = list(_HEADING.finditer(text))
    if not heads or heads[0].start():
        return []
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        Answer(head["version"], text[head.end() : end], head["date"] or "")
        for head, end in zip(heads, ends, strict=True)
    ]


# ── the magic ──────────────────────────────────────────────────────────────────────────────────


def nobody(version: str) -> str:
    """Say what to do where nobody can answer."""
    return (
        f"There is no Python {version} here, and no record of what it says to this code.\n"
        f"Put the code into a file and run it with uv, which fetches that Python:\n\n"
        f"    uv run --no-project --python {version} cell.py\n\n"
        f"Or `uv python install {version}`, and run this cell again."
    )


def load_ipython_extension(shell: Any) -> None:
    """Make `%%py` known to an IPython shell (or to the one of a live page)."""

    def py(line: str, cell: str) -> None:
        try:
            minors, code = wanted(line), code_of(cell)
        except VersionCellError as refusal:
            print(refusal)
            return
        for minor in minors:
            found = answer(minor, code)
            print(nobody(minor) if found is None else str(found).rstrip("\n"))

    shell.register_magic_function(py, "cell", "py")
