"""Every explorer over every extreme, with bad input, and with the student's own function."""

import inspect
import itertools
import math
import threading

import numpy as np
import pytest
import torch

from cnnlab import ops, widgets
from cnnlab.data import EXAMPLE_IMAGE, EXAMPLE_KERNEL, KERNELS, SAMPLE_IMAGES
from cnnlab.scene import Cell, Grid, Scene
from cnnlab.widgets import (
    ArchitectureExplorer,
    ChannelView,
    Choice,
    ConvolutionStepper,
    Explorer,
    FeatureMaps,
    FilterExplorer,
    Held,
    Im2colView,
    InceptionBudget,
    PaddingStride,
    ParameterCounter,
    PoolingExplorer,
    ReceptiveFieldExplorer,
    ResidualLab,
    ShiftLab,
    Slider,
    Smoother1D,
    Switch,
)
from cnnlab.widgets.explorer import _legal_values
from cnnlab.widgets.residual_lab import gradients

EXPLORERS = [
    value
    for name in widgets.__all__
    if inspect.isclass(value := getattr(widgets, name))
    and issubclass(value, Explorer)
    and value is not Explorer
]

# A picture with more columns than rows, and kernels that are not square.
WIDE = np.linspace(0, 1, 9 * 12).reshape(9, 12)
OWN = {
    "image": {"image": WIDE},
    "own": {"own": np.arange(6.0).reshape(2, 3) - 2},
}
LEGAL = {"layers": 2, "W": -7.5}  # for panels that do not take every number


def extremes(widget):
    """First, last and middle value of a slider; every option of a choice; both of a switch."""
    values = _legal_values(widget)
    if hasattr(widget, "min"):
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
        lanes = [[(name, v) for v in extremes(w)] for name, w in explorer.controls.items()]
        if math.prod(map(len, lanes)) > 5000:  # too many: a fixed sample of the combinations
            random = np.random.default_rng(0)
            rounds = [[lane[random.integers(len(lane))] for lane in lanes] for _ in range(2000)]
        else:
            rounds = itertools.product(*lanes)
        for chosen in rounds:
            now = explorer.settings() | dict(chosen)
            try:
                scene = explorer.scene(**now)
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
        assert getattr(explorer, name) is widget
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
        for value in extremes(widget):
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


# ----------------------------------------------------------------- the machine


class Counter(Explorer):
    """A small explorer whose scenes count themselves."""

    size = Slider(1, 9, 3)
    mode = Choice(("plain", "double"))
    negative = Switch(False)
    weight = Slider(0.0, 1.0, 0.5, step=0.25)
    start = Held(1)

    made = 0

    def scene(self, size, mode, negative, weight, start):
        type(self).made += 1
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
    explorer.size.value = 5
    made = Counter.made
    explorer.size.value = 3
    explorer.size.value = 5
    assert Counter.made == made


def test_what_is_held_clears_the_store():
    explorer = Counter()
    explorer.size.value = 5
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
    monkeypatch.setattr(explorer, "_make_ahead", lambda: None)
    explorer._ahead = explorer._reachable(explorer.settings())
    for _ in range(200):
        explorer._make_slice(explorer._turn)
    assert len(explorer.stage.scenes) == 1 + 8 + 1 + 1 + 4


def test_a_slow_function_is_not_run_ahead(monkeypatch):
    monkeypatch.setattr("cnnlab.widgets.explorer.SLOW_SCENE", -1.0)
    explorer = Counter()
    monkeypatch.setattr(explorer, "_make_ahead", lambda: None)
    explorer._ahead = explorer._reachable(explorer.settings())
    for _ in range(10):
        explorer._make_slice(explorer._turn)
    assert len(explorer.stage.scenes) == 2


def test_the_store_is_bounded(monkeypatch):
    monkeypatch.setattr("cnnlab.widgets.explorer.STORE_LIMIT", 4_000)
    explorer = Counter()
    for size in (1, 2, 3, 4, 5, 6, 7, 8) * 2:
        explorer.size.value = size
        assert explorer.stage.size < 4_000 + 3_000
        assert explorer.stage.current in explorer.stage.scenes


def test_nothing_is_made_ahead_while_nobody_looks():
    explorer = Counter()
    explorer.size.value = 6
    assert len(explorer.stage.scenes) == 2


def test_an_older_filling_stops_when_the_hand_moves_on(monkeypatch):
    explorer = Counter()
    monkeypatch.setattr(explorer, "_make_ahead", lambda: None)
    older = explorer._turn
    explorer.size.value = 5
    explorer._make_slice(older)
    assert len(explorer.stage.scenes) == 2


def test_a_late_scene_of_older_data_is_dropped():
    """JupyterLab hears widgets on their own thread, while a cell changes the data."""
    explorer = Counter()
    made = explorer._scene_for

    def change_meanwhile(settings):
        scene = made(settings)
        if explorer.start == 1:
            thread = threading.Thread(target=explorer.set, kwargs={"start": 2})
            thread.start()
            thread.join()
        return scene

    explorer._scene_for = change_meanwhile
    explorer.size.value = 6
    assert explorer.current.panels["g"].values.max() == 2
    stored = explorer.stage.scenes[explorer.stage.current]["panels"][0]["digest"]
    assert np.frombuffer(explorer.stage.arrays[stored]).max() == 2


