"""What explorers share that look at a drawing with a trained network."""

import copy
import threading
from functools import cache
from itertools import pairwise

import ipywidgets
import numpy as np

from cnnlab.arguments import short
from cnnlab.data import load_image, load_mnist, scattered_digits
from cnnlab.ops import as_numbers
from cnnlab.scene import Bars, Space, format_number
from cnnlab.widgets.controls import OWN, Choice, Held
from cnnlab.widgets.explorer import Explorer

__all__ = [
    "SAMPLES",
    "Network",
    "Recorded",
    "Sheet",
    "boxes_on",
    "class_names",
    "digits",
    "own_image",
    "paint",
    "pictures",
    "prediction",
    "sample_picture",
    "trained_lenet",
]

SAMPLES = tuple(f"picture {number}" for number in range(1, 7))

BARS = 10  # classes at once
MOST_NAMES = 100_000  # of classes
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
        except Exception as error:
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
            seen, found = self.seen
            if seen is not image:  # no other thread has asked meanwhile
                found = self._ask(image)
                self.seen = image, found
        return found

    def layout(self, image):
        """An image as the model takes it: (1, channels, H, W), in its precision."""
        import torch

        layout = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
        kinds = (p.dtype for p in self.model.parameters() if p.is_floating_point())
        return torch.tensor(layout[None], dtype=next(kinds, torch.float32))

    def _ask(self, image):
        import torch

        start = self.layout(image)
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
        return output.detach().float()


class Recorded(Network):
    """A copy of a model that gives the record of its run on an image, numbers included."""

    def __init__(self, model, name="model"):
        super().__init__(model, name)
        self.shapes = {}  # the last shape, and the record of it

    def _ask(self, image):
        from cnnlab.trace import trace

        return trace(self.model, self.layout(image), device="cpu", keep=True)

    def on_shape(self, shape):
        """The record of a run on a shape without its batch: nothing is computed."""
        from cnnlab.trace import trace

        if shape not in self.shapes:
            self.shapes = {shape: trace(self.model, shape)}
        return self.shapes[shape]


@cache
def trained_lenet():
    """The network that is looked at if no other is given."""
    from cnnlab.models import lenet5

    return Recorded(lenet5(trained=True))


@cache
def digits():
    """The first test digit of each class, by its name."""
    _, (images, labels) = load_mnist(flatten=False)
    return {str(d): images[labels == d][0, 0].astype(float) for d in range(10)}


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


@cache
def sample_picture(name):
    """One of the pictures: always the same array, so that it is known again."""
    return pictures().images[SAMPLES.index(name), 0]


def boxes_on(side, least=1, most=1, whole=False):
    """A reader of boxes on a square, for :class:`Held`.

    Parameters
    ----------
    side : int
        Where the square ends.
    least, most : int
        How many boxes there must be and may be.
    whole : bool
        Whether their corners must be whole numbers.

    Returns
    -------
    callable
        ``read(name, value)``, which returns a copy.

    Examples
    --------
    >>> boxes_on(10)("region", [[0, 0, 12, 5]])
    Traceback (most recent call last):
    ValueError: region must have x1 < x2 and y1 < y2 in each row, all from 0 to 10.
    """

    def read(name, value):
        rows = np.array(as_numbers(name, value, 2)).astype(float)
        if rows.shape[1] != 4 or not least <= len(rows) <= most:
            count = f"{least} to {most} rows" if most > least else f"{most} row"
            raise ValueError(
                f"{name} has shape {rows.shape}, but it must have {count} (x1, y1, x2, y2)."
            )
        if (rows[:, :2] >= rows[:, 2:]).any() or (rows < 0).any() or (rows > side).any():
            raise ValueError(
                f"{name} must have x1 < x2 and y1 < y2 in each row, all from 0 to {side}."
            )
        if whole and (rows != rows.round()).any():
            raise ValueError(f"{name} is {rows.tolist()}, but it must be whole numbers.")
        return rows

    return read


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


def class_names(name, value):
    """A reader of names of classes for :class:`Held`: text, in the order of the scores."""
    names = isinstance(value, (str, list, tuple, range)) and 0 < len(value) <= MOST_NAMES
    parts = list(value) if names else None
    if parts is None or not all(isinstance(part, (str, int)) for part in parts):
        raise ValueError(f"{name} is {short(value)}, but it must be a sequence of names.")
    return tuple(map(str, parts))


def prediction(scores, classes, width, height=170):
    """Bars of the likeliest classes, and a sentence.

    Parameters
    ----------
    scores : torch.Tensor, shape (1, classes)
    classes : tuple of str or None
    width, height : float
        Pixels of the bars.

    Returns
    -------
    panel : Bars or Space
    words : str
    """
    if scores.ndim != 2:
        return Space(width, height), f"The model gives an output of shape {tuple(scores.shape)}."
    if scores.shape[1] == 1:
        return Space(width, height), f"The model gives {format_number(float(scores), 3)}."
    one = scores.sum(dim=1).item()
    chances = bool((scores >= 0).all()) and abs(one - 1) < 1e-3  # the model ends with a softmax
    shares = (scores if chances else scores.softmax(dim=1))[0].numpy().astype(float)
    names = classes or tuple(map(str, range(len(shares))))
    if len(names) != len(shares):
        raise ValueError(
            f"classes has {len(names)} names, but the model gives {len(shares)} scores."
        )
    order = range(len(shares)) if len(shares) <= BARS else np.argsort(-shares)[:BARS]
    order = list(map(int, order))
    best = int(shares.argmax())
    name = dict(enumerate(names)).get
    bars = Bars(
        name="prediction", title="prediction", role="plain", width=width, height=height,
        values=shares[order], limits=(0, 1), names=40,
        labels=tuple(str(name(place, place))[:12] for place in order),
        texts=tuple(f"{100 * shares[place]:.0f} %" for place in order),
        lines=tuple(f"{name(place, place)}: probability = {shares[place]:.4f}" for place in order),
        roles=tuple("window" if place == best else "padding" for place in order),
    )  # fmt: skip
    share = f"{100 * shares[best]:.0f} %" if shares[best] >= 0.01 else "less than 1 %"
    return bars, f"The model says {name(best, best)}, with {share}."
