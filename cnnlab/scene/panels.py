"""What stands in a picture: grids of numbers, images, series, bars and blocks to scale."""

from dataclasses import dataclass, field

import numpy as np

from cnnlab.arguments import flag, integer, number, one_of, several, short, text
from cnnlab.ops import as_numbers
from cnnlab.scene.vocabulary import COLORS, STYLES, Declared, role_of

__all__ = [
    "Bars",
    "Blocks",
    "Grid",
    "Items",
    "Panel",
    "Picture",
    "Series",
    "natural_limits",
    "read_limits",
]

MOST_DIGITS = 12
FLAGS = ("faded", "editable", "paintable", "logarithmic", "choosable", "movable", "solid",
         "pickable")  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel(Declared):
    """What all panels have in common.

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
    colors : {"none", "gray", "diverging", "heat", "classes"}
        Map from numbers to colours; "diverging" is centred on 0, "classes" has one
        colour for each of 11 whole numbers.
    limits : (float, float), optional
        Numbers at the ends of the map; by default those of `values`.
    digits : int
        Most decimals of a number.
    faded : bool
        Drawn as context, not as what to look at.

    Raises
    ------
    ValueError
        If a word is none of the scene's vocabulary, or the numbers cannot be shown.
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
        text(f"name of a {self.kind}", self.name, empty=False)
        whose = f"of the {self.kind} {self.name!r}"
        for name in ("title", "caption"):
            text(f"{name} {whose}", getattr(self, name))
        values = np.asarray(self.values)
        if values.ndim not in self.axes:
            raise ValueError(
                f"values {whose} have shape {values.shape}, but a {self.kind} has "
                f"{' or '.join(map(str, self.axes))} axes."
            )
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            what = "is not a number" if np.isnan(values).any() else "is too large to show"
            raise ValueError(f"{self.title or self.name} holds a number that {what}.")
        self._set("values", self._read(values))
        role_of(f"role {whose}", self.role)
        one_of(f"colors {whose}", self.colors, COLORS)
        integer(f"digits {whose}", self.digits, 0, MOST_DIGITS)
        for name in ("width", "height"):
            self._set(name, number(f"{name} {whose}", getattr(self, name), above=0))
        for name, given in vars(self).items():
            if name in FLAGS:
                flag(f"{name} {whose}", given)
        if self.limits is None and self.colors != "none":
            self._set("limits", natural_limits(self.values, self.colors))
        if self.limits is not None:
            self._set("limits", read_limits(f"limits {whose}", self.limits))

    def _read(self, values):
        return as_numbers(f"values of the {self.kind} {self.name!r}", values, self.axes)

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


def natural_limits(values, colors):
    """The ends of a colour map for `values`: symmetric about 0 for a diverging one."""
    low, high = float(np.min(values)), float(np.max(values))
    if colors == "diverging":
        reach = max(abs(low), abs(high)) or 1.0
        return -reach, reach
    # Huge numbers have no neighbour at a distance of 1.
    return (low, high) if high > low else (low, low + max(1.0, abs(low)))


def read_limits(name, limits):
    """Two finite numbers, the lower one first, or a sentence that says so."""
    try:
        low, high = limits
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {short(limits)}, but it must be (low, high).") from None
    low, high = float(number(name, low)), float(number(name, high))
    if not low < high:
        raise ValueError(f"{name} are {short(limits)}, but the first must be below.")
    return low, high


@dataclass(frozen=True, eq=False, kw_only=True)
class Grid(Panel):
    """A grid of numbers, each written in its cell where there is room.

    Attributes
    ----------
    editable : bool
        A number can be typed into each cell; the explorer is told.
    pickable : bool
        A cell can be chosen, by mouse or with Enter; the explorer is told its place.
    lens : (str, str), optional
        (link source, panel): shows, instead of `values`, the cells of the panel
        that the cell under the hand depends on. `values` gives the shape.
    heads : tuple of str
        A name for each column, written below it in place of a caption.
    """

    editable: bool = False
    pickable: bool = False
    lens: tuple | None = None
    heads: tuple = ()
    kind = "grid"

    def __post_init__(self):
        super().__post_init__()
        self._set("heads", several(f"heads of the grid {self.name!r}", self.heads, str))
        if self.lens is not None:
            lens = several(f"lens of the grid {self.name!r}", self.lens, str)
            if len(lens) != 2:
                raise ValueError(
                    f"lens of the grid {self.name!r} is {short(lens)}, but it must be (source, "
                    "panel)."
                )
        if self.heads and len(self.heads) != self.shape[1]:
            raise ValueError(
                f"heads of the grid {self.name!r} are {len(self.heads)}, but it has "
                f"{self.shape[1]} columns."
            )


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
    pickable : bool
        A cell can be chosen, by mouse or with Enter; the explorer is told its place.
    names : tuple of str
        What whole numbers stand for, from ``limits[0]`` on: classes of pixels.
    """

    colors: str = "gray"
    profiles: dict = field(default_factory=dict)
    paintable: bool = False
    pickable: bool = False
    names: tuple = ()
    kind = "picture"
    axes = (2, 3)

    def __post_init__(self):
        # What the browser gets, so that both sides write the same numbers.
        with np.errstate(over="ignore"):  # what becomes infinite is refused in words
            values = np.asarray(self.values)
            if values.dtype.kind != "c":  # refused in words as well
                self._set("values", values.astype(np.float32, copy=False))
        super().__post_init__()
        self._read_profiles()
        if self.colors == "none":
            raise ValueError(f"colors of the picture {self.name!r} is 'none': it would be empty.")
        if self.values.ndim == 3 and self.values.shape[2] != 3:
            raise ValueError(
                f"values of the picture {self.name!r} have shape {self.values.shape}, but it must "
                "be (H, W) or (H, W, 3)."
            )

        names = several(f"names of the picture {self.name!r}", self.names, str)
        low, high = self.limits or (0, 0)
        if names and (self.values.ndim == 3 or len(names) != high - low + 1):
            raise ValueError(
                f"names of the picture {self.name!r} are {len(names)}, but its limits go from "
                f"{low:g} to {high:g}."
            )
        self._set("names", names)

    def called(self, number):
        """The name that a number stands for, or ""."""
        place = number - self.limits[0] if self.names else -1
        return self.names[int(place)] if place in range(len(self.names)) else ""

    def _read_profiles(self):
        what = f"profiles of the picture {self.name!r}"
        if not isinstance(self.profiles, dict):
            raise ValueError(f"{what} is {short(self.profiles)}, but it must be a dict.")
        if self.profiles and self.values.ndim == 3:
            raise ValueError(f"{what} need a picture of one channel.")
        read = {}
        for name, parts in self.profiles.items():
            if not isinstance(parts, (tuple, list)) or len(parts) != 2:
                raise ValueError(f"{what} for {short(name)} must be two arrays.")
            read[name] = tuple(as_numbers(f"{what} for {short(name)}", part, 2) for part in parts)
        self._set("profiles", read)


