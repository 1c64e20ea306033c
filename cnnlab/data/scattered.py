"""Pictures of several digits, with a class for each pixel and a box for each digit."""

from typing import NamedTuple

import numpy as np

from cnnlab.arguments import integer, number
from cnnlab.data.mnist import load_mnist

__all__ = ["CANVAS", "Scattered", "scattered_digits"]

CANVAS = 64  # rows and columns of a picture
SMALLEST, LARGEST = 16, 28  # pixels of a digit's square, before its border is cut off
INK = 0.3  # brightness from which a pixel belongs to the digit
APART = 2  # pixels between two digits at least
TRIES = 60  # places that are tried for a digit before it is left out
MOST = 10_000  # pictures at once: 0.5 GB


class Scattered(NamedTuple):
    """Pictures and what is in them; the three lists run together.

    Attributes
    ----------
    images : numpy.ndarray, shape (N, 1, 64, 64), float32 in [0, 1]
    masks : numpy.ndarray, shape (N, 64, 64), int64
        0 for the background, 1 + its digit for each pixel of a digit.
    boxes : list of numpy.ndarray, shape (digits, 4)
        (x1, y1, x2, y2) around each digit of a picture, in pixels.
    labels : list of numpy.ndarray, shape (digits,), int64

    Examples
    --------
    >>> scattered_digits(3).images.shape
    (3, 1, 64, 64)
    """

    images: np.ndarray
    masks: np.ndarray
    boxes: list
    labels: list


def scattered_digits(count, seed=0, most=4, noise=0.1, test=False):
    """Scatter digits of the bundled MNIST over black pictures of 64 x 64.

    Each picture has one to `most` digits of 16 to 28 pixels that do not touch.

    Parameters
    ----------
    count : int
        Pictures.
    seed : int
        The same seed gives the same pictures.
    most : int
        Digits in a picture at most, 1 to 6; where no room is left there are fewer.
    noise : float
        Most brightness that speckles add to a pixel, 0 to 1.
    test : bool
        Digits from the 1,000 that are for testing; otherwise from the 4,000 for training.

    Returns
    -------
    Scattered

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> pictures = scattered_digits(2, seed=1)
    >>> pictures.labels[0].tolist(), pictures.boxes[0].tolist()
    ([0, 1], [[1.0, 45.0, 20.0, 62.0], [44.0, 14.0, 58.0, 32.0]])
    >>> sorted(set(pictures.masks[0].ravel().tolist()))
    [0, 1, 2]
    """
    count = integer("count", count, 1, MOST)
    random = np.random.default_rng(integer("seed", seed, 0))
    most = integer("most", most, 1, 6)
    noise = number("noise", noise, minimum=0, maximum=1)
    digits, kinds = load_mnist(normalize=False, flatten=False)[bool(test)]
    images = np.zeros((count, 1, CANVAS, CANVAS), dtype=np.float32)
    masks = np.zeros((count, CANVAS, CANVAS), dtype=np.int64)
    boxes, labels = [], []
    for image, mask in zip(images[:, 0], masks, strict=True):
        found, names = [], []
        for _ in range(random.integers(1, most + 1)):
            which = random.integers(len(digits))
            digit = _resized(digits[which, 0], int(random.integers(SMALLEST, LARGEST + 1)))
            corner = _free_place(random, digit.shape, found)
            if corner is None:
                continue
            (row, column), (height, width) = corner, digit.shape
            block = slice(row, row + height), slice(column, column + width)
            image[block] = digit
            mask[block][digit > INK] = 1 + kinds[which]
            found.append((column, row, column + width, row + height))
            names.append(kinds[which])
        boxes.append(np.array(found, dtype=float).reshape(-1, 4))
        labels.append(np.array(names, dtype=np.int64))
    images += noise * random.random(images.shape, dtype=np.float32)
    return Scattered(np.minimum(images, 1), masks, boxes, labels)


def _resized(digit, side):
    """A digit of `side` pixels, cut to what is bright: its box is tight."""
    from PIL import Image  # importing cnnlab must not load it

    small = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BILINEAR))
    small = small.astype(np.float32) / 255
    rows, columns = (np.flatnonzero((small > INK).any(axis=axis)) for axis in (1, 0))
    return small[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _free_place(random, shape, boxes):
    """(row, column) where a digit of this shape touches no box, or None."""
    height, width = shape
    for _ in range(TRIES):
        row, column = (int(random.integers(CANVAS - size + 1)) for size in shape)
        right, bottom = column + width + APART, row + height + APART
        if all(
            column - APART >= x2 or right <= x1 or row - APART >= y2 or bottom <= y1
            for x1, y1, x2, y2 in boxes
        ):
            return row, column
    return None
