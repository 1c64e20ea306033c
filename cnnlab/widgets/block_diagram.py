"""The data flow of a block or a network, drawn from the code itself."""

from functools import cache
from typing import NamedTuple

from cnnlab.scene import Cell, Graph, Node, Scene, format_shape
from cnnlab.widgets.controls import OWN, Choice, Held, Slider, Switch
from cnnlab.widgets.explorer import Explorer
from cnnlab.widgets.flow import (
    LEARNING,
    SIGNS,
    joins,
    label_of,
    line_of,
    read_record,
    without_passing,
)

__all__ = ["BlockDiagram"]

WIDTH, HEIGHT = 780, 230
MOST = 20  # nodes that can be read side by side
DEEPEST = 4  # levels of modules that can be opened
# What can be chosen: how it is made, and what it takes.
READY = {
    "basic block": ("BasicBlock", (64, 64), (64, 56, 56)),
    "basic block, projection": ("BasicBlock", (64, 128, 2), (64, 56, 56)),
    "bottleneck": ("Bottleneck", (256, 64), (256, 56, 56)),
    "bottleneck, projection": ("Bottleneck", (64, 64), (64, 56, 56)),
    "inception module": ("Inception", (192, 64, (96, 128), (16, 32), 32), (192, 28, 28)),
    "dense layer": ("DenseLayer", (64, 32), (64, 56, 56)),
    "LeNet-5": ("lenet5", (), (1, 28, 28)),
}
FOLLOWING = ("BatchNorm1d", "BatchNorm2d", "ReLU")


class Group(NamedTuple):
    """What is drawn as one node.

    Attributes
    ----------
    parts : list of int
        Places among the nodes of the record.
    call : (str, str, int) or None
        The module that is not opened, if it is one.
    """

    parts: list
    call: tuple | None


class BlockDiagram(Explorer):
    """Layers as they feed each other: forks, skips, sums and concatenations.

    The module runs once, with shapes only, and what it did is drawn. Point at a node:
    what feeds it and what it feeds lights up, and its counts are written out.

    Parameters
    ----------
    model : torch.nn.Module, optional
        A block or a network of your own.
    input_shape : tuple of int, or list, optional
        What it takes, without the batch.
    record : cnnlab.trace.Trace, optional
        The record of a run, if there is one already.
    block : str, optional
        A ready block or network.
    opened : int, optional
        How many levels of modules are opened; the others are drawn as one node each. At
        most so many as can be read.
    joined : bool, optional
        A convolution and the normalization and activation behind it are one node.

    Raises
    ------
    ValueError
        If the model cannot be run, see :func:`cnnlab.trace.trace`. Where even the whole has
        more nodes than can be read, the explorer says so.

    References
    ----------
    The papers that :mod:`cnnlab.models` names.

    Examples
    --------
    >>> diagram = BlockDiagram(block="basic block", joined=True)
    >>> diagram.current.panels["flow"].labels
    ('x', 'conv 3x3, 64', 'conv 3x3, 64', '+', 'ReLU')
    """

    block = Choice((*READY, OWN))
    joined = Switch(False, "conv, BN and ReLU as one")
    opened = Slider(0, DEEPEST, DEEPEST, "opened levels", width=240)
    record = Held(
        read=read_record, choice="block", ready=lambda name: _ready(name),
        ask="write BlockDiagram(model, input_shape)",
    )  # fmt: skip

    def __init__(self, model=None, input_shape=None, **settings):
        if model is None and input_shape is not None:
            raise ValueError("input_shape is given without a model.")
        if model is not None:
            from cnnlab.trace import trace

            settings["record"] = trace(model, input_shape)
        super().__init__(**settings)

    @staticmethod
    def ranges(record, joined):
        deepest = _deepest(record)
        readable = [n for n in range(deepest + 1) if len(_groups(record, n, joined)[0]) <= MOST]
        return {"opened": (0, max(readable, default=0))}

    @staticmethod
    def scene(block, opened, joined, record):
        """The graph of the record; see the class."""
        groups, edges = _groups(record, opened, joined)
        if len(groups) > MOST:
            raise ValueError(
                f"opened is {opened}: that makes {len(groups)} nodes, but at most {MOST} can be "
                "read. Join layers, draw one of its blocks, or write NetworkExplorer."
            )
        place = {part: number for number, group in enumerate(groups) for part in group.parts}
        arrows = sorted({(place[a], place[b]) for a, b in edges if place[a] != place[b]})
        feeds = {a for a, _ in arrows}
        nodes = tuple(
            _node(str(number), record, group, last=number not in feeds)
            for number, group in enumerate(groups)
        )
        graph = Graph(
            name="flow", title="data flow", width=WIDTH, height=HEIGHT, nodes=nodes,
            edges=tuple((str(a), str(b)) for a, b in arrows),
        )  # fmt: skip
        meet = next((n for n, group in enumerate(groups) if joins(arrows, n)), len(groups) - 1)
        return Scene(
            "What feeds what, as the code ran", graph, focus=Cell("flow", 0, meet),
            note=f"{record.model} on {' and '.join(map(format_shape, record.input_shapes))}: "
            f"{record.total_parameters:,} parameters, "
            f"{record.total_macs:,} multiply-accumulates. "
            f"{_told(record, groups, arrows)}{_deeper(record, opened, joined)}",
        )  # fmt: skip


