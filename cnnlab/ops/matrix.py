"""Windows written into a matrix, the way back, and a layer as one matrix product."""

import numpy as np

from cnnlab.arguments import integer, pair, short
from cnnlab.ops.arrays import MOST_NUMBERS, as_numbers, axis_size, border
from cnnlab.ops.padding import pad2d

__all__ = ["col2im", "conv2d", "im2col"]


def im2col(input_data, filter_h, filter_w, stride=1, pad=0):
    """Write every window of a batch into a row of one matrix.

    Parameters
    ----------
    input_data : array_like, shape (N, C, H, W)
    filter_h, filter_w : int
        Rows and columns of the window.
    stride : int or (int, int)
    pad : int or (int, int)
        Zeros added on each side.

    Returns
    -------
    numpy.ndarray, shape (N * OH * OW, C * FH * FW)
        Row by row the windows of the first image, then those of the next. A
        row holds its channels one after the other, each row by row.

    Raises
    ------
    ValueError
        If an argument is out of its range or the window does not fit.

    References
    ----------
    Saito, "Deep Learning from Scratch", section 7.4 (handout S2).
    ``torch.nn.functional.unfold`` gives (N, C * FH * FW, OH * OW).

    Examples
    --------
    >>> im2col(np.zeros((10, 3, 7, 7)), 5, 5).shape
    (90, 75)
    """
    input_data = as_numbers("input_data", input_data, 4)
    window = integer("filter_h", filter_h, 1), integer("filter_w", filter_w, 1)
    steps, borders = pair("stride", stride, 1), border("pad", pad, input_data.shape)
    for axis in zip(("height", "width"), input_data.shape[2:], window, steps, borders, strict=True):
        axis_size(*axis, name=f"filter_{axis[0][0]}")
    columns = unfold(input_data, window, steps, borders, (1, 1))
    return columns.transpose(0, 2, 1).reshape(-1, columns.shape[1])


