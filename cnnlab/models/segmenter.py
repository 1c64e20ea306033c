"""A small fully convolutional network that gives each pixel a class."""

import torch
from torch import nn

from cnnlab.arguments import integer
from cnnlab.models.making import with_weights
from cnnlab.ops import bilinear_kernel

__all__ = ["Segmenter", "block", "digit_segmenter"]

MOST_CLASSES = 1000  # the enlarging layers join each class with each


class Segmenter(nn.Module):
    """Down to an eighth, one class score for each cell there, and up again, with a skip.

    No layer is fully connected, so pictures of any size go in whose sides are multiples
    of 8, and scores of that size come out.

    Parameters
    ----------
    classes : int
        The background included.
    width : int
        Channels of the first layer.

    References
    ----------
    Long, Shelhamer and Darrell, 2015, "Fully convolutional networks for semantic
    segmentation", arXiv:1411.4038.

    Examples
    --------
    >>> Segmenter(classes=11)(torch.zeros(1, 1, 64, 96)).shape
    torch.Size([1, 11, 64, 96])
    """

    def __init__(self, classes, width=16):
        super().__init__()
        self.fine = nn.Sequential(  # a half, where strokes still have their edges
            block(1, width), nn.MaxPool2d(2), block(width, 2 * width)
        )
        self.coarse = nn.Sequential(  # an eighth, where a cell sees a whole digit
            nn.MaxPool2d(2), block(2 * width, 3 * width),
            nn.MaxPool2d(2), block(3 * width, 4 * width), block(4 * width, 4 * width),
        )  # fmt: skip
        self.score = nn.Conv2d(4 * width, classes, 1)
        self.skip = nn.Conv2d(2 * width, classes, 1)
        self.up4 = _enlarge(classes, 4)
        self.up2 = _enlarge(classes, 2)

    def forward(self, x):
        """Images (N, 1, H, W) to scores (N, classes, H, W)."""
        fine = self.fine(x)
        what = self.up4(self.score(self.coarse(fine)))
        return self.up2(what + self.skip(fine))


def block(channels, filters):
    """A 3 x 3 convolution that keeps the size, batch normalization and ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU()
    )


def _enlarge(channels, factor):
    """A transposed convolution that begins as a bilinear enlargement of each channel."""
    layer = nn.ConvTranspose2d(
        channels, channels, 2 * factor, stride=factor, padding=factor // 2, bias=False
    )
    weight = torch.zeros_like(layer.weight)
    weight[range(channels), range(channels)] = torch.tensor(
        bilinear_kernel(2 * factor), dtype=weight.dtype
    )
    layer.weight = nn.Parameter(weight)
    return layer


def digit_segmenter(trained=False, classes=11):
    """A segmenter for pictures of :func:`cnnlab.data.scattered_digits`.

    94,294 parameters. Class 0 is the background, class 1 + n the digit n.

    Parameters
    ----------
    trained : bool
        With the weights that come with the course: trained on scattered digits by
        ``python -m tools.pretrain segmenter``.
    classes : int
        Untrained, for classes of your own.

    Returns
    -------
    Segmenter
        From (N, 1, H, W) to scores (N, classes, H, W), H and W multiples of 8.

    Raises
    ------
    ValueError
        If `classes` is out of its range, or is not 11 where trained weights are asked for.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in digit_segmenter().parameters())
    94294
    """
    model = Segmenter(integer("classes", classes, 1, MOST_CLASSES))
    if trained:
        if classes != 11:
            raise ValueError(f"classes is {classes}, but the trained weights have 11.")
        with_weights(model, "segmenter")
    return model
