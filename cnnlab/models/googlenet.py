"""GoogLeNet: four branches side by side, and 1 x 1 convolutions before the costly ones."""

import torch
from torch import nn

from cnnlab.models.making import class_count

__all__ = ["Inception", "googlenet"]


def _conv(channels, filters, kernel, **options):
    return nn.Sequential(
        nn.Conv2d(channels, filters, kernel, bias=False, **options),
        nn.BatchNorm2d(filters),
        nn.ReLU(),
    )


class Inception(nn.Module):
    """Four branches on the same input, their maps concatenated.

    Parameters
    ----------
    channels : int
        Of the input.
    one : int
        Filters of the 1 x 1 branch.
    three : (int, int)
        1 x 1 filters that reduce, then 3 x 3 filters.
    five : (int, int)
        1 x 1 filters that reduce, then 5 x 5 filters.
    pooled : int
        1 x 1 filters behind a 3 x 3 max pooling.

    Examples
    --------
    >>> Inception(192, 64, (96, 128), (16, 32), 32)(torch.zeros(1, 192, 28, 28)).shape
    torch.Size([1, 256, 28, 28])
    """

    def __init__(self, channels, one, three, five, pooled):
        super().__init__()
        self.one = _conv(channels, one, 1)
        self.three = nn.Sequential(
            _conv(channels, three[0], 1), _conv(three[0], three[1], 3, padding=1)
        )
        self.five = nn.Sequential(
            _conv(channels, five[0], 1), _conv(five[0], five[1], 5, padding=2)
        )
        self.pooled = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), _conv(channels, pooled, 1)
        )

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pooled(x)], dim=1)


def googlenet(classes=1000):
    """GoogLeNet (Inception v1) for images of 224 x 224.

    With real 5 x 5 convolutions as in the paper (torchvision's has 3 x 3 there),
    batch normalization in place of local response normalization and biases, and
    without the two auxiliary heads; 7,005,832 parameters. With a bias a filter, as
    in the paper, there would be 6,998,552.

    Parameters
    ----------
    classes : int

    Returns
    -------
    torch.nn.Sequential

    References
    ----------
    Szegedy and others, 2014, "Going deeper with convolutions", arXiv:1409.4842,
    table 1.

    Examples
    --------
    >>> with torch.device("meta"):  # shapes only, no memory
    ...     model = googlenet()
    >>> sum(parameter.numel() for parameter in model.parameters())
    7005832
    """
    classes = class_count(classes)

    def pool():
        return nn.MaxPool2d(3, stride=2, ceil_mode=True)

    return nn.Sequential(
        _conv(3, 64, 7, stride=2, padding=3), pool(),
        _conv(64, 64, 1), _conv(64, 192, 3, padding=1), pool(),
        Inception(192, 64, (96, 128), (16, 32), 32),
        Inception(256, 128, (128, 192), (32, 96), 64), pool(),
        Inception(480, 192, (96, 208), (16, 48), 64),
        Inception(512, 160, (112, 224), (24, 64), 64),
        Inception(512, 128, (128, 256), (24, 64), 64),
        Inception(512, 112, (144, 288), (32, 64), 64),
        Inception(528, 256, (160, 320), (32, 128), 128), pool(),
        Inception(832, 256, (160, 320), (32, 128), 128),
        Inception(832, 384, (192, 384), (48, 128), 128),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.4), nn.Linear(1024, classes),
    )  # fmt: skip
