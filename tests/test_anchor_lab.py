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
    with pytest.raises(ValueError, match="truth must have x1 < x2"):
        lab.truth = [[0, 0, 80, 8]]


def test_what_is_said_of_each_anchor():
    """At (36, 52), 18 x 18 around a truth of 18 x 18 that is one pixel further."""
    scene = AnchorLab().current
    overlap = 17 * 17 / (2 * 18 * 18 - 17 * 17)
    assert scene.note == (
        f"Anchor 5 overlaps the truth by {overlap:.2f}: trained as a hit, from 0.7 on. To become "
        "the truth it must predict (37 − 36) / 18 = 0.06, (53 − 52) / 18 = 0.06, log(18 / 18) = 0, "
        "log(18 / 18) = 0. Of all 576 anchors 1 reaches 0.7; the best has 0.81."
    )
    bars = scene.panels["overlaps"]
    assert bars.roles == ("kernel",) * 4 + ("output",) + ("kernel",) * 4
    assert bars.labels[:3] == ("1: 17 x 8", "2: 12 x 12", "3: 8 x 17")
    assert bars.texts[4] == "0.81" and scene.focus.row == 4
    assert scene.panels["chosen"].corners.tolist() == [[27, 43, 45, 61]]
    assert scene.panels["chosen"].labels == ("5",) and len(scene.panels["others"].corners) == 8
    assert scene.panels["others"].corners.max() <= 64


def test_hits_and_misses_have_their_own_words():
    # Inside one another, so that the overlaps are ratios of areas.
    lab = AnchorLab([[20, 20, 44, 44]], row=3, column=3, size=8, anchor=8)
    words = {line.split(", ", 2)[2] for line in lab.current.panels["overlaps"].lines}
    assert "not trained on, in between" in words and "trained as background, below 0.3" in words
    assert "the best of all, so trained as a hit" in lab.current.note
    far = AnchorLab([[0, 0, 4, 4]], row=7, column=7)
    assert set(far.current.panels["overlaps"].roles) == {"padding"}
    assert far.current.panels["overlaps"].texts == ("0.00",) * 9
