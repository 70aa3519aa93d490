"""Is every picture well-formed, accessible and the same to the letter?"""

import xml.etree.ElementTree as ET

import pytest

from seethrough.picture import PALETTE, Canvas, bars, fit

SVG = "{http://www.w3.org/2000/svg}"


def everything():
    canvas = Canvas(400, 200, "Orders & <returns>", "two < three", measured=False)
    canvas.rect(0, 0, 10, 10, fill="none", stroke="red", dashed=True, tip='a "tip" & more')
    canvas.line(0, 0, 10, 10, arrow=True, dashed=True, opacity=0.5)
    canvas.line(5, 5, 5, 5, arrow=True)
    canvas.polyline([(0, 0), (1, 2)])
    canvas.circle(3, 3, 2, tip="here")
    canvas.text(0, 12, "a < b & c", bold=True, mono=True, anchor="end")
    canvas.spot(0, 20, 100, 20, label="parse & split", says="parse: 3 < 4")
    return canvas.picture("the text")


def test_is_the_svg_well_formed_whatever_the_words_hold():
    root = ET.fromstring(everything().svg)
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == "Orders & <returns>"
    assert root.find(f"{SVG}desc").text == "two < three"


def test_is_the_text_form_what_a_terminal_shows():
    assert repr(everything()) == "the text"


def test_does_a_notebook_get_the_svg_in_a_box():
    html = everything()._repr_html_()
    assert html.startswith('<div class="st-picture"><svg ')
    assert html.endswith("</svg></div>")


def test_are_two_drawings_of_the_same_equal_to_the_letter():
    assert everything().svg == everything().svg


def test_does_only_a_measured_picture_say_so():
    assert "data-measured" not in everything().svg
    assert 'data-measured="true"' in Canvas(1, 1, "t", "d", measured=True).picture("").svg


def test_is_a_coordinate_never_minus_zero():
    canvas = Canvas(10, 10, "t", "d")
    canvas.line(-0.001, 0.004, 1.005, 2.5)
    line = ET.fromstring(canvas.picture("").svg).find(f"{SVG}line")
    assert [line.get(name) for name in ("x1", "y1", "y2")] == ["0", "0", "2.5"]


def test_does_a_spot_bring_its_style_once_and_only_then():
    canvas = Canvas(300, 100, "t", "d")
    canvas.rect(0, 0, 1, 1)
    assert "<style>" not in canvas.picture("").svg
    canvas.spot(0, 0, 50, 20, label="a", says="a: 1")
    canvas.spot(60, 0, 50, 20, label="b", says="b: 2")
    assert canvas.picture("").svg.count("<style>") == 1


def test_is_what_a_spot_says_there_without_hovering_for_a_screen_reader():
    spot = ET.fromstring(everything().svg).find(f"{SVG}g")
    assert spot.find(f"{SVG}rect/{SVG}title").text == "parse: 3 < 4"


@pytest.mark.parametrize(
    ("words", "width", "cut"),
    [("parse", 100, "parse"), ("plan_of_customer", 50, "plan_…"), ("parse", 20, "")],
)
def test_are_words_cut_to_the_room_they_have(words, width, cut):
    assert fit(words, width) == cut


def luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("page", ["#ffffff", "#121212", "#222222"])
def test_does_each_colour_keep_its_contrast_on_light_and_dark_pages(page):
    for name, colour in PALETTE.items():
        light, dark = sorted((luminance(colour), luminance(page)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3, name


def test_are_bars_as_long_as_their_values_say():
    picture = bars([("a", 1, "1 s"), ("b", 4, "4 s")], title="Time", measured=False)
    one, four = (float(r.get("width")) for r in ET.fromstring(picture.svg).iter(f"{SVG}rect"))
    assert four == pytest.approx(4 * one, rel=1e-3)
    assert picture.text == "Time\na  1 s\nb  4 s"


def test_do_bars_grow_with_labels_and_title_so_that_nothing_is_cut():
    picture = bars([("l" * 60, 1, "w" * 20)], title="t" * 100, measured=False)
    width = float(picture.svg.split('viewBox="0 0 ')[1].split()[0])
    bar = next(ET.fromstring(picture.svg).iter(f"{SVG}rect"))
    assert width >= 8 * 100
    assert float(bar.get("x")) + float(bar.get("width")) + 7.6 * 20 < width


def test_can_bars_be_drawn_of_nothing():
    assert bars([], title="Nothing", measured=False).text == "Nothing"
    assert "rect" in bars([("a", 0, "0")], title="Zero", measured=False).svg


def test_can_a_page_walk_through_the_steps_of_a_picture():
    canvas = Canvas(400, 100, "A look-up", "")
    with canvas.step('first "place" & nothing'):
        canvas.circle(10, 10, 5)
    with canvas.step("the answer"):
        canvas.text(0, 40, "42")
    steps = ET.fromstring(canvas.picture("").svg).findall(f"{SVG}g")
    assert [step.get("data-step") for step in steps] == ["1", "2"]
    assert steps[0].get("data-says") == 'first "place" & nothing'
    assert [child.tag for child in steps[1]] == [f"{SVG}text"]


def test_does_a_timeline_say_when_each_part_happens():
    canvas = Canvas(400, 100, "Who waits", "")
    canvas.time_axis(20, 300, 1.5)
    canvas.rect(20, 0, 100, 10, during=(0, 0.5, "main waits"))
    root = ET.fromstring(canvas.picture("").svg)
    box = root.find(f"{SVG}rect")
    assert root.get("data-axis") == "20 300 1.5"
    assert [box.get(f"data-{name}") for name in ("from", "to", "says")] == [
        "0",
        "0.5",
        "main waits",
    ]
