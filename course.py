"""Set up the course and run one of its tasks, on a machine that has only Python.

    python3 course.py lab         open the course in JupyterLab
    python3 course.py test        test everything
    python3 course.py refresh     execute the notebooks and store them
    python3 course.py exercises   make exercises/ from solutions/
    python3 course.py handout DIR copy what students need, without the solutions
    python3 course.py grade WHAT  grade a folder or a zip of submissions
    python3 course.py new week12 "Title"   begin a week: lesson, homework and checks
    python3 course.py author      open the sources in JupyterLab, with nbgrader's toolbar
    python3 course.py bench       measure how fast the explorers answer (bench conv: a layer;
                                  bench grading: a class of 100)

What follows the task is handed on: ``lab --port 9999``, ``test -k geometry``,
``refresh week02``. Only the standard library is used. On Windows say ``py`` in
place of ``python3``.
"""

import sys

OLDEST = (3, 11)
if sys.version_info < OLDEST:  # this file is written so that 3.6 can read it
    sys.exit("The course needs Python %d.%d or newer; this is Python %d.%d. See python.org."
             % (OLDEST + sys.version_info[:2]))  # fmt: skip

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
WORK = HERE / "work"
NEEDED_GB = {"lab": 3, "test": 4}
NO_NETWORK = (
    "NewConnectionError", "NameResolutionError", "Failed to establish a new connection",
    "ConnectTimeout", "ReadTimeout", "ProxyError",
)  # fmt: skip
EXTRAS = {"lab": ".", "test": ".[test]"}
HANDED_OUT = (
    "notebooks", "exercises", "cnnlab", "docs", "course.py", "pyproject.toml", "constraints.txt",
    "environment.yml", "README.md", "LICENSE", ".gitignore",
)  # fmt: skip


def say(text):
    """Print one line at once, also where the output is a pipe."""
    print(text, flush=True)


def venv_python():
    """The environment's Python, which may not exist yet."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(profile):
    """Changes whenever an installation would give something else."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {HERE} {EXTRAS[profile]}".encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def stamp(profile):
    """The file that says what was installed."""
    return VENV / f"installed-{profile}"


def is_installed(profile):
    """Whether .venv holds what the project asks for now."""
    return stamp(profile).is_file() and stamp(profile).read_text() == fingerprint(profile)


