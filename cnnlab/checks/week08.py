"""Checks of week 8: LeNet to GoogLeNet."""

from itertools import pairwise
from numbers import Integral

import numpy as np

from cnnlab import geometry
from cnnlab.checks.check import Check, true_or_false
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake

__all__ = [
    "alexnet_sizes",
    "counted_twice",
    "head_parameters",
    "inception_depth",
    "pointwise",
    "reduced_macs",
    "small_inception",
    "statements",
    "vgg_parameters",
]

_random = np.random.default_rng(8)

# --------------------------------------------------------------- alexnet_sizes


def _alexnet_sizes():
    first = geometry.output_size(227, 11, 4)
    sizes = [first, geometry.output_size(first, 3, 2)]
    sizes.append(geometry.output_size(sizes[-1], 5, 1, 2))
    sizes.append(geometry.output_size(sizes[-1], 3, 2))
    for _ in range(3):
        sizes.append(geometry.output_size(sizes[-1], 3, 1, 1))
    return [*sizes, geometry.output_size(sizes[-1], 3, 2)]


alexnet_sizes = Check(
    "alexnet_sizes",
    (55, 27, 27, 13, 13, 13, 13, 6),
    (),
    (
        Mistake(
            "You took 224 for 227.",
            "With 227 pixels and no padding, (227 - 11)/4 + 1 is whole.",
            (54, 26, 26, 12, 12, 12, 12, 5),
        ),
        Mistake(
            "You forgot the + 1.",
            "A window of k fits into n in (n - k)/stride + 1 places.",
            (54, 25, 25, 11, 11, 11, 11, 4),
        ),
        Mistake(
            "You halved at each pooling.",
            "The windows are 3 wide and 2 apart: 55 gives 27, 13 gives 6. And 27 gives 13.",
            (55, 28, 28, 14, 14, 14, 14, 7),
        ),
        Mistake(
            "You divided by the pooling window's 3.",
            "What counts is the stride, 2: the windows overlap.",
            (55, 18, 18, 6, 6, 6, 6, 2),
        ),
        Mistake(
            "You left out the padding of the second convolution.",
            "With padding 2 a window of 5 keeps the size.",
            (55, 27, 23, 11, 11, 11, 11, 5),
        ),
        Mistake(
            "You left out the padding of the 3 x 3 convolutions.",
            "With padding 1 a window of 3 keeps the size.",
            (55, 27, 27, 13, 11, 9, 7, 3),
        ),
        Mistake(
            "All paddings are left out.",
            "They stand in the second convolution and in the three after the second pooling.",
            (55, 27, 23, 11, 9, 7, 5, 2),
        ),
        Mistake(
            "You left out the stride of the first layer.",
            "Its windows start 4 pixels apart.",
            (217, 108, 108, 53, 53, 53, 53, 26),
        ),
        Mistake(
            "You gave the channels.",
            "Asked are the rows after each layer.",
            (96, 96, 256, 256, 384, 384, 256, 256),
        ),
        Mistake(
            "Your poolings move by one.",
            "Their stride is 2.",
            (55, 53, 53, 51, 51, 51, 51, 49),
        ),
        Mistake(
            "You gave what goes into each layer.",
            "Asked is what comes out.",
            (227, 55, 27, 27, 13, 13, 13, 13),
        ),
        Mistake(
            "You gave the number of places.",
            "Asked are the rows: 55, not 55 · 55.",
            (3025, 729, 729, 169, 169, 169, 169, 36),
        ),
        Mistake(
            "The last pooling is not done.",
            "Windows of 3 with stride 2 fit into 13 at six places.",
            (55, 27, 27, 13, 13, 13, 13, 13),
        ),
        Mistake(
            "You rounded the last pooling up.",
            "(13 - 3) / 2 + 1 is 6.",
            (55, 27, 27, 13, 13, 13, 13, 7),
        ),
        Mistake(
            "The input is no layer.",
            "The first number is what comes out of the first convolution.",
            (227, 55, 27, 27, 13, 13, 13, 13, 6),
        ),
        Mistake(
            "The last pooling is missing.",
            "There are eight layers: the pooling after the fifth convolution too.",
            (55, 27, 27, 13, 13, 13, 13),
        ),
    ),
    "eight whole numbers",
    derived=_alexnet_sizes,
)

