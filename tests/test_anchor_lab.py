"""The anchor lab."""

import numpy as np
import pytest

from cnnlab import boxes
from cnnlab.widgets import AnchorLab


@pytest.mark.parametrize("place", [(0, 0), (3, 5), (7, 7)])
@pytest.mark.parametrize("size", [8, 15, 32])
def test_overlaps_and_offsets_are_those_of_the_package(place, size):
    truth = np.array([[11, 20, 41, 36]])
    every = boxes.anchors(8, 8, 8, (size, 1.5 * size, 2 * size), (0.5, 1, 2)).reshape(8, 8, 9, 4)
    here = every[place]
    for anchor in (1, 6, 9):
        lab = AnchorLab(truth, row=place[0], column=place[1], size=size, anchor=anchor)
        scene = lab.current
        overlap = boxes.box_iou(here, truth)[:, 0]
        assert np.allclose(scene.panels["overlaps"].values, overlap)
        assert f"Anchor {anchor} overlaps the truth by {overlap[anchor - 1]:.2f}" in scene.note
        parts = scene.note.split("it must predict")[1].split(" = ")[1:5]
        ends = [part.split(",")[0].split(". ")[0].rstrip(".") for part in parts]
        written = [float(end.replace("−", "-")) for end in ends]
        assert np.allclose(written, boxes.encode(here[anchor - 1][None], truth)[0], atol=0.006)


def test_the_truth_is_dragged():
    lab = AnchorLab()
    message = {"type": "drag", "panel": "truth", "place": 0, "corners": [0, 0, 8, 8]}
    lab._gesture(lab.stage, message, [])
    assert lab.truth.tolist() == [[0, 0, 8, 8]] and "trained as background" in lab.current.note
    with pytest.raises(ValueError, match="truth must be one row"):
        lab.truth = [[0, 0, 80, 8]]
