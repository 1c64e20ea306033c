"""A small detector that looks once: every cell of a grid says what has its centre there."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from cnnlab.boxes.grid import NUMBERS
from cnnlab.models.making import class_count, with_weights
from cnnlab.models.segmenter import block

__all__ = ["GridDetector", "detection_loss", "grid_detector"]


class GridDetector(nn.Module):
    """Convolutions down to an eighth, then 5 + classes numbers for each cell, in one pass.

    Parameters
    ----------
    classes : int
    width : int
        Channels of the first layer.

    References
    ----------
    Redmon, Divvala, Girshick and Farhadi, 2016, "You only look once",
    arXiv:1506.02640. Here a cell predicts one box, all convolutions keep the grid,
    and the losses are cross-entropies.

    Examples
    --------
    >>> GridDetector(classes=10)(torch.zeros(1, 1, 64, 64)).shape
    torch.Size([1, 15, 8, 8])
    """

    def __init__(self, classes, width=16):
        super().__init__()
        self.body = nn.Sequential(
            block(1, width), nn.MaxPool2d(2), block(width, 2 * width), nn.MaxPool2d(2),
            block(2 * width, 4 * width), nn.MaxPool2d(2),
            block(4 * width, 6 * width), block(6 * width, 6 * width),
        )  # fmt: skip
        self.head = nn.Conv2d(6 * width, NUMBERS + classes, 1)

    def forward(self, x):
        """Images (N, 1, H, W) to numbers (N, 5 + classes, H / 8, W / 8), not yet squashed."""
        return self.head(self.body(x))


def detection_loss(output, target):
    """How far a grid's numbers are from the truth.

    Every cell answers whether a centre lies in it; only cells with one answer for the
    box and the class.

    Parameters
    ----------
    output : torch.Tensor, shape (N, 5 + classes, R, C)
    target : torch.Tensor, shape (N, 6, R, C)
        As :func:`cnnlab.boxes.grid_targets` makes it.

    Returns
    -------
    torch.Tensor
        One number.

    Examples
    --------
    >>> detection_loss(torch.zeros(1, 15, 8, 8), torch.zeros(1, 6, 8, 8)).item() > 0
    True
    """
    here = target[:, 0] > 0
    found = binary_cross_entropy_with_logits(output[:, 0], target[:, 0], reduction="sum")
    cells, truth = output.movedim(1, -1)[here], target.movedim(1, -1)[here]
    # Squashed to (0, 1) like the truth; a centre or a size may lie anywhere in it.
    place = (torch.sigmoid(cells[:, 1:NUMBERS]) - truth[:, 1:NUMBERS]).abs().sum()
    kind = cross_entropy(cells[:, NUMBERS:], truth[:, NUMBERS].long(), reduction="sum")
    return (found + 5 * place + kind) / max(len(truth), 1)


def grid_detector(trained=False, classes=10):
    """A detector for pictures of :func:`cnnlab.data.scattered_digits`.

    Parameters
    ----------
    trained : bool
        With the weights that come with the course: trained on scattered digits by
        ``python -m tools.pretrain detector``.
    classes : int
        Untrained, for classes of your own.

    Returns
    -------
    GridDetector
        From (N, 1, 64, 64) to (N, 5 + classes, 8, 8); :func:`cnnlab.boxes.grid_boxes`
        reads them with a stride of 8.

    Raises
    ------
    ValueError
        If `classes` is out of its range, or is not 10 where trained weights are asked for.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in grid_detector().parameters())
    163487
    """
    model = GridDetector(class_count(classes))
    if trained:
        if classes != 10:
            raise ValueError(f"classes is {classes}, but the trained weights have 10.")
        with_weights(model, "detector")
    return model
