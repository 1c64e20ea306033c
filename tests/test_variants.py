"""Other convolutions: against torch, against loops, and where they meet."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab import geometry, ops

F = torch.nn.functional
small = st.integers(1, 4)


def numbers(random, *shape):
    return random.normal(size=shape)


@settings(max_examples=120, deadline=None)
@given(
    size=st.tuples(small, small), kernel=st.tuples(small, small), stride=st.tuples(small, small),
    padding=st.tuples(st.integers(0, 2), st.integers(0, 2)), dilation=st.tuples(small, small),
    more=st.tuples(st.integers(0, 3), st.integers(0, 3)), groups=st.integers(1, 3),
    per=st.tuples(st.integers(1, 2), st.integers(1, 2)), biased=st.booleans(),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_transposed_convolutions_agree_with_torch(
    size, kernel, stride, padding, dilation, more, groups, per, biased, seed
):
    random = np.random.default_rng(seed)
    x = numbers(random, 2, groups * per[0], *size)
    weight = numbers(random, groups * per[0], per[1], *kernel)
    bias = numbers(random, groups * per[1]) if biased else None
    options = {"stride": stride, "padding": padding, "output_padding": more, "dilation": dilation,
               "groups": groups}  # fmt: skip
    try:
        ours = ops.conv_transpose2d(x, weight, bias, **options)
    except ValueError:
        with pytest.raises(RuntimeError):
            tensors = [None if a is None else torch.tensor(a) for a in (x, weight, bias)]
            F.conv_transpose2d(*tensors, **options)
        return
    tensors = [None if a is None else torch.tensor(a) for a in (x, weight, bias)]
    np.testing.assert_allclose(ours, F.conv_transpose2d(*tensors, **options), atol=1e-12)


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (3, 2, 2)])
def test_it_is_the_transpose_of_the_convolution(stride, padding, dilation):
    """<conv(x), y> = <x, conv_transpose(y)>, with the same weights."""
    random = np.random.default_rng(0)
    x, weight = numbers(random, 1, 3, 11, 13), numbers(random, 4, 3, 3, 2)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    out = ops.conv2d(x, weight, **options)
    y = numbers(random, *out.shape)
    shape = [
        geometry.transposed_output_size(o, k, stride, padding, 0, dilation)
        for o, k in zip(out.shape[2:], (3, 2), strict=True)
    ]
    more = tuple(a - b for a, b in zip(x.shape[2:], shape, strict=True))
    back = ops.conv_transpose2d(y, weight, output_padding=more, **options)
    assert back.shape == x.shape
    assert np.sum(out * y) == pytest.approx(np.sum(x * back))
    assert not np.allclose(ops.conv_transpose2d(out, weight, output_padding=more, **options), x)


def test_seven_and_eight_shrink_to_four_and_output_padding_tells_them_apart():
    assert [geometry.output_size(n, 3, 2, 1) for n in (7, 8)] == [4, 4]
    x, weight = np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3))
    sizes = [
        ops.conv_transpose2d(x, weight, stride=2, padding=1, output_padding=n).shape[2:]
        for n in (0, 1)
    ]
    assert sizes == [(7, 7), (8, 8)]


def test_overlaps_are_even_where_the_stride_divides_the_kernel():
    ones = np.ones((1, 1, 1, 9))
    for kernel, stride, counts in ((3, 2, {1, 2}), (4, 2, {2}), (6, 3, {2}), (5, 3, {1, 2})):
        stamps = ops.conv_transpose2d(ones, np.ones((1, 1, 1, kernel)), stride=(1, stride))
        inside = stamps[0, 0, 0, kernel:-kernel]
        assert set(inside.astype(int).tolist()) == counts


def loops(x, weight):
    """The definition, index by index."""
    filters, rows, columns, channels, height, width = weight.shape
    out = np.zeros((filters, rows, columns))
    for f, i, j in np.ndindex(filters, rows, columns):
        for c, m, n in np.ndindex(channels, height, width):
            out[f, i, j] += x[c, i + m, j + n] * weight[f, i, j, c, m, n]
    return out


def test_unshared_weights_are_those_of_each_place():
    random = np.random.default_rng(1)
    x, weight = numbers(random, 2, 5, 6), numbers(random, 3, 4, 3, 2, 2, 4)
    np.testing.assert_allclose(ops.unshared_conv2d(x, weight), loops(x, weight))


@pytest.mark.parametrize("tile", [1, 2, 3, 4])
def test_tiled_convolution_lies_between_sharing_and_not(tile):
    random = np.random.default_rng(2)
    x, weight = numbers(random, 2, 6, 7), numbers(random, 3, tile, tile, 2, 3, 2)
    ours = ops.tiled_conv2d(x, weight)
    full = np.empty((3, 4, 6, 2, 3, 2))
    for i, j in np.ndindex(4, 6):
        full[:, i, j] = weight[:, i % tile, j % tile]
    np.testing.assert_allclose(ours, loops(x, full))
    if tile == 1:
        np.testing.assert_allclose(ours, ops.conv2d(x[None], weight[:, 0, 0])[0])


def test_the_four_counts_of_the_handout():
    """Weights from 28 x 28 to 26 x 26: shared, tiled by 2, unshared, fully connected."""
    kernel, out = 3 * 3, 26 * 26
    assert (kernel, 2 * 2 * kernel, out * kernel, 28 * 28 * out) == (9, 36, 6_084, 529_984)
    assert geometry.convolution_parameters(1, 1, 3, bias=False) == 9
    assert geometry.dense_parameters(28 * 28, out, bias=False) == 529_984


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_pixel_shuffle_agrees_with_torch(factor):
    x = np.random.default_rng(3).normal(size=(2, 4 * factor**2, 3, 5))
    expected = F.pixel_shuffle(torch.tensor(x), factor)
    np.testing.assert_array_equal(ops.pixel_shuffle(x, factor), expected)


def test_a_bilinear_kernel_interpolates():
    """Inside, a transposed convolution with it equals torch's interpolation."""
    x = np.random.default_rng(4).random((1, 1, 5, 6))
    kernel = ops.bilinear_kernel(4)[None, None]
    ours = ops.conv_transpose2d(x, kernel, stride=2, padding=1)
    expected = F.interpolate(torch.tensor(x), scale_factor=2, mode="bilinear").numpy()
    np.testing.assert_allclose(ours[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1])
    assert ops.bilinear_kernel(3).tolist() == [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.conv_transpose2d(np.ones((1, 2, 3, 3)), np.ones((3, 1, 2, 2))), "weight must"),
        (lambda: ops.conv_transpose2d(np.ones((1, 3, 3, 3)), np.ones((3, 1, 2, 2)), groups=2),
         "with 3 divisible by 2"),
        (lambda: ops.conv_transpose2d(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)),
                                      output_padding=1), "output_padding is 1"),
        (lambda: ops.conv_transpose2d(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), [1, 2]),
         r"bias has shape \(2,\), but it must be \(1,\)"),
        (lambda: ops.conv_transpose2d(np.ones((1, 1, 99, 99)), np.ones((1, 1, 2, 2)), stride=9999),
         "makes more than"),
        (lambda: ops.unshared_conv2d(np.ones((1, 4, 4)), np.ones((1, 3, 3, 1, 3, 3))),
         r"it must be \(1, 5, 5\)"),
        (lambda: ops.tiled_conv2d(np.ones((1, 4, 4)), np.ones((1, 2, 3, 1, 2, 2))), "as many"),
        (lambda: ops.tiled_conv2d(np.ones((1, 4, 4)), np.ones((1, 2, 2, 1, 5, 2))), "must fit"),
        (lambda: ops.pixel_shuffle(np.ones((1, 5, 2, 2)), 2), "4 must divide the 5 channels"),
        (lambda: ops.bilinear_kernel(0), "size is 0"),
    ],
)  # fmt: skip
def test_a_bad_argument_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
