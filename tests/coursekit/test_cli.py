"""What the commands say to somebody who typed something wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from coursekit.messages import nearest
from coursekit.places import ROOT


def course(*arguments: str, cwd: object = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "coursekit", *arguments],
        capture_output=True, text=True, cwd=str(cwd), env=environment, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", ["check", "refresh", "test"])
def test_is_an_unknown_slug_answered_with_the_nearest(command):
    done = course(command, "descriptor")
    assert done.returncode == 1
    assert "There is no chapter 'descriptor'. Did you mean 'descriptors'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_is_an_unknown_command_an_error_in_words():
    done = course("bok")
    assert done.returncode == 2
    assert "No such command 'bok'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("chapter", "advanced/descriptors"), "The slug 'descriptors' is taken by"),
        (("chapter", "advance/new"), "Did you mean 'advanced'?"),
        (("exercise", "descriptor/clamp"), "Did you mean 'descriptors'?"),
        (("lesson", "advanced/new"), "There is no skeleton 'lesson'."),
        (("chapter", "Advanced New"), "is not of the form part/slug"),
        (("chapter", "../../etc/passwd"), "is not of the form part/slug"),
    ],
)
def test_does_new_refuse_kindly_and_write_nothing(arguments, says):
    before = sorted((ROOT / "chapters").rglob("*.md"))
    done = course("new", *arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert sorted((ROOT / "chapters").rglob("*.md")) == before


def test_do_commands_work_from_any_folder(tmp_path):
    done = course("check", "nothing-of-the-kind", cwd=tmp_path)
    assert "There is no chapter" in done.stderr


def test_is_a_taken_port_said_in_words(tmp_path):
    from coursekit.messages import CourseError
    from coursekit.server import open_server

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CourseError, match=f"Port {port} on 127.0.0.1 is taken"):
            open_server(tmp_path, port)


@pytest.mark.parametrize("port", [65536, 10**9])
def test_is_a_port_that_is_none_said_in_words(tmp_path, port):
    from coursekit.messages import CourseError
    from coursekit.server import open_server

    with pytest.raises(CourseError, match="is not a port"):
        open_server(tmp_path, port)


def test_is_the_book_served_where_it_was_the_last_time_unless_somebody_is_there(tmp_path):
    from coursekit.server import open_at_last_port

    last = tmp_path / "port"
    with open_at_last_port(tmp_path, last) as first:
        port = first.server_port
        with open_at_last_port(tmp_path, last) as second:
            assert second.server_port not in {0, port}
    last.write_text(str(port))
    with open_at_last_port(tmp_path, last) as again:
        assert again.server_port == port
    last.write_text("no port")
    with open_at_last_port(tmp_path, last) as anew:
        assert last.read_text() == f"{anew.server_port}\n"


def test_is_nothing_said_of_a_browser_that_goes_away_and_much_of_an_error(capsys):
    from coursekit.server import BookServer

    with BookServer(("127.0.0.1", 0), None) as server:
        for error in (ConnectionResetError("gone"), ValueError("a bug")):
            try:
                raise error
            except (OSError, ValueError):
                server.handle_error(None, ("127.0.0.1", 1))
    said = capsys.readouterr().err
    assert "ConnectionResetError" not in said
    assert "ValueError: a bug" in said


def test_is_a_far_off_name_not_guessed():
    assert "Did you mean" not in str(nearest("zzz", ["descriptors"], "chapter"))
