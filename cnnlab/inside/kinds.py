"""Which picture a node has: for each kind of operation that of a map and that of a number."""

import numpy as np

from cnnlab.inside.cells import (
    average,
    concatenation,
    normalization,
    normalization_number,
    pooling,
    pooling_number,
    relu,
    relu_number,
    sum_number,
    sum_of_two,
)
from cnnlab.inside.sums import convolution, convolution_number, dense
from cnnlab.inside.view import View, flat, picture_of, result_of
from cnnlab.scene import Cell, Row, format_shape

__all__ = ["kind_of", "map_view", "number_view"]


def kind_of(node):
    """Which of the pictures below a node has: a word of ``KINDS``, or "other"."""
    if node.step is None:
        return "other"
    name = node.step.operation
    if name == "convolution":
        _, _, _, _, _, _, transposed, *_ = node.step.inputs
        return "other" if transposed or node.step.inputs[1].ndim != 4 else "convolution"
    if name == "cat":
        along = (*node.step.inputs, 0)[1]
        return "concatenation" if node.values.ndim == 4 and along in (1, -3) else "other"
    if name == "add" and len(node.step.inputs) >= 2:
        one, two = node.step.inputs[:2]
        same = hasattr(one, "shape") and hasattr(two, "shape") and one.shape == two.shape
        return "sum" if same and one.ndim == 4 else "other"
    kind = OPERATIONS.get(name, "other")
    x, *options = node.step.inputs
    if kind == "average":
        whole = x.ndim == 4 and node.step.output.numel() == x.shape[1]
        rows_and_columns = name != "mean" or {d % 4 for d in (*options, ())[0]} == {2, 3}
        return kind if whole and rows_and_columns else "other"
    if name == "avg_pool2d":
        more = options[2:]
        padding, rounded_up, _, divisor = (*more, *(0, False, True, None)[len(more) :])
        if np.any(padding) or rounded_up or divisor is not None:
            return "other"  # not the mean of the numbers that are there
    if kind == "normalization" and options[2] is None:
        return "other"  # by the statistics of this image alone
    if kind == "dense":
        return kind if node.values.ndim == 2 and len(node.values) == 1 else "other"
    return kind if x.ndim in (2, 4) else "other"


OPERATIONS = {
    "max_pool2d_with_indices": "pooling", "avg_pool2d": "pooling", "mean": "average",
    "_adaptive_avg_pool2d": "average", "relu": "relu", "addmm": "dense", "mm": "dense",
    "native_batch_norm": "normalization", "_native_batch_norm_legit_no_training": "normalization",
}  # fmt: skip


def map_view(record, place, channel):
    """How one map of a node comes about.

    Parameters
    ----------
    record : cnnlab.trace.Trace
        With numbers.
    place : int
        Of the node.
    channel : int
        Which of its maps; for a layer without maps, which of its numbers.

    Returns
    -------
    View
    """
    node = record.nodes[place]
    if node.values is None:
        raise ValueError(f"layer is {node.name!r}, which gives no tensor to look at.")
    kind = kind_of(node)
    show = KINDS[kind][0] if kind in KINDS else _other
    return show(record, place, channel)


def number_view(record, place, channel, row, column):
    """How one number of a node comes about: see :func:`map_view`."""
    kind = kind_of(record.nodes[place])
    _, show = KINDS.get(kind, (None, _plain_number))
    if show is None:
        return map_view(record, place, channel)
    return show(record, place, channel, row, column)


# -------------------------------------------------------------------- all others


def _other(record, place, channel):
    """What goes in and what comes out; how is not drawn."""
    node = record.nodes[place]
    out = flat(node.values, channel)
    panels = []
    for number, feed in enumerate(record.feeds(place)[:3]):
        source = record.nodes[feed].values
        if source is None or source.ndim < 2 or not source[0].numel():
            continue
        same = min(channel, source.shape[1] - 1)
        given = flat(source, same)
        title = f"{record.nodes[feed].name}, map {same}"[:30]
        panels.append(picture_of(f"input {number}", given, title, "input", 200))
    shown = picture_of("output", out, f"map {channel}", "output", 200, pickable=True)
    body = Row(*panels, *(["→"] if panels else []), shown)
    what = "It was given." if node.kind == "input" else (
        f"How {node.kind} computes its maps is not drawn here; what goes in and what comes out is."
    )  # fmt: skip
    return View(body, f"{node.name}: {format_shape(node.shape)}. {what}", (),
                Cell("output", 0, 0))  # fmt: skip


def _plain_number(record, place, channel, row, column):
    node = record.nodes[place]
    value = float(flat(node.values, channel)[row, column])
    body = Row(result_of(node, value, channel, row, column))
    return View(body, f"How {node.kind} computes a number is not drawn here.", (),
                Cell("number", 0, 0))  # fmt: skip


# For each kind the picture of a map and that of a number; None: the map's says it already.
KINDS = {
    "convolution": (convolution, convolution_number),
    "pooling": (pooling, pooling_number),
    "average": (average, None),
    "relu": (relu, relu_number),
    "normalization": (normalization, normalization_number),
    "sum": (sum_of_two, sum_number),
    "concatenation": (concatenation, None),
    "dense": (dense, None),
}