def col2im(col, input_shape, filter_h, filter_w, stride=1, pad=0):
    """Add the rows of :func:`im2col` back to the places they came from.

    It is the transpose of im2col, not its inverse: where windows overlap, their
    numbers *add up*. Of a matrix of ones it makes the coverage map.

    Parameters
    ----------
    col : array_like, shape (N * OH * OW, C * FH * FW)
    input_shape : (int, int, int, int)
        Shape (N, C, H, W) of the batch.
    filter_h, filter_w, stride, pad
        As in :func:`im2col`.

    Returns
    -------
    numpy.ndarray, shape (N, C, H, W)

    Raises
    ------
    ValueError
        If an argument is out of its range or `col` has another shape.

    References
    ----------
    Saito, "Deep Learning from Scratch", section 7.4.
    ``torch.nn.functional.fold`` does the same to the transposed layout.

    Examples
    --------
    >>> col2im(np.ones((9, 9)), (1, 1, 5, 5), 3, 3)[0, 0].astype(int)
    array([[1, 2, 3, 2, 1],
           [2, 4, 6, 4, 2],
           [3, 6, 9, 6, 3],
           [2, 4, 6, 4, 2],
           [1, 2, 3, 2, 1]])
    """
    col = as_numbers("col", col, 2)
    if not isinstance(input_shape, (tuple, list)) or len(input_shape) != 4:
        raise ValueError(f"input_shape is {short(input_shape)}, but it must be (N, C, H, W).")
    count, channels, height, width = (
        integer("input_shape", part, 1, MOST_NUMBERS) for part in input_shape
    )
    rows, columns = integer("filter_h", filter_h, 1), integer("filter_w", filter_w, 1)
    steps = pair("stride", stride, 1)
    borders = border("pad", pad, (count, channels, height, width))
    out_h = axis_size("height", height, rows, steps[0], borders[0], name="filter_h")
    out_w = axis_size("width", width, columns, steps[1], borders[1], name="filter_w")
    expected = (count * out_h * out_w, channels * rows * columns)
    if col.shape != expected:
        raise ValueError(
            f"col has shape {col.shape}, but for input_shape {tuple(input_shape)}, a window of "
            f"{rows} x {columns}, stride {steps} and pad {borders} it must be {expected}."
        )
    parts = col.reshape(count, out_h, out_w, channels, rows, columns)
    padded = np.zeros(
        (count, channels, height + 2 * borders[0], width + 2 * borders[1]), dtype=col.dtype
    )
    for m, n in np.ndindex(rows, columns):
        down = slice(m, m + steps[0] * (out_h - 1) + 1, steps[0])
        right = slice(n, n + steps[1] * (out_w - 1) + 1, steps[1])
        padded[:, :, down, right] += parts[..., m, n].transpose(0, 3, 1, 2)
    return padded[:, :, borders[0] : borders[0] + height, borders[1] : borders[1] + width]


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """A convolutional layer: cross-correlation with channels and several filters.

    All windows are written into one matrix, so that the layer is one matrix
    product for each image (and group). That costs memory: each pixel is copied
    about KH * KW times.

    Parameters
    ----------
    x : array_like, shape (N, C, H, W)
    weight : array_like, shape (F, C / groups, KH, KW)
    bias : array_like, shape (F,), optional
    stride, padding, dilation : int or (int, int)
        As in :func:`cross_correlate2d`.
    groups : int
        Filters and channels are dealt out to so many groups, which do not see
        each other's channels.

    Returns
    -------
    numpy.ndarray, shape (N, F, OH, OW)

    Raises
    ------
    ValueError
        If the shapes do not go together or an argument is out of its range.

    References
    ----------
    Chellapilla, Puri and Simard, 2006, "High performance convolutional neural
    networks for document processing".

    Examples
    --------
    >>> conv2d(np.zeros((1, 3, 32, 32)), np.zeros((16, 3, 5, 5))).shape
    (1, 16, 28, 28)
    """
    x, weight = as_numbers("x", x, 4), as_numbers("weight", weight, 4)
    groups = integer("groups", groups, 1)
    filters, slices, *kernel = weight.shape
    if x.shape[1] != slices * groups or filters % groups:
        raise ValueError(
            f"x has shape {x.shape} and weight {weight.shape}, but with groups {groups} weight "
            f"must be (F, {x.shape[1]} / {groups}, KH, KW), with F divisible by {groups}."
        )
    options = pair("stride", stride, 1), pair("padding", padding, 0), pair("dilation", dilation, 1)
    axes = zip(("height", "width"), x.shape[2:], kernel, *options, strict=True)
    out_shape = [axis_size(*axis) for axis in axes]
    columns = unfold(x, kernel, *options)
    columns = columns.reshape(len(x), groups, -1, columns.shape[-1])
    out = weight.reshape(groups, filters // groups, -1) @ columns
    out = out.reshape(len(x), filters, *out_shape)
    if bias is not None:
        bias = as_numbers("bias", bias, 1)
        if bias.shape != (filters,):
            raise ValueError(f"bias has shape {bias.shape}, but it must be ({filters},).")
        out = out + bias[:, None, None]
    return out


def unfold(x, kernel, stride, padding, dilation):
    """All windows as columns: (N, C * KH * KW, OH * OW), the layout of torch's unfold."""
    axes = zip(("height", "width"), x.shape[2:], kernel, stride, padding, dilation, strict=True)
    out_h, out_w = (axis_size(*axis) for axis in axes)
    padded = pad2d(x, tuple(padding)) if any(padding) else x
    columns = np.empty((*x.shape[:2], *kernel, out_h, out_w), dtype=x.dtype)
    # One copy for each entry of the kernel, along whole rows of the image.
    for m, n in np.ndindex(*kernel):
        top, left = m * dilation[0], n * dilation[1]
        down = slice(top, top + stride[0] * (out_h - 1) + 1, stride[0])
        right = slice(left, left + stride[1] * (out_w - 1) + 1, stride[1])
        columns[:, :, m, n] = padded[:, :, down, right]
    return columns.reshape(len(x), -1, out_h * out_w)
