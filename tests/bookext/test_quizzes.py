"""Is the quiz on the page, can it be answered by keyboard alone, and are answers kept?"""

import re

import pytest
from small_book import QUIZ, build, lay_out

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


def test_is_the_cell_replaced_by_the_questions(html):
    assert html.count('class="st-question"') == 4
    assert "seethrough.quiz" not in html
    assert "tag_quiz" not in html


def test_can_every_reason_be_read_without_a_script(html):
    for reason in re.findall(r"because: (.*)", QUIZ):
        words = reason.strip('"').split("`")[0]
        assert words in html
    assert html.count('<details class="st-answer">') == 4


def test_do_style_and_script_load_only_where_there_is_a_quiz(book, html):
    assert "quiz.js" in html
    assert "quiz.css" in html
    assert "quiz." not in (book / "chapters/advanced/plain.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("builder", ["singlehtml", "epub", "text", "latex"])
def test_do_other_formats_get_questions_and_answers_as_text(book, builder):
    out, said = build(book.parents[1], builder, "-W", "--keep-going")
    assert said == ""
    name = {
        "singlehtml": "index.html",
        "epub": "chapters/advanced/numbers.xhtml",
        "text": "chapters/advanced/numbers.txt",
        "latex": "small.tex",
    }[builder]
    text = (out / name).read_text(encoding="utf-8")
    for words in (
        "Answers",
        "Not right:",
        "Addition binds first.",
        "All instances would share it.",
    ):
        assert words in text
    assert "<input" not in text
    assert "quiz.js" not in text


def test_is_a_fault_in_the_file_a_warning_with_its_line(tmp_path):
    lay_out(tmp_path, quiz=QUIZ.replace("kind: choose\n", "kind: pick\n"))
    _, said = build(tmp_path)
    assert re.search(r"numbers/quiz\.yml:18: WARNING: there is no kind `pick`", said)


def test_does_a_change_in_the_file_reach_the_page(tmp_path):
    lay_out(tmp_path)
    out, _ = build(tmp_path)
    lay_out(tmp_path, quiz=QUIZ.replace("Addition binds first.", "Sums come first."))
    build(tmp_path)
    assert "Sums come first." in (out / PAGE).read_text(encoding="utf-8")


# ---------------------------------------------------------------- in a browser


@pytest.fixture
def page(browser, book):
    context = browser.new_context()
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: page.problems.append(request.url)
            if not request.url.startswith("file:") else None)  # fmt: skip
    page.goto((book / PAGE).as_uri())
    page.wait_for_selector(".st-score")
    yield page
    assert page.problems == []
    context.close()


def question(page, name):
    return page.locator(f"#quiz-{name}")


def result(page, name):
    return question(page, name).locator(".st-result").inner_text()


def score(page):
    return page.locator(".st-score p").inner_text()


def focused(page):
    return page.evaluate("""() => {
        const element = document.activeElement;
        return element.getAttribute("aria-label") || element.value || element.className;
    }""")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_can_a_quiz_be_answered_by_keyboard_alone_and_is_it_kept(page):
    question(page, "sum").locator("input").first.focus()
    keys = (
        question(page, "sum")
        .locator(".st-option")
        .evaluate_all("rows => rows.map(row => row.dataset.key)")
    )
    right = question(page, "sum").locator("li[data-right=true]").get_attribute("data-key")
    press(page, "Space", *["ArrowDown"] * keys.index(right), "Enter")
    assert result(page, "sum") == "Right."
    assert focused(page) == "st-result"  # the button that was pressed is gone

    press(page, "Tab")
    assert focused(page) == "Try again: Question 1 of 4"
    press(page, "Tab", "Space", "Tab")
    assert focused(page) == "Check: Question 2 of 4"
    press(page, "Enter")
    assert "reason below it" in result(page, "home") or result(page, "home") == "Right."

    press(page, "Tab", "Tab", "Space", "Tab", "Space", "Tab", "Space", "Tab", "Enter")
    assert result(page, "hashable") == "Not quite: 2 of 2 found, and 1 that does not belong."

    # instance dictionary, data descriptor, __getattr__, class attribute: put in order
    press(page, "Tab", "Tab")
    assert focused(page) == "Move down: instance dictionary"
    press(page, "Enter")
    assert result(page, "lookup") == "instance dictionary: place 2 of 4."
    assert focused(page) == "Move down: instance dictionary"
    press(page, *["Tab"] * 2)
    assert focused(page) == "Move down: __getattr__"
    press(page, "Enter")
    assert focused(page) == "Move up: __getattr__"  # the other one cannot be pressed any more
    press(page, "Tab", "Enter")
    assert result(page, "lookup") == "Right."
    before = score(page)
    assert before.startswith("4 of 4 answered")

    page.reload()
    page.wait_for_selector(".st-score")
    assert score(page) == before
    assert [result(page, name) for name in ("sum", "lookup")] == ["Right.", "Right."]
    assert question(page, "sum").locator(f"input[value='{right}']").is_checked()


