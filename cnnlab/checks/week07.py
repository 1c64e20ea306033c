"""Checks of week 7: train a CNN."""

import copy
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from cnnlab.checks.check import Check
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake
from cnnlab.data import load_mnist
from cnnlab.models import lenet5
from cnnlab.training import Training, accuracy

__all__ = [
    "batch_norm",
    "batch_norm_numbers",
    "batch_norm_test",
    "cross_entropy",
    "digit_reader",
    "dropout",
    "evaluate",
    "running_mean",
    "shapes",
]

_random = np.random.default_rng(7)
EPS = 1e-5

# ---------------------------------------------------------------------- shapes


def _convolved(shape, filters, kernel, padding):
    return filters, *(size + 2 * padding - kernel + 1 for size in shape[1:])


def _pooled(shape, window):
    return shape[0], *(size // window for size in shape[1:])


def _shapes():
    first = _convolved((3, 32, 20), 12, 5, 2)
    second = _pooled(first, 2)
    third = _convolved(second, 24, 3, 0)
    fourth = _pooled(third, 2)
    return first, second, third, fourth, (fourth[0] * fourth[1] * fourth[2],), (10,)


shapes = Check(
    "shapes",
    ((12, 32, 20), (12, 16, 10), (24, 14, 8), (24, 7, 4), (672,), (10,)),
    (),
    (
        Mistake(
            "You ignored the padding of the first layer.",
            "With padding 2 a window of 5 fits at every pixel.",
            ((12, 28, 16), (12, 14, 8), (24, 12, 6), (24, 6, 3), (432,), (10,)),
        ),
        Mistake(
            "You padded the second convolution too.",
            "It has no padding: 3 fits into n in n - 2 places.",
            ((12, 32, 20), (12, 16, 10), (24, 16, 10), (24, 8, 5), (960,), (10,)),
        ),
        Mistake(
            "Rows and columns are swapped.",
            "The image has 32 rows and 20 columns; shapes are (channels, rows, columns).",
            ((12, 20, 32), (12, 10, 16), (24, 8, 14), (24, 4, 7), (672,), (10,)),
        ),
        Mistake(
            "The channels come last in your answer.",
            "Torch has (channels, rows, columns).",
            ((32, 20, 12), (16, 10, 12), (14, 8, 24), (7, 4, 24), (672,), (10,)),
        ),
        Mistake(
            "You kept the three channels of the image.",
            "Each *filter* gives one map: after a layer of 12 filters there are 12.",
            ((3, 32, 20), (3, 16, 10), (3, 14, 8), (3, 7, 4), (84,), (10,)),
        ),
        Mistake(
            "Flatten keeps the channels in your answer.",
            "It writes all maps into one row of numbers.",
            ((12, 32, 20), (12, 16, 10), (24, 14, 8), (24, 7, 4), (24, 28), (10,)),
        ),
        Mistake(
            "Your flat vector has one number for each place.",
            "It holds every map: channels · rows · columns.",
            ((12, 32, 20), (12, 16, 10), (24, 14, 8), (24, 7, 4), (28,), (10,)),
        ),
        Mistake(
            "You added channels, rows and columns.",
            "A grid of c x h x w numbers has c · h · w of them.",
            ((12, 32, 20), (12, 16, 10), (24, 14, 8), (24, 7, 4), (35,), (10,)),
        ),
        Mistake(
            "Your pooling halves the channels too.",
            "It halves rows and columns; each map is pooled by itself.",
            ((12, 32, 20), (6, 16, 10), (24, 14, 8), (12, 7, 4), (336,), (10,)),
        ),
        Mistake(
            "Your pooling moves by one pixel.",
            "A window of 2 x 2 moves by 2, if nobody says otherwise.",
            ((12, 32, 20), (12, 31, 19), (24, 29, 17), (24, 28, 16), (10_752,), (10,)),
        ),
        Mistake(
            "Your filters multiply the channels.",
            "However many channels a filter reads, it gives one map.",
            ((36, 32, 20), (36, 16, 10), (864, 14, 8), (864, 7, 4), (24_192,), (10,)),
        ),
        Mistake(
            "Your filters come on top of the channels.",
            "However many channels a filter reads, it gives one map.",
            ((15, 32, 20), (15, 16, 10), (39, 14, 8), (39, 7, 4), (1_092,), (10,)),
        ),
        Mistake(
            "You flattened what comes before the second pooling.",
            "24 · 7 · 4.",
            ((12, 32, 20), (12, 16, 10), (24, 14, 8), (24, 7, 4), (2_688,), (10,)),
        ),
    ),
    "six tuples of whole numbers",
    derived=_shapes,
)

# ------------------------------------------------------------------ batch_norm


def _stretch(x, gamma, beta):
    return gamma[:, None, None] * x + beta[:, None, None]


def _normalized(axes, spread=lambda x, axes: np.sqrt(x.var(axis=axes, keepdims=True) + EPS)):
    def answer(x, gamma, beta):
        return _stretch((x - x.mean(axis=axes, keepdims=True)) / spread(x, axes), gamma, beta)

    return answer


def _batch_and_scales(draw):
    channels = draw.count(1, 3)
    kinds = ("fractions", "floats", "ties", "negative")  # single precision must do
    x = draw.array(draw.count(2, 4), channels, draw.count(1, 3), draw.count(1, 4), kinds=kinds)
    x = x * draw.pick(1, 1, 0.01)
    return x, draw.array(channels), draw.array(channels)


batch_norm = Check(
    "batch_norm",
    _normalized((0, 2, 3)),
    (
        (_random.normal(2, 3, (4, 3, 5, 6)), np.array([0.5, 2, 1]), np.array([3.0, -1, 0])),
        (_random.normal(-1, 0.02, (3, 2, 2, 4)), np.array([1.5, 1]), np.array([0.25, 2])),
    ),
    (
        Mistake(
            "That is layer normalization: one mean for each image.",
            "Here a channel of all images shares one mean.",
            _normalized((1, 2, 3)),
        ),
        Mistake(
            "That is instance normalization: one mean for each map.",
            "The mean goes over the whole batch too.",
            _normalized((2, 3)),
        ),
        Mistake(
            "You took the mean over the batch only.",
            "All places of a map belong to it: rows and columns too.",
            _normalized((0,)),
        ),
        Mistake(
            "You took one mean for everything.",
            "Each channel has its own.",
            _normalized((0, 1, 2, 3)),
        ),
        Mistake(
            "You divided by the variance.",
            "Divide by the standard deviation: the root of it.",
            _normalized((0, 2, 3), lambda x, axes: x.var(axis=axes, keepdims=True) + EPS),
        ),
        Mistake(
            "You divided by the variance, and the 1e-5 is missing.",
            "Divide by the root of the variance plus 1e-5.",
            _normalized((0, 2, 3), lambda x, axes: x.var(axis=axes, keepdims=True)),
        ),
        Mistake(
            "Your 1e-5 stands outside of the root.",
            "It is added to the variance, before the root is taken.",
            _normalized((0, 2, 3), lambda x, axes: x.std(axis=axes, keepdims=True) + EPS),
        ),
        Mistake(
            "The 1e-5 is missing.",
            "It is added to the variance, so that a constant channel does not divide by 0.",
            _normalized((0, 2, 3), lambda x, axes: x.std(axis=axes, keepdims=True)),
        ),
        Mistake(
            "You divided by n - 1 in the variance.",
            "For the batch itself the plain mean of squares is used.",
            _normalized(
                (0, 2, 3), lambda x, axes: np.sqrt(x.var(axis=axes, keepdims=True, ddof=1) + EPS)
            ),
        ),
        Mistake(
            "Scale and shift are missing.",
            "Multiply each channel by its gamma and add its beta.",
            lambda x, gamma, beta: _normalized((0, 2, 3))(x, np.ones_like(gamma), 0 * beta),
        ),
        Mistake(
            "The scale is missing.",
            "Multiply each channel by its gamma.",
            lambda x, gamma, beta: _normalized((0, 2, 3))(x, np.ones_like(gamma), beta),
        ),
        Mistake(
            "The shift is missing.",
            "Add its beta to each channel.",
            lambda x, gamma, beta: _normalized((0, 2, 3))(x, gamma, 0 * beta),
        ),
        Mistake(
            "gamma and beta are swapped.",
            "gamma multiplies, beta is added.",
            lambda x, gamma, beta: _normalized((0, 2, 3))(x, beta, gamma),
        ),
        Mistake(
            "The shift is added before the scale.",
            "gamma * normalized + beta.",
            lambda x, gamma, beta: _stretch(
                _normalized((0, 2, 3))(x, np.ones_like(gamma), beta / 1.0), gamma, 0 * beta
            ),
        ),
        Mistake(
            "You subtract the mean divided by the spread.",
            "First subtract, then divide: brackets.",
            lambda x, gamma, beta: _stretch(
                x
                - x.mean(axis=(0, 2, 3), keepdims=True)
                / np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + EPS),
                gamma,
                beta,
            ),
        ),
        Mistake(
            "All channels have the first scale and shift.",
            "Each channel has its own.",
            lambda x, gamma, beta: _normalized((0, 2, 3))(
                x, np.full_like(gamma, gamma[0]), np.full_like(beta, beta[0])
            ),
        ),
        Mistake(
            "gamma and beta lie along the columns.",
            "There is one of each per channel: gamma[:, None, None].",
            lambda x, gamma, beta: (
                gamma * _normalized((0, 2, 3))(x, np.ones_like(gamma), 0 * beta) + beta
            ),
        ),
        Mistake(
            "gamma and beta lie along the batch.",
            "There is one of each per channel: gamma[:, None, None].",
            lambda x, gamma, beta: (
                gamma[:, None, None, None]
                * _normalized((0, 2, 3))(x, np.ones_like(gamma), 0 * beta)
                + beta[:, None, None, None]
            ),
        ),
        Mistake(
            "Your variance is the mean of the squares.",
            "First subtract the mean, then square.",
            _normalized(
                (0, 2, 3),
                lambda x, axes: np.sqrt((x**2).mean(axis=axes, keepdims=True) + EPS),
            ),
        ),
        Mistake(
            "You multiplied by the spread.",
            "Divide by it.",
            _normalized(
                (0, 2, 3), lambda x, axes: 1 / np.sqrt(x.var(axis=axes, keepdims=True) + EPS)
            ),
        ),
        Mistake(
            "You used the first image's mean and variance.",
            "They go over the whole batch.",
            lambda x, gamma, beta: _stretch(
                (x - x[:1].mean(axis=(0, 2, 3), keepdims=True))
                / np.sqrt(x[:1].var(axis=(0, 2, 3), keepdims=True) + EPS),
                gamma,
                beta,
            ),
        ),
    ),
    draw=_batch_and_scales,
    without=(
        "batch_norm",
        "BatchNorm2d",
        "instance_norm",
    ),
)

