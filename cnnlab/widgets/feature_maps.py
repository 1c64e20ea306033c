"""Every layer of a trained network while you draw."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from cnnlab.scene import (
    Cell,
    Column,
    Link,
    Mark,
    Picture,
    Row,
    Scene,
    Space,
    Span,
    format_shape,
)
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

__all__ = ["FeatureMaps"]

SIDE, TILE, ROWS, TILES = 224, 60, 5, 8  # pixels of drawing and map; layers and maps at once


class Maps(NamedTuple):
    """The output of one layer for one image.

    Attributes
    ----------
    name : str
    values : numpy.ndarray, shape (C, H, W)
    axes : (Axis, Axis) or None
        What its cells see of the image, where that is known.
    """

    name: str
    values: np.ndarray
    axes: tuple | None


def maps_of(record):
    """Maps of every layer that has rows and columns, in the order of the run."""
    found, used = [], Counter({"image": 1, "prediction": 1})  # names of other panels
    for node in record.nodes:
        values = node.values
        mapped = values is not None and values.ndim == 4 and values[0, 0].numel() > 1
        if node.kind == "input" or not mapped:
            continue
        name = node.name.partition(" (")[0]
        if name in ("forward", node.calls[-1][0] if node.calls else ""):
            name = node.kind  # no layer: what a forward does itself
        used[name] += 1
        label = name if used[name] == 1 else f"{name} ({used[name]})"
        found.append(Maps(label, values[0].float().numpy(), node.axes))
    return found


class FeatureMaps(Sheet):
    """What each layer of a trained network gives for an image, and what it says.

    Draw on the left with mouse, finger or keyboard (Space puts the pen down and
    lifts it): the maps of all layers and the prediction follow. Point at a cell of
    a map: the outline shows what it sees of the image.

    Parameters
    ----------
    model : torch.nn.Module, optional
        From (1, 1, H, W), or (1, 3, H, W) for a colour image, to (1, classes); a
        copy of it as it is now. Without one, a trained LeNet-5.
    image : str, Path, bytes or array_like, optional
        Your own, as for :func:`cnnlab.data.load_image`; without one, an empty sheet of
        28 x 28.
    classes : sequence of str, optional
        Names of the classes, in the order of the scores.
    sample : str, optional
        A test digit, or "your own".
    pen : {"draw", "erase"}, optional
    first_layer, first_map : int, optional
        Where the shown layers and maps begin.

    Raises
    ------
    ValueError
        If the model is no torch module or cannot take the image, or the image is
        none.

    References
    ----------
    Zeiler and Fergus, 2014, "Visualizing and understanding convolutional networks",
    arXiv:1311.2901.

    Examples
    --------
    >>> explorer = FeatureMaps(sample="3")
    >>> explorer.current.note
    'The model says 3, with 100 %.'
    """

    sample = Choice((OWN, *map(str, range(10))), value="3", label="image")
    first_layer = Slider(1, 1, 1, "first layer", width=230)
    first_map = Slider(1, 1, 1, "first map", width=230)
    model = Held(read=lambda name, value: Recorded(value, name))
    image = Held(np.zeros((28, 28)), read=own_image, choice="sample", ready=lambda d: digits()[d])
    classes = Held(read=class_names)
    control_rows = (("first_layer", "first_map"), ("sample", "pen"))

    @staticmethod
    def ranges(model, image):
        maps = maps_of((model or trained_lenet())(image))
        widest = max((len(layer.values) for layer in maps), default=1)
        return {
            "first_layer": (1, max(len(maps) - ROWS + 1, 1)),
            "first_map": (1, max(widest - TILES + 1, 1)),
        }

    @staticmethod
    def scene(sample, pen, first_layer, first_map, model, image, classes):
        """Image and prediction on the left, maps on the right; see the class."""
        record = (model or trained_lenet())(image)
        maps, scores = maps_of(record), _scores(record)
        said, note = prediction(scores, classes, SIDE)
        size = format_shape(image.shape[:2])
        sheet = Picture(
            name="image", title="image", role="input", values=image, limits=(0, 1),
            width=SIDE, height=SIDE, caption=f"{size}, draw here" if image.ndim == 2 else size,
            paintable=image.ndim == 2,
        )  # fmt: skip
        rows = [
            _row(layer, first_map - 1) for layer in maps[first_layer - 1 : first_layer - 1 + ROWS]
        ]
        links = tuple(
            _link(panel.name, layer)
            for panel, layer in zip(rows, maps[first_layer - 1 :], strict=False)
            if _outlined(layer)
        )
        tiles = {
            panel.name: layer for panel, layer in zip(rows, maps[first_layer - 1 :], strict=False)
        }
        marks = tuple(
            Mark(name, 0, layer.values.shape[2] * tile, *layer.values.shape[1:], role="output")
            for name, layer in tiles.items()
            for tile in range(min(len(layer.values) - _begin(layer, first_map - 1), TILES))
        )
        focus = None
        if links:
            _, high, wide = tiles[links[-1].source].values.shape
            focus = Cell(links[-1].source, high // 2, wide // 2)
        blank = [Space(TILE * TILES, TILE)] * (ROWS - len(rows))
        return Scene(
            "What every layer makes of it",
            Row(Column(sheet, said), Column(*rows, *blank)),
            links=links, marks=marks, focus=focus, note=note,
        )  # fmt: skip


def _begin(layer, first_map):
    """The first map that is shown; a layer with few maps shows its last ones."""
    return min(first_map, max(len(layer.values) - TILES, 0))


def _row(layer, first_map):
    """Up to TILES maps of a layer, side by side."""
    first = _begin(layer, first_map)
    chosen = layer.values[first : first + TILES]
    count, height, width = layer.values.shape
    which = f", from number {first + 1}" if first else ""
    signed = chosen.min() < 0
    return Picture(
        name=layer.name, role="output", values=np.concatenate(chosen, axis=1),
        title=layer.name[-58:], caption=f"{count} maps of {height} x {width}{which}",
        colors="diverging" if signed else "heat",
        width=TILE * TILES, height=TILE,
    )  # fmt: skip


def _outlined(layer):
    """Whether its cells see windows of one size, in equal steps."""
    return layer.axes is not None and None not in [axis.regular for axis in layer.axes]


def _link(name, layer):
    start, step, count = zip(*(axis.regular for axis in layer.axes), strict=True)
    span = Span(
        "image", start=start, step=step, count=count, repeat=(0, layer.values.shape[2])
    )  # fmt: skip
    return Link(name, (span,), how="field")


def _scores(record):
    """What the model gave: the first of its tensors."""
    from cnnlab.trace import tensors_in

    first = next(tensors_in(record.output), None)
    if first is None:
        raise ValueError("the model gives no tensor.")
    return first.detach().float()
