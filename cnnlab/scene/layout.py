"""Where panels stand on the page, and where their cells are."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from cnnlab.arguments import number, short
from cnnlab.scene.boxes import Boxes
from cnnlab.scene.layered import levels
from cnnlab.scene.numbers import format_number
from cnnlab.scene.panels import Panel
from cnnlab.scene.vocabulary import Declared

__all__ = ["Column", "Over", "Placed", "Row", "Space", "block_scales"]

TITLE, CAPTION, GAP, SIGN = 24, 20, 28, 34  # room in pixels
LARGEST = 56  # pixels of a grid's cell: two numbers need no more room than twenty
SIGN_SIZE = {"⋆": 34}  # fonts draw this one small
WORDS = 18  # a line of words above and below blocks
SKIPS = 34  # room for edges below blocks
BELOW = 13  # a line of words below a node
SLANT = 0.35  # of the length, for what is drawn into the depth
LETTER = 6.6  # pixels of a letter in a node
NODE, BLOCK = 26, 64  # pixels of a node of words, and of a box's place
BETWEEN = 4  # pixels between two nodes of a stack
APART = 12  # pixels between two nodes of a column
NEAREST = 30  # pixels between two columns of nodes, for their edges to be seen


@dataclass(frozen=True)
class Row(Declared):
    """Panels, columns and signs ("=", "*") from left to right, their titles level."""

    parts: tuple

    def __init__(self, *parts):
        self._set("parts", _some(parts, "Row"))


@dataclass(frozen=True)
class Column(Declared):
    """Panels and rows from top to bottom, aligned left."""

    parts: tuple

    def __init__(self, *parts):
        self._set("parts", _some(parts, "Column"))


@dataclass(frozen=True)
class Over(Declared):
    """Boxes that lie over a picture or grid: ``Over(picture, truth, found)``."""

    base: Panel
    boxes: tuple

    def __init__(self, base, *boxes):
        if getattr(base, "kind", "") not in ("picture", "grid"):
            raise ValueError(f"base is {short(base)}, but boxes lie over a Picture or a Grid.")
        for part in boxes:
            if not isinstance(part, Boxes):
                raise ValueError(f"{short(part)} lies over {base.name!r}, but only Boxes can.")
        self._set("base", base)
        self._set("boxes", boxes)


@dataclass(frozen=True)
class Space(Declared):
    """Room for a panel that is not there now, so that the picture keeps its size."""

    width: float
    height: float

    def __post_init__(self):
        for name in ("width", "height"):
            self._set(name, number(f"{name} of a space", getattr(self, name), minimum=0))


def _some(parts, kind):
    if not parts:
        raise ValueError(f"a {kind} is empty, but it needs at least 1 part.")
    return parts


@dataclass(frozen=True)
class Placed:
    """A panel's content on the page: corner, size, and the side of a cell, in pixels.

    `over` is the name of the panel that it lies over, if there is one.
    """

    panel: Panel
    x: float
    y: float
    width: float
    height: float
    cell: float
    over: str = ""

    def letters(self):
        """Height of the numbers in a grid's cells: as large as the longest allows, or 0."""
        longest = max(
            len(format_number(value, self.panel.digits)) for value in np.ravel(self.panel.values)
        )
        size = min(16, self.cell * 0.44, self.cell * 1.5 / max(longest, 2))
        return size if size >= 7 else 0

    @cached_property
    def cells(self):
        """Rectangles (x, y, width, height) of the cells, row by row."""
        panel = self.panel
        if panel.kind == "series":
            first, last = panel.axis
            step = self.width / (last - first + 1)
            left = self.x + step * (panel.first - first)
            return [(left + step * i, self.y, step, self.height) for i in range(panel.shape[1])]
        if panel.kind == "graph":
            return self.graph[0]
        if panel.kind == "boxes":
            return [
                (self.x + self.cell * x1, self.y + self.cell * y1,
                 self.cell * (x2 - x1), self.cell * (y2 - y1))
                for x1, y1, x2, y2 in panel.corners.tolist()
            ]  # fmt: skip
        rows, columns = panel.shape
        across, down = self.width / columns, self.height / rows
        if panel.kind in ("grid", "picture"):
            across = down = self.cell
        return [
            (self.x + across * column, self.y + down * row, across, down)
            for row in range(rows)
            for column in range(columns)
        ]

    @property
    def labelled(self):
        """Whether a series has room for dots and numbers; a longer one is a curve."""
        return self.cells[0][2] >= 20

    def points(self):
        """Where the numbers of a series stand: xs, ys and the y of zero."""
        panel = self.panel
        low, high = panel.limits or (min(0, panel.values.min()), max(0, panel.values.max()))
        # Room for positions below, numbers above, and weights above those.
        above, below = (36, 18) if self.labelled else (4, 4)
        scale = (self.height - above - below) / ((high - low) or 1)
        bottom = self.y + self.height - below
        xs = [x + width / 2 for x, _, width, _ in self.cells]
        ys = [bottom - scale * (float(value) - low) for value in panel.values]
        return xs, ys, bottom + scale * low

    def bars(self):
        """Rectangles of a panel of bars: (x, y, width, height) of each."""
        panel = self.panel
        left = self.x + panel.names
        room = self.width - panel.names - 7 * max(map(len, panel.texts)) - 12
        shares = np.maximum(np.asarray(panel.values, dtype=float), 0)
        if panel.logarithmic:
            shares = np.log10(np.maximum(shares, 1))
        top = panel.limits[1] if panel.limits else shares.max()
        step = self.height / len(shares)
        return [
            (left, self.y + step * (i + 0.16), max(room * share / (top or 1), 1), step * 0.68)
            for i, share in enumerate(map(float, shares))
        ]

    def boxes(self):
        """Boxes of a panel of blocks: (x, y, width, height, slant) of each front."""
        panel = self.panel
        slot = self.width / len(panel.sizes)
        room = self.height - 2 * WORDS - 4 - (SKIPS if panel.edges else 0)
        scales = panel.scales or block_scales(panel.sizes, slot, room)
        found = []
        for place, size in enumerate(panel.sizes):
            across, down, slant = block(size, scales)
            x = self.x + slot * (place + 0.5) - (across + slant) / 2
            found.append((x, self.y + WORDS + room - down, across, down, slant))
        return found

    @cached_property
    def graph(self):
        """Nodes and edges of a graph.

        Returns
        -------
        rectangles : list of (x, y, width, height)
            Of each node, without the words below it.
        ways : list of list of (x, y)
            Of each edge, from the side of a node through its bends to the next.
        scale : float
            What does not fit is drawn smaller, letters included.
        """
        panel = self.panel
        sizes = [node_size(node, panel.nodes, panel.tile) for node in panel.nodes]
        below = [BELOW * len(words_below(node)) + 6 for node in panel.nodes]
        widths = [0.0] * (max(panel.columns) + 1)
        for column, (across, _), node in zip(panel.columns, sizes, panel.nodes, strict=True):
            under = LETTER * max(len(word) for word in (*words_below(node), ""))
            widths[column] = max(widths[column], across, under)
        # A stack is laid out as one node, as tall as all of it.
        firsts = sorted(set(panel.heads))
        number = {head: place for place, head in enumerate(firsts)}
        stacks = [[place for place, h in enumerate(panel.heads) if h == head] for head in firsts]
        tall_ones = [
            sum(sizes[place][1] for place in stack) + BETWEEN * (len(stack) - 1) for stack in stacks
        ]
        heights = [down + 2 * below[head] for down, head in zip(tall_ones, firsts, strict=True)]
        middles, bends = levels(
            [panel.columns[head] for head in firsts],
            [(number[start], number[end]) for start, end in panel.arrows], heights, APART,
        )  # fmt: skip
        tops = [m - h / 2 for m, h in zip(middles, heights, strict=True)]
        tops += [bend - APART / 2 for way in bends for bend in way]
        ends = [m + h / 2 for m, h in zip(middles, heights, strict=True)]
        ends += [bend + APART / 2 for way in bends for bend in way]
        tall, wide = max(ends) - min(tops), sum(widths) + NEAREST * (len(widths) - 1)
        scale = min(1.0, self.height / tall, self.width / wide)
        spare = (self.width / scale - sum(widths)) / max(len(widths) - 1, 1)
        gap = min(spare, 3 * NEAREST)
        lefts = [sum(widths[:column]) + gap * column for column in range(len(widths))]
        free = self.width - scale * (lefts[-1] + widths[-1])
        start_x = self.x + (free / 2 if panel.align == "center" else 0)
        start_y = self.y + self.height / 2 - scale * (max(ends) + min(tops)) / 2

        def at(x, y):
            return start_x + scale * x, start_y + scale * y

        rectangles = []
        for stack, middle, down in zip(stacks, middles, tall_ones, strict=True):
            top = middle - down / 2
            for place in stack:
                (across, high), column = sizes[place], panel.columns[place]
                corner = at(lefts[column] + (widths[column] - across) / 2, top)
                rectangles.append((*corner, scale * across, scale * high))
                top += high + BETWEEN
        level = [at(0, middle)[1] for middle in middles]
        ways = []
        for (start, end), way in zip(panel.arrows, bends, strict=True):
            x, _, across, _ = rectangles[start]
            stops = [(x + across, level[number[start]])]
            for column, bend in enumerate(way, panel.columns[start] + 1):
                stops += [at(lefts[column], bend), at(lefts[column] + widths[column], bend)]
            ways.append([*stops, (rectangles[end][0], level[number[end]])])
        return rectangles, ways, scale


