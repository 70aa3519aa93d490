"""Can a reader step through a picture, with the keyboard alone, and lose nothing by it?"""

from __future__ import annotations

import pytest

LOOKUP = "chapters/advanced/descriptors.html"
TIMELINE = "chapters/advanced/async-in-depth.html"


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 360, "height": 800})
    yield context.new_page()
    context.close()


def player(page, book, path):
    page.goto(f"{book.address}/{path}", wait_until="load")
    found = page.locator(".st-player").first
    found.scroll_into_view_if_needed()
    return found


def test_a_lookup_is_walked_through_place_by_place(page, book):
    controls = player(page, book, LOOKUP)
    svg = page.locator(".st-picture:has(+ .st-player) > svg").first
    says = svg.evaluate("svg => [...svg.querySelectorAll('[data-step]')].map(g => g.dataset.says)")
    later = "svg => svg.querySelectorAll('.is-later').length"
    assert len(says) >= 3
    assert svg.evaluate(later) == 0
    controls.get_by_role("button", name="Step").focus()
    for place, words in enumerate(says):
        page.keyboard.press("Enter")
        assert controls.get_by_role("status").text_content() == words
        assert svg.evaluate(later) == len(says) - 1 - place
    controls.get_by_role("button", name="Show all").press("Enter")
    assert svg.evaluate(later) == 0
    assert page.evaluate("document.activeElement.textContent") == "Step"


def test_a_timeline_is_scrubbed_and_says_who_runs_and_who_waits(page, book):
    controls = player(page, book, TIMELINE)
    slider = controls.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    words = controls.get_by_role("status").text_content()
    assert words.startswith("At ")
    assert "waits for" in words or "runs a step" in words
    assert page.locator("svg .st-marker").count() == 1
    last = int(slider.get_attribute("max"))
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == f"{last + 1} of {last + 1}"


def test_a_picture_that_comes_later_gets_controls_too(page, book):
    player(page, book, LOOKUP)
    before = page.locator(".st-player").count()
    page.evaluate("""() => {
      const box = document.createElement("div");
      const picture = document.querySelector(".st-picture:has(+ .st-player)").cloneNode(true);
      delete picture.querySelector("svg").dataset.player;
      box.append(picture);
      document.querySelector("main").append(box);
    }""")
    page.wait_for_function(
        "count => document.querySelectorAll('.st-player').length > count", arg=before
    )
