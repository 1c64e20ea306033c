"""The record of a run: nodes and edges against expectations written by hand."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnlab import models
from cnnlab.trace import trace
from cnnlab.widgets.flow import without_passing


def flow(model, shape):
    """Edges by name: "a > b"."""
    found = trace(model, shape)
    return [f"{found.nodes[a].name} > {found.nodes[b].name}" for a, b in found.edges]


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.deep = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.up, self.last = nn.ConvTranspose2d(8, 4, 2, stride=2), nn.Conv2d(8, 2, 1)

    def forward(self, x):
        fine = self.down(x)
        return self.last(torch.cat([fine, self.up(self.deep(F.max_pool2d(fine, 2)))], dim=1))


class Gate(nn.Module):
    """Squeeze and excitation: the whole picture decides how much of each channel goes on."""

    def __init__(self):
        super().__init__()
        self.conv, self.dense = nn.Conv2d(3, 4, 3), nn.Linear(4, 4)

    def forward(self, x):
        x = self.conv(x)
        return x * torch.sigmoid(self.dense(x.mean((2, 3))))[:, :, None, None]


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.join = nn.Conv2d(1, 2, 3), nn.Linear(6, 3), nn.Linear(2 * 4 * 5 + 3, 2)

    def forward(self, x, y):
        return self.join(torch.cat([self.a(x).flatten(1), self.b(y)], 1))


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x):
        return self.conv(F.relu(self.conv(x))) + x


class Picked(nn.Module):
    """One branch picks channels of the other: neither a layer nor number by number."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 3, 1), nn.Conv2d(1, 2, 1)
        self.last = nn.Conv2d(1, 1, 1)

    def forward(self, x):
        return self.last(torch.gather(self.a(x), 1, self.b(x).argmax(1, keepdim=True)))


EXPECTED = {
    "chain": (nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Flatten()), (1, 5, 5),
              ["input > 0", "0 > 1", "1 > 2"]),
    "block": (models.BasicBlock(8, 16, 2), (8, 9, 11), [
        "input > conv1", "conv1 > bn1", "bn1 > forward", "forward > conv2", "conv2 > bn2",
        "input > shortcut.0", "shortcut.0 > shortcut.1", "bn2 > forward (2)",
        "shortcut.1 > forward (2)", "forward (2) > forward (3)"]),
    "dense": (models.DenseLayer(8, 4), (8, 5, 5), [
        "input > new.0", "new.0 > new.1", "new.1 > new.2", "new.2 > new.3", "new.3 > new.4",
        "new.4 > new.5", "input > forward", "new.5 > forward"]),
    "u-net": (UNet(), (1, 8, 8), [
        "input > down", "down > forward", "forward > deep", "deep > up", "down > forward (2)",
        "up > forward (2)", "forward (2) > last"]),
    "gate": (Gate(), (3, 6, 6), [
        "input > conv", "conv > forward", "forward > dense", "dense > forward (2)",
        "conv > forward (3)", "forward (2) > forward (3)"]),
    "picked": (Picked(), (1, 4, 4), ["input > a", "input > b", "a > last", "b > last"]),
    "two inputs": (Two(), [(1, 6, 7), (6,)], [
        "input > a", "input (2) > b", "a > forward", "b > forward", "forward > join"]),
    "a layer called twice": (Shared(), (2, 4, 4), [
        "input > conv", "conv > forward", "forward > conv (2)", "input > forward (2)",
        "conv (2) > forward (2)"]),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_edges_are_those_of_the_code(name):
    model, shape, expected = EXPECTED[name]
    assert flow(model, shape) == expected


def test_nodes_have_kinds_shapes_rows_and_calls():
    found = trace(models.BasicBlock(8, 16, 2), (8, 9, 11))
    nodes = {node.name: node for node in found.nodes}
    assert nodes["conv1"].kind == "Conv2d" and nodes["conv1"].detail == "3x3, 16, /2"
    assert nodes["shortcut.0"].calls == (("shortcut", "Sequential", 1),)
    assert nodes["forward (2)"].kind == "sum" and nodes["forward (2)"].shape == (16, 5, 6)
    assert nodes["forward"].kind == "ReLU" and nodes["forward"].row is None
    for node in found.nodes:
        if node.row is not None:
            assert found.rows[node.row].output_shape == node.shape
    assert found.rows[nodes["conv1"].row].parameters == 3 * 3 * 8 * 16


