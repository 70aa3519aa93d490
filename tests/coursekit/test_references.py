"""Reference outputs: what is kept, what is compared, how a difference reads."""

from __future__ import annotations

import nbformat.v4
import pytest

from coursekit.places import SANITIZE_CFG
from coursekit.references import LONG_HTML, Reference, difference, normalise, read, write
from coursekit.sanitize import read_rules

RULES = read_rules(SANITIZE_CFG)


def shown(text: str, html: str | None = None) -> list:
    data = {"text/plain": text, **({"text/html": html} if html else {})}
    return normalise([nbformat.v4.new_output("execute_result", data, execution_count=3)], RULES)


def test_do_equal_outputs_with_other_counts_give_no_difference():
    again = nbformat.v4.new_output("execute_result", {"text/plain": "7"}, execution_count=9)
    assert difference(shown("7"), normalise([again], RULES)) == ""


def test_does_one_changed_character_show_as_a_diff():
    diff = difference(shown("seven\neight"), shown("seven\nEight"))
    assert "-eight\n+Eight" in diff


def test_is_a_traceback_left_out_but_its_last_line_compared():
    one, two = (
        normalise([nbformat.v4.new_output("error", ename="KeyError", evalue=value,
                                          traceback=[f"line {value}"])], RULES)
        for value in ("'a'", "'b'")
    )  # fmt: skip
    assert "traceback" not in str(one)
    assert "-'a'\n+'b'" in difference(one, two)


def test_is_long_html_kept_as_a_digest_that_still_notices_one_letter():
    one, two = (shown("table", f"<p>{letter}{'x' * LONG_HTML}</p>") for letter in "ab")
    assert len(str(one)) < 300
    assert difference(one, two)


def test_are_the_streams_told_apart():
    out, err = (
        normalise([nbformat.v4.new_output("stream", name=name, text="hm\n")], RULES)
        for name in ("stdout", "stderr")
    )
    assert difference(out, err)


def test_does_reading_give_back_what_was_written(tmp_path):
    kept = [Reference("abc", "print(1)", shown("1")), Reference("def", "x", [], unsteady=True)]
    write(tmp_path / "a" / "outputs.json", kept)
    assert read(tmp_path / "a" / "outputs.json") == kept
    assert read(tmp_path / "none.json") is None


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 9, "cells": []}', '{"format": 1}'])
def test_is_a_damaged_file_named_with_what_to_do(tmp_path, text):
    path = tmp_path / "outputs.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"outputs\.json.*run refresh"):
        read(path)
