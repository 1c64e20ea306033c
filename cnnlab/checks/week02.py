"""Checks of week 2: convolution and cross-correlation."""

import numpy as np

from cnnlab import ops
from cnnlab.checks.check import Check
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake, carried
from cnnlab.data import EXAMPLE_IMAGE, EXAMPLE_KERNEL

__all__ = [
    "conv_layer",
    "convolve1d_full",
    "convolve2d",
    "cross_correlate2d",
    "first_row",
    "hadamard_sum",
    "handout_figure",
    "stroke_kernel",
]

_random = np.random.default_rng(2)


def _whole(*shape):
    return _random.integers(-4, 5, shape).astype(float)


# ------------------------------------------------------------------- first_row

_paper = np.array([[2, 0, 1, 3], [1, 3, 0, 2], [0, 1, 2, 1], [3, 2, 1, 0]])
_paper_kernel = np.array([[1, 0, 2], [0, 1, 0], [3, 0, 0]])
_answer = ops.cross_correlate2d(_paper, _paper_kernel)

first_row = Check(
    "first_row",
    tuple(_answer[0].tolist()),
    (),
    (
        Mistake(
            "You flipped the kernel: that is true convolution.",
            "Lay the kernel on the image as it is written.",
            tuple(ops.convolve2d(_paper, _paper_kernel)[0].tolist()),
        ),
        Mistake(
            "Those are the first numbers of the two rows.",
            "The window moves to the right first: the second number of the first row is asked.",
            tuple(_answer[:, 0].tolist()),
        ),
        Mistake(
            "You averaged the nine products.",
            "Multiply and add; nothing is divided.",
            tuple((_answer[0] / 9).tolist()),
        ),
        Mistake(
            "Your kernel is transposed.",
            "Rows of the kernel lie on rows of the image.",
            tuple(ops.cross_correlate2d(_paper, _paper_kernel.T)[0].tolist()),
        ),
        Mistake(
            "That is the second row of the output.",
            "The window stays in the first rows and moves to the right.",
            tuple(_answer[1].tolist()),
        ),
        Mistake(
            "Your kernel is mirrored, left and right.",
            "Lay it on the image as it is written.",
            tuple(ops.cross_correlate2d(_paper, _paper_kernel[:, ::-1])[0].tolist()),
        ),
        Mistake(
            "Your kernel is upside down.",
            "Lay it on the image as it is written.",
            tuple(ops.cross_correlate2d(_paper, _paper_kernel[::-1])[0].tolist()),
        ),
    ),
    form="two numbers, like (3, 4)",
)

# ---------------------------------------------------------------- hadamard_sum


def _patch_and_kernel(draw):
    shape = draw.pair(1, 4)
    return draw.array(*shape), draw.array(*shape)


def _hadamard_sum(patch, kernel):
    total = 0
    for i in range(patch.shape[0]):
        for j in range(patch.shape[1]):
            total += patch[i, j] * kernel[i, j]
    return total


hadamard_sum = Check(
    "hadamard_sum",
    _hadamard_sum,
    ((_whole(3, 3), _whole(3, 3)), (_whole(2, 4), _whole(2, 4)), (_whole(4, 2), _whole(4, 2))),
    (
        Mistake(
            "You multiplied the matrices.",
            "The Hadamard product is cell by cell: * and not @.",
            lambda patch, kernel: (patch @ kernel).sum(),
        ),
        Mistake(
            "You did not add the products.",
            "The result is one number.",
            lambda patch, kernel: patch * kernel,
        ),
        Mistake(
            "You took the mean of the products.",
            "Add them; do not divide.",
            lambda patch, kernel: (patch * kernel).mean(),
        ),
        Mistake(
            "You added up the rows only, so one row of numbers is left.",
            "Plain sum(...) does that to an array; use the array's own .sum().",
            lambda patch, kernel: sum(patch * kernel),
        ),
        Mistake(
            "Your kernel is flipped.",
            "The kernel lies on the patch as it is.",
            lambda patch, kernel: (patch * kernel[::-1, ::-1]).sum(),
        ),
        Mistake(
            "Your loops take the kernel for a square.",
            "Rows and columns may differ in number: kernel.shape has both.",
            lambda patch, kernel: sum(
                patch[m, n] * kernel[m, n] for m in range(len(kernel)) for n in range(len(kernel))
            ),
        ),
        Mistake(
            "You multiplied the two sums.",
            "Multiply cell by cell, then add.",
            lambda patch, kernel: patch.sum() * kernel.sum(),
        ),
        Mistake(
            "You added the numbers instead of multiplying them.",
            "The product is cell by cell.",
            lambda patch, kernel: (patch + kernel).sum(),
        ),
        Mistake(
            "You took the largest product.",
            "Add all of them.",
            lambda patch, kernel: (patch * kernel).max(),
        ),
        Mistake(
            "Your kernel is transposed.",
            "Rows of the kernel lie on rows of the patch.",
            lambda patch, kernel: (patch * kernel.T).sum(),
        ),
        Mistake(
            "You multiplied all the products.",
            "Add them.",
            lambda patch, kernel: (patch * kernel).prod(),
        ),
    ),
    draw=_patch_and_kernel,
    without=(
        "cross_correlate2d",
        "correlate2d",
        "convolve2d",
    ),
)

