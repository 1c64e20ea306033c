"""What a check tells of a wrong result: the smallest case, whole, in words and as a picture."""

import linecache
import re

import numpy as np

from cnnlab.checks.answers import CLOSE, Raised, numbers_in, parts_of, same
from cnnlab.scene import Column, Grid, Mark, Row, Scene

__all__ = ["call_of", "picture_of", "raised", "sentence_of", "words_of"]

MOST_CELLS = 14  # rows or columns that can be read as numbers
MOST_WRITTEN = 16  # numbers that are written out in a sentence
LONGEST = 160  # letters of what is written out
PARTS = ("first", "second", "third", "fourth", "fifth", "sixth")


def call_of(name, arguments):
    """The call of a case, with its arguments written out where they are few.

    Examples
    --------
    >>> call_of("shift", (np.array([[1.0, 2.5]]), 0, 1))
    'shift([[1, 2.5]], 0, 1)'
    """
    return f"{name}({', '.join(map(_argument, arguments))})"


def _argument(value):
    if isinstance(value, np.ndarray):
        written = _written(value) if value.size <= MOST_WRITTEN else ""
        return written if 0 < len(written) <= LONGEST else f"array of shape {value.shape}"
    if hasattr(value, "shape"):
        return f"tensor of shape {tuple(value.shape)}"
    words = getattr(value, "__name__", None) or repr(value)
    return type(value).__name__ if "\n" in words or len(words) > LONGEST else words


def _written(array, digits=6):
    """Numbers without what they do not need: 2, and not 2.0."""
    if array.ndim:
        return f"[{', '.join(_written(part, digits) for part in array)}]"
    number = array.item()
    if isinstance(number, float) and np.isfinite(number):
        before = len(str(int(abs(number))))  # what stands before the point is never rounded
        number = float(f"{number:.{max(digits, before + 2)}g}")
        return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)
    return str(number)


def words_of(value, other=None):
    """A value in words, with as many digits as it takes to tell it from another.

    Examples
    --------
    >>> words_of(np.array([1.0, 0.5])), words_of(1.00000001, 1.0)
    ('[1, 0.5]', '1.00000001')
    """
    if _several(value) and len(value) > 1:
        text = f"({', '.join(map(words_of, value))})"
        return text if len(text) <= 2 * LONGEST else f"{len(value)} arrays"
    array, second = numbers_in(value), numbers_in(other)
    if array is None or array.dtype.kind == "b":
        text = repr(value)
        return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
    if array.size > MOST_WRITTEN:
        return f"an array of shape {array.shape}"
    for digits in (4, 6, 9, 12, 17):
        text = _written(array, digits)
        if second is None or text != _written(second, digits) or digits == 17:
            break
    if isinstance(value, tuple):
        text = f"({text[1:-1]})" if len(array) != 1 else f"({text[1:-1]},)"
    return text if len(text) <= 4 * LONGEST else f"an array of shape {array.shape}"


def sentence_of(call, right, got, answer=None):
    """What came and what was expected.

    Parameters
    ----------
    call : str
    right, got : object
    answer : callable, optional
        The student's function, to find the line at fault.

    Returns
    -------
    str
    """
    if isinstance(got, Raised):
        return raised(call, got, answer)
    if got is None:
        return f"{call} returned None; a `return` may be missing on one path."
    rights, gots = parts_of(right), parts_of(got)
    if _several(right) and gots is not None and len(rights) == len(gots):
        which, right, got = next(
            (which, *pair) for which, *pair in zip(PARTS, rights, gots, strict=False)
            if not same(pair[1], pair[0])
        )  # fmt: skip
        call = f"{call}: of {len(rights)} results the {which}"
        return sentence_of(call, right, got).replace("returned", "is", 1)
    a, b = numbers_in(got), numbers_in(right)
    if a is None or b is None:
        return f"{call} returned {words_of(got)}; expected {words_of(right)}."
    if a.shape != b.shape and max(a.size, b.size) > MOST_WRITTEN:
        return f"{call} returned shape {a.shape}; expected shape {b.shape}."
    if a.shape == () != b.shape:
        return (
            f"{call} returned {words_of(got)}, one number; expected {b.size} numbers, "
            f"{words_of(right)}."
        )
    if a.shape != b.shape:
        return (
            f"{call} returned {words_of(got)}, shape {a.shape}; expected {words_of(right)}, shape "
            f"{b.shape}."
        )
    if b.size <= MOST_WRITTEN:
        return f"{call} returned {words_of(got, right)}; expected {words_of(right, got)}."
    differ = ~np.isclose(a, b, rtol=CLOSE, atol=CLOSE, equal_nan=True)
    return f"{call} differs from what is expected in {int(differ.sum())} of {a.size} numbers."


def _several(right):
    """Whether a result is a tuple of arrays, or of other things that are no numbers together."""
    arrays = isinstance(right, tuple) and any(isinstance(part, np.ndarray) for part in right)
    return arrays or (isinstance(right, tuple) and numbers_in(right) is None)


# ---------------------------------------------------------------- what was raised

