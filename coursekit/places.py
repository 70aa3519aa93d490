"""Where things are, once for everybody."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
BUILD = ROOT / "_build"
HTML = BUILD / "html"
EXECUTION = BUILD / "execution"
NOTEBOOKS = BUILD / "notebooks"
VALIDATION = BUILD / "validation"
VALIDATION_SUMMARY = BUILD / "validation.json"
SANITIZE_CFG = ROOT / "tests" / "sanitize.cfg"
LOCK = ROOT / "requirements.txt"


def chapter_files(chapters: Path = CHAPTERS) -> list[Path]:
    """Return every chapter's source, `chapters/<part>/<slug>.md`, in the order of the names."""
    return sorted(path for path in chapters.glob("*/*.md") if path.is_file())


def folder_of(chapter: Path) -> Path:
    """Return the folder of what belongs to one chapter alone: `chapters/<part>/<slug>/`."""
    return chapter.with_suffix("")


def references_of(chapter: Path) -> Path:
    """Return the path of a chapter's reference outputs."""
    return folder_of(chapter) / "outputs.json"


def shown(path: Path, root: Path = ROOT) -> str:
    """Write a path as an author knows it: relative to the course where it lies inside."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
