"""What does the book's look make of a chapter, and what does it leave out?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bookext.look import frontmatter, reach, site
from bookext.look.purge import collect, purge

ROOT = Path(__file__).resolve().parents[2]

CONF = """\
import coursekit  # makes nbformat import fast
extensions = ["myst_nb", "jupyter_book", "sphinx_external_toc", "sphinx_book_theme",
              "bookext.look", "bookext.verified"]
external_toc_path = "_toc.yml"
nb_execution_mode = "off"
project = "Small"
author = "nobody"
html_theme = "sphinx_book_theme"
html_theme_options = {"repository_url": "https://github.com/who/course"}
html_use_index = False
language = "en"
"""

TOC = """\
format: jb-book
root: chapters/index
parts:
  - chapters:
      - file: chapters/setup
  - caption: "Part I: Numbers"
    numbered: 1
    chapters:
      - file: chapters/advanced/counting
      - file: chapters/advanced/adding
"""

FRONT = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
"""

COUNTING = f"""\
{FRONT}minutes: 20
prerequisites: []
outcomes:
  - count with `len`
runs_in: {{browser: "yes"}}
---

# Counting `things`

You count <everything> that has a length, and you say what has none.

```{{code-cell}} ipython3
---
tags: [hide-input]
---
len("three")
```

## Again

## And again
"""

ADDING = f"""\
{FRONT}minutes: 30
prerequisites: [counting, dividing]
outcomes: [add]
runs_in:
  browser: partly
  reason: a tab has no abacus.
---

# Adding

You add.
"""

PAGES = {
    "_toc.yml": TOC,
    "conf.py": CONF,
    "pyproject.toml": '[project]\nversion = "7.1"\n',
    "chapters/index.md": "# Small\n\nAll of it, in two chapters.\n\n```{course-map}\n```\n",
    "chapters/setup.md": "# Setting up\n\nNothing to do here at all.\n",
    "chapters/advanced/counting.md": COUNTING,
    "chapters/advanced/adding.md": ADDING,
}


def build(folder, **environment):
    """Build the small book in `folder`; returns what a page's path leads to."""
    out = folder / "html"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(folder / "source")]
    done = subprocess.run(
        [*command, str(out)],
        cwd=ROOT,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)} | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    for name, text in PAGES.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def small(folder):
    return build(folder)


def read(folder, path):
    return (folder / path).read_text(encoding="utf-8")


def test_under_a_title_stand_minutes_prerequisites_and_where_it_runs(small):
    page = read(small, "chapters/advanced/adding.html")
    line = re.search(r'<p class="chapter-meta">.*?</p>', page, re.DOTALL)[0]
    words = re.sub("<.*?>", "", line)
    assert words == (
        "30 minutesafter Counting things, dividingruns partly in a browser tab: a tab has no abacus"
    )
    assert 'href="counting.html"' in line


def test_a_page_that_is_no_chapter_has_no_such_line(small):
    assert "chapter-meta" not in read(small, "chapters/setup.html")


def test_the_map_lists_chapters_with_outcomes_and_nothing_else(small):
    page = read(small, "chapters/index.html")
    map_ = re.search(r'<p class="course-part.*?</ol>', page, re.DOTALL)[0]
    assert "Part I: Numbers" in map_
    assert re.findall(r'href="([^"]*)"', map_) == [
        "advanced/counting.html",
        "advanced/adding.html",
    ]
    assert '<code class="docutils literal notranslate"><span class="pre">len</span>' in map_
    assert "30 min · runs partly in a browser tab" in map_


def test_the_books_contents_number_each_part_and_mark_this_page(small):
    page = read(small, "chapters/advanced/adding.html")
    contents = re.search(r'<nav class="book-nav.*?</nav>', page, re.DOTALL)[0]
    assert '<li class="current"><a href="#" aria-current="page">' in contents
    assert re.findall(r'<span class="number">(\d)</span>', contents) == ["1", "2"]


def test_a_page_says_in_its_head_what_it_is_about(small):
    page = read(small, "chapters/advanced/counting.html")
    assert "<title>Counting things · Small</title>" in page
    assert 'content="You count &lt;everything&gt; that has a length' in page


def test_a_short_page_has_no_contents_of_its_own(small):
    assert 'id="page-nav"' in read(small, "chapters/advanced/counting.html")
    assert 'id="page-nav"' not in read(small, "chapters/setup.html")


