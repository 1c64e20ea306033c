"""The transposed stepper."""

import numpy as np
import pytest
import torch

from cnnlab.scene import Cell
from cnnlab.widgets import TransposedStepper

IMAGE, KERNEL = np.array([[1, -2, 3], [4, 0, 6]]), np.array([[1, 2, 3], [4, -5, 6]])


@pytest.mark.parametrize(
    ("stride", "output_padding"), [(s, more) for s in (1, 2, 3) for more in range(s)]
)
@pytest.mark.parametrize("padding", [0, 1])
def test_what_stays_is_what_torch_gives(stride, padding, output_padding):
    stepper = TransposedStepper(
        IMAGE, KERNEL, stride=stride, padding=padding, output_padding=output_padding, step=6
    )
    scene = stepper.current
    rows, columns = (size - 2 * padding for size in scene.panels["output"].shape)
    kept = scene.panels["output"].values[padding:, padding:][:rows, :columns]
    expected = torch.nn.functional.conv_transpose2d(
        torch.tensor(IMAGE, dtype=torch.float64)[None, None],
        torch.tensor(KERNEL, dtype=torch.float64)[None, None],
        stride=stride, padding=padding, output_padding=output_padding,
    )[0, 0].numpy()  # fmt: skip
    assert np.array_equal(kept, expected)
    assert f"= {expected.shape[0]}. Columns" in scene.note


def test_counts_are_stamps_of_ones():
    for step in range(7):
        scene = TransposedStepper(np.ones((2, 3)), np.ones((3, 2)), stride=2, step=step).current
        assert np.array_equal(scene.panels["counts"].values, scene.panels["output"].values)
        assert scene.panels["counts"].values.sum() == 6 * step
        for cell in np.ndindex(scene.panels["counts"].shape):
            found = scene.sources(Cell("counts", *cell))
            assert len(found) == scene.panels["counts"].value(*cell)


def test_a_stamp_is_where_it_is_said_to_be():
    stepper = TransposedStepper(np.arange(1, 7).reshape(2, 3), stride=2, step=6)
    scene = stepper.current
    users = {
        cell for cell in np.ndindex(scene.panels["output"].shape)
        if Cell("input", 1, 2) in scene.sources(Cell("output", *cell))
    }  # fmt: skip
    assert users == {(2 + m, 4 + n) for m in range(3) for n in range(3)}
    assert "places get 1 to 4 stamps: a checkerboard" in scene.note
    stepper.kernel = "4x4 of ones"
    assert "each place gets 4 stamps" in stepper.current.note


def test_the_students_own_function_is_what_is_shown():
    def overwrites(image, kernel, stride):
        out = np.zeros(
            [(n - 1) * stride + k for n, k in zip(image.shape, kernel.shape, strict=True)]
        )
        for i, j in np.ndindex(image.shape):
            out[i * stride : i * stride + 3, j * stride : j * stride + 3] = image[i, j] * kernel
        return out

    stepper = TransposedStepper(transpose=overwrites, padding=1)
    assert stepper.current.arithmetic(Cell("output", 0, 2)) == (
        "stamped[0, 2] = 1×3 + 2×1 = 5, but your function gives 2"
    )
    assert {n for n, w in stepper.controls.items() if w.disabled} == {
        "step", "padding", "output_padding"}  # fmt: skip
    stepper.transpose = lambda image, kernel, stride: image
    assert "shape (2, 3), but here it must be (5, 7)" in stepper.current.problem


def test_numbers_are_typed_into_input_and_kernel():
    stepper = TransposedStepper(step=6)
    message = {"type": "edit", "panel": "kernel", "row": 0, "column": 0, "value": 50}
    stepper._gesture(stepper.stage, message, [])
    assert stepper.kernel == "your own" and stepper.own[0, 0] == 50
    assert stepper.current.panels["output"].values[0, 0] == 50


def test_two_stamps_are_drawn_whole():
    scene = TransposedStepper(stride=2, padding=1, output_padding=1, step=2).current
    assert scene.note == (
        "Rows: (2 − 1)·2 + 3 − 2·1 + 1 = 4. Columns: (3 − 1)·2 + 3 − 2·1 + 1 = 6. In the middle of "
        "a large input places get 1 to 4 stamps: a checkerboard. 2 of 6 are put down."
    )
    assert scene.panels["output"].caption == "6 x 8, of which 4 x 6 stay"
    marks = [(m.panel, m.row, m.column, m.rows, m.columns) for m in scene.marks]
    assert marks[:2] == [("input", 0, 1, 1, 1), ("output", 0, 2, 3, 3)]
    edge = np.zeros((6, 8), dtype=bool)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    for panel in ("output", "counts"):
        cut = np.zeros((6, 8), dtype=int)
        for name, row, column, rows, columns in marks[2:]:
            if name == panel:
                cut[row : row + rows, column : column + columns] += 1
        assert np.array_equal(cut, edge), "each cut cell is tinted once"
    ends = TransposedStepper().controls["output_padding"]
    assert (ends.min, ends.max) == (0, 1)
    assert scene.focus == Cell("output", 1, 3)
