"""What does an author hear about a quiz, and does its form give nothing away?"""

import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from seethrough import quiz
from seethrough.quiz import Option, Question, QuizFileError

GOOD = """\
- id: sum
  kind: predict
  question: What does this print?
  code: |
    print(1 + 1)
  answer: 2
  because: Addition binds first.
  distractors:
    - text: "11"
      because: That would need strings.
    - text: "[1, 1]"
      because: "`print` got a number."
- id: home
  kind: choose
  question: Where does it live?
  options:
    - text: in the instance
      right: true
      because: Assignment stores it there.
    - text: on the class
      because: All would share it.
- id: hashable
  kind: choose-many
  question: Which can be hashed?
  options:
    - text: "`(1, 2)`"
      right: true
      because: It does not change.
    - text: "`[1, 2]`"
      because: It changes.
- id: lookup
  kind: order
  question: In which order?
  items: [data descriptor, instance dictionary, class attribute]
  because: Python asks in this order.
"""


def load(tmp_path, text):
    path = tmp_path / "advanced" / "numbers" / "quiz.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return quiz.load(path)


def test_is_a_quiz_read_as_it_is_written(tmp_path):
    found = load(tmp_path, GOOD)
    assert repr(found) == "Quiz: numbers, 4 questions"
    kinds = ["predict", "choose", "choose-many", "order"]
    assert [question.kind for question in found.questions] == kinds
    first = found.questions[0]
    assert (first.answer, first.code, first.line) == ("2", "print(1 + 1)\n", 1)
    assert [option.text for option in first.options] == ["2", "11", "[1, 1]"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("answer: True", "True"),
        ("answer: 1_0", "1_0"),
        ("answer: None", "None"),
        ("answer: ''", ""),
        ("answer: |\n    a\n     b\n", "a\n b"),
        ("answer: yes", "yes"),
    ],
)
def test_is_an_answer_taken_to_the_letter(tmp_path, written, text):
    assert load(tmp_path, GOOD.replace("answer: 2", written)).questions[0].answer == text


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (("answer: 2", "anwser: 2"), 6, "no key `anwser`; it knows `answer`"),
        (("  answer: 2\n", ""), 1, "needs `answer:`"),
        (("  because: Addition binds first.\n", ""), 1, "needs `because:`"),
        (("      because: That would need strings.\n", ""), 9, "a distractor needs `because:`"),
        (("      because: All would share it.\n", ""), 20, "an option needs `because:`"),
        (("because: Addition binds first.", "because: ''"), 7, "`because` is empty"),
        (("id: home", "id: sum"), 13, "the id `sum` is there twice; it is on line 1 too"),
        (("id: home", "id: Home!"), 13, "should be lower-case words joined by hyphens"),
        (("kind: choose\n", "kind: pick\n"), 14, "there is no kind `pick`; use predict, choose"),
        (("  kind: choose\n", ""), 13, "a question needs `kind:`"),
        (("      right: true\n      because: Assign", "      because: Assign"), 16, "has 0"),
        (("All would share it.", "x\n      right: true"), 16, "exactly one option .* has 2"),
        (("      right: true\n      because: It d", "      because: It d"), 25, "needs an option"),
        (("right: true", "right: maybe"), 18, "`right` should be `true` or `false`"),
        (("11", "2"), 9, "the option `2` is there twice; it is on line 6 too"),
        (("text: on the class", "text: all of the above"), 20, "options are shuffled, so “all of"),
        (("text: on the class", "text: Both."), 20, "“Both.” has no meaning here"),
        (("share it.", "share it, unlike the first option."), 21, "“first option” has no mean"),
        (("items: [data descriptor, instance dictionary, class attribute]", "items: [a, b]"), 34,
         "at least three items"),
        (("question: In", "question: In: "), 33, "YAML: .* A text that contains `: ` needs quo"),
        (('text: "`(1, 2)`"', "text: `(1, 2)`"), 26, "begins with a backtick"),
        (("  kind: choose\n", "  kind: choose\n  kind: choose\n"), 15, "`kind:` is there twice"),
        (("question: Where does it live?", "question: [a, b]"), 15, "`question` should be text"),
    ],
)  # fmt: skip
def test_does_a_message_name_line_and_fault(tmp_path, change, line, message):
    with pytest.raises(QuizFileError, match=rf"quiz\.yml:{line}: .*{message}"):
        load(tmp_path, GOOD.replace(*change))


def test_is_a_prediction_with_one_distractor_refused(tmp_path):
    text = GOOD.replace('    - text: "[1, 1]"\n      because: "`print` got a number."\n', "")
    with pytest.raises(QuizFileError, match=r":8: a prediction needs two to four .* has 1"):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: the quiz is empty"),
        (b"id: x\n", ":1: a quiz should be a list"),
        (b"# fine\n- id: \xe9\n", ":2: the file should be UTF-8; the byte 0xe9"),
        (b"- just words\n", ":1: a question needs `kind:`"),
    ],
)
def test_is_a_file_refused_that_is_no_quiz(tmp_path, content, message):
    path = tmp_path / "quiz.yml"
    path.write_bytes(content)
    with pytest.raises(QuizFileError, match=message):
        quiz.load(path)


