"""Grade what a class handed in, with nbgrader, and count its mistakes.

    python -m tools.grade FOLDER_OR_ZIP [--week week03] [--roster students.csv] [--jobs 2]

Nothing in it is changed. Everything that is made lies in a new folder in grading/, named
after the time; what former runs made stays. It runs the students' code.
"""

import argparse
import ast
import csv
import logging
import os
import re
import shutil
import sys
import zipfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

import nbformat

from cnnlab.checks.verdict import MIME
from tools.report import page
from tools.submissions import Sources, find, known_as, read_roster

HERE = Path(__file__).resolve().parent.parent
SOLUTIONS, EXERCISES, GRADING = HERE / "solutions", HERE / "exercises", HERE / "grading"
GRADED, NOT_GRADED, LEFT_OUT, NOTHING = "graded", "not graded", "left out", "nothing handed in"
SECONDS = 120  # for one cell


# ------------------------------------------------------------ a notebook made whole


def made_whole(notebook, blank):
    """A student's notebook with each exercise and each check in it once.

    A copied or split cell, a check that was deleted, and tags that an editor stripped cost
    nothing: the answer is found by its name.

    Parameters
    ----------
    notebook, blank : nbformat.NotebookNode
        What was handed in, and what was handed out.

    Returns
    -------
    whole : nbformat.NotebookNode
    flags : list of str
        What was mended, for the instructor to look at.
    """
    whole, flags = nbformat.from_dict(notebook), []
    ours = {_id(cell): cell for cell in blank.cells if _id(cell)}
    for cell in whole.cells:
        if _id(cell) and _id(cell) not in ours:
            del cell.metadata["nbgrader"]
    answers = [one for one in ours if f"check_{one}" in ours]
    for name in answers:
        flags += _one_answer(whole, name, ours)
    for name in answers:
        flags += _one_check(whole, name, ours)
    whole.metadata["kernelspec"] = blank.metadata.get("kernelspec", {})
    return whole, flags


def _id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _one_answer(notebook, name, ours):
    """See to it that one cell is the answer: the last one that has anything in it."""
    same = [cell for cell in notebook.cells if _id(cell) == name]
    flags = []
    if not same:
        same = [c for c in notebook.cells if c.cell_type == "code" and name in _defined(c.source)]
        flags.append(f"the cell of {name} has lost its tag" if same else f"{name} is missing")
    if not same:
        notebook.cells.append(nbformat.from_dict(ours[name]))
        return flags
    if len(same) > 1 and not flags:
        flags.append(f"there are {len(same)} cells of {name}")
    defining = [cell for cell in same if name in _defined(cell.source)]
    last = (defining or same)[-1]
    for cell in same:
        cell.metadata.pop("nbgrader", None)
    last.metadata["nbgrader"] = nbformat.from_dict(ours[name].metadata.nbgrader)
    return flags


def _one_check(notebook, name, ours):
    """See to it that the check stands once, behind the answer."""
    check = ours[f"check_{name}"]
    same = [cell for cell in notebook.cells if _id(cell) == _id(check)]
    flags = [] if same else [f"the check of {name} was missing"]
    if any(cell.source.strip() != check.source.strip() for cell in same):
        flags.append(f"the check of {name} was edited")
    places = [n for n, cell in enumerate(notebook.cells) if _id(cell) == name]
    after = [n for n, cell in enumerate(notebook.cells) if cell in same and n > places[-1]]
    keep = notebook.cells[after[0]] if after else None
    notebook.cells = [cell for cell in notebook.cells if cell is keep or cell not in same]
    fresh = nbformat.from_dict(check)
    if keep is not None:
        notebook.cells[notebook.cells.index(keep)] = fresh
    else:
        place = next(n for n, cell in enumerate(notebook.cells) if _id(cell) == name)
        notebook.cells.insert(place + 1, fresh)
    return flags


