"""`{course-glossary}`: the terms of all chapters as one glossary, so that `{term}` finds them.

Incremental builds: a change in a `terms.yml`, also a new or a removed one, has the glossary read
again; when a term came or went, the pages that refer to terms are written again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, override

from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.domains.std import Glossary
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from bookext.glossary import terms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import ClassVar

    from docutils import nodes
    from docutils.parsers.rst.states import RSTState
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import OptionSpec

log = logging.getLogger(__name__)


class Known:
    """What the environment keeps from build to build.

    Attributes:
        files: the files that the glossary of each page was made from.
        names: the terms there are now.
        written: the terms there were when pages were last written.
        users: the pages that refer to terms.
    """

    def __init__(self) -> None:
        self.files: dict[str, list[str]] = {}
        self.names: dict[str, list[str]] = {}
        self.written: list[str] = []
        self.users: set[str] = set()


def known(env: BuildEnvironment) -> Known:
    """Return what the environment keeps."""
    if not hasattr(env, "course_terms"):
        env.course_terms = Known()  # type: ignore[attr-defined]
    return cast("Known", env.course_terms)  # type: ignore[attr-defined]


def _chapters(env: BuildEnvironment) -> Path:
    return Path(env.srcdir) / "chapters"


class CourseGlossary(SphinxDirective):
    """All terms, sorted."""

    option_spec: ClassVar[OptionSpec] = {}

    @override
    def run(self) -> list[nodes.Node]:
        """Read the files and hand them to Sphinx's own directive."""
        paths = terms.files(_chapters(self.env))
        for path in paths:
            self.env.note_dependency(str(path))
        merged, problems = terms.merge(paths)
        for problem in problems:
            at = f"{problem.path}:{problem.line}"
            log.warning("%s", problem.message, location=at, type="course", subtype="glossary")
        keep, docname = known(self.env), self.env.docname
        keep.files[docname] = [str(path) for path in paths]
        keep.names[docname] = [term.name for term in merged]
        return self._glossary(merged)

    def _glossary(self, merged: list[terms.Term]) -> list[nodes.Node]:
        content = StringList()
        for term in merged:
            source, line = str(term.path), term.line - 1
            content.append(term.name, source, line)
            for each in term.text.splitlines():
                content.append(f"    {each}" if each else "", source, line)
            content.append("", source, line)
        state = cast("RSTState", self.state)
        directive = Glossary(
            "glossary", [], {}, content, self.lineno, self.content_offset, self.block_text,
            state, self.state_machine,
        )  # fmt: skip
        return directive.run() if merged else []


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    """Have a glossary read again when a chapter's file came or went."""
    del app, added, changed, removed
    now = [str(path) for path in terms.files(_chapters(env))]
    return [docname for docname, files in known(env).files.items() if files != now]


def note_users(app: Sphinx, doctree: nodes.document) -> None:
    """Remember whether a page refers to terms."""
    users = known(app.env).users
    users.discard(app.env.docname)
    if any(ref.get("reftype") == "term" for ref in doctree.findall(addnodes.pending_xref)):
        users.add(app.env.docname)


def write_users(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Have the pages that refer to terms written again when a term came or went."""
    del app
    keep = known(env)
    now = sorted(name for names in keep.names.values() for name in names)
    changed = now != keep.written
    keep.written = now
    return sorted(keep.users & env.all_docs.keys()) if changed else []


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again or gone."""
    del app
    keep = known(env)
    keep.files.pop(docname, None)
    keep.names.pop(docname, None)
    keep.users.discard(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    del app
    here, there = known(env), known(other)
    for docname in docnames:
        for mine, theirs in ((here.files, there.files), (here.names, there.names)):
            if docname in theirs:
                mine[docname] = theirs[docname]
    here.users |= there.users & set(docnames)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    app.add_directive("course-glossary", CourseGlossary)
    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", note_users)
    app.connect("env-updated", write_users)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
