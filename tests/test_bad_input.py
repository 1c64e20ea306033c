"""Nonsense for every argument of everything public: one sentence that names it, and no trace."""

import re
import warnings

import numpy as np
import pytest
import torch

from cnnlab import boxes, data, geometry, models, ops, segmentation, tables, training
from cnnlab.widgets import (
    EXPLORERS,
    ArchitectureExplorer,
    ChannelView,
    ConvolutionStepper,
    Explorer,
    FeatureMaps,
    FilterExplorer,
    Im2colView,
    InceptionBudget,
    PaddingStride,
    ParameterCounter,
    PoolingExplorer,
    ReceptiveFieldExplorer,
    ResidualLab,
    ShiftLab,
    Smoother1D,
)

LONGEST = 330  # letters of a sentence: it must be read, and hold no array


class Unspeakable:
    """Something that cannot even be shown."""

    def __repr__(self):
        raise RuntimeError("no words")


NONSENSE = [
    None, "nonsense", "", b"x", "a" * 5000, True, -1, 0, 3.5, -2.5, 10**9, 10**30, float("nan"),
    float("inf"), 1j, [1j], [], [[]], (), {}, {1: 2}, set(), object(), Unspeakable(), print, type,
    ..., Exception("x"), (1, 2, 3), (1, "a"), [[1, 2], [3]], [0] * 1000, [[1] * 300] * 300,
    range(10**10), np.array(1j), np.array([1 + 2j, 3]), np.zeros((0, 3)), np.array(["a"]),
    np.array([None]), np.array([[1, np.nan]]), np.full((40, 40), 2.5), np.arange(200),
    np.ones((2, 3, 4, 5, 6)), np.broadcast_to(1.0, (10**5, 10**5)),
    np.ma.masked_array([1, 2], [True, False]), np.float64(2.5), np.int64(-3), np.bool_(True),
    np.datetime64("2020-01-01"), torch.ones(2, 2, requires_grad=True),
    torch.ones(3, dtype=torch.complex64), torch.nn.Conv2d(1, 1, 3),
]  # fmt: skip

IMAGE, KERNEL = np.arange(30.0).reshape(5, 6) / 30, np.array([[1.0, 2], [3, 4]])
BATCH, WEIGHT = np.arange(150.0).reshape(2, 3, 5, 5), np.ones((4, 3, 2, 2))
BOXES = [[0, 0, 2, 3], [1, 1, 3, 3]]
NET = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(1352, 10))
DIGITS = torch.zeros(4, 1, 28, 28), torch.arange(4)
AXIS = {"size": 7, "kernel": 3, "stride": 2, "padding": 1, "dilation": 1}
STEPS = {"stride": 1, "padding": 0, "dilation": 1}