def _defined(source):
    """Names that a cell defines, as far as it can be read."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set(re.findall(r"^(?:def|class)\s+(\w+)|^(\w+)\s*=", source, re.MULTILINE))
    found = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return found


# ------------------------------------------------------------------- with nbgrader


def prepare(found, grading, jobs):
    """Lay submissions where nbgrader looks for them, a folder and a database for each job.

    nbgrader gets a number for each student, since its own patterns do not bear every name.

    Returns
    -------
    list of list of (str, Found, list of str)
        For each job the numbers, the submissions, and what was mended in them.
    """
    numbers, parts = {}, [[] for _ in range(jobs)]
    for one in found:
        number = numbers.setdefault(known_as(one.student), f"s{len(numbers) + 1:04}")
        blank_path = next((EXERCISES / one.week).glob("*.ipynb"))
        whole, flags = made_whole(one.notebook, nbformat.read(blank_path, as_version=4))
        job = (len(numbers) - 1) % jobs
        target = grading / f"job{job}" / "submitted" / number / one.week / blank_path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(whole, target)
        parts[job].append((number, one, flags))
    return parts


def run_all(parts, grading):
    """Run every job; returns a list of (number, Found, flags, exercises, why not), by student."""
    folders = [grading / f"job{job}" for job, _ in enumerate(parts)]
    if len(parts) == 1:
        done = [run_one_by_one(parts[0], folders[0])]
    else:
        with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
            done = list(pool.map(run_one_by_one, parts, folders))
    return sorted((one for part in done for one in part), key=lambda one: one[0])


def run_one_by_one(laid, folder):
    """Run the submissions of one job."""
    api, done = nbgraders(folder, sorted({one.week for _, one, _ in laid})), []
    for number, one, flags in laid:
        print(f"grading {one.student}, {one.week}", flush=True)
        done.append((number, one, flags, *run(api, number, one.week, folder)))
    return done


def nbgraders(grading, weeks):
    """nbgrader's interface, with the weeks' sources in its database."""
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

    # nbgrader calls alembic by name, which may lie in this environment only.
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join((beside, os.environ["PATH"]))
    config = Config()
    config.CourseDirectory.root = str(grading)
    config.CourseDirectory.source_directory = "source"
    config.CourseDirectory.db_url = f"sqlite:///{grading / 'gradebook.db'}"
    config.ExecutePreprocessor.timeout = SECONDS
    api = NbGraderAPI(config=config)
    api.log.setLevel(logging.ERROR)
    for week in weeks:
        shutil.copytree(SOLUTIONS / week, grading / "source" / week)
        made = api.generate_assignment(week, force=True)
        if not made["success"]:
            raise SystemExit(f"nbgrader could not prepare {week}: {made.get('error')}")
    return api


def run(api, number, week, grading):
    """Run one submission; returns its exercises as a list of dict, and why not if it failed."""
    done = api.autograde(week, number, force=True, create=True)
    if not done["success"]:
        return [], _reason(done)
    path = next((grading / "autograded" / number / week).glob("*.ipynb"))
    exercises = [
        _exercise(cell) for cell in nbformat.read(path, as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    ]  # fmt: skip
    _set_points(api, number, week, path.stem, exercises)
    api.generate_feedback(week, number, force=True)
    return exercises, ""


REASONS = (
    (r"DeadKernel|Kernel died", "its code ended Python, or took more memory than there is"),
    (r"CellTimeout|timed out|TimeoutError", "a cell ran too long and could not be stopped"),
)


def _reason(done):
    """Why nbgrader could not grade it, in words."""
    said = re.sub(r"\x1b\[[0-9;]*m", "", str(done.get("error") or "") + str(done.get("log") or ""))
    known = next((words for sign, words in REASONS if re.search(sign, said)), "")
    lines = said.strip().splitlines()
    return known or (lines[-1][-200:] if lines else "nbgrader did not say why")


def _exercise(cell):
    """Points and mistake of a check that has run: what the check says counts, nothing else."""
    name = cell.metadata.nbgrader.grade_id.removeprefix("check_")
    most = float(cell.metadata.nbgrader.points)
    said = next((one for one in verdicts(cell) if one.get("name", name) == name), None)
    said = said or {"status": "wrong", "mistake": ""}
    share = 1.0 if said["status"] == "right" else 0.0
    if said["status"] == "wrong" and said.get("conditions", 1) > 1:
        share = said.get("met", 0) / said["conditions"]
    return {"exercise": name, "points": round(share * most, 2), "most": most,
            "mistake": name_of(said)}  # fmt: skip


def _set_points(api, number, week, notebook, exercises):
    """Write our points into nbgrader's book, from which the feedback pages are made."""
    from nbgrader.api import Gradebook

    with Gradebook(api.coursedir.db_url) as book:
        for one in exercises:
            grade = book.find_grade(f"check_{one['exercise']}", notebook, week, number)
            grade.auto_score = one["points"]
        book.db.commit()


