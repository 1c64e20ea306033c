"""The table counts any module, or says what it cannot know."""

import copy
import sys
import time
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnnlab import models
from cnnlab.geometry import receptive_field
from cnnlab.tables import LONG, layer_table
from cnnlab.trace import trace


class Model(nn.Module):
    """Layers by name, and a forward given as a function of the model and its inputs."""

    def __init__(self, forward, **layers):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.run = forward

    def forward(self, *inputs):
        return self.run(self, *inputs)


def conv(a, b, k=3, **options):
    return nn.Conv2d(a, b, k, **options)


def unet():
    def forward(m, x):
        a = F.relu(m.down1(x))
        b = F.relu(m.down2(F.max_pool2d(a, 2)))
        return m.out(F.relu(m.up2(torch.cat([a, m.up1(b)], dim=1))))

    return Model(
        forward, down1=conv(1, 8, padding=1), down2=conv(8, 16, padding=1),
        up1=nn.ConvTranspose2d(16, 8, 2, stride=2), up2=conv(16, 8, padding=1), out=conv(8, 2, 1),
    )  # fmt: skip


def shared():
    layer = conv(4, 4, padding=1)
    return nn.Sequential(conv(1, 4, padding=1), layer, nn.ReLU(), layer)


def tied():
    first, last = nn.Linear(8, 5, bias=False), nn.Linear(5, 8)
    last.weight = nn.Parameter(torch.zeros(8, 5))
    second = nn.Linear(5, 8, bias=False)
    second.weight = last.weight
    return Model(lambda m, x: m.c(m.a(x)) + m.b(m.a(x)), a=first, b=last, c=second)


class OwnWeight(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(6, 3, 3, 3))
        self.after = nn.Conv2d(6, 2, 1)

    def forward(self, x):
        return self.after(F.conv2d(x, self.weight, padding=1))


