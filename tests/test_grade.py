"""A class's homework is graded, and its mistakes are named."""

import csv
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest

from benchmarks.grading import make_class
from tools import grade
from tools.notebooks import stored
from tools.report import page

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


def changed(change):
    """The solved notebook, after something was done to its cells."""
    notebook = nbformat.read(HERE / "solutions" / FIRST, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if change(cell, notebook) is not False]
    return notebook


def name_of(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def without_tags(cell, _):
    cell.metadata = nbformat.from_dict({})


def without_a_check(cell, _):
    return name_of(cell) != "check_shift"


def loud(cell, _):
    if name_of(cell) == "shift":
        cell.source = (
            "import sys, warnings\n" + cell.source.replace(
                "    ### BEGIN SOLUTION\n",
                "    print('working', file=sys.stderr)\n    warnings.warn('slow')\n", 1)
        )  # fmt: skip


def with_a_copy():
    """An answer copied before it was finished: the first cell of the two is blank."""
    notebook = changed(lambda cell, _: None)
    place = next(n for n, cell in enumerate(notebook.cells) if name_of(cell) == "shift")
    blank = nbformat.from_dict(notebook.cells[place])
    blank.source, blank.id = "def shift(image, down, right):\n    ...", "a-copy"
    notebook.cells.insert(place, blank)
    return notebook


SLIPS = {
    "stripped": lambda: changed(without_tags),
    "no check": lambda: changed(without_a_check),
    "loud": lambda: changed(loud),
    "copied": with_a_copy,
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    for student in ("solved", "김민수", "blank", "cheat", "noise", "Kim [A]", *SLIPS):
        (folder / student).mkdir()
    shutil.copytree(HERE / "solutions" / "week01", folder / "solved" / "week01")
    nbformat.write(answers(WRONG), folder / "김민수" / "homework one.ipynb")
    shutil.copyfile(HERE / "exercises" / FIRST, folder / "blank" / "week01_images.ipynb")
    shutil.copyfile(HERE / "solutions" / FIRST, folder / "Kim [A]" / "week01_images (2).ipynb")
    cheat = answers({})
    for cell in cheat.cells:  # edited checks are restored
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "print('is right')"
    nbformat.write(cheat, folder / "cheat" / "week01_images.ipynb")
    (folder / "noise" / "week01_images.ipynb").write_text("no notebook")
    for student, made in SLIPS.items():
        nbformat.write(made(), folder / student / "week01_images.ipynb")
    before = {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    roster = folder.parent / "class.csv"
    names = ("solved", "김민수", "blank", "cheat", "noise", "이서연", *SLIPS)
    roster.write_text("name\n" + "\n".join(names), encoding="utf-8-sig")
    grading = tmp_path_factory.mktemp("grading") / "first"
    result = grade.grade(folder, grading, roster=roster, jobs=2)
    assert before == {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    return grading, result


def test_points(graded):
    _, (rows, _, _) = graded
    points = {row["student"]: row["points"] for row in rows}
    assert points["solved"] == points["Kim [A]"] == 20
    assert points["blank"] == points["cheat"] == 0
    assert {row["most"] for row in rows if row["status"] == "graded"} == {20}


@pytest.mark.parametrize("student", SLIPS)
def test_an_honest_slip_costs_nothing(graded, student):
    _, (rows, _, _) = graded
    (row,) = (row for row in rows if row["student"] == student)
    assert (row["status"], row["points"]) == ("graded", 20), row


def test_what_was_mended_or_odd_is_flagged(graded):
    _, (rows, _, _) = graded
    flags = {row["student"]: row["flags"] for row in rows}
    assert flags["solved"] == "" and flags["Kim [A]"] == "not in the roster"
    assert "the cell of shift has lost its tag" in flags["stripped"]
    assert flags["no check"] == "the check of shift was missing"
    assert flags["copied"] == "there are 2 cells of shift"
    assert "the check of shift was edited" in flags["cheat"]


def test_everybody_has_a_row_and_a_failure_is_no_number(graded):
    _, (rows, _, left) = graded
    status = {row["student"]: (row["status"], row["points"]) for row in rows}
    assert status["noise"] == ("left out", "") and status["이서연"] == ("nothing handed in", "")
    assert [(one.name, one.why) for one in left] == [
        ("noise/week01_images.ipynb", "it is no notebook (JSONDecodeError)")
    ]
    assert len(status) == len(rows) == 11


def test_mistakes_are_named_and_counted(graded):
    _, (_, common, _) = graded
    named = {(row["exercise"], row["mistake"]): row["students"] for row in common}
    assert named["dense_parameters", "The biases are missing."] == 1
    assert any("reshape" in mistake for _, mistake in named)
    assert named["dense_parameters", "not started"] == 2
    assert named["shift", "another mistake"] == 1
    assert [row["students"] for row in common] == sorted(named.values(), reverse=True)


def test_an_open_answer_earns_points_for_each_condition_it_meets(graded):
    grading, _ = graded
    with (grading / "exercises.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["student"] for row in rows} == {
        "solved", "김민수", "blank", "cheat", "Kim [A]", *SLIPS,
    }  # fmt: skip
    cell = nbformat.v4.new_code_cell(
        metadata={"nbgrader": {"grade_id": "check_x", "points": 4, "grade": True}},
        outputs=[nbformat.v4.new_output("display_data", {grade.MIME: {
            "name": "x", "status": "wrong", "mistake": "", "met": 1, "conditions": 4}})],
    )  # fmt: skip
    assert grade._exercise(cell)["points"] == 1


def test_tables_and_feedback_are_written(graded):
    grading, (rows, _, _) = graded
    with (grading / "marks.csv").open(encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == len(rows)
    with zipfile.ZipFile(grading / "feedback.zip") as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist()}
    assert len(pages) == sum(row["status"] == "graded" for row in rows)
    assert "The biases are missing." in pages["김민수/week01.html"]
    assert "Score: 20.0 / 20.0" in pages["loud/week01.html"]


def test_the_report_tells_who_where_and_what(graded):
    grading, _ = graded
    text = (grading / "report.html").read_text(encoding="utf-8")
    assert "9 graded, 1 could not be graded, 1 handed in nothing." in text
    assert "noise/week01_images.ipynb: it is no notebook" in text and "이서연" in text
    assert "The biases are missing." in text and "the check of shift was missing" in text
    assert "http" not in text and "<script" not in text, "it works offline"


def test_a_students_words_are_no_html():
    row = {"student": "<script>alert(1)</script>", "week": "week01", "status": "graded",
           "points": 1.0, "most": 2.0, "why": "", "flags": ""}  # fmt: skip
    text = page([row], [], [])
    assert "<script>" not in text and "&lt;script&gt;" in text and "1 of 2" in text


def test_a_wrong_folder_is_told(tmp_path):
    with pytest.raises(SystemExit, match="is no folder and no zip"):
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


NEVER = "def shift(image, down, right):\n    while True:\n        pass"
DEAF = (
    "def shift(image, down, right):\n    while True:\n        try:\n            while True:\n"
    "                pass\n        except BaseException:\n            continue"
)
GONE = "def shift(image, down, right):\n    import os\n    os._exit(0)"
LEFT = "def shift(image, down, right):\n    raise SystemExit"


def test_what_never_ends_or_dies_harms_nobody_else(tmp_path, monkeypatch):
    monkeypatch.setattr(grade, "SECONDS", 4)
    right = {"dense_parameters": WRONG["dense_parameters"] + " + hidden"}
    for student, code in (("deaf", DEAF), ("gone", GONE), ("left", LEFT), ("never", NEVER)):
        (tmp_path / "class" / student).mkdir(parents=True)
        made = answers({**right, "shift": code})
        nbformat.write(made, tmp_path / "class" / student / "x.ipynb")
    rows, _, _ = grade.grade(tmp_path / "class", tmp_path / "results")
    status = {row["student"]: (row["status"], row["points"]) for row in rows}
    assert status["never"] == status["left"] == ("graded", 2.0)
    assert status["deaf"] == status["gone"] == ("not graded", "")
    why = {row["student"]: row["why"] for row in rows}
    assert why["deaf"] == "a cell ran too long and could not be stopped"
    assert why["gone"].startswith("its code ended Python")


def test_every_mark_and_every_count_is_what_was_put_in(tmp_path):
    points, mistakes = make_class(tmp_path / "class", 3, ("week01", "week03"), seed=1)
    assert len(points) == 6 and len(mistakes) > 8
    rows, common, _ = grade.grade(tmp_path / "class", tmp_path / "results", jobs=2)
    assert {(row["student"], row["week"]): row["points"] for row in rows} == points
    counted = {(one["week"], one["exercise"], one["mistake"]): one["students"] for one in common}
    assert counted == mistakes
