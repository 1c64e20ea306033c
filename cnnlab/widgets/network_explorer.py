"""A whole network, one map of it, and one number of that map."""

from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np

from cnnlab.arguments import short
from cnnlab.inside import kind_of, look, map_view, number_view, numbers, sizes_of
from cnnlab.scene import Cell, Column, Graph, Node, Picture, Row, Scene, Space, format_shape
from cnnlab.scene.layout import CAPTION, GAP, TITLE, room
from cnnlab.widgets.controls import OWN, Choice, Held, Slider
from cnnlab.widgets.drawing import (
    Recorded,
    Sheet,
    class_names,
    digits,
    own_image,
    prediction,
    trained_lenet,
)
from cnnlab.widgets.flow import SIGNS, Fold, folds, line_of, volume, without_passing

__all__ = ["NetworkExplorer"]

LEVELS = WHOLE, MAP, NUMBER = "the network", "one map", "one number"
WIDTH, HEIGHT = 790, 598
WAY, FLOW = 34, 290  # pixels of the line that leads back, and of the data flow
SHEET, SCORES = 140, 300
TALL = HEIGHT - WAY - 2 * (TITLE + CAPTION)  # the data flow with what is drawn beside it
MOST = 13  # nodes side by side
TILE, SIDE, LONGEST = 44, 56, 400  # pixels of a map, and the most cells of it that are sent
TILES_BY_LANES = {1: 5, 2: 3, 3: 2}  # maps of a layer, by the layers above each other


TREES = WeakKeyDictionary()  # of each record that is still shown


def _tree(record):
    """A record as a tree of parts that can be read."""
    if record not in TREES:
        TREES[record] = folds(record, MOST)
    return TREES[record]


def _text(name, value):
    """The name of a node."""
    if not isinstance(value, str):
        raise ValueError(f"{name} is {short(value)}, but it must be the name of a layer.")
    return value


def _shape(name, value):
    """A shape without its batch."""
    whole = isinstance(value, (tuple, list)) and 0 < len(value) <= 4
    if not whole or not all(isinstance(n, (int, np.integer)) and n > 0 for n in value):
        raise ValueError(
            f"{name} is {short(value)}, but it must be a tuple of whole numbers such as "
            "(3, 224, 224)."
        )
    return tuple(map(int, value))


