"""A one-pass detector on what you draw."""

from functools import cache

import numpy as np

from cnnlab.boxes import grid_boxes, match_detections, nms
from cnnlab.scene import (
    Bars,
    Boxes,
    Cell,
    Column,
    Grid,
    Link,
    Over,
    Picture,
    Row,
    Scene,
    Span,
)
from cnnlab.widgets.controls import OWN, Choice, Held, Slider
from cnnlab.widgets.drawing import (
    SAMPLES,
    Network,
    Sheet,
    own_image,
    pictures,
    sample_picture,
)

__all__ = ["DetectionExplorer"]

SIDE, STRIDE, CELLS, CLASSES = 64, 8, 8, 10
MOST = 8  # detections that are listed
HIT = 0.5  # overlap with the truth, from which a detection is right


def _picture(name, value):
    image = own_image(name, value)
    if image.shape != (SIDE, SIDE):
        raise ValueError(
            f"{name} has shape {image.shape}, but it must be gray and {SIDE} x {SIDE}."
        )
    return image


class DetectionExplorer(Sheet):
    """What a detector finds in one look: a grid of cells, and a box from each.

    Draw on the left with mouse, finger or keyboard (Space puts the pen down and lifts
    it), or choose a picture of scattered digits, whose true boxes are dimmed. On the
    right stands the score of each of the 8 x 8 cells: the chance that the centre of a
    digit lies in it, times that of its likeliest class. Point at a cell to see its pixels.

    Parameters
    ----------
    model : torch.nn.Module, optional
        From (1, 1, 64, 64) to (1, 15, 8, 8), as :func:`cnnlab.boxes.grid_boxes` reads
        it; a copy of it as it is now. Without one, the trained
        :func:`cnnlab.models.grid_detector`.
    image : str, Path, bytes or array_like, optional
        Your own gray picture of 64 x 64; without one, an empty sheet.
    sample : str, optional
        One of six test pictures, or your own.
    pen : {"draw", "erase"}, optional
    threshold : float, optional
        Boxes with a smaller score are not shown.
    overlap : float, optional
        Of two boxes that overlap more than this the one with the smaller score goes.

    Raises
    ------
    ValueError
        If the model is none or cannot take the picture, or a setting is out of its range.

    References
    ----------
    Redmon, Divvala, Girshick and Farhadi, 2016, arXiv:1506.02640.

    Examples
    --------
    >>> explorer = DetectionExplorer(sample="picture 1", threshold=0.5)
    >>> explorer.current.panels["cells"].shape
    (8, 8)
    """

    model = Held(read=lambda name, value: Network(value, name))
    image = Held(
        np.zeros((SIDE, SIDE)), read=_picture, choice="sample",
        ready=sample_picture,
    )  # fmt: skip
    sample = Choice((OWN, *SAMPLES), value=SAMPLES[0], label="image")
    threshold = Slider(0.05, 0.95, 0.5, step=0.05, width=260)
    overlap = Slider(0.0, 1.0, 0.4, "most overlap", step=0.05, width=280)

    @staticmethod
    def scene(pen, model, image, sample, threshold, overlap):
        """Picture with boxes, grid of cells, and a list; see the class."""
        boxes, sure, labels = grid_boxes(_numbers((model or _usual())(image)), STRIDE)
        said = np.flatnonzero(sure >= threshold)
        kept = said[nms(boxes[said], sure[said], overlap)] if len(said) else said
        corners = np.clip(boxes[kept], 0, SIDE)
        which = SAMPLES.index(sample) if sample != OWN else None
        truth = pictures().boxes[which] if which is not None else np.zeros((0, 4))
        names = pictures().labels[which] if which is not None else np.zeros(0, dtype=int)
        right = _right(boxes[kept], sure[kept], labels[kept], truth, names)
        cells = sure.reshape(CELLS, CELLS)
        best = int(kept[0]) if len(kept) else int(sure.argmax())
        return Scene(
            "One look: the cell with the centre is responsible",
            Row(
                Over(
                    Picture(name="image", title="image", role="input", values=image,
                            limits=(0, 1), width=320, height=320, paintable=True,
                            caption=f"{SIDE} x {SIDE}, draw here"),
                    Boxes(name="truth", title="truth", corners=truth, role="padding", solid=False,
                          labels=("",) * len(truth),
                          lines=tuple(f"truth: a {n}" for n in names)),
                    Boxes(name="found", title="found", corners=corners, role="output",
                          solid=False, values=sure[kept],
                          labels=tuple(str(n) for n in labels[kept]),
                          texts=tuple(f"{n:.2f}" for n in sure[kept])),
                ),
                Column(
                    Grid(name="cells", title="score of each cell", role="window", values=cells,
                         colors="heat", limits=(0, 1), width=300, height=210),
                    _listed(kept, sure, labels, right, which is not None),
                ),
            ),
            links=(
                Link("cells", (Span("image", step=(STRIDE,) * 2, count=(STRIDE,) * 2),),
                     how="copy"),
            ),
            focus=Cell("cells", *divmod(best, CELLS)),
            note=_told(sure, said, kept, right, truth, threshold),
        )  # fmt: skip


@cache
def _usual():
    from cnnlab.models import grid_detector

    return Network(grid_detector(trained=True))


def _numbers(output):
    """A model's output without its batch, or a sentence."""
    expected = 1, 5 + CLASSES, CELLS, CELLS
    if tuple(output.shape) != expected:
        raise ValueError(
            f"the model gives an output of shape {tuple(output.shape)}, but it must be {expected}."
        )
    return output[0].numpy()


def _right(boxes, scores, labels, truth, names):
    """Which detections are a true box of their class, each true box once."""
    hits = np.zeros(len(boxes), dtype=bool)
    for name in set(labels.tolist()):
        mine = np.flatnonzero(labels == name)
        hits[mine] = match_detections(boxes[mine], scores[mine], truth[names == name], HIT)
    return hits


def _listed(kept, sure, labels, right, known):
    """The detections as bars, the best first."""
    shown = kept[:MOST]
    if not len(shown):
        return Bars(name="found list", title="found", width=300, height=100, values=np.zeros(1),
                    labels=("",), texts=("nothing",), lines=("nothing is found",), names=10,
                    limits=(0, 1))  # fmt: skip
    cells = [divmod(int(cell), CELLS) for cell in shown]
    words = ["right" if hit else "wrong" for hit in right] if known else [""] * len(shown)
    return Bars(
        name="found list", title="found, the best first", width=300, height=100,
        values=sure[shown], limits=(0, 1), names=20, labels=tuple(str(labels[n]) for n in shown),
        texts=tuple(f"{sure[n]:.2f} {word}".strip() for n, word in zip(shown, words, strict=False)),
        lines=tuple(
            f"a {labels[n]} with score = {sure[n]:.2f}, from the cell in row {row}, column {column}"
            for n, (row, column) in zip(shown, cells, strict=True)
        ),
        roles=tuple("output" if hit or not known else "window" for hit in right[: len(shown)]),
    )  # fmt: skip


def _told(sure, said, kept, right, truth, threshold):
    gone = len(said) - len(kept)
    words = (
        f"{len(said)} of {len(sure)} cells reach{'es' if len(said) == 1 else ''} a score of "
        f"{threshold:.2f}. "
        f"Suppression takes {gone} of them away. "
    )
    if len(truth):
        words += f"Found: {int(right.sum())} of {len(truth)}; wrong: {int((~right).sum())}."
    return words.strip()
