"""Cells of panels: which are picked out, and how each comes from others."""

from dataclasses import dataclass
from itertools import product
from operator import index
from typing import NamedTuple

from cnnlab.arguments import integer, one_of, pair, several, short, text
from cnnlab.scene.vocabulary import LINKS, Declared, role_of

__all__ = ["Cell", "Link", "Mark", "Span", "Table"]


class Cell(NamedTuple):
    """One place in one panel: ``Cell("input", 0, 2)``. What lies in a line has row 0 only."""

    panel: str
    row: int
    column: int


@dataclass(frozen=True)
class Mark(Declared):
    """A block of cells that is picked out, in the colour of its role."""

    panel: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    role: str = "window"

    def __post_init__(self):
        text("panel of a mark", self.panel)
        role_of("role of a mark", self.role)
        for name, least in (("row", 0), ("column", 0), ("rows", 1), ("columns", 1)):
            self._set(name, integer(f"{name} of a mark", getattr(self, name), least))


@dataclass(frozen=True)
class Span(Declared):
    """The cells of `panel` that a cell (i, j) depends on.

    They are ``(start + step * (i, j) + spread * (m, n))`` for m, n below
    `count`: a window that moves with the cell. ``step=(0, 0)`` gives the same
    block for every cell (a kernel), ``spread=(-1, -1)`` runs through it
    backwards (a flipped kernel). ``repeat=(0, 8)`` starts anew after every 8
    columns: for maps that stand side by side in one panel; 0 is never.
    ``around=(28, 28)``, the panel's rows and columns, goes on from the opposite side
    beyond the border, as circular padding does.
    """

    panel: str
    start: tuple = (0, 0)
    step: tuple = (1, 1)
    count: tuple = (1, 1)
    spread: tuple = (1, 1)
    repeat: tuple = (0, 0)
    around: tuple = (0, 0)

    def __post_init__(self):
        text("panel of a span", self.panel)
        least = {"count": 1, "repeat": 0, "around": 0}
        for name in ("start", "step", "count", "spread", "repeat", "around"):
            two = pair(f"{name} of a span", getattr(self, name), least.get(name))
            self._set(name, two)
        if 0 in self.spread:
            raise ValueError(f"spread of a span is {self.spread}, but neither may be 0.")

    def lines(self, row, column, shape=None):
        """The rows and the columns of the cells for one cell.

        With the `shape` of the panel only those inside: a window may be far larger.
        """
        found = []
        for axis, at in enumerate((row, column)):
            repeat, spread, count = self.repeat[axis], self.spread[axis], self.count[axis]
            first = self.start[axis] + self.step[axis] * (at % repeat if repeat else at)
            if self.around[axis]:
                line = range(first, first + spread * count, spread)
                found.append([place % self.around[axis] for place in line])
            elif shape is None:
                found.append(range(first, first + spread * count, spread))
            else:
                found.append(_inside(first, spread, count, shape[axis]))
        return tuple(found)

    def cells(self, row, column, shape=None):
        """The cells for one cell, row by row; with the `shape` of the panel those inside."""
        return [Cell(self.panel, *at) for at in product(*self.lines(row, column, shape))]

    def size(self, row, column):
        """How many cells those are."""
        return self.count[0] * self.count[1]


@dataclass(frozen=True)
class Table(Declared):
    """The cells of `panel` that each cell depends on, written out one by one.

    For what no window can say: ``places[row][column]`` is the list of (row,
    column) in `panel` for the cell (row, column).
    """

    panel: str
    places: tuple

    def __post_init__(self):
        text("panel of a table", self.panel)
        try:
            places = tuple(
                tuple(tuple((index(i), index(j)) for i, j in found) for found in line)
                for line in self.places
            )
        except (TypeError, ValueError):
            raise ValueError(
                f"places of a table is {short(self.places)}, but places[row][column] must be a "
                "list of (row, column)."
            ) from None
        self._set("places", places)

    def cells(self, row, column, shape=None):
        """The cells for one cell, in their order; all of them are inside the panel."""
        return [Cell(self.panel, i, j) for i, j in self.places[row][column]]

    def size(self, row, column):
        """How many cells those are."""
        return len(self.places[row][column])


@dataclass(frozen=True)
class Link(Declared):
    """How each cell of `source` comes from other cells.

    Attributes
    ----------
    source : str
        Panel of the cells that depend.
    spans : tuple of Span or Table
        What they depend on. For "dot" they come in pairs, numbers and weights.
    how : {"dot", "sum", "mean", "max", "min", "median", "copy", "field"}
        Sum of products, sum, mean, largest, smallest, middle, or the same number. For
        "max", "min" and "median" the cells that are it are marked. For "field" no arithmetic is
        written but how many cells of each panel there are: nothing can compare them
        with the number, so prefer a link that says how it comes about.
    also : tuple of Span or Table
        Cells that light up with the others, though the arithmetic does not name them.
    computed : str
        Who gave the number in the cell, for the case that it differs from the
        arithmetic: "your function".
    """

    source: str
    spans: tuple
    how: str = "dot"
    computed: str = ""
    also: tuple = ()

    def __post_init__(self):
        one_of("how", self.how, LINKS)
        text("source of a link", self.source)
        text("computed", self.computed)
        whose = f"spans of the link of {self.source!r}"
        self._set("spans", several(whose, self.spans, Span, Table))
        self._set("also", several(f"also of the link of {self.source!r}", self.also, Span, Table))
        if not self.spans:
            raise ValueError(f"the link of {self.source!r} has no spans, but it needs at least 1.")
        if self.pairs and len(self.spans) % 2:
            raise ValueError(
                f"the link of {self.source!r} has {len(self.spans)} spans, but for "
                f"{self.how!r} they come in pairs, numbers and weights."
            )

    @property
    def pairs(self):
        """Whether spans are numbers and weights by turns."""
        return LINKS[self.how]["pairs"]

    @property
    def gives(self):
        """What the numbers give together: a word of ``scene.LINKS``."""
        return LINKS[self.how]["gives"]


def _inside(first, spread, count, size):
    """Of ``first, first + spread, ...``, `count` numbers, those from 0 to ``size - 1``."""
    low, high = (0, size - 1) if spread > 0 else (size - 1, 0)
    begin = max(0, -((first - low) // spread))
    end = max(begin, min(count, (high - first) // spread + 1))
    return range(first + spread * begin, first + spread * end, spread)
