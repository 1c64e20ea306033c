"""Every explorer over every extreme, with bad input, and as it is stored."""

import inspect
import itertools
import json
import math
import re
from contextlib import suppress

import numpy as np
import pytest

from cnnlab.draw.stage import pack
from cnnlab.scene import Cell
from cnnlab.scene.panels import Items
from cnnlab.widgets import EXPLORERS, Held, Slider

# A picture with more columns than rows, and kernels that are not square.
WIDE = np.linspace(0, 1, 9 * 12).reshape(9, 12)
OWN = {"image": WIDE, "own": np.arange(6.0).reshape(2, 3) - 2}
HELD = {
    "W": np.eye(3) * 2, "h": [[1], [2], [3]], "layers": [[5, 1, 0, 1]], "kernel": [[1, 2]],
    "positions": [1, 2, 3, 4], "classes": "abcdefghij", "truth": [[10, 20, 31, 45]],
    "boxes": [[1, 2, 9, 12], [3, 4, 20, 30], [0, 0, 64, 64], [5, 5, 6, 6], [40, 3, 50, 60]],
    "scores": [0.5, 0.5, 0.1, 1, 0], "region": [[0, 1, 3, 7]],
    "features": np.arange(72).reshape(8, 9) % 11,
}  # fmt: skip
LEGAL = {"layers": 2, "W": -7.5}  # for panels that do not take every number