def test_an_endless_function_beside_a_cell_is_stopped(monkeypatch):
    monkeypatch.setattr("cnnlab.widgets.explorer.LONGEST_CALL", 0.3)

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
    explorer.size.value = 9
    header = explorer.stage.scenes[explorer.stage.current]
    assert header["problem"] == "size is 9, but it must be below 9."
    assert header["panels"], "the last good picture stays"
    explorer.size.value = 2
    assert explorer.stage.scenes[explorer.stage.current]["problem"] == ""


def test_a_name_of_ipywidgets_cannot_be_taken():
    with pytest.raises(TypeError, match="layout"):
        type("Bad", (Explorer,), {"layout": Slider(1, 2, 1)})


# ------------------------------------------------------------ ConvolutionStepper


def test_the_stepper_shows_both_operations():
    scene = ConvolutionStepper().current
    assert scene.panels["output"].values.tolist() == [[6, 9, 11], [10, 4, 4], [7, 7, 4]]
    assert scene.panels["convolution"].values.tolist() == [[8, 6, 7], [7, 6, 5], [5, 7, 5]]
    assert scene.note == "Flipping the kernel changes 8 of 9 outputs."


@pytest.mark.parametrize("flip", [False, True])
def test_each_step_is_one_window(flip):
    image, kernel = np.arange(20.0).reshape(4, 5), np.array([[1.0, 2, 3], [4, 5, 6]])
    stepper = ConvolutionStepper(image, kernel, flip=flip)
    assert stepper.step.max == 3 * 3 - 1
    for step in range(9):
        stepper.set(step=step)
        scene = stepper.current
        row, column = divmod(step, 3)
        assert scene.focus == Cell("convolution" if flip else "output", row, column)
        window = [c for c in scene.sources(scene.focus) if c.panel == "input"]
        assert window == [Cell("input", row + m, column + n) for m, n in np.ndindex(kernel.shape)]
        assert "gives" not in scene.arithmetic(scene.focus)


def test_a_number_is_edited_in_its_cell():
    stepper = ConvolutionStepper()
    message = {"type": "edit", "panel": "kernel", "row": 2, "column": 0, "value": 1.0}
    stepper._gesture(stepper.stage, message, [])
    assert stepper.kernel.tolist() == [[1, 0, 1], [1, 0, 1], [1, 1, 0]]
    assert EXAMPLE_KERNEL[2, 0] == 0, "the shared example must not change"
    expected = ops.cross_correlate2d(EXAMPLE_IMAGE, stepper.kernel)
    np.testing.assert_array_equal(stepper.current.panels["output"].values, expected)


def test_the_input_is_edited_too():
    stepper = ConvolutionStepper()
    message = {"type": "edit", "panel": "input", "row": 0, "column": 0, "value": 9.5}
    stepper._gesture(stepper.stage, message, [])
    assert stepper.image[0, 0] == 9.5 and EXAMPLE_IMAGE[0, 0] == 1
    assert stepper.current.panels["output"].values[0, 0] == 6 - 1 + 9.5


def test_what_is_held_is_a_copy():
    image = np.ones((5, 5))
    stepper = ConvolutionStepper(image, np.ones((3, 3)))
    image[0, 0] = 99
    stepper.step.value = 1
    assert stepper.current.panels["input"].values[0, 0] == 1


def test_a_slow_function_is_asked_once_for_each_kernel():
    asked = []

    def correlate(image, kernel):
        asked.append(kernel)
        return ops.cross_correlate2d(image, kernel)

    stepper = ConvolutionStepper(correlate=correlate)
    for step in range(9):
        stepper.step.value = step
    stepper.flip.value = True
    assert len(asked) == 2
    stepper.set(kernel=[[1, 2], [3, 4]])
    assert len(asked) == 4


def test_input_and_kernel_stay_in_sight_while_the_function_fails():
    stepper = ConvolutionStepper(correlate=raises)
    assert {"input", "kernel"} <= set(stepper.current.panels)
    assert stepper.current.layout()[2] == ConvolutionStepper().current.layout()[2]
    stepper._gesture(
        stepper.stage, {"type": "edit", "panel": "input", "row": 0, "column": 0, "value": 8}, []
    )
    assert stepper.current.panels["input"].values[0, 0] == 8


def test_a_buffer_that_is_used_again_is_no_mistake():
    buffer = np.zeros((3, 3))

    def correlate(image, kernel):
        buffer[...] = ops.cross_correlate2d(image, kernel)
        return buffer

    scene = ConvolutionStepper(correlate=correlate).current
    assert scene.panels["output"].values.tolist() == [[6, 9, 11], [10, 4, 4], [7, 7, 4]]
    assert scene.marks == ()


def test_wrong_cells_are_outlined_and_counted():
    def forgets_the_corner(image, kernel):
        out = ops.cross_correlate2d(image, kernel)
        out[0, 0] = 0
        return out

    scene = ConvolutionStepper(correlate=forgets_the_corner).current
    assert [(m.panel, m.row, m.column) for m in scene.marks] == [
        ("output", 0, 0), ("convolution", 0, 0),
    ]  # fmt: skip
    assert "differs from the definition in 2 of 18 outputs" in scene.note


@pytest.mark.parametrize("large", [1e26, 1e200])
def test_numbers_too_large_to_show_are_told(large):
    with np.errstate(over="ignore"):
        stepper = ConvolutionStepper(np.full((3, 3), large), np.full((2, 2), large))
    if large == 1e26:
        assert "1e26" in stepper.current.description.replace("+", "")
    else:
        assert "too large to show" in stepper.current.problem
    stepper._repr_mimebundle_()
    stepper.set(image=EXAMPLE_IMAGE, kernel=EXAMPLE_KERNEL)
    assert stepper.current.problem == ""


