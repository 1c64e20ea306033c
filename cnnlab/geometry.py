"""Sizes and positions of windows, and what layers cost, in whole numbers.

Every size in the course comes from here: the operations, the explorers, the
checks and the tables all call :func:`output_size`, so the formula exists once.
The same holds for the counts of parameters and of multiply-accumulates.
Only whole numbers occur; NumPy is not needed.
"""

from math import prod
from typing import NamedTuple

from cnnlab.arguments import integer, pair, short

__all__ = [
    "Count",
    "Field",
    "Window",
    "convolution_macs",
    "convolution_parameters",
    "coverage",
    "dense_macs",
    "dense_parameters",
    "effective_kernel",
    "output_size",
    "paths",
    "receptive_field",
    "transposed_output_size",
    "windows",
]


MOST_PATHS = 2_000  # positions whose paths are counted one by one
MOST_POSITIONS = 1_000_000  # along an axis whose positions are listed one by one


def effective_kernel(kernel, dilation=1):
    """Length of the stretch of input that a dilated kernel spans.

    A kernel of `kernel` entries, `dilation` apart, spans
    ``dilation * (kernel - 1) + 1`` positions.

    Parameters
    ----------
    kernel : int
        Entries of the kernel along one axis, at least 1.
    dilation : int
        Distance between two neighbouring entries, at least 1.

    Returns
    -------
    int
        Input positions.

    Raises
    ------
    ValueError
        If an argument is no whole number or is below 1.

    References
    ----------
    Handout S4 (dilation); Yu and Koltun, 2016, arXiv:1511.07122.

    Examples
    --------
    >>> effective_kernel(3, dilation=2)
    5
    """
    kernel = integer("kernel", kernel, 1)
    dilation = integer("dilation", dilation, 1)
    return dilation * (kernel - 1) + 1


def output_size(size, kernel, stride=1, padding=0, dilation=1):
    """Number of places where a kernel fits along one axis.

    ``floor((size + 2 * padding - effective kernel) / stride) + 1``. The floor
    matters: where the stride does not divide, the last inputs are not visited.

    Parameters
    ----------
    size : int
        Input positions, at least 1.
    kernel : int
        Entries of the kernel, at least 1.
    stride : int
        Step between two windows, at least 1.
    padding : int
        Positions added at *each* end, at least 0.
    dilation : int
        Distance between two entries of the kernel, at least 1.

    Returns
    -------
    int
        Output positions, at least 1.

    Raises
    ------
    ValueError
        If an argument is out of its range or the kernel does not fit into the
        padded input.

    References
    ----------
    Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep
    learning", arXiv:1603.07285. Handouts S0, S1 (S1, S2 and S4 forget the
    floor in places).

    Examples
    --------
    >>> output_size(7, 3, stride=2)
    3
    >>> output_size(7, 3, stride=3)  # (7 - 3) / 3 is not whole: the floor acts
    2
    """
    size = integer("size", size, 1)
    stride = integer("stride", stride, 1)
    padding = integer("padding", padding, 0)
    span = effective_kernel(kernel, dilation)
    padded = size + 2 * padding
    if span > padded:
        raise ValueError(
            f"kernel {kernel} with dilation {dilation} spans {span} positions, but the "
            f"input has {size} and padding {padding} makes it {padded}: the kernel must "
            "fit into the padded input."
        )
    return (padded - span) // stride + 1


def windows(size, kernel, stride=1, padding=0, dilation=1):
    """Input positions of every window along one axis.

    Parameters
    ----------
    size, kernel, stride, padding, dilation : int
        As in :func:`output_size`.

    Returns
    -------
    list of list of int
        One list per output position, with `kernel` input positions each. The
        first input is 0; positions below 0 or from `size` on lie in the padding.

    Raises
    ------
    ValueError
        As in :func:`output_size`.

    Examples
    --------
    >>> windows(5, 3, stride=2)
    [[0, 1, 2], [2, 3, 4]]
    >>> windows(3, 3, padding=1)
    [[-1, 0, 1], [0, 1, 2], [1, 2, 3]]
    """
    count = output_size(size, kernel, stride, padding, dilation)
    integer("size", size, 1, MOST_POSITIONS)
    integer("padding", padding, 0, MOST_POSITIONS)
    integer("kernel", kernel, 1, MOST_POSITIONS)
    # NumPy's small integers would run over below 0.
    kernel, stride, padding, dilation = map(int, (kernel, stride, padding, dilation))
    return [
        [index * stride - padding + entry * dilation for entry in range(kernel)]
        for index in range(count)
    ]


