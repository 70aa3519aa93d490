"""What a reader does at a live page, in Chromium."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from hostile import HOSTILE, SAYS
from live_reader import Reader, serving
from recursion import wrong_ends


def test_a_cell_runs_and_says_so(reader):
    reader.open("part/cells.html")
    assert reader.state(1) == "idle"
    assert reader.run(1) == "done"
    assert reader.output(1).strip() == "first"
    assert "done in" in reader.cell(1).locator(".live-state").inner_text()
    assert "Cell 1 done" in reader.page.get_by_role("status").first.inner_text()


def test_run_to_here_brings_what_the_cell_needs(reader):
    reader.open("part/cells.html")
    reader.button(2, "Run to here").click()
    reader.wait(2, "done")
    assert reader.state(1) == "done"
    assert reader.output(2).split() == ["second", "3", "6"]
    assert reader.state(4) == "idle"


def test_run_all_stops_at_a_failure_but_not_at_an_expected_one(reader):
    reader.open("part/cells.html")
    reader.press("Run all")
    reader.wait(4, "failed")
    states = [reader.state(number) for number in range(1, 7)]
    assert states == ["done", "done", "done", "failed", "recorded", "idle"]
    assert "raised, as it should" in reader.cell(3).locator(".live-state").inner_text()
    assert "KeyError: 'pear'" in reader.output(4)
    assert "Cell 4, line 2" in reader.output(4)


def test_a_cell_that_cannot_run_says_why(reader):
    reader.open("part/cells.html")
    assert reader.state(5) == "recorded"
    assert "starts a process" in reader.cell(5).inner_text()
    assert not reader.button(5, "Run cell").count()


@pytest.mark.parametrize("isolated", [False, True], ids=["plain host", "isolated"])
def test_stop_ends_an_endless_loop_and_the_page_goes_on(reader, isolated):
    (reader.open_isolated if isolated else reader.open)("part/endless.html")
    assert reader.run(1) == "done"
    reader.button(2, "Run cell").click()
    reader.wait(2, "running")
    reader.press("Stop")
    reader.wait(2, "failed")
    if isolated:  # shared memory: the names are kept
        assert "KeyboardInterrupt" in reader.output(2)
    else:
        assert "restarted" in reader.output(2)
        assert reader.run(1) == "done"
    assert reader.run(3) == "done"
    assert reader.output(3).strip() == "still here 42"


def test_stop_ends_what_hears_nothing(reader):
    reader.open_isolated("part/endless.html")
    assert reader.run(1) == "done"
    reader.button(6, "Run cell").click()
    reader.wait(6, "running")
    reader.press("Stop")
    reader.wait(6, "failed", timeout=10_000)
    assert reader.run(1) == "done"


@pytest.mark.parametrize("isolated", [False, True], ids=["plain host", "isolated"])
def test_stop_wakes_a_sleeping_cell(reader, isolated):
    (reader.open_isolated if isolated else reader.open)("part/endless.html")
    assert reader.run(1) == "done"
    reader.button(5, "Run cell").click()
    reader.cell(5).get_by_text("begin", exact=True).wait_for()
    reader.press("Stop")
    reader.wait(5, "failed", timeout=10_000)
    assert "begin" in reader.output(5)
    if isolated:
        assert reader.run(3) == "done"


def test_input_asks_the_reader(reader):
    reader.open_isolated("part/endless.html")
    reader.button(4, "Run cell").click()
    field = reader.cell(4).get_by_label("Who?")
    field.fill("Ada")
    field.press("Enter")
    reader.wait(4, "done")
    assert reader.output(4).split("\n")[:2] == ["Who? Ada", "Hello Ada"]


def test_input_says_what_to_do_where_python_cannot_wait(reader):
    reader.open("part/endless.html")
    assert reader.run(4) == "failed"
    assert "Reload the page" in reader.output(4)


@contextmanager
def reader_without_jspi(browser, small):
    """WebKit cannot switch stacks (JSPI)."""

    def cannot(route):
        script = route.fetch()
        route.fulfill(response=script, body=f"delete WebAssembly.Suspending;{script.text()}")

    context = browser.new_context(service_workers="block")
    context.route("**/worker-*.js", cannot)
    page = context.new_page()
    page.set_default_timeout(60_000)
    try:
        yield Reader(context, page, small.address)
    finally:
        context.close()


def test_cells_run_in_a_browser_that_cannot_switch_stacks(browser, small):
    """The memory of a Python that can fits no program there."""
    with reader_without_jspi(browser, small) as reader:
        reader.open("part/cells.html")
        assert reader.run(1) == "done"
        assert reader.output(1).strip() == "first"
        reader.type(2, "import asyncio\nawait asyncio.sleep(0.01)\nprint('slept')")
        assert reader.run(2) == "done"
        assert reader.output(2).strip() == "slept"
        memory = {url.rpartition("/")[2] for url in reader.asked if "/snapshot-" in url}
        assert [name for name in memory if "jspi" in name] == []
        assert len(memory) == 1


def test_what_calls_itself_ends_as_it_does_elsewhere(reader):
    reader.open("part/cells.html")
    assert wrong_ends(reader) == {}


def test_what_calls_itself_ends_so_in_a_browser_that_cannot_switch_stacks(browser, small):
    with reader_without_jspi(browser, small) as reader:
        reader.open("part/cells.html")
        assert wrong_ends(reader) == {}


def test_what_was_typed_survives_reload_and_restart_and_reset_brings_the_book_back(reader):
    reader.open("part/cells.html")
    reader.type(1, "price = 11\nprint('mine')")
    reader.page.reload()
    reader.ready()
    assert "price = 11" in reader.cell(1).locator(".cell_input pre").inner_text()
    reader.button(2, "Run to here").click()
    reader.wait(2, "done")
    assert reader.output(1).strip() == "mine"
    assert reader.output(2).split()[1] == "11"
    reader.press("Restart")
    reader.page.wait_for_selector("html[data-python=ready]")
    assert "price = 11" in reader.cell(1).locator(".cell_input pre").inner_text()
    reader.button(1, "Reset cell").click()
    assert "price = 3" in reader.cell(1).locator(".cell_input pre").inner_text()
    reader.page.reload()
    reader.ready()
    assert "price = 3" in reader.cell(1).locator(".cell_input pre").inner_text()


def test_what_was_typed_survives_a_stop_that_ends_python(reader):
    reader.open("part/endless.html")
    reader.type(1, "typed = 'kept'\nwhile True: pass")
    reader.button(1, "Run cell").click()
    reader.wait(1, "running")
    reader.press("Stop")
    reader.wait(1, "failed")
    assert "typed = 'kept'" in reader.cell(1).locator(".cm-content").inner_text()


ATTEMPT = """([name, source]) => new Promise((end) => {
  const cell = document.querySelector(`.cell[data-cell="${name}"]`);
  cell.addEventListener("live-cell", function hear({detail}) {
    if (!["done", "failed"].includes(detail.state)) return;
    cell.removeEventListener("live-cell", hear);
    end(detail);
  });
  liveCells.setSource(cell, source);
  liveCells.run(cell);
})"""


@pytest.mark.parametrize("isolated", [False, True], ids=["plain host", "isolated"])
def test_no_hostile_cell_keeps_the_next_one_from_running(reader, isolated):
    (reader.open_isolated if isolated else reader.open)("part/cells.html")
    wrong = {}
    for name, source in HOSTILE.items():
        hostile = reader.page.evaluate(ATTEMPT, ["1", source])
        words = reader.cell(1).inner_text()
        following = reader.page.evaluate(ATTEMPT, ["2", "print('next', len('abc'))"])
        text = "".join(each.get("text", "") for each in following["outputs"])
        if following["state"] != "done" or text != "next 3\n":
            wrong[name] = following
        elif SAYS.get(name, "") not in words:
            wrong[name] = words
        elif hostile["state"] == "failed" and not reader.output(1).strip():
            wrong[name] = "it failed without a word"
        elif reader.page.evaluate("liveCells.python.starts") > 1:
            wrong[name] = f"Python did not bear it: {words}"
            break
    assert wrong == {}
    assert reader.said == []


def test_what_was_typed_in_two_tabs_and_for_cells_that_are_gone_is_kept(reader):
    reader.open("part/cells.html")
    other = reader.context.new_page()
    other.goto(f"{reader.address}/part/cells.html")
    other.wait_for_selector("html[data-live=ready]")
    other.evaluate(ATTEMPT, ["6", "print('mine')"])
    reader.type(1, "price = 4")
    reader.button(1, "Reset cell").click()
    reader.page.evaluate(
        """() => {
        const key = "course-cells:part/cells";
        const kept = JSON.parse(localStorage.getItem(key));
        kept.gone = {text: "of a cell that is gone", at: 99, from: "x"};
        kept.changed = {text: "of a cell that changed", at: 4, from: "before"};
        localStorage.setItem(key, JSON.stringify(kept));
    }"""
    )
    reader.page.reload()
    reader.ready()
    assert reader.cell(6).locator(".cell_input pre").inner_text() == "print('mine')"
    assert reader.cell(4).locator(".cell_input pre").inner_text() == "of a cell that changed"
    assert "The book has changed this cell" in reader.cell(4).inner_text()
    kept = reader.page.locator(".live-kept")
    kept.locator("summary").click()
    assert kept.locator("pre").inner_text() == "of a cell that is gone"
    kept.get_by_role("button", name="Forget it").click()
    reader.page.reload()
    reader.ready()
    assert reader.page.locator(".live-kept").count() == 0
    assert reader.cell(6).locator(".cell_input pre").inner_text() == "print('mine')"


def test_everything_can_be_done_by_keyboard(reader):
    reader.open("part/cells.html")
    keys = reader.page.keyboard
    for _ in range(40):
        keys.press("Tab")
        label = reader.page.evaluate("document.activeElement.getAttribute('aria-label')")
        if label == "Code of cell 1, Enter to edit":
            break
    else:
        pytest.fail("Tab never came to the first cell's code")
    keys.press("Enter")
    reader.page.wait_for_function("document.activeElement.closest('.cm-editor')")
    keys.press("ControlOrMeta+End")
    keys.type("\nprint('by hand')")
    keys.press("Control+Enter")
    reader.wait(1, "done")
    assert reader.output(1).split("\n")[:2] == ["first", "by hand"]
    assert reader.page.evaluate("Boolean(document.activeElement.closest('.cm-editor'))")
    keys.press("Escape")
    assert reader.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Run cell"
    keys.press("Tab")
    assert reader.page.evaluate("document.activeElement.textContent") == "Run to here"
    reader.cell(1).locator(".cm-content").focus()
    keys.press("Shift+Enter")
    assert (
        reader.page.evaluate("document.activeElement.getAttribute('aria-label')")
        == "Code of cell 2, Enter to edit"
    )
    reader.wait(1, "done")


def test_the_error_is_marked_in_the_editor(reader):
    reader.open("part/cells.html")
    reader.type(1, "fine = 1\nfine / 0\n")
    assert reader.run(1) == "failed"
    assert reader.cell(1).locator(".live-problem").inner_text() == "fine / 0"


def test_a_missing_name_points_to_the_cells_above(reader):
    reader.open("part/cells.html")
    assert reader.run(2) == "failed"
    assert "Run to here" in reader.output(2)


def test_html_in_an_output_cannot_run_scripts(reader):
    reader.open("part/cells.html")
    source = (
        "from IPython.display import HTML\n"
        "print('<b>not bold</b><script>window.bad = 1</script>')\n"
        "HTML('<p>shown</p><script>window.bad = 2</script><img src=x onerror=\"window.bad = 3\">')"
    )
    reader.type(1, source)
    assert reader.run(1) == "done"
    reader.page.wait_for_timeout(200)
    assert reader.page.evaluate("window.bad === undefined")
    assert "<b>not bold</b>" in reader.output(1)
    assert "shown" in reader.output(1)


def test_a_page_asks_no_other_host_and_its_console_is_quiet(reader):
    reader.open("part/cells.html")
    reader.press("Run all")
    reader.wait(4, "failed")
    assert reader.foreign() == []
    assert reader.said == []


def test_an_idle_page_loads_little(browser, small):
    import gzip

    context = browser.new_context()
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{small.address}/part/cells.html")
    page.wait_for_timeout(3000)
    files = {url for url in asked if "/_static/live/" in url}
    weight = 0
    for url in files:
        path = small.folder / "books/small" / url.removeprefix(small.address + "/")
        weight += len(gzip.compress(path.read_bytes()))
    context.close()
    assert files
    assert weight < 30_000


def test_a_page_without_scripts_is_whole(browser, small):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{small.address}/part/cells.html")
    assert "print('second', price)" in page.inner_text("body")
    assert "starts a process" in page.inner_text("body")
    assert not page.get_by_role("button", name="Run cell").count()
    context.close()


def test_a_visited_page_runs_offline(browser, small_folder):
    context = browser.new_context()
    page = context.new_page()
    with serving(small_folder) as served:
        reader = Reader(context, page, served.address)
        reader.open_isolated("part/cells.html")
        assert reader.run(1) == "done"
        page.wait_for_selector("html[data-offline=ready]", timeout=60_000)
    page.reload()  # the server is gone
    reader.ready()
    reader.button(2, "Run to here").click()
    reader.wait(2, "done")
    assert reader.output(2).split() == ["second", "3", "6"]
    context.close()


def test_editors_shut_nobody_out(reader):
    from importlib.resources import files

    reader.open("part/cells.html")
    reader.press("Run all")
    reader.wait(4, "failed")
    reader.type(1, "print('open editor')")
    reader.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    for scheme in ("light", "dark"):
        reader.page.evaluate("scheme => document.documentElement.dataset.theme = scheme", scheme)
        found = reader.page.evaluate(
            "axe.run('.live-page-bar, .live-bar, .live-editor, .live-output', {resultTypes: ['violations']})"
        )
        serious = [
            f"{one['id']}: {one['nodes'][0]['html'][:120]}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
        # The little book has no dark theme of its own; colours are judged on the real pages.
        assert [one for one in serious if scheme == "light" or "contrast" not in one] == []


def test_the_standard_library_comes_when_an_import_needs_it_or_says_that_it_cannot(reader):
    archive = "**/live/stdlib-*.zip"
    reader.context.add_init_script(  # which would fetch the archive by itself, past the route
        "Object.defineProperty(navigator, 'serviceWorker', {value: undefined})"
    )
    reader.context.route(archive, lambda route: route.abort())
    reader.open("part/cells.html")
    assert reader.run(1) == "done"
    reader.type(
        1, "import sqlite3\nprint(sqlite3.connect(':memory:').execute('select 7').fetchone())"
    )
    assert reader.run(1) == "failed"
    assert "NotFetchedError: sqlite3 could not be fetched" in reader.output(1)
    assert "Are you offline?" in reader.output(1)
    assert reader.run(2) == "done"  # with what the first run left: Python went on
    reader.context.unroute(archive)
    assert reader.run(1) == "done"
    assert reader.output(1).strip() == "(7,)"
