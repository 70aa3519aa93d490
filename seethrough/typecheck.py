"""A type checker inside the notebook: what it finds, under the lines where it finds it.

After `%load_ext seethrough.typecheck` a cell may begin with

    %%typecheck [--as NAME] [--after NAME ...] [--run] [--narrow VARIABLE]
                [--checker pyrefly|mypy] [--python 3.15]

and is then *checked*, not run. `--as` names the cell; `--after` puts named cells in front of this
one, so that it can use what they define; `--run` runs the cell too, and shows an exception under
its line, beside what the checker said; `--narrow` draws what a variable can still be, line by line.

Two checkers are known, pinned in the course's lock file: pyrefly with `--preset strict` and mypy
with `--strict`. Both read sources from a folder of their own, know the standard library alone, and
need no network. Where no process can be started (a browser tab), mypy runs inside this one, and the
report says so. The same source gives the same report: modules, paths and times are left out.

- `check_source(source)` is the list of findings, `check_sources` many at once in one process
- `variance({...})` asks about each generic whether it may stand in for another, and draws the table
- `narrowing(source, "name")` is the picture that `--narrow` draws
- `compare({...})` puts the same snippets to each checker
- `surprise(source, probe)` is for exercises: the first line that is not judged as it should be
"""

from __future__ import annotations

import ast
import gc
import json
import os
import re
import shlex
import sys
import tempfile
import typing
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from seethrough.picture import PALETTE, Canvas, Picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Checker = Literal["pyrefly", "mypy"]
Kind = Literal["error", "warning", "note", "reveal", "raised"]

PYTHON = "3.13"
FLAGS: dict[Checker, str] = {"pyrefly": "--preset strict", "mypy": "--strict"}
NO_CHECKER = (
    "No type checker can run here, so nothing was checked. "
    "`pip install pyrefly` (or mypy) and restart the kernel; the book's page shows what it says."
)
SECONDS = 60.0  # a checker needs a fraction of a second; this ends one that hangs

_CAN_START_PROCESSES = sys.platform not in {"emscripten", "wasi"}
_MODULE = re.compile(r"\bsnippet_\d+\.(?=\w)")
_named: dict[str, tuple[str, ...]] = {}
_known: dict[tuple[str, str, str], tuple[Finding, ...]] = {}
_folders: list[tempfile.TemporaryDirectory[str]] = []


class NoCheckerError(Exception):
    """Neither checker is installed; the message says, for a learner to read, what to do."""


class ProbeError(ValueError):
    """What should be asked of the checker is not a question that it can answer."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that a checker (or a run) says about one place of a source.

    Attributes:
        line: from 1.
        column: from 1.
        kind: `error`, `warning`, `note`, `reveal` for the type that `reveal_type` asked for, or
            `raised` for an exception of a run.
        message: the first line of what was said; for `reveal` the type alone.
        rule: the checker's name for this sort of finding.
        width: how many characters are meant.
        details: further lines.
    """

    line: int
    column: int
    kind: Kind
    message: str
    rule: str = ""
    width: int = 1
    details: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What stands under the line."""
        if self.kind == "reveal":
            return f"type: {self.message}"
        mark = f" [{self.rule}]" if self.rule else ""
        label = "" if self.kind == "raised" else f"{self.kind}: "
        return f"{label}{self.message}{mark}"


# ── asking a checker ───────────────────────────────────────────────────────────────────────────


def available() -> tuple[Checker, ...]:
    """Name the checkers that can run here, the preferred one first."""
    found: list[Checker] = []
    if _CAN_START_PROCESSES and util.find_spec("pyrefly") is not None:
        found.append("pyrefly")
    if util.find_spec("mypy") is not None:
        found.append("mypy")
    return tuple(found)


def version(checker: Checker) -> str:
    """Return a checker's version, or nothing where it is not installed."""
    try:
        return metadata.version(checker)
    except metadata.PackageNotFoundError:
        if checker == "mypy" and util.find_spec("mypy") is not None:
            from mypy.version import __version__

            return __version__
        return ""


def choose(wanted: Checker | None = None) -> Checker:
    """Return the checker that will answer: the wanted one, or another that can run here.

    Raises:
        NoCheckerError: there is none.
    """
    found = available()
    if not found:
        raise NoCheckerError(NO_CHECKER)
    return wanted if wanted in found else found[0]


def absent(checker: Checker) -> str:
    """Say that a checker cannot run here; what another one says instead is in other words.

    Validation in a browser looks for these words: it compares everything but what stands in a
    cell's output that has them.
    """
    return f"no {checker} here"


