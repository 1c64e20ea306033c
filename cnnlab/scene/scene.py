"""A scene: panels and where they stand, links between their cells, marks, and words."""

from dataclasses import dataclass, field

import numpy as np

from cnnlab.arguments import several, short, text
from cnnlab.scene.graph import Graph
from cnnlab.scene.layout import panels_of, place, room
from cnnlab.scene.links import Cell, Link, Mark, Span, Table
from cnnlab.scene.vocabulary import Declared
from cnnlab.scene.words import PICKS, described, tokens

__all__ = ["Scene"]

MOST_CELLS = 1_000_000  # of one panel, in one line of arithmetic


@dataclass(frozen=True, eq=False)
class Scene(Declared):
    """One picture, complete. One that makes no sense cannot be made.

    Attributes
    ----------
    title : str
        What to see, in one line.
    body : Row, Column, Over or Panel
        The panels and where they stand.
    links : tuple of Link
        At most one for each panel.
    marks : tuple of Mark
    focus : Cell, optional
        The cell that is explained while no hand points at another.
    note : str
        A sentence below the panels: the numbers that matter.
    problem : str
        Why the settings cannot be shown; then it stands in the place of the note.

    Raises
    ------
    ValueError
        If a panel's name is used twice, or a link, mark, lens, profile or focus
        speaks of a panel or a place that is not there.

    Examples
    --------
    >>> from cnnlab.scene import Grid, Row
    >>> image = Grid(name="input", values=np.arange(4).reshape(2, 2), title="input")
    >>> total = Grid(name="output", values=np.array([[6]]), title="sum")
    >>> ones = Grid(name="kernel", values=np.ones((2, 2)), title="kernel")
    >>> spans = (Span("input", count=(2, 2)), Span("kernel", step=(0, 0), count=(2, 2)))
    >>> scene = Scene("A sum", Row(image, ones, total), links=(Link("output", spans),))
    >>> scene.arithmetic(Cell("output", 0, 0))
    'sum = 0×1 + 1×1 + 2×1 + 3×1 = 6'
    """

    title: str
    body: object
    links: tuple = ()
    marks: tuple = ()
    focus: Cell | None = None
    note: str = ""
    problem: str = ""
    panels: dict = field(init=False, repr=False)

    def __post_init__(self):
        panels = list(panels_of(self.body))
        names = [panel.name for panel in panels]
        if len(set(names)) < len(names):
            raise ValueError(f"panel names are {names}, but each must be used once.")
        self._set("panels", dict(zip(names, panels, strict=True)))
        for name in ("title", "note", "problem"):
            text(name, getattr(self, name))
        for name, kind in (("links", Link), ("marks", Mark)):
            self._set(name, several(name, getattr(self, name), kind))
        sources = [link.source for link in self.links]
        if len(set(sources)) < len(sources):
            raise ValueError(f"links are of the panels {sources}, but each may have one.")
        for link in self.links:
            self._check_link(link)
        for mark in self.marks:
            last = mark.row + mark.rows - 1, mark.column + mark.columns - 1
            self._inside("a mark", Cell(mark.panel, *last))
        if self.focus is not None:
            if not isinstance(self.focus, Cell):
                raise ValueError(f"focus is {short(self.focus)}, but it must be a Cell.")
            self._inside("focus", self.focus)
        for panel in panels:
            self._check_lens(panel)
            self._check_profiles(panel)
        placed, signs = [], []
        place(self.body, 0.0, 0.0, placed, signs)
        self._set("_laid", (placed, signs, room(self.body)))

    # ------------------------------------------------------ what may not be said

    def _panel(self, what, name):
        if name not in self.panels:
            raise ValueError(
                f"{what} speaks of the panel {name!r}, but the panels are "
                f"{', '.join(self.panels) or 'none'}."
            )
        return self.panels[name]

    def _inside(self, what, cell):
        rows, columns = self._panel(what, cell.panel).shape
        if not (0 <= cell.row < rows and 0 <= cell.column < columns):
            raise ValueError(
                f"{what} reaches row {cell.row}, column {cell.column} of {cell.panel!r}, which has "
                f"{rows} x {columns} cells."
            )

    def _check_link(self, link):
        what = f"the link of {link.source!r}"
        rows, columns = self._panel(what, link.source).shape
        for span in (*link.spans, *link.also):
            panel = self._panel(what, span.panel)
            shape = panel.shape
            if span.panel == link.source:
                raise ValueError(f"{what} reaches {span.panel!r} itself: it must be of others.")
            if link.gives not in ("same", "sight") and span in link.spans:
                self._check_numbers(what, panel, span)
            if isinstance(span, Span) and any(
                side and side != size for side, size in zip(span.around, shape, strict=True)
            ):
                raise ValueError(
                    f"{what} goes around {span.panel!r} after {span.around} cells, but it has "
                    f"{shape[0]} x {shape[1]}."
                )
            if isinstance(span, Table):
                if [len(line) for line in span.places] != [columns] * rows:
                    raise ValueError(
                        f"{what} has a table of {len(span.places)} rows, but it needs one place "
                        f"for each of {rows} x {columns} cells."
                    )
                found = [at for line in span.places for places in line for at in places]
                if found and not (np.min(found) >= 0 and (np.max(found, axis=0) < shape).all()):
                    raise ValueError(
                        f"{what} has a table that leaves {span.panel!r}, which has "
                        f"{shape[0]} x {shape[1]} cells."
                    )
        if link.pairs:
            for numbers, weights in zip(link.spans[::2], link.spans[1::2], strict=True):
                cells = np.ndindex(rows, columns)
                if isinstance(numbers, Span) and isinstance(weights, Span):
                    cells = ((0, 0),)  # the same for every cell
                for at in cells:
                    if numbers.size(*at) != weights.size(*at):
                        raise ValueError(
                            f"{what} pairs {numbers.size(*at)} cells of {numbers.panel!r} with "
                            f"{weights.size(*at)} of {weights.panel!r}, but they must be as many."
                        )

    def _check_numbers(self, what, panel, span):
        if panel.values.ndim == 3:
            raise ValueError(f"{what} does sums with {panel.name!r}, whose cells are colours.")
        if isinstance(span, Span) and span.size(0, 0) > MOST_CELLS:
            raise ValueError(
                f"{what} does sums with {span.size(0, 0):,} cells of {panel.name!r}, but at most "
                f"{MOST_CELLS:,} can be listed; how='field' only counts them."
            )

    def _check_lens(self, panel):
        lens = getattr(panel, "lens", None)
        if lens is None:
            return
        what = f"the lens of {panel.name!r}"
        source, target = (self._panel(what, name).name for name in lens)
        span = self.seen_through(panel)
        if span is None:
            raise ValueError(f"{what} needs a link of {source!r} that reaches {target!r}.")
        cells = np.ndindex(self.panels[source].shape) if isinstance(span, Table) else ((0, 0),)
        for at in cells:
            if span.size(*at) != panel.values.size or self.panels[target].values.ndim == 3:
                raise ValueError(
                    f"{what} shows {span.size(*at)} cells of {target!r}, but it has "
                    f"{panel.values.size} numbers."
                )

    def _check_profiles(self, panel):
        for name, parts in getattr(panel, "profiles", {}).items():
            what = f"the profile of {panel.name!r}"
            shapes = [np.shape(part) for part in parts]
            wanted = list(zip(self._panel(what, name).shape, panel.shape, strict=True))
            if shapes != wanted:
                raise ValueError(f"{what} for {name!r} has shapes {shapes}, but needs {wanted}.")

    # -------------------------------------------------------- what can be asked

    def link_of(self, cell):
        """The link that explains a cell, or None."""
        return next((link for link in self.links if link.source == cell.panel), None)

    def sources(self, cell):
        """The cells that a cell depends on, in the order of the arithmetic."""
        panel, link = self.panels[cell.panel], self.link_of(cell)
        if link is None and isinstance(panel, Graph):
            return [Cell(panel.name, 0, place) for place in panel.feeds(cell.column)]
        if link is None:
            return []
        return [found for span in link.spans for found in span.cells(cell.row, cell.column)]

    def winners(self, cell):
        """The sources that are the number itself, for a link that picks one of them."""
        link = self.link_of(cell)
        if link is None or link.gives not in PICKS:
            return []
        found = self.sources(cell)
        values = [self.panels[c.panel].value(c.row, c.column) for c in found]
        picked = PICKS[link.gives](values) if values else None
        return [c for c, value in zip(found, values, strict=True) if value == picked]

    def seen_through(self, panel):
        """What the lens of a panel shows of its target, as Span or Table, or None."""
        source, target = panel.lens
        link = next((link for link in self.links if link.source == source), None)
        spans = link.spans if link else ()
        return next((span for span in spans if span.panel == target), None)

    def shown(self, panel, cell=None):
        """The numbers that a panel with a lens or profiles shows while the hand is on a cell."""
        if getattr(panel, "lens", None):
            source, target = panel.lens
            cell = cell if cell is not None and cell.panel == source else self.focus
            if cell is None or cell.panel != source:
                return panel.values
            found = self.seen_through(panel).cells(cell.row, cell.column)
            values = [self.panels[target].value(c.row, c.column) for c in found]
            return np.reshape(values, panel.values.shape)
        if not getattr(panel, "profiles", None):
            return panel.values
        cell = cell if cell is not None and cell.panel in panel.profiles else self.focus
        if cell is None or cell.panel not in panel.profiles:
            return panel.values
        rows, columns = panel.profiles[cell.panel]
        return np.outer(rows[cell.row], columns[cell.column])

    def arithmetic(self, cell):
        """The line of arithmetic that gives a cell, as plain text."""
        return "".join(text for text, _ in tokens(self, cell))

    @property
    def description(self):
        """The scene in words, for stored notebooks and for screen readers."""
        return described(self)

    def layout(self):
        """Where everything stands.

        Returns
        -------
        placed : list of Placed
        signs : list of (x, y, text, size)
            Centres and heights of the signs between panels.
        size : (width, height)
            In pixels. It depends on the panels' rooms only, so that the picture
            keeps its size while the numbers change.
        """
        return self._laid
