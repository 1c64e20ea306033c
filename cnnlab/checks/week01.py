"""Checks of week 1: images, and why not an MLP."""

import numpy as np

from cnnlab.checks.check import Check, Condition, Design, Mistake
from cnnlab.data import load_mnist, sample_image
from cnnlab.ops import cross_correlate2d, pad2d

__all__ = [
    "changed_inputs",
    "dense_parameters",
    "flat_index",
    "shift_right",
    "signature",
    "to_channels_last",
    "to_gray",
    "which_property",
]

_random = np.random.default_rng(1)


def _sheets(channels, height, width):
    """An image whose every number is its own: nothing can hide."""
    return np.arange(channels * height * width).reshape(channels, height, width)


# ------------------------------------------------------------ dense_parameters

dense_parameters = Check(
    "dense_parameters",
    lambda height, width, channels, hidden: height * width * channels * hidden + hidden,
    ((28, 28, 1, 50), (32, 24, 3, 128), (5, 7, 2, 3)),
    (
        Mistake(
            "The biases are missing.",
            "Each hidden unit has one bias of its own beside its weights.",
            lambda h, w, c, n: h * w * c * n,
        ),
        Mistake(
            "You gave one bias to each input.",
            "A bias belongs to a hidden unit, not to an input: how many hidden units are there?",
            lambda h, w, c, n: h * w * c * n + h * w * c,
        ),
        Mistake(
            "You counted one bias for the whole layer.",
            "Each hidden unit has a bias of its own.",
            lambda h, w, c, n: h * w * c * n + 1,
        ),
        Mistake(
            "The channels are missing.",
            "A colour image has a number for each pixel and each channel.",
            lambda h, w, c, n: h * w * n + n,
        ),
        Mistake(
            "You counted the inputs only.",
            "Every hidden unit is connected to every input.",
            lambda h, w, c, n: h * w * c,
        ),
    ),
)

# ------------------------------------------------------------ to_channels_last

to_channels_last = Check(
    "to_channels_last",
    lambda x: np.transpose(x, (1, 2, 0)),
    ((_sheets(3, 2, 4),), (_sheets(2, 3, 5),)),
    (
        Mistake(
            "You used reshape, which keeps the order in memory and scrambles the picture.",
            "The axes must change places, not the shape alone: look at np.transpose.",
            lambda x: x.reshape(x.shape[1], x.shape[2], x.shape[0]),
        ),
        Mistake(
            "Rows and columns are swapped.",
            "x.T turns all axes around: (C, H, W) becomes (W, H, C).",
            lambda x: x.T,
        ),
        Mistake(
            "You moved the last axis to the front.",
            "The channels are first and must become last; you went the other way.",
            lambda x: np.transpose(x, (2, 0, 1)),
        ),
        Mistake(
            "The image comes back as it was.",
            "The shape must change from (C, H, W) to (H, W, C).",
            lambda x: x,
        ),
        Mistake(
            "Only height and channels changed places.",
            "(C, H, W) became (H, C, W). Where must the width go?",
            lambda x: np.transpose(x, (1, 0, 2)),
        ),
    ),
)

# --------------------------------------------------------------------- to_gray

_BRIGHTNESS = np.array([0.299, 0.587, 0.114])

to_gray = Check(
    "to_gray",
    lambda image: image @ _BRIGHTNESS,
    ((_random.random((2, 4, 3)),), (np.eye(3)[None],)),
    (
        Mistake(
            "You took the plain mean of the channels.",
            "The eye sees green as brighter than blue: use the three weights of the exercise.",
            lambda image: image.mean(axis=-1),
        ),
        Mistake(
            "The weights are in the order blue, green, red.",
            "Channel 0 is red.",
            lambda image: image @ _BRIGHTNESS[::-1],
        ),
        Mistake(
            "You kept the channel axis.",
            "One number a pixel is left: the shape is (H, W).",
            lambda image: (image @ _BRIGHTNESS)[:, :, None],
        ),
        Mistake(
            "You weighed the channels but did not add them.",
            "The gray value is the sum of three products.",
            lambda image: image * _BRIGHTNESS,
        ),
        Mistake(
            "You divided the weighted sum by three.",
            "The weights already sum to 1.",
            lambda image: image @ _BRIGHTNESS / 3,
        ),
    ),
)

# ------------------------------------------------------------------ flat_index

