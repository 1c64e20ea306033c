"""What a lesson and a homework must have, told in words: read from the templates.

The landmarks of ``tools/templates/lesson.ipynb`` (its headings, and the bold words that
begin a paragraph) are the parts of a lesson; change the template, and the rule changes.
"""

import ast
import importlib
import re
from itertools import takewhile
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

__all__ = ["TEMPLATES", "called_last", "graded_cells", "missing", "missing_of_homework"]

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Headings, and bold words with a full stop or on a line of their own.
LANDMARK = re.compile(r"^#+ [^‹{\n]*[^‹{\s]|\*\*\w[\w ]*\.\*\*|^\*\*[^*\n]+\*\*", re.MULTILINE)
FEWEST = 3  # predictions
PLACEHOLDER = re.compile(r"‹[^›]*›")
KOREAN = re.compile(r"\([^)]*[가-힣][^)]*\)")
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
           "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen")  # fmt: skip


def landmarks(path=TEMPLATES / "lesson.ipynb"):
    """The parts that every lesson has, in the template's words and order."""
    text = _prose(nbformat.read(path, as_version=4))
    return list(dict.fromkeys(LANDMARK.findall(text)))


def missing(lesson, number):
    """What a lesson lacks, a sentence each.

    Parameters
    ----------
    lesson : nbformat.NotebookNode
    number : int
        Of its week.

    Returns
    -------
    list of str
        Empty for a whole lesson.

    Examples
    --------
    >>> template = nbformat.read(TEMPLATES / "lesson.ipynb", as_version=4)
    >>> [words for words in missing(template, 3) if "placeholder" not in words]
    ['the first line is not “# Week 3 · Title”.']
    """
    text, found = _prose(lesson), []
    if not re.match(rf"# Week {number} · \S", text):
        found.append(f"the first line is not “# Week {number} · Title”.")
    for part in landmarks():
        if not part.startswith("# ") and part not in text:
            found.append(f"there is no “{part}”.")
    for place, cell in enumerate(lesson.cells):
        for words in PLACEHOLDER.findall(cell.source):
            found.append(f"cell {place} still has the placeholder {words}.")
    code = [cell.source for cell in lesson.cells if cell.cell_type == "code"]
    if not code or not _only_imports(code[0]):
        found.append("the first code cell does more than import.")
    found += _unchecked(lesson)
    found += _silent_sections(lesson)
    if text.count("<details>") != text.count("</details>"):
        found.append("an answer is opened by <details> and not closed by </details>.")
    asked = text.count("### Predict, then try")
    if asked < FEWEST:
        found.append(f"it asks for {asked} predictions (### Predict, then try), not for {FEWEST}.")
    for cell in lesson.cells:
        if cell.source.count("### Predict") > cell.source.count("<details>"):
            found.append(f"a prediction has no folded answer: {_start(cell)}")
    for other in ("torch", "ops."):
        if other not in "\n".join(code):
            found.append(f"no code compares the lesson's own functions with {other.strip('.')}.")
    questions = text.split("## Three questions")[-1].split("## Summary")[0]
    answered = [bool(re.search(rf"\*\*{n}\.\*\*[\s\S]*?<details>", questions)) for n in (1, 2, 3)]
    if not all(answered):
        found.append("the three questions do not all have a folded answer.")
    if not any(_shows_explorer(cell) for cell in lesson.cells):
        found.append("no cell shows an explorer: its last line is Name(...).")
    found += _not_shown(lesson)
    if not KOREAN.search(text):
        found.append("no term has its Korean in brackets.")
    return found


def _unchecked(lesson):
    """Checkpoints and agreements whose next code cell asserts nothing."""
    for place, cell in enumerate(lesson.cells):
        for part in ("**Checkpoint.**", "**Agreement.**"):
            if cell.cell_type != "markdown" or part not in cell.source:
                continue
            code = takewhile(lambda one: one.cell_type == "code", lesson.cells[place + 1 :])
            if not any(_asserts(one.source) for one in code):
                yield f"the code after “{part}” asserts nothing: {_start(cell)}"


def _not_shown(notebook):
    """Explorers whose stored picture is only a sentence that says why there is none."""
    for place, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()) if _shows_explorer(cell) else ():
            words = output.get("data", {}).get("text/plain", "")
            if words and not re.search(r"^- ", words, re.MULTILINE):
                yield f"the explorer of cell {place} cannot be shown: {words.splitlines()[-1]}"


