"""Pooling of a region: whatever its size, a fixed number of numbers comes out."""

from itertools import product

import numpy as np

from cnnlab.boxes import region_bins, roi_pool
from cnnlab.scene import Boxes, Cell, Column, Grid, Link, Over, Row, Scene, Table
from cnnlab.widgets.controls import Choice, Held, Slider, functions, numbers
from cnnlab.widgets.drawing import boxes_on
from cnnlab.widgets.explorer import Explorer

__all__ = ["RegionPooling"]

MOST = 10  # rows and columns of the map
ONE, PYRAMID = "one grid", "pyramid 3, 2, 1"
LEVELS = (3, 2, 1)


class RegionPooling(Explorer):
    """Drag a region over a feature map: each bin of it gives its largest number.

    Bins reach from the floor of their upper and left side to the ceiling of the lower
    and right one, so that neighbours may share a row or a column. Point at a pooled
    number to see its bin, and who won.

    Parameters
    ----------
    features : array_like, shape (H, W), optional
        The map, at most 10 x 10 numbers.
    region : array_like, shape (1, 4), optional
        (x1, y1, x2, y2), whole numbers: the borders of cells.
    pool : callable, optional
        Your own ``pool(features, box, size)``, which returns (size, size); `box` names the
        first and the last column and row, as in :func:`cnnlab.boxes.roi_pool`.
    bins : {"one grid", "pyramid 3, 2, 1"}, optional
        A pyramid pools the same region to 3 x 3, 2 x 2 and 1 x 1.
    size : int, optional
        Rows and columns of the one grid.

    Raises
    ------
    ValueError
        If the region is no box, or a setting is out of its range. A region that leaves
        the map is told in the explorer.

    References
    ----------
    Girshick, 2015, "Fast R-CNN", arXiv:1504.08083, section 2.1. He, Zhang, Ren and Sun,
    2014, "Spatial pyramid pooling", arXiv:1406.4729.

    Examples
    --------
    >>> lab = RegionPooling(np.arange(16).reshape(4, 4), [[0, 0, 4, 4]], size=2)
    >>> lab.current.panels["pooled"].values.tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """

    features = Held(
        (7 * np.arange(8)[:, None] + 5 * np.arange(10)) % 23, read=numbers(2, most=MOST)
    )
    region = Held([[1, 1, 8, 6]], read=boxes_on(MOST, whole=True))
    pool = Held(read=functions("pool(features, box, size)"))
    bins = Choice((ONE, PYRAMID), buttons=True)
    size = Slider(1, 4, 2, width=230)
    edits = {"map": "features"}

    @staticmethod
    def unused(bins):
        return ("size",) if bins == PYRAMID else ()

    @staticmethod
    def scene(features, region, pool, bins, size):
        """The map with its region and bins, and what is pooled; see the class."""
        rows, columns = features.shape
        if region[0, 2] > columns or region[0, 3] > rows:
            raise ValueError(
                f"region is {region[0].tolist()}, but the map ends at x = {columns}, y = {rows}."
            )
        levels = (size,) if bins == ONE else LEVELS
        box = region[0].astype(int) - [0, 0, 1, 1]  # its last column and row belong to it
        pooled = [_pooled(features, box, level, pool) for level in levels]
        names = ["pooled", *(f"level {level}" for level in levels[1:])]
        width, height = (308, 330) if bins == ONE else (140, 143)
        grids = [
            Grid(name=name, title=f"{level} x {level}", role="output", values=values, width=width,
                 height=height)
            for name, level, values in zip(names, levels, pooled, strict=True)
        ]  # fmt: skip
        found = [_places(features.shape, box, level) for level in levels]
        corners = np.array([
            (cells[0][1], cells[0][0], cells[-1][1] + 1, cells[-1][0] + 1)
            for line in found[0] for cells in line
        ])  # fmt: skip
        count = sum(level**2 for level in levels)
        shared = sum(len(cells) for line in found[0] for cells in line)
        inside = len({cell for line in found[0] for cells in line for cell in cells})
        told = (
            "Some cells lie in several of its bins."
            if shared > inside
            else "No cell lies in two of its bins."
        )
        return Scene(
            "Any region becomes a fixed number of numbers",
            Row(
                Over(
                    Grid(name="map", title="feature map", role="input", values=features,
                         width=400, height=330, editable=True),
                    Boxes(name="bins", title="bins", corners=corners, labels=("",) * len(corners),
                          role="kernel", solid=False),
                    Boxes(name="region", title="region", corners=region, labels=("region",),
                          role="window", movable=True, solid=False),
                ),
                "→",
                Column(*_stacked(grids)),
            ),
            links=tuple(
                Link(name, (Table("map", places),), how="max",
                     computed="your function" if pool is not None else "")
                for name, places in zip(names, found, strict=True)
            ),
            focus=Cell("pooled", 0, 0),
            note=f"{inside} cell{'s' if inside > 1 else ''} of the map: {count} "
            f"number{'s' if count > 1 else ''}, as for a region of any size. The region is cut "
            f"into {levels[0]} x {levels[0]} bins. {told}",
        )  # fmt: skip


def _pooled(features, box, level, pool):
    if pool is not None:
        return pool(features, box, level, shape=(level, level))
    return roi_pool(features[None], box, level)[0]


def _stacked(grids):
    """Parts of a column of one size, for one grid or three."""
    if len(grids) == 1:
        return grids
    return Row(*grids[:2]), grids[2]


def _places(shape, box, level):
    """The cells of each bin: a table for the link."""
    bins = region_bins(shape, box, level)
    return tuple(
        tuple(tuple(product(*bins[i, j])) for j in range(level)) for i in range(level)
    )  # fmt: skip
