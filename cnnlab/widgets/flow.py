"""The record of a run as a graph that can be read: folded, named and counted."""

from typing import NamedTuple

import numpy as np

from cnnlab.arguments import short
from cnnlab.scene import format_shape

__all__ = [
    "LEARNING",
    "SIGNS",
    "Fold",
    "folds",
    "joins",
    "label_of",
    "line_of",
    "read_record",
    "volume",
    "without_passing",
]

PASSED_ON = ("Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d")
SIGNS = {"sum": "+", "add": "+", "mul": "×", "sub": "−", "concatenation": "concat"}
WORDS = {
    "BatchNorm2d": "BN", "BatchNorm1d": "BN", "Conv2d": "conv", "ConvTranspose2d": "up",
    "MaxPool2d": "max", "AvgPool2d": "average", "AdaptiveAvgPool2d": "average", "Linear": "dense",
    "Flatten": "flatten", "average pooling": "average", "max pooling": "max",
}  # fmt: skip
LEARNING = ("Conv2d", "ConvTranspose2d", "Linear")


def read_record(name, value):
    """A reader of records, for :class:`Held`."""
    from cnnlab.trace import Trace

    if not isinstance(value, Trace):
        raise ValueError(
            f"{name} is {short(value)}, but it must be what cnnlab.trace.trace(model, shape) gives."
        )
    return value


def without_passing(record, passes=lambda node: node.kind in PASSED_ON):
    """Places of the nodes that do something, and edges that skip those that only pass on.

    Parameters
    ----------
    record : cnnlab.trace.Trace
    passes : callable
        Whether a node only passes on what it gets; by default those that do nothing.

    Returns
    -------
    kept : list of int
    edges : list of (int, int)
    """
    passed = {n for n, node in enumerate(record.nodes) if passes(node)}
    feeds = {}
    for a, b in record.edges:
        feeds.setdefault(b, []).append(a)

    def behind(place):
        """What really feeds a node through those that only pass on."""
        for source in feeds.get(place, ()):
            if source in passed:
                yield from behind(source)
            else:
                yield source

    kept = [n for n in range(len(record.nodes)) if n not in passed]
    return kept, sorted({(source, n) for n in kept for source in behind(n)})


def volume(shape):
    """(channels, rows, columns); axes that are not there have length 1."""
    shape = tuple(shape) or (1,)
    return (*shape[:2], int(np.prod(shape[2:]))) if len(shape) > 2 else (*shape, 1, 1)[:3]


def label_of(node):
    """A node in few words: its kind and what tells it from others."""
    word = WORDS.get(node.kind, node.kind)
    return f"{word} {node.detail}".strip()


def line_of(record, parts, call=None):
    """What is said of nodes that are drawn as one: what comes out, and what it costs.

    Parameters
    ----------
    record : cnnlab.trace.Trace
    parts : list of int
        Their places.
    call : (str, str), optional
        Name and class of what is not opened, if it is that.
    """
    nodes = [record.nodes[part] for part in parts]
    shape = f"output = {format_shape(nodes[-1].shape)}"
    rows = [record.rows[node.row] for node in nodes if node.row is not None]
    if call is not None:
        parameters, macs = (
            sum(int(getattr(row, what)) for row in rows) for what in ("parameters", "macs")
        )
        return (
            f"{call[0]} ({call[1]}, {len(nodes)} layers): {shape}; {parameters:,} "
            f"parameters, {macs:,} multiply-accumulates"
        )
    kinds = ", ".join(node.kind for node in nodes)
    words = [row.arithmetic for row in rows if row.arithmetic != "nothing learned"]
    name = f"{nodes[0].name} ({kinds})"
    if nodes[0].kind != "input" and (not rows or rows[0].note.startswith("in forward")):
        # It is no layer: its name is that of the module whose forward does it.
        name = f"{kinds} in {nodes[0].name.split(' (')[0]}"
    if nodes[0].kind != "input" and not record.feeds(parts[0]):
        words.append("what feeds it could not be seen")
    return "; ".join([f"{name}: {shape}", *words])