def test_feedback_arrives_with_page_and_version(small):
    page = read(small, "chapters/advanced/adding.html")
    link = re.search(r'href="(https://github.com/who/course/issues/new[^"]*)"', page)[1]
    assert "title=Adding%3A%20" in link
    assert "Page%3A%20chapters%2Fadvanced%2Fadding.md%0AVersion%3A%207.1" in link


def test_a_hidden_input_is_named_by_what_one_sees(small):
    page = read(small, "chapters/advanced/counting.html")
    assert re.search(r'<details class="hide above-input"><summary>[\w ]+</summary>', page)


def test_pages_load_no_file_that_is_missing_and_none_of_the_themes_scripts(small):
    for path in small.rglob("*.html"):
        for link in re.findall(r'(?:src|rel="stylesheet"[^>]*href)="([^"]+)"', path.read_text()):
            assert (path.parent / link.partition("?")[0]).resolve().is_file(), (path, link)
    scripts = re.findall(r'<script [^>]*src="([^"]+)"', read(small, "chapters/setup.html"))
    assert [Path(name.partition("?")[0]).name for name in scripts] == ["look.js"]


def test_the_themes_half_megabyte_becomes_a_small_sheet_without_fonts(small):
    vendor = read(small, "_static/look/vendor.css")
    assert len(vendor) < 40_000
    assert "@font-face" not in vendor
    assert not (small / "_static" / "scripts").exists()


def test_the_front_door_leads_on(small):
    assert 'content="0; url=chapters/index.html"' in read(small, "index.html")


def test_a_second_build_changes_nothing_and_keeps_the_purged_sheet(folder, small):
    before = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    kept = next((small / ".doctrees").glob("vendor-*.css")).stat().st_mtime_ns
    build(folder)
    after = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    assert next((small / ".doctrees").glob("vendor-*.css")).stat().st_mtime_ns == kept
    changed = {path.name for path in before if before[path] != after[path]}
    assert {name for name in changed if name.endswith((".html", ".css", ".js"))} == set()


def test_with_an_address_pages_name_it_and_there_is_a_site_map(folder, tmp_path):
    source = tmp_path / "source"
    source.symlink_to(folder / "source")
    web = build(tmp_path, COURSE_BASE_URL="https://example.org/course")
    page = read(web, "chapters/advanced/adding.html")
    address = "https://example.org/course/chapters/advanced/adding.html"
    assert f'<link rel="canonical" href="{address}"' in page
    assert f'<meta property="og:url" content="{address}">' in page
    assert page.count('name="description"') == 1
    assert f"<loc>{address}</loc>" in read(web, "sitemap.xml")


def test_without_an_address_no_page_names_one(small):
    assert "og:url" not in read(small, "chapters/index.html")
    assert not (small / "sitemap.xml").exists()


# Front matter


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('browser: "yes"', ("yes", "")),
        ("browser: yes", ("yes", "")),  # YAML reads a truth value
        ("browser: no", ("no", "")),
        ("browser: partly\n  reason: no threads.", ("partly", "no threads")),
        ('browser: "no: it forks"', ("no", "it forks")),
    ],
)
def test_runs_in_is_read_as_people_write_it(tmp_path, written, read):
    path = tmp_path / "page.md"
    path.write_text(f"---\nminutes: 5\nruns_in:\n  {written}\n---\n\n# Title\n")
    chapter = frontmatter.read(path, "chapters/x/page")
    assert (chapter.browser, chapter.reason) == read


def test_a_comment_in_code_is_not_the_title(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("```python\n# not this\n```\n\n# This\n")
    assert frontmatter.read(path, "page").title == "This"


# The address of the repository


def test_the_configured_repository_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "ci/course")
    site.repository.cache_clear()
    assert site.repository(tmp_path, "https://gitlab.com/a/b/") == "https://gitlab.com/a/b"
    assert site.repository(tmp_path, "") == "https://github.com/ci/course"
    site.repository.cache_clear()


def test_a_remote_given_for_ssh_becomes_a_web_address(monkeypatch, tmp_path):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    remote = ["remote", "add", "origin", "git@github.com:who/course.git"]
    subprocess.run(["git", "-C", str(tmp_path), *remote], check=True)
    site.repository.cache_clear()
    assert site.repository(tmp_path, "") == "https://github.com/who/course"
    site.repository.cache_clear()


