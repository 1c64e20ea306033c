"""Every layer of a trained network while you draw."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from cnnlab.arguments import pair
from cnnlab.data import load_mnist
from cnnlab.geometry import Window, effective_kernel, receptive_field
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
from cnnlab.widgets.drawing import Network, Sheet, class_names, own_image, prediction

__all__ = ["FeatureMaps"]

SIDE, TILE, ROWS, TILES = 224, 60, 5, 8  # pixels of drawing and map; layers and maps at once


@dataclass(frozen=True, eq=False)
class Maps:
    """The output of one layer for one image.

    Attributes
    ----------
    name : str
    values : numpy.ndarray, shape (C, H, W)
    field : cnnlab.geometry.Field or None
        What its cells see of the image, if the layers up to it form a chain.
    """

    name: str
    values: np.ndarray
    field: object


class Watched(Network):
    """A copy of a model that notes what each of its layers gives."""

    def __init__(self, model, name="model"):
        super().__init__(model, name)
        self.records = []
        for layer, module in self.model.named_modules():
            if not any(True for _ in module.children()):
                module.register_forward_hook(self._note(layer))

    def _note(self, name):
        def hook(module, inputs, output):
            # A copy: the next layer may work in place.
            kept = output.clone() if hasattr(output, "clone") else output
            self.records.append((name, module, inputs, output, kept))

        return hook

    def _ask(self, image):
        """Maps of every layer, and the scores."""
        self.records.clear()
        scores = super()._ask(image)
        maps = list(self._maps())
        self.records.clear()
        return maps, scores

    def _maps(self):
        chain, before, names = [], None, Counter({"image": 1, "prediction": 1})
        for name, module, inputs, output, kept in self.records:
            step = _window(module)
            if before is None and inputs:
                before = inputs[0]  # the image itself
            chained = chain is not None and step and inputs and inputs[0] is before
            chain = [*chain, step] if chained else None
            before = output
            if getattr(output, "ndim", 0) == 4 and output.shape[2:] != (1, 1):
                field = receptive_field(chain)[-1] if chain else None
                name = name or "model"
                names[name] += 1  # a layer may be used again
                label = name if names[name] == 1 else f"{name} ({names[name]})"
                yield Maps(label, kept[0].numpy(), field)


def _window(module):
    """The window of a layer, or None for what is not known."""
    from torch import nn

    if isinstance(module, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
        kernel = pair("kernel", module.kernel_size)
        stride, padding = pair("stride", module.stride), module.padding
        dilation = pair("dilation", getattr(module, "dilation", 1))
        if padding == "same":
            spans = [effective_kernel(k, d) - 1 for k, d in zip(kernel, dilation, strict=True)]
            if any(span % 2 for span in spans):
                return None  # one more on one side
            padding = tuple(span // 2 for span in spans)
        padding = pair("padding", 0 if padding == "valid" else padding)
        parts = [kernel, stride, padding, dilation]
        if all(rows == columns for rows, columns in parts):
            return Window(*(rows for rows, _ in parts))
        return None
    alone = isinstance(module, (nn.BatchNorm2d, nn.Dropout, nn.Dropout2d, nn.Identity))
    activation = type(module).__module__ == nn.ReLU.__module__ and not any(module.children())
    return Window(1) if alone or activation else None


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
    model = Held(read=lambda name, value: Watched(value, name))
    image = Held(np.zeros((28, 28)), read=own_image, choice="sample", ready=lambda d: _digits()[d])
    classes = Held(read=class_names)
    control_rows = (("first_layer", "first_map"), ("sample", "pen"))

    @staticmethod
    def ranges(model, image):
        maps, _ = (model or _usual())(image)
        widest = max((len(layer.values) for layer in maps), default=1)
        return {
            "first_layer": (1, max(len(maps) - ROWS + 1, 1)),
            "first_map": (1, max(widest - TILES + 1, 1)),
        }

    @staticmethod
    def scene(sample, pen, first_layer, first_map, model, image, classes):
        """Image and prediction on the left, maps on the right; see the class."""
        maps, scores = (model or _usual())(image)
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
            if layer.field
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


@cache
def _usual():
    """The network that is looked at if no other is given."""
    from cnnlab.models import lenet5

    return Watched(lenet5(trained=True))


@cache
def _digits():
    """The first test digit of each class."""
    _, (images, labels) = load_mnist(flatten=False)
    return {str(d): images[labels == d][0, 0].astype(float) for d in range(10)}


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


def _link(name, layer):
    field = layer.field
    span = Span(
        "image", start=(field.start,) * 2, step=(field.stride,) * 2, count=(field.size,) * 2,
        repeat=(0, layer.values.shape[2]),
    )  # fmt: skip
    return Link(name, (span,), how="field")