def verdicts(cell):
    """What the check in a cell said: a list of dict, see cnnlab.checks.verdict.Verdict."""
    return [
        output["data"][MIME]
        for output in cell.get("outputs", ())
        if output.output_type == "display_data" and MIME in output["data"]
    ]


def name_of(verdict):
    """The mistake of a verdict in words, or what kind it is; nothing if all is right."""
    if verdict["status"] == "right":
        return ""
    return verdict["mistake"] or {"wrong": "another mistake"}.get(verdict["status"], "not started")


# ------------------------------------------------------------------------ the tables


def rows_of(results, left, roster, weeks):
    """A row for every student and week, with a status; a failure is never a number.

    Parameters
    ----------
    results : list of (str, Found, list of str, list of dict, str)
        A student's number, a submission, its flags, its exercises, and why it could not be
        graded.
    left : list of Left
    roster : list of dict
    weeks : list of str

    Returns
    -------
    list of dict
        With student, week, status, points, most, why and flags.
    """
    rows = {}
    for _, one, flags, exercises, why in results:
        points = sum(exercise["points"] for exercise in exercises)
        most = sum(exercise["most"] for exercise in exercises)
        rows[known_as(one.student), one.week] = {
            "student": one.student, "week": one.week, "status": NOT_GRADED if why else GRADED,
            "points": "" if why else points, "most": "" if why else most, "why": why,
            "flags": "; ".join(flags),
        }  # fmt: skip
    handed_in = {_key(student) for student, _ in rows}
    for one in left:
        if one.student and _key(one.student) not in handed_in:
            row = _row(one.student, "", LEFT_OUT, f"{one.name}: {one.why}")
            rows.setdefault((known_as(one.student), ""), row)
    seen = {(_key(student), week) for student, week in rows}
    for person in roster:
        names = [_key(name) for name in person.values() if name]
        shown = next(iter(person.values()))
        if any((name, "") in seen for name in names):
            continue
        for week in weeks:
            if not any((name, week) in seen for name in names):
                rows[known_as(shown), week] = _row(shown, week, NOTHING, "")
    known = {_key(name) for person in roster for name in person.values()}
    for (student, _), row in rows.items():
        if roster and _key(student) not in known:
            row["flags"] = "; ".join(filter(None, (row["flags"], "not in the roster")))
    return [rows[key] for key in sorted(rows)]


def _key(name):
    """Names are compared without their spaces: a platform may drop them."""
    return known_as(name).replace(" ", "")


def _row(student, week, status, why):
    return {"student": student, "week": week, "status": status, "points": "", "most": "",
            "why": why, "flags": ""}  # fmt: skip


def mistakes(results):
    """How many students made each mistake: a list of dict, the commonest first."""
    counts = Counter(
        (one.week, exercise["exercise"], exercise["mistake"])
        for _, one, _, exercises, _ in results for exercise in exercises if exercise["mistake"]
    )  # fmt: skip
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


