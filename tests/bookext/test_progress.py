"""Is progress noted, merged, exported and reset, and are questions asked when they are due?"""

import json
import pickle
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from progress_book import NUMBERS, build_progress, lay_out_progress

from bookext import progress

PAGE = "chapters/progress.html"
NUMBERS_PAGE = "chapters/advanced/numbers.html"
NAME = "course:progress"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    lay_out_progress(folder)
    return build_progress(folder)


def catalog(book):
    text = (book / "_static/progress/progress.js").read_text(encoding="utf-8")
    return json.loads(re.search(r"courseCatalog=(.*);$", text, re.MULTILINE)[1])


# ---------------------------------------------------------------- what the build knows


def test_is_what_there_is_to_do_taken_from_the_chapters(book):
    listed = catalog(book)
    assert list(listed) == ["numbers", "words"]  # the page without minutes is no chapter
    assert len(listed["numbers"]["read"]) == 3 * 3
    assert listed["numbers"]["solved"] == ["double"]
    assert len(listed["numbers"]["answered"]) == 4 * 5
    assert listed["words"]["answered"] == ""


def test_is_nothing_to_run_in_a_book_without_live_cells(book):
    assert {one["run"] for one in catalog(book).values()} == {""}


def test_are_equal_cells_told_apart_and_cells_that_cannot_run_left_out(book):
    with (book.parents[1] / "doctrees/environment.pickle").open("rb") as file:
        env = pickle.load(file)
    first, second, third = env.metadata["chapters/advanced/words"]["progress"].cells
    assert second == "---"
    assert len({first, second, third}) == 3


def test_does_a_change_in_a_chapter_reach_the_page_on_progress(tmp_path):
    lay_out_progress(tmp_path)
    out = build_progress(tmp_path)
    before = catalog(out)["numbers"]["read"]
    lay_out_progress(tmp_path, numbers=NUMBERS.replace("## Counting", "## Reckoning\n\n## Sums"))
    build_progress(tmp_path)
    after = catalog(out)["numbers"]["read"]
    assert len(after) == len(before) + 3
    assert after[-6:] == before[-6:]
    assert "4 sections" in (out / PAGE).read_text(encoding="utf-8")


def test_is_the_script_of_every_page_the_same_without_its_comments():
    source = (Path(progress.__file__).parent / "every-page.js").read_text(encoding="utf-8")
    kept = [
        line.strip()
        for line in re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL).split("\n")
        if line.strip() and not line.strip().startswith("//")
    ]
    lean = re.sub(r"/\*.*?\*/", "", progress.lean(source))
    assert lean.split("\n")[:-1] == kept
    assert len(lean) < 0.8 * len(source)


def test_is_the_deck_beside_the_pages(book):
    assert (book / "modern-python.apkg").stat().st_size > 0
    html = (book / PAGE).read_text(encoding="utf-8")
    assert 'href="../modern-python.apkg"' in html
    assert "the 4 questions" in html


@pytest.mark.parametrize("builder", ["singlehtml", "epub", "text"])
def test_do_other_formats_say_what_each_chapter_holds(book, builder):
    out = build_progress(book.parents[1], builder)
    name = {"singlehtml": "index.html", "epub": "chapters/progress.xhtml", "text": ""}[builder]
    if name:
        text = (out / name).read_text(encoding="utf-8")
        assert "3 sections, 1 exercise, 4 questions" in text
        assert "progress.js" not in text
        assert "<template" not in text


# ---------------------------------------------------------------- in a browser


@pytest.fixture
def context(browser):
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def visit(context, book):
    """Open a page of the book; what goes wrong on it fails the test."""
    problems = []

    def open_page(path=PAGE):
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(error))
        page.goto((book / path).as_uri())
        page.wait_for_function("window.courseProgress")
        return page

    yield open_page
    # The small book has another theme, whose own script wants a storage.
    assert [error for error in problems if "sphinx_highlight" not in error.stack] == []


