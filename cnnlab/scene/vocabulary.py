"""The words that a scene may use, and the constants that both renderers need.

They travel to the browser as data (:func:`cnnlab.draw.modules.source_of`), so that each
is written once.
"""

from cnnlab.arguments import one_of

__all__ = [
    "AROUND",
    "COLORS",
    "DARK",
    "HUE",
    "HUGE",
    "LINED",
    "LINKS",
    "MOST_TERMS",
    "ROLES",
    "ROOMY",
    "SMALLEST",
    "STYLES",
    "Declared",
    "role_of",
]

ROLES = ("input", "kernel", "output", "window", "padding", "unvisited", "plain")
COLORS = ("none", "gray", "diverging", "heat", "classes")
STYLES = ("line", "stem")

HUE = "hue "  # begins an ink that is a place on the circle of hues
MOST_TERMS = 12  # of a sum that is written out
HUGE = 1e15  # from here on numbers are written with an exponent
SMALLEST = 14  # pixels across an outline: a few tiny pixels must be seen in it
AROUND = 3  # pixels between a node and its outline
LINED = 8  # pixels of a grid's cell, from which on lines stand between cells
ROOMY = 42  # pixels of a grid's cell, in which a weight has room beside the number
DARK = 118  # brightness of a cell, of 255, below which its number is white

# How the numbers of a link's cells are written, and what they give together. "pairs":
# numbers and weights by turns, to be multiplied. "{count}" is the number of terms.
LINKS = {
    "dot": {"gives": "sum", "pairs": True, "before": "", "between": " + ", "after": ""},
    "sum": {"gives": "sum", "pairs": False, "before": "", "between": " + ", "after": ""},
    "mean": {"gives": "mean", "pairs": False, "before": "(", "between": " + ",
             "after": ") / {count}"},
    "max": {"gives": "max", "pairs": False, "before": "max(", "between": ", ", "after": ")"},
    "min": {"gives": "min", "pairs": False, "before": "min(", "between": ", ", "after": ")"},
    "median": {"gives": "median", "pairs": False, "before": "median(", "between": ", ",
               "after": ")"},
    "copy": {"gives": "same", "pairs": False, "before": "", "between": "", "after": ""},
    "field": {"gives": "sight", "pairs": False, "before": "", "between": "", "after": ""},
}  # fmt: skip


def role_of(name, value):
    """Return a role, or say which there are.

    Examples
    --------
    >>> role_of("role", "hero")
    Traceback (most recent call last):
    ValueError: role is 'hero', but it must be one of input, kernel, output, window, padding, \
unvisited, plain.
    """
    return one_of(name, value, ROLES)


class Declared:
    """Base of the frozen parts of a scene: what was given is replaced by what was read of it."""

    def _set(self, name, value):
        object.__setattr__(self, name, value)
