"""Does the model of the layer cache follow the rules of the manual?"""

import pytest

from seethrough.imagelayers import draw, ignored, in_context, keys, parse, rebuilt

DOCKERFILE = """
# syntax=docker/dockerfile:1
FROM python:3.13 AS build
WORKDIR /build
RUN --mount=type=bind,source=uv.lock,target=uv.lock \\
    uv sync --no-install-project
COPY src ./src
RUN uv sync

FROM python:3.13
COPY --from=build /app /app
COPY alembic.ini ./
CMD ["python"]
"""
CONTEXT = {"uv.lock": b"1", "src/a/main.py": b"2", "alembic.ini": b"3", "README.md": b"4"}


def lines(changed, dockerignore=""):
    return [each.short for each in rebuilt(DOCKERFILE, CONTEXT, changed, dockerignore)]


def test_are_continued_lines_joined_and_stages_named():
    found = parse(DOCKERFILE)
    assert [(each.line, each.stage, each.keyword) for each in found] == [
        (3, "build", "FROM"),
        (4, "build", "WORKDIR"),
        (5, "build", "RUN"),
        (7, "build", "COPY"),
        (8, "build", "RUN"),
        (10, "1", "FROM"),
        (11, "1", "COPY"),
        (12, "1", "COPY"),
        (13, "1", "CMD"),
    ]
    assert found[2].reads == ("uv.lock",)
    assert found[3].reads == ("src",)
    assert (found[6].reads, found[6].takes) == ((), "build")


def test_is_everything_after_the_first_reader_built_again():
    assert lines("src/a/main.py") == [
        "COPY src ./src",
        "RUN uv sync",
        "COPY --from=build /app /app",
        "COPY alembic.ini ./",
        'CMD ["python"]',
    ]


def test_does_a_bind_mount_count_as_reading():
    assert lines("uv.lock")[0] == "RUN uv sync --no-install-project"


def test_does_a_file_that_nobody_reads_cost_nothing():
    assert lines("README.md") == []


def test_does_an_ignored_file_cost_nothing():
    everything = "FROM a\nCOPY . .\n"
    assert rebuilt(everything, CONTEXT, "README.md")
    assert not rebuilt(everything, CONTEXT, "README.md", "README.md")


def test_does_a_new_file_count():
    assert lines("src/a/new.py")[0] == "COPY src ./src"


def test_are_equal_inputs_equal_keys():
    assert keys(parse(DOCKERFILE), CONTEXT) == keys(parse(DOCKERFILE), dict(CONTEXT))


@pytest.mark.parametrize(
    ("path", "out"),
    [
        ("src/todo/main.py", False),
        ("tests/conftest.py", True),
        ("src/todo/__pycache__/main.pyc", True),
        ("README.md", False),
        ("notes/README.md", True),
    ],
)
def test_does_the_last_matching_pattern_decide(path, out):
    patterns = "# comment\n*\n!README.md\n!src\n**/__pycache__\n"
    assert ignored(path, patterns) is out
    assert (path in in_context([path], patterns)) is not out


def test_does_the_picture_say_what_each_change_costs():
    picture = draw(DOCKERFILE, CONTEXT, ["src/a/main.py", "README.md"])
    assert picture.text.splitlines()[1:] == [
        "src/a/main.py: 5 of 9, 4 of them layers, from line 7 on: COPY src ./src",
        "README.md: 0 of 9, 0 of them layers",
    ]
    assert picture.svg.count("built again</title>") == 5


def test_does_the_picture_show_what_a_builder_did_and_mark_where_the_model_differs():
    # The mounted lock was not looked at; the base images count as built, as a builder's log has it.
    real = [each.keyword == "FROM" for each in parse(DOCKERFILE)]
    picture = draw(DOCKERFILE, CONTEXT, ["uv.lock"], built={"uv.lock": real})
    rows = picture.text.splitlines()
    assert rows[1] == "uv.lock: 0 of 9, 0 of them layers"
    assert rows[2] == "  line 5, RUN uv sync --no-install-project: the model says otherwise"
    assert "built again" not in picture.svg.replace("What is built again", "")
    assert "the model says otherwise" in picture.svg