# ------------------------------------------------------------- batch_norm_test


def _remembered(x, mean, variance, gamma, beta):
    spread = np.sqrt(variance + EPS)
    return _stretch((x - mean[:, None, None]) / spread[:, None, None], gamma, beta)


def _remembered_scales(draw):
    x, gamma, beta = _batch_and_scales(draw)
    variance = np.abs(draw.array(len(gamma), kinds=("fractions", "negative"))) + 0.001
    return x, draw.array(len(gamma)), variance, gamma, beta


batch_norm_test = Check(
    "batch_norm_test",
    _remembered,
    (
        (
            _random.normal(2, 3, (4, 3, 5, 6)),
            np.array([1.0, 2.5, 3]),
            np.array([9.0, 4, 0.25]),
            np.array([1.0, 2, 0.5]),
            np.array([0.0, -1, 3]),
        ),
        (
            _random.normal(0, 1, (1, 2, 2, 3)),
            np.array([0.5, -1]),
            np.array([0.01, 2]),
            np.array([1.5, 1]),
            np.array([0.25, 2]),
        ),
    ),
    (
        Mistake(
            "You used the batch's own mean and variance: test mode is forgotten.",
            "In a test the remembered ones are used, so that an image's result does not depend "
            "on its company.",
            lambda x, mean, variance, gamma, beta: _normalized((0, 2, 3))(x, gamma, beta),
        ),
        Mistake(
            "The 1e-5 is missing.",
            "It is added to the variance here too.",
            lambda x, mean, variance, gamma, beta: _remembered(
                x, mean, variance - EPS, gamma, beta
            ),
        ),
        Mistake(
            "gamma and beta are swapped.",
            "gamma multiplies, beta is added.",
            lambda x, mean, variance, gamma, beta: _remembered(x, mean, variance, beta, gamma),
        ),
        Mistake(
            "You took the mean of the batch and the variance from memory.",
            "Both are remembered.",
            lambda x, mean, variance, gamma, beta: _remembered(
                x, x.mean(axis=(0, 2, 3)), variance, gamma, beta
            ),
        ),
        Mistake(
            "You took the mean from memory and the variance from the batch.",
            "Both are remembered.",
            lambda x, mean, variance, gamma, beta: _remembered(
                x, mean, x.var(axis=(0, 2, 3)), gamma, beta
            ),
        ),
        Mistake(
            "You divided by the variance.",
            "Divide by its root.",
            lambda x, mean, variance, gamma, beta: _remembered(
                x, mean, (variance + EPS) ** 2 - EPS, gamma, beta
            ),
        ),
        Mistake(
            "Scale and shift are missing.",
            "They act in a test as well.",
            lambda x, mean, variance, gamma, beta: _remembered(
                x, mean, variance, np.ones_like(gamma), 0 * beta
            ),
        ),
        Mistake(
            "Your 1e-5 stands outside of the root.",
            "It is added to the variance, before the root is taken.",
            lambda x, mean, variance, gamma, beta: _stretch(
                (x - mean[:, None, None]) / (np.sqrt(variance) + EPS)[:, None, None], gamma, beta
            ),
        ),
        Mistake(
            "You took the variance for the spread.",
            "Divide by its root.",
            lambda x, mean, variance, gamma, beta: _stretch(
                (x - mean[:, None, None]) / variance[:, None, None], gamma, beta
            ),
        ),
        Mistake(
            "You multiplied by the spread.",
            "Divide by it.",
            lambda x, mean, variance, gamma, beta: _stretch(
                (x - mean[:, None, None]) * np.sqrt(variance + EPS)[:, None, None], gamma, beta
            ),
        ),
        Mistake(
            "The numbers of the channels lie along the columns.",
            "There is one of each per channel: mean[:, None, None], and so on.",
            lambda x, mean, variance, gamma, beta: (
                gamma * (x - mean) / np.sqrt(variance + EPS) + beta
            ),
        ),
        Mistake(
            "The numbers of the channels lie along the batch.",
            "There is one of each per channel: mean[:, None, None], and so on.",
            lambda x, mean, variance, gamma, beta: _remembered(
                x.swapaxes(0, 1), mean, variance, gamma, beta
            ).swapaxes(0, 1),
        ),
        Mistake(
            "You squared what is a variance already.",
            "Its root is the spread.",
            lambda x, mean, variance, gamma, beta: _remembered(x, mean, variance**2, gamma, beta),
        ),
    ),
    draw=_remembered_scales,
    without=(
        "batch_norm",
        "BatchNorm2d",
    ),
)

