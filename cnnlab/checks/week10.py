"""Checks of week 10: other convolutions."""

from math import prod

import numpy as np

from cnnlab import geometry, ops
from cnnlab.checks.check import Check, true_or_false
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake, carried

__all__ = [
    "cost",
    "grouped",
    "overlaps",
    "pixel_shuffle",
    "seen_pixels",
    "stamp",
    "statements",
    "tile_of",
    "transposed_size",
    "unshared",
    "wide_stack",
]

_random = np.random.default_rng(10)


def _numbers(*shape):
    return _random.integers(-4, 6, shape)


# -------------------------------------------------------------------- unshared


def _places(image, weight):
    """Output places, and the window of the image at each."""
    for i, j in np.ndindex(*weight.shape[:2]):
        yield i, j, image[i : i + weight.shape[2], j : j + weight.shape[3]]


def _unshared_with(weights_at):
    def answer(image, weight):
        out = np.zeros(weight.shape[:2])
        for i, j, window in _places(image, weight):
            out[i, j] = (window * weights_at(weight, i, j)).sum()
        return out

    return answer


def _all_places(image, weight):
    total = sum((window * weight[i, j]).sum() for i, j, window in _places(image, weight))
    return np.full(weight.shape[:2], total)


def _own_weights(image, weight):
    rows, columns, high, wide = weight.shape
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for m in range(high):
                for n in range(wide):
                    out[i, j] += image[i + m, j + n] * weight[i, j, m, n]
    return out


def _image_and_own_weights(draw):
    (rows, columns), (down, right) = draw.pair(1, 3), draw.pair(1, 3)
    image = draw.array(rows + down - 1, columns + right - 1)
    return image, draw.array(down, right, rows, columns)


unshared = Check(
    "unshared",
    _own_weights,
    (
        (np.array([[1, 2, 3]]), np.array([[[[1, 0]], [[0, 1]]]])),
        (_numbers(4, 5), _numbers(3, 3, 2, 3) / 2),
        (_numbers(5, 4), _numbers(3, 3, 3, 2)),
    ),
    (
        Mistake(
            "You use the same window of weights everywhere.",
            "That is sharing. Here each place (i, j) has weights of its own.",
            _unshared_with(lambda weight, i, j: weight[0, 0]),
        ),
        Mistake(
            "You take the weights of place (j, i) for place (i, j).",
            "Rows come first, in the output and in the weights.",
            _unshared_with(lambda weight, i, j: weight[j, i]),
        ),
        Mistake(
            "Your weights are flipped.",
            "As everywhere in the course, the weights are laid on the window as they are.",
            _unshared_with(lambda weight, i, j: weight[i, j, ::-1, ::-1]),
        ),
        Mistake(
            "You add the products of all places.",
            "Each output is the sum of one window only.",
            _all_places,
        ),
        Mistake(
            "Your window does not move.",
            "For place (i, j) it begins in row i and column j.",
            lambda image, weight: np.einsum(
                "mn,ijmn->ij", image[: weight.shape[2], : weight.shape[3]], weight
            ),
        ),
        Mistake(
            "Your output holds whole numbers only.",
            "np.zeros(..., int), or zeros_like of whole numbers, cuts fractions off.",
            lambda image, weight: np.trunc(_own_weights(image, weight)),
        ),
        Mistake(
            "You take the mean of the products.",
            "Add them up and do not divide.",
            _unshared_with(lambda weight, i, j: weight[i, j] / weight[i, j].size),
        ),
    ),
    draw=_image_and_own_weights,
    without=(
        "unshared2d",
        "locally_connected",
    ),
)

# --------------------------------------------------------------------- tile_of


def _tiles_with(number):
    def answer(rows, columns, t):
        return np.array([[number(i, j, t, columns) for j in range(columns)] for i in range(rows)])

    return answer


def _map_and_tiles(draw):
    return draw.count(1, 8), draw.count(1, 9), draw.count(1, 6)