def test_without_a_repository_there_is_no_link():
    assert site.feedback_url("", "Title", "page.md", "1") == ""
    assert site.binder_url("", "main", "page.md") == ""


def test_binder_knows_both_hosts():
    page = "chapters/a/b.md"
    assert site.binder_url("https://github.com/a/b", "main", page).startswith(
        "https://mybinder.org/v2/gh/a/b/main?urlpath=lab/tree/chapters/a/b.md"
    )
    assert "/v2/gl/a%2Fb/main?" in site.binder_url("https://gitlab.com/a/b", "main", page)


# The purge


PAGE = '<body><div class="cell big" id="here" data-x="1"><p>words</p></div></body>'


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("p{a:b}", True),
        ("h1{a:b}", False),
        (".cell{a:b}", True),
        (".other{a:b}", False),
        (".cell.other{a:b}", False),
        (".cell > p{a:b}", True),
        ("#here{a:b}", True),
        ("#there{a:b}", False),
        ("[data-x]{a:b}", True),
        ("[data-y]{a:b}", False),
        ('[class*="ell b"]{a:b}', True),
        ('[class*="-Red"]{a:b}', False),
        ('[class^="cell"]{a:b}', True),
        ('[class^="big"]{a:b}', False),
        ("p:not(.other){a:b}", True),
        ("p:is(.other,.more){a:b}", False),
        (":is(.other,p):hover{a:b}", True),
        (".cell::before{a:b}", True),
        ("p:nth-child(2n){a:b}", True),
        ("@media print{.cell{a:b}}", True),
        ("@media print{.other{a:b}}", False),
        (":root{a:b}", True),
    ],
)
def test_a_rule_stays_when_its_selector_could_match(rule, kept):
    assert ("a:b" in purge(rule, collect([PAGE]))) is kept


def test_only_the_selectors_that_could_match_stay():
    assert purge(".cell, .other, h1 p{a:b}", collect([PAGE])).startswith(".cell{")


def test_a_custom_property_stays_while_something_reads_it():
    css = ":root{--a:1;--b:var(--a);--c:2;--d:3}p{width:var(--b)}"
    kept = purge(css, collect(['<p style="height:var(--d)">']))
    assert "--a" in kept
    assert "--b" in kept
    assert "--c" not in kept
    assert "--d" in kept


def test_a_font_or_an_animation_goes_with_its_last_use():
    css = (
        "@font-face{font-family:Used;src:url(a)}@font-face{font-family:Gone;src:url(b)}"
        "@keyframes used{from{top:0}}@keyframes gone{from{top:0}}"
        "p{font-family:Used;animation:used 1s}h1{font-family:Gone;animation:gone 1s}"
    )
    kept = purge(css, collect(["<p>"]))
    assert "Used" in kept
    assert "@keyframes used" in kept
    assert "Gone" not in kept
    assert "gone" not in kept


def test_what_scripts_add_can_be_kept():
    used = collect([PAGE])
    used.classes.add("later")
    assert ".later" in purge(".later{a:b}", used)


def test_purging_twice_gives_the_same():
    css = ".cell{--x:1;color:var(--x)}@media print{p{a:b}}"
    once = purge(css, collect([PAGE]))
    assert purge(once, collect([PAGE])) == once


# What the keyboard reaches


@pytest.mark.parametrize(
    ("box", "marked"),
    [
        ('<div class="highlight"><pre>short</pre></div>', False),
        (f'<div class="highlight"><pre><b>{"x" * 20}</b>\n{"y" * 37}</pre></div>', True),
        (f'<div class="highlight"><pre>{"&lt;" * 36}</pre></div>', False),
        ('<div class="st-picture"><svg class="a" width="560" role="img">', True),
        ('<div class="st-picture"><svg viewBox="0 0 9 9" width="280.5">', False),
        ('<div class="pst-scrollable-table-container"><table>', True),
        ('<div class="output text_html">\n<table>', True),
        ('<div class="output text_html"><div class="st-picture"><svg width="9">', False),
    ],
)
def test_the_keyboard_reaches_what_may_scroll_on_a_phone(box, marked):
    assert ('tabindex="0"' in reach.mark(box)) is marked
