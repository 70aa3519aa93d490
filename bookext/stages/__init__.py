"""The stages of Part II's service in the book: a box to download one, its OpenAPI rendered.

`{download-stage} N` links to `_static/stages/todo-stage-N.zip`, the same bytes in each build.
`{swagger-ui} N` is a table of the stage's routes. On HTML pages it is also Swagger UI, fetched
from npm when the book is built and loaded by a reader who comes near it; without the npm registry
the table stands alone and says so. What scripts may rely on is in `static/stages/swagger.js`.

Both name a stage; one that does not exist ends the build.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, override

from docutils import nodes
from sphinx.errors import SphinxError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from bookext import pagefiles
from bookext.live.build import ROOT, CannotBuildError, Maker
from bookext.quizzes import cells
from bookext.stages import swagger
from seethrough import stages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.docutils import SphinxTranslator
    from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)
HERE = Path(__file__).parent
PLACE = "_static/stages"
HINT = "Swagger UI sends requests to a server. Here is none: read, and run the stage to try it out."
NO_SWAGGER = "This copy of the book was built without Swagger UI, which shows the same."


class NoStageError(SphinxError):
    """A directive names a stage that does not exist."""

    category = "There is no such stage"


class download_stage(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so
    """The box of one stage: `stage` is its number. Each builder gets its own children."""


class swagger_ui(nodes.General, nodes.Element):  # noqa: N801
    """A stage's OpenAPI: `stage`, and `document` as JSON. The children are the table."""


class StageDirective(SphinxDirective):
    """What both directives share: the number of a stage, and when to read the page again."""

    required_arguments: ClassVar[int] = 1
    option_spec: ClassVar[dict[str, Any]] = {}

    def stage(self) -> int:
        """Return the stage that is named.

        Raises:
            NoStageError: there is none of that number.
        """
        known = stages.numbers()
        named = self.arguments[0]
        if not named.isdigit() or int(named) not in known:
            source, line = self.get_source_info()
            message = f"{source}:{line}: {self.name} {named}; there are {known[0]} to {known[-1]}"
            raise NoStageError(message)
        digests = self.env.metadata[self.env.docname].setdefault("stages", {})
        digests[int(named)] = digest(int(named))
        return int(named)


class DownloadStage(StageDirective):
    """`{download-stage} N`."""

    @override
    def run(self) -> list[nodes.Node]:
        """Leave a place for the box."""
        return [download_stage(stage=self.stage())]


class SwaggerUi(StageDirective):
    """`{swagger-ui} N`."""

    @override
    def run(self) -> list[nodes.Node]:
        """Put the table of the routes, and the document beside it."""
        number = self.stage()
        document = json.loads(stages.files(number)["tests/openapi.json"])
        metadata = self.env.metadata[self.env.docname]
        metadata["swagger"] = max(number, metadata.get("swagger", 0))
        node = swagger_ui(stage=number, document=json.dumps(document, separators=(",", ":")))
        node += routes(document)
        return [node]


def digest(number: int) -> str:
    """Name the content of a stage."""
    return hashlib.sha256(stages.archive(number)).hexdigest()


def routes(document: dict[str, Any]) -> nodes.table:
    """Make a table of an OpenAPI document's routes: method, path, summary, status codes."""
    group = nodes.tgroup("", cols=4)
    group += [nodes.colspec(colwidth=width) for width in (10, 30, 40, 20)]
    heads = [nodes.Text(words) for words in ("Method", "Path", "Summary", "Answers")]
    group += nodes.thead("", _row(heads))
    body = nodes.tbody()
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            cells_: list[nodes.Node] = [
                nodes.Text(method.upper()),
                nodes.literal(path, path),
                nodes.Text(route.get("summary", "")),
                nodes.Text(", ".join(sorted(route["responses"]))),
            ]
            body += _row(cells_)
    group += body
    return nodes.table("", group, classes=["st-routes"])


