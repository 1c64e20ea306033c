"""The explorer of architectures."""

import pytest
import torch

from cnnlab.scene import Cell
from cnnlab.scene.shapes import shapes_of
from cnnlab.widgets import (
    ArchitectureExplorer,
)


def test_architectures_are_drawn_with_their_arithmetic():
    scene = ArchitectureExplorer(first="AlexNet, 227", second="VGG-16").current
    assert scene.panels["totals"].texts == (
        "62,378,344", "138,357,544", "936,323", "15,237,608", "1,135,256,096", "15,470,264,320",
    )  # fmt: skip
    line = scene.arithmetic(Cell("first", 0, 1))
    assert line == (
        "0 (Conv2d): output = 96 x 55 x 55; 11·11·3·96 + 96 = 34,944 parameters; "
        "11·11·3·96·55·55 = 105,415,200 MACs; sees 11 x 11"
    )
    assert scene.panels["first"].sizes[:2] == ((3, 227, 227), (96, 55, 55))
    assert scene.note == (
        "VGG-16 has 2.22 times the parameters of AlexNet, 227. "
        "VGG-16 takes 13.6 times the MACs of AlexNet, 227."
    )


def test_your_own_model_is_drawn_and_sliders_reach_its_last_layers():
    net = torch.nn.Sequential(*[torch.nn.Conv2d(2, 2, 1) for _ in range(20)])
    explorer = ArchitectureExplorer(net, (2, 5, 7), second="LeNet-5")
    assert explorer.controls["layers"].max == 10 and explorer.controls["others"].max == 1
    explorer.set(layers=10)
    shown = explorer.current.panels["first"]
    assert shown.shape == (1, 12) and shown.lines[-1].startswith("19 (Conv2d)")
    assert shown.texts[0] == "2·5·7" and shown.roles[0] == "kernel"
    with pytest.raises(ValueError, match="layer '0' \\(Conv2d\\) fails"):
        ArchitectureExplorer(net, (3, 5, 7))
    alone = ArchitectureExplorer(torch.nn.Flatten(), (3, 4)).current
    assert alone.panels["first"].shape == (1, 1) and "0." in alone.note
    # The choice decides the slider's range, and both can be given at once.
    assert ArchitectureExplorer(first="ResNet-50", layers=40).controls["layers"].value == 40
    assert "your own model is None" in ArchitectureExplorer(first="your own").current.problem


def test_one_scale_serves_both_networks():
    def height(explorer):
        placed = {spot.panel.name: spot for spot in explorer.current.layout()[0]}
        return [placed[name].boxes()[0][3] for name in ("first", "second")]

    above, below = height(ArchitectureExplorer(first="network in network", second="VGG-16"))
    assert below / above == pytest.approx(224 / 32)
    above, below = height(
        ArchitectureExplorer(first="network in network", second="VGG-16", same=False)
    )
    assert 0.5 < below / above < 2


def test_skips_and_sums_are_drawn_as_what_they_are():
    explorer = ArchitectureExplorer(first="ResNet-18", second="VGG-16", layers=3)
    shown = explorer.current.panels["first"]
    assert shown.labels[:4] == ("pool", "conv", "conv", "+") and shown.roles[3] == "window"
    # The pooling feeds the block's first convolution and, past both, its sum.
    assert {(0, 1), (1, 2), (2, 3), (0, 3)} <= set(shown.edges)
    placed = next(s for s in explorer.current.layout()[0] if s.panel.name == "second")
    drawn = [type(shape).__name__ for shape in shapes_of(placed)]
    assert drawn.count("Line") == 11 and drawn.count("Polygon") == 3 * 12 + 11
    heads = [s for s in shapes_of(placed) if type(s).__name__ == "Polygon" and s.ink == "quiet"]
    assert len(heads) == 11  # short arrows, none below
    plain = explorer.current.panels["second"]
    assert plain.edges == tuple((n, n + 1) for n in range(11))
    dense = ArchitectureExplorer(first="DenseNet-121", layers=3).current.panels["first"]
    assert dense.labels[3] == "concat" and (0, 3) in dense.edges
