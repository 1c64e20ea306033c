"""Draw a scene as a figure, for stored notebooks, the web and print."""

import base64
import io
import textwrap

import numpy as np

from cnnlab.draw.look import LOOK, color_of, ink_of, map_colors
from cnnlab.scene import Span, format_number
from cnnlab.scene.shapes import Image, Line, Polygon, Rectangle, shapes_of
from cnnlab.scene.vocabulary import AROUND, DARK, LINED, ROOMY, SMALLEST

__all__ = ["draw", "encode", "png"]

DPI = 100  # the layout's pixels are a hundredth of an inch
POINTS = 72 / DPI
MARGIN, FOOT, LINE = 14, 10, 19
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
    if panel.kind != "boxes":  # these lie over another panel, which has title and caption
        write(spot.x, spot.y - 13, panel.title, 13, color, ha="left", alpha=alpha, weight="bold")
        if panel.caption:
            write(spot.x, spot.y + spot.height + 11, panel.caption, 11.5, LOOKS["quiet"],
                  ha="left", alpha=alpha)  # fmt: skip
    if panel.kind not in ("grid", "picture"):
        for shape in shapes_of(spot):
            _draw_shape(axes, write, shape, alpha)
        return
    values = scene.shown(panel)
    filled = None
    if panel.colors != "none":
        filled = _show(axes, spot, values, panel.colors, panel.limits, alpha)
    if panel.kind == "grid":
        _draw_numbers(axes, write, spot, values, filled, alpha)
    _frame(axes, spot.x, spot.y, spot.width, spot.height, color, 1.5, alpha)


def _show(axes, spot, values, colors, limits, alpha):
    """Numbers as colours, in the place of a panel or a shape; returns the colours."""
    extent = (spot.x, spot.x + spot.width, spot.y + spot.height, spot.y)
    filled = map_colors(values, colors, limits)
    axes.imshow(filled, extent=extent, interpolation="nearest", aspect="auto", alpha=alpha)
    axes.set_xlim(axes.get_xlim())
    return filled


def _draw_shape(axes, write, shape, alpha):
    """A shape of a panel, in its order above the shapes before it."""
    from matplotlib import patches
    from matplotlib.lines import Line2D

    if isinstance(shape, Image):
        _show(axes, shape, shape.values, shape.colors, shape.limits, alpha)
        return
    color = ink_of(shape.ink)
    if isinstance(shape, Line):
        xs, ys = zip(*shape.points, strict=True)
        axes.add_line(Line2D(xs, ys, color=color, lw=shape.line * POINTS, alpha=alpha, zorder=1))
    elif isinstance(shape, (Rectangle, Polygon)):
        for more in (
            {"fc": color, "alpha": shape.fill * alpha, "lw": 0},
            {"fill": False, "ec": color, "alpha": alpha, "lw": shape.line * POINTS},
        ):
            if isinstance(shape, Polygon):
                patch = patches.Polygon(shape.points, **more)
            elif shape.radius:
                style = patches.BoxStyle("Round", pad=0, rounding_size=shape.radius)
                patch = patches.FancyBboxPatch(shape[:2], *shape[2:4], boxstyle=style, **more)
            else:
                patch = patches.Rectangle(shape[:2], *shape[2:4], **more)
            if more["lw"] or "fc" in more:
                axes.add_patch(patch)
    else:
        weight = "bold" if shape.weight > 400 else "normal"
        write(shape.x, shape.y, shape.text, shape.size, color, ha=shape.align, alpha=alpha,
              weight=weight)  # fmt: skip


def _draw_numbers(axes, write, spot, values, filled, alpha):
    panel, cell = spot.panel, spot.cell
    rows, columns = panel.shape
    if cell >= LINED:
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
        dark = filled is not None and filled[row, column] @ [0.299, 0.587, 0.114] < DARK
        write(
            spot.x + cell * (column + 0.5), spot.y + cell * (row + 0.5),
            format_number(values[row, column], panel.digits), size,
            "white" if dark else LOOKS["text"], alpha=alpha,
        )  # fmt: skip


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


def _outline(axes, spot, row, column, rows, columns, role, lw, one_of_many=False):
    color = color_of(role)
    x, y, right, bottom = _extent(spot, row, column, rows, columns)
    across, down = right - x, bottom - y
    grow, style = AROUND if spot.panel.kind == "graph" else 0.0, "-"
    if spot.panel.kind in ("grid", "picture"):
        if not one_of_many:
            grow = max(0.0, SMALLEST - max(across, down)) / 2  # room to see a few tiny pixels
        if role in ("padding", "unvisited"):
            style = ":"
            _shade(axes, x, y, across, down, role)
    _frame(axes, x - grow, y - grow, across + 2 * grow, down + 2 * grow, color, lw, style=style)