def block(size, scales):
    """A box to scale: (width, height, slant) of its front, in pixels."""
    (channels, height, width), (rows, thick) = size, scales
    across, down, slant = thick * channels, rows * height, SLANT * rows * width
    if height == width == 1:
        across, down, slant = 0, thick * channels, 0
    return max(across, 3), max(down, 3), max(slant, 2)


def block_scales(sizes, slot, room):
    """Pixels for a row and for a channel, as large as the boxes' places allow.

    Parameters
    ----------
    sizes : sequence of (int, int, int)
        (channels, rows, columns) of each layer.
    slot, room : float
        Width and height for each box, in pixels.

    Returns
    -------
    (float, float)

    Examples
    --------
    >>> block_scales([(3, 32, 32), (64, 1, 1)], slot=100, room=86.4)
    (2.0, 1.35)
    """
    maps = [size for size in sizes if size[1:] != (1, 1)]
    tall = max((height + SLANT * width for _, height, width in maps), default=1)
    rows = min([room / tall] + [0.5 * slot / (SLANT * width) for _, _, width in maps])
    thick = [room / channels for channels, height, width in sizes if height == width == 1]
    thick += [(slot - 10 - SLANT * rows * width) / channels for channels, _, width in maps]
    return rows, min(thick)


def node_size(node, nodes, tile):
    """Width and height of a node without the words below it, in pixels."""
    if node.picture is not None:
        rows, columns = node.picture.shape[:2]
        side = tile / max(rows, columns)
        return side * columns, side * rows
    if node.size is not None:
        scales = block_scales([n.size for n in nodes if n.size is not None], BLOCK, BLOCK)
        across, down, slant = block(node.size, scales)
        return across + slant, down + slant
    return max(LETTER * len(node.label) + 16, NODE), NODE


