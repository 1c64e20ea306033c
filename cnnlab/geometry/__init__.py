"""Sizes and positions of windows, and what layers cost, in whole numbers.

Every size in the course comes from here: the operations, the explorers, the
checks and the tables all call :func:`output_size`, so the formula exists once.
The same holds for the counts of parameters and of multiply-accumulates.
Only whole numbers occur; NumPy is not needed.
"""

from cnnlab.geometry.counts import (
    Count,
    convolution_macs,
    convolution_parameters,
    dense_macs,
    dense_parameters,
    separable_macs,
    separable_parameters,
    transposed_macs,
)
from cnnlab.geometry.fields import (
    Field,
    Window,
    paths,
    receptive_field,
)
from cnnlab.geometry.positions import (
    coverage,
    effective_kernel,
    output_size,
    stamps,
    transposed_output_size,
    windows,
)

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
    "separable_macs",
    "separable_parameters",
    "stamps",
    "transposed_macs",
    "transposed_output_size",
    "windows",
]