# ------------------------------------------------------------- convolve1d_full


def _full(x, w):
    out = np.zeros(len(x) + len(w) - 1)
    for t in range(len(out)):
        for a in range(len(w)):
            if 0 <= t - a < len(x):
                out[t] += x[t - a] * w[a]
    return out


def _counted_from_the_end(x, w):
    """x[t - a] with t - a below 0, which Python counts from the end."""
    times = range(len(x) + len(w) - 1)
    return np.array([sum(x[t - a] * w[a] for a in range(len(w)) if t - a < len(x)) for t in times])


def _signal_and_weights(draw):
    return draw.array(draw.count(1, 7)), draw.array(draw.count(1, 4))


convolve1d_full = Check(
    "convolve1d_full",
    _full,
    (
        (np.array([1.0, 3, 2, 5, 4]), np.array([0.5, 0.3, 0.2])),
        (np.array([2.0, 0, -1, 4]), np.array([1.0, -1])),
        (np.array([1.0, 2, 4, 8, 16, 32]), np.array([1.0, 0, 0, 2])),
    ),
    (
        Mistake(
            "Your kernel is not flipped: that is cross-correlation.",
            "In s(t) the index of x goes down while the index of w goes up.",
            lambda x, w: ops.cross_correlate1d(ops.pad1d(x, len(w) - 1), w),
        ),
        Mistake(
            "You kept only the places where the kernel fits wholly.",
            "Here it may hang over both ends; what is missing counts as 0.",
            ops.convolve1d,
        ),
        Mistake(
            "Your output is as long as the input.",
            "The kernel hangs over both ends: N + K - 1 places.",
            lambda x, w: _full(x, w)[: len(x)],
        ),
        Mistake(
            "Your output is as long as the input, or the kernel.",
            "The kernel hangs over both ends by all but one number: N + K - 1 places.",
            lambda x, w: np.convolve(x, w, "same"),
        ),
        Mistake(
            "x[-1] is the last reading, not a missing one.",
            "A negative index counts from the end; leave those terms out.",
            _counted_from_the_end,
        ),
        Mistake(
            "The last place is missing.",
            "The times run from 0 to N + K - 2.",
            lambda x, w: _full(x, w)[:-1],
        ),
        Mistake(
            "Your output holds whole numbers only, so the decimals were cut off.",
            "Make the output array with floats.",
            lambda x, w: np.trunc(_full(x, w)).astype(int),
        ),
        Mistake(
            "The signal goes round: its end meets its beginning.",
            "What is missing counts as 0.",
            lambda x, w: np.array(
                [
                    sum(x[(t - a) % len(x)] * w[a] for a in range(len(w)))
                    for t in range(len(x) + len(w) - 1)
                ]
            ),
        ),
        Mistake(
            "The edges repeat the first and the last number.",
            "What is missing counts as 0.",
            lambda x, w: np.array(
                [
                    sum(x[min(max(t - a, 0), len(x) - 1)] * w[a] for a in range(len(w)))
                    for t in range(len(x) + len(w) - 1)
                ]
            ),
        ),
        Mistake(
            "Your output is one place too long.",
            "N + K - 1 places.",
            lambda x, w: np.append(_full(x, w), 0),
        ),
    ),
    draw=_signal_and_weights,
    without=(
        "convolve",
        "convolve1d",
        "cross_correlate1d",
        "correlate",
        "conv1d",
    ),
)

