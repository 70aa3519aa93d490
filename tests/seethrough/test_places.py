"""Does a chapter find its own files?"""

import pytest

from seethrough import places
from seethrough.places import chapter_folder


def test_is_a_chapters_folder_found_by_its_slug():
    folder = chapter_folder("performance")
    assert folder.parts[-2:] == ("advanced", "performance")
    assert (folder / "loganalyser" / "slow.py").is_file()


def test_does_the_working_directory_not_matter(tmp_path, monkeypatch):
    before = chapter_folder("performance")
    monkeypatch.chdir(tmp_path)
    assert chapter_folder("performance") == before


def test_does_an_unknown_chapter_get_the_list_of_known_ones():
    with pytest.raises(LookupError, match=r"is called 'perfromance'.*performance"):
        chapter_folder("perfromance")


def test_is_a_place_without_chapters_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "CHAPTERS", tmp_path)
    with pytest.raises(LookupError, match="there are: none"):
        chapter_folder("performance")