def _silent_sections(lesson):
    """Numbered sections that neither ask nor assert."""
    section, speaks = None, True
    for cell in [*lesson.cells, nbformat.v4.new_markdown_cell("## ")]:
        heading = re.search(r"^## (.*)$", cell.source, re.MULTILINE)
        if cell.cell_type == "markdown" and heading:
            if section and not speaks:
                yield f"the section “{section}” neither asks nor asserts anything."
            section = heading[1] if re.match(r"\d", heading[1]) else None
            speaks = False
        asks = cell.cell_type == "markdown" and "### Predict" in cell.source
        speaks = speaks or asks or (cell.cell_type == "code" and _asserts(cell.source))


def missing_of_homework(homework, folder):
    """What a homework lacks or says wrongly, a sentence each.

    Parameters
    ----------
    homework : nbformat.NotebookNode
        The source, with its solutions.
    folder : str
        "week03": the module of its checks.

    Returns
    -------
    list of str
    """
    found, text = [], _prose(homework)
    checks = importlib.import_module(f"cnnlab.checks.{folder}")
    exercises = graded_cells(homework)
    called = []
    found += _not_shown(homework)
    ids = [cell.metadata.nbgrader.grade_id for cell in homework.cells
           if "nbgrader" in cell.metadata]  # fmt: skip
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        found.append(f"two cells have the grade_id {twice}: it must be the function's own name.")
    for place, cell in exercises:
        call = re.fullmatch(r"check\.(\w+)\((\w+)\)", cell.source)
        if not call or call[1] != call[2]:
            found.append(f"a graded cell is {cell.source!r}, but it must be check.name(name).")
            continue
        called.append(call[1])
        if {call[1], f"check_{call[1]}"} - set(ids):
            found.append(
                f"the two cells of check.{call[1]} must have the grade_ids {call[1]} and "
                f"check_{call[1]}."
            )
        if "raises-exception" not in cell.metadata.get("tags", ()):
            found.append(f"the cell of check.{call[1]} lacks the tag raises-exception.")
        above = "\n".join(c.source for c in homework.cells[:place] if c.cell_type == "markdown")
        headings = re.findall(r"^## .*\((\d+) points?\)$", above, re.MULTILINE)
        points = cell.metadata.nbgrader.points
        if not headings or int(headings[-1]) != points:
            said = f"{headings[-1]} points" if headings else "no points"
            found.append(f"the heading above check.{call[1]} says {said}, its cell {points}.")
    for name in sorted(set(checks.__all__) ^ set(called)):
        module = f"cnnlab/checks/{folder}.py"
        if name in checks.__all__:
            found.append(f"the check {name} is not used in the homework.")
        elif hasattr(checks, name):
            found.append(f"the check {name} is not in __all__ of {module}.")
        else:
            found.append(f"there is no check {name} in {module}.")
    if twice := sorted({name for name in called if called.count(name) > 1}):
        found.append(f"the check {twice[0]} is used twice.")
    points = sum(cell.metadata.nbgrader.points for _, cell in exercises)
    if f"**Points.** {points}." not in text:
        found.append(f"the first cell does not say “**Points.** {points}.”, the sum of its cells.")
    exercise = "exercise" if len(exercises) == 1 else "exercises"
    count = NUMBERS[len(exercises)] if len(exercises) < len(NUMBERS) else str(len(exercises))
    if not re.search(rf"^{count} {exercise}\b", text, re.MULTILINE):
        found.append(f"the first cell does not begin with “{count} {exercise}”.")
    for place, cell in enumerate(homework.cells):
        for words in PLACEHOLDER.findall(cell.source):
            found.append(f"cell {place} still has the placeholder {words}.")
    return found


def graded_cells(homework):
    """(place, cell) of each cell that is graded."""
    return [
        (place, cell)
        for place, cell in enumerate(homework.cells)
        if cell.metadata.get("nbgrader", {}).get("grade")
    ]


def _prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def _start(cell):
    """The last line of a cell that is not empty, to find it by."""
    return [line for line in cell.source.splitlines() if line.strip()][-1][:60]


def _parsed(source):
    """The code of a cell, with its magics as the calls that IPython makes of them.

    Code that cannot be read at all gives nothing; running the notebook says why.
    """
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def _only_imports(source):
    return all(isinstance(n, (ast.Import, ast.ImportFrom)) for n in _parsed(source).body)


def _asserts(source):
    return any(isinstance(node, ast.Assert) for node in ast.walk(_parsed(source)))


def _shows_explorer(cell):
    """Whether the last line of a cell is an explorer of cnnlab.widgets."""
    from cnnlab.widgets import EXPLORERS

    return cell.cell_type == "code" and called_last(cell.source) in {
        explorer.__name__ for explorer in EXPLORERS
    }


def called_last(source):
    """The name that the last line of a cell calls, or ""."""
    last = _parsed(source).body[-1:]
    if last and isinstance(last[0], ast.Expr) and isinstance(last[0].value, ast.Call):
        return getattr(last[0].value.func, "id", "")
    return ""
