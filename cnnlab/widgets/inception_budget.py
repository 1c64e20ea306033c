"""What 1 x 1 convolutions save in an inception module."""

import numpy as np

from cnnlab.geometry import convolution_macs
from cnnlab.scene import Bars, Blocks, Cell, Column, Graph, Node, Scene
from cnnlab.widgets.controls import Slider
from cnnlab.widgets.explorer import Explorer

__all__ = ["InceptionBudget"]

SIDE, CHANNELS = 28, 256  # the handout's module
ONE, THREE, FIVE = 128, 192, 96  # filters of its 1 x 1, 3 x 3 and 5 x 5 branches
WIDTH, FLOW = 720, 218


class InceptionBudget(Explorer):
    """Four branches on 28 x 28 x 256, with or without 1 x 1 convolutions that reduce.

    A slider at 0 leaves the reduction out. Point at a bar: the multiply-accumulates
    are written out.

    Parameters
    ----------
    before3, before5 : int, optional
        1 x 1 filters before the 3 x 3 and before the 5 x 5 convolution.
    pooled : int, optional
        1 x 1 filters after the pooling.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    References
    ----------
    Szegedy and others, 2014, arXiv:1409.4842; the sizes are those of handout S1.

    Examples
    --------
    >>> InceptionBudget(before3=64, before5=64, pooled=64).current.note.split(".")[0]
    'In all 271,351,808 multiply-accumulates, 31'
    """

    before3 = Slider(0, 256, 64, "1x1 before 3x3", step=8, width=300)
    before5 = Slider(0, 256, 64, "1x1 before 5x5", step=8, width=300)
    pooled = Slider(0, 256, 64, "1x1 after pooling", step=8, width=300)
    control_rows = (("before3", "before5", "pooled"),)

    @staticmethod
    def scene(before3, before5, pooled):
        """The branches and what each step costs; see the class."""
        steps = [("1x1", convolution_macs(CHANNELS, ONE, 1, SIDE), "output")]
        for kernel, filters, reduced in ((3, THREE, before3), (5, FIVE, before5)):
            first = convolution_macs(CHANNELS, reduced, 1, SIDE) if reduced else 0
            steps.append((f"1x1 before {kernel}x{kernel}", first, "kernel"))
            main = convolution_macs(reduced or CHANNELS, filters, kernel, SIDE)
            steps.append((f"{kernel}x{kernel}", main, "output"))
        after = convolution_macs(CHANNELS, pooled, 1, SIDE) if pooled else 0
        steps.append(("1x1 after pooling", after, "kernel"))
        total = sum(int(macs) for _, macs, _ in steps)
        naive = sum(
            int(convolution_macs(CHANNELS, filters, kernel, SIDE))
            for kernel, filters in ((1, ONE), (3, THREE), (5, FIVE))
        )
        depth = ONE + THREE + FIVE + (pooled or CHANNELS)
        return Scene(
            "Reduce first, then convolve",
            Column(
                _flow(before3, before5, pooled, depth),
                _branches(pooled or CHANNELS, depth),
                _bars(steps),
            ),
            focus=Cell("steps", 4, 0),
            note=f"In all {total:,} multiply-accumulates, {100 * total / naive:.1f} % of the "
            f"{naive:,} without any reduction. {depth} maps come out.",
        )


def _flow(before3, before5, pooled, depth):
    """The four branches as they fork and join."""
    chains = {
        "one": [("1x1", ONE)],
        "three": [("1x1", before3), ("3x3", THREE)],
        "five": [("1x1", before5), ("5x5", FIVE)],
        "pool": [("max 3x3", CHANNELS), ("1x1", pooled)],
    }
    nodes, edges = [Node(name="x", label="x", text=_maps(CHANNELS), role="input")], []
    for branch, chain in chains.items():
        before = "x"
        for label, filters in chain:
            if not filters:
                continue  # the reduction is left out
            reduces = label == "1x1" and branch != "one"
            name = f"{branch} {label}"
            nodes.append(
                Node(name=name, label=label, text=_maps(filters), role="kernel" if reduces
                     else "output", line=f"{label}: {_maps(filters)} come out")
            )  # fmt: skip
            edges.append((before, name))
            before = name
        edges.append((before, "concat"))
    nodes.append(Node(name="concat", label="concat", text=_maps(depth), role="window"))
    return Graph(
        name="flow", title="four branches, and what joins them", width=WIDTH, height=FLOW,
        nodes=tuple(nodes), edges=tuple(edges),
    )  # fmt: skip


def _maps(count):
    return f"{count} maps"


def _branches(pooled, depth):
    names = ("input", "1x1", "3x3", "5x5", "pooled", "concatenated")
    channels = (CHANNELS, ONE, THREE, FIVE, pooled, depth)
    # One scale for every setting, so that the boxes can be compared.
    widest = ONE + THREE + FIVE + CHANNELS
    return Blocks(
        name="branches", title="what goes in, and what each branch gives", role="output",
        width=WIDTH, height=108, values=np.array(channels, dtype=float),
        sizes=tuple((count, SIDE, SIDE) for count in channels),
        scales=(1.3, 80 / widest), labels=names,
        texts=tuple(f"{SIDE} x {SIDE} x {count}" for count in channels),
        lines=tuple(
            f"{name}: numbers = {SIDE}·{SIDE}·{count} = {SIDE * SIDE * count:,}"
            for name, count in zip(names, channels, strict=True)
        ),
        roles=("input", *["output"] * 4, "window"),
    )  # fmt: skip


def _bars(steps):
    return Bars(
        name="steps", title="multiply-accumulates of each step", width=WIDTH, height=126,
        values=np.array([float(macs) for _, macs, _ in steps]), limits=(0, 5e8), names=140,
        labels=tuple(name for name, *_ in steps),
        texts=tuple(f"{int(macs):,}" for _, macs, _ in steps),
        lines=tuple(
            f"{name}: {macs!r}" if macs else f"{name} = 0, left out" for name, macs, _ in steps
        ),
        roles=tuple(role for *_, role in steps),
    )  # fmt: skip
