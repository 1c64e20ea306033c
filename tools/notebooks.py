"""Make what is derived: executed notebooks, exercises from solutions, the README's table.

python -m tools.notebooks refresh [part of a name ...]
python -m tools.notebooks exercises
"""

import argparse
import datetime
import re
import shutil
import subprocess
from pathlib import Path

import nbformat

from tools import syllabus

HERE = Path(__file__).resolve().parent.parent
SOLUTIONS, EXERCISES = HERE / "solutions", HERE / "exercises"

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
STUB = "...  # your code here"


def stored(folder):
    """The notebooks below a folder, sorted."""
    return sorted(p for p in Path(folder).rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def normalise(notebook):
    """Drop what changes from run to run or breaks without a kernel.

    A widget view without its model is an error message in JupyterLab; without
    the view, the picture beside it is shown.
    """
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for cell in notebook.cells:
        kept = ("nbgrader", "tags")
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in kept})
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return notebook


def execute(path):
    """Execute a notebook from a fresh kernel, in its own folder, and return it."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", record_timing=False,
        store_widget_state=False, resources={"metadata": {"path": str(path.parent)}},
    )  # fmt: skip
    client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            # The tag raises-exception lets a graded cell fail; a solution must not. Only a
            # lesson may show on purpose how a check fails.
            shown = not path.is_relative_to(SOLUTIONS) and "raises-exception" in cell.metadata.get(
                "tags", ()
            )
            if output.output_type == "error" and not shown:
                raise SystemExit(f"{path.name}: {output.evalue}\n\n{cell.source}")
    return normalise(notebook)


def write(notebook, path):
    """Write a notebook as JupyterLab does, so that saving changes nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook), encoding="utf-8", newline="\n")


def refresh(names):
    """Execute and store the lessons and solutions whose path holds one of `names`."""
    paths = [*stored(HERE / "notebooks"), *stored(SOLUTIONS)]
    chosen = [p for p in paths if not names or any(n in str(p.relative_to(HERE)) for n in names)]
    if not chosen:
        raise SystemExit(f"No notebook's path holds any of: {', '.join(names)}.")
    for path in chosen:
        print(f"executing {path.relative_to(HERE)}", flush=True)
        executed = execute(path)
        write(executed, path)
        for words in lacking(executed, path):
            print(f"  {words}")


def lacking(notebook, path):
    """What a lesson or homework of a week lacks, a sentence each."""
    from tools.anatomy import missing, missing_of_homework

    week = re.match(r"week(\d\d)_", path.name)
    if not week:
        return []
    if path.is_relative_to(SOLUTIONS):
        return missing_of_homework(notebook, path.parent.name)
    return missing(notebook, int(week[1]))


def release(path):
    """The exercise notebook that nbgrader makes of one solution notebook."""
    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearHiddenTests,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )

    notebook = normalise(nbformat.read(path, as_version=4))
    clear = ClearSolutions(code_stub={"python": STUB})
    steps = (LockCells(), clear, ClearOutput(), CheckCellMetadata(), ClearHiddenTests(),
             ComputeChecksums(), CheckCellMetadata())  # fmt: skip
    for step in steps:
        notebook, _ = step.preprocess(notebook, {"metadata": {"name": path.stem}})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
    return notebook


def exercises():
    """Make exercises/ from solutions/; a file that was changed by hand is kept aside."""
    for path in stored(SOLUTIONS):
        target = EXERCISES / path.relative_to(SOLUTIONS)
        fresh = nbformat.writes(release(path))
        changed = target.exists() and target.read_text(encoding="utf-8") != fresh
        if changed and not committed(target):
            print(f"the former {target.name} is kept as {keep_aside(target).relative_to(HERE)}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(fresh, encoding="utf-8", newline="\n")
        print(f"made {target.relative_to(HERE)}")
    syllabus.write(HERE / "README.md", HERE)
    print("made the table of the weeks in README.md")


def committed(path):
    """Whether git has this very content, so that nothing is lost by replacing it."""
    try:
        # A file that git never saw differs in nothing: it must be known as well.
        known = subprocess.run(
            ["git", "ls-files", "--error-unmatch", "--", path], cwd=path.parent, capture_output=True
        )
        asked = subprocess.run(
            ["git", "diff", "--quiet", "HEAD", "--", path], cwd=path.parent, capture_output=True
        )
    except OSError:  # no git on this machine
        return False
    return known.returncode == 0 and asked.returncode == 0


def keep_aside(path):
    """Copy a file that is about to be replaced: it may hold a student's answers."""
    now = datetime.datetime.now().strftime("%Y-%m-%d %H.%M.%S")
    kept = HERE / "work" / "kept" / f"{path.stem} {now}{path.suffix}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, kept)
    return kept


def main():
    """Run one of the two tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    tasks.add_parser("refresh").add_argument("names", nargs="*")
    tasks.add_parser("exercises")
    chosen = parser.parse_args()
    if chosen.task == "refresh":
        refresh(chosen.names)
    else:
        exercises()


if __name__ == "__main__":
    main()
