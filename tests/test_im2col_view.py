"""The view of im2col and col2im."""

import numpy as np
import pytest

from cnnlab import ops
from cnnlab.scene import Cell
from cnnlab.widgets import (
    Im2colView,
)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 1), (1, 1)])
def test_each_row_of_the_matrix_is_one_window(stride, padding):
    scene = Im2colView(size=4, kernel=2, stride=stride, padding=padding).current
    matrix, image = scene.panels["matrix"].values, scene.panels["image"].values
    for p, k in np.ndindex(matrix.shape):
        (source,) = scene.sources(Cell("matrix", p, k))
        assert image[source.row, source.column] == matrix[p, k]
    side = scene.panels["output"].shape[0]
    expected = ops.cross_correlate2d(
        image, scene.panels["kernel"].values.reshape(2, 2), stride=stride
    )
    assert scene.panels["output"].values.tolist() == expected.tolist()
    assert scene.panels["product"].values.ravel().tolist() == expected.ravel().tolist()
    assert matrix.shape == (side**2, 4)


def test_the_way_back_adds_and_shows_what_it_adds():
    scene = Im2colView(view="col2im: the way back", size=4, kernel=3).current
    sums = scene.panels["sums"].values
    assert sums.tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]
    assert scene.arithmetic(Cell("sums", 1, 1)).endswith("= 1 + 1 + 1 + 1 = 4")
    every = [source for i, j in np.ndindex(4, 4) for source in scene.sources(Cell("sums", i, j))]
    assert every.count(Cell("matrix", 0, 0)) == 1
    gaps = Im2colView(view="col2im: the way back", size=4, kernel=2, stride=3).current
    assert "12 pixels are in none." in gaps.note
