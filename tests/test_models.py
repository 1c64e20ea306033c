"""Each architecture has the parameters that its source gives."""

import pytest
import torch

from cnnlab import models
from cnnlab.data import load_mnist
from cnnlab.training import accuracy


def parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


# LeNet-5 as it is usually rebuilt; SimpleConvNet of "Deep Learning from Scratch", 7.5.
@pytest.mark.parametrize(
    ("make", "count"), [(models.lenet5, 61_706), (models.simple_conv_net, 433_890)]
)
def test_digit_networks_have_the_known_counts(make, count):
    model = make()
    assert parameters(model) == count
    assert model(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_the_layers_of_lenet_one_by_one():
    counts = {name: parameters(layer) for name, layer in models.lenet5().named_children()}
    learning = {name: count for name, count in counts.items() if count}
    assert learning == {"conv1": 156, "conv2": 2_416, "fc1": 48_120, "fc2": 10_164, "fc3": 850}


def test_the_bundled_weights_read_digits_wherever_they_are():
    model = models.lenet5(trained=True)
    assert not model.training
    _, (images, labels) = load_mnist(flatten=False)
    assert accuracy(model, images, labels) > 0.97
    moved = torch.roll(torch.tensor(images), (3, -3), (2, 3))
    assert accuracy(model, moved, labels) > 0.93
