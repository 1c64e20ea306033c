"""One number for each window."""

import numpy as np

from cnnlab.arguments import pair
from cnnlab.ops.arrays import as_numbers, axis_size, border

__all__ = ["avg_pool2d", "max_pool2d"]


def max_pool2d(image, size, stride=None, padding=0):
    """The largest number of each window.

    Parameters
    ----------
    image : array_like, shape (..., H, W)
        Any number of axes in front: each sheet is pooled by itself, so channels
        are kept.
    size : int or (int, int)
        Rows and columns of the window, at least 1.
    stride : int or (int, int), optional
        Step between windows; `size` if left out.
    padding : int or (int, int)
        Added on each side, at most half of `size`. It never wins: it counts as
        minus infinity.

    Returns
    -------
    numpy.ndarray, shape (..., OH, OW)

    Raises
    ------
    ValueError
        If an argument is out of its range or the window does not fit.

    References
    ----------
    Handouts S0, S1, S2.

    Examples
    --------
    >>> max_pool2d([[5, 2, 3, 4], [2, 1, 0, 1], [3, 7, 9, 5], [1, 4, 1, 8]], 2)
    array([[5, 4],
           [7, 9]])
    """
    image = as_numbers("image", image, (2, 3, 4))
    lowest = np.iinfo(image.dtype).min if image.dtype.kind in "iu" else -np.inf
    return _pool_windows(image, size, stride, padding, lowest).max(axis=(-2, -1))


def avg_pool2d(image, size, stride=None, padding=0):
    """The mean of each window.

    Parameters
    ----------
    image, size, stride, padding
        As in :func:`max_pool2d`; but padding counts as zeros, which lowers the
        mean at the border (as in torch, unless it is told otherwise).

    Returns
    -------
    numpy.ndarray, shape (..., OH, OW)
        Floats.

    Raises
    ------
    ValueError
        As in :func:`max_pool2d`.

    References
    ----------
    Handouts S0, S1, S2.

    Examples
    --------
    >>> avg_pool2d([[5, 2, 3, 4], [2, 1, 0, 1], [3, 7, 9, 5], [1, 4, 1, 8]], 2)
    array([[2.5 , 2.  ],
           [3.75, 5.75]])
    """
    image = as_numbers("image", image, (2, 3, 4))
    return _pool_windows(image, size, stride, padding, 0).mean(axis=(-2, -1))


def _pool_windows(image, size, stride, padding, fill):
    """All windows of a pooling layer: (..., OH, OW, rows, columns)."""
    sizes = pair("size", size, 1)
    steps = sizes if stride is None else pair("stride", stride, 1)
    borders = border("padding", padding, image.shape)
    for edge, part in zip(borders, sizes, strict=True):
        if 2 * edge > part:
            raise ValueError(
                f"padding is {edge}, but it must be at most half of size {part}: a window "
                "would lie in the padding alone."
            )
    for axis in zip(("height", "width"), image.shape[-2:], sizes, steps, borders, strict=True):
        axis_size(*axis, name="size")
    widths = [(0, 0)] * (image.ndim - 2) + [(edge, edge) for edge in borders]
    padded = np.pad(image, widths, constant_values=fill)
    found = np.lib.stride_tricks.sliding_window_view(padded, sizes, axis=(-2, -1))
    return found[..., :: steps[0], :: steps[1], :, :]
