"""The pooling explorer."""

import numpy as np
import pytest
import torch

from cnnlab.scene import Cell
from cnnlab.widgets import (
    PoolingExplorer,
)


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (2, 1), (3, 2), (1, 3), (6, 1)])
def test_pooling_agrees_with_torch(kind, size, stride):
    explorer = PoolingExplorer(kind=kind, size=size, stride=stride)
    pool = torch.nn.functional.max_pool2d if kind == "max" else torch.nn.functional.avg_pool2d
    expected = pool(torch.tensor(explorer.image)[None].double(), size, stride)[0]
    np.testing.assert_allclose(explorer.current.panels["output"].values, expected)


def test_the_number_that_won_is_known():
    scene = PoolingExplorer().current
    cell = Cell("output", 1, 1)
    assert scene.arithmetic(cell) == "pooled[1, 1] = max(9, 5, 1, 8) = 9"
    assert scene.winners(cell) == [Cell("input", 2, 2)]
    tie = PoolingExplorer(np.ones((4, 4))).current
    assert len(tie.winners(Cell("output", 0, 0))) == 4
    mean = PoolingExplorer(kind="average").current
    assert mean.arithmetic(cell) == "pooled[1, 1] = (9 + 5 + 1 + 8) / 4 = 5.75"
    assert mean.winners(cell) == []


def test_pooling_is_not_invariant_but_global_pooling_is():
    assert "changes 4 of 9 pooled numbers" in PoolingExplorer(right=1).current.note
    assert "changes 0 of 1 pooled numbers" in PoolingExplorer(size=6, right=1).current.note
    assert "Windows end at 5 x 5." in PoolingExplorer(size=3, stride=2).current.note
