"""The diagram of a block."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab import models
from cnnlab.scene import Cell
from cnnlab.widgets import BlockDiagram


def drawn(diagram):
    """Labels of all nodes, and edges by label and number."""
    graph = diagram.current.panels["flow"]
    return graph.labels, {(a, b) for a, b, *_ in graph.arrows}


def test_a_basic_block_and_its_skip():
    labels, arrows = drawn(BlockDiagram())
    assert labels == ("x", "conv 3x3, 64", "BN", "ReLU", "conv 3x3, 64", "BN", "+", "ReLU")
    assert arrows == {(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (0, 6), (6, 7)}
    labels, arrows = drawn(BlockDiagram(joined=True))
    assert labels == ("x", "conv 3x3, 64", "conv 3x3, 64", "+", "ReLU")
    assert arrows == {(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)}


def test_an_inception_module_and_its_four_branches():
    diagram = BlockDiagram(block="inception module", joined=True)
    labels, arrows = drawn(diagram)
    assert labels == (
        "x", "conv 1x1, 64", "conv 1x1, 96", "conv 3x3, 128", "conv 1x1, 16", "conv 5x5, 32",
        "max 3x3", "conv 1x1, 32", "concat",
    )  # fmt: skip
    assert {b for a, b in arrows if a == 0} == {1, 2, 4, 6}
    assert {a for a, b in arrows if b == 8} == {1, 3, 5, 7}
    assert diagram.current.note.endswith("Branches meet at 1 place: 1 concatenation.")
    line = diagram.current.arithmetic(Cell("flow", 0, 3))
    assert line.startswith("three.1.0 (Conv2d, BatchNorm2d, ReLU): output = 128 x 28 x 28; ")
    assert "3·3·96·128 = 110,592 parameters" in line


def test_modules_are_folded_call_by_call():
    block = nn.Sequential(nn.Conv2d(3, 8, 3), models.BasicBlock(8, 8), models.BasicBlock(8, 16, 2))
    diagram = BlockDiagram(block, (3, 12, 12))
    diagram.opened = 0
    labels, arrows = drawn(diagram)
    assert labels == ("x", "conv 3x3, 8", "BasicBlock", "BasicBlock")
    assert arrows == {(0, 1), (1, 2), (2, 3)}
    line = diagram.current.arithmetic(Cell("flow", 0, 3))
    assert line.startswith("2 (BasicBlock, 9 layers): output = 16 x 5 x 5; ")
    parameters = sum(p.numel() for p in block[2].parameters())
    assert f"{parameters:,} parameters" in line
    assert diagram.controls["opened"].max == 2
    diagram.opened = 1
    assert len(drawn(diagram)[0]) > 10


def test_what_cannot_be_read_or_run_is_told():
    chain = nn.Sequential(*(nn.Conv2d(1, 1, 1) for _ in range(30)))
    diagram = BlockDiagram(chain, (1, 4, 4))
    assert "that makes 31 nodes, but at most 20 can be read" in diagram.current.problem
    with pytest.raises(ValueError, match="layer '0'"):
        BlockDiagram(chain, (3, 4, 4))
    with pytest.raises(ValueError, match="input_shape is given without a model"):
        BlockDiagram(input_shape=(3, 4, 4))
    with pytest.raises(ValueError, match="record is 3"):
        BlockDiagram(record=3)
    assert "record is None; write BlockDiagram" in BlockDiagram(block="your own").current.problem


def test_a_large_network_is_opened_as_far_as_it_can_be_read():
    with torch.device("meta"):
        diagram = BlockDiagram(models.resnet18(), (3, 64, 64))
    graph, opened = diagram.current.panels["flow"], diagram.controls["opened"]
    assert len(graph.nodes) <= 20 and opened.value == opened.max == 1
    assert "One level deeper there are" in diagram.current.note
    diagram.opened = 0
    assert len(diagram.current.panels["flow"].nodes) < len(graph.nodes)
    assert "too many" not in diagram.current.note, "the next level can still be opened"


def test_a_chain_and_what_only_passes_on():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Identity(), nn.Dropout(), nn.Flatten())
    labels, arrows = drawn(BlockDiagram(net, (1, 5, 5)))
    assert labels == ("x", "conv 3x3, 2", "flatten") and arrows == {(0, 1), (1, 2)}
    assert "nothing forks" in BlockDiagram(net, (1, 5, 5)).current.note


def test_a_relu_that_two_read_is_not_joined():
    class Forked(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 1)

        def forward(self, x):
            x = self.a(x)
            return torch.relu(x) + self.b(x)

    labels, _ = drawn(BlockDiagram(Forked(), (1, 4, 4), joined=True))
    assert labels == ("x", "conv 1x1, 1", "ReLU", "conv 1x1, 1", "+")
    assert np.all(BlockDiagram(Forked(), (1, 4, 4)).current.panels["flow"].values == 0)


def test_what_is_no_layer_says_where_it_is_done():
    scene = BlockDiagram().current
    lines = scene.panels["flow"].lines
    assert lines[0] == "input (input): output = 64 x 56 x 56"
    assert lines[2] == "bn1 (BatchNorm2d): output = 64 x 56 x 56; 128 parameters"
    assert lines[3] == "ReLU in forward: output = 64 x 56 x 56"
    assert lines[6] == "sum in forward: output = 64 x 56 x 56"
    lenet = BlockDiagram(block="LeNet-5").current.panels["flow"].lines
    assert lenet[2] == "relu1 (ReLU): output = 6 x 28 x 28"