def test_a_refused_set_changes_nothing():
    stepper = ConvolutionStepper(step=8)
    with pytest.raises(ValueError, match="step is 99"):
        stepper.set(image=np.ones((3, 3)), step=99)
    assert stepper.step.value == 8 and stepper.image.shape == (5, 5)
    with pytest.raises(ValueError, match=r"step is 2.7, but it must be a whole number"):
        stepper.set(step=2.7)
    with pytest.raises(ValueError, match="kernel is array"):
        FilterExplorer(kernel=np.eye(3))


def test_the_store_is_emptied_when_nobody_looks():
    explorer = Counter()
    explorer._gesture(explorer.stage, {"type": "ready"}, [])
    for size in (4, 5, 6):
        explorer.size.value = size
    assert len(explorer.stage.scenes) == 4
    explorer._gesture(explorer.stage, {"type": "closed"}, [])
    assert list(explorer.stage.scenes) == [explorer.stage.current]
    explorer.size.value = 7
    assert explorer.current.panels["g"].shape == (7, 2)


def test_an_interrupted_scene_is_not_kept(monkeypatch):
    """An interrupt between two cells must not spoil settings that nobody asked for."""
    explorer = Counter()
    monkeypatch.setattr(explorer, "_make_ahead", lambda: None)
    explorer._ahead = explorer._reachable(explorer.settings())

    def interrupted(**settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(explorer, "scene", interrupted)
    explorer._make_slice(explorer._turn)
    assert len(explorer.stage.scenes) == 1 and next(explorer._ahead, None) is None


def test_an_error_of_the_program_is_told_too(monkeypatch):
    explorer = Counter()

    def broken(**settings):
        raise TypeError("a slip")

    monkeypatch.setattr(explorer, "scene", broken)
    explorer.size.value = 5
    assert explorer.current.problem == "TypeError: a slip"


def test_the_students_function_fills_the_output():
    def flipped(image, kernel):
        return ops.convolve2d(image, kernel)

    stepper = ConvolutionStepper(correlate=flipped)
    line = stepper.current.arithmetic(Cell("output", 0, 0))
    assert line.endswith("= 6, but your correlate gives 8")


def returns_nothing(image, kernel):
    ops.cross_correlate2d(image, kernel)


def raises(image, kernel):
    raise IndexError("list index out of range")


def wrong_shape(image, kernel):
    return np.zeros(image.shape)


def text(image, kernel):
    return "nine"


def not_finite(image, kernel):
    return np.full((3, 3), np.nan)


def interrupted(image, kernel):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (returns_nothing, "correlate returned None; a `return` may be missing."),
        (raises, "correlate raised IndexError: list index out of range"),
        (wrong_shape, "correlate returned an array of shape (5, 5), but here it must be (3, 3)."),
        (text, "what correlate returned holds text, but it must hold real numbers."),
        (not_finite, "what correlate returned is nan at index (0, 0)"),
        (interrupted, "correlate had not returned when it was stopped"),
    ],
)
def test_a_students_function_that_goes_wrong_is_told_in_the_widget(function, words):
    stepper = ConvolutionStepper(correlate=function)
    assert words in stepper.current.problem
    data, _ = stepper._repr_mimebundle_()
    assert words in data["text/plain"]
    stepper.set(correlate=ops.cross_correlate2d)
    assert stepper.current.problem == "" and stepper.step.max == 8


def test_a_students_function_cannot_spoil_what_is_shown():
    def spoil(image, kernel):
        image[...] = 0
        return np.zeros((3, 3))

    stepper = ConvolutionStepper(correlate=spoil)
    assert stepper.current.panels["input"].values.tolist() == EXAMPLE_IMAGE.tolist()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"image": np.ones(3)}, "image has shape"),
        ({"image": "photo.png"}, "image holds text"),
        ({"image": np.ones((40, 40))}, "at most 12 x 12"),
        ({"kernel": [[np.nan]]}, "kernel is nan"),
        ({"kernel": np.ones((2, 2, 2))}, "kernel has shape"),
        ({"correlate": 3}, "correlate is 3"),
    ],
)
def test_the_stepper_refuses_what_it_cannot_draw(arguments, words):
    with pytest.raises(ValueError, match=words):
        ConvolutionStepper(**arguments)
    stepper = ConvolutionStepper()
    with pytest.raises(ValueError, match=words):
        stepper.set(**arguments)
    assert stepper.image.tolist() == EXAMPLE_IMAGE.tolist() and stepper.current.problem == ""


def test_a_kernel_larger_than_the_image_is_told_in_the_widget():
    stepper = ConvolutionStepper(np.ones((3, 5)), np.ones((4, 2)))
    assert stepper.current.problem.startswith("along the height: kernel 4")


# ---------------------------------------------------------------- PaddingStride


def test_what_a_stride_leaves_unvisited():
    scene = PaddingStride(stride_h=3, stride_w=3).current
    assert scene.panels["output"].shape == (2, 2)
    assert "No window visits row 6 and column 6." in scene.note
    hatched = {(m.row, m.column, m.rows, m.columns) for m in scene.marks if m.panel == "coverage"}
    assert hatched == {(6, 0, 1, 7), (0, 6, 7, 1)}


