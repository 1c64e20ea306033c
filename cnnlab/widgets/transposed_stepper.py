"""A transposed convolution, stamp by stamp: each input number puts down the kernel."""

from itertools import product

import numpy as np

from cnnlab.geometry import stamps, transposed_output_size
from cnnlab.ops import bilinear_kernel, conv_transpose2d
from cnnlab.scene import Cell, Column, Grid, Link, Mark, Row, Scene, Table, format_shape
from cnnlab.widgets.controls import OWN, Choice, Held, Slider, functions, numbers
from cnnlab.widgets.explorer import Explorer

__all__ = ["TransposedStepper"]

KERNELS = {
    "3x3, all different": np.arange(1, 10).reshape(3, 3),
    "2x2 of ones": np.ones((2, 2), dtype=int),
    "3x3 of ones": np.ones((3, 3), dtype=int),
    "4x4 of ones": np.ones((4, 4), dtype=int),
    "4x4, bilinear": bilinear_kernel(4),
}
MOST = 4  # rows and columns of the input and of the kernel
HEAT = 9  # overlaps from which on the colours do not change


class TransposedStepper(Explorer):
    """Stamps on an output, one for each input number; where they overlap they add up.

    Point at an input cell to see where its stamp falls, at an output cell to see who is
    added there, at a kernel entry to see where it comes to lie. On the right, how many
    stamps reach each place. What padding cuts off is tinted.

    Parameters
    ----------
    image : array_like, shape (H, W), optional
        The input, at most 4 x 4 numbers.
    own : array_like, shape (KH, KW), optional
        A kernel of your own, at most 4 x 4 numbers.
    transpose : callable, optional
        Your own ``transpose(image, kernel, stride)``, which returns all that was
        stamped; it is shown with padding 0 and all stamps at once.
    kernel : str, optional
        One of the ready kernels, or your own.
    stride, padding, output_padding : int, optional
    step : int, optional
        How many stamps were put down.

    Raises
    ------
    ValueError
        If an array is too large or no numbers, or a setting is out of its range.

    References
    ----------
    Dumoulin and Visin, 2016, arXiv:1603.07285, section 4. Odena, Dumoulin and Olah,
    2016, doi:10.23915/distill.00003.

    Examples
    --------
    >>> stepper = TransposedStepper([[1, 2]], [[1, 1, 1]], stride=2, step=2)
    >>> stepper.current.panels["output"].values.tolist()
    [[1, 1, 3, 2, 2]]
    >>> stepper.current.arithmetic(Cell("output", 0, 2))
    'stamped[0, 2] = 1×1 + 2×1 = 3'
    """

    image = Held([[1, 2, 3], [4, 5, 6]], read=numbers(2, most=MOST))
    own = Held(
        np.array([[1, 2], [3, 4]]), read=numbers(2, most=MOST), choice="kernel",
        ready=KERNELS.get,
    )  # fmt: skip
    transpose = Held(read=functions("transpose(image, kernel, stride)"))
    kernel = Choice((*KERNELS, OWN), label="kernel")
    stride = Slider(1, 3, 2, width=230)
    padding = Slider(0, 2, 0, width=230)
    output_padding = Slider(0, 2, 0, "output padding", width=260)
    step = Slider(0, MOST**2, 6, "stamps", play=True)
    control_rows = (("kernel", "step"), ("stride", "padding", "output_padding"))
    edits = {"input": "image", "kernel": "own"}

    @staticmethod
    def ranges(image, stride):
        return {"output_padding": (0, stride - 1), "step": (0, image.size)}

    @staticmethod
    def unused(transpose):
        return () if transpose is None else ("step", "padding", "output_padding")

    @staticmethod
    def scene(image, own, transpose, kernel, stride, padding, output_padding, step):
        """Input, kernel, what was stamped so far, and how often; see the class."""
        if transpose is not None:
            padding, output_padding, step = 0, 0, image.size
        axes = [(n, k, stride) for n, k in zip(image.shape, own.shape, strict=True)]
        kept = [transposed_output_size(*axis, padding, output_padding) for axis in axes]
        # The sheet that is stamped, before padding is cut off.
        sheet = tuple(size + 2 * padding for size in kept)
        done = np.where(np.arange(image.size).reshape(image.shape) < step, image, 0)
        result = conv_transpose2d(done[None, None], own[None, None], stride=stride)[0, 0]
        result = np.pad(
            result, [(0, size - n) for size, n in zip(sheet, result.shape, strict=True)]
        )
        if transpose is not None:
            result = transpose(image, own, stride, shape=sheet)
        # Along each axis: for each place of the sheet, the (input, kernel) places there.
        reached = [
            [*stamps(*axis), *[[]] * output_padding] for axis in axes
        ]  # fmt: skip
        inputs, entries = _places(reached, image.shape[1], step)
        counts = np.array([[len(found) for found in line] for line in inputs])
        columns = image.shape[1]
        last = divmod(max(step - 1, 0), columns)
        marks = [] if not step else [
            Mark("input", *last), Mark("output", *(stride * n for n in last), *own.shape),
        ]  # fmt: skip
        return Scene(
            "Each input number stamps the kernel; where stamps overlap, they add up",
            Row(
                Column(
                    Grid(name="input", title="input", role="input", values=image, editable=True,
                         width=150, height=140, caption=format_shape(image.shape)),
                    Grid(name="kernel", title="kernel", role="kernel", values=own, editable=True,
                         width=150, height=140, caption=format_shape(own.shape)),
                ),
                "→",
                Grid(name="output", title="stamped", role="output", values=result,
                     width=320, height=324, caption=_cut(sheet, kept, padding)),
                Grid(name="counts", title="stamps at each place", role="plain", values=counts,
                     colors="heat", limits=(0, HEAT), width=200, height=324),
            ),
            links=(
                Link("output", (Table("input", inputs), Table("kernel", entries)),
                     computed="your function" if transpose is not None else ""),
                Link("counts", (Table("input", inputs),), how="field"),
            ),
            marks=(*marks, *_edges("output", sheet, padding), *_edges("counts", sheet, padding)),
            focus=Cell("output", *(min(stride * n + k // 2, size - 1) for n, k, size in
                                   zip(last, own.shape, sheet, strict=True))),
            note=_told(axes, kept, padding, output_padding, step, image.size),
        )  # fmt: skip


def _places(reached, columns, step):
    """Tables of input cells and of kernel cells for each place, of the stamps put down so far."""
    inputs, entries = [], []
    for rows in reached[0]:
        lines = [], []
        for across in reached[1]:
            found = [
                ((i, j), (m, n))
                for (i, m), (j, n) in product(rows, across)
                if i * columns + j < step
            ]
            lines[0].append(tuple(cell for cell, _ in found))
            lines[1].append(tuple(entry for _, entry in found))
        inputs.append(tuple(lines[0]))
        entries.append(tuple(lines[1]))
    return tuple(inputs), tuple(entries)


def _edges(name, sheet, padding):
    """Marks on what padding cuts off."""
    if not padding:
        return ()
    rows, columns = sheet
    inner = rows - 2 * padding
    return tuple(
        Mark(name, *block, role="padding")
        for block in (
            (0, 0, padding, columns), (rows - padding, 0, padding, columns),
            (padding, 0, inner, padding), (padding, columns - padding, inner, padding),
        )
    )  # fmt: skip


def _cut(sheet, kept, padding):
    words = format_shape(sheet)
    return f"{words}, of which {format_shape(kept)} stay" if padding else words


def _told(axes, kept, padding, output_padding, step, stamps_in_all):
    """Sizes written out, and how many stamps overlap."""
    sizes = []
    for (size, kernel, stride), result in zip(axes, kept, strict=True):
        terms = f"({size} − 1)·{stride} + {kernel}"
        terms += f" − 2·{padding}" if padding else ""
        terms += f" + {output_padding}" if output_padding else ""
        sizes.append(f"{terms} = {result}")
    # In the middle of a long input the counts repeat from stride to stride.
    inner = [
        {len(found) for found in stamps(4 * kernel, kernel, stride)[kernel:-kernel]}
        for _, kernel, stride in axes
    ]
    least, most = (int(np.prod([pick(counts) for counts in inner])) for pick in (min, max))
    words = (
        f"each place gets {most} stamps" if least == most
        else f"places get {least} to {most} stamps: a checkerboard"
    )  # fmt: skip
    return (
        f"Rows: {sizes[0]}. Columns: {sizes[1]}. In the middle of a large input {words}. "
        f"{step} of {stamps_in_all} are put down."
    )
