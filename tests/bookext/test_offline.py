"""The book as one file: what is in it, and how its own program serves it."""

from __future__ import annotations

import ast
import functools
import signal
import socket
import struct
import subprocess
import sys
import urllib.request
import zipfile
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from bookext import offline


@pytest.fixture
def built(tmp_path):
    folder = tmp_path / "html"
    for name, text in {
        "index.html": "<h1>Front</h1>",
        "chapters/one.html": "<h1>One</h1>",
        "_static/live/py/program.mjs": "export default 1",
        "_static/live/py/program.wasm": "\0asm",
        "_static/live/data.zip": "packed already",
        "_sources/chapters/one.ipynb": "{}",
        ".buildinfo": "x",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def unpacked(built, tmp_path):
    with zipfile.ZipFile(offline.pack(built)) as archive:
        archive.extractall(tmp_path / "taken along")
    return tmp_path / "taken along" / "modern-python"


def test_holds_the_file_all_pages_in_one_folder_and_the_program_that_serves_them(built):
    with zipfile.ZipFile(offline.pack(built)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "modern-python/_sources/chapters/one.ipynb",
            "modern-python/_static/live/data.zip",
            "modern-python/_static/live/py/program.mjs",
            "modern-python/_static/live/py/program.wasm",
            "modern-python/chapters/one.html",
            "modern-python/index.html",
            "modern-python/read.py",
        ]


def test_leads_no_link_in_the_file_to_the_file_itself(built):
    link = '<p><a href="../modern-python.zip" download>Download modern-python.zip</a></p>'
    (built / "chapters/one.html").write_text(f"<h1>One</h1>{link}")
    with zipfile.ZipFile(offline.pack(built)) as archive:
        page = archive.read("modern-python/chapters/one.html").decode()
    assert page == "<h1>One</h1><p>You are reading it.</p>"


def test_gives_the_same_book_the_same_file(built):
    once = offline.pack(built).read_bytes()
    assert offline.pack(built).read_bytes() == once


def test_is_the_program_one_that_an_old_python_can_read():
    ast.parse(offline.READ.read_text(), feature_version=(3, 9))


@contextmanager
def _reading(folder, *options):
    """Start the program as a reader does, with nothing of the course on the path."""
    command = [sys.executable, "-I", str(folder / "read.py"), "--no-open", *options]
    # Where this suite runs in the background, Ctrl-C is ignored, and children inherit that.
    hear = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, cwd=folder.parent, preexec_fn=hear
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def _go_away(port):
    """Ask for a page and leave before the answer, as a browser does whose tab is closed."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.sendall(b"GET /chapters/one.html HTTP/1.1\r\n")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        answer.read()


def test_does_the_program_serve_pages_scripts_and_programs_and_end_with_an_interrupt(unpacked):
    with _reading(unpacked) as running:
        address = next(line for line in running.stdout if "http://" in line).split()[2]
        assert address.startswith("http://127.0.0.1:")
        program = "_static/live/py/program"
        kinds = []
        for name in ("", "chapters/one.html", f"{program}.mjs", f"{program}.wasm"):
            with urllib.request.urlopen(f"{address}{name}") as answer:
                kinds.append(answer.headers["Content-Type"])
        assert kinds == ["text/html", "text/html", "text/javascript", "application/wasm"]
        _go_away(urlsplit(address).port)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (0, "")


def test_is_another_port_taken_when_the_usual_one_is_in_use_and_is_that_said(unpacked):
    with _reading(unpacked) as first:
        next(line for line in first.stdout if "http://" in line)
        with _reading(unpacked) as second:
            said = []
            for line in second.stdout:
                said.append(line)
                if "http://" in line:
                    break
    assert "Port 8314 is in use" in said[0]
    assert ":8314/" not in said[-1]


@pytest.mark.parametrize(
    ("port", "words"), [("99999", "Port 99999 cannot be used"), ("x", "invalid int")]
)
def test_is_a_port_refused_in_words(unpacked, port, words):
    with _reading(unpacked, "--port", port) as running:
        _, errors = running.communicate(timeout=60)
    assert running.returncode
    assert words in errors
    assert "Traceback" not in errors
