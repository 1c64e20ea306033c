"""Network in network: small networks that slide, and no fully connected layer."""

from torch import nn

from cnnlab.models.making import class_count

__all__ = ["network_in_network"]


def _block(channels, window, filters, middle, out):
    """A convolution, and two 1 x 1 convolutions: a small MLP at every place."""
    return [
        nn.Conv2d(channels, filters, window, padding=window // 2), nn.ReLU(),
        nn.Conv2d(filters, middle, 1), nn.ReLU(),
        nn.Conv2d(middle, out, 1), nn.ReLU(),
    ]  # fmt: skip


def network_in_network(classes=10):
    """Network in network for images of 32 x 32 (CIFAR-10); 966,986 parameters.

    Parameters
    ----------
    classes : int
        Also the number of maps of the last layer, each averaged to one score.

    Returns
    -------
    torch.nn.Sequential

    References
    ----------
    Lin, Chen and Yan, 2013, "Network in network", arXiv:1312.4400; the sizes are
    those of the authors' CIFAR-10 model.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in network_in_network().parameters())
    966986
    """
    classes = class_count(classes)
    return nn.Sequential(
        *_block(3, 5, 192, 160, 96), nn.MaxPool2d(3, 2, padding=1), nn.Dropout(),
        *_block(96, 5, 192, 192, 192), nn.AvgPool2d(3, 2, padding=1), nn.Dropout(),
        *_block(192, 3, 192, 192, classes), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip
