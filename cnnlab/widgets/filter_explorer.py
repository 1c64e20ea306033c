"""Filter a photograph with any kernel: the handouts' seven, Sobel's, or one's own."""

import ipywidgets
import numpy as np

from cnnlab.data import KERNELS, SAMPLE_IMAGES, load_image, sample_image, to_color, to_gray
from cnnlab.ops import as_numbers, cross_correlate2d
from cnnlab.scene import Cell, Column, Grid, Link, Picture, Row, Scene, Space, Span, format_shape
from cnnlab.widgets.controls import OWN, Choice, Held, Slider
from cnnlab.widgets.explorer import Explorer

__all__ = ["FilterExplorer"]

GRAY, EACH, SUMMED = "gray", "each channel alone", "channels summed"
NAMES = ("red", "green", "blue")
MOST_SIDE = 168
MOST_KERNEL = 7
ROUNDING = 1e-6


def _three(weights):
    """A kernel for each channel: (3, KH, KW)."""
    return np.array(np.broadcast_to(weights, (3, *weights.shape[-2:])))


def _weights(name, value):
    value = as_numbers(name, value, (2, 3))
    if value.ndim == 3 and len(value) != 3:
        raise ValueError(
            f"{name} has shape {value.shape}, but it must be (KH, KW), or (3, KH, KW) with one "
            "slice for each channel."
        )
    if max(value.shape) > MOST_KERNEL:
        raise ValueError(
            f"{name} has shape {value.shape}, but at most {MOST_KERNEL} x {MOST_KERNEL} "
            "numbers can be read here."
        )
    return _three(value)


class FilterExplorer(Explorer):
    """A picture before and after a kernel slides over it.

    Every number of the kernel can be edited in its cell. Pointing at a pixel of
    the result shows the patch it came from and the arithmetic.

    Parameters
    ----------
    image : str, Path, bytes or array_like, optional
        A picture of one's own, as for :func:`cnnlab.data.load_image`; a larger
        one is shrunk to 168 pixels. The upload button does the same.
    own : array_like, shape (KH, KW) or (3, KH, KW), optional
        A kernel of one's own, at most 7 x 7; one slice for each channel, or one
        that serves all three.
    picture, kernel, channels : str, optional
        See the drop-downs.
    strength : int, optional
        Percent: 0 leaves the picture alone, 100 applies the kernel as it is.

    Raises
    ------
    ValueError
        If the image cannot be read, or the kernel is no small grid of finite
        numbers.

    Examples
    --------
    >>> explorer = FilterExplorer(kernel="Sobel, left to right")
    >>> explorer.current.panels["output"].shape
    (126, 126)
    """

    picture = Choice((*SAMPLE_IMAGES, OWN), label="picture")
    kernel = Choice((*KERNELS, OWN), "outline", label="kernel")
    strength = Slider(0, 100, 100, "strength, %")
    channels = Choice((GRAY, EACH, SUMMED), label="channels")
    image = Held(
        read=lambda name, value: load_image(value, MOST_SIDE, name=name),
        choice="picture", ready=sample_image,
        ask='upload a picture, or give one: FilterExplorer(image="cat.jpg")',
    )  # fmt: skip
    own = Held(
        KERNELS["identity"], read=_weights, choice="kernel",
        ready=lambda name: _three(KERNELS[name]),
    )  # fmt: skip

    def extras(self):
        self.upload = ipywidgets.FileUpload(
            accept="image/*",
            multiple=False,
            description="picture from a file",
            layout={"width": "auto"},
        )
        self.upload.observe(self._uploaded, names="value")
        return (self.upload,)

    def _uploaded(self, change):
        for file in change["new"]:
            try:
                self.set(image=bytes(file["content"]))
            except ValueError as error:
                self.tell(str(error).replace("image", f"image {file['name']!r}", 1))
            self.upload.value = ()  # so that the same file can be chosen again

    def edited(self, panel, row, column, value):
        weights = np.array(_blended(self._shown("own"), self.strength), dtype=float)
        only = NAMES.index(panel) if panel in NAMES else slice(None)
        weights[only, row, column] = value
        self.set(own=weights, strength=100)

    @staticmethod
    def scene(picture, kernel, strength, channels, image, own):
        """The filtered picture; see the class."""
        weights = _blended(own, strength)
        if channels == SUMMED:
            body, links, centre = _summed(image, weights)
            total = float(weights.sum())
        else:
            body, links, centre = _alone(image, weights, channels)
            total = float(weights[0].sum())
        total = 0 if abs(total) < ROUNDING else total
        return Scene(
            "The same few numbers at every place of the picture",
            body,
            links=links,
            focus=Cell("output", *centre),
            # What the sum means, and what a flip does, are questions of the lesson.
            note=f"The weights sum to {total:.4g}.",
        )