def check_source(
    source: str, checker: Checker | None = None, *, python: str = PYTHON
) -> list[Finding]:
    """Check one source.

    Args:
        source: a whole module.
        checker: which one to ask; where it cannot run, the other is asked.
        python: the version whose rules and library are assumed.

    Returns:
        The findings in the order of their places.

    Raises:
        NoCheckerError: no checker can run here.
    """
    return check_sources([source], checker, python=python)[0]


def check_sources(
    sources: Sequence[str], checker: Checker | None = None, *, python: str = PYTHON
) -> list[list[Finding]]:
    """Check several sources, each a module of its own, in one process; see `check_source`.

    What was asked before is remembered: the answer depends on nothing but the arguments.
    """
    answering = choose(checker)
    keys = [(answering, python, source) for source in sources]
    new = list(dict.fromkeys(key for key in keys if key not in _known))
    if new:
        ask = _ask_pyrefly if answering == "pyrefly" else _ask_mypy
        for key, findings in zip(new, ask([key[2] for key in new], python), strict=True):
            _known[key] = tuple(sorted(findings))
    return [list(_known[key]) for key in keys]


def _ask_pyrefly(sources: Sequence[str], python: str) -> list[list[Finding]]:
    with tempfile.TemporaryDirectory(prefix="typecheck-") as name:
        folder = Path(name)
        files = _write(folder, sources)
        # A configuration in this folder, so that none further up is found.
        settings = (
            f'preset = "strict"\npython-version = "{python}"\nskip-interpreter-query = true\n'
        )
        (folder / "pyrefly.toml").write_text(settings, encoding="utf-8")
        from pyrefly.__main__ import get_pyrefly_bin  # `-m pyrefly` costs a Python more

        command = [get_pyrefly_bin(), "check", "--output-format", "json"]
        command += ["--min-severity", "info", "--summary=none", "--config", "pyrefly.toml"]
        code, output, errors = _run([*command, *files], folder)
    if code not in {0, 1}:
        message = f"pyrefly could not check this: {errors.strip() or output.strip()}"
        raise ProbeError(message)
    found: list[list[Finding]] = [[] for _ in sources]
    for item in json.loads(output)["errors"]:
        found[_number(item["path"])].append(_from_pyrefly(item))
    return found


_SEVERITIES: dict[str, Kind] = {"error": "error", "warn": "warning"}


def _from_pyrefly(item: Mapping[str, Any]) -> Finding:
    first, *details = _plain(item["description"]).split("\n")
    kind = _SEVERITIES.get(item["severity"], "note")
    rule = str(item["name"])
    if rule == "reveal-type":
        kind, rule, first = "reveal", "", first.removeprefix("revealed type: ")
    column, width = item["column"], item["stop_column"] - item["column"]
    if item["stop_line"] != item["line"]:
        width = 1
    elif kind == "reveal" and width > 2:  # it means the parentheses; show what is in them
        column, width = column + 1, width - 2
    return Finding(item["line"], column, kind, first, rule, max(width, 1), _short(details))


def _ask_mypy(sources: Sequence[str], python: str) -> list[list[Finding]]:
    with tempfile.TemporaryDirectory(prefix="typecheck-") as name:
        folder = Path(name)
        files = _write(folder, sources)
        arguments = ["--strict", "--output", "json", "--no-error-summary", "--no-site-packages"]
        arguments += ["--config-file=", "--python-version", python, "--cache-dir", _cache_folder()]
        if _CAN_START_PROCESSES:
            command = [sys.executable, "-m", "mypy", *arguments, *files]
            code, output, errors = _run(command, folder)
        else:
            paths = [str(folder / file) for file in files]
            code, output, errors = _run_mypy_here([*arguments, *paths])
    items = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if code not in {0, 1} and not items:
        message = f"mypy could not check this: {errors.strip() or output.strip()}"
        raise ProbeError(message)
    found: list[list[Finding]] = [[] for _ in sources]
    for item in items:
        mine = found[_number(item["file"])]
        finding = _from_mypy(item)
        # Notes that explain the error above them become its details, as mypy means them.
        if finding.kind == "note" and mine and mine[-1].line == finding.line:
            last = mine.pop()
            details = _short([*last.details, finding.message, *finding.details])
            finding = Finding(*_place(last), last.message, last.rule, last.width, details)
        mine.append(finding)
    return found


def _place(finding: Finding) -> tuple[int, int, Kind]:
    return finding.line, finding.column, finding.kind


