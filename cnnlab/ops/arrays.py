"""The reader of arrays, and what the operations share."""

from math import prod
from numbers import Integral

import numpy as np

from cnnlab.arguments import pair, short
from cnnlab.geometry import output_size

__all__ = ["MOST_NUMBERS", "as_numbers", "axis_size", "border", "type_in_words", "whole"]

MOST_NUMBERS = 100_000_000  # in one array: 800 MB of floats


def as_numbers(name, value, ndim, shape=None):
    """Return `value` as an array of finite numbers with `ndim` axes: the one reader of arrays.

    Parameters
    ----------
    name : str
        The argument's name, for the error.
    value : array_like
        Numbers or booleans; at most 100 million.
    ndim : int or tuple of int
        The legal numbers of axes.
    shape : tuple of int, optional
        The only legal shape.

    Returns
    -------
    numpy.ndarray
        Whole numbers and floats keep their kind; booleans become int64.

    Raises
    ------
    ValueError
        If it is ragged, empty, masked or too large, holds anything but real finite
        numbers, or has another shape or number of axes.

    Examples
    --------
    >>> as_numbers("kernel", [[1, 0], [0, 1]], ndim=2).shape
    (2, 2)
    >>> as_numbers("kernel", [1, 0], ndim=2)
    Traceback (most recent call last):
    ValueError: kernel has shape (2,), but it must have 2 axes.
    """
    cells = getattr(value, "size", None)  # asked before anything is copied
    if not isinstance(cells, Integral):  # a torch tensor's is a method
        cells = len(value) if hasattr(type(value), "__len__") else 1
    if cells > MOST_NUMBERS:
        raise ValueError(f"{name} has {cells:,} numbers, but at most {MOST_NUMBERS:,} are taken.")
    if np.ma.is_masked(value):
        raise ValueError(f"{name} holds masked numbers; fill them in first.")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} has rows of unequal length; they must be equal.") from None
    except Exception as error:  # a tensor with gradients, a foreign array
        raise ValueError(f"{name} cannot be read as an array: {error}") from None
    if array.dtype == bool:
        array = array.astype(np.int64)
    legal = (ndim,) if isinstance(ndim, int) else ndim
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} holds {type_in_words(array)}, but it must hold real numbers.")
    if array.ndim not in legal:
        axes = " or ".join(map(str, legal)) + (" axis" if legal == (1,) else " axes")
        raise ValueError(f"{name} has shape {array.shape}, but it must have {axes}.")
    if array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}: it is empty.")
    if shape is not None and array.shape != tuple(shape):
        raise ValueError(f"{name} has shape {array.shape}, but it must be {tuple(shape)}.")
    if not np.isfinite(array).all():
        where = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        raise ValueError(
            f"{name} is {array[where]} at index {where}, but every number must be finite."
        )
    return array


def type_in_words(array):
    """What an array without real numbers holds, in a student's words."""
    kinds = {"U": "text", "S": "text", "c": "complex numbers", "M": "dates", "m": "times"}
    return kinds.get(array.dtype.kind, "Python objects, not numbers")


def border(name, value, shape):
    """Padding for rows and columns, if what is padded can be held."""
    rows, columns = pair(name, value, 0)
    cells = prod(shape[:-2]) * (shape[-2] + 2 * rows) * (shape[-1] + 2 * columns)
    if cells > MOST_NUMBERS:
        raise ValueError(
            f"{name} is {short(value)}, which makes {cells:,} numbers, but at most "
            f"{MOST_NUMBERS:,} are taken."
        )
    return rows, columns


def whole(*arrays):
    return all(array.dtype.kind in "iu" for array in arrays)


def axis_size(axis, *numbers, name="kernel"):
    """The output size along an axis; `name` is what the caller's argument is called."""
    try:
        return output_size(*numbers)
    except ValueError as error:
        words = str(error).replace("kernel", name, 1)
        raise ValueError(f"along the {axis}: {words}") from None
