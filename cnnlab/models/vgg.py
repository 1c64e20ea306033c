"""VGG: 3 x 3 convolutions, again and again."""

from torch import nn

from cnnlab.models.making import class_count, named

__all__ = ["vgg11", "vgg13", "vgg16", "vgg19"]

# 3 x 3 convolutions before each of the five poolings.
STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
FILTERS = (64, 128, 256, 512, 512)


def _vgg(depth, classes=1000):
    """VGG with `depth` layers that learn, for images of 224 x 224.

    All convolutions are 3 x 3 with padding 1, all poolings 2 x 2 with stride 2. No
    batch normalization, as in the paper.

    Parameters
    ----------
    classes : int

    Returns
    -------
    torch.nn.Sequential

    References
    ----------
    Simonyan and Zisserman, 2014, "Very deep convolutional networks for large-scale
    image recognition", arXiv:1409.1556, table 1.
    """
    classes = class_count(classes)
    layers, channels = [], 3
    for count, filters in zip(STAGES[depth], FILTERS, strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    layers += [nn.Flatten(), nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout()]
    layers += [nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, classes)]
    return nn.Sequential(*layers)


vgg11, vgg13, vgg16, vgg19 = (named(_vgg, depth) for depth in STAGES)
