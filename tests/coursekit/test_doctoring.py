"""What the doctor says of a machine with a browser, and of one without."""

from __future__ import annotations

import pytest

from coursekit import doctoring

BROWSERS = {"Chromium": "COURSE_CHROMIUM", "Firefox": "COURSE_FIREFOX"}


@pytest.mark.parametrize("name", BROWSERS)
def test_a_browser_that_is_there_is_named(name, tmp_path, monkeypatch):
    program = tmp_path / "browser"
    program.touch()
    monkeypatch.setenv(BROWSERS[name], str(program))
    assert line_about(name).split() == ["ok", name, str(program)]


@pytest.mark.parametrize("name", BROWSERS)
def test_a_browser_that_is_missing_comes_with_what_to_do_and_fails_nothing(
    name, tmp_path, monkeypatch
):
    monkeypatch.setenv(BROWSERS[name], str(tmp_path / "nowhere"))
    line = line_about(name)
    assert line.startswith("-- ")
    assert f"not there: install {name}" in line
    assert not any(item.needed for item in doctoring.examine() if item.name == name)


def line_about(name):
    said = []
    doctoring.report(said.append)
    (line,) = (each for each in said if name in each)
    return line
