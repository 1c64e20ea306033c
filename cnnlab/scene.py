"""What a picture is: panels of cells, marks on them, links between them, and words.

A :class:`Scene` says what is to be seen, not how it is drawn. Two renderers
share it: :mod:`cnnlab.draw.static` makes a figure for print and for stored
notebooks, :mod:`cnnlab.draw.stage` draws it in the browser, where it follows
the hand. Because a scene is plain data, tests can ask it for every number.
"""

import math
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise, product

import numpy as np

__all__ = [
    "Bars",
    "Blocks",
    "Cell",
    "Column",
    "Grid",
    "Link",
    "Mark",
    "Panel",
    "Picture",
    "Row",
    "Scene",
    "Series",
    "Space",
    "Span",
    "Table",
    "format_number",
    "format_shape",
]

ROLES = ("input", "kernel", "output", "window", "padding", "unvisited", "plain")

TITLE, CAPTION, GAP, SIGN = 24, 20, 28, 34  # room in pixels, see Scene.layout
LARGEST = 56  # pixels of a grid's cell: two numbers need no more room than twenty
SIGN_SIZE = {"⋆": 34}  # fonts draw this one small
WORDS = 18  # a line of words above and below blocks
NARROW = 44  # pixels for a block, below which its words have no room
SLANT = 0.35  # of the length, for what is drawn into the depth
MOST_TERMS = 12
HUGE = 1e15  # from here on numbers are written with an exponent


@dataclass(frozen=True)
class Cell:
    """One place in one panel: ``Cell("input", 0, 2)``. A series has row 0 only."""

    panel: str
    row: int
    column: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """What grids, pictures and series have in common.

    Attributes
    ----------
    name : str
        How links and marks speak of the panel; unique in a scene.
    values : numpy.ndarray
        The numbers that it shows.
    title, caption : str
        One line above, one line below.
    role : str
        One of ``scene.ROLES``: decides the colour of title and frame.
    width, height : float
        Room in pixels; the content keeps its proportions and is fitted in.
    colors : {"none", "gray", "diverging", "heat"}
        Map from numbers to colours; "diverging" is centred on 0.
    limits : (float, float), optional
        Numbers at the ends of the map; by default those of `values`.
    digits : int
        Most decimals of a number.
    faded : bool
        Drawn as context, not as what to look at.
    """

    name: str
    values: np.ndarray
    title: str = ""
    caption: str = ""
    role: str = "plain"
    width: float = 200
    height: float = 200
    colors: str = "none"
    limits: tuple | None = None
    digits: int = 2
    faded: bool = False

    kind = "panel"
    axes = (2,)

    def __post_init__(self):
        values = np.asarray(self.values)
        if values.ndim not in self.axes:
            raise ValueError(
                f"values of the {self.kind} {self.name!r} have shape {values.shape}, but a "
                f"{self.kind} has {' or '.join(map(str, self.axes))} axes."
            )
        if not np.isfinite(values).all():
            raise ValueError(f"{self.title or self.name} holds a number that is too large to show.")
        if self.role not in ROLES:
            raise ValueError(f"role is {self.role!r}, but it must be one of {', '.join(ROLES)}.")
        object.__setattr__(self, "values", values)
        if self.limits is None and self.colors != "none":
            object.__setattr__(self, "limits", natural_limits(values, self.colors))
        if self.limits is not None:
            object.__setattr__(self, "limits", tuple(map(float, self.limits)))

    @property
    def shape(self):
        """(rows, columns) of cells."""
        return self.values.shape[:2]

    def value(self, row, column):
        """The number in a cell; 0 outside, where the padding is."""
        rows, columns = self.shape
        if not (0 <= row < rows and 0 <= column < columns):
            return 0
        return self.values[row, column]


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


