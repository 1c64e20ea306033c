"""The segmentation explorer."""

import re

import numpy as np
import pytest
import torch

from cnnlab import models, segmentation
from cnnlab.scene import Cell
from cnnlab.widgets import SegmentationExplorer
from cnnlab.widgets.drawing import pictures


class Constant(torch.nn.Module):
    """The same scores everywhere."""

    def __init__(self, classes=11, bad=None):
        super().__init__()
        self.classes, self.bad = classes, bad

    def forward(self, x):
        if self.bad:
            raise self.bad("no")
        out = torch.zeros(len(x), self.classes, *x.shape[2:])
        out[:, 3] = 1
        return out


def test_what_is_shown_is_what_the_network_says():
    explorer, model = SegmentationExplorer(threshold=0.0), models.digit_segmenter(trained=True)
    for place in range(6):
        explorer.sample = f"picture {place + 1}"
        with torch.no_grad():
            called = model(torch.tensor(pictures().images[place][None])).argmax(1)[0].numpy()
        scene = explorer.current
        assert np.array_equal(scene.panels["prediction"].values, called)
        found = segmentation.scores(segmentation.confusion(pictures().masks[place], called, 11))
        assert f"mean IoU {100 * found.mean_iou:.1f} %" in scene.note
        assert f"Pixel accuracy {100 * found.pixel_accuracy:.1f} %" in scene.note


def test_the_trained_network_segments_test_pictures():
    notes = []
    explorer = SegmentationExplorer()
    for place in range(6):
        explorer.sample = f"picture {place + 1}"
        notes.append(float(explorer.current.note.split("mean IoU ")[1].split(" ")[0]))
    assert np.median(notes) > 80


def test_a_pixel_is_called_by_its_class_and_the_threshold_makes_background():
    explorer = SegmentationExplorer(model=Constant(), threshold=0.0)
    assert explorer.current.arithmetic(Cell("prediction", 5, 5)) == "prediction[5, 5] = 2"
    explorer.threshold = 0.95
    assert explorer.current.arithmetic(Cell("prediction", 5, 5)) == "prediction[5, 5] = background"
    assert explorer.current.note.endswith("The network finds nothing.")


def test_a_stroke_makes_the_picture_ones_own():
    explorer = SegmentationExplorer(sample="picture 5")
    message = {"type": "stroke", "panel": "image", "points": [[40, 10], [40, 50]]}
    explorer._gesture(explorer.stage, message, [])
    assert explorer.sample == "your own" and explorer.image[40, 30] == 1
    assert "no truth" in explorer.current.note
    explorer.image = np.zeros((32, 48))
    assert explorer.current.panels["prediction"].shape == (32, 48)


@pytest.mark.parametrize(("model", "words"), [
    (Constant(5), r"shape \(1, 5, 64, 64\), but for this picture it must be \(1, 11, 64, 64\)"),
    (Constant(bad=KeyError), "KeyError"), (Constant(bad=SystemExit), "SystemExit: no"),
    (torch.nn.Linear(3, 3), "cannot take an image of shape"),
    (torch.nn.LSTM(64, 64), "cannot take an image|must give one tensor"),
])  # fmt: skip
def test_a_model_that_does_not_fit_is_told(model, words):
    problem = SegmentationExplorer(model=model).current.problem
    assert re.search(words, problem), problem


@pytest.mark.parametrize("image", [np.ones((60, 64)), np.ones((64, 64, 3)), np.ones((136, 8))])
def test_a_picture_that_cannot_be_halved_is_refused(image):
    with pytest.raises(ValueError, match="image has shape"):
        SegmentationExplorer(image=image)


class Halves(torch.nn.Module):
    """Class 4 (a digit 3) on the left with a chance of nearly 1, class 0 on the right."""

    def forward(self, x):
        out = torch.zeros(len(x), 11, *x.shape[2:])
        out[:, 4, :, : x.shape[3] // 2] = 20
        out[:, 0, :, x.shape[3] // 2 :] = 1
        return out


def test_scores_and_chances_by_hand():
    scene = SegmentationExplorer(Halves(), sample="picture 3").current
    called = np.zeros((64, 64), dtype=int)
    called[:, :32] = 4
    assert np.array_equal(scene.panels["prediction"].values, called)
    truth = pictures().masks[2]
    right = (called == truth).mean()
    assert f"Pixel accuracy {100 * right:.1f} %" in scene.note
    assert f"background would be right on {100 * (truth == 0).mean():.1f} %" in scene.note
    assert scene.note.endswith("The network finds 3.")
    chance = scene.panels["chance"].values
    assert np.allclose(chance[:, :32], 1, atol=1e-6)
    assert np.allclose(chance[:, 32:], np.e / (np.e + 10))
    bars = scene.panels["classes"]
    background = ((called == 0) & (truth == 0)).sum() / ((called == 0) | (truth == 0)).sum()
    assert bars.labels == ("none", "3", "6")
    assert bars.texts == (f"{100 * background:.0f} %", "0 %", "0 %")
    assert scene.focus == Cell("prediction", 0, 0)
    assert scene.panels["truth"].values.tolist() == truth.tolist()


def test_a_network_that_gives_no_numbers_is_told():
    class Infinite(Halves):
        def forward(self, x):
            return super().forward(x) / 0

    assert "infinite scores" in SegmentationExplorer(Infinite()).current.problem


def test_the_network_is_asked_in_test_mode():
    """Batch normalization would look at the picture itself."""
    model = torch.nn.Sequential(torch.nn.BatchNorm2d(1), torch.nn.Conv2d(1, 11, 1)).train()
    explorer = SegmentationExplorer(model, threshold=0.0)
    with torch.no_grad():
        image = torch.tensor(pictures().images[:1])
        called = model.eval()(image).argmax(1)[0].numpy()
    assert np.array_equal(explorer.current.panels["prediction"].values, called)