def joins(arrows, place):
    """Whether branches meet at a node."""
    return sum(end == place for _, end in arrows) > 1


class Fold(NamedTuple):
    """Nodes that are drawn as one, and what is inside.

    Attributes
    ----------
    name : str
        Of the node, of the module, or of the first and the last of a stage; unique. The
        whole has none.
    kind : str
        The class of the module, or what it is.
    parts : tuple of int
        Places of its nodes, which follow on each other.
    inside : tuple of Fold
        Empty for a single node.
    """

    name: str
    kind: str
    parts: tuple
    inside: tuple = ()

    def leaves(self):
        """The name of each single node, by its place."""
        if not self.inside:
            return {self.parts[0]: self.name}
        return {part: name for fold in self.inside for part, name in fold.leaves().items()}

    def find(self, name):
        """The way from here to a fold or a node: a list of folds, or None."""
        if self.name == name:
            return [self]
        for fold in self.inside:
            if (way := fold.find(name)) is not None:
                return [self, *way]
        return None


def folds(record, most):
    """A record as a tree of modules, no more than `most` side by side.

    Modules are as in the code. Where more than `most` follow on each other, those whose
    maps have one size become a stage, and what is still too long is cut into equal parts.

    Parameters
    ----------
    record : cnnlab.trace.Trace
    most : int

    Returns
    -------
    Fold
        The whole network.
    """
    parts = without_passing(record)[0]
    inside = _modules(record, parts, 0)
    return Fold("", record.model, tuple(parts), _staged(record, inside, most))


def _modules(record, parts, depth):
    """Folds of the modules that are called at a depth, and single nodes between them."""
    groups = {}
    for place in parts:
        calls = record.nodes[place].calls
        groups.setdefault(calls[depth] if len(calls) > depth else place, []).append(place)
    found = []
    for key, places in groups.items():
        if isinstance(key, int):
            node = record.nodes[key]
            # What a forward does itself has the name of its module, which may be a fold too.
            inside = node.calls and node.name.partition(" (")[0] == node.calls[-1][0]
            name = f"{node.name}: {node.kind}" if inside else node.name
            found.append(Fold(name, node.kind, (key,)))
            continue
        name, kind, call = key
        inside = _modules(record, places, depth + 1)
        if len(inside) == 1:
            found += inside  # a module that only holds another
        else:
            again = f" ({call})" if call > 1 else ""
            found.append(Fold(f"{name}{again}", kind, tuple(places), inside))
    return tuple(found)


def _staged(record, inside, most):
    """The same folds, with more inside where there are too many side by side."""
    deep = [
        fold._replace(inside=_staged(record, fold.inside, most)) if fold.inside else fold
        for fold in inside
    ]
    return tuple(_fewer(record, deep, most))


def _fewer(record, row, most):
    """At most so many folds, in their order."""
    if len(row) <= most:
        return row
    runs = []
    for fold in row:
        size = fold.kind == "input" or record.nodes[fold.parts[-1]].shape[1:]
        if runs and runs[-1][0] == size:
            runs[-1][1].append(fold)
        else:
            runs.append((size, [fold]))
    pieces = [run for _, run in runs]
    if len(pieces) == 1 or len(pieces) == len(row):  # no sizes to go by: parts of equal length
        count = min(-(-len(row) // most), most)
        each = -(-len(row) // count)
        pieces = [row[at : at + each] for at in range(0, len(row), each)]
    stages = [_stage(_fewer(record, piece, most)) for piece in pieces]
    return _fewer(record, stages, most)


def _stage(folds_):
    """Folds that follow on each other, as one."""
    if len(folds_) == 1:
        return folds_[0]
    parts = tuple(part for fold in folds_ for part in fold.parts)
    name = f"{folds_[0].name} … {folds_[-1].name.rpartition(' … ')[2]}"
    return Fold(name, "stage", parts, tuple(folds_))
