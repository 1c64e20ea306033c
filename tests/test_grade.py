"""A class's homework is graded, and its mistakes are named."""

import csv
import json
import shutil
from pathlib import Path

import nbformat
import pytest

from tools import grade
from tools.notebooks import stored

HERE = Path(__file__).resolve().parent.parent
FIRST = "week01/week01_images.ipynb"

WRONG = {
    "dense_parameters": (
        "def dense_parameters(height, width, channels, hidden):\n"
        "    return height * width * channels * hidden"
    ),
    "to_channels_last": (
        "def to_channels_last(x):\n    return x.reshape(x.shape[1], x.shape[2], x.shape[0])"
    ),
    "shift": "def shift(image, down, right):\n    while True:\n        break\n    return 0 / 0",
}


def answers(replaced):
    """The exercise notebook with some solution cells filled in."""
    notebook = nbformat.read(HERE / "exercises" / FIRST, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in replaced:
            cell.source = replaced[name]
    return notebook


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    for student in ("solved", "김민수", "blank", "cheat", "noise"):
        (folder / student).mkdir()
    shutil.copytree(HERE / "solutions" / "week01", folder / "solved" / "week01")
    nbformat.write(answers(WRONG), folder / "김민수" / "week01_images.ipynb")
    shutil.copyfile(HERE / "exercises" / FIRST, folder / "blank" / "week01_images.ipynb")
    cheat = answers({})
    for cell in cheat.cells:  # edited checks are restored by nbgrader
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "print('is right')"
    nbformat.write(cheat, folder / "cheat" / "week01_images.ipynb")
    (folder / "noise" / "week01_images.ipynb").write_text("no notebook")
    (folder / "noise" / "essay.ipynb").write_text(json.dumps({"cells": []}))
    before = {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    grading = tmp_path_factory.mktemp("grading") / "first"
    result = grade.grade(folder, grading)
    assert before == {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    return grading, result


def test_points(graded):
    _, (points, _, _, failed) = graded
    assert failed == []
    by_student = {row["student"]: row["points"] for row in points}
    assert by_student == {"solved": 20, "김민수": 0, "blank": 0, "cheat": 0}
    assert {row["most"] for row in points} == {20}


def test_mistakes_are_named_and_counted(graded):
    _, (_, common, _, _) = graded
    named = {(row["exercise"], row["mistake"]): row["students"] for row in common}
    assert named["dense_parameters", "The biases are missing."] == 1
    assert any("reshape" in mistake for _, mistake in named)
    assert named["dense_parameters", "not started"] == 2
    assert named["shift", "another mistake"] == 1
    assert [row["students"] for row in common] == sorted(named.values(), reverse=True)


def test_what_cannot_be_graded_is_told(graded):
    _, (_, _, refused, _) = graded
    assert {path.name: why for path, why in refused} == {
        "week01_images.ipynb": "it is no notebook",
        "essay.ipynb": "its name is not that of a homework",
    }


def test_tables_and_feedback_are_written(graded):
    grading, (points, _, _, _) = graded
    with (grading / "marks.csv").open(encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == len(points)
    pages = list((grading / "feedback").rglob("*.html"))
    assert len(pages) == len(points)
    korean = next(page for page in pages if "김민수" in str(page))
    assert "The biases are missing." in korean.read_text(encoding="utf-8")


def test_a_wrong_folder_is_told(tmp_path):
    with pytest.raises(SystemExit, match="is no folder"):
        grade.grade(tmp_path / "nowhere", tmp_path / "grading")
    with pytest.raises(SystemExit, match="no homework"):
        grade.grade(tmp_path, tmp_path / "grading")


def test_results_are_never_written_over_and_nothing_is_deleted(tmp_path):
    former = tmp_path / "grading" / "first"
    former.mkdir(parents=True)
    (former / "marks.csv").write_text("student,points")
    with pytest.raises(SystemExit, match="never written over"):
        grade.grade(tmp_path, former)
    with pytest.raises(SystemExit, match="no homework"):
        grade.grade(tmp_path, tmp_path / "grading" / "second")
    assert [path.name for path in sorted((tmp_path / "grading").iterdir())] == ["first"]
    assert (former / "marks.csv").read_text() == "student,points"


def test_what_is_written_is_there_as_a_whole(graded):
    grading, _ = graded
    assert [path.name for path in grading.parent.iterdir()] == ["first"], "nothing unfinished"


def test_every_solution_can_be_handed_out():
    names = [path.name for path in stored(HERE / "solutions")]
    assert len(set(names)) == len(names), "submissions are told apart by their names"
