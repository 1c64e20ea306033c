"""Functions that make a network of one depth, from one that makes it of any."""

from functools import partial

__all__ = ["named"]


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