@cache
def _ready(name):
    """The record of a ready block, made without memory."""
    import torch

    from cnnlab import models
    from cnnlab.trace import trace

    maker, given, shape = READY[name]
    with torch.device("meta"):
        return trace(getattr(models, maker)(*given), shape)


def _deepest(record):
    """How many levels of modules can be opened."""
    return min(max((len(node.calls) for node in record.nodes), default=0), DEEPEST)


def _groups(record, opened, joined):
    """What is drawn as one node each, and the edges between the nodes of the record."""
    parts, edges = without_passing(record)
    groups = _folded(record, parts, opened)
    return (_joined(record, groups, edges) if joined else groups), edges


def _folded(record, parts, opened):
    """Nodes in groups: one module that is not opened is one group, for each of its calls."""
    groups = {}
    for place in parts:
        calls = record.nodes[place].calls
        closed = calls[: opened + 1] if len(calls) > opened else None
        group = groups.setdefault(closed or place, Group([], closed and closed[-1]))
        group.parts.append(place)
    return list(groups.values())


def _joined(record, groups, edges):
    """Groups in which a convolution has the normalization and the activation behind it."""
    feeds, fed = {}, {}
    for a, b in edges:
        feeds.setdefault(b, set()).add(a)
        fed.setdefault(a, set()).add(b)
    joined, home = [], {}  # what layer may still take in what follows it
    for group in groups:
        part = group.parts[0]
        before = feeds.get(part, set())
        one = next(iter(before)) if len(before) == 1 else None
        follows = group.call is None and record.nodes[part].kind in FOLLOWING
        if follows and one in home and len(fed[one]) == 1:
            home[one].parts.append(part)
            home[part] = home[one]
            continue
        joined.append(Group(list(group.parts), group.call))
        if group.call is None and record.nodes[part].kind in LEARNING:
            home[part] = joined[-1]
    return joined


def _node(name, record, group, last):
    first, end = record.nodes[group.parts[0]], record.nodes[group.parts[-1]]
    role, label = "plain", label_of(first)
    if group.call is not None:
        module, kind, _ = group.call
        # What only holds others is told by its name.
        role, label = "kernel", module.rpartition(".")[2] if kind == "Sequential" else kind
    elif first.kind == "input":
        role, label = "input", "x"
    elif first.kind in SIGNS:
        role, label = "window", SIGNS[first.kind]
    elif first.kind in LEARNING:
        role = "kernel"
    if last and role != "input":
        role = "output"
    return Node(
        name=name, label=label, text=format_shape(end.shape), role=role,
        line=line_of(record, group.parts, group.call),
    )  # fmt: skip


def _deeper(record, opened, joined):
    """Why no further level can be opened, if there is one."""
    count = len(_groups(record, opened + 1, joined)[0]) if opened < _deepest(record) else 0
    return f" One level deeper there are {count} nodes, too many to read." if count > MOST else ""


def _told(record, groups, arrows):
    """Where branches meet, in words."""
    meet = [n for n in range(len(groups)) if joins(arrows, n)]
    if not meet:
        return "One layer follows the other: nothing forks."
    kinds = [record.nodes[groups[n].parts[0]].kind for n in meet]
    sums = sum(kind in ("sum", "add") for kind in kinds)
    joined = sum(kind == "concatenation" for kind in kinds)
    words = [
        f"{count} {what}{'' if count == 1 else 's'}"
        for count, what in ((sums, "sum"), (joined, "concatenation")) if count
    ]  # fmt: skip
    places = f"{len(meet)} place{'' if len(meet) == 1 else 's'}"
    return f"Branches meet at {places}" + (f": {' and '.join(words)}." if words else ".")
