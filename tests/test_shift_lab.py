"""The shift lab."""

import numpy as np
import pytest

from cnnlab.data import KERNELS
from cnnlab.scene import Cell
from cnnlab.widgets import (
    ShiftLab,
)


def test_counts_of_changed_inputs():
    for picture, counts in {"drawn ring": [32, 64, 80], "drawn bar": [20, 40, 40]}.items():
        for right, count in enumerate(counts, 1):
            note = ShiftLab(picture=picture, right=right).current.note
            assert note.startswith(f"{count} of 256 inputs")


@pytest.mark.parametrize("kernel", list(KERNELS))
def test_on_a_circle_a_convolution_is_equivariant(kernel):
    for down, right in ((0, 1), (-5, 3), (5, 5)):
        lab = ShiftLab(picture="photograph", kernel=kernel, down=down, right=right,
                       border="circular")  # fmt: skip
        assert np.abs(lab.current.panels["differs"].values).max() < 1e-6
        assert "moved with the picture" in lab.current.note


def test_zeros_at_the_border_break_equivariance():
    lab = ShiftLab(picture="photograph", right=1, down=0, border="zeros")
    differs = lab.current.panels["differs"].values
    assert np.abs(differs[:, 2:-2]).max() == 0 and np.abs(differs).max() > 0.1
    assert "the border broke it" in lab.current.note


def test_no_shift_changes_nothing():
    note = ShiftLab(right=0, down=0).current.note
    assert note.startswith("0 of 256 inputs")


@pytest.mark.parametrize("border", ["zeros", "circular"])
def test_each_pixel_is_the_one_that_it_is_said_to_come_from(border):
    """Also where a picture that wraps around comes in again at the other side."""
    scene = ShiftLab(
        image=np.arange(48.0).reshape(6, 8) / 48, right=3, down=-2, border=border
    ).current
    before, after = scene.panels["before"], scene.panels["after"]
    for at in np.ndindex(6, 8):
        (source,) = scene.sources(Cell("after", *at))
        assert after.value(*at) == before.value(source.row, source.column)
    found = scene.sources(Cell("features", 0, 0))
    assert (Cell("before", 5, 7) in found) == (border != "zeros")
