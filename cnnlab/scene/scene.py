"""A scene: panels and where they stand, links between their cells, marks, and words."""

from dataclasses import dataclass, field

import numpy as np

from cnnlab.arguments import short
from cnnlab.scene.graph import Graph
from cnnlab.scene.layout import panels_of, place, room
from cnnlab.scene.links import Cell, Link, Mark, Span, Table
from cnnlab.scene.words import described, tokens

__all__ = ["Scene"]


@dataclass(frozen=True, eq=False)
class Scene:
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
    'sum[0, 0] = 0×1 + 1×1 + 2×1 + 3×1 = 6'
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
        object.__setattr__(self, "panels", dict(zip(names, panels, strict=True)))
        for name in ("title", "note", "problem"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} is {short(getattr(self, name))}, but it must be text.")
        for name, kind in (("links", Link), ("marks", Mark)):
            object.__setattr__(self, name, tuple(getattr(self, name)))
            if odd := [part for part in getattr(self, name) if not isinstance(part, kind)]:
                raise ValueError(
                    f"{name} holds {short(odd[0])}, but each must be a {kind.__name__}."
                )
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
        for span in link.spans:
            shape = self._panel(what, span.panel).shape
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

    def _check_lens(self, panel):
        lens = getattr(panel, "lens", None)
        if lens is None:
            return
        what = f"the lens of {panel.name!r}"
        source, target = (self._panel(what, name).name for name in lens)
        link = next((link for link in self.links if link.source == source), None)
        if link is None or target not in [span.panel for span in link.spans]:
            raise ValueError(f"{what} needs a link of {source!r} that reaches {target!r}.")

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
        """The sources that are the largest, for a link that takes the largest."""
        link = self.link_of(cell)
        if link is None or link.gives != "max":
            return []
        found = self.sources(cell)
        values = [self.panels[c.panel].value(c.row, c.column) for c in found]
        return [c for c, value in zip(found, values, strict=True) if value == max(values)]

    def shown(self, panel, cell=None):
        """The numbers that a picture with profiles shows while the hand is on a cell."""
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
        placed, signs = [], []
        place(self.body, 0.0, 0.0, placed, signs)
        return placed, signs, room(self.body)