def doc(page):
    return page.evaluate(f"JSON.parse(localStorage.getItem('{NAME}'))")


def answer(page, *, right, name=None):
    """Answer the question that is shown, or the one of that name."""
    root = page.locator(f"[data-id='{name}']" if name else ".review .st-question")
    if root.get_attribute("data-kind") == "order":
        wanted = root.locator(".st-right-order li").evaluate_all(
            "all => all.map(x => x.dataset.key)"
        )
        if not right:
            wanted.reverse()
        for at, key in enumerate(wanted):
            row = root.locator(f".st-order > li[data-key='{key}']")
            while row.evaluate("row => [...row.parentElement.children].indexOf(row)") > at:
                row.locator("button").first.click()
    else:
        some = root.locator("li[data-right=true]" if right else "li[data-right=false]")
        keys = some.evaluate_all("all => all.map(x => x.dataset.key)")
        for key in keys if right else keys[:1]:
            root.locator(f"input[value='{key}']").check()
    root.locator(".st-check").click()


def set_clock(page, day):
    page.clock.set_fixed_time(datetime(2026, 3, day, 12, tzinfo=UTC))


def parts(page, slug="numbers"):
    item = page.locator(f"[data-slug={slug}]")
    return dict(
        zip(item.locator("dt").all_inner_texts(), item.locator("dd").all_inner_texts(), strict=True)
    )


def test_is_a_section_read_when_its_end_was_in_sight_for_a_second(visit):
    page = visit(NUMBERS_PAGE)
    page.wait_for_function(f"localStorage.getItem('{NAME}')")
    page = visit()
    assert int(parts(page)["Sections read"].split()[0]) >= 1


def test_are_answers_counted_from_what_the_quiz_keeps(visit):
    page = visit(NUMBERS_PAGE)
    answer(page, right=True, name="sum")
    answer(page, right=False, name="home")
    page = visit()
    assert parts(page)["Questions right"] == "1 of 4"
    page.get_by_text("What is left").first.click()
    page.get_by_text("Questions: 2 of 4 answered, 1 right").wait_for()


def test_is_a_cell_run_when_it_is_done_and_an_exercise_solved_when_its_check_says_so(visit):
    page = visit(NUMBERS_PAGE)
    page.evaluate("""() => {
        courseProgress.catalog.numbers.run = ["aaa", "---", "ccc"];
        const cells = [...document.querySelectorAll(".cell")];
        cells.forEach((cell, at) => {
            cell.dataset.cell = at + 1;
            cell.dataset.cellState = "done";
        });
    }""")
    page.wait_for_function("courseProgress.read().chapters.numbers?.run?.ccc")
    kept = doc(page)["chapters"]["numbers"]
    assert set(kept["run"]) == {"aaa", "ccc"}
    assert "solved" not in kept
    page.evaluate("""() => {
        const check = document.querySelector("[data-role=check]");
        check.insertAdjacentHTML("beforeend", '<div class="st-verdict st-solved"></div>');
        check.dataset.cellState = "running";
        check.dataset.cellState = "done";
    }""")
    page.wait_for_function("courseProgress.read().chapters.numbers.solved?.double")


def test_can_an_exercise_be_ticked_that_was_solved_elsewhere_and_unticked(visit):
    page = visit()
    page.get_by_text("What is left").first.click()
    box = page.get_by_label("Solved: Double it")
    box.focus()
    page.keyboard.press("Space")
    assert parts(page)["Exercises solved"] == "1 of 1"
    assert page.evaluate("document.activeElement.ariaLabel") == "Solved: Double it"
    page.keyboard.press("Space")
    assert parts(page)["Exercises solved"] == "0 of 1"
    page.reload()
    assert parts(page)["Exercises solved"] == "0 of 1"


# ---------------------------------------------------------------- the store


