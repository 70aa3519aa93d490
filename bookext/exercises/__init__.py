"""Exercises in the book: hints one at a time, the solution behind a click, the verdict's look.

After the cell tagged `check:NAME` come the hints and the solution of the exercise's file. What
other parts may rely on, in HTML:

- the section of the exercise (its starter's nearest heading) is `#exercise-NAME` too, also for
  Markdown links;
- the starter's cell is `div.cell[data-exercise=NAME][data-role=starter]`, the check's
  `div.cell[data-exercise=NAME][data-role=check]`;
- after the latter stands `div.st-help[data-exercise=NAME][data-chapter=SLUG]` with
  `details.st-hint[data-step="hint-1"]`, in which the next hint is nested, and
  `details.st-solution[data-step="solution"]`. All of it works without JavaScript; `exercises.js`
  only remembers what is open, in localStorage under `course:exercise:SLUG/NAME`.

EPUB, PDF and one-page HTML get hints and solution as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from bookext import pagefiles
from bookext.quizzes import cells, prose
from seethrough import exercises

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.docutils import SphinxTranslator
    from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)
HERE = Path(__file__).parent


class exercise_cell(nodes.container):  # noqa: N801 - docutils names nodes so
    """A starter's or a check's cell: `exercise` is the name, `role` what it is."""


class exercise_help(nodes.General, nodes.Element):  # noqa: N801
    """The hints and the solution of one exercise: `exercise`, `chapter`."""


class folded(nodes.General, nodes.Element):  # noqa: N801
    """Something behind a click: `step`, and `kind` (`hint` or `solution`)."""


class folded_title(nodes.paragraph):  # noqa: N801
    """What one clicks on; the first child of `folded`."""


class Anchors(SphinxTransform):
    """Gives each exercise's section its second name before MyST resolves links within the page."""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        """Name the sections."""
        for cell, tags in cells.cells(self.document):
            if name := cells.tagged(tags, "exercise"):
                self._anchor(cell, name)

    def _anchor(self, cell: nodes.container, name: str) -> None:
        anchor = f"exercise-{name}"
        place: nodes.Element = cell
        while not isinstance(place, nodes.section) and place.parent is not None:
            place = place.parent
        taken = any(each.startswith("exercise-") for each in place.get("ids", ()))
        if not isinstance(place, nodes.section) or taken:
            place = cell
        place["ids"].append(anchor)
        title = place.next_node(nodes.title) if place is not cell else None
        entry = (cell.line or 0, anchor, title.astext() if title else name)
        for slugs in (  # of this page while it is read, and of all pages
            getattr(self.document, "myst_slugs", {}),
            self.env.metadata[self.env.docname].setdefault("myst_slugs", {}),
        ):
            slugs[anchor] = entry


def place(app: Sphinx, doctree: nodes.document) -> None:
    """Mark the cells of exercises, and put hints and solution after each check."""
    for cell, tags in cells.cells(doctree):
        if name := cells.tagged(tags, "exercise"):
            _mark(cell, name, "starter")
        elif name := cells.tagged(tags, "check"):
            marked = _mark(cell, name, "check")
            if help_ := _help(app, name):
                marked.parent.insert(marked.parent.index(marked) + 1, help_)


def _mark(cell: nodes.container, name: str, role: str) -> exercise_cell:
    marked = exercise_cell(**cell.attributes)
    marked["exercise"], marked["role"] = name, role
    marked.source, marked.line = cell.source, cell.line
    marked += cell.children
    cell.replace_self(marked)
    return marked


def _help(app: Sphinx, name: str) -> exercise_help | None:
    path = cells.folder(app.env) / "exercises" / f"{name}.py"
    app.env.note_dependency(str(path))
    try:
        exercise = exercises.read(path)
    except exercises.ExerciseFileError as error:
        log.warning("%s", error, type="course", subtype="exercise")
        return None
    made = exercise_help(exercise=name, chapter=cells.folder(app.env).name)
    at: nodes.Element = made
    for number, hint in enumerate(exercise.hints, 1):
        inner = _folded("hint", f"hint-{number}", f"Hint {number} of {len(exercise.hints)}")
        inner += prose.blocks(hint)
        at += inner
        at = inner
    answer = _folded("solution", "solution", "Solution")
    answer += prose.code(exercise.solution)
    made += answer
    return made


def _folded(kind: str, step: str, title: str) -> folded:
    return folded("", folded_title("", "", nodes.strong("", title)), kind=kind, step=step)


# ---------------------------------------------------------------- writing


def visit_cell(translator: HTML5Translator, node: exercise_cell) -> None:
    """Open a cell as a container with its data attributes."""
    data = {"data-exercise": node["exercise"], "data-role": node["role"]}
    translator.body.append(translator.starttag(node, "div", CLASS="docutils container", **data))


def visit_help(translator: HTML5Translator, node: exercise_help) -> None:
    """Open the place of hints and solution."""
    data = {"data-exercise": node["exercise"], "data-chapter": node["chapter"]}
    translator.body.append(translator.starttag(node, "div", CLASS="st-help", **data))


def visit_folded(translator: HTML5Translator, node: folded) -> None:
    """Open `<details>` where they can be opened, else a plain division."""
    tag = "details" if translator.builder.name in cells.INTERACTIVE else "div"
    data = {"data-step": node["step"]}
    translator.body.append(translator.starttag(node, tag, CLASS=f"st-{node['kind']}", **data))


def depart_folded(translator: HTML5Translator, node: folded) -> None:
    """Close what `visit_folded` opened."""
    del node
    inside = translator.builder.name in cells.INTERACTIVE
    translator.body.append("</details>\n" if inside else "</div>\n")


def visit_title(translator: HTML5Translator, node: folded_title) -> None:
    """Write the summary of `<details>`, or a paragraph."""
    if translator.builder.name in cells.INTERACTIVE:
        translator.body.append(f"<summary>{node.astext()}</summary>\n")
        raise nodes.SkipNode
    translator.visit_paragraph(node)


def depart_title(translator: HTML5Translator, node: folded_title) -> None:
    """Close the paragraph."""
    translator.depart_paragraph(node)


def depart_div(translator: HTML5Translator, node: nodes.Element) -> None:
    """Close a cell or the place of hints and solution."""
    del node
    translator.body.append("</div>\n")


def pass_by(translator: SphinxTranslator, node: nodes.Element) -> None:
    """Write nothing but the children."""
    del translator, node


def load(page: pagefiles.Page) -> None:
    """Load style and script on a page that has exercises."""
    if page.doctree is None:
        return
    if next(iter(page.doctree.findall(exercise_cell)), None) is not None:
        page.style("exercises.css")
        page.script("exercises.js")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    quiet = (pass_by, pass_by)
    others = {"latex": quiet, "text": quiet, "man": quiet, "texinfo": quiet}
    app.add_node(exercise_help, html=(visit_help, depart_div), **others)
    app.add_node(folded, html=(visit_folded, depart_folded), **others)
    # The other builders write these two as what they inherit from: container and paragraph.
    app.add_node(folded_title, html=(visit_title, depart_title))
    app.add_node(exercise_cell, html=(visit_cell, depart_div))
    app.add_transform(Anchors)
    app.connect("doctree-read", place)
    pagefiles.offer(app, HERE / "static", load)
    return {
        "version": "1",
        "env_version": 1,  # raise it when the form of the nodes changes: pages are read again
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