SENSE = {
    geometry.output_size: AXIS,
    geometry.windows: AXIS,
    geometry.coverage: AXIS,
    geometry.effective_kernel: {"kernel": 3, "dilation": 2},
    geometry.transposed_output_size: AXIS | {"padding": 0, "output_padding": 1},
    geometry.stamps: AXIS | {"padding": 0, "output_padding": 1},
    geometry.transposed_macs: {
        "channels": 4, "filters": 4, "kernel": 3, "size": 5, "groups": 2},
    geometry.separable_parameters: {"channels": 4, "filters": 4, "kernel": 3},
    geometry.separable_macs: {"channels": 4, "filters": 4, "kernel": 3, "output": 5},
    geometry.receptive_field: {"layers": [(3, 1)]},
    geometry.paths: {"size": 9, "layers": [(3, 1)]},
    geometry.convolution_parameters: {"channels": 4, "filters": 4, "kernel": 3, "groups": 2},
    geometry.convolution_macs: {
        "channels": 4, "filters": 4, "kernel": 3, "output": 5, "groups": 2},
    geometry.dense_parameters: {"inputs": 3, "outputs": 4},
    geometry.dense_macs: {"inputs": 3, "outputs": 4},
    ops.pad1d: {"signal": [1, 2], "padding": 1, "mode": "zero"},
    ops.pad2d: {"image": IMAGE, "padding": 1, "mode": "zero"},
    ops.shift2d: {"image": IMAGE, "down": 1, "right": 1, "mode": "zero"},
    ops.cross_correlate1d: {"signal": [1, 2, 3], "kernel": [1, 2]} | STEPS,
    ops.convolve1d: {"signal": [1, 2, 3], "kernel": [1, 2]} | STEPS,
    ops.cross_correlate2d: {"image": IMAGE, "kernel": KERNEL} | STEPS,
    ops.convolve2d: {"image": IMAGE, "kernel": KERNEL} | STEPS,
    ops.im2col: {"input_data": BATCH, "filter_h": 2, "filter_w": 2, "stride": 1, "pad": 0},
    ops.col2im: {"col": ops.im2col(BATCH, 2, 2), "input_shape": BATCH.shape, "filter_h": 2,
                 "filter_w": 2, "stride": 1, "pad": 0},
    ops.conv2d: {"x": BATCH, "weight": WEIGHT, "bias": np.ones(4), "groups": 1} | STEPS,
    ops.max_pool2d: {"image": IMAGE, "size": 2, "stride": 1, "padding": 1},
    ops.avg_pool2d: {"image": IMAGE, "size": 2, "stride": 1, "padding": 1},
    ops.conv_transpose2d: {"x": BATCH, "weight": np.ones((3, 2, 2, 2)), "bias": np.ones(2),
                           "output_padding": 0, "groups": 1} | STEPS,
    ops.unshared_conv2d: {"x": np.ones((1, 3, 4)), "weight": np.ones((2, 2, 2, 1, 2, 3))},
    ops.tiled_conv2d: {"x": np.ones((1, 3, 4)), "weight": np.ones((2, 2, 2, 1, 2, 3))},
    ops.pixel_shuffle: {"x": np.ones((1, 4, 2, 2)), "factor": 2},
    ops.bilinear_kernel: {"size": 4},
    boxes.box_area: {"boxes": BOXES},
    boxes.box_iou: {"a": BOXES, "b": BOXES},
    boxes.to_center: {"boxes": BOXES},
    boxes.to_corner: {"boxes": BOXES},
    boxes.nms: {"boxes": BOXES, "scores": [0.1, 0.2], "threshold": 0.5},
    boxes.encode: {"anchors": BOXES, "boxes": BOXES},
    boxes.decode: {"anchors": BOXES, "offsets": BOXES},
    boxes.anchors: {"rows": 2, "columns": 2, "stride": 4, "sizes": [3], "ratios": [1]},
    boxes.roi_pool: {"features": BATCH[0], "box": BOXES[0], "size": 2, "scale": 1},
    boxes.roi_align: {"features": BATCH[0], "box": BOXES[0], "size": 2, "scale": 1, "samples": 2},
    boxes.match_detections: {"boxes": BOXES, "scores": [0.1, 0.2], "truth": BOXES,
                             "threshold": 0.5},
    boxes.average_precision: {"hits": [1, 0], "positives": 2, "method": "all"},
    boxes.precision_recall: {"hits": [1, 0], "positives": 2},
    boxes.region_bins: {"shape": (5, 6), "box": BOXES[0], "size": 2, "scale": 1},
    boxes.responsible_cells: {"boxes": BOXES, "stride": 8},
    boxes.grid_targets: {"boxes": BOXES, "labels": [0, 1], "cells": 3, "stride": 2},
    boxes.grid_boxes: {"output": np.zeros((7, 2, 2)), "stride": 8},
    data.scattered_digits: {"count": 1, "seed": 0, "most": 2, "noise": 0.1},
    models.digit_segmenter: {"classes": 11},
    models.grid_detector: {"classes": 10},
    segmentation.confusion: {"truth": [0, 1], "prediction": [0, 1], "classes": 2},
    segmentation.scores: {"confusion": [[1, 0], [0, 1]]},
    data.sample_image: {"name": "cat"},
    data.load_image: {"source": IMAGE, "max_side": 4, "min_side": 1},
    data.to_gray: {"image": IMAGE},
    tables.layer_table: {"model": NET, "input_shape": (1, 28, 28), "device": "meta"},
    models.alexnet: {"classes": 10, "variant": "paper"},
    models.vgg11: {"classes": 10},
    models.resnet18: {"classes": 10},
    models.resnet_cifar: {"n": 1, "classes": 10, "channels": 3, "width": 4},
    models.googlenet: {"classes": 10},
    models.densenet121: {"classes": 10, "growth": 32},
    models.network_in_network: {"classes": 10},
    training.accuracy: {"model": NET, "images": DIGITS[0], "labels": DIGITS[1]},
    training.probabilities: {"model": NET, "images": DIGITS[0]},
    training.Training: {"model": NET, "train": DIGITS, "test": DIGITS, "rate": 0.1, "batch": 2,
                        "seed": 0, "classes": 10, "augment": None},
    ConvolutionStepper: {"image": IMAGE, "kernel": KERNEL, "correlate": ops.cross_correlate2d,
                         "step": 0, "flip": False},
    FilterExplorer: {"image": IMAGE, "own": KERNEL, "picture": "cat", "kernel": "outline",
                     "strength": 50, "channels": "gray"},
    ChannelView: {"image": np.ones((9, 9)), "picture": "cat", "view": "channels and numbers",
                  "row": 3, "column": 3, "layout_order": "(C, H, W)", "sigma": 3},
    ShiftLab: {"image": IMAGE, "right": 1, "down": 1, "picture": "drawn cat",
               "kernel": "outline", "border": "zeros"},
    PaddingStride: {"size_h": 5, "kernel_h": 2, "padding_w": 1, "stride_w": 1, "step": 0},
    PoolingExplorer: {"image": IMAGE, "kind": "max", "size": 2, "stride": 1, "right": 1},
    Im2colView: {"view": "im2col and the product", "size": 3, "window": 0},
    Smoother1D: {"positions": [1, 2, 3, 4], "kernel": [1, 2], "time": 2},
    ParameterCounter: {"size": 9, "hidden": 4, "classes": True},
    ReceptiveFieldExplorer: {"layers": [(3, 1, 0, 1)], "stack": "one 7x7, then 1x1", "depth": 1},
    FeatureMaps: {"model": NET, "image": np.zeros((28, 28)), "classes": "abcdefghij",
                  "sample": "3", "pen": "draw", "first_layer": 1},
    InceptionBudget: {"before3": 8},
    ResidualLab: {"W": np.eye(3), "h": [[1], [2], [3]], "weights": "W = 0", "scale": 0.5},
    ArchitectureExplorer: {"model": NET, "input_shape": (1, 28, 28), "first": "LeNet-5",
                           "same": True},
}  # fmt: skip
# Functions that are not asked here: they make nothing of numbers, or are tried elsewhere.
ELSEWHERE = {
    "detection_loss", "lenet5", "simple_conv_net", "load_mnist", "to_color", "Scattered",
    "Segmenter", "GridDetector", "Count", "Field", "Window", "as_numbers", "MOST_NUMBERS",
    "BasicBlock", "Bottleneck", "DenseLayer", "Inception", "Scores",
}  # fmt: skip
for _explorer in EXPLORERS:  # one that is not above is tried as it comes
    if _explorer not in SENSE:
        SENSE[_explorer] = {name: _explorer().value_of(name) for name in _explorer.declared}
