"""What the book says about its chapters: the line under a title, and the map of the course."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, override

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from bookext.look import frontmatter
from bookext.look.navigation import toc_path

if TYPE_CHECKING:
    from sphinx.application import Sphinx

RUNS = {
    "yes": "runs in a browser tab",
    "partly": "runs partly in a browser tab",
    "no": "needs Jupyter",
}


class CourseMap(SphinxDirective):
    """`{course-map}`: every part and chapter of `_toc.yml`, with minutes and outcomes."""

    @override
    def run(self) -> list[nodes.Node]:
        """Make one list a part; pages that are not chapters have no place in it."""
        self.env.note_dependency(str(toc_path(self.env)))
        made: list[nodes.Node] = []
        for part in frontmatter.parts(toc_path(self.env)):
            entries = nodes.enumerated_list(classes=["course-map"])
            for docname in part.docnames:
                path = Path(self.env.doc2path(docname))
                if not path.is_file():  # Sphinx itself reports the missing page
                    continue
                self.env.note_dependency(str(path))
                chapter = frontmatter.read(path, docname)
                if chapter.minutes is not None:
                    entries += self._entry(chapter)
            if entries.children:
                made += [nodes.rubric("", part.caption, classes=["course-part"]), entries]
        return made

    def _entry(self, chapter: frontmatter.Chapter) -> nodes.list_item:
        words = f"{chapter.minutes} min"
        if chapter.browser != "yes":
            words += f" · {RUNS.get(chapter.browser, chapter.browser)}"
        minutes = nodes.inline("", words, classes=["course-minutes"])
        head = nodes.paragraph("", "", link(chapter.docname), nodes.Text(" "), minutes)
        goals = nodes.bullet_list()
        for outcome in chapter.outcomes:
            inline, problems = self.state.inline_text(outcome, self.lineno)
            goals += nodes.list_item("", nodes.paragraph("", "", *inline, *problems))
        return nodes.list_item("", head, *([goals] if chapter.outcomes else []))


def add_meta_line(app: Sphinx, doctree: nodes.document) -> None:
    """Put minutes, prerequisites and where it runs under a chapter's title."""
    docname = app.env.docname
    path = Path(app.env.doc2path(docname))
    title = next(iter(doctree.findall(nodes.title)), None)
    if title is None or path.suffix != ".md":
        return
    chapter = frontmatter.read(path, docname)
    if chapter.minutes is None:
        return
    line = nodes.paragraph(classes=["chapter-meta"])
    line += _item("minutes", nodes.Text(f"{chapter.minutes} minutes"))
    if chapter.prerequisites:
        line += _item("before", nodes.Text("after "), *_links(app, chapter))
    reason = f": {chapter.reason}" if chapter.reason else ""
    line += _item("runs", nodes.Text(RUNS.get(chapter.browser, chapter.browser) + reason))
    title.parent.insert(title.parent.index(title) + 1, line)


def link(docname: str, words: str = "") -> addnodes.pending_xref:
    """Refer to a page by its name; without words its title is shown."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", words),
        refdomain="std",
        reftype="doc",
        reftarget=f"/{docname}",
        refexplicit=bool(words),
        refwarn=True,
    )


def _links(app: Sphinx, chapter: frontmatter.Chapter) -> list[nodes.Node]:
    """Link each prerequisite; one whose chapter is not in the book yet stands as its slug."""
    known = {
        docname.rpartition("/")[2]: docname
        for part in frontmatter.parts(toc_path(app.env))
        for docname in part.docnames
        if Path(app.env.doc2path(docname)).is_file()
    }
    made: list[nodes.Node] = []
    for slug in chapter.prerequisites:
        made += [nodes.Text(", ")] if made else []
        made.append(link(known[slug]) if slug in known else nodes.Text(slug))
    return made


def _item(kind: str, *content: nodes.Node) -> nodes.inline:
    return nodes.inline("", "", *content, classes=["meta-item", f"meta-{kind}"])