def test_coverage_of_the_handout_is_drawn():
    scene = PaddingStride(size_h=5, size_w=5).current
    assert scene.panels["coverage"].values.tolist() == [
        [1, 2, 3, 2, 1], [2, 4, 6, 4, 2], [3, 6, 9, 6, 3], [2, 4, 6, 4, 2], [1, 2, 3, 2, 1],
    ]  # fmt: skip
    padded = PaddingStride(size_h=5, size_w=5, padding_h=1, padding_w=1).current
    counts = padded.panels["coverage"].values
    assert counts[0, 0] == 4 and counts[2, 2] == 9
    assert padded.panels["padded"].caption == "5 x 5, padded to 7 x 7"


def test_each_axis_is_its_own():
    scene = PaddingStride(
        size_h=8, kernel_h=2, stride_h=3, padding_h=1, dilation_h=2,
        size_w=5, kernel_w=4, stride_w=1, padding_w=2, dilation_w=1,
    ).current  # fmt: skip
    image = torch.tensor(scene.panels["padded"].values[1:-1, 2:-2])[None, None].double()
    ones = torch.ones(1, 1, 2, 4).double()
    expected = torch.conv2d(image, ones, stride=(3, 1), padding=(1, 2), dilation=(2, 1))[0, 0]
    assert scene.panels["output"].values.tolist() == expected.tolist()
    assert scene.panels["coverage"].values.shape == (8, 5)


def test_the_window_goes_as_far_as_there_are_windows():
    explorer = PaddingStride()
    assert explorer.step.max == 24
    explorer.step.value = 24
    explorer.stride_h.value = 4
    assert explorer.step.max == 9 and explorer.step.value == 9
    assert explorer.current.focus == Cell("output", 1, 4)


def test_an_illegal_setting_is_told_and_can_be_mended():
    explorer = PaddingStride(size_h=3, kernel_h=5)
    assert explorer.current.problem.startswith("Along the height: kernel 5 with dilation 1 spans 5")
    assert explorer.current.layout()[2] == PaddingStride().current.layout()[2]
    explorer.padding_h.value = 1
    assert explorer.current.problem == "" and explorer.current.panels["output"].shape[0] == 1


# -------------------------------------------------------------- PoolingExplorer


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


# ------------------------------------------------------------------- Im2colView


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
    assert len(scene.users(Cell("matrix", 0, 0))) == 1
    gaps = Im2colView(view="col2im: the way back", size=4, kernel=2, stride=3).current
    assert "12 pixels are in none." in gaps.note


# ------------------------------------------------------------------- Smoother1D


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
    assert (smoother.time.min, smoother.time.max) == (1, 3)
    smoother._gesture(
        smoother.stage, {"type": "edit", "panel": "kernel", "row": 0, "column": 1, "value": 0}, []
    )
    assert smoother.current.panels["smoothed"].values.tolist() == [2, 3, 4]
    assert "so this is" not in smoother.current.note  # 1 + 0 is an average


def test_the_smoother_tells_a_kernel_that_does_not_fit():
    smoother = Smoother1D([1.0, 2.0], [1.0, 1.0, 1.0])
    assert "kernel 3" in smoother.current.problem
    with pytest.raises(ValueError, match="at most 24"):
        Smoother1D(np.ones(100))
    with pytest.raises(ValueError, match="positions has shape"):
        Smoother1D(np.ones((2, 2)))


# --------------------------------------------------------------------- ShiftLab


def test_counts_of_changed_inputs():
    for picture, counts in {"drawn ring": [32, 64, 80], "drawn bar": [20, 40, 40]}.items():
        for right, count in enumerate(counts, 1):
            note = ShiftLab(picture=picture, right=right).current.note
            assert note.startswith(f"{count} of 256 inputs")


@pytest.mark.parametrize("kernel", list(KERNELS))
def test_on_a_circle_a_convolution_is_equivariant(kernel):
    for down, right in ((0, 1), (-5, 3), (5, 5)):
        lab = ShiftLab(picture="photograph", kernel=kernel, down=down, right=right,
                       border="circular")  # fmt: skip
        assert np.abs(lab.current.panels["differs"].values).max() < 1e-6
        assert "moved with the picture" in lab.current.note


def test_zeros_at_the_border_break_equivariance():
    lab = ShiftLab(picture="photograph", right=1, down=0, border="zeros")
    differs = lab.current.panels["differs"].values
    assert np.abs(differs[:, 2:-2]).max() == 0 and np.abs(differs).max() > 0.1
    assert "the border broke it" in lab.current.note


def test_no_shift_changes_nothing():
    note = ShiftLab(right=0, down=0).current.note
    assert note.startswith("0 of 256 inputs")


# --------------------------------------------------------------- FilterExplorer


@pytest.mark.parametrize("name", list(KERNELS))
def test_filters_agree_with_ops(name):
    scene = FilterExplorer(kernel=name, picture="brick").current
    image = scene.panels["input"].values.astype(float)
    expected = ops.cross_correlate2d(image, KERNELS[name])
    np.testing.assert_allclose(scene.panels["output"].values, expected, atol=1e-5)


def test_strength_goes_from_the_picture_to_the_kernel():
    identity = FilterExplorer(kernel="outline", strength=0).current
    inside = identity.panels["input"].values[1:-1, 1:-1]
    np.testing.assert_allclose(identity.panels["output"].values, inside, atol=1e-6)
    half = FilterExplorer(kernel="outline", strength=50).current
    assert half.panels["kernel"].values[1, 1] == 4.5


