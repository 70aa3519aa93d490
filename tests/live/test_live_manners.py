"""How a live page bears what readers do: two tabs, lost networks, hasty Stops, strange outputs."""

from __future__ import annotations

import re

import pytest
from live_reader import RUN, Reader

STORED = "JSON.parse(localStorage.getItem('course-cells:part/cells') ?? '{}')"
TEXT = "(n) => liveCells.source(document.querySelector(`.cell[data-cell='${n}']`))"
FOCUS = "document.activeElement.textContent"


def opened_again(reader):
    """Open the same page in another tab."""
    page = reader.context.new_page()
    page.goto(reader.page.url)
    page.wait_for_selector("html[data-live=ready]")
    return page


def test_a_tab_that_reads_does_not_undo_what_another_one_typed(reader):
    reader.open("part/cells.html")
    reader.type(2, "price = 1")
    reader.page.wait_for_function(f"JSON.stringify({STORED}).includes('price = 1')")
    other = opened_again(reader)
    reader.type(2, "price = 2")
    reader.page.wait_for_function(f"JSON.stringify({STORED}).includes('price = 2')")
    other.wait_for_function(f"({TEXT})(2) === 'price = 2'")
    other.get_by_role("button", name="Run all", exact=True).click()
    other.wait_for_selector(".cell[data-cell='4'][data-cell-state=failed]")
    reader.page.reload()
    reader.ready()
    assert reader.page.evaluate(TEXT, 2) == "price = 2"


def test_a_reset_can_be_taken_back_after_a_reload_too(reader):
    reader.open("part/cells.html")
    reader.type(1, "mine = 1")
    reader.page.wait_for_function(f"JSON.stringify({STORED}).includes('mine = 1')")
    reader.page.reload()
    reader.ready()
    reader.button(1, "Reset cell").click()
    assert "price = 3" in reader.page.evaluate(TEXT, 1)
    reader.button(1, "Bring back what you typed").click()
    assert reader.page.evaluate(TEXT, 1) == "mine = 1"
    assert reader.button(1, "Bring back what you typed").is_hidden()
    reader.page.reload()
    reader.ready()
    assert reader.page.evaluate(TEXT, 1) == "mine = 1"


def test_it_is_said_when_the_browser_keeps_nothing(reader):
    reader.context.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
    )
    reader.open("part/cells.html")
    reader.type(1, "mine = 1")
    reader.page.get_by_role("alert").filter(has_text="Copy your code").wait_for()
    reader.type(1, "mine = 2")
    reader.page.wait_for_timeout(400)
    assert reader.page.get_by_role("alert").count() == 1


def test_a_click_puts_the_cursor_where_it_was(reader):
    reader.open("part/cells.html")
    line = reader.cell(2).locator(".cell_input pre")
    box = line.bounding_box()
    last = line.evaluate(
        """(pre) => { const range = document.createRange(); range.selectNodeContents(pre);
        const boxes = [...range.getClientRects()]; return boxes.at(-1).y + boxes.at(-1).height / 2; }"""
    )
    reader.page.mouse.click(box["x"] + box["width"] - 20, last)
    reader.cell(2).locator(".cm-focused").wait_for()
    reader.page.keyboard.type(" + 1")
    assert reader.page.evaluate(TEXT, 2) == "print('second', price)\nprice * 2 + 1"


def test_run_to_here_runs_again_what_failed_and_what_follows_a_change(reader):
    reader.open("part/cells.html")
    reader.page.evaluate("document.querySelectorAll('.cell').forEach((c) => c.dataset.raises = '')")
    assert reader.run(2) == "failed"  # cell 1 did not run
    reader.button(3, "Run to here").click()
    reader.wait(3, "done")
    assert reader.state(2) == "done"
    reader.type(1, "price = 5")
    reader.button(2, "Run to here").click()
    reader.cell(2).get_by_text("second 5").wait_for()


def test_no_verdict_outlives_what_it_judged(reader):
    reader.open("part/judged.html")
    assert reader.run(2) == "done"  # and brings the exercise along
    assert reader.output(2) == "Solved.\n"
    reader.type(1, "# Exercise: one\nanswer = = 42")
    reader.button(2, "Run cell").click()
    reader.wait(1, "failed")
    assert reader.state(2) == "idle"
    assert reader.output(2) == ""


def test_two_stops_end_one_run(reader):
    reader.open_isolated("part/endless.html")
    reader.type(1, "import time\nkept = 41\ntime.sleep(60)")
    reader.button(1, "Run cell").click()
    reader.wait(1, "running")
    reader.page.evaluate("liveCells.python.stop(), liveCells.python.stop()")
    reader.wait(1, "failed")
    reader.type(1, "import time\ntime.sleep(2.5)\nkept += 1")
    assert reader.run(1) == "done"
    assert reader.page.evaluate(RUN, "print(kept)") == "42\n"