def _from_mypy(item: Mapping[str, Any]) -> Finding:
    message = _plain(item["message"])
    kind: Kind = "error" if item["severity"] == "error" else "note"
    rule = str(item["code"] or "")
    details = _plain(item["hint"] or "").replace('"', "`").split("\n")
    if revealed := re.fullmatch(r'Revealed type is "(.*)"', message, re.DOTALL):
        kind, rule, message = "reveal", "", revealed[1]
    else:
        message = message.replace('"', "`")
    one_line = item.get("end_line") in {None, item["line"]}
    width = (item.get("end_column") or 0) - item["column"] if one_line else 1
    return Finding(
        item["line"], item["column"] + 1, kind, message, rule, max(width, 1), _short(details)
    )


def _short(details: Iterable[str]) -> tuple[str, ...]:
    """Keep what says why; leave out addresses and drawings of signatures."""
    kept: list[str] = []
    for line in details:
        if line.strip().startswith("Signature mismatch"):
            break
        if line.strip() and "https://" not in line:
            kept.append(line.strip())
    return tuple(kept[:4])


def _plain(words: str) -> str:
    return _MODULE.sub("", words)


def _write(folder: Path, sources: Sequence[str]) -> list[str]:
    files = [f"snippet_{number}.py" for number in range(len(sources))]
    for file, source in zip(files, sources, strict=True):
        (folder / file).write_text(source, encoding="utf-8")
    return files


def _number(path: str) -> int:
    return int(Path(path).stem.removeprefix("snippet_"))


