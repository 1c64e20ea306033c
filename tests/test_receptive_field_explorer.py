"""The explorer of receptive fields."""

import numpy as np
import pytest

from cnnlab.scene import Cell
from cnnlab.widgets import (
    ReceptiveFieldExplorer,
)


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"depth": 3}, 7),
        ({"stack": "one 7x7, then 1x1", "depth": 2}, 7),
        ({"stack": "stride 2 each time", "depth": 3}, 15),
        ({"stack": "dilation 1, 2, 4, 8", "depth": 3}, 15),
        ({"stack": "conv and pool, as LeNet", "depth": 4}, 16),
    ],
)
def test_fields_are_written_out_and_drawn(settings, size):
    scene = ReceptiveFieldExplorer(**settings).current
    depth = settings["depth"]
    assert f"A cell of layer {depth} sees {size} x {size} pixels" in scene.note
    link = scene.link_of(Cell(f"layer {depth}", 0, 0))
    assert [span.panel for span in link.spans] == [
        "image",
        *(f"layer {n}" for n in range(1, depth)),
    ]
    assert link.spans[0].count == (size, size)


def test_the_gradient_follows_the_cell_under_the_hand():
    scene = ReceptiveFieldExplorer(depth=3).current
    panel = scene.panels["gradient"]
    corner = scene.shown(panel, Cell("layer 3", 0, 0))
    assert np.argwhere(corner > 0).max() == 6 and corner.max() == 1
    assert np.unravel_index(corner.argmax(), corner.shape) == (3, 3)
    first = scene.shown(panel, Cell("layer 1", 4, 9))
    assert set(map(tuple, np.argwhere(first > 0))) == {
        (i, j) for i in range(4, 7) for j in range(9, 12)
    }
    focus = scene.focus
    assert np.array_equal(scene.shown(panel), scene.shown(panel, focus))
    assert np.array_equal(scene.shown(panel, Cell("image", 0, 0)), scene.shown(panel, focus))
    assert np.allclose(scene.shown(panel), panel.values)


def test_random_weights_reach_as_far_and_fade_less():
    equal, random = (
        ReceptiveFieldExplorer(depth=3, weights=kind).current for kind in ("all equal", "random")
    )
    shown = [scene.shown(scene.panels["gradient"]) for scene in (equal, random)]
    assert np.allclose(shown[1], np.sqrt(shown[0])) and shown[0].min() == 0 < shown[0].max() == 1


def test_editing_a_ready_stack_makes_it_your_own():
    explorer = ReceptiveFieldExplorer(stack="stride 2 each time", depth=2)
    explorer.edited("layers", 1, 0, 5)
    assert explorer.controls["stack"].value.startswith("your own")
    assert explorer.current.panels["layers"].values.tolist() == [[3, 2, 1, 1], [5, 2, 1, 1]]
    with pytest.raises(ValueError, match="stride is 0, but it must be a whole number from 1 to 4"):
        explorer.edited("layers", 0, 1, 0)
    with pytest.raises(ValueError, match="kernel is 2.5, but"):
        explorer.edited("layers", 0, 0, 2.5)
    with pytest.raises(ValueError, match="layers has shape"):
        ReceptiveFieldExplorer(layers=[3, 3])
    own = ReceptiveFieldExplorer(layers=[(5, 1, 0, 1), (3, 2, 0, 1)])
    assert "sees 7 x 7 pixels" in own.current.note
    own.edited("layers", 0, 0, 9)
    own.edited("layers", 0, 3, 8)
    assert "must fit into the padded input" in own.current.problem


def test_a_field_without_any_path_counts_no_pixel():
    layers = [(3, 3, 1, 7), (2, 2, 1, 5)]
    assert "0 pixels have at least a tenth" in ReceptiveFieldExplorer(layers=layers).current.note
    with pytest.raises(ValueError, match="layers holds text, but it must hold real numbers"):
        ReceptiveFieldExplorer(layers=[("a", 1, 1, 1)])
    with pytest.raises(ValueError, match="layers is nan at index"):
        ReceptiveFieldExplorer(layers=[(np.nan, 1, 1, 1)])
