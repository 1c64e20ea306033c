"""An MLP and a CNN on the same image: parameters, outputs and arithmetic."""

import numpy as np

from cnnlab.geometry import (
    Count,
    convolution_macs,
    convolution_parameters,
    dense_macs,
    dense_parameters,
    output_size,
)
from cnnlab.scene import Bars, Blocks, Cell, Column, Row, Scene, block_scales, format_shape
from cnnlab.widgets.controls import Slider, Switch
from cnnlab.widgets.explorer import Explorer

__all__ = ["ParameterCounter"]

WORDS = {
    "parameters": "parameters", "outputs": "activations", "macs": "multiply-accumulates",
}  # fmt: skip
ROLES = {"MLP": "kernel", "CNN": "output", "dense, as wide": "padding"}
BYTES = 4  # of a float32
WIDTH, HEIGHT = 330, 160
LONGEST = 10  # decades of the bars' axis: more than any setting gives


class ParameterCounter(Explorer):
    """What a hidden layer costs, fully connected or convolutional.

    On the left an MLP with one hidden layer, on the right a CNN with one
    convolutional layer, on the same image. Below, their parameters, activations
    and multiply-accumulates, and those of a fully connected layer with as many
    outputs as the convolutional one.

    Parameters
    ----------
    size, channels : int, optional
        The image: `size` rows and columns.
    hidden : int, optional
        Hidden units of the MLP.
    filters, kernel : int, optional
        The convolutional layer: stride 1, no padding.
    classes : bool, optional
        A fully connected layer with 10 outputs on top of both.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    References
    ----------
    Handout S0, MLP against CNN.

    Examples
    --------
    >>> explorer = ParameterCounter(size=32, channels=3, hidden=128, filters=32, kernel=3)
    >>> explorer.current.panels["parameters"].texts[:2]
    ('393,344 (1.6 MB)', '896 (3.6 kB)')
    """

    size = Slider(8, 64, 32, "image size", width=250)
    channels = Slider(1, 3, 3, "channels", width=210)
    hidden = Slider(1, 512, 128, "hidden units", width=270)
    filters = Slider(1, 128, 32, "filters", width=250)
    kernel = Slider(1, 7, 3, "kernel", width=210)
    classes = Switch(False, "10 classes on top")
    control_rows = (("size", "channels", "classes"), ("hidden", "filters", "kernel"))

    @staticmethod
    def scene(size, channels, hidden, filters, kernel, classes):
        """Both networks and their counts; see the class."""
        side = output_size(size, kernel)
        image, maps = (channels, size, size), (filters, side, side)
        mlp = [_dense("hidden", image, hidden)]
        cnn = [_convolution(channels, filters, kernel, side)]
        same = [_dense("as wide", image, filters * side**2)]
        if classes:
            mlp.append(_dense("classes", (hidden, 1, 1), 10))
            cnn.append(_dense("classes", maps, 10))
            same.append(_dense("classes", maps, 10))
        sizes = [[image, *(layer["size"] for layer in layers)] for layers in (mlp, cnn)]
        # One scale for both, so that what looks larger is larger.
        scales = [block_scales(s, WIDTH / len(s), HEIGHT - 40) for s in sizes]
        scales = tuple(min(pair) for pair in zip(*scales, strict=True))
        totals = [_totals(layers) for layers in (mlp, cnn, same)]
        ratio = totals[0]["parameters"] / totals[1]["parameters"]
        compare = f"{ratio:,.4g} times the" if ratio >= 1 else f"1/{1 / ratio:,.4g} of the"
        return Scene(
            "Few parameters are not few numbers",
            Column(
                Row(_blocks("mlp", "MLP", "kernel", sizes[0], mlp, scales),
                    _blocks("cnn", "CNN", "output", sizes[1], cnn, scales)),
                *(_bars(what, totals) for what in WORDS),
            ),
            focus=Cell("parameters", 1, 0),
            note=f"The MLP has {compare} parameters of the CNN. But the CNN gives "
            f"{filters * side**2:,} numbers and the MLP {hidden:,}: a fully connected layer "
            f"that gives as many needs {int(same[0]['parameters']):,} parameters.",
        )  # fmt: skip


def _dense(name, size, outputs):
    inputs = int(np.prod(size))
    return {
        "name": name, "size": (outputs, 1, 1), "outputs": Count((outputs,)),
        "parameters": dense_parameters(inputs, outputs), "macs": dense_macs(inputs, outputs),
    }  # fmt: skip


def _convolution(channels, filters, kernel, side):
    return {
        "name": "conv", "size": (filters, side, side), "outputs": Count((side, side, filters)),
        "parameters": convolution_parameters(channels, filters, kernel),
        "macs": convolution_macs(channels, filters, kernel, side),
    }  # fmt: skip


def _totals(layers):
    """The counts of all layers, each still written out."""
    return {
        what: Count(*(term for layer in layers for term in layer[what].terms)) for what in WORDS
    }


def _blocks(name, title, role, sizes, layers, scales):
    image = format_shape((*sizes[0][1:], sizes[0][0]))
    return Blocks(
        name=name, title=title, role=role, width=WIDTH, height=HEIGHT, sizes=tuple(sizes),
        values=np.array([0, *(int(layer["parameters"]) for layer in layers)]),
        labels=("image", *(layer["name"] for layer in layers)),
        texts=(image, *(_shape(layer["size"]) for layer in layers)),
        lines=(
            f"image: numbers = {Count(sizes[0])!r}",
            *(f"{layer['name']}: parameters = {layer['parameters']!r}" for layer in layers),
        ),
        roles=("input", *[role] * len(layers)), scales=scales,
    )  # fmt: skip


def _shape(size):
    channels, height, width = size
    return f"{channels}" if height == width == 1 else f"{height} x {width} x {channels}"


def _bars(what, totals):
    counts = [total[what] for total in totals]
    return Bars(
        name=what, title=f"{WORDS[what]}, tenfold a step", width=2 * WIDTH + 28, height=60,
        values=np.array(list(map(float, counts))), labels=tuple(ROLES),
        texts=tuple(f"{int(count):,}{_memory(what, count)}" for count in counts),
        lines=tuple(
            f"{name}: {WORDS[what]} = {count!r}" for name, count in zip(ROLES, counts, strict=True)
        ),
        roles=tuple(ROLES.values()), logarithmic=True, names=110, limits=(0, LONGEST),
    )  # fmt: skip


def _memory(key, count):
    """Bytes in words; arithmetic takes none."""
    if key == "macs":
        return ""
    size, unit = BYTES * count, "B"
    for larger in ("kB", "MB", "GB"):
        if size >= 1000:
            size, unit = size / 1000, larger
    return f" ({size:.2g} {unit})" if size < 10 else f" ({size:,.0f} {unit})"
