"""How one map of a layer comes from the maps before it, and one number from numbers.

For each kind of operation: the panels, what each cell of them comes from, and a sentence.
The numbers are those of the run: nothing is computed here that torch has not computed,
but the parts of its sums, which are checked against them.
"""

from dataclasses import dataclass

import numpy as np

from cnnlab.scene import (
    Cell,
    Column,
    Grid,
    Link,
    Picture,
    Row,
    Space,
    Span,
    format_number,
    format_shape,
)
from cnnlab.scene.layout import GAP, SIGN

__all__ = ["View", "kind_of", "look", "map_view", "number_view", "numbers", "sizes_of"]

SHOWN = 3  # channels that are shown one by one; the others stand together
MAP, LARGE, LARGEST, WINDOW = 86, 178, 300, 120  # pixels


@dataclass(frozen=True, eq=False)
class View:
    """What is shown of one map or one number.

    Attributes
    ----------
    body : Row or Column
    note : str
    links : tuple of Link
    focus : Cell or None
    """

    body: object
    note: str
    links: tuple = ()
    focus: Cell | None = None


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


# ------------------------------------------------------------------------ panels


def numbers(tensor):
    """A tensor of a record as an array."""
    return tensor.detach().float().numpy()


def look(*arrays, unsigned="heat"):
    """One scale of colours for numbers: around 0 if some are negative, else from 0 on."""
    low, high = min(float(a.min()) for a in arrays), max(float(a.max()) for a in arrays)
    if low < 0:
        reach = max(-low, high)
        return {"colors": "diverging", "limits": (-reach, reach)}
    return {"colors": unsigned, "limits": (0.0, high if high > 0 else 1.0)}


def _picture(name, values, title, role, size=MAP, **more):
    more = look(values) | more
    return Picture(
        name=name, values=values, title=title, role=role, width=size, height=size, **more
    )


def _grid(name, values, title, role, size=MAP, **more):
    values = np.atleast_2d(values)
    rows, columns = values.shape
    return Grid(
        name=name, values=values, title=title, role=role, width=size * columns / max(rows, columns),
        height=size * rows / max(rows, columns), **more,
    )  # fmt: skip


def _one(name, value, title, role, width=76, **more):
    """One number."""
    return Grid(name=name, values=np.array([[value]]), title=title, role=role, width=width,
                height=40, digits=3, **more)  # fmt: skip


def _result(node, value, *place):
    """The number that is explained, with its place in the layer's output."""
    name = node.name.rpartition(".")[2][:9]
    title = f"{name}[{', '.join(map(str, place))}]"
    return _one("number", value, title, "output", width=142)


# ------------------------------------------------------------------- convolution


@dataclass(frozen=True, eq=False)
class _Products:
    """A convolution's output for one filter, channel by channel.

    Attributes
    ----------
    channels : list of int
        Those of the input that the filter reads, the strongest first.
    maps : dict of int to numpy.ndarray
        What each of them adds.
    """

    x: np.ndarray
    weight: np.ndarray
    bias: float
    window: tuple
    channels: list
    maps: dict
    total: np.ndarray

    @property
    def shown(self):
        few = len(self.channels) <= SHOWN + 1
        return sorted(self.channels) if few else self.channels[:SHOWN]

    @property
    def rest(self):
        """What the others add together, or None."""
        others = self.channels[len(self.shown) :]
        return sum(self.maps[c] for c in others) if others else None


def _products(node, channel):
    from torch.nn.functional import conv2d

    x, weight, bias, stride, padding, dilation, _, _, groups = node.step.inputs
    own = weight.shape[1]  # channels that one filter reads
    first = channel // (weight.shape[0] // groups) * own
    part, kernels = x[:1, first : first + own].float(), weight[channel].float()
    maps = numbers(conv2d(part, kernels[:, None], None, stride, padding, dilation, groups=own)[0])
    strength = np.abs(maps).sum(axis=(1, 2))
    order = np.argsort(-strength, kind="stable")
    return _Products(
        x=numbers(x[0]), weight=numbers(kernels), bias=_bias(bias, channel),
        window=(stride, padding, dilation), channels=[first + int(c) for c in order],
        maps={first + c: maps[c] for c in range(own)}, total=numbers(node.step.output[0, channel]),
    )  # fmt: skip


def _bias(bias, channel):
    return 0.0 if bias is None else float(bias.detach()[channel])


def _window(name, found, kernel):
    """The window of a cell of the output in a channel of the input."""
    stride, padding, dilation = found.window
    return Span(
        name, start=tuple(-int(p) for p in padding), step=tuple(map(int, stride)),
        count=kernel, spread=tuple(map(int, dilation)),
    )  # fmt: skip