ASSORTED = {
    "sequential": (nn.Sequential(conv(3, 8), nn.ReLU(), nn.Flatten(), nn.LazyLinear(5)), (3, 9, 7)),
    "one layer": (conv(3, 8, (3, 2), stride=(2, 1), bias=False), (3, 9, 7)),
    "dense only": (nn.Sequential(nn.Linear(12, 7), nn.Tanh(), nn.Linear(7, 3)), (12,)),
    "dense on rows": (nn.Linear(12, 7), (5, 12)),
    "depthwise": (nn.Sequential(conv(8, 8, groups=8), conv(8, 16, 1)), (8, 9, 9)),
    "grouped": (conv(8, 12, groups=4, padding=2, dilation=2), (8, 9, 11)),
    "transposed": (nn.ConvTranspose2d(6, 4, 3, stride=2, output_padding=1), (6, 5, 7)),
    "transposed, grouped": (nn.ConvTranspose2d(6, 4, 3, groups=2, bias=False), (6, 5, 7)),
    "one axis": (nn.Sequential(nn.Conv1d(2, 5, 4, stride=3), nn.MaxPool1d(2)), (2, 40)),
    "three axes": (nn.Conv3d(2, 3, (2, 3, 4), padding=1), (2, 6, 7, 8)),
    "u-net": (unet(), (1, 16, 12)),
    "reused layer": (shared(), (1, 8, 9)),
    "tied weights": (tied(), (8,)),
    "own parameter": (OwnWeight(), (3, 9, 8)),
    "functional": (
        Model(lambda m, x: F.linear(F.avg_pool2d(F.relu(x), 2).flatten(1), m.w), w=nn.Parameter(
            torch.zeros(4, 3 * 4 * 3))), (3, 8, 6),
    ),
    "module dict": (
        Model(lambda m, x: sum(layer(x) for layer in m.d.values()),
              d=nn.ModuleDict({"a": conv(2, 4), "b": conv(2, 4)})), (2, 6, 7),
    ),
    "module list": (
        Model(lambda m, x: [layer(x) for layer in m.many], many=nn.ModuleList(
            [conv(2, 4), conv(2, 3)])), (2, 6, 7),
    ),
    "two inputs": (
        Model(lambda m, x, y: m.join(torch.cat([m.a(x).flatten(1), m.b(y)], 1)), a=conv(1, 2),
              b=nn.Linear(6, 3), join=nn.Linear(2 * 4 * 5 + 3, 2)), [(1, 6, 7), (6,)],
    ),
    "dict out": (Model(lambda m, x: {"maps": m.a(x), "again": m.a(x)}, a=conv(1, 2)), (1, 6, 7)),
    "skip": (models.BasicBlock(8, 16, stride=2), (8, 9, 11)),
    "bottleneck": (models.Bottleneck(8, 4), (8, 9, 11)),
    "inception": (models.Inception(8, 4, (3, 5), (2, 6), 7), (8, 9, 11)),
    "dense layer": (models.DenseLayer(8, 4), (8, 9, 11)),
    "normalizations": (
        nn.Sequential(conv(1, 6), nn.BatchNorm2d(6), nn.GroupNorm(2, 6), nn.InstanceNorm2d(
            6, affine=True), nn.LayerNorm([6, 7, 8]), nn.LocalResponseNorm(3)), (1, 9, 10),
    ),
    "attention": (
        Model(lambda m, x: m.a(x, x, x)[0], a=nn.MultiheadAttention(8, 2, batch_first=True)),
        (5, 8),
    ),
    "transformer": (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (5, 8)),
    "einsum": (
        Model(lambda m, x: torch.einsum("nchw,cd->ndhw", x, m.w), w=nn.Parameter(
            torch.zeros(3, 5))), (3, 4, 6),
    ),
    "makes its own tensors": (
        Model(lambda m, x: m.a(x + torch.ones(x.shape) * torch.arange(7.0)), a=conv(1, 2)),
        (1, 6, 7),
    ),
    "unused part": (Model(lambda m, x: m.a(x), a=conv(1, 2), b=nn.Linear(9, 9)), (1, 6, 7)),
    "called by forward": (Model(lambda m, x: m.a.forward(x), a=conv(1, 2)), (1, 6, 7)),
    "frozen": (conv(1, 2).requires_grad_(False), (1, 6, 7)),
    "weight norm": (nn.utils.parametrizations.weight_norm(conv(1, 2)), (1, 6, 7)),
    "no parameters": (nn.Sequential(nn.MaxPool2d(2), nn.Flatten()), (3, 6, 7)),
    "recurrent": (nn.LSTM(4, 6, batch_first=True), (5, 4)),
    "upsampling": (
        nn.Sequential(conv(1, 2), nn.Upsample(scale_factor=2, mode="bilinear")), (1, 6, 7),
    ),
}  # fmt: skip


# Multiply-accumulates that torch's counter misses in its fused operations, by hand:
# 5 steps of 4 gates; and 4 products of 8 x 8, 2 of 8 x 16, for 5 words, and their 2 · 5 · 5 pairs.
BY_HAND = {
    "recurrent": 5 * 4 * 6 * (4 + 6),
    "transformer": 5 * (4 * 8 * 8 + 2 * 8 * 16) + 2 * (5 * 5 * 8),
}


def examples(shape):
    shapes = shape if isinstance(shape, list) else [shape]
    return [torch.zeros(1, *s) for s in shapes]


