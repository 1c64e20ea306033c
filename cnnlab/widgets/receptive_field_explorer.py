"""What a cell deep in a network sees of the image, and how much of it counts."""

from functools import cache

import numpy as np

from cnnlab.data import sample_image, to_gray
from cnnlab.geometry import Window, paths, receptive_field
from cnnlab.ops import as_numbers
from cnnlab.scene import Cell, Column, Grid, Link, Picture, Row, Scene, Space, Span
from cnnlab.widgets.controls import Choice, Held, Slider
from cnnlab.widgets.explorer import Explorer

__all__ = ["ReceptiveFieldExplorer"]

SIDE = 24
OWN = "your own (click a number)"
# Five layers, of which the first ones are shown.
STACKS = {
    "3x3, again and again": [Window(3)] * 5,
    "one 7x7, then 1x1": [Window(7), *[Window(1)] * 4],
    "stride 2 each time": [Window(3, stride=2, padding=1)] * 5,
    "dilation 1, 2, 4, 8": [Window(3, padding=d, dilation=d) for d in (1, 2, 4, 8, 1)],
    "conv and pool, as LeNet": [*[Window(5), Window(2, stride=2)] * 2, Window(3)],
}
EQUAL, RANDOM = "all equal", "random"
COUNTS = 0.1  # of the largest gradient; below it a pixel hardly counts
DEEPEST = 5
LIMITS = {"kernel": (1, 9), "stride": (1, 4), "pad": (0, 16), "dilation": (1, 16)}


def _stack(name, value, fill=True):
    """Rows (kernel, stride, padding, dilation) of five layers, the last ones 1 x 1."""
    rows = as_numbers(name, value, 2)
    if rows.shape[1] != 4 or not 1 <= len(rows) <= DEEPEST:
        raise ValueError(
            f"{name} has shape {rows.shape}, but it must have one to five rows (kernel, "
            "stride, padding, dilation)."
        )
    for row in rows:
        for (what, (low, high)), number in zip(LIMITS.items(), row, strict=True):
            if not low <= number <= high or number != int(number):
                raise ValueError(
                    f"{what} is {number:g}, but it must be a whole number from {low} to {high}."
                )
    last = [Window(1)] * (DEEPEST - len(rows)) if fill else []
    return np.array([*rows, *last], dtype=int)


