"""Checks of week 1: images, and why not an MLP."""

import numpy as np

from cnnlab.checks.check import Check
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake
from cnnlab.data import load_mnist, sample_image
from cnnlab.ops import cross_correlate2d, pad2d, shift2d

__all__ = [
    "changed_inputs",
    "dense_parameters",
    "flat_index",
    "shift",
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


def _image_and_hidden(draw):
    return draw.count(2, 9), draw.count(2, 9), draw.count(1, 4), draw.count(1, 9)


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
        Mistake(
            "You added height and width.",
            "A sheet has height · width pixels.",
            lambda height, width, channels, hidden: (height + width) * channels * hidden + hidden,
        ),
        Mistake(
            "You added the channels.",
            "Each pixel has `channels` numbers: multiply.",
            lambda height, width, channels, hidden: (height * width + channels) * hidden + hidden,
        ),
        Mistake(
            "Each unit has a bias for each channel in your count.",
            "One bias for each unit.",
            lambda height, width, channels, hidden: (
                height * width * channels * hidden + channels * hidden
            ),
        ),
    ),
    draw=_image_and_hidden,
)

# ------------------------------------------------------------ to_channels_last


def _channels_first(draw):
    return (draw.array(draw.count(1, 4), draw.count(1, 4), draw.count(1, 5)),)


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
        Mistake(
            "Only the first channel is left.",
            "All channels move to the end.",
            lambda x: np.transpose(x[:1], (1, 2, 0)),
        ),
        Mistake(
            "The channels are in reversed order.",
            "Red stays first.",
            lambda x: np.transpose(x, (1, 2, 0))[:, :, ::-1],
        ),
    ),
    draw=_channels_first,
)

# --------------------------------------------------------------------- to_gray

_BRIGHTNESS = np.array([0.299, 0.587, 0.114])


def _colours(draw):
    return (draw.array(draw.count(1, 4), draw.count(1, 5), 3, kinds=("unit", "integers")),)


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
        Mistake(
            "Blue is forgotten.",
            "All three channels have a weight.",
            lambda image: image[..., :2] @ _BRIGHTNESS[:2],
        ),
        Mistake(
            "You added the channels without their weights.",
            "Use the three weights of the exercise.",
            lambda image: image.sum(axis=-1),
        ),
        Mistake(
            "You took the brightest channel.",
            "The gray value is the sum of three products.",
            lambda image: image.max(axis=-1),
        ),
        Mistake(
            "Red and green have each other's weights.",
            "Channel 0 is red.",
            lambda image: image @ _BRIGHTNESS[[1, 0, 2]],
        ),
        Mistake(
            "Green and blue have each other's weights.",
            "Channel 1 is green.",
            lambda image: image @ _BRIGHTNESS[[0, 2, 1]],
        ),
        Mistake(
            "You took the green channel alone.",
            "All three channels have a weight.",
            lambda image: image[..., 1],
        ),
        Mistake(
            "You divided by 255.",
            "The numbers stay in their range: the weights sum to 1.",
            lambda image: image @ _BRIGHTNESS / 255,
        ),
    ),
    draw=_colours,
    without=(
        "convert",
        "rgb2gray",
        "cvtColor",
    ),
)

# ------------------------------------------------------------------ flat_index


def _place_in_image(draw):
    shape = draw.count(1, 4), draw.count(1, 6), draw.count(1, 7)
    return *(int(draw.random.integers(size)) for size in shape), shape


flat_index = Check(
    "flat_index",
    lambda channel, row, column, shape: (channel * shape[1] + row) * shape[2] + column,
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
        Mistake(
            "Row and column changed places.",
            "The column counts single steps.",
            lambda channel, row, column, shape: (
                channel * shape[1] * shape[2] + column * shape[2] + row
            ),
        ),
        Mistake(
            "The channel counts rows, not whole sheets.",
            "Each channel before takes H * W numbers.",
            lambda channel, row, column, shape: channel * shape[2] + row * shape[2] + column,
        ),
        Mistake(
            "You read the shape as (H, W, C).",
            "Here it is (C, H, W).",
            lambda channel, row, column, shape: (
                channel * shape[0] * shape[1] + row * shape[1] + column
            ),
        ),
        Mistake(
            "You count down the columns first.",
            "Along a row the index grows by 1.",
            lambda channel, row, column, shape: channel + shape[0] * (row + shape[1] * column),
        ),
    ),
    draw=_place_in_image,
)

