"""Are hints and solution where readers look for them, one at a time, and remembered?"""

import re

import pytest
from small_book import CHAPTER, EXERCISE, build, lay_out

PAGE = "chapters/advanced/numbers.html"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    lay_out(folder)
    out, said = build(folder, "html", "-W", "-n", "--keep-going")
    assert said == ""
    return out


@pytest.fixture(scope="module")
def html(book):
    return (book / PAGE).read_text(encoding="utf-8")


def test_are_the_cells_of_an_exercise_marked(html):
    marks = re.findall(r'<div class="cell [^"]*docutils container" (data-[^>]*)>', html)
    assert marks == [
        'data-exercise="double" data-role="starter"',
        'data-exercise="double" data-role="check"',
    ]


def test_can_an_exercise_be_linked_to(html):
    assert re.search(r'<section id="double-it">\s*<span id="exercise-double"></span><h3>', html)
    assert html.count('href="#exercise-double"') == 2


def test_have_two_exercises_in_one_section_an_anchor_each(tmp_path):
    cell = "```{code-cell}\n:tags: [exercise:triple]\n# Exercise: triple\n```\n"
    lay_out(tmp_path, chapter=CHAPTER.replace("## Quiz", cell + "\n## Quiz"))
    out, _ = build(tmp_path)
    html = (out / PAGE).read_text(encoding="utf-8")
    assert html.count('id="exercise-double"') == html.count('id="exercise-triple"') == 1
    assert re.search(r'<div class="cell [^>]*data-exercise="triple"[^>]*id="exercise-triple"', html)


def test_does_each_hint_hold_the_next_one(html):
    help_ = html.partition('<div class="st-help"')[2].partition('id="quiz"')[0]
    steps = re.findall(r'<details class="[^"]*" data-step="([^"]*)">|(</details>)', help_)
    assert ["/" if end else step for step, end in steps] == [
        "hint-1", "hint-2", "hint-3", "/", "/", "/", "solution", "/"
    ]  # fmt: skip
    assert " open" not in help_
    assert "<code" in help_
    assert 'class="highlight"' in help_


def test_do_style_and_script_load_only_where_there_are_exercises(book, html):
    assert "exercises.js" in html
    assert "exercises" not in (book / "chapters/advanced/plain.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("builder", ["singlehtml", "text"])
def test_do_other_formats_get_hints_and_solution_as_text(book, builder):
    out, said = build(book.parents[1], builder, "-W", "--keep-going")
    assert said == ""
    name = {"singlehtml": "index.html", "text": "chapters/advanced/numbers.txt"}[builder]
    text = (out / name).read_text(encoding="utf-8")
    assert re.search(r"Hint 1 of 3.*Add it to itself\..*Solution.*return", text, re.DOTALL)
    assert "<details" not in text


def test_is_a_missing_file_a_warning_and_its_coming_noticed(tmp_path):
    source = lay_out(tmp_path)
    file = source / "chapters/advanced/numbers/exercises/double.py"
    file.unlink()
    out, said = build(tmp_path)
    assert re.search(r"double\.py:1: there is no such file", said)
    file.write_text(EXERCISE, encoding="utf-8")
    _, said = build(tmp_path)
    assert said == ""
    assert "Hint 1 of 3" in (out / PAGE).read_text(encoding="utf-8")


# ---------------------------------------------------------------- in a browser


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request, browser, book):
    context = browser.new_context(java_script_enabled=request.param)
    page = context.new_page()
    page.goto((book / PAGE).as_uri())
    page.scripted = request.param
    yield page
    context.close()


def hints(page):
    return [page.get_by_text(f"Hint {at} of 3").is_visible() for at in (1, 2, 3)]


def test_are_hints_revealed_one_at_a_time_by_keyboard_and_kept(page):
    assert hints(page) == [True, False, False]
    assert not page.get_by_text("What is twice").is_visible()
    page.get_by_text("Hint 1 of 3").focus()
    page.keyboard.press("Enter")
    assert hints(page) == [True, True, False]
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert hints(page) == [True, True, True]
    page.get_by_text("Solution", exact=True).click()
    assert page.locator(".st-solution .highlight").is_visible()
    if not page.scripted:
        return
    page.wait_for_function(
        "localStorage.getItem('course:exercise:numbers/double')?.includes('sol')"
    )
    page.reload()
    assert hints(page) == [True, True, True]
    assert page.locator(".st-solution .highlight").is_visible()
    page.get_by_text("Hint 2 of 3").click()
    page.wait_for_function("!localStorage.getItem('course:exercise:numbers/double').includes('-2')")
    page.reload()
    assert hints(page) == [True, True, False]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("passed", [True, False])
def test_has_a_verdict_enough_contrast(browser, book, theme, passed):
    from seethrough.exercises import Verdict

    context = browser.new_context()
    page = context.new_page()
    page.goto((book / PAGE).as_uri())
    verdict = Verdict("numbers/double", passed, "`double(4)` gave `4`.")._repr_html_()
    colours = page.evaluate(
        """([theme, verdict]) => {
            document.documentElement.dataset.theme = theme;
            document.querySelector("[data-role=check]").insertAdjacentHTML("beforeend", verdict);
            const box = document.querySelector(".st-verdict");
            const stuck = box.querySelector(".st-stuck");
            return [getComputedStyle(box.querySelector("strong")).color,
                    stuck && getComputedStyle(stuck).display];
        }""",
        [theme, verdict],
    )
    context.close()
    ink = [int(part) for part in re.findall(r"\d+", colours[0])]
    ground = {"light": [255, 255, 255], "dark": [34, 40, 48]}[theme]
    assert contrast(ink, ground) >= 4.5
    assert colours[1] == (None if passed else "none")  # the hints stand right below


def contrast(one, other):
    """Return the contrast ratio of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour):
        parts = [part / 255 for part in colour]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
