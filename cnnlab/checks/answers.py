"""Answers in whatever form they come: words, numbers, and whether two are the same."""

import difflib
import re
import unicodedata
from collections.abc import Iterator, KeysView, ValuesView
from dataclasses import dataclass, field
from numbers import Number

import numpy as np

__all__ = [
    "Raised",
    "form_of",
    "is_word",
    "numbers_in",
    "parts_of",
    "plain",
    "same",
    "unknown_word",
]

CLOSE = 1e-6
TRUE = ("true", "t", "yes", "y", "1", "right", "correct", "o", "참", "예", "네", "맞다")
FALSE = (
    "false",
    "f",
    "no",
    "n",
    "0",
    "wrong",
    "incorrect",
    "x",
    "거짓",
    "아니오",
    "아니요",
    "틀리다",
)


@dataclass(frozen=True)
class Raised:
    """What came out of a function that raised; two are the same if of one kind."""

    kind: type
    text: str = field(compare=False)
    error: BaseException = field(compare=False, default=None, repr=False)


def same(got, right):
    """Whether two results are equal: the same shape, and numbers that are close.

    Form does not count: a list is as good as a tuple, an array or a tensor, `True` and
    "T" are as good as "true", and "$W_2$" is "W2".

    Parameters
    ----------
    got : object
        What a student gives.
    right : object
        What it must be.

    Returns
    -------
    bool

    Examples
    --------
    >>> same([1, 2], np.array([1.0, 2.0])), same([[1, 2]], [1, 2]), same("a", "b")
    (True, False, False)
    >>> same((True, "F"), ("true", "false"))
    True
    """
    if isinstance(got, Raised) or isinstance(right, Raised):
        return type(got) is type(right) and got == right
    if isinstance(right, str):
        word = _word(got, right)
        return word is not None and word == _word(right, right)
    if isinstance(right, (tuple, list)) and _in_parts(right):
        parts = parts_of(got)
        return parts is not None and len(parts) == len(right) and all(map(same, parts, right))
    a, b = numbers_in(got), numbers_in(right)
    if isinstance(right, tuple) and len(right) == 1 and a is not None and a.ndim == 0:
        a = a.reshape(1)  # (672) is (672,) without its comma
    if a is None or b is None:
        return a is b and type(got) is type(right) and bool(np.all(got == right))
    if a.shape != b.shape:
        return False
    near = close = CLOSE
    if a.dtype == np.float32:  # seven digits of the largest; half of them may go on the way
        close = 1e-4
        near = close * max(1.0, float(np.abs(b).max(initial=0, where=np.isfinite(b))))
    share = 0 if b.dtype.kind in "iub" else close  # a count is right to the last digit
    return bool(np.allclose(a, b, rtol=share, atol=near, equal_nan=True))


def _read_number(text):
    """A number that was written as a word; else the word."""
    try:
        return float(text.replace(",", "").strip())
    except ValueError:
        return text


def spoken(got, right):
    """An answer in the form that is meant: one string as its parts, digits as numbers.

    Parameters
    ----------
    got, right : object
        What a student writes as a value, and what it must be.

    Returns
    -------
    object

    Examples
    --------
    >>> spoken("27, 18", (27, 18)), spoken("FTF", ("false", "true", "false"))
    ([27.0, 18.0], ['F', 'T', 'F'])
    """
    if isinstance(got, Iterator):
        got = list(got)
    if isinstance(right, (int, float)):
        return _read_number(got) if isinstance(got, str) else got
    if not isinstance(right, (tuple, list)):
        return got
    if isinstance(got, np.ndarray) and got.size == len(right) and not _in_parts(right):
        got = got.reshape(-1)  # one row, or one column
    if isinstance(got, str):
        parts = [part for part in re.split(r"[,;\s]+", got.strip(" ()[]")) if part]
        letters = list(got.strip())
        short = len(letters) == len(right) and {part.lower() for part in letters} <= {"t", "f"}
        got = letters if short else parts
    parts = parts_of(got)
    if parts is None or len(parts) != len(right):
        return got
    pairs = zip(parts, right, strict=True)
    if not any(isinstance(p, str) and not isinstance(r, str) for p, r in pairs):
        return got
    return [
        _read_number(part) if isinstance(part, str) and not isinstance(r, str) else part
        for part, r in zip(parts, right, strict=True)
    ]


def _in_parts(right):
    """Whether it is compared part by part: words, arrays, or parts of several lengths."""
    return any(isinstance(part, (str, np.ndarray)) or _in_list(part) for part in right) or (
        numbers_in(right) is None
    )


