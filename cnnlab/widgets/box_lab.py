"""Boxes under the hand: how much they overlap, and which of them suppression keeps."""

import numpy as np

from cnnlab.boxes import box_area, box_iou
from cnnlab.ops import as_numbers
from cnnlab.scene import Bars, Boxes, Cell, Over, Picture, Row, Scene, format_number
from cnnlab.widgets.controls import Choice, Held, Slider, functions
from cnnlab.widgets.drawing import boxes_on, pictures
from cnnlab.widgets.explorer import Explorer

__all__ = ["BoxLab"]

OVERLAP, SUPPRESSION = "overlap of A and B", "suppression"
NAMES = "ABCDEFGH"
SIDE = 64  # rows and columns of the picture
KEPT, OUT, NOW, WAITS = "kept", "out", "kept now", "waits"
ROLES = {KEPT: "output", OUT: "padding", NOW: "window", WAITS: "input"}


_boxes = boxes_on(SIDE, least=2, most=len(NAMES))


def _scores(name, value):
    """A score for each box, eight at most."""
    scores = np.array(as_numbers(name, value, 1)).astype(float)
    if not 2 <= len(scores) <= len(NAMES) or (scores < 0).any() or (scores > 1).any():
        raise ValueError(f"{name} must hold 2 to {len(NAMES)} numbers from 0 to 1.")
    return scores


class BoxLab(Explorer):
    """Drag boxes and resize them at their sides and corners.

    Either the overlap of the first two, A and B, is written out: intersection over
    union. Or non-maximum suppression goes through all of them step by step: the best
    of those that are left is kept, and what overlaps it too much is thrown out.

    Parameters
    ----------
    boxes : array_like, shape (N, 4), optional
        Two to eight boxes (x1, y1, x2, y2) on a picture of 64 x 64.
    scores : array_like, shape (N,), optional
        How sure a detector is of each. If other boxes come without scores, theirs fall
        from 0.9 to 0.5.
    iou : callable, optional
        Your own ``iou(a, b)`` of two boxes of four numbers.
    show : {"overlap of A and B", "suppression"}, optional
    threshold : float, optional
        Overlap beyond which a box is thrown out.
    step : int, optional
        Rounds of suppression that are done.

    Raises
    ------
    ValueError
        If a row is no box on the picture, or a setting is out of its range.

    Examples
    --------
    >>> lab = BoxLab([[0, 0, 40, 20], [20, 0, 60, 20]])
    >>> lab.current.note
    'IoU = 400 / (800 + 800 − 400) = 400 / 1200 = 0.333.'
    """

    boxes = Held(
        [[2, 38, 22, 59], [9, 43, 29, 63], [4, 36, 20, 56], [27, 43, 47, 63], [30, 40, 50, 60]],
        read=_boxes,
    )
    scores = Held([0.9, 0.75, 0.8, 0.7, 0.6], read=_scores)
    iou = Held(read=functions("iou(a, b)"))
    show = Choice((OVERLAP, SUPPRESSION), buttons=True)
    threshold = Slider(0.0, 1.0, 0.4, step=0.05, width=260)
    step = Slider(0, 8, 0, "rounds", play=True)

    def _wanted(self, given):
        boxes = given.get("boxes")
        if boxes is not None and "scores" not in given:
            count = len(_boxes("boxes", boxes))
            if count != len(self._held["scores"]):
                given = {"scores": np.linspace(0.9, 0.5, count)} | given
        return super()._wanted(given)

    @staticmethod
    def ranges(boxes):
        return {"step": (0, len(boxes))}

    @staticmethod
    def unused(show):
        return ("threshold", "step") if show == OVERLAP else ()

    @staticmethod
    def scene(boxes, scores, iou, show, threshold, step):
        """The boxes on a picture, and bars; see the class."""
        if len(scores) != len(boxes):
            raise ValueError(
                f"scores has {len(scores)} numbers, but there are {len(boxes)} boxes: give as many."
            )
        overlap = _iou if iou is None else lambda a, b: float(iou(a, b, shape=()))
        if show == OVERLAP:
            return _overlap(*boxes[:2], overlap)
        return _suppression(boxes, scores, overlap, threshold, step)


def _iou(a, b):
    return float(box_iou([a], [b])[0, 0])


def _photo(*layers):
    return Over(
        Picture(name="photo", title="picture", role="plain", values=pictures().images[0, 0],
                limits=(0, 1), width=330, height=330,
                caption="drag a box, or its sides and corners"),
        *layers,
    )  # fmt: skip


