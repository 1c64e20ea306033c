"""Layers from scratch: forward and backward against torch, and numerically in float64."""

import numpy as np
import pytest
import torch

from cnnlab.data import load_mnist
from cnnlab.layers import Affine, Convolution, Network, Pooling, ReLU, SoftmaxWithLoss

RANDOM = np.random.default_rng(0)


def normal(*shape):
    return RANDOM.normal(size=shape)


LAYERS = {
    "convolution": (
        lambda: Convolution(normal(4, 3, 3, 2), normal(4), stride=2, padding=1),
        (2, 3, 6, 5),
        lambda x, w, b: torch.conv2d(x, w, b, stride=2, padding=1),
    ),
    "convolution, overlapping": (
        lambda: Convolution(normal(2, 1, 3, 3), normal(2)),
        (3, 1, 6, 7),
        torch.conv2d,
    ),
    "pooling": (lambda: Pooling(2), (2, 3, 4, 6), lambda x: torch.max_pool2d(x, 2)),
    "pooling, overlapping": (
        lambda: Pooling(3, 2),
        (2, 2, 7, 8),
        lambda x: torch.max_pool2d(x, 3, 2),
    ),
    "relu": (ReLU, (3, 4, 2, 2), torch.relu),
    "affine": (
        lambda: Affine(normal(12, 5), normal(5)),
        (4, 3, 2, 2),
        lambda x, w, b: x.flatten(1) @ w + b,
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_forward_and_backward_agree_with_autograd(name):
    make, shape, in_torch = LAYERS[name]
    layer, x = make(), normal(*shape)
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, *layer.parameters)]
    expected = in_torch(*tensors)
    out = layer.forward(x)
    np.testing.assert_allclose(out, expected.detach(), atol=1e-12)
    d_out = normal(*out.shape)
    expected.backward(torch.from_numpy(d_out))
    d_x = layer.backward(d_out)
    for ours, theirs in zip([d_x, *layer.gradients], tensors, strict=True):
        np.testing.assert_allclose(ours, theirs.grad, atol=1e-12)


def numerically(function, array, step=1e-6):
    """The gradient of a number with respect to an array, by central differences."""
    gradient = np.zeros(array.shape)
    for place in np.ndindex(array.shape):
        before = array[place]
        array[place] = before + step
        above = function()
        array[place] = before - step
        gradient[place] = (above - function()) / (2 * step)
        array[place] = before
    return gradient


@pytest.mark.parametrize("name", LAYERS)
def test_backward_is_the_numerical_gradient(name):
    """Relative error under 1e-7 in float64."""
    make, shape, _ = LAYERS[name]
    layer, x = make(), normal(*shape)
    d_out = normal(*layer.forward(x).shape)
    d_x = layer.backward(d_out)
    gradients = list(layer.gradients)

    def total():
        return float((layer.forward(x) * d_out).sum())

    for ours, array in zip([d_x, *gradients], [x, *layer.parameters], strict=True):
        expected = numerically(total, array)
        error = np.linalg.norm(ours - expected) / np.linalg.norm(expected)
        assert error < 1e-7


def test_ties_send_the_gradient_to_the_first_winner():
    layer = Pooling(2)
    layer.forward(np.ones((1, 1, 2, 2)))
    assert layer.backward(np.ones((1, 1, 1, 1))).tolist() == [[[[1, 0], [0, 0]]]]


def test_the_loss_agrees_with_torch_and_does_not_overflow():
    scores, labels = normal(6, 4) * 10, np.array([0, 3, 1, 2, 2, 0])
    loss = SoftmaxWithLoss()
    tensor = torch.tensor(scores, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(tensor, torch.from_numpy(labels))
    expected.backward()
    np.testing.assert_allclose(loss.forward(scores, labels), expected.item())
    np.testing.assert_allclose(loss.backward(), tensor.grad, atol=1e-12)
    assert np.isfinite(loss.forward(np.array([[1e5, -1e5]]), np.array([1])))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Affine(np.ones((3, 2)), np.ones(2)).forward(np.ones((1, 4))), "it takes 3"),
        (
            lambda: Convolution(np.ones((2, 3, 3, 3)), np.ones(2)).forward(np.ones((1, 1, 5, 5))),
            "it takes 3",
        ),
        (lambda: SoftmaxWithLoss().forward(np.ones((2, 3)), np.array([0, 3])), "0 to 2"),
        (lambda: SoftmaxWithLoss().forward(np.ones((2, 3)), np.array([0.0, 1.0])), "whole number"),
        (lambda: SoftmaxWithLoss().forward(np.ones((2, 3)), np.array([0])), "each of 2 rows"),
    ],
)
def test_shapes_that_do_not_go_together_are_told(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_small_network_learns():
    (x, t), (x_test, t_test) = load_mnist(flatten=False)
    random = np.random.default_rng(0)
    net = Network(
        [
            Convolution(0.3 * random.normal(size=(8, 1, 5, 5)).astype("f4"), np.zeros(8, "f4")),
            ReLU(),
            Pooling(4),
            Affine(0.05 * random.normal(size=(8 * 36, 10)).astype("f4"), np.zeros(10, "f4")),
        ]
    )
    for start in range(0, 4000, 50):
        net.step(x[start : start + 50], t[start : start + 50], rate=0.2)
    accuracy = (net.predict(x_test).argmax(axis=1) == t_test).mean()
    assert accuracy > 0.8
