"""The explorer of padding, stride and dilation."""

import torch

from cnnlab.scene import Cell
from cnnlab.widgets import (
    PaddingStride,
)


def test_what_a_stride_leaves_unvisited():
    scene = PaddingStride(stride_h=3, stride_w=3).current
    assert scene.panels["output"].shape == (2, 2)
    assert "No window visits row 6 and column 6." in scene.note
    hatched = {(m.row, m.column, m.rows, m.columns) for m in scene.marks if m.panel == "coverage"}
    assert hatched == {(6, 0, 1, 7), (0, 6, 7, 1)}


def test_coverage_of_the_handout_is_drawn():
    scene = PaddingStride(size_h=5, size_w=5).current
    assert scene.panels["coverage"].values.tolist() == [
        [1, 2, 3, 2, 1], [2, 4, 6, 4, 2], [3, 6, 9, 6, 3], [2, 4, 6, 4, 2], [1, 2, 3, 2, 1],
    ]  # fmt: skip
    padded = PaddingStride(size_h=5, size_w=5, padding_h=1, padding_w=1).current
    counts = padded.panels["coverage"].values
    assert counts[0, 0] == 4 and counts[2, 2] == 9
    assert padded.panels["padded"].caption == "5 x 5, padded to 7 x 7"


def test_each_axis_is_its_own():
    scene = PaddingStride(
        size_h=8, kernel_h=2, stride_h=3, padding_h=1, dilation_h=2,
        size_w=5, kernel_w=4, stride_w=1, padding_w=2, dilation_w=1,
    ).current  # fmt: skip
    image = torch.tensor(scene.panels["padded"].values[1:-1, 2:-2])[None, None].double()
    ones = torch.ones(1, 1, 2, 4).double()
    expected = torch.conv2d(image, ones, stride=(3, 1), padding=(1, 2), dilation=(2, 1))[0, 0]
    assert scene.panels["output"].values.tolist() == expected.tolist()
    assert scene.panels["coverage"].values.shape == (8, 5)


def test_the_window_goes_as_far_as_there_are_windows():
    explorer = PaddingStride()
    assert explorer.controls["step"].max == 24
    explorer.controls["step"].value = 24
    explorer.controls["stride_h"].value = 4
    assert explorer.controls["step"].max == 9 and explorer.controls["step"].value == 9
    assert explorer.current.focus == Cell("output", 1, 4)


def test_an_illegal_setting_is_told_and_can_be_mended():
    explorer = PaddingStride(size_h=3, kernel_h=5)
    assert explorer.current.problem.startswith("Along the height: kernel 5 with dilation 1 spans 5")
    assert explorer.current.layout()[2] == PaddingStride().current.layout()[2]
    explorer.controls["padding_h"].value = 1
    assert explorer.current.problem == "" and explorer.current.panels["output"].shape[0] == 1
