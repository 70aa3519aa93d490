"""Do the charts show the numbers that they are given?"""

import itertools
import xml.etree.ElementTree as ET

import pytest

from seethrough import charts

SVG = "{http://www.w3.org/2000/svg}"


def shapes(picture, tag):
    return list(ET.fromstring(picture.svg).iter(f"{SVG}{tag}"))


def test_does_a_histogram_hold_every_value_even_with_outliers():
    values = [1e-6 + number * 1e-8 for number in range(100)] + [1.0]
    picture = charts.histogram(values, title="Times", bins=10)
    counts = [int(rect.find(f"{SVG}title").text.split()[0]) for rect in shapes(picture, "rect")]
    assert sum(counts) == 101
    assert picture.text == "Times: 101 values\nbest ≈ 1 µs, median ≈ 1.5 µs, worst ≈ 1 s"


def test_does_one_outlier_not_flatten_a_histogram():
    values = [1.0 + number / 100 for number in range(99)] + [1000.0]
    assert len(shapes(charts.histogram(values, title="Times", bins=10), "rect")) == 10


def test_can_a_histogram_show_equal_values():
    assert len(shapes(charts.histogram([2.0, 2.0], title="Same"), "rect")) == 1


def test_do_lines_say_where_they_end_and_how_high_they_were():
    series = {"slow": [(0, 0), (1, 40), (2, 30)], "quick": [(0, 1), (2, 2.5)]}
    picture = charts.lines(series, title="Memory", x_label="s", y_label="KiB", measured=False)
    assert picture.text.splitlines() == [
        "Memory (KiB over s)",
        "slow: ends at 30, highest 40",
        "quick: ends at 2.5, highest 2.5",
    ]


def test_are_measured_lines_marked():
    picture = charts.lines({"a": [(0, 1234)]}, title="t", x_label="x", y_label="y", measured=True)
    assert "ends at ≈ 1,234, highest ≈ 1,234" in picture.text
    assert 'data-measured="true"' in picture.svg


def test_does_a_step_line_hold_its_value_until_the_next_point():
    chart = {"queue": [(0, 1), (1, 3)]}
    picture = charts.lines(chart, title="t", x_label="x", y_label="y", measured=False, step=True)
    points = [p.split(",") for p in shapes(picture, "polyline")[0].get("points").split()]
    assert len(points) == 3
    assert points[0][1] == points[1][1]
    assert points[1][0] == points[2][0]


@pytest.mark.parametrize("top", [0.003, 0.05, 0.25, 1, 1.94, 9.99, 10, 12.5, 341, 1286, 99_999])
def test_are_the_ticks_of_an_axis_few_even_and_enough(top):
    ticks = charts._ticks(top)
    steps = [b - a for a, b in itertools.pairwise(ticks)]
    assert 3 <= len(ticks) <= 7
    assert ticks[0] == 0
    assert ticks[-1] >= top * (1 - 1e-9)
    assert steps == pytest.approx([steps[0]] * len(steps))


def test_does_each_line_of_a_heat_map_carry_its_value():
    source = "    def total(xs):\n        return sum(xs)\n"
    picture = charts.heat(source, {8: 3}, title="Hits", measured=False, first_line=7)
    assert picture.text == "Hits\ndef total(xs):\n    return sum(xs)  # 100 %"
    (warm,) = shapes(picture, "rect")
    assert float(warm.get("fill-opacity")) == 0.5


def test_is_a_line_that_ran_for_no_time_named_but_cold():
    picture = charts.heat("a = 1\nb = 2", {1: 0, 2: 5}, title="t", measured=True)
    assert picture.text == "t\na = 1  # ≈ 0 %\nb = 2  # ≈ 100 %"
    assert len(shapes(picture, "rect")) == 1


def test_does_a_waterfall_compare_each_step_with_the_start():
    steps = [("as written", 0.4), ("a set", 0.1), ("worse", 0.2)]
    picture = charts.waterfall(steps, title="Run time", measured=True)
    assert picture.text.splitlines() == [
        "Run time",
        "as written  ≈ 400 ms, ≈ 1×",
        "a set       ≈ 100 ms, ≈ 4×",
        "worse       ≈ 200 ms, ≈ 2×",
    ]
    # Three bars, and what each change took away or added.
    assert len(shapes(picture, "rect")) == 5


def test_can_a_waterfall_fall_to_zero():
    picture = charts.waterfall(
        [("a", 1.0), ("b", 0.0)], title="t", measured=False, words=lambda value: f"{value:g}"
    )
    assert picture.text.endswith("b  0, inf×")


def test_are_the_same_numbers_drawn_the_same():
    def draw():
        return charts.lines(
            {"a": [(0, 1), (3, 4)]}, title="t", x_label="x", y_label="y", measured=False
        ).svg

    assert draw() == draw()
