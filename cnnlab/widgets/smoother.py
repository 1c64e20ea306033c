"""Smooth the noisy readings of a laser sensor: convolution along one axis."""

import numpy as np

from cnnlab.data import SPACESHIP_KERNEL, SPACESHIP_POSITIONS
from cnnlab.ops import convolve1d, cross_correlate1d
from cnnlab.scene import Cell, Column, Grid, Link, Row, Scene, Series, Span
from cnnlab.widgets.controls import Choice, Held, Slider, numbers
from cnnlab.widgets.explorer import Explorer

__all__ = ["Smoother1D"]

MOST_READINGS = 24
MOST_WEIGHTS = 8
FLIPPED = "convolution: w(0) on the newest"
AS_IS = "cross-correlation: w(0) on the oldest"


def _row(name, value):
    """Weights in a line; they are edited as a grid of one row."""
    return numbers((1, 2), most=MOST_WEIGHTS)(name, value).ravel()


class Smoother1D(Explorer):
    """The spaceship: readings x(t), weights w(a), and their weighted average s(t).

    Parameters
    ----------
    positions : array_like, shape (N,), optional
        Readings of the sensor, at most 24.
    kernel : array_like, shape (K,), optional
        Weights by age: w(0) belongs to the newest reading of a window.
    time : int, optional
        The time t whose window is shown.
    direction : str, optional
        Which end of the window w(0) weighs.

    Raises
    ------
    ValueError
        If an array is no short row of finite numbers.

    References
    ----------
    Goodfellow, Bengio and Courville, 2016, section 9.1. Handout S1.

    Examples
    --------
    >>> scene = Smoother1D(time=2).current
    >>> scene.arithmetic(scene.focus)
    's(t), smoothed[2] = 1×0.2 + 3×0.3 + 2×0.5 = 2.1'
    """

    time = Slider(2, 11, 2, "time t", play=True)
    direction = Choice((FLIPPED, AS_IS), label="slide as")
    positions = Held(SPACESHIP_POSITIONS, read=numbers(1, most=MOST_READINGS))
    kernel = Held(SPACESHIP_KERNEL, read=_row)

    @staticmethod
    def ranges(positions, kernel):
        last, first = len(positions) - 1, len(kernel) - 1
        return {"time": (min(first, last), last)}

    @staticmethod
    def scene(time, direction, positions, kernel):
        """The window that ends at `time`; see the class."""
        flipped = direction == FLIPPED
        smooth = convolve1d if flipped else cross_correlate1d
        smoothed = smooth(positions, kernel)
        index = "a" if flipped else "p"
        width, last = len(kernel), len(positions) - 1
        reach = (
            min(0, positions.min(), smoothed.min()),
            max(positions.max(), smoothed.max(), 1),
        )
        axis = {"axis": (0, last), "limits": reach, "width": 620, "height": 150}
        body = Column(
            Series(name="positions", values=positions, title="x(t), readings", role="input",
                   style="stem", **axis),
            Row(
                Grid(
                    name="kernel", values=kernel[None], title=f"w({index}), weights",
                    role="kernel", editable=True, height=44, width=44 * width,
                    caption=f"{index} = " + ", ".join(map(str, range(width))),
                ),
            ),
            Series(name="smoothed", values=smoothed, title="s(t), smoothed", role="output",
                   style="line", first=width - 1, **axis),
        )  # fmt: skip
        weights = Span(
            "kernel", start=(0, width - 1 if flipped else 0), step=(0, 0), count=(1, width),
            spread=(1, -1 if flipped else 1),
        )  # fmt: skip
        total = float(np.sum(kernel))
        return Scene(
            "Convolution: the kernel lies flipped, w(0) on the newest reading"
            if flipped
            else "Cross-correlation: the kernel lies as it is, w(0) on the oldest reading",
            body,
            links=(Link("smoothed", (Span("positions", count=(1, width)), weights)),),
            focus=Cell("smoothed", 0, time - (width - 1)),
            note=f"The weights sum to {total:.4g}"
            + (": an average." if abs(total - 1) < 1e-9 else ", so this is no average."),
        )