def _in_list(part):
    return isinstance(part, (tuple, list)) and _in_parts(part)


def parts_of(value):
    """The parts of a tuple, list, array or the like, as a list; None for anything else."""
    if isinstance(value, (str, bytes, dict)) or value is None:
        return None
    if hasattr(value, "detach"):  # a tensor
        value = value.detach().cpu()
    if isinstance(value, np.ndarray):
        value = np.asarray(value)  # rows of a matrix are matrices, without end
    if getattr(value, "ndim", 1) == 0:
        return None
    try:
        return list(value)
    except TypeError:
        return None


def numbers_in(value):
    """Numbers as an array; None for anything else.

    Examples
    --------
    >>> numbers_in(range(3)), numbers_in("3") is None
    (array([0, 1, 2]), True)
    """
    if isinstance(value, (Iterator, KeysView, ValuesView)):
        value = list(value)
    if hasattr(value, "detach"):  # a tensor, perhaps with gradients
        value = value.detach().cpu()
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError):  # ragged lists
        parts = value if isinstance(value, (list, tuple)) else ()
        if not any(hasattr(part, "detach") for part in parts):
            return None
        return numbers_in([part.detach() if hasattr(part, "detach") else part for part in parts])
    if array.dtype == object and array.size and isinstance(value, (list, tuple, Number)):
        try:  # Fractions and other exact numbers
            array = array.astype(float)
        except (ValueError, TypeError):
            return None
    return array if array.dtype.kind in "biuf" else None


# ------------------------------------------------------------------------- words


def _word(value, right):
    """A word without what does not count: case, spaces, dollar signs; None if it is none."""
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:  # of NumPy or torch
        value = value.item()
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, (int, float)) and right.lower() in ("true", "false"):
        value = str(int(value)) if value in (0, 1) else None
    if not isinstance(value, str):
        return None
    word = unicodedata.normalize("NFKC", value).strip().lower()  # W₂ is W2
    if len(word) > 1:
        word = re.sub(r"[\s$_{}()\\\"'`.]", "", word)
    if right.lower() in ("true", "false"):
        word = "true" if word in TRUE else "false" if word in FALSE else word
    return word


def is_word(value):
    """Whether something is one word, or true or false.

    Examples
    --------
    >>> is_word("max"), is_word(True), is_word(3)
    (True, True, False)
    """
    return _word(value, "") is not None


def plain(value):
    """Numbers in tuples, whatever held them; whole ones as int. Anything else as it is.

    Examples
    --------
    >>> plain(np.array([[1.0, 2.5]])), plain(n for n in (3.0, "a"))
    (((1, 2.5),), (3, 'a'))
    """
    if isinstance(value, (str, bytes, bool)) or value is None:
        return value
    parts = parts_of(value)
    if parts is not None:
        return tuple(map(plain, parts))
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def unknown_word(answer, right, known):
    """The first word of an answer that nobody knows, and the nearest that is known.

    Parameters
    ----------
    answer, right : object
        What a student gives, and what it must be.
    known : sequence of str
        All words that may be written.

    Returns
    -------
    (str, str or None) or None

    Examples
    --------
    >>> unknown_word(("invarient",), ("invariant",), ("invariant", "neither"))
    ('invarient', 'invariant')
    """
    if isinstance(right, str):
        word = _word(answer, right)
        spelt = {_word(one, right): one for one in known}
        if word is None or word in spelt:
            return None
        # A short word is too near to many.
        near = difflib.get_close_matches(word, spelt, 1, 0.7) if len(word) > 3 else ()
        return str(answer).strip(), spelt[near[0]] if near else None
    answers, rights = parts_of(answer), parts_of(right)
    if answers is None or rights is None:
        return None
    found = (unknown_word(*pair, known) for pair in zip(answers, rights, strict=False))
    return next((one for one in found if one is not None), None)


def form_of(value):
    """Whether each part of a value is a word or a number, to tell form from content.

    Examples
    --------
    >>> form_of((1, "a")) == form_of([7, "b"]), form_of((1, 2)) == form_of((1, 2, 3))
    (True, False)
    """
    if is_word(value) and not isinstance(value, (bool, np.bool_)):
        return "word"
    array = numbers_in(value)
    if array is not None:
        return ("number", array.shape)
    parts = parts_of(value)
    return type(value) if parts is None else tuple(map(form_of, parts))
