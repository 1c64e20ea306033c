"""Images, kernels and digits that come with the course; nothing is downloaded unasked."""

from cnnlab.data.examples import (
    CURVE_FIELD,
    CURVE_FILTER,
    EXAMPLE_IMAGE,
    EXAMPLE_KERNEL,
    NO_CURVE_FIELD,
    SPACESHIP_KERNEL,
    SPACESHIP_POSITIONS,
)
from cnnlab.data.images import SAMPLE_IMAGES, load_image, sample_image, to_color, to_gray
from cnnlab.data.kernels import HANDOUT_KERNELS, KERNELS
from cnnlab.data.mnist import load_mnist
from cnnlab.data.scattered import Scattered, scattered_digits

__all__ = [
    "CURVE_FIELD",
    "CURVE_FILTER",
    "EXAMPLE_IMAGE",
    "EXAMPLE_KERNEL",
    "HANDOUT_KERNELS",
    "KERNELS",
    "NO_CURVE_FIELD",
    "SAMPLE_IMAGES",
    "SPACESHIP_KERNEL",
    "SPACESHIP_POSITIONS",
    "Scattered",
    "load_image",
    "load_mnist",
    "sample_image",
    "scattered_digits",
    "to_color",
    "to_gray",
]
