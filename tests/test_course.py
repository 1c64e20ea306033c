"""course.py: the set-up explains itself, and no student's work is ever lost."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent


@pytest.fixture
def course(tmp_path, monkeypatch):
    """course.py as a module of its own, working in an empty folder."""
    spec = importlib.util.spec_from_file_location("course_under_test", HERE / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "WORK", tmp_path / "work")
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text(name)
    return module


# ---------------------------------------------------------------------- copies


@pytest.fixture
def lessons(tmp_path):
    """A course with one lesson and one exercise; returns a function that updates it."""

    def update(edition):
        for folder in ("notebooks", "exercises/week01"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / "week01_x.ipynb").write_text(f"edition {edition}")

    update(1)
    return update


def content(work):
    return {
        path.relative_to(work).as_posix(): path.read_text()
        for path in sorted(work.rglob("*.ipynb"))
    }


def copy(course):
    return course.copy_lessons(course.HERE, course.WORK)


LESSON, EXERCISE = "notebooks/week01_x.ipynb", "exercises/week01/week01_x.ipynb"


def test_copies_are_made_once(course, lessons):
    assert copy(course) == []
    assert content(course.WORK) == {LESSON: "edition 1", EXERCISE: "edition 1"}
    assert copy(course) == [] and len(content(course.WORK)) == 2


def test_an_untouched_copy_follows_the_course(course, lessons):
    copy(course)
    lessons(2)
    assert copy(course) == []
    assert content(course.WORK) == {LESSON: "edition 2", EXERCISE: "edition 2"}


def test_a_touched_copy_is_never_overwritten(course, lessons):
    copy(course)
    (course.WORK / EXERCISE).write_text("my answers")
    assert copy(course) == []
    lessons(2)
    beside = copy(course)
    assert [path.name for path in beside] == ["week01_x (2).ipynb"]
    assert content(course.WORK) == {
        LESSON: "edition 2", EXERCISE: "my answers",
        "exercises/week01/week01_x (2).ipynb": "edition 2",
    }  # fmt: skip
    assert copy(course) == [], "the new edition is put there once"


def test_two_updates_after_a_touch(course, lessons):
    copy(course)
    (course.WORK / EXERCISE).write_text("my answers")
    lessons(2)
    copy(course)
    (course.WORK / "exercises/week01/week01_x (2).ipynb").write_text("more answers")
    lessons(3)
    copy(course)
    kept = content(course.WORK)
    assert kept[EXERCISE] == "my answers"
    assert kept["exercises/week01/week01_x (2).ipynb"] == "more answers"
    assert kept["exercises/week01/week01_x (3).ipynb"] == "edition 3"


def test_a_deleted_copy_is_made_again(course, lessons):
    copy(course)
    (course.WORK / LESSON).unlink()
    copy(course)
    assert content(course.WORK)[LESSON] == "edition 1"


def test_a_lost_record_loses_no_work(course, lessons):
    copy(course)
    (course.WORK / EXERCISE).write_text("my answers")
    (course.WORK / ".copies.json").unlink()
    copy(course)
    kept = content(course.WORK)
    assert kept[EXERCISE] == "my answers" and "edition 1" in kept.values()
    (course.WORK / ".copies.json").write_text("{broken")
    copy(course)
    assert content(course.WORK)[EXERCISE] == "my answers"


def test_files_of_the_students_own_stay(course, lessons):
    copy(course)
    (course.WORK / "notebooks" / "내 노트.ipynb").write_text("mine")
    lessons(2)
    copy(course)
    assert content(course.WORK)["notebooks/내 노트.ipynb"] == "mine"


def test_a_student_pulls_an_update_without_a_conflict(course, tmp_path):
    """With real git: copies are edited, the course moves on, pull succeeds."""

    def git(folder, *words):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip

    origin, clone = tmp_path / "origin", tmp_path / "clone"
    (origin / "notebooks").mkdir(parents=True)
    (origin / ".gitignore").write_text((HERE / ".gitignore").read_text())
    (origin / LESSON).write_text("edition 1")
    git(origin, "init", "-b", "main")
    git(origin, "add", "-A")
    git(origin, "commit", "-m", "1")
    git(tmp_path, "clone", str(origin), str(clone))
    course.copy_lessons(clone, clone / "work")
    (clone / "work" / LESSON).write_text("my notes")
    (origin / LESSON).write_text("edition 2")
    git(origin, "commit", "-am", "2")
    git(clone, "pull", "--ff-only")
    course.copy_lessons(clone, clone / "work")
    assert (clone / LESSON).read_text() == "edition 2"
    assert (clone / "work" / LESSON).read_text() == "my notes"
    assert (clone / "work/notebooks/week01_x (2).ipynb").read_text() == "edition 2"


def test_making_the_exercises_keeps_what_was_written_into_them(tmp_path, monkeypatch):
    from tools import notebooks

    monkeypatch.setattr(notebooks, "HERE", tmp_path)
    monkeypatch.setattr(notebooks, "SOLUTIONS", HERE / "solutions")
    monkeypatch.setattr(notebooks, "EXERCISES", tmp_path / "exercises")
    readme = (HERE / "README.md").read_bytes()
    shutil.copytree(HERE / "notebooks", tmp_path / "notebooks")
    shutil.copytree(HERE / "solutions", tmp_path / "solutions")
    (tmp_path / "README.md").write_bytes(readme.replace(b"exercises](", b"drills]("))
    notebooks.exercises()
    assert (tmp_path / "README.md").read_bytes() == readme == (HERE / "README.md").read_bytes()
    target = tmp_path / "exercises/week01/week01_images.ipynb"
    made = target.read_text(encoding="utf-8")
    target.write_text("my answers")
    notebooks.exercises()
    assert target.read_text(encoding="utf-8") == made
    kept = list((tmp_path / "work" / "kept").glob("*.ipynb"))
    assert [path.read_text() for path in kept] == ["my answers"]


# ---------------------------------------------------------------------- set-up


class Calls:
    """Stands in for subprocess: notes commands, and makes a Python where venv would."""

    def __init__(self, course, returncode=0, log=""):
        self.course, self.returncode, self.log, self.commands = course, returncode, log, []

    def run(self, command, **more):
        self.commands.append([str(part) for part in command])
        python = self.course.venv_python()
        if "venv" in self.commands[-1]:
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
        else:
            (self.course.VENV / "install.log").write_text(self.log)
        return subprocess.CompletedProcess(command, self.returncode)


@pytest.fixture
def calls(course, monkeypatch):
    fake = Calls(course)
    monkeypatch.setattr(course.subprocess, "run", fake.run)
    return fake


def test_setting_up_twice_does_nothing_the_second_time(course, calls):
    course.set_up("lab")
    assert len(calls.commands) == 2 and "pip" in calls.commands[1]
    assert calls.commands[1][-1] == "." and "constraints.txt" in calls.commands[1]
    course.set_up("lab")
    assert len(calls.commands) == 2


def test_a_student_does_not_get_what_the_tests_need(course, calls):
    course.set_up("lab")
    assert calls.commands[-1][-1] == "."
    course.set_up("test")
    assert calls.commands[-1][-1] == ".[test]"


def test_what_the_tests_need_is_enough_for_a_student(course, calls):
    course.set_up("test")
    course.set_up("lab")
    assert len(calls.commands) == 2


def test_new_versions_are_installed(course, calls):
    course.set_up("lab")
    (course.HERE / "constraints.txt").write_text("other")
    course.set_up("lab")
    assert len(calls.commands) == 3, "installed again, into the same environment"


def test_an_installation_for_tests_that_was_interrupted_is_repaired_by_lab_too(course, calls):
    course.set_up("lab")
    (course.VENV / "installing").touch()
    course.set_up("lab")
    assert len(calls.commands) == 4 and "--clear" in calls.commands[2]


def test_an_interrupted_installation_is_repaired(course, calls, capsys):
    course.VENV.mkdir()
    (course.VENV / "installing").touch()
    course.set_up("lab")
    assert "interrupted" in capsys.readouterr().out
    assert "--clear" in calls.commands[0]
    assert not (course.VENV / "installing").exists()
    course.set_up("lab")
    assert len(calls.commands) == 2


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("NewConnectionError(...): Failed to establish a new connection", "Check the network"),
        ("No matching distribution found for torch==2.13.0", "for this Python"),
        ("something else", "install.log"),
    ],
)
def test_a_failed_installation_is_explained_in_a_sentence(course, calls, log, words):
    calls.returncode, calls.log = 1, log
    with pytest.raises(SystemExit) as stop:
        course.set_up("lab")
    assert words in str(stop.value) and "\n" not in str(stop.value)
    assert (course.VENV / "installing").exists(), "so that the next run repairs it"


def test_a_full_disk_is_told_before_anything_is_made(course, calls, monkeypatch):
    usage = course.shutil.disk_usage(course.HERE)._replace(free=10**9)
    monkeypatch.setattr(course.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(SystemExit, match=r"Only 1.0 GB are free here.*about 3 GB"):
        course.set_up("lab")
    assert calls.commands == [] and not course.VENV.exists()


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told(course, calls, monkeypatch, missing):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        course.importlib.util, "find_spec", lambda name: None if name == missing else find(name)
    )
    with pytest.raises(SystemExit, match=f"no '{missing}' module.*python3-venv"):
        course.set_up("lab")


def test_an_old_python_is_told(monkeypatch):
    code = (HERE / "course.py").read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    with pytest.raises(SystemExit, match=r"needs Python 3.11 or newer; this is Python 3.9"):
        exec(compile(code, "course.py", "exec"), {"__name__": "__main__", "__doc__": ""})


def test_an_unknown_task_shows_the_tasks():
    done = subprocess.run(
        [sys.executable, HERE / "course.py", "fly"], capture_output=True, text=True
    )
    assert done.returncode == 2
    for task in ("lab", "test", "refresh", "exercises", "grade", "bench", "new", "author"):
        assert f"course.py {task}" in done.stdout


def test_only_the_standard_library_is_used():
    import ast

    tree = ast.parse((HERE / "course.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.split(".")[0] in sys.stdlib_module_names


def test_nbgrader_stays_out_of_sight(course, calls):
    course.set_up("test")
    page = json.loads((course.VENV / "etc/jupyter/labconfig/page_config.json").read_text())
    assert page["disabledExtensions"] == {"@jupyter/nbgrader": True}


def test_authors_have_nbgraders_toolbar_as_long_as_they_write(course, monkeypatch):
    page = course.VENV / "etc/jupyter/labconfig/page_config.json"
    opened = []

    def serve(folder, start, arguments):
        opened.append((folder, start, json.loads(page.read_text())["disabledExtensions"]))
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "set_up", lambda profile: None)
    monkeypatch.setattr(course, "serve", serve)
    assert course.main(["author"]) == 130
    folder, start, off = opened[0]
    assert folder == course.HERE and start == "/lab/tree/solutions"
    assert "@jupyter/nbgrader:formgrader" in off and "@jupyter/nbgrader" not in off
    assert not any("create-assignment" in name for name in off)
    assert json.loads(page.read_text())["disabledExtensions"] == {"@jupyter/nbgrader": True}


def test_what_is_handed_out_has_no_solutions_and_runs(tmp_path):
    target = tmp_path / "for students"
    command = [sys.executable, HERE / "course.py", "handout", target]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "cnnlab/checks" in said
    assert sorted(path.name for path in target.iterdir()) == sorted(
        [".gitignore", "LICENSE", "README.md", "cnnlab", "constraints.txt", "course.py", "docs",
         "environment.yml", "exercises", "notebooks", "pyproject.toml"])  # fmt: skip
    for path in target.rglob("*.ipynb"):
        assert "BEGIN SOLUTION" not in path.read_text(encoding="utf-8"), path
    told = subprocess.run([sys.executable, target / "course.py"], capture_output=True, text=True)
    assert "course.py lab" in told.stdout
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1 and "exists already" in again.stdout
