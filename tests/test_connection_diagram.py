"""The connection diagram."""

import numpy as np
import pytest

from cnnlab import ops
from cnnlab.scene import Cell
from cnnlab.widgets import ConnectionDiagram


@pytest.mark.parametrize("size", [3, 6, 9])
@pytest.mark.parametrize("kernel", [1, 2, 3])
@pytest.mark.parametrize("tiles", [1, 2, 3, 4])
def test_counts_and_lines_are_those_of_the_operations(size, kernel, tiles):
    """Each unit's sum, read from its line, is what the operation gives with those weights."""
    scene = ConnectionDiagram(size=size, kernel=kernel, tiles=tiles).current
    outputs = size - kernel + 1
    x = np.random.default_rng(0).integers(-5, 6, size)
    counts = dict(zip(scene.panels["weights"].labels, scene.panels["weights"].values, strict=True))
    used = min(tiles, outputs)
    assert list(counts.values()) == [kernel, kernel * used, kernel * outputs, size * outputs]
    for way, count in counts.items():
        w = np.arange(2, 2 + int(count))
        graph = scene.panels[way]
        lines = [line.split(":")[0] for line in graph.lines if line.startswith("y")]
        sums = [
            sum(w[int(a[1:])] * x[int(b[1:])] for a, b in
                (term.split("·") for term in line.split(" = ")[1].split(" + ")))
            for line in lines
        ]  # fmt: skip
        image = x[None, None]
        if way == "convolution":
            expected = ops.cross_correlate1d(x, w)
        elif way == "tiled":
            sets = w.reshape(used, kernel)
            expected = [sets[j % tiles] @ x[j : j + kernel] for j in range(outputs)]
        elif way == "unshared":
            shape = 1, 1, outputs, 1, 1, kernel
            expected = ops.unshared_conv2d(image, w.reshape(shape))[0, 0]
        else:
            expected = w.reshape(outputs, size) @ x
        assert sums == list(expected)
        # One colour a weight.
        assert len(set(graph.tints)) == count and len(graph.edges) == len(graph.tints)


def test_inputs_and_outputs_stand_in_their_order():
    for size in range(3, 10):
        scene = ConnectionDiagram(size=size, kernel=3).current
        for spot in scene.layout()[0][:4]:
            middles = [y + height / 2 for _, y, _, height in spot.cells]
            assert middles[:size] == sorted(middles[:size])
            assert middles[size:] == sorted(middles[size:])


def test_a_unit_says_who_reads_it():
    scene = ConnectionDiagram(size=5, kernel=2, tiles=2).current
    assert scene.arithmetic(Cell("tiled", 0, 1)) == "x1 is read by y0 with w1, y1 with w2"
    assert scene.arithmetic(Cell("convolution", 0, 5)) == "y0 = w0·x0 + w1·x1"


def test_the_counts_are_written_out():
    scene = ConnectionDiagram(size=4, kernel=2, tiles=2).current
    assert scene.panels["weights"].lines == (
        "convolution: 2 weights = 2 of one window",
        "tiled: 4 weights = 2·2, a window for each set in use",
        "unshared: 6 weights = 2·3, a window for each output",
        "fully connected: 12 weights = 4·3, one for each input and output",
    )
    assert scene.note == (
        "The first three have the same 6 connections, so they do the same 6 products: sharing "
        "saves weights, not work. Fully connected: 12."
    )
    assert scene.focus == Cell("tiled", 0, 5)
    one = ConnectionDiagram(size=3, kernel=1, tiles=1).current.panels["weights"]
    assert one.lines[0] == "convolution: 1 weight = 1 of one window"
