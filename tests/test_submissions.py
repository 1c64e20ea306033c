"""Homework is found whatever it is called and however it is packed."""

import io
import json
import os
import unicodedata
import zipfile
from pathlib import Path

import nbformat
import pytest

from tools.submissions import Sources, find, known_as, read_roster

HERE = Path(__file__).resolve().parent.parent
SOURCES = Sources.of(HERE / "solutions")
ONE, TWO = (
    next((HERE / "exercises" / week).glob("*.ipynb")).read_bytes() for week in ("week01", "week02")
)


def handed_in(folder, files):
    """A folder with some files, each one second younger than the one before."""
    for age, (name, data) in enumerate(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1_700_000_000 + age,) * 2)
    return folder


def zipped(files, encoding=None):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def students(found):
    return [(one.student, one.week) for one in found]


def test_every_week_is_known_by_its_exercises():
    assert len(SOURCES.exercises) == 11 and "shift" in SOURCES.exercises["week01"]
    for path in (HERE / "exercises").rglob("*.ipynb"):
        assert SOURCES.week_of(nbformat.read(path, 4)) == path.parent.name


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("김민수/week01_images.ipynb", "김민수"),
        ("김민수/week01/week01_images.ipynb", "김민수"),
        ("Kim [A]/deep/er/HOMEWORK.IPYNB", "Kim [A]"),
        ("week01_images_김민수.ipynb", "김민수"),
        ("2024_12345 week01_images (2).ipynb", "2024_12345"),
        ("kimminsu_12345_67890_week01_images.ipynb", "kimminsu"),
        ("kimminsu_LATE_12345_67890_week01_images-1.ipynb", "kimminsu"),
        ("Minsu Kim_482913_assignsubmission_file_/week01_images.ipynb", "Minsu Kim"),
        ("Minsu Kim_482913_assignsubmission_file_week01_images.ipynb", "Minsu Kim"),
        (unicodedata.normalize("NFD", "김민수") + "/week01_images.ipynb", "김민수"),
    ],
)
def test_the_student_is_known_by_the_folder_or_a_platform_name(tmp_path, name, student):
    (one,), left = find(handed_in(tmp_path, {name: ONE}), SOURCES)
    assert (one.student, one.week, left) == (student, "week01", [])


def test_zips_are_looked_through_also_inside_each_other(tmp_path):
    inner = zipped({"anything.ipynb": TWO})
    path = tmp_path / "class.zip"
    path.write_bytes(zipped({
        "submissions/김민수/week01_images.ipynb": ONE, "submissions/Lee/mine.zip": inner,
        "submissions/__MACOSX/Lee/._mine.ipynb": b"",
    }))  # fmt: skip
    found, left = find(path, SOURCES)
    assert students(found) == [("Lee", "week02"), ("김민수", "week01")] and left == []


def test_names_of_a_korean_windows_are_read(tmp_path):
    data = zipped({"week01_images_XXXXXX.ipynb": ONE}).replace(b"XXXXXX", "김민수".encode("cp949"))
    path = tmp_path / "class.zip"
    path.write_bytes(data)
    (one,), _ = find(path, SOURCES)
    assert one.student == "김민수"


def test_the_newest_version_wins_and_the_choice_is_told(tmp_path):
    draft, final = ONE, ONE.replace(b"shift", b"shift", 1) + b"\n"
    found, left = find(handed_in(tmp_path, {
        "Kim/final.ipynb": final, "Kim/draft.ipynb": draft, "KIM/old.ipynb": draft,
    }), SOURCES)  # fmt: skip
    assert students(found) == [("KIM", "week01")]
    assert found[0].name == "KIM/old.ipynb" and len(found[0].older) == 2
    assert {one.name for one in left} == {"Kim/final.ipynb", "Kim/draft.ipynb"}
    assert all("is newer" in one.why for one in left)


def test_of_copies_of_one_time_the_highest_number_wins(tmp_path):
    for name in ("week01_images (2).ipynb", "week01_images.ipynb", "week01_images (10).ipynb"):
        handed_in(tmp_path, {f"Kim/{name}": ONE})
    (one,), left = find(tmp_path, SOURCES)
    assert one.name == "Kim/week01_images (10).ipynb" and len(left) == 2


LESSON = next((HERE / "notebooks").glob("week01*.ipynb")).read_bytes()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no notebook", "it is no notebook"),
        (b"", "it is no notebook"),
        (b'{"cells": 5, "nbformat": 4}', "it is no notebook"),
        (json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode(),
         "it has no cells"),
        (ONE.replace(b"{", b"<<<<<<< HEAD\n{", 1).replace(b"<<<<<<<", b"\n<<<<<<<", 1), "a merge"),
        (LESSON, "it is the lesson “Week 1 · Images, and why not an MLP”"),
        (b"\xff\xff\xff\x00\xd8", "no encoding"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told(tmp_path, data, why):
    found, (left,) = find(handed_in(tmp_path, {"Kim/x.ipynb": data}), SOURCES)
    assert found == [] and why in left.why and left.student == "Kim"


def test_links_to_nothing_and_folders_called_notebooks_do_no_harm(tmp_path):
    handed_in(tmp_path, {"Kim/week01_images.ipynb": ONE})
    (tmp_path / "Kim/gone.ipynb").symlink_to(tmp_path / "nowhere")
    (tmp_path / "Kim/folder.ipynb").mkdir()
    found, left = find(tmp_path, SOURCES)
    assert students(found) == [("Kim", "week01")]
    assert {one.name: one.why for one in left} == {
        "Kim/gone.ipynb": "it is a link to nothing", "Kim/folder.ipynb": "it is a folder",
    }  # fmt: skip


def test_a_notebook_without_tags_is_known_by_its_checks(tmp_path):
    notebook = nbformat.reads(ONE.decode(), 4)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    data = nbformat.writes(notebook).encode()
    (one,), _ = find(handed_in(tmp_path, {"Kim/stripped.ipynb": data}), SOURCES)
    assert one.week == "week01"


def test_older_formats_and_other_encodings_are_read(tmp_path):
    old = nbformat.writes(nbformat.convert(nbformat.reads(ONE.decode(), 4), 3), version=3)
    found, left = find(handed_in(tmp_path, {
        "a/x.ipynb": old.encode(), "b/x.ipynb": "﻿".encode() + TWO,
        "c/x.ipynb": TWO.decode().encode("utf-16"),
    }), SOURCES)  # fmt: skip
    assert [one.student for one in found] == ["a", "b", "c"] and left == []


def test_a_roster_is_read_in_excels_encodings(tmp_path):
    path = tmp_path / "class.csv"
    for encoding in ("utf-8", "utf-8-sig", "cp949"):
        path.write_bytes("학번,이름,section\n7,김민수,A\n8,이서연,B\n".encode(encoding))
        assert read_roster(path) == [
            {"학번": "7", "이름": "김민수"},
            {"학번": "8", "이름": "이서연"},
        ]
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="no column called student"):
        read_roster(path)
    assert known_as(unicodedata.normalize("NFD", "김  민수")) == known_as("김 민수")
