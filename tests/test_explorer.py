"""The explorer itself: its store, what it makes ahead, and what it does when something fails."""

import asyncio
import threading

import numpy as np
import pytest

from cnnlab.scene import Boxes, Graph, Grid, Node, Over, Picture, Row, Scene
from cnnlab.widgets import (
    Choice,
    ConvolutionStepper,
    Explorer,
    Held,
    NetworkExplorer,
    PoolingExplorer,
    Slider,
    Switch,
    numbers,
)
from cnnlab.widgets.student import Interrupted


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


def watched(explorer):
    """The explorer with a page that listens, whose messages are kept in a list."""
    explorer._gesture(explorer.stage, {"type": "ready"}, [])
    told = []
    explorer.stage.send = lambda content, buffers=None: told.append(content)
    return explorer, told


def test_keys_are_those_of_the_browser():
    """store.js writes JSON.stringify of numbers, places of choices, and booleans."""
    explorer = Counter(size=4, mode="double", negative=True, weight=0.75)
    assert explorer._key(explorer.settings()) == '[4,1,true,"0.750000"]'
    explorer.set(weight=1.0, negative=False)
    assert explorer._key(explorer.settings()) == "[4,1,false,1]"


def test_a_stored_scene_is_not_made_again():
    explorer, _ = watched(Counter())
    explorer.controls["size"].value = 5
    made = Counter.made
    explorer.controls["size"].value = 3
    explorer.controls["size"].value = 5
    assert Counter.made == made


def test_what_is_held_clears_the_store():
    explorer, _ = watched(Counter())
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
    monkeypatch.setattr(explorer._ahead, "go_on", lambda *_: None)
    explorer._ahead.queue = explorer._reachable(explorer.settings())
    for _ in range(200):
        explorer._ahead.fill(explorer._ahead.turn)
    assert len(explorer.stage.scenes) == 1 + 8 + 1 + 1 + 4


def test_a_slow_function_is_not_run_ahead(monkeypatch):
    monkeypatch.setattr("cnnlab.widgets.ahead.SLOW_SCENE", -1.0)
    explorer = Counter()
    monkeypatch.setattr(explorer._ahead, "go_on", lambda *_: None)
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


@pytest.mark.parametrize(("looks", "most"), [(False, 1), (True, 100)])
def test_nothing_is_made_ahead_while_nobody_looks(looks, most):
    async def play():
        explorer = watched(Counter())[0] if looks else Counter()
        explorer.controls["size"].value = 6
        await asyncio.sleep(0.3)
        return len(explorer.stage.scenes)

    found = asyncio.run(play())
    assert found <= most and (found > 10) == looks


def test_what_nobody_saw_does_not_pile_up():
    """Sixty pictures that are assigned before a page opens: the state holds the last one."""
    explorer = Counter()
    sent = []
    explorer.stage.send_state = lambda *_, **__: sent.append(len(explorer.stage.scenes))
    for size in (1, 2, 3, 4, 5, 6, 7, 8) * 8:
        explorer.size = size
    assert set(sent) == {1}


def test_an_older_filling_stops_when_the_hand_moves_on(monkeypatch):
    explorer, _ = watched(Counter())
    monkeypatch.setattr(explorer._ahead, "go_on", lambda *_: None)
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
    monkeypatch.setattr(explorer._ahead, "go_on", lambda *_: None)
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


# ------------------------------------------------- what cannot even be defined


def one():
    return Scene("one", Grid(name="g", values=np.ones((1, 1))))