# ----------------------------------------------------------------------- shift


def _repeat_edge(image, down, right):
    rows = np.clip(np.arange(image.shape[0]) - down, 0, image.shape[0] - 1)
    columns = np.clip(np.arange(image.shape[1]) - right, 0, image.shape[1] - 1)
    return image[np.ix_(rows, columns)]


def _minus_zero(image, down, right):
    """A part cut with image[:-0], which is empty where no step is made."""
    if down == 0 or right == 0:
        return np.zeros_like(image)
    return shift2d(image, down, right)


def _one_way(image, down, right):
    """Written for steps down and to the right only."""
    moved = np.zeros_like(image)
    moved[down:, right:] = image[: image.shape[0] - down, : image.shape[1] - right]
    return moved


_shades = (np.arange(1, 16).reshape(3, 5) / 16, np.arange(1, 13).reshape(4, 3) / 16)


def _image_and_step(draw):
    rows, columns = draw.count(1, 5), draw.count(1, 6)
    step = draw.pick(0, 0, 1, 2)
    down, right = draw.pick((0, step), (step, 0), (step, 1), (1, step), (rows, 0), (0, columns + 1))
    image = draw.array(rows, columns, kinds=("unit", "integers", "ties", "fractions"))
    return image, draw.pick(-1, 1) * down, draw.pick(-1, 1) * right


def _moved(image, down, right):
    rows, columns = image.shape
    moved = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            if 0 <= i - down < rows and 0 <= j - right < columns:
                moved[i, j] = image[i - down, j - right]
    return moved


def _cleared_above_and_left(image, down, right):
    out = np.roll(image, (down, right), axis=(0, 1))
    out[:down] = 0
    out[:, :right] = 0
    return out


shift = Check(
    "shift",
    _moved,
    (
        (_shades[0], 0, 1),
        (_shades[0], 1, 0),
        (_shades[0], 0, -2),
        (_shades[1], -1, 0),
        (_shades[1], 2, -1),
        (_shades[1], 0, 0),
    ),
    (
        Mistake(
            "What goes out on one side comes in on the other.",
            "np.roll is a circular shift; here zeros must come in.",
            lambda image, down, right: np.roll(image, (down, right), axis=(0, 1)),
        ),
        Mistake(
            "Your np.roll has no axis, so it rolls the flat list.",
            "Then numbers run from the end of one row into the next.",
            lambda image, down, right: np.roll(image, down * image.shape[1] + right),
        ),
        Mistake(
            "Down and right changed places.",
            "Axis 0 counts rows, axis 1 counts columns.",
            lambda image, down, right: shift2d(image, right, down),
        ),
        Mistake(
            "The image moves in the opposite direction.",
            "With right = 1, what was in column 0 must land in column 1.",
            lambda image, down, right: shift2d(image, -down, -right),
        ),
        Mistake(
            "The image moves to the side only.",
            "`down` is not used.",
            lambda image, down, right: shift2d(image, 0, right),
        ),
        Mistake(
            "The image moves up and down only.",
            "`right` is not used.",
            lambda image, down, right: shift2d(image, down, 0),
        ),
        Mistake(
            "Negative steps are taken as positive ones.",
            "right = -2 means two pixels to the left.",
            lambda image, down, right: shift2d(image, abs(down), abs(right)),
        ),
        Mistake(
            "A step of 0 empties the image.",
            "image[:-0] is image[:0], which is empty. Count from the front: "
            "image[: width - right].",
            _minus_zero,
        ),
        Mistake(
            "Negative steps are not handled.",
            "A negative start counts from the end: moved[-2:] are the last two rows.",
            _one_way,
        ),
        Mistake(
            "The edge is repeated.",
            "Zeros must come in, not copies of the edge.",
            _repeat_edge,
        ),
        Mistake(
            "Your output holds whole numbers only, so the decimals were cut off.",
            "A brightness lies between 0 and 1: make the array with np.zeros_like(image).",
            lambda image, down, right: shift2d(image, down, right).astype(int),
        ),
        Mistake(
            "The image moves along one axis only, if both are asked.",
            "elif skips the second.",
            lambda image, down, right: _moved(image, down, 0 if down else right),
        ),
        Mistake(
            "You add to the image as it was.",
            "What left a place is gone from there.",
            lambda image, down, right: image + _moved(image, down, right),
        ),
        Mistake(
            "A negative index wraps around in your loop.",
            "image[-1] is the last row: test also that the place is not below 0.",
            lambda image, down, right: np.array(
                [
                    [
                        image[i - down, j - right]
                        if i - down < len(image) and j - right < image.shape[1]
                        else 0
                        for j in range(image.shape[1])
                    ]
                    for i in range(len(image))
                ]
            ),
        ),
        Mistake(
            "What came around the edge is cleared on one side only.",
            "A move up or to the left brings it in at the other end.",
            _cleared_above_and_left,
        ),
        Mistake(
            "The picture that was there shows where nothing came in.",
            "Start from zeros, not from a copy.",
            lambda image, down, right: np.where(
                _moved(np.ones(image.shape), down, right) > 0, _moved(image, down, right), image
            ),
        ),
    ),
    draw=_image_and_step,
    without=(
        "shift2d",
        "shift",
        "roll_zeropad",
    ),
)

