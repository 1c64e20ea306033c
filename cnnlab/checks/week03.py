"""Checks of week 3: padding, stride and dilation."""

import math

import numpy as np

from cnnlab import geometry, ops
from cnnlab.checks.check import Check
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake

__all__ = [
    "coverage2d",
    "cross_correlate2d",
    "handout_formula",
    "output_shape",
    "output_size",
    "same_padding",
    "stack",
    "unvisited",
]

_random = np.random.default_rng(3)

# ----------------------------------------------------------------- output_size

_SIZES = (
    # size, kernel, stride, padding, dilation
    (7, 3, 1, 0, 1),
    (7, 3, 3, 0, 1),
    (224, 11, 4, 2, 1),
    (28, 5, 2, 2, 1),
    (12, 3, 2, 1, 3),
    (10, 4, 3, 1, 2),
    (9, 2, 4, 0, 2),
)


def _share(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1


def _axis(draw):
    """(size, kernel, stride, padding, dilation) where the kernel fits at least once."""
    kernel, dilation, padding = draw.count(1, 5), draw.count(1, 3), draw.count(0, 3)
    least = max(dilation * (kernel - 1) + 1 - 2 * padding, 1)
    return least + draw.count(0, 9), kernel, draw.count(1, 4), padding, dilation


output_size = Check(
    "output_size",
    geometry.output_size,
    _SIZES,
    (
        Mistake(
            "There is no floor.",
            "Where the stride does not divide, the rest is cut off: // or math.floor.",
            _share,
        ),
        Mistake(
            "You round to the nearest whole number.",
            "A window that does not fit wholly is left out: always down.",
            lambda *numbers: round(_share(*numbers)),
        ),
        Mistake(
            "You round up.",
            "A window that does not fit wholly is left out: down, not up.",
            lambda *numbers: math.ceil(_share(*numbers)),
        ),
        Mistake(
            "You forgot the + 1.",
            "The division counts the steps; the first window stands before any step.",
            lambda *numbers: math.floor(_share(*numbers)) - 1,
        ),
        Mistake(
            "The padding is counted once.",
            "It is added at both ends: 2 * padding.",
            lambda size, kernel, stride, padding, dilation: math.floor(
                _share(size, kernel, stride, padding / 2, dilation)
            ),
        ),
        Mistake(
            "The dilation is ignored.",
            "A kernel with gaps spans kernel + (kernel - 1) * (dilation - 1) positions.",
            lambda size, kernel, stride, padding, dilation: math.floor(
                _share(size, kernel, stride, padding, 1)
            ),
        ),
        Mistake(
            "You took kernel * dilation for the span.",
            "There is no gap after the last entry: dilation * (kernel - 1) + 1.",
            lambda size, kernel, stride, padding, dilation: (
                (size + 2 * padding - kernel * dilation) // stride + 1
            ),
        ),
        Mistake(
            "The + 1 is inside the division.",
            "First divide and floor, then add 1.",
            lambda size, kernel, stride, padding, dilation: (
                (size + 2 * padding - dilation * (kernel - 1)) // stride
            ),
        ),
        Mistake(
            "You took kernel + dilation - 1 for the span.",
            "Between all entries there is a gap: dilation * (kernel - 1) + 1.",
            lambda size, kernel, stride, padding, dilation: (
                (size + 2 * padding - kernel - dilation + 1) // stride + 1
            ),
        ),
        Mistake(
            "You took kernel + (kernel - 1) * dilation for the span.",
            "dilation * (kernel - 1) + 1: a dilation of 1 has no gaps.",
            lambda size, kernel, stride, padding, dilation: (
                (size + 2 * padding - kernel - (kernel - 1) * dilation) // stride + 1
            ),
        ),
        Mistake(
            "That is the size after a transposed convolution.",
            "A convolution makes it smaller.",
            lambda size, kernel, stride, padding, dilation: (
                (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
            ),
        ),
        Mistake(
            "The dilated kernel is one too short in your answer.",
            "It spans dilation * (kernel - 1) + 1.",
            lambda size, kernel, stride, padding, dilation: (
                (size + 2 * padding - dilation * (kernel - 1)) // stride + 1
            ),
        ),
        Mistake(
            "You subtracted the padding.",
            "It makes the axis longer: size + 2 * padding.",
            lambda size, kernel, stride, padding, dilation: (
                (size - 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
            ),
        ),
    ),
    draw=_axis,
    without=("output_size",),
)

# ---------------------------------------------------------------- output_shape


def _output_shape(image, kernel, stride, padding):
    return tuple(
        geometry.output_size(*axis) for axis in zip(image, kernel, stride, padding, strict=True)
    )


def _two_axes(draw):
    """Pairs (for rows, for columns) of image, kernel, stride and padding."""
    axes = [_axis(draw) for _ in range(2)]
    grown = ((size + kernel * dilation, *rest) for size, kernel, *rest, dilation in axes)
    image, stride, padding = zip(*grown, strict=True)
    return image, tuple(axis[1] for axis in axes), stride, padding


output_shape = Check(
    "output_shape",
    _output_shape,
    (
        ((32, 24), (5, 3), (2, 1), (2, 1)),
        ((9, 14), (2, 4), (1, 3), (0, 1)),
        ((227, 227), (11, 11), (4, 4), (0, 0)),
    ),
    (
        Mistake(
            "Height and width changed places.",
            "Every pair is (for rows, for columns), the result too.",
            lambda *pairs: _output_shape(*pairs)[::-1],
        ),
        Mistake(
            "The row's stride serves both axes.",
            "stride[1] belongs to the columns.",
            lambda image, kernel, stride, padding: _output_shape(
                image, kernel, (stride[0],) * 2, padding
            ),
        ),
        Mistake(
            "The stride acts on the rows only.",
            "Divide along the columns too.",
            lambda image, kernel, stride, padding: _output_shape(
                image, kernel, (stride[0], 1), padding
            ),
        ),
        Mistake(
            "The row's padding serves both axes.",
            "padding[1] belongs to the columns.",
            lambda image, kernel, stride, padding: _output_shape(
                image, kernel, stride, (padding[0],) * 2
            ),
        ),
        Mistake(
            "The floor is missing.",
            "Where the stride does not divide, the rest is cut off: // and not /.",
            lambda image, kernel, stride, padding: tuple(
                (i + 2 * p - k) / s + 1
                for i, k, s, p in zip(image, kernel, stride, padding, strict=True)
            ),
        ),
        Mistake(
            "The padding is counted once.",
            "It is added on both sides: 2 * padding.",
            lambda image, kernel, stride, padding: tuple(
                (i + p - k) // s + 1
                for i, k, s, p in zip(image, kernel, stride, padding, strict=True)
            ),
        ),
        Mistake(
            "The kernel is taken for a square.",
            "kernel[1] belongs to the columns.",
            lambda image, kernel, stride, padding: _output_shape(
                image, (kernel[0],) * 2, stride, padding
            ),
        ),
        Mistake(
            "Both numbers are those of the rows.",
            "The columns have their own.",
            lambda image, kernel, stride, padding: (
                (_output_shape(image, kernel, stride, padding)[0],) * 2
            ),
        ),
        Mistake(
            "Both numbers are those of the columns.",
            "The rows have their own.",
            lambda image, kernel, stride, padding: (
                (_output_shape(image, kernel, stride, padding)[1],) * 2
            ),
        ),
        Mistake(
            "The rows' kernel, stride and padding serve for both axes.",
            "Each is a pair: the second number belongs to the columns.",
            lambda image, kernel, stride, padding: tuple(
                geometry.output_size(size, kernel[0], stride[0], padding[0])
                if size + 2 * padding[0] >= kernel[0]
                else (size + 2 * padding[0] - kernel[0]) // stride[0] + 1
                for size in image
            ),
        ),
        Mistake(
            "You added the two paddings of the pair.",
            "padding[0] is above and below, padding[1] left and right: twice one of them.",
            lambda image, kernel, stride, padding: tuple(
                (size + sum(padding) - k) // s + 1
                for size, k, s in zip(image, kernel, stride, strict=True)
            ),
        ),
    ),
    draw=_two_axes,
    needs=(output_size,),
    without=("output_shape",),
)

# ---------------------------------------------------------------- same_padding


def _odd_kernel(draw):
    return 2 * draw.count(0, 4) + 1, draw.count(1, 4)


same_padding = Check(
    "same_padding",
    lambda kernel, dilation: dilation * (kernel - 1) // 2,
    ((3, 1), (5, 1), (1, 1), (3, 2), (7, 3)),
    (
        Mistake(
            "The dilation is ignored.",
            "Half of what the kernel *spans*, less one, is missing at each end.",
            lambda kernel, dilation: (kernel - 1) // 2,
        ),
        Mistake(
            "That is full padding: the output grows.",
            "Half of it goes to each end.",
            lambda kernel, dilation: dilation * (kernel - 1),
        ),
        Mistake(
            "You took half of kernel * dilation.",
            "The kernel spans dilation * (kernel - 1) + 1 positions.",
            lambda kernel, dilation: kernel * dilation // 2,
        ),
        Mistake(
            "Your padding is one too large.",
            "A kernel of 1 needs no padding.",
            lambda kernel, dilation: (dilation * (kernel - 1) + 2) // 2,
        ),
        Mistake(
            "You took half of kernel * dilation, less one.",
            "Half of what it *spans*, less one: dilation * (kernel - 1).",
            lambda kernel, dilation: (kernel * dilation - 1) // 2,
        ),
        Mistake(
            "You added the dilation.",
            "It multiplies the gaps.",
            lambda kernel, dilation: kernel // 2 + dilation,
        ),
        Mistake(
            "You added the dilation, less one.",
            "It multiplies the gaps.",
            lambda kernel, dilation: kernel // 2 + dilation - 1,
        ),
        Mistake(
            "You took kernel + dilation - 1 for the span.",
            "dilation * (kernel - 1) + 1.",
            lambda kernel, dilation: (kernel + dilation - 1) // 2,
        ),
        Mistake(
            "You ignored the dilation, and gave both sides together.",
            "The span is dilation * (kernel - 1) + 1; half of what is over stands on each side.",
            lambda kernel, dilation: kernel - 1,
        ),
        Mistake(
            "Your padding is 1, whatever the kernel.",
            "That suits a kernel of 3 without dilation.",
            lambda kernel, dilation: 1,
        ),
        Mistake(
            "You divided by the dilation.",
            "It makes the kernel longer.",
            lambda kernel, dilation: (kernel - 1) // 2 // dilation,
        ),
        Mistake(
            "You counted the dilation's gaps once.",
            "There are kernel - 1 steps, each `dilation` long.",
            lambda kernel, dilation: (kernel - 1 + dilation - 1) // 2,
        ),
        Mistake(
            "The dilation is added, where it multiplies.",
            "There are kernel - 1 steps, each `dilation` long.",
            lambda kernel, dilation: (kernel + dilation) // 2,
        ),
    ),
    draw=_odd_kernel,
)

# ------------------------------------------------------------------ coverage2d


def _coverage2d(height, width, kernel, stride, padding):
    counts = np.zeros((height, width), dtype=int)
    down = (height + 2 * padding - kernel) // stride + 1
    right = (width + 2 * padding - kernel) // stride + 1
    for i in range(down):
        for j in range(right):
            for m in range(kernel):
                for n in range(kernel):
                    row, column = i * stride - padding + m, j * stride - padding + n
                    if 0 <= row < height and 0 <= column < width:
                        counts[row, column] += 1
    return counts


def _padded_coverage(height, width, kernel, stride, padding):
    return _coverage2d(height + 2 * padding, width + 2 * padding, kernel, stride, 0)


def _sheet_and_windows(draw):
    kernel, padding = draw.count(1, 4), draw.count(0, 1)
    height, width = (kernel + draw.count(0, 5) for _ in range(2))
    return height, width, kernel, draw.count(1, 4), min(padding, kernel - 1)


def _counted_from(starts):
    """The counts, if windows start where `starts(size, kernel, stride, padding)` says."""

    def answer(height, width, kernel, stride, padding):
        counts = []
        for size in (height, width):
            line = np.zeros(size, dtype=int)
            for start in starts(size, kernel, stride, padding):
                line[max(start, 0) : max(start + kernel, 0)] += 1
            counts.append(line)
        return np.outer(*counts)

    return answer


coverage2d = Check(
    "coverage2d",
    _coverage2d,
    ((5, 6, 3, 1, 0), (5, 7, 3, 1, 1), (7, 8, 3, 3, 0), (6, 5, 2, 3, 0)),
    (
        Mistake(
            "The stride is ignored.",
            "Windows start at 0, stride, 2 * stride, ...",
            lambda height, width, kernel, stride, padding: _coverage2d(
                height, width, kernel, 1, padding
            ),
        ),
        Mistake(
            "Your map includes the padding.",
            "Only the pixels of the image count: cut the border off again.",
            _padded_coverage,
        ),
        Mistake(
            "The padding is ignored.",
            "With padding, windows start before the first pixel.",
            lambda height, width, kernel, stride, padding: _coverage2d(
                height, width, kernel, stride, 0
            ),
        ),
        Mistake(
            "You say only whether a pixel is visited.",
            "Count the windows: add 1 for each, do not set to 1.",
            lambda *numbers: np.minimum(_coverage2d(*numbers), 1),
        ),
        Mistake(
            "You added the counts of rows and columns.",
            "Each row window meets each column window: the counts multiply.",
            lambda height, width, kernel, stride, padding: np.add.outer(
                geometry.coverage(height, kernel, stride, padding),
                geometry.coverage(width, kernel, stride, padding),
            ),
        ),
        Mistake(
            "Height and width changed places.",
            "The result has shape (height, width).",
            lambda *numbers: _coverage2d(*numbers).T,
        ),
        Mistake(
            "The last window is missing where it fits exactly.",
            "It may start at size + padding - kernel too: range ends before its second number.",
            _counted_from(lambda n, k, s, p: range(-p, n + p - k, s)),
        ),
        Mistake(
            "Your windows hang over the end.",
            "Only whole windows count.",
            _counted_from(lambda n, k, s, p: range(-p, n, s)),
        ),
        Mistake(
            "You counted along the rows only.",
            "Each window of rows meets each window of columns: multiply.",
            lambda height, width, kernel, stride, padding: np.outer(
                geometry.coverage(height, kernel, stride, padding), np.ones(width, dtype=int)
            ),
        ),
        Mistake(
            "Every pixel is seen equally often in your answer.",
            "Near the border fewer windows reach a pixel.",
            lambda height, width, kernel, stride, padding: np.full((height, width), kernel**2),
        ),
    ),
    draw=_sheet_and_windows,
    without=(
        "coverage",
        "coverage2d",
    ),
)

# ------------------------------------------------------------------- unvisited


def _unvisited(size, kernel, stride):
    windows = (size - kernel) // stride + 1
    gaps = max(stride - kernel, 0) * (windows - 1)
    return gaps + size - kernel - (windows - 1) * stride


def _line_and_windows(draw):
    kernel = draw.count(1, 5)
    return kernel + draw.count(0, 9), kernel, draw.count(1, 6)


unvisited = Check(
    "unvisited",
    _unvisited,
    ((7, 3, 3), (8, 3, 2), (10, 2, 4), (12, 3, 5), (9, 3, 1)),
    (
        Mistake(
            "You counted the rest at the end only.",
            "If the stride is longer than the kernel, gaps lie between the windows too.",
            lambda size, kernel, stride: (size - kernel) % stride,
        ),
        Mistake(
            "You counted the gaps between the windows only.",
            "The last window may end before the last position.",
            lambda size, kernel, stride: (
                max(stride - kernel, 0) * (geometry.output_size(size, kernel, stride) - 1)
            ),
        ),
        Mistake(
            "You counted the positions that are visited.",
            "Asked is how many are in no window.",
            lambda size, kernel, stride: size - _unvisited(size, kernel, stride),
        ),
        Mistake(
            "You subtracted the number of windows from the number of positions.",
            "A window visits as many positions as the kernel has entries.",
            lambda size, kernel, stride: size - geometry.output_size(size, kernel, stride),
        ),
        Mistake(
            "Your windows do not overlap.",
            "Where they do, fewer positions are visited than kernel times windows.",
            lambda size, kernel, stride: size - kernel * geometry.output_size(size, kernel, stride),
        ),
        Mistake(
            "Your windows do not overlap, or cover everything.",
            "Where they overlap something may still be left at the end.",
            lambda size, kernel, stride: max(
                size - kernel * geometry.output_size(size, kernel, stride), 0
            ),
        ),
        Mistake(
            "You counted a gap for each window.",
            "There is one gap less than windows.",
            lambda size, kernel, stride: _unvisited(size, kernel, stride) + max(stride - kernel, 0),
        ),
        Mistake(
            "The remainder of size and stride is not what is left over.",
            "Count what the last window leaves, and the gaps between windows.",
            lambda size, kernel, stride: size % stride,
        ),
        Mistake(
            "The remainder of size and kernel is not what is left over.",
            "Count what the last window leaves, and the gaps between windows.",
            lambda size, kernel, stride: size % kernel,
        ),
        Mistake(
            "You counted one gap.",
            "There is a gap between any two neighbouring windows, and perhaps a rest.",
            lambda size, kernel, stride: max(stride - kernel, 0),
        ),
        Mistake(
            "Windows that hang over the end count in your answer.",
            "A window that does not fit wholly is left out.",
            lambda size, kernel, stride: sum(1 for n in range(size) if n % stride >= kernel),
        ),
    ),
    draw=_line_and_windows,
    without=(
        "coverage",
        "visits",
    ),
)

# ----------------------------------------------------------- cross_correlate2d

# Quarters, so that an output of whole numbers only is noticed.
_IMAGES = tuple(_random.integers(1, 40, shape) / 4 for shape in ((7, 9), (8, 6)))
_KERNELS = tuple(_random.integers(-3, 4, shape).astype(float) for shape in ((3, 2), (2, 3)))


def _correlate(image, kernel, stride, padding, dilation):
    top, bottom, left, right = padding
    padded = np.pad(image, ((top, bottom), (left, right)))
    rows, columns = (
        geometry.output_size(padded.shape[axis], kernel.shape[axis], stride[axis], 0,
                             dilation[axis])
        for axis in (0, 1)
    )  # fmt: skip
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for m in range(kernel.shape[0]):
                for n in range(kernel.shape[1]):
                    row = i * stride[0] + m * dilation[0]
                    column = j * stride[1] + n * dilation[1]
                    out[i, j] += padded[row, column] * kernel[m, n]
    return out


def _with(mode="constant", **changed):
    """The reference, with some of its arguments replaced."""

    def answer(image, kernel, stride, padding, dilation):
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        options |= {name: change(options[name]) for name, change in changed.items()}
        top, bottom, left, right = options.pop("padding")
        padded = np.pad(image, ((top, bottom), (left, right)), mode=mode)
        return ops.cross_correlate2d(padded, kernel, **options)

    return answer


def _strided(draw):
    kernel, stride, dilation = draw.pair(1, 3), draw.pair(1, 3), draw.pair(1, 3)
    padding = (*draw.pair(0, 2), *draw.pair(0, 2))
    spans = (d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    rows, columns = (
        max(span - before - after, 1) + draw.count(0, 4)
        for span, before, after in zip(spans, padding[::2], padding[1::2], strict=True)
    )
    return draw.array(rows, columns), draw.array(*kernel), stride, padding, dilation


cross_correlate2d = Check(
    "cross_correlate2d",
    _correlate,
    (
        (_IMAGES[0], _KERNELS[0], (1, 1), (0, 0, 0, 0), (1, 1)),
        (_IMAGES[0], _KERNELS[0], (2, 3), (1, 0, 2, 3), (1, 1)),
        (_IMAGES[1], _KERNELS[1], (1, 2), (2, 1, 0, 1), (3, 2)),
    ),
    (
        Mistake(
            "Your output holds whole numbers only, so the decimals were cut off.",
            "Make the output with floats.",
            lambda *given: np.trunc(_correlate(*given)),
        ),
        Mistake(
            "The padding is ignored.",
            "Add `top` rows above and `bottom` below, `left` columns and `right` ones.",
            _with(padding=lambda four: (0, 0, 0, 0)),
        ),
        Mistake(
            "You took the first two numbers of `padding` for rows and columns.",
            "There are four: top, bottom, left, right.",
            _with(padding=lambda four: (four[0], four[0], four[1], four[1])),
        ),
        Mistake(
            "You padded both sides by the first number.",
            "Top and bottom have a number each, and so have left and right.",
            _with(padding=lambda four: (four[0], four[0], four[2], four[2])),
        ),
        Mistake(
            "You padded at the top and the left only.",
            "Zeros stand below and on the right too.",
            _with(padding=lambda four: (four[0], 0, four[2], 0)),
        ),
        Mistake(
            "You padded with copies of the edge.",
            "The padding is zeros.",
            _with(mode="edge"),
        ),
        Mistake(
            "You took the padding for top, left, bottom, right.",
            "The order is top, bottom, left, right.",
            _with(padding=lambda four: (four[0], four[2], four[1], four[3])),
        ),
        Mistake(
            "The padding of rows and columns changed places.",
            "padding[0] and padding[1] belong to the rows.",
            _with(padding=lambda four: four[2:] + four[:2]),
        ),
        Mistake(
            "The two sides changed places.",
            "The first number belongs to the top, the third to the left.",
            _with(padding=lambda four: (four[1], four[0], four[3], four[2])),
        ),
        Mistake(
            "The stride is ignored.",
            "Window (i, j) starts in row i * stride[0] and column j * stride[1].",
            _with(stride=lambda pair: 1),
        ),
        Mistake(
            "The strides of rows and columns changed places.",
            "stride[0] belongs to the rows.",
            _with(stride=lambda pair: pair[::-1]),
        ),
        Mistake(
            "The stride acts on the rows only.",
            "Columns have a stride of their own.",
            _with(stride=lambda pair: (pair[0], 1)),
        ),
        Mistake(
            "The dilation is ignored.",
            "Entry (m, n) of the kernel lies m * dilation[0] rows below the window's start.",
            _with(dilation=lambda pair: 1),
        ),
        Mistake(
            "The dilations of rows and columns changed places.",
            "dilation[0] belongs to the rows.",
            _with(dilation=lambda pair: pair[::-1]),
        ),
        Mistake(
            "Your kernel is flipped.",
            "Layers of deep learning do not flip.",
            lambda image, kernel, *options: _correlate(image, kernel[::-1, ::-1], *options),
        ),
    ),
    draw=_strided,
    needs=(output_size,),
    without=(
        "cross_correlate2d",
        "correlate2d",
        "convolve2d",
        "conv2d",
        "im2col",
    ),
)

# ------------------------------------------------------------- handout_formula

handout_formula = Check(
    "handout_formula",
    ("W2", "H1"),
    (),
    (
        Mistake(
            "W1 is a width too.",
            "The output's height comes from the input's height.",
            ("W2", "W1"),
        ),
        Mistake(
            "H2 is what the formula gives: it cannot stand on both sides.",
            "The output's height comes from the input's height.",
            ("W2", "H2"),
        ),
        Mistake(
            "Fh is the filter's height, and it is right there.",
            "Which symbol speaks of the width?",
            ("Fh", "Fw"),
        ),
    ),
    form='two words, like ("Fh", "P")',
)

# ----------------------------------------------------------------------- stack


def _sizes(layers):
    """Sizes after each layer, from 32."""
    sizes = [32]
    for kernel, stride, padding in layers:
        sizes.append(geometry.output_size(sizes[-1], kernel, stride, padding))
    return sizes


def _blind_layer(layers):
    """The first layer that leaves an input unvisited, in words; or nothing."""
    for number, ((kernel, stride, padding), size) in enumerate(
        zip(layers, _sizes(layers), strict=False), 1
    ):
        if 0 in geometry.coverage(size, kernel, stride, padding):
            return f"Layer {number} leaves some of its {size} inputs unvisited."
    return ""


def _field(layers):
    return geometry.receptive_field(
        [(kernel, stride, padding) for kernel, stride, padding in layers]
    )[-1].size


stack = Design(
    "stack",
    (
        Condition(
            "it is a list of two to five (kernel, stride, padding)",
            lambda layers: 2 <= len(layers) <= 5 and all(len(layer) == 3 for layer in layers),
            "Write each layer as three whole numbers.",
        ),
        Condition(
            "every kernel is at most 5",
            lambda layers: all(kernel <= 5 for kernel, _, _ in layers),
            "Small kernels, several layers: that is the point.",
        ),
        Condition(
            "it takes 32 positions to 4",
            lambda layers: _sizes(layers)[-1] == 4,
            lambda layers: f"The sizes are {_sizes(layers)}.",
        ),
        Condition(
            "no layer leaves an input unvisited",
            lambda layers: not _blind_layer(layers),
            _blind_layer,
        ),
        Condition(
            "the receptive field is at least 15",
            lambda layers: _field(layers) >= 15,
            lambda layers: f"Its receptive field is {_field(layers)}.",
        ),
    ),
    examples=(
        ("three strided layers", [(3, 2, 1), (3, 2, 1), (3, 2, 1)], ""),
        ("five layers", [(5, 1, 2), (3, 2, 1), (2, 2, 0), (5, 1, 2), (2, 2, 0)], ""),
        ("one layer", [(8, 8, 0)], "it is a list of two to five (kernel, stride, padding)"),
        ("a large kernel", [(7, 2, 3), (4, 4, 0)], "every kernel is at most 5"),
        ("too small", [(3, 2, 0), (3, 2, 0), (3, 2, 0)], "it takes 32 positions to 4"),
        ("gaps", [(2, 4, 0), (5, 1, 2), (2, 2, 0)], "no layer leaves an input unvisited"),
        ("narrow", [(2, 2, 0), (2, 2, 0), (2, 2, 0)], "the receptive field is at least 15"),
    ),
)
