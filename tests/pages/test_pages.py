"""What a reader's browser finds: each page light, whole, readable and at peace with its console."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from importlib.resources import files

import pytest

MOST_BYTES = 250_000
PICTURE = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


def visit(browser, book, path, **options):
    """Open a page in a context of its own; return both and what was asked for and said."""
    context = browser.new_context(**options)
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request))
    page.on(
        "console",
        lambda message: message.type in {"error", "warning"} and said.append(message.text),
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{book.address}/{path}", wait_until="load")
    return context, page, asked, said


@dataclass
class Visit:
    """What one visit to one page has shown."""

    violations: list[str]
    checked: int
    foreign: list[str]
    said: list[str]
    bytes: int
    width: int
    titled: bool
    summary: str


def look(browser, book, path):
    """Visit a page once: as it loads, in both colour schemes, and at the width of a phone."""
    context, page, asked, said = visit(
        browser, book, path, color_scheme="light", viewport={"width": 1280, "height": 900}
    )
    loaded = list(asked)
    said_on_load = list(said)
    # Each coloured word of code would be checked by itself, for half a minute a page; their colours
    # are computed in test_palette.py instead.
    page.evaluate(
        "document.querySelectorAll('.highlight pre')"
        ".forEach(code => { code.textContent = code.textContent; })"
    )
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    violations, checked = [], 0
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(  # a change of scheme is told with the next frame
            "scheme => document.documentElement.dataset.theme === scheme", arg=scheme
        )
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        checked += len(found["passes"])
        violations += [
            f"{one['impact']}: {one['id']} at {one['nodes'][0]['target']}, {scheme}"
            for one in found["violations"]
        ]
    page.set_viewport_size({"width": 360, "height": 740})
    summary = page.locator("meta[name=description]")
    shown = Visit(
        violations,
        checked,
        [one.url for one in asked if not one.url.startswith((book.address, "data:", "blob:"))],
        said_on_load,
        sum(weight(book, one) for one in loaded),
        page.evaluate("document.documentElement.scrollWidth"),
        bool(page.title()) and page.locator("h1").count() == 1,
        summary.get_attribute("content") if summary.count() == 1 else "",
    )
    context.close()
    return shown


def weight(book, request):
    """Count a request's bytes as sent, without pictures."""
    if request.resource_type == "image" or not request.url.startswith(book.address):
        return 0
    file = book.folder / request.url.removeprefix(book.address + "/").partition("?")[0]
    content = file.read_bytes()
    if file.suffix == ".html":
        content = PICTURE.sub("", content.decode()).encode()
    return len(gzip.compress(content, 6, mtime=0))


@pytest.fixture(scope="module")
def visits(browser, book):
    return {path: look(browser, book, path) for path in book.pages}


def test_no_page_asks_another_host_for_anything(visits):
    assert {path: one.foreign for path, one in visits.items() if one.foreign} == {}


def test_every_page_stays_under_its_weight(visits):
    assert {path: one.bytes for path, one in visits.items() if one.bytes > MOST_BYTES} == {}


def test_no_page_scrolls_sideways_on_a_phone(visits):
    assert {path: one.width for path, one in visits.items() if one.width > 360} == {}


def test_the_console_stays_quiet(visits):
    assert {path: one.said for path, one in visits.items() if one.said} == {}


def test_no_page_shuts_anybody_out(visits):
    assert all(one.checked for one in visits.values())
    assert {path: one.violations for path, one in visits.items() if one.violations} == {}


def test_every_page_has_a_title_and_one_heading(visits):
    assert [path for path, one in visits.items() if not one.titled] == []


def test_every_page_describes_itself(visits):
    plain = {path: one for path, one in visits.items() if path != "search.html"}
    assert [path for path, one in plain.items() if len(one.summary) < 20] == []


@pytest.mark.parametrize("word", ["interpreter", "with", "409"])
def test_the_search_finds_a_word_and_leads_to_its_page(browser, book, word):
    context, page, _, said = visit(browser, book, book.pages[0])
    page.fill("#search-input", word)
    page.press("#search-input", "Enter")
    first = page.locator("#search-results li a").first
    first.wait_for(timeout=10_000)
    first.click()
    page.wait_for_load_state("load")
    assert "/chapters/" in page.url
    assert word in page.locator("main").text_content().lower()
    context.close()
    assert said == []


