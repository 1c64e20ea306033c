"""Sizes and positions of windows along one axis."""

from cnnlab.arguments import integer

__all__ = [
    "coverage",
    "effective_kernel",
    "output_size",
    "stamps",
    "transposed_output_size",
    "windows",
]

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


def stamps(size, kernel, stride=1, padding=0, output_padding=0, dilation=1):
    """Which stamps of a transposed convolution reach each position of its output.

    Input position i stamps the kernel so that entry m falls on output position
    ``i * stride + m * dilation - padding``.

    Parameters
    ----------
    size, kernel, stride, padding, output_padding, dilation : int
        As in :func:`transposed_output_size`.

    Returns
    -------
    list of list of (int, int)
        For each output position the (input position, kernel entry) that are added
        there; an empty list where none is.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    Odena, Dumoulin and Olah, 2016, doi:10.23915/distill.00003: overlaps that differ.

    Examples
    --------
    >>> stamps(2, 3, stride=2)
    [[(0, 0)], [(0, 1)], [(0, 2), (1, 0)], [(1, 1)], [(1, 2)]]
    >>> [len(found) for found in stamps(4, 4, stride=2)]
    [1, 1, 2, 2, 2, 2, 2, 2, 1, 1]
    """
    result = transposed_output_size(size, kernel, stride, padding, output_padding, dilation)
    size, kernel, stride = int(size), int(kernel), int(stride)
    padding, dilation = int(padding), int(dilation)
    if size * kernel > MOST_POSITIONS or result > MOST_POSITIONS:
        raise ValueError(
            f"size {size:,}, kernel {kernel:,}, stride {stride:,} and dilation {dilation:,} make "
            f"too much to list: at most {MOST_POSITIONS:,} entries."
        )
    reached = [[] for _ in range(result)]
    for place in range(size):
        for entry in range(kernel):
            at = place * stride + entry * dilation - padding
            if 0 <= at < result:
                reached[at].append((place, entry))
    return reached
