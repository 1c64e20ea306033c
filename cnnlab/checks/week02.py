"""Checks of week 2: convolution and cross-correlation."""

import numpy as np

from cnnlab import ops
from cnnlab.checks.check import Check, Condition, Design, Mistake
from cnnlab.data import EXAMPLE_IMAGE, EXAMPLE_KERNEL

__all__ = [
    "conv_layer",
    "convolve2d",
    "cross_correlate1d",
    "cross_correlate2d",
    "first_row",
    "hadamard_sum",
    "handout_example",
    "stroke_kernel",
]

_random = np.random.default_rng(2)


def _whole(*shape):
    return _random.integers(-4, 5, shape).astype(float)


# ------------------------------------------------------------------- first_row

# Handout S2: [[1,2,3,0],[0,1,2,3],[3,0,1,2],[2,3,0,1]] with [[2,0,1],[0,1,2],[1,0,2]].
first_row = Check(
    "first_row",
    (15, 16),
    (),
    (
        Mistake(
            "You flipped the kernel: that is true convolution.",
            "Lay the kernel on the image as it is written.",
            (11, 12),
        ),
        Mistake(
            "Those are the first numbers of the two rows.",
            "The window moves to the right first: the second number of the first row is asked.",
            (15, 6),
        ),
        Mistake(
            "You averaged the nine products.",
            "Multiply and add; nothing is divided.",
            (15 / 9, 16 / 9),
        ),
        Mistake(
            "You moved the window by two columns.",
            "With stride 1 it moves by one column.",
            (15, 15),
        ),
    ),
    form="two numbers",
)

# ---------------------------------------------------------------- hadamard_sum

hadamard_sum = Check(
    "hadamard_sum",
    lambda patch, kernel: (patch * kernel).sum(),
    ((_whole(3, 3), _whole(3, 3)), (_whole(2, 2), _whole(2, 2)), (_whole(4, 4), _whole(4, 4))),
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
            "You added the columns only.",
            "`sum(array)` of plain Python adds the rows together; use the array's own .sum().",
            lambda patch, kernel: sum(patch * kernel),
        ),
        Mistake(
            "Your kernel is flipped.",
            "The kernel lies on the patch as it is.",
            lambda patch, kernel: (patch * kernel[::-1, ::-1]).sum(),
        ),
    ),
)

# ----------------------------------------------------------- cross_correlate1d

cross_correlate1d = Check(
    "cross_correlate1d",
    ops.cross_correlate1d,
    (
        (np.array([1.0, 3, 2, 5, 4]), np.array([0.5, 0.3, 0.2])),
        (np.array([2.0, 0, -1, 4]), np.array([1.0, -1])),
        (np.array([1.0, 2, 4, 8, 16, 32]), np.array([1.0, 0, 0, 2])),
    ),
    (
        Mistake(
            "Your kernel is flipped: that is true convolution.",
            "w[0] weighs the first number of each window. (np.convolve flips.)",
            ops.convolve1d,
        ),
        Mistake(
            "The last window is missing: you forgot the + 1.",
            "A kernel of 3 fits into 5 numbers at 3 places: 5 - 3 + 1.",
            lambda x, w: ops.cross_correlate1d(x, w)[:-1],
        ),
        Mistake(
            "Your output is as long as the input.",
            "Keep only the places where the kernel fits wholly; nothing is padded this week.",
            lambda x, w: np.correlate(x, w, "same"),
        ),
        Mistake(
            "You let the kernel hang over both ends.",
            "Keep only the places where the kernel fits wholly.",
            lambda x, w: np.correlate(x, w, "full"),
        ),
    ),
)

# ----------------------------------------------------------- cross_correlate2d


def _forgot_plus_one(image, kernel):
    return ops.cross_correlate2d(image, kernel)[:-1, :-1]


def _truncated(image, kernel):
    return np.trunc(ops.cross_correlate2d(image, kernel)).astype(int)


_cases_2d = (
    (EXAMPLE_IMAGE.astype(float), EXAMPLE_KERNEL.astype(float)),
    (_random.random((5, 7)).round(2), np.array([[0.5, -1.0], [0.0, 2.0]])),
    (_whole(6, 4), _whole(3, 2)),
    (_whole(4, 6), _whole(2, 3)),
)

cross_correlate2d = Check(
    "cross_correlate2d",
    ops.cross_correlate2d,
    _cases_2d,
    (
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
            "Your kernel is transposed.",
            "kernel[m, n] belongs to row i + m and column j + n of the image.",
            lambda image, kernel: (
                ops.cross_correlate2d(image, kernel.T)
                if kernel.shape[0] == kernel.shape[1]
                else np.full((1, 1), np.inf)
            ),
        ),
        Mistake(
            "Your output holds whole numbers only, so the decimals were cut off.",
            "np.zeros(...) without a dtype holds floats; np.zeros_like of an integer image does "
            "not.",
            _truncated,
        ),
        Mistake(
            "Only the first window was computed.",
            "Both loops must run over all places; is the return inside the loop?",
            lambda image, kernel: np.pad(
                ops.cross_correlate2d(image, kernel)[:1, :1],
                [(0, a - b) for a, b in zip(image.shape, kernel.shape, strict=True)],
            ),
        ),
    ),
)

# ------------------------------------------------------------------ convolve2d

convolve2d = Check(
    "convolve2d",
    ops.convolve2d,
    _cases_2d,
    (
        Mistake(
            "Your kernel is not flipped: that is cross-correlation.",
            "Turn the kernel by 180 degrees first.",
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
    ),
)

# ------------------------------------------------------------- handout_example

handout_example = Check(
    "handout_example",
    ("cross-correlation", 8),
    (),
    (
        Mistake(
            "The word is the one that the formula on the slide stands for.",
            "Compute both with the handout's numbers: which one gives 6 first?",
            ("convolution", 8),
        ),
        Mistake(
            "6 is the number that the slide shows.",
            "Asked is the upper left number that the slide's own formula gives.",
            ("cross-correlation", 6),
        ),
    ),
    form='a word and a number, like ("convolution", 3)',
)

# ------------------------------------------------------------------ conv_layer


def _conv_layer(x, weight, bias):
    return np.stack(
        [
            sum(map(ops.cross_correlate2d, x, kernels)) + b
            for kernels, b in zip(weight, bias, strict=True)
        ]
    )


def _without_sum(x, weight, bias):
    return np.stack(
        [
            np.stack([ops.cross_correlate2d(*pair) for pair in zip(x, kernels, strict=True)]) + b
            for kernels, b in zip(weight, bias, strict=True)
        ]
    )


conv_layer = Check(
    "conv_layer",
    _conv_layer,
    (
        (_whole(2, 5, 6), _whole(3, 2, 3, 2), np.array([1.0, -2.0, 0.5])),
        (_whole(3, 4, 5), _whole(2, 3, 2, 2), np.array([10.0, 20.0])),
        (_whole(1, 4, 4), _whole(1, 1, 3, 3), np.array([-1.0])),
    ),
    (
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
            "Your kernels are flipped: that is true convolution.",
            "Layers of deep learning do not flip.",
            lambda x, weight, bias: _conv_layer(x, weight[:, :, ::-1, ::-1], bias),
        ),
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
                <= _strongest(kernel, _rising) / 3
            ),
            "Another stroke answers too: make the numbers beside the rising diagonal negative.",
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
