"""Is progress on the real pages light, quiet, readable for everybody, and in nobody's way?"""

from __future__ import annotations

import gzip
import re
from importlib.resources import files

import pytest

PAGE = "chapters/progress.html"
CHAPTER = "chapters/advanced/descriptors.html"
MOST_BYTES = 8_000  # of what the part adds to a chapter's page, gzipped
SEED = """() => {
    const { put, catalog } = courseProgress;
    const now = Date.now(), day = courseProgress.day();
    const [first, second] = Object.keys(catalog);
    const all = (keys) => Object.fromEntries(keys.map((key) => [key, now]));
    put({ chapters: {
        [first]: { read: all(catalog[first].read), run: all(catalog[first].run),
                   solved: all(catalog[first].solved) },
        [second]: { read: all(catalog[second].read.slice(0, 5)) } } });
    const cards = {};
    for (const root of document.querySelectorAll("template[data-cards]")) {
        for (const each of [...root.content.querySelectorAll(".st-question")].slice(0, 2)) {
            cards[`${root.dataset.cards}/${each.dataset.id}`] =
                { t: now, f: each.dataset.fingerprint, n: 2, ease: 2.5, days: 6, due: day };
        }
    }
    put({ cards });
}"""


@pytest.fixture
def visit(browser, book):
    """Open a page; no script fails, and nothing is asked of another host."""
    contexts, wrong = [], []

    def open_page(path, **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith((book.address, "blob:", "data:"))
                or wrong.append(request.url)
            ),
        )
        page.goto(f"{book.address}/{path}")
        page.wait_for_function("window.courseProgress")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def violations(page):
    """What axe finds in light and dark; the colours of code are computed in test_palette.py."""
    page.evaluate(
        "document.querySelectorAll('.highlight pre')"
        ".forEach(code => { code.textContent = code.textContent; })"
    )
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "scheme => document.documentElement.dataset.theme === scheme", arg=scheme
        )
        result = page.evaluate("axe.run({resultTypes: ['violations']})")
        found += [
            f"{one['id']} at {one['nodes'][0]['target']}, {scheme}" for one in result["violations"]
        ]
    return found


def test_does_a_chapter_s_page_stay_light(book):
    html = (book.folder / CHAPTER).read_text(encoding="utf-8")
    loaded = set(re.findall(r"_static/(progress/[^\"?]+)", html))
    assert loaded == {"progress/progress.js", "progress/progress.css"}
    weight = sum(
        len(gzip.compress((book.folder / "_static" / name).read_bytes(), 6)) for name in loaded
    )
    assert weight <= MOST_BYTES


def test_are_all_chapters_listed_with_what_they_hold(visit, book):
    page = visit(PAGE)
    assert page.locator(".progress-chapter").count() == len(book.chapters)
    sums = page.evaluate(
        "Object.keys(courseProgress.catalog).map(slug => courseProgress.summary(slug))"
    )
    for one in sums:
        assert one["read"][1] >= 8
        assert one["solved"][1] >= 5
        assert one["answered"][1] >= 8


def test_do_the_contents_say_how_far_a_chapter_is(visit):
    page = visit(PAGE)
    before = page.locator("#book-nav").bounding_box(), page.evaluate(HEIGHTS)
    page.evaluate(SEED)
    first, second, third = (page.locator("#book-nav a:has(.number)").nth(at) for at in range(3))
    assert re.search(r", \d\d% done$", first.text_content())
    assert re.search(r", \d+% done$", second.text_content())
    assert "done" not in third.text_content()
    assert (page.locator("#book-nav").bounding_box(), page.evaluate(HEIGHTS)) == before


HEIGHTS = "[...document.querySelectorAll('#book-nav li')].map(item => item.offsetHeight)"


def test_is_a_finished_chapter_ticked(visit, book):
    page = visit(PAGE)
    page.evaluate(SEED)
    page.evaluate("""() => {
        const [root] = document.querySelectorAll("template[data-cards]");
        const entries = [...root.content.querySelectorAll(".st-question")].map((each) =>
            [each.dataset.id, { fingerprint: each.dataset.fingerprint, picks: ["x"],
                                done: true, right: true }]);
        localStorage.setItem("course:quiz:" + root.dataset.cards,
                             JSON.stringify(Object.fromEntries(entries)));
        courseProgress.tell();
    }""")
    mark = page.locator("#book-nav a:has(.number)").first
    assert mark.text_content().endswith(", ✓ done")
    page.goto(f"{book.address}/{CHAPTER}")
    assert page.locator("#book-nav a:has(.number)").first.text_content().endswith(", ✓ done")


def test_is_reading_a_chapter_noted_on_its_own_page(visit):
    page = visit(f"{CHAPTER}#take-away")
    page.wait_for_function("courseProgress.summary('descriptors').read[0] > 0")
    current = page.locator("#book-nav .current a")
    assert re.search(r", \d+% done$", current.text_content())


def test_shuts_the_page_nobody_out_with_everything_open(visit):
    page = visit(PAGE)
    page.evaluate(SEED)
    page.get_by_text("What is left").nth(1).click()
    page.get_by_role("button", name="Reset", exact=True).click()
    page.locator(".review-idle .is-main").click()
    assert violations(page) == []
    root = page.locator(".review .st-question")
    key = root.locator("li[data-right=true]").first.get_attribute("data-key")
    root.locator(f"input[value='{key}']").check()
    root.locator(".st-check").click()
    page.locator(".review-after button").first.wait_for()
    assert violations(page) == []


def test_is_nothing_wider_than_a_phone(visit):
    page = visit(PAGE, viewport={"width": 360, "height": 740})
    page.evaluate(SEED)
    page.get_by_text("What is left").nth(1).click()
    page.get_by_role("button", name="Reset", exact=True).click()
    page.locator(".review-idle .is-main").click()
    for _ in range(3):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        root = page.locator(".review .st-question")
        if root.get_attribute("data-kind") == "order":
            root.locator(".st-moves button:not(:disabled)").first.click()
        else:
            root.locator("input").first.check()
        root.locator(".st-check").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator(".review-after .is-main").click()


def test_can_every_question_of_the_course_be_asked_as_a_card(visit):
    page = visit(PAGE)
    wrong = page.evaluate("""() => {
        const wrong = [];
        for (const slug of Object.keys(courseProgress.catalog)) {
            const drawn = courseProgress.page.drawn(slug, courseProgress.read(), 100);
            const ids = new Set(drawn.map(({ id }) => id));
            const known = new Set(courseProgress.catalog[slug].answered);
            if (ids.size !== drawn.length || drawn.length !== known.size) wrong.push(slug);
            for (const { name, fingerprint } of drawn) {
                if (!known.has(fingerprint.slice(0, 5))) wrong.push(name);
            }
        }
        return wrong;
    }""")
    assert wrong == []


def test_is_the_page_whole_without_scripts(browser, book):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{book.address}/{PAGE}")
    assert page.locator(".progress-holds").count() == len(book.chapters)
    assert page.locator(".no-js:visible").count() == 2
    assert page.locator(".js-only:visible").count() == 0
    context.close()


def test_can_the_deck_be_downloaded(visit):
    page = visit(PAGE)
    with page.expect_download() as got:
        page.locator("a[download]").click()
    assert got.value.suggested_filename == "modern-python.apkg"
    assert got.value.path().read_bytes()[:2] == b"PK"