def test_editing_makes_a_kernel_of_ones_own():
    explorer = FilterExplorer(kernel="sharpen")
    explorer._gesture(
        explorer.stage, {"type": "edit", "panel": "kernel", "row": 0, "column": 0, "value": 2.0}, []
    )
    assert explorer.kernel.value == "your own" and explorer.own[0, 0, 0] == 2
    assert (explorer.own[0] == explorer.own[2]).all()
    assert KERNELS["sharpen"][0, 0] == 0
    explorer.set(channels="channels summed")
    explorer._gesture(
        explorer.stage, {"type": "edit", "panel": "blue", "row": 1, "column": 1, "value": 0.0}, []
    )
    assert explorer.own[2, 1, 1] == 0 and explorer.own[0, 1, 1] == 5
    explorer.set(channels="gray")
    assert "choose 'channels summed'" in explorer.current.problem


def test_a_kernel_of_ones_own_starts_as_the_identity():
    explorer = FilterExplorer(kernel="your own")
    assert explorer.current.panels["kernel"].values.tolist() == KERNELS["identity"].tolist()
    explorer._gesture(
        explorer.stage, {"type": "edit", "panel": "kernel", "row": 0, "column": 0, "value": 3}, []
    )
    assert explorer.current.panels["kernel"].values[0, 0] == 3


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kernel": "box blur"}, "The weights sum to 1: flat regions keep their brightness."),
        ({"kernel": "outline"}, "The weights sum to 0: flat gray regions give 0."),
        ({"kernel": "box blur", "channels": "channels summed"}, "sum to 3: it changes"),
        ({"own": [[0.1, 0.2, -0.3]]}, "sum to 0: flat"),
        ({"own": np.full((3, 3), 0.1111)}, "sum to 0.9999: it changes"),
    ],
)
def test_the_note_says_what_the_weights_do(settings, words):
    scene = FilterExplorer(picture="cat", **settings).current
    assert words in scene.note
    _, high = scene.panels["output"].limits
    assert scene.panels["output"].values.max() <= high + 0.2


def test_summed_channels_are_one_filter():
    own = np.zeros((3, 1, 1))
    own[:, 0, 0] = (1, 2, -1)
    scene = FilterExplorer(picture="cat", own=own, channels="channels summed").current
    parts = [scene.panels[f"input {c}"].values for c in ("red", "green", "blue")]
    expected = parts[0] + 2 * parts[1] - parts[2]
    np.testing.assert_allclose(scene.panels["output"].values, expected, atol=1e-5)


def upload(explorer, name, content):
    explorer._uploaded({"new": ({"name": name, "content": memoryview(content)},)})


def test_an_upload_is_shown_and_a_bad_one_is_told(tmp_path):
    from PIL import Image

    Image.new("L", (300, 100), 128).save(tmp_path / "사진.png")
    explorer = FilterExplorer()
    upload(explorer, "사진.png", (tmp_path / "사진.png").read_bytes())
    assert explorer.picture.value == "your own"
    assert explorer.current.panels["input"].shape == (56, 168)
    told = []
    explorer.stage.send = lambda content, buffers=None: told.append(content)
    for content, words in [(b"", "empty"), (b"no image", "no image that can be read")]:
        upload(explorer, "메모.txt", content)
        assert "메모.txt" in told[-1]["problem"] and words in told[-1]["problem"]
        assert explorer.upload.value == (), "the same file can be chosen again"
    assert explorer.current.panels["input"].shape == (56, 168)  # nothing was lost
    explorer.set(picture="camera")
    assert explorer.current.problem == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"image": "nowhere.png"}, "no such file"),
        ({"image": np.ones((3, 9, 9))}, "channels last"),
        ({"own": np.ones((2, 3, 3))}, r"or \(3, KH, KW\)"),
        ({"own": np.ones((9, 9))}, "at most 7 x 7"),
        ({"own": [["a"]]}, "own holds text"),
    ],
)
def test_the_filter_explorer_refuses_what_it_cannot_use(arguments, words):
    with pytest.raises(ValueError, match=words):
        FilterExplorer(**arguments)


def test_a_tiny_image_is_told_in_the_widget():
    explorer = FilterExplorer(image=np.ones((2, 2)))
    assert "kernel 3" in explorer.current.problem


# ------------------------------------------------------------------ ChannelView


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
    assert view.row.max == 0 and view.current.problem == ""
    view.set(picture="cat")
    assert (view.row.max, view.column.max) == (128 - 6, 168 - 6)
    assert view.sigma.disabled and not view.row.disabled


def test_every_sample_image_can_be_filtered():
    for name in SAMPLE_IMAGES:
        assert FilterExplorer(picture=name).current.problem == ""


# ------------------------------------------------------------------- week 6


def test_the_counter_counts_the_scenario_of_the_handout():
    scene = ParameterCounter().current
    texts = {name: panel.texts for name, panel in scene.panels.items()}
    assert texts["parameters"] == ("393,344 (1.6 MB)", "896 (3.6 kB)", "88,502,400 (354 MB)")
    assert texts["outputs"] == ("128 (512 B)", "28,800 (115 kB)", "28,800 (115 kB)")
    assert texts["macs"] == ("393,216", "777,600", "88,473,600")
    assert scene.panels["cnn"].sizes == ((3, 32, 32), (32, 30, 30))
    assert scene.arithmetic(Cell("cnn", 0, 1)) == "conv: parameters = 3·3·3·32 + 32 = 896"
    assert "439 times" in scene.note and "88,502,400" in scene.note


