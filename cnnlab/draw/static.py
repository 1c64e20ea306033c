"""Draw a scene as a figure, for stored notebooks, the web and print."""

import base64
import io
import textwrap

import numpy as np

from cnnlab.draw.look import LOOK, color_of, map_colors
from cnnlab.scene import NARROW, Span, format_number

__all__ = ["draw", "encode", "png"]

DPI = 100  # the layout's pixels are a hundredth of an inch
POINTS = 72 / DPI
MARGIN, FOOT, LINE, SMALLEST = 14, 10, 19, 14
LOOKS = LOOK["light"]


def draw(scene):
    """Draw a scene.

    Parameters
    ----------
    scene : cnnlab.scene.Scene

    Returns
    -------
    matplotlib.figure.Figure
        Made without pyplot, so that no backend is chosen and nothing is left open.

    Examples
    --------
    >>> from cnnlab.scene import Grid, Scene
    >>> type(draw(Scene("one number", Grid(name="a", values=np.eye(1))))).__name__
    'Figure'
    """
    from matplotlib.figure import Figure

    placed, signs, (width, height) = scene.layout()
    words = _foot(scene, width)
    top = 34
    total_width = max(width, 430) + 2 * MARGIN
    total = top + height + FOOT + LINE * len(words) + MARGIN
    figure = Figure(figsize=(total_width / DPI, total / DPI), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-MARGIN, total_width - MARGIN)
    axes.set_ylim(total - top, -top)
    axes.axis("off")
    write = _Writer(axes)
    write(0, -12, scene.title, 15, LOOKS["text"], ha="left", weight="bold")
    for spot in placed:
        _draw_panel(axes, write, spot, scene)
    for x, y, sign, size in signs:
        write(x, y, sign, size, LOOKS["quiet"])
    places = {spot.panel.name: spot for spot in placed}
    for mark in scene.marks:
        _outline(axes, places[mark.panel], mark.row, mark.column, mark.rows, mark.columns,
                 mark.role, 2)  # fmt: skip
    if scene.focus is not None and not scene.problem:
        _draw_focus(axes, write, scene, places)
    for number, (text, color) in enumerate(words):
        write(0, height + FOOT + LINE * number, text, 13, color, ha="left")
    return figure


def png(scene):
    """A scene as a PNG image, in base64 as notebooks store it.

    Examples
    --------
    >>> from cnnlab.scene import Grid, Scene
    >>> png(Scene("one number", Grid(name="a", values=np.eye(1))))[:11]
    'iVBORw0KGgo'
    """
    return encode(draw(scene))


