"""DenseNet: each layer sees the maps of all layers before it in its block."""

import torch
from torch import nn

from cnnlab.arguments import integer
from cnnlab.models.making import class_count

__all__ = ["DenseLayer", "densenet121"]


class DenseLayer(nn.Module):
    """BN, ReLU, 1 x 1; BN, ReLU, 3 x 3; the new maps are put beside the old ones.

    Parameters
    ----------
    channels : int
        Of the input.
    growth : int
        New maps.

    Examples
    --------
    >>> DenseLayer(64, 32)(torch.zeros(1, 64, 56, 56)).shape
    torch.Size([1, 96, 56, 56])
    """

    def __init__(self, channels, growth):
        super().__init__()
        self.new = nn.Sequential(
            nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, 4 * growth, 1, bias=False),
            nn.BatchNorm2d(4 * growth), nn.ReLU(),
            nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
        )  # fmt: skip

    def forward(self, x):
        return torch.cat([x, self.new(x)], dim=1)


def _transition(channels):
    """Half the channels, half the rows and columns."""
    return nn.Sequential(
        nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels // 2, 1, bias=False),
        nn.AvgPool2d(2),
    )  # fmt: skip


def densenet121(classes=1000, growth=32, blocks=(6, 12, 24, 16)):
    """DenseNet-121 for images of 224 x 224; 7,978,856 parameters.

    Parameters
    ----------
    classes, growth : int
    blocks : tuple of int
        Dense layers in each block.

    Returns
    -------
    torch.nn.Sequential

    References
    ----------
    Huang, Liu, van der Maaten and Weinberger, 2016, "Densely connected convolutional
    networks", arXiv:1608.06993, table 1.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in densenet121().parameters())
    7978856
    """
    classes, growth = class_count(classes), integer("growth", growth, 1, 512)
    channels = 2 * growth
    layers = [nn.Conv2d(3, channels, 7, 2, 3, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
              nn.MaxPool2d(3, 2, padding=1)]  # fmt: skip
    for place, count in enumerate(blocks):
        dense = [DenseLayer(channels + growth * number, growth) for number in range(count)]
        layers.append(nn.Sequential(*dense))
        channels += growth * count
        if place < len(blocks) - 1:
            layers.append(_transition(channels))
            channels //= 2
    return nn.Sequential(
        *layers, nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(channels, classes),
    )  # fmt: skip