def _blended(weights, strength):
    """Weights between those that leave the picture alone, at 0, and the kernel, at 100."""
    if strength == 100:
        return weights
    leave = np.zeros(weights.shape)
    leave[:, weights.shape[1] // 2, weights.shape[2] // 2] = 1
    return leave + (weights - leave) * strength / 100


def _alone(pixels, weights, channels):
    if (weights != weights[0]).any():
        raise ValueError(
            "own has a different slice for each channel, but channels is "
            f"{channels!r}: choose {SUMMED!r}."
        )
    if channels == GRAY:
        pixels = to_gray(pixels)
        result = cross_correlate2d(pixels, weights[0])
    else:
        pixels = to_color(pixels)
        result = np.stack(
            [cross_correlate2d(pixels[:, :, c], weights[0]) for c in range(3)], axis=-1
        )
    centre = tuple(size // 2 for size in result.shape[:2])
    kernel_shape = weights.shape[1:]
    window = Span("input", count=kernel_shape)
    side = Grid(
        name="kernel", values=weights[0], title="kernel", role="kernel", colors="diverging",
        editable=True, width=132, height=130, caption="edit any number",
    )  # fmt: skip
    if channels == GRAY:
        row, column = centre
        patch = pixels[row : row + kernel_shape[0], column : column + kernel_shape[1]]
        under = Grid(
            name="patch", values=patch, title="patch", role="window",
            colors="gray", limits=(0, 1), lens=("output", "input"), width=132, height=130,
        )  # fmt: skip
        link = Link("output", (window, Span("kernel", step=(0, 0), count=kernel_shape)))
    else:
        under = Space(132, 130)
        link = Link("output", (window,), how="copy")
    body = Row(
        Picture(name="input", values=pixels, title="input", role="input", limits=(0, 1),
                caption=format_shape(pixels.shape), width=256, height=256),
        Column(side, under),
        _output(result, float(weights[0].sum())),
    )  # fmt: skip
    return body, (link,), centre


def _summed(pixels, weights):
    pixels = to_color(pixels)
    result = sum(cross_correlate2d(pixels[:, :, c], weights[c]) for c in range(3))
    inputs, kernels, spans = [], [], []
    for c, name in enumerate(NAMES):
        inputs.append(
            Picture(name=f"input {name}", values=pixels[:, :, c], title=f"input, {name}",
                    role="input", limits=(0, 1), width=132, height=72)
        )  # fmt: skip
        kernels.append(
            Grid(name=name, values=weights[c], title=f"kernel, {name}", role="kernel",
                 colors="diverging", editable=True, width=132, height=72)
        )  # fmt: skip
        spans += [
            Span(f"input {name}", count=weights.shape[1:]),
            Span(name, step=(0, 0), count=weights.shape[1:]),
        ]
    body = Row(Column(*inputs), Column(*kernels), _output(result, float(weights.sum()), width=380))
    centre = tuple(size // 2 for size in result.shape)
    return body, (Link("output", tuple(spans)),), centre


def _output(result, total, width=256):
    """The result: gray where it is a brightness, signed where the weights cancel."""
    low, high = float(result.min()), float(result.max())
    caption = format_shape(result.shape)
    if low < -ROUNDING and abs(total) < 0.5:
        reach = max(-low, high)
        colors, limits = "diverging", (-reach, reach)
        caption += ", mid-gray is 0" if result.ndim == 3 else ", purple below 0, orange above"
    else:
        colors, limits = "gray", (0, max(1.0, high))
        if high > 1 + ROUNDING and total > 1.5:
            caption += f", white is {high:.3g}"
        else:
            limits = (0, 1)
    return Picture(
        name="output", values=result, title="output", role="output", colors=colors,
        limits=limits, caption=caption, width=width, height=min(width, 304),
    )  # fmt: skip