# -------------------------------------------------------------- vgg_parameters


def _stages(counts, filters, convolution):
    channels, total = 3, 0
    for count, wide in zip(counts, filters, strict=True):
        for _ in range(count):
            total += convolution(channels, wide)
            channels = wide
    return total


def _dense(bias=True, side=7):
    def answer(filters):
        sizes = [side * side * filters[-1], 4096, 4096, 1000]
        return sum(int(geometry.dense_parameters(a, b, bias)) for a, b in pairwise(sizes))

    return answer


def _vgg_with(convolution=lambda a, b: int(geometry.convolution_parameters(a, b, 3)), dense=None):
    def answer(counts, filters):
        return _stages(counts, filters, convolution), (dense or _dense())(filters)

    return answer


def _first_only(counts, filters):
    """Every layer of a stage counted as its first one."""
    before = (3, *filters)
    convs = sum(
        count * int(geometry.convolution_parameters(a, b, 3))
        for count, a, b in zip(counts, before, filters, strict=False)
    )
    return convs, _dense()(filters)


def _stages_of_vgg(draw):
    stages = 5
    counts = tuple(draw.count(1, 3) for _ in range(stages))
    return counts, tuple(4 * draw.count(1, 6) for _ in range(stages))


vgg_parameters = Check(
    "vgg_parameters",
    _vgg_with(),
    (
        ((2, 2, 3, 3, 3), (64, 128, 256, 512, 512)),
        ((1, 1, 2, 2, 2), (64, 128, 256, 512, 512)),
        ((1, 2, 1, 1, 2), (8, 16, 24, 32, 40)),
    ),
    (
        Mistake(
            "The biases are missing.",
            "Each filter and each output has one.",
            _vgg_with(lambda a, b: 9 * a * b, _dense(bias=False)),
        ),
        Mistake(
            "The biases of the convolutions are missing.",
            "One for each filter.",
            _vgg_with(lambda a, b: 9 * a * b),
        ),
        Mistake(
            "Inside a stage, each layer reads what the stage's layers give.",
            "Only the first layer of a stage reads the maps of the stage before.",
            _first_only,
        ),
        Mistake(
            "Your fully connected layers start from one number per channel.",
            "After five poolings 224 has become 7: flatten gives 7·7 numbers a channel.",
            _vgg_with(dense=_dense(side=1)),
        ),
        Mistake(
            "You pooled once too little.",
            "224 is halved five times: 7.",
            _vgg_with(dense=_dense(side=14)),
        ),
        Mistake(
            "The biases of the fully connected layers are missing.",
            "One for each output.",
            _vgg_with(dense=_dense(bias=False)),
        ),
        Mistake(
            "The first layer of a stage reads as many maps as it makes.",
            "It reads the maps of the stage before, the very first one 3.",
            _vgg_with(lambda a, b: int(geometry.convolution_parameters(b, b, 3))),
        ),
        Mistake(
            "You gave one total.",
            "Two numbers: convolutions, and fully connected layers.",
            lambda *given: sum(_vgg_with()(*given)),
        ),
        Mistake(
            "Your windows have 3 weights.",
            "3 x 3 is 9.",
            _vgg_with(lambda a, b: 3 * a * b + b),
        ),
        Mistake(
            "Your image has one channel.",
            "A photograph has three.",
            lambda counts, filters: (
                _vgg_with()(counts, filters)[0] - 18 * filters[0],
                _dense()(filters),
            ),
        ),
        Mistake(
            "The second fully connected layer is missing.",
            "There are three: 4096, 4096 and 1000 outputs.",
            lambda counts, filters: (
                _vgg_with()(counts, filters)[0],
                _dense()(filters) - 4096 * 4096 - 4096,
            ),
        ),
        Mistake(
            "The last fully connected layer is missing.",
            "There are three: 4096, 4096 and 1000 outputs.",
            lambda counts, filters: (
                _vgg_with()(counts, filters)[0],
                _dense()(filters) - 4096 * 1000 - 1000,
            ),
        ),
        Mistake(
            "Your fully connected layers are those of VGG-16, whatever the filters.",
            "The first of them reads 7·7 numbers of each map of the last stage.",
            lambda counts, filters: (_vgg_with()(counts, filters)[0], 123_642_856),
        ),
        Mistake(
            "Each of your stages has one convolution.",
            "`counts` says how many there are.",
            lambda counts, filters: _vgg_with()((1,) * len(counts), filters),
        ),
        Mistake(
            "Each filter has a bias for each input channel.",
            "One bias for each filter.",
            _vgg_with(lambda a, b: 10 * a * b),
        ),
    ),
    draw=_stages_of_vgg,
)

