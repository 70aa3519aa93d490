"""Where a chapter's own files are, whatever the working directory is.

Jupyter starts a kernel in the notebook's folder, validation in another, the browser in a third.
A cell that reads a file of its chapter asks here.
"""

from __future__ import annotations

from pathlib import Path

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"


def chapter_folder(slug: str) -> Path:
    """Return the folder beside a chapter that holds what belongs to it alone.

    Args:
        slug: the chapter's short name, such as `performance`.

    Raises:
        LookupError: no chapter of that name has a folder; the message lists those that have.
    """
    folders = sorted(path for path in CHAPTERS.glob("*/*/") if path.is_dir())
    for folder in folders:
        if folder.name == slug:
            return folder
    known = ", ".join(folder.name for folder in folders) or "none"
    message = f"no chapter folder is called {slug!r}; there are: {known}"
    raise LookupError(message)
