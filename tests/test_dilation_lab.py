"""The dilation lab."""

import numpy as np
import pytest
import torch

from cnnlab.scene import Cell
from cnnlab.widgets import DilationLab


@pytest.mark.parametrize("dilations", [(1, 1, 1), (2, 2, 2), (1, 2, 5), (5, 5, 5), (3, 1, 4)])
@pytest.mark.parametrize("at", [(16, 16), (0, 3), (32, 20)])
def test_ways_are_gradients_of_a_stack_of_ones(dilations, at):
    lab = DilationLab(first=dilations[0], second=dilations[1], third=dilations[2])
    x = torch.zeros(1, 1, 33, 33, dtype=torch.float64, requires_grad=True)
    ones, out = torch.ones(1, 1, 3, 3, dtype=torch.float64), x
    for d in dilations:
        out = torch.nn.functional.conv2d(out, ones, padding=d, dilation=d)
    (gradient,) = torch.autograd.grad(out[0, 0][at], x)
    scene = lab.current
    shown = scene.shown(scene.panels["ways"], Cell("layer 3", *at))
    assert np.array_equal(shown, gradient[0, 0].numpy())


def test_the_layers_are_means_of_nine_cells():
    lab = DilationLab(picture="one dot", first=2, second=2, third=2)
    last = lab.current.panels["layer 3"].values
    assert (last > 0).sum() == 49 and last.max() == pytest.approx(27**2 / 9**3 * 49 / 27**2)
    nine = lab.current.sources(Cell("layer 3", 16, 16))
    assert {(c.row, c.column) for c in nine} == {(r, c) for r in (14, 16, 18) for c in (14, 16, 18)}


def test_a_picture_of_ones_own_is_made_small():
    lab = DilationLab(np.linspace(0, 1, 70 * 100).reshape(70, 100))
    assert lab.picture == "your own" and lab.current.panels["image"].shape == (33, 33)
    with pytest.raises(ValueError, match="image has shape"):
        DilationLab(np.ones((9, 9)))


def test_each_layer_looks_at_the_one_before():
    lab = DilationLab(first=1, second=3, third=2)
    for name, before, d in (("layer 1", "image", 1), ("layer 2", "layer 1", 3),
                            ("layer 3", "layer 2", 2)):  # fmt: skip
        cells = lab.current.sources(Cell(name, 10, 20))
        assert {c.panel for c in cells} == {before}
        assert {(c.row, c.column) for c in cells} == {
            (10 + i * d, 20 + j * d) for i in (-1, 0, 1) for j in (-1, 0, 1)}  # fmt: skip
        assert lab.current.panels[name].caption == f"dilation {d}"
    line = lab.current.arithmetic(Cell("layer 2", 10, 20))
    assert line.endswith("sees 3×3, 3 apart of layer 1")


def test_the_middle_of_a_picture_is_kept():
    image = np.zeros((33, 99))
    image[:, 33:66] = 1
    assert DilationLab(image).current.panels["image"].values.min() == 1
