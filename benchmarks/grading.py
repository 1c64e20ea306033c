"""A made-up class whose every mark is known, graded: how long it takes, and whether it is right.

python3 course.py bench grading
"""

import argparse
import importlib
import random
import tempfile
import time
from pathlib import Path

import nbformat

from tools import grade

SOLUTIONS = Path(__file__).resolve().parent.parent / "solutions"
STUB = "def {name}(*given):\n    return check.{name}.mistakes[{number}].answer(*given)"


def make_class(folder, students, weeks, seed=0):
    """Write submissions with known mistakes in them.

    Each exercise is right, blank, or has one of its check's known mistakes. What other
    exercises build on stays right, so that one mistake is one mistake.

    Parameters
    ----------
    folder : Path
    students : int
    weeks : sequence of str
    seed : int

    Returns
    -------
    points : dict of (str, str) to float
        By student and week.
    mistakes : dict of (str, str, str) to int
        How many students have each, by week, exercise and name.
    """
    choose, points, mistakes = random.Random(seed), {}, {}
    for week in weeks:
        path = next((SOLUTIONS / week).glob("*.ipynb"))
        checks = importlib.import_module(f"cnnlab.checks.{week}")
        for number in range(students):
            student = f"학생 {number:03}"
            notebook = nbformat.read(path, as_version=4)
            said, points[student, week] = _fill(notebook, checks, choose)
            for exercise, mistake in said:
                key = week, exercise, mistake
                mistakes[key] = mistakes.get(key, 0) + 1
            target = folder / student / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, target)
    return points, mistakes


def _fill(notebook, checks, choose):
    """Put mistakes and blanks into a solved notebook; returns them and the points that are left."""
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    said, points = [], 0.0
    for name in checks.__all__:
        check, cell = getattr(checks, name), cells[name]
        most = cells[f"check_{name}"].metadata.nbgrader.points
        others = "".join(one.source for key, one in cells.items() if key and key != name)
        needed = f"{name}(" in others.replace(f"check.{name}({name})", "")
        kind = "right" if needed else choose.choices(("right", "blank", "mistake"), (6, 1, 3))[0]
        known = getattr(check, "mistakes", ())
        if kind == "right" or (kind == "mistake" and not known):
            points += most
        elif kind == "blank":
            cell.source = f"{name} = ..."
            said.append((name, "not started"))
        else:
            number = choose.randrange(len(known))
            cell.source = STUB.format(name=name, number=number)
            if not check.asks_function:
                cell.source = f"{name} = check.{name}.mistakes[{number}].answer"
            said.append((name, known[number].name))
    return said, points


def main():
    """Grade a class, print seconds per submission, and stop if any mark or count is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("students", type=int, nargs="?", default=100)
    students, weeks = parser.parse_args().students, ("week01", "week02", "week03")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "class")
        points, mistakes = make_class(folder, students, weeks)
        start = time.perf_counter()
        rows, common, _ = grade.grade(folder, Path(scratch, "results"), jobs=2)
        seconds = time.perf_counter() - start
    found = {(row["student"], row["week"]): row["points"] for row in rows}
    counted = {(row["week"], row["exercise"], row["mistake"]): row["students"] for row in common}
    assert found == points, "marks differ from what was put in"
    assert counted == mistakes, "counts differ from what was put in"
    print(f"{len(found)} submissions in {seconds:.0f} s, {seconds / len(found):.2f} s each; every "
          "mark and every count is what was put in")  # fmt: skip


if __name__ == "__main__":
    main()
