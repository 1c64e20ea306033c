"""Checks of week 11: beyond classification."""

from functools import cache

import numpy as np

from cnnlab import boxes as package
from cnnlab.checks.check import Check, true_or_false
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake
from cnnlab.data import scattered_digits

__all__ = [
    "average_precision",
    "grid_numbers",
    "iou",
    "kernels_of",
    "mean_iou",
    "my_anchors",
    "offsets",
    "responsible",
    "statements",
    "suppress",
]

# ------------------------------------------------------------------ kernels_of

_random = np.random.default_rng(11)


def _kernels_with(order, moved):
    """An answer: the axes (filters, ...) in another order, then brought to (F, C, H, W)."""

    def answer(weight, channels, side):
        sizes = {"c": channels, "h": side, "w": side}
        parts = weight.reshape(len(weight), *(sizes[axis] for axis in order))
        return parts.transpose(moved)

    return answer


def _dense_weights(draw):
    channels, side = draw.count(1, 4), draw.count(1, 3)
    return draw.array(draw.count(1, 4), channels * side * side), channels, side


kernels_of = Check(
    "kernels_of",
    _kernels_with("chw", (0, 1, 2, 3)),
    (
        (np.arange(12).reshape(1, 12), 3, 2),
        (_random.integers(-5, 6, (2, 18)), 2, 3),
        (_random.integers(-5, 6, (4, 16)), 4, 2),
    ),
    (
        Mistake(
            "You put the channels last.",
            "Flatten wrote one channel after the other: channels come first.",
            _kernels_with("hwc", (0, 3, 1, 2)),
        ),
        Mistake(
            "Your kernels are turned: rows and columns are swapped.",
            "Flatten wrote a channel row by row.",
            _kernels_with("cwh", (0, 1, 3, 2)),
        ),
        Mistake(
            "Your kernels are flipped.",
            "A convolution lays the kernel down as it is, so nothing has to be turned.",
            lambda weight, c, s: weight.reshape(len(weight), c, s, s)[..., ::-1, ::-1],
        ),
        Mistake(
            "The filters are missing: you made one kernel of all weights.",
            "Each output of the fully connected layer becomes a filter of its own.",
            lambda weight, c, s: weight.reshape(-1, c, s, s)[:1],
        ),
        Mistake(
            "Channels and filters are swapped.",
            "The first axis of a convolution's weight are its filters.",
            lambda weight, c, s: weight.reshape(len(weight), c, s, s).transpose(1, 0, 2, 3),
        ),
        Mistake(
            "The channels come last.",
            "The kernels are (outputs, channels, side, side).",
            lambda weight, channels, side: weight.reshape(len(weight), side, side, channels),
        ),
        Mistake(
            "You transposed the weights first.",
            "Each row of `weight` belongs to one output.",
            lambda weight, channels, side: weight.T.reshape(len(weight), channels, side, side),
        ),
    ),
    draw=_dense_weights,
)

# ------------------------------------------------------------------------- iou


def _iou_with(divide, inner=lambda width, height: max(width, 0) * max(height, 0), more=0):
    """An answer from how the intersection and the division are done."""

    def answer(a, b):
        width = min(a[2], b[2]) - max(a[0], b[0]) + more
        height = min(a[3], b[3]) - max(a[1], b[1]) + more
        areas = [(box[2] - box[0] + more) * (box[3] - box[1] + more) for box in (a, b)]
        return divide(inner(width, height), *areas)

    return answer


def _share(both, one, other):
    return both / (one + other - both)


def _box(draw):
    x, y = (draw.pick(0, 1, 2, 2.5, 5) for _ in range(2))
    return x, y, x + draw.count(1, 6) / draw.pick(1, 2), y + draw.count(1, 6)


def _two_boxes(draw):
    return _box(draw), _box(draw)


def _iou(a, b):
    width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    both = width * height
    one = (a[2] - a[0]) * (a[3] - a[1])
    other = (b[2] - b[0]) * (b[3] - b[1])
    return both / (one + other - both)


def _inside(a, b):
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


def _parts_of_iou(a, b):
    """The intersection, and the sum of both areas."""
    wide, high = (max(min(a[n + 2], b[n + 2]) - max(a[n], b[n]), 0) for n in (0, 1))
    return wide * high, sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))


