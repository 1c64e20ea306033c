"""Other convolutions: transposed, unshared and tiled; and two ways to a larger map."""

import numpy as np

from cnnlab.arguments import integer, pair
from cnnlab.geometry import transposed_output_size
from cnnlab.ops.arrays import MOST_NUMBERS, as_numbers

__all__ = ["bilinear_kernel", "conv_transpose2d", "pixel_shuffle", "tiled_conv2d",
           "unshared_conv2d"]  # fmt: skip


def conv_transpose2d(
    x, weight, bias=None, stride=1, padding=0, output_padding=0, dilation=1, groups=1
):
    """The transpose of a convolution: each input number stamps the kernel, and stamps add up.

    It gives back the *shape* that a convolution of these settings came from, not its
    numbers: it is no inverse.

    Parameters
    ----------
    x : array_like, shape (N, C, H, W)
    weight : array_like, shape (C, F / groups, KH, KW)
        As torch keeps it: the channels of the input come first.
    bias : array_like, shape (F,), optional
    stride : int or (int, int)
        Places between two neighbouring stamps.
    padding : int or (int, int)
        Rows and columns cut off on each side of what was stamped.
    output_padding : int or (int, int)
        Rows and columns added at the bottom and at the right only.
    dilation : int or (int, int)
        Distance between two entries of a stamp.
    groups : int
        Channels and filters are dealt out to so many groups.

    Returns
    -------
    numpy.ndarray, shape (N, F, OH, OW)
        OH and OW as :func:`cnnlab.geometry.transposed_output_size` says.

    Raises
    ------
    ValueError
        If the shapes do not go together or an argument is out of its range.

    References
    ----------
    Dumoulin and Visin, 2016, arXiv:1603.07285, section 4.

    Examples
    --------
    >>> conv_transpose2d([[[[1, 2]]]], [[[[1, 1, 1]]]], stride=2)
    array([[[[1, 1, 3, 2, 2]]]])
    """
    x, weight = as_numbers("x", x, 4), as_numbers("weight", weight, 4)
    groups = integer("groups", groups, 1)
    count, channels, *size = x.shape
    if weight.shape[0] != channels or channels % groups:
        raise ValueError(
            f"x has shape {x.shape} and weight {weight.shape}, but with groups {groups} weight "
            f"must be ({channels}, F / {groups}, KH, KW), with {channels} divisible by {groups}."
        )
    filters, kernel = weight.shape[1] * groups, weight.shape[2:]
    steps, gaps = pair("stride", stride, 1), pair("dilation", dilation, 1)
    cut, more = pair("padding", padding, 0), pair("output_padding", output_padding, 0)
    axes = list(zip(size, kernel, steps, cut, more, gaps, strict=True))
    out = [transposed_output_size(*axis) for axis in axes]
    stamped = [o + 2 * edge for o, edge in zip(out, cut, strict=True)]
    if count * filters * stamped[0] * stamped[1] > MOST_NUMBERS:
        raise ValueError(
            f"stride is {stride} and dilation {dilation}, which makes more than "
            f"{MOST_NUMBERS:,} numbers."
        )
    dtype = np.result_type(x, weight, np.int64 if x.dtype.kind in "iu" else np.float32)
    result = np.zeros((count, groups, filters // groups, *stamped), dtype=dtype)
    x = x.reshape(count, groups, channels // groups, *size)
    weight = weight.reshape(groups, channels // groups, -1, *kernel)
    for m, n in np.ndindex(*kernel):
        top, left = m * gaps[0], n * gaps[1]
        rows = slice(top, top + steps[0] * (size[0] - 1) + 1, steps[0])
        columns = slice(left, left + steps[1] * (size[1] - 1) + 1, steps[1])
        result[..., rows, columns] += np.einsum("ngchw,gcf->ngfhw", x, weight[..., m, n])
    result = result.reshape(count, filters, *stamped)
    result = result[:, :, cut[0] : cut[0] + out[0], cut[1] : cut[1] + out[1]]
    if bias is not None:
        result = result + as_numbers("bias", bias, 1, (filters,))[:, None, None]
    return result


def unshared_conv2d(x, weight):
    """A convolution without sharing: each place of the output has weights of its own.

    ``out[f, i, j] = sum over c, m, n of x[c, i + m, j + n] * weight[f, i, j, c, m, n]``

    Parameters
    ----------
    x : array_like, shape (C, H, W)
    weight : array_like, shape (F, OH, OW, C, KH, KW)
        The handout's six-dimensional w; OH = H - KH + 1, OW = W - KW + 1.

    Returns
    -------
    numpy.ndarray, shape (F, OH, OW)

    Raises
    ------
    ValueError
        If the shapes do not go together.

    References
    ----------
    Goodfellow, Bengio and Courville, 2016, equation 9.9; handout S1, section 5.

    Examples
    --------
    >>> x = np.array([[[1, 2, 3]]])
    >>> weight = np.array([[1, 0], [0, 10]]).reshape(1, 1, 2, 1, 1, 2)
    >>> unshared_conv2d(x, weight)
    array([[[ 1, 30]]])
    """
    x, weight = as_numbers("x", x, 3), as_numbers("weight", weight, 6)
    rows, columns, channels, height, width = weight.shape[1:]
    expected = (channels, rows + height - 1, columns + width - 1)
    if x.shape != expected:
        raise ValueError(
            f"x has shape {x.shape}, but for weight of shape {weight.shape} it must be {expected}."
        )
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(1, 2))
    return np.einsum("cijmn,fijcmn->fij", windows, weight)


def tiled_conv2d(x, weight):
    """Between sharing and not: `t` kernels by turns along each axis.

    ``out[f, i, j] = sum over c, m, n of x[c, i + m, j + n] * weight[f, i % t, j % t, c, m, n]``

    Parameters
    ----------
    x : array_like, shape (C, H, W)
    weight : array_like, shape (F, T, T, C, KH, KW)
        With T = 1 it is a convolution, with T = OH = OW an unshared one.

    Returns
    -------
    numpy.ndarray, shape (F, H - KH + 1, W - KW + 1)

    Raises
    ------
    ValueError
        If the shapes do not go together or the kernel does not fit.

    References
    ----------
    Goodfellow, Bengio and Courville, 2016, equation 9.10; handout S1, section 5, whose
    second index is the channel.

    Examples
    --------
    >>> x = np.array([[[1, 2, 3, 4]]])
    >>> tiled_conv2d(x, np.array([1, 10]).reshape(1, 1, 2, 1, 1, 1).repeat(2, axis=1))
    array([[[ 1, 20,  3, 40]]])
    """
    x, weight = as_numbers("x", x, 3), as_numbers("weight", weight, 6)
    _, tile, other, _, *kernel = weight.shape
    if tile != other:
        raise ValueError(
            f"weight has shape {weight.shape}, but it must be (F, T, T, C, KH, KW), with as many "
            "kernels along both axes."
        )
    sizes = [length - part + 1 for length, part in zip(x.shape[1:], kernel, strict=True)]
    if min(sizes) < 1:
        raise ValueError(
            f"weight has a kernel of {kernel[0]} x {kernel[1]}, but it must fit into x of shape "
            f"{x.shape}."
        )
    rows, columns = (np.arange(size) % tile for size in sizes)
    return unshared_conv2d(x, weight[:, rows][:, :, columns])


def pixel_shuffle(x, factor):
    """Channels become places: a larger map without a single stamp.

    Parameters
    ----------
    x : array_like, shape (N, C * factor**2, H, W)
    factor : int

    Returns
    -------
    numpy.ndarray, shape (N, C, H * factor, W * factor)
        Place (i, j) of each block of factor x factor comes from channel i * factor + j.

    Raises
    ------
    ValueError
        If the channels cannot be divided so.

    References
    ----------
    Shi and others, 2016, "Real-time single image and video super-resolution using an
    efficient sub-pixel convolutional neural network", arXiv:1609.05158.

    Examples
    --------
    >>> pixel_shuffle(np.arange(4).reshape(1, 4, 1, 1), 2)
    array([[[[0, 1],
             [2, 3]]]])
    """
    x, factor = as_numbers("x", x, 4), integer("factor", factor, 1)
    count, channels, height, width = x.shape
    if channels % factor**2:
        raise ValueError(
            f"factor is {factor}, but {factor**2} must divide the {channels} channels of x, which "
            f"has shape {x.shape}."
        )
    parts = x.reshape(count, -1, factor, factor, height, width)
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(count, -1, height * factor, width * factor)


def bilinear_kernel(size):
    """Weights with which a transposed convolution interpolates between neighbours.

    Parameters
    ----------
    size : int
        Rows and columns; 2 * stride for an even stride.

    Returns
    -------
    numpy.ndarray, shape (size, size)
        The product of a triangle along each axis.

    Raises
    ------
    ValueError
        If `size` is no whole number from 1 to 1000.

    References
    ----------
    Long, Shelhamer and Darrell, 2015, "Fully convolutional networks for semantic
    segmentation", arXiv:1411.4038, section 3.3.

    Examples
    --------
    >>> bilinear_kernel(4)[1]
    array([0.1875, 0.5625, 0.5625, 0.1875])
    """
    size = integer("size", size, 1, 1000)
    factor = (size + 1) // 2
    centre = (size - 1) / 2
    triangle = 1 - np.abs(np.arange(size) - centre) / factor
    return np.outer(triangle, triangle)
