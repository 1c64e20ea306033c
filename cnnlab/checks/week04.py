"""Checks of week 4: pooling."""

import math

import numpy as np

from cnnlab import geometry, ops
from cnnlab.checks.check import Check
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake

__all__ = [
    "average_backward",
    "global_average",
    "handout_pooling",
    "max_backward",
    "max_pool2d",
    "pooled_size",
    "restless_image",
]

_random = np.random.default_rng(4)


def _digits(*shape):
    """Quarters, all different: no ties, and whole-number outputs are noticed."""
    return _random.permutation(math.prod(shape)).reshape(shape) / 4 - 3


# ----------------------------------------------------------------- pooled_size


def _pooled_axis(draw):
    window = draw.count(1, 5)
    return window + draw.count(0, 9), window, draw.count(1, 5), draw.pick(False, True)


pooled_size = Check(
    "pooled_size",
    lambda size, window, stride, ceil: (
        math.ceil((size - window) / stride) + 1
        if ceil
        else geometry.output_size(size, window, stride)
    ),
    (
        (55, 3, 2, False),
        (10, 5, 2, False),
        (7, 4, 2, False),
        (9, 3, 2, True),
        (8, 2, 2, False),
        (8, 3, 2, False),
        (8, 3, 2, True),
        (10, 4, 3, True),
        (11, 4, 3, True),
        (9, 4, 3, True),
        (10, 5, 3, True),
    ),
    (
        Mistake(
            "You divided the size by the window.",
            "That is right only if stride and window are the same and it divides.",
            lambda size, window, stride, ceil: math.ceil(size / window) if ceil else size // window,
        ),
        Mistake(
            "You divided the size by the stride.",
            "The first window takes `window` positions; only the rest is stepped through.",
            lambda size, window, stride, ceil: math.ceil(size / stride) if ceil else size // stride,
        ),
        Mistake(
            "You always round down.",
            "With ceil=True a window may hang over the end.",
            lambda size, window, stride, ceil: geometry.output_size(size, window, stride),
        ),
        Mistake(
            "You always round up.",
            "With ceil=False a window that does not fit wholly is left out.",
            lambda size, window, stride, ceil: math.ceil((size - window) / stride) + 1,
        ),
        Mistake(
            "You forgot the + 1.",
            "The division counts the steps; the first window stands before any step.",
            lambda size, window, stride, ceil: (
                math.ceil((size - window) / stride) if ceil else (size - window) // stride
            ),
        ),
        Mistake(
            "The stride is ignored.",
            "Windows start `stride` apart.",
            lambda size, window, stride, ceil: size - window + 1,
        ),
        Mistake(
            "With ceil you always count one more.",
            "Only if a window is left over that starts inside.",
            lambda size, window, stride, ceil: (size - window) // stride + 1 + ceil,
        ),
        Mistake(
            "With ceil you count every window that starts inside.",
            "A window counts only if the one before it did not reach the end.",
            lambda size, window, stride, ceil: (
                math.ceil(size / stride) if ceil else (size - window) // stride + 1
            ),
        ),
        Mistake(
            "The + 1 stands inside the division.",
            "First count the steps, then add the first window.",
            lambda size, window, stride, ceil: (math.ceil if ceil else math.floor)(
                (size - window + 1) / stride
            ),
        ),
        Mistake(
            "You added the window.",
            "The last window starts at size - window.",
            lambda size, window, stride, ceil: (
                (math.ceil if ceil else math.floor)((size + window) / stride) + 1
            ),
        ),
        Mistake(
            "You rounded to the nearest.",
            "Down; with ceil up.",
            lambda size, window, stride, ceil: round((size - window) / stride) + 1,
        ),
    ),
    draw=_pooled_axis,
    without=(
        "output_size",
        "pooled_size",
    ),
)

# ------------------------------------------------------------------ max_pool2d


def _max_pool2d(image, size, stride):
    rows = (image.shape[0] - size) // stride + 1
    columns = (image.shape[1] - size) // stride + 1
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = image[i * stride : i * stride + size, j * stride : j * stride + size].max()
    return out


def _with_stride(change):
    return lambda image, size, stride: ops.max_pool2d(image, size, change(size, stride))