# -------------------------------------------------------------- changed_inputs

_pictures = tuple(sample_image(name) for name in ("drawn ring", "drawn cat"))


def _changed(image, down, right):
    return int((image != shift2d(image, down, right)).sum())


def _nearly_flat(draw):
    """Flat parts, steps of any size, and some that are tiny."""
    image, down, right = _image_and_step(draw)
    image = np.abs(image).astype(float)
    for _ in range(draw.count(0, 3)):
        row, column = (int(draw.random.integers(size)) for size in image.shape)
        image[row, column:] = image[row, max(column - 1, 0)] + draw.pick(0, 1e-9, 1e-6, 0.003, 0.25)
    return image, down, right


changed_inputs = Check(
    "changed_inputs",
    _changed,
    (
        (_pictures[0], 0, 1),
        (_pictures[0], 3, 0),
        (_pictures[1], -1, 2),
        (np.array([[0.0, 0.5, 0.0, 1.0], [0.25, 0.26, 0.0, 0.0]]), 0, 1),
        (np.array([[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]]), 0, 1),
    ),
    (
        Mistake(
            "You added up how much the inputs changed.",
            "Asked is how many of them changed, a little or a lot.",
            lambda image, down, right: np.abs(image - shift2d(image, down, right)).sum(),
        ),
        Mistake(
            "You counted the inputs that stayed the same.",
            "Count where the two images differ.",
            lambda image, down, right: int((image == shift2d(image, down, right)).sum()),
        ),
        Mistake(
            "You counted only the inputs that became brighter.",
            "An input that became darker has changed too.",
            lambda image, down, right: int((shift2d(image, down, right) > image).sum()),
        ),
        Mistake(
            "You counted only the inputs that became darker.",
            "An input that became brighter has changed too.",
            lambda image, down, right: int((shift2d(image, down, right) < image).sum()),
        ),
        Mistake(
            "You counted the bright inputs, not the changed ones.",
            "Compare the image with its shifted copy.",
            lambda image, down, right: int((image > 0).sum()),
        ),
        Mistake(
            "You shifted around the edge.",
            "Zeros come in: use your shift.",
            lambda image, down, right: int(
                (image != np.roll(image, (down, right), axis=(0, 1))).sum()
            ),
        ),
        Mistake(
            "You left out small changes.",
            "An input has changed if its number is another one, by however little.",
            lambda image, down, right: int(
                (np.abs(image - shift2d(image, down, right)) > 0.1).sum()
            ),
        ),
        Mistake(
            "You shifted the flat list.",
            "There the end of one row runs into the next. Shift the image first, then compare.",
            lambda image, down, right: int(
                (image != np.roll(image, down * image.shape[1] + right)).sum()
            ),
        ),
        Mistake(
            "You say whether something changed, not how many.",
            "Count them.",
            lambda image, down, right: bool((image != shift2d(image, down, right)).any()),
        ),
        Mistake(
            "You give the map of what changed.",
            "Count its True.",
            lambda image, down, right: image != shift2d(image, down, right),
        ),
        Mistake(
            "You added up the differences, with their signs.",
            "Count where the two differ.",
            lambda image, down, right: (shift2d(image, down, right) - image).sum(),
        ),
        Mistake(
            "You left out small changes.",
            "An input has changed if its number is another one, by however little.",
            lambda image, down, right: int((~np.isclose(image, shift2d(image, down, right))).sum()),
        ),
        Mistake(
            "The edge is repeated.",
            "Zeros come in: use your shift.",
            lambda image, down, right: int((image != _repeat_edge(image, down, right)).sum()),
        ),
        Mistake(
            "The image moves in the opposite direction.",
            "With right = 1 what was in column 0 lands in column 1: use your shift.",
            lambda image, down, right: _changed(image, -down, -right),
        ),
        Mistake(
            "Down and right changed places.",
            "First down, then right.",
            lambda image, down, right: _changed(image, right, down),
        ),
        Mistake(
            "You counted all inputs.",
            "Only those whose number is another one.",
            lambda image, down, right: image.size,
        ),
        Mistake(
            "You counted rows.",
            "Count every number that changes.",
            lambda image, down, right: int((_moved(image, down, right) != image).any(axis=1).sum()),
        ),
        Mistake(
            "You counted the places that are left free.",
            "A number may also change inside the picture.",
            lambda image, down, right: (
                image.size
                - max(image.shape[0] - abs(down), 0) * max(image.shape[1] - abs(right), 0)
            ),
        ),
    ),
    draw=_nearly_flat,
    needs=(shift,),
    without=("shift2d",),
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
        Mistake(
            "A mean has no place that could move along.",
            "It is one number, and a circular shift leaves it as it is.",
            ("equivariant", "equivariant", "equivariant", "neither"),
        ),
        Mistake(
            "A circular shift only moves the numbers about.",
            "Does their mean change?",
            ("neither", "equivariant", "equivariant", "neither"),
        ),
        Mistake(
            "A perfect detector's box moves with the cat.",
            "The output moves along: that has a name.",
            ("invariant", "neither", "equivariant", "neither"),
        ),
        Mistake(
            "The feature map does not stay as it is.",
            "If the picture moves, what was found moves too.",
            ("invariant", "equivariant", "invariant", "neither"),
        ),
        Mistake(
            "On a circle nothing is lost at the border.",
            "So the feature map moves along exactly.",
            ("invariant", "equivariant", "neither", "neither"),
        ),
    ),
    form="four words, each 'invariant', 'equivariant' or 'neither'",
    words=("invariant", "equivariant", "neither"),
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
_SIDEWAYS = ((0, 1), (0, 6), (0, -5))
_UP_AND_DOWN = ((1, 0), (7, 0), (-6, 3))


