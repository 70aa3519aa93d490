"""The Todo service of Part II as it stands at the end of each chapter.

`todo/steps/N/` holds only the files that stage N adds or changes, and a `removed.txt` that lists
the files of earlier stages that it drops, one a line. Laid over each other, 1 to N give a plain
project, ready for an editor:

- `stage(3)` lays it out and says where
- `changes(3)` is what stage 3 does to stage 2, file by file
- `show(3, "src/todo/models.py")` is one real file, with the lines changed since stage 2 lit
- `archive(3)` is the project as the bytes of a zip file

The text and the diff are computed by `difflib`; colours come from Pygments where it is there.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import io
import json
import os
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
STEPS = ROOT / "todo" / "steps"
REMOVED = "removed.txt"
# What a stage's own run leaves behind in the step folders is no part of the stage.
_LEFTOVERS = {"__pycache__", ".venv", ".pytest_cache", ".ruff_cache", ".mypy_cache"}
_LEDGER = ".laid-out.json"
# Top-level names that a stage defines; importing another stage has to forget them.
_OWN_MODULES = ("main", "todo")


class StageError(Exception):
    """A stage that does not exist, a file that it does not have, or a wrong `removed.txt`."""


@dataclass(frozen=True)
class Stage:
    """A stage laid out as a plain project.

    Attributes:
        number: which stage.
        path: the project's folder.
        files: the project's files, relative to `path`, sorted.
        kept: where a folder that the learner had edited was moved to, if there was one.
    """

    number: int
    path: Path
    files: tuple[str, ...]
    kept: Path | None = None

    @property
    def import_path(self) -> Path:
        """The folder that goes on `sys.path`: `src` from stage 2 on, the project before."""
        src = self.path / "src"
        return src if src.is_dir() else self.path

    def put_on_path(self) -> None:
        """Make `import todo` (`import main` in stage 1) mean this stage.

        Modules of another stage that were already imported are forgotten, so that their names
        are looked up again. Objects made from them go on living as they are.
        """
        steps = {str(self.import_path)}
        steps.update(path for path in sys.path if (Path(path).parent / _LEDGER).exists())
        steps.update(path for path in sys.path if (Path(path) / _LEDGER).exists())
        sys.path[:] = [path for path in sys.path if path not in steps]
        sys.path.insert(0, str(self.import_path))
        for name in list(sys.modules):
            if name.partition(".")[0] in _OWN_MODULES:
                del sys.modules[name]

    def __repr__(self) -> str:
        lines = [f"stage {self.number}: {len(self.files)} files in {_readable(self.path)}"]
        if self.kept is not None:
            lines.append(f"your edited files were moved to {_readable(self.kept)}")
        return "\n".join(lines)


@dataclass(frozen=True)
class FileChange:
    """What a stage does to one file.

    Attributes:
        path: relative to the project.
        kind: `added`, `changed` or `removed`.
        before, after: the lines of the file; empty where there is no file.
        lit: the numbers of the lines of `after` that are new or different, counted from 1.
        dropped: how many lines of `before` are gone or were replaced.
    """

    path: str
    kind: Literal["added", "changed", "removed"]
    before: tuple[str, ...]
    after: tuple[str, ...]
    lit: tuple[int, ...]
    dropped: int

    @property
    def diff(self) -> str:
        """The unified diff, as `git diff` would show it."""
        old = f"a/{self.path}" if self.before else "/dev/null"
        new = f"b/{self.path}" if self.after else "/dev/null"
        return "\n".join(difflib.unified_diff(self.before, self.after, old, new, lineterm=""))


@dataclass(frozen=True)
class Changes:
    """What a stage does to the one before, in the order of the paths."""

    number: int
    files: tuple[FileChange, ...]

    def __iter__(self) -> Iterator[FileChange]:
        return iter(self.files)

    def __getitem__(self, path: str) -> FileChange:
        for change in self.files:
            if change.path == path:
                return change
        raise StageError(f"stage {self.number} does not touch {path}")

    def __repr__(self) -> str:
        pad = max((len(change.path) for change in self.files), default=0)
        rows = [
            f"{change.path:<{pad}}  {change.kind:<7}  +{len(change.lit)} -{change.dropped}"
            for change in self.files
        ]
        added = sum(len(change.lit) for change in self.files)
        dropped = sum(change.dropped for change in self.files)
        total = f"stage {self.number}: {len(self.files)} files, +{added} -{dropped} lines"
        return "\n".join([*rows, total])

    def _repr_html_(self) -> str:
        parts = [
            "<details><summary>"
            f"<code>{escape(change.path)}</code> {change.kind}, "
            f"+{len(change.lit)} −{change.dropped}</summary>"
            f"{_highlighted(change.diff, 'diff', (), 1)}</details>"
            for change in self.files
        ]
        return f'<div class="st-changes">{"".join(parts)}</div>'


@dataclass(frozen=True)
class Listing:
    """One real file of a stage, or a part of it, with the lines that the stage changed lit.

    Attributes:
        path: relative to the project.
        lines: what is shown.
        first: the number that the first of them has in the file.
        lit: the numbers of the lit lines.
        new: whether the whole file is new; then nothing is lit, for everything would be.
    """

    number: int
    path: str
    lines: tuple[str, ...]
    first: int
    lit: tuple[int, ...]
    new: bool

    def __repr__(self) -> str:
        last = self.first + len(self.lines) - 1
        pad = len(str(last))
        head = f"{self.path} (stage {self.number}{', new' if self.new else ''})"
        body = [
            f"{number:>{pad}} {'+' if number in self.lit else ' '} {line}".rstrip()
            for number, line in enumerate(self.lines, self.first)
        ]
        return "\n".join([head, *body])

    def _repr_html_(self) -> str:
        body = _highlighted("\n".join(self.lines), self.path, self.lit, self.first)
        return (
            f'<div class="st-listing"><div class="st-listing-name"><code>{escape(self.path)}</code>'
            f" · stage {self.number} · {self._note}</div>{body}</div>"
        )

    @property
    def _note(self) -> str:
        if self.new:
            return "new file"
        if not self.lit:
            return "unchanged"
        return f"{len(self.lit)} line{'s' * (len(self.lit) > 1)} changed"


def numbers() -> tuple[int, ...]:
    """Return the numbers of the stages that there are."""
    return tuple(sorted(int(path.name) for path in STEPS.iterdir() if path.name.isdigit()))


def files(number: int) -> dict[str, bytes]:
    """Return the whole project at a stage: the content of each file by its path, sorted.

    Raises:
        StageError: there is no such stage, or a `removed.txt` names a file that is not there.
    """
    known = numbers()
    if number not in known:
        raise StageError(f"there is no stage {number}; there are {known[0]} to {known[-1]}")
    project: dict[str, bytes] = {}
    for step in (step for step in known if step <= number):
        folder = STEPS / str(step)
        for path in _removed(folder):
            if project.pop(path, None) is None:
                raise StageError(f"todo/steps/{step}/{REMOVED} names {path}, which was not there")
        project.update(_content(folder))
    return dict(sorted(project.items()))


def stage(number: int, into: str | Path | None = None, *, importable: bool = False) -> Stage:
    """Lay a stage out as a plain project.

    Files that are already right are left alone, so two notebooks may ask for the same stage at
    once. A folder in which the learner edited something is moved aside first: nothing typed is
    lost.

    Args:
        number: which stage.
        into: the folder. By default `_build/stages/<number>` under the course, or a temporary
            folder where that cannot be written.
        importable: also put it on `sys.path` (see `Stage.put_on_path`).
    """
    project = files(number)
    path = Path(into) if into is not None else _default_folder(number)
    kept = _set_aside_if_edited(path)
    path.mkdir(parents=True, exist_ok=True)
    for name, content in project.items():
        _write(path / name, content)
    for name in _ledger(path).keys() - project.keys():
        (path / name).unlink(missing_ok=True)
    digests = {name: _digest(content) for name, content in project.items()}
    _write(path / _LEDGER, json.dumps(digests, indent=1).encode())
    laid_out = Stage(number, path, tuple(project), kept)
    if importable:
        laid_out.put_on_path()
    return laid_out


def changes(number: int) -> Changes:
    """Compare a stage with the one before it (the first with nothing)."""
    after = files(number)
    before = files(number - 1) if number > 1 else {}
    touched = sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )
    return Changes(number, tuple(_change(path, before, after) for path in touched))


def show(
    number: int,
    path: str,
    part: str | None = None,
    *,
    lines: tuple[int, int] | None = None,
) -> Listing:
    """Show a file of a stage with the lines lit that the stage changed.

    Args:
        number: which stage.
        path: the file, relative to the project.
        part: only this function or class, such as `list_todos` or `TodoStore.add`.
        lines: only these lines, first and last, counted from 1.

    Raises:
        StageError: the stage has no such file, or the file no such part.
    """
    project = files(number)
    if path not in project:
        near = difflib.get_close_matches(path, project, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise StageError(f"stage {number} has no file {path}{hint}")
    text = _lines(project[path])
    first, last = (1, len(text))
    if part is not None:
        first, last = _part(project[path].decode(), part, path)
    elif lines is not None:
        first, last = lines
    before = files(number - 1) if number > 1 else {}
    new = path not in before
    lit = () if new else _change(path, before, project).lit
    shown = tuple(line for line in lit if first <= line <= last)
    return Listing(number, path, text[first - 1 : last], first, shown, new)


def archive(number: int) -> bytes:
    """Return the project as a zip file, the same bytes each time and on each machine.

    Entries are sorted, stored without compression (whose bytes depend on the zlib that made
    them) and dated 1980-01-01, the earliest date that the format has.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in files(number).items():
            entry = zipfile.ZipInfo(f"todo-stage-{number}/{name}", (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            bundle.writestr(entry, content)
    return buffer.getvalue()


def _content(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not _LEFTOVERS.intersection(name.parts):
            found[PurePosixPath(*name.parts).as_posix()] = path.read_bytes()
    found.pop(REMOVED, None)
    return found


def _removed(folder: Path) -> list[str]:
    manifest = folder / REMOVED
    if not manifest.exists():
        return []
    return [line.strip() for line in manifest.read_text().splitlines() if line.strip()]


def _lines(content: bytes) -> tuple[str, ...]:
    return tuple(content.decode().splitlines())


def _change(path: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> FileChange:
    old, new = _lines(before.get(path, b"")), _lines(after.get(path, b""))
    lit: list[int] = []
    dropped = 0
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for verb, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if verb != "equal":
            lit.extend(range(new_from + 1, new_to + 1))
            dropped += old_to - old_from
    kind: Literal["added", "changed", "removed"] = "changed"
    if path not in before:
        kind = "added"
    elif path not in after:
        kind = "removed"
    return FileChange(path, kind, old, new, tuple(lit), dropped)


def _part(source: str, part: str, path: str) -> tuple[int, int]:
    scope: list[ast.stmt] = ast.parse(source).body
    found: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None = None
    for name in part.split("."):
        found = next(
            (
                node
                for node in scope
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and node.name == name
            ),
            None,
        )
        if found is None:
            raise StageError(f"{path} has no {part}")
        scope = found.body
    if found is None or found.end_lineno is None:
        raise StageError(f"{path} has no {part}")
    # A decorator belongs to what it decorates, but `lineno` is that of `def` or `class`.
    first = min([found.lineno, *(node.lineno for node in found.decorator_list)])
    return first, found.end_lineno


def _highlighted(code: str, name: str, lit: tuple[int, ...], first: int) -> str:
    """Return the code as HTML, coloured where Pygments is there; `name` tells the language."""
    marks = [number - first + 1 for number in lit]
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import DiffLexer, TextLexer, get_lexer_for_filename
        from pygments.util import ClassNotFound
    except ImportError:
        rows = [
            f'<span class="hll">{escape(line)}\n</span>' if place in marks else f"{escape(line)}\n"
            for place, line in enumerate(code.split("\n"), 1)
        ]
        return f'<div class="highlight"><pre>{"".join(rows)}</pre></div>'
    if name == "diff":
        lexer = DiffLexer()
    else:
        try:
            lexer = get_lexer_for_filename(name)
        except ClassNotFound:
            lexer = TextLexer()
    formatter = HtmlFormatter(cssclass="highlight", hl_lines=marks, wrapcode=True)
    return str(highlight(code, lexer, formatter))


def _default_folder(number: int) -> Path:
    folder = ROOT / "_build" / "stages" / str(number)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir()) / "todo-stages" / str(number)
    if not os.access(folder, os.W_OK):
        return Path(tempfile.gettempdir()) / "todo-stages" / str(number)
    return folder


def _readable(path: Path) -> str:
    """Write a path without what differs from machine to machine."""
    if path.is_relative_to(ROOT):
        return path.relative_to(ROOT).as_posix()
    return f"<a folder of yours>/{path.name}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _ledger(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads((path / _LEDGER).read_text()))
    except (FileNotFoundError, ValueError):
        return {}


def _set_aside_if_edited(path: Path) -> Path | None:
    """Move the folder away if one of the files that we laid out was changed by somebody else."""
    for name, digest in _ledger(path).items():
        file = path / name
        if file.exists() and _digest(file.read_bytes()) != digest:
            break
    else:
        return None
    count = 1
    while (kept := path.with_name(f"{path.name}-edited-{count}")).exists():
        count += 1
    path.rename(kept)
    return kept


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and leave one alone that is already right."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    # `mkstemp` gives 0o600; these are ordinary source files.
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