# ----------------------------------------------------------- cross_correlate2d


def _correlate(image, kernel, centred=False):
    rows, columns = image.shape
    high, wide = kernel.shape
    out = np.zeros((rows - high + 1, columns - wide + 1))
    for i in range(rows - high + 1):
        for j in range(columns - wide + 1):
            patch = image[i : i + high, j : j + wide]
            if centred:
                patch = patch - patch.mean()
            for m in range(high):
                for n in range(wide):
                    out[i, j] += patch[m, n] * kernel[m, n]
    return out


def _centring(answer):
    """A mistake of plain cross-correlation, by one who centres rightly.

    A patch without its mean, times a kernel, is the patch times the kernel without its mean.
    """
    return lambda image, kernel, centred: answer(
        image, kernel - kernel.mean() if centred else kernel
    )


def _forgot_plus_one(image, kernel):
    return ops.cross_correlate2d(image, kernel)[:-1, :-1]


def _truncated(image, kernel):
    return np.trunc(ops.cross_correlate2d(image, kernel)).astype(int)


def _windows(image, weights, rows, columns):
    """A student's loops: `rows` x `columns` is what they take the kernel's shape for."""
    out = np.zeros((image.shape[0] - rows + 1, image.shape[1] - columns + 1))
    for i, j in np.ndindex(out.shape):
        out[i, j] = (image[i : i + rows, j : j + columns] * weights).sum()
    return out


