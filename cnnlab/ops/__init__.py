"""Convolution, cross-correlation and padding on NumPy arrays.

A deep-learning "convolution" is a cross-correlation (교차상관): the kernel
slides over the image as it is. A true convolution (합성곱) turns the kernel by
180 degrees first. Both are here, under their own names.
"""

from cnnlab.ops.arrays import as_numbers
from cnnlab.ops.correlation import convolve1d, convolve2d, cross_correlate1d, cross_correlate2d
from cnnlab.ops.matrix import col2im, conv2d, im2col
from cnnlab.ops.padding import pad1d, pad2d, shift2d
from cnnlab.ops.pooling import avg_pool2d, max_pool2d
from cnnlab.ops.variants import (
    bilinear_kernel,
    conv_transpose2d,
    pixel_shuffle,
    tiled_conv2d,
    unshared_conv2d,
)

__all__ = [
    "as_numbers",
    "avg_pool2d",
    "bilinear_kernel",
    "col2im",
    "conv2d",
    "conv_transpose2d",
    "convolve1d",
    "convolve2d",
    "cross_correlate1d",
    "cross_correlate2d",
    "im2col",
    "max_pool2d",
    "pad1d",
    "pad2d",
    "pixel_shuffle",
    "shift2d",
    "tiled_conv2d",
    "unshared_conv2d",
]