iou = Check(
    "iou",
    _iou,
    (
        ((0, 0, 4, 4), (2, 1, 6, 5)),
        ((0, 0, 4, 2), (0, 0, 4, 2)),
        ((1, 1, 3, 3), (5, 6, 9, 8)),  # apart along both axes
        ((0, 0, 10, 10), (2, 3, 4, 8)),  # one inside the other
        ((0, 0, 4, 4), (1, 6, 3, 8)),  # apart along one
        ((0.5, 0, 4, 2.5), (2, 1, 8, 2)),
        ((6, 1, 9, 5), (0, 2, 4, 4)),  # apart along the other
        ((2, 2, 4, 4), (1, 1, 6, 6)),  # the first is the smaller one
    ),
    (
        Mistake(
            "The intersection is counted twice in the union.",
            "Both areas contain it: subtract it once.",
            _iou_with(lambda both, one, other: both / (one + other)),
        ),
        Mistake(
            "Two negative overlaps give a positive area.",
            "If a width or a height is below 0, the boxes do not overlap: take 0.",
            _iou_with(_share, lambda width, height: width * height),
        ),
        Mistake(
            "Boxes that are apart along one axis get a negative overlap.",
            "Take 0 for each of width and height before you multiply.",
            _iou_with(
                _share, lambda width, height: width * height if max(width, height) > 0 else 0
            ),
        ),
        Mistake(
            "You count one pixel more along each side.",
            "Here x2 - x1 is the width.",
            _iou_with(_share, more=1),
        ),
        Mistake(
            "You divide by the smaller box.",
            "Intersection over *union*: what lies in either of the two.",
            _iou_with(lambda both, one, other: both / min(one, other)),
        ),
        Mistake(
            "You divide by the first box.",
            "Intersection over *union*: what lies in either of the two.",
            _iou_with(lambda both, one, other: both / one),
        ),
        Mistake(
            "You divide by the second box.",
            "Intersection over *union*: what lies in either of the two.",
            _iou_with(lambda both, one, other: both / other),
        ),
        Mistake(
            "You divide by the larger box.",
            "Intersection over *union*: what lies in either of the two.",
            _iou_with(lambda both, one, other: both / max(one, other)),
        ),
        Mistake(
            "That is twice the intersection over the sum: Dice's number.",
            "Intersection over *union*: what lies in either of the two.",
            _iou_with(lambda both, one, other: 2 * both / (one + other)),
        ),
        Mistake(
            "Only the product is kept from falling below 0.",
            "Two negative lengths have a positive product: take 0 for each before you multiply.",
            _iou_with(_share, lambda width, height: max(width * height, 0)),
        ),
        Mistake(
            "You divide by the box around both.",
            "The union is what lies in one of the two, not all that lies between.",
            lambda a, b: (
                _iou_with(lambda both, one, other: both)(a, b)
                / ((max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1])))
            ),
        ),
        Mistake(
            "You forgot to divide.",
            "Intersection *over* union.",
            _iou_with(lambda both, one, other: both),
        ),
        Mistake(
            "You read the boxes as (x, y, width, height).",
            "They are (x1, y1, x2, y2): two corners.",
            lambda a, b: _iou(
                (a[0], a[1], a[0] + a[2], a[1] + a[3]), (b[0], b[1], b[0] + b[2], b[1] + b[3])
            ),
        ),
        Mistake(
            "You read the boxes as (x1, x2, y1, y2).",
            "They are (x1, y1, x2, y2): two corners.",
            lambda a, b: _iou((a[0], a[2], a[1], a[3]), (b[0], b[2], b[1], b[3])),
        ),
        Mistake(
            "You divide the union by the intersection.",
            "Intersection *over* union.",
            lambda a, b: 1 / _iou(a, b),
        ),
        Mistake(
            "You looked at the rows only.",
            "Boxes have a width and a height.",
            lambda a, b: _iou((0, a[1], 1, a[3]), (0, b[1], 1, b[3])),
        ),
        Mistake(
            "A box that lies in the other gets 1.",
            "Also then: the intersection over the union.",
            lambda a, b: 1.0 if _inside(a, b) or _inside(b, a) else _iou(a, b),
        ),
        Mistake(
            "You took the larger start and the smaller end the wrong way round.",
            "The intersection begins at the larger start and ends at the smaller end.",
            lambda a, b: (
                lambda i: i / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - i)
            )(
                max(max(a[2], b[2]) - min(a[0], b[0]), 0)
                * max(max(a[3], b[3]) - min(a[1], b[1]), 0)
            ),
        ),
        Mistake(
            "You took the intersection away twice.",
            "It is in both areas: take it away once.",
            lambda a, b: (lambda i, both: i / (both - 2 * i) if both != 2 * i else 0.0)(
                *_parts_of_iou(a, b)
            ),
        ),
        Mistake(
            "Boxes that lie apart have an overlap in your answer.",
            "Where the smaller end lies before the larger start it is 0, not the absolute value.",
            lambda a, b: (
                lambda i: i / (_parts_of_iou(a, b)[1] - i) if i != _parts_of_iou(a, b)[1] else 0.0
            )(abs(min(a[2], b[2]) - max(a[0], b[0])) * abs(min(a[3], b[3]) - max(a[1], b[1]))),
        ),
    ),
    draw=_two_boxes,
    without=(
        "box_iou",
        "iou",
    ),
)

# -------------------------------------------------------------------- suppress


def _suppress_with(order, judges="kept", out=lambda share, limit: share > limit):
    """An answer: in which order, and which boxes may throw another out."""

    def answer(boxes, scores, threshold):
        overlap = package.box_iou(boxes, boxes)
        kept, seen = [], []
        for box in order(scores):
            against = kept if judges == "kept" else seen
            if not any(out(overlap[box, other], threshold) for other in against):
                kept.append(int(box))
            seen.append(box)
        return kept

    return answer


def _best_first(scores):
    return np.argsort(-scores, kind="stable")


_CROWD = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [6, 0, 16, 10], [30, 5, 40, 20], [31, 5, 41, 21],
                   [3, 0, 13, 10]])  # fmt: skip