def natural_limits(values, colors):
    """The ends of a colour map for `values`: symmetric about 0 for a diverging one."""
    low, high = float(np.min(values)), float(np.max(values))
    if colors == "diverging":
        reach = max(abs(low), abs(high)) or 1.0
        return -reach, reach
    return (low, high) if high > low else (low, low + 1.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Grid(Panel):
    """A grid of numbers, each written in its cell where there is room.

    Attributes
    ----------
    editable : bool
        A number can be typed into each cell; the explorer is told.
    lens : (str, str), optional
        (link source, panel): shows, instead of `values`, the cells of the panel
        that the cell under the hand depends on. `values` gives the shape.
    heads : tuple of str
        A name for each column, written below it in place of a caption.
    """

    editable: bool = False
    lens: tuple | None = None
    heads: tuple = ()
    kind = "grid"


@dataclass(frozen=True, eq=False, kw_only=True)
class Picture(Panel):
    """An image of many cells, too small for numbers: gray, signed or (H, W, 3) colour.

    Attributes
    ----------
    profiles : dict of str to (numpy.ndarray, numpy.ndarray)
        For each panel named here, what each of its rows and columns makes of this
        picture: while the hand is on its cell (i, j), the picture is the product of
        line i of the first array (rows, H) and line j of the second (columns, W).
    paintable : bool
        A pen draws on it; the explorer is told the places that it passed.
    """

    colors: str = "gray"
    profiles: dict = field(default_factory=dict)
    paintable: bool = False
    kind = "picture"
    axes = (2, 3)

    def __post_init__(self):
        # What the browser gets, so that both sides write the same numbers.
        with np.errstate(over="ignore"):  # what becomes infinite is refused in words
            object.__setattr__(self, "values", np.asarray(self.values, dtype=np.float32))
        super().__post_init__()


@dataclass(frozen=True, eq=False, kw_only=True)
class Series(Panel):
    """Numbers along one axis.

    Attributes
    ----------
    style : {"line", "stem", "bars"}
    first : int
        Position of the first number on the axis.
    axis : (int, int), optional
        First and last position that the axis shows.
    label : str
        What the axis counts.
    """

    style: str = "line"
    first: int = 0
    axis: tuple | None = None
    label: str = ""
    kind = "series"
    axes = (1,)

    @property
    def shape(self):
        return (1, len(self.values))

    def value(self, row, column):
        return self.values[column] if row == 0 and 0 <= column < len(self.values) else 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Items(Panel):
    """What bars and blocks have in common: named things, each with a line of words.

    Attributes
    ----------
    labels : tuple of str
        The name of each.
    texts : tuple of str
        Its number, as it is written beside it.
    lines : tuple of str
        What is said of it while the hand points at it.
    roles : tuple of str
        The colour of each; by default the panel's.
    """

    labels: tuple = ()
    texts: tuple = ()
    lines: tuple = ()
    roles: tuple = ()
    kind = "items"
    axes = (1,)

    def __post_init__(self):
        super().__post_init__()
        if not self.roles:
            object.__setattr__(self, "roles", (self.role,) * len(self.values))
        lengths = [len(part) for part in (self.labels, self.texts, self.lines, self.roles)]
        if lengths != [len(self.values)] * 4:
            raise ValueError(
                f"{self.name} has {len(self.values)} values, but {lengths} labels, texts, lines "
                "and roles."
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Bars(Items):
    """Numbers as bars from left to right, one below the other.

    Attributes
    ----------
    logarithmic : bool
        Each factor of ten has the same length; bars start at 1.
    names : float
        Pixels for the labels on the left.
    """

    logarithmic: bool = False
    names: float = 120
    kind = "bars"

    @property
    def shape(self):
        return (len(self.values), 1)

    def value(self, row, column):
        return self.values[row]


@dataclass(frozen=True, eq=False, kw_only=True)
class Blocks(Items):
    """Layers of a network, drawn to scale as boxes from left to right.

    The height of a box is the rows of its maps, its slanting side the columns, its
    thickness the channels. A layer without rows and columns is a column as tall as
    its units, in the scale of the channels.

    Attributes
    ----------
    sizes : tuple of (int, int, int)
        (channels, rows, columns) of each.
    scales : (float, float), optional
        Pixels for a row and for a channel; by default the largest that fit.
    """

    sizes: tuple = ()
    scales: tuple | None = None
    kind = "blocks"

    @property
    def shape(self):
        return (1, len(self.values))

    def value(self, row, column):
        return self.values[column]


@dataclass(frozen=True)
class Mark:
    """A block of cells that is picked out, in the colour of its role."""

    panel: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    role: str = "window"


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

    def cells(self, row, column):
        """The cells for one cell, row by row."""
        row, column = (n % r if r else n for n, r in zip((row, column), self.repeat, strict=True))
        return [
            Cell(
                self.panel,
                self.start[0] + self.step[0] * row + self.spread[0] * m,
                self.start[1] + self.step[1] * column + self.spread[1] * n,
            )
            for m, n in product(range(self.count[0]), range(self.count[1]))
        ]


@dataclass(frozen=True)
class Table:
    """The cells of `panel` that each cell depends on, written out one by one.

    For what no window can say: ``places[row][column]`` is the list of (row,
    column) in `panel` for the cell (row, column).
    """

    panel: str
    places: tuple

    def cells(self, row, column):
        """The cells for one cell, in their order."""
        return [Cell(self.panel, i, j) for i, j in self.places[row][column]]


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


@dataclass(frozen=True)
class Row:
    """Panels, columns and signs ("=", "*") from left to right, their titles level."""

    parts: tuple

    def __init__(self, *parts):
        object.__setattr__(self, "parts", parts)


@dataclass(frozen=True)
class Column:
    """Panels and rows from top to bottom, aligned left."""

    parts: tuple

    def __init__(self, *parts):
        object.__setattr__(self, "parts", parts)


@dataclass(frozen=True)
class Space:
    """Room for a panel that is not there now, so that the picture keeps its size."""

    width: float
    height: float


@dataclass(frozen=True)
class Placed:
    """A panel's content on the page: corner, size, and the side of a cell, in pixels."""

    panel: Panel
    x: float
    y: float
    width: float
    height: float
    cell: float

    def letters(self):
        """Height of the numbers in a grid's cells: as large as the longest allows, or 0."""
        longest = max(
            len(format_number(value, self.panel.digits)) for value in np.ravel(self.panel.values)
        )
        size = min(16, self.cell * 0.44, self.cell * 1.5 / max(longest, 2))
        return size if size >= 7 else 0

    @property
    def _axis(self):
        panel = self.panel
        return panel.axis or (panel.first, panel.first + len(panel.values) - 1)

    @property
    def labelled(self):
        """Whether a series has room for dots and numbers; a longer one is a curve."""
        first, last = self._axis
        return self.width / (last - first + 1) >= 20

    def points(self):
        """Where the numbers of a series stand: xs, ys and the y of zero."""
        panel = self.panel
        low, high = panel.limits or (min(0, panel.values.min()), max(0, panel.values.max()))
        first, last = self._axis
        step = self.width / (last - first + 1)
        # Room for positions below, numbers above, and weights above those.
        above, below = (36, 18) if self.labelled else (4, 4)
        scale = (self.height - above - below) / ((high - low) or 1)
        bottom = self.y + self.height - below
        xs = [self.x + step * (panel.first - first + i + 0.5) for i in range(panel.shape[1])]
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
        room = self.height - 2 * WORDS - 4
        rows, thick = panel.scales or block_scales(panel.sizes, slot, room)
        found = []
        for number, (channels, height, width) in enumerate(panel.sizes):
            across, down, slant = thick * channels, rows * height, SLANT * rows * width
            if height == width == 1:
                across, down, slant = 0, thick * channels, 0
            across, down, slant = max(across, 3), max(down, 3), max(slant, 2)
            x = self.x + slot * (number + 0.5) - (across + slant) / 2
            found.append((x, self.y + WORDS + room - down, across, down, slant))
        return found


@dataclass(frozen=True, eq=False)
class Scene:
    """One picture, complete.

    Attributes
    ----------
    title : str
        What to see, in one line.
    body : Row, Column or Panel
        The panels and where they stand.
    links : tuple of Link
    marks : tuple of Mark
    focus : Cell, optional
        The cell that is explained while no hand points at another.
    note : str
        A sentence below the panels: the numbers that matter.
    problem : str
        Why the settings cannot be shown; then it stands in the place of the note.

    Examples
    --------
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
    _panels: dict = field(init=False, repr=False)

    def __post_init__(self):
        panels = list(_panels_of(self.body))
        names = [panel.name for panel in panels]
        if len(set(names)) < len(names):
            raise ValueError(f"panel names are {names}, but each must be used once.")
        object.__setattr__(self, "_panels", dict(zip(names, panels, strict=True)))
        spoken_of = {link.source for link in self.links} | {mark.panel for mark in self.marks}
        spoken_of |= {span.panel for link in self.links for span in link.spans}
        spoken_of |= {name for panel in panels for name in getattr(panel, "profiles", ())}
        if self.focus is not None:
            spoken_of.add(self.focus.panel)
        if unknown := spoken_of - set(names):
            raise ValueError(f"links, marks and focus name {unknown}, but the panels are {names}.")

    @property
    def panels(self):
        """dict of str to Panel, in reading order."""
        return self._panels

    def link_of(self, cell):
        """The link that explains a cell, or None."""
        return next((link for link in self.links if link.source == cell.panel), None)

    def sources(self, cell):
        """The cells that a cell depends on, in the order of the arithmetic."""
        link = self.link_of(cell)
        if link is None:
            return []
        return [found for span in link.spans for found in span.cells(cell.row, cell.column)]

    def winners(self, cell):
        """The sources that are the largest, for a link that takes the largest."""
        link = self.link_of(cell)
        if link is None or link.how != "max":
            return []
        found = self.sources(cell)
        values = [self.panels[c.panel].value(c.row, c.column) for c in found]
        return [c for c, value in zip(found, values, strict=True) if value == max(values)]

    def users(self, cell):
        """The cells that depend on a cell."""
        found = []
        for link in self.links:
            rows, columns = self.panels[link.source].shape
            for span in link.spans:
                if span.panel != cell.panel:
                    continue
                if isinstance(span, Table):
                    found += [
                        Cell(link.source, i, j)
                        for i, j in np.ndindex(rows, columns)
                        if cell in span.cells(i, j)
                    ]
                    continue
                hits = [
                    _steps(span, axis, position, size)
                    for axis, (position, size) in enumerate(
                        ((cell.row, rows), (cell.column, columns))
                    )
                ]
                found += [Cell(link.source, i, j) for i, j in product(*hits)]
        return list(dict.fromkeys(found))

    def arithmetic(self, cell):
        """The line of arithmetic that gives a cell, as plain text."""
        return "".join(text for text, _ in self.tokens(cell))

    def tokens(self, cell):
        """The line of arithmetic as (text, role) pieces, so that it can be coloured.

        The stage does the same in the browser (``stage.js``); a test compares
        the two on every cell of every explorer.
        """
        panel = self.panels[cell.panel]
        if isinstance(panel, Items):
            place = max(cell.row, cell.column)
            return [(panel.lines[place], panel.roles[place])]
        own = panel.value(cell.row, cell.column)
        head = [(f"{panel.title or panel.name}{_index(panel, cell)}", panel.role)]
        link = self.link_of(cell)
        if isinstance(own, np.ndarray):
            shown = ", ".join(format_number(part, panel.digits) for part in own)
            return [*head, (f" = ({shown})", "")]
        shown = format_number(own, panel.digits)
        if link is None or link.how == "copy":
            return [*head, (" = ", ""), (shown, panel.role)]
        if link.how == "field":
            return [*head, (" = ", ""), (shown, panel.role), *self._field_tokens(link, cell)]
        terms = [
            [(*self._number(part), self.panels[part.panel].role) for part in factors]
            for factors in _factors(link, cell)
        ]
        if link.how == "max":
            total = max(value for ((value, *_),) in terms)
        else:
            total = sum(math.prod(value for value, *_ in term) for term in terms)
        if link.how == "mean":
            total /= len(terms)
        exact = is_exact(own, panel.digits) and all(
            is_whole for term in terms for _, _, is_whole, _ in term
        )
        tokens = [*head, (" = ", ""), *_wrapped(link.how, terms)]
        if abs(total - float(own)) <= 1e-4 * max(1.0, abs(total)):
            return [*tokens, (" = " if exact else " ≈ ", ""), (shown, panel.role)]
        sign = " = " if exact and is_exact(total, panel.digits) else " ≈ "
        given = f", but {link.computed or 'the cell'} gives "
        return [
            *tokens, (sign, ""), (format_number(total, panel.digits), panel.role),
            (given, ""), (shown, "window"),
        ]  # fmt: skip

    def _field_tokens(self, link, cell):
        """How many cells of each panel a cell sees; those beyond the border are not there."""
        tokens = [(" sees ", "")]
        for place, span in enumerate(link.spans):
            panel = self.panels[span.panel]
            rows, columns = panel.shape
            inside = [
                found
                for found in span.cells(cell.row, cell.column)
                if 0 <= found.row < rows and 0 <= found.column < columns
            ]
            text = "×".join(map(str, span.count))
            if len(inside) < math.prod(span.count):
                text += f" ({len(inside)} inside)"
            tokens += [(", ", "")] if place else []
            tokens += [(f"{text} of ", ""), (panel.title, panel.role)]
        return tokens

    def shown(self, panel, cell=None):
        """The numbers that a picture with profiles shows while the hand is on a cell."""
        cell = cell if cell is not None and cell.panel in panel.profiles else self.focus
        if cell is None or cell.panel not in panel.profiles:
            return panel.values
        rows, columns = panel.profiles[cell.panel]
        return np.outer(rows[cell.row], columns[cell.column])

    def _number(self, cell):
        """(value, as shown, whether the shown number is the whole truth)."""
        panel = self.panels[cell.panel]
        value = float(panel.value(cell.row, cell.column))
        return value, format_number(value, panel.digits), is_exact(value, panel.digits)

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
        _place(self.body, 0.0, 0.0, placed, signs)
        return placed, signs, _room(self.body)

    @property
    def description(self):
        """The scene in words, for stored notebooks and for screen readers."""
        lines = [self.title]
        for panel in self.panels.values():
            size = format_shape(panel.values.shape)
            words = [f"{panel.title or panel.name} ({panel.kind}, {size})"]
            if panel.caption:
                words.append(panel.caption)
            if panel.kind == "grid" and panel.heads:
                words.append("columns: " + ", ".join(panel.heads))
            if isinstance(panel, Items):
                words += [
                    f"{label} {text}".strip()
                    for label, text in zip(panel.labels, panel.texts, strict=True)
                ]
            elif panel.kind != "picture" and panel.values.size <= 100:
                words.append(_in_words(panel))
            else:
                low, high = np.min(panel.values), np.max(panel.values)
                words.append(
                    f"values from {format_number(low, panel.digits)} "
                    f"to {format_number(high, panel.digits)}"
                )
            lines.append("- " + "; ".join(words))
        if self.problem:
            lines.append(self.problem)
        elif self.note:
            lines.append(self.note)
        if self.focus is not None and not self.problem:
            lines.append(self.arithmetic(self.focus))
        return "\n".join(lines)


def _index(panel, cell):
    if panel.kind == "series":
        return f"[{panel.first + cell.column}]"
    if panel.kind == "grid" and panel.heads:
        return f" {cell.row + 1}, {panel.heads[cell.column]}"
    return f"[{cell.row}, {cell.column}]"


def _factors(link, cell):
    """The cells whose numbers are multiplied, one tuple for each term of the sum."""
    each = [span.cells(cell.row, cell.column) for span in link.spans]
    if link.how != "dot":
        return [(found,) for cells in each for found in cells]
    return [
        pair
        for numbers, weights in zip(each[::2], each[1::2], strict=True)
        for pair in zip(numbers, weights, strict=True)
    ]


def _sum_tokens(terms):
    """The products, joined by plus signs; the many zeros of a large window in a word."""
    shown = terms
    if len(terms) > MOST_TERMS:
        shown = [term for term in terms if all(value for value, *_ in term)]
    zeros = len(terms) - len(shown)
    more = max(len(shown) - MOST_TERMS, 0)
    tokens = []
    for term in shown[:MOST_TERMS]:
        tokens += [(" + ", "")] if tokens else []
        for place, (_, text, _, role) in enumerate(term):
            tokens += [("×", "")] if place else []
            tokens.append((_bracketed(text), role))
    if more:
        tokens.append((f" + … ({more} more)", ""))
    if zeros:
        told = "term that is" if zeros == 1 else "terms that are"
        tokens.append((f"{' + ' if tokens else ''}{zeros} {told} 0", ""))
    return tokens


def _wrapped(how, terms):
    """The arithmetic as it is written: a sum, a mean, or a choice."""
    if how == "max":
        tokens = [("max(", "")]
        for place, ((_, text, _, role),) in enumerate(terms):
            tokens += [(", ", "")] if place else []
            tokens.append((text, role))
        return [*tokens, (")", "")]
    if how == "mean":
        return [("(", ""), *_sum_tokens(terms), (f") / {len(terms)}", "")]
    return _sum_tokens(terms)


def _bracketed(text):
    return f"({text})" if text.startswith("−") else text


def _steps(span, axis, position, size):
    """Indices i below `size` along one axis whose span reaches `position`."""
    start, step = span.start[axis], span.step[axis]
    count, spread = span.count[axis], span.spread[axis]
    reached = []
    for index in range(size):
        offset = (
            position - start - step * (index % span.repeat[axis] if span.repeat[axis] else index)
        )
        if offset % spread == 0 and 0 <= offset // spread < count:
            reached.append(index)
    return reached


def _panels_of(part):
    if isinstance(part, Panel):
        yield part
    elif isinstance(part, (Row, Column)):
        for inner in part.parts:
            yield from _panels_of(inner)


def _room(part):
    """(width, height) of a part with its titles, captions, gaps and signs."""
    if isinstance(part, str):
        return SIGN, 0.0
    if isinstance(part, (Panel, Space)):
        return part.width, TITLE + part.height + CAPTION
    rooms = [_room(inner) for inner in part.parts]
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


def _place(part, x, y, placed, signs):
    if isinstance(part, Panel):
        placed.append(_fit(part, x, y + TITLE))
    elif isinstance(part, Row):
        height = _room(part)[1]
        for number, inner in enumerate(part.parts):
            width, _ = _room(inner)
            if isinstance(inner, str):
                middle = y + (TITLE + height - CAPTION) / 2
                signs.append((x + width / 2, middle, inner, SIGN_SIZE.get(inner, 20)))
            else:
                _place(inner, x, y, placed, signs)
                follows = part.parts[number + 1 : number + 2]
                x += GAP if follows and not isinstance(follows[0], str) else 0
            x += width
    elif isinstance(part, Column):
        for inner in part.parts:
            _place(inner, x, y, placed, signs)
            y += _room(inner)[1]


def _fit(panel, x, y):
    """Content at the top left of its room, so that the titles of a row stand level."""
    if panel.kind in ("series", "bars", "blocks"):
        return Placed(panel, x, y, panel.width, panel.height, panel.width / panel.shape[1])
    rows, columns = panel.shape
    cell = min(panel.width / columns, panel.height / rows)
    if panel.kind == "grid":
        cell = min(cell, LARGEST)
    return Placed(panel, x, y, cell * columns, cell * rows, cell)


def _in_words(panel):
    rows = np.atleast_2d(panel.values) if panel.values.ndim < 3 else panel.values
    return "; ".join(
        " ".join(format_number(value, panel.digits) for value in np.ravel(row)) for row in rows
    )


def format_number(value, digits=2):
    """A number as it is written in cells and arithmetic.

    Parameters
    ----------
    value : float
    digits : int
        Most decimals; zeros at the end are left out. Halves are rounded away
        from zero, as JavaScript does, so that browser and kernel agree.

    Returns
    -------
    str
        With a real minus sign.

    Examples
    --------
    >>> format_number(2.50), format_number(-0.125), format_number(3)
    ('2.5', '−0.13', '3')
    """
    if abs(value) >= HUGE:
        return f"{float(value):.2e}".replace(".00e", "e").replace("-", "−")
    exact = Decimal(float(value))
    rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{rounded:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0") else text.replace("-", "−")


def format_shape(shape):
    """A shape as it is written under panels.

    Parameters
    ----------
    shape : sequence of int

    Returns
    -------
    str

    Examples
    --------
    >>> format_shape((3, 28, 28))
    '3 x 28 x 28'
    """
    return " x ".join(map(str, shape))


def is_exact(value, digits):
    """Whether the written number is the number itself, up to the noise of floats."""
    written = float(format_number(value, digits).replace("−", "-"))
    return abs(written - float(value)) <= 1e-12 * max(1.0, abs(float(value)))
