"""Boxes on a grid, as a one-pass detector predicts them: one for each cell with a centre."""

import numpy as np

from cnnlab.arguments import integer, number
from cnnlab.boxes.corners import as_boxes, as_row, to_center, to_corner
from cnnlab.ops import as_numbers

__all__ = ["grid_boxes", "grid_targets", "responsible_cells"]

NUMBERS = 5  # whether a digit's centre is here, x, y, width, height


def responsible_cells(boxes, stride):
    """The cell of a grid that has the centre of each box.

    Parameters
    ----------
    boxes : array_like, shape (N, 4)
    stride : float
        Pixels of a cell's side.

    Returns
    -------
    numpy.ndarray, shape (N, 2)
        (row, column) of each.

    Raises
    ------
    ValueError
        If a row is no box or `stride` is not above 0.

    References
    ----------
    Redmon, Divvala, Girshick and Farhadi, 2016, "You only look once",
    arXiv:1506.02640, section 2.

    Examples
    --------
    >>> responsible_cells([[10, 2, 30, 8]], stride=8)
    array([[0, 2]])
    """
    stride = number("stride", stride, above=0)
    centers = to_center(as_boxes("boxes", boxes))[:, :2]
    return np.floor(centers[:, ::-1] / stride).astype(int)


def grid_targets(boxes, labels, cells, stride):
    """What a one-pass detector shall predict for a picture.

    Parameters
    ----------
    boxes : array_like, shape (N, 4)
        The true boxes; the centre of each lies on the grid. If two centres lie in one
        cell, the later box takes it.
    labels : array_like of int, shape (N,)
    cells : int
        Rows and columns of the grid.
    stride : float
        Pixels of a cell's side.

    Returns
    -------
    numpy.ndarray, shape (6, cells, cells)
        1 where a centre lies; where in the cell it lies, x and y in [0, 1]; width and
        height as shares of the picture; the label. All are 0 in other cells.

    Raises
    ------
    ValueError
        If the shapes do not go together or a centre is not on the grid.

    Examples
    --------
    >>> grid_targets([[8, 8, 24, 16]], [3], cells=4, stride=8)[:, 1, 2].tolist()
    [1.0, 0.0, 0.5, 0.5, 0.25, 3.0]
    """
    boxes = as_boxes("boxes", boxes)
    labels = as_row("labels", labels, len(boxes))
    cells = integer("cells", cells, 1, 1000)
    if (labels < 0).any() or (labels != labels.round()).any():
        raise ValueError("labels must hold whole numbers from 0 on.")
    target = np.zeros((NUMBERS + 1, cells, cells))
    places = responsible_cells(boxes, stride)
    if len(places) and not ((places >= 0) & (places < cells)).all():
        row = int(np.argwhere((places < 0) | (places >= cells))[0, 0])
        raise ValueError(
            f"boxes has the row {boxes[row].tolist()}, whose centre is not on the grid of "
            f"{cells} x {cells} cells of {stride} pixels."
        )
    shares = to_center(boxes) / stride
    for (row, column), (x, y, width, height), label in zip(places, shares, labels, strict=True):
        here = 1, x - column, y - row, width / cells, height / cells, label
        target[:, row, column] = here
    return target


def grid_boxes(output, stride):
    """The boxes that a one-pass detector's numbers stand for, one of each cell.

    Parameters
    ----------
    output : array_like, shape (5 + classes, R, C)
        For each cell, before any squashing: whether a centre lies here, x, y, width,
        height, and a score for each class.
    stride : float
        Pixels of a cell's side.

    Returns
    -------
    boxes : numpy.ndarray, shape (R * C, 4)
        Row by row.
    scores : numpy.ndarray, shape (R * C,)
        The chance of a centre times that of the likeliest class.
    labels : numpy.ndarray, shape (R * C,)
        The likeliest class.

    Raises
    ------
    ValueError
        If the shape or a number is none of these.

    Examples
    --------
    >>> output = np.zeros((5 + 2, 1, 1))
    >>> boxes, scores, labels = grid_boxes(output, stride=8)
    >>> boxes.tolist(), scores.tolist(), labels.tolist()
    ([[2.0, 2.0, 6.0, 6.0]], [0.25], [0])
    """
    output = as_numbers("output", output, 3).astype(float)
    stride = number("stride", stride, above=0)
    if len(output) <= NUMBERS:
        raise ValueError(
            f"output has shape {output.shape}, but it must be (5 + classes, R, C) with at least "
            "1 class."
        )
    rows, columns = output.shape[1:]
    here, x, y, width, height = _squashed(output[:NUMBERS])
    classes = np.exp(output[NUMBERS:] - output[NUMBERS:].max(axis=0))
    classes /= classes.sum(axis=0)
    row, column = np.indices((rows, columns))
    centers = np.stack([column + x, row + y, width * columns, height * rows], axis=-1)
    scores = here * classes.max(axis=0)
    boxes = to_corner(stride * centers.reshape(-1, 4))
    return boxes, scores.ravel(), classes.argmax(axis=0).ravel()


def _squashed(numbers):
    """The logistic function, without overflow."""
    return 1 / (1 + np.exp(-np.clip(numbers, -500, 500)))
