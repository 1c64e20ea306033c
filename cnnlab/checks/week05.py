"""Checks of week 5: im2col and a layer from scratch."""

import numpy as np

from cnnlab import geometry, ops
from cnnlab.checks.check import Check
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake, carried

__all__ = [
    "col2im",
    "conv_gradients",
    "handout_signature",
    "im2col",
    "im2col_shape",
    "leaky_backward",
    "loss_gradient",
    "numerical_gradient",
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


def _batch_and_window(draw):
    window, pad = draw.count(1, 4), draw.count(0, 2)
    least = max(window - 2 * pad, 1)
    shape = draw.count(1, 5), draw.count(1, 4), least + draw.count(0, 6), least + draw.count(0, 6)
    return shape, window, draw.count(1, 3), pad


def _shape_with_pad_once(shape, window, stride, pad):
    count, channels, *sides = shape
    places = [(side + pad - window) // stride + 1 for side in sides]
    return count * places[0] * places[1], channels * window * window


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
            "The padding is counted once.",
            "It is added on both sides: 2 * pad.",
            _shape_with_pad_once,
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
    draw=_batch_and_window,
    without=("im2col_shape",),
)

# ---------------------------------------------------------------------- im2col


def _rows(x, window, stride):
    """(N, OH, OW, C, KH, KW)."""
    found = np.lib.stride_tricks.sliding_window_view(x, (window, window), axis=(2, 3))
    return found[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)


def _ordered(*axes):
    """An im2col that writes its axes in another order; three of them make the rows."""

    def answer(x, window, stride):
        rows = _rows(x, window, stride).transpose(axes)
        return rows.reshape(-1, x.shape[1] * window * window)

    return answer


def _batch_to_unroll(draw):
    window, stride = draw.count(1, 3), draw.count(1, 3)
    rows, columns = (window + draw.count(0, 4) for _ in range(2))
    return draw.array(draw.count(1, 3), draw.count(1, 3), rows, columns), window, stride


def _im2col(x, window, stride):
    images, _, height, width = x.shape
    rows = []
    for n in range(images):
        for i in range(0, height - window + 1, stride):
            for j in range(0, width - window + 1, stride):
                rows.append(x[n, :, i : i + window, j : j + window].ravel())
    return np.array(rows)


im2col = Check(
    "im2col",
    _im2col,
    ((_whole(2, 3, 4, 5), 2, 1), (_whole(1, 2, 5, 4), 3, 1), (_whole(2, 2, 5, 6), 2, 2)),
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
            lambda x, window, stride: (
                ops.im2col(x, window, window, stride)
                .reshape(len(x), -1, x.shape[1] * window * window)
                .transpose(0, 2, 1)
            ),
        ),
        Mistake(
            "Only the first image is there.",
            "The batch has x.shape[0] images.",
            lambda x, window, stride: ops.im2col(x[:1], window, window, stride),
        ),
        Mistake(
            "The stride is ignored.",
            "Windows start in rows 0, stride, 2 * stride, ...; columns alike.",
            lambda x, window, stride: ops.im2col(x, window, window),
        ),
        Mistake(
            "Your windows are one window apart.",
            "They start `stride` apart, and may overlap.",
            lambda x, window, stride: ops.im2col(x, window, window, window),
        ),
        Mistake(
            "As many windows as there should be, but they start one apart.",
            "Window (i, j) starts in row i * stride and column j * stride.",
            lambda x, window, stride: _im2col(
                x[:, :, *(slice(window + (side - window) // stride) for side in x.shape[2:])],
                window,
                1,
            ),
        ),
        Mistake(
            "The stride acts inside the windows.",
            "It says where windows start; within a window every pixel counts.",
            lambda x, window, stride: ops.im2col(x, window, window)[::stride],
        ),
        Mistake(
            "Only the first channel is there.",
            "A row holds the window in all channels.",
            lambda x, window, stride: _im2col(x[:, :1], window, stride),
        ),
        Mistake(
            "Each channel has rows of its own.",
            "One row holds the window in all channels.",
            lambda x, window, stride: _im2col(x.reshape(-1, 1, *x.shape[2:]), window, stride),
        ),
        Mistake(
            "The axes are cut up anew without a transpose.",
            "reshape keeps the order of the numbers; first bring the windows' axes in front.",
            lambda x, window, stride: (
                _rows(x, window, stride)
                .transpose(0, 3, 1, 2, 4, 5)
                .reshape(-1, x.shape[1] * window**2)
            ),
        ),
    ),
    draw=_batch_to_unroll,
    without=(
        "im2col",
        "unfold",
    ),
)

# ---------------------------------------------------------------------- col2im


def _scatter(col, shape, window, stride, apart=None, add=True, mean=False):
    apart = apart or stride
    out, seen = np.zeros(shape), np.zeros(shape)
    rows = col.reshape(*_rows(out, window, stride).shape)
    for n, i, j in np.ndindex(rows.shape[:3]):
        top, left = i * apart, j * apart
        part = np.s_[n, :, top : top + window, left : left + window]
        out[part] = out[part] + rows[n, i, j] if add else rows[n, i, j]
        seen[part] += 1
    return out / np.maximum(seen, 1) if mean else out


def _rows_to_fold(draw):
    x, window, stride = _batch_to_unroll(draw)
    return draw.array(*ops.im2col(x, window, window, stride).shape), x.shape, window, stride


def _col2im(col, shape, window, stride):
    images, channels, height, width = shape
    out = np.zeros((images, channels, height, width))
    row = 0
    for n in range(images):
        for i in range(0, height - window + 1, stride):
            for j in range(0, width - window + 1, stride):
                part = col[row].reshape(channels, window, window)
                out[n, :, i : i + window, j : j + window] += part
                row += 1
    return out


col2im = Check(
    "col2im",
    _col2im,
    (
        (np.ones((9, 9)), (1, 1, 5, 5), 3, 1),
        (_whole(2 * 3 * 4, 12), (2, 3, 4, 5), 2, 1),
        (np.ones((4, 9)), (1, 1, 6, 5), 3, 2),
    ),
    (
        Mistake(
            "Later windows overwrite earlier ones.",
            "Where windows overlap, their numbers add up: += and not =.",
            lambda col, shape, window, stride: _scatter(col, shape, window, stride, add=False),
        ),
        Mistake(
            "You averaged where windows overlap.",
            "They add up. A gradient is a sum over all ways to the loss.",
            lambda col, shape, window, stride: _scatter(col, shape, window, stride, mean=True),
        ),
        Mistake(
            "Your windows start one apart.",
            "Window (i, j) starts in row i * stride and column j * stride.",
            lambda col, shape, window, stride: _scatter(col, shape, window, stride, apart=1),
        ),
        Mistake(
            "You read each row with the channels last.",
            "A row holds channel 0 row by row, then channel 1, and so on.",
            lambda col, shape, window, stride: _col2im(
                col.reshape(-1, window**2, shape[1]).transpose(0, 2, 1).reshape(col.shape),
                shape,
                window,
                stride,
            ),
        ),
        Mistake(
            "The images of the batch are mixed.",
            "First come all windows of image 0, then those of image 1.",
            lambda col, shape, window, stride: _col2im(
                col.reshape(-1, shape[0], col.shape[1]).transpose(1, 0, 2).reshape(col.shape),
                shape,
                window,
                stride,
            ),
        ),
        Mistake(
            "Each window comes back column by column.",
            "A row holds it row by row.",
            lambda col, shape, window, stride: _col2im(
                col.reshape(-1, shape[1], window, window).swapaxes(2, 3).reshape(col.shape),
                shape,
                window,
                stride,
            ),
        ),
    ),
    draw=_rows_to_fold,
    without=(
        "col2im",
        "fold",
    ),
)

# ------------------------------------------------------------- conv_gradients


def _conv_gradients(x, weight, d_out, stride, flip=False):
    filters, _, rows, columns = weight.shape
    d_rows = d_out.transpose(0, 2, 3, 1).reshape(-1, filters)
    d_weight = (d_rows.T @ ops.im2col(x, rows, columns, stride)).reshape(weight.shape)
    laid = weight[:, :, ::-1, ::-1] if flip else weight
    d_x = ops.col2im(d_rows @ laid.reshape(filters, -1), x.shape, rows, columns, stride)
    return d_x, d_weight, d_rows.sum(axis=0)


def _changed(place, change):
    """The right gradients, but for one of the three."""

    def answer(x, weight, d_out, stride):
        gradients = list(_conv_gradients(x, weight, d_out, stride))
        gradients[place] = change(gradients[place], x, weight, d_out, stride)
        return tuple(gradients)

    return answer


def _layer_and_upstream(draw):
    (rows, columns), (down, right), stride = draw.pair(1, 3), draw.pair(0, 3), draw.count(1, 3)
    batch, channels, filters = draw.count(1, 3), draw.count(1, 3), draw.count(1, 3)
    x = draw.array(batch, channels, rows + down, columns + right)
    upstream = draw.array(batch, filters, down // stride + 1, right // stride + 1)
    return x, draw.array(filters, channels, rows, columns), upstream, stride


def _place_by_place(x, weight, d_out, stride):
    filters, channels, high, wide = weight.shape
    d_x, d_weight = np.zeros(x.shape), np.zeros((filters, channels, high, wide))
    for n in range(d_out.shape[0]):
        for f in range(filters):
            for i in range(d_out.shape[2]):
                for j in range(d_out.shape[3]):
                    top, left = i * stride, j * stride
                    window = x[n, :, top : top + high, left : left + wide]
                    d_weight[f] += d_out[n, f, i, j] * window
                    d_x[n, :, top : top + high, left : left + wide] += d_out[n, f, i, j] * weight[f]
    return d_x, d_weight, d_out.sum(axis=(0, 2, 3))


conv_gradients = Check(
    "conv_gradients",
    _place_by_place,
    (
        (_whole(2, 3, 5, 6), _whole(4, 3, 3, 2), _whole(2, 4, 3, 5), 1),
        (_whole(3, 1, 4, 4), _whole(2, 1, 2, 3), _whole(3, 2, 3, 2), 1),
        (_whole(2, 2, 6, 5), _whole(3, 2, 2, 3), _whole(2, 3, 3, 2), 2),
    ),
    (
        Mistake(
            "The gradient of the bias is missing.",
            "The bias is added at every place of its map, in every image.",
            _changed(2, lambda d, x, weight, d_out, stride: 0 * d),
        ),
        Mistake(
            "You averaged for the bias.",
            "It is added at every place: its gradient is the sum over all of them.",
            _changed(2, lambda d, x, weight, d_out, stride: d_out.mean(axis=(0, 2, 3))),
        ),
        Mistake(
            "The gradient of the bias keeps the batch.",
            "There is one bias per filter, for all images: sum over the batch too.",
            _changed(2, lambda d, x, weight, d_out, stride: d_out.sum(axis=(2, 3))),
        ),
        Mistake(
            "You divided the gradient of the weights by the batch.",
            "The loss has done that already; here everything is summed.",
            _changed(1, lambda d, x, weight, d_out, stride: d / len(x)),
        ),
        Mistake(
            "You flipped the weights on the way back to x.",
            "Each pixel gets the weight that it was multiplied by.",
            lambda x, weight, d_out, stride: _conv_gradients(x, weight, d_out, stride, flip=True),
        ),
        Mistake(
            "The three are in another order.",
            "d_x, d_weight, d_bias.",
            lambda x, weight, d_out, stride: tuple(
                _place_by_place(x, weight, d_out, stride)[n] for n in (1, 0, 2)
            ),
        ),
        Mistake(
            "The three are in another order.",
            "d_x, d_weight, d_bias.",
            lambda x, weight, d_out, stride: tuple(
                _place_by_place(x, weight, d_out, stride)[n] for n in (1, 2, 0)
            ),
        ),
        Mistake(
            "You divided the gradients of weights and bias by the batch.",
            "The loss has done that already; here everything is summed.",
            lambda x, weight, d_out, stride: (
                _place_by_place(x, weight, d_out, stride)[0],
                *(part / len(x) for part in _place_by_place(x, weight, d_out, stride)[1:]),
            ),
        ),
        Mistake(
            "The gradient of the bias sums over the wrong axes.",
            "There is one bias per filter: axis 1 stays.",
            _changed(
                2,
                lambda d, x, weight, d_out, stride: (
                    d_out.sum(axis=(0, 1)) if d_out.ndim == 4 else d
                ),
            ),
        ),
        Mistake(
            "There is no gradient of the bias.",
            "Give three: d_x, d_weight, d_bias.",
            lambda x, weight, d_out, stride: _place_by_place(x, weight, d_out, stride)[:2],
        ),
        Mistake(
            "The gradient of the bias keeps axes of length 1.",
            "Its shape is (F,).",
            _changed(
                2, lambda d, x, weight, d_out, stride: d_out.sum(axis=(0, 2, 3), keepdims=True)
            ),
        ),
        Mistake(
            "The stride is ignored.",
            "Output (i, j) belongs to the window that starts in row i * stride, column j * stride.",
            lambda x, weight, d_out, stride: _place_by_place(x, weight, d_out, 1),
        ),
        Mistake(
            "The stride is ignored on the way back to x.",
            "Output (i, j) belongs to the window that starts in row i * stride, column j * stride.",
            _changed(0, lambda d, *given: _place_by_place(*given[:-1], 1)[0]),
        ),
        Mistake(
            "The stride is ignored for the weights.",
            "Output (i, j) belongs to the window that starts in row i * stride, column j * stride.",
            _changed(1, lambda d, *given: _place_by_place(*given[:-1], 1)[1]),
        ),
        Mistake(
            "The gradient of the weights is flipped.",
            "Each weight gets the pixels that it was multiplied by.",
            _changed(1, lambda d, x, weight, d_out, stride: d[:, :, ::-1, ::-1]),
        ),
    ),
    draw=_layer_and_upstream,
    without=(
        "backward",
        "grad",
        "conv_gradients",
    ),
)

# -------------------------------------------------------------- leaky_backward


def _leaky_backward(x, slope, d_out):
    return d_out * np.where(x > 0, 1.0, slope)


def _input_and_upstream(draw):
    shape = draw.pick((draw.count(1, 5),), draw.pair(1, 4), (2, *draw.pair(1, 3)))
    x = draw.array(*shape) * draw.pick(1, 1, 1e-9)
    return x, draw.pick(0.5, 0.25, 0.125, 0.0), draw.array(*shape)


leaky_backward = Check(
    "leaky_backward",
    _leaky_backward,
    (
        (np.array([[-2.0, 3, 0.5], [1, -1, 4]]), 0.5, np.array([[1.0, -2, 3], [-4, 5, 6]])),
        (np.array([-1.0, 0, 1]), 0.25, np.array([7.0, 8, 9])),
    ),
    (
        Mistake(
            "That is the plain ReLU.",
            "Where x is not above 0, the slope is `slope`, not 0.",
            lambda x, slope, d_out: d_out * (x > 0),
        ),
        Mistake(
            "You let everything through.",
            "Where x is not above 0, a change of x comes through smaller.",
            lambda x, slope, d_out: d_out,
        ),
        Mistake(
            "Everything is multiplied by `slope`.",
            "Where x is above 0 the slope is 1.",
            lambda x, slope, d_out: slope * d_out,
        ),
        Mistake(
            "You looked at the sign of the gradient.",
            "What counts is the sign of x.",
            lambda x, slope, d_out: _leaky_backward(d_out, slope, d_out),
        ),
        Mistake(
            "You let the gradient through whole where x is exactly 0.",
            "Whole only where x is above 0.",
            lambda x, slope, d_out: d_out * np.where(x >= 0, 1, slope),
        ),
        Mistake(
            "You multiplied by x.",
            "The slope is 1 or `slope`.",
            lambda x, slope, d_out: d_out * np.where(x > 0, x, slope * x),
        ),
        Mistake(
            "Where x is not above 0, you give slope * x.",
            "There the gradient is slope times d_out.",
            lambda x, slope, d_out: np.where(x > 0, d_out, slope * x),
        ),
        Mistake(
            "The two slopes changed places.",
            "The gradient passes whole where x is above 0.",
            lambda x, slope, d_out: d_out * np.where(x > 0, slope, 1),
        ),
        Mistake(
            "You give back the slopes and forgot the gradient from above.",
            "Multiply the two.",
            lambda x, slope, d_out: np.where(x > 0, 1, slope),
        ),
        Mistake(
            "You gave what goes forward.",
            "Asked is how the loss changes with x: d_out times the slope.",
            lambda x, slope, d_out: np.where(x > 0, x, slope * x),
        ),
        Mistake(
            "Where x is not above 0, you give `slope` itself.",
            "There the gradient is slope times d_out.",
            lambda x, slope, d_out: np.where(x > 0, d_out, slope),
        ),
        Mistake(
            "The gradient is turned round where x is below 0.",
            "The slope there is `slope`, not -`slope`.",
            lambda x, slope, d_out: d_out * np.where(x > 0, 1, -slope),
        ),
        Mistake(
            "You divided by `slope`.",
            "Going back the gradient is multiplied by the same slope as x was going forward.",
            lambda x, slope, d_out: d_out * np.where(x > 0, 1, 1 / slope if slope else 0),
        ),
        Mistake(
            "Your slope is a hundredth, whatever `slope` is.",
            "It is an argument.",
            lambda x, slope, d_out: d_out * np.where(x > 0, 1, 0.01),
        ),
        Mistake(
            "The leak is added everywhere.",
            "Where x is above 0 the slope is 1, not 1 + slope.",
            lambda x, slope, d_out: d_out * ((x > 0) + slope),
        ),
        Mistake(
            "Where x is exactly 0 nothing comes through.",
            "There the slope is `slope`, as for all that is not above 0.",
            lambda x, slope, d_out: d_out * ((x > 0) + slope * (x < 0)),
        ),
        Mistake(
            "The slope is 1 - slope in your answer.",
            "It is `slope` itself.",
            lambda x, slope, d_out: d_out * np.where(x > 0, 1, 1 - slope),
        ),
    ),
    draw=_input_and_upstream,
    without=(
        "backward",
        "grad",
    ),
)

# --------------------------------------------------------------- loss_gradient


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _loss_gradient(scores, labels, weights):
    right = np.eye(scores.shape[1])[labels]
    return weights[labels][:, None] * (_softmax(scores) - right) / len(scores)


def _scores_and_labels(draw):
    images, classes = draw.count(1, 4), draw.count(2, 5)
    labels = draw.random.integers(0, classes, images)
    return draw.array(images, classes), labels, draw.random.integers(1, 9, classes) / 4


def _overflowing(scores, labels):
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(scores)
        shares = powers / powers.sum(axis=1, keepdims=True)
    return (shares - np.eye(scores.shape[1])[labels]) / len(scores)


def _weighted(answer):
    """A mistake of the plain loss, by one who weighs rightly: each row by its label's weight."""
    return lambda scores, labels, weights: weights[labels][:, None] * answer(scores, labels)


def _plain_loss_gradient(scores, labels):
    return _loss_gradient(scores, labels, np.ones(scores.shape[1]))


_PLAIN_LOSS_MISTAKES = (
    Mistake(
        "You did not divide by the batch.",
        "The loss is a mean over the images: each has a share of 1 / N.",
        lambda scores, labels: len(scores) * _plain_loss_gradient(scores, labels),
    ),
    Mistake(
        "You did not subtract 1 for the right class.",
        "Probability minus one at the label.",
        lambda scores, labels: _softmax(scores) / len(scores),
    ),
    Mistake(
        "The sign is wrong.",
        "Raising the right score lowers the loss: its gradient is negative.",
        lambda scores, labels: -_plain_loss_gradient(scores, labels),
    ),
    Mistake(
        "Your powers overflow: np.exp(1000) is infinite.",
        "Subtract each row's largest score first; the probabilities stay the same.",
        _overflowing,
    ),
    Mistake(
        "You forgot the softmax.",
        "The scores become probabilities first.",
        lambda scores, labels: (scores - np.eye(scores.shape[1])[labels]) / len(scores),
    ),
    Mistake(
        "The softmax goes down the batch.",
        "The probabilities of one image's classes sum to 1: along each row.",
        lambda scores, labels: (
            (_softmax(scores.T).T - np.eye(scores.shape[1])[labels]) / len(scores)
        ),
    ),
    Mistake(
        "The softmax goes over all numbers.",
        "The probabilities of one image's classes sum to 1: along each row.",
        lambda scores, labels: (
            (
                _softmax(scores.reshape(1, -1)).reshape(scores.shape)
                - np.eye(scores.shape[1])[labels]
            )
            / len(scores)
        ),
    ),
    Mistake(
        "You divided by the number of classes.",
        "The loss is a mean over the *images*.",
        lambda scores, labels: _plain_loss_gradient(scores, labels) * len(scores) / scores.shape[1],
    ),
    Mistake(
        "You divided by images times classes.",
        "The loss is a mean over the *images*.",
        lambda scores, labels: _plain_loss_gradient(scores, labels) / scores.shape[1],
    ),
    Mistake(
        "You took 1 away from every class that is a label somewhere.",
        "p[np.arange(N), labels]: one number in each row.",
        lambda scores, labels: (
            (_softmax(scores) - np.isin(np.arange(scores.shape[1]), labels)) / len(scores)
        ),
    ),
    Mistake(
        "You took 1 away at the class with the largest score.",
        "At the *label*, whatever the network says.",
        lambda scores, labels: _plain_loss_gradient(scores, scores.argmax(axis=1)),
    ),
    Mistake(
        "You divided before you took 1 away.",
        "First the whole difference, then divide it.",
        lambda scores, labels: _softmax(scores) / len(scores) - np.eye(scores.shape[1])[labels],
    ),
)

loss_gradient = Check(
    "loss_gradient",
    _loss_gradient,
    (
        (_whole(3, 4), np.array([0, 3, 1]), np.array([1.0, 0.5, 2, 3])),
        (np.array([[1000.0, 0, -1000], [2, 2, 2]]), np.array([1, 2]), np.array([1.0, 2, 0.5])),
    ),
    (
        Mistake(
            "You gave the loss itself.",
            "Asked is how it changes with each score.",
            lambda scores, labels, weights: (
                -np.mean(weights[labels] * np.log(_softmax(scores)[range(len(labels)), labels]))
            ),
        ),
        Mistake(
            "The weights are ignored.",
            "An image counts weights[label] times.",
            lambda scores, labels, weights: _plain_loss_gradient(scores, labels),
        ),
        Mistake(
            "Each column has its class's weight.",
            "An image is weighed by the weight of its *label*: one number for its whole row.",
            lambda scores, labels, weights: weights * _plain_loss_gradient(scores, labels),
        ),
        Mistake(
            "You divided by the sum of the weights.",
            "That is what torch does; here the loss is a mean over the images: divide by N.",
            lambda scores, labels, weights: (
                _loss_gradient(scores, labels, weights) * len(labels) / weights[labels].sum()
            ),
        ),
        Mistake(
            "Only the 1 at the label is weighed.",
            "The weight multiplies the image's whole loss, and so its whole row.",
            lambda scores, labels, weights: (
                (_softmax(scores) - weights * np.eye(scores.shape[1])[labels]) / len(scores)
            ),
        ),
        Mistake(
            "Only the probabilities are weighed.",
            "The weight multiplies the image's whole loss, and so its whole row.",
            lambda scores, labels, weights: (
                (weights[labels][:, None] * _softmax(scores) - np.eye(scores.shape[1])[labels])
                / len(scores)
            ),
        ),
        Mistake(
            "You divided by the weights.",
            "A class with weight 2 counts twice.",
            lambda scores, labels, weights: _loss_gradient(scores, labels, 1 / weights),
        ),
        Mistake(
            "The weights went into the scores.",
            "The loss is weighed, not the scores.",
            lambda scores, labels, weights: _plain_loss_gradient(weights * scores, labels),
        ),
        *carried(_PLAIN_LOSS_MISTAKES, into=_weighted),
        Mistake(
            "Only the label's column has a gradient.",
            "Every score has one: raising another class's score raises the loss.",
            lambda scores, labels, weights: (
                _loss_gradient(scores, labels, weights) * np.eye(scores.shape[1])[labels]
            ),
        ),
        Mistake(
            "You weigh by the place in the batch.",
            "By the image's label: weights[labels].",
            lambda scores, labels, weights: (
                weights[np.arange(len(labels)) % len(weights)][:, None]
                * _plain_loss_gradient(scores, labels)
            ),
        ),
    ),
    draw=_scores_and_labels,
    without=(
        "backward",
        "grad",
        "cross_entropy",
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
    also={"colon": ":", "a colon": ":", "the colon": ":", "a colon (:)": ":", "콜론": ":"},
)

# ---------------------------------------------------------- numerical_gradient

_places = [_random.normal(size=shape) for shape in ((5,), (2, 3), (2, 1, 3), (2, 2, 1, 2))]
_places[0][1] = 0  # a step that is a share of the number would be none
_places.append(_random.normal(size=(4, 2)).T)  # in memory it is not in order


def _squares(array):
    return float((array**2).sum())


def _powers(array):
    """It curves so much that a step to one side is never small enough."""
    return 100 + float(np.exp(5 * array).sum())


def _by_row(array):
    """It knows rows from columns: the array must come as it is."""
    weights = np.arange(1, len(array) + 1).reshape(-1, *(1,) * (array.ndim - 1))
    return float((weights * array**2).sum())


def _by_row_gradient(array):
    return 2 * np.arange(1, len(array) + 1).reshape(-1, *(1,) * (array.ndim - 1)) * array


def _mixed(array):
    """Every number depends on all others: the function must see the whole array."""
    return float(array.sum() ** 2 + (array.ravel()[:-1] * array.ravel()[1:]).sum())


def _mixed_gradient(array):
    flat = array.ravel()
    neighbours = np.zeros(flat.shape)
    neighbours[:-1] += flat[1:]
    neighbours[1:] += flat[:-1]
    return 2 * array.sum() + neighbours.reshape(array.shape)


def _central(function, x, step=1e-5):
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += step
        down[place] -= step
        gradient[place] = (function(up) - function(down)) / (2 * step)
    return gradient


def _forward_difference(function, x, step=1e-5):
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        up = x.copy()
        up[place] += step
        gradient[place] = (function(up) - function(x)) / step
    return gradient


def _spoils(function, x):
    x += 1e-5
    return _central(function, x)


def _each_alone(function, x):
    return np.array([_central(function, part) for part in x.ravel()[:, None]]).reshape(x.shape)


def _leaves_alone(answer):
    x = _places[1].copy()
    answer(_squares, x)
    return np.array_equal(x, _places[1])


def _error(answer, function, gradient):
    """The largest relative error over arrays of one to four axes, and where it is."""
    worst, where = 0.0, None
    for x in _places:
        expected, got = gradient(x), np.asarray(answer(function, x.copy("K")), dtype=float)
        if got.shape != expected.shape:
            return np.inf, f"For an x of shape {x.shape} it gives shape {got.shape}."
        error = float(np.linalg.norm(got - expected) / np.linalg.norm(expected))
        if not np.isfinite(error):
            return np.inf, f"For an x of shape {x.shape} it gives a number that is none."
        if error > worst:
            worst, where = error, x.shape
    return worst, f"For an x of shape {where} the relative error is {worst:.2g}."


def _of_squares(answer):
    return _error(answer, _squares, lambda x: 2 * x)


def _of_powers(answer):
    return _error(answer, _powers, lambda x: 5 * np.exp(5 * x))


def _worst_together(answer):
    """The larger error of two functions in which the numbers work together."""
    return max(
        _error(answer, _mixed, _mixed_gradient), _error(answer, _by_row, _by_row_gradient),
        key=lambda found: found[0],
    )  # fmt: skip


def _of_sum(answer):
    """On a sum every step is right; what is left is rounding."""
    return _error(answer, lambda array: float(array.sum()), np.ones_like)[0]


TINY = (
    "Even on a plain sum it is not exact: your step is so small, or your numbers have so few "
    "digits, that rounding shows. Try a step of 1e-5, in floats of double precision."
)


def _told_together(answer):
    where = _worst_together(answer)[1]
    if 1e-7 < _of_sum(answer) < 0.5:
        return f"{where} {TINY}"
    return (
        f"{where} Give the function the whole array each time, in its shape, with one of its "
        "numbers changed and all others as they were."
    )


def _told_powers(answer):
    _, where = _of_powers(answer)
    if 1e-8 < _of_sum(answer) < 0.5:
        return f"{where} {TINY}"
    if _of_squares(answer)[0] > 1e-8:  # where a step to both sides has no error at all
        return (
            f"{where} A step to one side only has an error as large as the step itself: go both "
            "ways, and divide by 2 steps."
        )
    return (
        f"{where} You go both ways, but by a step that does not suit: a large one misses the "
        "slope, a tiny one drowns in rounding. Try 1e-5."
    )


numerical_gradient = Design(
    "numerical_gradient",
    (
        Condition(
            "it leaves x as it was",
            _leaves_alone,
            "Work on a copy, or put each number back.",
        ),
        Condition(
            "on the sum of squares it is 2x, up to 1 %, for one to four axes",
            lambda answer: _of_squares(answer)[0] < 1e-2,
            lambda answer: _of_squares(answer)[1],
        ),
        Condition(
            "it sees how the numbers of x work together",
            lambda answer: _worst_together(answer)[0] < 3e-5,
            _told_together,
        ),
        Condition(
            "on the sum of exp(5x) its relative error is below 1e-7",
            lambda answer: _of_powers(answer)[0] < 1e-7,
            _told_powers,
        ),
    ),
    examples=(
        ("central differences", _central, ""),
        ("one side", _forward_difference, "on the sum of exp(5x) its relative error is below 1e-7"),
        (
            "both sides, with a large step",
            lambda function, x: _central(function, x, 0.01),
            "on the sum of exp(5x) its relative error is below 1e-7",
        ),
        ("spoils x", _spoils, "it leaves x as it was"),
        (
            "forgets the 2",
            lambda function, x: 2 * _central(function, x),
            "on the sum of squares it is 2x, up to 1 %, for one to four axes",
        ),
        ("each number by itself", _each_alone, "it sees how the numbers of x work together"),
    ),
    function=True,
)
