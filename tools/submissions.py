"""Find the homework in whatever a class handed in: folders, zips, a platform's file names.

A notebook is known by what is in it, not by its name; who wrote it, by the folder or by
the name that Canvas or Moodle gave the file. Of several versions the newest is taken.
"""

import contextlib
import csv
import io
import json
import re
import time
import unicodedata
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import nbformat

__all__ = ["Found", "Left", "Sources", "find", "known_as", "read_roster"]

LARGEST = 50_000_000  # bytes of one file; nobody's homework is larger
CANVAS = re.compile(r"^(?P<student>[^_]+)_(?:LATE_)?\d+_\d+_(?P<rest>.+)$")
MOODLE = re.compile(r"^(?P<student>.+?)_\d+_assignsubmission_file_?(?P<rest>.*)$")
COPY = re.compile(r"(?: ?\((\d+)\)|-(\d+)|-Copy(\d+))$")
NAMES = ("student", "name", "id", "login", "이름", "성명", "학번")
OF_A_WEEK = re.compile(r"from cnnlab\.checks import (week\d\d)")


@dataclass(frozen=True)
class Found:
    """A homework to grade.

    Attributes
    ----------
    student, week : str
    name : str
        Path of the file as it was handed in.
    notebook : nbformat.NotebookNode
    older : tuple of str
        Versions that were left for this one.
    modified : float
        When it was last changed, as far as that is known.
    """

    student: str
    week: str
    name: str
    notebook: object = field(repr=False)
    older: tuple = ()
    modified: float = 0


@dataclass(frozen=True)
class Left:
    """A file that is not graded.

    Attributes
    ----------
    student, name, why : str
    """

    student: str
    name: str
    why: str


@dataclass(frozen=True)
class Sources:
    """What the weeks ask for, by their exercises.

    Attributes
    ----------
    exercises : dict of str to set of str
        Names of the exercises of each week.
    files : dict of str to str
        The name of each week's notebook.
    """

    exercises: dict
    files: dict

    @classmethod
    def of(cls, folder):
        """Read them from a folder of homework notebooks, one folder a week."""
        exercises, files = {}, {}
        for path in sorted(folder.glob("*/*.ipynb")):
            cells = nbformat.read(path, as_version=4).cells
            ids = {cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in cells}
            exercises[path.parent.name] = {one for one in ids if f"check_{one}" in ids}
            files[path.parent.name] = path.name
        return cls(exercises, files)

    def week_of(self, notebook):
        """The week whose homework a notebook is, or None: by its exercises, or its checks."""
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        ids = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells}
        most = max(self.exercises, key=lambda week: len(self.exercises[week] & ids))
        if self.exercises[most] & ids:
            return most
        named = OF_A_WEEK.search("\n".join(cell.source for cell in cells))
        return named[1] if named and named[1] in self.exercises else None


def known_as(name):
    """A name in the one form in which names are compared.

    Examples
    --------
    >>> known_as(" Minsu  KIM") == known_as("minsu kim")
    True
    """
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def find(handed_in, sources):
    """The homework in a folder or a zip.

    Parameters
    ----------
    handed_in : Path
        A folder, or a zip; folders and zips inside are looked through.
    sources : Sources

    Returns
    -------
    found : list of Found
        One for each student and week, by name.
    left : list of Left
        What was not taken, and why.
    """
    found, left = {}, []
    files = list(_files(handed_in))
    root = _root_of([name for name, *_ in files], sources)
    for name, data, modified in files:
        student = _student_of(name.relative_to(root), sources)
        if data is None:
            left.append(Left(student, str(name), modified))
            continue
        notebook, why = _read(data)
        week = sources.week_of(notebook) if notebook else None
        if notebook and week is None:
            why = _what_else(notebook)
        if why or not student:
            left.append(Left(student, str(name), why or "whose it is, its name does not say"))
            continue
        one = Found(student, week, str(name), notebook, (), modified)
        key = known_as(student), week
        if key in found:
            one, other = sorted((found[key], one), key=_age, reverse=True)
            older = (*one.older, *other.older, other.name)
            one = Found(one.student, week, one.name, one.notebook, older, one.modified)
        found[key] = one
    for one in found.values():
        left += [Left(one.student, name, f"{one.name} is newer") for name in one.older]
    return sorted(found.values(), key=lambda one: (one.student, one.week)), left


def read_roster(path):
    """Who is in the class: a list of dict, of a CSV whose header names a student's column.

    Raises
    ------
    ValueError
        If no column is called student, name, id, login, 이름, 성명 or 학번.
    """
    data = Path(path).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp949")  # as a Korean Excel writes it
    rows = list(csv.DictReader(io.StringIO(text)))
    columns = [one for one in (rows[0] if rows else {}) if known_as(one or "") in NAMES]
    if not columns:
        raise ValueError(f"{path} has no column called {', '.join(NAMES[:-1])} or {NAMES[-1]}.")
    return [{one: row[one] or "" for one in columns} for row in rows]