def _overlap(a, b, overlap):
    inner = np.array([*np.maximum(a[:2], b[:2]), *np.minimum(a[2:], b[2:])])
    width, height = np.maximum(inner[2:] - inner[:2], 0)
    areas = [float(area) for area in box_area([a, b])]
    both = float(width * height)
    union = sum(areas) - both
    found, true = overlap(a, b), _iou(a, b)
    sizes = [np.diff(box.reshape(2, 2), axis=0)[0] for box in (a, b)]
    lines = [f"{name}: {_number(w)}·{_number(h)} = {_number(area)}"
             for name, (w, h), area in zip("AB", sizes, areas, strict=True)]  # fmt: skip
    lines.append(f"intersection: {_number(width)}·{_number(height)} = {_number(both)}")
    lines.append(
        f"union: {_number(areas[0])} + {_number(areas[1])} − {_number(both)} = {_number(union)}"
    )
    numbers = [*areas, both, union]
    told = (
        f"IoU = {_number(both)} / ({_number(areas[0])} + {_number(areas[1])} − {_number(both)}) = "
        f"{_number(both)} / {_number(union)} = {true:.3f}"
    )
    if abs(found - true) > 1e-6:
        told += f", but your function gives {format_number(found, 3)}"
    apart = "" if both else " They do not overlap: a width or a height below 0 counts as 0."
    return Scene(
        "Intersection over union: how alike two boxes are",
        Row(
            _photo(
                Boxes(name="boxes", title="boxes", corners=[a, b], labels=("A", "B"),
                      roles=("input", "kernel"), movable=True),
                Boxes(name="both", title="intersection", corners=inner[None] if both else [],
                      labels=("",) if both else (), role="output", solid=False),
            ),
            Bars(name="areas", title="areas in pixels", values=np.array(numbers), width=330,
                 height=150, labels=("A", "B", "intersection", "union"), lines=tuple(lines),
                 texts=tuple(map(_number, numbers)), names=86,
                 roles=("input", "kernel", "output", "plain")),
        ),
        focus=Cell("areas", 3, 0),
        note=f"{told}.{apart}",
    )  # fmt: skip


def _number(value):
    return format_number(value, 1 if value >= 1 else 4)  # tiny boxes have areas too


def _suppression(boxes, scores, overlap, threshold, step):
    """What suppression did in its first rounds; see :func:`cnnlab.boxes.nms`."""
    order = list(np.argsort(-scores, kind="stable"))
    left, state, why = list(order), dict.fromkeys(order, WAITS), {}
    best = None
    for _ in range(step):
        if not left:
            best = None
            break
        best, *others = left
        state = {box: KEPT if word == NOW else word for box, word in state.items()}
        state[best] = NOW
        left = []
        for other in others:
            share = overlap(boxes[best], boxes[other])
            why[other] = f"IoU with {NAMES[best]} {share:.2f}"
            if share > threshold:
                state[other] = OUT
            else:
                left.append(other)
    if not left and best is None:
        state = {box: KEPT if word == NOW else word for box, word in state.items()}
    kept = [NAMES[box] for box in order if state[box] in (KEPT, NOW)]
    done = "All boxes are decided." if WAITS not in state.values() else "Some still wait."
    labels = tuple(NAMES[: len(boxes)])
    lines = tuple(
        f"{NAMES[box]}: score {format_number(scores[box])}, {state[box]}"
        + (f"; {why[box]}" if box in why else "")
        for box in order
    )
    return Scene(
        "Suppression: the best is kept, and what overlaps it goes",
        Row(
            _photo(
                Boxes(name="boxes", title="boxes", corners=boxes, labels=labels, movable=True,
                      values=scores, texts=tuple(map(format_number, scores)),
                      roles=tuple(ROLES[state[box]] for box in range(len(boxes)))),
            ),
            Bars(name="scores", title="scores, the best first", values=scores[order], width=330,
                 height=26 * len(boxes), labels=tuple(NAMES[box] for box in order), lines=lines,
                 texts=tuple(state[box] for box in order), limits=(0, 1), names=24,
                 roles=tuple(ROLES[state[box]] for box in order)),
        ),
        focus=Cell("scores", order.index(best) if best is not None else 0, 0),
        note=f"Kept so far: {', '.join(kept) or 'none'}. What overlaps a kept box by more than "
        f"{format_number(threshold)} is out. {done}",
    )  # fmt: skip