def _same_size(image, kernel):
    before = [size // 2 for size in kernel.shape]
    after = [size - 1 - size // 2 for size in kernel.shape]
    return ops.cross_correlate2d(np.pad(image, tuple(zip(before, after, strict=True))), kernel)


def _only(image, kernel, rows, columns=None):
    whole = ops.cross_correlate2d(image, kernel)
    part = np.zeros(whole.shape)
    part[:rows, :columns] = whole[:rows, :columns]
    return part


_cases_2d = (
    (EXAMPLE_IMAGE.astype(float), EXAMPLE_KERNEL.astype(float)),
    (_random.random((5, 7)).round(2), np.array([[0.5, -1.0], [0.0, 2.0]])),
    (_whole(6, 4), _whole(3, 2)),
    (_whole(4, 6), _whole(2, 3)),
)


def _image_and_kernel(draw):
    rows, columns = draw.pair(1, 3)
    image = draw.array(rows + draw.count(0, 4), columns + draw.count(0, 4))
    return image, draw.array(rows, columns)


_plain_correlation_mistakes = (
    Mistake(
        "Your kernel is flipped: that is true convolution.",
        "In cross-correlation kernel[0, 0] lies on the window's upper left number.",
        ops.convolve2d,
    ),
    Mistake(
        "The last row and column are missing: you forgot the + 1.",
        "A kernel of 3 fits into 5 rows at 3 places: 5 - 3 + 1.",
        _forgot_plus_one,
    ),
    Mistake(
        "Rows and columns of the output are swapped.",
        "out[i, j] belongs to the window that starts in row i and column j.",
        lambda image, kernel: ops.cross_correlate2d(image, kernel).T,
    ),
    Mistake(
        "You flipped the rows of the kernel.",
        "In cross-correlation kernel[0, 0] lies on the window's upper left number.",
        lambda image, kernel: ops.cross_correlate2d(image, kernel[::-1]),
    ),
    Mistake(
        "You flipped the columns of the kernel.",
        "In cross-correlation kernel[0, 0] lies on the window's upper left number.",
        lambda image, kernel: ops.cross_correlate2d(image, kernel[:, ::-1]),
    ),
    Mistake(
        "Your kernel is transposed.",
        "kernel[m, n] belongs to row i + m and column j + n of the image.",
        lambda image, kernel: _windows(image, kernel.T, *kernel.shape),
    ),
    Mistake(
        "Your output is as large as the image.",
        "Keep only the places where the kernel fits wholly; nothing is padded this week.",
        _same_size,
    ),
    Mistake(
        "You took the kernel for a square.",
        "kernel.shape has rows and columns; the output loses rows - 1 and columns - 1.",
        lambda image, kernel: _windows(image, kernel, len(kernel), len(kernel)),
    ),
    Mistake(
        "Your output holds whole numbers only, so the decimals were cut off.",
        "np.zeros(...) without a dtype holds floats; np.zeros_like of an integer image does not.",
        _truncated,
    ),
    Mistake(
        "Only the first row was computed.",
        "Is the return inside the outer loop?",
        lambda image, kernel: _only(image, kernel, rows=1),
    ),
    Mistake(
        "Only the first window was computed.",
        "Both loops must run over all places; is the return inside the loop?",
        lambda image, kernel: _only(image, kernel, rows=1, columns=1),
    ),
    Mistake(
        "Your windows are one kernel apart.",
        "The window moves by one place.",
        lambda image, kernel: _correlate(image, kernel)[:: len(kernel), :: kernel.shape[1]],
    ),
    Mistake(
        "Your windows are two places apart.",
        "The window moves by one place.",
        lambda image, kernel: _correlate(image, kernel)[::2, ::2],
    ),
    Mistake(
        "You took the sum of the window times the sum of the kernel.",
        "Multiply cell by cell, then add.",
        lambda image, kernel: _correlate(image, np.full(kernel.shape, kernel.sum())),
    ),
    Mistake(
        "Your output is larger than the image.",
        "Keep only the places where the kernel fits wholly.",
        lambda image, kernel: _correlate(
            np.pad(image, ((len(kernel) - 1,) * 2, (kernel.shape[1] - 1,) * 2)), kernel
        ),
    ),
)

cross_correlate2d = Check(
    "cross_correlate2d",
    _correlate,
    (
        *((image, kernel, False) for image, kernel in _cases_2d),
        (_cases_2d[1][0], _cases_2d[1][1], True),
    ),
    (
        Mistake(
            "`centred` does nothing.",
            "Where it is true, take patch.mean() away from the patch before you multiply.",
            lambda image, kernel, centred: _correlate(image, kernel),
        ),
        Mistake(
            "Every patch loses its mean.",
            "It does so only where `centred` is true.",
            lambda image, kernel, centred: _correlate(image, kernel, True),
        ),
        Mistake(
            "You took away the mean of the whole image.",
            "Each patch loses its own mean.",
            lambda image, kernel, centred: _correlate(
                image - image.mean() if centred else image, kernel
            ),
        ),
        Mistake(
            "`centred` works the wrong way round.",
            "The mean goes where it is true.",
            lambda image, kernel, centred: _correlate(image, kernel, not centred),
        ),
        Mistake(
            "You took the mean away after the sum.",
            "Each *cell* of the patch loses the mean, before it is multiplied.",
            lambda image, kernel, centred: (
                _correlate(image, kernel)
                - centred * _correlate(image, np.full(kernel.shape, 1 / kernel.size))
            ),
        ),
        Mistake(
            "You took away the mean of the output.",
            "Each patch loses its own mean, before it is multiplied.",
            lambda image, kernel, centred: (
                _correlate(image, kernel) - centred * _correlate(image, kernel).mean()
            ),
        ),
        *carried(_plain_correlation_mistakes, into=_centring),
    ),
    draw=lambda draw: (*_image_and_kernel(draw), draw.pick(False, True)),
    without=(
        "cross_correlate2d",
        "convolve2d",
        "correlate2d",
        "correlate",
        "convolve",
        "conv2d",
        "filter2D",
        "im2col",
    ),
)

# ------------------------------------------------------------------ convolve2d

convolve2d = Check(
    "convolve2d",
    lambda image, kernel: _correlate(image, kernel[::-1, ::-1]),
    _cases_2d,
    (
        Mistake(
            "Your kernel is not flipped: that is cross-correlation.",
            "Turn the kernel by 180 degrees first. (And see that your cross_correlate2d is right.)",
            ops.cross_correlate2d,
        ),
        Mistake(
            "You flipped the rows only.",
            "Turning by 180 degrees flips rows and columns: kernel[::-1] flips one of them.",
            lambda image, kernel: ops.cross_correlate2d(image, kernel[::-1]),
        ),
        Mistake(
            "You flipped the columns only.",
            "Turning by 180 degrees flips rows and columns.",
            lambda image, kernel: ops.cross_correlate2d(image, kernel[:, ::-1]),
        ),
        Mistake(
            "You flipped the image, not the kernel.",
            "Flipping the image also turns the output around.",
            lambda image, kernel: ops.cross_correlate2d(image[::-1, ::-1], kernel),
        ),
        Mistake(
            "You flipped the output, not the kernel.",
            "Turn the kernel before it slides.",
            lambda image, kernel: ops.cross_correlate2d(image, kernel)[::-1, ::-1],
        ),
        Mistake(
            "You transposed the kernel.",
            "Turn it by 180 degrees.",
            lambda image, kernel: _correlate(image, kernel.T),
        ),
        Mistake(
            "You turned the kernel by 90 degrees.",
            "By 180: twice.",
            lambda image, kernel: _correlate(image, np.rot90(kernel)),
        ),
        Mistake(
            "You turned the kernel by 90 degrees the other way.",
            "By 180: twice.",
            lambda image, kernel: _correlate(image, np.rot90(kernel, -1)),
        ),
        Mistake(
            "Your output is larger than the image.",
            "Keep only the places where the kernel fits wholly.",
            lambda image, kernel: _correlate(
                np.pad(image, ((len(kernel) - 1,) * 2, (kernel.shape[1] - 1,) * 2)),
                kernel[::-1, ::-1],
            ),
        ),
        Mistake(
            "Your output is as large as the image.",
            "Keep only the places where the kernel fits wholly.",
            lambda image, kernel: _same_size(image, kernel[::-1, ::-1]),
        ),
    ),
    draw=_image_and_kernel,
    needs=(cross_correlate2d,),
    without=(
        "convolve2d",
        "correlate2d",
        "convolve",
        "conv2d",
        "filter2D",
    ),
)

# -------------------------------------------------------------- handout_figure

handout_figure = Check(
    "handout_figure",
    (5, 2),
    (),
    (
        Mistake(
            "3 is the size that the slide draws.",
            "Put the numbers into the formula: H = 7, FH = 3.",
            (3, 2),
        ),
        Mistake(
            "You forgot the + 1.",
            "7 - 3 + 1.",
            (4, 2),
        ),
        Mistake(
            "With a step of 1 there are as many windows as the formula says.",
            "The slide draws 3: the windows must start in rows 0, ?, ... and end at row 6.",
            (5, 1),
        ),
        Mistake(
            "A step of 3 leaves room for 2 windows only.",
            "Windows of 3 rows, starting at 0, 3, 6: the last one does not fit into 7.",
            (5, 3),
        ),
        Mistake(
            "The two numbers changed places.",
            "First the size by the formula, then the step of the figure.",
            (2, 5),
        ),
        Mistake(
            "You counted the padding of a size that stays.",
            "The figure has no padding.",
            (7, 2),
        ),
        Mistake(
            "You gave the number of windows.",
            "5 along each axis is asked, not 25.",
            (25, 2),
        ),
        Mistake(
            "You gave the last start of a window.",
            "Asked is by how much it moves.",
            (5, 4),
        ),
        Mistake(
            "You added 1 twice.",
            "7 - 3 + 1.",
            (6, 2),
        ),
        Mistake(
            "You added the kernel.",
            "The kernel must fit inside: 7 - 3 + 1.",
            (9, 2),
        ),
    ),
    form="two whole numbers, like (8, 4)",
)

# ------------------------------------------------------------------ conv_layer


def _conv_layer(x, weight, bias):
    filters, channels, high, wide = weight.shape
    out = np.zeros((filters, x.shape[1] - high + 1, x.shape[2] - wide + 1))
    for f in range(filters):
        for c in range(channels):
            out[f] += _correlate(x[c], weight[f, c])
        out[f] += bias[f]
    return out


def _conv_layer_last(x, weight, bias):
    high, wide, channels, filters = weight.shape
    out = np.zeros((x.shape[0] - high + 1, x.shape[1] - wide + 1, filters))
    for f in range(filters):
        for c in range(channels):
            out[:, :, f] += _correlate(x[:, :, c], weight[:, :, c, f])
        out[:, :, f] += bias[f]
    return out


def _channels_last(answer):
    """A mistake of a layer whose channels come first, by one who turns the axes rightly."""
    return lambda x, weight, bias: np.moveaxis(
        answer(x.transpose(2, 0, 1), weight.transpose(3, 2, 0, 1), bias), 0, -1
    )


def _without_sum(x, weight, bias):
    return np.stack(
        [
            np.stack([ops.cross_correlate2d(*pair) for pair in zip(x, kernels, strict=True)]) + b
            for kernels, b in zip(weight, bias, strict=True)
        ]
    )


def _maps_and_filters(draw):
    channels, filters, (rows, columns) = draw.count(1, 3), draw.count(1, 3), draw.pair(1, 3)
    x = draw.array(rows + draw.count(0, 3), columns + draw.count(0, 3), channels)
    return x, draw.array(rows, columns, channels, filters), draw.array(filters)


_channels_first_mistakes = (
    Mistake(
        "The bias is missing.",
        "Each filter adds one number of its own to its whole feature map.",
        lambda x, weight, bias: _conv_layer(x, weight, 0 * bias),
    ),
    Mistake(
        "You added the bias once for each input channel.",
        "First add up the channels, then add the bias once.",
        lambda x, weight, bias: _conv_layer(x, weight, len(x) * bias),
    ),
    Mistake(
        "The results of the channels are not added.",
        "One filter gives one feature map, however many channels it reads.",
        _without_sum,
    ),
    Mistake(
        "Only the first channel is used.",
        "A filter has one slice for each channel of the input.",
        lambda x, weight, bias: _conv_layer(x[:1], weight[:, :1], bias),
    ),
    Mistake(
        "You took the mean over the channels.",
        "The channels are added.",
        lambda x, weight, bias: _conv_layer(x, weight / len(x), bias),
    ),
    Mistake(
        "The filters are added into one map.",
        "Each filter gives a map of its own: the output has as many channels as filters.",
        lambda x, weight, bias: _conv_layer(x, weight, bias).sum(axis=0),
    ),
    Mistake(
        "Filters and channels changed places in the weights.",
        "The shape is (KH, KW, C, F): weight[:, :, c, f] belongs to channel c and filter f.",
        lambda x, weight, bias: np.stack(
            [
                sum(ops.cross_correlate2d(x[c], weight[c, f]) for c in range(len(x))) + bias[f]
                for f in range(len(weight))
            ]
        ),
    ),
    Mistake(
        "Your kernels are flipped: that is true convolution.",
        "Layers of deep learning do not flip.",
        lambda x, weight, bias: _conv_layer(x, weight[:, :, ::-1, ::-1], bias),
    ),
    Mistake(
        "Every filter adds the first bias.",
        "Each filter has its own.",
        lambda x, weight, bias: _conv_layer(x, weight, np.full(len(weight), bias[0])),
    ),
    Mistake(
        "Every filter adds all biases.",
        "Each filter has its own.",
        lambda x, weight, bias: _conv_layer(x, weight, np.full(len(weight), bias.sum())),
    ),
    Mistake(
        "All channels meet the first slice of the filter.",
        "weight[:, :, c, f] belongs to channel c.",
        lambda x, weight, bias: _conv_layer(x, np.repeat(weight[:, :1], len(x), axis=1), bias),
    ),
    Mistake(
        "All maps come from the first filter.",
        "weight[..., f] belongs to map f.",
        lambda x, weight, bias: _conv_layer(x, np.repeat(weight[:1], len(weight), axis=0), bias),
    ),
    Mistake(
        "The last channel overwrites the others.",
        "Add the channels up: += and not =.",
        lambda x, weight, bias: _conv_layer(x[-1:], weight[:, -1:], bias),
    ),
    Mistake(
        "There is only one map.",
        "Each filter makes one; is the return inside the loop?",
        lambda x, weight, bias: _conv_layer(x, weight[:1], bias),
    ),
    Mistake(
        "The bias is multiplied.",
        "It is added.",
        lambda x, weight, bias: _conv_layer(x, weight, 0 * bias) * bias[:, None, None],
    ),
    Mistake(
        "You keep the largest channel.",
        "The channels are added.",
        lambda x, weight, bias: _without_sum(x, weight, bias).max(axis=1),
    ),
    Mistake(
        "Your kernels are transposed.",
        "Rows of a kernel lie on rows of the map.",
        lambda x, weight, bias: _conv_layer(x, weight.swapaxes(2, 3), bias),
    ),
    Mistake(
        "The channels are in reversed order.",
        "weight[:, :, c, f] belongs to channel c.",
        lambda x, weight, bias: _conv_layer(x[::-1], weight, bias),
    ),
    Mistake(
        "The maps are in reversed order.",
        "Map f comes from filter f.",
        lambda x, weight, bias: _conv_layer(x, weight, bias)[::-1],
    ),
)

conv_layer = Check(
    "conv_layer",
    _conv_layer_last,
    (
        (_whole(5, 6, 2), _whole(3, 2, 2, 3), np.array([1.0, -2.0, 0.5])),
        (_whole(4, 5, 3), _whole(2, 2, 3, 2), np.array([10.0, 20.0])),
        (_whole(4, 4, 1), _whole(3, 3, 1, 1), np.array([-1.0])),
    ),
    (
        Mistake(
            "The maps are the first axis.",
            "The layout is (OH, OW, F): channels last, as in the input.",
            lambda x, weight, bias: np.moveaxis(_conv_layer_last(x, weight, bias), -1, 0),
        ),
        *carried(_channels_first_mistakes, into=_channels_last),
    ),
    draw=_maps_and_filters,
    needs=(cross_correlate2d,),
    without=(
        "conv2d",
        "im2col",
        "conv_layer",
    ),
)

# --------------------------------------------------------------- stroke_kernel

_side = 9
_rising = np.fliplr(np.eye(_side))
_falling = np.eye(_side)
_across = np.zeros((_side, _side))
_across[_side // 2] = 1.0
_upright = _across.T.copy()


def _response(kernel, image):
    return ops.cross_correlate2d(image, kernel)


def _strongest(kernel, image):
    return float(_response(kernel, image).max())


def _is_3x3(kernel):
    return ops.as_numbers("stroke_kernel", kernel, 2).shape == (3, 3)


stroke_kernel = Design(
    "stroke_kernel",
    (
        Condition("it is 3 x 3", _is_3x3, "Write three rows of three numbers."),
        Condition(
            "it gives 0 on a flat image",
            lambda kernel: np.allclose(_response(kernel, np.ones((_side, _side))), 0),
            "Its numbers must sum to 0, or every bright wall answers.",
        ),
        Condition(
            "it answers a rising stroke / with at least 3",
            lambda kernel: _strongest(kernel, _rising) >= 3,
            "The numbers under the stroke must be large and positive. Mind the direction: row 0 "
            "is the top.",
        ),
        Condition(
            "its answer to \\, – and | is at most a third of that",
            lambda kernel: (
                max(_strongest(kernel, other) for other in (_falling, _across, _upright))
                <= _strongest(kernel, _rising) / 3 * (1 + 1e-9)  # a third may be rounded
            ),
            lambda kernel: (
                f"To / the largest answer is {_strongest(kernel, _rising):.3g}, to "
                + ", ".join(
                    f"{name} {_strongest(kernel, other):.3g}"
                    for name, other in (("\\", _falling), ("–", _across), ("|", _upright))
                )
                + ". Look at windows beside a stroke too."
            ),
        ),
    ),
    examples=(
        ("a detector", [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]], ""),
        ("5 x 5", np.eye(5), "it is 3 x 3"),
        ("the stroke itself", np.fliplr(np.eye(3)), "it gives 0 on a flat image"),
        ("nothing", np.zeros((3, 3)), "it answers a rising stroke / with at least 3"),
        (
            "the other diagonal",
            [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
            "it answers a rising stroke / with at least 3",
        ),
        (
            "an outline",
            [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
            "its answer to \\, – and | is at most a third of that",
        ),
    ),
)
