"""What is drawn of series, bars, blocks, graphs and boxes: shapes that both renderers know.

A shape has a place in pixels and an ink: a role, "text", "quiet", "line" or
"background" of the theme, or "hue 0.25", a place on its circle of hues. Grids and
pictures are drawn by each renderer itself, since they live under the hand.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cnnlab.scene.layout import BELOW, BLOCK, SKIPS, block, block_scales, words_below
from cnnlab.scene.numbers import format_number
from cnnlab.scene.vocabulary import HUE

__all__ = ["Image", "Line", "Polygon", "Rectangle", "Text", "shapes_of"]

NARROW = 44  # pixels for a block, below which its words have no room
BEND = 8  # points of a curve between two bends of an edge
HEAD = 6  # pixels of an arrow's head
LABEL = 16  # pixels of the height of a box's label


class Rectangle(NamedTuple):
    """Filled with an opacity, and framed by a line of a width (0: none) in pixels."""

    x: float
    y: float
    width: float
    height: float
    ink: str
    fill: float = 1.0
    line: float = 0.0
    radius: float = 0.0


class Polygon(NamedTuple):
    """Filled with an opacity, and framed by a line of a width (0: none) in pixels."""

    points: tuple
    ink: str
    fill: float = 1.0
    line: float = 0.0


class Line(NamedTuple):
    """Through points, of a width in pixels."""

    points: tuple
    ink: str
    line: float = 1.0


class Text(NamedTuple):
    """At the middle of its height."""

    x: float
    y: float
    text: str
    size: float
    ink: str = "text"
    align: str = "center"
    weight: int = 400


class Image(NamedTuple):
    """Numbers in the colours of a map, or (H, W, 3) as they are."""

    x: float
    y: float
    width: float
    height: float
    values: np.ndarray
    colors: str
    limits: tuple


def shapes_of(spot):
    """The shapes of a panel; none for a grid or a picture.

    Parameters
    ----------
    spot : cnnlab.scene.layout.Placed

    Returns
    -------
    list of shapes
        In the order in which they are drawn.

    Examples
    --------
    >>> from cnnlab.scene import Scene, Series
    >>> spots, _, _ = Scene("t", Series(name="s", values=np.arange(3.0))).layout()
    >>> [type(shape).__name__ for shape in shapes_of(spots[0])][:3]
    ['Line', 'Line', 'Rectangle']
    """
    return list(DRAWN.get(spot.panel.kind, lambda spot: ())(spot))


def _series(spot):
    panel = spot.panel
    xs, ys, zero = spot.points()
    yield Line(((spot.x, zero), (spot.x + spot.width, zero)), "line")
    if panel.style == "line":
        yield Line(tuple(zip(xs, ys, strict=True)), panel.role, 2)
    for number, (x, y, value) in enumerate(zip(xs, ys, panel.values, strict=True)):
        if panel.style == "stem":
            yield Line(((x, zero), (x, y)), panel.role, 1.5)
        if not spot.labelled:
            continue
        yield Rectangle(x - 3.5, y - 3.5, 7, 7, panel.role, radius=3.5)
        yield Text(x, y + (-10 if value >= 0 else 10), format_number(value, panel.digits), 11)
        yield Text(x, spot.y + spot.height - 7, str(panel.first + number), 10.5, "quiet")


def _bars(spot):
    panel = spot.panel
    for (x, y, width, height), label, text, role in zip(
        spot.bars(), panel.labels, panel.texts, panel.roles, strict=True
    ):
        middle = y + height / 2 + 1
        yield Text(x - 8, middle, label, 12, align="right")
        yield Rectangle(x, y, width, height, role)
        yield Text(x + width + 6, middle, text, 12, align="left")


def _blocks(spot):
    panel = spot.panel
    slot = spot.width / panel.shape[1]
    for number, box in enumerate(spot.boxes()):
        yield from _box(*box, panel.roles[number])
        if slot >= NARROW:
            middle = spot.x + slot * (number + 0.5)
            yield Text(middle, spot.y + 8, panel.labels[number], 12)
            below = spot.y + spot.height - 7 - (SKIPS if panel.edges else 0)
            yield Text(middle, below, panel.texts[number], 11.5, "quiet")
    yield from _edges(spot)


def _edges(spot):
    """Arrows from block to block: short ones at their feet, and below those that skip some."""
    panel, boxes = spot.panel, spot.boxes()
    slot, depth = spot.width / panel.shape[1], {}
    top = spot.y + spot.height - SKIPS + 2
    for a, b in sorted(panel.edges, key=lambda edge: edge[1] - edge[0]):
        if b == a + 1:
            (x, y, width, height, _), (end, *_) = boxes[a], boxes[b]
            foot = y + height - 5
            yield from arrow([(x + width, foot), (end - 1, foot)], "quiet", 1.2, 0.8)
            continue
        inside = [level for (c, d), level in depth.items() if c < b and d > a]
        level = depth[a, b] = max(inside, default=-1) + 1
        low = top + 8 + 7 * min(level, 3)
        start, end = (spot.x + slot * (place + 0.5) + shift for place, shift in ((a, 5), (b, -5)))
        yield Line(((start, top), (start, low), (end, low), (end, top + 4)), "window", 1.4)
        yield Polygon(((end, top - 2), (end - 3.5, top + 4.5), (end + 3.5, top + 4.5)), "window")


def _box(x, y, width, height, slant, role, line=1):
    """Front, top and side of a box that is drawn to scale."""
    right, bottom = x + width, y + height
    yield Polygon(((x, y), (right, y), (right, bottom), (x, bottom)), role, 0.5, line)
    top = (x, y), (x + slant, y - slant), (right + slant, y - slant), (right, y)
    yield Polygon(top, role, 0.15, line)
    side = (right, y), (right + slant, y - slant), (right + slant, bottom - slant), (right, bottom)
    yield Polygon(side, role, 0.3, line)


def _graph(spot):
    panel = spot.panel
    rectangles, ways, scale = spot.graph
    for place, way in enumerate(ways):
        ink = f"{HUE}{panel.tints[place]:.3f}" if panel.tints else "quiet"
        yield from arrow(way, ink, 1.6 if panel.tints else 1.2, scale)
    scales = block_scales([n.size for n in panel.nodes if n.size] or [(1, 1, 1)], BLOCK, BLOCK)
    for place, (node, (x, y, width, height)) in enumerate(
        zip(panel.nodes, rectangles, strict=True)
    ):
        chosen = 2 if node.name == panel.chosen else 0
        if node.picture is not None:
            yield Image(x, y, width, height, node.picture, node.colors, node.limits)
            yield Rectangle(x, y, width, height, node.role, 0, 1.2 + chosen)
        elif node.size is not None:
            across, down, slant = (scale * part for part in block(node.size, scales))
            yield from _box(x, y + slant, across, down, slant, node.role, 1 + chosen)
        else:
            round_ = min(width, height) / 2 if len(node.label) <= 1 else 5 * scale
            yield Rectangle(x, y, width, height, node.role, 0.12, 1.2 + chosen, round_)
            middle = y + height / 2 + 1
            weight = 600 if chosen else 400
            yield Text(x + width / 2, middle, node.label, 12 * scale, weight=weight)
        if place + 1 < len(panel.nodes) and panel.heads[place + 1] == panel.heads[place]:
            continue  # the words of a stack stand below its last node
        node = panel.nodes[panel.heads[place]]
        for line, word in enumerate(words_below(node)):
            inside = node.picture is None and node.size is None
            ink = "quiet" if inside or line else "text"
            below = y + height + (12 + BELOW * line) * scale
            yield Text(x + width / 2, below, word, 11 * scale, ink)


def arrow(way, ink, width, scale=1.0):
    """An edge as a smooth line that leaves and arrives level, and its head."""
    points = []
    for (x1, y1), (x2, y2) in pairwise(way):
        share = np.linspace(0, 1, BEND + 1)[bool(points) :]
        rise = share if y1 == y2 else share**2 * (3 - 2 * share)
        points += zip((x1 + (x2 - x1) * share).tolist(), (y1 + (y2 - y1) * rise).tolist(),
                      strict=True)  # fmt: skip
    (x, y), head = way[-1], HEAD * scale
    yield Line(tuple(points), ink, width)
    yield Polygon(((x, y), (x - head, y - head / 2), (x - head, y + head / 2)), ink)


def _boxes(spot):
    panel = spot.panel
    for (x, y, width, height), label, text, role in zip(
        spot.cells, panel.labels, panel.texts, panel.roles, strict=True
    ):
        yield Rectangle(x, y, width, height, role, 0.08, 2)
        words = f"{label} {text}".strip()
        if words:
            # On a label of its own, to be read on any photograph: above the box, or inside
            # it where the picture ends.
            top = y - LABEL if y - LABEL >= spot.y else y
            yield Rectangle(x - 1, top, 7 * len(words) + 8, LABEL, role)
            yield Text(x + 3, top + LABEL / 2 + 1, words, 11.5, "background", "left", 600)


DRAWN = {
    "series": _series, "bars": _bars, "blocks": _blocks, "graph": _graph, "boxes": _boxes,
}  # fmt: skip