class ReceptiveFieldExplorer(Explorer):
    """The receptive field of every cell in a stack of layers.

    Point at a cell of any layer: the outlines show what it can depend on in every
    layer before and in the image, and the right picture how strongly it does.

    Parameters
    ----------
    stack : str, optional
        One of the ready stacks, or the one held in `layers`.
    depth : int, optional
        How many of its layers are shown.
    weights : {"all equal", "random"}, optional
        For equal weights the gradient of a cell to a pixel counts the paths
        between them; for independent random ones its root mean square is the
        square root of that count.
    layers : array_like, shape (5, 4), optional
        Kernel, stride, padding and dilation of each layer of your own stack.

    Raises
    ------
    ValueError
        If a setting is out of its range. A kernel that does not fit is told in
        the explorer.

    References
    ----------
    Araujo, Norris and Sim, 2019, doi:10.23915/distill.00021. Luo, Li, Urtasun and
    Zemel, 2016, arXiv:1701.04128.

    Examples
    --------
    >>> explorer = ReceptiveFieldExplorer(stack="3x3, again and again", depth=3)
    >>> explorer.current.note.split(": ")[0]
    'A cell of layer 3 sees 7 x 7 pixels'
    """

    stack = Choice((*STACKS, OWN), label="stack")
    depth = Slider(1, 5, 3, "layers", width=220)
    weights = Choice((EQUAL, RANDOM), label="weights", buttons=True)
    layers = Held(
        STACKS["3x3, again and again"], read=_stack, choice="stack", own=OWN,
        ready=lambda name: np.array(STACKS[name]),
    )  # fmt: skip

    def _wanted(self, given):
        if "layers" in given:  # show all of them
            given = {"depth": len(_stack("layers", given["layers"], fill=False))} | given
        return super()._wanted(given)

    def edited(self, panel, row, column, value):
        """A number of the table: the stack becomes the student's own, as deep as before."""
        rows = np.array(self._shown(panel), dtype=float)
        rows[row, column] = value
        self.set(layers=rows, depth=self.depth)

    @staticmethod
    def scene(stack, depth, weights, layers):
        """Image, gradient and the maps of each layer; see the class."""
        chosen = [Window(*row) for row in layers[:depth].tolist()]
        image = _small_image()
        field = receptive_field(chosen)[-1]
        panels, links, profiles = [], [], {}
        for number in range(1, len(chosen) + 1):
            ways = np.array(paths(SIDE, chosen[:number]), dtype=float)
            scale = np.prod([kernel for kernel, *_ in chosen[:number]])
            values = ways @ image @ ways.T / scale**2
            name = f"layer {number}"
            panels.append(
                Picture(name=name, title=name, role="output", values=values, limits=(0, 1),
                        width=118, height=118, caption=f"{len(ways)} x {len(ways)}")
            )  # fmt: skip
            links.append(Link(name, _spans(chosen, number), how="field"))
            strength = ways if weights == EQUAL else np.sqrt(ways)
            strength = strength / np.maximum(strength.max(axis=1, keepdims=True), 1)
            profiles[name] = (strength, strength)
        last, middle = panels[-1].name, len(ways) // 2
        gradient = np.outer(strength[middle], strength[middle])
        seen = int((gradient > 0)[gradient >= COUNTS * gradient.max()].sum())
        table = Grid(name="layers", title="layer", values=np.array(chosen), role="kernel",
                     width=184, height=230, editable=True, heads=tuple(LIMITS))  # fmt: skip
        return Scene(
            "What one cell sees",
            Column(
                Row(table,
                    Picture(name="image", title="image", role="input", values=image,
                            width=230, height=230, caption=f"{SIDE} x {SIDE}"),
                    Picture(name="gradient", title="gradient, share of its peak", role="window",
                            values=gradient, profiles=profiles, colors="heat", limits=(0, 1),
                            width=230, height=230)),
                Row(*panels, *[Space(118, 118)] * (5 - depth)),
            ),
            links=tuple(links),
            focus=Cell(last, middle, middle),
            note=f"A cell of layer {depth} sees {field.size} x {field.size} pixels: "
            f"1 + {_written(chosen)} = {field.size}. {_lost(field, middle)}"
            f"For the middle cell {seen} pixels have at least a tenth of the largest gradient.",
        )  # fmt: skip


@cache
def _small_image():
    """The sample photograph, averaged down to SIDE x SIDE."""
    gray = to_gray(sample_image("camera"))
    block = min(gray.shape) // SIDE
    gray = gray[: SIDE * block, : SIDE * block]
    return gray.reshape(SIDE, block, SIDE, block).mean(axis=(1, 3))


def _spans(layers, number):
    """What a cell of layer `number` sees in the image and in each layer between."""
    spans = []
    for first in range(number):
        field = receptive_field(layers[first:number])[-1]
        spans.append(
            Span(
                f"layer {first}" if first else "image",
                start=(field.start,) * 2, step=(field.stride,) * 2, count=(field.size,) * 2,
            )
        )  # fmt: skip
    return tuple(spans)


def _written(layers):
    """The sum that gives the field: (kernel - 1) · dilation · the strides before."""
    terms, step = [], 1
    for kernel, stride, _, dilation in layers:
        factors = [kernel - 1] + [n for n in (dilation, step) if n > 1]
        terms.append("·".join(map(str, factors)))
        step *= stride
    return " + ".join(terms)


def _lost(field, middle):
    """A word where the middle cell's field reaches beyond the image."""
    first = field.start + field.stride * middle
    inside = min(first + field.size, SIDE) - max(first, 0)
    return "" if inside == field.size else f"{inside} x {inside} of them lie in the image. "