def _extent(spot, row, column, rows, columns):
    """Left, top, right and bottom of a block of cells, in pixels."""
    wide = spot.panel.shape[1]
    left, top, *_ = spot.cells[row * wide + column]
    x, y, width, height = spot.cells[(row + rows - 1) * wide + column + columns - 1]
    if spot.panel.kind == "graph":  # nodes of one stack may be narrower than others
        block = spot.cells[column : column + columns]
        left, right = min(x for x, *_ in block), max(x + width for x, _, width, _ in block)
        return left, top, right, y + height
    return left, top, x + width, y + height


def _draw_focus(axes, write, scene, places):
    focus = scene.focus
    spot = places[focus.panel]
    _outline(axes, spot, focus.row, focus.column, 1, 1, "window", 2.6)
    if spot.panel.kind == "graph":
        _light_up(axes, write, spot, focus.column)
    link = scene.link_of(focus)
    for span in (*link.spans, *link.also) if link else ():
        rows, columns = places[span.panel].panel.shape
        cells = span.cells(focus.row, focus.column, (rows, columns))
        if not cells or (link.gives != "sight" and len(cells) == rows * columns):
            continue
        if isinstance(span, Span) and set(np.abs(span.spread)) == {1} and _in_one(span, focus):
            row, column = min(c.row for c in cells), min(c.column for c in cells)
            rows = max(c.row for c in cells) - row + 1
            columns = max(c.column for c in cells) - column + 1
            _outline(axes, places[span.panel], row, column, rows, columns, "window", 2.6)
        else:
            for cell in cells:
                _outline(axes, places[span.panel], cell.row, cell.column, 1, 1, "window", 1.8, True)
    for cell in scene.winners(focus):
        _outline(axes, places[cell.panel], cell.row, cell.column, 1, 1, "output", 3)
    if link and link.pairs:
        _write_weights(write, scene, link, focus, places)


def _in_one(span, cell):
    """Whether a window is in one piece: it may go around the border."""
    return not any(span.around) or all(
        max(line) - min(line) < len(line) for line in span.lines(cell.row, cell.column)
    )


def _light_up(axes, write, spot, node):
    """What feeds a node and what it feeds, and the edges between."""
    shapes = shapes_of(spot)  # of each edge first its line and its head
    node = spot.panel.heads[node]
    for number, (start, end) in enumerate(spot.panel.arrows):
        if node in (start, end):
            line, head = shapes[2 * number : 2 * number + 2]
            lit = {} if spot.panel.tints else {"ink": "window"}  # a tint says more
            for shape in (line._replace(line=3, **lit), head._replace(**lit)):
                _draw_shape(axes, write, shape, 1)
            other = end if node == start else start
            _outline(axes, spot, 0, other, 1, spot.panel.stacked(other), "window", 1.8)


def _inside(cell, panel):
    return 0 <= cell.row < panel.shape[0] and 0 <= cell.column < panel.shape[1]


def _write_weights(write, scene, link, focus, places):
    """Each number of the window carries its weight in the lower corner."""
    for numbers, weights in zip(link.spans[::2], link.spans[1::2], strict=True):
        spot, panel = places[numbers.panel], scene.panels[weights.panel]
        roomy = spot.panel.kind == "series" or (spot.panel.kind == "grid" and spot.cell >= ROOMY)
        if not roomy or spot.panel.colors != "none":
            continue
        at = focus.row, focus.column
        for cell, weight in zip(numbers.cells(*at), weights.cells(*at), strict=True):
            if not _inside(cell, spot.panel):
                continue
            text = "×" + format_number(panel.value(weight.row, weight.column), panel.digits)
            if spot.panel.kind == "series":
                x, _, width, _ = spot.cells[cell.column]
                write(x + width / 2, spot.y + 11, text, 10.5, color_of("kernel"), weight="bold")
            else:
                write(spot.x + spot.cell * (cell.column + 1) - 4,
                      spot.y + spot.cell * (cell.row + 1) - 4, text, 9.5, color_of("kernel"),
                      ha="right", va="baseline")  # fmt: skip
