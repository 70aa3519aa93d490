"""Live cells: every code cell of a page can be edited and run in the reader's own tab.

The build makes the reader's Python once (`build`), marks the cells of each page, and copies what
pages load into the book. A page's own share is a script of a few kilobytes; everything else comes
when the reader goes to a cell. Without JavaScript, or without the npm registry at build time, the
page is the complete static chapter.

On the page, each cell's container has `data-cell` (its number), `data-cell-state` (see
`browser/src/live.js`), `data-raises` if it must raise, and `data-reason` if it cannot run in a tab.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging

from bookext.live.build import ROOT, WORKER_AT_ROOT, CannotBuildError, Maker, page_bundles

if TYPE_CHECKING:
    from sphinx.application import Sphinx

log = logging.getLogger(__name__)
PLACE = "_static/live"
_CELL = re.compile(r'<div class="cell (?=[^"]*docutils container")')
# A browser loads no module script for a page that was opened as a file.
_FROM_FILE = """\
<script>
if (location.protocol === "file:") {
  const note = document.createElement("p");
  note.setAttribute("role", "note");
  note.className = "live-from-file";
  note.textContent = "Opened as a file, this page runs no cells. Start read.py in the book's \
folder (python3 read.py), and it runs them at the address that it opens.";
  document.querySelector("h1").after(note);
}
</script>
"""
_IMPORT = re.compile(r"^\s*(?:import|from)\s+([A-Za-z_]\w*)", re.MULTILINE)


def prepare(app: Sphinx) -> None:
    """Make the live layer, or say why the book stays static."""
    app.extensions[__name__].metadata["manifest"] = None  # type: ignore[bad-typed-dict-key]
    if app.builder.name != "html" or os.environ.get("COURSE_LIVE") == "0":
        return
    maker = Maker(ROOT, ROOT / "_build" / "live", lambda words: log.info("live cells: %s", words))
    try:
        dist = maker.make()
    except CannotBuildError as error:
        log.info("live cells: the book is built complete but static. %s", error, color="yellow")
        return
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    app.extensions[__name__].metadata["manifest"] = manifest  # type: ignore[bad-typed-dict-key]


def manifest_of(app: Sphinx) -> dict[str, Any] | None:
    """Return what the live layer of this build holds, or nothing where the book stays static."""
    extension = app.extensions.get(__name__)
    return extension.metadata.get("manifest") if extension else None  # type: ignore[bad-typed-dict-key]


def mark(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Mark the cells of a page, and have the page load the live layer."""
    del templatename
    if doctree is None or app.builder.name != "html":
        return
    found = [
        node for node in doctree.findall(nodes.Element) if node.get("nb_element") == "cell_code"
    ]
    if not found:
        return
    manifest = manifest_of(app)
    marks = iter([_mark(node, index, manifest is not None) for index, node in enumerate(found, 1)])
    body, count = _CELL.subn(lambda match: f"<div {next(marks, '')}{match[0][5:]}", context["body"])
    if count != len(found):
        log.warning("%s: %d code cells, but %d on the page", pagename, len(found), count)
        return
    context["body"] = body
    if manifest is None:
        return
    part, slug = pagename.split("/")[-2:] if "/" in pagename else ("", pagename)
    own = (f"chapter-{slug}", "todo") if part == "practice" else (f"chapter-{slug}",)
    sources = "\n".join(_source(node) for node in found)
    imports = _imports(sources) | context.get("live_imports", set())  # those of other parts
    page = {
        "slug": pagename,
        "cwd": f"/course/{pagename.rpartition('/')[0]}",
        "bundles": page_bundles(manifest, slug, imports),
        "always": [name for name in own if name in manifest["groups"]],
    }
    root = context["pathto"](PLACE, resource=True)
    text = json.dumps(page).replace("<", "\\u003c")
    context["body"] = (
        f'{body}\n<script type="application/json" id="live-page">{text}</script>\n'
        f'<link rel="stylesheet" href="{root}/live.css">\n'
        f'<script type="module" src="{root}/live.js"></script>\n{_FROM_FILE}'
    )


def _mark(node: nodes.Element, index: int, live: bool) -> str:
    """Write the attributes of one cell's container."""
    metadata = node.get("cell_metadata") or {}
    tags = set(metadata.get("tags", []))
    recorded = not live or bool(tags & {"no-browser", "quiz"})
    parts = [f'data-cell="{index}"', f'data-cell-state="{"recorded" if recorded else "idle"}"']
    if "raises-exception" in tags:
        parts.append('data-raises="true"')
    if "no-browser" in tags:
        reason = str(metadata.get("reason") or "it cannot run in a browser tab")
        parts.append(f'data-reason="{escape(reason)}"')
    return " ".join(parts) + " "


def _source(node: nodes.Element) -> str:
    return "\n".join(
        block.astext()
        for part in node.findall(nodes.Element)
        if part.get("nb_element") == "cell_code_source"
        for block in part.findall(nodes.literal_block)
    )


def _imports(sources: str) -> set[str]:
    return set(_IMPORT.findall(sources))


def say_why(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write under each recorded cell why the tab cannot run it."""
    del docname
    if app.builder.format != "html":
        return
    for node in list(doctree.findall(nodes.Element)):
        if node.get("nb_element") != "cell_code":
            continue
        metadata = node.get("cell_metadata") or {}
        if "no-browser" in metadata.get("tags", []):
            reason = str(metadata.get("reason") or "it cannot run in a browser tab").rstrip(".")
            words = nodes.paragraph("", f"Recorded output: {reason}.", classes=["live-recorded"])
            node += words


def copy(app: Sphinx, error: Exception | None) -> None:
    """Put the live layer beside the pages."""
    if error is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    target = out / PLACE
    manifest = manifest_of(app)
    if manifest is None:
        shutil.rmtree(target, ignore_errors=True)
        (out / WORKER_AT_ROOT).unlink(missing_ok=True)
        return
    source = ROOT / "_build" / "live" / "dist"
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    for_node = ("runtime.mjs", "empty.zip", f"{manifest['base']}/pyodide.mjs")
    wanted -= {Path(WORKER_AT_ROOT), *map(Path, for_node)}
    for path in sorted(target.rglob("*"), reverse=True) if target.is_dir() else []:
        if path.is_file() and path.relative_to(target) not in wanted:
            path.unlink()
    for path in sorted(wanted):
        _copy(source / path, target / path)
    _copy(source / WORKER_AT_ROOT, out / WORKER_AT_ROOT)


def _copy(source: Path, target: Path) -> None:
    """Copy a file unless the same one is there."""
    if target.is_file():
        old, new = target.stat(), source.stat()
        if (old.st_size, old.st_mtime_ns) == (new.st_size, new.st_mtime_ns):
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    app.connect("builder-inited", prepare)
    app.connect("doctree-resolved", say_why)
    app.connect("html-page-context", mark, priority=800)
    app.connect("build-finished", copy, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
