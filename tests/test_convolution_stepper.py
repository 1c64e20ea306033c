"""The stepper: windows, edits, and the student's own function."""

import numpy as np
import pytest

from cnnlab import ops
from cnnlab.data import EXAMPLE_IMAGE, EXAMPLE_KERNEL
from cnnlab.scene import Cell
from cnnlab.widgets import (
    ConvolutionStepper,
    FilterExplorer,
)


def test_the_stepper_shows_both_operations():
    scene = ConvolutionStepper().current
    assert scene.panels["output"].values.tolist() == [[6, 9, 11], [10, 4, 4], [7, 7, 4]]
    assert scene.panels["convolution"].values.tolist() == [[8, 6, 7], [7, 6, 5], [5, 7, 5]]
    assert scene.note == "Flipping the kernel changes 8 of 9 outputs."


@pytest.mark.parametrize("flip", [False, True])
def test_each_step_is_one_window(flip):
    image, kernel = np.arange(20.0).reshape(4, 5), np.array([[1.0, 2, 3], [4, 5, 6]])
    stepper = ConvolutionStepper(image, kernel, flip=flip)
    assert stepper.controls["step"].max == 3 * 3 - 1
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
    stepper.controls["step"].value = 1
    assert stepper.current.panels["input"].values[0, 0] == 1


def test_a_slow_function_is_asked_once_for_each_kernel():
    asked = []

    def correlate(image, kernel):
        asked.append(kernel)
        return ops.cross_correlate2d(image, kernel)

    stepper = ConvolutionStepper(correlate=correlate)
    for step in range(9):
        stepper.controls["step"].value = step
    stepper.controls["flip"].value = True
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
    assert stepper.controls["step"].value == 8 and stepper.image.shape == (5, 5)
    with pytest.raises(ValueError, match=r"step is 2.7, but it must be a whole number"):
        stepper.set(step=2.7)
    with pytest.raises(ValueError, match="kernel is ndarray of shape"):
        FilterExplorer(kernel=np.eye(3))


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
    assert stepper.current.problem == "" and stepper.controls["step"].max == 8


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
