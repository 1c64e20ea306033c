"""MNIST: 5,000 digits that come with the course, or all 70,000 on request."""

from importlib.resources import files

import numpy as np

__all__ = ["load_mnist"]

FULL_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
FULL_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
SMALL_TRAIN = 4000


def load_mnist(normalize=True, flatten=True, one_hot_label=False, full=False):
    """Load handwritten digits for training and for testing.

    Parameters
    ----------
    normalize : bool
        Brightness as float32 in [0, 1]; otherwise uint8 in 0 to 255.
    flatten : bool
        Each digit as 784 numbers; otherwise as (1, 28, 28).
    one_hot_label : bool
        Each label as ten numbers, one of them 1; otherwise as one integer.
    full : bool
        The whole data set (60,000 and 10,000 digits, 11 MB), fetched once and
        kept; otherwise the 4,000 and 1,000 digits that come with the course, with
        as many of each class.

    Returns
    -------
    (x_train, t_train), (x_test, t_test) : tuples of numpy.ndarray
        Images of shape (N, 784) or (N, 1, 28, 28), labels (N,) or (N, 10).

    Raises
    ------
    ValueError
        If `full` is asked for, the digits are not on this machine yet and they
        cannot be fetched.

    References
    ----------
    LeCun, Cortes and Burges, the MNIST database. The signature is that of
    "Deep Learning from Scratch" (handout S2, which prints it without its colon
    and with four results instead of two pairs).

    Examples
    --------
    >>> (x_train, t_train), (x_test, t_test) = load_mnist(flatten=False)
    >>> x_train.shape, x_test.shape
    ((4000, 1, 28, 28), (1000, 1, 28, 28))
    """
    parts = _load_full() if full else _load_small()
    result = []
    for images, labels in parts:
        x = images.reshape(len(images), -1) if flatten else images.reshape(-1, 1, 28, 28)
        x = np.divide(x, 255, dtype=np.float32) if normalize else x
        t = np.eye(10, dtype=np.uint8)[labels] if one_hot_label else labels.astype(np.int64)
        result.append((x, t))
    return tuple(result)


def _load_small():
    with (files("cnnlab.data") / "files" / "mnist_5000.npz").open("rb") as file:
        arrays = np.load(file)
        images, labels = arrays["images"], arrays["labels"]
    cut = SMALL_TRAIN
    return (images[:cut], labels[:cut]), (images[cut:], labels[cut:])


def _load_full():
    import pooch

    folder = pooch.os_cache("cnnlab")
    try:
        path = pooch.retrieve(
            FULL_URL, known_hash=f"sha256:{FULL_SHA256}", path=folder, fname="mnist.npz",
            progressbar=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:  # requests' errors are OSErrors
        reason = "its content is not the known one" if "hash" in str(error) else "no connection"
        raise ValueError(
            f"full is True, but the 60,000 digits could not be fetched ({reason}). Offline, use "
            f"full=False: the 5,000 digits of the course. Or copy mnist.npz from a machine that "
            f"has it into {folder}."
        ) from None
    with np.load(path) as arrays:
        return (
            (arrays["x_train"], arrays["y_train"]),
            (arrays["x_test"], arrays["y_test"]),
        )