@pytest.mark.parametrize(
    "junk",
    [
        "not json", "null", "[]", "7", '"text"', '{"version": 1, "chapters": 3, "cards": []}',
        '{"version": 1, "chapters": {"numbers": null, "__proto__": {"read": {"a": 1}}}}',
        '{"version": 1, "chapters": {"numbers": {"read": {"a": "x", "b": 1e99, "c": 5}}}}',
        '{"version": 1, "since": 9e15, "cards": {"numbers/sum": {"t": 1}}, "rounds": {"a": -1}}',
        '{"version": 1, "chapters": {"constructor": {"read": {"toString": 5}}}}',
    ],
)  # fmt: skip
def test_does_junk_in_the_storage_harm_nothing(visit, junk):
    page = visit()
    page.evaluate(f"junk => localStorage.setItem('{NAME}', junk)", junk)
    page.reload()
    page.wait_for_function("window.courseProgress")
    page.evaluate("courseProgress.mark('numbers', 'solved', 'double')")
    assert parts(page)["Exercises solved"] == "1 of 1"
    assert doc(page)["since"] == 0
    assert page.evaluate("({}).read") is None


def test_do_two_tabs_lose_nothing(visit):
    one, other = visit(), visit()
    for at in range(20):
        (one if at % 2 else other).evaluate(f"courseProgress.mark('numbers', 'read', 'k{at}')")
    one.wait_for_function("Object.keys(courseProgress.read().chapters.numbers.read).length === 20")


def test_is_what_another_tab_has_overwritten_written_again(visit):
    one, other = visit(), visit()
    one.evaluate("courseProgress.mark('numbers', 'read', 'mine')")
    # The other tab writes a document from before, as a browser's processes may.
    other.evaluate(f"localStorage.setItem('{NAME}', JSON.stringify(courseProgress.blank()))")
    other.wait_for_function("courseProgress.read().chapters.numbers?.read?.mine")


def test_does_a_reset_in_one_tab_hold_in_the_other(visit):
    one, other = visit(), visit()
    one.evaluate("courseProgress.mark('numbers', 'read', 'old')")
    other.get_by_role("button", name="Reset", exact=True).click()
    other.get_by_role("button", name="Forget it all").click()
    one.wait_for_function("!courseProgress.read().chapters.numbers")
    one.evaluate("courseProgress.mark('numbers', 'read', 'new')")
    assert list(doc(one)["chapters"]["numbers"]["read"]) == ["new"]


def test_does_the_page_work_and_say_so_where_nothing_can_be_kept(context, visit):
    context.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
    )
    page = visit()
    assert not page.locator(".progress-warning").is_visible()
    page.evaluate("courseProgress.mark('numbers', 'solved', 'double')")
    assert parts(page)["Exercises solved"] == "1 of 1"
    assert "is full" in page.locator(".progress-warning").inner_text()


def test_does_the_page_work_where_the_storage_is_closed(context, visit):
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('closed'); } })"
    )
    page = visit()
    page.evaluate("courseProgress.mark('numbers', 'solved', 'double')")
    assert parts(page)["Exercises solved"] == "1 of 1"
    assert "keeps nothing" in page.locator(".progress-warning").inner_text()


def test_is_a_newer_version_s_document_left_as_it_is(visit):
    page = visit()
    text = '{"version":2,"what":"ever"}'
    page.evaluate(f"text => localStorage.setItem('{NAME}', text)", text)
    page.reload()
    page.wait_for_function("window.courseProgress")
    page.evaluate("courseProgress.mark('numbers', 'solved', 'double')")
    assert page.evaluate(f"localStorage.getItem('{NAME}')") == text
    assert "newer version" in page.locator(".progress-warning").inner_text()


# ---------------------------------------------------------------- the schedule