class NetworkExplorer(Sheet):
    """Any network, from the whole to one number.

    *The network*: what feeds what, as the code ran, with the first maps of each layer.
    Choose a folded part to open it, a map to see how it comes about. *One map*: the maps
    that it is made of, and what each adds. *One number*: the numbers of the window, times
    those of the kernel. The line at the top leads back.

    Draw on the image with mouse, finger or keyboard, where it is gray: all follows.

    Parameters
    ----------
    model : torch.nn.Module, optional
        From (1, 1, H, W), or (1, 3, H, W) for a colour image; a copy of it as it is now.
        Without one, a trained LeNet-5.
    image : str, Path, bytes or array_like, optional
        Your own, as for :func:`cnnlab.data.load_image`.
    classes : sequence of str, optional
        Names of the classes, in the order of the scores.
    layer : str, optional
        A layer, or a part of the network, by its name in the model.
    input_shape : tuple of int, optional
        In place of an image: the network is drawn from shapes alone, without memory.
    sample : str, optional
        A test digit, or "your own".
    pen : {"draw", "erase"}, optional
    level : str, optional
        "the network", "one map" or "one number".
    map, row, column : int, optional
        Which number of the layer, counted from 0.

    Raises
    ------
    ValueError
        If the model is no torch module or cannot take the image, or the image is none.

    References
    ----------
    Wang and others, 2020, "CNN Explainer: learning convolutional neural networks with
    interactive visualization", arXiv:2004.15004, has these three levels for one network.

    Examples
    --------
    >>> explorer = NetworkExplorer(layer="conv2", level="one map", map=3)
    >>> explorer.current.note.split(";")[0]
    'Map 3 of conv2: 6 input maps, each with its own kernel of 5 x 5'
    """

    sample = Choice((OWN, *map(str, range(10))), value="3", label="image")
    level = Choice(LEVELS, label="show", buttons=True)
    map = Slider(0, 0, 0, "map", width=220)
    row = Slider(0, 0, 0, "row", width=220)
    column = Slider(0, 0, 0, "column", width=220)
    model = Held(read=lambda name, value: Recorded(value, name))
    image = Held(np.zeros((28, 28)), read=own_image, choice="sample", ready=lambda d: digits()[d])
    classes = Held(read=class_names)
    layer = Held("", read=_text)
    input_shape = Held(read=_shape)
    control_rows = (("level", "sample", "pen"), ("map", "row", "column"))

    def chosen(self, panel, name):
        """A node was chosen: a part opens, of a layer that map is shown."""
        name, _, number = name.rpartition("#")
        if panel == "way":
            level = {"": WHOLE, "map": MAP, "number": NUMBER}[number]
            self.set(layer=name if number == "" else self.layer, level=level)
            return
        record = _record(self.settings()["model"], self._shown("image"), self.input_shape)
        fold = _tree(record).find(name)[-1]
        if fold.inside:
            self.set(layer=name, level=WHOLE)
        else:
            self.set(layer=name, level=MAP, map=int(number or 0), row=0, column=0)

    def picked(self, panel, row, column):
        """A cell was chosen: that number is shown."""
        self.set(level=NUMBER, row=row, column=column)

    @staticmethod
    def ranges(model, image, layer, input_shape):
        record = _record(model, image, input_shape)
        way = _tree(record).find(layer) or [_tree(record)]
        shape = record.nodes[_place(record, way[-1])].shape
        maps, rows, columns = (max(size, 1) for size in sizes_of(shape))
        return {"map": (0, maps - 1), "row": (0, rows - 1), "column": (0, columns - 1)}

    @staticmethod
    def unused(level):
        return {WHOLE: ("map", "row", "column"), MAP: ("row", "column"), NUMBER: ()}[level]

    @staticmethod
    def scene(sample, pen, level, map, row, column, model, image, classes, layer, input_shape):
        """The chosen level; see the class."""
        record = _record(model, image, input_shape)
        tree = _tree(record)
        way = tree.find(layer)
        if way is None:
            names = [fold.name for fold in tree.inside]
            raise ValueError(
                f"layer is {short(layer)}, but the network has {', '.join(names)[:200]}."
            )
        place = _place(record, way[-1])
        line = _way(way, record, place, level, map, row, column)
        if level == WHOLE:
            opened = [fold for fold in way if fold.inside][-1]
            shown = None if input_shape else image
            return _overview(line, record, tree, opened, shown, classes, chosen=way[-1].name)
        if input_shape:
            raise ValueError(
                f"level is {level!r}, but a network that is drawn from its input_shape alone has "
                "no numbers: give an image."
            )
        view = (
            map_view(record, place, map) if level == MAP
            else number_view(record, place, map, row, column)
        )  # fmt: skip
        title = "How one map comes about" if level == MAP else "How one number comes about"
        return Scene(
            title, _sized(Column(line, view.body)), links=view.links, focus=view.focus,
            note=view.note, marks=view.marks,
        )  # fmt: skip


def _record(model, image, input_shape):
    """The record of the network's run, on the image or on a shape."""
    network = model or trained_lenet()
    return network(image) if input_shape is None else network.on_shape(input_shape)


def _place(record, fold):
    """The node that a fold stands for: its first with a picture of its own."""
    drawn = (part for part in fold.parts if kind_of(record.nodes[part]) != "other")
    return next(drawn, fold.parts[0])


def _sized(body):
    """A body in a room of always the same size, so that the page never jumps."""
    wide, _ = room(body)
    return Row(body, Space(max(WIDTH - wide - GAP, 0), HEIGHT - TITLE - CAPTION))