def _vector(answer):
    return np.ravel(np.asarray(answer, dtype=float))


def _changed_by(signature, moves):
    """The first picture and move that change a signature, in words; or nothing."""
    for name, image in _zoo.items():
        before = _vector(signature(image.copy()))
        for move in moves:
            after = _vector(signature(np.roll(image, move, axis=(0, 1))))
            if not (before.shape == after.shape and np.allclose(before, after)):
                return f"The {name}, moved by {move} (rows, columns), gets another signature."
    return ""


def _gap(signature, one, other):
    a, b = _vector(signature(_zoo[one].copy())), _vector(signature(_zoo[other].copy()))
    return np.inf if a.shape != b.shape else float(np.abs(a - b).max())


def _told_alike(signature):
    """The first two pictures with the same signature, in words; or nothing."""
    names = list(_zoo)
    alike = [
        f"The {b} and the {a}"
        for i, a in enumerate(names)
        for b in names[:i]
        if _gap(signature, a, b) <= 1e-3
    ]
    return alike[0] if alike else ""


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
            lambda answer: not _changed_by(answer, _SIDEWAYS),
            lambda answer: _changed_by(answer, _SIDEWAYS),
        ),
        Condition(
            "it stays the same when a picture moves up or down",
            lambda answer: not _changed_by(answer, _UP_AND_DOWN),
            lambda answer: _changed_by(answer, _UP_AND_DOWN),
        ),
        Condition(
            "it tells the cat from the ring",
            lambda answer: _gap(answer, "drawn cat", "drawn ring") > 1e-3,
            "The two get the same signature: it is invariant, but it does not say enough.",
        ),
        Condition(
            "it tells sixteen single dots from one block of sixteen",
            lambda answer: _gap(answer, "sixteen dots", "one block") > 1e-3,
            "Both have the same pixels, arranged differently. Filter first, so that neighbours "
            "count; then sum over all places.",
        ),
        Condition(
            "it tells all six pictures apart",
            lambda answer: not _told_alike(answer),
            lambda answer: f"{_told_alike(answer)} get the same signature.",
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
