"""Mistakes that can be made in any exercise, found by changing what the reference gets or gives.

An argument that is not used, two that changed places, a flipped array, a result that is
off by one: each is a change of the right function. One is named only if it gives the
student's results on every case; so are two at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np

from cnnlab.checks.answers import numbers_in

__all__ = ["Change", "changed", "changes_of"]


@dataclass(frozen=True)
class Change:
    """A change of what a function gets, or of what it gives.

    Attributes
    ----------
    says, hint : str
        As for a :class:`~cnnlab.checks.check.Mistake`.
    about : str
        The argument that it changes, or "the result": two changes of one thing are one.
    before : callable, optional
        From the arguments, a tuple, to others.
    after : callable, optional
        From the result and the arguments to another result.
    alone : bool
        Whether it is named by itself only: with others it would explain too much.
    """

    says: str
    hint: str
    about: str
    before: Callable | None = None
    after: Callable | None = None
    alone: bool = False


def changed(function, *changes):
    """A function with changes of what it gets and gives.

    Examples
    --------
    >>> late = Change("One late.", "", "the result", after=lambda result, arguments: result + 1)
    >>> changed(lambda n: 2 * n, late)(3)
    7
    """

    def answer(*arguments):
        given = arguments
        for change in changes:
            given = change.before(given) if change.before else given
        result = function(*given)
        for change in changes:
            result = change.after(result, arguments) if change.after else result
        return result

    return answer


def changes_of(names, cases, expected):
    """All changes that make sense for a function.

    Parameters
    ----------
    names : sequence of str
        Of its arguments.
    cases : sequence of tuple
        Arguments of each case, from which it is seen what they are.
    expected : sequence
        The right results.

    Returns
    -------
    list of Change

    Examples
    --------
    >>> found = changes_of(("size", "stride"), [(7, 2), (9, 3)], [3, 3])
    >>> found[0].says
    'Your result is twice what it must be.'
    """
    kinds = [_kind([case[place] for case in cases]) for place in range(len(names))]
    results = [
        Change(says, hint, "the result", after=change, alone=says not in BESIDE)
        for says, hint, change in _of_results(names, kinds, cases, expected)
    ]
    # What makes every result twice as large is no mistake of one argument.
    found = [change for change in results if change.says in SCALED]
    # The last ones first: a kernel is flipped more often than an image, to the same effect.
    for place, (name, kind) in reversed([*enumerate(zip(names, kinds, strict=True))]):
        values = [case[place] for case in cases]
        found += [
            Change(says, hint, name, before=_replacing(place, change), alone=_is_alone(says))
            for says, hint, change in ARGUMENTS.get(kind, lambda *_: ())(name, values)
        ]
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        values = [case[place] for case in cases]
        found += [
            Change(says, hint, name, before=_replacing(place, change), alone=True)
            for says, hint, change in (_of_fixed_number(name, values) if kind == "number" else ())
        ]
    for one, other in combinations(range(len(names)), 2):
        if kinds[one] == kinds[other] != "other":
            found += _exchanges(one, other, names)
    found += [change for change in results if change.says not in SCALED]
    return found


def _is_alone(says):
    """Whether a change could make up for another mistake, or hide what an argument does."""
    never_beside = (
        "one too", "as much as", "stand where", "signs of", "Only the first part", "is transposed",
    )  # fmt: skip
    return any(words in says for words in never_beside)


def _kind(values):
    """What an argument is, seen in all its cases."""
    if all(isinstance(v, bool) for v in values):
        return "switch"
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return "number"
    if all(isinstance(v, tuple) and len(v) == 2 and all(isinstance(n, int) for n in v)
           for v in values):  # fmt: skip
        return "pair"
    if all(isinstance(v, tuple) and len(v) > 2 and all(isinstance(n, int) for n in v)
           for v in values):  # fmt: skip
        return "shape"
    if all(isinstance(v, np.ndarray) and v.ndim > 0 for v in values):
        return "matrix" if all(v.ndim > 1 for v in values) else "vector"
    return "other"


def _replacing(place, change):
    return lambda arguments: (
        *arguments[:place], change(arguments[place]), *arguments[place + 1 :]
    )  # fmt: skip


# --------------------------------------------------------------------- arguments


def _of_number(name, values):
    for constant in (0, 1):
        if any(v != constant for v in values):
            yield (
                f"`{name}` is not used: your results are those for {name} = {constant}.",
                "It is an argument; where does it belong?", lambda _, c=constant: c,
            )  # fmt: skip
    if any(v < 0 for v in values):
        yield (f"The sign of `{name}` is lost.", f"`{name}` may be negative.", abs)
        yield (f"The sign of `{name}` is turned round.", "Which way does it go?", lambda v: -v)
    yield (
        f"`{name}` counts twice as much as it should.",
        "How often does it come?",
        lambda v: 2 * v,
    )
    yield (f"`{name}` counts half as much as it should.", "How often does it come?",
           lambda v: v // 2 if isinstance(v, int) else v / 2)  # fmt: skip
    yield (f"`{name}` is one too large in your answer.", "Is 1 added that does not belong there?",
           lambda v: v + 1)  # fmt: skip
    yield (f"`{name}` is one too small in your answer.", "Is 1 taken away that belongs there?",
           lambda v: v - 1)  # fmt: skip


def _of_fixed_number(name, values):
    for constant in (2, 3):
        if any(v != constant for v in values):
            yield (
                f"`{name}` is taken for {constant}, whatever it is.", "It is an argument.",
                lambda _, c=constant: c,
            )  # fmt: skip


def _of_switch(name, values):
    yield f"`{name}` is not used: it is taken for True.", "Look at it first.", lambda v: True
    yield f"`{name}` is not used: it is taken for False.", "Look at it first.", lambda v: False
    yield f"`{name}` is understood the other way round.", "What does True mean?", lambda v: not v


def _of_pair(name, values):
    yield (f"The two numbers of `{name}` changed places.",
           "The first is for rows, the second for columns.", lambda v: v[::-1])  # fmt: skip
    yield (f"The first number of `{name}` serves both axes.",
           f"{name}[1] belongs to the columns.", lambda v: (v[0], v[0]))  # fmt: skip
    yield (f"The second number of `{name}` serves both axes.",
           f"{name}[0] belongs to the rows.", lambda v: (v[1], v[1]))  # fmt: skip
    for constant in (0, 1):
        both = (constant, constant)
        if any(v != both for v in values):
            yield (f"`{name}` is not used: your results are those for {name} = {both}.",
                   "It is an argument; where does it belong?", lambda _, b=both: b)  # fmt: skip
            yield (f"`{name}` acts on the rows only.", "Columns have a number of their own.",
                   lambda v, c=constant: (v[0], c))  # fmt: skip
            yield (f"`{name}` acts on the columns only.", "Rows have a number of their own.",
                   lambda v, c=constant: (c, v[1]))  # fmt: skip
    yield (
        f"`{name}` counts twice as much as it should.",
        "How often does it come?",
        lambda v: (2 * v[0], 2 * v[1]),
    )
    yield (
        f"`{name}` counts half as much as it should.",
        "How often does it come?",
        lambda v: (v[0] // 2, v[1] // 2),
    )


def _of_array(name, values):
    if any((v < 0).any() for v in values):
        yield f"The signs of `{name}` are lost.", "Its numbers may be negative.", np.abs
        yield (f"The numbers of `{name}` below 0 count as 0.", "Negative numbers count too.",
               lambda v: np.maximum(v, 0))  # fmt: skip
        yield f"The signs of `{name}` are turned round.", "Plus or minus?", np.negative
    yield f"`{name}` is not used.", "Where does it belong?", lambda v: 0 * v
    yield (f"`{name}` is not multiplied: your results are those for ones only.",
           "Its numbers are factors.", np.ones_like)  # fmt: skip
    yield f"`{name}` counts twice as much as it should.", "How often does it come?", lambda v: 2 * v
    yield f"`{name}` counts half as much as it should.", "How often does it come?", lambda v: v / 2
    if any(v.dtype.kind == "f" and (v != np.trunc(v)).any() for v in values):
        yield (f"The decimals of `{name}` are cut off.", "Keep floats; is there an int somewhere?",
               np.trunc)  # fmt: skip


def _of_vector(name, values):
    yield from _of_array(name, values)
    yield f"`{name}` is turned round.", "Its first number comes first.", lambda v: v[::-1]


def _of_matrix(name, values):
    yield from _of_array(name, values)
    yield (f"`{name}` is flipped, rows and columns.", "Lay it as it is written.",
           lambda v: v[..., ::-1, ::-1])  # fmt: skip
    yield f"The rows of `{name}` are flipped.", "Row 0 is the upper one.", lambda v: v[..., ::-1, :]
    yield (f"The columns of `{name}` are flipped.", "Column 0 is the left one.",
           lambda v: v[..., ::-1])  # fmt: skip
    yield (f"`{name}` is transposed.", "Rows stay rows, columns stay columns.",
           lambda v: np.swapaxes(v, -1, -2))  # fmt: skip
    if any(v.ndim > 2 for v in values):
        yield (f"Only the first part of `{name}` is used.", f"{name}[0] is one of several.",
               lambda v: v[:1])  # fmt: skip


def _of_shape(name, values):
    """Of (..., rows, columns)."""
    yield (f"Rows and columns of `{name}` changed places.", "Rows come before columns.",
           lambda v: (*v[:-2], v[-1], v[-2]))  # fmt: skip
    yield (f"The rows of `{name}` serve for the columns too.", "It need not be a square.",
           lambda v: (*v[:-1], v[-2]))  # fmt: skip
    yield (f"The columns of `{name}` serve for the rows too.", "It need not be a square.",
           lambda v: (*v[:-2], v[-1], v[-1]))  # fmt: skip
    yield (f"You read `{name}` with the channels last.", "The course writes channels first.",
           lambda v: (*v[:-3], v[-1], v[-3], v[-2]))  # fmt: skip
    yield (f"The channels of `{name}` are missing.", "How many are there?",
           lambda v: (*v[:-3], 1, *v[-2:]))  # fmt: skip
    if all(len(v) == 4 for v in values):
        yield (f"The batch of `{name}` is missing.", "How many images are there?",
               lambda v: (1, *v[1:]))  # fmt: skip


ARGUMENTS = {
    "shape": _of_shape, "number": _of_number, "switch": _of_switch, "pair": _of_pair,
    "vector": _of_vector, "matrix": _of_matrix,
}  # fmt: skip


def _exchanges(one, other, names):
    """Two arguments of one kind: changed places, or one taken for the other."""

    def swapped(arguments):
        given = list(arguments)
        given[one], given[other] = given[other], given[one]
        return tuple(given)

    yield Change(
        f"`{names[one]}` and `{names[other]}` changed places.",
        "Look at the order of the arguments, and where each belongs.",
        f"{names[one]} and {names[other]}", before=swapped,
    )  # fmt: skip
    for a, b in permutations((one, other)):
        yield Change(
            f"`{names[a]}` seems to stand where `{names[b]}` belongs.",
            "They are two different things.",
            names[b], alone=True,
            before=lambda given, a=a, b=b: (*given[:b], given[a], *given[b + 1 :]),
        )  # fmt: skip


# ----------------------------------------------------------------------- results

TRANSPOSED = "Rows and columns of your result changed places."
CUT_OFF = "Your result is cut off to whole numbers."
SCALED = ("Your result is twice what it must be.", "Your result is half of what it must be.")
# What is often done beside another mistake.
BESIDE = (TRANSPOSED, CUT_OFF, "No number below 0 comes out of your function.")


def _of_results(names, kinds, cases, expected):
    arrays = [numbers_in(result) for result in expected]
    if any(array is None for array in arrays):
        if all(isinstance(result, tuple) for result in expected):
            yield from _of_tuple(expected)
        return
    whole = all((array == np.round(array)).all() for array in arrays)
    yield "Your result is one too large.", "Is 1 added once too often?", _each(lambda r: r + 1)
    yield "Your result is one too small.", "Is a + 1 missing?", _each(lambda r: r - 1)
    if any((array < 0).any() for array in arrays):
        yield "The sign of your result is wrong.", "Plus or minus?", _each(np.negative)
        yield "The sign of your result is lost.", "It may be negative.", _each(np.abs)
        yield ("No number below 0 comes out of your function.", "Negative results count too.",
               _each(lambda r: np.maximum(r, 0)))  # fmt: skip
    yield SCALED[0], "What is counted twice?", _each(lambda r: 2 * r)
    yield SCALED[1], "What is divided, or left out?", _each(lambda r: r / 2)
    if not whole:
        yield "That is a percentage.", "A share is asked, from 0 to 1.", _each(lambda r: 100 * r)
        yield "You took it away from 1.", "The share itself is asked.", _each(lambda r: 1 - r)
        for digits in (1, 2, 3, 4):
            yield (f"You rounded to {digits} places.", "Keep all digits.",
                   _each(lambda r, d=digits: np.round(r, d)))  # fmt: skip
        for word, how in (("cut off", np.trunc), ("rounded down", np.floor),
                          ("rounded", np.round), ("rounded up", np.ceil)):  # fmt: skip
            yield f"Your result is {word} to whole numbers.", "Keep the decimals.", _each(how)
        yield from _kept_types(names, kinds)
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if kind in ("vector", "matrix"):
            yield (f"You divided by the number of cells of `{name}`.", "The sum is asked.",
                   lambda r, given, p=place: np.asarray(r) / given[p].size)  # fmt: skip
            yield (f"You divided by the length of `{name}`.", "Nothing is averaged over it.",
                   lambda r, given, p=place: np.asarray(r) / len(given[p]))  # fmt: skip
            yield (f"The division by the length of `{name}` is missing.", "A mean is asked.",
                   lambda r, given, p=place: np.asarray(r) * len(given[p]))  # fmt: skip
    if all(array.ndim == 1 for array in arrays):
        yield from _of_list()
    if all(array.ndim > 1 for array in arrays):
        yield from _of_sheet()
    axes = arrays[0].ndim
    if axes > 2 and all(array.ndim == axes for array in arrays):
        for order in permutations(range(axes)):
            yield ("The axes of your result are in another order.", "Look at the shape asked.",
                   _each(lambda r, o=order: r.transpose(o)))  # fmt: skip


def _kept_types(names, kinds):
    """An output array made with zeros_like: it has the type of that argument."""
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if kind in ("vector", "matrix"):
            yield (
                f"Your result has the number type of `{name}`: where that holds whole numbers, "
                "decimals are cut off.", "np.zeros(shape) holds floats; zeros_like may not.",
                lambda r, given, p=place: np.asarray(r).astype(given[p].dtype),
            )  # fmt: skip


def _each(change):
    """A change of numbers, whatever holds them."""
    return lambda result, arguments: change(np.asarray(result))


def _of_list():
    yield "Your result is in reversed order.", "First things first.", _each(lambda r: r[::-1])
    yield "The first number is missing.", "Where does your loop begin?", _each(lambda r: r[1:])
    yield "The last number is missing.", "Where does your loop end?", _each(lambda r: r[:-1])


def _of_sheet():
    yield (TRANSPOSED, "Rows first.",
           _each(lambda r: np.swapaxes(r, -1, -2)))  # fmt: skip
    yield ("Your result is flipped, rows and columns.", "Row 0, column 0 is the upper left corner.",
           _each(lambda r: r[..., ::-1, ::-1]))  # fmt: skip
    yield (
        "The rows of your result are in reversed order.",
        "Row 0 is the upper one.",
        _each(lambda r: r[..., ::-1, :]),
    )
    yield (
        "The columns of your result are in reversed order.",
        "Column 0 is the left one.",
        _each(lambda r: r[..., ::-1]),
    )
    yield "The last row is missing.", "Where does your loop end?", _each(lambda r: r[..., :-1, :])
    yield "The last column is missing.", "Where does your loop end?", _each(lambda r: r[..., :-1])
    yield ("The last row and column are missing.", "Is a + 1 missing?",
           _each(lambda r: r[..., :-1, :-1]))  # fmt: skip
    yield ("Only the first row is computed.", "Is the return inside the outer loop?",
           _each(lambda r: np.where(np.arange(r.shape[-2])[:, None] == 0, r, 0)))  # fmt: skip
    yield ("Your result is one long list.", "Keep rows and columns.",
           _each(lambda r: r.ravel()))  # fmt: skip
    yield ("Your result has one axis too many, of length 1.", "Look at its shape.",
           _each(lambda r: r[None]))  # fmt: skip
    yield "Your result is one number, the sum of all.", "Do not add them up.", _each(np.sum)


def _of_tuple(expected):
    """Several results together: changed places, or one of them off by one."""
    if len({len(result) for result in expected}) != 1 or len(expected[0]) < 2:
        return
    yield ("Your results are in reversed order.", "Look at the order that is asked.",
           lambda result, arguments: result[::-1])  # fmt: skip
