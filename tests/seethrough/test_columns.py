"""Do columns stand below each other?"""

from __future__ import annotations

import pytest

from seethrough.columns import in_columns


def test_is_a_column_as_wide_as_its_longest_word():
    rows = [("name", "port"), ("api", "8000"), ("database", "")]
    assert in_columns(rows) == "name      port\napi       8000\ndatabase"


def test_is_the_gap_between_columns_a_choice():
    assert in_columns([("a", "b")], gap=3) == "a   b"


def test_is_nothing_made_of_no_rows():
    assert in_columns([]) == ""


def test_is_a_short_row_refused():
    with pytest.raises(ValueError, match="zip"):
        in_columns([("a", "b"), ("c",)])
