"""The one look: colours of the roles and colour maps, in light and in dark.

The roles start from Okabe and Ito's palette, which colour-blind readers can
tell apart ("Color Universal Design", 2008); on white the orange and the green
of text are darker, so that small letters stay readable. The signed map is a
purple to orange one with the theme's own background at 0.
"""

import numpy as np

from cnnlab.scene.vocabulary import HUE

__all__ = ["LOOK", "color_of", "ink_of", "map_colors"]

LOOK = {
    "light": {
        "background": "#ffffff",
        "text": "#1f2328",
        "quiet": "#5f6873",
        "line": "#cfd5dc",
        "roles": {
            "input": "#0072b2",
            "kernel": "#9a5f00",
            "output": "#00795a",
            "window": "#c94f00",
            "padding": "#6e7781",
            "unvisited": "#6e7781",
            "plain": "#1f2328",
        },
        "hues": [
            [0, 114, 178],
            [0, 140, 140],
            [0, 128, 70],
            [110, 128, 0],
            [176, 120, 0],
            [201, 79, 0],
            [190, 40, 60],
            [176, 40, 128],
            [122, 70, 190],
            [60, 84, 200],
        ],
        "maps": {
            "gray": [[0, 0, 0], [255, 255, 255]],
            "diverging": [[84, 39, 136], [250, 250, 250], [179, 88, 6]],
            "heat": [[250, 250, 250], [86, 180, 233], [0, 84, 132]],
            # The background, then ten classes: neighbours differ in brightness too.
            "classes": [
                [244, 246, 248],
                [0, 114, 178],
                [230, 159, 0],
                [0, 121, 90],
                [204, 96, 150],
                [90, 60, 150],
                [120, 190, 60],
                [190, 40, 40],
                [60, 170, 200],
                [120, 90, 50],
                [30, 30, 30],
            ],
        },
    },
    "dark": {
        "background": "#111111",
        "text": "#e6e8eb",
        "quiet": "#a3abb5",
        "line": "#4a5058",
        "roles": {
            "input": "#62bdf0",
            "kernel": "#f0b03c",
            "output": "#35cfa3",
            "window": "#ff8b4a",
            "padding": "#9aa2ac",
            "unvisited": "#9aa2ac",
            "plain": "#e6e8eb",
        },
        "hues": [
            [98, 189, 240],
            [64, 210, 210],
            [60, 208, 140],
            [170, 208, 70],
            [235, 196, 70],
            [255, 150, 80],
            [255, 125, 125],
            [240, 120, 195],
            [196, 150, 255],
            [140, 160, 255],
        ],
        "maps": {
            "gray": [[0, 0, 0], [255, 255, 255]],
            "diverging": [[178, 152, 230], [30, 30, 30], [245, 165, 85]],
            "heat": [[30, 30, 30], [0, 96, 148], [130, 205, 245]],
            "classes": [
                [30, 30, 30],
                [60, 150, 215],
                [240, 176, 60],
                [40, 190, 140],
                [235, 140, 190],
                [160, 130, 230],
                [160, 220, 100],
                [235, 90, 90],
                [110, 210, 235],
                [190, 150, 100],
                [240, 240, 240],
            ],
        },
    },
}


def color_of(role, theme="light"):
    """The colour of a role, as "#rrggbb"."""
    return LOOK[theme]["roles"][role]


def ink_of(ink, theme="light"):
    """The colour of what is drawn, as "#rrggbb".

    Parameters
    ----------
    ink : str
        A role; "text", "quiet", "line" or "background"; or "hue 0.25", a place on the
        circle of hues.
    theme : {"light", "dark"}

    Returns
    -------
    str

    Examples
    --------
    >>> ink_of("text"), ink_of("input"), ink_of("hue 0.05")
    ('#1f2328', '#0072b2', '#007f9f')
    """
    look = LOOK[theme]
    if not ink.startswith(HUE):
        return look[ink] if ink in look else look["roles"][ink]
    hues = np.array(look["hues"], dtype=float)
    below, share = divmod(float(ink.removeprefix(HUE)) * len(hues), 1)
    one, other = hues[int(below) % len(hues)], hues[int(below + 1) % len(hues)]
    return "#" + "".join(f"{int(part + 0.5):02x}" for part in one + (other - one) * share)


def map_colors(values, colors, limits, theme="light"):
    """Colours of numbers.

    Parameters
    ----------
    values : numpy.ndarray, shape (H, W) or (H, W, 3)
        An array with three colour channels is shown as it is.
    colors : {"gray", "diverging", "heat", "classes"}
    limits : (float, float)
        Numbers at the two ends of the map; numbers beyond them are clipped.
    theme : {"light", "dark"}

    Returns
    -------
    numpy.ndarray, shape (H, W, 3), uint8

    Examples
    --------
    >>> map_colors(np.array([[0.0, 1.0]]), "gray", (0, 1)).tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    low, high = limits
    share = np.clip((np.asarray(values, dtype=float) - low) / (high - low), 0, 1)
    if share.ndim == 3:
        return np.uint8(np.round(share * 255))
    stops = np.array(LOOK[theme]["maps"][colors], dtype=float)
    at = np.linspace(0, 1, len(stops))
    return np.uint8(np.round(np.stack([np.interp(share, at, part) for part in stops.T], axis=-1)))
