"""A graph: nodes that are words, boxes to scale or small pictures, and edges between them."""

from dataclasses import dataclass, field

import numpy as np

from cnnlab.arguments import integer, number, one_of, several, short, text
from cnnlab.ops import as_numbers
from cnnlab.scene.panels import Items, natural_limits, read_limits
from cnnlab.scene.vocabulary import COLORS, Declared, role_of

__all__ = ["Graph", "Node"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Node(Declared):
    """One thing in a graph.

    Attributes
    ----------
    name : str
        How edges and the explorer speak of it; unique in its graph.
    label : str
        What is written in it, or below a box or a picture; by default the name.
    text : str
        A second, quieter line: its shape.
    line : str
        What is said while the hand points at it; by default label and text.
    role : str
        One of ``scene.ROLES``.
    size : (int, int, int), optional
        (channels, rows, columns): the node is a box to scale.
    picture : numpy.ndarray, shape (H, W) or (H, W, 3), optional
        The node is a small picture.
    colors : {"gray", "diverging", "heat"}
    limits : (float, float), optional
        Of the picture, as for a :class:`Picture`.
    stack : str
        Nodes of one stack follow on each other and stand as one column, with the words of
        the first below; edges go to and from the first.

    Examples
    --------
    >>> Node(name="add", label="+").line
    '+'
    """

    name: str
    label: str = ""
    text: str = ""
    line: str = ""
    role: str = "plain"
    size: tuple | None = None
    picture: np.ndarray | None = None
    colors: str = "gray"
    limits: tuple | None = None
    stack: str = ""

    def __post_init__(self):
        text("name of a node", self.name, empty=False)
        whose = f"of the node {self.name!r}"
        for name in ("label", "text", "line", "stack"):
            text(f"{name} {whose}", getattr(self, name))
        role_of(f"role {whose}", self.role)
        one_of(f"colors {whose}", self.colors, COLORS[1:])
        self._set("label", self.label or self.name)
        self._set("line", self.line or f"{self.label} {self.text}".strip())
        if self.size is not None:
            if not isinstance(self.size, (tuple, list)) or len(self.size) != 3:
                raise ValueError(
                    f"size {whose} is {short(self.size)}, but it must be (channels, rows, columns)."
                )
            self._set("size", tuple(integer(f"size {whose}", part, 1) for part in self.size))
        if self.picture is not None:
            if self.size is not None:
                raise ValueError(f"the node {self.name!r} has a size and a picture: give one.")
            values = as_numbers(f"picture {whose}", self.picture, (2, 3)).astype(np.float32)
            self._set("picture", values)
            if values.ndim == 3 and values.shape[2] != 3:
                raise ValueError(
                    f"picture {whose} has shape {values.shape}, but it must be (H, W) or (H, W, 3)."
                )
            if self.limits is None:
                self._set("limits", natural_limits(values, self.colors))
        if self.limits is not None:
            self._set("limits", read_limits(f"limits {whose}", self.limits))


@dataclass(frozen=True, eq=False, kw_only=True)
class Graph(Items):
    """Nodes and edges, laid out from left to right in the order of the edges.

    Point at a node: what feeds it and what it feeds lights up. Edges may fork, join
    and skip; a skip is drawn around what it skips.

    Attributes
    ----------
    nodes : tuple of Node
    edges : tuple of (str, str)
        From a node to another, by name; they must not run in a circle.
    tints : tuple of float
        For each edge its place on the circle of hues, from 0 to 1: edges of one tint
        have one colour. By default all are gray.
    choosable : bool
        A node can be chosen, by mouse or with Enter; the explorer is told its name.
    chosen : str
        Name of the node that is shown as chosen.
    tile : float
        Pixels of a node that is a picture.
    align : {"center", "left"}
        Where it stands in its room.

    Examples
    --------
    >>> nodes = tuple(Node(name=name) for name in ("x", "conv", "add"))
    >>> edges = ("x", "conv"), ("conv", "add"), ("x", "add")
    >>> graph = Graph(name="block", nodes=nodes, edges=edges)
    >>> graph.feeds(2), graph.columns
    ((1, 0), (0, 1, 2))
    """

    values: np.ndarray = field(init=False, default=None)
    labels: tuple = field(init=False, default=())
    texts: tuple = field(init=False, default=())
    lines: tuple = field(init=False, default=())
    roles: tuple = field(init=False, default=())
    nodes: tuple = ()
    edges: tuple = ()
    tints: tuple = ()
    choosable: bool = False
    chosen: str = ""
    tile: float = 44
    align: str = "center"
    kind = "graph"

    def __post_init__(self):
        self._set("nodes", several(f"nodes of the graph {short(self.name)}", self.nodes, Node))
        names = [node.name for node in self.nodes]
        if not names:
            raise ValueError(f"the graph {self.name!r} has no nodes, but it needs at least 1.")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the graph {self.name!r} has two nodes {twice[0]!r}.")
        edges = several(f"edges of the graph {short(self.name)}", self.edges, tuple, list)
        self._set("edges", tuple(map(tuple, edges)))
        for edge in self.edges:
            if len(edge) != 2 or not _joins(edge, names) or self.edges.count(edge) > 1:
                raise ValueError(
                    f"an edge of the graph {self.name!r} is {short(edge)}, but it must join two of "
                    f"its nodes {short(names)}, and stand once."
                )
        tints = several(f"tints of the graph {short(self.name)}", self.tints, int, float)
        for tint in tints:
            number(f"tints of the graph {self.name!r}", tint, minimum=0, maximum=1)
        if tints and len(tints) != len(self.edges):
            raise ValueError(
                f"tints of the graph {self.name!r} are {len(tints)}, but it has "
                f"{len(self.edges)} edges."
            )
        self._set("tints", tints)
        if self.chosen and self.chosen not in names:
            raise ValueError(
                f"chosen of the graph {self.name!r} is {self.chosen!r}, but its nodes are "
                f"{short(names)}."
            )
        place = {name: at for at, name in enumerate(names)}
        one_of(f"align of the graph {self.name!r}", self.align, ("center", "left"))
        number(f"tile of the graph {self.name!r}", self.tile, above=0)
        self._set("arrows", tuple((place[start], place[end]) for start, end in self.edges))
        self._set("heads", self._first_of_each_stack())
        for edge, ends in zip(self.edges, self.arrows, strict=True):
            if any(self.heads[end] != end for end in ends):
                raise ValueError(
                    f"an edge of the graph {self.name!r} is {short(edge)}, but edges go to and "
                    "from the first node of a stack."
                )
        columns = _columns(len(names), self.arrows, self.name)
        self._set("columns", tuple(columns[head] for head in self.heads))
        self._set("values", np.zeros(len(names)))
        for part in ("label", "text", "line", "role"):
            self._set(f"{part}s", tuple(getattr(node, part) for node in self.nodes))
        super().__post_init__()

    def _first_of_each_stack(self):
        """For each node the number of the first of its stack; its own if it stands alone."""
        heads, begun = [], {}
        for place, node in enumerate(self.nodes):
            if node.stack and node.stack in begun and self.nodes[place - 1].stack != node.stack:
                raise ValueError(
                    f"the stack {node.stack!r} of the graph {self.name!r} is parted: its nodes "
                    "must follow on each other."
                )
            heads.append(begun.setdefault(node.stack, place) if node.stack else place)
        return tuple(heads)

    def stacked(self, head):
        """How many nodes stand in the stack of its first node."""
        return self.heads.count(head)

    def feeds(self, place):
        """Numbers of the nodes that feed a node, of stacks the first, in the edges' order."""
        return tuple(start for start, end in self.arrows if end == self.heads[place])

    def fed(self, place):
        """Numbers of the nodes that a node feeds, of stacks the first, in the edges' order."""
        return tuple(end for start, end in self.arrows if start == self.heads[place])


def _joins(edge, names):
    """Whether an edge goes from one of the names to another."""
    start, end = edge
    return start in names and end in names and start != end


def _columns(count, arrows, name):
    """For each node the longest way to it from a node that nothing feeds."""
    columns = [0] * count
    for _ in range(count):
        before = list(columns)
        for start, end in arrows:
            columns[end] = max(columns[end], columns[start] + 1)
        if columns == before:
            return tuple(columns)
    raise ValueError(f"the edges of the graph {name!r} run in a circle.")