def test_stop_is_heard_while_a_bundle_arrives_and_its_import_works_afterwards(reader):
    reader.open_isolated("part/cells.html")
    assert reader.page.evaluate(RUN, "kept = 41") == ""
    let_go = []
    reader.context.route(re.compile(r"/sqlalchemy-\w+\.zip"), lambda route: let_go.append(route))
    reader.type(2, "import sqlalchemy\nprint(kept, sqlalchemy.__name__)")
    reader.button(2, "Run cell").click()
    reader.page.wait_for_function("liveCells.python.phase === 'busy'")
    reader.page.wait_for_timeout(200)
    reader.press("Stop")
    reader.wait(2, "failed")
    assert "Stopped. The variables of this page are kept." in reader.output(2)
    for route in let_go:
        route.continue_()
    reader.context.unroute_all()
    assert reader.run(2) == "done"
    assert reader.output(2) == "41 sqlalchemy\n"


@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "pyodide.asm.mjs", "snapshot", "worker"])
def test_what_does_not_come_is_said_and_asked_for_again(browser, small, name):
    context = browser.new_context(service_workers="block")
    pattern = re.compile(rf"/{re.escape(name)}")
    context.route(pattern, lambda route: route.abort())
    reader = Reader(context, context.new_page(), small.address)
    reader.open("part/cells.html")
    assert reader.run(1) == "failed"
    assert "Python could not be started here" in reader.output(1)
    context.unroute(pattern)
    assert reader.run(1) == "done"
    context.close()


def test_the_focus_is_neither_lost_nor_taken(reader):
    reader.open_isolated("part/endless.html")
    reader.type(1, "name = input('Who? ')")
    reader.button(1, "Run cell").click()
    field = reader.cell(1).get_by_label("Who?")
    field.wait_for()
    assert field.evaluate("(field) => field === document.activeElement")
    field.fill("Ada")
    field.press("Enter")
    reader.wait(1, "done")
    assert reader.page.evaluate(FOCUS) == "Run"
    reader.button(1, "Run cell").click()
    reader.type(3, "# typing")
    field.wait_for()
    reader.page.keyboard.type(" on")
    assert reader.page.evaluate(TEXT, 3) == "# typing on"
    stop = reader.page.get_by_role("button", name="Stop", exact=True)
    stop.focus()
    reader.page.keyboard.press("Enter")
    reader.wait(1, "failed")
    assert reader.page.evaluate(FOCUS) == "Run all"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (["10%\\r", "20%\\r", "done"], "done"),
        (["AAAAAA", "\\rB", "C"], "BCAAAA"),
        (["ab\\bc\\n", "d"], "ac\nd"),
        (["\\x1b[31mred\\x1b[0m\\n"], "red\n"),
        (["\\b\\bx\\r\\n", "y"], "x\ny"),
    ],
)
def test_text_is_shown_as_a_terminal_shows_it(reader, printed, shown):
    reader.open("part/cells.html")
    source = "\n".join(f"print('{each}', end='', flush=True)" for each in printed)
    reader.page.evaluate(RUN, source)
    assert reader.cell(1).locator(".live-output pre").text_content() == shown


def test_an_output_reaches_neither_the_page_nor_other_hosts(reader):
    reader.open("part/cells.html")
    markup = (
        "<style>h1,.mine{color:rgb(1,2,3)} } h1{display:none} .mine{background:url(http://x.test/a)}"
        "</style><base href='http://x.test/'><meta http-equiv='refresh' content='0;url=/'>"
        "<link rel='stylesheet' href='http://x.test/s.css'><img src='http://x.test/i.png'>"
        "<img srcset='http://x.test/j.png 2x'><p class='mine' style='background:url(//x.test/b)'>own</p>"
        "<svg><image href='http://x.test/k.png'/></svg><video poster='http://x.test/p'></video>"
        "<a href='http://x.test/page'>a link</a>"
    )
    reader.page.evaluate(RUN, f"from IPython.display import HTML\nHTML({markup!r})")
    mine = reader.cell(1).locator(".mine")
    style = "(node) => getComputedStyle(node).color"
    assert mine.evaluate(style) == "rgb(1, 2, 3)"
    heading = reader.page.locator("h1").first
    assert heading.is_visible()
    assert heading.evaluate(style) != "rgb(1, 2, 3)"
    assert reader.page.evaluate("document.baseURI") == reader.page.url
    reader.page.wait_for_timeout(300)
    assert reader.foreign() == []
    assert reader.cell(1).get_by_role("link").get_attribute("href") == "http://x.test/page"


def test_a_long_output_scrolls_in_a_box_of_its_own_and_prints_whole(reader):
    reader.open("part/cells.html")
    reader.page.evaluate(RUN, "for number in range(2_000): print(number)")
    box = reader.cell(1).locator(".live-output pre")
    height = "(pre) => pre.getBoundingClientRect().height"
    assert box.evaluate(height) < 1_000
    assert box.get_attribute("tabindex") == "0"
    reader.type(2, f"text = '{'long ' * 100}end'")
    reader.page.emulate_media(media="print")
    assert box.evaluate(height) > 10_000
    scroller = reader.cell(2).locator(".cm-scroller")
    assert scroller.evaluate("(each) => each.scrollWidth <= each.clientWidth")
