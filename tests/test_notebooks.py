"""Every notebook is clean as it is stored; nbval runs them beside these tests."""

import ast
import importlib
import re
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from tools import syllabus
from tools.anatomy import missing, missing_of_homework
from tools.new import begin
from tools.notebooks import committed, lacking, release, stored

HERE = Path(__file__).resolve().parent.parent
LESSONS, SOLUTIONS, EXERCISES = (
    stored(HERE / folder) for folder in ("notebooks", "solutions", "exercises")
)
WEEKS = [path for path in LESSONS if path.stem.startswith("week")]
EVERY = [*LESSONS, *SOLUTIONS, *EXERCISES]
LONGEST = 20

FORBIDDEN = {
    r"sys\.path": "a lesson imports the installed package",
    r"^\s*[!%]": "no shell and no magic commands",
    r"import \*": "no star imports",
    r"\b(requests|urllib|socket|http)\b": "no network",
    r"full=True": "no download",
    r"\binteract\b": "explorers, not interact",
}


def named(path):
    return str(path.relative_to(HERE))


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def prose(path):
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def test_there_are_notebooks():
    assert len(WEEKS) >= 2 and len(SOLUTIONS) == len(EXERCISES) == len(WEEKS)


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=named)
def test_every_code_cell_is_stored_executed_in_order(path):
    """Where a count is missing nbval compares nothing, and everything passes."""
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)) and counts


@pytest.mark.parametrize("path", EXERCISES, ids=named)
def test_exercises_are_stored_unexecuted(path):
    for cell in code_cells(path):
        assert cell.execution_count is None and cell.outputs == []


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_the_file_is_as_jupyter_writes_it(path):
    notebook = read(path)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert path.read_text(encoding="utf-8") == nbformat.writes(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        # nbgrader locks the cells of an exercise.
        assert set(cell.metadata) <= {"nbgrader", "tags", "deletable", "editable"}


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_no_cell_does_what_a_lesson_must_not(path):
    for cell in code_cells(path):
        for pattern, why in FORBIDDEN.items():
            assert not re.search(pattern, cell.source, re.MULTILINE), f"{why}: {cell.source}"
        assert len(cell.source.splitlines()) <= LONGEST, cell.source
        assert "/root" not in str(cell.outputs) and "/tmp" not in str(cell.outputs)


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=named)
def test_no_error_is_stored_and_nothing_on_stderr(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            if path in LESSONS and "raises-exception" in cell.metadata.get("tags", ()):
                continue  # a check that fails on purpose
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source
            words = output.get("data", {}).get("text/plain", "")
            drawn = "image/png" in output.get("data", {})
            assert drawn or not words.startswith("<"), f"an object's name, no picture: {words}"


def test_the_first_page_shows_a_check_that_names_a_mistake():
    cells = [c for c in code_cells(LESSONS[0]) if "raises-exception" in c.metadata.get("tags", ())]
    ((picture, error),) = (cell.outputs for cell in cells)
    assert "image/png" in picture.data and error.output_type == "error"
    assert error.traceback == [f"Not right yet. {error.evalue}"]
    assert "Nothing stops at 1" in error.evalue and "expected" in error.evalue


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=named)
def test_every_explorer_is_stored_as_a_picture_with_words(path):
    explorers = importlib.import_module("cnnlab.widgets").__all__
    shown = 0
    for cell in code_cells(path):
        last = cell.source.strip().splitlines()[-1]
        is_explorer = re.match(rf"({'|'.join(explorers)})\(", last)
        for output in cell.outputs:
            data = output.get("data", {})
            assert not any("widget" in kind for kind in data), "a view without its model"
        if is_explorer:
            shown += 1
            (output,) = cell.outputs
            assert output.data["image/png"].startswith("iVBOR")
            assert len(output.data["text/plain"].splitlines()) > 2
            assert output.metadata["image/png"]["alt"] == output.data["text/plain"]
    assert shown >= 1


@pytest.mark.parametrize("path", LESSONS, ids=named)
def test_as_a_web_page_every_picture_is_there(path):
    """Without a kernel, without a network, and with words for each picture."""
    page, _ = HTMLExporter(template_name="lab").from_filename(str(path))
    images = re.findall(r'<img alt="([^"]*)"[^>]*src="data:image/png;base64,iVBOR', page)
    stored_pictures = sum(
        "image/png" in output.get("data", {})
        for cell in code_cells(path)
        for output in cell.outputs
    )
    assert len(images) == stored_pictures > 0
    assert all(len(words) > 40 for words in images)
    assert "model not found" not in page and "widget-view" not in page


# ----------------------------------------------------------------- the anatomy


