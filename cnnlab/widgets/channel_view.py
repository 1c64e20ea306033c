"""An image as numbers, as channels, in two layouts, and as low and high frequencies."""

import numpy as np

from cnnlab.data import load_image, sample_image, to_color, to_gray
from cnnlab.scene import Column, Grid, Link, Mark, Picture, Row, Scene, Series, Span
from cnnlab.widgets.controls import OWN, Choice, Held, Slider
from cnnlab.widgets.explorer import Explorer

__all__ = ["ChannelView", "low_pass"]

CHW, HWC = "(C, H, W)", "(H, W, C)"
CHANNELS, FREQUENCIES = "channels and numbers", "low and high frequency"
NAMES = ("red", "green", "blue")
CROP = 6
MOST_SIDE = 168


def low_pass(image, sigma):
    """Keep what changes slowly: a Gaussian blur.

    Parameters
    ----------
    image : numpy.ndarray, shape (H, W)
    sigma : float
        Width of the Gaussian in pixels, above 0. Near the edge the image goes on
        as its mirror image.

    Returns
    -------
    numpy.ndarray, shape (H, W)

    Examples
    --------
    >>> low_pass(np.ones((4, 5)), 2.0).round(6).min()
    np.float64(1.0)
    """
    reach = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        widths = [(reach, reach) if axis == other else (0, 0) for other in (0, 1)]
        padded = np.pad(image, widths, mode="symmetric")
        image = np.apply_along_axis(np.convolve, axis, padded, weights, mode="valid")
    return image


def _in_colour(name, value):
    return to_color(load_image(value, MOST_SIDE, min_side=CROP, name=name))


class ChannelView(Explorer):
    """What an image is to a network: numbers in an order.

    Parameters
    ----------
    image : str, Path, bytes or array_like, optional
        A picture of one's own; a larger one is shrunk to 168 pixels.
    picture : str, optional
        A photograph of the course, or "your own", which giving an image chooses.
    view : str, optional
        Channels and numbers, or low and high frequency.
    row, column : int, optional
        Corner of the small square that is shown as numbers.
    layout_order : str, optional
        "(C, H, W)" as PyTorch keeps an image or "(H, W, C)" as matplotlib does.
    sigma : int, optional
        How much blur separates low from high frequency, in pixels.

    Raises
    ------
    ValueError
        If the image cannot be read.

    Examples
    --------
    >>> view = ChannelView(row=10, column=20)
    >>> view.current.panels["red numbers"].shape
    (6, 6)
    """

    picture = Choice(("coffee", "cat", OWN), label="picture")
    view = Choice((CHANNELS, FREQUENCIES), label="show")
    row = Slider(0, 122, 44, "row")
    column = Slider(0, 186, 92, "column")
    layout_order = Choice((CHW, HWC), label="layout", buttons=True)
    sigma = Slider(1, 12, 3, "blur, pixels")
    image = Held(
        read=_in_colour, choice="picture", ready=sample_image,
        ask='give a picture: ChannelView(image="cat.jpg")',
    )  # fmt: skip

    @staticmethod
    def ranges(image):
        rows, columns, _ = image.shape
        return {"row": (0, rows - CROP), "column": (0, columns - CROP)}

    @staticmethod
    def unused(view):
        return ("sigma",) if view == CHANNELS else ("row", "column", "layout_order")

    @staticmethod
    def scene(picture, view, row, column, layout_order, sigma, image):
        """The chosen view; see the class."""
        if view == FREQUENCIES:
            return _frequencies(to_gray(image), sigma)
        return _channels(image, row, column, layout_order)


def _channels(pixels, row, column, order):
    height, width, _ = pixels.shape
    levels = np.round(pixels * 255)
    pictures, grids, links = [], [], []
    for c, name in enumerate(NAMES):
        index = f"x[{c}]" if order == CHW else f"x[:, :, {c}]"
        pictures.append(
            Picture(name=name, values=levels[:, :, c], title=f"{index}, {name}", limits=(0, 255),
                    width=164, height=126)
        )  # fmt: skip
        crop = levels[row : row + CROP, column : column + CROP, c]
        grids.append(
            Grid(name=f"{name} numbers", values=crop, title=f"{name}, 0 to 255", colors="gray",
                 limits=(0, 255), width=164, height=164)
        )  # fmt: skip
        spans = (Span(name, start=(row, column)), Span("picture", start=(row, column)))
        links.append(Link(f"{name} numbers", spans, how="copy"))
    shape = (3, height, width) if order == CHW else (height, width, 3)
    # Where the green number of the square's first pixel stands in memory.
    index = (1, row, column) if order == CHW else (row, column, 1)
    place = int(np.ravel_multi_index(index, shape))
    beside = f"{height} * {width} = {height * width}" if order == CHW else "1"
    body = Row(
        Picture(name="picture", values=pixels, title="picture", limits=(0, 1), role="input",
                caption=f"{height} x {width} pixels", width=170, height=170),
        *(Column(*pair) for pair in zip(pictures, grids, strict=True)),
    )  # fmt: skip
    marks = [Mark(name, row, column, CROP, CROP) for name in ("picture", *NAMES)]
    return Scene(
        "An image is numbers: one sheet for each colour",
        body,
        links=tuple(links),
        marks=tuple(marks),
        note=f"Shape {shape}. The first green number of the square is x{list(index)}, "
        f"number {place} in memory; from red to green of one pixel it is {beside} "
        f"place{'s' if order == CHW else ''} further.",
    )


def _frequencies(gray, sigma):
    low = low_pass(gray, float(sigma))
    parts = {"picture": gray, "low": low, "high": gray - low}
    reach = float(np.abs(parts["high"]).max())
    reach = reach if reach > 1e-9 else 1.0  # a flat picture has no high part, only rounding
    looks = {
        "picture": {"title": "picture", "role": "input", "limits": (0, 1)},
        "low": {"title": "low frequency", "role": "output", "limits": (0, 1)},
        "high": {"title": "high frequency", "role": "output", "limits": (-reach, reach)},
    }
    captions = {"high": "purple below 0, orange above"}
    middle = gray.shape[0] // 2
    pictures, rows, marks = [], [], []
    links = [Link("picture", (Span("low"), Span("high")), how="sum")]
    for name, values in parts.items():
        colors = "diverging" if name == "high" else "gray"
        pictures.append(
            Picture(
                name=name,
                values=values,
                colors=colors,
                width=226,
                height=170,
                caption=captions.get(name, ""),
                **looks[name],
            )
        )
        along = looks[name] | {"title": "along the marked row"}
        rows.append(
            Series(name=f"{name} row", values=values[middle], width=226, height=120, **along)
        )
        links.append(Link(f"{name} row", (Span(name, start=(middle, 0)),), how="copy"))
        marks.append(Mark(name, middle, 0, 1, gray.shape[1]))
    body = Column(
        *(Row(one, "=", two, "+", three) for one, two, three in (pictures, rows)),
    )
    spread = {name: values.std() for name, values in parts.items()}
    return Scene(
        "Slow changes and fast changes add up to the picture",
        body,
        links=tuple(links),
        marks=tuple(marks),
        note=f"Gaussian blur, sigma = {sigma} pixel{'s' if sigma > 1 else ''}. Spread of the "
        f"brightness (standard deviation): picture {spread['picture']:.2f}, "
        f"low {spread['low']:.2f}, high {spread['high']:.2f}.",
    )
