"""Reads the `terms.yml` of every chapter: what the course explains, and where it first does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seethrough.yaml_lines import DataFileError, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Term:
    """One entry.

    Attributes:
        name: what is explained.
        text: one or two sentences of Markdown.
        path: the chapter's `terms.yml`, and `line` the line in it.
    """

    name: str
    text: str
    path: Path
    line: int


def files(chapters: Path) -> list[Path]:
    """Return every `terms.yml` below a folder of chapters."""
    return sorted(chapters.glob("*/*/terms.yml"))


def read(path: Path) -> list[Term]:
    """Read one file.

    Raises:
        DataFileError: it is out of shape.
    """
    root = read_yaml(path)
    if root is None:
        return []
    if not isinstance(root.value, dict):
        raise root.error("a glossary file holds lines `term: one or two sentences.`")
    return [
        Term(name, item.text(f"the text of `{name}`").strip(), path, item.line)
        for name, item in root.value.items()
    ]


def merge(paths: Iterable[Path]) -> tuple[list[Term], list[DataFileError]]:
    """Read all files into one glossary in the order of its names.

    Returns:
        The terms, and what is wrong: files out of shape, and terms that are there twice (the
        first stays).
    """
    terms: dict[str, Term] = {}
    problems = []
    for path in paths:
        try:
            found = read(path)
        except DataFileError as error:
            problems.append(error)
            continue
        for term in found:
            first = terms.setdefault(term.name.lower(), term)
            if first is not term:
                message = (
                    f"the term `{term.name}` is explained already, in {first.path}:{first.line}. "
                    "A term is explained once; keep the better text."
                )
                problems.append(DataFileError(term.path, term.line, message))
    return [terms[name] for name in sorted(terms)], problems
