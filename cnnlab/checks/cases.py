"""Cases are drawn, small ones first, so that no wrong answer fits all of them by chance."""

import numpy as np

__all__ = ["Draw", "drawn", "size_of"]

# What arrays are made of: each kind has caught a mistake that the others let through.
KINDS = ("fractions", "integers", "ties", "negative", "floats", "large")


class Draw:
    """The arguments of one case, drawn from a seed.

    Parameters
    ----------
    random : numpy.random.Generator
    number : int
        Which case it is: later ones are larger.
    share : float
        How far along the cases it is, from 0 to 1.

    Examples
    --------
    >>> draw = Draw(np.random.default_rng(0), number=0, share=0)
    >>> draw.count(2, 9), draw.array(2, 3).shape
    (2, (2, 3))
    """

    def __init__(self, random, number, share):
        self.random, self.number, self.share = random, number, share
        self._turn = number  # its remainder says of which kind the next array is

    def count(self, low, high):
        """A whole number from low to high; early cases have small ones."""
        reach = low + round((high - low) * min(1.0, 0.3 + self.share)) if self.share else low
        return int(self.random.integers(low, reach + 1))

    def pick(self, *options):
        """One of the options."""
        return options[int(self.random.integers(len(options)))]

    def pair(self, low, high):
        """Two whole numbers, for rows and for columns."""
        return self.count(low, high), self.count(low, high)

    def array(self, *shape, kinds=KINDS):
        """Numbers of one of the kinds: whole or not, below 0, with ties, large.

        Parameters
        ----------
        *shape : int
        kinds : sequence of str
            Of KINDS; also "unit", numbers between 0 and 1, and "different", no two alike.
        """
        # All kinds of the first array meet all kinds of the second.
        self._turn, kind = divmod(self._turn, len(kinds))
        kind = kinds[kind]
        if kind == "unit":
            return self.random.integers(0, 33, shape) / 32
        if kind == "different":
            size = int(np.prod(shape))
            return (self.random.permutation(2 * size)[:size].reshape(shape) - size) / 4
        whole = self.random.integers(-9, 10, shape)
        return {
            "fractions": (2 * whole + 1) / 4,
            "integers": whole,
            "ties": np.sign(whole).astype(float),
            "negative": -(np.abs(whole) + 1) / 2,
            "floats": whole.astype(float),
            "large": whole * 1000.0,
        }[kind]


def drawn(make, seed, count=36):
    """The cases that a function makes, from small to large.

    Parameters
    ----------
    make : callable
        Takes a :class:`Draw` and gives the arguments of one case.
    seed : int
    count : int

    Returns
    -------
    list of tuple

    Examples
    --------
    >>> len(drawn(lambda draw: (draw.array(draw.count(1, 5)),), seed=1))
    36
    """
    random = np.random.default_rng(seed)
    return [tuple(make(Draw(random, number, number / count))) for number in range(count)]


def size_of(argument):
    """How many numbers an argument has: what is shown shall be small.

    Examples
    --------
    >>> size_of((np.ones((2, 3)), 5))
    7
    """
    if isinstance(argument, (tuple, list)):
        return sum(map(size_of, argument))
    return int(getattr(argument, "size", 1)) if isinstance(argument, np.ndarray) else 1