flat_index = Check(
    "flat_index",
    lambda channel, row, column, shape: int(np.ravel_multi_index((channel, row, column), shape)),
    (
        (0, 0, 3, (3, 4, 5)),
        (0, 2, 1, (3, 4, 5)),
        (2, 1, 0, (3, 4, 5)),
        (1, 44, 92, (3, 128, 192)),
    ),
    (
        Mistake(
            "You multiplied the row by the height.",
            "To go one row down you pass one whole row: how many numbers stand in a row?",
            lambda c, i, j, shape: c * shape[1] * shape[2] + i * shape[1] + j,
        ),
        Mistake(
            "That is the index for (H, W, C).",
            "Here the channels come first, so all of channel 0 stands before channel 1.",
            lambda c, i, j, shape: (i * shape[2] + j) * shape[0] + c,
        ),
        Mistake(
            "You counted from 1.",
            "The first number has index 0.",
            lambda c, i, j, shape: (c * shape[1] + i) * shape[2] + j + 1,
        ),
        Mistake(
            "Rows and columns are swapped.",
            "Along a row the column grows by 1, and so does the index.",
            lambda c, i, j, shape: (c * shape[2] + j) * shape[1] + i,
        ),
        Mistake(
            "The channel is missing.",
            "Each earlier channel takes H * W numbers.",
            lambda c, i, j, shape: i * shape[2] + j,
        ),
    ),
)

# ----------------------------------------------------------------- shift_right


def _shift_right(image, pixels):
    moved = np.zeros_like(image)
    moved[:, pixels:] = image[:, : image.shape[1] - pixels]
    return moved


def _repeat_edge(image, pixels):
    moved = np.roll(image, pixels, axis=1)
    moved[:, :pixels] = image[:, :1]
    return moved


_numbered = _sheets(1, 3, 5)[0] + 1

shift_right = Check(
    "shift_right",
    _shift_right,
    ((_numbered, 1), (_numbered, 2), (np.arange(1.0, 13).reshape(4, 3), 1)),
    (
        Mistake(
            "What goes out on the right comes in on the left.",
            "np.roll is a circular shift; here zeros must come in.",
            lambda image, pixels: np.roll(image, pixels, axis=1),
        ),
        Mistake(
            "The image moved to the left.",
            "Column 0 of the picture must land in column `pixels`.",
            lambda image, pixels: _shift_right(image[:, ::-1], pixels)[:, ::-1],
        ),
        Mistake(
            "The image moved down.",
            "Axis 0 counts rows, axis 1 counts columns.",
            lambda image, pixels: _shift_right(image.T, pixels).T,
        ),
        Mistake(
            "The first column is repeated.",
            "Zeros must come in, not copies of the edge.",
            _repeat_edge,
        ),
        Mistake(
            "The image became wider.",
            "The shape stays (H, W): what leaves on the right is lost.",
            lambda image, pixels: np.pad(image, ((0, 0), (pixels, 0))),
        ),
    ),
)

# -------------------------------------------------------------- changed_inputs

_pictures = tuple(sample_image(name) for name in ("drawn ring", "drawn cat"))

changed_inputs = Check(
    "changed_inputs",
    lambda image, pixels: int((image != _shift_right(image, pixels)).sum()),
    (
        (_pictures[0], 1),
        (_pictures[0], 3),
        (_pictures[1], 1),
        (np.array([[0.0, 0.5, 0.0, 1.0], [0.25, 0.25, 0.0, 0.0]]), 1),
    ),
    (
        Mistake(
            "You added up how much the inputs changed.",
            "Asked is how many of them changed, a little or a lot.",
            lambda image, pixels: np.abs(image - _shift_right(image, pixels)).sum(),
        ),
        Mistake(
            "You counted the inputs that stayed the same.",
            "Count where the two images differ.",
            lambda image, pixels: int((image == _shift_right(image, pixels)).sum()),
        ),
        Mistake(
            "You counted only the inputs that became brighter.",
            "An input that became darker has changed too.",
            lambda image, pixels: int((_shift_right(image, pixels) > image).sum()),
        ),
        Mistake(
            "You counted the bright inputs, not the changed ones.",
            "Compare the image with its shifted copy.",
            lambda image, pixels: int((image > 0).sum()),
        ),
        Mistake(
            "You shifted around the edge.",
            "Zeros come in on the left: use your shift_right.",
            lambda image, pixels: int((image != np.roll(image, pixels, axis=1)).sum()),
        ),
    ),
)

# -------------------------------------------------------------- which_property