# ---------------------------------------------------------------- running_mean


def _running(weights):
    def answer(start, batch_means, momentum):
        old, new = weights(momentum)
        for mean in batch_means:
            start = old * start + new * mean
        return start

    return answer


def _means(draw):
    means = draw.array(draw.count(1, 5), kinds=("fractions", "integers", "negative"))
    return float(draw.count(0, 4)), means.tolist(), draw.pick(0.1, 0.25, 0.75)


def _torch_way(momentum):
    return 1 - momentum, momentum


def _running_mean(start, batch_means, momentum):
    for mean in batch_means:
        start = (1 - momentum) * start + momentum * mean
    return start


running_mean = Check(
    "running_mean",
    _running_mean,
    ((0.0, [1.0, 1.0, 4.0], 0.1), (2.0, [3.0, -1.0], 0.25)),
    (
        Mistake(
            "Old and new are weighted the wrong way round.",
            "In torch the momentum is the weight of the *new* batch: 0.1 forgets slowly.",
            _running(lambda momentum: (momentum, 1 - momentum)),
        ),
        Mistake(
            "You took the plain mean of the batches.",
            "Each batch moves the average a little; the last ones count most.",
            lambda start, batch_means, momentum: float(np.mean(batch_means)),
        ),
        Mistake(
            "Only the last batch is in it.",
            "Go through all batches, and keep what each gives for the next.",
            lambda start, batch_means, momentum: (
                (1 - momentum) * start + momentum * batch_means[-1]
            ),
        ),
        Mistake(
            "The old value does not fade.",
            "Multiply it by 1 - momentum.",
            _running(lambda momentum: (1, momentum)),
        ),
        Mistake(
            "The last batch is left out.",
            "All batches count.",
            lambda start, batch_means, momentum: _running(_torch_way)(
                start, batch_means[:-1], momentum
            ),
        ),
        Mistake(
            "The first batch is left out.",
            "All batches count.",
            lambda start, batch_means, momentum: _running(_torch_way)(
                start, batch_means[1:], momentum
            ),
        ),
        Mistake(
            "You start from the first batch.",
            "Start from `start`.",
            lambda start, batch_means, momentum: _running(_torch_way)(
                batch_means[0], batch_means[1:], momentum
            ),
        ),
        Mistake(
            "The batches are in reversed order.",
            "The last one counts most.",
            lambda start, batch_means, momentum: _running(_torch_way)(
                start, batch_means[::-1], momentum
            ),
        ),
        Mistake(
            "The momentum is taken for 0.1, whatever it is.",
            "It is an argument.",
            lambda start, batch_means, momentum: _running(_torch_way)(start, batch_means, 0.1),
        ),
        Mistake(
            "You took the mean of all batches as one.",
            "Each batch moves the average a little.",
            lambda start, batch_means, momentum: (
                (1 - momentum) * start + momentum * float(np.mean(batch_means))
            ),
        ),
        Mistake(
            "You gave the average after each batch.",
            "Asked is the last one.",
            lambda start, batch_means, momentum: [
                _running_mean(start, batch_means[: n + 1], momentum)
                for n in range(len(batch_means))
            ],
        ),
        Mistake(
            "You divided by what is missing at the start, as the optimizer Adam does.",
            "Batch normalization does not: it begins with what it was given.",
            lambda start, batch_means, momentum: (
                _running_mean(start, batch_means, momentum)
                / (1 - (1 - momentum) ** len(batch_means))
            ),
        ),
    ),
    draw=_means,
)

