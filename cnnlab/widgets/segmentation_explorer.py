"""A class for each pixel of what you draw."""

from functools import cache

import numpy as np

from cnnlab.arguments import short
from cnnlab.scene import Bars, Cell, Column, Link, Picture, Row, Scene, Span
from cnnlab.segmentation import confusion, scores
from cnnlab.widgets.controls import OWN, Choice, Held, Slider
from cnnlab.widgets.drawing import (
    SAMPLES,
    Network,
    Sheet,
    own_image,
    pictures,
    sample_picture,
)

__all__ = ["SegmentationExplorer"]

SIDE, SMALL = 300, 145
NAMES = ("background", *map(str, range(10)))
WHOLE = 8  # the model halves the picture three times


def _picture(name, value):
    """A gray picture whose sides the network can halve three times."""
    image = own_image(name, value)
    rows, columns = image.shape[:2]
    if image.ndim != 2 or rows % WHOLE or columns % WHOLE or max(rows, columns) > 128:
        raise ValueError(
            f"{name} has shape {image.shape}, but it must be gray, with sides that are multiples "
            f"of {WHOLE}, at most 128."
        )
    return image


class SegmentationExplorer(Sheet):
    """What a segmentation network says of each pixel.

    Draw on the left with mouse, finger or keyboard (Space puts the pen down and lifts
    it), or choose a picture of scattered digits: then the truth stands beside it, and
    the scores are written out. Point at a pixel of the prediction to read its class.

    Parameters
    ----------
    model : torch.nn.Module, optional
        From (1, 1, H, W) to scores (1, 11, H, W), background first; a copy of it as it
        is now. Without one, the trained :func:`cnnlab.models.digit_segmenter`.
    image : str, Path, bytes or array_like, optional
        Your own gray picture, sides multiples of 8; without one, an empty sheet.
    sample : str, optional
        One of six test pictures, or your own.
    pen : {"draw", "erase"}, optional
    threshold : float, optional
        A pixel whose likeliest class has less than this chance counts as background.

    Raises
    ------
    ValueError
        If the model is none or cannot take the picture, or a setting is out of its range.

    References
    ----------
    Long, Shelhamer and Darrell, 2015, arXiv:1411.4038.

    Examples
    --------
    >>> explorer = SegmentationExplorer(sample="picture 2")
    >>> explorer.current.panels["prediction"].shape
    (64, 64)
    """

    model = Held(read=lambda name, value: Network(value, name))
    image = Held(
        np.zeros((64, 64)), read=_picture, choice="sample",
        ready=sample_picture,
    )  # fmt: skip
    sample = Choice((OWN, *SAMPLES), value=SAMPLES[0], label="image")
    threshold = Slider(0.0, 0.95, 0.5, step=0.05, width=260)

    @staticmethod
    def scene(pen, model, image, sample, threshold):
        """Picture, prediction, chance, and truth with its scores; see the class."""
        chances = _chances((model or _usual())(image), image.shape)
        best, sure = chances.argmax(axis=0), chances.max(axis=0)
        called = np.where(sure >= threshold, best, 0)
        rows, columns = image.shape
        classes = {"colors": "classes", "limits": (0, 10), "names": NAMES}
        if sample == OWN:
            truth, told = np.zeros_like(called), "There is no truth for your own picture"
            found = None
        else:
            truth = pictures().masks[SAMPLES.index(sample)]
            found = scores(confusion(truth, called, len(NAMES)))
            told = (
                f"Pixel accuracy {100 * found.pixel_accuracy:.1f} %, mean IoU "
                f"{100 * found.mean_iou:.1f} %. A prediction of nothing but background would "
                f"be right on {100 * np.mean(truth == 0):.1f} % of the pixels"
            )
        present = [n for n in range(11) if (called == n).any() or (truth == n).any()]
        said = ", ".join(NAMES[n] for n in sorted(set(called.ravel().tolist()) - {0}))
        return Scene(
            "Which pixel belongs to what?",
            Row(
                Picture(name="image", title="image", role="input", values=image, limits=(0, 1),
                        width=SIDE, height=SIDE, paintable=True,
                        caption=f"{rows} x {columns}, draw here"),
                Column(
                    Row(
                        Picture(name="prediction", title="prediction", role="output",
                                values=called, width=SMALL, height=SMALL, **classes),
                        Picture(name="truth", title="truth", role="plain", values=truth,
                                width=SMALL, height=SMALL, faded=sample == OWN, **classes),
                    ),
                    Row(
                        Picture(name="chance", title="its chance", role="output", values=sure,
                                colors="heat", limits=(0, 1), width=SMALL, height=SMALL),
                        _bars(present, found, called),
                    ),
                ),
            ),
            links=(
                Link("prediction", (Span("image"), Span("chance")), how="copy"),
                Link("chance", (Span("image"), Span("prediction")), how="copy"),
            ),
            focus=_first(called),
            note=f"{told}. The network finds {said or 'nothing'}.",
        )  # fmt: skip


@cache
def _usual():
    from cnnlab.models import digit_segmenter

    return Network(digit_segmenter(trained=True))


def _chances(output, shape):
    """Chances (11, H, W) from a model's output, or a sentence."""
    if tuple(output.shape) != (1, len(NAMES), *shape):
        raise ValueError(
            f"the model gives an output of shape {tuple(output.shape)}, but for this picture it "
            f"must be (1, {len(NAMES)}, {shape[0]}, {shape[1]})."
        )
    if not output.isfinite().all():
        raise ValueError(f"the model gives {short(float('nan'))} or infinite scores.")
    return output.softmax(dim=1)[0].numpy().astype(float)


def _bars(present, found, called):
    """The IoU of each class that occurs, or how many pixels it got."""
    # Those with the most pixels; ten would not fit.
    shown = sorted(sorted(present, key=lambda n: -(called == n).sum())[:7])
    if found is None:
        values = np.array([float((called == n).sum()) for n in shown])
        title, texts = "pixels", tuple(f"{int(n)}" for n in values)
    else:
        values = np.array([float(np.nan_to_num(found.iou[n])) for n in shown])
        title, texts = "IoU", tuple(f"{100 * n:.0f} %" for n in values)
    return Bars(
        name="classes", title=title, role="output", width=SMALL, height=SMALL, values=values,
        limits=None if found is None else (0, 1), names=26,
        labels=tuple(NAMES[n] if n else "none" for n in shown), texts=texts,
        lines=tuple(f"{NAMES[n]}: {title} = {text}" for n, text in zip(shown, texts, strict=True)),
    )  # fmt: skip


def _first(called):
    """The first pixel that is no background, to begin with."""
    row, column = divmod(int((called.ravel() > 0).argmax()), called.shape[1])
    return Cell("prediction", row, column)