# ------------------------------------------------------------------- the way back


def _way(way, record, place, level, map, row, column):
    """The line of steps from the whole network to here; each can be chosen."""
    nodes = [
        Node(name=f"{fold.name}#", label=_brief(label, 22), line=f"back to {label}")
        for fold, label in zip(way, _labels(way, record), strict=True)
        if fold.inside
    ]  # fmt: skip
    if level != WHOLE:
        name = record.nodes[place].name
        words = {"map": f"{_brief(name, 22)}, map {map}"}
        if level == NUMBER:
            words["number"] = f"row {row}, column {column}"
        nodes += [
            Node(name=f"{name}#{what}", label=label, line=f"{name}: {label}")
            for what, label in words.items()
        ]
    names = [node.name for node in nodes]
    return Graph(
        name="way", title="where you are: choose a step to go back", height=WAY,
        width=WIDTH - GAP, align="left",
        nodes=tuple(nodes), edges=tuple(pairwise(names)), choosable=True,
        chosen=names[-1],
    )  # fmt: skip


def _labels(way, record):
    """The name of each step without what stands before it: the whole is called by its class."""
    names = [fold.name for fold in way]
    return [record.model or "network", *(
        name.removeprefix(f"{before}.") for before, name in pairwise(names)
    )]  # fmt: skip


def _brief(name, most):
    return name if len(name) <= most else f"{name[: most - 1]}…"


# ------------------------------------------------------------------- the overview


def _overview(line, record, tree, opened, image, classes, chosen):
    """What feeds what inside a part, with the first maps of each."""
    from cnnlab.trace import tensors_in

    _, edges = without_passing(record)
    home = {part: fold for fold in opened.inside for part in fold.parts}
    names = tree.leaves()
    # What feeds this part from outside stands at its left.
    outside = sorted({a for a, b in edges if b in home and a not in home})
    drawn = [Fold(names[part], record.nodes[part].kind, (part,)) for part in outside]
    drawn += opened.inside
    place = {part: number for number, fold in enumerate(drawn) for part in fold.parts}
    arrows = dict.fromkeys(
        (place[a], place[b]) for a, b in edges if b in home and place[a] != place[b]
    )
    lanes = _lanes(len(drawn), arrows)
    tiles, high = TILES_BY_LANES.get(lanes, 1), lanes > 2
    inside = f"{opened.name}."
    stacks = [
        _stack(record, fold, tiles, fold.name.removeprefix(inside), number < len(outside))
        for number, fold in enumerate(drawn)
    ]
    nodes = tuple(node for stack in stacks for node in stack)
    scores = next(tensors_in(record.output), None)
    scored = scores is not None and scores.ndim == 2 and scores.shape[0] == 1
    graph = Graph(
        name="flow", title="what feeds what: choose a map, or a part (▸) to open it",
        nodes=nodes, tile=TILE,
        width=WIDTH - 2 * GAP - SHEET if high else WIDTH - GAP, height=TALL if high else FLOW,
        edges=tuple((stacks[a][0].name, stacks[b][0].name) for a, b in arrows), choosable=True,
        chosen=next((n.name for n in nodes if n.name.rpartition("#")[0] == chosen), ""),
    )  # fmt: skip
    panels = [Space(SHEET, SHEET) if image is None else _sheet(image)]
    note = f"{record.model} on {' and '.join(map(format_shape, record.input_shapes))}."
    if scored:
        said, words = prediction(scores.detach().float(), classes, SHEET if high else SCORES, SHEET)
        panels, note = [*panels, said], f"{words} {note}"
    note += f" {record.total_parameters:,} parameters, {record.total_macs:,} multiply-accumulates."
    heads = sorted(set(graph.heads))
    middle = heads[min(1, len(heads) - 1)]
    return Scene(
        "The whole network, as it ran" if opened is tree else "A part of the network, opened",
        _sized(Column(line, Row(graph, Column(*panels)) if high else Column(graph, Row(*panels)))),
        focus=Cell("flow", 0, middle), note=note,
    )  # fmt: skip