def _row(cells_: Iterable[nodes.Node]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", each)) for each in cells_])


# ---------------------------------------------------------------- the box


def fill_boxes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put into each box what this builder can show."""
    for node in list(doctree.findall(download_stage)):
        node.replace_self(box(app.builder, docname, node["stage"]))


def box(builder: Builder, docname: str, number: int) -> nodes.Element:
    """Make the box of a stage, with a link on pages that have the file beside them."""
    name = f"todo-stage-{number}"
    size = f"{len(stages.files(number))} files, {len(stages.archive(number)) / 1000:.0f} kB"
    title = nodes.strong("", "The project as it stands at the end of this chapter")
    made = nodes.container(classes=["st-stage"])
    made += nodes.paragraph("", "", title, classes=["st-stage-title"])
    if builder.name in cells.INTERACTIVE:
        here = builder.get_target_uri(docname)
        link = nodes.reference(
            "", f"{name}.zip", refuri=relative_uri(here, f"{PLACE}/{name}.zip"), internal=True
        )
        made += nodes.paragraph("", "", link, nodes.Text(f" ({size})"))
    else:
        path, how = f"{PLACE}/{name}.zip", f"stage({number}, '{name}')"
        made += nodes.paragraph(
            "", "", nodes.Text(f"{size}: "), nodes.literal(path, path),
            nodes.Text(" of the web edition; in a copy of the course’s repository, "),
            nodes.literal(how, how), nodes.Text(" of "),
            nodes.literal("seethrough.stages", "seethrough.stages"), nodes.Text(" lays it out."),
        )  # fmt: skip
    made += nodes.paragraph("", "It needs uv and nothing else. In its folder:")
    commands = "\n".join([f"cd {name}", *start_commands(number)])
    made += nodes.literal_block(commands, commands, language="console")
    return made


def start_commands(number: int) -> list[str]:
    """Return what sets a stage up, tests it and starts it, as its README has it."""
    readme = stages.files(number)["README.md"].decode()
    block = readme.partition("```\n")[2].partition("```")[0].splitlines()
    start = [line.partition("#")[0].strip() for line in block]
    until = start.index("uv run fastapi dev") + 1
    return ["uv sync", "uv run pytest", *start[:until]]


# ---------------------------------------------------------------- Swagger UI


def find_swagger(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Fetch Swagger UI if a page has it; name the pages to write again if that has changed."""
    users = sorted(name for name in env.all_docs if env.metadata[name].get("swagger"))
    app.extensions[__name__].metadata["swagger"] = None  # type: ignore[bad-typed-dict-key]
    if not users or app.builder.name not in cells.INTERACTIVE:
        return []
    found = _fetch()
    app.extensions[__name__].metadata["swagger"] = found  # type: ignore[bad-typed-dict-key]
    changed = getattr(env, "stages_had_swagger", found is not None) != (found is not None)
    env.stages_had_swagger = found is not None  # type: ignore[missing-attribute]
    return users if changed else []


def _fetch() -> Path | None:
    if os.environ.get("COURSE_LIVE") == "0":
        return None
    maker = Maker(ROOT, ROOT / "_build" / "live", lambda words: log.info("stages: %s", words))
    try:
        return maker.package("swagger-ui-dist")
    except CannotBuildError as error:
        log.info("stages: the routes are tables without Swagger UI. %s", error, color="yellow")
        return None


def has_swagger(app: Sphinx) -> bool:
    """Say whether this build has Swagger UI to show."""
    return _swagger(app) is not None


def _swagger(app: Sphinx) -> Path | None:
    extension = app.extensions.get(__name__)
    return extension.metadata.get("swagger") if extension else None  # type: ignore[bad-typed-dict-key]


def visit_swagger(translator: HTML5Translator, node: swagger_ui) -> None:
    """Open the place of Swagger UI, with the table folded below it."""
    if translator.builder.name not in cells.INTERACTIVE:
        return
    if not has_swagger(translator.builder.app):
        translator.body.append(f'<div class="st-swagger">\n<p>{NO_SWAGGER}</p>\n')
        return
    document = node["document"].replace("<", "\\u003c")
    name = escape(f"Swagger UI of stage {node['stage']}")
    translator.body.append(
        f'<div class="st-swagger" data-stage="{node["stage"]}">\n'
        f'<script type="application/json">{document}</script>\n'
        f'<p class="st-swagger-bar" hidden><button type="button">Show Swagger UI</button>'
        f' <span role="status"></span></p>\n'
        f'<div class="st-swagger-place" role="region" aria-label="{name}" hidden></div>\n'
        f'<p class="st-swagger-hint" hidden>{HINT}</p>\n'
        "<details open><summary>The routes as a table</summary>\n"
    )


def depart_swagger(translator: HTML5Translator, node: swagger_ui) -> None:
    """Close what `visit_swagger` opened."""
    del node
    if translator.builder.name in cells.INTERACTIVE:
        folded = has_swagger(translator.builder.app)
        translator.body.append("</details>\n</div>\n" if folded else "</div>\n")


def pass_by(translator: SphinxTranslator, node: nodes.Element) -> None:
    """Write nothing but the children."""
    del translator, node


# ---------------------------------------------------------------- pages and files


def load(page: pagefiles.Page) -> None:
    """Load style and script on a page that has a stage."""
    if page.doctree is None or "stages" not in page.metadata:
        return
    page.style("stages/stages.css")
    if "swagger" in page.metadata and has_swagger(page.app):
        page.script("stages/swagger.js")


def outdated(app: Sphinx, env: BuildEnvironment, *_: object) -> list[str]:
    """Name the pages that show a stage which has changed."""
    del app
    now = {number: digest(number) for number in stages.numbers()}

    def shown(name: str) -> dict[int, str]:
        return env.metadata[name].get("stages", {})

    return [
        name
        for name in env.all_docs
        if any(now.get(number) != old for number, old in shown(name).items())
    ]


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Put the stages' archives, and Swagger UI where a page has it, into the book."""
    if error is not None or app.builder.name not in cells.INTERACTIVE:
        return
    place = Path(app.outdir) / PLACE
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("*.zip"):
        old.unlink()
    if any("stages" in metadata for metadata in app.env.metadata.values()):
        for number in stages.numbers():
            (place / f"todo-stage-{number}.zip").write_bytes(stages.archive(number))
    source = _swagger(app)
    shutil.rmtree(place / "swagger-ui", ignore_errors=True)
    if source is not None:
        swagger.copy(source, place / "swagger-ui")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the part; called by `bookext`."""
    quiet = (pass_by, pass_by)
    others = {"latex": quiet, "text": quiet, "man": quiet, "texinfo": quiet}
    app.add_node(download_stage)
    app.add_node(swagger_ui, html=(visit_swagger, depart_swagger), **others)
    app.add_directive("download-stage", DownloadStage)
    app.add_directive("swagger-ui", SwaggerUi)
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", find_swagger)
    app.connect("doctree-resolved", fill_boxes)
    pagefiles.offer(app, HERE / "static", load)
    app.connect("build-finished", write_files)
    return {
        "version": "1",
        "env_version": 2,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