# Sentences of Python and NumPy, and what lies behind them in an exercise.
BEHIND = (
    (r"could not be broadcast|could not broadcast|must match the size|broadcast shape",
     "Two arrays meet there whose shapes do not fit."),
    (r"inhomogeneous", "Parts of different lengths are put into one array."),
    (r"Given groups=|expected input.* to have \d+ channels",
     "A layer gets another number of maps than it was made for. Is x still the block's input where "
     "the skip reads it?"),
    (r"setting an array element with a sequence|only (?:length-1|0-dimensional) arrays|"
     r"only integer scalar arrays",
     "A whole array stands where one number belongs."),
    (r"zero-size array|empty (?:sequence|slice)|arg is an empty",
     "A part of an array is empty there: does a slice begin past the end, or end where it begins, "
     "as in image[:-0]?"),
    (r"index -\d+ is out of bounds", "An index lies before the beginning."),
    (r"index .* is out of bounds|index out of range",
     "An index runs past the end: does a loop go too far, or are two indices or sizes exchanged?"),
    (r"too many indices", "The array has fewer axes than that."),
    (r"cannot reshape array", "The number of cells must stay the same."),
    (r"Cannot cast ufunc|same_kind|can't be cast",
     "An array of whole numbers cannot take decimals: make it with floats."),
    (r"is not defined", "Did you run the cell that makes it?"),
    (r"maximum recursion depth", "It calls itself without end."),
    (r"only integers, slices|index must be|indices must be integers|slice indices must be|"
     r"cannot be interpreted as an integer", "Sizes and places are whole numbers: // and not /."),
    (r"'?NoneType'?|ellipsis", "Something there is None; is a function of an earlier exercise not "
     "written yet, or without its `return`?"),
)  # fmt: skip


def raised(call, got, answer):
    """What a function raised, in which of the student's lines, and what is behind it."""
    text = f"{call} raised {got.kind.__name__}" + (f": {got.text}" if got.text else "")
    line = _line_at_fault(got.error, answer)
    if line:
        text = f"{text.rstrip('.')}, in your line `{line}`."
    told = next((words for sign, words in BEHIND if re.search(sign, got.text)), "")
    return f"{text} {told}".strip()


def _line_at_fault(error, answer):
    """The last line of the student's own cells on the way to an error; or nothing."""
    code = getattr(answer, "__code__", None)
    found, step = "", getattr(error, "__traceback__", None)
    own = code.co_filename if code is not None else None
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name == own or "ipykernel" in name or name.startswith("<ipython-input"):
            found = linecache.getline(name, step.tb_lineno).strip() or found
        step = step.tb_next
    return f"{found[:97]}..." if len(found) > 100 else found


# --------------------------------------------------------------------- the picture


def picture_of(title, arguments, names, right, got):
    """The arguments of a case, what was expected and what came; None if none can be read."""
    rights, gots = parts_of(right), parts_of(got)
    if _several(right) and gots is not None:
        if len(rights) != len(gots):
            return None
        right, got = next(pair for pair in zip(rights, gots, strict=True) if not same(*pair[::-1]))
    a, b = numbers_in(got), numbers_in(right)
    if a is None or b is None or max(a.ndim, b.ndim) == 0:
        return None
    place = ()
    if a.shape == b.shape and b.ndim > 2:  # the first sheet that differs
        differ = ~np.isclose(b, a, rtol=CLOSE, atol=CLOSE, equal_nan=True)
        place = tuple(int(n) for n in np.argwhere(differ)[0][:-2])
    grids = [_sheet(array[place]) for array in (b, a)]
    if any(grid is None for grid in grids):
        return None
    marks = ()
    if a.shape == b.shape:
        differ = ~np.isclose(grids[0], grids[1], rtol=CLOSE, atol=CLOSE, equal_nan=True)
        marks = tuple(Mark("got", int(i), int(j)) for i, j in np.argwhere(differ))
    which = f" (sheet {', '.join(map(str, place))})" if place else ""
    if not place and max(a.ndim, b.ndim) > 2:
        which = " (first sheet)"
    digits = _digits(*grids)
    results = Row(
        _panel("expected", grids[0], f"expected{which}", "output", b.shape, digits),
        _panel("got", grids[1], f"got{which}", "window", a.shape, digits),
    )
    given = _given(arguments, names)
    title = title.replace("`", "")
    return Scene(title, Column(given, results) if given else results, marks=marks)


def _digits(right, got):
    """As many places as it takes to see that two sheets differ, up to six."""
    if right.shape != got.shape:
        return 3
    differ = ~np.isclose(right, got, rtol=CLOSE, atol=CLOSE)
    apart = (d for d in (2, 3, 4, 5) if (right.round(d) != got.round(d))[differ].all())
    return next(apart, 6)


def _given(arguments, names):
    """The arrays among the arguments that can be read, as a row; None if there are none."""
    panels = []
    for name, value in zip(names, arguments, strict=False):
        sheet = _sheet(value) if isinstance(value, np.ndarray) else None
        if sheet is not None and len(panels) < 3:
            which = "" if value.ndim <= 2 else ", first sheet"
            panels.append(_panel(f"given {name}", sheet, f"{name}{which}", "input", value.shape))
    return Row(*panels) if panels else None


def _panel(name, sheet, title, role, shape, digits=3):
    rows, columns = sheet.shape
    longest = max(len(f"{number:.{digits}f}".rstrip("0")) for number in sheet.flat)
    cell = min(max(40, 9 * longest), 360 / columns)
    return Grid(
        name=name, values=sheet, title=title, role=role, caption=f"shape {tuple(shape)}",
        digits=digits,
        width=max(cell * columns, 140), height=max(min(40, 200 / rows) * rows, 30),
    )  # fmt: skip


def _sheet(array):
    """A result as rows and columns, or None where it cannot be drawn as numbers."""
    if array.ndim == 0 or array.size == 0 or not np.isfinite(array).all():
        return None
    while array.ndim > 2:
        array = array[0]
    sheet = np.atleast_2d(array).astype(float)
    return sheet if max(sheet.shape) <= MOST_CELLS else None
