"""Sizes agree with torch, and illegal ones are refused in words on both sides."""

import itertools
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from cnnlab import arguments, geometry

AXES = list(itertools.product(range(1, 13), range(1, 6), range(4), range(1, 5), range(1, 4)))


def torch_size(size, kernel, padding, stride, dilation):
    """Output length of torch's own convolution, on tensors without memory."""
    layer = torch.nn.Conv1d(
        1, 1, kernel, stride=stride, padding=padding, dilation=dilation, bias=False, device="meta"
    )
    return layer(torch.empty(1, 1, size, device="meta")).shape[-1]


def test_output_size_agrees_with_torch_on_every_small_case():
    legal = 0
    for size, kernel, padding, stride, dilation in AXES:
        try:
            expected = torch_size(size, kernel, padding, stride, dilation)
        except RuntimeError:
            with pytest.raises(ValueError, match="must fit into the padded input"):
                geometry.output_size(size, kernel, stride, padding, dilation)
            continue
        assert geometry.output_size(size, kernel, stride, padding, dilation) == expected
        legal += 1
    assert 0 < legal < len(AXES)


def test_windows_and_coverage_agree_with_unfold_and_fold():
    for size, kernel, stride, padding, dilation in [
        (5, 3, 1, 0, 1), (5, 3, 1, 1, 1), (7, 3, 3, 0, 1), (8, 3, 2, 1, 2), (6, 2, 3, 2, 1),
    ]:  # fmt: skip
        options = {"stride": (1, stride), "padding": (0, padding), "dilation": (1, dilation)}
        ones = torch.ones(1, 1, 1, size)
        columns = torch.nn.functional.unfold(ones, (1, kernel), **options)
        back = torch.nn.functional.fold(columns, (1, size), (1, kernel), **options)
        assert geometry.coverage(size, kernel, stride, padding, dilation) == back.flatten().tolist()
        found = geometry.windows(size, kernel, stride, padding, dilation)
        assert len(found) == columns.shape[-1]
        assert all(len(window) == kernel for window in found)


def test_coverage_of_the_handout():
    along = geometry.coverage(5, 3)
    assert along == [1, 2, 3, 2, 1]
    assert np.outer(along, along).tolist() == [
        [1, 2, 3, 2, 1], [2, 4, 6, 4, 2], [3, 6, 9, 6, 3], [2, 4, 6, 4, 2], [1, 2, 3, 2, 1],
    ]  # fmt: skip


def test_transposed_output_size_agrees_with_torch():
    for size, kernel, stride, padding, extra, dilation in itertools.product(
        (1, 3, 6), (1, 2, 4), (1, 2, 3), (0, 1), (0, 1, 2), (1, 2)
    ):
        layer = {"stride": stride, "padding": padding, "output_padding": extra,
                 "dilation": dilation}  # fmt: skip
        try:
            expected = torch.nn.functional.conv_transpose1d(
                torch.empty(1, 1, size), torch.empty(1, 1, kernel), **layer
            ).shape[-1]
        except RuntimeError:
            expected = 0
        if expected < 1:
            with pytest.raises(ValueError):
                geometry.transposed_output_size(size, kernel, stride, padding, extra, dilation)
        else:
            got = geometry.transposed_output_size(size, kernel, stride, padding, extra, dilation)
            assert got == expected


