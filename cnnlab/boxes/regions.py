"""Pooling of a region of a map to a fixed size."""

from math import floor

import numpy as np

from cnnlab.arguments import integer, pair
from cnnlab.boxes.corners import as_boxes
from cnnlab.ops import as_numbers
from cnnlab.ops.arrays import MOST_NUMBERS

__all__ = [
    "region_bins",
    "roi_align",
    "roi_pool",
]

FARTHEST = 1e9  # pixels, and cells for a pixel


def roi_pool(features, box, size, scale=1):
    """The largest number in each bin of a region of a map: a fixed size for any region.

    The region is rounded to whole cells. A bin goes from the floor to the ceiling of
    its borders, so that bins overlap where the region cannot be divided evenly.

    Parameters
    ----------
    features : array_like, shape (C, H, W)
    box : array_like, shape (4,)
        In pixels of the image; its last row and column belong to it.
    size : int or (int, int)
        Rows and columns of bins.
    scale : float
        Cells of the map for a pixel: 1/16 after four halvings.

    Returns
    -------
    numpy.ndarray, shape (C, rows, columns)
        A bin that lies beside the map is 0.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    Girshick, 2015, "Fast R-CNN", arXiv:1504.08083, section 2.1.

    Examples
    --------
    >>> roi_pool(np.arange(16).reshape(1, 4, 4), [0, 0, 3, 2], 2)
    array([[[ 5.,  7.],
            [ 9., 11.]]])
    """
    features = as_numbers("features", features, 3).astype(float)
    out = np.zeros((len(features), *_bins(size)))
    for (i, j), (rows, columns) in region_bins(features.shape[1:], box, size, scale).items():
        if rows and columns:
            out[:, i, j] = features[:, rows][:, :, columns].max(axis=(1, 2))
    return out


def region_bins(shape, box, size, scale=1):
    """The cells of each bin of :func:`roi_pool`: dict of (i, j) to (rows, columns).

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the map.
    box, size, scale
        As in :func:`roi_pool`.

    Returns
    -------
    dict of (int, int) to (list of int, list of int)

    Examples
    --------
    >>> region_bins((4, 4), [0, 0, 2, 1], (1, 2))
    {(0, 0): ([0, 1], [0, 1]), (0, 1): ([0, 1], [1, 2])}
    """
    counts, shape = _bins(size), pair("shape", shape, 1)
    left, top, right, bottom = (floor(part + 0.5) for part in _region(box, scale))
    lines = []
    for start, end, count, length in zip((top, left), (bottom, right), counts, shape, strict=True):
        span = max(end - start + 1, 1)
        edges = [
            (start + span * n // count, start - (-span * (n + 1) // count)) for n in range(count)
        ]
        lines.append([list(range(max(low, 0), min(high, length))) for low, high in edges])
    return {
        (i, j): (rows, columns) for i, rows in enumerate(lines[0])
        for j, columns in enumerate(lines[1])
    }  # fmt: skip


def _region(box, scale):
    """A box of the image in cells of a map, not rounded."""
    (box,) = as_boxes("box", np.reshape(as_numbers("box", box, 1, (4,)), (1, 4)))
    scale = float(as_numbers("scale", scale, 0))
    if scale <= 0:
        raise ValueError(f"scale is {scale:g}, but it must be above 0.")
    if (np.abs(box) > FARTHEST).any() or scale > FARTHEST:
        raise ValueError(f"box and scale must lie below {FARTHEST:,.0f}.")
    return box * scale


def _bins(size):
    """Rows and columns of bins, each at most 1000."""
    return tuple(integer("size", part, 1, 1000) for part in pair("size", size))


def roi_align(features, box, size, scale=1, samples=2):
    """The mean of interpolated points in each bin: nothing is rounded.

    Parameters
    ----------
    features : array_like, shape (C, H, W)
    box : array_like, shape (4,)
        In pixels of the image, not rounded.
    size : int or (int, int)
        Rows and columns of bins.
    scale : float
        Cells of the map for a pixel.
    samples : int
        Points of a bin along each axis.

    Returns
    -------
    numpy.ndarray, shape (C, rows, columns)

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    He, Gkioxari, Dollár and Girshick, 2017, "Mask R-CNN", arXiv:1703.06870, section 3.

    Examples
    --------
    >>> roi_align(np.arange(16).reshape(1, 4, 4), [0.5, 0.5, 2.5, 2.5], 1)
    array([[[5.]]])
    """
    features = as_numbers("features", features, 3).astype(float)
    left, top, right, bottom = _region(box, scale)
    samples = integer("samples", samples, 1, 64)
    rows, columns = _bins(size)
    if len(features) * rows * columns * samples**2 > MOST_NUMBERS:
        raise ValueError(
            f"size is {rows} x {columns} and samples {samples}: more than {MOST_NUMBERS:,} points."
        )
    ys = _points(top, bottom, rows, samples)
    xs = _points(left, right, columns, samples)
    down, across = (
        _interpolation(where, length) for where, length in zip((ys, xs), features.shape[1:],
                                                               strict=True)
    )  # fmt: skip
    points = down @ features @ across.T
    parts = points.reshape(len(features), rows, samples, columns, samples)
    return parts.mean(axis=(2, 4))


def _points(start, end, count, samples):
    """Where the points of all bins lie along an axis; a cell's number stands in its middle."""
    share = (np.arange(count * samples) + 0.5) / (count * samples)
    return start + (end - start) * share - 0.5


def _interpolation(where, length):
    """Weights (points, length) of the two neighbours of each point along an axis."""
    where = np.clip(where, 0, length - 1)
    distance = np.abs(where[:, None] - np.arange(length))
    return np.maximum(1 - distance, 0)
