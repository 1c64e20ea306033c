"""Checks of week 5: im2col and a layer from scratch."""

import numpy as np

from cnnlab import geometry, ops
from cnnlab.checks.check import Check, Condition, Design, Mistake

__all__ = [
    "col2im",
    "conv_gradients",
    "handout_signature",
    "im2col",
    "im2col_shape",
    "loss_gradient",
    "numerical_gradient",
    "relu_backward",
]

_random = np.random.default_rng(5)


def _whole(*shape):
    return _random.integers(-4, 5, shape).astype(float)


# ---------------------------------------------------------------- im2col_shape


def _counts(shape, window, stride, pad):
    count, channels, height, width = shape
    places = geometry.output_size(height, window, stride, pad) * geometry.output_size(
        width, window, stride, pad
    )
    return count, channels, places, window * window


def _shape_with(rows, columns):
    """An answer from (N, C, places, window cells)."""

    def answer(shape, window, stride, pad):
        numbers = _counts(shape, window, stride, pad)
        return rows(*numbers), columns(*numbers)

    return answer


im2col_shape = Check(
    "im2col_shape",
    _shape_with(lambda n, c, p, k: n * p, lambda n, c, p, k: c * k),
    (((10, 3, 7, 7), 5, 1, 0), ((2, 4, 8, 6), 3, 2, 1), ((5, 2, 6, 9), 2, 1, 0)),
    (
        Mistake(
            "Rows and columns of the matrix are swapped.",
            "Each *row* is one window.",
            _shape_with(lambda n, c, p, k: c * k, lambda n, c, p, k: n * p),
        ),
        Mistake(
            "The batch is missing.",
            "Every image of the batch has its windows.",
            _shape_with(lambda n, c, p, k: p, lambda n, c, p, k: c * k),
        ),
        Mistake(
            "The channels are missing.",
            "A window reaches through all channels.",
            _shape_with(lambda n, c, p, k: n * p, lambda n, c, p, k: k),
        ),
        Mistake(
            "The channels make more rows, not longer ones.",
            "One row holds the window in *all* channels.",
            _shape_with(lambda n, c, p, k: n * c * p, lambda n, c, p, k: k),
        ),
    ),
)

# ---------------------------------------------------------------------- im2col


def _rows(x, window):
    """(N, OH, OW, C, KH, KW)."""
    found = np.lib.stride_tricks.sliding_window_view(x, (window, window), axis=(2, 3))
    return found.transpose(0, 2, 3, 1, 4, 5)


def _ordered(*axes):
    """An im2col that writes its axes in another order; three of them make the rows."""

    def answer(x, window):
        rows = _rows(x, window).transpose(axes)
        return rows.reshape(-1, x.shape[1] * window * window)

    return answer


im2col = Check(
    "im2col",
    lambda x, window: ops.im2col(x, window, window),
    ((_whole(2, 3, 4, 5), 2), (_whole(1, 2, 5, 4), 3)),
    (
        Mistake(
            "The channels come last in each row.",
            "Within a row: channel 0 row by row, then channel 1, and so on.",
            _ordered(0, 1, 2, 4, 5, 3),
        ),
        Mistake(
            "Each window is written column by column.",
            "Write it row by row.",
            _ordered(0, 1, 2, 3, 5, 4),
        ),
        Mistake(
            "The windows come column by column.",
            "The window moves to the right first, then down.",
            _ordered(0, 2, 1, 3, 4, 5),
        ),
        Mistake(
            "The images of the batch are mixed.",
            "First all windows of image 0, then those of image 1.",
            _ordered(1, 2, 0, 3, 4, 5),
        ),
        Mistake(
            "That is torch's layout: windows as columns.",
            "Here each row is one window, and the batch is part of the rows.",
            lambda x, window: (
                ops.im2col(x, window, window)
                .reshape(len(x), -1, x.shape[1] * window * window)
                .transpose(0, 2, 1)
            ),
        ),
        Mistake(
            "Only the first image is there.",
            "The batch has x.shape[0] images.",
            lambda x, window: (
                ops.im2col(x[:1], window, window) if len(x) > 1 else ops.im2col(x, window, window)
            ),
        ),
    ),
)

# ---------------------------------------------------------------------- col2im


