"""What the functions that make networks share."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from cnnlab.arguments import integer

__all__ = ["FILES", "class_count", "named", "store_weights", "stored_weights", "with_weights"]

FILES = Path(__file__).parent / "files"

MOST_CLASSES = 1_000_000  # beyond that the last layer needs more memory than there is


def class_count(classes):
    """Return a number of classes, or say what is wrong with it.

    Parameters
    ----------
    classes : int

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is no whole number from 1 to a million.

    Examples
    --------
    >>> class_count(0)
    Traceback (most recent call last):
    ValueError: classes is 0, but it must be at least 1.
    """
    return integer("classes", classes, 1, MOST_CLASSES)


def named(make, depth):
    """A function like `make` for one depth, with a name and a docstring of its own.

    Parameters
    ----------
    make : callable
        ``make(depth, ...)``; its name begins with an underscore, its docstring speaks
        of `depth`.
    depth : int

    Returns
    -------
    callable

    Examples
    --------
    >>> def _net(depth, classes=10):
    ...     "A network with `depth` layers."
    >>> named(_net, 18).__name__, named(_net, 18).__doc__
    ('net18', 'A network with 18 layers.')
    """
    one = partial(make, depth)
    one.__doc__ = make.__doc__.replace("`depth`", str(depth))
    one.__name__ = f"{make.__name__.removeprefix('_')}{depth}"
    return one


def stored_weights(name):
    """The weights that come with the course, as a state dict.

    Parameters
    ----------
    name : str
        "lenet5", "segmenter" or "detector".

    Returns
    -------
    dict of str to torch.Tensor

    Examples
    --------
    >>> stored_weights("lenet5")["conv1.weight"].shape
    torch.Size([6, 1, 5, 5])
    """
    with np.load(FILES / f"{name}.npz") as stored:
        return {part: torch.from_numpy(stored[part].astype(np.float32)) for part in stored}


def with_weights(model, name):
    """The model with the weights that come with the course, in test mode."""
    model.load_state_dict(stored_weights(name))
    return model.eval()


def store_weights(name, model):
    """Write a model's weights beside the others, as 16-bit floats."""
    state = {part: values.numpy().astype(np.float16) for part, values in model.state_dict().items()}
    FILES.mkdir(exist_ok=True)
    np.savez_compressed(FILES / f"{name}.npz", **state)