def _image_and_windows(draw):
    size, stride = draw.count(1, 3), draw.count(1, 3)
    image = draw.array(size + draw.count(0, 5), size + draw.count(0, 5))
    return image, size, stride


def _image_far_below_0(draw):
    image, size, stride = _image_and_windows(draw)
    return (image - 1e12 if draw.number % 12 == 11 else image), size, stride


max_pool2d = Check(
    "max_pool2d",
    _max_pool2d,
    (
        (_digits(4, 6), 2, 2),
        (-_digits(5, 7), 3, 2),
        (_digits(6, 5), 2, 1),
        (_digits(7, 4), 2, 3),
    ),
    (
        Mistake(
            "Your output holds whole numbers only, so the decimals were cut off.",
            "Make the output with floats.",
            lambda image, size, stride: np.trunc(ops.max_pool2d(image, size, stride)),
        ),
        Mistake(
            "You took the mean.",
            "Max pooling keeps the largest number of each window.",
            lambda image, size, stride: ops.avg_pool2d(image, size, stride),
        ),
        Mistake(
            "You took the smallest number.",
            "Max pooling keeps the largest.",
            lambda image, size, stride: -ops.max_pool2d(-image, size, stride),
        ),
        Mistake(
            "You took the window's size for the stride.",
            "The two are separate: windows may overlap.",
            _with_stride(lambda size, stride: size),
        ),
        Mistake(
            "The stride is always 1.",
            "Window (i, j) starts at i * stride, j * stride.",
            _with_stride(lambda size, stride: 1),
        ),
        Mistake(
            "The stride acts on the rows only.",
            "Columns are stepped through too.",
            _with_stride(lambda size, stride: (stride, 1)),
        ),
        Mistake(
            "No number below 0 can win.",
            "Start from the window's own numbers, not from 0.",
            lambda image, size, stride: np.maximum(ops.max_pool2d(image, size, stride), 0),
        ),
        Mistake(
            "Rows and columns of the output are swapped.",
            "out[i, j] belongs to the window that starts in row i * stride.",
            lambda image, size, stride: ops.max_pool2d(image, size, stride).T,
        ),
        Mistake(
            "Your windows are as wide as the stride.",
            "A window has size * size numbers.",
            lambda image, size, stride: np.array(
                [
                    [
                        image[
                            i * stride : i * stride + stride, j * stride : j * stride + stride
                        ].max()
                        for j in range((image.shape[1] - size) // stride + 1)
                    ]
                    for i in range((image.shape[0] - size) // stride + 1)
                ]
            ),
        ),
        Mistake(
            "Your windows start one apart.",
            "Window (i, j) starts in row i * stride and column j * stride.",
            lambda image, size, stride: np.array(
                [
                    [
                        image[i : i + size, j : j + size].max()
                        for j in range((image.shape[1] - size) // stride + 1)
                    ]
                    for i in range((len(image) - size) // stride + 1)
                ]
            ),
        ),
        Mistake(
            "You gave where in its window the largest number is.",
            "Asked is the number: .max() and not .argmax().",
            lambda image, size, stride: np.array(
                [
                    [
                        image[i : i + size, j : j + size].argmax()
                        for j in range(0, image.shape[1] - size + 1, stride)
                    ]
                    for i in range(0, len(image) - size + 1, stride)
                ]
            ),
        ),
        Mistake(
            "Windows that hang over the end count too.",
            "Only those that fit wholly.",
            lambda image, size, stride: np.array(
                [
                    [
                        image[i : i + size, j : j + size].max()
                        for j in range(0, image.shape[1], stride)
                    ]
                    for i in range(0, len(image), stride)
                ]
            ),
        ),
    ),
    draw=_image_far_below_0,
    without=(
        "max_pool2d",
        "max_pool",
        "block_reduce",
        "MaxPool2d",
    ),
)

# -------------------------------------------------------------- global_average


def _batch(draw):
    return (draw.array(draw.count(1, 3), draw.count(1, 3), draw.count(1, 4), draw.count(1, 5)),)


global_average = Check(
    "global_average",
    lambda x: x.mean(axis=(2, 3)),
    ((_digits(2, 3, 4, 5),), (_digits(3, 2, 2, 6),)),
    (
        Mistake(
            "You averaged over the channels too.",
            "Each channel keeps its own number: the result is (N, C).",
            lambda x: x.mean(axis=(1, 2, 3)),
        ),
        Mistake(
            "You averaged over the batch.",
            "Each image keeps its own numbers: the result is (N, C).",
            lambda x: x.mean(axis=(0, 2, 3)),
        ),
        Mistake(
            "You took the largest number.",
            "Asked is the mean over all places.",
            lambda x: x.max(axis=(2, 3)),
        ),
        Mistake(
            "You added up, but did not divide.",
            "The mean is the sum divided by H * W.",
            lambda x: x.sum(axis=(2, 3)),
        ),
        Mistake(
            "You kept the axes of length 1.",
            "The result has two axes: (N, C).",
            lambda x: x.mean(axis=(2, 3), keepdims=True),
        ),
        Mistake(
            "You took the median.",
            "The mean: the sum by the number of cells.",
            lambda x: np.median(x, axis=(2, 3)),
        ),
        Mistake(
            "You took the rows' means, and the largest of them.",
            "One mean over rows and columns.",
            lambda x: x.mean(axis=2).max(axis=2),
        ),
        Mistake(
            "You divided by rows plus columns.",
            "There are rows · columns cells.",
            lambda x: x.sum(axis=(2, 3)) / (x.shape[2] + x.shape[3]),
        ),
        Mistake(
            "You divided by the square of the rows.",
            "There are rows · columns cells.",
            lambda x: x.sum(axis=(2, 3)) / x.shape[2] ** 2,
        ),
    ),
    draw=_batch,
    without=(
        "adaptive_avg_pool2d",
        "global_average",
    ),
)

# ---------------------------------------------------------------- max_backward


def _each_window(image, size, stride):
    rows, columns = ops.max_pool2d(image, size, stride).shape
    for i, j in np.ndindex(rows, columns):
        part = np.s_[i * stride : i * stride + size, j * stride : j * stride + size]
        yield (i, j), part, image[part]


def _max_backward(image, upstream, size, stride, ties="first", add=True, share=False):
    gradient = np.zeros(image.shape)
    for place, part, window in _each_window(image, size, stride):
        wins = window == window.max()
        if ties == "first":
            first = np.zeros(window.shape, dtype=bool)
            first[np.unravel_index(window.argmax(), window.shape)] = True
            wins = first
        if ties == "everywhere":
            wins = np.ones(window.shape, dtype=bool)
        given = upstream[place] / (wins.sum() if share else 1) * wins
        gradient[part] = gradient[part] + given if add else np.where(wins, given, gradient[part])
    return gradient


_tied = np.array([[1.0, 1, 0, 2], [0, 1, 2, 2], [3, 0, 0, 0]])


def _image_and_upstream(draw):
    image, size, stride = _image_and_windows(draw)
    return image, draw.array(*ops.max_pool2d(image, size, stride).shape), size, stride


def _to_the_first(image, upstream, size, stride):
    gradient = np.zeros(image.shape)
    for i in range(upstream.shape[0]):
        for j in range(upstream.shape[1]):
            window = image[i * stride : i * stride + size, j * stride : j * stride + size]
            m, n = np.unravel_index(window.argmax(), window.shape)
            gradient[i * stride + m, j * stride + n] += upstream[i, j]
    return gradient


def _to_the_last(image, upstream, size, stride):
    gradient = np.zeros(image.shape)
    for place, part, window in _each_window(image, size, stride):
        m, n = np.argwhere(window == window.max())[-1]
        gradient[part][m, n] += upstream[place]
    return gradient


max_backward = Check(
    "max_backward",
    _to_the_first,
    (
        (_digits(4, 6), _digits(2, 3), 2, 2),
        (_digits(5, 5), _digits(2, 2), 3, 2),
        (_tied, np.array([[1.0, 2, 3], [4, 5, 6]]), 2, 1),
    ),
    (
        Mistake(
            "The gradient goes to all cells of the window.",
            "The others could change a little without changing the output: their gradient is 0.",
            lambda *arguments: _max_backward(*arguments, ties="everywhere"),
        ),
        Mistake(
            "You shared the gradient among the cells, as average pooling does.",
            "In max pooling only the winner moves the output.",
            lambda *arguments: _max_backward(*arguments, ties="everywhere", share=True),
        ),
        Mistake(
            "Every cell that ties gets the whole gradient.",
            "Then more flows back than came. Send it to the first of them (argmax).",
            lambda *arguments: _max_backward(*arguments, ties="all"),
        ),
        Mistake(
            "Where windows overlap, the later one overwrites the earlier one.",
            "A cell that wins in two windows gets both gradients: +=, not =.",
            lambda *arguments: _max_backward(*arguments, add=False),
        ),
        Mistake(
            "You sent 1 and not the upstream gradient.",
            "Multiply by what comes from above.",
            lambda image, upstream, size, stride: _max_backward(
                image, np.ones_like(upstream), size, stride
            ),
        ),
        Mistake(
            "You sent the gradient to the last of those that tie.",
            "To the first: argmax; > and not >=.",
            _to_the_last,
        ),
        Mistake(
            "Those that tie share the gradient.",
            "It goes to the first of them: argmax.",
            lambda *arguments: _max_backward(*arguments, ties="all", share=True),
        ),
    ),
    draw=_image_and_upstream,
    without=(
        "backward",
        "max_backward",
        "grad",
    ),
)

# ------------------------------------------------------------ average_backward


def _average_backward(shape, upstream, size, stride, add=True, divide=True):
    gradient = np.zeros(shape)
    for place, part, _ in _each_window(gradient, size, stride):
        given = upstream[place] / (size * size if divide else 1)
        gradient[part] = gradient[part] + given if add else given
    return gradient


def _shape_and_upstream(draw):
    image, upstream, size, stride = _image_and_upstream(draw)
    return image.shape, upstream, size, stride


def _to_all(shape, upstream, size, stride):
    gradient = np.zeros(shape)
    for i in range(upstream.shape[0]):
        for j in range(upstream.shape[1]):
            gradient[i * stride : i * stride + size, j * stride : j * stride + size] += upstream[
                i, j
            ] / (size * size)
    return gradient


def _first_cells(shape, upstream, size, stride):
    out = np.zeros(shape)
    for i, j in np.ndindex(upstream.shape):
        out[i * stride, j * stride] += upstream[i, j] / size**2
    return out


average_backward = Check(
    "average_backward",
    _to_all,
    (
        ((4, 6), _digits(2, 3), 2, 2),
        ((5, 7), _digits(2, 3), 3, 2),
        ((3, 4), _digits(2, 3), 2, 1),
    ),
    (
        Mistake(
            "You did not divide by the number of cells.",
            "Each of size * size cells has a share of 1 / (size * size) in the mean.",
            lambda *arguments: _average_backward(*arguments, divide=False),
        ),
        Mistake(
            "Where windows overlap, the later one overwrites the earlier one.",
            "A cell in two windows gets both shares: +=, not =.",
            lambda *arguments: _average_backward(*arguments, add=False),
        ),
        Mistake(
            "You divided by size, not by size * size.",
            "A window has rows and columns.",
            lambda shape, upstream, size, stride: (
                size * _average_backward(shape, upstream, size, stride)
            ),
        ),
        Mistake(
            "You took the window's size for the stride.",
            "The two are separate: windows may overlap.",
            lambda shape, upstream, size, stride: _to_all(shape, upstream, size, size),
        ),
        Mistake(
            "You divided by the stride, squared.",
            "The mean is over size * size cells.",
            lambda shape, upstream, size, stride: (
                _to_all(shape, upstream, size, stride) * size**2 / stride**2
            ),
        ),
        Mistake(
            "Only the first cell of each window gets something.",
            "All size · size cells have a share.",
            lambda shape, upstream, size, stride: _first_cells(shape, upstream, size, stride),
        ),
        Mistake(
            "You divided by the number of the image's pixels.",
            "The mean is over size * size cells.",
            lambda shape, upstream, size, stride: (
                _average_backward(shape, upstream, size, stride) * size**2 / (shape[0] * shape[1])
            ),
        ),
    ),
    draw=_shape_and_upstream,
    without=(
        "backward",
        "average_backward",
        "grad",
    ),
)

# ------------------------------------------------------------- handout_pooling

handout_pooling = Check(
    "handout_pooling",
    (13, 9, 3),
    (),
    (
        Mistake(
            "The first two numbers changed places.",
            "First what AlexNet's layer really gives, then what the handout's rule gives.",
            (9, 13, 3),
        ),
        Mistake(
            "You forgot the + 1.",
            "(27 - 3) / 2 counts the steps between windows.",
            (12, 9, 3),
        ),
        Mistake(
            "You took the stride for the window.",
            "The handout divides by the *pooling size*.",
            (13, 13, 3),
        ),
        Mistake(
            "You rounded up.",
            "The last window starts at position 24 and ends at the last one: nothing is left over.",
            (14, 9, 3),
        ),
        Mistake(
            "That is the layer's own stride.",
            "With stride 2 the rule is wrong; with which stride is it right?",
            (13, 9, 2),
        ),
        Mistake(
            "With stride 1 there is a window at almost every position.",
            "The rule holds where the windows stand side by side.",
            (13, 9, 1),
        ),
        Mistake(
            "Those are the numbers of the first pooling.",
            "The second one reads 27 positions.",
            (27, 18, 3),
        ),
        Mistake(
            "Without a stride, 27 positions have 25 windows; here it is 2.",
            "(27 - 3) // 2 + 1.",
            (25, 9, 3),
        ),
        Mistake(
            "The rule divides by the pooling size, and does not count steps.",
            "27 / 3.",
            (13, 8, 3),
        ),
        Mistake(
            "The third is the rule's size again.",
            "Asked is the stride with which the layer would give it.",
            (13, 9, 9),
        ),
    ),
    form="three whole numbers, like (12, 7, 4)",
)

# -------------------------------------------------------------- restless_image


def _eight(image):
    return ops.as_numbers("restless_image", image, 2).shape == (8, 8)


def _in_range(image):
    array = np.asarray(image)
    return bool(array.min() >= 0 and array.max() <= 1)


def _still(image, axis):
    """How many pooled numbers do not change when the image moves by one along an axis."""
    image = np.asarray(image, dtype=float)
    moved = np.roll(image, 1, axis=axis)
    return int(np.isclose(ops.max_pool2d(image, 2), ops.max_pool2d(moved, 2), atol=0.499).sum())


_CHANGES = "a shift by one pixel {} changes each of the 16 pooled numbers by at least 0.5"
_RIGHT, _DOWN = _CHANGES.format("to the right"), _CHANGES.format("down")
_CHECKERBOARD = np.indices((4, 4)).sum(axis=0) % 2

restless_image = Design(
    "restless_image",
    (
        Condition("it is 8 x 8", _eight, "Write eight rows of eight numbers."),
        Condition("all its numbers lie in 0 to 1", _in_range, "It is an image: 0 to 1."),
        Condition(
            _RIGHT,
            lambda image: _still(image, 1) == 0,
            lambda image: f"{_still(image, 1)} of 16 change by less than 0.5.",
        ),
        Condition(
            _DOWN,
            lambda image: _still(image, 0) == 0,
            lambda image: f"{_still(image, 0)} of 16 change by less than 0.5.",
        ),
    ),
    examples=(
        ("one pixel in every other window", np.kron(_CHECKERBOARD, [[0, 0], [0, 1]]), ""),
        ("at the start of the windows", np.kron(_CHECKERBOARD, [[1, 0], [0, 0]]), _RIGHT),
        ("too small", np.zeros((4, 4)), "it is 8 x 8"),
        ("too bright", np.full((8, 8), 2.0), "all its numbers lie in 0 to 1"),
        ("flat", np.ones((8, 8)), _RIGHT),
        ("bright columns", np.tile([0, 1, 0, 0], (8, 2)), _DOWN),
        ("inside the windows", np.tile([1, 0, 0, 0], (8, 2)), _RIGHT),
        ("a checkerboard of pixels", np.indices((8, 8)).sum(axis=0) % 2, _RIGHT),
    ),
)
