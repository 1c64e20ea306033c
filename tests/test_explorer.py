"""The explorer itself: its store, what it makes ahead, and what it does when something fails."""

import threading

import numpy as np
import pytest

from cnnlab.scene import Grid, Scene
from cnnlab.widgets import (
    Choice,
    ConvolutionStepper,
    Explorer,
    Held,
    Slider,
    Switch,
)


class Counter(Explorer):
    """A small explorer whose scenes count themselves."""

    size = Slider(1, 9, 3)
    mode = Choice(("plain", "double"))
    negative = Switch(False)
    weight = Slider(0.0, 1.0, 0.5, step=0.25)
    start = Held(1)

    made = 0

    @staticmethod
    def scene(size, mode, negative, weight, start):
        Counter.made += 1
        if size == 9:
            raise ValueError("size is 9, but it must be below 9.")
        return Scene("count", Grid(name="g", values=np.full((size, 2), float(start))))


def test_keys_are_those_of_the_browser():
    """stage.js writes JSON.stringify of numbers, places of choices, and booleans."""
    explorer = Counter(size=4, mode="double", negative=True, weight=0.75)
    assert explorer._key(explorer.settings()) == "[4,1,true,0.75]"
    explorer.set(weight=1.0, negative=False)
    assert explorer._key(explorer.settings()) == "[4,1,false,1]"


def test_a_stored_scene_is_not_made_again():
    explorer = Counter()
    explorer.controls["size"].value = 5
    made = Counter.made
    explorer.controls["size"].value = 3
    explorer.controls["size"].value = 5
    assert Counter.made == made


def test_what_is_held_clears_the_store():
    explorer = Counter()
    explorer.controls["size"].value = 5
    assert len(explorer.stage.scenes) == 2
    explorer.set(start=7)
    assert len(explorer.stage.scenes) == 1 and explorer.start == 7
    assert explorer.current.panels["g"].values.max() == 7


def test_the_nearest_settings_are_made_first_and_all_that_one_control_reaches():
    explorer = Counter(size=4)
    ahead = list(explorer._reachable(explorer.settings()))
    sizes = [s["size"] for s in ahead if s["size"] != 4]
    assert sizes == [3, 5, 2, 6, 1, 7, 8, 9]
    assert {s["weight"] for s in ahead} == {0.0, 0.25, 0.5, 0.75, 1.0}
    assert {s["mode"] for s in ahead} == {"plain", "double"}
    assert len(ahead) == 8 + 1 + 1 + 4
    assert ahead[0]["size"] in (3, 5) and ahead[1]["mode"] == "double"


def test_slices_fill_the_store(monkeypatch):
    explorer = Counter()
    monkeypatch.setattr(explorer._ahead, "go_on", lambda: None)
    explorer._ahead.queue = explorer._reachable(explorer.settings())
    for _ in range(200):
        explorer._ahead.fill(explorer._ahead.turn)
    assert len(explorer.stage.scenes) == 1 + 8 + 1 + 1 + 4


def test_a_slow_function_is_not_run_ahead(monkeypatch):
    monkeypatch.setattr("cnnlab.widgets.ahead.SLOW_SCENE", -1.0)
    explorer = Counter()
    monkeypatch.setattr(explorer._ahead, "go_on", lambda: None)
    explorer._ahead.queue = explorer._reachable(explorer.settings())
    for _ in range(10):
        explorer._ahead.fill(explorer._ahead.turn)
    assert len(explorer.stage.scenes) == 2


def test_the_store_is_bounded(monkeypatch):
    monkeypatch.setattr("cnnlab.widgets.ahead.STORE_LIMIT", 4_000)
    explorer = Counter()
    for size in (1, 2, 3, 4, 5, 6, 7, 8) * 2:
        explorer.controls["size"].value = size
        assert explorer.stage.size < 4_000 + 3_000
        assert explorer.stage.current in explorer.stage.scenes