# ------------------------------------------------------------------- pointwise


def _maps_and_weights(draw):
    channels, filters = draw.count(1, 4), draw.count(1, 4)
    x = draw.array(draw.count(1, 3), channels, *draw.pair(1, 4))
    return x, draw.array(filters, channels), draw.array(filters)


def _pointwise(x, weight, bias):
    filters, channels = weight.shape
    out = np.zeros((len(x), filters, *x.shape[2:]))
    for f in range(filters):
        out[:, f] = bias[f]
        for c in range(channels):
            out[:, f] += weight[f, c] * x[:, c]
    return out


def _biased(bias):
    """A bias for each filter, as it is added to maps."""
    return bias[:, None, None]


pointwise = Check(
    "pointwise",
    _pointwise,
    (
        (
            _random.integers(-4, 5, (2, 3, 4, 5)).astype(float),
            _random.integers(-4, 5, (2, 3)).astype(float),
            np.array([1.0, -2.0]),
        ),
        (
            _random.integers(-4, 5, (1, 4, 2, 3)).astype(float),
            _random.integers(-4, 5, (4, 4)).astype(float),
            np.array([0.5, 3.0, -1.0, 2.0]),
        ),
    ),
    (
        Mistake(
            "The bias is missing.",
            "Each filter adds one number of its own to its whole map.",
            lambda x, weight, bias: _pointwise(x, weight, 0 * bias),
        ),
        Mistake(
            "The bias is added once for each input channel.",
            "First add up the channels, then add the bias once.",
            lambda x, weight, bias: _pointwise(x, weight, len(weight[0]) * bias),
        ),
        Mistake(
            "The bias is laid along the columns.",
            "bias has one number per filter: bias[:, None, None] lies along axis 1.",
            lambda x, weight, bias: _pointwise(x, weight, 0 * bias) + bias,
        ),
        Mistake(
            "Every filter adds all biases.",
            "Each filter has its own.",
            lambda x, weight, bias: _pointwise(x, weight, np.full(len(bias), bias.sum())),
        ),
        Mistake(
            "Only the first image comes through.",
            "The batch has x.shape[0] images.",
            lambda x, weight, bias: _pointwise(x[:1], weight, bias),
        ),
        Mistake(
            "The images of the batch are added up.",
            "Each image keeps its own maps.",
            lambda x, weight, bias: _pointwise(x, weight, bias).sum(axis=0),
        ),
        Mistake(
            "The filters come before the batch.",
            "The shape must be (N, F, H, W).",
            lambda x, weight, bias: _pointwise(x, weight, bias).swapaxes(0, 1),
        ),
        Mistake(
            "The pixels of images are mixed.",
            "x.reshape(C, -1) is no batch of columns: the batch is the first axis.",
            lambda x, weight, bias: (weight @ x.reshape(x.shape[1], -1) + bias[:, None]).reshape(
                len(x), len(weight), *x.shape[2:]
            ),
        ),
        Mistake(
            "You summed over the filters, not over the channels.",
            "weight[f, c] joins input channel c to filter f.",
            lambda x, weight, bias: (
                np.einsum("cf,nchw->nfhw", weight, x) + _biased(bias)
                if weight.shape[0] == weight.shape[1]
                else 0 * _pointwise(x, weight, bias)
            ),
        ),
        Mistake(
            "Only the first channel is used.",
            "Each output is a sum over all input channels.",
            lambda x, weight, bias: _pointwise(x[:, :1], weight[:, :1], bias),
        ),
        Mistake(
            "You averaged over the channels.",
            "It is the sum, each channel times its weight.",
            lambda x, weight, bias: _pointwise(x, weight / x.shape[1], bias),
        ),
        Mistake(
            "The channels come last in your result.",
            "The shape must be (N, F, H, W).",
            lambda x, weight, bias: np.moveaxis(_pointwise(x, weight, bias), 1, -1),
        ),
        Mistake(
            "You also summed over the pixels.",
            "Each pixel keeps its own result: the window is one pixel.",
            lambda x, weight, bias: np.einsum("fc,nchw->nf", weight, x) + bias,
        ),
        Mistake(
            "Rows and columns are one axis in your result.",
            "The shape is (N, F, H, W).",
            lambda x, weight, bias: _pointwise(x, weight, bias).reshape(len(x), len(weight), -1),
        ),
        Mistake(
            "The filters are added into one map.",
            "Each filter makes a map of its own.",
            lambda x, weight, bias: _pointwise(x, weight, bias).sum(axis=1),
        ),
        Mistake(
            "Only the first filter is used.",
            "Each filter makes a map of its own.",
            lambda x, weight, bias: _pointwise(x, weight[:1], bias[:1]),
        ),
        Mistake(
            "Every filter adds the first bias.",
            "Each filter has its own.",
            lambda x, weight, bias: _pointwise(x, weight, np.full(len(bias), bias[0])),
        ),
        Mistake(
            "The last channel is left out.",
            "Each output is a sum over all input channels.",
            lambda x, weight, bias: _pointwise(x[:, :-1], weight[:, :-1], bias),
        ),
        Mistake(
            "Only the first image comes through, and its axis is gone.",
            "The shape must be (N, F, H, W), with all images.",
            lambda x, weight, bias: _pointwise(x[:1], weight, bias)[0],
        ),
        Mistake(
            "The last channel overwrites the others.",
            "Add the channels up: += and not =.",
            lambda x, weight, bias: _pointwise(x[:, -1:], weight[:, -1:], 0 * bias),
        ),
    ),
    draw=_maps_and_weights,
    without=(
        "conv2d",
        "pointwise",
    ),
)