DECLARED_WRONGLY = {
    "a scene that sees the explorer": (
        {"size": Slider(1, 9, 3), "scene": lambda self, size: one()},
        "scene of Bad must be a static method: write @staticmethod above it and leave self out"),
    "a scene that takes self all the same": (
        {"size": Slider(1, 9, 3), "scene": staticmethod(lambda self, size: one())},
        r"scene of Bad takes \(self, size\), but the settings are size"),
    "a scene that forgets a setting": (
        {"size": Slider(1, 9, 3), "scene": staticmethod(one)}, "size is in one of them only"),
    "ranges of what is not there": (
        {"size": Slider(1, 9, 3), "scene": staticmethod(lambda size: one()),
         "ranges": staticmethod(lambda width: {})}, "ranges of Bad takes"),
    "ranges that see the explorer": (
        {"size": Slider(1, 9, 3), "scene": staticmethod(lambda size: one()),
         "ranges": lambda self: {}}, "ranges of Bad must be a static method"),
    "a name that is taken": (
        {"layout": Slider(1, 9, 3), "scene": staticmethod(lambda layout: one())},
        r"setting names \['layout'\] of Bad are used"),
    "a name of the explorer's own": (
        {"current": Slider(1, 9, 3), "scene": staticmethod(lambda current: one())},
        r"setting names \['current'\] of Bad are used"),
    "rows that miss a control": (
        {"size": Slider(1, 9, 3), "control_rows": (("width",),),
         "scene": staticmethod(lambda size: one())}, "control_rows of Bad has"),
    "an own thing without a choice": (
        {"image": Held(choice="picture"), "scene": staticmethod(lambda image: one())},
        "speaks of the choice 'picture', but there is none with the option 'your own'"),
    "rows that are no tuples": (
        {"size": Slider(1, 9, 3), "control_rows": ("size",),
         "scene": staticmethod(lambda size: one())}, "each row must be a tuple of names"),
    "a gesture on what is not there": (
        {"size": Slider(1, 9, 3), "edits": {"g": "image"},
         "scene": staticmethod(lambda size: one())}, "edits of Bad speaks of 'image'"),
    "a docstring of what is not there": (
        {"__doc__": "A picture.\n\nParameters\n----------\nwidth, size : int\n    Cells.\n",
         "size": Slider(1, 9, 3), "scene": staticmethod(lambda size: one())},
        "the docstring of Bad tells of width, but it takes size"),
}  # fmt: skip


@pytest.mark.parametrize("what", DECLARED_WRONGLY)
def test_an_explorer_that_makes_no_sense_cannot_be_defined(what):
    members, words = DECLARED_WRONGLY[what]
    with pytest.raises(TypeError, match=words):
        type("Bad", (Explorer,), members)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Slider(1, 9, 12), "value of a slider is 12, but it must lie in its range, 1 to 9"),
        (lambda: Slider(9, 1, 3), "it must lie in its range, 9 to 1"),
        (lambda: Slider(1, 9, 3, step=0), "step of a slider is 0"),
        (lambda: Slider("1", 9, 3), "low of a slider is '1', but it must be a number"),
        (lambda: Choice(()), "options of a choice are"),
        (lambda: Choice(("a", "a")), "they must differ"),
        (lambda: Choice(("a", "b"), value="c"), "is 'c', but it must be one of a, b"),
        (lambda: Switch("on"), "value of a switch is 'on', but it must be True or False"),
        (lambda: Held(read=3), "read is 3, but it must be a function"),
        (lambda: Slider(1, 9, True), "value of a slider is True, but it must be a number"),
        (lambda: Slider(0, float("inf"), 1), "high of a slider is inf, but it must be a finite"),
        (lambda: Slider(0, 1, 0.5, step=5e-5), "step of a slider is 5e-05, but it must be at lea"),
        (lambda: Slider(0, 1, 1, label=5), "label of a slider is 5, but it must be text"),
        (lambda: Slider(0, 1, 1, play="no"), "play of a slider is 'no', but it must be True or"),
        (lambda: Choice("abc"), "options of a choice is a single str, but it must be a tuple"),
        (lambda: Choice((1, 2)), "options of a choice holds 1, but each must be a str"),
        (lambda: Held(ready=len), "ready is given, but no choice"),
        (lambda: Held(ready=len, choice="picture"), "ask is '', but 'your own' needs a sentence"),
    ],
)
def test_a_control_that_makes_no_sense_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_what_it_holds_can_be_given_without_a_name():
    image, kernel = np.ones((4, 4)), np.ones((2, 2))
    stepper = ConvolutionStepper(image, kernel)
    assert stepper.image.shape == (4, 4) and stepper.kernel.shape == (2, 2)
    with pytest.raises(ValueError, match="kernel was given twice"):
        ConvolutionStepper(image, kernel, kernel=kernel)
    with pytest.raises(ValueError, match="4 arguments without a name, but it takes image, kernel"):
        ConvolutionStepper(image, kernel, None, 3)