@pytest.mark.parametrize("path", [*WEEKS, *SOLUTIONS], ids=named)
def test_nothing_is_missing(path):
    """All that a lesson or a homework lacks, at once and in words."""
    found = lacking(read(path), path)
    assert not found, "\n".join([path.name, *found])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("Week 3 ·", "Week 4 ·"), "is not “# Week 3 · Title”"),
        (lambda text: text.replace("**Checkpoint.**", "Check:"), "no “**Checkpoint.**”"),
        (lambda text: text.replace("**Before.**", "Before:"), "no “**Before.**”"),
        (lambda text: text.replace("</details>", "", 1), "not closed by </details>"),
        (lambda text: text.replace("**3.**", "3."), "do not all have a folded answer"),
        (lambda text: text.replace("Padding (", "‹Padding› (", 1), "placeholder ‹Padding›"),
        (lambda text: re.sub("[가-힣]+", "", text), "no term has its Korean"),
        (lambda text: text.replace("PaddingStride(", "print("), "no cell shows an explorer"),
        (lambda text: re.sub(r"\bassert ", "_ = ", text), "“**Checkpoint.**” asserts nothing"),
        (lambda text: re.sub(r"\bassert ", "_ = ", text), "“5 · All together” neither asks nor"),
        (lambda text: text.replace("### Predict, then", "### P"), "asks for 0 predictions"),
        (lambda text: text.replace("torch", "json"), "own functions with torch"),
    ],
)  # fmt: skip
def test_what_a_lesson_lacks_is_told_in_words(change, words):
    lesson = read(HERE / "notebooks" / "week03_padding_stride.ipynb")
    assert missing(lesson, 3) == []
    for cell in lesson.cells:
        cell.source = change(cell.source)
    assert words in "\n".join(missing(lesson, 3))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("(3 points)", "(4 points)", 1), "says 4 points, its cell 3"),
        (lambda text: text.replace("**Points.** 25.", "**Points.** 24."), "“**Points.** 25.”"),
        (lambda text: text.replace("Eight exercises", "Seven exercises"), "with “Eight exercises”"),
        (lambda text: text.replace("check.stack(stack)", "check.stack(pile)"), "check.name(name)"),
        (lambda text: text.replace("check.stack(stack)", "check.unvisited(unvisited)"),
         "the check stack is not used in the homework"),
    ],
)  # fmt: skip
def test_what_a_homework_says_wrongly_is_told_in_words(change, words):
    homework = read(HERE / "solutions" / "week03" / "week03_padding_stride.ipynb")
    assert missing_of_homework(homework, "week03") == []
    for cell in homework.cells:
        cell.source = change(cell.source)
    assert words in "\n".join(missing_of_homework(homework, "week03"))


def test_a_new_week_is_whole_but_for_what_is_to_be_written(tmp_path, monkeypatch):
    title = 'Attention: "주의" \\ more'
    lesson, homework, checks = begin("week12", title, top=tmp_path)
    assert lesson.name == homework.name == "week12_attention_more.ipynb"
    for path in (lesson, homework):
        nbformat.validate(read(path))
        assert title in read(path).cells[0].source and "{{" not in path.read_text()
        assert all("placeholder" in words for words in missing(read(lesson), 12))
    exec(compile(checks.read_text(), str(checks), "exec"), module := {"__name__": "week12"})
    check = module["row_sums"]
    answer = next(c.source for c in read(homework).cells if "BEGIN SOLUTION" in c.source)
    exec(answer, written := {"np": importlib.import_module("numpy")})
    assert check.find(written["row_sums"]) is None
    assert {check.find(m.answer).mistake for m in check.mistakes} == set(check.mistakes)
    with pytest.raises(ValueError, match="is there already; nothing was written"):
        begin("week12", "Another title", top=tmp_path)
    for words, arguments in {
        "week and two digits": ("week1", "A"), "title is empty": ("week13", " "),
        "short_name": ("week13", "주의"), "from week01": ("week00", "A"),
        "no line and": ("week13", "A | B"),
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match=words):
            begin(*arguments, top=tmp_path)
    braces = begin("week14", "The word {{name}} and \\1", "braces", top=tmp_path)
    assert read(braces[0]).cells[0].source.startswith("# Week 14 · The word {{name}} and \\1\n")
    korean = begin("week13", "주의", "attention", top=tmp_path)
    assert read(korean[0]).cells[0].source.startswith("# Week 13 · 주의\n")


def test_a_lesson_with_magics_or_without_a_title_is_told_in_words(tmp_path):
    lesson = nbformat.v4.new_notebook()
    for source in ("%matplotlib inline\nimport numpy as np", "!ls", "for in"):
        lesson.cells.append(nbformat.v4.new_code_cell(source))
    lesson.cells.append(nbformat.v4.new_markdown_cell("**Checkpoint.** Now."))
    lesson.cells.append(nbformat.v4.new_code_cell("%timeit 1\nassert True"))
    found = missing(lesson, 5)
    assert "the first code cell does more than import." in found
    assert not [words for words in found if "Checkpoint" in words]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(lesson, tmp_path / "notebooks" / "week05_draft.ipynb")
    lesson.cells.insert(0, nbformat.v4.new_markdown_cell("# Week 6 · a | b"))
    nbformat.write(lesson, tmp_path / "notebooks" / "week06_bar.ipynb")
    rows = syllabus.table(tmp_path).splitlines()[2:]
    assert rows[0].startswith("| 5 | [week05_draft](")
    assert rows[1].startswith(r"| 6 | [a \| b](")


