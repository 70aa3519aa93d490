"""What there is to read, run, solve and answer in each chapter, taken from the chapters themselves.

A section, a cell and a question are named by a few characters of a digest, so that the list of the
whole course is small enough for every page. What changes in a chapter gets another name, and
what a reader did with the old one no longer counts.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

from bookext.look import frontmatter
from bookext.look.navigation import toc_path
from seethrough import quiz

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.environment import BuildEnvironment

KEY = 3  # characters that name a section or a cell within its chapter
FINGERPRINT = 5  # characters of a question's fingerprint
NOT_IN_A_TAB = "-" * KEY  # in the place of a cell that cannot run in the browser
_ITEM = "progress"  # under this name in the metadata of a page


@dataclass(frozen=True)
class Named:
    """A section or an exercise: the name it is counted by, its anchor and its heading."""

    key: str
    anchor: str
    words: str


@dataclass(frozen=True)
class Chapter:
    """One chapter.

    Attributes:
        docname: Sphinx's name of the page.
        title: its heading.
        sections: those right below the heading.
        cells: the name of each code cell in their order; `NOT_IN_A_TAB` where it cannot run there.
        exercises: in their order.
        quiz: the chapter's `quiz.yml`, or nothing.
    """

    docname: str
    title: str
    sections: tuple[Named, ...]
    cells: tuple[str, ...]
    exercises: tuple[Named, ...]
    quiz: Path | None

    @property
    def slug(self) -> str:
        """The last part of the name, unique in the course."""
        return self.docname.rpartition("/")[2]

    def questions(self) -> tuple[quiz.Question, ...]:
        """Read the chapter's questions; none where the file is out of shape, which is said."""
        try:
            return quiz.load(self.quiz).questions if self.quiz else ()
        except quiz.QuizFileError:
            return ()


def note(env: BuildEnvironment, docname: str, doctree: nodes.document) -> None:
    """Keep what a chapter holds; a page without minutes is no chapter."""
    path = Path(env.doc2path(docname))
    top = next((node for node in doctree.children if isinstance(node, nodes.section)), None)
    if path.suffix != ".md" or top is None:
        return
    front = frontmatter.read(path, docname)
    if front.minutes is None:
        return
    cells = [node for node in doctree.findall(nodes.Element) if _is_cell(node)]
    file = path.with_suffix("") / "quiz.yml"
    chapter = Chapter(
        docname=docname,
        title=front.title.replace("`", ""),
        sections=_sections(top),
        cells=_names(cells),
        exercises=tuple(_exercises(cells)),
        quiz=file if file.is_file() else None,
    )
    env.metadata[docname][_ITEM] = chapter


def chapters(env: BuildEnvironment) -> list[Chapter]:
    """List the chapters in the order of the table of contents."""
    made: list[Chapter] = []
    for part in frontmatter.parts(toc_path(env)):
        for docname in part.docnames:
            found = env.metadata.get(docname, {}).get(_ITEM)
            if isinstance(found, Chapter):
                made.append(found)
    return made


def is_chapter(env: BuildEnvironment, docname: str) -> bool:
    """Say whether a page is one of the chapters."""
    return _ITEM in env.metadata.get(docname, {})


def script(found: list[Chapter], *, live: bool) -> str:
    """Write the list for the pages' script.

    Args:
        found: the chapters.
        live: whether cells can run in the browser; if not, there is nothing to run.
    """
    listed: dict[str, dict[str, Any]] = {
        one.slug: {
            "read": "".join(section.key for section in one.sections),
            "run": "".join(one.cells) if live else "",
            "solved": [exercise.key for exercise in one.exercises],
            "answered": "".join(each.fingerprint[:FINGERPRINT] for each in one.questions()),
        }
        for one in found
    }
    text = json.dumps(listed, separators=(",", ":"), ensure_ascii=False)
    return f"/* What there is to read, run, solve and answer. */\nwindow.courseCatalog={text};\n"


def details(one: Chapter) -> dict[str, Any]:
    """Describe what the page on progress links to, for its script."""
    return {
        "title": one.title,
        "read": [asdict(section) for section in one.sections],
        "solved": [asdict(exercise) for exercise in one.exercises],
    }


def _is_cell(node: nodes.Element) -> bool:
    return node.get("nb_element") == "cell_code"


def _tags(node: nodes.Element) -> tuple[str, ...]:
    tags = (node.get("cell_metadata") or {}).get("tags") or ()
    return (tags,) if isinstance(tags, str) else tuple(map(str, tags))


def _sections(top: nodes.section) -> tuple[Named, ...]:
    found = [node for node in top.children if isinstance(node, nodes.section)]
    keys = _unique(str(node["ids"][0]) for node in found)
    return tuple(
        Named(key, str(node["ids"][0]), _heading(node))
        for key, node in zip(keys, found, strict=True)
    )


def _heading(section: nodes.section) -> str:
    title = section.next_node(nodes.title)
    return title.astext() if title is not None else ""


def _exercises(cells: list[nodes.Element]) -> Iterator[Named]:
    for cell in cells:
        for tag in _tags(cell):
            if tag.startswith("exercise:"):
                name = tag.partition(":")[2]
                place: nodes.Node | None = cell
                while place is not None and not isinstance(place, nodes.section):
                    place = place.parent
                yield Named(name, f"exercise-{name}", _heading(place) if place else name)


def _names(cells: list[nodes.Element]) -> tuple[str, ...]:
    sources = ["\n".join(_source(cell)) for cell in cells]
    return tuple(
        NOT_IN_A_TAB if "no-browser" in _tags(cell) else key
        for cell, key in zip(cells, _unique(iter(sources)), strict=True)
    )


def _source(cell: nodes.Element) -> Iterator[str]:
    for part in cell.findall(nodes.Element):
        if part.get("nb_element") == "cell_code_source":
            yield from (block.astext() for block in part.findall(nodes.literal_block))


def _unique(texts: Iterator[str]) -> list[str]:
    """Name each text by its digest; a name that is taken is made again."""
    keys: list[str] = []
    for text in texts:
        turn = 0
        while (key := _digest(f"{text}\0{turn}")) in keys:
            turn += 1
        keys.append(key)
    return keys


def _digest(text: str) -> str:
    return base64.b32encode(sha256(text.encode()).digest()).decode().lower()[:KEY]