def test_the_counter_agrees_with_torch():
    for settings in ({}, {"size": 9, "channels": 1, "hidden": 7, "filters": 5, "kernel": 4}):
        explorer = ParameterCounter(classes=True, **settings)
        now = explorer.settings()
        side = now["size"] - now["kernel"] + 1
        flat, wide = now["channels"] * now["size"] ** 2, now["filters"] * side**2
        nets = [
            [torch.nn.Linear(flat, now["hidden"]), torch.nn.Linear(now["hidden"], 10)],
            [torch.nn.Conv2d(now["channels"], now["filters"], now["kernel"]),
             torch.nn.Linear(wide, 10)],
        ]  # fmt: skip
        counts = explorer.current.panels["parameters"].values
        for net, count in zip(nets, counts[:2], strict=True):
            assert sum(p.numel() for layer in net for p in layer.parameters()) == count
        dense = torch.nn.Linear(flat, wide, device="meta")
        last = torch.nn.Linear(wide, 10)
        assert counts[2] == sum(p.numel() for n in (dense, last) for p in n.parameters())


def test_boxes_and_bars_are_drawn_to_scale_inside_their_room():
    for settings in ({}, {"size": 64, "filters": 128, "kernel": 1}, {"size": 8, "hidden": 512}):
        scene = ParameterCounter(classes=True, **settings).current
        placed = {spot.panel.name: spot for spot in scene.layout()[0]}
        heights = []
        for name in ("mlp", "cnn"):
            spot = placed[name]
            for (x, y, width, height, slant), size in zip(
                spot.boxes(), spot.panel.sizes, strict=True
            ):
                assert spot.x <= x and x + width + slant <= spot.x + spot.width
                assert spot.y <= y - slant and y + height <= spot.y + spot.height
                if size[1] > 1:
                    heights.append((height, size[1]))
        ratios = [height / rows for height, rows in heights if height > 3]
        assert ratios and np.allclose(ratios, ratios[0])
        for what in ("parameters", "outputs", "macs"):
            spot = placed[what]
            lengths = [width for _, _, width, _ in spot.bars()]
            logs = np.log10(np.maximum(spot.panel.values, 1))
            assert np.allclose(np.array(lengths[:2]) * logs[2], logs[:2] * lengths[2], atol=10)
            ends = [x + w + 6 + 7 * len(t) for (x, _, w, _), t in
                    zip(spot.bars(), spot.panel.texts, strict=True)]  # fmt: skip
            assert max(ends) <= spot.x + spot.width


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
    assert explorer.stack.value.startswith("your own")
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


# ------------------------------------------------------------------- week 7


def plain_net():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, (3, 3), stride=2, padding=1), torch.nn.BatchNorm2d(3),
        torch.nn.ReLU(), torch.nn.MaxPool2d(3, 2), torch.nn.Flatten(), torch.nn.LazyLinear(5),
    )  # fmt: skip


def test_the_maps_are_those_of_the_model():
    image = np.random.default_rng(0).random((12, 15))
    net = plain_net()
    net(torch.zeros(1, 1, 12, 15))  # LazyLinear learns its size
    net.eval()
    explorer = FeatureMaps(net, image=image, classes="abcde")
    x = torch.tensor(image[None, None], dtype=torch.float32)
    panels = explorer.current.panels
    with torch.no_grad():
        for place, layer in enumerate(net[:4]):
            x = layer(x)
            expected = np.concatenate(x[0].numpy(), axis=1)
            assert np.allclose(panels[str(place)].values, expected, atol=1e-6)
        shares = net[4:](x).softmax(1)[0].numpy()
    assert np.allclose(panels["prediction"].values, shares)
    best = "abcde"[shares.argmax()]
    assert explorer.current.note == f"The model says {best}, with {100 * shares.max():.0f} %."


def test_a_cell_of_a_map_shows_what_it_sees():
    """The outlined pixels are those whose change changes the cell, in every tile."""
    image = np.random.default_rng(1).random((14, 14))
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3, stride=2, padding=1), torch.nn.Tanh(), torch.nn.Conv2d(2, 3, 2)
    )
    scene = FeatureMaps(net, image=image).current
    x = torch.tensor(image[None, None], dtype=torch.float32, requires_grad=True)
    out = net(x)
    _, count, rows, columns = out.shape
    assert scene.panels["2"].shape == (rows, columns * count)
    for row, column, tile in [(0, 0, 0), (2, 3, 1), (rows - 1, columns - 1, 2)]:
        (gradient,) = torch.autograd.grad(out[0, tile, row, column], x, retain_graph=True)
        seen = {tuple(place) for place in torch.nonzero(gradient[0, 0]).tolist()}
        cell = Cell("2", row, column + tile * columns)
        sources = {(c.row, c.column) for c in scene.sources(cell)}
        assert {p for p in sources if min(p) >= 0 and max(p) < 14} == seen
        for place in seen:
            assert cell in scene.users(Cell("image", *place))