which_property = Check(
    "which_property",
    ("invariant", "equivariant", "equivariant", "neither"),
    (),
    (
        Mistake(
            "The two words changed places.",
            "Invariant: the output stays. Equivariant: the output moves along.",
            ("equivariant", "invariant", "invariant", "neither"),
        ),
        Mistake(
            "One pixel is not invariant.",
            "After the shift another number stands in row 0, column 0.",
            ("invariant", "equivariant", "equivariant", "invariant"),
        ),
        Mistake(
            "One pixel is not equivariant.",
            "A single number has no place that could move along: it becomes another number.",
            ("invariant", "equivariant", "equivariant", "equivariant"),
        ),
        Mistake(
            "A task that asks where something is cannot be invariant.",
            "If the cat moves, its box must move with it.",
            ("invariant", "invariant", "equivariant", "neither"),
        ),
    ),
    form="four words, each 'invariant', 'equivariant' or 'neither'",
)

# ------------------------------------------------------------------- signature

_zoo = {
    "drawn cat": sample_image("drawn cat"),
    "drawn ring": sample_image("drawn ring"),
    "drawn bar": sample_image("drawn bar"),
    "digit": load_mnist(flatten=False)[1][0][3, 0],
}
# The same brightness, spread out or in one block: a sum cannot tell them apart.
_spread = np.zeros((16, 16))
_spread[2:14:3, 2:14:3] = 1.0
_block = np.zeros((16, 16))
_block[6:10, 6:10] = 1.0
_zoo |= {"sixteen dots": _spread, "one block": _block}
_moves = ((0, 1), (1, 0), (5, -3), (-7, 2))


def _vector(answer):
    return np.ravel(np.asarray(answer, dtype=float))


def _constant_under(signature, moves):
    return all(
        np.allclose(
            _vector(signature(image.copy())), _vector(signature(np.roll(image, move, axis=(0, 1))))
        )
        for image in _zoo.values()
        for move in moves
    )


def _gap(signature, one, other):
    a, b = _vector(signature(_zoo[one].copy())), _vector(signature(_zoo[other].copy()))
    return np.inf if a.shape != b.shape else float(np.abs(a - b).max())


def _all_told_apart(signature):
    names = list(_zoo)
    return all(_gap(signature, a, b) > 1e-3 for i, a in enumerate(names) for b in names[:i])


def _edges_sum(image):
    rows = cross_correlate2d(pad2d(image, 1, "circular"), [[0, 0, 0], [-1, 1, 0], [0, 0, 0]])
    columns = cross_correlate2d(pad2d(image, 1, "circular"), [[0, -1, 0], [0, 1, 0], [0, 0, 0]])
    return [image.sum(), np.abs(rows).sum(), np.abs(columns).sum()]


def _lonely(image):
    around = cross_correlate2d(pad2d(image, 1, "circular"), [[1, 1, 1], [1, 0, 1], [1, 1, 1]])
    return int(((image > 0) & (around == 0)).sum())


signature = Design(
    "signature",
    (
        Condition(
            "it gives numbers",
            lambda answer: np.isfinite(_vector(answer(_zoo["drawn cat"].copy()))).all(),
            "Return one number or a few, and no nan.",
        ),
        Condition(
            "it stays the same when a picture moves to the side",
            lambda answer: _constant_under(answer, _moves[:1]),
            "np.roll(image, 1, axis=1) changes your signature: it depends on the place.",
        ),
        Condition(
            "it stays the same when a picture moves up or down",
            lambda answer: _constant_under(answer, _moves),
            "np.roll(image, 1, axis=0) changes your signature: it depends on the row.",
        ),
        Condition(
            "it tells the cat from the ring",
            lambda answer: _gap(answer, "drawn cat", "drawn ring") > 1e-3,
            "It is invariant because it says nothing: the two get the same signature.",
        ),
        Condition(
            "it tells sixteen single dots from one block of sixteen",
            lambda answer: _gap(answer, "sixteen dots", "one block") > 1e-3,
            "Both have the same brightness in sum. Filter first, then pool over all places.",
        ),
        Condition(
            "it tells all six pictures apart",
            _all_told_apart,
            "Two of cat, ring, bar, digit, dots and block still get the same signature.",
        ),
    ),
    examples=(
        ("filter, then sum", _edges_sum, ""),
        ("not a number", lambda image: np.nan, "it gives numbers"),
        ("the picture", lambda image: image, "it stays the same when a picture moves to the side"),
        (
            "sums of the rows",
            lambda image: image.sum(axis=1),
            "it stays the same when a picture moves up or down",
        ),
        ("a constant", lambda image: 1.0, "it tells the cat from the ring"),
        (
            "the sum",
            lambda image: image.sum(),
            "it tells sixteen single dots from one block of sixteen",
        ),
        (
            "lonely pixels, and whether it is bright",
            lambda image: [_lonely(image), float(image.sum() > 90)],
            "it tells all six pictures apart",
        ),
    ),
    function=True,
)
