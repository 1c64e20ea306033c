"""From a whole network to one number: every picture against torch."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnlab import models
from cnnlab.data import sample_image
from cnnlab.draw import static
from cnnlab.inside import kind_of, map_view, number_view
from cnnlab.scene import Cell, Column, Scene
from cnnlab.trace import tensors_in, trace
from cnnlab.widgets import NetworkExplorer
from cnnlab.widgets.flow import folds


class Net(nn.Module):
    """A forward written as a function of the module, with its layers by name."""

    def __init__(self, forward, **layers):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.way = forward

    def forward(self, *inputs):
        return self.way(self, *inputs)


def conv(a, b, k=3, **options):
    return nn.Conv2d(a, b, k, **options)


def twice(m, x):
    return m.b(F.relu(m.a(F.relu(m.a(x)))))


UNET = Net(
    lambda m, x: m.c(torch.cat([m.a(x), m.up(m.b(F.max_pool2d(m.a(x), 2)))], 1)),
    a=conv(1, 4, padding=1), b=conv(4, 6, padding=1), up=nn.ConvTranspose2d(6, 4, 2, 2),
    c=conv(8, 2, 1),
)  # fmt: skip
NETS = {
    "lenet": (models.lenet5(), (1, 28, 28)),
    "basic block": (models.BasicBlock(4, 8, 2), (4, 9, 11)),
    "bottleneck": (models.Bottleneck(8, 4), (8, 9, 11)),
    "inception": (models.Inception(4, 3, (2, 4), (2, 5), 3), (4, 9, 9)),
    "dense layer": (models.DenseLayer(5, 3), (5, 7, 7)),
    "u-net": (UNET, (1, 12, 12)),
    "a layer called twice": (Net(twice, a=conv(3, 3, padding=1), b=conv(3, 2)), (3, 8, 8)),
    "functions": (
        Net(lambda m, x: F.avg_pool2d(F.conv2d(x, m.w, m.b, stride=(1, 2), padding=(2, 0)), 2),
            w=nn.Parameter(torch.rand(4, 3, 5, 3) - 0.5), b=nn.Parameter(torch.rand(4))),
        (3, 11, 12)),
    "grouped, depthwise, dilated": (
        nn.Sequential(conv(4, 6, groups=2), nn.ReLU(inplace=True), conv(6, 6, groups=6),
                      conv(6, 3, 3, dilation=2, bias=False)), (4, 15, 15)),
    "in place": (
        nn.Sequential(conv(2, 4), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)),
        (2, 12, 13)),
    "padding of its own": (
        nn.Sequential(conv(2, 3, 4, padding="same"), conv(3, 2, padding=1,
                      padding_mode="circular")), (2, 9, 9)),
    "many channels": (nn.Sequential(conv(9, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                                    nn.Linear(3, 5)), (9, 6, 6)),
    "no bias, no rows": (nn.Sequential(nn.Linear(7, 4, bias=False), nn.ReLU(), nn.Linear(4, 3)),
                         (7,)),
    "attention": (nn.MultiheadAttention(8, 2, batch_first=True), None),
    "recurrent": (nn.LSTM(4, 6, batch_first=True), (5, 4)),
}  # fmt: skip
torch.manual_seed(3)
INPUTS = {
    name: [torch.randn(1, 5, 8)] * 3 if shape is None else [torch.randn(1, *shape)]
    for name, (_, shape) in NETS.items()
}


def recorded(name):
    model = NETS[name][0].eval()
    for module in model.modules():  # statistics that are not 0 and 1
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 2)
    return model, trace(model, INPUTS[name], "cpu", keep=True)


def cells_of(panel, rng):
    rows, columns = panel.shape
    return {(0, 0), (rows - 1, columns - 1),
            (int(rng.integers(rows)), int(rng.integers(columns)))}  # fmt: skip


def check(view, rng):
    """Every line of arithmetic gives the number that is shown."""
    scene = Scene("t", Column(view.body), links=view.links, focus=view.focus, note=view.note)
    for link in view.links:
        for row, column in cells_of(scene.panels[link.source], rng):
            line = scene.arithmetic(Cell(link.source, row, column))
            assert ", but" not in line, line
    return scene


@pytest.mark.parametrize("name", NETS)
def test_every_map_and_every_number_is_torchs(name):
    model, record = recorded(name)
    rng = np.random.default_rng(0)
    with torch.no_grad():
        output = model(*INPUTS[name])
    for kept, given in zip(tensors_in(record.output), tensors_in(output), strict=True):
        assert torch.allclose(kept, given, atol=1e-5)
    for place, node in enumerate(record.nodes):
        if node.values is None or node.values.ndim < 2:
            continue
        values = node.values[0]
        for channel in {0, len(values) - 1}:
            scene = check(map_view(record, place, channel), rng)
            own = values[channel].numpy().reshape(-1)
            shown = next(
                p for n in ("sum", "output", "number") if (p := scene.panels.get(n)) is not None
            )
            assert np.allclose(np.ravel(shown.values), own, atol=1e-5), (node.name, channel)
            if values.ndim != 3:
                continue
            row, column = (int(rng.integers(n)) for n in values.shape[1:])
            scene = check(number_view(record, place, channel, row, column), rng)
            if "number" in scene.panels:
                value = scene.panels["number"].value(0, 0)
                assert np.isclose(value, float(values[channel, row, column]), atol=1e-5)


def test_what_is_shown_of_each_kind():
    expected = {
        "lenet": {"convolution", "relu", "pooling", "dense", "other"},
        "basic block": {"convolution", "normalization", "relu", "sum", "other"},
        "inception": {
            "convolution",
            "normalization",
            "relu",
            "pooling",
            "concatenation",
            "other",
        },
        "functions": {"convolution", "pooling", "other"},
        "padding of its own": {"convolution", "other"},
        "many channels": {"convolution", "average", "dense", "other"},
    }
    for name, kinds in expected.items():
        _, record = recorded(name)
        assert {kind_of(node) for node in record.nodes} == kinds, name


def test_the_parts_of_a_sum_of_many_channels_are_the_strongest_and_the_rest():
    _, record = recorded("many channels")
    scene = check(map_view(record, 1, 2), np.random.default_rng(0))
    shown = [panel for name, panel in scene.panels.items() if name.startswith("product")]
    assert len(shown) == 3 and scene.panels["others"].title == "other 6, added"
    strength = [np.abs(panel.values).sum() for panel in shown]
    assert strength == sorted(strength, reverse=True)
    whole = sum(panel.values for panel in shown) + scene.panels["others"].values
    bias = scene.panels["bias"].value(0, 0)
    assert np.allclose(whole + bias, record.nodes[1].values[0, 2], atol=1e-5)


# ---------------------------------------------------------------- the way down and back


def test_from_the_whole_to_one_number_and_back():
    explorer = NetworkExplorer()
    flow = explorer.current.panels["flow"]
    assert explorer.level == "the network" and flow.choosable
    assert {"conv1#0", "conv1#4", "conv1#5", "fc3#0"} <= {node.name for node in flow.nodes}
    explorer.chosen("flow", "conv2#3")
    assert (explorer.level, explorer.layer, explorer.map) == ("one map", "conv2", 3)
    total = explorer.current.panels["sum"]
    assert total.pickable
    explorer.picked("sum", 4, 5)
    assert (explorer.level, explorer.row, explorer.column) == ("one number", 4, 5)
    number = explorer.current.panels["number"]
    assert np.isclose(number.value(0, 0), total.value(4, 5), atol=1e-5)
    way = explorer.current.panels["way"]
    assert [node.label for node in way.nodes] == ["Sequential", "conv2, map 3", "row 4, column 5"]
    explorer.chosen("way", "conv2#map")
    assert explorer.level == "one map" and explorer.layer == "conv2"
    explorer.chosen("way", "#")
    assert explorer.level == "the network"


def test_a_stack_tells_how_many_maps_there_are():
    flow = NetworkExplorer().current.panels["flow"]
    conv2 = [node for node in flow.nodes if node.stack == "conv2"]
    assert [node.label for node in conv2][-1] == "+11" and len(conv2) == 6
    assert "map 2 of conv2 (Conv2d): output = 16 x 10 x 10" in conv2[2].line


def test_parts_open_and_lead_on():
    torch.manual_seed(0)
    explorer = NetworkExplorer(models.resnet18(), sample_image("coffee"))
    flow = explorer.current.panels["flow"]
    assert "▸ 4" in [node.label for node in flow.nodes]
    explorer.chosen("flow", "5#0")
    explorer.chosen("flow", "5.0#0")
    flow = explorer.current.panels["flow"]
    heads = [flow.nodes[head].label for head in sorted(set(flow.heads))]
    assert heads[1:] == ["conv1", "bn1", "ReLU", "conv2", "bn2", "▸ shortcut", "+", "ReLU"]
    plus = next(n for n, node in enumerate(flow.nodes) if node.label == "+")
    assert len(flow.feeds(plus)) == 2
    explorer.chosen("flow", "5.0 (2): sum#1")
    assert explorer.level == "one map" and "output" in explorer.current.panels
    assert [n.label for n in explorer.current.panels["way"].nodes] == [
        "Sequential", "5", "0", "5.0 (2), map 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("maker", "shape"),
    [("vgg16", (3, 224, 224)), ("resnet50", (3, 224, 224)), ("densenet121", (3, 224, 224)),
     ("googlenet", (3, 224, 224))],
)  # fmt: skip
def test_large_networks_are_folded_until_they_can_be_read(maker, shape):
    with torch.device("meta"):
        model = getattr(models, maker)()
    record = trace(model, shape)
    tree, names = folds(record, 13), []

    def look(fold):
        names.append(fold.name)
        assert len(fold.inside) <= 13
        parts = [part for inside in fold.inside for part in inside.parts]
        assert not fold.inside or tuple(parts) == fold.parts
        for inside in fold.inside:
            look(inside)

    look(tree)
    assert len(set(names)) == len(names) and len(tree.leaves()) > 30
    assert all(tree.find(name)[-1].name == name for name in names)


def test_the_drawing_pen_changes_every_level():
    explorer = NetworkExplorer(sample="1", level="one map", layer="conv1")
    before = explorer.current.panels["sum"].values
    explorer.painted("image", [(3, 3), (20, 20)])
    assert explorer.sample == "your own"
    assert not np.allclose(explorer.current.panels["sum"].values, before)


BROKEN = {
    "layer 'fc1' \\(Linear\\) fails": (models.lenet5(), np.zeros((24, 24))),
    "the forward of Net fails .* ZeroDivisionError": (Net(lambda m, x: x / (1 // 0)),
                                                      np.zeros((8, 8))),
    "has no numbers": (nn.Linear(3, 3).to("meta"), np.zeros((8, 8))),
}  # fmt: skip


@pytest.mark.parametrize("words", BROKEN)
def test_a_broken_model_gets_a_sentence_and_the_explorer_stays(words):
    model, image = BROKEN[words]
    explorer = NetworkExplorer()
    explorer.set(model=model, image=image)
    assert re.search(words, explorer.current.problem)
    explorer.set(model=models.lenet5(), image=np.zeros((28, 28)))
    assert not explorer.current.problem


def test_models_of_other_kinds_are_drawn():
    pair = Net(lambda m, x: (m.a(x), m.a(x).mean()), a=conv(1, 2))
    half = nn.Sequential(conv(1, 2), nn.Flatten(), nn.Linear(2 * 36, 3)).to(torch.float64)
    for model in (pair, half, nn.Sequential(), nn.Identity()):
        explorer = NetworkExplorer(model, np.eye(8))
        assert not explorer.current.problem, explorer.current.problem
        for level in ("one map", "one number"):
            explorer.level = level
            assert not explorer.current.problem, explorer.current.problem
    with pytest.raises(ValueError, match="layer is 3, but it must be the name of a layer"):
        NetworkExplorer(layer=3)
    assert "layer is 'conv9', but the network has" in NetworkExplorer(layer="conv9").current.problem


def test_a_network_is_drawn_from_shapes_alone():
    with torch.device("meta"):
        model = models.vgg16()
    explorer = NetworkExplorer(model, input_shape=(3, 224, 224))
    flow = explorer.current.panels["flow"]
    assert flow.nodes[0].size == (3, 224, 224) and flow.nodes[-1].size == (1000, 1, 1)
    explorer.chosen("flow", next(node.name for node in flow.nodes if node.label.startswith("▸")))
    assert len(explorer.current.panels["way"].nodes) == 2
    explorer.level = "one map"
    assert "drawn from its input_shape alone has no numbers" in explorer.current.problem
    with pytest.raises(ValueError, match="input_shape is 3, but it must be a tuple"):
        NetworkExplorer(model, input_shape=3)


def test_what_goes_through_numpy_is_told():
    def by_hand(m, x):
        return m.b(torch.from_numpy(m.a(x).detach().numpy() * 2))

    explorer = NetworkExplorer(Net(by_hand, a=conv(1, 2), b=conv(2, 3)), np.eye(9))
    flow = explorer.current.panels["flow"]
    line = next(node.line for node in flow.nodes if node.name == "b#0")
    assert line.endswith("what feeds it could not be seen")


def walk(explorer):
    """Every node, every level, the last cell, and back; none may fail."""
    for node in explorer.current.panels["flow"].nodes:
        explorer.chosen("flow", node.name)
        if explorer.level == "the network":  # a part was opened
            explorer.chosen("way", "#")
            continue
        assert not explorer.current.problem, explorer.current.problem
        for name, panel in explorer.current.panels.items():
            if getattr(panel, "pickable", False):
                rows, columns = panel.shape
                explorer.picked(name, rows - 1, columns - 1)
                assert not explorer.current.problem, explorer.current.problem
                break
        for name in ("row", "column", "map"):
            explorer.set(**{name: explorer.controls[name].max})
            assert not explorer.current.problem, explorer.current.problem
        explorer.chosen("way", "#")


ODD = {
    "numbers in rows": Net(lambda m, x: m.n(m.a(x[:, 0])), a=nn.Linear(12, 5), n=nn.LayerNorm(5)),
    "recurrent": Net(lambda m, x: m.a(x[:, 0])[0], a=nn.LSTM(12, 3, batch_first=True)),
    "one axis": Net(lambda m, x: m.a(x[:, 0]), a=nn.Conv1d(12, 4, 3)),
    "three axes": Net(lambda m, x: m.a(x[:, None]), a=nn.Conv3d(1, 2, (1, 3, 3))),
    "one number": Net(lambda m, x: m.a(x).mean(), a=conv(1, 2)),
    "statistics of the image": nn.Sequential(conv(1, 4), nn.InstanceNorm2d(4), nn.BatchNorm2d(
        4, track_running_stats=False)),
    "a view behind": Net(lambda m, x: m.b(m.a(x)), a=conv(1, 8), b=Net(
        lambda m, x: F.relu(x)[:, 4:])),
    "pooled and flat": Net(lambda m, x: m.b(m.a(x)), a=conv(1, 2), b=Net(
        lambda m, x: F.max_pool2d(x, 2).flatten(1))),
    "options": Net(lambda m, x: torch.add(m.a(x), m.b(x), alpha=0.5), a=conv(1, 2), b=conv(1, 2)),
    "mean of channels": Net(lambda m, x: m.a(x).mean(1, keepdim=True), a=conv(1, 100)),
    "padded mean": nn.Sequential(conv(1, 2), nn.AvgPool2d(3, 2, 1), nn.AvgPool2d(
        2, divisor_override=1)),
    "dense, scaled": Net(lambda m, x: torch.addmm(m.b, x.flatten(1), m.w, beta=0, alpha=2),
                         b=nn.Parameter(torch.ones(3)), w=nn.Parameter(torch.randn(144, 3))),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_models_are_walked_through(name):
    explorer = NetworkExplorer(ODD[name], np.random.default_rng(0).random((12, 12)))
    walk(explorer)


@pytest.mark.parametrize("name", ["options", "mean of channels", "padded mean", "dense, scaled",
                                  "a view behind"])  # fmt: skip
def test_what_is_not_drawn_is_not_drawn_wrongly(name):
    record = trace(ODD[name].eval(), torch.rand(1, 1, 12, 12), "cpu", keep=True)
    assert kind_of(record.nodes[-1]) == "other"


def test_numbers_that_are_none_are_told():
    broken = nn.Sequential(conv(1, 2), nn.ReLU())
    broken[0].weight.data[:] = float("nan")
    flow = NetworkExplorer(broken, np.eye(8)).current.panels["flow"]
    assert [node.text for node in flow.nodes][1:] == ["2·6², not finite"] * 2


def test_a_part_that_is_called_like_the_model_opens():
    inner = Net(lambda m, x: m.Net(x), Net=nn.Sequential(conv(1, 2), nn.ReLU()), last=nn.ReLU())
    inner.way = lambda m, x: m.last(m.Net(x))
    explorer = NetworkExplorer(inner, np.eye(8))
    explorer.chosen("flow", "Net#0")
    assert [node.label for node in explorer.current.panels["way"].nodes] == ["Net", "Net"]
    assert {node.stack for node in explorer.current.panels["flow"].nodes} >= {"Net.0", "Net.1"}


def test_scores_that_are_chances_already_are_left_so():
    ends = nn.Sequential(nn.Flatten(), nn.Linear(64, 3), nn.Softmax(dim=1))
    explorer = NetworkExplorer(ends, np.eye(8))
    with torch.no_grad():
        best = ends(torch.eye(8)[None, None]).max()
    assert f"with {100 * best:.0f} %" in explorer.current.note
    single = NetworkExplorer(nn.Sequential(nn.Flatten(), nn.Linear(64, 1)), np.eye(8))
    assert "The model gives " in single.current.note and "%" not in single.current.note


def test_branches_above_each_other_have_fewer_maps_and_stand_beside_the_image():
    wide = NetworkExplorer(models.Inception(1, 4, (4, 4), (4, 4), 4), np.eye(9)).current
    flow = wide.panels["flow"]
    assert max(flow.stacked(head) for head in flow.heads) == 1
    spots = {spot.panel.name: spot for spot in wide.layout()[0]}
    assert spots["image"].y == spots["flow"].y


def test_no_more_stand_side_by_side_than_can_be_read():
    chain = nn.Sequential(*[conv(1, 1, padding=1) for _ in range(13)])  # and the input
    tree = folds(trace(chain, (1, 8, 8)), 13)
    assert 2 <= len(tree.inside) <= 13 and len(tree.leaves()) == 14


def test_a_lit_stack_is_outlined_as_a_whole(monkeypatch):
    outlined = []
    monkeypatch.setattr(static, "_outline", lambda axes, spot, *given: outlined.append(given[:4]))
    scene = NetworkExplorer().current
    flow = scene.panels["flow"]
    relu = next(n for n, node in enumerate(flow.nodes) if node.name == "relu1#0")
    static.draw(scene)  # the focus is on conv1, which feeds relu1
    assert (0, relu, 1, flow.stacked(relu)) in outlined and flow.stacked(relu) == 6


def test_one_number_stands_in_its_map_and_another_can_be_chosen_there():
    explorer = NetworkExplorer(layer="pool1", level="one number", map=2, row=5, column=6)
    scene = explorer.current
    marked = {(mark.panel, mark.row, mark.column) for mark in scene.marks}
    window = {("given 0", row, column) for row in (10, 11) for column in (12, 13)}
    assert marked == window | {("map", 5, 6)}
    values = scene.panels["map"].values
    assert values[5, 6] == scene.panels["number"].values[0, 0]
    explorer.picked("map", 7, 3)
    assert explorer.current.panels["number"].values[0, 0] == values[7, 3]


@pytest.mark.parametrize("layer", ["relu1", "bn1", "forward (2)"])
def test_cell_by_cell_the_place_is_the_same_in_all_maps(layer):
    model = None if layer == "relu1" else models.BasicBlock(3, 8, 2).eval()
    image = None if model is None else np.random.default_rng(0).random((20, 26, 3))
    given = {} if model is None else {"model": model, "image": image}
    explorer = NetworkExplorer(**given, layer=layer, level="one number", map=3, row=4, column=6)
    scene = explorer.current
    assert {(mark.row, mark.column) for mark in scene.marks} == {(4, 6)}
    shown = {mark.panel for mark in scene.marks}
    assert shown == {"map", "given 0"} | ({"given 1"} if layer == "forward (2)" else set())
    assert scene.panels["map"].values[4, 6] == scene.panels["number"].values[0, 0]
