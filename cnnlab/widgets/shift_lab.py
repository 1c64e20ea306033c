"""Move a picture by a few pixels: what an MLP's inputs do, and what a convolution does."""

import numpy as np

from cnnlab.data import KERNELS, load_image, load_mnist, sample_image, to_gray
from cnnlab.ops import cross_correlate2d, pad2d, shift2d
from cnnlab.scene import Column, Link, Picture, Row, Scene, Span
from cnnlab.widgets.controls import OWN, Choice, Held, Slider
from cnnlab.widgets.explorer import Explorer

__all__ = ["ShiftLab"]

DIGIT = "handwritten digit"
PHOTO = "photograph"
MODES = {"zeros": "zero", "circular": "circular"}


class ShiftLab(Explorer):
    """An image moved by a few pixels, before and after a convolution.

    Above: the picture, the moved picture, and which inputs of a flattened MLP
    changed. Below: the feature map, the feature map of the moved picture, and
    where that differs from the moved feature map. A convolution is equivariant,
    so nothing should differ; the border is where it breaks.

    Parameters
    ----------
    image : str, Path or array_like, optional
        A picture of one's own; it is shrunk to 32 pixels.
    right, down : int, optional
        Pixels of shift, -5 to 5.
    picture, kernel, border : str, optional
        See the drop-downs.

    Raises
    ------
    ValueError
        If the image cannot be read.

    Examples
    --------
    >>> ShiftLab(picture="drawn ring", right=1).current.note.split(".")[0]
    '32 of 256 inputs of the MLP changed'
    """

    right = Slider(-5, 5, 1, "right")
    down = Slider(-5, 5, 0, "down")
    picture = Choice(("drawn cat", "drawn ring", "drawn bar", DIGIT, PHOTO, OWN), label="picture")
    kernel = Choice(tuple(KERNELS), "Sobel, left to right", label="kernel")
    border = Choice(tuple(MODES), label="border", buttons=True)
    image = Held(
        read=lambda name, value: to_gray(load_image(value, max_side=32, name=name)),
        choice="picture", ready=lambda name: _picture(name),
        ask='give one of your own: ShiftLab(image="cat.jpg")',
    )  # fmt: skip

    @staticmethod
    def scene(right, down, picture, kernel, border, image):
        """Before and after; see the class."""
        mode = MODES[border]
        after = shift2d(image, down, right, mode)
        features = _features(image, kernel, mode)
        of_moved = _features(after, kernel, mode)
        moved = shift2d(features, down, right, mode)
        changed = (image != after).astype(float)
        differs = of_moved - moved
        # Floating point sums in another order differ in the last digits only.
        broken = int((np.abs(differs) > 1e-9).sum())
        reach = np.abs(features).max() or 1.0
        room = {"width": 190, "height": 190}
        body = Column(
            Row(
                Picture(name="before", values=image, title="x, picture", role="input",
                        limits=(0, 1), **room),
                Picture(name="after", values=after, title="T[x], moved", role="input",
                        limits=(0, 1), **room),
                Picture(name="changed", values=changed, title="inputs that changed",
                        role="window", colors="heat", limits=(0, 1),
                        caption=f"{int(changed.sum())} of {changed.size}", **room),
            ),
            Row(
                Picture(name="features", values=features, title="f(x), feature map", role="output",
                        colors="diverging", limits=(-reach, reach), **room),
                Picture(name="of_moved", values=of_moved, title="f(T[x]), of the moved",
                        role="output", colors="diverging", limits=(-reach, reach), **room),
                Picture(name="differs", values=differs, title="f(T[x]) − T[f(x)]", role="window",
                        colors="diverging", limits=(-reach, reach),
                        caption=f"{broken} of {differs.size} cells differ", **room),
            ),
        )  # fmt: skip
        verdict = (
            "the feature map moved with the picture"
            if broken == 0
            else f"{broken} of {differs.size} cells did not just move: the border broke it"
        )
        return Scene(
            "An MLP sees other inputs; a convolution sees the same thing elsewhere",
            body,
            links=_links(
                down, right, KERNELS[kernel].shape, image.shape if mode == "circular" else 0
            ),
            note=f"{int(changed.sum())} of {changed.size} inputs of the MLP changed. "
            f"Convolution: {verdict}.",
        )


def _links(down, right, shape, around):
    """Where each pixel came from: by the move, or by the kernel's window."""
    came_from = {"start": (-down, -right), "around": around}
    window = {"start": tuple(-(size // 2) for size in shape), "count": shape, "around": around}
    parts = {
        "after": [Span("before", **came_from)],
        "changed": [Span("before"), Span("after")],
        "features": [Span("before", **window)],
        "of_moved": [Span("after", **window)],
        "differs": [Span("of_moved"), Span("features", **came_from)],
    }
    return tuple(Link(source, tuple(spans), how="copy") for source, spans in parts.items())


def _picture(picture):
    if picture == DIGIT:
        return load_mnist(flatten=False)[1][0][3, 0]
    if picture == PHOTO:
        return sample_image("camera")[::4, ::4]
    return sample_image(picture)


def _features(image, kernel, mode):
    """The feature map, as large as the image, in the padding of the same name."""
    weights = KERNELS[kernel]
    rows, columns = (size // 2 for size in weights.shape)
    return cross_correlate2d(pad2d(image, (rows, columns), mode), weights)
