"""The detection explorer."""

import numpy as np
import pytest
import torch

from cnnlab import boxes, models
from cnnlab.scene import Cell
from cnnlab.widgets import DetectionExplorer
from cnnlab.widgets.drawing import pictures


class Given(torch.nn.Module):
    """The same numbers for every picture."""

    def __init__(self, numbers):
        super().__init__()
        self.numbers = numbers

    def forward(self, x):
        return torch.tensor(self.numbers)[None]


def certain(truth, labels):
    """Raw numbers of a detector that is right, and sure of it."""
    target = boxes.grid_targets(truth, labels, 8, 8)
    shares = np.clip(target[1:5], 1e-6, 1 - 1e-6)
    numbers = np.zeros((15, 8, 8))
    numbers[0] = np.where(target[0] > 0, 20, -20)
    numbers[1:5] = np.log(shares / (1 - shares))
    for row, column in zip(*np.nonzero(target[0]), strict=True):
        numbers[5 + int(target[5, row, column]), row, column] = 30
    return numbers


@pytest.mark.parametrize("place", range(6))
def test_a_perfect_detector_finds_everything(place):
    truth, labels = pictures().boxes[place], pictures().labels[place]
    explorer = DetectionExplorer(Given(certain(truth, labels)), sample=f"picture {place + 1}")
    scene = explorer.current
    assert f"Found: {len(truth)} of {len(truth)}; wrong: 0." in scene.note
    shown = scene.panels["found"].corners
    assert np.allclose(shown[np.lexsort(shown.T)], truth[np.lexsort(truth.T)], atol=1e-3)
    rows = boxes.responsible_cells(truth, 8)
    assert {tuple(cell) for cell in np.argwhere(scene.panels["cells"].values > 0.5)} == {
        tuple(cell) for cell in rows}  # fmt: skip


def test_a_wrong_class_and_a_second_box_are_wrong():
    truth, labels = pictures().boxes[0], pictures().labels[0]
    numbers = certain(truth, (labels + 1) % 10)
    scene = DetectionExplorer(Given(numbers)).current
    assert f"Found: 0 of {len(truth)}; wrong: {len(truth)}." in scene.note
    numbers = np.zeros((15, 8, 8))
    assert "0 of 64 cells reach a score of 0.50" in DetectionExplorer(Given(numbers)).current.note
    numbers[0], numbers[5] = 9, 9  # everywhere one box
    low = DetectionExplorer(Given(numbers), threshold=0.05, overlap=0.0).current
    assert "64 of 64 cells" in low.note and len(low.panels["found"].corners) < 64
    assert len(DetectionExplorer(Given(numbers), overlap=1.0).current.panels["found"].corners) == 64


def test_the_trained_network_finds_the_test_digits():
    explorer, found = DetectionExplorer(), []
    for place in range(6):
        explorer.sample = f"picture {place + 1}"
        words = explorer.current.note.split("Found: ")[1].split(";")[0].split()
        found.append((int(words[0]), int(words[2])))
    assert sum(right for right, _ in found) >= 0.8 * sum(of for _, of in found)


def test_a_model_that_does_not_fit_is_told():
    problem = DetectionExplorer(models.grid_detector(classes=3)).current.problem
    assert "(1, 8, 8, 8), but it must be (1, 15, 8, 8)" in problem
    with pytest.raises(ValueError, match="image has shape"):
        DetectionExplorer(image=np.ones((28, 28)))
    explorer = DetectionExplorer()
    message = {"type": "stroke", "panel": "image", "points": [[4, 4], [20, 4]]}
    explorer._gesture(explorer.stage, message, [])
    assert explorer.sample == "your own" and "Found" not in explorer.current.note


def test_boxes_that_overlap_are_suppressed_and_listed_best_first():
    """Three boxes of one digit from neighbouring cells, and one elsewhere of another class."""
    truth = np.array([[8, 8, 32, 32], [12, 9, 36, 33], [9, 14, 33, 38], [40, 40, 56, 60]])
    numbers = certain(truth, [4, 4, 4, 9])
    cells = boxes.responsible_cells(truth, 8)
    for (row, column), sure in zip(cells, (1.0, 3.0, 2.0, 0.5), strict=True):
        numbers[0, row, column] = sure
    explorer = DetectionExplorer(Given(numbers), image=np.zeros((64, 64)), threshold=0.6)
    scene, share = explorer.current, 1 / (1 + np.exp(-np.array([3.0, 0.5])))
    found, listed = scene.panels["found"], scene.panels["found list"]
    assert found.labels == listed.labels == ("4", "9")
    assert np.allclose(found.corners, truth[[1, 3]], atol=1e-3)
    assert np.allclose(found.values, share) and found.texts == ("0.95", "0.62")
    assert listed.texts == ("0.95", "0.62") and listed.roles == ("output", "output")
    assert listed.lines[0] == "a 4 with score = 0.95, from the cell in row 2, column 3"
    assert scene.note == "4 of 64 cells reach a score of 0.60. Suppression takes 2 of them away."
    assert (scene.focus.row, scene.focus.column) == tuple(cells[1])
    explorer.threshold = 0.65
    assert explorer.current.note.startswith(
        "3 of 64 cells reach a score of 0.65. Suppression takes 2"
    )
    explorer.set(overlap=1.0, threshold=0.6)
    assert explorer.current.panels["found"].labels == ("4", "4", "4", "9")
    explorer.threshold = 0.65
    assert explorer.current.panels["found"].labels == ("4", "4", "4")


def test_the_truth_is_shown_and_right_is_told_from_wrong():
    truth, labels = pictures().boxes[0], pictures().labels[0]
    shifted = truth.copy()
    shifted[0] += 9  # overlaps the true box by less than a half
    scene = DetectionExplorer(Given(certain(shifted, labels))).current
    assert "Found: 3 of 4; wrong: 1." in scene.note
    listed = scene.panels["found list"]
    wrong = [n for n, text in enumerate(listed.texts) if text.endswith("wrong")]
    assert len(wrong) == 1 and listed.labels[wrong[0]] == str(labels[0])
    assert listed.roles[wrong[0]] == "window" and listed.roles.count("output") == 3
    assert scene.panels["truth"].corners.tolist() == truth.tolist()
    assert scene.panels["truth"].lines[1] == f"truth: a {labels[1]}"
    sources = scene.sources(Cell("cells", 2, 3))
    assert {(c.row, c.column) for c in sources} == {
        (row, column) for row in range(16, 24) for column in range(24, 32)}  # fmt: skip


def test_a_sample_is_asked_for_once():
    asked = []

    class Counting(Given):
        def forward(self, x):
            asked.append(1)
            return super().forward(x)

    explorer = DetectionExplorer(Counting(np.zeros((15, 8, 8))))
    for threshold in (0.1, 0.3, 0.5, 0.7):
        explorer.threshold = threshold
    assert len(asked) == 1
