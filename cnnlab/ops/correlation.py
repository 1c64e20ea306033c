"""A kernel slides over a signal or an image: as it is, or turned by 180 degrees."""

import numpy as np

from cnnlab.arguments import integer, pair
from cnnlab.ops.arrays import as_numbers, axis_size, whole
from cnnlab.ops.padding import pad2d

__all__ = ["convolve1d", "convolve2d", "cross_correlate1d", "cross_correlate2d"]


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
    wide = np.result_type(image, kernel, np.int64 if whole(image, kernel) else np.float32)
    heights = zip(("height", "width"), image.shape, kernel.shape, steps, borders, gaps, strict=True)
    out_shape = [axis_size(*axis) for axis in heights]
    padded = pad2d(image, borders).astype(wide)
    result = np.zeros(out_shape, dtype=wide)
    # One shifted view of the image for each entry of the kernel: few and fast.
    for m, n in np.ndindex(kernel.shape):
        top, left = m * gaps[0], n * gaps[1]
        rows = slice(top, top + steps[0] * (out_shape[0] - 1) + 1, steps[0])
        columns = slice(left, left + steps[1] * (out_shape[1] - 1) + 1, steps[1])
        result += padded[rows, columns] * kernel[m, n].astype(wide)
    return result


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