def test_the_colours_can_be_chosen_and_are_remembered(browser, book):
    context, page, _, _ = visit(browser, book, "chapters/index.html", color_scheme="light")
    page.click("#cycle-mode")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.goto(f"{book.address}/chapters/setup.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_on_a_phone_the_contents_open_and_close(browser, book):
    context, page, _, _ = visit(
        browser, book, "chapters/index.html", viewport={"width": 360, "height": 740}
    )
    link = page.locator("#book-nav a", has_text="Glossary")
    assert not link.is_visible()
    page.click("#open-book-nav")
    assert link.is_visible()
    page.keyboard.press("Escape")
    assert not link.is_visible()
    page.click("#open-book-nav")
    link.click()
    page.wait_for_url("**/glossary.html")
    context.close()


def test_without_javascript_a_page_is_whole(browser, book):
    context, page, _, _ = visit(
        browser,
        book,
        book.chapters[0] if book.chapters else "chapters/index.html",
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
    )
    assert page.locator("article h1").is_visible()
    assert page.locator("#book-nav a").first.is_visible()
    assert page.locator(".js-only:visible").count() == 0
    context.close()


def test_the_front_door_leads_to_the_first_page(browser, book):
    context, page, _, _ = visit(browser, book, "index.html")
    page.wait_for_url("**/chapters/index.html")
    context.close()


def test_a_page_prints_without_its_shell(browser, book):
    context, page, _, _ = visit(browser, book, "chapters/index.html")
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible()
    assert not page.locator("#book-nav").is_visible()
    assert page.locator("article h1").is_visible()
    context.close()


def test_a_link_into_a_long_chapter_arrives_at_its_section(browser, book):
    if not book.chapters:
        pytest.skip("the book has no chapter yet")
    context, page, _, _ = visit(browser, book, f"{book.chapters[-1]}#take-away")
    heading = page.locator("#take-away h2")
    page.wait_for_function(  # sections are laid out as they come near
        """() => {
            const { top } = document.querySelector("#take-away h2").getBoundingClientRect();
            return top >= 0 && top < innerHeight;
        }"""
    )
    assert heading.is_visible()
    context.close()


def test_what_fits_is_no_stop_for_the_keyboard(browser, book):
    if not book.chapters:
        pytest.skip("the book has no chapter yet")
    context, page, _, _ = visit(
        browser, book, book.chapters[0], viewport={"width": 1280, "height": 900}
    )
    page.wait_for_function("document.querySelector('[data-near]') !== null")
    stops = page.evaluate(
        "[...document.querySelectorAll('pre[data-near][tabindex]:not([role])')]"
        ".filter(box => box.scrollWidth <= box.clientWidth + 1).length"
    )
    context.close()
    assert stops == 0


def test_code_that_can_be_edited_is_a_stop_for_the_keyboard_wherever_it_fits(browser, book):
    if not (book.folder / "_static/live/live.js").is_file():
        pytest.skip("the book has no live cells")
    context, page, _, _ = visit(browser, book, book.chapters[0])
    page.wait_for_selector("html[data-live=ready]")
    code = page.locator(".cell[data-cell-state=idle] .cell_input pre").last
    code.scroll_into_view_if_needed()
    page.wait_for_function("code => 'near' in code.dataset", arg=code.element_handle())
    assert code.get_attribute("tabindex") == "0"
    context.close()


def test_each_changed_line_of_a_listing_has_a_line_of_its_own(browser, book):
    listings = [page for page in book.chapters if "st-listing" in (book.folder / page).read_text()]
    if not listings:
        pytest.skip("no chapter of this book shows a file of a stage")
    context, page, _, _ = visit(browser, book, listings[-1])
    page.add_style_tag(content="* { content-visibility: visible !important }")
    shared = page.evaluate(
        """[...document.querySelectorAll('.st-listing pre')].flatMap(pre => {
            const tops = [...pre.querySelectorAll('.hll')]
                .map(line => line.getBoundingClientRect().top);
            return tops.filter((top, place) => tops.indexOf(top) !== place);
        }).length"""
    )
    context.close()
    assert shared == 0