def test_is_every_option_explained_after_the_answer(page):
    home = question(page, "home")
    home.locator("input").first.check()
    assert home.locator(".st-option .st-because").count() == 0
    home.locator(".st-check").click()
    shown = home.locator(".st-option .st-because").all_inner_texts()
    assert len(shown) == 3
    assert sum(text.startswith("Right") for text in shown) == 1
    assert sum("your choice" in text for text in shown) == 1
    for row in home.locator(".st-option").all():
        said = row.locator("input").get_attribute("aria-describedby")
        assert page.locator(f"#{said}").is_visible()
        assert row.locator("input").is_disabled()
    assert home.locator(".st-result").get_attribute("role") == "status"
    assert not home.locator(".st-answer").is_visible()


def test_does_an_empty_answer_ask_for_one(page):
    question(page, "home").locator(".st-check").click()
    assert result(page, "home") == "Choose an option first."
    question(page, "lookup").locator(".st-check").click()
    assert result(page, "lookup") == "Move an item first."
    assert score(page) == "0 of 4 answered, 0 right."


def test_is_a_choice_kept_that_was_not_yet_checked(page):
    question(page, "hashable").locator("input").nth(1).check()
    page.reload()
    page.wait_for_selector(".st-score")
    assert question(page, "hashable").locator("input").nth(1).is_checked()
    assert score(page) == "0 of 4 answered, 0 right."


def test_can_one_and_can_all_be_answered_anew(page):
    for name in ("sum", "home"):
        question(page, name).locator("input").first.check()
        question(page, name).locator(".st-check").click()
    question(page, "sum").locator(".st-again").click()
    assert score(page).startswith("1 of 4 answered")
    assert focused(page) == question(page, "sum").locator("input").first.get_attribute("value")
    page.locator(".st-reset").click()
    assert score(page) == "0 of 4 answered, 0 right."
    assert page.locator("input:checked").count() == 0
    assert page.evaluate("localStorage.getItem('course:quiz:numbers')") == "{}"


def test_does_an_answer_to_an_earlier_wording_not_count(page):
    question(page, "home").locator("input").first.check()
    question(page, "home").locator(".st-check").click()
    page.evaluate("""() => {
        const kept = JSON.parse(localStorage.getItem("course:quiz:numbers"));
        kept.home.fingerprint = "another";
        localStorage.setItem("course:quiz:numbers", JSON.stringify(kept));
    }""")
    page.reload()
    page.wait_for_selector(".st-score")
    assert score(page) == "0 of 4 answered, 0 right."


def answer(page, name, *, right):
    keys = question(page, name).locator(f"li[data-right={str(right).lower()}]")
    key = keys.first.get_attribute("data-key")
    question(page, name).locator(f"input[value='{key}']").check()
    question(page, name).locator(".st-check").click()


def test_can_the_missed_ones_alone_be_tried_again(page):
    again = page.locator(".st-missed")
    answer(page, "sum", right=True)
    assert not again.is_visible()
    answer(page, "home", right=False)
    assert again.inner_text() == "Try the one you missed again"
    again.click()
    assert score(page) == "1 of 4 answered, 1 right."
    assert result(page, "sum") == "Right."
    assert focused(page) == question(page, "home").locator("input").first.get_attribute("value")
    assert not again.is_visible()


def test_do_two_tabs_lose_no_answer(page):
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector(".st-score")
    answer(page, "sum", right=True)
    answer(other, "home", right=False)
    answer(page, "hashable", right=False)
    other.reload()
    other.wait_for_selector(".st-score")
    assert score(other) == "3 of 4 answered, 1 right."