def hand_back(grading, results):
    """The feedback pages as one zip, a folder per student, by name."""
    with zipfile.ZipFile(grading / "feedback.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, one, *_ in results:
            for page in sorted(grading.glob(f"job*/feedback/{number}/{one.week}/*.html")):
                safe = re.sub(r'[\\/:*?"<>|]', "_", one.student)
                archive.write(page, f"{safe}/{one.week}.html")


# ------------------------------------------------------------------------- the whole


def grade(handed_in, results=None, week=None, roster=None, jobs=1):
    """Grade a folder or a zip; prints a report and returns (rows, mistakes, left).

    Parameters
    ----------
    handed_in : Path
    results : Path, optional
        A folder that does not exist yet; by default one in grading/, named after the
        time. It is there when all is written; until then its name ends in "-unfinished".
    week : str, optional
        Grade this one only.
    roster : Path, optional
        A CSV of the class: whoever handed in nothing gets a row too.
    jobs : int
        How many students are graded at the same time.
    """
    results = results or GRADING / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    if not handed_in.is_dir() and not zipfile.is_zipfile(handed_in):
        raise SystemExit(f"{handed_in} is no folder and no zip.")
    if results.exists():
        raise SystemExit(f"{results} exists already, and results are never written over.")
    sources = Sources.of(SOLUTIONS)
    if week is not None and week not in sources.files:
        raise SystemExit(f"week is {week!r}, but it must be one of {', '.join(sources.files)}.")
    people = read_roster(roster) if roster else []
    found, left = find(handed_in, sources)
    found = [one for one in found if week in (None, one.week)]
    if not found:
        told = "".join(f"\n  {one.name}: {one.why}" for one in left)
        raise SystemExit(f"There is no homework in {handed_in}.{told}")
    weeks = sorted({one.week for one in found})
    grading = results.with_name(f"{results.name}-unfinished")
    grading.mkdir(parents=True)
    students = len({known_as(one.student) for one in found})
    done = run_all(prepare(found, grading, max(1, min(jobs, students))), grading)
    rows, common = rows_of(done, left, people, weeks), mistakes(done)
    write_table(grading / "marks.csv", rows)
    write_table(grading / "mistakes.csv", common)
    exercises = [
        {"student": one.student, "week": one.week, **exercise}
        for _, one, _, found, _ in done for exercise in found
    ]  # fmt: skip
    write_table(grading / "exercises.csv", exercises)
    (grading / "report.html").write_text(page(rows, exercises, common), encoding="utf-8")
    hand_back(grading, done)
    grading.rename(results)
    report(rows, common, left, results)
    return rows, common, left


def report(rows, common, left, results):
    """Print what came out."""
    print("\nMarks")
    for row in rows:
        mark = f"{row['points']:g} of {row['most']:g}" if row["status"] == GRADED else row["status"]
        beside = "".join(f" ({words})" for words in (row["why"], row["flags"]) if words)
        print(f"  {', '.join(filter(None, (row['student'], row['week'])))}: {mark}{beside}")
    print("\nCommonest mistakes")
    for row in common[:12]:
        print(f"  {row['students']} x {row['week']} {row['exercise']}: {row['mistake']}")
    for one in left:
        print(f"Left out: {one.name}, {one.why}.")
    failed = sum(row["status"] in (NOT_GRADED, LEFT_OUT) for row in rows)
    if failed:
        print(f"\n{failed} could not be graded: they have no mark, and a reason in marks.csv.")
    print(f"\nreport.html, the tables and feedback.zip are in {results}.")


def main():
    """Grade what the first argument names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("handed_in", type=Path, metavar="FOLDER_OR_ZIP")
    parser.add_argument("--week", help="grade this one only, such as week03")
    parser.add_argument("--roster", type=Path, help="a CSV of the class, by name or number")
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count(),
        help="how many students at the same time; by default one per core",
    )
    given = parser.parse_args()
    rows, _, _ = grade(given.handed_in.resolve(), week=given.week, roster=given.roster,
                       jobs=given.jobs)  # fmt: skip
    sys.exit(1 if any(row["status"] in (NOT_GRADED, LEFT_OUT) for row in rows) else 0)


if __name__ == "__main__":
    main()
