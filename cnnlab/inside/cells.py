"""What works cell by cell, window by window, or map by map, each channel by itself."""

import numpy as np

from cnnlab.inside.view import (
    BOX,
    View,
    bias_of,
    cell_of,
    flat,
    grid_of,
    look,
    numbers,
    picture_of,
    placed,
    result_of,
)
from cnnlab.scene import Cell, Column, Link, Row, Span, format_number

__all__ = [
    "average",
    "concatenation",
    "normalization",
    "normalization_number",
    "pooling",
    "pooling_number",
    "relu",
    "relu_number",
    "sum_number",
    "sum_of_two",
]

# ------------------------------------------------------------------------ pooling


def _pool(node):
    """(kernel, stride, padding, dilation) as pairs, and what is taken of a window."""
    from cnnlab.trace import pooling_of

    largest = node.step.operation == "max_pool2d_with_indices"
    return pooling_of(node.step.inputs, dilated=largest), "max" if largest else "mean"


def pooling(record, place, channel):
    node = record.nodes[place]
    (kernel, stride, padding, dilation), how = _pool(node)
    given, out = numbers(node.step.inputs[0][0, channel]), numbers(node.step.output[0, channel])
    window = Span("input", start=tuple(-p for p in padding), step=stride, count=kernel,
                  spread=dilation)  # fmt: skip
    inside = _fits(given.shape, out.shape, kernel, stride, padding, dilation)
    link = Link("output", (window,), how=how if inside else "field")
    what = "largest number" if how == "max" else "mean"
    body = Row(
        picture_of("input", given, f"input {channel}", "input", 340), "→",
        picture_of("output", out, f"map {channel}", "output", 340, pickable=True,
                 **look(out, given)),
    )  # fmt: skip
    note = (
        f"{node.name} takes the {what} of each window of {kernel[0]} x {kernel[1]}, with a step of "
        f"{stride[0]}. Each map by itself: map {channel} comes from input {channel} alone."
    )
    return View(body, note, (link,), Cell("output", out.shape[0] // 2, out.shape[1] // 2))


def _fits(given, out, kernel, stride, padding, dilation):
    """Whether all windows lie inside, so that every cell of them is there."""
    return padding == (0, 0) and all(
        (out[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) < given[axis]
        for axis in (0, 1)
    )


def pooling_number(record, place, channel, row, column):
    node = record.nodes[place]
    (kernel, stride, padding, dilation), how = _pool(node)
    given = numbers(node.step.inputs[0][0, channel])
    rows = [row * stride[0] - padding[0] + i * dilation[0] for i in range(kernel[0])]
    columns = [column * stride[1] - padding[1] + j * dilation[1] for j in range(kernel[1])]
    rows = [r for r in rows if 0 <= r < given.shape[0]]
    columns = [c for c in columns if 0 <= c < given.shape[1]]
    window = given[np.ix_(rows, columns)].astype(np.float64)
    value = float(node.step.output[0, channel, row, column])
    line = Row(
        grid_of("window", window, f"window, input {channel}", "input", 150, digits=3,
              **look(window)),
        "→", result_of(node, value, channel, row, column),
    )  # fmt: skip
    cells = [(r, c) for r in rows for c in columns]
    body, marks = placed(node, line, [(f"input {channel}", given)], channel, row, column, cells)
    exact = how == "max" or padding == (0, 0)
    link = Link("number", (Span("window", step=(0, 0), count=window.shape),),
                how=how if exact else "field")  # fmt: skip
    what = "largest" if how == "max" else "mean"
    note = f"The {what} of {window.size} numbers is {format_number(value, 3)}."
    return View(body, note, (link,), Cell("number", 0, 0), marks)


def average(record, place, channel):
    """The mean of a whole map."""
    node = record.nodes[place]
    given = numbers(node.step.inputs[0][0, channel])
    value = float(node.step.output.flatten()[channel])
    body = Row(
        picture_of("input", given, f"input {channel}", "input", 340), "→",
        result_of(node, value, channel),
    )  # fmt: skip
    link = Link("number", (Span("input", step=(0, 0), count=given.shape),), how="mean")
    note = (
        f"{node.name} takes the mean of all {given.size} cells of a map: where something was is "
        "forgotten, how much of it there was is kept."
    )
    return View(body, note, (link,), Cell("number", 0, 0))


# ------------------------------------------------- cell by cell, and channel by channel


def relu(record, place, channel):
    node = record.nodes[place]
    given, out = flat(node.step.inputs[0], channel), flat(node.step.output, channel)
    body = Row(
        picture_of("input", given, f"input {channel}", "input", 340), "→",
        picture_of("output", out, f"map {channel}", "output", 340, pickable=True, **look(given)),
        cell_of("zero", 0, "0", "kernel"),
    )  # fmt: skip
    link = Link("output", (Span("input"), Span("zero", step=(0, 0))), how="max")
    share = 100 * float((out > 0).mean())
    note = (
        f"max(x, 0), cell by cell: what is negative becomes 0. {share:.0f} % of this map are "
        "above 0."
    )
    return View(body, note, (link,), Cell("output", out.shape[0] // 2, out.shape[1] // 2))


def relu_number(record, place, channel, row, column):
    node = record.nodes[place]
    before = flat(node.step.inputs[0], channel)
    given = float(before[row, column])
    value = float(flat(node.step.output, channel)[row, column])
    line = Row(
        cell_of("input", given, "x", "input", BOX), cell_of("zero", 0, "0", "kernel", BOX), "→",
        result_of(node, value, channel, row, column),
    )  # fmt: skip
    body, marks = placed(node, line, [(f"input {channel}", before)], channel, row, column)
    link = Link("number", (Span("input"), Span("zero")), how="max")
    return View(body, f"The larger of {format_number(given, 3)} and 0.", (link,),
                Cell("number", 0, 0), marks)  # fmt: skip


def _normal(node, channel):
    """Factor and shift of a normalization for one channel, and the numbers they come from."""
    _, weight, bias, mean, variance, *_, eps = node.step.inputs
    mean, variance = float(mean[channel]), float(variance[channel])
    gamma = 1.0 if weight is None else float(weight.detach()[channel])
    beta = bias_of(bias, channel)
    factor = gamma / np.sqrt(variance + eps)
    return factor, beta - mean * factor, mean, variance, gamma, beta


def normalization(record, place, channel):
    node = record.nodes[place]
    factor, shift, mean, variance, gamma, beta = _normal(node, channel)
    given, out = flat(node.step.inputs[0], channel), flat(node.step.output, channel)
    body = Row(
        picture_of("input", given, f"input {channel}", "input", 320), "→",
        picture_of("output", out, f"map {channel}", "output", 320, pickable=True),
        Column(cell_of("factor", factor, "factor", "kernel"),
               cell_of("shift", shift, "shift", "kernel"), cell_of("one", 1, "1", "plain")),
    )  # fmt: skip
    spans = (Span("input"), Span("factor", step=(0, 0)), Span("one", step=(0, 0)),
             Span("shift", step=(0, 0)))  # fmt: skip
    link = Link("output", spans, how="dot")
    words = [format_number(n, 3) for n in (mean, np.sqrt(variance), gamma, beta)]
    note = (
        f"x · factor + shift, cell by cell. The mean {words[0]} and the spread {words[1]} of this "
        f"channel were kept from training, scale {words[2]} and shift {words[3]} were learned: "
        "factor = scale / spread, and mean times factor is taken off."
    )
    return View(body, note, (link,), Cell("output", out.shape[0] // 2, out.shape[1] // 2))


def normalization_number(record, place, channel, row, column):
    node = record.nodes[place]
    factor, shift, *_ = _normal(node, channel)
    before = flat(node.step.inputs[0], channel)
    given = float(before[row, column])
    value = float(flat(node.step.output, channel)[row, column])
    line = Row(
        cell_of("input", given, "x", "input", BOX), "×",
        cell_of("factor", factor, "factor", "kernel", BOX), "+",
        cell_of("shift", shift, "shift", "kernel", BOX), "=",
        result_of(node, value, channel, row, column),
        cell_of("one", 1, "1", "plain", faded=True),
    )  # fmt: skip
    body, marks = placed(node, line, [(f"input {channel}", before)], channel, row, column)
    link = Link("number", (Span("input"), Span("factor"), Span("one"), Span("shift")), how="dot")
    return View(body, "The same factor and shift for every cell of this map.", (link,),
                Cell("number", 0, 0), marks)  # fmt: skip


def sum_of_two(record, place, channel):
    node = record.nodes[place]
    parts = [flat(x, channel) for x in node.step.inputs[:2]]
    out = flat(node.step.output, channel)
    names = _sources(record, place, ("first", "second"))
    one_scale = look(out, *parts)
    body = Row(
        picture_of("first", parts[0], names[0], "input", 240, **one_scale), "+",
        picture_of("second", parts[1], names[1], "input", 240, **one_scale), "=",
        picture_of("output", out, f"map {channel}", "output", 240, pickable=True, **one_scale),
    )  # fmt: skip
    link = Link("output", (Span("first"), Span("second")), how="sum")
    note = f"Map {channel} of both branches, added cell by cell: nothing is learned here."
    return View(body, note, (link,), Cell("output", out.shape[0] // 2, out.shape[1] // 2))


def _sources(record, place, otherwise):
    """Names of the two nodes that feed a sum, in the order of its arguments."""
    feeds = [record.nodes[feed] for feed in record.feeds(place)]
    names = []
    for x, word in zip(record.nodes[place].step.inputs[:2], otherwise, strict=True):
        found = [n.name for n in feeds if n.values is not None and n.values.shape == x.shape
                 and bool((n.values == x).all())]  # fmt: skip
        names.append(found[0][:14] if found else word)
    return names


def sum_number(record, place, channel, row, column):
    node = record.nodes[place]
    parts = [flat(x, channel) for x in node.step.inputs[:2]]
    one, two = (float(part[row, column]) for part in parts)
    value = float(flat(node.step.output, channel)[row, column])
    names = _sources(record, place, ("first", "second"))
    line = Row(
        cell_of("first", one, names[0], "input", BOX), "+",
        cell_of("second", two, names[1], "input", BOX), "=",
        result_of(node, value, channel, row, column),
    )  # fmt: skip
    titled = list(zip(names, parts, strict=True))
    body, marks = placed(node, line, titled, channel, row, column)
    link = Link("number", (Span("first"), Span("second")), how="sum")
    return View(body, "The same cell of the same map of both branches.", (link,),
                Cell("number", 0, 0), marks)  # fmt: skip


def concatenation(record, place, channel):
    node = record.nodes[place]
    inputs = node.step.inputs[0]
    start, begins = 0, []
    for x in inputs:
        begins.append(start)
        start += x.shape[1]
    which = max(place for place, begin in enumerate(begins) if begin <= channel)
    own = channel - begins[which]
    given, out = flat(inputs[which], own), flat(node.step.output, channel)
    body = Row(
        picture_of("input", given, f"branch {which + 1}, map {own}", "input", 340), "→",
        picture_of("output", out, f"map {channel}", "output", 340, pickable=True),
    )  # fmt: skip
    words = ", ".join(
        f"{begin} to {begin + x.shape[1] - 1} from branch {place + 1}"
        for place, (begin, x) in enumerate(zip(begins, inputs, strict=True))
    )
    note = f"The maps of all branches stand one behind the other: {words}. Nothing is computed."
    return View(body, note, (Link("output", (Span("input"),), how="copy"),),
                Cell("output", out.shape[0] // 2, out.shape[1] // 2))  # fmt: skip
