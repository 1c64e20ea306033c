"""Convolutions and fully connected layers: products, and their sum."""

from dataclasses import dataclass

import numpy as np

from cnnlab.inside.view import (
    LARGE,
    LARGEST,
    MAP,
    WINDOW,
    View,
    bias_of,
    cell_of,
    grid_of,
    look,
    numbers,
    picture_of,
    result_of,
)
from cnnlab.scene import Cell, Column, Link, Row, Space, Span, format_number
from cnnlab.scene.layout import GAP, SIGN

__all__ = ["convolution", "convolution_number", "dense"]

SHOWN = 3  # channels that are shown one by one; the others stand together


@dataclass(frozen=True, eq=False)
class _Products:
    """A convolution's output for one filter, channel by channel.

    Attributes
    ----------
    channels : list of int
        Those of the input that the filter reads, the strongest first.
    maps : dict of int to numpy.ndarray
        What each of them adds.
    """

    x: np.ndarray
    weight: np.ndarray
    bias: float
    window: tuple
    channels: list
    maps: dict
    total: np.ndarray

    @property
    def shown(self):
        few = len(self.channels) <= SHOWN + 1
        return sorted(self.channels) if few else self.channels[:SHOWN]

    @property
    def rest(self):
        """What the others add together, or None."""
        others = self.channels[len(self.shown) :]
        return sum(self.maps[c] for c in others) if others else None


def _products(node, channel):
    from torch.nn.functional import conv2d

    x, weight, bias, stride, padding, dilation, _, _, groups = node.step.inputs
    own = weight.shape[1]  # channels that one filter reads
    first = channel // (weight.shape[0] // groups) * own
    part, kernels = x[:1, first : first + own].float(), weight[channel].float()
    maps = numbers(conv2d(part, kernels[:, None], None, stride, padding, dilation, groups=own)[0])
    strength = np.abs(maps).sum(axis=(1, 2))
    order = np.argsort(-strength, kind="stable")
    return _Products(
        x=numbers(x[0]), weight=numbers(kernels), bias=bias_of(bias, channel),
        window=(stride, padding, dilation), channels=[first + int(c) for c in order],
        maps={first + c: maps[c] for c in range(own)}, total=numbers(node.step.output[0, channel]),
    )  # fmt: skip


def _window(name, found, kernel):
    """The window of a cell of the output in a channel of the input."""
    stride, padding, dilation = found.window
    return Span(
        name, start=tuple(-int(p) for p in padding), step=tuple(map(int, stride)),
        count=kernel, spread=tuple(map(int, dilation)),
    )  # fmt: skip