def _run(command: list[str], folder: Path) -> tuple[int, str, str]:
    import subprocess

    plain = {k: v for k, v in os.environ.items() if not k.startswith(("PYREFLY_", "MYPY"))}
    done = subprocess.run(
        command, cwd=folder, env=plain, capture_output=True, check=False, timeout=SECONDS
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def _cache_folder() -> str:
    """Return a folder for what mypy learned of the standard library; it goes with the process."""
    if not _folders:
        _folders.append(tempfile.TemporaryDirectory(prefix="typecheck-mypy-"))
    return _folders[0].name


def _run_mypy_here(arguments: list[str]) -> tuple[int, str, str]:
    """Run mypy inside this process, and undo what its command line sets for all of it."""
    from mypy import api

    limit, threshold = sys.getrecursionlimit(), gc.get_threshold()
    try:
        output, errors, code = api.run(arguments)
    finally:
        sys.setrecursionlimit(limit)
        gc.set_threshold(*threshold)
        gc.unfreeze()
    return code, output, errors


# ── showing what it said ───────────────────────────────────────────────────────────────────────

_COLOURS = {
    "error": PALETTE["red"],
    "raised": PALETTE["red"],
    "warning": PALETTE["orange"],
    "reveal": PALETTE["blue"],
    "note": PALETTE["grey"],
}


@dataclass(frozen=True)
class Report:
    """What a checker found in a cell; the cell's display.

    Attributes:
        source: the cell.
        findings: about lines of the cell, those of a run included.
        checker: who answered.
        instead_of: who was asked, where that is somebody else.
        ran: whether the cell was run as well.
    """

    source: str
    findings: tuple[Finding, ...]
    checker: Checker
    instead_of: Checker | None = None
    ran: bool = False

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make a checker say no."""
        return tuple(each for each in self.findings if each.kind == "error")

    @property
    def headline(self) -> str:
        """One line: who says what, and how the run went."""
        count = len(self.errors)
        noun = "1 error" if count == 1 else f"{count or 'no'} errors"
        who = f"{self.checker} {FLAGS[self.checker]}"
        if self.instead_of:
            who = f"{self.checker} {version(self.checker)} ({absent(self.instead_of)})"
        words = f"{who}: {noun}"
        if self.ran:
            raised = any(each.kind == "raised" for each in self.findings)
            words += "; the run raises" if raised else "; the run goes through"
        return words

    def __repr__(self) -> str:
        return "\n".join([self.headline, *self._text_lines()])

    def _text_lines(self) -> Iterator[str]:
        lines = self.source.split("\n")
        pad = len(str(max((each.line for each in self.findings), default=1)))
        last = 0
        for each in self.findings:
            if each.line != last:
                yield f"{each.line:>{pad}} | {lines[each.line - 1]}"
                last = each.line
            gap = " " * (each.column - 1)
            yield f"{'':>{pad}} | {gap}{'^' * each.width} {each.words}"
            yield from (f"{'':>{pad}} | {gap}  {line}" for line in each.details)

    def _repr_html_(self) -> str:
        lines = self.source.split("\n")
        grouped: dict[int, list[Finding]] = {}
        for each in self.findings:
            grouped.setdefault(each.line, []).append(each)
        body = "".join(
            _code_html(number, lines[number - 1], found) + "".join(map(_finding_html, found))
            for number, found in grouped.items()
        )
        colour = PALETTE["red"] if self.errors else PALETTE["green"]
        head = (
            f'<div style="border-left:4px solid var(--st-typecheck-head,{colour});'
            f'padding:1px 8px;font-weight:600">{escape(self.headline)}</div>'
        )
        return (
            '<div class="st-typecheck" style="font-family:var(--st-mono,ui-monospace,monospace);'
            'font-size:0.875em;line-height:1.45;overflow-x:auto;color:inherit">'
            f"{head}{body}</div>"
        )


def _code_html(number: int, line: str, found: Sequence[Finding]) -> str:
    """Write a line of code with the places underlined that the findings mean."""
    begin = min(each.column for each in found) - 1
    end = max(each.column - 1 + each.width for each in found)
    colour = _COLOURS[min(found, key=lambda each: list(_COLOURS).index(each.kind)).kind]
    mark = f"text-decoration:underline {colour};text-underline-offset:3px"
    marked = f'<span style="{mark}">{escape(line[begin:end], quote=False)}</span>'
    code = f"{escape(line[:begin], quote=False)}{marked}{escape(line[end:], quote=False)}"
    return (
        '<div style="white-space:pre;padding:4px 8px 0">'
        f'<span style="opacity:.75">{number:>2} </span>{code}</div>'
    )


def _finding_html(each: Finding) -> str:
    words = [each.words, *each.details]
    return (
        f'<div style="border-left:4px solid var(--st-typecheck-{each.kind},{_COLOURS[each.kind]});'
        'margin:2px 0 2px 30px;padding:0 8px;white-space:pre-wrap;overflow-wrap:anywhere">'
        f"{escape(chr(10).join(words), quote=False)}</div>"
    )


def report(
    source: str,
    *,
    after: Sequence[str] = (),
    checker: Checker | None = None,
    python: str = PYTHON,
) -> Report:
    """Check a cell that stands after others.

    Args:
        source: the cell.
        after: names of earlier `%%typecheck` cells, put in front of it.
        checker, python: see `check_source`.

    Raises:
        NoCheckerError: no checker can run here.
        ProbeError: no cell has that name yet.
    """
    source = source.rstrip("\n")
    before = context(after)
    answering = choose(checker)
    shift = before.count("\n")
    found = check_source(before + source + "\n", answering, python=python)
    last = source.count("\n") + 1
    mine = tuple(_moved(each, -shift) for each in found if 0 < each.line - shift <= last)
    wanted = checker or "pyrefly"
    return Report(source, mine, answering, None if answering == wanted else wanted)


def _moved(each: Finding, by: int) -> Finding:
    return Finding(
        each.line + by, each.column, each.kind, each.message, each.rule, each.width, each.details
    )


def context(names: Sequence[str]) -> str:
    """Return the text of named cells, each once, with what they stand after themselves.

    Raises:
        ProbeError: a name is unknown.
    """
    parts: dict[str, None] = {}
    for name in names:
        if name not in _named:
            message = (
                f"no cell is called {name!r} yet: first run the one that begins with "
                f"`%%typecheck --as {name}`"
            )
            raise ProbeError(message)
        parts.update(dict.fromkeys(_named[name]))
    return "".join(f"{part}\n\n" for part in parts)


def remember(name: str, source: str, *, after: Sequence[str] = ()) -> None:
    """Give a cell a name, so that others can stand after it."""
    before = [part for each in after for part in _named.get(each, ())]
    _named[name] = (*before, source.rstrip("\n"))


# ── the magic ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Options:
    name: str = ""
    after: list[str] = field(default_factory=list)
    run: bool = False
    narrow: str = ""
    checker: Checker | None = None
    python: str = PYTHON


def _options(line: str) -> _Options:
    """Read what stands behind `%%typecheck`.

    Raises:
        ProbeError: a word is unknown; the message lists those that are.
    """
    options = _Options()
    words = shlex.split(line)
    while words:
        match words.pop(0), words:
            case "--run", _:
                options.run = True
            case "--as", [str(value), *_]:
                options.name = value
            case "--after", [str(value), *_]:
                options.after.append(value)
                while len(words) > 1 and not words[1].startswith("--"):
                    options.after.append(words.pop(1))
            case "--narrow", [str(value), *_]:
                options.narrow = value
            case "--python", [str(value), *_]:
                options.python = value
            case "--checker", [("pyrefly" | "mypy") as value, *_]:
                options.checker = value
            case word, _:
                message = (
                    f"{word!r} says nothing to %%typecheck; it knows --as NAME, --after NAME, "
                    "--run, --narrow VARIABLE, --checker pyrefly|mypy and --python VERSION"
                )
                raise ProbeError(message)
        if words and not words[0].startswith("--"):
            words.pop(0)
    return options


def load_ipython_extension(shell: Any) -> None:
    """Make `%%typecheck` known to an IPython shell (or to the one of a live page)."""

    def typecheck(line: str, cell: str) -> object:
        try:
            return _typecheck(_options(line), cell, shell.user_ns)
        except (NoCheckerError, ProbeError) as answer:
            print(answer)
            return None

    shell.register_magic_function(typecheck, "cell", "typecheck")


def _typecheck(options: _Options, cell: str, names: dict[str, Any]) -> object:
    if options.narrow:  # both questions in one process
        before = context(options.after)
        probed = _probed(cell.strip("\n"), options.narrow, before)[0]
        sources = [before + cell.rstrip("\n") + "\n", probed]
        check_sources(sources, options.checker, python=options.python)
    found = report(cell, after=options.after, checker=options.checker, python=options.python)
    if options.name:
        remember(options.name, cell, after=options.after)
    if options.run:
        raised = _raised(cell, names)
        by_line = sorted([*found.findings, *raised], key=lambda each: each.line)
        findings = tuple(by_line)  # on its line an exception comes last
        found = Report(found.source, findings, found.checker, found.instead_of, ran=True)
    if not options.narrow:
        return found
    if found.errors:
        return found
    return narrowing(
        cell, options.narrow, after=options.after, checker=options.checker, python=options.python
    )


def _raised(cell: str, names: dict[str, Any]) -> list[Finding]:
    """Run a cell among the notebook's names; an exception becomes a finding at its line."""
    file = "<this cell>"
    try:
        with _quiet_reveals(names):
            exec(compile(cell, file, "exec", dont_inherit=True), names)
    except Exception as error:
        trace, line = error.__traceback__, 1
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == file:
                line = trace.tb_lineno
            trace = trace.tb_next
        code = cell.split("\n")[line - 1]
        start = len(code) - len(code.lstrip())
        words = f"raises {type(error).__name__}: {error}"
        return [Finding(line, start + 1, "raised", words, width=len(code.strip()))]
    return []


@contextmanager
def _quiet_reveals(names: dict[str, Any]) -> Iterator[None]:
    """Let `reveal_type` return its argument and say nothing: the checker has said it already."""
    loud = typing.reveal_type

    def quiet(value: object) -> object:
        return value

    if names.get("reveal_type") is loud:
        names["reveal_type"] = quiet
    typing.reveal_type = quiet  # type: ignore[assignment]
    try:
        yield
    finally:
        typing.reveal_type = loud
        if names.get("reveal_type") is quiet:
            names["reveal_type"] = loud


# ── variance ───────────────────────────────────────────────────────────────────────────────────

_VERDICTS = {
    (True, True): "both ways",
    (True, False): "covariant",
    (False, True): "contravariant",
    (False, False): "invariant",
}


def variances(
    generics: Sequence[str],
    *,
    narrow: str = "Cat",
    wide: str = "Animal",
    after: Sequence[str] = (),
    checker: Checker | None = None,
) -> dict[str, tuple[bool, bool]]:
    """Ask for each generic whether it may stand in for itself with another argument.

    The checker judges, for each `G[T]`, a function that is given `G[narrow]` and returns it as
    `G[wide]`, and one the other way round; all of them in one module.

    Args:
        generics: types with the parameter `T` in them, such as `Callable[[T], None]`.
        narrow, wide: the two arguments, the first a subtype of the second.
        after: names of cells that define what is used.
        checker: see `check_source`.

    Returns:
        For each generic: is `G[narrow]` accepted as `G[wide]`, and the reverse?

    Raises:
        ProbeError: a generic is no type for the checker.
    """
    before = context(after)
    lines: list[str] = []
    for number, generic in enumerate(generics):
        small, large = (re.sub(r"\bT\b", name, generic) for name in (narrow, wide))
        for role, given, wanted in (("same", small, small), ("up", small, large),
                                    ("down", large, small)):  # fmt: skip
            lines.append(f"def {role}_{number}(given: {given}) -> {wanted}: return given")
    shift = before.count("\n")
    found = check_source(before + "\n".join(lines) + "\n", checker)
    refused = {each.line - shift - 1: each for each in found if each.kind == "error"}
    answers: dict[str, tuple[bool, bool]] = {}
    for number, generic in enumerate(generics):
        if (wrong := refused.get(3 * number)) is not None:
            message = f"{generic!r} cannot be asked about: {wrong.message}"
            raise ProbeError(message)
        answers[generic] = (3 * number + 1 not in refused, 3 * number + 2 not in refused)
    return answers


def variance(
    generics: Sequence[str],
    *,
    narrow: str = "Cat",
    wide: str = "Animal",
    after: Sequence[str] = (),
    checker: Checker | None = None,
) -> Picture:
    """Draw `variances` as a table; see there for the arguments."""
    answers = variances(generics, narrow=narrow, wide=wide, after=after, checker=checker)
    up, down = f"{narrow} as {wide}", f"{wide} as {narrow}"
    pad = max(map(len, generics), default=0)
    rows = [f"{'':<{pad}}  {up}  {down}"]
    for generic, (rises, sinks) in answers.items():
        marks = [f"{'yes' if yes else '-':<{len(head)}}"
                 for yes, head in ((rises, up), (sinks, down))]  # fmt: skip
        rows.append(f"{generic:<{pad}}  {'  '.join(marks)}  {_VERDICTS[rises, sinks]}")
    text = "\n".join(rows)
    title = f"May G[{narrow}] stand in for G[{wide}], or the reverse?"
    left = 14 + 7.9 * pad
    width = max(left + 360, 8 * len(title))
    canvas = Canvas(width, 52 + 30 * len(answers), title, text)
    canvas.text(0, 16, title, bold=True)
    for place, head in enumerate((up, down)):
        canvas.text(left + 62 + 124 * place, 42, head, anchor="middle")
    for row, (generic, ways) in enumerate(answers.items()):
        y = 50 + 30 * row
        canvas.text(0, y + 19, generic, mono=True)
        for place, yes in enumerate(ways):
            x = left + 124 * place
            canvas.rect(x + 3, y + 2, 118, 25, fill="green" if yes else "grey",
                        opacity=0.6 if yes else 0.12)  # fmt: skip
            canvas.text(x + 62, y + 19, "yes" if yes else "no", anchor="middle")
        canvas.text(left + 258, y + 19, _VERDICTS[ways])
    return canvas.picture(text)


# ── narrowing ──────────────────────────────────────────────────────────────────────────────────


def narrowing(
    source: str,
    name: str,
    *,
    after: Sequence[str] = (),
    checker: Checker | None = None,
    python: str = PYTHON,
) -> Picture:
    """Draw what a variable can still be before each statement, as the checker reveals it.

    A copy of the source gets a `reveal_type(name)` in front of every statement of the functions
    that have the name as a parameter; the revealed unions are taken apart into their members.

    Args:
        source: one or more functions.
        name: a parameter.
        after, checker, python: see `report`.

    Raises:
        ProbeError: no function of the source has such a parameter.
    """
    source = source.strip("\n")
    probed, asked = _probed(source, name, context(after))
    found = check_source(probed, checker, python=python)
    # What a checker says nothing about is, to it, never reached.
    known: dict[int, list[str]] = {number: [] for number in asked.values()}
    for each in found:
        if each.kind == "reveal" and each.line in asked:
            known[asked[each.line]] = [m for m in members(each.message) if m != "Never"]
    return _draw_narrowing(source.split("\n"), name, known)


def _probed(source: str, name: str, before: str) -> tuple[str, dict[int, int]]:
    """Put the questions into a copy; say which line of the source each line with one is about."""
    places = _statements(source, name)
    if not places:
        message = f"no function here has a parameter called {name!r}"
        raise ProbeError(message)
    lines = [*before.split("\n")[:-1], "from typing import reveal_type"]
    asked: dict[int, int] = {}
    for number, line in enumerate(source.split("\n"), 1):
        if number in places:
            lines.append(f"{' ' * places[number]}reveal_type({name})")
            asked[len(lines)] = number
        lines.append(line)
    return "\n".join(lines) + "\n", asked


def _statements(source: str, name: str) -> dict[int, int]:
    """Find the lines before which a question can be put; each with its indentation."""
    places: dict[int, int] = {}

    def visit(body: Sequence[ast.stmt], header: int) -> None:
        for statement in body:
            is_words = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if statement.lineno != header and not is_words:
                places[statement.lineno] = statement.col_offset
            inner: list[tuple[Sequence[ast.stmt], int]] = []
            match statement:
                case ast.If(body=then, orelse=other):
                    inner = [(then, statement.lineno), (other, statement.lineno)]
                case ast.Match(cases=cases):
                    inner = [(case.body, case.pattern.lineno) for case in cases]
                case ast.For(body=then) | ast.While(body=then) | ast.With(body=then):
                    inner = [(then, statement.lineno)]
                case ast.Try(body=then, handlers=handlers, finalbody=last):
                    inner = [(then, statement.lineno), (last, statement.lineno)]
                    inner += [(each.body, each.lineno) for each in handlers]
                case _:
                    pass
            for part, line in inner:
                visit(part, line)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            each.arg == name for each in [*node.args.posonlyargs, *node.args.args]
        ):
            visit(node.body, node.lineno)
    lines = source.split("\n")
    return {n: col for n, col in places.items() if not lines[n - 1].lstrip().startswith("elif")}