def _crowd(draw):
    count = draw.count(0, 6)
    boxes = np.array([_box(draw) for _ in range(count)]).reshape(-1, 4)
    scores = (draw.random.permutation(count) + 0.2) / draw.pick(8, 31, 300)  # no two alike
    return boxes - draw.pick(0, 0, 0.35), scores, draw.pick(0, 0.2, 0.3, 0.5, 0.7)


def _suppress(boxes, scores, threshold):
    kept = []
    for box in np.argsort(-scores, kind="stable"):
        if all(_iou(boxes[box], boxes[other]) <= threshold for other in kept):
            kept.append(int(box))
    return kept


def _judged_by_the_last(boxes, scores, threshold):
    kept = []
    for box in _best_first(scores):
        if not kept or _iou(boxes[box], boxes[kept[-1]]) <= threshold:
            kept.append(int(box))
    return kept


suppress = Check(
    "suppress",
    _suppress,
    (
        (_CROWD[:2], np.array([0.6, 0.9]), 0.5),
        (_CROWD, np.array([0.5, 0.9, 0.4, 0.7, 0.8, 0.6]), 0.3),
        (_CROWD[[0, 5, 2]], np.array([0.9, 0.8, 0.7]), 0.5),  # a chain: the middle one goes
        (np.array([[0, 0, 10, 10], [5, 0, 15, 10]]), np.array([0.3, 0.2]), 1 / 3),
        (_CROWD[3:], np.array([0.2, 0.9, 0.5]), 0.9),
        (np.zeros((0, 4)), np.zeros(0), 0.5),
    ),
    (
        Mistake(
            "You begin with the worst score.",
            "The best of those that are left is kept, and judges the others.",
            _suppress_with(lambda scores: np.argsort(scores, kind="stable")),
        ),
        Mistake(
            "You take the boxes as they come.",
            "The order is that of the scores, the best first.",
            _suppress_with(lambda scores: range(len(scores))),
        ),
        Mistake(
            "Boxes that are thrown out throw out others.",
            "Only a box that is kept may do so: otherwise whole chains vanish.",
            _suppress_with(_best_first, judges="seen"),
        ),
        Mistake(
            "You throw out what overlaps exactly as much as the threshold.",
            "Only above it: >.",
            _suppress_with(_best_first, out=lambda share, limit: share >= limit - 1e-12),
        ),
        Mistake(
            "You throw out what does not overlap.",
            "Much overlap means: that is the same thing again.",
            _suppress_with(_best_first, out=lambda share, limit: share <= limit),
        ),
        Mistake(
            "Your numbers are sorted.",
            "Keep the order of the scores: the best one stands first.",
            lambda *given: sorted(_suppress_with(_best_first)(*given)),
        ),
        Mistake(
            "You give the places in the sorted list.",
            "Give the numbers of the boxes as they were handed in.",
            lambda boxes, scores, threshold: [
                list(_best_first(scores)).index(n)
                for n in _suppress_with(_best_first)(boxes, scores, threshold)
            ],
        ),
        Mistake(
            "Only the very best box judges.",
            "After it the best of those that are left is kept too, and judges the rest.",
            lambda boxes, scores, threshold: [
                int(box)
                for place, box in enumerate(_best_first(scores))
                if place == 0
                or package.box_iou(boxes[[box]], boxes[[_best_first(scores)[0]]])[0, 0] <= threshold
            ],
        ),
        Mistake(
            "You give the boxes themselves.",
            "Give their numbers.",
            lambda boxes, scores, threshold: boxes[_suppress(boxes, scores, threshold)],
        ),
        Mistake(
            "You give the scores of what is kept.",
            "Give the numbers of the boxes.",
            lambda boxes, scores, threshold: scores[_suppress(boxes, scores, threshold)],
        ),
        Mistake(
            "You give a mask.",
            "Give the numbers of the boxes that are kept.",
            lambda boxes, scores, threshold: [
                n in _suppress(boxes, scores, threshold) for n in range(len(boxes))
            ],
        ),
        Mistake(
            "You give those that are thrown out.",
            "Give those that are kept.",
            lambda boxes, scores, threshold: [
                int(n) for n in _best_first(scores) if n not in _suppress(boxes, scores, threshold)
            ],
        ),
        Mistake(
            "The threshold is taken for 0.5, whatever it is.",
            "It is an argument.",
            lambda boxes, scores, threshold: _suppress(boxes, scores, 0.5),
        ),
        Mistake(
            "The threshold judges the scores too.",
            "It judges overlaps.",
            lambda boxes, scores, threshold: [
                n for n in _suppress(boxes, scores, threshold) if scores[n] > threshold
            ],
        ),
        Mistake(
            "Only the box that was kept before judges.",
            "All that are kept judge.",
            _judged_by_the_last,
        ),
        Mistake(
            "All boxes are kept.",
            "A box goes if a better one covers too much of it.",
            lambda boxes, scores, threshold: [int(n) for n in _best_first(scores)],
        ),
        Mistake(
            "The threshold is for scores in your answer.",
            "It is the largest overlap that two kept boxes may have.",
            lambda boxes, scores, threshold: [
                int(n) for n in _best_first(scores) if scores[n] > threshold
            ],
        ),
        Mistake(
            "You gave the boxes.",
            "Asked are their numbers in the list.",
            lambda boxes, scores, threshold: [
                list(boxes[n]) for n in _suppress(boxes, scores, threshold)
            ],
        ),
    ),
    draw=_crowd,
    needs=(iou,),
    without=(
        "nms",
        "batched_nms",
    ),
)

