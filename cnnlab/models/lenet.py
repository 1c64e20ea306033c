"""Two small networks for digits of 28 x 28."""

from collections import OrderedDict

from torch import nn

from cnnlab.models.making import with_weights

__all__ = ["lenet5", "simple_conv_net"]


def lenet5(trained=False):
    """LeNet-5 in today's usual form: ReLU, max pooling, all maps connected.

    61,706 parameters. The paper's own has a sigmoid-like activation, trained
    averages in place of max pooling and a third layer whose filters read only some
    of the maps.

    Parameters
    ----------
    trained : bool
        With the weights that come with the course: trained on the bundled digits,
        moved by up to 3 pixels, by ``python -m tools.pretrain lenet5``.

    Returns
    -------
    torch.nn.Sequential
        From (N, 1, 28, 28) to scores (N, 10).

    References
    ----------
    LeCun, Bottou, Bengio and Haffner, 1998, "Gradient-based learning applied to
    document recognition", doi:10.1109/5.726791.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in lenet5().parameters())
    61706
    """
    layers = OrderedDict(
        conv1=nn.Conv2d(1, 6, 5, padding=2),  # 28
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),  # 14
        conv2=nn.Conv2d(6, 16, 5),  # 10
        relu2=nn.ReLU(),
        pool2=nn.MaxPool2d(2),  # 5
        flatten=nn.Flatten(),  # 16 * 5 * 5 = 400
        fc1=nn.Linear(400, 120),
        relu3=nn.ReLU(),
        fc2=nn.Linear(120, 84),
        relu4=nn.ReLU(),
        fc3=nn.Linear(84, 10),
    )
    model = nn.Sequential(layers)
    if trained:
        with_weights(model, "lenet5")
    return model


def simple_conv_net():
    """The SimpleConvNet of the book: one convolution, one pooling, two dense layers.

    433,890 parameters, of which the first fully connected layer has 432,100.

    Returns
    -------
    torch.nn.Sequential
        From (N, 1, 28, 28) to scores (N, 10).

    References
    ----------
    Saito, "Deep Learning from Scratch", section 7.5.

    Examples
    --------
    >>> import torch
    >>> simple_conv_net()(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    """
    layers = OrderedDict(
        conv1=nn.Conv2d(1, 30, 5),  # 24
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),  # 12
        flatten=nn.Flatten(),  # 30 * 12 * 12 = 4320
        fc1=nn.Linear(4320, 100),
        relu2=nn.ReLU(),
        fc2=nn.Linear(100, 10),
    )
    return nn.Sequential(layers)