def test_does_the_schedule_follow_sm_2(visit):
    page = visit()
    days = page.evaluate("""() => {
        const { graded, newCard } = courseProgress;
        const run = (...grades) => {
            let card = newCard("f"), today = 100;
            return grades.map((grade) => {
                card = graded(card, grade, today);
                today = card.due;
                return [card.days, card.ease];
            });
        };
        return [run(4, 4, 4, 4), run(5, 5, 5), run(3, 3, 3), run(4, 4, 1, 4, 4),
                run(...Array(20).fill(3))];
    }""")
    # EF' = EF + 0.1 - (5 - q)(0.08 + (5 - q) 0.02); intervals 1, 6, then the last times EF
    assert days[0] == [[1, 2.5], [6, 2.5], [15, 2.5], [38, 2.5]]
    assert days[1] == [[1, 2.6], [6, 2.7], [17, 2.8]]
    assert days[2] == [[1, 2.36], [6, 2.22], [14, 2.08]]
    assert days[3] == [[1, 2.5], [6, 2.5], [0, 2.5], [1, 2.5], [6, 2.5]]
    assert days[4][-1][1] == 1.3


def test_does_an_answer_in_the_chapter_make_a_card_that_is_due_when_planned(visit, context):
    page = visit(NUMBERS_PAGE)
    set_clock(page, 1)
    answer(page, right=True, name="sum")
    answer(page, right=False, name="home")
    cards = doc(page)["cards"]
    assert (cards["numbers/sum"]["days"], cards["numbers/home"]["days"]) == (1, 0)
    page = visit()
    set_clock(page, 1)
    page.reload()
    assert page.locator(".review-status").inner_text() == (
        "1 card is due now; 1 tomorrow, 1 within a week. 2 of 4 questions in the deck."
    )
    set_clock(page, 2)
    page.reload()
    assert page.locator(".review-status").inner_text().startswith("2 cards are due now")


def test_can_the_due_cards_be_reviewed_by_keyboard_alone(visit):
    page = visit(NUMBERS_PAGE)
    set_clock(page, 1)
    answer(page, right=True, name="sum")
    answer(page, right=True, name="home")
    set_clock(page, 2)
    page.goto(page.url.replace(NUMBERS_PAGE, PAGE))
    page.get_by_role("button", name="Review 2 cards").focus()
    page.keyboard.press("Enter")
    for card in (1, 2):
        assert page.evaluate("document.activeElement.textContent") == f"Card {card} of 2"
        root = page.locator(".review .st-question")
        shown = root.locator("input").evaluate_all("all => all.map(x => x.value)")
        right = root.locator("li[data-right=true]").get_attribute("data-key")
        page.keyboard.press("Tab")
        for key in ("Space", *["ArrowDown"] * shown.index(right), "Enter"):
            page.keyboard.press(key)
        assert page.locator(".review .st-result").inner_text() == "Right."
        assert page.locator(".review-after").inner_text().split("\n")[0] == "How was it?"
        page.keyboard.press({1: "3", 2: "Enter"}[card])  # easy, then good
    assert page.evaluate("document.activeElement.className") == "review-status"
    words = page.locator(".review-status").inner_text()
    assert words.startswith("Done: 2 of 2 right at the first go. Nothing is due now")
    eases = sorted(card["ease"] for card in doc(page)["cards"].values())
    assert eases == [2.5, 2.6]
    assert {card["days"] for card in doc(page)["cards"].values()} == {6}


def test_does_a_missed_card_come_again_until_it_is_right(visit):
    page = visit(NUMBERS_PAGE)
    answer(page, right=False, name="home")
    page.goto(page.url.replace(NUMBERS_PAGE, PAGE))
    page.get_by_role("button", name="Review 1 card").click()
    answer(page, right=False)
    assert page.locator(".review .st-option .st-because").count() == 3
    page.get_by_role("button", name="Next").click()
    assert page.locator(".review-at").inner_text() == "Again, 1 card left"
    answer(page, right=True)
    page.get_by_role("button", name="Good").click()
    words = page.locator(".review-status").inner_text()
    assert words.startswith("Done: 0 of 1 right at the first go. Nothing is due now; 1 tomorrow")
    assert parts(page)["Questions right"] == "1 of 4"  # the latest answer counts