# ------------------------------------------------------------------------ the files


def _files(handed_in):
    """(name, bytes, time) of every notebook; bytes are None, and the time says why, if unread."""
    if handed_in.is_file():
        yield from _zipped(handed_in.read_bytes(), PurePosixPath())
        return
    for path in sorted(handed_in.rglob("*")):
        name = PurePosixPath(unicodedata.normalize("NFC", path.relative_to(handed_in).as_posix()))
        if _is_aside(name) or path.suffix.lower() not in (".ipynb", ".zip"):
            continue
        if not path.is_file():
            why = "it is a folder" if path.is_dir() else "it is a link to nothing"
            yield name, None, why
        elif path.stat().st_size > LARGEST:
            yield name, None, "it is larger than 50 MB"
        elif path.suffix.lower() == ".zip":
            yield from _zipped(path.read_bytes(), name.with_suffix(""))
        else:
            yield name, path.read_bytes(), path.stat().st_mtime


def _zipped(data, inside):
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        yield inside, None, "it is no zip"
        return
    for info in archive.infolist():
        name = info.filename
        if not info.flag_bits & 0x800:  # not UTF-8: a Korean Windows writes cp949
            with contextlib.suppress(UnicodeError):
                name = name.encode("cp437").decode("cp949")
        name = inside / PurePosixPath(unicodedata.normalize("NFC", name))
        if info.is_dir() or _is_aside(name) or name.suffix.lower() not in (".ipynb", ".zip"):
            continue
        if info.file_size > LARGEST:
            yield name, None, "it is larger than 50 MB"
        elif name.suffix.lower() == ".zip":
            yield from _zipped(archive.read(info), name.with_suffix(""))
        else:
            yield name, archive.read(info), time.mktime((*info.date_time, 0, 0, -1))


def _is_aside(name):
    """Whether a file is made by a tool beside the student's own."""
    return any(part in (".ipynb_checkpoints", "__MACOSX") or part.startswith("._")
               for part in name.parts)  # fmt: skip


def _read(data):
    """A notebook of today's format, and why there is none."""
    for encoding in ("utf-8-sig", "utf-16", "cp949"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeError:
            continue
    else:
        return None, "it is in no encoding that is known"
    if re.search(r"^<<<<<<< ", text, re.MULTILINE):
        return None, "it has the marks of a merge that was not finished"
    try:
        notebook = nbformat.reads(json.dumps(json.loads(text)), as_version=4)
    except Exception as error:  # nbformat raises many kinds
        return None, f"it is no notebook ({type(error).__name__})"
    if not isinstance(notebook.get("cells"), list):
        return None, "it is no notebook"
    return (notebook, "") if notebook.cells else (None, "it has no cells")


def _what_else(notebook):
    """What a notebook is that is no homework of the course."""
    first = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"), "")
    lesson = re.match(r"# (Week \d+ · [^\n]*)", first)
    return f"it is the lesson “{lesson[1]}”" if lesson else "it has no exercise of the course"


# ---------------------------------------------------------------------- whose it is


def _root_of(names, sources):
    """The folder that holds all students' folders, if it is not the uppermost."""
    firsts = {name.parts[0] for name in names if name.parts}
    seconds = {name.parts[1] for name in names if len(name.parts) > 2}
    deep = all(len(name.parts) > 2 for name in names)
    if len(firsts) == 1 and len(seconds) > 1 and deep and not seconds & set(sources.files):
        return PurePosixPath(*firsts)
    return PurePosixPath()


def _student_of(name, sources):
    """The student's name, from a platform's file name, a folder, or the file's own name."""
    for part in name.parts:
        stem = part.removesuffix(PurePosixPath(part).suffix) if part == name.name else part
        for pattern in (MOODLE, CANVAS):
            if met := pattern.match(stem):
                return met["student"].strip()
    if len(name.parts) > 1 and name.parts[0] not in sources.files:
        return name.parts[0]
    stem = COPY.sub("", name.stem)
    for week, file in sources.files.items():
        for word in (PurePosixPath(file).stem, week):
            stem = re.sub(re.escape(word), "", stem, flags=re.IGNORECASE)
    return stem.strip(" _-.")


def _age(one):
    """Newer is larger: by time, then by the number that a browser gives to copies."""
    copied = COPY.search(PurePosixPath(one.name).stem)
    return one.modified, int(next(filter(None, copied.groups()))) if copied else 0, one.name
