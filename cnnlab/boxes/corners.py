"""Boxes as rows of corners: reading them, their area, overlap, centres, and suppression."""

import numpy as np

from cnnlab.ops import as_numbers

__all__ = [
    "as_boxes",
    "as_row",
    "as_share",
    "box_area",
    "box_iou",
    "nms",
    "no_rows",
    "to_center",
    "to_corner",
]


def no_rows(value):
    """Whether a list or an array has no rows."""
    shape = getattr(value, "shape", None)
    return shape in ((0,), (0, 4)) if shape is not None else value in ([], ())


def as_boxes(name, value, positive=False):
    """Return boxes (N, 4) as floats, or say what is wrong with them; N may be 0."""
    if no_rows(value):
        return np.zeros((0, 4))
    boxes = as_numbers(name, value, 2).astype(float)
    if boxes.shape[1] != 4:
        raise ValueError(f"{name} has shape {boxes.shape}, but it must be (N, 4).")
    sizes = boxes[:, 2:] - boxes[:, :2]
    if (sizes < 0).any():
        row = int(np.argwhere(sizes < 0)[0, 0])
        raise ValueError(
            f"{name} has the row {boxes[row].tolist()}, but it must be x1, y1, x2, y2 with "
            "x1 <= x2 and y1 <= y2."
        )
    if positive and not sizes.all():
        raise ValueError(f"{name} has a box without width or height.")
    return boxes


def as_row(name, value, length):
    """Return numbers in a line, or say what is wrong with them; there may be none."""
    if no_rows(value) and length in (None, 0):
        return np.zeros(0)
    row = as_numbers(name, value, 1, None if length is None else (length,))
    return row.astype(float)  # of few bits, the negative of a score would wrap


def as_share(name, value):
    number = float(as_numbers(name, value, 0))
    if not 0 <= number <= 1:
        raise ValueError(f"{name} is {number:g}, but it must lie in 0 to 1.")
    return number


def box_area(boxes):
    """Areas of boxes.

    Parameters
    ----------
    boxes : array_like, shape (N, 4)

    Returns
    -------
    numpy.ndarray, shape (N,)

    Raises
    ------
    ValueError
        If a row is no box.

    Examples
    --------
    >>> box_area([[0, 0, 4, 2], [1, 1, 1, 5]])
    array([8., 0.])
    """
    boxes = as_boxes("boxes", boxes)
    return np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)


def box_iou(a, b):
    """Intersection over union of each box with each other.

    Parameters
    ----------
    a : array_like, shape (N, 4)
    b : array_like, shape (M, 4)

    Returns
    -------
    numpy.ndarray, shape (N, M)
        In [0, 1]; 0 for two boxes without any area.

    Raises
    ------
    ValueError
        If a row is no box.

    Examples
    --------
    >>> box_iou([[0, 0, 4, 4]], [[2, 0, 6, 4], [0, 0, 4, 4], [5, 5, 6, 6]]).round(3)
    array([[0.333, 1.   , 0.   ]])
    """
    a, b = as_boxes("a", a), as_boxes("b", b)
    upper = np.maximum(a[:, None, :2], b[None, :, :2])
    lower = np.minimum(a[:, None, 2:], b[None, :, 2:])
    # Boxes that do not meet have a negative length: two of them must not make an area.
    common = np.prod(np.maximum(lower - upper, 0), axis=2)
    union = box_area(a)[:, None] + box_area(b) - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)


def to_center(boxes):
    """Boxes as (centre x, centre y, width, height).

    Parameters
    ----------
    boxes : array_like, shape (N, 4)

    Returns
    -------
    numpy.ndarray, shape (N, 4)

    Raises
    ------
    ValueError
        If a row is no box.

    Examples
    --------
    >>> to_center([[0, 2, 4, 8]])
    array([[2., 5., 4., 6.]])
    """
    boxes = as_boxes("boxes", boxes)
    return np.hstack([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]])


def to_corner(boxes):
    """Boxes (centre x, centre y, width, height) as (x1, y1, x2, y2).

    Parameters
    ----------
    boxes : array_like, shape (N, 4)
        Widths and heights are at least 0.

    Returns
    -------
    numpy.ndarray, shape (N, 4)

    Raises
    ------
    ValueError
        If a width or height is negative.

    Examples
    --------
    >>> to_corner([[2, 5, 4, 6]])
    array([[0., 2., 4., 8.]])
    """
    if no_rows(boxes):
        return np.zeros((0, 4))
    boxes = as_numbers("boxes", boxes, 2).astype(float)
    if boxes.shape[1] != 4 or (boxes[:, 2:] < 0).any():
        raise ValueError(
            f"boxes has shape {boxes.shape}, but each row must be centre x, centre y, width and "
            "height, the last two at least 0."
        )
    half = boxes[:, 2:] / 2
    return np.hstack([boxes[:, :2] - half, boxes[:, :2] + half])


def nms(boxes, scores, threshold):
    """Non-maximum suppression: of boxes that overlap much, keep the one with the best score.

    Parameters
    ----------
    boxes : array_like, shape (N, 4)
        All of one class.
    scores : array_like, shape (N,)
    threshold : float
        Boxes whose IoU with a kept one is *above* it are removed.

    Returns
    -------
    numpy.ndarray of int
        Which boxes are kept, the best first; of equal scores the earlier one.

    Raises
    ------
    ValueError
        If a row is no box, there is another number of scores, or the threshold is
        outside [0, 1].

    Examples
    --------
    >>> nms([[0, 0, 4, 4], [1, 0, 5, 4], [9, 9, 12, 12]], [0.8, 0.9, 0.3], 0.5)
    array([1, 2])
    """
    boxes = as_boxes("boxes", boxes)
    scores = as_row("scores", scores, len(boxes))
    threshold = as_share("threshold", threshold)
    left, kept = list(np.argsort(-scores, kind="stable")), []
    while left:
        best, *others = left
        kept.append(int(best))
        overlap = box_iou(boxes[best][None], boxes[others])[0]
        left = [other for other, iou in zip(others, overlap, strict=True) if iou <= threshold]
    return np.array(kept, dtype=int)
