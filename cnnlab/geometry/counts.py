"""What layers cost: parameters and multiply-accumulates, written out."""

from math import prod

from cnnlab.arguments import integer, pair

__all__ = [
    "Count",
    "convolution_macs",
    "convolution_parameters",
    "dense_macs",
    "dense_parameters",
    "separable_macs",
    "separable_parameters",
    "transposed_macs",
]


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


def transposed_macs(channels, filters, kernel, size, groups=1):
    """Multiply-accumulates of a transposed convolution for one image.

    Each *input* number stamps the whole kernel, so the input's size counts and not the
    output's; what is cut off by padding counts too.

    Parameters
    ----------
    channels, filters, kernel, groups
        As in :func:`convolution_parameters`.
    size : int or (int, int)
        Rows and columns of the input.

    Returns
    -------
    Count

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> transposed_macs(16, 8, 4, size=7)
    4·4·16·8·7·7 = 100,352
    """
    return Count((*_window(channels, filters, kernel, groups), *pair("size", size, 1)))


def separable_parameters(channels, filters, kernel, bias=True):
    """Learnable numbers of a depthwise separable convolution: one kernel a channel, then 1 x 1.

    Parameters
    ----------
    channels, filters, kernel, bias
        As in :func:`convolution_parameters`.

    Returns
    -------
    Count

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    Howard et al., 2017, arXiv:1704.04861, section 3.1.

    Examples
    --------
    >>> separable_parameters(256, 256, 3, bias=False)
    3·3·1·256 + 1·1·256·256 = 67,840
    """
    depthwise = convolution_parameters(channels, channels, kernel, bias, groups=channels)
    pointwise = convolution_parameters(channels, filters, 1, bias)
    return Count(*depthwise.terms, *pointwise.terms)


def separable_macs(channels, filters, kernel, output):
    """Multiply-accumulates of a depthwise separable convolution for one image.

    Parameters
    ----------
    channels, filters, kernel, output
        As in :func:`convolution_macs`.

    Returns
    -------
    Count

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> separable_macs(32, 64, 3, output=10)
    3·3·1·32·10·10 + 1·1·32·64·10·10 = 233,600
    """
    depthwise = convolution_macs(channels, channels, kernel, output, groups=channels)
    pointwise = convolution_macs(channels, filters, 1, output)
    return Count(*depthwise.terms, *pointwise.terms)


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