def coverage(size, kernel, stride=1, padding=0, dilation=1):
    """In how many windows each input position is (pixel utilization).

    Parameters
    ----------
    size, kernel, stride, padding, dilation : int
        As in :func:`output_size`.

    Returns
    -------
    list of int
        `size` counts. Along two axes the counts multiply.

    Raises
    ------
    ValueError
        As in :func:`output_size`.

    References
    ----------
    Handout S0; Zhang et al., "Dive into Deep Learning", section 7.3.

    Examples
    --------
    >>> coverage(5, 3)
    [1, 2, 3, 2, 1]
    >>> coverage(8, 3, stride=3)  # the last two are never visited
    [1, 1, 1, 1, 1, 1, 0, 0]
    """
    counts = [0] * integer("size", size, 1, MOST_POSITIONS)
    for window in windows(size, kernel, stride, padding, dilation):
        for position in window:
            if 0 <= position < size:
                counts[position] += 1
    return counts


def transposed_output_size(size, kernel, stride=1, padding=0, output_padding=0, dilation=1):
    """Output positions of a transposed convolution along one axis.

    ``(size - 1) * stride - 2 * padding + effective kernel + output_padding``.

    Parameters
    ----------
    size, kernel, stride, padding, dilation : int
        As in :func:`output_size`, of the convolution that it transposes.
    output_padding : int
        Positions added at one end, below `stride` or `dilation`: it chooses
        between the input sizes that the floor sent to the same output size.

    Returns
    -------
    int
        Output positions, at least 1.

    Raises
    ------
    ValueError
        If an argument is out of its range or nothing would be left.

    References
    ----------
    Dumoulin and Visin, 2016, arXiv:1603.07285, section 4.

    Examples
    --------
    >>> transposed_output_size(3, 3, stride=2)
    7
    """
    size = integer("size", size, 1)
    stride = integer("stride", stride, 1)
    padding = integer("padding", padding, 0)
    output_padding = integer("output_padding", output_padding, 0)
    span = effective_kernel(kernel, dilation)
    if output_padding >= max(stride, dilation):
        raise ValueError(
            f"output_padding is {output_padding}, but it must be below the larger of "
            f"stride {stride} and dilation {dilation}."
        )
    result = (size - 1) * stride - 2 * padding + span + output_padding
    if result < 1:
        raise ValueError(
            f"padding {padding} takes away {2 * padding} of "
            f"{(size - 1) * stride + span + output_padding} positions: at least 1 must be left."
        )
    return result


class Window(NamedTuple):
    """The four whole numbers of a layer along one axis; plain tuples serve as well.

    Attributes
    ----------
    kernel : int
        Entries of the kernel.
    stride : int
        Step between two windows.
    padding : int
        Positions added at each end.
    dilation : int
        Distance between two entries of the kernel.

    Examples
    --------
    >>> output_size(7, *Window(kernel=3, padding=1))
    7
    >>> receptive_field([Window(3), Window(3, dilation=2)])[-1].size
    7
    """

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1


class Field(NamedTuple):
    """The receptive field of one layer's cells, along one axis.

    Attributes
    ----------
    size : int
        Input positions that one cell depends on.
    stride : int
        Input positions between the fields of two neighbouring cells.
    start : int
        First input position of the first cell's field, below 0 in the padding.

    Examples
    --------
    >>> Field(size=3, stride=1, start=-1).size
    3
    """

    size: int
    stride: int
    start: int

    def after(self, kernel, stride=1, padding=0, dilation=1):
        """The field one layer deeper.

        Examples
        --------
        >>> Field(size=3, stride=2, start=-1).after(kernel=3, padding=1)
        Field(size=7, stride=2, start=-3)
        """
        return Field(
            self.size + (effective_kernel(kernel, dilation) - 1) * self.stride,
            self.stride * integer("stride", stride, 1),
            self.start - integer("padding", padding, 0) * self.stride,
        )


def receptive_field(layers):
    """Receptive field after each of a stack of layers, along one axis.

    The field grows by ``(effective kernel - 1)`` times the strides so far.

    Parameters
    ----------
    layers : sequence of Window or tuple
        (kernel, stride, padding, dilation) for each layer; the trailing ones
        may be left out.

    Returns
    -------
    list of Field
        One for each layer.

    Raises
    ------
    ValueError
        If a layer is no tuple of one to four whole numbers in their range.

    References
    ----------
    Araujo, Norris and Sim, 2019, "Computing Receptive Fields of Convolutional
    Neural Networks", Distill, doi:10.23915/distill.00021.

    Examples
    --------
    >>> receptive_field([(3,), (3,), (3,)])[-1]
    Field(size=7, stride=1, start=0)
    """
    if not isinstance(layers, (tuple, list)):
        raise ValueError(
            f"layers is {short(layers)}, but it must be a list of tuples, one a layer."
        )
    fields = []
    field = Field(size=1, stride=1, start=0)
    for number, layer in enumerate(layers):
        if not isinstance(layer, (tuple, list)) or not 1 <= len(layer) <= 4:
            raise ValueError(
                f"layers[{number}] is {short(layer)}, but it must be a tuple (kernel, stride, "
                "padding, dilation), of which the trailing ones may be left out."
            )
        field = field.after(*layer)
        fields.append(field)
    return fields


