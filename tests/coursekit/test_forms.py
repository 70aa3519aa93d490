"""Can the book's other forms be opened, and is everything in them?"""

from __future__ import annotations

import base64
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import nbformat
import pytest

from bookext.look.frontmatter import Chapter
from coursekit import forms
from coursekit.browser import find_chromium
from coursekit.messages import CourseError

HTML_NAME = "{http://www.w3.org/1999/xhtml}"
PACKAGE = "{http://www.idpf.org/2007/opf}"

DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
PAGE = """\
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>
<section id="one"><h1>One &amp; all</h1>
<p>Words<br/></p>
<section id="a"><h2>First <code>part</code></h2><svg xmlns="http://www.w3.org/2000/svg"
 viewBox="0 0 1 1"><title>t</title></svg></section>
<p><img src="../_images/dot.png" alt="a dot"/></p>
</section>
</body></html>
"""


@pytest.fixture
def built(tmp_path):
    """Sphinx's output for two pages, one of them with a picture and a drawing."""
    files = {
        "chapters/index.xhtml": PAGE,
        "chapters/end.xhtml": PAGE.replace("One &amp; all", "The end")
        .replace("<svg", "<p><!--")
        .replace("</svg>", "--></p>")
        .replace('<p><img src="../_images/dot.png" alt="a dot"/></p>', ""),
        "_static/look/epub.css": "p{}",
        "_static/look/code.css": "p{}",
    }
    for name, text in files.items():
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    dot = tmp_path / "work" / "_images" / "dot.png"
    dot.parent.mkdir()
    dot.write_bytes(base64.b64decode(DOT))
    return tmp_path / "work"


@pytest.fixture
def ebook(built, tmp_path):
    pages = [forms.read_page(built, name) for name in ("chapters/index", "chapters/end")]
    target = tmp_path / "book.epub"
    forms.pack(pages, built, target, title="A & B", version="2026.11")
    return target


def test_an_ebook_begins_with_its_type_in_the_clear(ebook):
    with zipfile.ZipFile(ebook) as archive:
        first = archive.infolist()[0]
        assert first.filename == "mimetype"
        assert first.compress_type == zipfile.ZIP_STORED
        assert archive.read("mimetype") == b"application/epub+zip"


def test_everything_in_an_ebook_is_declared_and_everything_declared_is_there(ebook):
    with zipfile.ZipFile(ebook) as archive:
        package = ET.fromstring(archive.read("content.opf"))
        declared = {item.attrib["href"] for item in package.iter(f"{PACKAGE}item")}
        names = set(archive.namelist())
        assert names - {"mimetype", "META-INF/container.xml", "content.opf"} == declared
        for name in names:
            if name.endswith((".xhtml", ".opf", ".xml")):
                ET.fromstring(archive.read(name))


def test_pages_of_an_ebook_stand_in_reading_order_and_say_that_they_draw(ebook):
    with zipfile.ZipFile(ebook) as archive:
        package = ET.fromstring(archive.read("content.opf"))
    items = {item.attrib["id"]: item.attrib for item in package.iter(f"{PACKAGE}item")}
    order = [items[ref.attrib["idref"]] for ref in package.iter(f"{PACKAGE}itemref")]
    assert [item["href"] for item in order] == ["chapters/index.xhtml", "chapters/end.xhtml"]
    assert [item.get("properties") for item in order] == ["svg", None]


def test_the_contents_of_an_ebook_lead_to_pages_and_sections(ebook):
    with zipfile.ZipFile(ebook) as archive:
        contents = ET.fromstring(archive.read("nav.xhtml"))
    links = {a.attrib["href"]: a.text for a in contents.iter(f"{HTML_NAME}a")}
    assert links["chapters/index.xhtml"] == "One & all"
    assert links["chapters/index.xhtml#a"] == "First part"


def test_two_ebooks_of_the_same_pages_are_the_same(built, ebook, tmp_path):
    pages = [forms.read_page(built, name) for name in ("chapters/index", "chapters/end")]
    again = tmp_path / "again.epub"
    forms.pack(pages, built, again, title="A & B", version="2026.11")
    assert again.read_bytes() == ebook.read_bytes()


