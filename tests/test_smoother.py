"""The smoother of one-dimensional readings."""

import numpy as np
import pytest

from cnnlab.scene import Cell
from cnnlab.widgets import (
    Smoother1D,
)


def test_the_spaceship_is_smoothed():
    scene = Smoother1D().current
    expected = [2.1, 3.7, 3.9, 5.7, 5.4, 6.9, 7.4, 9, 9.1, 10.7]
    np.testing.assert_allclose(scene.panels["smoothed"].values, expected)
    assert scene.arithmetic(Cell("smoothed", 0, 2)) == (
        "s(t), smoothed[4] = 2×0.2 + 5×0.3 + 4×0.5 = 3.9"
    )


def test_without_the_flip_the_oldest_weighs_most():
    smoother = Smoother1D(direction="cross-correlation: w(0) on the oldest")
    line = smoother.current.arithmetic(Cell("smoothed", 0, 2))
    assert line == "s(t), smoothed[4] = 2×0.5 + 5×0.3 + 4×0.2 = 3.3"


def test_weights_are_edited_and_the_time_follows():
    smoother = Smoother1D([1, 2, 3, 4], [1, 1])
    assert (smoother.controls["time"].min, smoother.controls["time"].max) == (1, 3)
    smoother._gesture(
        smoother.stage, {"type": "edit", "panel": "kernel", "row": 0, "column": 1, "value": 0}, []
    )
    assert smoother.current.panels["smoothed"].values.tolist() == [2, 3, 4]
    assert "so this is" not in smoother.current.note  # 1 + 0 is an average


def test_a_longer_kernel_begins_later():
    smoother = Smoother1D([1, 2, 3, 4, 5, 6], [1, 1], time=1)
    smoother.set(kernel=[1, 1, 1, 1])
    slider = smoother.controls["time"]
    assert (slider.min, slider.max, slider.value, smoother.time) == (3, 5, 3, 3)
    smoother.kernel = [1]
    assert (slider.min, slider.max, slider.value) == (0, 5, 3)


def test_the_smoother_tells_a_kernel_that_does_not_fit():
    smoother = Smoother1D([1.0, 2.0], [1.0, 1.0, 1.0])
    assert "kernel 3" in smoother.current.problem
    with pytest.raises(ValueError, match="at most 24"):
        Smoother1D(np.ones(100))
    with pytest.raises(ValueError, match="positions has shape"):
        Smoother1D(np.ones((2, 2)))