def members(words: str) -> list[str]:
    """Take a union apart: `Literal['a', 'b'] | None` has the members 'a', 'b' and None."""
    found: list[str] = []
    for part in _split(words, "|"):
        literal = re.fullmatch(r"Literal\[(.*)\]", part)
        found += _split(literal[1], ",") if literal else [part]
    return list(dict.fromkeys(found))


def _split(words: str, mark: str) -> list[str]:
    """Split at a mark that is neither in brackets nor in quotes."""
    parts: list[str] = []
    depth, quote, start = 0, "", 0
    for place, letter in enumerate(words):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[({":
            depth += 1
        elif letter in "])}":
            depth -= 1
        elif letter == mark and depth == 0:
            parts.append(words[start:place].strip())
            start = place + 1
    return [*parts, words[start:].strip()]


def _draw_narrowing(lines: Sequence[str], name: str, known: Mapping[int, list[str]]) -> Picture:
    columns = list(dict.fromkeys(member for found in known.values() for member in found))
    source = "\n".join(lines)  # checkers order unions as they like; the author's order is better
    columns.sort(key=lambda each: source.find(each) if each in source else len(source))
    pad = max(map(len, lines))
    head = f"{'':<{pad}}  {'  '.join(columns)}"
    rows = [head]
    for number, line in enumerate(lines, 1):
        cells = ""
        if number in known:
            mine = known[number]
            marks = [f"{'#' if column in mine else '.':<{len(column)}}" for column in columns]
            cells = "  " + "  ".join(marks) + ("" if mine else "  Never")
        rows.append(f"{line:<{pad}}{cells}".rstrip())
    text = "\n".join(rows)
    left = 16 + 7.9 * pad
    widths = [max(44.0, 14 + 7.9 * len(column)) for column in columns]
    title = f"What {name} can still be, before each line"
    canvas = Canvas(max(left + sum(widths) + 4, 8 * len(title)), 54 + 23 * len(lines), title, text)
    canvas.text(0, 16, title, bold=True)
    starts = [left + sum(widths[:place]) for place in range(len(columns))]
    for x, width, column in zip(starts, widths, columns, strict=True):
        canvas.text(x + width / 2, 42, column, anchor="middle", mono=True)
    for number, line in enumerate(lines, 1):
        y = 28 + 23 * number
        indent = len(line) - len(line.lstrip())
        canvas.text(7.9 * indent, y + 15, line.strip(), mono=True)
        if number not in known:
            continue
        if not known[number]:
            canvas.text(left + sum(widths) / 2, y + 15, "Never", anchor="middle", colour="red")
            continue
        for x, width, column in zip(starts, widths, columns, strict=True):
            yes = column in known[number]
            canvas.rect(x + 2, y + 1, width - 4, 19, fill="blue" if yes else "grey",
                        opacity=0.75 if yes else 0.1, tip=f"line {number}: {column}")  # fmt: skip
    return canvas.picture(text)


# ── several checkers ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Comparison:
    """What checkers say about the same snippets.

    Attributes:
        answers: for each snippet's label, each checker's answer in a few words.
    """

    answers: Mapping[str, Mapping[str, str]]

    @property
    def disagreements(self) -> tuple[str, ...]:
        """The labels on which the answers differ."""
        return tuple(label for label, each in self.answers.items() if len(set(each.values())) > 1)

    def __repr__(self) -> str:
        columns = self._columns
        widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
        return "\n".join(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in columns
        )

    @property
    def _columns(self) -> list[list[str]]:
        names = list(dict.fromkeys(name for each in self.answers.values() for name in each))
        rows = [[label, *(each[name] for name in names)] for label, each in self.answers.items()]
        return [["", *names], *rows]

    def _repr_html_(self) -> str:
        head, *rows = self._columns
        cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head[1:])
        body = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(row[0])}</th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in rows
        )
        return (
            '<div style="overflow-x:auto"><table class="st-comparison"><thead><tr><td></td>'
            f"{cells}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def compare(
    snippets: Mapping[str, str],
    *,
    after: Sequence[str] = (),
    checkers: Sequence[Checker] = ("pyrefly", "mypy"),
) -> Comparison:
    """Put the same snippets to several checkers, one process each.

    Args:
        snippets: sources by the label to show.
        after: names of cells that each snippet stands after.
        checkers: whom to ask; for who cannot run here, that is the answer.

    Returns:
        For each snippet what a checker reveals, or the rules that it finds broken, or `silent`.
        A snippet may use `reveal_type` without importing it.
    """
    before = context(after)
    shift = before.count("\n")
    sources = [before + source.strip("\n") + "\n" for source in snippets.values()]
    answers: dict[str, dict[str, str]] = {label: {} for label in snippets}
    choose()  # there is one at all
    for checker in checkers:
        if checker not in available():
            for each in answers.values():
                each[checker] = absent(checker)
            continue
        found = check_sources(sources, checker)
        for label, findings in zip(snippets, found, strict=True):
            told = [each for each in findings if each.line > shift]
            words = [each.message for each in told if each.kind == "reveal"]
            rules = [each.rule for each in told if each.kind == "error"]
            words += [f"error {rule}" for rule in rules if rule != "unimported-directive"]
            answers[label][checker] = ", ".join(dict.fromkeys(words)) or "silent"
    return Comparison(answers)


