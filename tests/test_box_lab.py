"""The box lab."""

import numpy as np
import pytest

from cnnlab import boxes as ours
from cnnlab.widgets import BoxLab


def random_boxes(random, count):
    corners = random.integers(0, 30, (count, 2))
    return np.hstack([corners, corners + random.integers(5, 34, (count, 2))])


@pytest.mark.parametrize("seed", range(8))
def test_the_iou_is_written_out(seed):
    found = random_boxes(np.random.default_rng(seed), 2)
    lab = BoxLab(found)
    expected = ours.box_iou(found[:1], found[1:])[0, 0]
    assert f"= {expected:.3f}" in lab.current.note
    a, b, both, union = lab.current.panels["areas"].values
    assert [a, b] == ours.box_area(found).tolist() and union == a + b - both
    assert len(lab.current.panels["both"].corners) == (both > 0)


def test_boxes_apart_have_nothing_in_common():
    """Two negative overlaps multiplied would be positive."""
    lab = BoxLab([[0, 0, 10, 10], [20, 20, 30, 30]], scores=[1, 1])
    assert "0 / 200 = 0.000" in lab.current.note and "below 0 counts as 0" in lab.current.note


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_last_round_is_what_nms_keeps(seed, threshold):
    random = np.random.default_rng(seed)
    found, scores = random_boxes(random, 6), random.integers(0, 5, 6) / 4  # ties too
    lab = BoxLab(found, scores, show="suppression", threshold=threshold, step=6)
    names = "".join("ABCDEF"[n] for n in ours.nms(found, scores, threshold))
    note = lab.current.note
    assert note.startswith(f"Kept so far: {', '.join(names)}. ") and "All boxes are decided" in note
    states = [lab.set(step=n) or lab.current.panels["scores"].texts for n in range(7)]
    assert states[0] == ("waits",) * 6 and "kept now" in states[1]


def test_a_dragged_box_is_kept_and_the_students_own_iou_is_used():
    lab = BoxLab(iou=lambda a, b: 0.0, show="suppression", threshold=0.0, step=5)
    assert "Kept so far: A, C, B, D, E" in lab.current.note
    lab.show = "overlap of A and B"
    assert "but your function gives 0" in lab.current.note
    message = {"type": "drag", "panel": "boxes", "place": 0, "corners": [1, 2, 20, 30]}
    lab._gesture(lab.stage, message, [])
    assert lab.boxes[0].tolist() == [1, 2, 20, 30] and len(lab.boxes) == 5


@pytest.mark.parametrize("bad", [[[0, 0, 5, 5]], [[0, 0, 5, 5], [5, 5, 5, 6]],
                                 [[0, 0, 5, 5], [0, 0, 65, 5]], [1, 2, 3, 4]])  # fmt: skip
def test_boxes_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match="boxes "):
        BoxLab(bad)


def test_boxes_without_scores_get_some_and_tiny_ones_have_an_area():
    lab = BoxLab([[0, 0, 5, 5]] * 3, show="suppression", step=3)
    assert lab.scores.tolist() == [0.9, 0.7, 0.5] and "Kept so far: A." in lab.current.note
    lab.scores = [0.5, 0.5]
    assert "scores has 2 numbers, but there are 3 boxes" in lab.current.problem
    tiny = BoxLab([[0, 0, 0.1, 0.1], [0.05, 0, 0.15, 0.1]])
    assert tiny.current.note == "IoU = 0.005 / (0.01 + 0.01 − 0.005) = 0.005 / 0.015 = 0.333."


def test_the_overlap_is_drawn_whole():
    """By hand: 20 x 21 and 20 x 20 share 13 x 16."""
    panels = BoxLab().current.panels
    assert panels["areas"].texts == ("420", "400", "208", "612")
    assert panels["areas"].lines == (
        "A: 20·21 = 420", "B: 20·20 = 400", "intersection: 13·16 = 208",
        "union: 420 + 400 − 208 = 612",
    )  # fmt: skip
    assert panels["both"].corners.tolist() == [[9, 43, 22, 59]]
    assert panels["boxes"].labels == ("A", "B") and panels["boxes"].roles == ("input", "kernel")


def test_a_round_of_suppression_is_drawn_whole():
    scene = BoxLab(show="suppression", step=2).current
    boxes, bars = scene.panels["boxes"], scene.panels["scores"]
    assert boxes.roles == ("output", "window", "padding", "input", "input")
    assert boxes.texts == ("0.9", "0.75", "0.8", "0.7", "0.6")
    assert bars.labels == ("A", "C", "B", "D", "E")
    assert bars.values.tolist() == [0.9, 0.8, 0.75, 0.7, 0.6]
    assert bars.texts == ("kept", "out", "kept now", "waits", "waits")
    assert bars.roles == ("output", "padding", "window", "input", "input")
    assert bars.lines[1] == "C: score 0.8, out; IoU with A 0.64"
    assert bars.lines[3] == "D: score 0.7, waits; IoU with B 0.05"
    assert scene.focus.row == 2, "the box that is kept now"