@pytest.mark.parametrize(
    "layers",
    [
        [(3,), (3,), (3,)],
        [(3, 1, 1), (2, 2), (3, 1, 1, 2)],
        [(5, 2, 2), (3, 2, 1), (3, 1, 0, 2)],
    ],
)
def test_receptive_field_is_where_the_gradient_is(layers):
    x = torch.zeros(1, 1, 80, requires_grad=True)
    y = x
    for kernel, stride, padding, dilation in [(*lay, *(1, 0, 1)[len(lay) - 1 :]) for lay in layers]:
        ones = torch.ones(1, 1, kernel)
        y = torch.conv1d(y, ones, stride=stride, padding=padding, dilation=dilation)
    field = geometry.receptive_field(layers)[-1]
    place = y.shape[-1] // 2
    y[0, 0, place].backward()
    touched = x.grad[0, 0].nonzero().flatten().tolist()
    assert touched[0] == field.start + place * field.stride
    assert touched[-1] - touched[0] + 1 == field.size


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: geometry.output_size(7, 3, stride=0), "stride is 0"),
        (lambda: geometry.output_size(7, 3, padding=-1), "padding is -1"),
        (lambda: geometry.output_size(7, 3, dilation=0), "dilation is 0"),
        (lambda: geometry.output_size(7.0, 3), "size is 7.0"),
        (lambda: geometry.output_size("7", 3), "size is '7'"),
        (lambda: geometry.output_size(True, 1), "size is True"),
        (lambda: geometry.output_size(4, 5), "kernel 5"),
        (lambda: arguments.pair("stride", (1, 2, 3)), "stride is"),
        (lambda: geometry.receptive_field([3]), r"layers\[0\] is 3"),
        (lambda: geometry.receptive_field(3), "layers is 3"),
        (lambda: geometry.receptive_field([()]), r"layers\[0\] is \(\)"),
        (lambda: geometry.transposed_output_size(3, 3, output_padding=1), "output_padding is 1"),
    ],
)
def test_a_bad_argument_is_named_with_its_value(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_small_numpy_integers_do_not_run_over():
    assert geometry.windows(7, 3, 1, np.uint8(3))[0] == [-3, -2, -1]
    assert geometry.coverage(5, np.uint8(3), padding=np.uint8(1)) == geometry.coverage(
        5, 3, padding=1
    )


def test_numpy_integers_are_whole_numbers():
    assert geometry.output_size(np.int64(7), np.uint8(3), stride=np.int32(3)) == 2


# ---------------------------------------------------------------------- counts


def test_a_count_is_a_number_that_remembers():
    count = geometry.convolution_parameters(3, 32, 3)
    assert repr(count) == str(count) == "3·3·3·32 + 32 = 896"
    assert count == 896 and f"{count:,}" == "896" and count.terms == ((3, 3, 3, 32), (32,))
    assert type(count + 1) is int
    assert repr(geometry.Count((28_800,))) == "28,800" and repr(geometry.Count()) == "0"
    again = pickle.loads(pickle.dumps(count))
    assert again == count and again.terms == count.terms


def test_counts_of_the_handouts():
    assert geometry.dense_parameters(32 * 32 * 3, 128) == 393_344
    assert geometry.dense_macs(32 * 32 * 3, 128) == 393_216
    assert geometry.convolution_parameters(3, 32, 3) == 896
    assert geometry.convolution_parameters(3, 32, 3, bias=False) == 864
    assert 393_344 == 439 * 896
    assert geometry.dense_parameters(32 * 32 * 3, 30 * 30 * 32) == 88_502_400
    assert geometry.convolution_parameters(3, 6, 5) == 456
    assert geometry.convolution_parameters(128, 64, 3, bias=False) == 73_728
    assert geometry.convolution_macs(192, 32, 5, 28) == 120_422_400
    assert geometry.dense_parameters(28 * 28, 26 * 26, bias=False) == 529_984


@given(
    channels=st.integers(1, 4), filters=st.integers(1, 4), groups=st.integers(1, 3),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)), bias=st.booleans(),
    padding=st.integers(0, 2), stride=st.integers(1, 3), dilation=st.integers(1, 2),
    size=st.tuples(st.integers(7, 11), st.integers(7, 11)),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_convolutions_are_counted_as_torch_counts_them(
    channels, filters, groups, kernel, bias, padding, stride, dilation, size
):
    layer = torch.nn.Conv2d(
        channels * groups, filters * groups, kernel, stride, padding, dilation, groups, bias,
        device="meta",
    )  # fmt: skip
    arguments = channels * groups, filters * groups, kernel
    count = geometry.convolution_parameters(*arguments, bias, groups)
    assert count == sum(parameter.numel() for parameter in layer.parameters())
    with FlopCounterMode(display=False) as counter:
        out = layer(torch.empty(1, channels * groups, *size, device="meta"))
    macs = geometry.convolution_macs(*arguments, tuple(out.shape[2:]), groups)
    assert 2 * macs == counter.get_total_flops()  # torch counts a product and a sum