# What an argument is called in the sentence, where it is not its own name.
CALLED = {
    "source": ("image",), "min_side": ("min_side", "image"),
    "input_shape": ("input_shape", "input"),
    "labels": ("labels",), "layers": ("layers", "kernel", "stride", "padding", "dilation"),
    "images": ("images",), "boxes": ("boxes", "scores", "labels"),
    "output_padding": ("output_padding",), "shape": ("shape", "rows"), "image": ("image", "kernel"),
}  # fmt: skip


def complain(call, name):
    """Call it with nonsense: it may answer, or raise a ValueError that names the argument."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = call()
    except ValueError as error:
        words = str(error)
        called = CALLED.get(name, (name,))
        # "h" is not named by "the".
        assert any(re.search(rf"(?<!\w){part}(?!\w)", words) for part in called), words
    else:
        words = result.current.problem if isinstance(result, Explorer) else ""
        assert len(words) <= LONGEST, words
        return ""
    assert len(words) <= LONGEST, words
    return words


def trials():
    for function, sense in SENSE.items():
        for name in sense:
            yield pytest.param(function, name, id=f"{function.__name__}-{name}")


@pytest.mark.parametrize(("function", "name"), list(trials()))
def test_nonsense_gets_a_sentence(function, name):
    sense = SENSE[function]
    for nonsense in NONSENSE:
        complain(lambda nonsense=nonsense: function(**{**sense, name: nonsense}), name)


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_nonsense_for_a_setting_leaves_the_explorer_as_it_was(explorer_class):
    explorer, usual = explorer_class(**SENSE[explorer_class]), explorer_class()
    for name in explorer.declared:
        for nonsense in NONSENSE:
            before = explorer.stage.current, repr(explorer.settings())
            words = complain(lambda n=name, bad=nonsense: explorer.set(**{n: bad}), name)
            if words:
                assert (explorer.stage.current, repr(explorer.settings())) == before
            else:
                explorer.set(**{name: usual.value_of(name)})


@pytest.mark.parametrize(
    "make",
    [
        lambda bad: ops.pad2d(bad, 1), lambda bad: data.load_image(bad),
        lambda bad: ResidualLab(W=bad), lambda bad: ResidualLab(h=bad),
        lambda bad: FeatureMaps(image=bad), lambda bad: ReceptiveFieldExplorer(layers=bad),
        lambda bad: FeatureMaps(classes=bad), lambda bad: PoolingExplorer(bad),
        lambda bad: training.probabilities(NET, bad), lambda bad: Smoother1D(bad),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shape", [(3, 3), (3, 1), (5, 4), (4,), (6, 6)])
def test_complex_numbers_never_become_real_in_silence(make, shape):
    for bad in (np.ones(shape) * 1j, (np.ones(shape) * 1j).tolist(), torch.ones(shape) * 1j):
        with pytest.raises(ValueError, match=r"\w+"):
            make(bad)


@pytest.mark.parametrize("make", [PoolingExplorer, FilterExplorer, data.to_gray, Smoother1D])
def test_a_huge_array_is_refused_before_it_is_copied(make):
    """10^14 numbers that are one: a copy would need 800 TB."""
    with pytest.raises(ValueError, match="has 100,000,000,000,000 numbers, but at most 100,000,00"):
        make(np.broadcast_to(0.5, (10**7, 10**7)))


@pytest.mark.parametrize("part", [geometry, ops, boxes, segmentation, data, models])
def test_every_public_function_is_tried(part):
    alike = {"vgg13", "vgg16", "vgg19", "resnet34", "resnet50", "resnet101", "resnet152"}
    tried = {function.__name__ for function in SENSE} | ELSEWHERE | alike
    public = {name for name in part.__all__ if callable(getattr(part, name))}
    assert public - tried == set()
