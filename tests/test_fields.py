"""What cells see of the input, against the gradients of random networks, cell by cell."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnlab import models
from cnnlab.trace import trace


class Net(nn.Module):
    """A forward written as a function of the module, with its layers by name."""

    def __init__(self, forward, **layers):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.way = forward

    def forward(self, x):
        return self.way(self, x)


class Excited(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, channels):
        super().__init__()
        self.dense = nn.Linear(channels, channels)

    def forward(self, x):
        return x * torch.sigmoid(self.dense(x.mean((2, 3))))[:, :, None, None]


def conv(a, b, k=3, **options):
    return nn.Conv2d(a, b, k, **options)


def shuffled(m, x):
    """Channels split, mixed and put together again, as in ShuffleNet."""
    one, two = m.a(x).chunk(2, dim=1)
    x = torch.cat([one, m.b(two)], dim=1)
    n, c, h, w = x.shape
    x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
    return m.c(x)


SHUFFLED = Net(shuffled, a=conv(2, 4), b=conv(2, 2, padding=1), c=conv(4, 2, (1, 3)))
NETS = {
    "stride and dilation": nn.Sequential(conv(2, 3, 3, stride=2, padding=1), conv(3, 2, 3,
                                         dilation=2)),
    "unequal axes": nn.Sequential(conv(2, 3, (3, 5), stride=(1, 2), padding=(2, 0)),
                                  nn.AvgPool2d((2, 1))),
    "max pooling": nn.Sequential(nn.MaxPool2d(3, 2, 1), conv(2, 2)),
    "transposed": nn.Sequential(nn.ConvTranspose2d(2, 2, 3), conv(2, 2)),
    "transposed, stride": nn.Sequential(conv(2, 2, 3, stride=2), nn.ConvTranspose2d(
        2, 2, 4, stride=2, padding=1), conv(2, 2)),
    "transposed, odd": nn.ConvTranspose2d(2, 2, 3, stride=2, padding=1, output_padding=1),
    "nearest": nn.Sequential(conv(2, 2, 3, stride=2), nn.Upsample(scale_factor=2), conv(2, 2)),
    "nearest, three": nn.Sequential(conv(2, 2, 2, stride=3), nn.Upsample(scale_factor=3),
                                    conv(2, 2)),
    "bilinear": nn.Sequential(conv(2, 2, 3, stride=2), nn.Upsample(
        scale_factor=2, mode="bilinear")),
    "bilinear, corners": nn.Upsample(size=(25, 25), mode="bilinear", align_corners=True),
    "u-net": Net(lambda m, x: m.c(torch.cat([m.a(x), F.interpolate(m.b(F.avg_pool2d(
        m.a(x), 2)), scale_factor=2)], 1)), a=conv(2, 2, padding=1), b=conv(2, 2, padding=1),
        c=conv(4, 1)),
    "explicit padding": Net(lambda m, x: m.a(F.pad(x, (2, 1, 0, 3))), a=conv(2, 2)),
    "cut": Net(lambda m, x: m.a(x[:, :, 2:, ::2]), a=conv(2, 2)),
    "excited": nn.Sequential(conv(2, 4), Excited(4), conv(4, 2, padding=1)),
    "group norm": nn.Sequential(conv(2, 4, stride=2), nn.GroupNorm(2, 4), conv(4, 2)),
    "instance norm": nn.Sequential(conv(2, 4), nn.InstanceNorm2d(4), conv(4, 2)),
    "shuffled channels": SHUFFLED,
    "permuted": Net(lambda m, x: m.a(x.permute(0, 2, 3, 1).add(1).permute(0, 3, 1, 2)),
                    a=conv(2, 2)),
    "dense on channels": Net(lambda m, x: m.a(m.b(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
                             a=nn.LayerNorm(3), b=conv(2, 3)),
    "pixel shuffle": nn.Sequential(conv(2, 8, stride=2), nn.PixelShuffle(2), conv(2, 2)),
    "pixel unshuffle": nn.Sequential(nn.PixelUnshuffle(2), conv(8, 2)),
    "adaptive": nn.Sequential(conv(2, 2), nn.AdaptiveAvgPool2d((3, 5))),
    "sum of depths": Net(lambda m, x: m.b(m.a(x)) + x, a=conv(2, 2, padding=1),
                         b=conv(2, 2, 5, padding=2)),
    "bottleneck": models.Bottleneck(2, 2, stride=2),
}  # fmt: skip


def seen(net, side, runs):
    """For rows and columns: which input positions a cell of the output depends on."""
    rows, columns = None, None
    for seed in range(runs):
        torch.manual_seed(seed)
        x = torch.rand(1, 2, side, side, dtype=torch.float64, requires_grad=True)
        out = net(x)
        found = []
        for dim in (2, 3):
            lines = []
            for place in range(out.shape[dim]):
                weights = torch.rand_like(out.select(dim, place))
                part = (out.select(dim, place) * weights).sum()
                (slope,) = torch.autograd.grad(part, x, retain_graph=True)
                lines.append(slope.abs().amax((0, 1, 5 - dim)) > 0)
            found.append(torch.stack(lines))
        rows, columns = (
            old | new if old is not None else new
            for old, new in zip((rows, columns), found, strict=True)
        )
    return rows, columns


@pytest.mark.parametrize("name", NETS)
def test_every_cell_sees_what_its_gradient_says(name):
    torch.manual_seed(0)
    net, side = NETS[name].double().eval(), 18
    for p in net.parameters():  # none is 0, and ReLU lets through
        p.data = torch.rand_like(p) + 0.1
    last = trace(net, (2, side, side)).nodes[-1]
    for axis, lines in zip(last.axes, seen(net, side, 12), strict=True):
        for place, line in enumerate(lines):
            at = 0 if axis.same else place
            first, end = max(int(axis.first[at]), 0), min(int(axis.last[at]), side - 1)
            places = torch.nonzero(line).flatten().tolist()
            if not places:
                continue
            # Near an end the field may reach padding, or rows that no window took.
            assert first <= places[0] and places[-1] <= end, (name, place)
            if len(lines) // 4 <= place < 3 * len(lines) // 4:
                assert (first, end) == (places[0], places[-1]), (name, place)


@pytest.mark.parametrize(
    "net",
    [
        Net(lambda m, x: m.a(x.flip(2)), a=conv(2, 2)),
        Net(lambda m, x: m.a(x.roll(3, 3)), a=conv(2, 2)),
        Net(lambda m, x: m.a(x.transpose(2, 3).reshape(x.shape)), a=conv(2, 2)),
        Net(lambda m, x: m.a(torch.cat([x, x], 2)), a=conv(2, 2)),
        Net(lambda m, x: x.flatten(2).cumsum(2).view(x.shape)),
        Net(lambda m, x: m.a(x.softmax(3)), a=conv(2, 2)),
    ],
)
def test_what_is_not_followed_is_not_known(net):
    assert trace(net, (2, 8, 8)).nodes[-1].axes is None


def test_the_same_steps_are_told_to_be_regular():
    chain = nn.Sequential(conv(1, 2, 5, padding=2), nn.MaxPool2d(2), conv(2, 3, 5))
    rows, columns = trace(chain, (1, 28, 28)).nodes[-1].axes
    assert rows.regular == columns.regular == (-2, 2, 14)
    upsampled = nn.Sequential(nn.Upsample(scale_factor=2), conv(1, 1, 2))
    assert trace(upsampled, (1, 6, 6)).nodes[-1].axes[0].regular is None


def written(m, x):
    """A part is taken, and then the whole is changed by all of it."""
    x = m.a(x)
    part = x[:, :1]
    x.mul_(x.mean((2, 3), keepdim=True))
    return part * 1


@pytest.mark.parametrize(
    "net",
    [
        nn.Upsample(scale_factor=2.3),
        nn.Upsample(scale_factor=1.3, mode="bilinear"),
        nn.ReflectionPad2d(2),
        Net(written, a=conv(2, 2)),
        Net(lambda m, x: torch.cat([x, m.a(x)[..., ::2, ::2]]) if x.shape[2] < 3
            else m.a(x)[..., :3, :3] + m.b(x)[..., :3, :3], a=conv(2, 2), b=conv(2, 2, stride=2)),
    ],
)  # fmt: skip
def test_cells_that_shift_or_are_written_behind_ones_back_are_not_known(net):
    assert trace(net, (2, 9, 9)).nodes[-1].axes is None


def test_a_number_that_python_takes_hides_where_it_goes():
    net = Net(lambda m, x: m.a(x) * x.mean().item(), a=conv(2, 2))
    assert trace(net, (2, 8, 8), "cpu").nodes[-1].axes is None
