"""The worked examples of the lecture handouts, as read-only arrays."""

import numpy as np


def _constant(values):
    array = np.array(values)
    array.flags.writeable = False  # shared by every lesson of a session
    return array


# Handout S1, the step-by-step example. Cross-correlation gives
# [[6, 9, 11], [10, 4, 4], [7, 7, 4]], convolution [[8, 6, 7], [7, 6, 5], [5, 7, 5]].
EXAMPLE_IMAGE = _constant(
    [[1, 2, 3, 4, 5], [2, 1, 0, 1, 2], [3, 0, 1, 1, 0], [1, 4, 1, 1, 2], [2, 1, 1, 0, 0]]
)
EXAMPLE_KERNEL = _constant([[1, 0, 1], [1, 0, 1], [0, 1, 0]])

# Handout S1, the spaceship seen by a laser sensor. The handout gives the formula
# only; these readings are the course's own: a steady flight, read with some noise.
SPACESHIP_POSITIONS = _constant([1, 3, 2, 5, 4, 7, 5, 8, 8, 10, 9, 12])
SPACESHIP_KERNEL = _constant([0.5, 0.3, 0.2])  # w(0) weighs the newest reading

# Handout S1, the curve detector: the matching field gives 6600, the other 0.
CURVE_FIELD = _constant(
    [
        [0, 0, 0, 0, 0, 0, 30],
        [0, 0, 0, 0, 50, 50, 50],
        [0, 0, 0, 20, 50, 0, 0],
        [0, 0, 0, 50, 50, 0, 0],
        [0, 0, 0, 50, 50, 0, 0],
        [0, 0, 0, 50, 50, 0, 0],
        [0, 0, 0, 50, 50, 0, 0],
    ]
)
CURVE_FILTER = _constant(
    [
        [0, 0, 0, 0, 0, 30, 0],
        [0, 0, 0, 0, 30, 0, 0],
        [0, 0, 0, 30, 0, 0, 0],
        [0, 0, 0, 30, 0, 0, 0],
        [0, 0, 0, 30, 0, 0, 0],
        [0, 0, 0, 30, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ]
)
# Handout S2 prints the numbers of the field that does not match.
NO_CURVE_FIELD = _constant(
    [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 40, 0, 0, 0, 0, 0],
        [40, 0, 40, 0, 0, 0, 0],
        [40, 20, 0, 0, 0, 0, 0],
        [0, 50, 0, 0, 0, 0, 0],
        [0, 0, 50, 0, 0, 0, 0],
        [25, 25, 0, 50, 0, 0, 0],
    ]
)