@dataclass(frozen=True, eq=False, kw_only=True)
class Series(Panel):
    """Numbers along one axis.

    Attributes
    ----------
    style : {"line", "stem"}
        Numbers joined by a line, or each on a line of its own.
    first : int
        Position of the first number on the axis.
    axis : (int, int), optional
        First and last position that the axis shows.
    """

    style: str = "line"
    first: int = 0
    axis: tuple | None = None
    kind = "series"
    axes = (1,)

    def __post_init__(self):
        super().__post_init__()
        whose = f"of the series {self.name!r}"
        one_of(f"style {whose}", self.style, STYLES)
        integer(f"first {whose}", self.first)
        last = self.first + len(self.values) - 1
        axis = (self.first, last) if self.axis is None else self.axis
        if not isinstance(axis, (tuple, list)) or len(axis) != 2:
            raise ValueError(f"axis {whose} is {short(axis)}, but it must be (first, last).")
        start, end = (integer(f"axis {whose}", part) for part in axis)
        if not start <= self.first <= last <= end:
            raise ValueError(
                f"axis of the series {self.name!r} goes from {start} to {end}, but its numbers "
                f"from {self.first} to {last}."
            )
        self._set("axis", (start, end))

    @property
    def shape(self):
        return (1, len(self.values))

    def value(self, row, column):
        return self.values[column] if row == 0 and 0 <= column < len(self.values) else 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Items(Panel):
    """What bars, blocks, graphs and boxes have in common: named things in a row.

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
            self._set("roles", (self.role,) * len(self.values))
        for name in ("labels", "texts", "lines", "roles"):
            whose = f"{name} of the {self.kind} {self.name!r}"
            self._set(name, several(whose, getattr(self, name), str))
        parts = (self.labels, self.texts, self.lines, self.roles)
        if [len(part) for part in parts] != [len(self.values)] * 4:
            raise ValueError(
                f"the {self.kind} {self.name!r} has {len(self.values)} values, but "
                f"{[len(part) for part in parts]} labels, texts, lines and roles."
            )
        for role in self.roles:
            role_of(f"a role of the {self.kind} {self.name!r}", role)

    @property
    def shape(self):
        return (1, len(self.values))

    def value(self, row, column):
        rows, columns = self.shape
        inside = 0 <= row < rows and 0 <= column < columns
        return self.values[max(row, column)] if inside else 0


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

    def __post_init__(self):
        super().__post_init__()
        number(f"names of the bars {self.name!r}", self.names, minimum=0, maximum=self.width)

    @property
    def shape(self):
        return (len(self.values), 1)


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
    edges : tuple of (int, int)
        From a box to a later one that is computed of it. One to the next box is a short
        arrow, one that skips boxes goes below them.
    """

    sizes: tuple = ()
    scales: tuple | None = None
    edges: tuple = ()
    kind = "blocks"

    def __post_init__(self):
        super().__post_init__()
        whose = f"of the blocks {self.name!r}"
        sizes = several(f"sizes {whose}", self.sizes, tuple, list)
        if len(sizes) != len(self.values) or any(len(size) != 3 for size in sizes):
            raise ValueError(
                f"sizes {whose} must be (channels, rows, columns) of each of its "
                f"{len(self.values)} values."
            )
        sizes = tuple(tuple(integer(f"sizes {whose}", n, 1) for n in size) for size in sizes)
        self._set("sizes", sizes)
        if self.scales is not None:
            scales = several(f"scales {whose}", self.scales, int, float)
            if len(scales) != 2:
                raise ValueError(f"scales {whose} is {scales}, but it must be (row, channel).")
            for part in scales:
                number(f"scales {whose}", part, above=0)
        edges = several(f"edges {whose}", self.edges, tuple, list)
        for edge in edges:
            if len(edge) != 2 or not 0 <= edge[0] < edge[1] < len(sizes):
                raise ValueError(
                    f"edges {whose} has {short(edge)}, but each must lead from one of its "
                    f"{len(sizes)} boxes to a later one."
                )
        edges = tuple(tuple(integer(f"edges {whose}", n, 0) for n in edge) for edge in edges)
        self._set("edges", edges)
