"""The residual lab."""

import numpy as np
import pytest
import torch

from cnnlab.scene import Cell
from cnnlab.widgets import (
    ResidualLab,
)
from cnnlab.widgets.residual_lab import gradients


def test_when_the_block_is_the_identity():
    zero, identity = (ResidualLab(weights=f"W = {what}").current for what in ("0", "identity"))
    given = zero.panels["h"].values
    assert np.array_equal(zero.panels["out"].values, given)
    assert np.array_equal(identity.panels["out"].values, 2 * given)
    assert "gives back whatever it gets" in zero.note and "no identity here" in identity.note
    below = ResidualLab(W=-np.eye(3)).current
    assert np.array_equal(below.panels["out"].values, given)
    assert "No number of W h is above 0" in below.note
    other = ResidualLab(W=0.5 * np.eye(3)).current
    assert "The block adds to what it got." in other.note
    plain = ResidualLab(weights="W = identity", skip=False).current
    assert np.array_equal(plain.panels["out"].values, given) and "Without the skip" in plain.note
    assert plain.arithmetic(Cell("product", 1, 0)) == "W h[1, 0] = 0×2 + 1×1 + 0×3 = 1"


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("scale", [0.2, 1.0])
def test_gradients_of_the_stack_are_those_of_torch(skip, scale):
    depth, units = 12, 64
    random = np.random.default_rng(0)
    weights = random.normal(0, scale * np.sqrt(2 / units), (depth, units, units))
    signal = torch.tensor(random.normal(size=units), requires_grad=True)
    inputs, h = [], signal
    for matrix in weights:
        inputs.append(h)
        h = torch.relu(torch.tensor(matrix) @ h) + (h if skip else 0)
    found = torch.autograd.grad(h.sum() / units**0.5, inputs)
    assert np.allclose(gradients(depth, scale, skip), [part.norm().item() for part in found])


def test_a_curve_that_leaves_the_picture_says_so():
    deep = ResidualLab(depth=50, scale=0.2).current
    assert "it goes on below 10^-12" in deep.panels["plain"].caption
    assert "goes on" not in deep.panels["residual"].caption
    assert "goes on" not in ResidualLab(depth=5).current.panels["plain"].caption


def test_numbers_of_the_block_can_be_changed():
    lab = ResidualLab(weights="W = 0")
    lab.edited("W", 0, 1, 2)
    assert lab.controls["weights"].value.startswith("your own")
    assert lab.current.panels["out"].values.ravel().tolist() == [4, 1, 3]
    lab.edited("h", 1, 0, -1)
    assert lab.current.panels["out"].values.ravel().tolist() == [2, -1, 3]
    with pytest.raises(ValueError, match=r"W has shape \(1, 1\), but it must be \(3, 3\)"):
        ResidualLab(W=[[1]])
