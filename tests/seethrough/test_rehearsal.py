"""Does a rehearsal tell a deploy that loses requests from one that does not?"""

import os
import signal
import sys

import pytest

from seethrough.rehearsal import Asked, Rehearsal, Release, Upload, pyramid, rehearse

APP = """
async def app(scope, receive, send):
    if scope["method"] == "POST":
        while (await receive()).get("more_body"):
            pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
"""


def deploy(folder, plan, how):
    (folder / "tiny.py").write_text(APP)
    words = [sys.executable, "-m", "uvicorn", "tiny:app", "--lifespan=off", "--port={port}"]
    old, new = (Release(name, words, dict(os.environ), folder) for name in ("old", "new"))
    return rehearse(old, new, slow=Upload("/"), ready="/", probe="/", plan=plan, how=how)


def test_is_a_request_in_hand_answered_after_sigterm(tmp_path):
    done = deploy(tmp_path, "rolling", signal.SIGTERM)
    assert done.lost == 0
    assert done.drained
    assert {asked.release for asked in done.requests} == {"old", "new"}
    picture = done.picture("A deploy")
    assert 'data-measured="true"' in picture.svg
    assert "SIGTERM" in picture.svg
    assert "old is ready" in picture.text


def test_is_it_lost_after_sigkill(tmp_path):
    done = deploy(tmp_path, "rolling", signal.SIGKILL)
    assert not done.drained
    assert done.slow.status == 0
    assert done.exit_code == -signal.SIGKILL


def test_are_requests_lost_when_the_old_one_stops_first(tmp_path):
    done = deploy(tmp_path, "stop first", signal.SIGTERM)
    assert done.lost > 1
    assert done.drained


@pytest.mark.parametrize(("status", "lost"), [(200, False), (401, False), (503, True), (0, True)])
def test_which_answers_are_lost(status, lost):
    assert Asked(0, 1, "old", status).lost is lost


def test_does_an_early_answer_not_count_as_drained():
    done = Rehearsal(
        "rolling", "SIGTERM", {"signal": 2.0}, [Asked(0.5, 1.5, "old", 200, slow=True)]
    )
    assert not done.drained


def test_does_the_pyramid_give_every_level_its_numbers():
    picture = pyramid([("process", 3, 12.0, 4.0), ("unit", 30, 0.3, 0.01)], "Levels")
    assert picture.text.splitlines() == [
        "Levels",
        "process     3 tests, ≈ 12 s in all, ≈ 4 s each",
        "unit       30 tests, ≈ 300 ms in all, ≈ 10 ms each",
    ]
