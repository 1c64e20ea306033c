"""The view of channels and frequencies."""

import numpy as np
import pytest

from cnnlab.scene import Cell
from cnnlab.widgets import (
    ChannelView,
)


@pytest.mark.parametrize("picture", ["coffee", "cat"])
def test_numbers_of_the_square_are_those_of_the_picture(picture):
    scene = ChannelView(picture=picture, row=10, column=20).current
    for c, name in enumerate(("red", "green", "blue")):
        levels = scene.panels[name].values
        np.testing.assert_array_equal(scene.panels[f"{name} numbers"].values, levels[10:16, 20:26])
        assert scene.sources(Cell(f"{name} numbers", 2, 3))[0] == Cell(name, 12, 23)
        np.testing.assert_allclose(levels / 255, scene.panels["picture"].values[:, :, c], atol=1e-6)


def test_places_in_memory():
    note = ChannelView(layout_order="(C, H, W)", row=2, column=3).current.note
    assert f"number {128 * 192 + 2 * 192 + 3} in memory" in note and "24576 places" in note
    note = ChannelView(layout_order="(H, W, C)", row=2, column=3).current.note
    assert f"number {(2 * 192 + 3) * 3 + 1} in memory" in note and "1 place further" in note


@pytest.mark.parametrize("sigma", [1, 5, 12])
def test_low_and_high_add_up(sigma):
    scene = ChannelView(view="low and high frequency", sigma=sigma).current
    low, high = scene.panels["low"].values, scene.panels["high"].values
    np.testing.assert_allclose(low + high, scene.panels["picture"].values, atol=1e-6)
    assert low.std() < scene.panels["picture"].values.std()


def test_a_picture_that_is_smaller_than_the_square():
    with pytest.raises(ValueError, match="at least 6 x 6"):
        ChannelView(image=np.ones((5, 9)))
    view = ChannelView(image=np.ones((6, 6)))
    assert view.controls["row"].max == 0 and view.current.problem == ""
    view.set(picture="cat")
    assert (view.controls["row"].max, view.controls["column"].max) == (128 - 6, 168 - 6)
    assert view.controls["sigma"].disabled and not view.controls["row"].disabled