# ── exercises ──────────────────────────────────────────────────────────────────────────────────

REFUSED = "# refused"


def surprise(source: str, probe: str, *, checker: Checker | None = None) -> str:
    """Check a learner's cell together with lines that use it, and say what is not as it should be.

    The words name lines, never a checker's message alone, since checkers word things differently.

    Args:
        source: the learner's cell.
        probe: lines that stand after it. One that ends in `# refused` must be an error; every
            other one, and the learner's own, must not.
        checker: see `check_source`.

    Returns:
        What to tell the learner, or nothing when all lines are judged as they should be.
    """
    if words := _silencer(source):
        return words
    source = source.rstrip("\n") + "\n\n"
    shift = source.count("\n")
    try:
        found = check_source(source + probe.strip("\n") + "\n", checker)
    except NoCheckerError as answer:
        return str(answer)
    wrong = {each.line: each.message for each in reversed(found) if each.kind == "error"}
    says = "" if choose(checker) == (checker or "pyrefly") else f" (mypy; {absent('pyrefly')})"
    lines = source.split("\n")
    for number in sorted(wrong):
        if number <= shift:
            mine = lines[number - 1].strip()
            return f"the checker does not accept your line `{mine}`: {wrong[number]}{says}"
    for number, line in enumerate(probe.strip("\n").split("\n"), shift + 1):
        code, mark, _ = line.partition(REFUSED)
        code = code.strip()
        if mark and number not in wrong:
            return f"the checker accepts `{code}`; it should refuse that."
        if not mark and number in wrong:
            why = f"{wrong[number]}{says}"
            return f"the checker refuses `{code}`, which should be fine: {why}"
    return ""


def _silencer(source: str) -> str:
    """Say what in a learner's cell would keep the checker from judging it, or nothing."""
    if not source.strip():
        return "the text of your cell is not known; run it once more, with its first line in place."
    if found := re.search(r"#\s*(?:type|pyrefly|mypy|pyright):\s*ignore", source):
        return (
            f"your cell silences the checker with `{found[0]}`; take it out, and see what it says."
        )
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return f"your cell is not Python yet: {error.msg}, line {error.lineno}."
    for node in ast.walk(tree):
        name = getattr(node, "id", getattr(node, "attr", ""))
        if name in {"Any", "cast"}:
            return f"your cell uses `{name}`, which switches the check off; write what is true."
    return ""


@contextmanager
def inside_this_process() -> Iterator[None]:
    """For tests: behave as in a browser tab, where no process can be started."""
    global _CAN_START_PROCESSES
    before, _CAN_START_PROCESSES = _CAN_START_PROCESSES, False
    try:
        yield
    finally:
        _CAN_START_PROCESSES = before
