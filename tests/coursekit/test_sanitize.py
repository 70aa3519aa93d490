"""What may differ between two runs, and what may not."""

from __future__ import annotations

import pytest
from nbval.plugin import get_sanitize_patterns

from coursekit.places import SANITIZE_CFG
from coursekit.sanitize import for_pages, read_rules, sanitize
from seethrough import measure
from seethrough.picture import Canvas

RULES = read_rules(SANITIZE_CFG)
BY_NAME = {rule.name: rule for rule in RULES}


def picture(width: float, *, measured: bool) -> str:
    canvas = Canvas(100, 40, "Bars", f"a bar of {width}", measured=measured)
    canvas.rect(0, 0, width, 10)
    return canvas.picture("a bar").svg


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        ("measured-value", "took ≈ 12.3 ms in all", "took ≈ 9 µs in all"),
        ("measured-value", "a  ≈ 1.2 s  |", "a ≈ 900 ms |"),
        ("measured-value", "≈ 57× slower", "≈ 360× slower"),
        ("measured-value", "≈ 1,431 KiB\n", "≈ 999 KiB\n"),
        ("measured-value", "≈ 1.2e-07 s", "≈ 3 s"),
        ("measured-picture", picture(3, measured=True), picture(70, measured=True)),
        ("address", "<Task at 0x7f01ab34cd>", "<Task at 0x102ab34cd0>"),
        (
            "quiz-page",
            "<p>q</p><style>p {}</style>\n<script>1</script>\n<!-- end of quiz -->",
            "<p>q</p><style>b {}</style>\n<script>2;</script>\n<!-- end of quiz -->",
        ),
        (
            "library-path",
            "File \x1b[32m~/.pyenv/versions/3.13.0/lib/python3.13/json/decoder.py:345\x1b[39m",
            "File \x1b[32m/usr/lib/python3.13/json/decoder.py:345\x1b[39m",
        ),
        (
            "library-path",
            'File "/a/.venv/lib/python3.13/site-packages/attr/_make.py", line 3',
            'File "…/python3.13/site-packages/attr/_make.py", line 3',
        ),
        (
            "course-path",
            "File \x1b[32m~/courses/python/seethrough/eventloop.py:714\x1b[39m",
            "File \x1b[32m/srv/build/seethrough/eventloop.py:714\x1b[39m",
        ),
        ("course-path", "/srv/build/seethrough/eventloop.py", "seethrough/eventloop.py"),
        ("python-floor", 'requires-python = ">=3.13"', 'requires-python = ">=3.14"'),
        (
            "version-cell",
            "── Python 3.14.10, run now ──",
            "── Python 3.14.2, recorded on 2026-11-24 ──",
        ),
        ("cell-file", 'File "/tmp/ipykernel_12/34.py"', 'File "/var/x/ipykernel_9/8.py"'),
    ],
)
def test_does_the_rule_make_two_runs_equal(rule, one, other):
    assert one != other
    assert BY_NAME[rule].apply(one) == BY_NAME[rule].apply(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 12.3 ms", "took 9 ms"),
        ("≈ 12 samples", "≈ 12 stamps"),
        ("≈ fast", "≈ slow"),
        (picture(3, measured=False), picture(70, measured=False)),
        ("0x10", "0x11"),
        ("/usr/lib/python3.13/json/a.py", "/usr/lib/python3.13/json/b.py"),
        ("/usr/lib/python3.13/abc.py", "/usr/lib/python3.14/abc.py"),
        ("fastapi>=3.13", "fastapi>=3.14"),
        ("── Python 3.14.10, run now ──", "── Python 3.15.1, run now ──"),
        ("Python 3.14.10, run now", "Python 3.14.2, run now"),
        ("<style>a</style><p>1</p>", "<style>b</style><p>1</p>"),
        ("colour #2f7fc1", "colour #2f7fc2"),
    ],
)
def test_does_everything_else_still_count(one, other):
    assert sanitize(one, RULES) != sanitize(other, RULES)


def test_does_stock_nbval_read_the_same_rules():
    theirs = get_sanitize_patterns(SANITIZE_CFG.read_text(encoding="utf-8"))
    assert theirs == [(rule.pattern.pattern, rule.replacement) for rule in RULES]


@pytest.mark.parametrize("value", [0.0, 3e-9, 1.5e-6, 0.02, 1.0, 75.5])
def test_is_every_duration_that_we_print_masked(value):
    assert sanitize(f"x {measure.seconds(value)} y", RULES) == "x ≈ measured y"


@pytest.mark.parametrize("value", [0.5, 1.0, 57.3, 360.0])
def test_is_every_ratio_that_we_print_masked(value):
    assert sanitize(f"x {measure.ratio(value)} y", RULES) == "x ≈ measured y"


def test_do_pages_show_the_short_form_of_paths_and_measured_values_as_they_are():
    trace = ["\x1b[32m~/x/lib/python3.13/json/decoder.py:345\x1b[39m", "took ≈ 3 ms"]
    output = {"output_type": "error", "ename": "E", "evalue": "", "traceback": trace}
    shown = for_pages([output], RULES)
    assert shown[0]["traceback"] == [
        "\x1b[32m…/python3.13/json/decoder.py:345\x1b[39m",
        "took ≈ 3 ms",
    ]
    assert for_pages(shown, RULES) == shown
    assert output["traceback"] == trace


def test_is_a_rule_without_a_name_refused(tmp_path):
    path = tmp_path / "sanitize.cfg"
    path.write_text("regex: a\nreplace: b\n", encoding="utf-8")
    with pytest.raises(ValueError, match="needs a"):
        read_rules(path)