def test_the_edges_are_those_of_autograd():
    """What a node comes from, by the graph that autograd keeps, on twenty random networks."""
    for seed in range(20):
        torch.manual_seed(seed)
        model = Random(seed)
        found = trace(model, (2, 6, 6))
        edges = {(found.nodes[a].name, found.nodes[b].name) for a, b in found.edges}
        assert edges == model.expected


class Random(nn.Module):
    """Layers that read one or two of those before, as a seed says."""

    def __init__(self, seed):
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        self.layers = nn.ModuleList(nn.Conv2d(2, 2, 3, padding=1) for _ in range(6))
        self.reads = [
            sorted({int(torch.randint(n + 1, (1,), generator=draw)) for _ in range(2)})
            for n in range(6)
        ]
        self.expected, sums = set(), 0
        names = ["input", *(f"layers.{n}" for n in range(6))]
        for n, reads in enumerate(self.reads):
            feeds = names[reads[0]]
            if len(reads) == 2:
                sums += 1
                feeds = "forward" if sums == 1 else f"forward ({sums})"
                self.expected |= {(names[r], feeds) for r in reads}
            self.expected.add((feeds, names[n + 1]))

    def forward(self, x):
        seen = [x]
        for layer, reads in zip(self.layers, self.reads, strict=True):
            seen.append(layer(sum(seen[r] for r in reads[1:]) + seen[reads[0]]
                              if len(reads) == 2 else seen[reads[0]]))  # fmt: skip
        return seen[-1]


@pytest.mark.parametrize(
    ("make", "joins"),
    [("resnet18", 8), ("resnet50", 16), ("googlenet", 9), ("densenet121", 58), ("vgg16", 0)],
)
def test_large_networks_have_as_many_joins_as_their_papers_say(make, joins):
    with torch.device("meta"):
        found = trace(getattr(models, make)(), (3, 224, 224))
    ends = [end for _, end in found.edges]
    assert sum(ends.count(n) > 1 for n in set(ends)) == joins
    assert all(a < b for a, b in found.edges), "nothing is computed of what comes later"


class Memory(nn.Module):
    """A recurrent layer over the rows of an image."""

    def __init__(self):
        super().__init__()
        self.read, self.last = nn.LSTM(6, 5, batch_first=True), nn.Linear(5, 2)

    def forward(self, x):
        return self.last(self.read(x[:, 0])[0][:, -1])


class Kinds(nn.Module):
    """Grouped, depthwise and transposed convolutions, with a skip around two of them."""

    def __init__(self):
        super().__init__()
        self.grouped = nn.Conv2d(4, 8, 3, padding=1, groups=2)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.pointwise = nn.Conv2d(8, 8, 1)
        self.up = nn.ConvTranspose2d(8, 2, 2, stride=2)

    def forward(self, x):
        x = self.grouped(x)
        return self.up(x + self.pointwise(F.gelu(self.depthwise(x))))