def test_a_homework_may_have_many_exercises_and_checks_that_are_not_listed(monkeypatch):
    homework = read(SOLUTIONS[0])
    graded = next(c for c in homework.cells if c.metadata.get("nbgrader", {}).get("grade"))
    checks = importlib.import_module("cnnlab.checks.week01")
    monkeypatch.setattr(checks, "unlisted", object(), raising=False)
    for name in (*["unlisted"] * 20, "unknown"):
        copy = nbformat.v4.new_code_cell(f"check.{name}({name})")
        copy.metadata = graded.metadata
        homework.cells.append(copy)
    found = missing_of_homework(homework, "week01")
    assert "the check unlisted is not in __all__ of cnnlab/checks/week01.py." in found
    assert "there is no check unknown in cnnlab/checks/week01.py." in found
    assert any("does not begin with “2" in words or "does not begin with “3" in words
               for words in found)  # fmt: skip


def test_an_explorer_that_cannot_be_shown_is_told(monkeypatch):
    lesson = read(WEEKS[2])
    cell = next(c for c in lesson.cells if c.get("outputs") and "image/png" in str(c.outputs))
    place = lesson.cells.index(cell)
    cell.source = "# The picture.\nPaddingStride(size_h=3)"
    cell.outputs[0]["data"]["text/plain"] = "A title\nkernel is 5, and does not fit."
    assert (
        f"the explorer of cell {place} cannot be shown: kernel is 5, and does not fit."
        in missing(lesson, 3)
    )


def test_a_copied_exercise_with_the_old_names_is_told():
    homework = read(SOLUTIONS[0])
    graded = next(c for c in homework.cells if c.metadata.get("nbgrader", {}).get("grade"))
    homework.cells.append(nbformat.from_dict(dict(graded)))
    words = " ".join(missing_of_homework(homework, "week01"))
    assert f"two cells have the grade_id {graded.metadata.nbgrader.grade_id}" in words
    homework = read(SOLUTIONS[0])
    solution = next(c for c in homework.cells if c.metadata.get("nbgrader", {}).get("solution"))
    solution.metadata.nbgrader.grade_id = "row_sums"
    assert "must have the grade_ids" in " ".join(missing_of_homework(homework, "week01"))


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=named)
def test_the_first_code_cell_only_imports(path):
    tree = ast.parse(code_cells(path)[0].source)
    assert all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree.body)


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_links_between_notebooks_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+\.ipynb)\)", prose(path)):
        place = (path.parent / target).resolve()
        assert place.is_file(), f"{target} in {path.name}"


# ------------------------------------------------------------------- homework


@pytest.mark.parametrize("path", SOLUTIONS, ids=named)
def test_exercises_are_what_is_made_from_solutions(path):
    target = HERE / "exercises" / path.relative_to(HERE / "solutions")
    assert target.is_file(), "run: python3 course.py exercises"
    same = target.read_text(encoding="utf-8") == nbformat.writes(release(path))
    assert same, f"{target.name} is not what its solution gives: run python3 course.py exercises"


def test_no_exercise_is_left_over():
    made = {path.relative_to(HERE / "solutions") for path in SOLUTIONS}
    assert {path.relative_to(HERE / "exercises") for path in EXERCISES} == made


@pytest.mark.parametrize("path", EXERCISES, ids=named)
def test_an_exercise_gives_nothing_away(path):
    for cell in code_cells(path):
        assert "SOLUTION" not in cell.source
        if cell.metadata.get("nbgrader", {}).get("solution"):
            assert "...  # your code here" in cell.source
            assert "return " not in cell.source


def test_the_table_of_the_readme_is_what_is_made_from_the_notebooks():
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    made = readme.split(syllabus.BEGIN)[1].split(syllabus.END)[0]
    assert made == syllabus.table(), "run: python3 course.py exercises"
    assert made.count("exercises](exercises/") == len(EXERCISES)


def test_an_exercise_that_git_never_saw_is_not_taken_for_a_committed_one(tmp_path):
    """What was written by hand and is in no commit must be kept before it is replaced."""
    path = tmp_path / "week12.ipynb"
    path.write_text("one")

    def git(*words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words],
                       cwd=tmp_path, check=True, capture_output=True)  # fmt: skip

    git("init")
    git("commit", "--allow-empty", "-m", "first")
    assert not committed(path)
    git("add", "-A")
    git("commit", "-m", "second")
    assert committed(path)
    path.write_text("two")
    assert not committed(path)