@pytest.mark.parametrize("name", ASSORTED)
def test_totals_agree_with_counting_tensors_and_with_torch(name):
    model, shape = ASSORTED[name]
    model = copy.deepcopy(model).eval()
    with torch.no_grad():
        model(*examples(shape))  # lazy layers learn their shape
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model(*examples(shape))
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    for device in ("meta", "cpu"):
        table = layer_table(model, shape, device)
        assert table.total_parameters == sum(p.numel() for p in model.parameters()), device
        expected = BY_HAND.get(name, counter.get_total_flops() // 2)
        if table.notes:
            assert table.total_macs <= expected
        else:
            assert table.total_macs == expected, device
        assert all(row.arithmetic for row in table) and str(table) and table._repr_html_()


def test_only_what_cannot_be_known_is_said_to_be_so():
    noted = {}
    for name, (model, shape) in ASSORTED.items():
        if name != "sequential":  # its last layer is lazy
            noted[name] = layer_table(model, shape).notes
    assert {name for name, notes in noted.items() if notes} <= {"upsampling", "recurrent"}
    assert "upsample_bilinear2d: how many products it takes is not known here" in str(
        noted["upsampling"]
    )


@pytest.mark.parametrize("name", ["reused layer", "u-net", "skip", "inception", "attention"])
def test_the_model_is_left_as_it_was(name):
    model, shape = ASSORTED[name]
    model.train()
    before = copy.deepcopy(model.state_dict())
    devices = {p.device.type for p in model.parameters()}
    identities = [id(p) for p in model.parameters()]
    layer_table(model, shape)
    assert model.training and all(module.training for module in model.modules())
    assert all(torch.equal(before[key], part) for key, part in model.state_dict().items())
    assert {p.device.type for p in model.parameters()} == devices == {"cpu"}
    assert [id(p) for p in model.parameters()] == identities
    assert not any(module._forward_hooks for module in model.modules())
    assert torch.backends.mha.get_fastpath_enabled()


def test_what_is_shared_is_shared_while_it_is_counted():
    def forward(m, x):
        assert m.a.weight is m.b.weight
        return m.b(m.a(x))

    model = Model(forward, a=nn.Linear(3, 3, bias=False), b=nn.Linear(3, 3, bias=False))
    model.b.weight = model.a.weight
    table = layer_table(model, (3,))
    assert (table.total_parameters, table.total_macs) == (9, 18)
    assert model.a.weight is model.b.weight


def test_a_layer_that_is_used_again_is_counted_once_and_told():
    model, shape = ASSORTED["reused layer"]
    rows = layer_table(model, shape)
    again = rows[3]
    assert [row.name for row in rows] == ["0", "1", "2", "1"]
    assert again.parameters == 0 and again.macs == rows[1].macs > 0
    assert again.note == "its parameters are counted above"
    unused = layer_table(*ASSORTED["unused part"])[-1]
    assert (unused.name, unused.parameters) == ("(not called)", 90)


class Cached(nn.Module):
    """Stores what it computes, and changes a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(()))
        self.plain = torch.ones(3)

    def forward(self, x):
        self.last = x * self.plain * torch.rand(3)
        self.count += 1
        self.register_buffer("late", torch.zeros(2))
        return self.last


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_what_a_forward_stores_in_the_model_is_dropped(device):
    model, x = nn.Sequential(nn.Linear(3, 3), Cached()), torch.ones(1, 3)
    random = torch.get_rng_state()
    layer_table(model, x, device)
    assert model[1].count == 0 and not hasattr(model[1], "last") and not hasattr(model[1], "late")
    assert model[1].plain.device.type == "cpu" and torch.equal(torch.get_rng_state(), random)
    assert model(x).shape == (1, 3) and model[1].count == 1 and torch.equal(x, torch.ones(1, 3))


class Careful(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(9, 2), nn.Linear(4, 5)

    def forward(self, x):
        try:
            return self.a(x)
        except RuntimeError:
            return self.b(x) @ torch.zeros(5, 2)


def test_an_error_that_the_forward_catches_leaves_the_count_right():
    table = layer_table(Careful(), (4,))
    assert table.total_macs == 4 * 5 + 5 * 2
    assert [(row.name, row.macs) for row in table[:2]] == [("b", 20), ("forward", 10)]


@torch.library.custom_op("cnnlab_tests::twice", mutates_args=())
def twice(x: torch.Tensor) -> torch.Tensor:
    return 2 * x


@twice.register_fake
def _(x):
    return torch.empty_like(x)


def test_products_in_place_are_counted_and_foreign_operations_told():
    def forward(m, x):
        out = torch.zeros(1, 4)
        return out.addmm_(x, m.w)

    assert layer_table(Model(forward, w=nn.Parameter(torch.zeros(3, 4))), (3,)).total_macs == 12
    table = layer_table(Model(lambda m, x: twice(m.a(x)), a=nn.Linear(3, 4)), (3,))
    assert table.total_macs == 12 and "twice: how many products" in table.notes[0]
    complex_ = Model(lambda m, x: x @ m.w, w=nn.Parameter(torch.zeros(3, 4, dtype=torch.cfloat)))
    table = layer_table(complex_, torch.zeros(1, 3, dtype=torch.cfloat))
    assert "complex products" in table.notes[0]


def test_layers_that_work_in_place_or_pass_on_have_no_activations():
    passing = [nn.Sequential(), nn.Identity(), nn.Mish(), nn.SELU(), nn.Dropout3d(), nn.RMSNorm(7)]
    for layer in passing:
        table = layer_table(nn.Sequential(conv(1, 2), layer), (1, 6, 9))
        assert table.total_activations == 54 + 2 * 4 * 7, layer
    rows = layer_table(nn.Linear(8, 3), (16, 8))
    assert rows.total_activations == 16 * 8 + 16 * 3
    folded = Model(lambda m, x: m.a(x.reshape(-1, 8)), a=nn.Linear(8, 3))
    assert layer_table(folded, (16, 8)).total_activations == 16 * 8 + 16 * 3
    many = layer_table(conv(3, 2), torch.zeros(4, 3, 9, 9))
    assert many.total_activations == 4 * (243 + 98) and many.total_macs == 4 * 2 * 27 * 49


def test_sums_and_averages_in_a_forward_have_rows():
    rows = layer_table(models.BasicBlock(4, 4), (4, 9, 9))
    assert [row.layer for row in rows if row.layer == "sum"] == ["sum"]
    net = Model(lambda m, x: m.a(x).mean(dim=(2, 3)), a=conv(1, 2))
    last = layer_table(net, (1, 6, 7))[-1]
    assert (last.layer, last.output_shape, last.activations) == ("average", (2,), 2)


def shifted(m, x):
    y = m.a(x)
    y[:, :, 1:] += y[:, :, :-1]
    return m.b(y)


@pytest.mark.parametrize(
    "net",
    [
        Model(shifted, a=conv(1, 2), b=conv(2, 2, 1)),
        Model(lambda m, x: F.conv2d(m.a(x), m.a(x)[:, :, :3, :3]), a=conv(1, 2)),
    ],
)
def test_where_the_field_is_not_known_none_is_given(net):
    assert layer_table(net, (1, 9, 9))[-1].receptive_field is None


def test_models_of_other_precision_and_numpy_sizes_are_counted():
    assert layer_table(conv(1, 2).half(), (np.int64(1), 6, 7)).total_macs == 2 * 9 * 4 * 5
    assert layer_table(conv(1, 2).double(), (1, 6, 7)).total_macs == 2 * 9 * 4 * 5


def test_operations_outside_of_layers_have_rows():
    rows = {(row.name, row.layer): row for row in layer_table(*ASSORTED["u-net"])}
    assert rows["forward", "max pooling"].output_shape == (8, 8, 6)
    assert rows["forward", "concatenation"].output_shape == (16, 16, 12)
    own = layer_table(*ASSORTED["own parameter"])
    assert [(row.layer, row.parameters, row.macs) for row in own] == [
        ("convolution", 0, 6 * 3 * 9 * 9 * 8),
        ("Conv2d", 14, 2 * 6 * 9 * 8),
        ("OwnWeight's own", 162, 0),
    ]


# ------------------------------------------------------------ known networks

# Parameters and GMACs as torchvision's model pages give them (weights IMAGENET1K_V1);
# AlexNet's other forms, GoogLeNet, NiN and the CIFAR ResNets: see the docstrings.
PUBLISHED = {
    "alexnet": (61_100_840, 0.71),
    "vgg11": (132_863_336, 7.61),
    "vgg13": (133_047_848, 11.31),
    "vgg16": (138_357_544, 15.47),
    "vgg19": (143_667_240, 19.63),
    "resnet18": (11_689_512, 1.81),
    "resnet34": (21_797_672, 3.66),
    "resnet50": (25_557_032, 4.09),
    "resnet101": (44_549_160, 7.80),
    "resnet152": (60_192_808, 11.51),
    "densenet121": (7_978_856, 2.83),
}


def made(name, *arguments, **options):
    with torch.device("meta"):
        return getattr(models, name)(*arguments, **options).eval()


@pytest.mark.parametrize("name", PUBLISHED)
def test_totals_are_the_published_ones(name):
    model = made(name)
    table = layer_table(model, (3, 224, 224))
    parameters, giga = PUBLISHED[name]
    assert table.total_parameters == parameters == sum(p.numel() for p in model.parameters())
    assert abs(table.total_macs / 1e9 - giga) < 0.006
    assert table.notes == []


OTHERS = [
    ("lenet5", {}, (1, 28, 28), 61_706),
    ("simple_conv_net", {}, (1, 28, 28), 433_890),
    ("alexnet", {"variant": "handout"}, (3, 227, 227), 62_378_344),
    ("alexnet", {"variant": "paper"}, (3, 227, 227), 60_965_224),
    ("googlenet", {}, (3, 224, 224), 7_005_832),
    ("network_in_network", {}, (3, 32, 32), 966_986),
    ("resnet_cifar", {"n": 3}, (3, 32, 32), 269_722),
    ("resnet_cifar", {"n": 18}, (3, 32, 32), 1_727_962),
    ("resnet_cifar", {"n": 2, "skip": False}, (1, 28, 28), None),
]


@pytest.mark.parametrize(
    ("name", "options", "shape", "count"),
    [*OTHERS, *((name, {}, (3, 224, 224), c) for name, (c, _) in PUBLISHED.items())],
)
def test_macs_agree_with_torch_on_all_models(name, options, shape, count):
    if shape[0] == 1 and name == "resnet_cifar":
        options = options | {"channels": 1}
    model = made(name, **options)
    table = layer_table(model, shape)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, *shape, device="meta"))
    assert 2 * table.total_macs == counter.get_total_flops()
    assert count is None or table.total_parameters == count


def test_vgg16_line_by_line_as_the_handout_has_it():
    table = layer_table(made("vgg16"), (3, 224, 224))
    convs = [row for row in table if row.layer == "Conv2d"]
    weights = [int(row.parameters) - row.output_shape[0] for row in convs]
    assert weights == [
        1_728, 36_864, 73_728, 147_456, 294_912, 589_824, 589_824, 1_179_648, *[2_359_296] * 5,
    ]  # fmt: skip
    assert (table.total_activations, table.total_macs) == (15_237_608, 15_470_264_320)
    assert table.find("0")[0].arithmetic.startswith("3·3·3·64 + 64 = 1,792 parameters")
    assert [int(row.parameters) for row in table.find("Linear")] == [
        102_764_544, 16_781_312, 4_097_000,
    ]  # fmt: skip


def test_receptive_fields_where_there_are_such():
    table = {row.name: row for row in layer_table(models.lenet5(), (1, 28, 28))}
    assert table["conv2"].receptive_field == (14, 14) and table["pool2"].receptive_field == (16, 16)
    assert table["flatten"].receptive_field is None
    vgg = [r for r in layer_table(made("vgg16"), (3, 224, 224)) if r.layer == "MaxPool2d"]
    assert vgg[-1].receptive_field == (212, 212)
    block = layer_table(models.BasicBlock(4, 4), (4, 9, 9))
    assert {row.name: row.receptive_field for row in block}["bn2"] == (5, 5)
    # The skip's narrow field lies inside the wide one of the branch.
    net = Model(lambda m, x: m.c(m.a(x) + x), a=conv(1, 1, 5, padding=2), c=conv(1, 1))
    expected = receptive_field([(5, 1, 2), (3,)])[-1].size
    assert layer_table(net, (1, 12, 12))[-1].receptive_field == (expected, expected) == (7, 7)
    transposed = nn.Sequential(nn.ConvTranspose2d(1, 1, 3), conv(1, 1))
    assert [row.receptive_field for row in layer_table(transposed, (1, 9, 9))] == [(3, 3), (5, 5)]
    wide = layer_table(conv(1, 1, (3, 5), dilation=(2, 1)), (1, 9, 9))
    assert wide[0].receptive_field == (5, 5)


def test_a_field_is_what_the_gradient_says():
    """Branches of unequal depth, a pooling, and a concatenation."""
    net = Model(
        lambda m, x: m.d(F.avg_pool2d(torch.cat([m.a(x), m.c(torch.tanh(m.b(x)))], 1), 3, 2)),
        a=conv(1, 2, 1), b=conv(1, 2, padding=1), c=conv(2, 2, 5, padding=2), d=conv(4, 1),
    ).double()  # fmt: skip
    x = torch.rand(1, 1, 31, 31, dtype=torch.float64, requires_grad=True)
    out = net(x)
    (gradient,) = torch.autograd.grad(out[0, 0, 6, 6], x)
    places = torch.nonzero(gradient[0, 0])
    spread = (places.max(dim=0).values - places.min(dim=0).values + 1).tolist()
    found = layer_table(net.float(), (1, 31, 31))[-1].receptive_field
    assert found == tuple(spread) == (13, 13)


def test_resnet152_is_quick_and_needs_no_memory():
    model, x = made("resnet152"), torch.zeros(1, 3, 224, 224, device="meta")
    start = time.perf_counter()
    model(x)
    plain = time.perf_counter() - start
    start = time.perf_counter()
    table = layer_table(model, (3, 224, 224))
    assert time.perf_counter() - start < plain + 1
    assert len(table.find("Conv2d")) == 155


# ------------------------------------------------------------------- errors


class Raises(nn.Module):
    def forward(self, x):
        raise KeyError("weights")


class Decides(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


WRONG = {
    "model is 'vgg', but it must be a torch module": lambda: layer_table("vgg", (1, 2, 3)),
    "input_shape is 28, but": lambda: layer_table(nn.ReLU(), 28),
    "input_shape is \\(\\), but": lambda: layer_table(nn.ReLU(), ()),
    "input_shape has the item \\(1, 0\\)": lambda: layer_table(nn.ReLU(), [(1, 0)]),
    "input_shape has the item 2.5": lambda: layer_table(nn.ReLU(), (2.5, 3)),
    "layer 'fc1' \\(Linear\\) fails on an input of shape \\(256,\\) \\(the model's input: "
    "\\(1, 24, 24\\)\\). RuntimeError: .*256.*400, 120": lambda: layer_table(
        models.lenet5(), (1, 24, 24)
    ),
    "layer 'conv1' \\(Conv2d\\) fails on an input of shape \\(3, 28, 28\\)": lambda: layer_table(
        models.lenet5(), (3, 28, 28)
    ),
    "layer '1' \\(Raises\\) fails .* KeyError: 'weights'": lambda: layer_table(
        nn.Sequential(nn.ReLU(), Raises()), (3,)
    ),
    "the forward of Decides fails": lambda: layer_table(Decides(), (3,)),
    "needs numbers, not only shapes": lambda: layer_table(Decides(), (3,)),
    "has no shape yet: call the model once": lambda: layer_table(nn.LazyLinear(3), (3,)),
    'device is "cuda"|device is \'cuda\'': lambda: layer_table(nn.ReLU(), (3,), "cuda"),
    "the forward of Model fails .* missing 1 required positional": lambda: layer_table(
        Model(lambda m, x, y: x), (3,)
    ),
    "a compiled script": lambda: layer_table(torch.jit.script(nn.ReLU()), (3,)),
    "has a compiled script": lambda: layer_table(
        nn.Sequential(torch.jit.script(nn.ReLU())), (3,)
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("words", WRONG)
def test_what_goes_wrong_names_the_layer(words):
    with pytest.raises(ValueError, match=words):
        WRONG[words]()


class NoSuper(nn.Module):
    def __init__(self):
        pass


class ByName(nn.Module):
    """Takes inputs by name, and gives its answer as a library's models do."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, *, pixels, scale=None):
        hidden = self.a(pixels) if scale is None else self.a(pixels) * scale
        return Answer(logits=self.b(hidden), hidden=hidden)


@dataclass
class Answer:
    logits: torch.Tensor
    hidden: torch.Tensor


MORE_WRONG = {
    "does not call super": lambda: layer_table(NoSuper(), (3,)),
    "more numbers than can be looked at": lambda: layer_table(nn.ReLU(), (10**9, 10**9)),
    'try device="meta"': lambda: layer_table(nn.ReLU(), (10**5, 10**5), "cpu"),
    "has no numbers: nothing can be computed": lambda: layer_table(
        nn.Linear(3, 2).to("meta"), (3,), "cpu"
    ),
    "keep is True, but on the meta device": lambda: trace(nn.ReLU(), (3,), keep=True),
    "keep is 1, but": lambda: trace(nn.ReLU(), (3,), "cpu", keep=1),
    "layer 'a' \\(Linear\\) fails on an input of shape \\(5,\\)": lambda: layer_table(
        ByName(), {"pixels": (5,)}
    ),
    "the forward of Sequential fails without a tensor|SystemExit": lambda: layer_table(
        nn.Sequential(Model(lambda m, x: sys.exit(3))), (3,)
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", MORE_WRONG)
def test_what_cannot_be_run_is_told_in_words(words):
    with pytest.raises(ValueError, match=words) as told:
        MORE_WRONG[words]()
    assert "device is" not in str(told.value) and "  (" not in str(told.value)


def test_a_sentence_does_not_advise_what_is_done_already():
    with pytest.raises(ValueError, match="NotImplementedError") as told:
        layer_table(nn.Sequential(nn.Module()), (3,), "cpu")
    assert "try device" not in str(told.value)


def test_inputs_and_outputs_by_name():
    table = layer_table(ByName(), {"pixels": (3,), "scale": torch.ones(1, 4)})
    assert table.total_macs == 12 + 8 and table.input_shapes == [(3,), (4,)]
    assert layer_table(ByName(), {"pixels": (3,)}).total_parameters == 16 + 10


def test_layers_in_a_plain_list_are_told():
    class Hidden(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Linear(3, 3), {"last": nn.Linear(3, 2)}]

        def forward(self, x):
            return self.layers[1]["last"](self.layers[0](x))

    table = layer_table(Hidden(), (3,))
    assert table.total_parameters == 0 and table.total_macs == 9 + 6
    assert len(table.notes) == 2 and "Linear with 12 parameters" in table.notes[0]
    assert "nn.ModuleList" in table.notes[0]


def test_mixtures_of_experts_are_counted():
    def forward(m, x):
        return torch._grouped_mm(x[0], m.w, offs=torch.tensor([2, 5, 6], dtype=torch.int32))

    experts = Model(forward, w=nn.Parameter(torch.zeros(3, 8, 16, dtype=torch.bfloat16)))
    table = layer_table(experts, torch.zeros(1, 6, 8, dtype=torch.bfloat16))
    assert table.total_macs == 6 * 8 * 16 and not table.notes
    from cnnlab.trace.operations import PRODUCTS

    # Of (groups, rows, inner) and (inner, columns), whose columns are shared out.
    counted = PRODUCTS[torch.ops.aten._grouped_mm](torch.empty(3, 5, 8), torch.empty(8, 12))
    assert counted == 5 * 8 * 12


def test_only_what_is_known_to_be_free_is_silent():
    free = Model(lambda m, x: m.a(x) / torch.linalg.vector_norm(m.a(x), dim=1, keepdim=True),
                 a=nn.Linear(3, 4))  # fmt: skip
    assert layer_table(free, (3,)).notes == []
    assert layer_table(nn.DataParallel(nn.Linear(3, 4)), (3,)).notes == []
    unknown = Model(lambda m, x: torch.cdist(m.a(x), m.a(x)), a=nn.Linear(3, 4))
    assert "cdist" in layer_table(unknown, (5, 3)).notes[0]


def test_a_forward_that_writes_cell_by_cell_stays_small():
    def forward(m, x):
        x = m.a(x)
        out = torch.zeros(1, 4, *x.shape[2:])
        for i in range(x.shape[2]):
            for j in range(x.shape[3]):
                out[:, :, i, j] = x[:, :, i, j] @ m.w
        return out

    slow = Model(forward, a=conv(2, 3), w=nn.Parameter(torch.zeros(3, 4)))
    found = trace(slow, (2, 32, 32))
    assert sum(row.macs for row in found.rows) == 2 * 3 * 9 * 900 + 900 * 12
    assert len(found.nodes) < 210 and found.nodes[-1].kind == "arithmetic"
    assert found.feeds(len(found.nodes) - 1)[-1] == len(found.nodes) - 2


def test_a_forward_that_decides_by_numbers_is_counted_on_the_cpu():
    net = nn.Sequential(Decides(), nn.Linear(3, 2))
    assert layer_table(net, (3,), device="cpu").total_macs == 6


def test_tensors_can_be_given_where_shapes_do_not_do():
    net = nn.Sequential(nn.Embedding(10, 4), nn.Flatten(), nn.Linear(12, 2))
    words = torch.zeros(1, 3, dtype=torch.long)
    for given in (words, [words]):
        table = layer_table(net, given)
        assert table.total_parameters == 40 + 26 and table.total_macs == 24


# ----------------------------------------------------------------- as shown


def test_the_table_as_text_and_in_a_notebook():
    table = layer_table(models.lenet5(), (1, 28, 28))
    lines = str(table).splitlines()
    assert lines[0].split() == [
        "name", "layer", "output", "parameters", "activations", "MACs", "field",
    ]  # fmt: skip
    assert lines[-2].split() == ["total", "Sequential", "61,706", "8,878", "416,520"]
    assert "MACs" in lines[-1] and repr(table) == str(table)
    page = table._repr_html_()
    assert page.count("<tr") == len(table) + 2 and "<input" not in page
    assert "5·5·1·6 + 6 = 156 parameters; 5·5·1·6·28·28 = 117,600 MACs" in page
    long = layer_table(made("vgg16"), (3, 224, 224))
    assert len(long) >= LONG and "<input" in long._repr_html_()
    assert {row.name for row in table.find("CONV")} == {"conv1", "conv2"}
    assert isinstance(table, list) and np.sum([row.macs for row in table]) == 416_520


def test_other_convolutions_are_written_out():
    layers = nn.Sequential(
        conv(8, 8, groups=8, bias=False), conv(8, 16, 1), conv(16, 4, dilation=2, groups=2),
        nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1),
    )  # fmt: skip
    table = layer_table(layers, (8, 12, 13))
    assert [row.arithmetic for row in table] == [
        "3·3·1·8 = 72 parameters; 3·3·1·8·10·11 = 7,920 MACs",
        "1·1·8·16 + 16 = 144 parameters; 1·1·8·16·10·11 = 14,080 MACs",
        "3·3·8·4 + 4 = 292 parameters; 3·3·8·4·6·7 = 12,096 MACs",
        "4·4·4·6 + 6 = 390 parameters; 4·4·4·6·6·7 = 16,128 MACs",
    ]
    assert [row.receptive_field for row in table] == [
        (3, 3), (3, 3), (7, 7), (8, 8),
    ]  # fmt: skip
