"""The pooling of a region."""

import numpy as np
import pytest

from cnnlab.boxes import roi_pool
from cnnlab.scene import Cell
from cnnlab.widgets import RegionPooling


@pytest.mark.parametrize("seed", range(10))
def test_bins_and_winners_are_those_of_the_package(seed):
    random = np.random.default_rng(seed)
    features = random.integers(0, 9, random.integers(4, 11, 2))
    x, y = (np.sort(random.choice(n + 1, 2, replace=False)) for n in features.shape[::-1])
    region, size = [[x[0], y[0], x[1], y[1]]], int(random.integers(1, 5))
    lab = RegionPooling(features, region, size=size)
    expected = roi_pool(features[None], [x[0], y[0], x[1] - 1, y[1] - 1], size)[0]
    scene = lab.current
    assert np.array_equal(scene.panels["pooled"].values, expected)
    cut = features[y[0] : y[1], x[0] : x[1]]
    assert expected.max() == cut.max()
    for i, j in np.ndindex(size, size):
        cell = Cell("pooled", i, j)
        assert {features[c.row, c.column] for c in scene.winners(cell)} == {expected[i, j]}
        assert all(y[0] <= c.row < y[1] and x[0] <= c.column < x[1] for c in scene.sources(cell))


def test_a_pyramid_has_bins_of_three_sizes():
    scene = RegionPooling(bins="pyramid 3, 2, 1").current
    shapes = [scene.panels[name].shape for name in ("pooled", "level 2", "level 1")]
    assert shapes == [(3, 3), (2, 2), (1, 1)] and "14 numbers" in scene.note


def test_a_region_is_dragged_and_told_where_it_leaves_the_map():
    lab = RegionPooling()
    message = {"type": "drag", "panel": "region", "place": 0, "corners": [0, 0, 2, 1]}
    lab._gesture(lab.stage, message, [])
    assert lab.region.tolist() == [[0, 0, 2, 1]] and lab.current.note.startswith(
        "2 cells of the map: 4 numbers"
    )
    lab.features = np.eye(3)
    lab.region = [[0, 0, 5, 3]]
    assert "but the map ends at x = 3, y = 3" in lab.current.problem
    lab.set(features=np.eye(6), pool=lambda features, box, size: np.zeros((size, size)))
    assert "but your function gives 0" in lab.current.arithmetic(Cell("pooled", 0, 0))
    with pytest.raises(ValueError, match="whole numbers"):
        lab.region = [[0, 0, 2.5, 3]]


def test_the_bins_are_drawn_whole():
    """3 x 3 cells in 2 x 2 bins: each bin has 2 x 2, and the middle is in all four."""
    lab = RegionPooling(np.arange(12).reshape(3, 4), [[1, 0, 4, 3]], size=2)
    scene = lab.current
    assert scene.note == (
        "9 cells of the map: 4 numbers, as for a region of any size. The region is cut into 2 x 2 "
        "bins. Some cells lie in several of its bins."
    )
    assert scene.panels["bins"].corners.tolist() == [
        [1, 0, 3, 2], [2, 0, 4, 2], [1, 1, 3, 3], [2, 1, 4, 3]]  # fmt: skip
    assert scene.panels["pooled"].values.tolist() == [[6, 7], [10, 11]]
    lab.region = [[0, 0, 2, 2]]
    assert lab.current.note.endswith("No cell lies in two of its bins.")
    given = []
    lab.pool = lambda features, box, size: (given.append(box), features[box[1] : box[3] + 1])[1]
    assert given[0].tolist() == [0, 0, 1, 1] and given[0].dtype.kind == "i"
    for bad in ([[-1, 0, 2, 2]], [[0, 0, 11, 2]], [[2, 0, 2, 2]], [[0, 0, 1, 1]] * 2):
        with pytest.raises(ValueError, match="region "):
            lab.region = bad
