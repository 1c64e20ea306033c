"""What explorers share that look at a drawing with a trained network."""

import copy
import threading
from functools import cache
from itertools import pairwise

import ipywidgets
import numpy as np

from cnnlab.arguments import short
from cnnlab.data import load_image, scattered_digits
from cnnlab.widgets.controls import OWN, Choice, Held
from cnnlab.widgets.explorer import Explorer

__all__ = ["Network", "Sheet", "own_image", "paint", "pictures"]

PEN = 1.9  # reach of the pen in pixels of the image: strokes as thick as MNIST's


class Network:
    """A copy of a student's model, which is asked once for the same image.

    Parameters
    ----------
    model : torch.nn.Module
    name : str
        The explorer's argument that it was given as.
    """

    def __init__(self, model, name="model"):
        import torch

        if not isinstance(model, torch.nn.Module):
            raise ValueError(f"{name} is {short(model)}, but it must be a torch module.")
        self.given = model
        # A copy: training may go on in another cell while this one is looked at.
        try:
            self.model = copy.deepcopy(model).eval()
        except RuntimeError as error:
            raise ValueError(
                f"{name} cannot be copied: {error} Does it keep a tensor of its last run?"
            ) from None
        self.lock = threading.Lock()
        self.seen = None, None  # the last image, and what came of it

    def __call__(self, image):
        """What it gives for an image (H, W) or (H, W, 3): a tensor with a batch of 1."""
        # Ranges of sliders and the picture ask for the same image, one after the other.
        seen, found = self.seen
        if seen is image:
            return found
        with self.lock:
            found = self._ask(image)
        self.seen = image, found
        return found

    def _ask(self, image):
        import torch

        layout = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
        start = torch.tensor(layout[None], dtype=torch.float32)
        try:
            with torch.no_grad():
                output = self.model(start)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: it would end the kernel
            what = str(error) if isinstance(error, RuntimeError) else (
                f"{type(error).__name__}: {error}"
            )  # fmt: skip
            raise ValueError(
                f"the model cannot take an image of shape {tuple(start.shape)}: {what}"
            ) from None
        if not isinstance(output, torch.Tensor):
            raise ValueError(
                f"the model gives a {type(output).__name__}, but it must give one tensor."
            )
        return output


class Sheet(Explorer):
    """Base of explorers with a picture that is drawn on.

    A subclass has a panel "image" that is paintable, and says which `sample`s there
    are and what they stand for in `image`.
    """

    sample = Choice((OWN,), label="image")
    pen = Choice(("draw", "erase"), buttons=True)
    image = Held(np.zeros((28, 28)))

    def extras(self):
        clear = ipywidgets.Button(description="Clear", tooltip="An empty sheet")
        clear.layout.width = "70px"
        clear.on_click(lambda _: self.set(image=np.zeros_like(self.image)))
        return (clear,)

    def painted(self, panel, points):
        """The pen passed: paint on what is shown, and make it the student's own."""
        if any(points):
            self.set(image=paint(self._shown("image"), points, self.pen == "draw"))


@cache
def pictures():
    """Six pictures of scattered test digits, with what is true of them."""
    return scattered_digits(6, seed=13, test=True)


def own_image(name, value):
    """A reader of pictures for :class:`Held`: a copy, since what is looked at must not change."""
    return np.array(load_image(value, name=name))


def paint(image, points, draw=True):
    """A gray image after the pen passed.

    Parameters
    ----------
    image : numpy.ndarray, shape (H, W)
    points : sequence of (float, float) or None
        Rows and columns of the way; None lifts the pen.
    draw : bool
        Else it erases.

    Returns
    -------
    numpy.ndarray, shape (H, W)

    Examples
    --------
    >>> paint(np.zeros((3, 5)), [(1, 1), (1, 3)])[1].round(1).tolist()
    [0.9, 1.0, 1.0, 1.0, 0.9]
    """
    places = np.stack(np.indices(image.shape), axis=-1).astype(float)
    near = np.full(image.shape, np.inf)
    for start, end in pairwise([points[0], *points]):
        if end is None:
            continue
        start, end = np.array(end if start is None else start, float), np.array(end, float)
        way = end - start
        share = np.clip((places - start) @ way / max(way @ way, 1e-9), 0, 1)
        near = np.minimum(near, np.linalg.norm(places - start - share[..., None] * way, axis=-1))
    ink = np.clip(PEN - near, 0, 1)
    return np.maximum(image, ink) if draw else np.minimum(image, 1 - ink)
