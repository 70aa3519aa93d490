"""Which other Python is found, and are the places those of the bootstrap?"""

from __future__ import annotations

import importlib.util
import os
import stat
import sys

import pytest

from coursekit.places import ROOT
from seethrough import interpreters
from seethrough.interpreters import Interpreter, find, minor_of, variable


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Give the test a machine with an empty PATH and no pyenv and no uv."""
    interpreters._find.cache_clear()
    for minor in ("3.13", "3.14", "3.15"):
        monkeypatch.delenv(variable(minor), raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "here/python"))
    yield tmp_path
    interpreters._find.cache_clear()


def program(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def python(path, version, *, kind="CPython", free=0):
    return program(path, f"echo {kind} {version} {free}")


def test_is_nothing_found_where_there_is_nothing(machine):
    assert find("3.14") is None


def test_is_one_on_the_path_taken_before_one_of_pyenv(machine):
    mine = python(machine / "bin/python3.14", "3.14.2")
    python(machine / "pyenv/versions/3.14.9/bin/python", "3.14.9")
    assert find("3.14") == Interpreter(mine, "3.14.2")


def test_is_one_of_pyenv_taken_and_its_shims_passed_over(machine, monkeypatch):
    monkeypatch.setenv("PATH", str(machine / "pyenv/shims"))
    program(machine / "pyenv/shims/python3.14", "echo 'command not found' >&2; exit 127")
    real = python(machine / "pyenv/versions/3.14.9/bin/python", "3.14.9")
    assert find("3.14") == Interpreter(real, "3.14.9")


def test_is_uv_asked_last(machine):
    managed = python(machine / "managed/python", "3.15.2")
    program(machine / "bin/uv", f'[ "$6" = 3.15 ] && echo {managed}')
    assert find("3.15") == Interpreter(managed, "3.15.2")
    assert find("3.14") is None


def test_does_the_variable_go_before_all_others(machine, monkeypatch):
    python(machine / "bin/python3.14", "3.14.2")
    told = python(machine / "elsewhere/python", "3.14.10")
    monkeypatch.setenv("COURSE_PYTHON_3_14", told)
    assert find("3.14") == Interpreter(told, "3.14.10")


def test_can_one_pretend_that_there_is_none(machine, monkeypatch):
    python(machine / "bin/python3.14", "3.14.2")
    monkeypatch.setenv("COURSE_PYTHON_3_14", "none")
    assert find("3.14") is None


@pytest.mark.parametrize(
    "said",
    [
        {"version": "3.13.1"},
        {"version": "3.14.1", "kind": "PyPy"},
        {"version": "3.14.1", "free": 1},
    ],
)
def test_is_a_python_that_would_answer_otherwise_passed_over(machine, said):
    python(machine / "bin/python3.14", **said)
    assert find("3.14") is None


def test_is_a_program_that_hangs_or_fails_passed_over(machine, monkeypatch):
    monkeypatch.setattr(interpreters, "SECONDS", 0.2)
    program(machine / "bin/python3.14", "exec sleep 5")
    program(machine / "pyenv/versions/3.14.0/bin/python", "exit 1")
    assert find("3.14") is None


def test_are_the_places_and_their_order_those_of_the_bootstrap(machine, monkeypatch):
    """The bootstrap stands alone, so both searches are held against each other here."""
    spec = importlib.util.spec_from_file_location("course", ROOT / "course.py")
    assert spec
    assert spec.loader
    course = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(course)
    folders = [machine / "one", machine / "two"]
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    for place in ("one/python3.13", "two/python3.13"):
        python(machine / place, "3.13.4")
    for version in ("3.13.4", "3.13.9", "3.13.5t"):
        python(machine / f"pyenv/versions/{version}/bin/python", version)
    mine = [path for path in course._candidates() if path.startswith(str(machine))]
    assert [path for path in mine if not path.endswith("/here/python")] == list(
        interpreters.candidates("3.13")
    )


def test_is_a_version_cut_to_its_first_two_numbers():
    assert minor_of("3.14.10") == "3.14"
    assert minor_of("3.15.0b2") == "3.15"