def test_is_no_answer_given_away_before_the_answer(visit):
    page = visit(NUMBERS_PAGE)
    answer(page, right=False, name="home")
    page.goto(page.url.replace(NUMBERS_PAGE, PAGE))
    page.get_by_role("button", name="Review 1 card").click()
    assert page.locator(".review input:checked").count() == 0
    assert page.locator(".review .st-because:visible").count() == 0
    assert not page.locator(".review .st-score").is_visible()


def test_does_a_retake_ask_the_missed_first_then_what_was_not_asked_for_longest(visit):
    page = visit(NUMBERS_PAGE)
    for day, name, right in [(1, "sum", True), (2, "hashable", True), (3, "home", False)]:
        set_clock(page, day)
        answer(page, right=right, name=name)
    page.goto(page.url.replace(NUMBERS_PAGE, PAGE))
    drawn = page.evaluate(
        "courseProgress.page.drawn('numbers', courseProgress.read()).map(q => q.id)"
    )
    assert drawn == ["home", "lookup", "sum", "hashable"]


def test_do_retakes_rotate_and_repeat_with_the_same_seed(visit):
    page = visit()
    drawn = page.evaluate("""() => [1, 2, 3, 4, 5, 6, 1].map((round) => {
        const doc = { ...courseProgress.blank(), rounds: { numbers: round } };
        return courseProgress.page.drawn("numbers", doc, 2).map(({ id }) => id).join(" ");
    })""")
    assert drawn[0] == drawn[-1]
    assert len(set(drawn)) > 2


def test_is_a_retake_kept_as_the_latest_answer(visit):
    page = visit()
    page.get_by_role("button", name="Practise").click()
    for at in range(4):
        assert page.locator(".review-at").inner_text() == f"Card {at + 1} of 4"
        answer(page, right=True)
        page.get_by_role("button", name="Good").click()
    assert page.locator(".review-status").inner_text().startswith("Done: 4 of 4 right")
    assert parts(page)["Questions right"] == "4 of 4"
    page.goto(page.url.replace(PAGE, NUMBERS_PAGE))
    assert page.locator(".st-score p").inner_text() == "4 of 4 answered, 4 right."


# ---------------------------------------------------------------- export, import, reset


def export(page):
    with page.expect_download() as got:
        page.get_by_role("button", name="Export").click()
    assert re.fullmatch(
        r"modern-python-progress-\d{4}-\d\d-\d\d\.json", got.value.suggested_filename
    )
    return got.value.path().read_text(encoding="utf-8")


def load(page, text, button=None):
    page.locator("input[type=file]").set_input_files(
        {"name": "progress.json", "mimeType": "application/json", "buffer": text.encode()}
    )
    page.wait_for_function("document.querySelector('.progress-said').textContent")
    said = page.locator(".progress-said").inner_text()
    if button:
        page.get_by_role("button", name=button).click()
    return said


def test_does_an_export_restore_everything_in_another_browser(browser, book, visit):
    page = visit(NUMBERS_PAGE)
    answer(page, right=True, name="sum")
    page.evaluate("courseProgress.mark('numbers', 'solved', 'double')")
    page.goto(page.url.replace(NUMBERS_PAGE, PAGE))
    before, text = parts(page), export(page)
    other = browser.new_context()
    fresh = other.new_page()
    fresh.goto(page.url)
    assert re.fullmatch(r"An export of .*: 1 chapter, 1 card\.", load(fresh, text, "Add it to"))
    assert parts(fresh) == before
    assert fresh.evaluate("courseProgress.read().cards") == page.evaluate(
        "courseProgress.read().cards"
    )
    other.close()


