"""Two networks side by side, their layers drawn to scale."""

from functools import cache
from typing import NamedTuple

import numpy as np

from cnnlab.arguments import short
from cnnlab.scene import Bars, Blocks, Cell, Column, Scene, block_scales, format_shape
from cnnlab.scene.layout import SKIPS
from cnnlab.widgets.controls import OWN, Choice, Held, Slider, Switch
from cnnlab.widgets.explorer import Explorer
from cnnlab.widgets.flow import SIGNS, volume, without_passing

__all__ = ["ArchitectureExplorer"]

PHOTO = (3, 224, 224)
# What can be chosen: how it is made, and what it takes.
ZOO = {
    "LeNet-5": ("lenet5", {}, (1, 28, 28)),
    "AlexNet": ("alexnet", {}, PHOTO),
    "AlexNet, 227": ("alexnet", {"variant": "handout"}, (3, 227, 227)),
    "VGG-11": ("vgg11", {}, PHOTO),
    "VGG-16": ("vgg16", {}, PHOTO),
    "VGG-19": ("vgg19", {}, PHOTO),
    "network in network": ("network_in_network", {}, (3, 32, 32)),
    "GoogLeNet": ("googlenet", {}, PHOTO),
    "ResNet-18": ("resnet18", {}, PHOTO),
    "ResNet-34": ("resnet34", {}, PHOTO),
    "ResNet-50": ("resnet50", {}, PHOTO),
    "ResNet-152": ("resnet152", {}, PHOTO),
    "ResNet-20 (CIFAR)": ("resnet_cifar", {"n": 3}, (3, 32, 32)),
    "DenseNet-121": ("densenet121", {}, PHOTO),
}
WIDTH, HEIGHT, SHOWN = 740, 160, 12
COUNTS = ("parameters", "activations", "MACs")


def _own_table(name, value):
    from cnnlab.tables import LayerTable

    if not isinstance(value, LayerTable):
        raise ValueError(
            f"{name} is {short(value)}, but it must be a table of layer_table(model, input_shape)."
        )
    return value


class ArchitectureExplorer(Explorer):
    """The layers of two networks, drawn to scale, and their totals.

    Point at a box: its parameters and multiply-accumulates are written out. Arrows tell
    what feeds what: one that skips layers goes below them. Layers that work in place
    (activation, normalization, dropout) are not drawn.

    Parameters
    ----------
    model : torch.nn.Module, optional
        Your own; it is shown as the first network.
    input_shape : tuple of int, optional
        What it takes, without the batch.
    table : cnnlab.tables.LayerTable, optional
        Your model's layers, if they are counted already.
    first, second : str, optional
        Networks by name.
    layers, others : int, optional
        Where the shown layers of the first and of the second begin.
    same : bool, optional
        One scale for both.

    Raises
    ------
    ValueError
        If the model cannot be counted, see :func:`cnnlab.tables.layer_table`.

    References
    ----------
    The papers that :mod:`cnnlab.models` names.

    Examples
    --------
    >>> explorer = ArchitectureExplorer(first="AlexNet", second="VGG-16")
    >>> explorer.current.panels["totals"].texts[:2]
    ('61,100,840', '138,357,544')
    """

    first = Choice((*ZOO, OWN), value="VGG-16", label="above")
    second = Choice((*ZOO, OWN), value="AlexNet", label="below")
    layers = Slider(1, 1, 1, "from layer", width=230)
    others = Slider(1, 1, 1, "from layer", width=230)
    same = Switch(True, "one scale for both")
    table = Held(read=_own_table, choice="first")
    control_rows = (("first", "layers", "same"), ("second", "others"))

    def __init__(self, model=None, input_shape=None, **settings):
        if model is not None:
            from cnnlab.tables import layer_table

            settings["table"] = layer_table(model, input_shape)
        super().__init__(**settings)

    @staticmethod
    def ranges(first, second, table):
        return {name: (1, _last_start(_drawn(_table(choice, table))[0]))
                for name, choice in (("layers", first), ("others", second))}  # fmt: skip

    @staticmethod
    def scene(first, second, layers, others, same, table):
        """Both networks and their totals; see the class."""
        names = (first, second)
        tables = [_table(name, table) for name in names]
        drawn = [_drawn(found) for found in tables]
        slot = WIDTH / SHOWN
        scales = [
            block_scales([box.size for box in boxes], slot, HEIGHT - 40 - SKIPS)
            for boxes, _ in drawn
        ]
        if same:
            scales = [tuple(map(min, *scales))] * 2
        panels = [
            _blocks(panel, name, role, *network, start - 1, scale)
            for panel, name, role, network, start, scale in zip(
                ("first", "second"), names, ("kernel", "output"), drawn,
                (layers, others), scales, strict=True,
            )
        ]  # fmt: skip
        return Scene(
            "Layers drawn to scale",
            Column(*panels, _totals(names, tables)),
            focus=Cell("first", 0, min(1, panels[0].shape[1] - 1)),
            note=" ".join(
                _compared(names, tables, what, verb)
                for what, verb in (("parameters", "has"), ("MACs", "takes"))
            ),
        )


