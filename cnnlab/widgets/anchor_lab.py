"""Anchors: ready boxes at every place of a map, of which the truth takes the best."""

import numpy as np

from cnnlab.boxes import anchors, box_iou, encode, to_center
from cnnlab.scene import Bars, Boxes, Cell, Over, Picture, Row, Scene, format_number
from cnnlab.widgets.controls import Held, Slider
from cnnlab.widgets.drawing import boxes_on, pictures
from cnnlab.widgets.explorer import Explorer

__all__ = ["AnchorLab"]

SIDE, STRIDE = 64, 8
CELLS = SIDE // STRIDE
RATIOS = (0.5, 1, 2)
GOOD, BAD = 0.7, 0.3  # overlaps of Faster R-CNN, from which an anchor is trained as one or other


class AnchorLab(Explorer):
    """Nine anchors around one place of a map, and the true box that you drag.

    The map has 8 x 8 places, one for each 8 x 8 pixels. At each stand anchors of three
    areas and three shapes. For the chosen anchor the four numbers are written out that a
    detector has to predict, so that the anchor becomes the true box.

    Parameters
    ----------
    truth : array_like, shape (1, 4), optional
        The true box (x1, y1, x2, y2) on a picture of 64 x 64.
    row, column : int, optional
        The place of the map.
    size : int, optional
        Side of the smallest square anchor; the others are 1.5 and 2 times as large.
    anchor : int, optional
        The one whose numbers are written out, 1 to 9.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    References
    ----------
    Ren, He, Girshick and Sun, 2015, "Faster R-CNN", arXiv:1506.01497, section 3.1.

    Examples
    --------
    >>> lab = AnchorLab([[20, 20, 44, 44]], row=3, column=3, size=16, anchor=5)
    >>> lab.current.note.split(". ")[0]
    'Anchor 5 overlaps the truth by 0.53: not trained on, in between'
    """

    truth = Held([[28, 44, 46, 62]], read=boxes_on(SIDE))
    row = Slider(0, CELLS - 1, 6, "row", width=220)
    column = Slider(0, CELLS - 1, 4, "column", width=220)
    size = Slider(8, 32, 12, "smallest side", width=260)
    anchor = Slider(1, 9, 5, "anchor", width=220)

    @staticmethod
    def scene(truth, row, column, size, anchor):
        """Anchors on a picture, their overlaps, and four numbers; see the class."""
        sizes = (size, 1.5 * size, 2 * size)
        every = anchors(CELLS, CELLS, STRIDE, sizes, RATIOS).reshape(CELLS, CELLS, -1, 4)
        here = every[row, column]
        overlap = box_iou(here, truth)[:, 0]
        everywhere = box_iou(every.reshape(-1, 4), truth)[:, 0]
        hits = int((everywhere >= GOOD).sum())
        reached = f"{hits} reach{'es' if hits == 1 else ''} {GOOD}"
        place = anchor - 1
        offsets = encode(here[place : place + 1], truth)[0]
        roles = [_role(share) for share in overlap]
        shown = np.clip(here, 0, SIDE)  # on the picture; what is computed uses all of it
        own = np.arange(len(here)) == place
        lines = tuple(
            f"{number}: {_side(box[2] - box[0])} x {_side(box[3] - box[1])}, IoU {share:.2f}, "
            f"{_said(share)}"
            for number, (box, share) in enumerate(zip(here, overlap, strict=True), 1)
        )
        return Scene(
            "Anchors: a detector corrects ready boxes",
            Row(
                Over(
                    Picture(name="photo", title="picture", role="plain",
                            values=pictures().images[0, 0], limits=(0, 1), width=330, height=330,
                            caption="drag the truth; anchors end with the picture here"),
                    Boxes(name="others", title="anchors", corners=shown[~own], solid=False,
                          role="padding", labels=("",) * 8,
                          lines=tuple(line for line, mine in zip(lines, own, strict=True)
                                      if not mine)),
                    Boxes(name="chosen", title="chosen anchor", corners=shown[own], solid=False,
                          role="kernel", labels=(str(anchor),), lines=(lines[place],)),
                    Boxes(name="truth", title="truth", corners=truth, labels=("truth",),
                          role="output", movable=True),
                ),
                Bars(name="overlaps", title="IoU with the truth", values=overlap, width=330,
                     height=230, limits=(0, 1), names=84, lines=lines, roles=tuple(roles),
                     labels=tuple(f"{n}: {_side(b[2] - b[0])} x {_side(b[3] - b[1])}"
                                  for n, b in enumerate(here, 1)),
                     texts=tuple(f"{share:.2f}" for share in overlap)),
            ),
            focus=Cell("overlaps", place, 0),
            note=f"Anchor {anchor} overlaps the truth by {overlap[place]:.2f}: "
            f"{_said(overlap[place], overlap[place] == everywhere.max())}. "
            f"{_offsets(here[place], truth[0], offsets)} Of all {len(everywhere)} anchors "
            f"{reached}; the best has {everywhere.max():.2f}.",
        )  # fmt: skip


def _role(share):
    return "output" if share >= GOOD else "padding" if share < BAD else "kernel"


def _said(share, best=False):
    if share >= GOOD:
        return f"trained as a hit, from {GOOD} on"
    if best and share > 0:
        return "the best of all, so trained as a hit"
    return f"trained as background, below {BAD}" if share < BAD else "not trained on, in between"


def _side(length):
    return format_number(length, 0)


def _offsets(anchor, truth, offsets):
    """The four numbers, written out."""
    ax, ay, aw, ah = (format_number(part, 1) for part in to_center(anchor[None])[0])
    tx, ty, tw, th = (format_number(part, 1) for part in to_center(truth[None])[0])
    dx, dy, dw, dh = (format_number(part) for part in offsets)
    return (
        f"To become the truth it must predict ({tx} − {ax}) / {aw} = {dx}, "
        f"({ty} − {ay}) / {ah} = {dy}, log({tw} / {aw}) = {dw}, log({th} / {ah}) = {dh}."
    )
