"""How far a cell deep in a stack of layers sees."""

from typing import NamedTuple

from cnnlab.arguments import integer, short
from cnnlab.geometry.positions import effective_kernel, windows

__all__ = [
    "Field",
    "Window",
    "paths",
    "receptive_field",
]

MOST_PATHS = 2_000  # positions whose paths are counted one by one


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
    >>> from cnnlab.geometry import output_size
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