def test_a_function_is_read_back_as_it_was_given():
    def correlate(image, kernel):
        return np.zeros((3, 3))

    stepper = ConvolutionStepper()
    stepper.correlate = correlate
    assert stepper.correlate is correlate and stepper.current.panels["output"].values.sum() == 0
    stepper.correlate = None
    assert stepper.correlate is None


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit, BaseException, MemoryError])
def test_nothing_that_a_function_raises_ends_the_kernel(error):
    def fails(image, kernel):
        raise error("gone")

    stepper = ConvolutionStepper(correlate=fails)
    assert stepper.current.problem == f"correlate raised {error.__name__}: gone"
    stepper.controls["step"].value = 2
    stepper.correlate = None
    assert stepper.current.problem == ""


def test_a_chosen_node_and_a_dragged_box_change_the_setting_of_their_name():
    class Pair(Explorer):
        node = Choice(("x", "y"))
        boxes = Held([[0, 0, 2, 2], [1, 1, 3, 3]], read=numbers(2, shape=(2, 4)))

        @staticmethod
        def scene(node, boxes):
            net = Graph(name="node", nodes=(Node(name="x"), Node(name="y")), choosable=True)
            photo = Picture(name="photo", values=np.eye(4))
            return Scene(node, Row(net, Over(photo, Boxes(name="boxes", corners=boxes))))

    pair = Pair()
    pair._gesture(pair.stage, {"type": "choose", "panel": "node", "name": "y"}, [])
    assert pair.node == "y" and pair.current.title == "y"
    message = {"type": "drag", "panel": "boxes", "place": 1, "corners": [0, 1, 4, 2]}
    pair._gesture(pair.stage, message, [])
    assert pair.boxes.tolist() == [[0, 0, 2, 2], [0, 1, 4, 2]]
    told = []
    pair.stage.send = lambda content, buffers=None: told.append(content)
    pair._gesture(pair.stage, {"type": "choose", "panel": "node", "name": "z"}, [])
    pair._gesture(pair.stage, message | {"corners": [3, 0, 1, 1]}, [])
    assert "node is 'z', but it must be one of x, y." in told[0]["problem"]
    assert "x1 <= x2" in pair.current.problem


def test_what_a_scene_and_its_ranges_give_is_held_to_it():
    class Forgetful(Explorer):
        size = Slider(1, 9, 3)

        @staticmethod
        def scene(size):
            one()

    assert Forgetful().current.problem == "TypeError: scene of Forgetful returned None, no Scene."
    for given, words in (
        ({"width": (1, 2)}, "gives 'width'"),
        ({"size": (5, 1)}, "ends 5 and 1"),
        ({"size": (1, 4.5)}, "ends 1 and 4.5"),
    ):

        class Ranged(Explorer):
            size = Slider(1, 9, 3)

            ends_given = given

            @staticmethod
            def ranges():
                return Ranged.ends_given

            @staticmethod
            def scene(size):
                return one()

        with pytest.raises(TypeError, match=words):
            Ranged()


def test_an_explorer_that_cannot_be_shown_as_it_comes_says_why():
    class Empty(Explorer):
        picture = Choice(("your own", "cat"))
        row = Slider(0, 9, 0)
        image = Held(
            read=numbers(2), choice="picture", ready=lambda name: np.eye(3), ask="give one"
        )

        @staticmethod
        def ranges(image):
            return {"row": (0, len(image) - 1)}

        @staticmethod
        def scene(picture, row, image):
            return Scene("rows", Grid(name="g", values=image[row : row + 1]))

    empty = Empty()
    assert empty.current.problem == "image is None; give one."
    empty.picture = "cat"
    assert empty.current.problem == "" and empty.controls["row"].max == 2
    empty.image = np.eye(7)
    assert empty.picture == "your own" and empty.controls["row"].max == 6


# ------------------------------------------------------------ what goes wrong


class Pressed(Explorer):
    """Everything that the hand can do, and hooks that fail as they are told."""

    node = Choice(("x", "y"))
    grid = Held(np.zeros((2, 2)), read=numbers(2))
    fails = None

    @staticmethod
    def scene(node, grid):
        net = Graph(name="node", nodes=(Node(name="x"), Node(name="y")), choosable=True)
        return Scene(node, Row(net, Grid(name="grid", values=grid, editable=True)))

    def painted(self, panel, points):
        raise Pressed.fails


def test_each_gesture_gets_one_answer():
    """The page waits for it: also for a node that was chosen already."""
    pressed, told = watched(Pressed())
    for name in ("x", "y", "y", "z"):
        told.clear()
        pressed._gesture(pressed.stage, {"type": "choose", "panel": "node", "name": name}, [])
        assert [m["done"] for m in told if "done" in m] == ["choose"]
    assert "node is 'z'" in told[-1]["problem"] and told[-1]["done"] == "choose"