# ---------------------------------------------------------------- reduced_macs


def _reduced(size, channels, filters, kernel, reduced):
    return size**2 * channels * reduced + size**2 * kernel**2 * reduced * filters


def _bottle(draw):
    size, channels, filters = draw.count(4, 9), draw.count(2, 9), draw.count(1, 9)
    many = draw.pick(1, 1, 90)
    return size, channels * many, filters * many, draw.pick(1, 3, 5), draw.count(1, 6) * many


reduced_macs = Check(
    "reduced_macs",
    _reduced,
    ((28, 192, 32, 5, 16), (14, 512, 64, 3, 24), (7, 20, 12, 5, 6)),
    (
        Mistake(
            "You placed the reduction after the big convolution.",
            "It must come first, so that the big window has fewer channels to read.",
            lambda size, channels, filters, kernel, reduced: (
                int(geometry.convolution_macs(channels, filters, kernel, size))
                + int(geometry.convolution_macs(filters, reduced, 1, size))
            ),
        ),
        Mistake(
            "You counted the 1 x 1 as free.",
            "It takes a product for each channel, filter and pixel.",
            lambda size, channels, filters, kernel, reduced: int(
                geometry.convolution_macs(reduced, filters, kernel, size)
            ),
        ),
        Mistake(
            "The big convolution still reads all channels in your count.",
            "After the 1 x 1 only `reduced` channels are left.",
            lambda size, channels, filters, kernel, reduced: (
                int(geometry.convolution_macs(channels, reduced, 1, size))
                + int(geometry.convolution_macs(channels, filters, kernel, size))
            ),
        ),
        Mistake(
            "That is without the reduction.",
            "First a 1 x 1 convolution with `reduced` filters.",
            lambda size, channels, filters, kernel, reduced: int(
                geometry.convolution_macs(channels, filters, kernel, size)
            ),
        ),
        Mistake(
            "You counted weights: each is used at every pixel.",
            "Multiply by rows and columns of the output.",
            lambda size, channels, filters, kernel, reduced: (
                channels * reduced + kernel**2 * reduced * filters
            ),
        ),
        Mistake(
            "The output has other sizes in your count.",
            "The padding keeps rows and columns as they are.",
            lambda size, channels, filters, kernel, reduced: (
                size**2 * channels * reduced
                + (size - kernel + 1) ** 2 * kernel**2 * reduced * filters
            ),
        ),
        Mistake(
            "You added biases.",
            "Count the products only.",
            lambda size, channels, filters, kernel, reduced: (
                _reduced(size, channels, filters, kernel, reduced) + reduced + filters
            ),
        ),
        Mistake(
            "Both layers have the large kernel in your count.",
            "The reduction is 1 x 1.",
            lambda size, channels, filters, kernel, reduced: (
                size**2 * kernel**2 * (channels * reduced + reduced * filters)
            ),
        ),
        Mistake(
            "You multiplied the two layers.",
            "They work one after the other: add.",
            lambda size, channels, filters, kernel, reduced: (
                size**2 * channels * reduced * size**2 * kernel**2 * reduced * filters
            ),
        ),
    ),
    draw=_bottle,
    without=("convolution_macs",),
)