def test_layers_that_form_no_chain_have_no_field():
    class Skip(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = torch.nn.Conv2d(1, 2, 3), torch.nn.Conv2d(2, 2, 3)
            self.last = torch.nn.Conv2d(2, 4, 8)

        def forward(self, x):
            x = torch.nn.functional.max_pool2d(self.one(x), 2)
            return self.last(x + torch.nn.functional.pad(self.two(x), (1, 1, 1, 1))).flatten(1)

    scene = FeatureMaps(Skip(), image=np.ones((26, 26))).current
    assert {link.source for link in scene.links} == {"one"}
    assert set(scene.panels) == {"image", "prediction", "one", "two", "last"}


def test_drawing_paints_and_makes_the_image_your_own():
    explorer = FeatureMaps(sample="3")
    message = {"type": "stroke", "panel": "image", "points": [[2, 2], [2, 9], None, [20, 20]]}
    explorer._gesture(explorer.stage, message, [])
    image = explorer.current.panels["image"].values
    assert explorer.sample.value == "your own"
    assert (image[2, 2:10] == 1).all() and image[20, 20] == 1
    assert image[11, 14] == FeatureMaps(sample="3").current.panels["image"].values[11, 14]
    explorer.pen.value = "erase"
    explorer._gesture(explorer.stage, message | {"points": [None, [2, 5]]}, [])
    image = explorer.current.panels["image"].values
    assert image[2, 5] == 0 and image[2, 9] == 1
    clear = explorer.extras()[0]
    clear.click()
    assert not explorer.current.panels["image"].values.any()


def test_a_drawn_one_is_read_as_a_one():
    explorer = FeatureMaps(image=np.zeros((28, 28)))
    explorer.painted("image", [[5, 14], [22, 14]])
    assert explorer.current.note.startswith("The model says 1, ")


def test_the_model_is_looked_at_as_it_was_given():
    net = plain_net().train()
    net(torch.rand(2, 1, 28, 28))
    explorer = FeatureMaps(net)
    before = explorer.current.panels["prediction"].values.copy()
    torch.nn.init.zeros_(net[0].weight)
    explorer.set(pen="erase")
    assert net.training and np.array_equal(explorer.current.panels["prediction"].values, before)
    explorer.set(model=net)
    assert not np.array_equal(explorer.current.panels["prediction"].values, before)


def test_sliders_reach_the_later_layers_and_maps():
    explorer = FeatureMaps()
    assert (explorer.first_layer.max, explorer.first_map.max) == (2, 9)
    explorer.set(first_layer=2, first_map=9)
    panels = explorer.current.panels
    assert list(panels)[2:] == ["relu1", "pool1", "conv2", "relu2", "pool2"]
    assert panels["conv2"].caption == "16 maps of 10 x 10, from number 9"
    assert panels["relu1"].caption == "6 maps of 28 x 28"


def test_models_and_images_that_cannot_be_looked_at_are_told():
    with pytest.raises(ValueError, match="model is 3, but it must be a torch module"):
        FeatureMaps(3)
    with pytest.raises(ValueError, match=r"image has shape \(3,\)"):
        FeatureMaps(image=[1, 2, 3])
    with pytest.raises(ValueError, match="not finite"):
        FeatureMaps(image=[[np.nan]])
    with pytest.raises(ValueError, match="image goes from 0 to 255, but it must lie in"):
        FeatureMaps(image=[[0, 255]])
    with pytest.raises(ValueError, match="classes is 5"):
        FeatureMaps(classes=5)
    assert (
        "classes has 3 names, but the model gives 10" in FeatureMaps(classes="abc").current.problem
    )
    problem = FeatureMaps(image=np.zeros((8, 8, 3))).current.problem
    assert "the model cannot take an image of shape (1, 3, 8, 8)" in problem
    segmenter = FeatureMaps(torch.nn.Conv2d(1, 2, 3, padding=1)).current
    assert segmenter.note == "The model gives an output of shape (1, 2, 28, 28)."
    many = FeatureMaps(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 50))).current
    values = many.panels["prediction"].values
    assert len(values) == 10 and (np.diff(values) <= 0).all() and many.problem == ""


def test_layers_that_are_used_twice_or_work_in_place_are_shown_as_they_were():
    torch.manual_seed(0)
    image = np.random.default_rng(2).random((10, 10))
    conv, relu = torch.nn.Conv2d(1, 2, 3, padding="same"), torch.nn.ReLU(inplace=True)
    net = torch.nn.Sequential()
    net.add_module("image", conv)
    net.add_module("relu", relu)
    net.add_module("valid", torch.nn.Conv2d(2, 2, 3, padding="valid"))
    net.add_module("act", torch.nn.LeakyReLU())
    net.append(relu)
    scene = FeatureMaps(net, image=image).current
    assert scene.problem == ""
    assert list(scene.panels) == ["image", "image (2)", "relu", "valid", "act", "relu (2)"]
    assert scene.panels["image (2)"].values.min() < 0 == scene.panels["relu"].values.min()
    spans = {link.source: link.spans[0].count for link in scene.links}
    assert spans["image (2)"] == (3, 3) and spans["relu (2)"] == (5, 5)


def test_models_that_cannot_be_copied_or_give_no_tensor_are_told():
    class Keeps(torch.nn.Conv2d):
        def forward(self, x):
            self.last = super().forward(x)
            return self.last

    net = Keeps(1, 2, 3)
    net(torch.zeros(1, 1, 5, 5))
    with pytest.raises(ValueError, match="model cannot be copied"):
        FeatureMaps(net)
    pair = torch.nn.LSTM(28, 3)
    assert "the model gives a tuple" in FeatureMaps(Sheet(pair)).current.problem


class Sheet(torch.nn.Module):
    def __init__(self, inside):
        super().__init__()
        self.inside = inside

    def forward(self, x):
        return self.inside(x[0])


def test_a_field_without_any_path_counts_no_pixel():
    layers = [(3, 3, 1, 7), (2, 2, 1, 5)]
    assert "0 pixels have at least a tenth" in ReceptiveFieldExplorer(layers=layers).current.note
    with pytest.raises(ValueError, match="it must hold whole numbers"):
        ReceptiveFieldExplorer(layers=[("a", 1, 1, 1)])
    with pytest.raises(ValueError, match="kernel is nan"):
        ReceptiveFieldExplorer(layers=[(np.nan, 1, 1, 1)])


def test_the_counter_with_classes_still_speaks_of_the_one_layer():
    note = ParameterCounter(classes=True).current.note
    assert "needs 88,502,400 parameters" in note


