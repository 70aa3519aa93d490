"""The book in other forms: an e-book, a PDF, and plain text for language models.

Each is made from the same chapters and the same validated outputs as the HTML book; nothing is run.
"""

from __future__ import annotations

import html
import mimetypes
import posixpath
import re
import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree as ET

import nbformat
import yaml

from bookext import archives
from bookext.look import frontmatter, site
from coursekit import book, notebooks
from coursekit.browser import CHROMIUM_FLAGS, find_chromium
from coursekit.messages import CourseError
from coursekit.places import BUILD, HTML, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbformat import NotebookNode

FORMS = BUILD / "forms"
NAME = "modern-python"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_STYLES = ("look/epub.css", "look/code.css")
_BODY = re.compile(r"<body>(.*)</body>", re.DOTALL)
_ROLE = re.compile(r"\{[\w:-]+\}`([^`<]+?)(?:\s*<[^`>]*>)?`")
_DIRECTIVE = re.compile(r"^(`{3,}|:{3,})\{[\w:-]+\}.*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def build_epub(into: Path = FORMS) -> Path:
    """Build `modern-python.epub`, an EPUB 3.

    Raises:
        CourseError: Sphinx reported something, or a page is not well-formed XML.
    """
    work = BUILD / "epub"
    _run("epub", work)
    pages = [read_page(work, docname) for docname in reading_order(ROOT)]
    target = into / f"{NAME}.epub"
    pack(pages, work, target, title=_title(), version=site.number(ROOT))
    return target


def build_pdf(into: Path = FORMS) -> Path | None:
    """Build `modern-python.pdf`: the whole book on one page, printed by Chromium.

    Returns:
        The file, or nothing where there is no Chromium; that is said on standard error.

    Raises:
        CourseError: Sphinx reported something.
    """
    chromium = find_chromium()
    if chromium is None:
        print("No PDF: there is no Chromium or Chrome on this machine.", file=sys.stderr)
        return None
    work = BUILD / "print"
    _run("singlehtml", work)
    # The page names its styles from the top folder, whichever folder the first chapter is in.
    page = work / "index.html"
    (work / f"{_toc()['root']}.html").replace(page)
    target = into / f"{NAME}.pdf"
    target.parent.mkdir(parents=True, exist_ok=True)
    print_page(page, target, chromium, title=f"{_title()}, {site.version(ROOT)}")
    return target


def build_llms_txt(into: Path = HTML) -> list[Path]:
    """Write `llms.txt` (what there is) and `llms-full.txt` (all of it) beside the HTML pages.

    Raises:
        CourseError: a chapter has no validated outputs.
    """
    order = reading_order(ROOT)
    described = [frontmatter.read(ROOT / f"{name}.md", name) for name in order]
    runnable = [ROOT / f"{one.docname}.md" for one in described if one.minutes is not None]
    with tempfile.TemporaryDirectory() as folder:
        exported = notebooks.export(runnable, Path(folder))
        filled = {
            path.stem: cast("NotebookNode", nbformat.read(path, as_version=4)) for path in exported
        }
    texts = [
        notebook_text(filled[one.slug])
        if one.slug in filled
        else plain((ROOT / f"{one.docname}.md").read_text(encoding="utf-8"))
        for one in described
    ]
    into.mkdir(parents=True, exist_ok=True)
    index, full = into / "llms.txt", into / "llms-full.txt"
    index.write_text(overview(_title(), described), encoding="utf-8")
    full.write_text("\n\n".join(texts).strip() + "\n", encoding="utf-8")
    return [index, full]


def reading_order(root: Path) -> list[str]:
    """List the pages of the table of contents, the first page first."""
    toc = root / "_toc.yml"
    first = str(_toc(root)["root"])
    return [first, *(name for part in frontmatter.parts(toc) for name in part.docnames)]


# The e-book


@dataclass(frozen=True)
class Page:
    """One page of the e-book: its path in the book, its title, sections and XHTML body."""

    path: str
    title: str
    sections: list[tuple[str, str]]
    body: str
    files: list[str]

    @property
    def has_svg(self) -> bool:
        """Whether the page draws; a reader must be told."""
        return "<svg" in self.body


def read_page(built: Path, docname: str) -> Page:
    """Read a page that Sphinx's EPUB builder wrote.

    Raises:
        CourseError: it is not well-formed, so that no e-book reader would open it.
    """
    path = built / f"{docname}.xhtml"
    text = path.read_text(encoding="utf-8")
    found = _BODY.search(text)
    try:
        tree = ET.fromstring(text.partition("?>")[2] if text.startswith("<?xml") else text)
    except ET.ParseError as error:
        message = f"{docname}: not well-formed in the e-book, {error}"
        raise CourseError(message) from error
    heading = tree.find(f".//{_XHTML}h1")
    sections: list[tuple[str, str]] = []
    for section in tree.iter(f"{_XHTML}section"):
        words = section.find(f"{_XHTML}h2")
        if words is not None and "id" in section.attrib:
            sections.append((section.attrib["id"], _words(words)))
    here = posixpath.dirname(docname)
    files = [
        posixpath.normpath(posixpath.join(here, image.attrib["src"]))
        for image in tree.iter(f"{_XHTML}img")
        if "src" in image.attrib and ":" not in image.attrib["src"]
    ]
    title = _words(heading) if heading is not None else docname
    return Page(f"{docname}.xhtml", title, sections, found[1] if found else "", files)


def pack(pages: Sequence[Page], work: Path, target: Path, *, title: str, version: str) -> None:
    """Write the e-book: pages, styles and pictures, with its list of contents.

    Args:
        pages: in reading order.
        work: where Sphinx left what the pages name.
        target: the `.epub` to write.
        title: of the book.
        version: of the book.
    """
    styles = [f"_static/{name}" for name in _STYLES]
    files = sorted({file for page in pages for file in page.files})
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        archives.add(archive, "mimetype", b"application/epub+zip", stored=True)
        archives.add(archive, "META-INF/container.xml", _CONTAINER.encode())
        archives.add(
            archive, "content.opf", _package(pages, styles + files, title, version).encode()
        )
        archives.add(archive, "nav.xhtml", _navigation(pages, title).encode())
        for page in pages:
            archives.add(archive, page.path, _document(page, styles).encode())
        for name in styles + files:
            archives.add(archive, name, (work / name).read_bytes())


_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="content.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""


def _package(pages: Sequence[Page], files: Sequence[str], title: str, version: str) -> str:
    items = [
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    ]
    for number, page in enumerate(pages):
        drawn = ' properties="svg"' if page.has_svg else ""
        items.append(
            f'<item id="page-{number}" href="{page.path}" '
            f'media-type="application/xhtml+xml"{drawn}/>'
        )
    for number, name in enumerate(files):
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        items.append(f'<item id="file-{number}" href="{html.escape(name)}" media-type="{kind}"/>')
    spine = [f'<itemref idref="page-{number}"/>' for number, _ in enumerate(pages)]
    author = html.escape(str(_config()["author"]))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" xml:lang="en" unique-identifier="uid">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="uid">urn:{NAME}-course:{version}</dc:identifier>
<dc:title>{html.escape(title)}</dc:title>
<dc:language>en</dc:language>
<dc:creator>{author}</dc:creator>
<meta property="dcterms:modified">{_modified(version)}</meta>
</metadata>
<manifest>
{"\n".join(items)}
</manifest>
<spine>
{"\n".join(spine)}
</spine>
</package>
"""


def _modified(version: str) -> str:
    """Give the month of the version as a time: an e-book must name one, and two builds agree."""
    year, _, month = version.partition(".")
    return (
        f"{year if year.isdigit() else '1980'}-{month[:2].zfill(2) if month else '01'}-01T00:00:00Z"
    )


def _navigation(pages: Sequence[Page], title: str) -> str:
    entries: list[str] = []
    for page in pages:
        inner = "".join(
            f'<li><a href="{page.path}#{html.escape(anchor)}">{html.escape(words)}</a></li>'
            for anchor, words in page.sections
        )
        nested = f"<ol>{inner}</ol>" if inner else ""
        entries.append(f'<li><a href="{page.path}">{html.escape(page.title)}</a>{nested}</li>')
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"
 lang="en" xml:lang="en">
<head><title>{html.escape(title)}</title></head>
<body><nav epub:type="toc"><h1>Contents</h1><ol>
{"\n".join(entries)}
</ol></nav></body>
</html>
"""


def _document(page: Page, styles: Iterable[str]) -> str:
    up = "../" * page.path.count("/")
    links = "".join(f'<link rel="stylesheet" href="{up}{name}"/>' for name in styles)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en" data-theme="light">
<head><meta charset="utf-8"/><title>{html.escape(page.title)}</title>{links}</head>
<body>{page.body}</body>
</html>
"""


def _words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


# The PDF


def print_page(page: Path, target: Path, chromium: str, *, title: str) -> None:
    """Print a page with numbered sheets, bookmarks and tags for screen readers."""
    from playwright.sync_api import sync_playwright

    style = "width:100%;margin:0 16mm;font:8pt system-ui,sans-serif;color:#444;display:flex"
    footer = (
        f'<div style="{style}"><span>{html.escape(title)}</span>'
        '<span class="pageNumber" style="margin-left:auto"></span></div>'
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*CHROMIUM_FLAGS])
        try:
            shown = browser.new_page()
            shown.goto(page.resolve().as_uri(), wait_until="load")
            shown.pdf(
                path=target,
                format="A4",
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=footer,
                margin={"top": "18mm", "right": "16mm", "bottom": "20mm", "left": "16mm"},
                print_background=True,
                outline=True,
                tagged=True,
            )
        finally:
            browser.close()


# The text


def overview(title: str, chapters: Sequence[frontmatter.Chapter]) -> str:
    """Make `llms.txt`: a heading, a summary, and a link with a sentence for each page."""
    lines = [
        f"# {title}",
        "",
        "> An executable course on modern Python for working programmers. Every output was printed"
        " by the code above it and is compared on each change.",
        "",
        "The whole text, with code and outputs: [llms-full.txt](llms-full.txt)",
        "",
        "## Chapters",
        "",
    ]
    for one in chapters:
        if one.minutes is not None:
            goals = f": {'; '.join(one.outcomes)}" if one.outcomes else ""
            lines.append(f"- [{plain(one.title)}]({one.docname}.html){plain(goals)}")
    lines += ["", "## Around them", ""]
    lines += [
        f"- [{plain(one.title)}]({one.docname}.html)" for one in chapters if one.minutes is None
    ]
    return "\n".join(lines) + "\n"


def notebook_text(notebook: NotebookNode) -> str:
    """Write a notebook as Markdown: prose, code, and what the code printed."""
    made: list[str] = []
    for cell in cast("list[NotebookNode]", notebook.cells):
        if cell.cell_type == "markdown":
            made.append(plain(cell.source))
        elif cell.cell_type == "code":
            made.append(f"```python\n{cell.source.rstrip()}\n```")
            printed = "".join(output_text(output) for output in cell.outputs).rstrip()
            if printed:
                made.append(f"Output:\n\n```text\n{printed}\n```")
    return "\n\n".join(part for part in made if part.strip())


def output_text(output: dict[str, Any]) -> str:
    """Give one output's text: what was printed, the value's text form, or the exception."""
    match output["output_type"]:
        case "stream":
            text = str(output["text"])
        case "error":
            text = f"{output['ename']}: {output['evalue']}\n"
        case _:
            text = str(output["data"].get("text/plain", "")) + "\n"
    return _ESCAPES.sub("", text)


def plain(markdown: str) -> str:
    """Take front matter, directives and roles out of MyST Markdown; the words of roles stay."""
    text = re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.DOTALL)
    return _ROLE.sub(r"\1", _DIRECTIVE.sub(_inside, text)).strip("\n")


def _inside(directive: re.Match[str]) -> str:
    """Keep the words of a directive such as a note, without its fences and options."""
    lines = directive[0].split("\n")[1:-1]
    return "\n".join(line for line in lines if not re.match(r":[\w-]+:", line)).strip("\n")


# Shared


def _run(builder: str, work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    if book.run_sphinx(builder, work, quiet=True):
        message = f"The book was not built as {builder}; the lines above say why."
        raise CourseError(message)


def _config() -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load((ROOT / "_config.yml").read_text("utf-8")))


def _toc(root: Path = ROOT) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load((root / "_toc.yml").read_text("utf-8")))


def _title() -> str:
    return str(_config()["title"])
