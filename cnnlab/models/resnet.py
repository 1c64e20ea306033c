"""ResNet: each block adds to what it was given."""

from torch import nn
from torch.nn.functional import pad, relu

from cnnlab.arguments import integer
from cnnlab.models.making import class_count, named

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnet_cifar",
]


def _conv(channels, filters, kernel, stride=1):
    """A convolution that keeps the size, or divides it by the stride; BN has the bias."""
    return nn.Conv2d(channels, filters, kernel, stride, kernel // 2, bias=False)


def _projection(channels, filters, stride):
    """The shortcut: nothing if the shapes agree, else a 1 x 1 convolution."""
    if channels == filters and stride == 1:
        return nn.Identity()
    return nn.Sequential(_conv(channels, filters, 1, stride), nn.BatchNorm2d(filters))


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and the skip: relu(F(x) + x).

    Parameters
    ----------
    channels : int
    filters : int
        Output channels; also those between.
    stride : int
        Of the first convolution.

    Examples
    --------
    >>> import torch
    >>> BasicBlock(64, 128, stride=2)(torch.zeros(1, 64, 56, 56)).shape
    torch.Size([1, 128, 28, 28])
    """

    widening = 1

    def __init__(self, channels, filters, stride=1):
        super().__init__()
        self.conv1 = _conv(channels, filters, 3, stride)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = _conv(filters, filters, 3)
        self.bn2 = nn.BatchNorm2d(filters)
        self.shortcut = _projection(channels, filters, stride)

    def forward(self, x):
        out = relu(self.bn1(self.conv1(x)))
        return relu(self.bn2(self.conv2(out)) + self.shortcut(x))


class Bottleneck(nn.Module):
    """1 x 1 down, 3 x 3, 1 x 1 up by four, and the skip.

    The stride is in the 3 x 3 convolution, as usual today; the paper has it in the
    first 1 x 1.

    Parameters
    ----------
    channels : int
    filters : int
        Of the two narrow convolutions; the block gives 4 * filters channels.
    stride : int

    Examples
    --------
    >>> import torch
    >>> Bottleneck(256, 64)(torch.zeros(1, 256, 56, 56)).shape
    torch.Size([1, 256, 56, 56])
    """

    widening = 4

    def __init__(self, channels, filters, stride=1):
        super().__init__()
        wide = self.widening * filters
        self.conv1, self.bn1 = _conv(channels, filters, 1), nn.BatchNorm2d(filters)
        self.conv2, self.bn2 = _conv(filters, filters, 3, stride), nn.BatchNorm2d(filters)
        self.conv3, self.bn3 = _conv(filters, wide, 1), nn.BatchNorm2d(wide)
        self.shortcut = _projection(channels, wide, stride)

    def forward(self, x):
        out = relu(self.bn1(self.conv1(x)))
        out = relu(self.bn2(self.conv2(out)))
        return relu(self.bn3(self.conv3(out)) + self.shortcut(x))


# Blocks in each of the four stages.
FORMS = {
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
    152: (Bottleneck, (3, 8, 36, 3)),
}


def _resnet(depth, classes=1000):
    """ResNet with `depth` layers that learn, for images of 224 x 224.

    Parameters
    ----------
    classes : int

    Returns
    -------
    torch.nn.Sequential

    References
    ----------
    He, Zhang, Ren and Sun, 2015, "Deep residual learning for image recognition",
    arXiv:1512.03385, table 1.
    """
    classes = class_count(classes)
    block, counts = FORMS[depth]
    stem = [_conv(3, 64, 7, 2), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
    stages, channels = [], 64
    for place, count in enumerate(counts):
        filters, stride = 64 * 2**place, 1 if place == 0 else 2
        blocks = []
        for number in range(count):
            blocks.append(block(channels, filters, stride if number == 0 else 1))
            channels = block.widening * filters
        stages.append(nn.Sequential(*blocks))
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]
    return nn.Sequential(*stem, *stages, *head)


resnet18, resnet34, resnet50, resnet101, resnet152 = (named(_resnet, depth) for depth in FORMS)


class _CifarBlock(nn.Module):
    """Two 3 x 3 convolutions, with a skip that has no parameters, or with none."""

    def __init__(self, channels, filters, stride, skip):
        super().__init__()
        self.conv1, self.bn1 = _conv(channels, filters, 3, stride), nn.BatchNorm2d(filters)
        self.conv2, self.bn2 = _conv(filters, filters, 3), nn.BatchNorm2d(filters)
        self.stride, self.more, self.skip = stride, filters - channels, skip

    def forward(self, x):
        out = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
        if self.skip:
            # Every other pixel, and channels of zeros: the paper's option A.
            out = out + pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        return relu(out)


MOST_BLOCKS = 200  # in a stage: the paper's deepest network, 1,202 layers


def resnet_cifar(n, classes=10, channels=3, width=16, skip=True):
    """The small ResNets of the paper's section 4.2, with 6n + 2 layers that learn.

    Parameters
    ----------
    n : int
        Blocks in each of the three stages; 3 gives ResNet-20 (269,722 parameters).
    classes, channels : int
        Of the output, and of the image of 32 x 32 or similar.
    width : int
        Filters of the first stage; they double twice.
    skip : bool
        Without skips it is the plain network that the paper compares with.

    Returns
    -------
    torch.nn.Sequential

    Raises
    ------
    ValueError
        If a number is no whole number, or is out of its range (`n`: 1 to 200).

    References
    ----------
    He, Zhang, Ren and Sun, 2015, arXiv:1512.03385, section 4.2.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in resnet_cifar(3).parameters())
    269722
    """
    n, classes = integer("n", n, 1, MOST_BLOCKS), class_count(classes)
    channels, width = integer("channels", channels, 1, 4096), integer("width", width, 1, 1024)
    layers = [_conv(channels, width, 3), nn.BatchNorm2d(width), nn.ReLU()]
    before = width
    for stage in range(3):
        filters = width * 2**stage
        for number in range(n):
            stride = 2 if stage and number == 0 else 1
            layers.append(_CifarBlock(before, filters, stride, skip))
            before = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))
