"""Begin a week: lesson, homework and checks, from the templates that are the anatomy.

    python -m tools.new week12 "Title" [short_name]

The files say in ‹…› what is to be written. What is there already is never overwritten.
"""

import argparse
import json
import re
import unicodedata
from pathlib import Path

from tools.anatomy import TEMPLATES

HERE = Path(__file__).resolve().parent.parent
AFTER = """
Now:
  python3 course.py author              write them in JupyterLab, where it says ‹…›
  python3 course.py refresh {folder}      execute and store them; it says what is missing
  python3 course.py exercises           make what students get, and the README's table
  python3 course.py test                test everything ({tests} for this week only)
"""


def begin(folder, title, short="", top=HERE):
    """Write the three files of a week.

    Parameters
    ----------
    folder : str
        "week12".
    title : str
        As it stands after "Week 12 · ".
    short : str
        Ends the files' names; by default the Latin words of the title.
    top : Path

    Returns
    -------
    list of Path

    Raises
    ------
    ValueError
        If a name cannot be used, or a file is there already.
    """
    if not re.fullmatch(r"week\d\d", folder) or folder == "week00":
        raise ValueError(
            f"folder is {folder!r}, but it must be week and two digits, from week01: week12."
        )
    if "|" in title or "\n" in title:
        raise ValueError(f"title is {title!r}, but a row of the README's table has no line and |.")
    if not title.strip():
        raise ValueError('title is empty; give it in quotes: "Other convolutions".')
    short = short or _latin(title)
    if not re.fullmatch(r"[a-z0-9_]+", short):
        raise ValueError(
            f"short is {short!r}, but file names of the course have small Latin letters, digits "
            f'and _: course.py new {folder} "{title}" short_name.'
        )
    name, number = f"{folder}_{short}", int(folder[4:])
    places = {
        "lesson.ipynb": top / "notebooks" / f"{name}.ipynb",
        "homework.ipynb": top / "solutions" / folder / f"{name}.ipynb",
        "checks.py.txt": top / "cnnlab" / "checks" / f"{folder}.py",
    }
    words = {"number": number, "before": number - 1, "title": title.strip(), "folder": folder,
             "name": name}  # fmt: skip
    lessons = [*(top / "notebooks").glob(f"{folder}_*.ipynb")]
    for path in [*lessons, *places.values()]:
        if path.exists():
            raise ValueError(f"{path.relative_to(top)} is there already; nothing was written.")
    for template, path in places.items():
        text = (TEMPLATES / template).read_text(encoding="utf-8")
        text = re.sub(
            r"\{\{(\w+)\}\}", lambda found, kind=template: _quoted(words[found[1]], kind), text
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(places.values())


def _latin(title):
    """The title's Latin words, joined by underscores."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "_".join(re.findall(r"[a-z0-9]+", plain))


def _quoted(word, template):
    """A word as it stands in a notebook's JSON, or in a docstring."""
    if template.endswith(".ipynb"):
        return json.dumps(str(word), ensure_ascii=False)[1:-1]
    return str(word).replace(chr(92), "").replace('"', "'")


def main():
    """Begin the week that the arguments name."""
    parser = argparse.ArgumentParser(prog="course.py new", description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="week12")
    parser.add_argument("title", help='"Other convolutions"')
    parser.add_argument("short", nargs="?", default="", help="ends the files' names")
    chosen = parser.parse_args()
    try:
        made = begin(chosen.folder, chosen.title, chosen.short)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    for path in made:
        print(f"wrote {path.relative_to(HERE)}")
    print(AFTER.format(folder=chosen.folder, tests=f"test -k {chosen.folder}"))


if __name__ == "__main__":
    main()
