"""What does a flame graph make of collapsed stacks?"""

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from seethrough import flame

SVG = "{http://www.w3.org/2000/svg}"
TEXT = """\
main (app.py:9);read (app.py:3) 2
main (app.py:9);read (app.py:3);split (app.py:5) 5

main (app.py:9) 3
"""


def test_are_frame_names_with_spaces_read_and_equal_stacks_added():
    stacks = flame.parse("a b;c 1\na b;c 2")
    assert stacks == {("a b", "c"): 3}


@pytest.mark.parametrize("line", ["main;read", "main;read x", "main;read 1.5", "main;read -1"])
def test_is_a_line_without_a_count_refused_with_its_number(line):
    with pytest.raises(ValueError, match="line 2 does not end in a number"):
        flame.parse(f"ok 1\n{line}")


def test_does_the_tree_show_shares_of_the_whole():
    assert flame.tree(flame.parse(TEXT)).splitlines() == [
        "all  100 %",
        "  main (app.py:9)  100 %",
        "    read (app.py:3)  70 %",
        "      split (app.py:5)  50 %",
    ]


def test_does_a_measured_tree_mark_each_share():
    assert flame.tree({("a",): 1}, measured=True) == "all  ≈ 100 %\n  a  ≈ 100 %"


def test_are_small_frames_left_out_of_the_tree():
    text = flame.tree({("a",): 995, ("b",): 5}, min_share=0.01)
    assert "b" not in text
    assert "b" in flame.tree({("a",): 995, ("b",): 5}, min_share=0.001)


def test_is_own_time_what_no_call_explains():
    root = flame.build(flame.parse(TEXT))
    (main,) = root.called()
    (read,) = main.called()
    assert (main.total, main.own) == (10, 3)
    assert (read.total, read.own) == (7, 2)


def test_does_recursion_count_once_in_the_total():
    stacks = {("walk", "walk", "walk"): 4, ("walk",): 1}
    assert flame.hottest(stacks) == [("walk", 5, 5)]


def test_are_functions_listed_by_their_own_time():
    assert [row[0] for row in flame.hottest(flame.parse(TEXT))] == [
        "split (app.py:5)",
        "main (app.py:9)",
        "read (app.py:3)",
    ]


@pytest.mark.parametrize("name", ["read", "read (app.py:3)"])
def test_does_zooming_cut_what_is_above(name):
    assert flame.zoom(flame.parse(TEXT), name) == {
        ("read (app.py:3)",): 2,
        ("read (app.py:3)", "split (app.py:5)"): 5,
    }


def test_is_a_methods_last_name_enough_to_zoom():
    assert flame.zoom({("main", "Analyser.run"): 1}, "run") == {("Analyser.run",): 1}


def test_is_a_share_what_happens_inside():
    stacks = {("run (a.py:1)", "Mask.mask (a.py:2)"): 3, ("run (a.py:1)",): 1}
    assert flame.share(stacks, "mask") == 0.75
    assert flame.share(stacks, "run") == 1


def test_is_a_function_that_no_sample_met_a_share_of_nothing():
    assert flame.share({("run",): 4}, "mask") == 0


def test_has_an_empty_profile_no_shares():
    with pytest.raises(ValueError, match="empty profile"):
        flame.share({}, "run")


def test_is_zooming_to_an_unknown_frame_an_error():
    with pytest.raises(ValueError, match="no frame is called 'write'"):
        flame.zoom(flame.parse(TEXT), "write")


def test_do_renamed_frames_merge_and_dropped_ones_leave_their_samples_to_the_caller():
    stacks = {("run:1", "lib"): 2, ("run:2",): 3}
    renamed = flame.rename(stacks, lambda name: None if name == "lib" else name.split(":")[0])
    assert renamed == {("run",): 5}


def boxes(picture):
    """Each box's words by its label."""
    root = ET.fromstring(picture.svg)
    return {
        spot.find(f"{SVG}rect/{SVG}title").text.partition(":")[0]: spot.find(f"{SVG}rect")
        for spot in root.iter(f"{SVG}g")
    }


def test_is_a_box_as_wide_as_its_share_and_below_its_caller():
    picture = flame.flame({("run", "a"): 3, ("run", "b"): 1}, title="t", measured=False, width=400)
    found = boxes(picture)
    assert [float(found[name].get("width")) for name in ("all", "run", "a", "b")] == [
        400,
        400,
        300,
        100,
    ]
    assert float(found["b"].get("x")) == 300
    assert float(found["run"].get("y")) < float(found["a"].get("y")) == float(found["b"].get("y"))


def test_does_a_function_keep_its_colour_under_another_class_file_or_caller():
    names = ("Analyser.mask (slow.py:3)", "OnePattern.mask (fixed.py:9)", "mask")
    assert len({flame.colour(name) for name in names}) == 1


def test_does_colour_not_depend_on_the_hash_seed():
    code = "from seethrough.flame import colour; print(*map(colour, ('mask', 'tally', 'run')))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            cwd=flame.__file__.rsplit("seethrough", 1)[0],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_is_a_class_dropped_from_a_label_that_would_not_fit():
    stacks = {("Analyser.plan_of",): 20, ("other",): 80}
    picture = flame.flame(stacks, title="t", measured=False, width=400)
    assert ">plan_of</text>" in picture.svg


def test_is_the_text_form_of_a_counted_graph_its_tree():
    picture = flame.flame({("run",): 4}, title="Calls", unit="calls", measured=False)
    assert picture.text == "Calls: 4 calls\nall  100 %\n  run  100 %"


def test_does_a_measured_graph_keep_its_tree_where_validation_masks_it():
    picture = flame.flame({("run",): 4}, title="Time", measured=True)
    assert picture.text == "Time: ≈ 4 samples"
    assert 'data-measured="true"' in picture.svg
    assert "  run  ≈ 100 %" in ET.fromstring(picture.svg).find(f"{SVG}desc").text


def test_is_a_graph_of_nothing_refused():
    with pytest.raises(ValueError, match="no samples"):
        flame.flame("", title="t", measured=False)


def test_can_names_hold_what_markup_would_swallow():
    picture = flame.flame({("<module>", "a & b"): 1}, title="<t>", measured=False)
    assert "<module>" in boxes(picture)
