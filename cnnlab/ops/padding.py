"""What stands around an image, and an image that is moved."""

import numpy as np

from cnnlab.arguments import integer, one_of
from cnnlab.ops.arrays import MOST_NUMBERS, as_numbers, border

__all__ = ["pad1d", "pad2d", "shift2d"]

PAD_MODES = {"zero": "constant", "circular": "wrap"}


def pad1d(signal, padding, mode="zero"):
    """Add `padding` positions at each end of a signal.

    Parameters
    ----------
    signal : array_like, shape (W,)
    padding : int
        Positions added at each end, at least 0.
    mode : {"zero", "circular"}
        What stands there: zeros, or the other end of the signal.

    Returns
    -------
    numpy.ndarray, shape (W + 2 * padding,)

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> pad1d([1, 2, 3], 1)
    array([0, 1, 2, 3, 0])
    >>> pad1d([1, 2, 3], 1, mode="circular")
    array([3, 1, 2, 3, 1])
    """
    signal = as_numbers("signal", signal, 1)
    padding = integer("padding", padding, 0, MOST_NUMBERS // 2 - len(signal))
    return np.pad(signal, padding, mode=_pad_mode(mode))


def pad2d(image, padding, mode="zero"):
    """Add rows and columns around an image.

    Parameters
    ----------
    image : array_like, shape (..., H, W)
        The last two axes are padded.
    padding : int or (int, int)
        Rows added above and below, columns added left and right.
    mode : {"zero", "circular"}
        What stands there: zeros, or the opposite side of the image.

    Returns
    -------
    numpy.ndarray, shape (..., H + 2 * rows, W + 2 * columns)

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> pad2d([[1, 2]], (0, 1))
    array([[0, 1, 2, 0]])
    """
    image = as_numbers("image", image, (2, 3, 4))
    rows, columns = border("padding", padding, image.shape)
    widths = [(0, 0)] * (image.ndim - 2) + [(rows, rows), (columns, columns)]
    return np.pad(image, widths, mode=_pad_mode(mode))


def shift2d(image, down, right, mode="zero"):
    """Move an image by whole pixels.

    Parameters
    ----------
    image : array_like, shape (H, W)
    down, right : int
        Pixels; negative numbers move it up and left.
    mode : {"zero", "circular"}
        What comes in: zeros, or what went out on the other side.

    Returns
    -------
    numpy.ndarray, shape (H, W)

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> shift2d([[1, 2, 3]], 0, 1)
    array([[0, 1, 2]])
    >>> shift2d([[1, 2, 3]], 0, 1, mode="circular")
    array([[3, 1, 2]])
    """
    image = as_numbers("image", image, 2)
    down, right = integer("down", down), integer("right", right)
    moved = np.roll(image, (down, right), axis=(0, 1))
    if _pad_mode(mode) == "constant":
        rows, columns = (np.arange(size) for size in image.shape)
        moved[(rows < down) | (rows >= image.shape[0] + down)] = 0
        moved[:, (columns < right) | (columns >= image.shape[1] + right)] = 0
    return moved


def _pad_mode(mode):
    return PAD_MODES[one_of("mode", mode, PAD_MODES)]
