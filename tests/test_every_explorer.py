"""Every explorer over every extreme, with bad input, and as it is stored."""

import inspect
import itertools
import math

import numpy as np
import pytest

from cnnlab.scene import Cell
from cnnlab.widgets import EXPLORERS, Slider

# A picture with more columns than rows, and kernels that are not square.
WIDE = np.linspace(0, 1, 9 * 12).reshape(9, 12)
OWN = {
    "image": {"image": WIDE},
    "own": {"own": np.arange(6.0).reshape(2, 3) - 2},
}
LEGAL = {"layers": 2, "W": -7.5}  # for panels that do not take every number


def extremes(explorer, name):
    """First, last and middle value of a slider; every option of a choice; both of a switch."""
    declared = explorer.declared[name]
    values = declared.values(explorer.ends(explorer.settings()).get(name))
    if isinstance(declared, Slider):
        return sorted({values[0], values[len(values) // 2], values[-1]})
    return values


def variants(explorer_class):
    """The explorer as it comes, and with each held setting replaced."""
    yield {}
    for name in explorer_class.declared:
        if name in OWN:
            yield OWN[name]


def check_scene(scene):
    """What holds for every scene of every explorer."""
    placed, _, (width, height) = scene.layout()
    assert 300 < width < 800 and 150 < height < 600
    for spot in placed:
        assert np.isfinite(spot.panel.values).all(), spot.panel.name
        assert spot.panel.title, f"{spot.panel.name} has no title"
        for words in (spot.panel.title, spot.panel.caption):  # about 7 pixels a letter
            assert 7 * len(words) <= spot.panel.width + 24, f"{words!r} is too long"
    for panel in scene.panels.values():
        rows, columns = panel.shape
        for row, column in {(0, 0), (rows - 1, columns - 1), (rows // 2, columns // 3)}:
            line = scene.arithmetic(Cell(panel.name, row, column))
            assert " = " in line or " ≈ " in line
            assert "gives" not in line, line  # the numbers follow from the arithmetic
    assert len(scene.description.splitlines()) > 2


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_every_combination_of_extremes(explorer_class):
    sizes, count = set(), 0
    for settings in variants(explorer_class):
        explorer = explorer_class(**settings)
        lanes = [[(name, v) for v in extremes(explorer, name)] for name in explorer.controls]
        if math.prod(map(len, lanes)) > 5000:  # too many: a fixed sample of the combinations
            random = np.random.default_rng(0)
            rounds = [[lane[random.integers(len(lane))] for lane in lanes] for _ in range(2000)]
        else:
            rounds = itertools.product(*lanes)
        for chosen in rounds:
            now = explorer.settings() | dict(chosen)
            try:
                scene = explorer.scene_of(now)
            except ValueError as error:
                # "Your own" without one, a choice that cannot go with it, a kernel too large.
                expected = " is None", "choose ", "must fit into the padded input", "cannot take"
                assert any(words in str(error) for words in expected), error
                continue
            check_scene(scene)
            sizes.add(scene.layout()[2])
            count += 1
    assert count >= 4
    assert len(sizes) == 1, "the picture changes its size while controls move"


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_controls_are_public_named_and_described(explorer_class):
    explorer = explorer_class()
    assert explorer.controls
    if explorer.control_rows:
        assert sorted(itertools.chain(*explorer.control_rows)) == sorted(explorer.controls)
    for name, widget in explorer.controls.items():
        assert getattr(explorer, name) == widget.value
        assert widget.description
    for example in ("Examples", "Raises", "Parameters"):
        assert example in inspect.getdoc(explorer_class)


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_the_output_has_a_picture_and_words_beside_the_widget(explorer_class):
    explorer = explorer_class()
    data, metadata = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"].startswith("iVBOR")
    assert data["text/plain"] == explorer.current.description
    assert metadata["image/png"]["alt"] == data["text/plain"]


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_whatever_looks_editable_can_be_edited(explorer_class):
    editable = [
        n for n, p in explorer_class().current.panels.items() if p.kind == "grid" and p.editable
    ]
    for name in editable:
        explorer = explorer_class()
        rows, columns = explorer.current.panels[name].shape
        message = {"type": "edit", "panel": name, "row": rows - 1, "column": columns - 1}
        value = LEGAL.get(name, -7.5)
        explorer._gesture(explorer.stage, message | {"value": value}, [])
        assert explorer.current.problem == ""
        assert explorer.current.panels[name].values[-1, -1] == value


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_a_moved_control_shows_its_scene(explorer_class):
    explorer = explorer_class()
    for name, widget in explorer.controls.items():
        for value in extremes(explorer, name):
            widget.value = value
            key = explorer._key(explorer.settings())
            assert explorer.stage.current == key
            header = explorer.stage.scenes[key]
            assert header["title"] == explorer.current.title, name


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_settings_that_do_not_exist_are_named(explorer_class):
    explorer = explorer_class()
    with pytest.raises(ValueError, match="colour is no setting"):
        explorer.set(colour=1)
    with pytest.raises(ValueError, match="colour is no setting"):
        explorer_class(colour=1)
    before = explorer.settings()
    for name, widget in explorer.controls.items():
        for bad in ("nonsense", 10**9, -(10**9), None, np.nan):
            with pytest.raises(ValueError, match=f"{name} is "):
                explorer.set(**{name: bad})
        assert widget.value == before[name]
