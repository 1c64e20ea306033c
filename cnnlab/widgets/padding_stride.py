"""Where a kernel stops: input, windows and output for any size, padding, stride and dilation."""

import numpy as np

from cnnlab.geometry import coverage, effective_kernel, output_size
from cnnlab.ops import cross_correlate2d, pad2d
from cnnlab.scene import Cell, Grid, Link, Mark, Row, Scene, Span, format_shape
from cnnlab.widgets.controls import Slider
from cnnlab.widgets.explorer import Explorer

__all__ = ["PaddingStride"]

NARROW = 178
AXES = ("height", "width")


class PaddingStride(Explorer):
    """The windows of a kernel on a padded input, and how often each pixel is in one.

    Each axis has its own size, kernel, padding, stride and dilation. Padding is
    tinted; what no window visits is hatched. The kernel is all ones, so each
    output is the sum of its window: point at one to see which cells it adds.

    Parameters
    ----------
    size_h, size_w : int, optional
        Rows and columns of the input, 1 to 12.
    kernel_h, kernel_w : int, optional
        Of the kernel, 1 to 5.
    padding_h, padding_w : int, optional
        Zeros on each side, 0 to 3.
    stride_h, stride_w, dilation_h, dilation_w : int, optional
    step : int, optional
        The window that is shown, counted row by row.

    Raises
    ------
    ValueError
        If a setting is out of its range. A kernel that does not fit is told in
        the explorer.

    References
    ----------
    Dumoulin and Visin, 2016, arXiv:1603.07285.

    Examples
    --------
    >>> scene = PaddingStride(size_h=7, size_w=7, stride_h=3, stride_w=3).current
    >>> scene.panels["output"].shape
    (2, 2)
    >>> scene.note.split(". ")[1]
    'No window visits row 6 and column 6.'
    """

    size_h = Slider(1, 12, 7, "size H", width=NARROW)
    kernel_h = Slider(1, 5, 3, "kernel H", width=NARROW)
    padding_h = Slider(0, 3, 0, "padding H", width=NARROW)
    stride_h = Slider(1, 4, 1, "stride H", width=NARROW)
    dilation_h = Slider(1, 3, 1, "dilation H", width=NARROW)
    size_w = Slider(1, 12, 7, "size W", width=NARROW)
    kernel_w = Slider(1, 5, 3, "kernel W", width=NARROW)
    padding_w = Slider(0, 3, 0, "padding W", width=NARROW)
    stride_w = Slider(1, 4, 1, "stride W", width=NARROW)
    dilation_w = Slider(1, 3, 1, "dilation W", width=NARROW)
    step = Slider(0, 24, 0, "window", play=True)

    control_rows = (
        ("size_h", "kernel_h", "padding_h", "stride_h", "dilation_h"),
        ("size_w", "kernel_w", "padding_w", "stride_w", "dilation_w"),
        ("step",),
    )

    @staticmethod
    def ranges(
        size_h, kernel_h, padding_h, stride_h, dilation_h,
        size_w, kernel_w, padding_w, stride_w, dilation_w,
    ):  # fmt: skip
        rows = output_size(size_h, kernel_h, stride_h, padding_h, dilation_h)
        columns = output_size(size_w, kernel_w, stride_w, padding_w, dilation_w)
        return {"step": (0, rows * columns - 1)}

    @staticmethod
    def scene(
        size_h, kernel_h, padding_h, stride_h, dilation_h,
        size_w, kernel_w, padding_w, stride_w, dilation_w, step,
    ):  # fmt: skip
        """Input, output and coverage; see the class."""
        axes = (
            (size_h, kernel_h, stride_h, padding_h, dilation_h),
            (size_w, kernel_w, stride_w, padding_w, dilation_w),
        )
        sizes = tuple(_output_size(name, numbers) for name, numbers in zip(AXES, axes, strict=True))
        kernels, strides, paddings, dilations = zip(*(axis[1:] for axis in axes), strict=True)
        # Digits that differ from their neighbours, so that a wrong window shows.
        image = (3 * np.arange(size_h)[:, None] + 7 * np.arange(size_w)) % 10
        padded = pad2d(image, paddings)
        result = cross_correlate2d(image, np.ones(kernels, dtype=int), strides, paddings, dilations)
        counts = [coverage(*axis) for axis in axes]
        most = max(counts[0]) * max(counts[1])
        body = Row(
            Grid(
                name="padded", values=padded, title="input, with its padding", role="input",
                width=292, height=292,
                caption=format_shape(image.shape) + _padded_to(image, padded),
            ),
            Grid(
                name="output", values=result, title="output", role="output", width=196,
                height=292, caption=format_shape(sizes),
            ),
            Grid(
                name="coverage", values=np.outer(*counts), title="windows per pixel",
                role="plain", colors="heat", limits=(0, max(9, most)),
                width=196, height=292,
                caption=f"{counts[0][0] * counts[1][0]} in the corner, {most} at most",
            ),
        )  # fmt: skip
        window = Span("padded", step=strides, count=kernels, spread=dilations)
        here = Link("coverage", (Span("padded", start=paddings),), how="copy")
        row, column = divmod(step, sizes[1])
        return Scene(
            "Where the kernel fits, and what it never sees",
            body,
            links=(Link("output", (window,), how="sum"), here),
            marks=tuple(_marks(image.shape, paddings, counts)),
            focus=Cell("output", row, column),
            note=_note(axes, sizes, counts),
        )


def _output_size(name, numbers):
    try:
        return output_size(*numbers)
    except ValueError as error:
        raise ValueError(f"Along the {name}: {error}") from None


def _marks(shape, paddings, counts):
    """The four strips of padding, and the rows and columns that no window visits."""
    (rows, columns), (top, left) = shape, paddings
    for place in (0, rows + top) if top else ():
        yield Mark("padded", place, 0, top, columns + 2 * left, "padding")
    for place in (0, columns + left) if left else ():
        yield Mark("padded", top, place, rows, left, "padding")
    for row in _unvisited(counts[0]):
        yield Mark("padded", top + row, left, 1, columns, "unvisited")
        yield Mark("coverage", row, 0, 1, columns, "unvisited")
    for column in _unvisited(counts[1]):
        yield Mark("padded", top, left + column, rows, 1, "unvisited")
        yield Mark("coverage", 0, column, rows, 1, "unvisited")


def _unvisited(counts):
    return [place for place, count in enumerate(counts) if count == 0]


def _note(axes, sizes, counts):
    formulas = "; ".join(
        f"{letter}: floor(({size} + 2×{padding} − {effective_kernel(kernel, dilation)}) / {stride})"
        f" + 1 = {out}"
        for letter, (size, kernel, stride, padding, dilation), out in zip(
            "HW", axes, sizes, strict=True
        )
    )
    lost = " and ".join(
        f"{word}{'s' if len(places) > 1 else ''} {', '.join(map(str, places))}"
        for word, places in zip(("row", "column"), map(_unvisited, counts), strict=True)
        if places
    )
    told = f"No window visits {lost}." if lost else "Every pixel is in a window."
    spans = [effective_kernel(kernel, dilation) for _, kernel, _, _, dilation in axes]
    if spans != [axis[1] for axis in axes]:
        told += f" With its gaps the kernel spans {format_shape(spans)}."
    return f"{formulas}. {told}"


def _padded_to(image, padded):
    return "" if image.shape == padded.shape else f", padded to {format_shape(padded.shape)}"