# ------------------------------------------------------------- inception_depth


def _module(draw):
    three, five = (draw.pair(1, 9) for _ in range(2))
    return draw.count(1, 9), draw.count(1, 9), three, five, draw.pick(0, draw.count(1, 9))


inception_depth = Check(
    "inception_depth",
    lambda channels, one, three, five, pooled: one + three[1] + five[1] + (pooled or channels),
    (
        (192, 64, (96, 128), (16, 32), 32),
        (256, 128, (64, 192), (64, 96), 0),
        (480, 192, (96, 208), (16, 48), 64),
    ),
    (
        Mistake(
            "You counted the filters that reduce.",
            "They are inside their branches; only the last layer of a branch comes out.",
            lambda channels, one, three, five, pooled: (
                one + sum(three) + sum(five) + (pooled or channels)
            ),
        ),
        Mistake(
            "The maps are added in your answer; here they are put side by side.",
            "Concatenation adds the *numbers* of maps.",
            lambda channels, one, three, five, pooled: max(
                one, three[1], five[1], pooled or channels
            ),
        ),
        Mistake(
            "Without its 1 x 1 the pooling branch still passes its maps on.",
            "Pooling keeps all channels of the input.",
            lambda channels, one, three, five, pooled: one + three[1] + five[1] + pooled,
        ),
        Mistake(
            "The pooling branch is missing.",
            "There are four branches.",
            lambda channels, one, three, five, pooled: one + three[1] + five[1],
        ),
        Mistake(
            "You took the filters that reduce, not those that come out.",
            "The second number of a pair is the branch's output.",
            lambda channels, one, three, five, pooled: (
                one + three[0] + five[0] + (pooled or channels)
            ),
        ),
        Mistake(
            "The pooling branch always passes the channels of the input on.",
            "With its 1 x 1 it has `pooled` maps.",
            lambda channels, one, three, five, pooled: one + three[1] + five[1] + channels,
        ),
    ),
    draw=_module,
)

# ------------------------------------------------------------- head_parameters


def _head(size, channels, classes):
    return size * size * channels * classes + classes, channels * classes + classes


def _head_sizes(draw):
    return draw.count(1, 8), draw.count(1, 9), draw.count(2, 9)