# ---------------------------------------------------------- batch_norm_numbers

batch_norm_numbers = Check(
    "batch_norm_numbers",
    (128, 128),
    (),
    (
        Mistake(
            "You counted one number per channel.",
            "There are gamma *and* beta; mean *and* variance.",
            (64, 64),
        ),
        Mistake(
            "Mean and variance are not learned.",
            "They are remembered, but no gradient reaches them.",
            (256, 0),
        ),
        Mistake(
            "You forgot what is remembered for the test.",
            "A mean and a variance for each channel.",
            (128, 0),
        ),
        Mistake(
            "You remembered only one number per channel.",
            "A mean *and* a variance.",
            (128, 64),
        ),
        Mistake(
            "Torch also stores how many batches it has seen, but a test does not need it.",
            "Count means and variances.",
            (128, 129),
        ),
        Mistake(
            "You counted the places.",
            "All places of a map share the numbers of their channel.",
            (2 * 64 * 14 * 14, 2 * 64 * 14 * 14),
        ),
        Mistake(
            "The layer has one scale and one shift in your answer.",
            "Each of its channels has its own, and its own mean and variance.",
            (2, 2),
        ),
        Mistake(
            "You counted a scale only.",
            "There are gamma *and* beta.",
            (64, 128),
        ),
        Mistake(
            "What is learned is not what is remembered: the second number has both.",
            "A mean and a variance for each channel.",
            (128, 256),
        ),
        Mistake(
            "You gave all numbers of the layer, twice.",
            "First what is learned, then what is remembered.",
            (256, 256),
        ),
        Mistake(
            "You counted places in place of channels.",
            "All places of a map share the numbers of their channel.",
            (2 * 14 * 14, 2 * 14 * 14),
        ),
        Mistake(
            "You counted three numbers a channel that are learned.",
            "Gamma and beta; the convolution's own bias is not of this layer.",
            (192, 128),
        ),
        Mistake(
            "You counted the numbers that go through the layer.",
            "Those are normalized, not learned.",
            (64 * 14 * 14, 64 * 14 * 14),
        ),
        Mistake(
            "You gave the sum.",
            "Two numbers: learned, and remembered.",
            256,
        ),
    ),
    "two numbers, like (10, 20)",
)