def convolution(record, place, channel):
    """Every input map, its kernel, what it adds; their sum with the bias."""
    node = record.nodes[place]
    found = _products(node, channel)
    kernel = found.weight.shape[1:]
    first = min(found.channels)
    rows, links, windows, parts = [], [], [], []
    for c in found.shown:
        given, weights, product = f"input {c}", f"kernel {c}", f"product {c}"
        rows.append(Row(
            picture_of(given, found.x[c], given, "input"), "⋆",
            grid_of(weights, found.weight[c - first], "kernel", "kernel", MAP,
                  **look(found.weight)),
            "=",
            picture_of(product, found.maps[c], product, "plain", **look(found.total)),
        ))  # fmt: skip
        windows.append(_window(given, found, kernel))
        flat = Span(weights, step=(0, 0), count=kernel)
        links.append(Link(product, (windows[-1], flat), how="dot"))
        parts.append(Span(product))
    if found.rest is not None:
        count = len(found.channels) - len(found.shown)
        others = picture_of("others", found.rest, f"other {count}, added", "plain",
                          **look(found.total))  # fmt: skip
        rows.append(Row(Space(2 * (MAP + SIGN) - GAP, MAP), others))
        parts.append(Span("others"))
    after = _after(record, place)
    size = LARGEST if after is None else LARGE
    total = picture_of("sum", found.total, f"sum + bias: map {channel}", "output", size,
                     pickable=True, **look(found.total))  # fmt: skip
    bias = cell_of("bias", found.bias, "bias", "kernel")
    links.append(Link("sum", (*parts, Span("bias", step=(0, 0))), how="sum", also=tuple(windows)))
    right = [total, bias]
    if after is not None:
        active = picture_of("after", numbers(after.values[0, channel]), f"after {after.kind}",
                          "output", LARGE)  # fmt: skip
        right = [Row(total, "→", active), bias]
        links.append(Link("after", (Span("sum"),), how="field", also=tuple(windows)))
    high, wide = found.total.shape
    note = (
        f"Map {channel} of {node.name}: {len(found.channels)} input "
        f"map{'s' if len(found.channels) > 1 else ''}, each with its own kernel of "
        f"{kernel[0]} x {kernel[1]}; their products are added, and the bias of "
        f"{format_number(found.bias, 3)}."
    )
    if found.rest is not None:
        note += f" The {len(found.shown)} that add most are shown one by one."
    return View(Row(Column(*rows), "→", Column(*right)), note, tuple(links),
                Cell("sum", high // 2, wide // 2))  # fmt: skip


def _after(record, place):
    """The activation that follows a layer, if nothing else does."""
    node = record.nodes[place]
    fed = [end for start, end in record.edges if start == place]
    if len(fed) != 1 or record.nodes[fed[0]].values is None:
        return None
    after = record.nodes[fed[0]]
    alone = after.kind in ACTIVE and after.shape == node.shape and len(record.feeds(fed[0])) == 1
    return after if alone else None


ACTIVE = {"ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "LeakyReLU", "ELU", "Hardswish", "ReLU6"}


def convolution_number(record, place, channel, row, column):
    """The numbers of a window times those of the kernel, channel by channel."""
    node = record.nodes[place]
    found = _products(node, channel)
    kernel, first = found.weight.shape[1:], min(found.channels)
    (sr, sc), (pr, pc), (dr, dc) = (tuple(map(int, part)) for part in found.window)
    rows, links, parts = [], [], []
    for c in found.shown:
        window = np.zeros(kernel, dtype=np.float64)
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                a, b = row * sr - pr + i * dr, column * sc - pc + j * dc
                if 0 <= a < found.x.shape[1] and 0 <= b < found.x.shape[2]:
                    window[i, j] = found.x[c, a, b]
        weights = found.weight[c - first].astype(np.float64)
        size = WINDOW
        names = f"window {c}", f"kernel {c}", f"products {c}", f"input {c}"
        rows.append(Row(
            grid_of(names[0], window, f"window, input {c}", "input", size, **look(found.x)), "×",
            grid_of(names[1], weights, "kernel", "kernel", size, **look(found.weight)), "=",
            grid_of(names[2], window * weights, "products", "plain", size,
                  **look(window * weights)), "→",
            cell_of(names[3], float((window * weights).sum()), f"input {c}", "plain"),
        ))  # fmt: skip
        links.append(Link(names[2], (Span(names[0]), Span(names[1])), how="dot"))
        links.append(Link(names[3], (Span(names[2], step=(0, 0), count=kernel),), how="sum"))
        parts.append(Span(names[3], step=(0, 0)))
    right = []
    if found.rest is not None:
        count = len(found.channels) - len(found.shown)
        right.append(cell_of("others", float(found.rest[row, column]), f"other {count}", "plain"))
        parts.append(Span("others", step=(0, 0)))
    right.append(cell_of("bias", found.bias, "bias", "kernel"))
    parts.append(Span("bias", step=(0, 0)))
    value = float(found.total[row, column])
    right.append(result_of(node, value, channel, row, column))
    links.append(Link("number", tuple(parts), how="sum"))
    note = (
        f"{kernel[0] * kernel[1] * len(found.channels)} products, one for each number of the "
        f"window in each of {len(found.channels)} input maps; their sum and the bias are "
        f"{format_number(value, 3)}."
    )
    if pr or pc:
        note += " What lies beyond the border is 0."
    return View(Row(Column(*rows), "→", Column(*right)), note, tuple(links), Cell("number", 0, 0))


# ---------------------------------------------------------------- fully connected


def _layers(node):
    """Input, weights and bias of a fully connected layer: (N,), (F, N), (F,)."""
    parts = node.step.inputs
    if node.step.operation == "mm":
        x, weight, bias = parts[0], parts[1], None
    else:
        bias, x, weight = parts[:3]
    return numbers(x[0]), numbers(weight).T, None if bias is None else numbers(bias)


def _shape_of(count):
    """Rows and columns for so many numbers in reading order, as square as it goes."""
    rows = max(r for r in range(1, int(count**0.5) + 1) if count % r == 0)
    return (rows, count // rows) if count // rows <= 16 * rows else (1, count)


def dense(record, place, unit):
    node = record.nodes[place]
    x, weights, bias = _layers(node)
    shape = _shape_of(len(x))
    shift = float(bias[unit]) if bias is not None else 0.0
    products = x * weights[unit]
    value = float(node.step.output[0, unit])
    size = 192
    body = Row(
        picture_of("input", x.reshape(shape), f"{len(x)} inputs", "input", size), "×",
        picture_of("weights", weights[unit].reshape(shape), f"weights of unit {unit}", "kernel",
                 size), "=",
        picture_of("products", products.reshape(shape), "products", "plain", size),
        "→", Column(cell_of("bias", shift, "bias", "kernel"),
                    result_of(node, value, unit)),
    )  # fmt: skip
    links = [Link("products", (Span("input"), Span("weights")), how="dot")]
    links.append(Link("number", (Span("products", step=(0, 0), count=shape), Span("bias")),
                      how="sum"))  # fmt: skip
    note = (
        f"Each unit of {node.name} has a weight for every input. {len(x)} products and the bias "
        f"give {format_number(value, 3)}. (Laid out in {shape[0]} rows to be seen; the layer knows "
        "no rows.)"
    )
    return View(body, note, tuple(links), Cell("number", 0, 0))