# ------------------------------------------------------------------- week 8


def test_architectures_are_drawn_with_their_arithmetic():
    scene = ArchitectureExplorer(first="AlexNet, 227", second="VGG-16").current
    assert scene.panels["totals"].texts == (
        "62,378,344", "138,357,544", "936,323", "15,237,608", "1,135,256,096", "15,470,264,320",
    )  # fmt: skip
    line = scene.arithmetic(Cell("first", 0, 1))
    assert line == (
        "0 (Conv2d): output = 96 x 55 x 55; 11·11·3·96 + 96 = 34,944 parameters; "
        "11·11·3·96·55·55 = 105,415,200 MACs; sees 11 x 11"
    )
    assert scene.panels["first"].sizes[:2] == ((3, 227, 227), (96, 55, 55))
    assert scene.note == (
        "VGG-16 has 2.22 times the parameters of AlexNet, 227. "
        "VGG-16 takes 13.6 times the MACs of AlexNet, 227."
    )


def test_your_own_model_is_drawn_and_sliders_reach_its_last_layers():
    net = torch.nn.Sequential(*[torch.nn.Conv2d(2, 2, 1) for _ in range(20)])
    explorer = ArchitectureExplorer(net, (2, 5, 7), second="LeNet-5")
    assert explorer.layers.max == 10 and explorer.others.max == 1
    explorer.set(layers=10)
    shown = explorer.current.panels["first"]
    assert shown.shape == (1, 12) and shown.lines[-1].startswith("19 (Conv2d)")
    assert shown.texts[0] == "2·5·7" and shown.roles[0] == "kernel"
    with pytest.raises(ValueError, match="layer '0' \\(Conv2d\\) fails"):
        ArchitectureExplorer(net, (3, 5, 7))
    alone = ArchitectureExplorer(torch.nn.Flatten(), (3, 4)).current
    assert alone.panels["first"].shape == (1, 1) and "0." in alone.note
    # The choice decides the slider's range, and both can be given at once.
    assert ArchitectureExplorer(first="ResNet-50", layers=40).layers.value == 40
    assert "your own model is None" in ArchitectureExplorer(first="your own").current.problem


def test_one_scale_serves_both_networks():
    def height(explorer):
        placed = {spot.panel.name: spot for spot in explorer.current.layout()[0]}
        return [placed[name].boxes()[0][3] for name in ("first", "second")]

    above, below = height(ArchitectureExplorer(first="network in network", second="VGG-16"))
    assert below / above == pytest.approx(224 / 32)
    above, below = height(
        ArchitectureExplorer(first="network in network", second="VGG-16", same=False)
    )
    assert 0.5 < below / above < 2


def test_the_inception_budget_is_the_handouts_without_its_error():
    scene = InceptionBudget().current
    assert scene.note.startswith(
        "In all 271,351,808 multiply-accumulates, 31.8 % of the 854,196,224"
    )
    assert scene.panels["steps"].values.tolist() == [
        25_690_112, 12_845_056, 86_704_128, 12_845_056, 120_422_400, 12_845_056,
    ]  # fmt: skip
    assert scene.panels["branches"].sizes[-1] == (480, 28, 28)
    naive = InceptionBudget(before3=0, before5=0, pooled=0).current
    assert "854,196,224 multiply-accumulates, 100.0 %" in naive.note
    assert naive.panels["branches"].sizes[-1] == (672, 28, 28)


# ------------------------------------------------------------------- week 9


def test_the_block_is_the_identity_for_zero_weights_only():
    zero, identity = (ResidualLab(weights=f"W = {what}").current for what in ("0", "identity"))
    given = zero.panels["h"].values
    assert np.array_equal(zero.panels["out"].values, given)
    assert np.array_equal(identity.panels["out"].values, 2 * given)
    assert "gives back whatever it gets" in zero.note and "no identity here" in identity.note
    other = ResidualLab(W=-np.eye(3)).current
    assert "The block adds to what it got." in other.note
    plain = ResidualLab(weights="W = identity", skip=False).current
    assert np.array_equal(plain.panels["out"].values, given) and "Without the skip" in plain.note
    assert plain.arithmetic(Cell("product", 1, 0)) == "W h[1, 0] = 0×2 + 1×1 + 0×3 = 1"


@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("scale", [0.2, 1.0])
def test_gradients_of_the_stack_are_those_of_torch(skip, scale):
    depth, units = 12, 64
    random = np.random.default_rng(0)
    weights = random.normal(0, scale * np.sqrt(2 / units), (depth, units, units))
    signal = torch.tensor(random.normal(size=units), requires_grad=True)
    inputs, h = [], signal
    for matrix in weights:
        inputs.append(h)
        h = torch.relu(torch.tensor(matrix) @ h) + (h if skip else 0)
    found = torch.autograd.grad(h.sum() / units**0.5, inputs)
    assert np.allclose(gradients(depth, scale, skip), [part.norm().item() for part in found])


def test_numbers_of_the_block_can_be_changed():
    lab = ResidualLab(weights="W = 0")
    lab.edited("W", 0, 1, 2)
    assert lab.weights.value.startswith("your own")
    assert lab.current.panels["out"].values.ravel().tolist() == [4, 1, 3]
    lab.edited("h", 1, 0, -1)
    assert lab.current.panels["out"].values.ravel().tolist() == [2, -1, 3]
    with pytest.raises(ValueError, match="W must hold finite numbers of shape"):
        ResidualLab(W=[[1]])
