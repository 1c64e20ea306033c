"""Convolution, cross-correlation and padding on NumPy arrays.

A deep-learning "convolution" is a cross-correlation (교차상관): the kernel
slides over the image as it is. A true convolution (합성곱) turns the kernel by
180 degrees first. Both are here, under their own names.
"""

from math import prod
from numbers import Integral

import numpy as np

from cnnlab.arguments import integer, one_of, pair, short
from cnnlab.geometry import output_size

__all__ = [
    "as_numbers",
    "avg_pool2d",
    "col2im",
    "conv2d",
    "convolve1d",
    "convolve2d",
    "cross_correlate1d",
    "cross_correlate2d",
    "im2col",
    "max_pool2d",
    "pad1d",
    "pad2d",
    "shift2d",
]

PAD_MODES = {"zero": "constant", "circular": "wrap"}
MOST_NUMBERS = 100_000_000  # in one array: 800 MB of floats


def as_numbers(name, value, ndim, shape=None):
    """Return `value` as an array of finite numbers with `ndim` axes: the one reader of arrays.

    Parameters
    ----------
    name : str
        The argument's name, for the error.
    value : array_like
        Numbers or booleans; at most 100 million.
    ndim : int or tuple of int
        The legal numbers of axes.
    shape : tuple of int, optional
        The only legal shape.

    Returns
    -------
    numpy.ndarray
        Whole numbers and floats keep their kind; booleans become int64.

    Raises
    ------
    ValueError
        If it is ragged, empty, masked or too large, holds anything but real finite
        numbers, or has another shape or number of axes.

    Examples
    --------
    >>> as_numbers("kernel", [[1, 0], [0, 1]], ndim=2).shape
    (2, 2)
    >>> as_numbers("kernel", [1, 0], ndim=2)
    Traceback (most recent call last):
    ValueError: kernel has shape (2,), but it must have 2 axes.
    """
    cells = getattr(value, "size", None)  # asked before anything is copied
    if not isinstance(cells, Integral):  # a torch tensor's is a method
        cells = len(value) if hasattr(type(value), "__len__") else 1
    if cells > MOST_NUMBERS:
        raise ValueError(f"{name} has {cells:,} numbers, but at most {MOST_NUMBERS:,} are taken.")
    if np.ma.is_masked(value):
        raise ValueError(f"{name} holds masked numbers; fill them in first.")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} has rows of unequal length; they must be equal.") from None
    except Exception as error:  # a tensor with gradients, a foreign array
        raise ValueError(f"{name} cannot be read as an array: {error}") from None
    if array.dtype == bool:
        array = array.astype(np.int64)
    legal = (ndim,) if isinstance(ndim, int) else ndim
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} holds {type_in_words(array)}, but it must hold real numbers.")
    if array.ndim not in legal:
        axes = " or ".join(map(str, legal)) + (" axis" if legal == (1,) else " axes")
        raise ValueError(f"{name} has shape {array.shape}, but it must have {axes}.")
    if array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}: it is empty.")
    if shape is not None and array.shape != tuple(shape):
        raise ValueError(f"{name} has shape {array.shape}, but it must be {tuple(shape)}.")
    if not np.isfinite(array).all():
        where = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        raise ValueError(
            f"{name} is {array[where]} at index {where}, but every number must be finite."
        )
    return array


def type_in_words(array):
    """What an array without real numbers holds, in a student's words."""
    kinds = {"U": "text", "S": "text", "c": "complex numbers", "M": "dates", "m": "times"}
    return kinds.get(array.dtype.kind, "Python objects, not numbers")