# --------------------------------------------------------------------- offsets


def _center(box):
    x1, y1, x2, y2 = box
    return (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1


def _offsets_with(shift, stretch, read=_center):
    def answer(anchor, box):
        ax, ay, aw, ah = read(anchor)
        bx, by, bw, bh = read(box)
        return (
            shift(bx - ax, aw, bw), shift(by - ay, ah, bh), stretch(bw, aw), stretch(bh, ah)
        )  # fmt: skip

    return answer


def _by_anchor(way, anchor, box):
    return way / anchor


def _log(box, anchor):
    return np.log(box / anchor)


def _offsets(anchor, box):
    width, height = anchor[2] - anchor[0], anchor[3] - anchor[1]
    x = (box[0] + box[2]) / 2 - (anchor[0] + anchor[2]) / 2
    y = (box[1] + box[3]) / 2 - (anchor[1] + anchor[3]) / 2
    wider, higher = (box[2] - box[0]) / width, (box[3] - box[1]) / height
    return x / width, y / height, np.log(wider), np.log(higher)


offsets = Check(
    "offsets",
    _offsets,
    (
        ((0, 0, 10, 20), (5, 0, 15, 20)),
        ((10, 10, 26, 42), (12, 20, 36, 36)),
        ((0, 4, 8, 8), (2, 0, 4, 12)),
        ((1, 0, 6, 7), (2, 3, 9, 4)),  # centres that are no whole numbers
        ((0, 0, 8, 8), (1, 1, 10, 10)),  # one of them only
    ),
    (
        Mistake(
            "You divide by the size of the true box.",
            "The detector does not know it: divide by the anchor's.",
            _offsets_with(lambda way, anchor, box: way / box, _log),
        ),
        Mistake(
            "You do not divide the shift.",
            "It is measured in widths and heights of the anchor.",
            _offsets_with(lambda way, anchor, box: way, _log),
        ),
        Mistake(
            "You take the upper left corners.",
            "The shift goes from centre to centre.",
            _offsets_with(_by_anchor, _log, lambda b: (b[0], b[1], b[2] - b[0], b[3] - b[1])),
        ),
        Mistake(
            "The logarithm is missing.",
            "log(width of the box / width of the anchor): 0 if they are alike.",
            _offsets_with(_by_anchor, lambda box, anchor: box / anchor),
        ),
        Mistake(
            "You divide the anchor's size by that of the box.",
            "The other way round: how much larger must the anchor become?",
            _offsets_with(_by_anchor, lambda box, anchor: np.log(anchor / box)),
        ),
        Mistake(
            "You go from the box to the anchor.",
            "The detector moves the anchor to the box: box minus anchor.",
            _offsets_with(lambda way, anchor, box: -way / anchor, _log),
        ),
        Mistake(
            "Your logarithm is one to the base 2.",
            "Take the natural one, np.log.",
            _offsets_with(_by_anchor, lambda box, anchor: np.log2(box / anchor)),
        ),
        Mistake(
            "Your logarithm is one to the base 10.",
            "Take the natural one, np.log.",
            _offsets_with(_by_anchor, lambda box, anchor: np.log10(box / anchor)),
        ),
        Mistake(
            "Anchor and box are swapped.",
            "The anchor is the first argument, and everything is measured in it.",
            lambda anchor, box: _offsets_with(_by_anchor, _log)(box, anchor),
        ),
        Mistake(
            "Your centres are whole numbers.",
            "The centre is (x1 + x2) / 2, with /: // drops the half.",
            _offsets_with(
                _by_anchor,
                _log,
                lambda b: ((b[0] + b[2]) // 2, (b[1] + b[3]) // 2, b[2] - b[0], b[3] - b[1]),
            ),
        ),
        Mistake(
            "You take the difference of the sizes.",
            "Their ratio, and of that the logarithm.",
            _offsets_with(_by_anchor, lambda box, anchor: (box - anchor) / anchor),
        ),
        Mistake(
            "Width and height are swapped in the division.",
            "x goes with the width, y with the height.",
            lambda anchor, box: (
                tuple(
                    way / size
                    for way, size in zip(
                        np.subtract(_center(box)[:2], _center(anchor)[:2]),
                        _center(anchor)[:1:-1],
                        strict=True,
                    )
                )
                + tuple(_offsets_with(_by_anchor, _log)(anchor, box)[2:])
            ),
        ),
        Mistake(
            "The centre is not halved.",
            "(x1 + x2) / 2.",
            lambda anchor, box: _offsets_with(
                _by_anchor, _log, lambda b: (b[0] + b[2], b[1] + b[3], b[2] - b[0], b[3] - b[1])
            )(anchor, box),
        ),
        Mistake(
            "You took half the size for the centre.",
            "The centre is (x1 + x2) / 2.",
            lambda anchor, box: _offsets_with(
                _by_anchor,
                _log,
                lambda b: ((b[2] - b[0]) / 2, (b[3] - b[1]) / 2, b[2] - b[0], b[3] - b[1]),
            )(anchor, box),
        ),
        Mistake(
            "You read the boxes as (x, y, width, height).",
            "They are (x1, y1, x2, y2): two corners.",
            lambda anchor, box: _offsets(
                (anchor[0], anchor[1], anchor[0] + anchor[2], anchor[1] + anchor[3]),
                (box[0], box[1], box[0] + box[2], box[1] + box[3]),
            ),
        ),
        Mistake(
            "You took the logarithm of each size, and divided.",
            "The logarithm of their ratio.",
            _offsets_with(_by_anchor, lambda box, anchor: np.log(box) / np.log(anchor)),
        ),
        Mistake(
            "You count one pixel more along each side.",
            "x2 - x1 is the width.",
            _offsets_with(
                _by_anchor,
                _log,
                lambda b: ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2, b[2] - b[0] + 1, b[3] - b[1] + 1),
            ),
        ),
        Mistake(
            "You took the logarithm of the ratio plus 1.",
            "np.log: 0 if they are alike.",
            _offsets_with(_by_anchor, lambda box, anchor: np.log1p(box / anchor)),
        ),
    ),
    draw=_two_boxes,
    without=(
        "encode",
        "box_offsets",
    ),
)

# ----------------------------------------------------------------- responsible


def _cell_with(pick, of=lambda box: _center(box)[:2]):
    def answer(box, side):
        x, y = of(box)
        return pick(y / side), pick(x / side)

    return answer


def _down(value):
    return int(np.floor(value))


def _box_and_side(draw):
    return _box(draw), draw.pick(1, 2, 3, 1.5, 0.125)


def _responsible(box, side):
    x = (box[0] + box[2]) / 2
    y = (box[1] + box[3]) / 2
    return int(y // side), int(x // side)


responsible = Check(
    "responsible",
    _responsible,
    (
        ((10, 2, 30, 8), 8),
        ((0, 20, 14, 60), 8),
        ((40, 40, 63, 50), 16),
        ((6, 33, 9, 62), 8),
        ((0, 0, 15, 15), 7.5),
    ),
    (
        Mistake(
            "You round to the nearest cell.",
            "Cell 2 reaches from 2 · side to 3 · side: always down.",
            _cell_with(lambda value: int(np.floor(value + 0.5))),
        ),
        Mistake(
            "You round up.",
            "Cells are counted from 0: always down.",
            _cell_with(lambda value: int(np.ceil(value))),
        ),
        Mistake(
            "Row and column are swapped.",
            "y counts rows, and rows come first.",
            lambda box, side: _cell_with(_down)(box, side)[::-1],
        ),
        Mistake(
            "You took the upper left corner.",
            "The cell with the *centre* is responsible.",
            _cell_with(_down, lambda box: box[:2]),
        ),
        Mistake(
            "You took the lower right corner.",
            "The cell with the *centre* is responsible.",
            _cell_with(_down, lambda box: box[2:]),
        ),
        Mistake(
            "You halved the width and forgot where the box begins.",
            "The centre is (x1 + x2) / 2.",
            _cell_with(_down, lambda box: ((box[2] - box[0]) / 2, (box[3] - box[1]) / 2)),
        ),
        Mistake(
            "You did not round.",
            "A cell is a whole number.",
            lambda box, side: ((box[1] + box[3]) / 2 / side, (box[0] + box[2]) / 2 / side),
        ),
        Mistake(
            "You took the remainder.",
            "How many whole cells come before?",
            lambda box, side: (
                int((box[1] + box[3]) / 2 % side),
                int((box[0] + box[2]) / 2 % side),
            ),
        ),
        Mistake(
            "You read the box as (x, y, width, height).",
            "It is (x1, y1, x2, y2).",
            lambda box, side: (
                int((box[1] + box[3] / 2) // side),
                int((box[0] + box[2] / 2) // side),
            ),
        ),
        Mistake(
            "You multiplied by the side.",
            "How many sides fit before the centre?",
            lambda box, side: (
                int((box[1] + box[3]) / 2 * side),
                int((box[0] + box[2]) / 2 * side),
            ),
        ),
    ),
    draw=_box_and_side,
)

# ---------------------------------------------------------------- grid_numbers


def _grid(draw):
    return draw.count(1, 9), draw.count(1, 4), draw.count(1, 20)


grid_numbers = Check(
    "grid_numbers",
    lambda side, count, classes: side * side * (5 * count + classes),
    ((7, 2, 20), (8, 1, 10), (3, 4, 6)),
    (
        Mistake(
            "Each box has four numbers in your count.",
            "x, y, width, height, and how sure it is that something is there.",
            lambda side, count, classes: side * side * (4 * count + classes),
        ),
        Mistake(
            "You count the classes for each box.",
            "A cell predicts its classes once, whatever the number of its boxes.",
            lambda side, count, classes: side * side * count * (5 + classes),
        ),
        Mistake(
            "You count the classes once for the whole picture.",
            "Every cell predicts its own.",
            lambda side, count, classes: side * side * 5 * count + classes,
        ),
        Mistake(
            "You took 5 for the number of boxes.",
            "That is the handout's slip: 5 are the numbers of one box, B is the number of boxes.",
            lambda side, count, classes: side * side * (5 * 5 + classes),
        ),
        Mistake(
            "You count one cell.",
            "The grid has side · side of them.",
            lambda side, count, classes: 5 * count + classes,
        ),
        Mistake(
            "You forgot the classes.",
            "Each cell has a score for every class.",
            lambda side, count, classes: side * side * 5 * count,
        ),
        Mistake(
            "You count one row of cells.",
            "The grid has S · S cells.",
            lambda side, count, classes: side * (5 * count + classes),
        ),
        Mistake(
            "There is one class more in your count.",
            "Background is no class here: the fifth number of a box tells it.",
            lambda side, count, classes: side * side * (5 * count + classes + 1),
        ),
        Mistake(
            "The sureness is shared in your count.",
            "Each box has its own: five numbers.",
            lambda side, count, classes: side * side * (4 * count + 1 + classes),
        ),
        Mistake(
            "You add where each box has five numbers.",
            "5 · count, and the classes once.",
            lambda side, count, classes: side * side * (5 + count + classes),
        ),
        Mistake(
            "The five numbers come once, the classes for each box, in your count.",
            "Each box has five numbers; the classes come once.",
            lambda side, count, classes: side * side * (5 + count * classes),
        ),
        Mistake(
            "You counted the boxes.",
            "Each has five numbers, and each cell has its classes.",
            lambda side, count, classes: side * side * count,
        ),
        Mistake(
            "You multiplied boxes and classes.",
            "Each cell has 5 · count numbers and, beside them, its classes.",
            lambda side, count, classes: side * side * 5 * count * classes,
        ),
        Mistake(
            "Each box has three numbers in your count.",
            "x, y, width, height, and how sure it is that something is there.",
            lambda side, count, classes: side * side * (3 * count + classes),
        ),
        Mistake(
            "Your answer is YOLO's 1,470, whatever is asked.",
            "side, count and classes are arguments.",
            lambda side, count, classes: 1470,
        ),
        Mistake(
            "The classes come once for each box, and the sureness is missing.",
            "Five numbers a box; the classes once for each cell.",
            lambda side, count, classes: side * side * count * (4 + classes),
        ),
    ),
    draw=_grid,
)

# -------------------------------------------------------------------- mean_iou


def _parts(confusion):
    table = np.asarray(confusion, dtype=float)
    right = np.diag(table)
    return table, right, table.sum(axis=1), table.sum(axis=0)


def _mean_iou_with(share, over=lambda values, are, called: values[are + called > 0]):
    def answer(confusion):
        _, right, are, called = _parts(confusion)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = share(right, are, called)
        return float(np.mean(over(values, are, called)))

    return answer


def _iou_of(right, are, called):
    return right / (are + called - right)


def _confusion(draw):
    classes = draw.count(2, 4)
    table = draw.random.integers(0, 9, (classes, classes))
    table[draw.random.random((classes, classes)) < 0.3] = 0
    table[0, 0] += 1
    table *= draw.pick(1, 1, 1000)
    never = draw.pick(0, 1, 2) if classes > 2 else 0
    if never:  # a class that never occurs; perhaps it is called all the same
        table[never] = 0
        table[:, never] *= draw.pick(0, 1)
    return (table,)


def _mean_iou(confusion):
    shares = []
    for c in range(len(confusion)):
        right = confusion[c, c]
        union = confusion[c].sum() + confusion[:, c].sum() - right
        if union > 0:
            shares.append(right / union)
    return np.mean(shares)


mean_iou = Check(
    "mean_iou",
    _mean_iou,
    (
        (np.array([[90, 0], [10, 0]]),),
        (np.array([[50, 3, 2], [4, 20, 1], [0, 5, 15]]),),
        (np.array([[70, 0, 5], [0, 0, 0], [9, 0, 16]]),),  # the second class never occurs
        (np.array([[30, 2, 0], [0, 0, 8], [5, 1, 4]]),),
        (np.array([[90, 10], [0, 0]]),),  # called, but never there
    ),
    (
        Mistake(
            "That is pixel accuracy.",
            "Count for each class by itself, then take the mean of the classes.",
            lambda confusion: float(np.trace(confusion) / np.sum(confusion)),
        ),
        Mistake(
            "That is the mean accuracy of the classes.",
            "Divide by the union: what is of the class *or* is called so.",
            _mean_iou_with(
                lambda right, are, called: right / are, lambda values, are, called: values[are > 0]
            ),
        ),
        Mistake(
            "The right pixels are counted twice in the union.",
            "They are in the row and in the column: subtract them once.",
            _mean_iou_with(lambda right, are, called: right / (are + called)),
        ),
        Mistake(
            "A class that is called where it never is, is left out.",
            "Its IoU is 0: leave out only what neither is nor is called.",
            _mean_iou_with(_iou_of, lambda values, are, called: values[are > 0]),
        ),
        Mistake(
            "That is twice the right pixels over the sum: Dice's number.",
            "Divide by the union: what is of the class *or* is called so.",
            _mean_iou_with(lambda right, are, called: 2 * right / (are + called)),
        ),
        Mistake(
            "A class that never occurs counts as 0.",
            "It says nothing about the segmentation: leave it out of the mean.",
            _mean_iou_with(_iou_of, lambda values, are, called: np.nan_to_num(values)),
        ),
        Mistake(
            "A class that never occurs makes your mean nan.",
            "0 / 0: leave such a class out of the mean.",
            _mean_iou_with(_iou_of, lambda values, are, called: values),
        ),
        Mistake(
            "You left out the background.",
            "Class 0 is a class like the others here.",
            _mean_iou_with(
                _iou_of,
                lambda values, are, called: np.nan_to_num(values[1:])[(are + called)[1:] > 0],
            ),
        ),
        Mistake(
            "You weight the classes by their pixels.",
            "Then the background decides again: each class counts once.",
            lambda confusion: float(
                np.nansum(_iou_of(*_parts(confusion)[1:]) * _parts(confusion)[2])
                / np.sum(confusion)
            ),
        ),
        Mistake(
            "That is the mean precision of the classes.",
            "Divide by the union: what is of the class *or* is called so.",
            _mean_iou_with(
                lambda right, are, called: right / called,
                lambda values, are, called: values[called > 0],
            ),
        ),
        Mistake(
            "A class that never occurs counts as 1.",
            "It says nothing about the segmentation: leave it out of the mean.",
            _mean_iou_with(
                _iou_of, lambda values, are, called: np.where(are + called > 0, values, 1)
            ),
        ),
        Mistake(
            "A class with an IoU of 0 is left out.",
            "Leave out only what neither is nor is called.",
            _mean_iou_with(_iou_of, lambda values, are, called: values[values > 0]),
        ),
        Mistake(
            "You divided the sum of all intersections by the sum of all unions.",
            "Each class counts once: the mean of the shares.",
            lambda confusion: float(
                np.trace(confusion)
                / sum(np.subtract(np.add(*_parts(confusion)[2:]), _parts(confusion)[1]))
            ),
        ),
        Mistake(
            "You gave all shares, not their mean.",
            "One number.",
            lambda confusion: [float(n) for n in _iou_of(*_parts(confusion)[1:])],
        ),
    ),
    draw=_confusion,
    without=(
        "scores",
        "jaccard_score",
        "mean_iou",
    ),
)

# ----------------------------------------------------------- average_precision


def _curve(hits, positives):
    found = np.cumsum(hits)
    return found / positives, found / np.arange(1, len(hits) + 1)


def _bare(hits, positives):
    recall, precision = _curve(hits, positives)
    return float(np.sum(np.diff(recall, prepend=0) * precision))


def _area(hits, positives):
    area, found, best = 0, sum(hits), 0
    for place in range(len(hits) - 1, -1, -1):  # from the last: what is best from there on
        best = max(best, found / (place + 1))
        if hits[place]:
            area += best / positives
            found -= 1
    return area


def _detections(draw):
    hits = [draw.pick(0, 1, 1) for _ in range(draw.count(1, 12))]
    return hits, max(sum(hits) + draw.pick(0, 0, 1, 3), 1)


average_precision = Check(
    "average_precision",
    _area,
    (
        ([1, 0, 1], 2),
        ([0, 1, 1, 0, 1], 4),
        ([1, 1, 0, 0, 1, 0, 1], 5),
        ([0, 0, 1], 3),
        ([0, 1, 1, 1], 3),
    ),
    (
        Mistake(
            "The falling envelope is missing.",
            "At each recall take the best precision from there on.",
            _bare,
        ),
        Mistake(
            "That is the mean of the precisions at all detections.",
            "Only where the recall rises is there an area: multiply by its steps.",
            lambda hits, positives: float(np.mean(_curve(hits, positives)[1])),
        ),
        Mistake(
            "What was never found is left out.",
            "Divide by all true boxes, not by those that were found.",
            lambda hits, positives: package.average_precision(hits, int(np.sum(hits))),
        ),
        Mistake(
            "That is the precision of all detections together.",
            "Draw the curve: recall and precision after each detection.",
            lambda hits, positives: float(np.mean(hits)),
        ),
        Mistake(
            "That is the recall of all detections together.",
            "Draw the curve: recall and precision after each detection.",
            lambda hits, positives: float(np.sum(hits) / positives),
        ),
        Mistake(
            "Your envelope looks one detection ahead.",
            "At each recall the best precision from there on, however far.",
            lambda hits, positives: float(
                np.sum(
                    np.diff(_curve(hits, positives)[0], prepend=0)
                    * np.maximum(
                        _curve(hits, positives)[1], np.append(_curve(hits, positives)[1][1:], 0)
                    )
                )
            ),
        ),
        Mistake(
            "The first step of the recall is lost.",
            "The recall starts at 0: np.diff needs prepend=0.",
            lambda hits, positives: float(
                np.sum(
                    np.diff(package.precision_recall(hits, positives)[0])
                    * package.precision_recall(hits, positives)[2][1:]
                )
            ),
        ),
        Mistake(
            "Your envelope looks back.",
            "At each recall the best precision *from there on*, to the right.",
            lambda hits, positives: float(
                np.sum(
                    np.diff(_curve(hits, positives)[0], prepend=0)
                    * np.maximum.accumulate(_curve(hits, positives)[1])
                )
            ),
        ),
        Mistake(
            "You take the mean at 11 values of the recall.",
            "That is the older way; here the whole area is asked for.",
            lambda hits, positives: package.average_precision(hits, positives, "11"),
        ),
        Mistake(
            "The area is not divided.",
            "The recall rises by 1 / positives at each hit.",
            lambda hits, positives: positives * package.average_precision(hits, positives),
        ),
        Mistake(
            "You divide by the number of detections.",
            "The recall counts the true boxes that are there.",
            lambda hits, positives: (
                positives * package.average_precision(hits, positives) / len(hits)
            ),
        ),
        Mistake(
            "You took the trapezoids under the raw curve.",
            "Steps, under the falling envelope.",
            lambda hits, positives: float(
                np.trapezoid(_curve(hits, positives)[1], _curve(hits, positives)[0])
            ),
        ),
        Mistake(
            "You multiplied the last precision and the last recall.",
            "It is an area under a curve.",
            lambda hits, positives: float(
                _curve(hits, positives)[0][-1] * _curve(hits, positives)[1][-1]
            ),
        ),
        Mistake(
            "You took the best precision times the last recall.",
            "It is an area under a curve.",
            lambda hits, positives: float(
                _curve(hits, positives)[0][-1] * _curve(hits, positives)[1].max()
            ),
        ),
        Mistake(
            "You went through the detections from the worst on.",
            "The best comes first.",
            lambda hits, positives: _area(hits[::-1], positives),
        ),
    ),
    draw=_detections,
    without=("average_precision", "average_precision_score"),
)

# ------------------------------------------------------------------ statements

statements = true_or_false(
    "statements",
    ("true", "false", "true", "false", "true", "false"),
    (
        (
            "the same filters slide on.",
            "A classifier's last layer became a convolution in section 1; feed it 7 x 9.",
        ),
        (
            "it may be the background alone.",
            "What does a prediction of nothing but background get in section 2?",
        ),
        (
            "the map of the whole picture is computed once.",
            "Compare R-CNN with the others in section 4.",
        ),
        ("a true box may be hit once.", "What is a second box on the same digit?"),
        (
            "a region of any size gives the same number of bins.",
            "Drag the region in RegionPooling.",
        ),
        (
            "only the cell with the centre answers.",
            "How many cells does a digit of 20 x 20 pixels touch, and how many have its centre?",
        ),
    ),
)

# ------------------------------------------------------------------ my_anchors

ANCHORS, OVERLAP, SHARE = 3, 0.6, 0.94


@cache
def _digit_sizes():
    """Widths and heights of the digits in 300 test pictures."""
    every = np.concatenate(scattered_digits(300, seed=5, test=True).boxes)
    return every[:, 2:] - every[:, :2]


def _pairs(anchors):
    """Widths and heights as rows, or None."""
    try:
        pairs = np.asarray(anchors, dtype=float)
    except (TypeError, ValueError):
        return None
    legal = pairs.ndim == 2 and pairs.shape[1] == 2 and len(pairs) and (pairs > 0).all()
    return pairs if legal else None


def _caught(anchors):
    """Share of the digits that overlap an anchor enough, laid on the same centre."""
    sizes, best = _digit_sizes(), 0
    for anchor in _pairs(anchors):
        inner = np.minimum(sizes, anchor).prod(axis=1)
        best = np.maximum(best, inner / (sizes.prod(axis=1) + np.prod(anchor) - inner))
    return float(np.mean(best >= OVERLAP))


my_anchors = Design(
    "my_anchors",
    (
        Condition(
            "each anchor is (width, height), both above 0",
            lambda anchors: _pairs(anchors) is not None,
            "Write a list of pairs of numbers, in pixels.",
        ),
        Condition(
            f"there are at most {ANCHORS}",
            lambda anchors: len(anchors) <= ANCHORS,
            lambda anchors: f"There are {len(anchors)}.",
        ),
        Condition(
            f"{100 * SHARE:.0f} % of the test digits overlap one of them by at least {OVERLAP}",
            lambda anchors: _caught(anchors) >= SHARE,
            lambda anchors: (
                f"It is {100 * _caught(anchors):.1f} %. Look at the widths and heights "
                "of the training digits, and draw them as points."
            ),
        ),
    ),
    (
        ("three that fit", [(6, 16), (12, 14), (16, 19)], ""),
        ("as an array", np.array([(6, 16), (12, 14), (16, 19)]), ""),
        ("a single pair", (12, 16), "each anchor is (width, height), both above 0"),
        ("one number", [16.0, 8.0], "each anchor is (width, height), both above 0"),
        ("four", [(6, 16), (12, 14), (16, 19), (9, 9)], "there are at most 3"),
        (
            "the shapes of Faster R-CNN",
            [(16, 8), (16, 16), (8, 16)],
            "94 % of the test digits overlap one of them by at least 0.6",
        ),
        (
            "far too large",
            [(64, 64)],
            "94 % of the test digits overlap one of them by at least 0.6",
        ),
    ),
)