class Attention(nn.Module):
    """A transformer block, with its layers normalized first."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LayerNorm(8), nn.LayerNorm(8)
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))
        self.wide, self.narrow = nn.Linear(8, 16), nn.Linear(16, 8)

    def forward(self, x):
        y = self.first(x)
        q, k, v = self.query(y), self.key(y), self.value(y)
        x = x + F.scaled_dot_product_attention(q, k, v)
        return x + self.narrow(F.gelu(self.wide(self.second(x))))


class Functions(nn.Module):
    """No layers inside: parameters and functions."""

    def __init__(self):
        super().__init__()
        self.weight, self.scale = nn.Parameter(torch.ones(2, 1, 3, 3)), nn.BatchNorm2d(2)

    def forward(self, x):
        return self.scale(F.conv2d(x, self.weight)) + F.max_pool2d(x, 3, 1)


COURSE = {
    **{f"vgg{n}": (3, 224, 224) for n in (11, 13, 16, 19)},
    **{f"resnet{n}": (3, 64, 64) for n in (18, 34, 50, 101, 152)},
    "lenet5": (1, 28, 28), "simple_conv_net": (1, 28, 28), "alexnet": (3, 227, 227),
    "googlenet": (3, 224, 224), "densenet121": (3, 64, 64), "network_in_network": (3, 227, 227),
    "digit_segmenter": (1, 56, 56), "grid_detector": (1, 64, 64), "resnet_cifar": (3, 32, 32),
    "BasicBlock": (8, 9, 11), "Bottleneck": (8, 9, 11), "DenseLayer": (8, 5, 5),
    "Inception": (8, 9, 9),
}  # fmt: skip
ARGUMENTS = {"resnet_cifar": (3,), "BasicBlock": (8, 16, 2), "Bottleneck": (8, 4, 2),
             "DenseLayer": (8, 4), "Inception": (8, 4, (4, 8), (2, 4), 4)}  # fmt: skip
OTHERS = {
    "u-net": (UNet, (1, 8, 8)), "gate": (Gate, (3, 6, 6)), "two": (Two, [(1, 6, 7), (6,)]),
    "shared": (Shared, (2, 4, 4)), "lstm": (Memory, (1, 7, 6)), "kinds": (Kinds, (4, 6, 6)),
    "attention": (Attention, (5, 8)), "functions": (Functions, (1, 6, 6)),
}  # fmt: skip


@pytest.mark.parametrize("name", [*COURSE, *OTHERS])
def test_between_layers_the_edges_are_those_of_autograd(name):
    """Which layer reads which, by a way to watch that shares nothing with ours."""
    make, shape = OTHERS.get(name) or (getattr(models, name), COURSE[name])
    with torch.device("meta"):
        model = make(*ARGUMENTS.get(name, ())).eval()
        shapes = shape if isinstance(shape, list) else [shape]
        xs = [torch.rand(2, *one).requires_grad_() for one in shapes]
    named, expected = edges_of_autograd(model, xs)
    found = trace(model, shape)
    kept, edges = without_passing(found, passes=lambda node: node.name not in named)
    assert {found.nodes[n].name for n in kept} == named
    assert {(found.nodes[a].name, found.nodes[b].name) for a, b in edges} == expected
    assert len(expected) >= len(named) - 1, "every layer is fed by something"


def edges_of_autograd(model, xs):
    """Names of inputs and layers, and which of them reads which, by the graph of gradients."""
    made, calls = {}, {}  # the function that made a layer's output, and that layer's name
    ends = [torch.autograd.graph.get_gradient_edge(x).node for x in xs]
    made.update(zip(ends, ["input", "input (2)"], strict=False))

    def note(layer, given, output):
        output = output[0] if isinstance(output, tuple) else output
        calls[layer] = calls.get(layer, 0) + 1
        name = names[layer] if calls[layer] == 1 else f"{names[layer]} ({calls[layer]})"
        if not any(output is x for x in given):  # else it made nothing
            made.setdefault(output.grad_fn, name)

    names = {module: name for name, module in model.named_modules()}
    hooks = [m.register_forward_hook(note) for m in names if not any(m.children())]
    output = model(*xs)
    for hook in hooks:
        hook.remove()

    def behind(function):
        """The layers that a function's inputs come from."""
        found, ways, seen = set(), [f for f, _ in function.next_functions if f], set()
        while ways:
            one = ways.pop()
            if one in made:
                found.add(made[one])
            elif one not in seen:
                seen.add(one)
                ways += [f for f, _ in one.next_functions if f]
        return found

    assert output.grad_fn is not None
    return set(made.values()), {(a, b) for f, b in made.items() for a in behind(f)}


class Parts(nn.Module):
    """In place on a part, and on the whole after a part was taken."""

    def __init__(self, order):
        super().__init__()
        self.a, self.b, self.relu = nn.Conv2d(1, 4, 1), nn.Conv2d(4, 2, 1), nn.ReLU(inplace=True)
        self.c, self.order = nn.Linear(64, 2), order

    def forward(self, x):
        y = self.a(x)
        if self.order == "part":
            self.relu(y.chunk(2, 1)[0])
            return self.b(y)
        flat = y.flatten(1)
        self.relu(y)
        return self.c(flat)


@pytest.mark.parametrize(("order", "last"), [("part", "b"), ("whole", "c")])
def test_what_is_written_in_place_feeds_all_that_share_its_numbers(order, last):
    assert f"relu > {last}" in flow(Parts(order), (1, 4, 4))


def test_no_two_nodes_have_one_name():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.add_module("a", nn.Conv2d(1, 1, 1))
            self.add_module("a (2)", nn.Conv2d(1, 1, 1))

        def forward(self, x):
            return getattr(self, "a (2)")(self.a(self.a(x)))

    names = [node.name for node in trace(Odd(), (1, 3, 3)).nodes]
    assert len(set(names)) == len(names) == 4


def test_numbers_are_kept_as_they_were_before_the_next_layer_changed_them():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU(inplace=True)).eval()
    x = 10 * torch.randn(1, 1, 4, 4)
    found = trace(model, x, "cpu", keep=True)
    with torch.no_grad():
        before = model[0](x)
    assert before.min() < 0 < before.max()
    assert torch.equal(found.nodes[1].values, before)
    assert torch.equal(found.nodes[2].step.inputs[0], before)
    assert torch.equal(found.nodes[2].values, before.relu())
