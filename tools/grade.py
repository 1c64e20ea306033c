"""Grade a folder of submissions with nbgrader, and count the class's mistakes.

    python -m tools.grade FOLDER

FOLDER holds one folder a student, with the notebooks in it or in folders named
after the weeks. Nothing in it is changed. Everything that is made lies in a new folder
in grading/, named after the time; what former runs made stays.
"""

import argparse
import csv
import json
import logging
import os
import shutil
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

from cnnlab.checks.verdict import MIME

HERE = Path(__file__).resolve().parent.parent
SOLUTIONS, GRADING = HERE / "solutions", HERE / "grading"


def collect(folder, grading):
    """Copy submissions to where nbgrader looks for them.

    Parameters
    ----------
    folder, grading : Path

    Returns
    -------
    submissions : list of (student, week)
    refused : list of (Path, str)
        Files that are no notebook of the course, and why.
    """
    weeks = {path.name: path.parent.name for path in SOLUTIONS.rglob("*.ipynb")}
    submissions, refused = set(), []
    for path in sorted(folder.glob("*/**/*.ipynb")):
        student = path.relative_to(folder).parts[0]
        if ".ipynb_checkpoints" in path.parts:
            continue
        if path.name not in weeks:
            refused.append((path, "its name is not that of a homework"))
            continue
        try:
            json.loads(path.read_text(encoding="utf-8"))["cells"]
        except (ValueError, KeyError, TypeError):
            refused.append((path, "it is no notebook"))
            continue
        target = grading / "submitted" / student / weeks[path.name] / path.name
        if target.exists():
            refused.append((path, "the student has another of the same name"))
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        submissions.add((student, weeks[path.name]))
    return sorted(submissions), refused


def autograde(submissions, grading):
    """Run nbgrader over the submissions; returns its database's address.

    A submission that nbgrader cannot grade is reported, and the others go on.
    """
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

    # nbgrader calls alembic by name, which may lie in this environment only.
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join((beside, os.environ["PATH"]))
    database = f"sqlite:///{grading / 'gradebook.db'}"
    config = Config()
    config.CourseDirectory.root = str(grading)
    config.CourseDirectory.source_directory = "source"
    config.CourseDirectory.db_url = database
    config.ExecutePreprocessor.timeout = 120
    api = NbGraderAPI(config=config)
    api.log.setLevel(logging.ERROR)
    failed = []
    for week in sorted({week for _, week in submissions}):
        shutil.copytree(SOLUTIONS / week, grading / "source" / week)
        made = api.generate_assignment(week, force=True)
        if not made["success"]:
            raise SystemExit(f"nbgrader could not prepare {week}: {made.get('error')}")
    for student, week in submissions:
        print(f"grading {student}, {week}", flush=True)
        done = api.autograde(week, student, force=True, create=True)
        if not done["success"]:
            failed.append((student, week, str(done.get("error") or done.get("log", ""))[-300:]))
            continue
        api.generate_feedback(week, student, force=True)
    return database, failed


def marks(database):
    """Points by student and week.

    Returns
    -------
    list of dict
        With student, week, points and most.
    """
    from nbgrader.api import Gradebook

    rows = []
    with Gradebook(database) as book:
        for assignment in book.assignments:
            for submission in book.assignment_submissions(assignment.name):
                rows.append(
                    {
                        "student": submission.student.id,
                        "week": assignment.name,
                        "points": submission.score,
                        "most": assignment.max_score,
                    }
                )
    return sorted(rows, key=lambda row: (row["student"], row["week"]))


def verdicts(cell):
    """What the check in a cell said: a list of dict, see cnnlab.checks.verdict.Verdict.

    A cell that stopped before its check said anything has one that only says so.
    """
    found = [
        output["data"][MIME]
        for output in cell.get("outputs", ())
        if output.output_type == "display_data" and MIME in output["data"]
    ]
    stopped = any(output.output_type == "error" for output in cell.get("outputs", ()))
    return found or [{"status": "wrong", "mistake": ""}] * stopped


def name_of(verdict):
    """The mistake of a verdict in words, or what kind it is; nothing if all is right."""
    if verdict["status"] == "right":
        return ""
    return verdict["mistake"] or {"wrong": "another mistake"}.get(verdict["status"], "not started")


def mistakes(submissions, grading):
    """How often each mistake was made.

    Returns
    -------
    list of dict
        With week, exercise, mistake and students, the commonest first.
    """
    import nbformat

    counts = Counter()
    for student, week in submissions:
        for path in sorted((grading / "autograded" / student / week).glob("*.ipynb")):
            for cell in nbformat.read(path, as_version=4).cells:
                if not cell.metadata.get("nbgrader", {}).get("grade"):
                    continue
                exercise = cell.metadata.nbgrader.grade_id.removeprefix("check_")
                for name in filter(None, map(name_of, verdicts(cell))):
                    counts[week, exercise, name] += 1
    return [
        {"week": week, "exercise": exercise, "mistake": mistake, "students": number}
        for (week, exercise, mistake), number in counts.most_common()
    ]


def write_table(path, rows):
    """Write rows as CSV, in an encoding that Excel reads with Korean names."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        table = csv.DictWriter(file, rows[0] if rows else ["nothing"])
        table.writeheader()
        table.writerows(rows)


def grade(folder, results=None):
    """Grade a folder; prints a report and returns (marks, mistakes, refused, failed).

    Parameters
    ----------
    folder : Path
    results : Path, optional
        A folder that does not exist yet; by default one in grading/, named after the
        time. It is there when all is written; until then its name ends in "-unfinished".
    """
    results = results or GRADING / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    if not folder.is_dir():
        raise SystemExit(f"{folder} is no folder; give the one that holds a folder a student.")
    if results.exists():
        raise SystemExit(f"{results} exists already, and results are never written over.")
    grading = results.with_name(f"{results.name}-unfinished")
    grading.mkdir(parents=True)
    submissions, refused = collect(folder, grading)
    if not submissions:
        grading.rmdir()
        raise SystemExit(f"There is no homework in {folder}: a folder a student is expected.")
    database, failed = autograde(submissions, grading)
    points = marks(database)
    common = mistakes(submissions, grading)
    write_table(grading / "marks.csv", points)
    write_table(grading / "mistakes.csv", common)
    print("\nMarks")
    for row in points:
        print(f"  {row['student']}, {row['week']}: {row['points']:g} of {row['most']:g}")
    print("\nCommonest mistakes")
    for row in common[:12]:
        print(f"  {row['students']} x {row['week']} {row['exercise']}: {row['mistake']}")
    for path, why in refused:
        print(f"Left out: {path.relative_to(folder)}, {why}.")
    for student, week, why in failed:
        print(f"Not graded: {student}, {week}. {why}")
    grading.rename(results)
    print(f"\nTables and feedback pages are in {results}.")
    return points, common, refused, failed


def main():
    """Grade the folder that the first argument names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    _, _, _, failed = grade(parser.parse_args().folder.resolve())
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