def paths(size, layers):
    """In how many ways each cell of the last layer reaches each input position.

    One way is one choice of a kernel entry in every layer. Where all weights are
    equal and nothing is cut off, the gradient of a cell is proportional to these
    counts; for independent random weights the mean of its square is.

    Parameters
    ----------
    size : int
        Input positions along the axis.
    layers : sequence of Window or tuple
        As in :func:`receptive_field`.

    Returns
    -------
    list of list of int
        One list for each output position, with `size` counts.

    Raises
    ------
    ValueError
        As in :func:`receptive_field`, and if a kernel does not fit.

    References
    ----------
    Luo, Li, Urtasun and Zemel, 2016, "Understanding the Effective Receptive
    Field in Deep Convolutional Neural Networks", arXiv:1701.04128.

    Examples
    --------
    >>> paths(5, [(3,), (3,)])
    [[1, 2, 3, 2, 1]]
    """
    size = integer("size", size, 1, MOST_PATHS)
    receptive_field(layers)  # says what is wrong with a layer
    rows = [[int(place == index) for place in range(size)] for index in range(size)]
    for kernel, *others in layers:
        rows = [
            [sum(rows[i][place] for i in window if 0 <= i < len(rows)) for place in range(size)]
            for window in windows(len(rows), kernel, *others)
        ]
    return rows


class Count(int):
    """A whole number that remembers how it was counted: a sum of products.

    Parameters
    ----------
    *terms : tuple of int
        The factors of each product.

    Attributes
    ----------
    terms : tuple of tuple of int

    Examples
    --------
    >>> Count((3, 3, 3, 32), (32,))
    3·3·3·32 + 32 = 896
    >>> Count((3, 3, 3, 32), (32,)) + 4
    900
    """

    def __new__(cls, *terms):
        count = super().__new__(cls, sum(prod(term) for term in terms))
        count.terms = terms
        return count

    def __getnewargs__(self):
        return self.terms

    def __repr__(self):
        written = " + ".join("·".join(f"{factor:,}" for factor in term) for term in self.terms)
        total = f"{int(self):,}"
        return total if written in ("", total) else f"{written} = {total}"

    __str__ = __repr__


def convolution_parameters(channels, filters, kernel, bias=True, groups=1):
    """Learnable numbers of a convolutional layer.

    Each filter has one weight for each channel and place of its window, and one
    bias. Size of the image, stride, padding and dilation do not matter.

    Parameters
    ----------
    channels : int
        Channels of the input.
    filters : int
        Channels of the output.
    kernel : int or (int, int)
        Rows and columns of the window.
    bias : bool
    groups : int
        Each filter reads ``channels / groups`` channels; divides both counts.

    Returns
    -------
    Count
        A whole number that prints as it was counted.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    Handouts S0 (the scenario of the example) and S1 (VGG's table).

    Examples
    --------
    >>> convolution_parameters(3, 32, 3)
    3·3·3·32 + 32 = 896
    """
    weights = _window(channels, filters, kernel, groups)
    return Count(weights, weights[-1:]) if bias else Count(weights)


def convolution_macs(channels, filters, kernel, output, groups=1):
    """Multiply-accumulates of a convolutional layer for one image.

    One for each weight of a filter at each place of the output; adding the bias
    is not counted, and what falls on padding is.

    Parameters
    ----------
    channels, filters, kernel, groups
        As in :func:`convolution_parameters`.
    output : int or (int, int)
        Rows and columns of the output.

    Returns
    -------
    Count

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> convolution_macs(3, 32, 3, output=30)
    3·3·3·32·30·30 = 777,600
    """
    return Count((*_window(channels, filters, kernel, groups), *pair("output", output, 1)))


def dense_parameters(inputs, outputs, bias=True):
    """Learnable numbers of a fully connected layer.

    Parameters
    ----------
    inputs, outputs : int
        Units before and after.
    bias : bool

    Returns
    -------
    Count

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> dense_parameters(32 * 32 * 3, 128)
    3,072·128 + 128 = 393,344
    """
    weights = integer("inputs", inputs, 1), integer("outputs", outputs, 1)
    return Count(weights, weights[1:]) if bias else Count(weights)


def dense_macs(inputs, outputs):
    """Multiply-accumulates of a fully connected layer: one for each weight.

    Parameters
    ----------
    inputs, outputs : int

    Returns
    -------
    Count

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> dense_macs(3072, 128)
    3,072·128 = 393,216
    """
    return dense_parameters(inputs, outputs, bias=False)


def _window(channels, filters, kernel, groups):
    """Factors of the weights: rows, columns, channels that a filter reads, filters."""
    channels, filters = integer("channels", channels, 1), integer("filters", filters, 1)
    groups = integer("groups", groups, 1)
    if channels % groups or filters % groups:
        raise ValueError(
            f"groups is {groups}, but it must divide the {channels} channels and the "
            f"{filters} filters."
        )
    return *pair("kernel", kernel, 1), channels // groups, filters