tile_of = Check(
    "tile_of",
    _tiles_with(lambda i, j, t, columns: i % t * t + j % t),
    ((3, 4, 2), (5, 7, 3), (2, 6, 1), (6, 5, 4)),
    (
        Mistake(
            "You divide where the remainder is meant.",
            "% is the remainder: the next place has the next set, and after t it starts anew.",
            _tiles_with(lambda i, j, t, columns: i // t * t + j // t),
        ),
        Mistake(
            "You number the sets column by column.",
            "Row by row: the row's remainder counts t times.",
            _tiles_with(lambda i, j, t, columns: j % t * t + i % t),
        ),
        Mistake(
            "You count on along the whole row before you take the remainder.",
            "Rows and columns each have a remainder of their own.",
            _tiles_with(lambda i, j, t, columns: (i * columns + j) % t**2),
        ),
        Mistake(
            "Your numbers begin at 1.",
            "The handout counts from 1, Python from 0.",
            _tiles_with(lambda i, j, t, columns: i % t * t + j % t + 1),
        ),
        Mistake(
            "You count places from 1, as the handout does.",
            "Python counts from 0: the first place has the remainders 0 and 0.",
            _tiles_with(lambda i, j, t, columns: (i + 1) % t * t + (j + 1) % t),
        ),
        Mistake(
            "Only columns take turns.",
            "The row has a remainder too, and it counts t times.",
            _tiles_with(lambda i, j, t, columns: j % t),
        ),
        Mistake(
            "You added the two remainders.",
            "Then (0, 1) and (1, 0) would share a set; there are t · t different ones.",
            _tiles_with(lambda i, j, t, columns: i % t + j % t),
        ),
        Mistake(
            "You count on along the whole row, t places to a row.",
            "Rows and columns each have a remainder of their own.",
            _tiles_with(lambda i, j, t, columns: (i * t + j) % t**2),
        ),
        Mistake(
            "The last row and the last column are missing.",
            "range ends before its end: range(rows), range(columns).",
            lambda rows, columns, t: tile_of.reference(rows - 1, columns - 1, t),
        ),
    ),
    draw=_map_and_tiles,
    without=("tile_numbers",),
)

# ----------------------------------------------------------------- seen_pixels


def _reach(layers):
    """Places along one axis from which a way of the layers leads to the cell."""
    places = {0}
    for kernel, dilation in layers:
        places = {place + m * dilation for place in places for m in range(kernel)}
    return places


def _field(layers):
    """The whole field along one axis, gaps included."""
    return 1 + sum((kernel - 1) * dilation for kernel, dilation in layers)


def _dilated(draw):
    return (
        [
            (draw.pick(1, 2, 3, 3, 4, 5), draw.count(1, 6) * draw.pick(1, 1, 1, 30))
            for _ in range(draw.count(1, 4))
        ],
    )


seen_pixels = Check(
    "seen_pixels",
    lambda layers: len(_reach(layers)) ** 2,
    (
        ([(3, 1)],),
        ([(3, 2), (3, 2)],),
        ([(2, 3), (3, 1)],),
        ([(3, 1), (3, 2), (3, 5)],),
        ([(5, 2), (3, 1)],),
        ([(3, 4), (3, 4), (2, 1)],),
        ([(3, 1), (3, 3), (3, 9)],),
    ),
    (
        Mistake(
            "That is the whole field, gaps included.",
            "Count the pixels to which a way leads: with a dilation some are passed over.",
            lambda layers: _field(layers) ** 2,
        ),
        Mistake(
            "Every kernel is 3 wide in your answer.",
            "Each layer comes as (kernel, dilation).",
            lambda layers: len(_reach([(3, dilation) for _, dilation in layers])) ** 2,
        ),
        Mistake(
            "You ignored the dilations.",
            "Neighbours in the kernel lie `dilation` pixels apart.",
            lambda layers: _field([(kernel, 1) for kernel, _ in layers]) ** 2,
        ),
        Mistake(
            "Kernel and dilation changed places.",
            "Each layer comes as (kernel, dilation).",
            lambda layers: len(_reach([pair[::-1] for pair in layers])) ** 2,
        ),
        Mistake(
            "You count ways, and several ways lead to one pixel.",
            "Count each pixel once: a set holds everything once.",
            lambda layers: prod(kernel for kernel, _ in layers) ** 2,
        ),
        Mistake(
            "You count ways along one axis.",
            "Several ways lead to one place; and the image has two axes.",
            lambda layers: prod(kernel for kernel, _ in layers),
        ),
        Mistake(
            "You counted along one axis.",
            "The image has two: rows and columns are chosen independently.",
            lambda layers: len(_reach(layers)),
        ),
        Mistake(
            "You counted the weights.",
            "Which pixels does the cell look at, through all layers?",
            lambda layers: sum(kernel**2 for kernel, _ in layers),
        ),
        Mistake(
            "You doubled the count of one axis.",
            "Each row that is seen goes with each column: multiply.",
            lambda layers: 2 * len(_reach(layers)),
        ),
        Mistake(
            "One layer alone counts.",
            "Each layer adds places.",
            lambda layers: len(_reach(layers[-1:])) ** 2,
        ),
        Mistake(
            "Equal layers count once.",
            "Two layers of the same kind see more than one.",
            lambda layers: len(_reach(sorted(set(layers)))) ** 2,
        ),
        Mistake(
            "You look sideways and up and down, but not in both at once.",
            "Each row goes with each column: multiply.",
            lambda layers: 2 * len(_reach(layers)) - 1,
        ),
        Mistake(
            "The first layer is left out.",
            "Each layer adds places.",
            lambda layers: len(_reach(layers[1:])) ** 2,
        ),
        Mistake(
            "One place of each kernel is left out.",
            "A kernel of 3 has three places, a kernel of 4 four.",
            lambda layers: len(_reach([(kernel - 1, d) for kernel, d in layers])) ** 2,
        ),
        Mistake(
            "You put the layers side by side, not one behind the other.",
            "What the second layer reads are places that each see several pixels.",
            lambda layers: len({m * d for k, d in layers for m in range(k)}) ** 2,
        ),
        Mistake(
            "You gave the whole field along one axis.",
            "Count the pixels to which a way leads, along both axes.",
            _field,
        ),
    ),
    draw=_dilated,
)

# ----------------------------------------------------------------------- stamp


def _stamp_with(put, length=lambda n, k, s: (n - 1) * s + k):
    def answer(signal, kernel, stride):
        out = np.zeros(length(len(signal), len(kernel), stride))
        for i, number in enumerate(signal):
            for m in range(len(kernel)):
                at = i * stride + m
                if at < len(out):
                    put(out, at, number, kernel, m)
        return out

    return answer


def _add(out, at, number, kernel, m):
    out[at] += number * kernel[m]


def _overwrite(out, at, number, kernel, m):
    out[at] = number * kernel[m]


def _flipped(out, at, number, kernel, m):
    out[at] += number * kernel[len(kernel) - 1 - m]


def _put_whole(out, at, number, kernel, m):
    out[at] += int(number * kernel[m])


def _plain_stamp(signal, kernel, stride):
    out = np.zeros((len(signal) - 1) * stride + len(kernel))
    for i in range(len(signal)):
        for m in range(len(kernel)):
            out[i * stride + m] += signal[i] * kernel[m]
    return out


def _signal_and_stamp(draw):
    return draw.array(draw.count(1, 5)), draw.array(draw.count(1, 4)), draw.count(1, 4)


stamp = Check(
    "stamp",
    _plain_stamp,
    (
        (np.array([1, 2]), np.array([1, 2, 3]), 2),
        (np.array([3, -1, 2]), np.array([0.5, 0, 4, 2]), 2),
        (np.array([1, 2, 3, 4]), np.array([5, 1]), 3),
        (np.array([2, 0, -1]), np.array([1, 2, 3]), 1),
    ),
    (
        Mistake(
            "A later stamp overwrites an earlier one.",
            "Where stamps overlap they add up: += and not =.",
            _stamp_with(_overwrite),
        ),
        Mistake(
            "Your stamps are not multiplied.",
            "Each input puts the kernel down times itself.",
            lambda signal, kernel, stride: _plain_stamp(np.ones(len(signal)), kernel, stride),
        ),
        Mistake(
            "Your output holds whole numbers only.",
            "np.zeros(..., int), or zeros_like of whole numbers, cuts fractions off.",
            lambda signal, kernel, stride: np.trunc(_plain_stamp(signal, kernel, stride)),
        ),
        Mistake(
            "Your stamp is flipped.",
            "Each input puts the kernel down as it is, beginning at its own place.",
            _stamp_with(_flipped),
        ),
        Mistake(
            "You ignore the stride.",
            "The next input stamps `stride` places further.",
            lambda signal, kernel, stride: _plain_stamp(signal, kernel, 1),
        ),
        Mistake(
            "The end is cut off.",
            "The last stamp reaches a whole kernel beyond its place.",
            _stamp_with(_add, lambda n, k, s: n * s),
        ),
        Mistake(
            "That is a convolution with this stride: it makes the signal shorter.",
            "The transposed one goes the other way: few numbers become many.",
            lambda signal, kernel, stride: ops.cross_correlate1d(
                np.pad(signal, len(kernel) - 1), kernel, stride
            ),
        ),
        Mistake(
            "Your output has a stamp's room for each input.",
            "Stamps lie `stride` apart and may overlap: (n - 1) * stride + k places.",
            lambda signal, kernel, stride: np.outer(signal, kernel).ravel(),
        ),
        Mistake(
            "The stride spreads the kernel, not the stamps.",
            "The stamps begin `stride` apart; each is the kernel as it is.",
            lambda signal, kernel, stride: _plain_stamp(kernel, signal, stride),
        ),
        Mistake(
            "Your output is cut off.",
            "The last stamp is a whole kernel long.",
            lambda signal, kernel, stride: _plain_stamp(signal, kernel, stride)[
                : len(signal) * stride
            ],
        ),
        Mistake(
            "That is a convolution: it makes the signal shorter.",
            "Here each input puts down a stamp.",
            lambda signal, kernel, stride: np.convolve(signal, kernel[::-1], "valid")[::stride],
        ),
        Mistake(
            "Your stamps are cut off to whole numbers.",
            "Keep the decimals: is there an int or a whole-number array somewhere?",
            lambda signal, kernel, stride: _stamp_with(_put_whole)(signal, kernel, stride),
        ),
    ),
    draw=_signal_and_stamp,
    without=(
        "conv_transpose1d",
        "ConvTranspose1d",
        "transposed1d",
        "transposed_convolve1d",
    ),
)

# ------------------------------------------------------------- transposed_size


def _transposed_axis(draw):
    """Where something is left, and output_padding is below the stride."""
    kernel, stride = draw.count(1, 5), draw.count(1, 4)
    padding = draw.count(0, (kernel - 1) // 2)
    return draw.count(1, 8), kernel, stride, padding, draw.count(0, stride - 1)


transposed_size = Check(
    "transposed_size",
    geometry.transposed_output_size,
    # size, kernel, stride, padding, output_padding
    (
        (2, 3, 2, 0, 0),
        (4, 3, 2, 1, 0),
        (4, 3, 2, 1, 1),
        (7, 4, 2, 1, 0),
        (5, 5, 3, 2, 2),
        (6, 2, 1, 0, 0),
    ),
    (
        Mistake(
            "You add output_padding on both sides.",
            "It is added at the bottom and at the right only, once an axis.",
            lambda n, k, s, p, o: (n - 1) * s - 2 * p + k + 2 * o,
        ),
        Mistake(
            "You forgot output_padding.",
            "It chooses between the sizes that the floor had sent to one.",
            lambda n, k, s, p, o: (n - 1) * s - 2 * p + k,
        ),
        Mistake(
            "You forgot the padding.",
            "What the convolution added at both ends is cut off at both.",
            lambda n, k, s, p, o: (n - 1) * s + k + o,
        ),
        Mistake(
            "You subtract output_padding.",
            "It makes the output larger.",
            lambda n, k, s, p, o: (n - 1) * s - 2 * p + k - o,
        ),
        Mistake(
            "Your last stamp is one place short.",
            "It is k places long, and begins at (n - 1) * s.",
            lambda n, k, s, p, o: (n - 1) * s - 2 * p + k - 1 + o,
        ),
        Mistake(
            "You cut the padding off once.",
            "As the convolution adds it at both ends, the transposed one cuts at both.",
            lambda n, k, s, p, o: (n - 1) * s - p + k + o,
        ),
        Mistake(
            "You add the padding.",
            "A transposed convolution cuts it off.",
            lambda n, k, s, p, o: (n - 1) * s + 2 * p + k + o,
        ),
        Mistake(
            "You have n steps between n stamps.",
            "Between n stamps there are n - 1 steps; the last stamp is a whole kernel long.",
            lambda n, k, s, p, o: n * s - 2 * p + k + o,
        ),
        Mistake(
            "That is only the stride.",
            "The last stamp is a kernel long, and padding cuts.",
            lambda n, k, s, p, o: n * s,
        ),
        Mistake(
            "That is the size after a convolution.",
            "Go the other way: which size would a convolution bring down to n?",
            lambda n, k, s, p, o: (n + 2 * p - k) // s + 1,
        ),
        Mistake(
            "The padding is taken off once, and the output_padding is missing.",
            "It is cut off at both ends; output_padding is added.",
            lambda n, k, s, p, o: (n - 1) * s - p + k,
        ),
        Mistake(
            "You have n steps between n stamps, and the output_padding is missing.",
            "Between n stamps there are n - 1 steps; output_padding is added.",
            lambda n, k, s, p, o: n * s - 2 * p + k,
        ),
        Mistake(
            "You added one at the end.",
            "(n - 1) steps, and the last stamp is a whole kernel: no + 1.",
            lambda n, k, s, p, o: (n - 1) * s - 2 * p + k + o + 1,
        ),
        Mistake(
            "The stride stretches the kernel too.",
            "Only the steps between stamps are `stride` long.",
            lambda n, k, s, p, o: (n - 1 + k) * s - 2 * p + o,
        ),
        Mistake(
            "Brackets are missing: the stride multiplies the 1.",
            "(n - 1) * stride.",
            lambda n, k, s, p, o: n - s - 2 * p + k + o,
        ),
        Mistake(
            "You cut the padding off the input.",
            "It is cut off the output.",
            lambda n, k, s, p, o: (n - 2 * p - 1) * s + k + o,
        ),
        Mistake(
            "That is the size after a convolution, with output_padding added.",
            "Go the other way: which size would a convolution bring down to n?",
            lambda n, k, s, p, o: (n + 2 * p - k) // s + 1 + o,
        ),
    ),
    draw=_transposed_axis,
    without=("transposed_output_size",),
)

# -------------------------------------------------------------------- overlaps


def _overlaps(size, kernel, stride, padding=0):
    counts = [0] * ((size - 1) * stride + kernel)
    for i in range(size):
        for m in range(kernel):
            counts[i * stride + m] += 1
    return counts[padding : len(counts) - padding]


def _cut(answer):
    """A mistake without padding, by one who cuts off both ends rightly."""

    def padded(size, kernel, stride, padding):
        counts = answer(size, kernel, stride)
        return counts[padding : len(counts) - padding]

    return padded


def _stamps_on_a_line(draw):
    size, kernel, stride = draw.count(1, 6), draw.count(1, 5), draw.count(1, 4)
    most = ((size - 1) * stride + kernel - 1) // 2  # something must be left
    return size, kernel, stride, draw.count(0, min(most, 3))


_UNPADDED_MISTAKES = (
    Mistake(
        "That is how often a convolution's windows visit each input.",
        "Here each of the n inputs stamps an output that is longer: (n - 1) * stride + kernel.",
        lambda size, kernel, stride: (
            geometry.coverage(size, kernel, stride) if kernel <= size else [0] * size
        ),
    ),
    Mistake(
        "You gave every place the same count.",
        "Near the ends fewer stamps arrive; inside all are equal only if the stride divides "
        "the kernel.",
        lambda size, kernel, stride: [-(-kernel // stride)] * ((size - 1) * stride + kernel),
    ),
    Mistake(
        "You gave every place the same count, rounded down.",
        "Near the ends fewer stamps arrive; inside all are equal only if the stride divides "
        "the kernel.",
        lambda size, kernel, stride: [kernel // stride] * ((size - 1) * stride + kernel),
    ),
    Mistake(
        "Your stamps ignore the stride.",
        "The next stamp begins `stride` places further.",
        lambda size, kernel, stride: _overlaps(size, kernel, 1),
    ),
    Mistake(
        "Your list is cut off at size * stride.",
        "The last stamp is a whole kernel long.",
        lambda size, kernel, stride: (_overlaps(size, kernel, stride) + [0] * stride)[
            : size * stride
        ],
    ),
    Mistake(
        "You say whether a place is stamped, not how often.",
        "Count each stamp that reaches it.",
        lambda size, kernel, stride: [min(count, 1) for count in _overlaps(size, kernel, stride)],
    ),
    Mistake(
        "The stride spreads each stamp, not the stamps.",
        "The stamps begin `stride` apart; each is `kernel` places long.",
        lambda size, kernel, stride: _overlaps(kernel, size, stride),
    ),
    Mistake(
        "You left out the places without a stamp.",
        "They have 0.",
        lambda size, kernel, stride: [n for n in _overlaps(size, kernel, stride) if n],
    ),
    Mistake(
        "You gave the places without a stamp a 1.",
        "No stamp reaches them: 0.",
        lambda size, kernel, stride: [max(n, 1) for n in _overlaps(size, kernel, stride)],
    ),
)

overlaps = Check(
    "overlaps",
    _overlaps,
    (
        (2, 3, 2, 0),
        (4, 4, 2, 1),
        (4, 3, 2, 1),
        (3, 2, 3, 0),
        (5, 5, 2, 2),
        (3, 1, 1, 0),
        (3, 2, 4, 1),
    ),
    (
        Mistake(
            "The padding is ignored.",
            "It cuts `padding` places off each end.",
            lambda size, kernel, stride, padding: _overlaps(size, kernel, stride),
        ),
        Mistake(
            "You cut one end only.",
            "The padding cuts both ends.",
            lambda size, kernel, stride, padding: _overlaps(size, kernel, stride)[padding:],
        ),
        Mistake(
            "You cut the last end only.",
            "The padding cuts both ends.",
            lambda size, kernel, stride, padding: _overlaps(size, kernel, stride)[
                : (size - 1) * stride + kernel - padding
            ],
        ),
        Mistake(
            "Your slice [padding:-padding] is empty where the padding is 0.",
            "-0 is 0: cut up to len(...) - padding.",
            lambda size, kernel, stride, padding: _overlaps(size, kernel, stride)[padding:-padding],
        ),
        Mistake(
            "Your padding makes the list longer.",
            "A transposed convolution cuts it off.",
            lambda size, kernel, stride, padding: (
                [0] * padding + _overlaps(size, kernel, stride) + [0] * padding
            ),
        ),
        Mistake(
            "You cut `padding` places in all.",
            "`padding` at each end.",
            lambda size, kernel, stride, padding: (
                lambda counts: counts[padding // 2 : len(counts) - (padding - padding // 2)]
            )(_overlaps(size, kernel, stride)),
        ),
        Mistake(
            "You cut the inputs, not the output.",
            "All inputs stamp; then places are cut off the output's ends.",
            lambda size, kernel, stride, padding: _overlaps(
                max(size - 2 * padding, 1), kernel, stride
            ),
        ),
        Mistake(
            "You gave the sum.",
            "Give a count for each place.",
            lambda *given: sum(_overlaps(*given)),
        ),
        *carried(_UNPADDED_MISTAKES, into=_cut),
    ),
    draw=_stamps_on_a_line,
    without=("stamps",),
)

# --------------------------------------------------------------------- grouped


def _grouped_with(channels_of):
    """An answer; `channels_of` gives the input channels that a filter reads."""

    def answer(x, weight, groups):
        maps = [
            sum(
                ops.cross_correlate2d(x[channel], part)
                for channel, part in zip(
                    channels_of(f, len(weight), len(x), groups), kernels, strict=True
                )
            )
            for f, kernels in enumerate(weight)
        ]
        return np.array(maps)

    return answer


def _block(number, channels, groups):
    size = channels // groups
    return range(number * size, (number + 1) * size)


def _of_group(f, filters, channels, groups):
    return _block(f // (filters // groups), channels, groups)


def _last_alone(weight):
    """The same weights, but only the last channel of each filter is not 0."""
    kept = np.zeros_like(weight)
    kept[:, -1] = weight[:, -1]
    return kept


def _groups(draw):
    groups, own, per = draw.count(1, 3), draw.count(1, 2), draw.count(1, 2)
    rows, columns = draw.pair(1, 2)
    x = draw.array(groups * own, rows + draw.count(0, 3), columns + draw.count(0, 3))
    return x, draw.array(groups * per, own, rows, columns), groups


def _group_by_group(x, weight, groups):
    filters, own, high, wide = weight.shape
    out = np.zeros((filters, x.shape[1] - high + 1, x.shape[2] - wide + 1))
    for f in range(filters):
        group = f // (filters // groups)
        for c in range(own):
            out[f] += ops.cross_correlate2d(x[group * own + c], weight[f, c])
    return out


grouped = Check(
    "grouped",
    _group_by_group,
    (
        (_numbers(2, 3, 3), _numbers(2, 1, 2, 2), 2),
        (_numbers(4, 3, 4), _numbers(6, 2, 2, 2) / 2, 2),
        (_numbers(6, 4, 3), _numbers(3, 2, 1, 2), 3),
        (_numbers(3, 3, 4), _numbers(2, 3, 2, 2), 1),
    ),
    (
        Mistake(
            "All filters read the first group of channels.",
            "Filter f belongs to group f // (filters // groups), and reads that group's channels.",
            _grouped_with(lambda f, filters, channels, groups: _block(0, channels, groups)),
        ),
        Mistake(
            "Your filters are dealt out to the groups by turns.",
            "The first filters / groups of them belong to the first group.",
            _grouped_with(
                lambda f, filters, channels, groups: _block(f % groups, channels, groups)
            ),
        ),
        Mistake(
            "Your channels are dealt out to the groups by turns.",
            "The first channels / groups of them are the first group: neighbours stay together.",
            _grouped_with(
                lambda f, filters, channels, groups: range(channels)[
                    f // (filters // groups) :: groups
                ]
            ),
        ),
        Mistake(
            "Each filter reads its weights for every channel of the input.",
            "A filter of a group sees channels / groups channels only.",
            lambda x, weight, groups: ops.conv2d(x[None], np.tile(weight, (1, groups, 1, 1)))[0],
        ),
        Mistake(
            "Only the last channel of each group counts.",
            "A filter adds up what it finds in all channels of its group: += and not =.",
            lambda x, weight, groups: _grouped_with(_of_group)(x, _last_alone(weight), groups),
        ),
        Mistake(
            "Your kernels are flipped.",
            "As everywhere in the course, a kernel is laid down as it is.",
            lambda x, weight, groups: _grouped_with(_of_group)(x, weight[..., ::-1, ::-1], groups),
        ),
        Mistake(
            "Your output holds whole numbers only.",
            "np.zeros(..., int), or zeros_like of whole numbers, cuts fractions off.",
            lambda x, weight, groups: np.trunc(_grouped_with(_of_group)(x, weight, groups)),
        ),
        Mistake(
            "Your groups run backwards.",
            "The first filters read the first channels.",
            _grouped_with(
                lambda f, filters, channels, groups: _block(
                    groups - 1 - f // (filters // groups), channels, groups
                )
            ),
        ),
        Mistake(
            "Filter f belongs to group f // (filters // groups).",
            "You divided f by the number of groups.",
            lambda x, weight, groups: _grouped_with(
                lambda f, filters, channels, g: _block(min(f // g, g - 1), channels, g)
            )(x, weight, groups),
        ),
        Mistake(
            "You took the mean of the channels.",
            "They are added.",
            lambda x, weight, groups: _group_by_group(x, weight, groups) / weight.shape[1],
        ),
        Mistake(
            "Only the first channel of each group counts.",
            "A filter adds up what it finds in all channels of its group.",
            lambda x, weight, groups: _group_by_group(
                x[:: len(x) // groups], weight[:, :1], groups
            ),
        ),
        Mistake(
            "The groups are added into one.",
            "The maps of the groups stand one behind the other.",
            lambda x, weight, groups: (
                _group_by_group(x, weight, groups)
                .reshape(
                    groups, -1, x.shape[1] - weight.shape[2] + 1, x.shape[2] - weight.shape[3] + 1
                )
                .sum(axis=0)
            ),
        ),
        Mistake(
            "The groups have an axis of their own.",
            "The maps of the groups stand one behind the other.",
            lambda x, weight, groups: _group_by_group(x, weight, groups).reshape(
                groups, -1, x.shape[1] - weight.shape[2] + 1, x.shape[2] - weight.shape[3] + 1
            ),
        ),
    ),
    draw=_groups,
    without=("conv2d",),
)

# ------------------------------------------------------------------------ cost


def _widths(draw):
    return draw.count(1, 20), draw.count(1, 30), draw.count(1, 7)


cost = Check(
    "cost",
    lambda channels, filters, kernel: (
        kernel**2 * channels * filters,
        kernel**2 * channels,
        channels * filters,
    ),
    ((256, 256, 3), (3, 32, 3), (64, 128, 5), (16, 8, 7)),
    (
        Mistake(
            "You count the depthwise layer as a full one.",
            "It has one kernel for each channel, and no filter reads a second channel.",
            lambda c, f, k: (k**2 * c * f, k**2 * c * c, c * f),
        ),
        Mistake(
            "Your depthwise layer has one kernel in all.",
            "Each channel has a kernel of its own.",
            lambda c, f, k: (k**2 * c * f, k**2, c * f),
        ),
        Mistake(
            "Your depthwise layer already has all filters.",
            "It keeps the number of channels; the 1 x 1 layer makes the filters of them.",
            lambda c, f, k: (k**2 * c * f, k**2 * f, c * f),
        ),
        Mistake(
            "Your pointwise layer has the whole kernel.",
            "It is a 1 x 1 convolution.",
            lambda c, f, k: (k**2 * c * f, k**2 * c, k**2 * c * f),
        ),
        Mistake(
            "Your pointwise layer reads one channel a filter.",
            "Each of its filters reads all channels: that is what mixes them.",
            lambda c, f, k: (k**2 * c * f, k**2 * c, f),
        ),
        Mistake(
            "The last two are swapped.",
            "First the depthwise layer, then the 1 x 1 layer.",
            lambda c, f, k: (k**2 * c * f, c * f, k**2 * c),
        ),
        Mistake(
            "The third number is the sum of both layers.",
            "Give each layer by itself.",
            lambda c, f, k: (k**2 * c * f, k**2 * c, k**2 * c + c * f),
        ),
        Mistake(
            "You added biases.",
            "Count weights only.",
            lambda c, f, k: (k**2 * c * f + f, k**2 * c + c, c * f + f),
        ),
        Mistake(
            "Your kernels have one side.",
            "A kernel of 3 x 3 has nine weights.",
            lambda c, f, k: (k * c * f, k * c, c * f),
        ),
        Mistake(
            "Your depthwise layer is a full one.",
            "It has one kernel for each channel.",
            lambda c, f, k: (k**2 * c * f, k**2 * c * f, c * f),
        ),
        Mistake(
            "You gave the saving.",
            "Give the three counts.",
            lambda c, f, k: (k**2 * c * f, k**2 * c + c * f, (k**2 * c + c * f) / (k**2 * c * f)),
        ),
        Mistake(
            "The three are in another order.",
            "The whole, the depthwise layer, the pointwise one.",
            lambda c, f, k: (k**2 * c, c * f, k**2 * c * f),
        ),
        Mistake(
            "The first is the sum of the other two.",
            "That is the split layer; a whole convolution multiplies.",
            lambda channels, filters, kernel: (
                kernel**2 * channels + channels * filters,
                kernel**2 * channels,
                channels * filters,
            ),
        ),
        Mistake(
            "You added channels and filters.",
            "Each filter reads each channel: multiply.",
            lambda channels, filters, kernel: (
                kernel**2 * (channels + filters),
                kernel**2 * channels,
                channels + filters,
            ),
        ),
    ),
    draw=_widths,
    without=("convolution_parameters",),
)

# --------------------------------------------------------------- pixel_shuffle


def _shuffled_with(order):
    """An answer: the axes (C, r, r, H, W) in another order."""

    def answer(x, r):
        channels, rows, columns = x.shape
        parts = x.reshape(channels // r**2, r, r, rows, columns).transpose(order)
        return parts.reshape(channels // r**2, r * rows, r * columns)

    return answer


def _channels_last(x, r):
    channels, rows, columns = x.shape
    parts = x.reshape(r, r, channels // r**2, rows, columns).transpose(2, 3, 0, 4, 1)
    return parts.reshape(channels // r**2, r * rows, r * columns)


def _maps_to_shuffle(draw):
    r = draw.count(1, 4)
    return draw.array(draw.count(1, 2) * r * r, *draw.pair(1, 3)), r


def _pixel_shuffle(x, r):
    channels, rows, columns = x.shape
    out = np.zeros((channels // r**2, r * rows, r * columns))
    for c in range(channels // r**2):
        for a in range(r):
            for b in range(r):
                for i in range(rows):
                    for j in range(columns):
                        out[c, i * r + a, j * r + b] = x[c * r**2 + a * r + b, i, j]
    return out


pixel_shuffle = Check(
    "pixel_shuffle",
    _pixel_shuffle,
    (
        (np.arange(8).reshape(4, 1, 2), 2),
        (np.arange(48).reshape(8, 2, 3), 2),
        (np.arange(54).reshape(9, 3, 2), 3),
        (np.linspace(-1, 1.2, 12).reshape(4, 1, 3), 2),
    ),
    (
        Mistake(
            "Your output holds whole numbers only.",
            "np.zeros makes floats unless you tell it otherwise: leave dtype=int out.",
            lambda x, r: ops.pixel_shuffle(x[None], r)[0].astype(int),
        ),
        Mistake(
            "You only reshape: neighbours in memory are no neighbours in the picture.",
            "Give r · r channels axes of their own, bring each beside rows and columns, then join.",
            _shuffled_with((0, 1, 2, 3, 4)),
        ),
        Mistake(
            "Rows and columns of the small blocks are swapped.",
            "The second channel goes to the right of the first, not below it.",
            _shuffled_with((0, 3, 2, 4, 1)),
        ),
        Mistake(
            "Your blocks lie side by side as whole maps.",
            "Each pixel becomes a block: its r · r numbers stay together.",
            _shuffled_with((0, 1, 3, 2, 4)),
        ),
        Mistake(
            "Your blocks run backwards.",
            "The first of the r · r channels is the upper left number of its block.",
            lambda x, r: _shuffled_with((0, 3, 1, 4, 2))(
                x.reshape(-1, r * r, *x.shape[1:])[:, ::-1].reshape(x.shape), r
            ),
        ),
        Mistake(
            "You repeat one channel of each group.",
            "Each of the r · r channels gives one number to every block.",
            lambda x, r: x[:: r * r].repeat(r, axis=1).repeat(r, axis=2),
        ),
        Mistake(
            "You took the channels of one block r · r places apart.",
            "The r · r channels of an output channel follow each other.",
            _channels_last,
        ),
    ),
    draw=_maps_to_shuffle,
    without=(
        "pixel_shuffle",
        "PixelShuffle",
    ),
)

# ------------------------------------------------------------------ statements

statements = true_or_false(
    "statements",
    ("false", "true", "false", "true", "false", "true"),
    (
        (
            "fewer weights are not less work.",
            "Count the products of the first three diagrams of section 1.",
        ),
        (
            "each place has its own window in both cases.",
            "Compare unshared and tiled when t is at least as large as the output, both ways.",
        ),
        (
            "a transposed convolution gives back the size, not the numbers.",
            "Look at what comes back in section 3.",
        ),
        (
            "3 x 3 with stride 2 leaves places with one, two and four stamps.",
            "Set the kernel and the stride in TransposedStepper.",
        ),
        ("a field may have gaps.", "Set all three dilations in DilationLab to 2."),
        (
            "such a kernel is a column times a row.",
            "Multiply the column 1, 2, 1 and the row -1, 0, 1.",
        ),
    ),
)

# ------------------------------------------------------------------ wide_stack

FIELD, LAYERS = 41, 4


def _three_wide(dilations):
    return [(3, int(dilation)) for dilation in dilations]


def _width(dilations):
    return _field(_three_wide(dilations))


def _rows_seen(dilations):
    return len(_reach(_three_wide(dilations)))


wide_stack = Design(
    "wide_stack",
    (
        Condition(
            "it is a list of whole numbers from 1",
            lambda dilations: (
                isinstance(dilations, (list, tuple, np.ndarray))
                and len(dilations) > 0
                and all(np.ndim(d) == 0 and 1 <= d <= 1000 and d == int(d) for d in dilations)
            ),
            "Write the dilations alone, like [1, 2, 5].",
        ),
        Condition(
            f"it has at most {LAYERS} layers",
            lambda dilations: len(dilations) <= LAYERS,
            lambda dilations: f"There are {len(dilations)}.",
        ),
        Condition(
            f"a cell's field is at least {FIELD} x {FIELD} pixels",
            lambda dilations: _width(dilations) >= FIELD,
            lambda dilations: f"It is {_width(dilations)} x {_width(dilations)}.",
        ),
        Condition(
            "a cell sees every pixel of its field",
            lambda dilations: _rows_seen(dilations) == _width(dilations),
            lambda dilations: (
                f"It sees {_rows_seen(dilations)} of {_width(dilations)} rows. "
                "Sorted by size, none may be larger than 1 + 2 · (the sum of those before)."
            ),
        ),
    ),
    (
        ("each as far as the ones before reach", [1, 3, 9, 7], ""),
        ("the widest there is", [1, 3, 9, 27], ""),
        ("in another order", (9, 1, 7, 3), ""),
        ("as an array", np.array([1.0, 3.0, 9.0, 27.0]), ""),
        ("tuples of layers", [(3, 1, 1, 1)] * 4, "it is a list of whole numbers from 1"),
        ("too many layers", [1, 2, 4, 8, 16], "it has at most 4 layers"),
        ("dilations that double", [1, 2, 4, 8], "a cell's field is at least 41 x 41 pixels"),
        ("all large", [5, 5, 5, 5], "a cell sees every pixel of its field"),
        ("a jump too far", [1, 2, 8, 16], "a cell sees every pixel of its field"),
    ),
)
