"""The table of the weeks in README.md, made from the notebooks."""

import re
from pathlib import Path

import nbformat

from tools.anatomy import called_last, graded_cells

HERE = Path(__file__).resolve().parent.parent
README = HERE / "README.md"
BEGIN, END = "<!-- weeks: made by course.py exercises -->\n", "<!-- end of weeks -->\n"


def table(top=HERE):
    """The rows of all lessons, in Markdown.

    Parameters
    ----------
    top : Path
        The folder that has notebooks/ and solutions/.

    Returns
    -------
    str
    """
    rows = ["| week | lesson | homework | explorers |", "| --- | --- | --- | --- |"]
    for path in sorted((top / "notebooks").glob("*.ipynb")):
        lesson = nbformat.read(path, as_version=4)
        first = lesson.cells[0].source if lesson.cells else ""
        title = re.search(r"^# (.*)$", first, re.MULTILINE)
        title = title[1].replace("|", r"\|") if title else path.stem
        name = title.split("·", 1)[-1].strip()
        number = int(re.search(r"\d+", path.stem)[0])
        rows.append(
            f"| {number} | [{name}](notebooks/{path.name}) | {_homework(top, path)} | "
            f"{', '.join(_explorers(lesson))} |"
        )
    return "\n".join(rows) + "\n"


def _homework(top, path):
    """A link to the exercises of a lesson, with their number."""
    week = path.stem.split("_")[0]
    source = top / "solutions" / week / path.name
    if not source.exists():
        return ""
    count = len(graded_cells(nbformat.read(source, as_version=4)))
    words = f"{count} exercise{'' if count == 1 else 's'}"
    return f"[{words}](exercises/{week}/{path.name})"


def _explorers(lesson):
    """The explorers that a lesson shows, in the order of their first appearance."""
    from cnnlab.widgets import EXPLORERS

    known = {explorer.__name__ for explorer in EXPLORERS}
    code = [cell.source for cell in lesson.cells if cell.cell_type == "code"]
    shown = [name for name in map(called_last, code) if name in known]
    return [f"`{name}`" for name in dict.fromkeys(shown)]


def write(readme=README, top=HERE):
    """Put the table between its two marks in the README."""
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(before + BEGIN + table(top) + END + after, encoding="utf-8", newline="\n")