# --------------------------------------------------------------------- dropout


def _kept(draw):
    shape = draw.pair(1, 5)
    kept = draw.random.random(shape) > 0.4
    return draw.array(*shape), kept, draw.pick(0.2, 0.4, 0.5, 0.75), draw.pick(True, True, False)


dropout = Check(
    "dropout",
    lambda x, kept, p, training: x * kept / (1 - p) if training else x,
    (
        (_random.normal(size=(3, 4)), _random.random((3, 4)) > 0.4, 0.4, True),
        (_random.normal(size=(2, 5)), _random.random((2, 5)) > 0.2, 0.2, True),
        (_random.normal(size=(2, 3)), np.array([[1, 0, 1], [0, 1, 1]]) > 0, 0.5, False),
    ),
    (
        Mistake(
            "What is left is not made larger.",
            "Divide by 1 - p, or the sums of the next layer are smaller than in a test.",
            lambda x, kept, p, training: x * kept if training else x,
        ),
        Mistake(
            "You divided by p.",
            "A share of 1 - p is left: divide by that.",
            lambda x, kept, p, training: x * kept / p if training else x,
        ),
        Mistake(
            "You drop in a test too: test mode is forgotten.",
            "In a test x comes out as it went in.",
            lambda x, kept, p, training: x * kept / (1 - p),
        ),
        Mistake(
            "You scale in the test.",
            "The scaling was done while training; in a test nothing happens.",
            lambda x, kept, p, training: x * kept if training else x * (1 - p),
        ),
        Mistake(
            "You dropped what was to be kept.",
            "`kept` is True where a number stays.",
            lambda x, kept, p, training: x * ~kept / (1 - p) if training else x,
        ),
        Mistake(
            "You multiplied by 1 - p.",
            "Divide by it: what is left becomes larger.",
            lambda x, kept, p, training: x * kept * (1 - p) if training else x,
        ),
        Mistake(
            "You divided by the share that is really left.",
            "By 1 - p, whatever the mask drew.",
            lambda x, kept, p, training: x * kept / max(kept.mean(), 1e-12) if training else x,
        ),
        Mistake(
            "You gave the numbers that are kept only.",
            "The others are 0 in their places.",
            lambda x, kept, p, training: x[kept] / (1 - p) if training else x,
        ),
        Mistake(
            "You scale in the test too.",
            "In a test x comes out as it went in.",
            lambda x, kept, p, training: x * kept / (1 - p) if training else x / (1 - p),
        ),
        Mistake(
            "You use the mask in the test too.",
            "In a test x comes out as it went in.",
            lambda x, kept, p, training: x * kept / (1 - p) if training else x * kept,
        ),
        Mistake(
            "Nothing comes through in the test.",
            "In a test x comes out as it went in.",
            lambda x, kept, p, training: x * kept / (1 - p) if training else 0 * x,
        ),
        Mistake(
            "You scale in both.",
            "Either the one or the other: here while training, by 1 / (1 - p).",
            lambda x, kept, p, training: x * kept / (1 - p) if training else x * (1 - p),
        ),
        Mistake(
            "You multiplied by p.",
            "A share of 1 - p is left: divide by that.",
            lambda x, kept, p, training: x * kept * p if training else x,
        ),
        Mistake(
            "You dropped what was to be kept, and did not make the rest larger.",
            "`kept` is True where a number stays. Divide by 1 - p.",
            lambda x, kept, p, training: x * ~kept if training else x,
        ),
    ),
    draw=_kept,
    without=(
        "dropout",
        "Dropout",
    ),
)

# --------------------------------------------------------------- cross_entropy


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _losses(scores, labels):
    return -np.log(_softmax(scores)[np.arange(len(labels)), labels])


def _overflowing(scores, labels):
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(scores)
        return -np.log(
            (powers / powers.sum(axis=1, keepdims=True))[range(len(labels)), labels]
        ).mean()


def _scores_and_labels(draw):
    images, classes = draw.count(1, 4), draw.count(2, 5)
    scores = draw.array(images, classes, kinds=("fractions", "integers", "negative"))
    return scores * draw.pick(1, 1, 20) + draw.pick(0, 0, 900), draw.random.integers(
        0, classes, images
    )