@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
@settings(max_examples=30, deadline=None)
def test_dense_layers_are_counted_as_torch_counts_them(inputs, outputs, bias):
    layer = torch.nn.Linear(inputs, outputs, bias, device="meta")
    count = geometry.dense_parameters(inputs, outputs, bias)
    assert count == sum(parameter.numel() for parameter in layer.parameters())
    with FlopCounterMode(display=False) as counter:
        layer(torch.empty(1, inputs, device="meta"))
    assert 2 * geometry.dense_macs(inputs, outputs) == counter.get_total_flops()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: geometry.convolution_parameters(0, 8, 3), "channels is 0"),
        (lambda: geometry.convolution_parameters(3, -1, 3), "filters is -1"),
        (lambda: geometry.convolution_parameters(3, 8, 3.0), "kernel is 3.0"),
        (lambda: geometry.convolution_parameters(6, 8, 3, groups=4), "groups is 4"),
        (lambda: geometry.convolution_macs(3, 8, 3, 0), "output is 0"),
        (lambda: geometry.dense_parameters(0, 8), "inputs is 0"),
        (lambda: geometry.dense_macs(8, "10"), "outputs is '10'"),
    ],
)
def test_what_cannot_be_counted_is_told(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# ------------------------------------------------------------- fields and paths

LAYERS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 3)),
    min_size=1, max_size=4,
)  # fmt: skip


