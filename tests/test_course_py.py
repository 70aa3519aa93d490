"""The bootstrap: does `python3 course.py` find its way on machines of every kind?"""

from __future__ import annotations

import ast
import importlib.util
import json
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from coursekit.places import LOCK, ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def course(monkeypatch, tmp_path):
    """Load the bootstrap as a module that thinks it lives in an empty folder."""
    spec = importlib.util.spec_from_file_location("course", ROOT / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(module.sys, "version_info", (3, 11, 7))
    (tmp_path / "bin").mkdir()
    return module


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def interpreter(path: Path, version: str) -> Path:
    return program(path, f"echo {version}")


def test_is_the_bootstrap_readable_for_python_3_9():
    ast.parse((ROOT / "course.py").read_text(encoding="utf-8"), feature_version=(3, 9))


def test_does_the_bootstrap_use_the_standard_library_alone():
    tree = ast.parse((ROOT / "course.py").read_text(encoding="utf-8"))
    names = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_is_a_3_13_beside_an_older_python3_found(course, tmp_path):
    interpreter(tmp_path / "bin/python3", "3.11.7")
    wanted = interpreter(tmp_path / "bin/python3.13", "3.13.0")
    assert course._find_python() == (str(wanted), "3.13.0")


def test_is_a_shim_that_answers_command_not_found_passed_over(course, tmp_path):
    program(
        tmp_path / "bin/python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127"
    )
    wanted = interpreter(tmp_path / "pyenv/versions/3.13.1/bin/python", "3.13.1")
    assert course._find_python() == (str(wanted), "3.13.1")


def test_is_an_interpreter_that_uv_knows_taken(course, tmp_path):
    wanted = interpreter(tmp_path / "elsewhere/python", "3.13.4")
    program(tmp_path / "bin/uv", f"echo {wanted}")
    assert course._find_python() == (str(wanted), "3.13.4")


def test_does_a_machine_without_a_suitable_python_get_one_clear_line(course, tmp_path, capsys):
    interpreter(tmp_path / "bin/python3", "3.11.7")
    with pytest.raises(SystemExit) as stopped:
        course._find_python()
    said = capsys.readouterr().err.strip()
    assert stopped.value.code == 1
    assert "needs Python 3.13 or newer and found none" in said
    assert "python3 is 3.11.7" in said
    assert "uv python install 3.13" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "said",
    [
        "error: dns error: failed to lookup address information",
        "NewConnectionError: Failed to establish a new connection",
        "Temporary failure in name resolution",
    ],
)
def test_does_a_machine_without_network_hear_it_in_words(course, tmp_path, capsys, said):
    failing = program(tmp_path / "pip", f"echo '{said}' >&2; exit 1")
    with pytest.raises(SystemExit):
        course._run([str(failing)])
    words = capsys.readouterr().err
    assert "needs the network once" in words
    assert "Traceback" not in words


def test_does_another_failure_show_what_the_tool_said(course, tmp_path, capsys):
    failing = program(tmp_path / "pip", "echo 'No space left on device' >&2; exit 1")
    with pytest.raises(SystemExit):
        course._run([str(failing)])
    assert "No space left on device" in capsys.readouterr().err


def test_is_the_installer_itself_installed_by_hash(course):
    cut = course._locked("uv")
    assert cut.startswith("uv==")
    assert cut.count("--hash=sha256:") >= 10
    assert not cut.rstrip().endswith("\\")


def test_is_a_second_run_ready_and_a_changed_lock_not(course, monkeypatch, tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text("uv==1\n")
    stamp = tmp_path / "stamp.json"
    monkeypatch.setattr(course, "LOCK", lock)
    monkeypatch.setattr(course, "STAMP", stamp)
    monkeypatch.setattr(course, "VENV_PYTHON", interpreter(tmp_path / "python", "3.13.0"))
    assert not course._is_ready()
    stamp.write_text(json.dumps(course._wanted("3.13.0")))
    assert course._is_ready()
    lock.write_text("uv==2\n")
    assert not course._is_ready()
    stamp.write_text("not json")
    assert not course._is_ready()


def test_does_the_lock_pin_everything_by_hash_and_name_no_address():
    text = LOCK.read_text(encoding="utf-8")
    assert "://" not in text
    pins = [line for line in text.splitlines() if line and line[0].isalnum()]
    assert len(pins) > 100
    assert all("==" in line and line.endswith("\\") for line in pins)
