"""Boxes around things: overlap, suppression, anchors, regions of a map, average precision.

A box is a row (x1, y1, x2, y2): its left, upper, right and lower side, in pixels from
the upper left corner of the image. x2 - x1 is its width.
"""

from math import floor

import numpy as np

from cnnlab.arguments import integer, one_of, pair
from cnnlab.ops import as_numbers

__all__ = [
    "anchors",
    "average_precision",
    "box_area",
    "box_iou",
    "decode",
    "encode",
    "match_detections",
    "nms",
    "region_bins",
    "roi_align",
    "roi_pool",
    "to_center",
    "to_corner",
]

MOST_ANCHORS = 1_000_000


def _none(value):
    """Whether a list or an array has no rows."""
    shape = getattr(value, "shape", None)
    return shape in ((0,), (0, 4)) if shape is not None else value in ([], ())


def _boxes(name, value, positive=False):
    """Return boxes (N, 4) as floats, or say what is wrong with them; N may be 0."""
    if _none(value):
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


def _row(name, value, length):
    """Return numbers in a line, or say what is wrong with them; there may be none."""
    if _none(value) and length in (None, 0):
        return np.zeros(0)
    return as_numbers(name, value, 1, None if length is None else (length,))


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
    boxes = _boxes("boxes", boxes)
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
    a, b = _boxes("a", a), _boxes("b", b)
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
    boxes = _boxes("boxes", boxes)
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
    if _none(boxes):
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
    boxes = _boxes("boxes", boxes)
    scores = _row("scores", scores, len(boxes))
    threshold = _share("threshold", threshold)
    left, kept = list(np.argsort(-scores, kind="stable")), []
    while left:
        best, *others = left
        kept.append(int(best))
        overlap = box_iou(boxes[best][None], boxes[others])[0]
        left = [other for other, iou in zip(others, overlap, strict=True) if iou <= threshold]
    return np.array(kept, dtype=int)


def _share(name, value):
    number = float(as_numbers(name, value, 0))
    if not 0 <= number <= 1:
        raise ValueError(f"{name} is {number:g}, but it must lie in 0 to 1.")
    return number


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
    anchors, boxes = _boxes("anchors", anchors, True), _boxes("boxes", boxes, True)
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
    anchors = _boxes("anchors", anchors, True)
    if _none(offsets):
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
    counts = _bins(size)
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
    (box,) = _boxes("box", np.reshape(as_numbers("box", box, 1, (4,)), (1, 4)))
    scale = float(as_numbers("scale", scale, 0))
    if scale <= 0:
        raise ValueError(f"scale is {scale:g}, but it must be above 0.")
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


def match_detections(boxes, scores, truth, threshold=0.5):
    """Which detections hit: each true box counts once, for the best score first.

    Parameters
    ----------
    boxes : array_like, shape (N, 4)
        Found in one image, of one class.
    scores : array_like, shape (N,)
    truth : array_like, shape (M, 4)
    threshold : float
        The IoU from which on a box hits.

    Returns
    -------
    numpy.ndarray of bool, shape (N,)
        In the order of `boxes`.

    Raises
    ------
    ValueError
        If a row is no box or there is another number of scores.

    References
    ----------
    Everingham and others, 2010, "The PASCAL Visual Object Classes (VOC) challenge",
    section 4.2.

    Examples
    --------
    >>> match_detections([[0, 0, 4, 4], [0, 0, 4, 5]], [0.5, 0.9], [[0, 0, 4, 4]])
    array([False,  True])
    """
    boxes, truth = _boxes("boxes", boxes), _boxes("truth", truth)
    scores = _row("scores", scores, len(boxes))
    threshold = _share("threshold", threshold)
    overlap, hits, taken = box_iou(boxes, truth), np.zeros(len(boxes), dtype=bool), set()
    for place in np.argsort(-scores, kind="stable"):
        if not len(truth):
            break
        # The box that it overlaps most, be it taken or not: a second one is a mistake.
        best = int(overlap[place].argmax())
        if overlap[place, best] >= threshold and best not in taken:
            taken.add(best)
            hits[place] = True
    return hits


def average_precision(hits, positives, method="all"):
    """The area under the falling envelope of the precision-recall curve.

    Parameters
    ----------
    hits : array_like of bool, shape (N,)
        The detections of all images, the best score first.
    positives : int
        True boxes in all images.
    method : {"all", "11", "101"}
        Every step of the curve (VOC from 2010 on), or the mean of the envelope at 11
        (VOC until 2009) or at 101 (COCO) values of the recall.

    Returns
    -------
    float
        In [0, 1]; 0 if nothing was found.

    Raises
    ------
    ValueError
        If `hits` holds anything but 0 and 1 or more hits than there are positives.

    References
    ----------
    Everingham and others, 2010, section 4.2; Lin and others, 2014, arXiv:1405.0312.

    Examples
    --------
    >>> round(average_precision([1, 0, 1], positives=2), 4)
    0.8333
    """
    hits = _row("hits", hits, None)
    positives = integer("positives", positives, 1)
    one_of("method", method, ("all", "11", "101"))
    if not np.isin(hits, (0, 1)).all():
        raise ValueError("hits holds other numbers than 0 and 1.")
    if hits.sum() > positives:
        raise ValueError(
            f"positives is {positives}, but it must be at least {int(hits.sum())}, the hits."
        )
    if not len(hits):
        return 0.0
    found = np.cumsum(hits)
    recall, precision = found / positives, found / np.arange(1, len(hits) + 1)
    # At each recall the best precision from there on: the curve itself goes up and down.
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    if method == "all":
        return float(np.sum(np.diff(recall, prepend=0) * envelope))
    wanted = np.linspace(0, 1, int(method))
    place = np.searchsorted(recall, wanted - 1e-12)
    return float(np.mean(np.append(envelope, 0)[place]))