def _convolution(record, place, channel):
    """Every input map, its kernel, what it adds; their sum with the bias."""
    node = record.nodes[place]
    found = _products(node, channel)
    kernel = found.weight.shape[1:]
    first = min(found.channels)
    rows, links, windows, parts = [], [], [], []
    for c in found.shown:
        given, weights, product = f"input {c}", f"kernel {c}", f"product {c}"
        rows.append(Row(
            _picture(given, found.x[c], given, "input"), "⋆",
            _grid(weights, found.weight[c - first], "kernel", "kernel", MAP,
                  **look(found.weight)),
            "=",
            _picture(product, found.maps[c], product, "plain", **look(found.total)),
        ))  # fmt: skip
        windows.append(_window(given, found, kernel))
        flat = Span(weights, step=(0, 0), count=kernel)
        links.append(Link(product, (windows[-1], flat), how="dot"))
        parts.append(Span(product))
    if found.rest is not None:
        count = len(found.channels) - len(found.shown)
        others = _picture("others", found.rest, f"other {count}, added", "plain",
                          **look(found.total))  # fmt: skip
        rows.append(Row(Space(2 * (MAP + SIGN) - GAP, MAP), others))
        parts.append(Span("others"))
    after = _after(record, place)
    size = LARGEST if after is None else LARGE
    total = _picture("sum", found.total, f"sum + bias: map {channel}", "output", size,
                     pickable=True, **look(found.total))  # fmt: skip
    bias = _one("bias", found.bias, "bias", "kernel")
    links.append(Link("sum", (*parts, Span("bias", step=(0, 0))), how="sum", also=tuple(windows)))
    right = [total, bias]
    if after is not None:
        active = _picture("after", numbers(after.values[0, channel]), f"after {after.kind}",
                          "output", LARGE)  # fmt: skip
        right = [Row(total, "→", active), bias]
        links.append(Link("after", (Span("sum"),), how="field", also=tuple(windows)))
    high, wide = found.total.shape
    note = (
        f"Map {channel} of {node.name}: {len(found.channels)} input "
        f"map{'s' if len(found.channels) > 1 else ''}, each with its own kernel of "
        f"{kernel[0]} x {kernel[1]}; their products are added, and the bias of "
        f"{format_number(found.bias, 3)}."
    )
    if found.rest is not None:
        note += f" The {len(found.shown)} that add most are shown one by one."
    return View(Row(Column(*rows), "→", Column(*right)), note, tuple(links),
                Cell("sum", high // 2, wide // 2))  # fmt: skip


def _after(record, place):
    """The activation that follows a layer, if nothing else does."""
    node = record.nodes[place]
    fed = [end for start, end in record.edges if start == place]
    if len(fed) != 1 or record.nodes[fed[0]].values is None:
        return None
    after = record.nodes[fed[0]]
    alone = after.kind in ACTIVE and after.shape == node.shape and len(record.feeds(fed[0])) == 1
    return after if alone else None


ACTIVE = {"ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "LeakyReLU", "ELU", "Hardswish", "ReLU6"}


def _convolution_number(record, place, channel, row, column):
    """The numbers of a window times those of the kernel, channel by channel."""
    node = record.nodes[place]
    found = _products(node, channel)
    kernel, first = found.weight.shape[1:], min(found.channels)
    (sr, sc), (pr, pc), (dr, dc) = (tuple(map(int, part)) for part in found.window)
    rows, links, parts = [], [], []
    for c in found.shown:
        window = np.zeros(kernel, dtype=np.float64)
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                a, b = row * sr - pr + i * dr, column * sc - pc + j * dc
                if 0 <= a < found.x.shape[1] and 0 <= b < found.x.shape[2]:
                    window[i, j] = found.x[c, a, b]
        weights = found.weight[c - first].astype(np.float64)
        size = WINDOW
        names = f"window {c}", f"kernel {c}", f"products {c}", f"input {c}"
        rows.append(Row(
            _grid(names[0], window, f"window, input {c}", "input", size, **look(found.x)), "×",
            _grid(names[1], weights, "kernel", "kernel", size, **look(found.weight)), "=",
            _grid(names[2], window * weights, "products", "plain", size,
                  **look(window * weights)), "→",
            _one(names[3], float((window * weights).sum()), f"input {c}", "plain"),
        ))  # fmt: skip
        links.append(Link(names[2], (Span(names[0]), Span(names[1])), how="dot"))
        links.append(Link(names[3], (Span(names[2], step=(0, 0), count=kernel),), how="sum"))
        parts.append(Span(names[3], step=(0, 0)))
    right = []
    if found.rest is not None:
        count = len(found.channels) - len(found.shown)
        right.append(_one("others", float(found.rest[row, column]), f"other {count}", "plain"))
        parts.append(Span("others", step=(0, 0)))
    right.append(_one("bias", found.bias, "bias", "kernel"))
    parts.append(Span("bias", step=(0, 0)))
    value = float(found.total[row, column])
    right.append(_result(node, value, channel, row, column))
    links.append(Link("number", tuple(parts), how="sum"))
    note = (
        f"{kernel[0] * kernel[1] * len(found.channels)} products, one for each number of the "
        f"window in each of {len(found.channels)} input maps; their sum and the bias are "
        f"{format_number(value, 3)}."
    )
    if pr or pc:
        note += " What lies beyond the border is 0."
    return View(Row(Column(*rows), "→", Column(*right)), note, tuple(links), Cell("number", 0, 0))


# ------------------------------------------------------------------------ pooling


def _pool(node):
    """(kernel, stride, padding, dilation) as pairs, and what is taken of a window."""
    from cnnlab.trace import pooling_of

    largest = node.step.operation == "max_pool2d_with_indices"
    return pooling_of(node.step.inputs, dilated=largest), "max" if largest else "mean"


def _pooling(record, place, channel):
    node = record.nodes[place]
    (kernel, stride, padding, dilation), how = _pool(node)
    given, out = numbers(node.step.inputs[0][0, channel]), numbers(node.step.output[0, channel])
    window = Span("input", start=tuple(-p for p in padding), step=stride, count=kernel,
                  spread=dilation)  # fmt: skip
    inside = _fits(given.shape, out.shape, kernel, stride, padding, dilation)
    link = Link("output", (window,), how=how if inside else "field")
    what = "largest number" if how == "max" else "mean"
    body = Row(
        _picture("input", given, f"input {channel}", "input", 260), "→",
        _picture("output", out, f"map {channel}", "output", 260, pickable=True,
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


def _pooling_number(record, place, channel, row, column):
    node = record.nodes[place]
    (kernel, stride, padding, dilation), how = _pool(node)
    given = numbers(node.step.inputs[0][0, channel])
    rows = [row * stride[0] - padding[0] + i * dilation[0] for i in range(kernel[0])]
    columns = [column * stride[1] - padding[1] + j * dilation[1] for j in range(kernel[1])]
    rows = [r for r in rows if 0 <= r < given.shape[0]]
    columns = [c for c in columns if 0 <= c < given.shape[1]]
    window = given[np.ix_(rows, columns)].astype(np.float64)
    value = float(node.step.output[0, channel, row, column])
    body = Row(
        _grid("window", window, f"window, input {channel}", "input", 220, digits=3,
              **look(window)),
        "→", _result(node, value, channel, row, column),
    )  # fmt: skip
    exact = how == "max" or padding == (0, 0)
    link = Link("number", (Span("window", step=(0, 0), count=window.shape),),
                how=how if exact else "field")  # fmt: skip
    what = "largest" if how == "max" else "mean"
    note = f"The {what} of {window.size} numbers is {format_number(value, 3)}."
    return View(body, note, (link,), Cell("number", 0, 0))


def _average(record, place, channel):
    """The mean of a whole map."""
    node = record.nodes[place]
    given = numbers(node.step.inputs[0][0, channel])
    value = float(node.step.output.flatten()[channel])
    body = Row(
        _picture("input", given, f"input {channel}", "input", 260), "→",
        _result(node, value, channel),
    )  # fmt: skip
    link = Link("number", (Span("input", step=(0, 0), count=given.shape),), how="mean")
    note = (
        f"{node.name} takes the mean of all {given.size} cells of a map: where something was is "
        "forgotten, how much of it there was is kept."
    )
    return View(body, note, (link,), Cell("number", 0, 0))


# ------------------------------------------------- cell by cell, and channel by channel


def _relu(record, place, channel):
    node = record.nodes[place]
    given, out = _flat(node.step.inputs[0], channel), _flat(node.step.output, channel)
    body = Row(
        _picture("input", given, f"input {channel}", "input", 260), "→",
        _picture("output", out, f"map {channel}", "output", 260, pickable=True, **look(given)),
        _one("zero", 0, "0", "kernel"),
    )  # fmt: skip
    link = Link("output", (Span("input"), Span("zero", step=(0, 0))), how="max")
    share = 100 * float((out > 0).mean())
    note = (
        f"max(x, 0), cell by cell: what is negative becomes 0. {share:.0f} % of this map are "
        "above 0."
    )
    return View(body, note, (link,), Cell("output", out.shape[0] // 2, out.shape[1] // 2))


def _flat(tensor, channel):
    """One map of a tensor; of one without maps, one number as a map."""
    values = numbers(tensor)
    while values.ndim < 2:
        values = values[None]
    values = np.atleast_2d(values[0, channel])
    return values.reshape(len(values), -1)


def sizes_of(shape):
    """(maps, rows, columns) of a node's shape without its batch: those that its pictures have."""
    maps, *inside = tuple(shape) or (1,)
    if len(inside) < 2:
        return maps, 1, *(inside or (1,))
    return maps, inside[0], int(np.prod(inside[1:]))


def _relu_number(record, place, channel, row, column):
    node = record.nodes[place]
    given = float(_flat(node.step.inputs[0], channel)[row, column])
    value = float(_flat(node.step.output, channel)[row, column])
    body = Row(
        _one("input", given, "x", "input"), _one("zero", 0, "0", "kernel"), "→",
        _result(node, value, channel, row, column),
    )  # fmt: skip
    link = Link("number", (Span("input"), Span("zero")), how="max")
    return View(body, f"The larger of {format_number(given, 3)} and 0.", (link,),
                Cell("number", 0, 0))  # fmt: skip


def _normal(node, channel):
    """Factor and shift of a normalization for one channel, and the numbers they come from."""
    _, weight, bias, mean, variance, *_, eps = node.step.inputs
    mean, variance = float(mean[channel]), float(variance[channel])
    gamma = 1.0 if weight is None else float(weight.detach()[channel])
    beta = _bias(bias, channel)
    factor = gamma / np.sqrt(variance + eps)
    return factor, beta - mean * factor, mean, variance, gamma, beta


def _normalization(record, place, channel):
    node = record.nodes[place]
    factor, shift, mean, variance, gamma, beta = _normal(node, channel)
    given, out = _flat(node.step.inputs[0], channel), _flat(node.step.output, channel)
    body = Row(
        _picture("input", given, f"input {channel}", "input", 230), "→",
        _picture("output", out, f"map {channel}", "output", 230, pickable=True),
        Column(_one("factor", factor, "factor", "kernel"), _one("shift", shift, "shift", "kernel"),
               _one("one", 1, "1", "plain")),
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


def _normalization_number(record, place, channel, row, column):
    node = record.nodes[place]
    factor, shift, *_ = _normal(node, channel)
    given = float(_flat(node.step.inputs[0], channel)[row, column])
    value = float(_flat(node.step.output, channel)[row, column])
    body = Row(
        _one("input", given, "x", "input"), "×", _one("factor", factor, "factor", "kernel"), "+",
        _one("shift", shift, "shift", "kernel"), "=",
        _result(node, value, channel, row, column),
        _one("one", 1, "1", "plain", faded=True),
    )  # fmt: skip
    link = Link("number", (Span("input"), Span("factor"), Span("one"), Span("shift")), how="dot")
    return View(body, "The same factor and shift for every cell of this map.", (link,),
                Cell("number", 0, 0))  # fmt: skip


def _sum(record, place, channel):
    node = record.nodes[place]
    parts = [_flat(x, channel) for x in node.step.inputs[:2]]
    out = _flat(node.step.output, channel)
    names = _sources(record, place, ("first", "second"))
    one_scale = look(out, *parts)
    body = Row(
        _picture("first", parts[0], names[0], "input", 200, **one_scale), "+",
        _picture("second", parts[1], names[1], "input", 200, **one_scale), "=",
        _picture("output", out, f"map {channel}", "output", 200, pickable=True, **one_scale),
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


def _sum_number(record, place, channel, row, column):
    node = record.nodes[place]
    one, two = (float(_flat(x, channel)[row, column]) for x in node.step.inputs[:2])
    value = float(_flat(node.step.output, channel)[row, column])
    names = _sources(record, place, ("first", "second"))
    body = Row(
        _one("first", one, names[0], "input"), "+", _one("second", two, names[1], "input"), "=",
        _result(node, value, channel, row, column),
    )  # fmt: skip
    link = Link("number", (Span("first"), Span("second")), how="sum")
    return View(body, "The same cell of the same map of both branches.", (link,),
                Cell("number", 0, 0))  # fmt: skip


def _concatenation(record, place, channel):
    node = record.nodes[place]
    inputs = node.step.inputs[0]
    start, begins = 0, []
    for x in inputs:
        begins.append(start)
        start += x.shape[1]
    which = max(place for place, begin in enumerate(begins) if begin <= channel)
    own = channel - begins[which]
    given, out = _flat(inputs[which], own), _flat(node.step.output, channel)
    body = Row(
        _picture("input", given, f"branch {which + 1}, map {own}", "input", 260), "→",
        _picture("output", out, f"map {channel}", "output", 260, pickable=True),
    )  # fmt: skip
    words = ", ".join(
        f"{begin} to {begin + x.shape[1] - 1} from branch {place + 1}"
        for place, (begin, x) in enumerate(zip(begins, inputs, strict=True))
    )
    note = f"The maps of all branches stand one behind the other: {words}. Nothing is computed."
    return View(body, note, (Link("output", (Span("input"),), how="copy"),),
                Cell("output", out.shape[0] // 2, out.shape[1] // 2))  # fmt: skip


# ---------------------------------------------------------------- fully connected


def _layers(node):
    """Input, weights and bias of a fully connected layer: (N,), (F, N), (F,)."""
    parts = node.step.inputs
    if node.step.operation == "mm":
        x, weight, bias = parts[0], parts[1], None
    else:
        bias, x, weight = parts[:3]
    return numbers(x[0]), numbers(weight).T, None if bias is None else numbers(bias)


def _shape_of(count):
    """Rows and columns for so many numbers in reading order, as square as it goes."""
    rows = max(r for r in range(1, int(count**0.5) + 1) if count % r == 0)
    return (rows, count // rows) if count // rows <= 16 * rows else (1, count)


def _dense(record, place, unit):
    node = record.nodes[place]
    x, weights, bias = _layers(node)
    shape = _shape_of(len(x))
    shift = float(bias[unit]) if bias is not None else 0.0
    products = x * weights[unit]
    value = float(node.step.output[0, unit])
    size = 180
    body = Row(
        _picture("input", x.reshape(shape), f"{len(x)} inputs", "input", size), "×",
        _picture("weights", weights[unit].reshape(shape), f"weights of unit {unit}", "kernel",
                 size), "=",
        _picture("products", products.reshape(shape), "products", "plain", size),
        "→", Column(_one("bias", shift, "bias", "kernel"),
                    _result(node, value, unit)),
    )  # fmt: skip
    links = [Link("products", (Span("input"), Span("weights")), how="dot")]
    links.append(Link("number", (Span("products", step=(0, 0), count=shape), Span("bias")),
                      how="sum"))  # fmt: skip
    note = (
        f"Each unit of {node.name} has a weight for every input. {len(x)} products and the bias "
        f"give {format_number(value, 3)}. (Laid out in {shape[0]} rows to be seen; the layer knows "
        "no rows.)"
    )
    return View(body, note, tuple(links), Cell("number", 0, 0))


# -------------------------------------------------------------------- all others


def _other(record, place, channel):
    """What goes in and what comes out; how is not drawn."""
    node = record.nodes[place]
    out = _flat(node.values, channel)
    panels = []
    for number, feed in enumerate(record.feeds(place)[:3]):
        source = record.nodes[feed].values
        if source is None or source.ndim < 2 or not source[0].numel():
            continue
        same = min(channel, source.shape[1] - 1)
        given = _flat(source, same)
        title = f"{record.nodes[feed].name}, map {same}"[:30]
        panels.append(_picture(f"input {number}", given, title, "input", 200))
    body = Row(*panels, *(["→"] if panels else []),
               _picture("output", out, f"map {channel}", "output", 200, pickable=True))  # fmt: skip
    what = "It was given." if node.kind == "input" else (
        f"How {node.kind} computes its maps is not drawn here; what goes in and what comes out is."
    )  # fmt: skip
    return View(body, f"{node.name}: {format_shape(node.shape)}. {what}", (),
                Cell("output", 0, 0))  # fmt: skip


def _plain_number(record, place, channel, row, column):
    node = record.nodes[place]
    value = float(_flat(node.values, channel)[row, column])
    body = Row(_result(node, value, channel, row, column))
    return View(body, f"How {node.kind} computes a number is not drawn here.", (),
                Cell("number", 0, 0))  # fmt: skip


# For each kind the picture of a map and that of a number; None: the map's says it already.
KINDS = {
    "convolution": (_convolution, _convolution_number),
    "pooling": (_pooling, _pooling_number),
    "average": (_average, None),
    "relu": (_relu, _relu_number),
    "normalization": (_normalization, _normalization_number),
    "sum": (_sum, _sum_number),
    "concatenation": (_concatenation, None),
    "dense": (_dense, None),
}
