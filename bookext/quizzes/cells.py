"""Find the code cells of a page, and the files that belong to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.environment import BuildEnvironment

INTERACTIVE = {"html", "dirhtml"}  # the builders whose pages run scripts; others get static forms


def cells(doctree: nodes.document) -> Iterator[tuple[nodes.container, tuple[str, ...]]]:
    """Return every code cell with its tags."""
    for node in list(doctree.findall(nodes.container)):
        if node.get("nb_element") == "cell_code":
            tags = (node.get("cell_metadata") or {}).get("tags") or ()
            yield node, (tags,) if isinstance(tags, str) else tuple(map(str, tags))


def tagged(tags: tuple[str, ...], kind: str) -> str:
    """Return NAME of a tag `kind:NAME`, or nothing."""
    return next((tag[len(kind) + 1 :] for tag in tags if tag.startswith(f"{kind}:")), "")


def folder(env: BuildEnvironment) -> Path:
    """Return the folder of what belongs to the page that is being read."""
    return Path(env.doc2path(env.docname)).with_suffix("")