head_parameters = Check(
    "head_parameters",
    _head,
    ((7, 512, 1000), (4, 48, 10), (6, 5, 3)),
    (
        Mistake(
            "You flattened one row only.",
            "Maps have rows *and* columns.",
            lambda size, channels, classes: (
                size * channels * classes + classes,
                _head(size, channels, classes)[1],
            ),
        ),
        Mistake(
            "The biases are missing.",
            "One for each class.",
            lambda size, channels, classes: (size**2 * channels * classes, channels * classes),
        ),
        Mistake(
            "The average learns nothing, but one layer stays behind it.",
            "From the channels' averages to the classes there is a fully connected layer.",
            lambda size, channels, classes: (_head(size, channels, classes)[0], 0),
        ),
        Mistake(
            "Your average has weights.",
            "An average learns nothing: each map becomes one number.",
            lambda size, channels, classes: (
                _head(size, channels, classes)[0],
                _head(size, channels, classes)[1] + size**2 * channels,
            ),
        ),
        Mistake(
            "The two numbers are swapped.",
            "First with flatten, then with global average pooling.",
            lambda size, channels, classes: _head(size, channels, classes)[::-1],
        ),
        Mistake(
            "Only the first has its biases.",
            "Both layers have one for each class.",
            lambda size, channels, classes: (
                size**2 * channels * classes + classes,
                channels * classes,
            ),
        ),
        Mistake(
            "Only the second has its biases.",
            "Both layers have one for each class.",
            lambda size, channels, classes: (
                size**2 * channels * classes,
                channels * classes + classes,
            ),
        ),
        Mistake(
            "There is only one bias in each.",
            "One for each class.",
            lambda size, channels, classes: (
                size**2 * channels * classes + 1,
                channels * classes + 1,
            ),
        ),
        Mistake(
            "You gave the sum of the two.",
            "Give both.",
            lambda size, channels, classes: sum(_head(size, channels, classes)),
        ),
        Mistake(
            "You gave the same number twice.",
            "First with flatten, then with the average.",
            lambda size, channels, classes: (size**2 * channels * classes + classes,) * 2,
        ),
        Mistake(
            "The average keeps the places in your answer.",
            "It leaves one number for each map.",
            lambda size, channels, classes: (
                size**2 * channels * classes + classes,
                (size**2 + 1) * classes,
            ),
        ),
    ),
    draw=_head_sizes,
    without=("dense_parameters",),
)

# --------------------------------------------------------------- counted_twice

counted_twice = Check(
    "counted_twice",
    (87_908_352, 16_056_320),
    (),
    (
        Mistake(
            "That is the sum with the error in it.",
            "Add the six products, each once.",
            (103_964_672, 16_056_320),
        ),
        Mistake(
            "The sum is right, but another product was counted twice.",
            "What is left of 104 million when you take the right sum away?",
            (87_908_352, 44_255_232),
        ),
        Mistake(
            "The second number is what is left of the rounded total.",
            "Which of the six products is it?",
            (87_908_352, 16_091_648),
        ),
        Mistake(
            "You forgot that a window of 3 has 9 cells, and one of 5 has 25.",
            "3·3 and 5·5.",
            (41_345_024, 16_056_320),
        ),
        Mistake("The two numbers are swapped.", "First the right sum.", (16_056_320, 87_908_352)),
        Mistake(
            "The sum is right, but another product was counted twice.",
            "What is left of 104 million when you take the right sum away?",
            (87_908_352, 11_239_424),
        ),
        Mistake(
            "The sum is right, but another product was counted twice.",
            "What is left of 104 million when you take the right sum away?",
            (87_908_352, 2_408_448),
        ),
        Mistake(
            "The sum is right, but another product was counted twice.",
            "What is left of 104 million when you take the right sum away?",
            (87_908_352, 7_526_400),
        ),
        Mistake(
            "The sum is right, but another product was counted twice.",
            "What is left of 104 million when you take the right sum away?",
            (87_908_352, 6_422_528),
        ),
        Mistake(
            "You counted on 28·28 places.",
            "This module has 14·14.",
            (4 * 87_908_352, 4 * 16_056_320),
        ),
    ),
    "two whole numbers",
)