def set_up(profile):
    """Make .venv and install into it; does nothing when that is done already.

    `profile` is "lab" for what a student needs, "test" for what the tests need too.
    """
    busy = VENV / "installing"
    whole = venv_python().exists() and not busy.exists()
    # What the tests need holds all that a student needs.
    if whole and any(is_installed(enough) for enough in {profile, "test"}):
        return
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            sys.exit(
                f"This Python has no {module!r} module, which the set-up needs; "
                "on Debian or Ubuntu install it with: sudo apt install python3-venv"
            )
    free = shutil.disk_usage(HERE).free / 1e9
    if free < NEEDED_GB[profile]:
        sys.exit(
            f"Only {free:.1f} GB are free here, but the set-up needs about "
            f"{NEEDED_GB[profile]} GB; make room and try again."
        )
    broken = VENV.exists() and not whole
    if broken:
        say("An earlier set-up was interrupted; starting it afresh.")
    if broken or not VENV.exists():
        say("Making .venv ...")
        try:
            VENV.mkdir(exist_ok=True)
            busy.touch()
            run([sys.executable, "-m", "venv", "--clear", str(VENV)])
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"The environment .venv could not be made: {error}.")
    busy.touch()
    say("Installing packages; the first time this takes a few minutes ...")
    log = VENV / "install.log"
    log.unlink(missing_ok=True)
    result = subprocess.run(
        [str(venv_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--log", str(log), "-c", "constraints.txt", "-e", EXTRAS[profile]],
        cwd=HERE,
    )  # fmt: skip
    if result.returncode:
        sys.exit(why_not_installed(log))
    if profile == "test":
        show_nbgrader(False)
    stamp(profile).write_text(fingerprint(profile))
    busy.unlink()


def why_not_installed(log):
    """One sentence about a failed installation, from pip's log."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    if "No space left on device" in text or "not enough space" in text:
        reason = "the disk is full. Make room and try again."
    elif any(sign in text for sign in NO_NETWORK):
        reason = "the package index cannot be reached. Check the network and try again."
    elif "No matching distribution" in text:
        reason = (
            "a package is not to be had for this Python and this machine "
            f"(Python {sys.version_info[0]}.{sys.version_info[1]}); "
            "see the end of .venv/install.log."
        )
    else:
        reason = "see the end of .venv/install.log."
    return f"The packages could not be installed: {reason}"


NBGRADER = "@jupyter/nbgrader"
# They ask nbgrader's server, which the course does without.
ASKING = ("assignment-list", "course-list", "formgrader", "menu", "validate-assignment")


def show_nbgrader(shown):
    """Whether JupyterLab has nbgrader's toolbar for authors; students get nothing of it."""
    config = VENV / "etc" / "jupyter"
    page = config / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    off = [f"{NBGRADER}:{part}" for part in ASKING] if shown else [NBGRADER]
    page.write_text(json.dumps({"disabledExtensions": dict.fromkeys(off, True)}))
    (config / "jupyter_server_config.d" / "nbgrader.json").unlink(missing_ok=True)


def run(command, **more):
    """Run a command in the project's folder; raise if it fails."""
    subprocess.run([str(part) for part in command], check=True, cwd=HERE, **more)


# ------------------------------------------------------------ a student's copies


def digest_of(path):
    """Digest of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copy_lessons(source=HERE, work=WORK):
    """Give the student copies of lessons and exercises, and never overwrite their work.

    A copy that was not touched follows the course. A copy that was touched stays;
    where the course has a newer edition, that one is put beside it, with a number
    in its name. A copy that was deleted is made again.

    Returns
    -------
    list of Path
        The new editions that were put beside a touched copy.
    """
    record_file = work / ".copies.json"
    # For each copy: the edition it was made from.
    try:
        record = json.loads(record_file.read_text())
    except (OSError, ValueError):  # none yet, or broken: then every copy counts as touched
        record = {}
    beside = []
    for folder in ("notebooks", "exercises"):
        for original in sorted((source / folder).rglob("*.ipynb")):
            if ".ipynb_checkpoints" in original.parts:
                continue
            edition = digest_of(original)
            copy = work / original.relative_to(source)
            if any(
                made_from == edition and (work / name).exists() and same_lesson(work / name, copy)
                for name, made_from in record.items()
            ):
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            touched = copy.exists() and digest_of(copy) != record.get(name_in(work, copy))
            if touched and digest_of(copy) != edition:
                copy = free_name(copy)
                beside.append(copy)
            half = copy.with_suffix(".part")
            shutil.copyfile(original, half)
            half.replace(copy)  # whole or not at all
            record[name_in(work, copy)] = edition
    work.mkdir(exist_ok=True)
    half = record_file.with_suffix(".part")
    half.write_text(json.dumps(record, indent=1, sort_keys=True))
    half.replace(record_file)
    return beside


def name_in(work, path):
    """The copy's name in the record, the same on every system."""
    return path.relative_to(work).as_posix()


def same_lesson(path, copy):
    """Whether `path` is `copy` or a numbered edition of it."""
    return path.parent == copy.parent and path.stem.split(" (")[0] == copy.stem


def free_name(path):
    """The first of "name (2).ipynb", "name (3).ipynb", ... that is not taken."""
    number = 2
    while path.with_name(f"{path.stem} ({number}){path.suffix}").exists():
        number += 1
    return path.with_name(f"{path.stem} ({number}){path.suffix}")


# -------------------------------------------------------------------- the tasks


def lab(arguments):
    """Open JupyterLab on the student's copies."""
    set_up("lab")
    for edition in copy_lessons():
        say(f"You changed an older edition of {edition.relative_to(HERE)}; yours is kept.")
    say("Opening JupyterLab; stop it with Ctrl+C. Your copies of the lessons are in work/.")
    return serve(WORK, "/lab/tree/notebooks/00_start_here.ipynb", arguments)


def serve(folder, page, arguments):
    """Run JupyterLab on a folder until it is stopped."""
    server = subprocess.Popen(
        [str(venv_python()), "-m", "jupyterlab", f"--ServerApp.root_dir={folder}",
         f"--LabApp.default_url={page}", *arguments],
        cwd=folder,
    )  # fmt: skip
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:  # JupyterLab has heard it too, and asks before it stops
            pass


def author(arguments):
    """Open the sources themselves, with nbgrader's toolbar for points and solutions."""
    set_up("test")
    say("Opening the sources. Choose “Create Assignment” at the right to see and set points.")
    say("When you are done: course.py refresh, then course.py exercises.")
    show_nbgrader(True)
    try:
        return serve(HERE, "/lab/tree/solutions", arguments)
    finally:
        show_nbgrader(False)


def handout(arguments):
    """Copy what students need into a new folder: no solutions, no tests, no tools."""
    if len(arguments) != 1:
        say("Say where: course.py handout FOLDER.")
        return 2
    target = Path(arguments[0])
    if target.exists():
        say(f"{target} exists already; name a folder that does not.")
        return 1
    beside = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.egg-info")
    for name in HANDED_OUT:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=beside)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    say(f"Students can work in {target}. The checks in cnnlab/checks know the right functions:")
    say("whoever reads Python can find them there. Keep that in mind when you grade.")
    return 0


def test(arguments):
    """Run every test: units, notebooks as stored, and a real browser."""
    set_up("test")
    # A whole run uses both cores; a chosen part prints as it goes.
    spread = [] if arguments else ["-n", "2", "--dist", "loadfile"]
    pytest = [str(venv_python()), "-m", "pytest"]
    return subprocess.call([*pytest, *spread, *arguments], cwd=HERE)


def in_venv(profile, *command):
    """A task that a module of the project does, inside the environment."""

    def task(arguments):
        set_up(profile)
        return subprocess.call([str(venv_python()), *command, *arguments], cwd=HERE)

    return task


def bench(arguments):
    """Measure how fast the explorers answer, or what the first argument names."""
    set_up("test")
    module, *rest = arguments or ["stage"]
    return subprocess.call([str(venv_python()), "-m", f"benchmarks.{module}", *rest], cwd=HERE)


TASKS = {
    "lab": lab,
    "test": test,
    "refresh": in_venv("test", "-m", "tools.notebooks", "refresh"),
    "exercises": in_venv("test", "-m", "tools.notebooks", "exercises"),
    "handout": handout,
    "grade": in_venv("test", "-m", "tools.grade"),
    "new": in_venv("test", "-m", "tools.new"),
    "author": author,
    "bench": bench,
}


def main(arguments):
    """Run the task that the first argument names."""
    if not arguments or arguments[0] not in TASKS:
        say(__doc__.strip())
        return 0 if arguments and arguments[0] in ("-h", "--help", "help") else 2
    try:
        return TASKS[arguments[0]](arguments[1:])
    except KeyboardInterrupt:
        say("Stopped. Run the same command again to go on.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