def _lanes(count, arrows):
    """How many nodes stand in one column, at most."""
    columns = [0] * count
    for a, b in sorted(arrows):  # in the order of the computation
        columns[b] = max(columns[b], columns[a] + 1)
    return max(map(columns.count, columns))


def _sheet(image):
    gray = image.ndim == 2
    return Picture(
        name="image", title="image", role="input", values=image, limits=(0, 1), width=SHEET,
        height=SHEET, paintable=gray,
        caption="draw here" if gray else format_shape(image.shape[:2]),
    )  # fmt: skip


def _stack(record, fold, tiles, label, outside):
    """The maps of a node, or of the last node of a part, as one column."""
    node, name = record.nodes[fold.parts[-1]], fold.name
    line = line_of(record, list(fold.parts), (name, fold.kind) if fold.inside else None)
    role = "kernel" if fold.inside else "plain"
    if outside or node.kind == "input":
        role = "input"
    elif node.kind in SIGNS and not fold.inside:
        role, label = "window", SIGNS[node.kind]
    label = _brief(label.rpartition(": ")[2], 14)  # what a forward does has only its kind
    label = f"▸ {label}" if fold.inside else label
    maps = _maps(node, tiles)
    if maps is None:
        size = volume(node.shape) if node.values is None and len(node.shape) in (1, 3) else None
        text = _size(node.shape)
        if node.values is not None and not _finite(node.values):
            text, line = f"{text}, not finite", f"{line}; not every number is finite"
        return [
            Node(name=f"{name}#0", label=label, text=text, line=line, role=role, size=size)
        ]  # fmt: skip
    colors, mapped = look(*maps, unsigned="gray"), _mapped(node)
    stack = [
        Node(
            name=f"{name}#{number}", label=label, text=_size(node.shape), role=role, stack=name,
            picture=values, line=f"map {number} of {line}" if mapped else line, **colors,
        )
        for number, values in enumerate(maps)
    ]  # fmt: skip
    more = node.shape[0] - len(maps) if mapped and tiles > 1 else 0
    if more:
        stack.append(
            Node(name=f"{name}#{len(maps)}", label=f"+{more}", role=role, stack=name,
                 line=f"{more} more maps of {line}")
        )  # fmt: skip
    return stack


def _size(shape):
    """A shape in few letters: 64·56²."""
    if len(shape) == 3 and shape[1] == shape[2]:
        return f"{shape[0]}·{shape[1]}²" if shape[1] > 1 else str(shape[0])
    return "·".join(map(str, shape)) or "1"


def _mapped(node):
    """Whether its numbers are maps, with rows and columns."""
    return node.values.ndim == 4 and node.values[0, 0].numel() > 1


def _maps(node, tiles):
    """The first maps of a node, small enough to be sent; None where there are none."""
    values = node.values
    if values is None or values.is_complex() or values.ndim not in (2, 4) or not values.numel():
        return None
    if not _finite(values[:, :tiles] if values.ndim == 4 else values):
        return None  # told in words
    if not _mapped(node):
        return [_column(numbers(values[0]).ravel())]
    step = max(1, -(-max(values.shape[2:]) // SIDE))
    return [part[::step, ::step] for part in numbers(values[0, :tiles])]


def _finite(values):
    return bool(values.isfinite().all())


def _column(vector):
    """Numbers as a narrow picture, in reading order; a few hundred at most."""
    vector = vector[:LONGEST]
    count = len(vector)
    for wide in range(int((count / 3) ** 0.5), 0, -1):
        if count % wide == 0 and count // wide <= 8 * wide:
            return vector.reshape(-1, wide)
    return np.repeat(vector[:, None], max(1, count // 4), axis=1)  # no such rows: one by one
