"""Does each term lead to its explanation, also after a change in one file?"""

import re
from pathlib import Path

import pytest
from small_book import TERMS, build, lay_out

from bookext.glossary import terms
from seethrough.yaml_lines import DataFileError

NUMBERS = "chapters/advanced/numbers.html"
GLOSSARY = "chapters/glossary.html"


def text(out, name):
    return (out / name).read_text(encoding="utf-8")


def test_is_a_term_linked_to_its_explanation_in_markdown(tmp_path):
    lay_out(tmp_path)
    out, said = build(tmp_path, "html", "-W", "-n", "--keep-going")
    assert said == ""
    assert 'href="../glossary.html#term-number"' in text(out, NUMBERS)
    page = text(out, GLOSSARY)
    assert "Something that <em>counts</em>." in page
    assert page.index("metaclass") < page.index('id="term-number"'), "sorted by name"


def test_do_changed_new_and_removed_files_reach_the_pages(tmp_path):
    source = lay_out(tmp_path, terms="metaclass: The class of a class.\n")
    out, said = build(tmp_path)
    assert "term not in glossary: 'number'" in said

    other = source / "chapters/practice/letters/terms.yml"
    other.parent.mkdir(parents=True)
    other.write_text("number: It counts.\n", encoding="utf-8")
    _, said = build(tmp_path)
    assert "It counts." in text(out, GLOSSARY)
    assert "glossary.html#term-number" in text(out, NUMBERS), "written again, though not touched"

    other.write_text("number: It counts things.\n", encoding="utf-8")
    build(tmp_path)
    assert "It counts things." in text(out, GLOSSARY)

    other.unlink()
    _, said = build(tmp_path)
    assert "It counts" not in text(out, GLOSSARY)
    assert "term not in glossary: 'number'" in said


def test_is_nothing_read_again_when_nothing_changed(tmp_path):
    lay_out(tmp_path)
    out, _ = build(tmp_path)
    before = (out / GLOSSARY).stat().st_mtime_ns
    build(tmp_path)
    assert (out / GLOSSARY).stat().st_mtime_ns == before


def test_are_both_places_named_when_a_term_is_explained_twice(tmp_path):
    source = lay_out(tmp_path)
    other = source / "chapters/practice/letters/terms.yml"
    other.parent.mkdir(parents=True)
    other.write_text("# more\nNumber: Again.\n", encoding="utf-8")
    _, said = build(tmp_path)
    assert re.search(
        r"letters/terms\.yml:2: WARNING: the term `Number` is explained already, "
        r"in .*numbers/terms\.yml:1",
        said,
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- number\n", r":1: a glossary file holds lines"),
        ("a: b\nnumber:\n", r":2: the text of `number` is empty"),
        ("number: [a]\n", r":1: the text of `number` should be text"),
        ("number: a\nnumber: b\n", r":2: `number:` is there twice"),
        ("number: a: b\n", r":1: this is not YAML"),
    ],
)
def test_is_a_file_refused_with_its_line(tmp_path, content, message):
    path = tmp_path / "terms.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataFileError, match=message):
        terms.read(path)


def test_may_a_file_be_empty_and_a_term_have_special_characters(tmp_path):
    path = tmp_path / "terms.yml"
    path.write_text("", encoding="utf-8")
    assert terms.read(path) == []
    path.write_text('"`__set_name__`": >\n  Called when\n  a class is made.\n', encoding="utf-8")
    (term,) = terms.read(path)
    assert (term.name, term.text) == ("`__set_name__`", "Called when a class is made.")


def test_are_the_course_s_own_terms_in_order():
    root = Path(__file__).resolve().parents[2] / "chapters"
    merged, problems = terms.merge(terms.files(root))
    assert [str(problem) for problem in problems] == []
    assert len(merged) == len({term.name.lower() for term in merged})
    assert TERMS  # the sample above is another book