@pytest.mark.parametrize("error", [KeyError("lost"), SystemExit(3), RuntimeError("torch"),
                                   KeyboardInterrupt(), ValueError("no")])  # fmt: skip
def test_whatever_a_gesture_raises_is_told(error):
    pressed, told = watched(Pressed())
    Pressed.fails = error
    for _ in range(5):
        pressed._gesture(pressed.stage, {"type": "stroke", "panel": "p", "points": [[0, 0]]}, [])
    assert [m["done"] for m in told] == ["stroke"] * 5
    assert all(len(m["problem"]) > 1 for m in told)


@pytest.mark.parametrize("error", [KeyError("lost"), SystemExit(3), ZeroDivisionError("0")])
def test_whatever_the_ranges_raise_the_explorer_is_made(error):
    class Fragile(Explorer):
        size = Slider(1, 9, 3)

        @staticmethod
        def ranges(size):
            raise error

        @staticmethod
        def scene(size):
            return one()

    assert Fragile().current.title == "one"


def test_two_threads_leave_no_explorer_deaf():
    explorer, threads = Counter(), []
    for turn in range(8):

        def play(turn=turn):
            for size in range(1, 9):
                if turn % 2:
                    explorer.set(size=size, start=turn)
                else:
                    explorer.controls["size"].value = size

        threads.append(threading.Thread(target=play))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    explorer.controls["size"].value = 4
    explorer.controls["size"].value = 7
    assert not explorer._deaf and explorer.stage.current.startswith("[7,")


def test_an_interrupted_scene_is_made_anew(monkeypatch):
    explorer, _ = watched(Counter())
    scene, stops = Counter.scene, [True]

    def stopped_once(size, mode, negative, weight, start):
        if size == 6 and stops.pop():
            raise Interrupted("stopped")
        return scene(size, mode, negative, weight, start)

    monkeypatch.setattr(Counter, "scene", staticmethod(stopped_once))
    explorer.size = 6
    assert explorer.stage.scenes[explorer.stage.current]["problem"] == "stopped"
    stops.append(False)
    explorer.size = 5
    explorer.size = 6
    assert explorer.stage.scenes[explorer.stage.current]["problem"] == ""


def test_a_page_that_closes_twice_or_before_it_is_ready_is_counted_once():
    explorer = Counter()
    for kind in ("closed", "closed", "ready", "ready", "closed"):
        explorer._gesture(explorer.stage, {"type": kind}, [])
    assert explorer._ahead.views == 1


def test_an_array_that_is_read_cannot_be_changed_in_place():
    pressed = Pressed()
    with pytest.raises(ValueError, match="read-only"):
        pressed.grid[0, 0] = 5
    pressed._gesture(
        pressed.stage, {"type": "edit", "panel": "grid", "row": 0, "column": 1, "value": 5}, []
    )
    assert pressed.grid.tolist() == [[0, 5], [0, 0]]


@pytest.mark.parametrize(("word", "words"), [
    ("editable", "'lost' of Loose is editable, but there is no setting of that name"),
    ("paintable", r"'lost' of Loose is paintable, but there is no painted\(panel, points\)"),
])  # fmt: skip
def test_a_panel_under_the_hand_changes_something(word, words):
    class Loose(Explorer):
        size = Slider(1, 9, 3)

        @staticmethod
        def scene(size):
            kind = Grid if word == "editable" else Picture
            return Scene("loose", kind(name="lost", values=np.eye(3), **{word: True}))

    with pytest.raises(TypeError, match=words):
        Loose.scene_of({"size": 3})


def test_a_range_may_follow_from_another_that_follows():
    class Chain(Explorer):
        size = Slider(1, 9, 9)
        kernel = Slider(1, 9, 1)
        step = Slider(0, 9, 0)

        @staticmethod
        def ranges(size, kernel):
            return {"kernel": (1, size), "step": (0, size - kernel)}

        @staticmethod
        def scene(size, kernel, step):
            return Scene(f"{size} {kernel} {step}", Grid(name="g", values=np.eye(1)))

    chain = Chain(step=8)
    chain.set(kernel=4, step=5)
    assert chain.current.title == "9 4 5"
    chain.size = 3
    assert chain.current.title == "3 3 0"
    with pytest.raises(ValueError, match="step is 1, but it must be a whole number from 0 to 0"):
        chain.set(kernel=3, step=1)


