"""Readers of arguments: each returns what can be used, or says in one sentence why not.

The sentence names the argument, the value (short) and the rule. The reader of arrays is
:func:`cnnlab.ops.as_numbers`, that of pictures :func:`cnnlab.data.load_image`.
"""

import math
from numbers import Integral, Real

__all__ = ["flag", "integer", "number", "one_of", "pair", "several", "short", "text"]

LONGEST = 60  # letters of a value in a sentence


def short(value):
    """A value as it stands in a sentence about it: its start, if it is long.

    Parameters
    ----------
    value : object

    Returns
    -------
    str

    Examples
    --------
    >>> short("a"), short(range(3)), short([0] * 100)
    ("'a'", 'range(0, 3)', 'list of length 100')
    """
    kind, shape = type(value).__name__, getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{kind} of shape {tuple(shape)}"
    try:
        text = repr(value)
    except Exception:  # an object that cannot even be shown
        text = f"a {kind}"
    if len(text) <= LONGEST and "\n" not in text:
        return text
    if isinstance(value, (list, tuple, dict, set, bytes)):
        return f"{kind} of length {len(value)}"
    return " ".join(text[: LONGEST - 2].split()) + " ..."


def one_of(name, value, options):
    """Return `value` if it is one of the options, or say which there are.

    Parameters
    ----------
    name : str
        The argument's name, as the caller knows it.
    value : str
    options : sequence of str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is none of them.

    Examples
    --------
    >>> one_of("mode", "zero", ("zero", "circular"))
    'zero'
    >>> one_of("mode", "mirror", ("zero", "circular"))
    Traceback (most recent call last):
    ValueError: mode is 'mirror', but it must be one of zero, circular.
    """
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} is {short(value)}, but it must be one of {', '.join(options)}.")
    return value


def integer(name, value, minimum=None, maximum=None):
    """Return `value` as an int, or say what is wrong with it.

    Parameters
    ----------
    name : str
        The argument's name, as the caller knows it.
    value : int
        Any whole number, NumPy's included. ``True`` and ``3.0`` are refused:
        a size that is not a whole number is nearly always a mistake.
    minimum, maximum : int, optional
        The smallest and the largest legal value.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If `value` is no whole number or out of its range.

    Examples
    --------
    >>> integer("stride", 2, minimum=1)
    2
    >>> integer("stride", 0, minimum=1)
    Traceback (most recent call last):
    ValueError: stride is 0, but it must be at least 1.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ValueError(f"{name} is {short(value)}, but it must be a whole number.")
    if minimum is not None and value < minimum:
        raise ValueError(f"{name} is {value}, but it must be at least {minimum}.")
    if maximum is not None and value > maximum:
        raise ValueError(f"{name} is {value}, but it must be at most {maximum:,}.")
    return int(value)


def pair(name, value, minimum=None):
    """Return (rows, columns) from one whole number or from two.

    Parameters
    ----------
    name : str
        The argument's name, for the error.
    value : int or (int, int)
        One number serves both axes.
    minimum : int, optional
        The smallest legal value.

    Returns
    -------
    tuple of int
        (for rows, for columns).

    Raises
    ------
    ValueError
        If `value` is neither, or is below `minimum`.

    Examples
    --------
    >>> pair("stride", 2)
    (2, 2)
    >>> pair("stride", (2, 1))
    (2, 1)
    """
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(
                f"{name} is {short(value)}, but it must be one whole number or two "
                "(for rows, for columns)."
            )
        return tuple(integer(name, part, minimum) for part in value)
    number = integer(name, value, minimum)
    return number, number


def number(name, value, above=None, minimum=None, maximum=None):
    """Return `value` as an int or float, or say what is wrong with it.

    Parameters
    ----------
    name : str
        The argument's name, as the caller knows it.
    value : float
        Any finite number, NumPy's included; ``True`` is refused.
    above, minimum, maximum : float, optional
        `above` itself is refused, the other two are legal.

    Returns
    -------
    int or float

    Raises
    ------
    ValueError
        If `value` is no finite number or out of its range.

    Examples
    --------
    >>> number("width", 2.5, above=0)
    2.5
    >>> number("width", float("inf"), above=0)
    Traceback (most recent call last):
    ValueError: width is inf, but it must be a finite number.
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise ValueError(f"{name} is {short(value)}, but it must be a number.")
    if not math.isfinite(value):
        raise ValueError(f"{name} is {short(value)}, but it must be a finite number.")
    value = int(value) if isinstance(value, Integral) else float(value)
    if above is not None and value <= above:
        raise ValueError(f"{name} is {value}, but it must be above {above}.")
    if minimum is not None and value < minimum:
        raise ValueError(f"{name} is {value}, but it must be at least {minimum}.")
    if maximum is not None and value > maximum:
        raise ValueError(f"{name} is {value}, but it must be at most {maximum:,}.")
    return value


def text(name, value, empty=True):
    """Return `value` if it is text, or say that it is not.

    Parameters
    ----------
    name : str
        The argument's name, as the caller knows it.
    value : str
    empty : bool
        Whether "" is legal.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is no text.

    Examples
    --------
    >>> text("title", 5)
    Traceback (most recent call last):
    ValueError: title is 5, but it must be text.
    """
    if not isinstance(value, str) or not (value or empty):
        raise ValueError(f"{name} is {short(value)}, but it must be text.")
    return value


def flag(name, value):
    """Return `value` if it is True or False, or say that it is not.

    Parameters
    ----------
    name : str
        The argument's name, as the caller knows it.
    value : bool

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> flag("faded", "no")
    Traceback (most recent call last):
    ValueError: faded is 'no', but it must be True or False.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{name} is {short(value)}, but it must be True or False.")
    return value


def several(name, value, *kinds):
    """Return a tuple whose members are all of some kinds, or say what is wrong with it.

    Parameters
    ----------
    name : str
        The argument's name, as the caller knows it.
    value : iterable
    *kinds : type

    Returns
    -------
    tuple

    Raises
    ------
    ValueError
        If it is no collection, as where a comma is missing, or if a member is of
        another kind.

    Examples
    --------
    >>> several("labels", "cat", str)
    Traceback (most recent call last):
    ValueError: labels is a single str, but it must be a tuple: put a comma behind it, as in (x,).
    """
    kind = " or a ".join(each.__name__ for each in kinds)
    if isinstance(value, kinds) and not isinstance(value, (tuple, list)):
        raise ValueError(
            f"{name} is a single {kind}, but it must be a tuple: put a comma behind it, as in (x,)."
        )
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise ValueError(f"{name} is {short(value)}, but it must be a tuple of {kind}.")
    members = tuple(value)
    for member in members:
        if not isinstance(member, kinds):
            raise ValueError(f"{name} holds {short(member)}, but each must be a {kind}.")
    return members
