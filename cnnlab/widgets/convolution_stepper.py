"""Step a kernel over a small image; flip it, and convolution stands beside cross-correlation."""

import numpy as np

from cnnlab.data import EXAMPLE_IMAGE, EXAMPLE_KERNEL
from cnnlab.geometry import output_size
from cnnlab.ops import cross_correlate2d
from cnnlab.scene import Cell, Column, Grid, Link, Mark, Row, Scene, Space, Span, format_shape
from cnnlab.widgets.controls import Held, Slider, Switch, functions, numbers
from cnnlab.widgets.explorer import Explorer
from cnnlab.widgets.student import Interrupted

__all__ = ["ConvolutionStepper"]

MOST_CELLS = 12


class ConvolutionStepper(Explorer):
    """Input, kernel and output of a cross-correlation, one window at a time.

    Both outputs are always there: above, the kernel as it is (cross-correlation);
    below, the kernel turned by 180 degrees (convolution). The switch chooses
    which of the two slides over the input. Every number of input and kernel can
    be edited in its cell.

    Parameters
    ----------
    image : array_like, shape (H, W), optional
        At most 12 x 12 numbers; by default the example of handout S1.
    kernel : array_like, shape (KH, KW), optional
    correlate : callable, optional
        The student's own ``correlate(image, kernel)``; its numbers fill the
        outputs.
    step : int, optional
        Place of the window, counted row by row.
    flip : bool, optional

    Raises
    ------
    ValueError
        If an array is no small grid of finite numbers or `correlate` cannot be
        called.

    Examples
    --------
    >>> stepper = ConvolutionStepper(step=3)
    >>> stepper.current.arithmetic(stepper.current.focus)
    'cross-correlation[1, 0] = 2×1 + 1×0 + 0×1 + 3×1 + 0×0 + 1×1 + 1×0 + 4×1 + 1×0 = 10'
    """

    step = Slider(0, 8, 0, "step", play=True)
    flip = Switch(False, "flip the kernel: true convolution")
    image = Held(EXAMPLE_IMAGE, read=numbers(2, most=MOST_CELLS))
    kernel = Held(EXAMPLE_KERNEL, read=numbers(2, most=MOST_CELLS))
    correlate = Held(read=functions("correlate(image, kernel)"))
    edits = {"input": "image"}

    @staticmethod
    def ranges(image, kernel):
        rows, columns = map(output_size, image.shape, kernel.shape)
        return {"step": (0, rows * columns - 1)}

    @staticmethod
    def scene(step, flip, image, kernel, correlate):
        """The window at place `step`; see the class."""
        try:
            return _windows(step, flip, image, kernel, correlate)
        except Interrupted:
            raise
        except ValueError as error:
            return _unfinished(image, kernel, str(error))


def _windows(step, flip, image, kernel, correlate):
    expected = cross_correlate2d(image, kernel).shape
    turned = kernel[::-1, ::-1]
    whose = "your correlate" if correlate else ""
    names, outputs = ("output", "convolution"), []
    for weights in (kernel, turned):
        if correlate:
            outputs.append(correlate(image, weights, shape=expected))
        else:
            outputs.append(cross_correlate2d(image, weights))
    body = Row(
        _input(image),
        Column(
            _line(kernel, outputs[0], ("kernel", "output"), flip,
                       ("kernel as it is", "cross-correlation"), True),
            _line(turned, outputs[1], ("flipped", "convolution"), not flip,
                       ("kernel flipped", "convolution"), False),
        ),
    )  # fmt: skip
    window = Span("input", count=kernel.shape)
    links = [
        Link(output, (window, Span(weights, step=(0, 0), count=kernel.shape)), computed=whose)
        for output, weights in (("output", "kernel"), ("convolution", "flipped"))
    ]
    row, column = divmod(step, expected[1])
    differ = int((~np.isclose(outputs[0], outputs[1])).sum())
    wrong = [
        Mark(name, int(i), int(j))
        for name, weights, output in zip(names, (kernel, turned), outputs, strict=True)
        for i, j in np.argwhere(~np.isclose(output, cross_correlate2d(image, weights)))
    ]
    note = f"Flipping the kernel changes {differ} of {outputs[0].size} outputs."
    if (kernel == turned).all():
        note += " This kernel equals itself flipped."
    if wrong:
        note = (
            f"Your correlate differs from the definition in {len(wrong)} of "
            f"{2 * outputs[0].size} outputs, outlined."
        )
    return Scene(
        "One window at a time: multiply, add, move on",
        body,
        links=tuple(links),
        marks=tuple(wrong),
        focus=Cell("convolution" if flip else "output", row, column),
        note=note,
    )


def _unfinished(image, kernel, words):
    """Input and kernel without outputs, in the usual size."""
    lines = [
        Row("⋆", _kernel(kernel, "kernel", False, "kernel as it is", True),
            Space(156, 126)),
        Row("∗", _kernel(kernel[::-1, ::-1], "flipped", True, "kernel flipped", False),
            Space(156, 126)),
    ]  # fmt: skip
    body = Row(_input(image), Column(*lines))
    return Scene("One window at a time: multiply, add, move on", body, problem=words)


def _input(image):
    return Grid(
        name="input", values=image, title="input", role="input", editable=True,
        caption=f"{format_shape(image.shape)}, edit any number", width=256, height=256,
    )  # fmt: skip


def _kernel(weights, name, faded, title, editable):
    return Grid(
        name=name, values=weights, title=title, role="kernel", width=126, height=126,
        caption=format_shape(weights.shape), editable=editable, faded=faded,
    )  # fmt: skip


def _line(weights, output, names, faded, titles, editable):
    return Row(
        "⋆" if titles[1] == "cross-correlation" else "∗",
        _kernel(weights, names[0], faded, titles[0], editable),
        "=",
        Grid(
            name=names[1], values=output, title=titles[1], role="output",
            caption=format_shape(output.shape), width=150, height=126, faded=faded,
        ),
    )  # fmt: skip
