"""Windows written into a matrix, the matrix product, and the way back."""

import numpy as np

from cnnlab.geometry import output_size, windows
from cnnlab.ops import col2im, im2col, pad2d
from cnnlab.scene import Cell, Grid, Link, Mark, Row, Scene, Space, Span, Table
from cnnlab.widgets.controls import Choice, Slider
from cnnlab.widgets.explorer import Explorer

__all__ = ["Im2colView"]

THERE, BACK = "im2col and the product", "col2im: the way back"


class Im2colView(Explorer):
    """An image, its matrix of windows, and the convolution as one product.

    On the way there, each row of the matrix is one window, and the output is the
    matrix times the kernel written as a column. On the way back, a matrix of ones
    is added up where the windows came from: overlaps count.

    Parameters
    ----------
    view : str, optional
        One of the two directions.
    size, kernel, stride, padding : int, optional
    window : int, optional
        The window, and row of the matrix, that is shown.

    Raises
    ------
    ValueError
        If a setting is out of its range. A kernel that does not fit is told in
        the explorer.

    References
    ----------
    Saito, "Deep Learning from Scratch", section 7.4.

    Examples
    --------
    >>> scene = Im2colView(size=4, kernel=3).current
    >>> scene.panels["matrix"].shape
    (4, 9)
    """

    view = Choice((THERE, BACK), label="show")
    size = Slider(2, 4, 4, "size", width=230)
    kernel = Slider(2, 3, 2, "kernel", width=230)
    stride = Slider(1, 3, 1, "stride", width=230)
    padding = Slider(0, 1, 0, "padding", width=230)
    window = Slider(0, 8, 0, "window", play=True)
    control_rows = (("view", "window"), ("size", "kernel", "stride", "padding"))

    @staticmethod
    def ranges(size, kernel, stride, padding):
        return {"window": (0, output_size(size, kernel, stride, padding) ** 2 - 1)}

    @staticmethod
    def scene(view, size, kernel, stride, padding, window):
        """The chosen direction; see the class."""
        side = output_size(size, kernel, stride, padding)
        # For each row and column of the matrix: where in the padded image it comes from.
        starts = windows(size + 2 * padding, kernel, stride)
        places = tuple(
            tuple(((row, column),) for row in rows for column in columns)
            for rows in starts
            for columns in starts
        )
        if view == THERE:
            return _there(size, kernel, stride, padding, side, places, window)
        return _back(size, kernel, stride, padding, side, places, window)


def _there(size, kernel, stride, padding, side, places, window):
    image = (3 * np.arange(size)[:, None] + 7 * np.arange(size)) % 10
    weights = (np.arange(kernel**2) % 3 - 1).reshape(-1, 1)
    matrix = im2col(image[None, None], kernel, kernel, stride, padding)
    product = matrix @ weights
    row, column = divmod(window, side)
    body = Row(
        Grid(name="image", values=pad2d(image, padding), title="image", role="input",
             width=168, height=300, caption=_padded(size, padding)),
        "→",
        Grid(name="matrix", values=matrix, title="one row per window", role="input",
             width=225, height=300, caption=f"{matrix.shape[0]} x {matrix.shape[1]}"),
        "·",
        Grid(name="kernel", values=weights, title="kernel", role="kernel", width=44, height=300),
        "=",
        Grid(name="product", values=product, title="out", role="output", width=44, height=300),
        "→",
        Grid(name="output", values=product.reshape(side, side), title="output", role="output",
             width=120, height=300, caption=f"{side} x {side}"),
    )  # fmt: skip
    block = {"step": (0, 0), "count": (kernel**2, 1)}
    slide = Span("image", step=(stride, stride), count=(kernel, kernel))
    count = matrix.size
    return Scene(
        "A convolution is one matrix product",
        body,
        links=(
            Link("product", (Span("matrix", step=(1, 0), count=(1, kernel**2)),
                             Span("kernel", **block))),
            Link("output", (slide, Span("kernel", **block))),
            Link("matrix", (Table("image", places),), how="copy"),
        ),
        marks=(
            Mark("image", row * stride, column * stride, kernel, kernel),
            Mark("output", row, column),
        ),
        focus=Cell("product", window, 0),
        note=f"The image has {size**2} numbers, the matrix {count}: "
        f"{count / size**2:.3g} times as many.",
    )  # fmt: skip


def _back(size, kernel, stride, padding, side, places, window):
    matrix = np.ones((side**2, kernel**2))
    pixels = col2im(matrix, (1, 1, size, size), kernel, kernel, stride, padding)[0, 0]
    sums = pad2d(pixels, padding)
    wide = size + 2 * padding
    inside = range(padding, padding + size)
    came_from = [[[] for _ in range(wide)] for _ in range(wide)]
    for p, k in np.ndindex(matrix.shape):
        row, column = places[p][k][0]
        if row in inside and column in inside:  # what fell on the padding is cut off
            came_from[row][column].append((p, k))
    row, column = divmod(window, side)
    body = Row(
        Grid(name="matrix", values=matrix, title="a matrix of ones", role="input", width=225,
             height=300, caption=f"{matrix.shape[0]} x {matrix.shape[1]}"),
        "→",
        Grid(name="sums", values=sums, title="added up where they came from", role="output",
             colors="heat", limits=(0, 9), width=250, height=300, caption=_padded(size, padding)),
        Space(200, 300),
    )  # fmt: skip
    lost = sum(not ways for line in came_from[padding : padding + size]
               for ways in line[padding : padding + size])  # fmt: skip
    return Scene(
        "col2im adds: it is the transpose of im2col, not its inverse",
        body,
        links=(Link("sums", (Table("matrix", tuple(map(tuple, came_from))),), how="sum"),),
        marks=(
            Mark("sums", row * stride, column * stride, kernel, kernel),
            Mark("matrix", window, 0, 1, kernel**2),
        ),
        focus=Cell("sums", wide // 2, wide // 2),
        note=f"Each number says in how many windows its pixel is, from {int(pixels.min())} to "
        f"{int(pixels.max())}." + (f" {lost} pixels are in none." if lost else ""),
    )


def _padded(size, padding):
    wide = size + 2 * padding
    return f"{size} x {size}" + (f", padded to {wide} x {wide}" if padding else "")