def encode(figure):
    """A figure as a PNG image, in base64 as notebooks store it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        One without pyplot's window.

    Returns
    -------
    str
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    FigureCanvasAgg(figure).figure.savefig(buffer, format="png", dpi=1.5 * DPI)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


class _Writer:
    """Text at a place of the layout, its size in pixels."""

    def __init__(self, axes):
        self.axes = axes

    def __call__(self, x, y, text, size, color, ha="center", **more):
        more.setdefault("va", "center")
        # parse_math: a dollar sign in a student's file name is no formula.
        self.axes.text(
            x, y, text, fontsize=size * POINTS, color=color, ha=ha, parse_math=False, **more
        )


def _foot(scene, width):
    """The lines under the panels: (text, colour)."""
    letters = max(int(max(width, 430) / 7.8), 40)
    if scene.problem:
        return [(line, color_of("window")) for line in textwrap.wrap(scene.problem, letters)]
    lines = [(line, LOOKS["text"]) for line in textwrap.wrap(scene.note, letters)]
    if scene.focus is not None:
        sum_ = scene.arithmetic(scene.focus)
        lines += [(line, LOOKS["text"]) for line in textwrap.wrap(sum_, letters)]
    return lines


def _draw_panel(axes, write, spot, scene):
    panel = spot.panel
    alpha = 0.5 if panel.faded else 1
    color = color_of(panel.role)
    write(spot.x, spot.y - 13, panel.title, 13, color, ha="left", alpha=alpha, weight="bold")
    if panel.caption:
        write(spot.x, spot.y + spot.height + 11, panel.caption, 11.5, LOOKS["quiet"], ha="left",
              alpha=alpha)  # fmt: skip
    if panel.kind == "series":
        _draw_series(axes, write, spot)
        return
    if panel.kind == "bars":
        _draw_bars(axes, write, spot)
        return
    if panel.kind == "blocks":
        _draw_blocks(axes, write, spot)
        return
    values = scene.shown(panel) if panel.kind == "picture" else panel.values
    extent = (spot.x, spot.x + spot.width, spot.y + spot.height, spot.y)
    filled = None
    if panel.colors != "none":
        filled = map_colors(values, panel.colors, panel.limits)
        axes.imshow(filled, extent=extent, interpolation="nearest", aspect="auto", alpha=alpha)
        axes.set_xlim(axes.get_xlim())
    if panel.kind == "grid":
        _draw_numbers(axes, write, spot, filled, alpha)
    _frame(axes, spot.x, spot.y, spot.width, spot.height, color, 1.5, alpha)


def _draw_numbers(axes, write, spot, filled, alpha):
    panel, cell = spot.panel, spot.cell
    rows, columns = panel.shape
    if cell >= 8:
        ys = [spot.y + cell * row for row in range(1, rows)]
        xs = [spot.x + cell * column for column in range(1, columns)]
        axes.hlines(ys, spot.x, spot.x + spot.width, color=LOOKS["line"], lw=0.6)
        axes.vlines(xs, spot.y, spot.y + spot.height, color=LOOKS["line"], lw=0.6)
    for column, head in enumerate(panel.heads):
        write(spot.x + cell * (column + 0.5), spot.y + spot.height + 11, head, 10.5, LOOKS["quiet"])
    size = spot.letters()
    if not size:
        return
    for row, column in np.ndindex(rows, columns):
        dark = filled is not None and filled[row, column] @ [0.299, 0.587, 0.114] < 118
        write(
            spot.x + cell * (column + 0.5), spot.y + cell * (row + 0.5),
            format_number(panel.values[row, column], panel.digits), size,
            "white" if dark else LOOKS["text"], alpha=alpha,
        )  # fmt: skip


def _draw_series(axes, write, spot):
    panel = spot.panel
    xs, ys, zero = spot.points()
    color = color_of(panel.role)
    axes.hlines(zero, spot.x, spot.x + spot.width, color=LOOKS["line"], lw=1)
    step = xs[1] - xs[0] if len(xs) > 1 else spot.width
    if panel.style == "line":
        axes.plot(xs, ys, color=color, lw=1.4)
    if not spot.labelled:
        return
    if panel.style == "stem":
        axes.vlines(xs, zero, ys, color=color, lw=1.2)
    if panel.style != "bars":
        axes.plot(xs, ys, "o", color=color, ms=5)
    else:
        axes.bar(xs, np.subtract(ys, zero), bottom=zero, width=0.7 * step, color=color)
    for x, y, value in zip(xs, ys, panel.values, strict=True):
        above = -9 if value >= 0 else 9
        write(x, y + above, format_number(value, panel.digits), 10.5, LOOKS["text"])
    for x, index in zip(xs, range(len(xs)), strict=True):
        write(x, spot.y + spot.height - 7, str(panel.first + index), 10, LOOKS["quiet"])


def _draw_bars(axes, write, spot):
    panel = spot.panel
    for (x, y, width, height), label, text, role in zip(
        spot.bars(), panel.labels, panel.texts, panel.roles, strict=True
    ):
        middle = y + height / 2
        write(x - 8, middle, label, 12, LOOKS["text"], ha="right")
        axes.barh(middle, width, height, left=x, color=color_of(role))
        write(x + width + 6, middle, text, 12, LOOKS["text"], ha="left")


def _draw_blocks(axes, write, spot):
    from matplotlib.patches import Polygon

    panel = spot.panel
    slot = spot.width / panel.shape[1]
    for number, (x, y, width, height, slant) in enumerate(spot.boxes()):
        color = color_of(panel.roles[number])
        right, bottom = x + width, y + height
        front = [(x, y), (right, y), (right, bottom), (x, bottom)]
        top = [(x, y), (x + slant, y - slant), (right + slant, y - slant), (right, y)]
        side = [(right, y), (right + slant, y - slant), (right + slant, bottom - slant),
                (right, bottom)]  # fmt: skip
        for corners, alpha in ((front, 0.5), (top, 0.15), (side, 0.3)):
            axes.add_patch(Polygon(corners, fc=color, alpha=alpha, lw=0))
            axes.add_patch(Polygon(corners, fill=False, ec=color, lw=0.8))
        if slot >= NARROW:
            middle = spot.x + slot * (number + 0.5)
            write(middle, spot.y + 8, panel.labels[number], 11.5, LOOKS["text"])
            write(middle, spot.y + spot.height - 7, panel.texts[number], 11, LOOKS["quiet"])


def _frame(axes, x, y, width, height, color, lw, alpha=1.0, style="-"):
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle(
            (x, y), width, height, fill=False, ec=color, lw=lw, ls=style, alpha=alpha, zorder=2.5
        )
    )


def _shade(axes, x, y, width, height, role):
    """Padding is tinted, what no window visits is hatched: not told by colour alone."""
    from matplotlib.patches import Rectangle

    hatch = "////" if role == "unvisited" else None
    color = color_of(role)
    axes.add_patch(Rectangle((x, y), width, height, fc=color, alpha=0.14, lw=0))
    axes.add_patch(
        Rectangle((x, y), width, height, fill=False, hatch=hatch, ec=color, lw=0, alpha=0.7)
    )


def _outline(axes, spot, row, column, rows, columns, role, lw):
    color = color_of(role)
    if spot.panel.kind == "series":
        xs, _, _ = spot.points()
        step = xs[1] - xs[0] if len(xs) > 1 else spot.width
        _frame(axes, xs[column] - step / 2, spot.y, step * columns, spot.height, color, lw)
        return
    if spot.panel.kind in ("bars", "blocks"):
        high, wide = spot.panel.shape
        across, down = spot.width / wide, spot.height / high
        _frame(axes, spot.x + across * column, spot.y + down * row, across * columns,
               down * rows, color, lw)  # fmt: skip
        return
    cell = spot.cell
    style = ":" if role in ("padding", "unvisited") else "-"
    across, down = cell * columns, cell * rows
    if role in ("padding", "unvisited"):
        _shade(axes, spot.x + cell * column, spot.y + cell * row, across, down, role)
    grow = max(0.0, SMALLEST - max(across, down)) / 2  # room to see a few tiny pixels
    _frame(axes, spot.x + cell * column - grow, spot.y + cell * row - grow,
           across + 2 * grow, down + 2 * grow, color, lw, style=style)  # fmt: skip


def _draw_focus(axes, write, scene, places):
    focus = scene.focus
    spot = places[focus.panel]
    _outline(axes, spot, focus.row, focus.column, 1, 1, "window", 2.6)
    link = scene.link_of(focus)
    for span in link.spans if link else ():
        cells = [cell for cell in span.cells(focus.row, focus.column)
                 if _inside(cell, places[cell.panel].panel)]  # fmt: skip
        if not cells or (
            link.how != "field" and len(cells) == places[span.panel].panel.values.size
        ):
            continue
        if isinstance(span, Span) and set(np.abs(span.spread)) == {1}:
            row, column = min(c.row for c in cells), min(c.column for c in cells)
            rows = max(c.row for c in cells) - row + 1
            columns = max(c.column for c in cells) - column + 1
            _outline(axes, places[span.panel], row, column, rows, columns, "window", 2.6)
        else:
            for cell in cells:
                _outline(axes, places[span.panel], cell.row, cell.column, 1, 1, "window", 1.8)
    for cell in scene.winners(focus):
        _outline(axes, places[cell.panel], cell.row, cell.column, 1, 1, "output", 3)
    if link and link.how == "dot":
        _write_weights(write, scene, link, focus, places)


def _inside(cell, panel):
    return 0 <= cell.row < panel.shape[0] and 0 <= cell.column < panel.shape[1]


def _write_weights(write, scene, link, focus, places):
    """Each number of the window carries its weight in the lower corner."""
    for numbers, weights in zip(link.spans[::2], link.spans[1::2], strict=True):
        spot, panel = places[numbers.panel], scene.panels[weights.panel]
        roomy = spot.panel.kind == "series" or (spot.panel.kind == "grid" and spot.cell >= 42)
        if not roomy or spot.panel.colors != "none":
            continue
        at = focus.row, focus.column
        for cell, weight in zip(numbers.cells(*at), weights.cells(*at), strict=True):
            if not _inside(cell, spot.panel):
                continue
            text = "×" + format_number(panel.value(weight.row, weight.column), panel.digits)
            if spot.panel.kind == "series":
                xs, _, _ = spot.points()
                write(xs[cell.column], spot.y + 11, text, 10.5, color_of("kernel"), weight="bold")
            else:
                write(spot.x + spot.cell * (cell.column + 1) - 4,
                      spot.y + spot.cell * (cell.row + 1) - 4, text, 9.5, color_of("kernel"),
                      ha="right", va="baseline")  # fmt: skip