cross_entropy = Check(
    "cross_entropy",
    lambda scores, labels: _losses(scores, labels).mean(),
    (
        (_random.normal(0, 2, (5, 4)), np.array([1, 0, 3, 3, 2])),
        (_random.normal(0, 3, (2, 7)), np.array([6, 2])),
        (np.array([[900.0, 899, 0], [-2, 1, 5]]), np.array([1, 0])),
    ),
    (
        Mistake(
            "Your powers overflow: np.exp(900) is too large for a computer.",
            "Subtract each row's largest score first; the probabilities stay the same.",
            lambda scores, labels: _overflowing(scores, labels),
        ),
        Mistake(
            "The softmax is missing.",
            "Scores become probabilities first.",
            lambda scores, labels: -np.log(scores[range(len(labels)), labels]).mean(),
        ),
        Mistake(
            "You gave one number for each image.",
            "The loss is their mean.",
            _losses,
        ),
        Mistake(
            "You took the logarithm to the base 2.",
            "The natural one: np.log.",
            lambda scores, labels: _losses(scores, labels).mean() / np.log(2),
        ),
        Mistake(
            "You took the logarithm to the base 10.",
            "The natural one: np.log.",
            lambda scores, labels: _losses(scores, labels).mean() / np.log(10),
        ),
        Mistake(
            "The softmax goes over all numbers of the batch.",
            "The probabilities of one image's classes sum to 1: along each row.",
            lambda scores, labels: (
                -np.log(
                    _softmax(scores.reshape(1, -1)).reshape(scores.shape)[
                        range(len(labels)), labels
                    ]
                ).mean()
            ),
        ),
        Mistake(
            "You took a softmax of a softmax.",
            "The loss gets scores, not probabilities: one softmax is enough.",
            lambda scores, labels: _losses(_softmax(scores), labels).mean(),
        ),
        Mistake(
            "You summed over the batch.",
            "The loss is the mean, so that it does not depend on the size of the batch.",
            lambda scores, labels: _losses(scores, labels).sum(),
        ),
        Mistake(
            "The sign is wrong.",
            "A probability below 1 has a negative logarithm; a loss is positive.",
            lambda scores, labels: -_losses(scores, labels).mean(),
        ),
        Mistake(
            "The logarithm is missing.",
            "The loss is minus the logarithm of the right class's probability.",
            lambda scores, labels: -np.exp(-_losses(scores, labels)).mean(),
        ),
        Mistake(
            "The softmax goes down the batch.",
            "The probabilities of one image's classes sum to 1: along each row.",
            lambda scores, labels: (
                -np.log(_softmax(scores.T).T[np.arange(len(labels)), labels] + 1e-300).mean()
            ),
        ),
        Mistake(
            "You took the class with the largest score.",
            "The loss asks for the probability of the *right* class, whatever the network says.",
            lambda scores, labels: _losses(scores, scores.argmax(axis=1)).mean(),
        ),
        Mistake(
            "You summed over the batch, and the sign is wrong.",
            "The mean; a loss is positive.",
            lambda scores, labels: -_losses(scores, labels).sum(),
        ),
        Mistake(
            "You divided by images times classes.",
            "The mean is over the images.",
            lambda scores, labels: _losses(scores, labels).sum() / scores.size,
        ),
        Mistake(
            "You took the logarithm of the mean probability.",
            "First the logarithms, then their mean.",
            lambda scores, labels: -np.log(np.exp(-_losses(scores, labels)).mean()),
        ),
        Mistake(
            "You took 1 minus the probability.",
            "Minus its logarithm.",
            lambda scores, labels: (1 - np.exp(-_losses(scores, labels))).mean(),
        ),
        Mistake(
            "Only the first image counts.",
            "The mean over all.",
            lambda scores, labels: _losses(scores, labels)[0],
        ),
        Mistake(
            "You took all classes that are a label somewhere, for every image.",
            "p[np.arange(N), labels]: one number in each row.",
            lambda scores, labels: -np.log(_softmax(scores)[:, labels]).mean(),
        ),
        Mistake(
            "You count labels from 1.",
            "The label 0 is the first class.",
            lambda scores, labels: _losses(scores, labels - 1).mean(),
        ),
        Mistake(
            "You took a sigmoid of each score.",
            "The classes share their probabilities: softmax.",
            lambda scores, labels: np.log1p(
                np.exp(-scores[np.arange(len(labels)), labels].astype(float))
            ).mean(),
        ),
        Mistake(
            "You divided by the number of classes.",
            "The mean is over the images.",
            lambda scores, labels: _losses(scores, labels).sum() / scores.shape[1],
        ),
    ),
    draw=_scores_and_labels,
    without=(
        "cross_entropy",
        "CrossEntropyLoss",
        "log_softmax",
    ),
)

# -------------------------------------------------------------------- evaluate

_IMAGES = 37  # no size of batch divides them


def _example(seed):
    """A small model in training mode, whose answers are others in a test."""
    generator = torch.Generator().manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Dropout(0.8 if seed % 2 else 0.0),
        nn.Flatten(), nn.Linear(6 * 4 * 3, 5),
    )  # fmt: skip
    with torch.no_grad():
        for part in [*model.parameters(), model[1].running_mean, model[1].running_var]:
            part.copy_(torch.rand(part.shape, generator=generator) + 0.02)
        for layer in (model[0], model[5]):
            layer.weight.sub_(0.5)
        images = torch.rand(_IMAGES, 1, 6, 5, generator=generator)
        labels = copy.deepcopy(model).eval()(images).argmax(dim=1)
    wrong = torch.rand(_IMAGES, generator=generator) < 0.3  # else what it says is right
    return model, images, torch.where(wrong, (labels + 1) % 5, labels)


def _share(model, images, labels, train=False):
    model.train(train)
    torch.manual_seed(0)
    with torch.no_grad():
        return (model(images).argmax(dim=1) == labels).double().mean().item()


