"""Step a kernel over a small image; flip it, and convolution stands beside cross-correlation."""

import numpy as np

from cnnlab.data import EXAMPLE_IMAGE, EXAMPLE_KERNEL
from cnnlab.geometry import output_size
from cnnlab.ops import as_numbers, cross_correlate2d
from cnnlab.scene import Cell, Column, Grid, Link, Mark, Row, Scene, Space, Span, format_shape
from cnnlab.widgets.controls import Held, Slider, Switch
from cnnlab.widgets.explorer import Explorer, Interrupted, call_student

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
    image = Held(EXAMPLE_IMAGE)
    kernel = Held(EXAMPLE_KERNEL)
    correlate = Held()
    edits = {"input": "image"}

    def __init__(self, image=EXAMPLE_IMAGE, kernel=EXAMPLE_KERNEL, correlate=None, **settings):
        self._results = {}
        super().__init__(image=image, kernel=kernel, correlate=correlate, **settings)

    def accept(self, name, value):
        self._results = {}
        if name == "correlate":
            if value is not None and not callable(value):
                raise ValueError(
                    f"correlate is {value!r}, but it must be a function correlate(image, kernel): "
                    "give its name without brackets."
                )
            return value
        value = as_numbers(name, value, 2)
        if max(value.shape) > MOST_CELLS:
            raise ValueError(
                f"{name} has shape {value.shape}, but at most {MOST_CELLS} x {MOST_CELLS} numbers "
                "can be read here; FilterExplorer takes photographs."
            )
        return np.array(value)  # the student may go on with the original

    def arrange(self):
        rows, columns = self._places()
        self.step.max = rows * columns - 1

    def _places(self):
        sizes = zip(self.image.shape, self.kernel.shape, strict=True)
        try:
            return tuple(output_size(*axis) for axis in sizes)
        except ValueError:
            return 1, 1  # scene() says what is wrong

    def scene(self, step, flip, image, kernel, correlate):
        """The window at place `step`; see the class."""
        try:
            return self._windows(step, flip, image, kernel, correlate)
        except Interrupted:
            raise
        except ValueError as error:
            return self._unfinished(image, kernel, str(error))

    def _windows(self, step, flip, image, kernel, correlate):
        expected = cross_correlate2d(image, kernel).shape
        turned = kernel[::-1, ::-1]
        whose = "your correlate" if correlate else ""
        names, outputs = ("output", "convolution"), []
        for weights in (kernel, turned):
            if correlate:
                outputs.append(self._ask(correlate, image, weights, expected))
            else:
                outputs.append(cross_correlate2d(image, weights))
        body = Row(
            self._input(image),
            Column(
                self._line(kernel, outputs[0], ("kernel", "output"), flip,
                           ("kernel as it is", "cross-correlation"), True),
                self._line(turned, outputs[1], ("flipped", "convolution"), not flip,
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

    def _ask(self, correlate, image, weights, expected):
        """The student's numbers; asked once, since steps do not change the input."""
        key = weights.tobytes()
        if key not in self._results:
            self._results[key] = call_student(correlate, "correlate", (image, weights), expected)
        return self._results[key]

    def _unfinished(self, image, kernel, words):
        """Input and kernel without outputs, in the usual size."""
        lines = [
            Row("⋆", self._kernel(kernel, "kernel", False, "kernel as it is", True),
                Space(156, 126)),
            Row("∗", self._kernel(kernel[::-1, ::-1], "flipped", True, "kernel flipped", False),
                Space(156, 126)),
        ]  # fmt: skip
        body = Row(self._input(image), Column(*lines))
        return Scene("One window at a time: multiply, add, move on", body, problem=words)

    @staticmethod
    def _input(image):
        return Grid(
            name="input", values=image, title="input", role="input", editable=True,
            caption=f"{format_shape(image.shape)}, edit any number", width=256, height=256,
        )  # fmt: skip

    @staticmethod
    def _kernel(weights, name, faded, title, editable):
        return Grid(
            name=name, values=weights, title=title, role="kernel", width=126, height=126,
            caption=format_shape(weights.shape), editable=editable, faded=faded,
        )  # fmt: skip

    def _line(self, weights, output, names, faded, titles, editable):
        return Row(
            "⋆" if titles[1] == "cross-correlation" else "∗",
            self._kernel(weights, names[0], faded, titles[0], editable),
            "=",
            Grid(
                name=names[1], values=output, title=titles[1], role="output",
                caption=format_shape(output.shape), width=150, height=126, faded=faded,
            ),
        )  # fmt: skip
