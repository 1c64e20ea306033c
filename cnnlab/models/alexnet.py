"""AlexNet: the ImageNet network of 2012, in the three forms that one meets."""

from torch import nn

from cnnlab.arguments import one_of
from cnnlab.models.making import class_count

__all__ = ["alexnet"]

# Filters of the five convolutions, groups of the second, fourth and fifth, padding of the first.
FORMS = {
    "torchvision": ((64, 192, 384, 256, 256), 1, 2),
    "paper": ((96, 256, 384, 384, 256), 2, 0),
    "handout": ((96, 256, 384, 384, 256), 1, 0),
}


def alexnet(classes=1000, variant="torchvision"):
    """AlexNet.

    Parameters
    ----------
    classes : int
    variant : {"torchvision", "paper", "handout"}
        "torchvision": today's usual one, a single column with fewer filters, for
        224 x 224 pixels; 61,100,840 parameters. "paper": half of the filters of
        three layers see half of the maps, as on two graphics cards, for 227 x 227;
        60,965,224. "handout": the same without the halves; 62,378,344.

    Returns
    -------
    torch.nn.Sequential

    Raises
    ------
    ValueError
        If the variant is unknown.

    References
    ----------
    Krizhevsky, Sutskever and Hinton, 2012, "ImageNet classification with deep
    convolutional neural networks". The single column: Krizhevsky, 2014,
    arXiv:1404.5997.

    Examples
    --------
    >>> import torch
    >>> with torch.device("meta"):  # shapes only, no memory
    ...     model = alexnet(variant="handout")
    >>> sum(parameter.numel() for parameter in model.parameters())
    62378344
    """
    classes = class_count(classes)
    one_of("variant", variant, FORMS)
    (one, two, three, four, five), halves, padding = FORMS[variant]
    contrast = [] if variant == "torchvision" else [nn.LocalResponseNorm(5, 1e-4, 0.75, 2)]
    return nn.Sequential(
        nn.Conv2d(3, one, 11, stride=4, padding=padding), nn.ReLU(), *contrast,
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(one, two, 5, padding=2, groups=halves), nn.ReLU(), *contrast,
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(two, three, 3, padding=1), nn.ReLU(),
        nn.Conv2d(three, four, 3, padding=1, groups=halves), nn.ReLU(),
        nn.Conv2d(four, five, 3, padding=1, groups=halves), nn.ReLU(),
        nn.MaxPool2d(3, stride=2), nn.Flatten(),
        nn.Dropout(), nn.Linear(five * 6 * 6, 4096), nn.ReLU(),
        nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(),
        nn.Linear(4096, classes),
    )  # fmt: skip