def test_a_page_that_no_reader_could_open_is_named(built):
    (built / "chapters/end.xhtml").write_text(PAGE.replace("<br/>", "<br>"))
    with pytest.raises(CourseError, match="chapters/end: not well-formed"):
        forms.read_page(built, "chapters/end")


def test_epubcheck_finds_nothing(ebook):
    checker = shutil.which("epubcheck")
    if checker is None:
        pytest.skip("no epubcheck on this machine; the e-book's structure is tested above")
    with Path(checker).open("rb") as program:
        # Debian installs a Java archive that wants a kernel setting to run by its name.
        command = ["java", "-jar", checker] if program.read(2) == b"PK" else [checker]
    checked = subprocess.run([*command, str(ebook)], capture_output=True, text=True, check=False)
    assert "ERROR" not in checked.stdout + checked.stderr


def test_a_pdf_is_printed_with_bookmarks_and_tags(tmp_path):
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium on this machine: nothing was printed")
    page = tmp_path / "page.html"
    page.write_text("<html lang='en'><title>T</title><h1>One</h1><p>Words</p><h2>Two</h2>")
    forms.print_page(page, tmp_path / "page.pdf", chromium, title="T")
    written = (tmp_path / "page.pdf").read_bytes()
    assert written.startswith(b"%PDF-")
    assert b"/Outlines" in written
    assert b"/StructTreeRoot" in written


def test_without_chromium_there_is_no_pdf_and_that_is_said(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(forms, "find_chromium", lambda: None)
    assert forms.build_pdf(tmp_path) is None
    assert "no Chromium" in capsys.readouterr().err


def test_a_failed_build_is_an_error_in_words(monkeypatch, tmp_path):
    monkeypatch.setattr(forms.book, "run_sphinx", lambda *_, **__: 1)
    monkeypatch.setattr(forms, "BUILD", tmp_path)
    with pytest.raises(CourseError, match="not built as epub"):
        forms.build_epub(tmp_path)


# The text


def test_a_notebook_as_text_has_prose_code_and_what_was_printed():
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# One\n\nA {term}`data descriptor` wins."),
        nbformat.v4.new_code_cell(
            "print(1)\n2",
            outputs=[
                nbformat.v4.new_output("stream", text="\x1b[31m1\x1b[0m\n"),
                nbformat.v4.new_output("execute_result", data={"text/plain": "2"}),
            ],
        ),
        nbformat.v4.new_code_cell(
            "1 / 0",
            outputs=[nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="by zero")],
        ),
        nbformat.v4.new_code_cell("x = 1"),
    ]
    assert forms.notebook_text(notebook) == (
        "# One\n\nA data descriptor wins.\n\n"
        "```python\nprint(1)\n2\n```\n\nOutput:\n\n```text\n1\n2\n```\n\n"
        "```python\n1 / 0\n```\n\nOutput:\n\n```text\nZeroDivisionError: by zero\n```\n\n"
        "```python\nx = 1\n```"
    )


@pytest.mark.parametrize(
    ("myst", "words"),
    [
        ("---\nminutes: 3\n---\n\n# T", "# T"),
        ("See {doc}`the page <other>`.", "See the page."),
        ("```{note}\n:class: x\n\nMind this.\n```", "Mind this."),
        ("```{course-map}\n```\n\nAfter", "After"),
        ("```python\n{a: 1}\n```", "```python\n{a: 1}\n```"),
    ],
)
def test_markup_for_sphinx_leaves_its_words(myst, words):
    assert forms.plain(myst) == words


def test_the_overview_links_each_page_once():
    pages = [
        Chapter("chapters/index", "Modern Python"),
        Chapter("chapters/advanced/x", "The `x`", 20, outcomes=("do `x`", "undo it")),
    ]
    text = forms.overview("Modern Python", pages)
    assert text.startswith("# Modern Python\n\n> ")
    assert "- [The `x`](chapters/advanced/x.html): do `x`; undo it\n" in text
    assert text.count("](chapters/") == 2


def test_the_first_page_comes_first_and_then_the_table_of_contents(tmp_path):
    (tmp_path / "_toc.yml").write_text(
        "root: chapters/index\nparts:\n- chapters:\n  - file: chapters/a\n  - file: chapters/b\n"
    )
    assert forms.reading_order(tmp_path) == ["chapters/index", "chapters/a", "chapters/b"]
