"""One residual block in numbers, and the gradient on its way through many."""

import numpy as np

from cnnlab.scene import Cell, Column, Grid, Link, Row, Scene, Series, Span
from cnnlab.widgets.controls import Choice, Held, Slider, Switch, numbers
from cnnlab.widgets.explorer import Explorer

__all__ = ["ResidualLab"]

OWN = "your own (click a number)"
READY = {
    "a few weights": [[0.5, -1, 0], [0, 0.5, 1], [-0.5, 0, 1]],
    "W = 0": np.zeros((3, 3)),
    "W = identity": np.eye(3),
}
UNITS = 64
LOWEST, HIGHEST = -12, 12  # decades of the gradients' axis


class ResidualLab(Explorer):
    """A residual block h' = relu(W h) + h, and stacks of such layers.

    Above, one block with three units: every number can be changed. Below, how large
    the gradient of the last layer's mean is at each layer of a stack of random
    layers with 64 units, without and with skips.

    Parameters
    ----------
    weights : str, optional
        Ready weights of the block, or those held in `W`.
    skip : bool, optional
        Whether h is added.
    depth : int, optional
        Layers of the stack.
    scale : float, optional
        Standard deviation of its weights, in units of sqrt(2 / 64).
    W : array_like, shape (3, 3), optional
    h : array_like, shape (3, 1), optional

    Raises
    ------
    ValueError
        If a setting is out of its range.

    References
    ----------
    He, Zhang, Ren and Sun, 2015, arXiv:1512.03385; the form of the block is that of
    handout S4.

    Examples
    --------
    >>> scene = ResidualLab(weights="W = 0").current
    >>> np.array_equal(scene.panels["out"].values, scene.panels["h"].values)
    True
    """

    weights = Choice((*READY, OWN), label="weights")
    skip = Switch(True, "add h")
    depth = Slider(2, 50, 30, "layers", width=240)
    scale = Slider(0.1, 2.0, 0.3, "scale of the weights", step=0.1, width=330)
    W = Held(
        READY["a few weights"], read=numbers(2, shape=(3, 3)), choice="weights", own=OWN,
        ready=lambda name: np.array(READY[name], dtype=float),
    )  # fmt: skip
    h = Held(((2.0,), (1.0,), (3.0,)), read=numbers(2, shape=(3, 1)))
    control_rows = (("weights", "skip"), ("depth", "scale"))

    @staticmethod
    def scene(weights, skip, depth, scale, W, h):  # noqa: N803 - W is the field's name
        """The block above, the stacks below; see the class."""
        matrix, given = W, h
        product = matrix @ given
        branch = np.maximum(product, 0)
        out = branch + given if skip else branch
        zero = np.zeros_like(given)
        size = {"width": 50, "height": 132}
        column = {"step": (1, 0), "count": (1, 1)}
        block = Row(
            Grid(name="W", values=matrix, title="W", role="kernel", editable=True,
                 width=132, height=132),
            "·",
            Grid(name="h", values=given, title="h", role="input", editable=True, **size),
            "=",
            Grid(name="product", values=product, title="W h", **size),
            "→",
            Grid(name="branch", values=branch, title="relu(W h)", role="window",
                 width=76, height=132),
            "+",
            Grid(name="added", values=given if skip else zero, title="h" if skip else "nothing",
                 role="input" if skip else "unvisited", **size),
            "=",
            Grid(name="out", values=out, title="h'", role="output", **size),
        )  # fmt: skip
        plain, residual = (gradients(depth, scale, with_skip) for with_skip in (False, True))
        return Scene(
            "The gradient has a way around every layer",
            Column(block, Row(_curve("plain", "without skips", plain),
                              _curve("residual", "with skips", residual))),
            links=(
                Link("product", (Span("W", step=(1, 0), count=(1, 3)),
                                 Span("h", step=(0, 0), count=(3, 1)))),
                Link("out", (Span("branch", **column), Span("added", **column)), how="sum"),
            ),
            focus=Cell("out", 0, 0),
            note=f"{_said(matrix, given, out, skip)} From the last of {depth} layers to the first, "
            f"the gradient gets {_power(plain[0])} without skips, {_power(residual[0])} with.",
        )  # fmt: skip


def gradients(depth, scale, skip):
    """Sizes of the gradient at the input of each layer, relative to the last output.

    The layers are relu(W h), plus h with `skip`; the weights are random and the same
    for both kinds.

    Parameters
    ----------
    depth : int
    scale : float
        Standard deviation of the weights, in units of sqrt(2 / 64).
    skip : bool

    Returns
    -------
    numpy.ndarray, shape (depth,)
        Norms; 0 where nothing comes back.

    Examples
    --------
    >>> bool(gradients(20, 0.5, skip=False)[0] < 1e-5 < gradients(20, 0.5, skip=True)[0])
    True
    """
    random = np.random.default_rng(0)
    matrices = random.normal(0, scale * np.sqrt(2 / UNITS), (depth, UNITS, UNITS))
    signal, open_units = random.normal(size=UNITS), []
    for matrix in matrices:
        product = matrix @ signal
        open_units.append(product > 0)
        signal = np.maximum(product, 0) + (signal if skip else 0)
    back, sizes = np.full(UNITS, 1 / np.sqrt(UNITS)), []
    for matrix, passing in zip(matrices[::-1], open_units[::-1], strict=True):
        back = matrix.T @ (back * passing) + (back if skip else 0)
        sizes.append(np.linalg.norm(back))
    return np.array(sizes[::-1])


def _curve(name, title, sizes):
    """Powers of ten, by layer."""
    with np.errstate(divide="ignore"):
        powers = np.log10(sizes)
    noted = "gray line: as in the last"
    if powers.min() < LOWEST:
        noted = f"it goes on below 10^{LOWEST}"
    elif powers.max() > HIGHEST:
        noted = f"it goes on above 10^{HIGHEST}"
    powers = np.clip(powers, LOWEST, HIGHEST)
    return Series(
        name=name, title=f"gradient {title}, power of ten", values=powers, first=1,
        axis=(1, 50), limits=(LOWEST, HIGHEST), width=330, height=150,
        role="kernel" if name == "plain" else "output",
        caption=f"from layer 1 to {len(sizes)}; {noted}",
    )  # fmt: skip


def _power(size):
    if size == 0:
        return "0"
    if 0.01 <= size < 1000:
        return f"{size:.3g} times as large"
    return f"10^{np.log10(size):.0f} times as large"


def _said(matrix, given, out, skip):
    zero, identity = not matrix.any(), np.array_equal(matrix, np.eye(3))
    if skip and zero:
        return "W = 0: the block gives back whatever it gets."
    if skip and identity and (given > 0).any():
        return "W = I is no identity here: relu(h) + h is 2h where h is above 0."
    if skip and not (matrix @ given > 0).any():
        return "No number of W h is above 0: the branch gives 0, and h comes out as it was."
    if not skip and zero:
        return "W = 0 without the skip: nothing comes through."
    if not skip and identity:
        return "Without the skip W = I gives back h, where it is not below 0."
    return "The block adds to what it got." if skip else "Without the skip h itself is lost."
