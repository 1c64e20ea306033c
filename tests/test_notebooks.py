"""Every notebook is clean as it is stored; nbval runs them beside these tests."""

import ast
import importlib
import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from tools.notebooks import release, stored

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
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source
            words = output.get("data", {}).get("text/plain", "")
            drawn = "image/png" in output.get("data", {})
            assert drawn or not words.startswith("<"), f"an object's name, no picture: {words}"


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


@pytest.mark.parametrize("path", LESSONS, ids=named)
def test_a_lesson_opens_with_what_it_is_for(path):
    first = read(path).cells[0].source
    for part in ("Questions this", "**Objectives.**", "**Time.**", "**Before.**"):
        assert part in first
    if path in WEEKS:
        number = int(re.match(r"week(\d\d)_", path.stem)[1])
        assert first.startswith(f"# Week {number} · ")


@pytest.mark.parametrize("path", [*LESSONS, *SOLUTIONS], ids=named)
def test_the_first_code_cell_only_imports(path):
    tree = ast.parse(code_cells(path)[0].source)
    assert all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree.body)


@pytest.mark.parametrize("path", WEEKS, ids=named)
def test_a_lesson_has_all_its_parts(path):
    text = prose(path)
    assert text.count("### Predict, then try") >= 3
    assert text.count("<details>") == text.count("</details>") >= 6
    assert "**Agreement.**" in text and "**Checkpoint.**" in text
    questions = text.split("## Three questions")[1].split("## Summary")[0]
    assert len(re.findall(r"^\*\*\d\.\*\*", questions, re.MULTILINE)) == 3
    assert questions.count("<details>") == 3
    assert "**Homework:**" in text and "**Sources**" in text
    code = "\n".join(cell.source for cell in code_cells(path))
    assert "torch" in code and "ops." in code and code.count("assert ") >= 15
    assert len(re.findall(r"\([가-힣][가-힣 ,]*(?:, [A-Z]+)?\)", text)) >= 5, "terms in Korean"


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_links_between_notebooks_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+\.ipynb)\)", prose(path)):
        place = (path.parent / target).resolve()
        assert place.is_file(), f"{target} in {path.name}"


# ------------------------------------------------------------------- homework


@pytest.mark.parametrize("path", SOLUTIONS, ids=named)
def test_exercises_are_what_is_made_from_solutions(path):
    target = HERE / "exercises" / path.relative_to(HERE / "solutions")
    assert target.read_text(encoding="utf-8") == nbformat.writes(release(path))


def test_no_exercise_is_left_over():
    made = {path.relative_to(HERE / "solutions") for path in SOLUTIONS}
    assert {path.relative_to(HERE / "exercises") for path in EXERCISES} == made


@pytest.mark.parametrize("path", SOLUTIONS, ids=named)
def test_homework_uses_every_check_of_its_week_once(path):
    checks = importlib.import_module(f"cnnlab.checks.{path.parent.name}")
    graded = [cell for cell in code_cells(path) if cell.metadata.get("nbgrader", {}).get("grade")]
    called = [re.fullmatch(r"check\.(\w+)\(\1\)", cell.source)[1] for cell in graded]
    assert sorted(called) == sorted(checks.__all__) and len(called) >= 5
    assert all("raises-exception" in cell.metadata.tags for cell in graded)
    points = sum(cell.metadata.nbgrader.points for cell in graded)
    assert f"**Points.** {points}." in prose(path)


@pytest.mark.parametrize("path", EXERCISES, ids=named)
def test_an_exercise_gives_nothing_away(path):
    for cell in code_cells(path):
        assert "SOLUTION" not in cell.source
        if cell.metadata.get("nbgrader", {}).get("solution"):
            assert "...  # your code here" in cell.source
            assert "return " not in cell.source


def test_the_syllabus_of_the_readme_lists_every_week():
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for path in LESSONS:
        assert f"notebooks/{path.name}" in readme
    for path in EXERCISES:
        assert f"exercises/{path.parent.name}/{path.name}" in readme
