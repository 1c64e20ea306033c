"""The check of the page "Start here": small enough to try what a check says."""

import numpy as np

from cnnlab.checks.check import Check
from cnnlab.checks.verdict import Mistake

__all__ = ["brighter"]


def _image_and_step(draw):
    return draw.array(*draw.pair(1, 4), kinds=("unit",)), draw.pick(0.25, 0.5, 0.125)


brighter = Check(
    "brighter",
    lambda image, by: np.minimum(image + by, 1),
    ((np.array([[0.25, 0.5], [0.75, 1.0]]), 0.5),),
    (
        Mistake(
            "Nothing stops at 1.",
            "White is as bright as a pixel can be: np.minimum(..., 1).",
            lambda image, by: image + by,
        ),
        Mistake(
            "What goes beyond white comes out dark again.",
            "It stays at 1.",
            lambda image, by: (image + by) % 1,
        ),
        Mistake(
            "You took the larger of the two where the smaller belongs.",
            "Of a sum above 1 only 1 is kept: the smaller number.",
            lambda image, by: np.maximum(image + by, 1),
        ),
        Mistake(
            "You multiplied.",
            "Each pixel becomes brighter by the same step: add it.",
            lambda image, by: np.minimum(image * (1 + by), 1),
        ),
        Mistake(
            "You made it darker.",
            "Look at the sign.",
            lambda image, by: np.maximum(image - by, 0),
        ),
    ),
    draw=_image_and_step,
)