def test_does_adding_keep_what_is_here_and_take_the_later_answer(visit):
    page = visit(NUMBERS_PAGE)
    set_clock(page, 1)
    answer(page, right=False, name="sum")
    answer(page, right=False, name="home")
    page.goto(page.url.replace(NUMBERS_PAGE, PAGE))
    text = export(page)
    page.evaluate("courseProgress.page.reset()")
    page.goto(page.url.replace(PAGE, NUMBERS_PAGE))
    set_clock(page, 2)
    answer(page, right=True, name="sum")
    page.goto(page.url.replace(NUMBERS_PAGE, PAGE))
    load(page, text, "Add it to")
    # `sum` was answered later here
    assert parts(page)["Questions right"] == "1 of 4"
    assert page.evaluate("Object.keys(courseProgress.answers('numbers')).sort()") == ["home", "sum"]


def test_does_a_reset_not_keep_an_older_export_from_being_added(visit):
    page = visit()
    page.evaluate("courseProgress.mark('numbers', 'solved', 'double')")
    text = export(page)
    page.evaluate("courseProgress.page.reset()")
    assert parts(page)["Exercises solved"] == "0 of 1"
    load(page, text, "Add it to")
    page.wait_for_function("courseProgress.read().chapters.numbers")
    assert parts(page)["Exercises solved"] == "1 of 1"
    page.reload()
    assert parts(page)["Exercises solved"] == "1 of 1"


def test_does_putting_in_place_forget_what_was_here(visit):
    page = visit()
    page.evaluate("courseProgress.mark('numbers', 'solved', 'double')")
    text = export(page)
    page.evaluate("courseProgress.mark('words', 'read', 'abc')")
    load(page, text, "Put it in the place")
    page.wait_for_function("!courseProgress.read().chapters.words")
    assert parts(page)["Exercises solved"] == "1 of 1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not JSON"),
        ("null", "not an export of this page"),
        ('{"format": "another"}', "not an export of this page"),
        ('{"format": "modern-python-progress", "version": 2}', "newer version"),
    ],
)
def test_is_a_file_that_is_no_export_refused_kindly(visit, text, said):
    page = visit()
    words = load(page, text)
    assert said in words
    assert words.endswith("Nothing was changed.")
    assert page.locator(".progress-choice button").count() == 0
    assert doc(page) is None


def test_is_of_an_export_with_broken_parts_only_the_sound_part_taken(visit):
    page = visit()
    text = json.dumps({
        "format": "modern-python-progress", "version": 1, "exported": 7,
        "progress": {"chapters": {"numbers": {"solved": {"double": 5, "other": "x"}, "x": 1}}},
        "quizzes": {"numbers": {"sum": {"fingerprint": 1}, "__proto__": {}}, "../x": {"a": {}}},
    })  # fmt: skip
    load(page, text, "Add it to")
    assert parts(page)["Exercises solved"] == "1 of 1"
    assert page.evaluate("Object.keys(localStorage)") == [NAME]


def test_does_a_reset_ask_first_and_leave_typed_code(visit):
    page = visit(NUMBERS_PAGE)
    answer(page, right=True, name="sum")
    page.evaluate("localStorage.setItem('course-cells:x', '{}')")
    page.goto(page.url.replace(NUMBERS_PAGE, PAGE))
    page.get_by_role("button", name="Reset", exact=True).click()
    assert page.evaluate("document.activeElement.className") == "progress-said"
    page.get_by_role("button", name="Keep it").click()
    assert parts(page)["Questions right"] == "1 of 4"
    page.get_by_role("button", name="Reset", exact=True).click()
    page.get_by_role("button", name="Forget it all").click()
    assert parts(page)["Questions right"] == "0 of 4"
    assert sorted(page.evaluate("Object.keys(localStorage)")) == ["course-cells:x", NAME]


def test_does_the_page_say_without_scripts_what_it_would_show(browser, book):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((book / PAGE).as_uri())
    assert page.get_by_text("3 sections, 1 exercise, 4 questions").is_visible()
    assert page.get_by_text("With JavaScript, questions that are due are asked here").is_visible()
    assert page.get_by_text("buttons here export").is_visible()
    assert page.locator("a[download]").is_visible()
    context.close()
