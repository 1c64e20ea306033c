"""Boxes beside anchors: the anchors of a map, and the four numbers that a detector predicts."""

import numpy as np

from cnnlab.arguments import integer
from cnnlab.boxes.corners import as_boxes, no_rows, to_center, to_corner
from cnnlab.ops import as_numbers

__all__ = [
    "anchors",
    "decode",
    "encode",
]

MOST_ANCHORS = 1_000_000


def encode(anchors, boxes):
    """What a detector predicts in place of a box: four numbers beside its anchor.

    ``(dx / width, dy / height, log of the widths' ratio, log of the heights' ratio)``

    Parameters
    ----------
    anchors, boxes : array_like, shape (N, 4)
        One box for each anchor, each with a width and a height.

    Returns
    -------
    numpy.ndarray, shape (N, 4)
        Shifts in units of the *anchor's* size.

    Raises
    ------
    ValueError
        If a row is no box with an area, or the numbers differ.

    References
    ----------
    Ren, He, Girshick and Sun, 2015, "Faster R-CNN", arXiv:1506.01497, equation 2.

    Examples
    --------
    >>> encode([[0, 0, 10, 20]], [[5, 0, 15, 20]])
    array([[0.5, 0. , 0. , 0. ]])
    """
    anchors, boxes = as_boxes("anchors", anchors, True), as_boxes("boxes", boxes, True)
    _same_number("anchors", anchors, "boxes", boxes)
    anchor, box = to_center(anchors), to_center(boxes)
    shift = (box[:, :2] - anchor[:, :2]) / anchor[:, 2:]
    return np.hstack([shift, np.log(box[:, 2:] / anchor[:, 2:])])


def decode(anchors, offsets):
    """The boxes that :func:`encode` made the four numbers of.

    Parameters
    ----------
    anchors : array_like, shape (N, 4)
    offsets : array_like, shape (N, 4)

    Returns
    -------
    numpy.ndarray, shape (N, 4)

    Raises
    ------
    ValueError
        If a row is no box with an area, or the numbers differ.

    Examples
    --------
    >>> decode([[0, 0, 10, 20]], [[0.5, 0, 0, 0]])
    array([[ 5.,  0., 15., 20.]])
    """
    anchors = as_boxes("anchors", anchors, True)
    if no_rows(offsets):
        offsets = np.zeros((0, 4))
    else:
        offsets = as_numbers("offsets", offsets, 2).astype(float)
    _same_number("anchors", anchors, "offsets", offsets)
    anchor = to_center(anchors)
    size = anchor[:, 2:] * np.exp(np.minimum(offsets[:, 2:], 50))  # beyond, nothing is a box
    return to_corner(np.hstack([anchor[:, :2] + offsets[:, :2] * anchor[:, 2:], size]))


def _same_number(name, one, other_name, other):
    if one.shape != other.shape:
        raise ValueError(
            f"{name} has shape {one.shape} and {other_name} {other.shape}, but they must be alike."
        )


def anchors(rows, columns, stride, sizes, ratios):
    """Boxes of some sizes and shapes around the middle of each cell of a map.

    Parameters
    ----------
    rows, columns : int
        Of the feature map.
    stride : int
        Pixels between two cells.
    sizes : sequence of float
        Square roots of the areas, in pixels.
    ratios : sequence of float
        Height over width.

    Returns
    -------
    numpy.ndarray, shape (rows * columns * len(sizes) * len(ratios), 4)
        Cell by cell, row by row; in each the sizes, and for each size the ratios.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Ren, He, Girshick and Sun, 2015, arXiv:1506.01497, section 3.1.1: three sizes and
    three ratios make 9 anchors a place.

    Examples
    --------
    >>> anchors(1, 2, stride=16, sizes=[8], ratios=[1])
    array([[ 4.,  4., 12., 12.],
           [20.,  4., 28., 12.]])
    """
    rows, columns = integer("rows", rows, 1), integer("columns", columns, 1)
    stride = integer("stride", stride, 1)
    sizes, ratios = as_numbers("sizes", sizes, 1), as_numbers("ratios", ratios, 1)
    for name, values in (("sizes", sizes), ("ratios", ratios)):
        if (values <= 0).any():
            raise ValueError(f"{name} is {values.min():g} at the least, but must be above 0.")
    count = rows * columns * len(sizes) * len(ratios)
    if count > MOST_ANCHORS:
        raise ValueError(
            f"rows is {rows} and columns {columns}, which makes {count:,} anchors, but at most "
            f"{MOST_ANCHORS:,} are made."
        )
    y, x, size, ratio = np.meshgrid(
        (np.arange(rows) + 0.5) * stride, (np.arange(columns) + 0.5) * stride, sizes, ratios,
        indexing="ij",
    )  # fmt: skip
    wide, high = size / np.sqrt(ratio), size * np.sqrt(ratio)
    return to_corner(np.stack([x, y, wide, high], axis=-1).reshape(-1, 4))
