"""Cells of panels: which are picked out, and how each comes from others."""

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from cnnlab.arguments import integer, one_of, pair, short
from cnnlab.scene.vocabulary import LINKS, role_of

__all__ = ["Cell", "Link", "Mark", "Span", "Table"]


class Cell(NamedTuple):
    """One place in one panel: ``Cell("input", 0, 2)``. What lies in a line has row 0 only."""

    panel: str
    row: int
    column: int


@dataclass(frozen=True)
class Mark:
    """A block of cells that is picked out, in the colour of its role."""

    panel: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    role: str = "window"

    def __post_init__(self):
        role_of("role of a mark", self.role)
        for name, least in (("row", 0), ("column", 0), ("rows", 1), ("columns", 1)):
            _set(self, name, integer(f"{name} of a mark", getattr(self, name), least))


@dataclass(frozen=True)
class Span:
    """The cells of `panel` that a cell (i, j) depends on.

    They are ``(start + step * (i, j) + spread * (m, n))`` for m, n below
    `count`: a window that moves with the cell. ``step=(0, 0)`` gives the same
    block for every cell (a kernel), ``spread=(-1, -1)`` runs through it
    backwards (a flipped kernel). ``repeat=(0, 8)`` starts anew after every 8
    columns: for maps that stand side by side in one panel; 0 is never.
    """

    panel: str
    start: tuple = (0, 0)
    step: tuple = (1, 1)
    count: tuple = (1, 1)
    spread: tuple = (1, 1)
    repeat: tuple = (0, 0)

    def __post_init__(self):
        least = {"count": 1, "repeat": 0}
        for name in ("start", "step", "count", "spread", "repeat"):
            two = pair(f"{name} of a span", getattr(self, name), least.get(name))
            _set(self, name, two)
        if 0 in self.spread:
            raise ValueError(f"spread of a span is {self.spread}, but neither may be 0.")

    def cells(self, row, column):
        """The cells for one cell, row by row."""
        row, column = (n % r if r else n for n, r in zip((row, column), self.repeat, strict=True))
        top = self.start[0] + self.step[0] * row
        left = self.start[1] + self.step[1] * column
        return [
            Cell(self.panel, top + self.spread[0] * m, left + self.spread[1] * n)
            for m, n in product(range(self.count[0]), range(self.count[1]))
        ]

    def size(self, row, column):
        """How many cells those are."""
        return self.count[0] * self.count[1]


@dataclass(frozen=True)
class Table:
    """The cells of `panel` that each cell depends on, written out one by one.

    For what no window can say: ``places[row][column]`` is the list of (row,
    column) in `panel` for the cell (row, column).
    """

    panel: str
    places: tuple

    def __post_init__(self):
        try:
            places = tuple(
                tuple(tuple((int(i), int(j)) for i, j in found) for found in line)
                for line in self.places
            )
        except (TypeError, ValueError):
            raise ValueError(
                f"places of a table is {short(self.places)}, but places[row][column] must be a "
                "list of (row, column)."
            ) from None
        _set(self, "places", places)

    def cells(self, row, column):
        """The cells for one cell, in their order."""
        return [Cell(self.panel, i, j) for i, j in self.places[row][column]]

    def size(self, row, column):
        """How many cells those are."""
        return len(self.places[row][column])


@dataclass(frozen=True)
class Link:
    """How each cell of `source` comes from other cells.

    Attributes
    ----------
    source : str
        Panel of the cells that depend.
    spans : tuple of Span or Table
        What they depend on. For "dot" they come in pairs, numbers and weights.
    how : {"dot", "sum", "mean", "max", "copy", "field"}
        Sum of products, sum, mean, largest, or the same number. For "max" the
        cells that are the largest are marked. For "field" no arithmetic is
        written but how many cells of each panel there are.
    computed : str
        Who gave the number in the cell, for the case that it differs from the
        arithmetic: "your function".
    """

    source: str
    spans: tuple
    how: str = "dot"
    computed: str = ""

    def __post_init__(self):
        one_of("how", self.how, LINKS)
        _set(self, "spans", tuple(self.spans))
        if not self.spans:
            raise ValueError(f"the link of {self.source!r} has no spans, but it needs at least 1.")
        for span in self.spans:
            if not isinstance(span, (Span, Table)):
                raise ValueError(
                    f"a span of the link of {self.source!r} is {short(span)}, but it must be a "
                    "Span or a Table."
                )
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


def _set(frozen, name, value):
    """Set what was read from an argument of a frozen dataclass."""
    object.__setattr__(frozen, name, value)
