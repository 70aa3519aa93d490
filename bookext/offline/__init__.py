"""The whole book as one file to take along, `modern-python.zip`, beside the pages.

It holds every page with what its cells need, and `read.py`, which serves the unpacked folder on the
reader's own machine: a browser runs no scripts that a page from a file asks for. `{offline-book}`
links it. `COURSE_OFFLINE=0` leaves it out, for a preview that is rebuilt on each change.
"""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from bookext import archives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

NAME = "modern-python.zip"
READ = Path(__file__).with_name("read.py")
_PACKED = {".zip", ".bin", ".apkg", ".png", ".woff2"}  # compressing these again takes time alone
# The file does not hold itself; its own pages say so where others link it.
_LINK = re.compile(rf'<a href="(?:\.\./)*{re.escape(NAME)}" download>[^<]*</a>'.encode())
_IN_THE_FILE = b"You are reading it."
_LEFT_OUT = {".buildinfo", ".doctrees", "objects.inv", NAME}


class OfflineBook(SphinxDirective):
    """`{offline-book}`: a link to the file, on pages that have it beside them."""

    @override
    def run(self) -> list[nodes.Node]:
        """Return a paragraph with the link, for HTML pages alone."""
        up = "../" * self.env.docname.count("/")
        link = f'<p><a href="{up}{NAME}" download>Download {NAME}</a></p>'
        only = nodes.raw("", link, format="html")
        only["classes"].append("offline-book")
        return [only]


def forget(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Take the link out where the file is not made."""
    del docname
    if not _is_made(app):
        for link in list(doctree.findall(nodes.raw)):
            if "offline-book" in link["classes"]:
                link.parent.remove(link)


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the file when everything else is in place."""
    if error is None and _is_made(app):
        pack(Path(app.outdir))


def pack(built: Path) -> Path:
    """Pack a built book.

    Args:
        built: the folder of its pages.

    Returns:
        The zip, in that folder; from the same pages it is the same, byte for byte.
    """
    target = built / NAME
    top = Path(NAME).stem
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as archive:
        _add(archive, f"{top}/{READ.name}", READ)
        for path in _files(built):
            _add(archive, f"{top}/{path.relative_to(built).as_posix()}", path)
    part.replace(target)
    return target


def _is_made(app: Sphinx) -> bool:
    return app.builder.name == "html" and os.environ.get("COURSE_OFFLINE") != "0"


def _files(built: Path) -> Iterator[Path]:
    for path in sorted(built.rglob("*")):
        first = path.relative_to(built).parts[0]
        if path.is_file() and first not in _LEFT_OUT and path.suffix != ".part":
            yield path


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    data = path.read_bytes()
    if path.suffix == ".html":
        data = _LINK.sub(_IN_THE_FILE, data)
    archives.add(archive, name, data, stored=path.suffix in _PACKED)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    app.add_directive("offline-book", OfflineBook)
    app.connect("doctree-resolved", forget)
    app.connect("build-finished", write, priority=2000)  # after all who add or remove files
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
