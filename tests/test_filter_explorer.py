"""The filter explorer: filters, edits, uploads."""

import numpy as np
import pytest

from cnnlab import ops
from cnnlab.data import KERNELS, SAMPLE_IMAGES
from cnnlab.widgets import (
    FilterExplorer,
)


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
    assert explorer.controls["kernel"].value == "your own" and explorer.own[0, 0, 0] == 2
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
        ({"kernel": "box blur"}, "The weights sum to 1."),
        ({"kernel": "outline"}, "The weights sum to 0."),
        ({"kernel": "box blur", "channels": "channels summed"}, "sum to 3."),
        ({"own": [[0.1, 0.2, -0.3]]}, "sum to 0."),
        ({"own": np.full((3, 3), 0.1111)}, "sum to 0.9999."),
    ],
)
def test_the_note_gives_the_sum_and_no_answer(settings, words):
    scene = FilterExplorer(picture="cat", **settings).current
    assert scene.note.endswith(words) and "flat" not in scene.note
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
    assert explorer.controls["picture"].value == "your own"
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


def test_every_sample_image_can_be_filtered():
    for name in SAMPLE_IMAGES:
        assert FilterExplorer(picture=name).current.problem == ""