def _last_start(rows):
    """Where the last full row of boxes begins."""
    return max(len(rows) - SHOWN + 1, 1)


@cache
def _known(name):
    """The table of a network of the zoo, made without memory."""
    import torch

    from cnnlab import models
    from cnnlab.tables import layer_table

    maker, options, shape = ZOO[name]
    with torch.device("meta"):
        model = getattr(models, maker)(**options)
    return layer_table(model, shape)


def _table(name, own):
    if name != OWN:
        return _known(name)
    if own is None:
        raise ValueError("your own model is None: write ArchitectureExplorer(model, input_shape).")
    return own


class Box(NamedTuple):
    """A layer as it is drawn."""

    size: tuple
    kind: str
    text: str
    line: str


def _drawn(table):
    """Boxes of the input, of each layer with an output and of each sum, and their edges."""
    record = table.record

    def passes(node):
        if node.kind == "input" or node.kind in SIGNS:
            return False
        return node.row is None or not record.rows[node.row].activations

    kept, edges = without_passing(record, passes)
    place = {part: number for number, part in enumerate(kept)}
    boxes = []
    for part in kept:
        node = record.nodes[part]
        text = format_shape(node.shape)
        line = f"{node.name} = {text}"
        if node.row is not None:
            row = record.rows[node.row]
            seen = f"; sees {format_shape(row.receptive_field)}" if row.receptive_field else ""
            line = f"{row.name} ({row.layer}): output = {text}; {row.arithmetic}{seen}"
        boxes.append(Box(volume(node.shape), node.kind, text, line))
    return boxes, [(place[a], place[b]) for a, b in edges]


SUMS = [kind for kind in SIGNS if kind != "concatenation"]
SHORT = {"Conv2d": "conv", "Linear": "dense", "MaxPool2d": "pool", "AvgPool2d": "pool",
         "AdaptiveAvgPool2d": "average", "concatenation": "concat"}  # fmt: skip


def _blocks(panel, name, role, boxes, edges, start, scales):
    """SHOWN boxes, and the edges between them; where there are fewer layers, nothing stands."""
    shown = boxes[start : start + SHOWN]
    sizes, kinds, _, lines = zip(*shown, strict=True)
    count = sum(box.kind != "input" and box.kind not in SUMS for box in boxes)
    roles = {"input": "input"} | dict.fromkeys(SUMS, "window")
    return Blocks(
        name=panel, title=f"{name}: {count} layers with outputs", role=role,
        width=WIDTH * len(shown) / SHOWN, height=HEIGHT, sizes=sizes, scales=scales,
        values=np.array([np.prod(size) for size in sizes], dtype=float),
        labels=tuple(SHORT.get(kind, SIGNS.get(kind, kind))[:7] for kind in kinds),
        texts=tuple(map(_brief, sizes)), lines=lines,
        roles=tuple(roles.get(kind, role) for kind in kinds),
        edges=tuple((a - start, b - start) for a, b in edges
                    if start <= a and b < start + len(shown)),
    )  # fmt: skip


def _brief(size):
    """A shape in few letters: 64·56² for 64 maps of 56 x 56."""
    channels, rows, columns = size
    if rows == columns:
        return f"{channels}·{rows}²" if rows > 1 else f"{channels}"
    return f"{channels}·{rows}·{columns}"[:10]


def _totals(names, tables):
    """Each count as a share of the larger of the two."""
    shares, labels, texts, lines = [], [], [], []
    for what in COUNTS:
        counts = [getattr(table, f"total_{what.lower()}") for table in tables]
        for name, count in zip(names, counts, strict=True):
            shares.append(count / max(*counts, 1))
            labels.append(f"{what}, {name}")
            texts.append(f"{count:,}")
            lines.append(f"{name}: {what} = {count:,}")
    return Bars(
        name="totals", title="totals, each pair on its own scale", width=WIDTH, height=126,
        values=np.array(shares), labels=tuple(labels), texts=tuple(texts), lines=tuple(lines),
        roles=("kernel", "output") * len(COUNTS), names=200, limits=(0, 1),
    )  # fmt: skip


def _compared(names, tables, what, verb):
    """The larger in terms of the smaller."""
    counts = [getattr(table, f"total_{what.lower()}") for table in tables]
    small, large = sorted(zip(counts, names, strict=True), key=lambda pair: pair[0])
    if not small[0] or small[0] == large[0]:
        return f"{large[1]} {verb} {large[0]:,} {what}, {small[1]} {small[0]:,}."
    return f"{large[1]} {verb} {large[0] / small[0]:,.3g} times the {what} of {small[1]}."