# ------------------------------------------------------------------ statements

statements = true_or_false(
    "statements",
    ("false", "true", "false", "false", "true", "false"),
    (
        (
            "the parameters sit where hardly any work is done.",
            "89.4 % of VGG-16's are in three layers with 0.8 % of the work.",
        ),
        ("what does a 1 x 1 window see besides its pixel?", "Nothing: the field stays as it is."),
        (
            "the maps of an inception module are not added.",
            "They are concatenated: the channels of the branches add up.",
        ),
        (
            "one fully connected layer is left in GoogLeNet.",
            "How do 1,024 averages become 1,000 scores?",
        ),
        (
            "think of what the average makes of maps of any size.",
            "One number a map, however large it is.",
        ),
        ("54.25 is not 55.", "With 224 pixels the first layer needs a padding."),
    ),
)

# ------------------------------------------------------------- small_inception

SIDE, CHANNELS, DEPTH, BUDGET = 28, 192, 256, 100_000_000
LEAST3, LEAST5 = 112, 32


def _cost(module):
    one, (before3, three), (before5, five), pooled = module
    steps = [
        (CHANNELS, one, 1), (CHANNELS, before3, 1), (before3, three, 3),
        (CHANNELS, before5, 1), (before5, five, 5), (CHANNELS, pooled, 1),
    ]  # fmt: skip
    return sum(int(geometry.convolution_macs(*step, SIDE)) for step in steps)


def _has_form(module):
    return (
        isinstance(module, (tuple, list))
        and len(module) == 4
        and all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in module[1:3])
        and all(
            isinstance(n, Integral) and n > 0
            for n in (module[0], *module[1], *module[2], module[3])
        )
    )


def _depth(module):
    one, three, five, pooled = module
    return one + three[1] + five[1] + pooled


small_inception = Design(
    "small_inception",
    (
        Condition(
            "it is (one, (reduce, three), (reduce, five), pooled), whole numbers above 0",
            _has_form,
            "Write it like (64, (96, 128), (16, 32), 32).",
        ),
        Condition(
            f"{DEPTH} maps come out",
            lambda module: _depth(module) == DEPTH,
            lambda module: f"There are {_depth(module)}.",
        ),
        Condition(
            f"at least {LEAST3} of them come from the 3 x 3 and {LEAST5} from the 5 x 5",
            lambda module: module[1][1] >= LEAST3 and module[2][1] >= LEAST5,
            lambda module: f"There are {module[1][1]} and {module[2][1]}.",
        ),
        Condition(
            f"it takes at most {BUDGET:,} multiply-accumulates",
            lambda module: _cost(module) <= BUDGET,
            lambda module: f"It takes {_cost(module):,}. Which branch costs most?",
        ),
        Condition(
            "no reduction is below 8",
            lambda module: min(module[1][0], module[2][0]) >= 8,
            "So few channels let nothing through.",
        ),
    ),
    (
        ("a narrower reduction", (64, (64, 128), (16, 32), 32), ""),
        ("another right one", (80, (48, 112), (8, 32), 32), ""),
        (
            "four numbers",
            (64, 128, 32, 32),
            "it is (one, (reduce, three), (reduce, five), pooled), whole numbers above 0",
        ),
        ("too deep", (128, (64, 128), (16, 32), 32), "256 maps come out"),
        (
            "nearly all from the 1 x 1",
            (184, (16, 32), (8, 16), 24),
            "at least 112 of them come from the 3 x 3 and 32 from the 5 x 5",
        ),
        (
            "GoogLeNet's own",
            (64, (96, 128), (16, 32), 32),
            "it takes at most 100,000,000 multiply-accumulates",
        ),
        ("a reduction to one channel", (64, (1, 128), (16, 32), 32), "no reduction is below 8"),
    ),
)
