"""The page that says how the book was verified, filled by the validation run.

`{verification-table}` shows `_build/validation.json`. Without that file it says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, cast, override

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


class VersionCell(TypedDict):
    """A `%%py` cell: its line, the wanted version, who answered, and when if it was recorded."""

    line: int
    wanted: str
    version: str
    recorded: str


class ChapterRun(TypedDict):
    """One chapter's run: seconds in all, cells run, outputs compared, slowest (line, seconds)."""

    seconds: float
    cells: int
    compared: int
    slowest: list[tuple[int, float]]
    versions: NotRequired[list[VersionCell]]


class Skip(TypedDict):
    """A cell that was not run, and why."""

    file: str
    line: int
    reason: str


class Validation(TypedDict):
    """What the validation run writes down."""

    interpreter: str
    platform: str
    date: str
    commit: str
    lock: str
    versions: dict[str, str]
    chapters: dict[str, ChapterRun]
    skips: list[Skip]


Cell = str | nodes.Node


def load(path: Path) -> Validation | None:
    """Read the file; `None` where there is none."""
    if not path.is_file():
        return None
    return cast("Validation", json.loads(path.read_text(encoding="utf-8")))


def table(heads: list[str], rows: Iterable[Sequence[Cell]]) -> nodes.table:
    """Make a table; the first column is text, every other is aligned as numbers are."""
    group = nodes.tgroup("", cols=len(heads))
    group += [nodes.colspec(colwidth=1) for _ in heads]
    group += nodes.thead("", _row(heads))
    body = nodes.tbody()
    body += [_row(row) for row in rows]
    group += body
    return nodes.table("", group, classes=["verification"])


def report(run: Validation) -> list[nodes.Node]:
    """Say in a paragraph and up to four tables what was run, on what, and what was not."""
    where = (
        f"Python {run['interpreter']}, {run['platform']}, {run['date'][:10]}, "
        f"commit {run['commit'][:10] or 'unknown'}, lock {run['lock'][:10]}."
    )
    chapters = run["chapters"]
    made: list[nodes.Node] = [nodes.paragraph("", where)]
    total = [
        "all",
        str(sum(one["cells"] for one in chapters.values())),
        str(sum(one["compared"] for one in chapters.values())),
        f"{sum(one['seconds'] for one in chapters.values()):.1f}",
        "",
    ]
    rows = [
        [
            slug,
            str(one["cells"]),
            str(one["compared"]),
            f"{one['seconds']:.1f}",
            "; ".join(f"line {line}: {seconds:.2f} s" for line, seconds in one["slowest"]),
        ]
        for slug, one in chapters.items()
    ]
    made.append(
        table(
            ["Chapter", "Cells run", "Outputs compared", "Seconds", "Slowest cells"],
            [*rows, total],
        )
    )
    made += _version_cells(chapters)
    made += _skips(run["skips"])
    made.append(nodes.rubric("", "Versions"))
    made.append(table(["Package", "Version"], sorted(run["versions"].items())))
    return made


def path_of(env: BuildEnvironment) -> Path:
    """Where the validation run leaves its file."""
    return Path(env.srcdir, "_build", "validation.json")


class VerificationTable(SphinxDirective):
    """`{verification-table}`."""

    @override
    def run(self) -> list[nodes.Node]:
        """Show the last validation, or say that there was none."""
        path = path_of(self.env)
        found = load(path)
        self.env.metadata[self.env.docname]["validation"] = _stamp(path)
        if found is None:
            words = "This copy of the book was built without a validation run before it."
            return [nodes.paragraph("", words)]
        return report(found)


def outdated(app: Sphinx, env: BuildEnvironment, *_: object) -> list[str]:
    """Name the pages whose table is not the newest: the file may come, change or go."""
    del app
    stamp = _stamp(path_of(env))
    return [
        docname
        for docname, metadata in env.metadata.items()
        if metadata.get("validation", stamp) != stamp
    ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive; called by `bookext`."""
    app.add_directive("verification-table", VerificationTable)
    app.connect("env-get-outdated", outdated)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _version_cells(chapters: dict[str, ChapterRun]) -> list[nodes.Node]:
    """List the cells that are about one Python, and whether it ran them in this validation."""
    rows = [
        [f"{slug}, line {cell['line']}", f"Python {cell['wanted']}", _answered(cell)]
        for slug, one in chapters.items()
        for cell in one.get("versions", [])
    ]
    if not rows:
        return []
    heads = ["Cell", "Asks", "Answered"]
    return [nodes.rubric("", "Cells about one version of Python"), table(heads, rows)]


def _answered(cell: VersionCell) -> str:
    if cell["recorded"]:
        return f"recorded on {cell['recorded']} with {cell['version']}"
    return f"run in this validation by {cell['version']}"


def _skips(skips: list[Skip]) -> list[nodes.Node]:
    if not skips:
        return [nodes.paragraph("", "No cell was skipped.")]
    rows = [[f"{one['file']}:{one['line']}", one["reason"]] for one in skips]
    return [nodes.rubric("", "Skipped, and why"), table(["Cell", "Reason"], rows)]


def _row(cells: Sequence[Cell]) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        content = nodes.Text(cell) if isinstance(cell, str) else cell
        row += nodes.entry("", nodes.paragraph("", "", content))
    return row


def _stamp(path: Path) -> str:
    return str(path.stat().st_mtime_ns) if path.is_file() else ""