def words_below(node):
    """The words that stand below a node: of one of words, only the second line."""
    inside = node.picture is None and node.size is None
    return tuple(word for word in (() if inside else (node.label,)) + (node.text,) if word)


def panels_of(part):
    """All panels of a body, in reading order."""
    if isinstance(part, Boxes):
        raise ValueError(
            f"the boxes {part.name!r} lie over nothing: write Over(picture, boxes) for the two."
        )
    if isinstance(part, Panel):
        yield part
    elif isinstance(part, Over):
        yield from (part.base, *part.boxes)
    elif isinstance(part, (Row, Column)):
        for inner in part.parts:
            yield from panels_of(inner)
    elif not isinstance(part, (str, Space)):
        raise ValueError(
            f"body holds {short(part)}, but it must be made of panels, Row, Column, Over, Space "
            "and signs."
        )


def room(part):
    """(width, height) of a part with its titles, captions, gaps and signs."""
    if isinstance(part, str):
        return SIGN, 0.0
    if isinstance(part, Over):
        return room(part.base)
    if isinstance(part, (Panel, Space)):
        return part.width, TITLE + part.height + CAPTION
    rooms = [room(inner) for inner in part.parts]
    if isinstance(part, Row):
        return sum(w for w, _ in rooms) + _gaps(part), max((h for _, h in rooms), default=0)
    return max((w for w, _ in rooms), default=0), sum(h for _, h in rooms)


def _gaps(row):
    """A gap between two neighbours, unless a sign already keeps them apart."""
    return sum(
        GAP
        for left, right in pairwise(row.parts)
        if not isinstance(left, str) and not isinstance(right, str)
    )


def place(part, x, y, placed, signs):
    """Append to `placed` and `signs` what a part has, with its upper left corner at (x, y)."""
    if isinstance(part, Panel):
        placed.append(_fit(part, x, y + TITLE))
    elif isinstance(part, Over):
        spot = _fit(part.base, x, y + TITLE)
        placed.append(spot)
        for boxes in part.boxes:
            placed.append(
                Placed(boxes, spot.x, spot.y, spot.width, spot.height, spot.cell, part.base.name)
            )
    elif isinstance(part, Row):
        height = room(part)[1]
        for turn, inner in enumerate(part.parts):
            width, _ = room(inner)
            if isinstance(inner, str):
                middle = y + (TITLE + height - CAPTION) / 2
                signs.append((x + width / 2, middle, inner, SIGN_SIZE.get(inner, 20)))
            else:
                place(inner, x, y, placed, signs)
                follows = part.parts[turn + 1 : turn + 2]
                x += GAP if follows and not isinstance(follows[0], str) else 0
            x += width
    elif isinstance(part, Column):
        for inner in part.parts:
            place(inner, x, y, placed, signs)
            y += room(inner)[1]


def _fit(panel, x, y):
    """Content at the top left of its room, so that the titles of a row stand level."""
    rows, columns = panel.shape
    if panel.kind not in ("grid", "picture"):
        return Placed(panel, x, y, panel.width, panel.height, panel.width / columns)
    cell = min(panel.width / columns, panel.height / rows)
    if panel.kind == "grid":
        cell = min(cell, LARGEST)
    return Placed(panel, x, y, cell * columns, cell * rows, cell)