def pad1d(signal, padding, mode="zero"):
    """Add `padding` positions at each end of a signal.

    Parameters
    ----------
    signal : array_like, shape (W,)
    padding : int
        Positions added at each end, at least 0.
    mode : {"zero", "circular"}
        What stands there: zeros, or the other end of the signal.

    Returns
    -------
    numpy.ndarray, shape (W + 2 * padding,)

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> pad1d([1, 2, 3], 1)
    array([0, 1, 2, 3, 0])
    >>> pad1d([1, 2, 3], 1, mode="circular")
    array([3, 1, 2, 3, 1])
    """
    signal = as_numbers("signal", signal, 1)
    padding = integer("padding", padding, 0, MOST_NUMBERS // 2 - len(signal))
    return np.pad(signal, padding, mode=_pad_mode(mode))


def pad2d(image, padding, mode="zero"):
    """Add rows and columns around an image.

    Parameters
    ----------
    image : array_like, shape (..., H, W)
        The last two axes are padded.
    padding : int or (int, int)
        Rows added above and below, columns added left and right.
    mode : {"zero", "circular"}
        What stands there: zeros, or the opposite side of the image.

    Returns
    -------
    numpy.ndarray, shape (..., H + 2 * rows, W + 2 * columns)

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> pad2d([[1, 2]], (0, 1))
    array([[0, 1, 2, 0]])
    """
    image = as_numbers("image", image, (2, 3, 4))
    rows, columns = _border("padding", padding, image.shape)
    widths = [(0, 0)] * (image.ndim - 2) + [(rows, rows), (columns, columns)]
    return np.pad(image, widths, mode=_pad_mode(mode))


def _border(name, value, shape):
    """Padding for rows and columns, if what is padded can be held."""
    rows, columns = pair(name, value, 0)
    cells = prod(shape[:-2]) * (shape[-2] + 2 * rows) * (shape[-1] + 2 * columns)
    if cells > MOST_NUMBERS:
        raise ValueError(
            f"{name} is {short(value)}, which makes {cells:,} numbers, but at most "
            f"{MOST_NUMBERS:,} are taken."
        )
    return rows, columns


def _pad_mode(mode):
    return PAD_MODES[one_of("mode", mode, PAD_MODES)]


def shift2d(image, down, right, mode="zero"):
    """Move an image by whole pixels.

    Parameters
    ----------
    image : array_like, shape (H, W)
    down, right : int
        Pixels; negative numbers move it up and left.
    mode : {"zero", "circular"}
        What comes in: zeros, or what went out on the other side.

    Returns
    -------
    numpy.ndarray, shape (H, W)

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> shift2d([[1, 2, 3]], 0, 1)
    array([[0, 1, 2]])
    >>> shift2d([[1, 2, 3]], 0, 1, mode="circular")
    array([[3, 1, 2]])
    """
    image = as_numbers("image", image, 2)
    down, right = integer("down", down), integer("right", right)
    moved = np.roll(image, (down, right), axis=(0, 1))
    if _pad_mode(mode) == "constant":
        rows, columns = (np.arange(size) for size in image.shape)
        moved[(rows < down) | (rows >= image.shape[0] + down)] = 0
        moved[:, (columns < right) | (columns >= image.shape[1] + right)] = 0
    return moved


def cross_correlate1d(signal, kernel, stride=1, padding=0, dilation=1):
    """Slide a kernel along a signal and sum the products.

    ``out[i] = sum_m signal[i * stride + m * dilation] * kernel[m]`` on the
    padded signal.

    Parameters
    ----------
    signal : array_like, shape (W,)
    kernel : array_like, shape (K,)
    stride, padding, dilation : int
        As in :func:`cnnlab.geometry.output_size`.

    Returns
    -------
    numpy.ndarray, shape (OW,)
        Integers stay integers.

    Raises
    ------
    ValueError
        If an argument is out of its range or the kernel does not fit.

    References
    ----------
    Handout S0 (there written with the sign of convolution).

    Examples
    --------
    >>> cross_correlate1d([1, 2, 4, 8], [1, -1])
    array([-1, -2, -4])
    """
    signal = as_numbers("signal", signal, 1)
    kernel = as_numbers("kernel", kernel, 1)
    result = cross_correlate2d(
        signal[None],
        kernel[None],
        (1, integer("stride", stride, 1)),
        (0, integer("padding", padding, 0)),
        (1, integer("dilation", dilation, 1)),
    )
    return result[0]


def convolve1d(signal, kernel, stride=1, padding=0, dilation=1):
    """Convolve a signal: :func:`cross_correlate1d` with the kernel reversed.

    Parameters
    ----------
    signal, kernel, stride, padding, dilation
        As in :func:`cross_correlate1d`.

    Returns
    -------
    numpy.ndarray, shape (OW,)

    Raises
    ------
    ValueError
        As in :func:`cross_correlate1d`.

    References
    ----------
    Goodfellow, Bengio and Courville, 2016, "Deep Learning", section 9.1.

    Examples
    --------
    >>> convolve1d([1, 2, 4, 8], [1, -1])
    array([1, 2, 4])
    """
    return cross_correlate1d(
        signal, as_numbers("kernel", kernel, 1)[::-1], stride, padding, dilation
    )


def cross_correlate2d(image, kernel, stride=1, padding=0, dilation=1):
    """Slide a kernel over an image and sum the products at each place.

    ``out[i, j] = sum_mn image[i * s + m * d, j * s + n * d] * kernel[m, n]`` on
    the padded image. This is what deep-learning libraries call convolution.

    Parameters
    ----------
    image : array_like, shape (H, W)
    kernel : array_like, shape (KH, KW)
    stride : int or (int, int)
        Step between windows, at least 1.
    padding : int or (int, int)
        Zeros added on each side, at least 0.
    dilation : int or (int, int)
        Distance between two entries of the kernel, at least 1.

    Returns
    -------
    numpy.ndarray, shape (OH, OW)
        Whole numbers stay whole (as int64), floats stay floats.

    Raises
    ------
    ValueError
        If an argument is out of its range or the kernel does not fit.

    References
    ----------
    Handouts S1 and S2; Goodfellow, Bengio and Courville, 2016, equation 9.6.

    Examples
    --------
    >>> cross_correlate2d([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, -1]])
    array([[-4, -4]])
    """
    image = as_numbers("image", image, 2)
    kernel = as_numbers("kernel", kernel, 2)
    steps = pair("stride", stride, 1)
    borders = pair("padding", padding, 0)
    gaps = pair("dilation", dilation, 1)
    # Small integer types (a photograph's uint8) would overflow in the sum.
    wide = np.result_type(image, kernel, np.int64 if _whole(image, kernel) else np.float32)
    heights = zip(("height", "width"), image.shape, kernel.shape, steps, borders, gaps, strict=True)
    out_shape = [_axis_size(*axis) for axis in heights]
    padded = pad2d(image, borders).astype(wide)
    result = np.zeros(out_shape, dtype=wide)
    # One shifted view of the image for each entry of the kernel: few and fast.
    for m, n in np.ndindex(kernel.shape):
        top, left = m * gaps[0], n * gaps[1]
        rows = slice(top, top + steps[0] * (out_shape[0] - 1) + 1, steps[0])
        columns = slice(left, left + steps[1] * (out_shape[1] - 1) + 1, steps[1])
        result += padded[rows, columns] * kernel[m, n].astype(wide)
    return result


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
    steps, borders = pair("stride", stride, 1), _border("pad", pad, input_data.shape)
    for axis in zip(("height", "width"), input_data.shape[2:], window, steps, borders, strict=True):
        _axis_size(*axis, name=f"filter_{axis[0][0]}")
    columns = _unfold(input_data, window, steps, borders, (1, 1))
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
    borders = _border("pad", pad, (count, channels, height, width))
    out_h = _axis_size("height", height, rows, steps[0], borders[0], name="filter_h")
    out_w = _axis_size("width", width, columns, steps[1], borders[1], name="filter_w")
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
    out_shape = [_axis_size(*axis) for axis in axes]
    columns = _unfold(x, kernel, *options)
    columns = columns.reshape(len(x), groups, -1, columns.shape[-1])
    out = weight.reshape(groups, filters // groups, -1) @ columns
    out = out.reshape(len(x), filters, *out_shape)
    if bias is not None:
        bias = as_numbers("bias", bias, 1)
        if bias.shape != (filters,):
            raise ValueError(f"bias has shape {bias.shape}, but it must be ({filters},).")
        out = out + bias[:, None, None]
    return out


def _unfold(x, kernel, stride, padding, dilation):
    """All windows as columns: (N, C * KH * KW, OH * OW), the layout of torch's unfold."""
    axes = zip(("height", "width"), x.shape[2:], kernel, stride, padding, dilation, strict=True)
    out_h, out_w = (_axis_size(*axis) for axis in axes)
    padded = pad2d(x, tuple(padding)) if any(padding) else x
    columns = np.empty((*x.shape[:2], *kernel, out_h, out_w), dtype=x.dtype)
    # One copy for each entry of the kernel, along whole rows of the image.
    for m, n in np.ndindex(*kernel):
        top, left = m * dilation[0], n * dilation[1]
        down = slice(top, top + stride[0] * (out_h - 1) + 1, stride[0])
        right = slice(left, left + stride[1] * (out_w - 1) + 1, stride[1])
        columns[:, :, m, n] = padded[:, :, down, right]
    return columns.reshape(len(x), -1, out_h * out_w)


def max_pool2d(image, size, stride=None, padding=0):
    """The largest number of each window.

    Parameters
    ----------
    image : array_like, shape (..., H, W)
        Any number of axes in front: each sheet is pooled by itself, so channels
        are kept.
    size : int or (int, int)
        Rows and columns of the window, at least 1.
    stride : int or (int, int), optional
        Step between windows; `size` if left out.
    padding : int or (int, int)
        Added on each side, at most half of `size`. It never wins: it counts as
        minus infinity.

    Returns
    -------
    numpy.ndarray, shape (..., OH, OW)

    Raises
    ------
    ValueError
        If an argument is out of its range or the window does not fit.

    References
    ----------
    Handouts S0, S1, S2.

    Examples
    --------
    >>> max_pool2d([[5, 2, 3, 4], [2, 1, 0, 1], [3, 7, 9, 5], [1, 4, 1, 8]], 2)
    array([[5, 4],
           [7, 9]])
    """
    image = as_numbers("image", image, (2, 3, 4))
    lowest = np.iinfo(image.dtype).min if image.dtype.kind in "iu" else -np.inf
    return _pool_windows(image, size, stride, padding, lowest).max(axis=(-2, -1))


def avg_pool2d(image, size, stride=None, padding=0):
    """The mean of each window.

    Parameters
    ----------
    image, size, stride, padding
        As in :func:`max_pool2d`; but padding counts as zeros, which lowers the
        mean at the border (as in torch, unless it is told otherwise).

    Returns
    -------
    numpy.ndarray, shape (..., OH, OW)
        Floats.

    Raises
    ------
    ValueError
        As in :func:`max_pool2d`.

    References
    ----------
    Handouts S0, S1, S2.

    Examples
    --------
    >>> avg_pool2d([[5, 2, 3, 4], [2, 1, 0, 1], [3, 7, 9, 5], [1, 4, 1, 8]], 2)
    array([[2.5 , 2.  ],
           [3.75, 5.75]])
    """
    image = as_numbers("image", image, (2, 3, 4))
    return _pool_windows(image, size, stride, padding, 0).mean(axis=(-2, -1))


def _pool_windows(image, size, stride, padding, fill):
    """All windows of a pooling layer: (..., OH, OW, rows, columns)."""
    sizes = pair("size", size, 1)
    steps = sizes if stride is None else pair("stride", stride, 1)
    borders = _border("padding", padding, image.shape)
    for border, part in zip(borders, sizes, strict=True):
        if 2 * border > part:
            raise ValueError(
                f"padding is {border}, but it must be at most half of size {part}: a window "
                "would lie in the padding alone."
            )
    for axis in zip(("height", "width"), image.shape[-2:], sizes, steps, borders, strict=True):
        _axis_size(*axis, name="size")
    widths = [(0, 0)] * (image.ndim - 2) + [(border, border) for border in borders]
    padded = np.pad(image, widths, constant_values=fill)
    found = np.lib.stride_tricks.sliding_window_view(padded, sizes, axis=(-2, -1))
    return found[..., :: steps[0], :: steps[1], :, :]


def _whole(*arrays):
    return all(array.dtype.kind in "iu" for array in arrays)


def _axis_size(axis, *numbers, name="kernel"):
    """The output size along an axis; `name` is what the caller's argument is called."""
    try:
        return output_size(*numbers)
    except ValueError as error:
        words = str(error).replace("kernel", name, 1)
        raise ValueError(f"along the {axis}: {words}") from None


def convolve2d(image, kernel, stride=1, padding=0, dilation=1):
    """Convolve an image: :func:`cross_correlate2d` with the kernel turned by 180 degrees.

    Parameters
    ----------
    image, kernel, stride, padding, dilation
        As in :func:`cross_correlate2d`.

    Returns
    -------
    numpy.ndarray, shape (OH, OW)

    Raises
    ------
    ValueError
        As in :func:`cross_correlate2d`.

    References
    ----------
    Goodfellow, Bengio and Courville, 2016, equation 9.4.

    Examples
    --------
    >>> convolve2d([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, -1]])
    array([[4, 4]])
    """
    flipped = as_numbers("kernel", kernel, 2)[::-1, ::-1]
    return cross_correlate2d(image, flipped, stride, padding, dilation)