def _without(kind):
    """In a test, but one kind of layer is left as it is while training."""

    def answer(model, images, labels):
        model.eval()
        for layer in model.modules():
            if isinstance(layer, kind):
                layer.train()
        torch.manual_seed(0)
        with torch.no_grad():
            return (model(images).argmax(dim=1) == labels).double().mean().item()

    return answer


def _mean_of_batches(model, images, labels, size=32):
    batches = zip(images.split(size), labels.split(size), strict=True)
    return float(np.mean([_share(model, *batch) for batch in batches]))


def _evaluate(model, images, labels):
    model.eval()
    with torch.no_grad():
        scores = model(images)
    return (scores.argmax(dim=1) == labels).double().mean().item()


evaluate = Check(
    "evaluate",
    _evaluate,
    (),
    (
        Mistake(
            "The model is still in training mode.",
            "Its batch normalization looks at the batch's own mean. Call model.eval() first.",
            lambda *arguments: _share(*arguments, train=True),
        ),
        Mistake(
            "Batch normalization is still in training mode.",
            "It looks at the batch's own mean. Call model.eval() first.",
            _without(nn.BatchNorm2d),
        ),
        Mistake(
            "Dropout is still in training mode.",
            "model.eval() reaches every layer inside.",
            _without(nn.Dropout),
        ),
        Mistake(
            "That is the mean of the batches' shares: a small last batch counts too much.",
            "Count the right ones in all batches, and divide once by the number of images.",
            _mean_of_batches,
        ),
        Mistake(
            "That is a percentage.",
            "Return the share, between 0 and 1.",
            lambda *arguments: 100 * _share(*arguments),
        ),
        Mistake(
            "You counted the right ones.",
            "Divide by the number of images.",
            lambda *arguments: round(_IMAGES * _share(*arguments)),
        ),
        Mistake(
            "That is the share of wrong answers.",
            "How many are right?",
            lambda *arguments: 1 - _share(*arguments),
        ),
        Mistake(
            "You counted in training mode: the model's mode, and a share is asked for.",
            "Call model.eval(), and divide by the number of images.",
            lambda *arguments: round(_IMAGES * _share(*arguments, train=True)),
        ),
        Mistake(
            "You compared the scores themselves with the labels.",
            "argmax gives which class is the largest.",
            lambda model, images, labels: (
                (model.eval()(images).amax(dim=1) == labels).double().mean().item()
            ),
        ),
        Mistake(
            "Each image is compared with the labels of all.",
            "keepdim makes a column of what must be a row of N numbers.",
            lambda model, images, labels: (
                (model.eval()(images).argmax(dim=1, keepdim=True) == labels).double().mean().item()
            ),
        ),
        Mistake(
            "That is the mean probability of the right class.",
            "Count an image as right if the right class has the largest score.",
            lambda model, images, labels: (
                model.eval()(images).softmax(dim=1)[range(len(labels)), labels].mean().item()
            ),
        ),
        Mistake(
            "That is the loss.",
            "Asked is the share of images that are right.",
            lambda model, images, labels: nn.functional.cross_entropy(
                model.eval()(images), labels
            ).item(),
        ),
        Mistake(
            "Only a part of the images counts.",
            "All, also the last ones that do not fill a batch.",
            lambda model, images, labels: _share(model, images[:32], labels[:32]),
        ),
        Mistake(
            "An image counts only if its class has more than half of the probability.",
            "The largest score is enough.",
            lambda model, images, labels: (
                (model.eval()(images).softmax(dim=1)[range(len(labels)), labels] > 0.5)
                .double()
                .mean()
                .item()
            ),
        ),
        Mistake(
            "You divided by the number of classes.",
            "Divide by the number of images.",
            lambda *arguments: _share(*arguments) * _IMAGES / 5,
        ),
        Mistake(
            "The model is still in training mode, and that is the share of wrong answers.",
            "Call model.eval() first, with its brackets. How many are right?",
            lambda *arguments: 1 - _share(*arguments, train=True),
        ),
    ),
    draw=lambda draw: _example(draw.number),
    without=("accuracy",),
)


# ---------------------------------------------------------------- digit_reader

BUDGET, RIGHT, MOVED, FAR = 61_706, 0.95, 0.92, 2
NAMES = (3, 8, 0, 5, 9, 1, 7, 4, 2, 6)  # what the check calls the digits 0 to 9


class _Trained(NamedTuple):
    """What the conditions look at.

    Attributes
    ----------
    model : object
        What the student's function gave.
    test : (torch.Tensor, torch.Tensor)
        Digits of the same kind that it was not given.
    """

    model: object
    test: tuple


def _strange(digits):
    """Digits seen in a mirror along the diagonal, with other names: nobody has learned them."""
    images, labels = digits
    return images.swapaxes(-1, -2).copy(), np.array(NAMES)[labels]


def _trained(answer):
    """Call a student's function on digits that no network knows yet."""
    train, test = map(_strange, load_mnist(flatten=False))
    torch.manual_seed(0)
    np.random.seed(0)  # a student's function may use either
    model = answer(train[0].copy(), train[1].copy())
    return _Trained(model, (torch.tensor(test[0]), torch.tensor(test[1])))