def extremes(explorer, name):
    """First, last and middle value of a slider; every option of a choice; both of a switch."""
    declared = explorer.declared[name]
    values = declared.values(explorer.ends(explorer.settings()).get(name))
    if isinstance(declared, Slider):
        return sorted({values[0], values[len(values) // 2], values[-1]})
    return values


def another(explorer_class, name):
    """Another legal value of a held setting: one of ours that it takes, or its own, turned."""
    declared = explorer_class.declared[name]
    for value in (OWN.get(name), HELD.get(name)):
        if value is not None:
            with suppress(ValueError):
                declared.keep(value)
                return value
    kept = declared.keep(declared.value)
    return np.roll(kept, 1) if isinstance(kept, np.ndarray) else None


def variants(explorer_class):
    """The explorer as it comes, and with each held setting replaced."""
    yield {}
    for name, declared in explorer_class.declared.items():
        value = another(explorer_class, name) if isinstance(declared, Held) else None
        if value is not None:
            yield {name: value}


def names(sentence, word):
    """Whether a sentence has a word: "h" is not named by "the"."""
    return re.search(rf"(?<!\w){re.escape(word)}(?![^\W_])", sentence) is not None


def check_scene(scene):
    """What holds for every scene of every explorer, told in words."""
    placed, _, (width, height) = scene.layout()
    assert 300 < width < 800, f"the picture is {width:.0f} pixels wide, but a page has 300 to 800"
    assert 150 < height < 600, f"the picture is {height:.0f} pixels high, but a page has 150 to 600"
    for spot in placed:
        panel = spot.panel
        assert panel.title or spot.over, f"the {panel.kind} {panel.name!r} has no title"
        for words in () if spot.over else (panel.title, panel.caption):  # about 7 pixels a letter
            assert 7 * len(words) <= panel.width + 24, (
                f"{words!r} is too long for the {panel.kind} {panel.name!r}, which is "
                f"{panel.width} pixels wide"
            )
    for panel in scene.panels.values():
        rows, columns = panel.shape
        if not rows * columns:
            continue
        for row, column in {(0, 0), (rows - 1, columns - 1), (rows // 2, columns // 3)}:
            line = scene.arithmetic(Cell(panel.name, row, column))
            assert line, f"nothing is said of a cell of {panel.name!r}"
            written = isinstance(panel, Items) or " = " in line or " ≈ " in line
            assert written, f"the line of {panel.name!r} has no number: {line}"
            assert "gives" not in line, f"a number does not follow from its link: {line}"
    assert len(scene.description.splitlines()) > 1, "the description has no line for a panel"


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_it_can_be_shown_as_it_comes(explorer_class):
    problem = explorer_class().current.problem
    assert not problem, f"{explorer_class.__name__} as it comes: {problem}"


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_every_combination_of_extremes(explorer_class):
    test_it_can_be_shown_as_it_comes(explorer_class)  # else every combination fails alike
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
            for asked in ("ranges", "unused"):
                with suppress(ValueError):  # settings that cannot be shown; nothing else
                    explorer._ask(asked, now)
            try:
                scene = explorer.scene_of(now)
            except ValueError as error:
                # "Your own" without one, a choice that cannot go with it, a kernel too large.
                named = [name.split("_")[0] for name in explorer.declared]
                named += [value for value in now.values() if isinstance(value, str)]
                assert any(names(str(error), word) for word in named), (
                    f"{explorer_class.__name__} refuses {dict(chosen)} without naming a setting: "
                    f"{error}"
                )
                continue
            check_scene(scene)
            sizes.add(scene.layout()[2])
            count += 1
    assert count >= 4, f"{explorer_class.__name__} shows {count} combinations of its extremes"
    assert len(sizes) == 1, f"the picture changes its size while controls move: {sizes}"


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_controls_are_public_named_and_described(explorer_class):
    explorer = explorer_class()
    assert explorer.controls
    if explorer.control_rows:
        assert sorted(itertools.chain(*explorer.control_rows)) == sorted(explorer.controls)
    for name, widget in explorer.controls.items():
        assert getattr(explorer, name) == widget.value
        assert widget.description
    for section in ("Examples", "Raises", "Parameters"):
        assert section in inspect.getdoc(explorer_class), f"its docstring has no {section}"


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


# --------------------------------------------------- settings, and what they show


def moved(explorer, random):
    """One random move of the hand: a control, or a number in a grid."""
    panels = [p for p in explorer.current.panels.values() if getattr(p, "editable", False)]
    if panels and random.random() < 0.25:
        panel = panels[random.integers(len(panels))]
        row, column = (int(random.integers(size)) for size in panel.shape)
        message = {"type": "edit", "panel": panel.name, "row": row, "column": column}
        value = int(random.integers(1, 3)) if panel.name in LEGAL else float(random.normal())
        explorer._gesture(explorer.stage, message | {"value": value}, [])
        return
    panels = [p for p in explorer.current.panels.values() if getattr(p, "movable", False)]
    if panels and random.random() < 0.25:
        panel = panels[random.integers(len(panels))]
        place = int(random.integers(len(panel.corners)))
        x, y = random.integers(0, 5, 2).tolist()
        message = {"type": "drag", "panel": panel.name, "place": place}
        explorer._gesture(explorer.stage, message | {"corners": [x, y, x + 3, y + 2]}, [])
        assert explorer.value_of(explorer.edits.get(panel.name, panel.name))[place][0] == x
        return
    panels = [p for p in explorer.current.panels.values() if getattr(p, "paintable", False)]
    if panels and random.random() < 0.25:
        points = random.uniform(0, 20, (3, 2)).tolist()
        message = {"type": "stroke", "panel": panels[0].name, "points": points}
        explorer._gesture(explorer.stage, message, [])
        return
    name = list(explorer.controls)[random.integers(len(explorer.controls))]
    values = explorer.declared[name].values(explorer.ends(explorer.settings()).get(name))
    explorer.controls[name].value = values[random.integers(len(values))]


def fresh(explorer):
    """A new explorer with the settings of another."""
    given = {name: explorer.value_of(name) for name in explorer.declared}
    if type(explorer).__name__ == "ArchitectureExplorer":
        given["table"] = explorer.table
    return type(explorer)(**given)


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_what_is_shown_depends_on_the_settings_alone(explorer_class):
    """Moved there by the hand or made there: the scene, and what the page has of it."""
    random = np.random.default_rng(3)
    for _ in range(4):
        explorer = explorer_class()
        for _ in range(12):
            moved(explorer, random)
        other = fresh(explorer)
        assert other.settings().keys() == explorer.settings().keys()
        for name in explorer.controls:
            mine, its = explorer.controls[name], other.controls[name]
            for part in ("value", "min", "max", "disabled"):
                assert getattr(mine, part, None) == getattr(its, part, None), (name, part)
        assert pack(explorer.current) == pack(other.current)
        key = explorer._key(explorer.settings())
        assert explorer.stage.current == other.stage.current == key
        assert _plain(explorer.stage.scenes[key]) == _plain(pack(other.current)[0])


def _plain(header):
    return json.loads(json.dumps(header))


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_a_setting_is_an_attribute(explorer_class):
    for name in explorer_class().controls:
        assert getattr(explorer_class, name) is explorer_class.declared[name]
        explorer = explorer_class()
        for value in extremes(explorer, name):
            setattr(explorer, name, value)
            assert getattr(explorer, name) == explorer.controls[name].value == value
            assert explorer.stage.current == explorer._key(explorer.settings())
        before = state(explorer)
        with pytest.raises(ValueError, match=f"{name} is "):
            setattr(explorer, name, "nonsense")
        assert state(explorer) == before


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_what_is_held_is_an_attribute_and_chooses_itself(explorer_class):
    for name, declared in explorer_class.declared.items():
        value = another(explorer_class, name) if isinstance(declared, Held) else None
        if value is None:
            continue
        explorer = explorer_class()
        before = pack(explorer.current)
        setattr(explorer, name, value)
        assert np.array_equal(getattr(explorer, name), declared.keep(value))
        assert pack(explorer.current) != before or name in ("classes", "scores")
        if declared.choice:
            assert getattr(explorer, declared.choice) == declared.own
        with pytest.raises(ValueError, match=f"{name} "):
            setattr(explorer, name, 1j)


def state(explorer):
    """All that a refused setting must leave as it was."""
    widgets = {
        name: [getattr(widget, part, None) for part in ("value", "min", "max", "disabled")]
        for name, widget in explorer.controls.items()
    }
    held = {name: repr(value) for name, value in explorer._held.items()}
    return widgets, held, explorer.stage.current, sorted(explorer.stage.scenes)


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_a_refused_setting_changes_nothing(explorer_class):
    random = np.random.default_rng(5)
    explorer = explorer_class()
    for _ in range(6):
        moved(explorer, random)
    names = list(explorer.declared)
    for _ in range(60):
        before = state(explorer)
        bad = names[random.integers(len(names))]
        given = {}
        for name in explorer.controls:
            if random.random() < 0.5:
                values = explorer.declared[name].values()
                given[name] = values[random.integers(len(values))]
        for name, declared in explorer.declared.items():
            if isinstance(declared, Held) and random.random() < 0.5:
                value = another(explorer_class, name)
                given |= {} if value is None else {name: value}
        given[bad] = object() if random.random() < 0.5 else 1e30j
        with pytest.raises(ValueError, match=r"\w+ "):
            explorer.set(**given)
        assert state(explorer) == before


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_every_setting_is_documented(explorer_class):
    takes = inspect.signature(explorer_class.__init__).parameters
    names = [name for name in takes if name not in ("self", "held", "settings")]
    names += list(explorer_class.declared)
    unsaid = [name for name in names if name not in explorer_class.documented()]
    assert not unsaid, f"{explorer_class.__name__} does not document {unsaid}"
