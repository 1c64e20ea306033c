"""The parameter counter."""

import numpy as np
import torch

from cnnlab.scene import Cell
from cnnlab.widgets import (
    ParameterCounter,
)


def test_the_counter_counts_the_scenario_of_the_handout():
    scene = ParameterCounter().current
    texts = {name: panel.texts for name, panel in scene.panels.items()}
    assert texts["parameters"] == ("393,344 (1.6 MB)", "896 (3.6 kB)", "88,502,400 (354 MB)")
    assert texts["outputs"] == ("128 (512 B)", "28,800 (115 kB)", "28,800 (115 kB)")
    assert texts["macs"] == ("393,216", "777,600", "88,473,600")
    assert scene.panels["cnn"].sizes == ((3, 32, 32), (32, 30, 30))
    assert scene.arithmetic(Cell("cnn", 0, 1)) == "conv: parameters = 3·3·3·32 + 32 = 896"
    assert "439 times" in scene.note and "88,502,400" in scene.note


def test_the_counter_agrees_with_torch():
    for settings in ({}, {"size": 9, "channels": 1, "hidden": 7, "filters": 5, "kernel": 4}):
        explorer = ParameterCounter(classes=True, **settings)
        now = explorer.settings()
        side = now["size"] - now["kernel"] + 1
        flat, wide = now["channels"] * now["size"] ** 2, now["filters"] * side**2
        nets = [
            [torch.nn.Linear(flat, now["hidden"]), torch.nn.Linear(now["hidden"], 10)],
            [torch.nn.Conv2d(now["channels"], now["filters"], now["kernel"]),
             torch.nn.Linear(wide, 10)],
        ]  # fmt: skip
        counts = explorer.current.panels["parameters"].values
        for net, count in zip(nets, counts[:2], strict=True):
            assert sum(p.numel() for layer in net for p in layer.parameters()) == count
        dense = torch.nn.Linear(flat, wide, device="meta")
        last = torch.nn.Linear(wide, 10)
        assert counts[2] == sum(p.numel() for n in (dense, last) for p in n.parameters())


def test_boxes_and_bars_are_drawn_to_scale_inside_their_room():
    for settings in ({}, {"size": 64, "filters": 128, "kernel": 1}, {"size": 8, "hidden": 512}):
        scene = ParameterCounter(classes=True, **settings).current
        placed = {spot.panel.name: spot for spot in scene.layout()[0]}
        heights = []
        for name in ("mlp", "cnn"):
            spot = placed[name]
            for (x, y, width, height, slant), size in zip(
                spot.boxes(), spot.panel.sizes, strict=True
            ):
                assert spot.x <= x and x + width + slant <= spot.x + spot.width
                assert spot.y <= y - slant and y + height <= spot.y + spot.height
                if size[1] > 1:
                    heights.append((height, size[1]))
        ratios = [height / rows for height, rows in heights if height > 3]
        assert ratios and np.allclose(ratios, ratios[0])
        for what in ("parameters", "outputs", "macs"):
            spot = placed[what]
            lengths = [width for _, _, width, _ in spot.bars()]
            logs = np.log10(np.maximum(spot.panel.values, 1))
            assert np.allclose(np.array(lengths[:2]) * logs[2], logs[:2] * lengths[2], atol=10)
            ends = [x + w + 6 + 7 * len(t) for (x, _, w, _), t in
                    zip(spot.bars(), spot.panel.texts, strict=True)]  # fmt: skip
            assert max(ends) <= spot.x + spot.width


def test_the_counter_with_classes_still_speaks_of_the_one_layer():
    note = ParameterCounter(classes=True).current.note
    assert "needs 88,502,400 parameters" in note
