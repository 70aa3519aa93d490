"""Which values fit which types, found by trying?"""

import xml.etree.ElementTree as ET

from seethrough.coercion import coercion, matrix, pydantic_modes

SVG = "{http://www.w3.org/2000/svg}"


def exactly(kind):
    def validate(value):
        if type(value) is not kind:
            raise ValueError("another type")
        return value

    return validate


def test_does_a_cell_say_which_mode_accepted():
    picture = coercion(["7", 7, "x", None], {"int": (int_or_fail, exactly(int))}, title="T")
    assert repr(picture).splitlines() == [
        "T",
        "      int",
        "'7'   (7)",
        "7     7",
        "'x'   –",
        "None  –",
    ]


def int_or_fail(value):
    if value is None:
        raise ValueError("nothing")
    return int(value)


def test_is_a_value_that_only_strict_accepts_shown_as_such():
    def never(value):
        raise ValueError("no")

    picture = coercion([1], {"odd": (never, exactly(int))}, title="T")
    assert "strict only" in picture.svg


def test_does_pydantic_answer_for_a_type():
    lax, strict = pydantic_modes(int)
    picture = coercion(["7", 7], {"int": (lax, strict)}, title="T")
    assert repr(picture).splitlines()[2:] == ["'7'  (7)", "7    7"]


def test_has_each_cell_a_box_inside_the_picture():
    rows = [("first", [("1", "green"), ("a long answer", "grey")]), ("second", [("", "red")] * 2)]
    picture = matrix(["a", "b"], rows, title="T", legend=[("green", "good")])
    root = ET.fromstring(picture.svg)
    boxes = list(root.iter(f"{SVG}rect"))
    assert len(boxes) == 5
    width = float(root.attrib["width"])
    assert all(float(box.attrib["x"]) + float(box.attrib["width"]) <= width for box in boxes)