def _scatter(col, shape, window, add=True, mean=False):
    out, seen = np.zeros(shape), np.zeros(shape)
    rows = col.reshape(*_rows(out, window).shape)
    for n, i, j in np.ndindex(rows.shape[:3]):
        part = np.s_[n, :, i : i + window, j : j + window]
        out[part] = out[part] + rows[n, i, j] if add else rows[n, i, j]
        seen[part] += 1
    return out / seen if mean else out


col2im = Check(
    "col2im",
    lambda col, shape, window: ops.col2im(col, shape, window, window),
    (
        (np.ones((9, 9)), (1, 1, 5, 5), 3),
        (_whole(2 * 3 * 4, 12), (2, 3, 4, 5), 2),
    ),
    (
        Mistake(
            "Later windows overwrite earlier ones.",
            "Where windows overlap, their numbers add up: += and not =.",
            lambda col, shape, window: _scatter(col, shape, window, add=False),
        ),
        Mistake(
            "You averaged where windows overlap.",
            "They add up. A gradient is a sum over all ways to the loss.",
            lambda col, shape, window: _scatter(col, shape, window, mean=True),
        ),
    ),
)

# ------------------------------------------------------------- conv_gradients


def _conv_gradients(x, weight, d_out, flip=False):
    filters, _, rows, columns = weight.shape
    d_rows = d_out.transpose(0, 2, 3, 1).reshape(-1, filters)
    d_weight = (d_rows.T @ ops.im2col(x, rows, columns)).reshape(weight.shape)
    laid = weight[:, :, ::-1, ::-1] if flip else weight
    d_x = ops.col2im(d_rows @ laid.reshape(filters, -1), x.shape, rows, columns)
    return d_x, d_weight, d_rows.sum(axis=0)


def _changed(place, change):
    """The right gradients, but for one of the three."""

    def answer(x, weight, d_out):
        gradients = list(_conv_gradients(x, weight, d_out))
        gradients[place] = change(gradients[place], x, weight, d_out)
        return tuple(gradients)

    return answer


conv_gradients = Check(
    "conv_gradients",
    _conv_gradients,
    (
        (_whole(2, 3, 5, 6), _whole(4, 3, 3, 2), _whole(2, 4, 3, 5)),
        (_whole(3, 1, 4, 4), _whole(2, 1, 2, 3), _whole(3, 2, 3, 2)),
    ),
    (
        Mistake(
            "The gradient of the bias is missing.",
            "The bias is added at every place of its map, in every image.",
            _changed(2, lambda d, x, weight, d_out: 0 * d),
        ),
        Mistake(
            "You averaged for the bias.",
            "It is added at every place: its gradient is the sum over all of them.",
            _changed(2, lambda d, x, weight, d_out: d_out.mean(axis=(0, 2, 3))),
        ),
        Mistake(
            "The gradient of the bias keeps the batch.",
            "There is one bias a filter, for all images: sum over the batch too.",
            _changed(2, lambda d, x, weight, d_out: d_out.sum(axis=(2, 3))),
        ),
        Mistake(
            "You divided the gradient of the weights by the batch.",
            "The loss has done that already; here everything is summed.",
            _changed(1, lambda d, x, weight, d_out: d / len(x)),
        ),
        Mistake(
            "You flipped the weights on the way back to x.",
            "Each pixel gets the weight that it was multiplied by.",
            lambda x, weight, d_out: _conv_gradients(x, weight, d_out, flip=True),
        ),
    ),
)

# --------------------------------------------------------------- relu_backward

relu_backward = Check(
    "relu_backward",
    lambda x, d_out: d_out * (x > 0),
    (
        (np.array([[-2.0, 3, 0.5], [1, -1, 4]]), np.array([[1.0, -2, 3], [-4, 5, 6]])),
        (np.array([-1.0, 1]), np.array([7.0, 8])),
    ),
    (
        Mistake(
            "You let everything through.",
            "Where x was cut off, a small change of x changes nothing.",
            lambda x, d_out: d_out,
        ),
        Mistake(
            "You cut off negative gradients.",
            "What counts is the sign of x, not of the gradient.",
            lambda x, d_out: np.maximum(d_out, 0),
        ),
        Mistake(
            "You multiplied by x.",
            "The slope of ReLU is 1 or 0.",
            lambda x, d_out: d_out * np.maximum(x, 0),
        ),
        Mistake(
            "You let through what was cut off.",
            "The gradient passes where x is above 0.",
            lambda x, d_out: d_out * (x <= 0),
        ),
    ),
)

