"""Scores of a segmentation: how many pixels of each class were called what."""

from typing import NamedTuple

import numpy as np

from cnnlab.arguments import integer
from cnnlab.ops import as_numbers

__all__ = ["Scores", "confusion", "scores"]


class Scores(NamedTuple):
    """What a confusion says, in four numbers and a row.

    Attributes
    ----------
    pixel_accuracy : float
        Share of all pixels that are right; a large class decides it.
    mean_accuracy : float
        The mean over classes of the share of their pixels that are right.
    iou : numpy.ndarray, shape (K,)
        For each class: right pixels over those that are it or are called it; nan for
        a class that occurs neither here nor there.
    mean_iou : float
        The mean of `iou` over the classes that occur.
    """

    pixel_accuracy: float
    mean_accuracy: float
    iou: np.ndarray
    mean_iou: float


def confusion(truth, prediction, classes):
    """Count pixels by what they are and what they were called.

    Parameters
    ----------
    truth, prediction : array_like of int, shape (...)
        Classes from 0 on, of the same shape.
    classes : int

    Returns
    -------
    numpy.ndarray of int, shape (classes, classes)
        Row: what it is. Column: what it was called.

    Raises
    ------
    ValueError
        If the shapes differ, or a number is no class.

    Examples
    --------
    >>> confusion([[0, 0], [1, 1]], [[0, 1], [1, 1]], classes=2)
    array([[1, 1],
           [0, 2]])
    """
    classes = integer("classes", classes, 1, 10_000)
    maps = {}
    for name, value in (("truth", truth), ("prediction", prediction)):
        maps[name] = as_numbers(name, value, (1, 2, 3, 4))
        low, high = maps[name].min(), maps[name].max()
        if maps[name].dtype.kind not in "iu" or low < 0 or high >= classes:
            raise ValueError(
                f"{name} holds {maps[name].dtype} from {low} to {high}, but it must hold whole "
                f"numbers from 0 to {classes - 1}, the classes."
            )
    if maps["truth"].shape != maps["prediction"].shape:
        raise ValueError(
            f"truth has shape {maps['truth'].shape} and prediction {maps['prediction'].shape}, but "
            "they must be alike."
        )
    pairs = maps["truth"].astype(np.int64) * classes + maps["prediction"].astype(np.int64)
    return np.bincount(pairs.ravel(), minlength=classes**2).reshape(classes, classes)


def scores(confusion):
    """The scores of a segmentation.

    Parameters
    ----------
    confusion : array_like of int, shape (K, K)
        As :func:`confusion` counts.

    Returns
    -------
    Scores

    Raises
    ------
    ValueError
        If it is no square table of counts.

    References
    ----------
    Long, Shelhamer and Darrell, 2015, arXiv:1411.4038, section 5.

    Examples
    --------
    >>> found = scores([[90, 0], [10, 0]])
    >>> found.pixel_accuracy, found.mean_accuracy, round(found.mean_iou, 3)
    (0.9, 0.5, 0.45)
    """
    table = as_numbers("confusion", confusion, 2)
    whole = (table == np.round(table)).all()
    if table.shape[0] != table.shape[1] or (table < 0).any() or not whole or not table.sum():
        raise ValueError(
            f"confusion has shape {table.shape}, but it must be a square table of counts that are "
            "not all 0."
        )
    right, are, called = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    either = are + called - right
    iou = np.divide(right, either, out=np.full(len(table), np.nan), where=either > 0)
    return Scores(
        float(right.sum() / table.sum()),
        float(np.mean(right[are > 0] / are[are > 0])),
        iou,
        float(np.nanmean(iou)),
    )
