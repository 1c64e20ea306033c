"""Which pixels one cell of a stack of dilated convolutions sees, and how often."""

from functools import cache

import numpy as np

from cnnlab.data import load_image, sample_image, to_gray
from cnnlab.geometry import Window, paths, receptive_field
from cnnlab.scene import Cell, Column, Link, Picture, Row, Scene, Span
from cnnlab.widgets.controls import OWN, Choice, Held, Slider
from cnnlab.widgets.explorer import Explorer

__all__ = ["DilationLab"]

SIDE = 33
LARGE, SMALL = 300, 150
DOT, PHOTO = "one dot", "photograph"


class DilationLab(Explorer):
    """Three layers of 3 x 3, each with a dilation of its own.

    The large picture shows how many ways lead from each pixel to one cell of the last
    layer; where it is white, the cell does not see the pixel at all. Point at another
    cell of any layer: the picture follows, and its nine cells in the layer before are
    outlined.

    Parameters
    ----------
    image : array_like or path, optional
        A picture of your own; it is made small.
    first, second, third : int, optional
        The dilations, 1 to 5.
    picture : {"photograph", "one dot", "your own"}, optional
        What goes through the layers, each of which takes means.

    Raises
    ------
    ValueError
        If a setting is out of its range or the picture cannot be read.

    References
    ----------
    Yu and Koltun, 2016, arXiv:1511.07122. Wang et al., 2018, arXiv:1702.08502: gridding.

    Examples
    --------
    >>> DilationLab(first=2, second=2, third=2).current.note.split(". ")[0]
    'A cell of layer 3, far from the border, sees 49 of the 13 x 13 = 169 pixels of its field'
    >>> DilationLab(first=1, second=2, third=5).current.note.split(". ")[0]
    'A cell of layer 3, far from the border, sees 289 of the 17 x 17 = 289 pixels of its field'
    """

    first = Slider(1, 5, 2, "dilation 1", width=230)
    second = Slider(1, 5, 2, "dilation 2", width=230)
    third = Slider(1, 5, 2, "dilation 3", width=230)
    picture = Choice((PHOTO, DOT, OWN), label="picture")
    image = Held(
        read=lambda name, value: _small(load_image(value, min_side=SIDE, name=name)),
        choice="picture", ready=lambda name: _ready(name), ask="give DilationLab(image=...) one",
    )  # fmt: skip

    @staticmethod
    def scene(first, second, third, picture, image):
        """The ways to one cell, and what the layers make of a picture; see the class."""
        layers = [Window(3, padding=d, dilation=d) for d in (first, second, third)]
        names = ("layer 1", "layer 2", "layer 3")
        maps, links, profiles = [], [], {}
        for number, (name, d) in enumerate(zip(names, (first, second, third), strict=True), 1):
            ways = np.array(paths(SIDE, layers[:number]))
            # Each layer takes the mean of nine cells; beyond the border there is nothing.
            values = ways @ image @ ways.T / 9**number
            maps.append(
                Picture(name=name, title=name, role="output", values=values,
                        limits=(0, max(values.max(), 1e-9)), width=SMALL, height=SMALL,
                        caption=f"dilation {d}")
            )  # fmt: skip
            before = names[number - 2] if number > 1 else "image"
            nine = Span(before, start=(-d, -d), count=(3, 3), spread=(d, d))
            links.append(Link(name, (nine,), how="field"))
            profiles[name] = (ways, ways)
        middle = SIDE // 2
        field = receptive_field(layers)[-1]
        shown = np.outer(ways[middle], ways[middle])
        seen, whole = int((shown > 0).sum()), field.size**2
        return Scene(
            "A dilated stack sees far; does it see everything?",
            Row(
                Picture(name="ways", title="ways from each pixel to the cell", role="window",
                        values=shown, profiles=profiles, colors="heat", limits=(0, shown.max()),
                        width=LARGE, height=LARGE),
                Column(
                    Row(Picture(name="image", title="image", role="input", values=image,
                                limits=(0, 1), width=SMALL, height=SMALL), maps[0]),
                    Row(maps[1], maps[2]),
                ),
            ),
            links=tuple(links),
            focus=Cell("layer 3", middle, middle),
            note=f"A cell of layer 3, far from the border, sees {seen} of the {field.size} x "
            f"{field.size} = {whole} pixels of its field. {_gaps(seen, whole)} "
            f"The field is 1 + 2·{first} + 2·{second} + 2·{third} = {field.size} wide, "
            f"with {3 * 9} weights.",
        )  # fmt: skip


def _gaps(seen, whole):
    return "It misses none." if seen == whole else f"{whole - seen} are never looked at: gridding."


def _small(image):
    """The middle of a picture in gray, averaged down to SIDE x SIDE."""
    gray = to_gray(image)
    block = min(gray.shape) // SIDE
    top, left = ((size - SIDE * block) // 2 for size in gray.shape)
    gray = gray[top : top + SIDE * block, left : left + SIDE * block]
    return gray.reshape(SIDE, block, SIDE, block).mean(axis=(1, 3))


@cache
def _ready(name):
    if name == DOT:
        dot = np.zeros((SIDE, SIDE))
        dot[SIDE // 2, SIDE // 2] = 1
        return dot
    return _small(sample_image("camera"))