def test_a_slider_ends_where_it_says():
    for slider, ends, expected in (
        (Slider(0, 11, 0, step=3), None, [0, 3, 6, 9, 11]),
        (Slider(0, 9, 0, step=3), None, [0, 3, 6, 9]),
        (Slider(0.0, 1.0, 0.5, step=0.1), (0, 0.3), [0, 0.1, 0.2, 0.3]),
    ):
        assert slider.values(ends) == expected


def test_one_declaration_is_one_setting():
    size = Slider(1, 9, 3)
    with pytest.raises((TypeError, RuntimeError)):
        type(
            "Two",
            (Explorer,),
            {"size": size, "other": size, "scene": staticmethod(lambda size, other: one())},
        )
    with pytest.raises(TypeError, match="unused of Idle names 'width'"):

        class Idle(Explorer):
            size = Slider(1, 9, 3)

            @staticmethod
            def unused():
                return ("width",)

            @staticmethod
            def scene(size):
                return one()

        Idle()


def test_a_function_that_fails_is_asked_once():
    asked = []

    def fails(image, kernel):
        asked.append(1)
        raise RuntimeError("slow and wrong")

    stepper = ConvolutionStepper(correlate=fails)
    for step in (1, 2, 3):
        stepper.step = step
        assert stepper.current.problem == "correlate raised RuntimeError: slow and wrong"
    assert len(asked) == 1


def test_a_slow_hand_does_not_bring_back_older_data(monkeypatch):
    """A control moves on one thread while another gives new data: the newer one stays."""
    explorer, _ = watched(Counter())
    reached, go = threading.Event(), threading.Event()
    plain = explorer._reachable

    def slow(settings):
        if settings["start"] == 1:
            reached.set()
            go.wait(5)
        return plain(settings)

    monkeypatch.setattr(explorer, "_reachable", slow)
    thread = threading.Thread(target=lambda: setattr(explorer.controls["size"], "value", 8))
    thread.start()
    assert reached.wait(5)
    explorer.set(start=7)
    go.set()
    thread.join()
    shown = explorer.stage.scenes[explorer.stage.current]["panels"][0]["digest"]
    assert np.frombuffer(explorer.stage.arrays[shown]).max() == 7
    assert explorer.current.panels["g"].values.max() == 7 and explorer.size == 8
    explorer._ahead.fill(explorer._ahead.turn)  # what is made ahead is of the new data too
    assert len(explorer.stage.scenes) > 1
    assert {np.frombuffer(a).max() for a in explorer.stage.arrays.values()} == {7}


def test_a_slider_stops_on_its_steps_only():
    class Odd(Explorer):
        size = Slider(3, 9, 5, step=2)

        @staticmethod
        def scene(size):
            return Scene("odd", Grid(name="odd", values=np.ones((size, size))))

    odd = Odd()
    with pytest.raises(ValueError, match="size is 4, but it goes in steps of 2 from 3 to 9"):
        odd.size = 4
    with pytest.raises(ValueError, match=r"value of a slider is 4, but its steps are \[3, 5\]"):
        Slider(3, 5, 4, step=2)
    assert odd.size == 5 and Slider(3, 8, 8, step=2).value == 8


def test_a_page_forgets_its_store_before_it_hears_of_other_controls(monkeypatch):
    """Else a scene of older data would be seen for a moment, under the new settings."""
    explorer, sent = PoolingExplorer(), []
    monkeypatch.setattr(explorer.stage, "send", lambda message, buffers=None: sent.append(message))
    monkeypatch.setattr(explorer._ahead, "_later", lambda *given: True)
    explorer._ahead.opened()
    sent.clear()
    heard = []
    explorer.controls["size"].observe(lambda change: heard.append(len(sent)), "value")
    explorer.set(image=np.arange(64).reshape(8, 8), size=3)
    assert heard == [1] and sent[0] == {"scenes": {}, "digests": [], "clear": True}
    sent.clear()
    explorer.set(image=np.ones((8, 8)))  # no control moves: the scene itself clears the store
    assert [message["scenes"] != {} for message in sent] == [True]


def test_what_the_hand_cannot_move_is_not_made_ahead():
    explorer = NetworkExplorer()
    names = {
        name for settings in explorer._reachable(explorer.settings())
        for name, value in settings.items()
        if name in explorer.controls and value != explorer.settings()[name]
    }  # fmt: skip
    assert names == {"sample", "level", "pen"}
