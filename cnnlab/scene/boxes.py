"""Boxes on a picture or grid: named, by role, and dragged where the explorer allows it."""

from dataclasses import dataclass, field

import numpy as np

from cnnlab.arguments import number, short
from cnnlab.scene.numbers import format_number
from cnnlab.scene.panels import Items

__all__ = ["Boxes"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Boxes(Items):
    """Boxes that lie over a picture or grid, see :class:`cnnlab.scene.Over`.

    Attributes
    ----------
    corners : numpy.ndarray, shape (N, 4)
        (x1, y1, x2, y2) of each, in cells of what they lie on: (0, 0) is the upper
        left corner of its first cell. There may be none.
    values : numpy.ndarray, shape (N,), optional
        A number of each, such as a score; zeros if left out.
    movable : bool
        A box can be dragged and resized, by mouse, touch and keys; the explorer is
        told its new corners.
    solid : bool
        The whole box answers the hand; else its sides do, and inside what lies below.
    step : float
        Cells that one key moves a box; a drag snaps to them.

    Examples
    --------
    >>> boxes = Boxes(name="truth", corners=[[0, 0, 4, 2]], labels=("cat",), role="output")
    >>> boxes.lines
    ('cat: x 0 to 4, y 0 to 2',)
    """

    # What they lie on decides these.
    width: float = field(init=False, default=1)
    height: float = field(init=False, default=1)
    colors: str = field(init=False, default="none")
    limits: tuple | None = field(init=False, default=None)
    caption: str = field(init=False, default="")
    values: np.ndarray = None
    corners: np.ndarray = ()
    movable: bool = False
    solid: bool = True
    step: float = 1
    kind = "boxes"

    def __post_init__(self):
        try:
            corners = np.asarray(self.corners, dtype=float).reshape(-1, 4)
        except (TypeError, ValueError):
            raise ValueError(
                f"corners of the boxes {self.name!r} is {short(self.corners)}, but it must hold "
                "(x1, y1, x2, y2) of each."
            ) from None
        if not np.isfinite(corners).all():
            raise ValueError(f"corners of the boxes {self.name!r} must be finite numbers.")
        number(f"step of the boxes {self.name!r}", self.step, above=0)
        if (corners[:, :2] > corners[:, 2:]).any():
            raise ValueError(
                f"corners of the boxes {self.name!r} must have x1 <= x2 and y1 <= y2 in each row."
            )
        self._set("corners", corners)
        if self.values is None:
            self._set("values", np.zeros(len(corners)))
        if len(self.values) != len(corners):
            raise ValueError(
                f"the boxes {self.name!r} have {len(corners)} corners, but {len(self.values)} "
                "values."
            )
        count = len(corners)
        self._set("labels", self.labels or tuple(map(str, range(1, count + 1))))
        self._set("texts", self.texts or ("",) * count)
        if not self.lines:
            said = zip(self.labels, self.texts, corners, strict=False)
            self._set("lines", tuple(_said(*each) for each in said))
        super().__post_init__()

    def _read(self, values):
        return super()._read(values) if len(values) else np.zeros(0)


def _said(label, text, corners):
    x1, y1, x2, y2 = map(format_number, corners)
    name = f"{label} {text}".strip()
    return f"{name}{': ' if name else ''}x {x1} to {x2}, y {y1} to {y2}"