@pytest.mark.parametrize(
    "text",
    ["The first one that defines `__set__`, on the class above it.", "none of its methods",
     "All of them share one dictionary."],
)  # fmt: skip
def test_are_words_allowed_that_only_look_positional(tmp_path, text):
    found = load(tmp_path, GOOD.replace("text: on the class", f"text: {text}"))
    assert found.questions[1].options[1].text == text


def test_does_an_unknown_slug_name_the_known_ones(tmp_path, monkeypatch):
    load(tmp_path, GOOD)
    monkeypatch.setattr(quiz, "CHAPTERS", tmp_path)
    assert repr(quiz.quiz("numbers")) == "Quiz: numbers, 4 questions"
    with pytest.raises(QuizFileError, match="no quiz for 'letters'; there is one for: numbers"):
        quiz.quiz("letters")


def test_is_the_order_of_options_the_same_each_time_and_unlike_the_files(tmp_path):
    first, second = load(tmp_path, GOOD), load(tmp_path, GOOD)
    assert [question.shown for question in first.questions] == [
        question.shown for question in second.questions
    ]
    order = first.questions[3]
    assert sorted(order.shown, key=lambda each: each.key) == sorted(
        order.options, key=lambda each: each.key
    )
    assert order.shown != order.options


def test_does_the_place_of_the_right_option_give_nothing_away():
    places = Counter()
    for number in range(1200):
        options = tuple(Option(f"text {at}", at == 0, "x", 1) for at in range(4))
        shown = Question(f"q-{number}", "choose", "?", "", options, "", 1).shown
        places[[option.right for option in shown].index(True)] += 1
    assert all(240 <= places[place] <= 360 for place in range(4)), places


def test_is_an_order_never_solved_from_the_start():
    options = tuple(Option(text, True, "", 1) for text in "abc")
    for number in range(100):
        assert Question(f"q-{number}", "order", "?", "", options, "x", 1).shown != options


def test_does_the_fingerprint_follow_what_is_asked_and_not_the_reasons(tmp_path):
    before = load(tmp_path, GOOD).questions
    reason = load(tmp_path, GOOD.replace("All would share it.", "Shared.")).questions
    wording = load(tmp_path, GOOD.replace("on the class", "on the type")).questions
    assert reason[1].fingerprint == before[1].fingerprint
    assert wording[1].fingerprint != before[1].fingerprint
    assert wording[0].fingerprint == before[0].fingerprint


def test_can_the_html_be_read_without_a_script(tmp_path):
    html = quiz.render(load(tmp_path, GOOD))
    assert html.count("<fieldset>") == html.count("<legend>") == 4
    assert html.count('<details class="st-answer">') == 4
    assert html.count('type="radio"') == 5
    assert html.count('type="checkbox"') == 2
    for reason in ("Addition binds first.", "That would need strings.", "All would share it."):
        assert reason in html
    assert "<script" not in html


def test_is_text_in_an_option_no_markup(tmp_path):
    text = GOOD.replace('"11"', '"<b>11</b>"').replace("on the class", "on <i>the</i> class")
    html = quiz.render(load(tmp_path, text))
    assert "&lt;b&gt;11&lt;/b&gt;" in html
    assert "&lt;i&gt;the&lt;/i&gt;" in html


def test_does_a_notebook_get_everything_in_one_piece(tmp_path):
    html = load(tmp_path, GOOD)._repr_html_()
    assert html.rstrip().endswith("<!-- end of quiz -->")
    assert "<style>" in html
    assert "<script>" in html
    assert not re.findall(r"(?:src|href)=|https?://|@import|url\(", html)
    script = html.partition("<script>")[2].partition("</script>")[2]
    assert script.strip() == "<!-- end of quiz -->", "the script ends where its element ends"


def test_is_a_quiz_readable_where_markdown_and_pygments_are_missing(tmp_path, monkeypatch):
    for name in ("markdown_it", "pygments", "pygments.lexers", "pygments.formatters.html"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(quiz, "markdown", quiz._Markdown())
    html = quiz.render(load(tmp_path, GOOD.replace("on the class", "on *the* `class` <x>")))
    assert "on <em>the</em> <code>class</code> &lt;x&gt;" in html
    assert "print(1 + 1)" in html


def test_is_yaml_left_alone_until_a_file_is_read():
    import subprocess

    code = (
        "import sys, seethrough.quiz; print([m for m in ('yaml', 'pygments') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