# --------------------------------------------------------------- loss_gradient


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _loss_gradient(scores, labels):
    return (_softmax(scores) - np.eye(scores.shape[1])[labels]) / len(scores)


loss_gradient = Check(
    "loss_gradient",
    _loss_gradient,
    (
        (_whole(3, 4), np.array([0, 3, 1])),
        (np.array([[1000.0, 0, -1000], [2, 2, 2]]), np.array([1, 2])),
    ),
    (
        Mistake(
            "You did not divide by the batch.",
            "The loss is a mean over the images: each has a share of 1 / N.",
            lambda scores, labels: len(scores) * _loss_gradient(scores, labels),
        ),
        Mistake(
            "You did not subtract 1 for the right class.",
            "Probability minus one at the label.",
            lambda scores, labels: _softmax(scores) / len(scores),
        ),
        Mistake(
            "The sign is wrong.",
            "Raising the right score lowers the loss: its gradient is negative.",
            lambda scores, labels: -_loss_gradient(scores, labels),
        ),
        Mistake(
            "You forgot the softmax.",
            "The scores become probabilities first.",
            lambda scores, labels: (scores - np.eye(scores.shape[1])[labels]) / len(scores),
        ),
    ),
)

# ----------------------------------------------------------- handout_signature

handout_signature = Check(
    "handout_signature",
    (":", 2),
    (),
    (
        Mistake(
            "Four is what the slide says.",
            "The book returns (x_train, t_train), (x_test, t_test). Count the outermost parts.",
            (":", 4),
        ),
        Mistake(
            "One is right if you count the tuple itself.",
            "Asked is how many names you may write on the left of the `=`.",
            (":", 1),
        ),
    ),
    form='a character and a number, like ("=", 3)',
)

# ---------------------------------------------------------- numerical_gradient

_cube = _random.normal(size=(2, 3))


def _central(function, x):
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += 1e-5
        down[place] -= 1e-5
        gradient[place] = (function(up) - function(down)) / 2e-5
    return gradient


def _forward_difference(function, x):
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        up = x.copy()
        up[place] += 1e-5
        gradient[place] = (function(up) - function(x)) / 1e-5
    return gradient


def _spoils(function, x):
    x += 1e-5
    return _central(function, x)


def _leaves_alone(answer):
    x = _cube.copy()
    answer(lambda array: float((array**2).sum()), x)
    return np.array_equal(x, _cube)


def _error(answer, function, expected):
    got = np.asarray(answer(function, _cube.copy()), dtype=float)
    if got.shape != expected.shape:
        return np.inf
    return float(np.linalg.norm(got - expected) / np.linalg.norm(expected))


def _of_square(answer):
    return _error(answer, lambda array: float((array**2).sum()), 2 * _cube)


def _of_cube(answer):
    return _error(answer, lambda array: float((array**3).sum()), 3 * _cube**2)


numerical_gradient = Design(
    "numerical_gradient",
    (
        Condition(
            "it leaves x as it was",
            _leaves_alone,
            "Work on a copy, or put each number back.",
        ),
        Condition(
            "on the sum of squares it is 2x, up to 1 %",
            lambda answer: _of_square(answer) < 1e-2,
            lambda answer: f"The relative error is {_of_square(answer):.2g}.",
        ),
        Condition(
            "on the sum of cubes its relative error is below 1e-7",
            lambda answer: _of_cube(answer) < 1e-7,
            lambda answer: (
                f"It is {_of_cube(answer):.2g}. A step to one side only has an error as large as "
                "the step itself: go both ways, and divide by 2 steps."
            ),
        ),
    ),
    examples=(
        ("central differences", _central, ""),
        ("one side", _forward_difference, "on the sum of cubes its relative error is below 1e-7"),
        ("spoils x", _spoils, "it leaves x as it was"),
        (
            "forgets the 2",
            lambda function, x: 2 * _central(function, x),
            "on the sum of squares it is 2x, up to 1 %",
        ),
    ),
    function=True,
)
