"""What is shown of one map or one number, and the panels that it is made of."""

from dataclasses import dataclass

import numpy as np

from cnnlab.scene import Cell, Column, Grid, Mark, Picture, Row

__all__ = [
    "View",
    "bias_of",
    "cell_of",
    "flat",
    "grid_of",
    "look",
    "numbers",
    "picture_of",
    "placed",
    "result_of",
    "sizes_of",
]

MAP, LARGE, LARGEST, WINDOW = 86, 178, 300, 120  # pixels
BOX, PLACE = 120, 240  # of one number that stands alone, and of a map that shows its place


@dataclass(frozen=True, eq=False)
class View:
    """What is shown of one map or one number.

    Attributes
    ----------
    body : Row or Column
    note : str
    links : tuple of Link
    focus : Cell or None
    marks : tuple of Mark
    """

    body: object
    note: str
    links: tuple = ()
    focus: Cell | None = None
    marks: tuple = ()


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


def picture_of(name, values, title, role, size=MAP, **more):
    more = look(values) | more
    return Picture(
        name=name, values=values, title=title, role=role, width=size, height=size, **more
    )


def grid_of(name, values, title, role, size=MAP, **more):
    values = np.atleast_2d(values)
    rows, columns = values.shape
    return Grid(
        name=name, values=values, title=title, role=role, width=size * columns / max(rows, columns),
        height=size * rows / max(rows, columns), **more,
    )  # fmt: skip


def cell_of(name, value, title, role, width=76, **more):
    """One number."""
    return Grid(name=name, values=np.array([[value]]), title=title, role=role, width=width,
                height=max(40, width / 2), digits=3, **more)  # fmt: skip


def result_of(node, value, *place):
    """The number that is explained, with its place in the layer's output."""
    name = node.name.rpartition(".")[2].partition(" ")[0][:9]
    title = f"{name}[{', '.join(map(str, place))}]"
    return cell_of("number", value, title, "output", width=142)


def placed(node, numbers_row, given, channel, row, column, cells=None):
    """One number's arithmetic above the maps that it stands in, with its cell marked.

    Parameters
    ----------
    node : cnnlab.trace.Node
    numbers_row : Row
    given : list of (str, numpy.ndarray)
        The maps that it comes from, with what they are called.
    channel, row, column : int
    cells : list of (int, int), optional
        Those of the given maps that it comes from; by default its own.

    Returns
    -------
    body : Column
    marks : tuple of Mark
    """
    out = flat(node.step.output, channel)
    scale = look(out, *(values for _, values in given))
    maps, marks = [], [Mark("map", row, column)]
    for number, (title, values) in enumerate(given):
        maps += [picture_of(f"given {number}", values, title, "input", PLACE, **scale)]
        marks += [Mark(f"given {number}", *cell) for cell in cells or [(row, column)]]
    maps += ["→", picture_of("map", out, f"map {channel}: choose another cell", "output", PLACE,
                           pickable=True, **scale)]  # fmt: skip
    return Column(numbers_row, Row(*maps)), tuple(marks)


def flat(tensor, channel):
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


def bias_of(bias, channel):
    return 0.0 if bias is None else float(bias.detach()[channel])