@given(LAYERS, st.integers(14, 26))
@settings(max_examples=80, deadline=None)
def test_fields_and_paths_agree_with_gradients(layers, size):
    x = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
    out = x
    try:
        for kernel, stride, padding, dilation in layers:
            ones = torch.ones(1, 1, kernel, dtype=torch.float64)
            out = torch.conv1d(out, ones, None, stride, padding, dilation)
    except RuntimeError:
        with pytest.raises(ValueError, match="must fit"):
            geometry.paths(size, layers)
        return
    ways = geometry.paths(size, layers)
    assert len(ways) == out.shape[-1]
    field = geometry.receptive_field(layers)[-1]
    for index in {0, len(ways) // 2, len(ways) - 1}:
        (gradient,) = torch.autograd.grad(out[0, 0, index], x, retain_graph=True)
        assert ways[index] == gradient[0, 0].tolist()
        first = field.start + field.stride * index
        reached = [place for place, count in enumerate(ways[index]) if count]
        assert all(first <= place < first + field.size for place in reached)
        outermost = {place for place in (first, first + field.size - 1) if 0 <= place < size}
        # The ends of the field are reached, unless the way there leads through padding.
        if not any(padding for _, _, padding, _ in layers):
            assert outermost <= set(reached)


def test_random_weights_have_a_gradient_as_large_as_the_root_of_the_paths():
    """The mean of its square over independent weights is the number of paths."""
    generator = torch.Generator().manual_seed(0)
    layers, draws = [(3, 1, 0, 1), (3, 2, 0, 1), (3, 1, 0, 1)], 4000
    kernels = [torch.randn(draws, 1, 3, generator=generator) for _ in layers]
    x = torch.ones(1, draws, 15, requires_grad=True)
    out = x
    for kernel, (_, stride, _, _) in zip(kernels, layers, strict=True):
        out = torch.conv1d(out, kernel, stride=stride, groups=draws)
    middle = out.shape[-1] // 2
    (gradient,) = torch.autograd.grad(out[..., middle].sum(), x)
    squares = (gradient**2).mean(dim=(0, 1))
    ways = torch.tensor(geometry.paths(15, layers)[middle], dtype=torch.float)
    assert torch.allclose(squares, ways, rtol=0.2, atol=0.2)
    assert ways.max() >= 3


def test_small_integers_of_numpy_do_not_run_over():
    count = geometry.convolution_macs(512, np.int32(512), 3, output=112)
    assert count == 29_595_009_024 and str(count).endswith("= 29,595,009,024")
    assert geometry.convolution_parameters(np.int64(3), np.int8(100), np.int8(9)) == 24_400
    assert geometry.dense_parameters(np.int16(30_000), np.int16(30_000)) == 900_030_000


@given(
    st.integers(1, 7), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(0, 3),
    st.integers(1, 3),
)  # fmt: skip
def test_stamps_are_those_of_torch(size, kernel, stride, padding, output_padding, dilation):
    """What each output adds up, told apart by powers of a number that is large enough."""
    axis = size, kernel, stride, padding, output_padding, dilation
    try:
        found = geometry.stamps(*axis)
    except ValueError:
        return
    image = 10 ** torch.arange(size, dtype=torch.float64)
    weight = 1 + torch.arange(kernel, dtype=torch.float64)
    out = torch.nn.functional.conv_transpose1d(
        image[None, None], weight[None, None], None, stride, padding, output_padding, 1, dilation
    )[0, 0]
    assert out.tolist() == [sum(10**i * (1 + m) for i, m in places) for places in found]


@pytest.mark.parametrize(("channels", "filters", "groups"), [(6, 4, 1), (6, 4, 2), (4, 4, 4)])
@pytest.mark.parametrize("kernel", [(3, 3), (2, 5)])
def test_transposed_and_separable_layers_cost_what_torch_counts(channels, filters, groups, kernel):
    x = torch.empty(1, channels, 6, 7, device="meta")
    layer = torch.nn.ConvTranspose2d(
        channels, filters, kernel, stride=2, groups=groups, device="meta"
    )
    with FlopCounterMode(display=False) as counter:
        layer(x)
    macs = geometry.transposed_macs(channels, filters, kernel, (6, 7), groups)
    assert macs == counter.get_total_flops() // 2
    parameters = geometry.convolution_parameters(channels, filters, kernel, groups=groups)
    assert parameters == sum(p.numel() for p in layer.parameters())
    parts = torch.nn.Sequential(
        torch.nn.Conv2d(channels, channels, kernel, groups=channels, device="meta"),
        torch.nn.Conv2d(channels, filters, 1, device="meta"),
    )
    with FlopCounterMode(display=False) as counter:
        out = parts(x)
    assert geometry.separable_parameters(channels, filters, kernel) == sum(
        p.numel() for p in parts.parameters()
    )
    macs = geometry.separable_macs(channels, filters, kernel, tuple(out.shape[2:]))
    assert macs == counter.get_total_flops() // 2


def test_a_separable_layer_costs_a_ninth_and_a_filter():
    """1/N + 1/k² of the cost: 67,840 of 589,824."""
    whole = geometry.convolution_parameters(256, 256, 3, bias=False)
    parts = geometry.separable_parameters(256, 256, 3, bias=False)
    assert (whole, parts) == (589_824, 67_840)
    assert parts / whole == pytest.approx(1 / 256 + 1 / 9)


def test_stamps_of_small_whole_numbers_do_not_wrap_and_are_bounded():
    assert geometry.stamps(2, 3, stride=2, padding=np.uint8(1)) == geometry.stamps(
        2, 3, stride=2, padding=1
    )
    with pytest.raises(ValueError, match="at most 1,000,000 entries"):
        geometry.stamps(10**9, 3)
