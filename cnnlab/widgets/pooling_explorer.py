"""Pool a small image: which number wins, what is kept, and what one pixel of shift does."""

import numpy as np

from cnnlab.ops import avg_pool2d, max_pool2d, shift2d
from cnnlab.scene import Cell, Grid, Link, Row, Scene, Span, format_shape
from cnnlab.widgets.controls import Choice, Held, Slider, numbers
from cnnlab.widgets.explorer import Explorer

__all__ = ["PoolingExplorer"]

MAX, MEAN = "max", "average"
MOST_CELLS = 12
EXAMPLE = np.array(
    [
        [5, 2, 3, 4, 0, 1],
        [2, 1, 0, 1, 6, 2],
        [3, 7, 9, 5, 1, 0],
        [1, 4, 1, 8, 2, 3],
        [0, 2, 6, 1, 4, 4],
        [3, 1, 0, 2, 7, 5],
    ]
)
EXAMPLE.flags.writeable = False


class PoolingExplorer(Explorer):
    """Max and average pooling, before and after a shift of the image.

    Left: the image and its pooled map. Right: the image moved on a circle, and
    its map. Point at a pooled cell to see its window; in max pooling the number
    that won is framed. Every number of the image can be edited.

    Parameters
    ----------
    image : array_like, shape (H, W), optional
        At most 12 x 12 numbers.
    kind : {"max", "average"}, optional
    size, stride : int, optional
        Of the window; a stride below the size makes windows overlap.
    right : int, optional
        Pixels by which the second image is moved to the right.

    Raises
    ------
    ValueError
        If the image is no small grid of finite numbers.

    Examples
    --------
    >>> scene = PoolingExplorer([[5, 2, 3, 4], [2, 1, 0, 1], [3, 7, 9, 5], [1, 4, 1, 8]]).current
    >>> scene.panels["output"].values.tolist()
    [[5, 4], [7, 9]]
    >>> scene.arithmetic(Cell("output", 1, 1))
    'pooled[1, 1] = max(9, 5, 1, 8) = 9'
    """

    kind = Choice((MAX, MEAN), label="pooling", buttons=True)
    size = Slider(1, 6, 2, "size")
    stride = Slider(1, 6, 2, "stride")
    right = Slider(0, 5, 1, "move right")
    image = Held(EXAMPLE, read=numbers(2, most=MOST_CELLS))
    edits = {"input": "image"}

    @staticmethod
    def ranges(image):
        return {"size": (1, min(image.shape))}

    @staticmethod
    def scene(kind, size, stride, right, image):
        """Image and pooled map, twice; see the class."""
        pool = max_pool2d if kind == MAX else avg_pool2d
        moved = shift2d(image, 0, right, mode="circular")
        before, after = pool(image, size, stride), pool(moved, size, stride)
        body = Row(
            _line("input", "output", ("image", "pooled"), image, before, editable=True),
            _line("moved", "of_moved", ("moved image", "pooled"), moved, after),
        )
        window = {"step": (stride, stride), "count": (size, size)}
        how = "max" if kind == MAX else "mean"
        changed = int((~np.isclose(before, after)).sum())
        used = ((before.shape[0] - 1) * stride + size, (before.shape[1] - 1) * stride + size)
        lost = "" if used == image.shape else f" Windows end at {used[0]} x {used[1]}."
        return Scene(
            "Each window leaves one number",
            body,
            links=(
                Link("output", (Span("input", **window),), how),
                Link("of_moved", (Span("moved", **window),), how),
            ),
            focus=Cell("output", 0, 0),
            note=f"{image.size} numbers become {before.size}.{lost} "
            f"Moving the image by {right} changes {changed} of {after.size} pooled numbers.",
        )


def _line(source, target, titles, image, pooled, editable=False):
    return Row(
        Grid(
            name=source, values=image, title=titles[0], role="input", width=164, height=164,
            caption=format_shape(image.shape), editable=editable,
        ),
        "→",
        Grid(
            name=target, values=pooled, title=titles[1], role="output", width=164, height=164,
            caption=format_shape(pooled.shape),
        ),
    )  # fmt: skip
