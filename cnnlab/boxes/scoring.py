"""How good detections are: matches, precision and recall."""

import numpy as np

from cnnlab.arguments import integer, one_of
from cnnlab.boxes.corners import as_boxes, as_row, as_share, box_iou

__all__ = ["average_precision", "match_detections", "precision_recall"]


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
    boxes, truth = as_boxes("boxes", boxes), as_boxes("truth", truth)
    scores = as_row("scores", scores, len(boxes))
    threshold = as_share("threshold", threshold)
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


def precision_recall(hits, positives):
    """How recall and precision go on as more and more detections are believed.

    Parameters
    ----------
    hits : array_like of bool, shape (N,)
        The detections of all images, the best score first.
    positives : int
        True boxes in all images.

    Returns
    -------
    recall, precision, envelope : numpy.ndarray, shape (N,)
        After each detection: the share of the true boxes that was found, the share of
        the detections that are right, and the best precision from there on.

    Raises
    ------
    ValueError
        If `hits` holds anything but 0 and 1 or more hits than there are positives.

    References
    ----------
    Everingham and others, 2010, "The PASCAL visual object classes challenge", section 4.2,
    doi:10.1007/s11263-009-0275-4.

    Examples
    --------
    >>> recall, precision, envelope = precision_recall([0, 1, 1, 0], positives=2)
    >>> recall.tolist(), precision.round(2).tolist(), envelope.round(2).tolist()
    ([0.0, 0.5, 1.0, 1.0], [0.0, 0.5, 0.67, 0.5], [0.67, 0.67, 0.67, 0.5])
    """
    hits = as_row("hits", hits, None)
    positives = integer("positives", positives, 1)
    if not np.isin(hits, (0, 1)).all():
        raise ValueError("hits holds other numbers than 0 and 1.")
    if hits.sum() > positives:
        raise ValueError(
            f"positives is {positives}, but it must be at least {int(hits.sum())}, the hits."
        )
    found = np.cumsum(hits)
    recall, precision = found / positives, found / np.arange(1, len(hits) + 1)
    # At each recall the best precision from there on: the curve itself goes up and down.
    return recall, precision, np.maximum.accumulate(precision[::-1])[::-1]


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
    one_of("method", method, ("all", "11", "101"))
    recall, _, envelope = precision_recall(hits, positives)
    if not len(recall):
        return 0.0
    if method == "all":
        return float(np.sum(np.diff(recall, prepend=0) * envelope))
    wanted = np.linspace(0, 1, int(method))
    place = np.searchsorted(recall, wanted - 1e-12)
    return float(np.mean(np.append(envelope, 0)[place]))
