"""Readers of arguments: each returns what can be used, or says in one sentence why not.

The sentence names the argument, the value (short) and the rule. The reader of arrays is
:func:`cnnlab.ops.as_numbers`, that of pictures :func:`cnnlab.data.load_image`.
"""

from numbers import Integral

__all__ = ["integer", "one_of", "pair", "short"]

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