def test_nothing_is_made_ahead_while_nobody_looks():
    explorer = Counter()
    explorer.controls["size"].value = 6
    assert len(explorer.stage.scenes) == 2


def test_an_older_filling_stops_when_the_hand_moves_on(monkeypatch):
    explorer = Counter()
    monkeypatch.setattr(explorer._ahead, "go_on", lambda: None)
    older = explorer._ahead.turn
    explorer.controls["size"].value = 5
    explorer._ahead.fill(older)
    assert len(explorer.stage.scenes) == 2


def test_a_late_scene_of_older_data_is_dropped():
    """JupyterLab hears widgets on their own thread, while a cell changes the data."""
    explorer = Counter()
    made = explorer._ahead.make

    def change_meanwhile(settings):
        scene = made(settings)
        if explorer.start == 1:
            thread = threading.Thread(target=explorer.set, kwargs={"start": 2})
            thread.start()
            thread.join()
        return scene

    explorer._ahead.make = change_meanwhile
    explorer.controls["size"].value = 6
    assert explorer.current.panels["g"].values.max() == 2
    stored = explorer.stage.scenes[explorer.stage.current]["panels"][0]["digest"]
    assert np.frombuffer(explorer.stage.arrays[stored]).max() == 2


def test_an_endless_function_beside_a_cell_is_stopped(monkeypatch):
    monkeypatch.setattr("cnnlab.widgets.student.LONGEST_CALL", 0.3)

    def forever(image, kernel):
        while True:
            pass

    stepper, told = ConvolutionStepper(), []
    thread = threading.Thread(
        target=lambda: (stepper.set(correlate=forever), told.append(stepper.current.problem))
    )
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert "correlate had not returned when it was stopped" in told[0]
    stepper.set(correlate=None)
    assert stepper.current.problem == ""


def test_a_refused_setting_is_told_and_the_explorer_stays_usable():
    explorer = Counter()
    explorer.controls["size"].value = 9
    header = explorer.stage.scenes[explorer.stage.current]
    assert header["problem"] == "size is 9, but it must be below 9."
    # It has no panels: the page keeps the last good picture, and has room for it.
    assert header["panels"] == [] and header["size"] == Counter().current.layout()[2]
    explorer.controls["size"].value = 2
    assert explorer.stage.scenes[explorer.stage.current]["problem"] == ""


def test_a_name_of_ipywidgets_cannot_be_taken():
    with pytest.raises(TypeError, match="layout"):
        type("Bad", (Explorer,), {"layout": Slider(1, 2, 1)})


def test_the_store_is_emptied_when_nobody_looks():
    explorer = Counter()
    explorer._gesture(explorer.stage, {"type": "ready"}, [])
    for size in (4, 5, 6):
        explorer.controls["size"].value = size
    assert len(explorer.stage.scenes) == 4
    explorer._gesture(explorer.stage, {"type": "closed"}, [])
    assert list(explorer.stage.scenes) == [explorer.stage.current]
    explorer.controls["size"].value = 7
    assert explorer.current.panels["g"].shape == (7, 2)


def test_an_interrupted_scene_is_not_kept(monkeypatch):
    """An interrupt between two cells must not spoil settings that nobody asked for."""
    explorer = Counter()
    monkeypatch.setattr(explorer._ahead, "go_on", lambda: None)
    explorer._ahead.queue = explorer._reachable(explorer.settings())

    def interrupted(size):
        raise KeyboardInterrupt

    monkeypatch.setattr(Counter, "scene", staticmethod(interrupted))
    explorer._ahead.fill(explorer._ahead.turn)
    assert len(explorer.stage.scenes) == 1 and next(explorer._ahead.queue, None) is None


def test_an_error_of_the_program_is_told_too(monkeypatch):
    explorer = Counter()

    def broken(size):
        raise TypeError("a slip")

    monkeypatch.setattr(Counter, "scene", staticmethod(broken))
    explorer.controls["size"].value = 5
    assert explorer.current.problem == "TypeError: a slip"
