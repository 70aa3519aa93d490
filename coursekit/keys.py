"""What an execution depends on: one key for each chapter.

jupyter-cache knows a notebook by its code cells alone. Outputs also depend on the interpreter, the
lock, the helpers that cells import and the files beside the chapter, so every chapter gets a cache
folder that is named by all of these.
"""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from typing import TYPE_CHECKING

from coursekit.places import EXECUTION, LOCK, ROOT, SANITIZE_CFG, folder_of, references_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nbformat import NotebookNode

_BESIDE = {".py", ".yml", ".json", ".txt", ".csv", ".log", ".toml"}


def digest(parts: Iterable[bytes]) -> str:
    """Hash byte strings, each with its length, to 16 hexadecimal digits."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8))
        total.update(part)
    return total.hexdigest()[:16]


def tree(folder: Path, suffixes: set[str] | None = None, root: Path = ROOT) -> list[bytes]:
    """List names and contents of the files below a folder, in a fixed order."""
    parts: list[bytes] = []
    for path in sorted(folder.rglob("*")):
        if "__pycache__" in path.parts or not path.is_file():
            continue
        if suffixes is None or path.suffix in suffixes:
            parts += [str(path.relative_to(root)).encode(), path.read_bytes()]
    return parts


@cache
def _shared() -> str:
    lock = LOCK.read_bytes() if LOCK.exists() else b""
    helpers = tree(ROOT / "seethrough", {".py", ".css", ".js"})
    where = f"{platform.python_version()} {platform.machine()}".encode()
    rules = SANITIZE_CFG.read_bytes()  # some of them shorten what is shown, too
    return digest([where, lock, rules, *helpers])


def execution_key(chapter: Path, notebook: NotebookNode) -> str:
    """Name everything that a chapter's outputs depend on.

    Args:
        chapter: the chapter's source.
        notebook: the same, as the notebook that will be executed.

    Returns:
        16 hexadecimal digits. Prose is not part of it: a reworded chapter needs no new execution.
    """
    cells = [
        f"{cell.source}\0{sorted(cell.metadata.items())}".encode()
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    skipped = {references_of(chapter).name, "terms.yml"}
    beside: list[bytes] = []
    if folder_of(chapter).is_dir():
        for path in sorted(folder_of(chapter).rglob("*")):
            wanted = path.suffix in _BESIDE and path.name not in skipped
            if wanted and "__pycache__" not in path.parts:
                beside += [path.name.encode(), path.read_bytes()]
    stages = tree(ROOT / "todo") if chapter.parent.name == "practice" else []
    return digest([_shared().encode(), chapter.stem.encode(), *cells, *beside, *stages])


def cache_folder(chapter: Path, notebook: NotebookNode, below: Path = EXECUTION) -> Path:
    """Return the folder of the jupyter-cache that holds this very execution of a chapter."""
    return below / f"{chapter.stem}-{execution_key(chapter, notebook)}"