def _parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


def _scores_shape(model):
    with torch.no_grad():
        return tuple(copy.deepcopy(model).eval()(torch.zeros(2, 1, 28, 28)).shape)


def _right(trained):
    return accuracy(trained.model, *trained.test)


def _right_when_moved(trained):
    """The lowest of four directions."""
    images, labels = trained.test
    size, padded = images.shape[-1], nn.functional.pad(images, [FAR] * 4)
    corners = [(0, FAR), (2 * FAR, FAR), (FAR, 0), (FAR, 2 * FAR)]
    return min(
        accuracy(trained.model, padded[..., i : i + size, j : j + size], labels) for i, j in corners
    )


def _knows_by_its_parameters(trained):
    """Whether another start of its parameters makes it forget."""
    model = copy.deepcopy(trained.model)
    torch.manual_seed(0)
    with torch.no_grad():
        for part in model.parameters():
            part.copy_(torch.randn(part.shape) * (part.std() if part.numel() > 1 else 1))
    return accuracy(model, *trained.test) < 0.5


def _reader(moved, epochs):
    """A right answer, if digits are moved while it learns."""

    def answer(images, labels):
        def augment(batch):
            padded = nn.functional.pad(batch, [3] * 4)
            ways = torch.randint(0, 7, (len(batch), 2)).tolist()
            return torch.stack(
                [p[:, i : i + 28, j : j + 28] for p, (i, j) in zip(padded, ways, strict=True)]
            )

        model = nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 5, padding=2), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(24 * 7 * 7, 10),
        )  # fmt: skip
        Training(model, (images, labels), augment=augment if moved else None).run(
            epochs, live=False
        )
        return model

    return answer


class _LooksUp(nn.Module):
    """The nearest of the given digits, wherever it stands."""

    def __init__(self, images, labels):
        super().__init__()
        flat = torch.tensor(images).flatten(1)
        self.known, self.labels = flat / flat.norm(dim=1, keepdim=True), torch.tensor(labels)

    def forward(self, x):
        ways = [(i, j) for i in range(-FAR, FAR + 1) for j in range(-FAR, FAR + 1)]
        near = torch.stack(
            [(x.roll(way, (2, 3)).flatten(1) @ self.known.T).max(1)[0] for way in ways]
        )
        best = near.argmax(0)
        moved = torch.stack([one.roll(ways[way], (1, 2)) for one, way in zip(x, best, strict=True)])
        found = self.labels[(moved.flatten(1) @ self.known.T).argmax(1)]
        return nn.functional.one_hot(found, 10).float()


digit_reader = Design(
    "digit_reader",
    (
        Condition(
            "it returns a torch module",
            lambda trained: isinstance(trained.model, nn.Module),
            "Return the trained model itself.",
        ),
        Condition(
            "digits (N, 1, 28, 28) give scores (N, 10)",
            lambda trained: _scores_shape(trained.model) == (2, 10),
            lambda trained: f"Two digits give shape {_scores_shape(trained.model)}.",
        ),
        Condition(
            f"it has at most {BUDGET:,} parameters",
            lambda trained: _parameters(trained.model) <= BUDGET,
            lambda trained: f"It has {_parameters(trained.model):,}. Where do most of them sit?",
        ),
        Condition(
            f"{100 * RIGHT:.0f} % of digits that it was not given are right",
            lambda trained: _right(trained) >= RIGHT,
            lambda trained: (
                f"It is {100 * _right(trained):.1f} %. The check trains it on digits with other "
                "names, seen in a mirror: it must learn from what it is given. Train longer or "
                "change the network."
            ),
        ),
        Condition(
            f"{100 * MOVED:.0f} % are right when they are moved by {FAR} pixels, whichever way",
            lambda trained: _right_when_moved(trained) >= MOVED,
            lambda trained: (
                f"It is {100 * _right_when_moved(trained):.1f} %. What helped in section 5?"
            ),
        ),
        Condition(
            "what it knows is in its parameters",
            _knows_by_its_parameters,
            "With other numbers in its parameters it reads as well as before: it looks the digits "
            "up. Train a network.",
        ),
    ),
    (
        ("a network that learns moved digits", _reader(moved=True, epochs=5), ""),
        ("a number", lambda images, labels: 0.98, "it returns a torch module"),
        (
            "a narrow network",
            lambda *_: nn.Sequential(nn.Flatten(), nn.Linear(784, 5)),
            "digits (N, 1, 28, 28) give scores (N, 10)",
        ),
        (
            "a large network",
            lambda *_: nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.Linear(100, 10)),
            "it has at most 61,706 parameters",
        ),
        (
            "a network that was not trained",
            lambda *_: lenet5(),
            "95 % of digits that it was not given are right",
        ),
        (
            "the network that comes with the course",
            lambda *_: lenet5(trained=True),
            "95 % of digits that it was not given are right",
        ),
        (
            "a network that looks digits up",
            lambda images, labels: _LooksUp(images, labels),
            "what it knows is in its parameters",
        ),
        (
            "a network that never saw a moved digit",
            _reader(moved=False, epochs=4),
            "92 % are right when they are moved by 2 pixels, whichever way",
        ),
    ),
    function=True,
    prepare=_trained,
)