def test_are_others_told_about_each_answer(page):
    page.evaluate("""() => {
        window.told = [];
        document.addEventListener("course:answer", (event) => window.told.push(event.detail));
    }""")
    answer(page, "home", right=False)
    (told,) = page.evaluate("window.told")
    fingerprint = question(page, "home").get_attribute("data-fingerprint")
    assert told == {
        "slug": "numbers",
        "id": "home",
        "fingerprint": fingerprint,
        "right": False,
    }


@pytest.mark.parametrize("junk", ["not json", "null", "[]", "7", '{"home": null}'])
def test_does_junk_in_the_storage_harm_nothing(page, junk):
    page.evaluate("junk => localStorage.setItem('course:quiz:numbers', junk)", junk)
    page.reload()
    page.wait_for_selector(".st-score")
    question(page, "home").locator("input").first.check()
    question(page, "home").locator(".st-check").click()
    assert score(page).startswith("1 of 4 answered")


def test_can_items_be_dragged_into_order(page):
    lookup = question(page, "lookup")
    first, second = (lookup.locator(".st-order li").nth(at) for at in (0, 1))
    lookup.scroll_into_view_if_needed()
    start, end = first.locator(".st-text").bounding_box(), second.bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 40, end["y"] + end["height"] - 2, steps=6)
    page.mouse.up()
    assert result(page, "lookup") == "instance dictionary: place 2 of 4."


def test_does_a_wrong_order_say_where_each_item_belongs(page):
    lookup = question(page, "lookup")
    lookup.get_by_role("button", name="Move down: class attribute").is_disabled()
    lookup.get_by_role("button", name="Move up: class attribute").click()
    lookup.locator(".st-check").click()
    assert result(page, "lookup") == "Not quite: 2 of 4 are in their place."
    texts = lookup.locator(".st-order li").all_inner_texts()
    assert [text.partition("(")[2] for text in texts] == [
        "belongs in place 2)", "belongs in place 1)", "in its place)", "in its place)"
    ]  # fmt: skip
    assert "asks in this order" in lookup.locator(".st-order-because").inner_text()


def test_are_others_told_about_the_score(page):
    page.evaluate("""() => {
        window.told = [];
        document.addEventListener("course:quiz", (event) => window.told.push(event.detail));
    }""")
    question(page, "home").locator("input").first.check()
    question(page, "home").locator(".st-check").click()
    (told,) = page.evaluate("window.told")
    assert {**told, "right": 0} == {"slug": "numbers", "total": 4, "answered": 1, "right": 0}


def test_can_the_answers_be_read_in_a_browser_without_scripts(browser, book):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((book / PAGE).as_uri())
    page.locator("#quiz-sum .st-answer summary").click()
    assert page.get_by_text("Addition binds first.").is_visible()
    assert page.locator(".st-check").count() == 0
    context.close()


def test_does_a_notebook_s_output_answer_too(browser, book, tmp_path):
    from seethrough.quiz import load

    path = book.parents[1] / "source/chapters/advanced/numbers/quiz.yml"
    output = load(path)._repr_html_()
    (tmp_path / "output.html").write_text(
        f'<meta charset="utf-8"><body data-jp-theme-light="true">{output}</body>', encoding="utf-8"
    )
    context = browser.new_context()
    page = context.new_page()
    page.goto((tmp_path / "output.html").as_uri())
    question(page, "home").locator("input").first.check()
    question(page, "home").locator(".st-check").click()
    assert score(page).startswith("1 of 4 answered")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_has_the_answered_quiz_no_barrier(page, theme):
    from axe_playwright_python.sync_playwright import Axe

    background = {"light": "#ffffff", "dark": "#14181c"}[theme]
    ink = {"light": "#1b1f24", "dark": "#e8eaed"}[theme]
    page.evaluate(
        """([theme, background, ink]) => {
            document.documentElement.dataset.theme = theme;
            const all = document.createElement("style");
            all.textContent = `body, div, pre, .highlight * { background: ${background} !important;
                color: ${ink}; }`;
            document.head.prepend(all);
        }""",
        [theme, background, ink],
    )
    question(page, "home").locator("input").first.check()
    question(page, "home").locator(".st-check").click()
    # The colours of code are the theme's, and the theme here is not the book's.
    found = Axe().run(page, context={"include": [".st-quiz"], "exclude": [".highlight"]})
    assert [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found.response["violations"]
    ] == []
