"""The browser's modules: real ones, each testable alone, joined into one without a bundler."""

import json
import re
from pathlib import Path

from cnnlab.draw.look import LOOK
from cnnlab.scene.vocabulary import (
    AROUND,
    DARK,
    HUE,
    HUGE,
    LINED,
    LINKS,
    MOST_TERMS,
    ROOMY,
    SMALLEST,
)

__all__ = ["ENTRY", "FOLDER", "joined", "source_of"]

FOLDER = Path(__file__).parent / "browser"
ENTRY = "stage.js"
# What is written once, in Python, and read by both sides.
DATA = {
    "AROUND": AROUND, "DARK": DARK, "HUE": HUE, "HUGE": HUGE, "LINED": LINED, "LINKS": LINKS,
    "LOOK": LOOK, "MOST_TERMS": MOST_TERMS, "ROOMY": ROOMY, "SMALLEST": SMALLEST,
}  # fmt: skip
IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def source_of(name):
    """The source of one module; "data.js" is made from the constants of Python.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> source_of("data.js").splitlines()[0]
    'export const AROUND = 3;'
    """
    if name == "data.js":
        return "".join(f"export const {k} = {json.dumps(v)};\n" for k, v in DATA.items())
    return (FOLDER / name).read_text(encoding="utf-8")


def joined(entry=ENTRY):
    """All modules that one needs, in one scope, each after those that it imports.

    anywidget takes a single module, and a page without a server cannot follow imports.
    Names are written once in all modules, so that one scope can hold them; a name that
    stands twice is a syntax error, which every browser test would meet.

    Parameters
    ----------
    entry : str

    Returns
    -------
    str
        A module with the exports of `entry`.

    Examples
    --------
    >>> "import " in joined("numbers.js"), "HUGE = " in joined("numbers.js")
    (False, True)
    """
    parts = {}

    def visit(name):
        if name in parts:
            return
        source = source_of(name)
        for needed in IMPORT.findall(source):
            visit(needed)
        source = IMPORT.sub("", source)
        parts[name] = source if name == entry else EXPORT.sub("", source)

    visit(entry)
    return "".join(parts.values())
