"""Convolution and cross-correlation agree with torch and with their own laws."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnlab import data, ops

SMALL = st.integers(-9, 9).map(float)


def images(most=8, least=1):
    sides = st.integers(least, most)
    return st.tuples(sides, sides).flatmap(lambda shape: hnp.arrays(float, shape, elements=SMALL))


def by_torch(image, kernel, **options):
    tensors = (torch.from_numpy(np.array(a, dtype=float))[None, None] for a in (image, kernel))
    return torch.conv2d(*tensors, **options)[0, 0].numpy()


@given(
    images(9), images(4),
    st.tuples(*[st.integers(1, 3)] * 2), st.tuples(*[st.integers(0, 3)] * 2),
    st.tuples(*[st.integers(1, 3)] * 2),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_cross_correlation_agrees_with_torch(image, kernel, stride, padding, dilation):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    try:
        expected = by_torch(image, kernel, **options)
    except RuntimeError:
        with pytest.raises(ValueError, match="along the (height|width)"):
            ops.cross_correlate2d(image, kernel, **options)
        return
    np.testing.assert_allclose(ops.cross_correlate2d(image, kernel, **options), expected)
    np.testing.assert_allclose(ops.convolve2d(image, kernel[::-1, ::-1], **options), expected)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_linearity(draw):
    shape = draw.draw(st.tuples(*[st.integers(3, 7)] * 2))
    one, two = (draw.draw(hnp.arrays(float, shape, elements=SMALL)) for _ in range(2))
    kernel = draw.draw(images(3))
    a, b = draw.draw(SMALL), draw.draw(SMALL)
    left = ops.cross_correlate2d(a * one + b * two, kernel)
    right = a * ops.cross_correlate2d(one, kernel) + b * ops.cross_correlate2d(two, kernel)
    np.testing.assert_allclose(left, right, atol=1e-9)


@given(images(8, 3), hnp.arrays(float, (3, 3), elements=SMALL),
       st.integers(-5, 5), st.integers(-5, 5))  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_equivariance_on_a_circle(image, kernel, down, right):
    def filtered(picture):
        return ops.cross_correlate2d(ops.pad2d(picture, 1, "circular"), kernel)

    def moved(picture):
        return np.roll(picture, (down, right), axis=(0, 1))

    np.testing.assert_allclose(filtered(moved(image)), moved(filtered(image)))


@given(images(7, 3), images(3))
@settings(max_examples=100, deadline=None)
def test_the_flip_relation(image, kernel):
    turned = ops.cross_correlate2d(image[::-1, ::-1], kernel)[::-1, ::-1]
    np.testing.assert_allclose(ops.convolve2d(image, kernel), turned)


@given(hnp.arrays(float, st.integers(4, 12), elements=SMALL),
       hnp.arrays(float, st.integers(1, 4), elements=SMALL))  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_one_dimension_agrees_with_numpy(signal, kernel):
    np.testing.assert_allclose(
        ops.convolve1d(signal, kernel), np.convolve(signal, kernel, mode="valid")
    )
    np.testing.assert_allclose(
        ops.cross_correlate1d(signal, kernel), np.correlate(signal, kernel, mode="valid")
    )


def test_one_dimension_takes_stride_padding_and_dilation():
    signal, kernel = np.arange(9.0), np.array([1.0, -2, 3])
    expected = torch.conv1d(
        torch.tensor(signal)[None, None], torch.tensor(kernel)[None, None],
        stride=2, padding=3, dilation=2,
    )  # fmt: skip
    got = ops.cross_correlate1d(signal, kernel, stride=2, padding=3, dilation=2)
    np.testing.assert_allclose(got, expected[0, 0])


HANDOUT = [
    # image, kernel, cross-correlation, convolution
    (data.EXAMPLE_IMAGE, data.EXAMPLE_KERNEL,
     [[6, 9, 11], [10, 4, 4], [7, 7, 4]], [[8, 6, 7], [7, 6, 5], [5, 7, 5]]),
    ([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]], [[2, 0, 1], [0, 1, 2], [1, 0, 2]],
     [[15, 16], [6, 15]], [[11, 12], [10, 11]]),
    ([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]],
     [[1, 0, 1], [0, 1, 0], [1, 0, 1]],
     [[4, 3, 4], [2, 4, 3], [2, 3, 4]], [[4, 3, 4], [2, 4, 3], [2, 3, 4]]),
]  # fmt: skip


@pytest.mark.parametrize(("image", "kernel", "correlated", "convolved"), HANDOUT)
def test_worked_examples_of_the_handouts(image, kernel, correlated, convolved):
    assert ops.cross_correlate2d(image, kernel).tolist() == correlated
    assert ops.convolve2d(image, kernel).tolist() == convolved


def test_the_example_with_stride_and_with_padding():
    image, kernel = data.EXAMPLE_IMAGE, data.EXAMPLE_KERNEL
    assert ops.cross_correlate2d(image, kernel, stride=2).tolist() == [[6, 11], [7, 4]]
    assert ops.cross_correlate2d(image, kernel, padding=1).tolist() == [
        [4, 5, 6, 9, 6], [6, 6, 9, 11, 5], [2, 10, 4, 4, 4], [6, 7, 7, 4, 2], [5, 5, 6, 4, 1],
    ]  # fmt: skip


def test_the_spaceship():
    smoothed = ops.convolve1d(data.SPACESHIP_POSITIONS, data.SPACESHIP_KERNEL)
    np.testing.assert_allclose(smoothed, [2.1, 3.7, 3.9, 5.7, 5.4, 6.9, 7.4, 9, 9.1, 10.7])


def test_the_curve_detector():
    assert ops.cross_correlate2d(data.CURVE_FIELD, data.CURVE_FILTER).tolist() == [[6600]]
    assert ops.cross_correlate2d(data.NO_CURVE_FIELD, data.CURVE_FILTER).tolist() == [[0]]


def test_no_kernel_of_the_handouts_can_show_the_flip():
    assert len(data.HANDOUT_KERNELS) == 7
    image = np.random.default_rng(0).random((6, 8))
    for kernel in data.HANDOUT_KERNELS.values():
        np.testing.assert_array_equal(kernel, kernel[::-1, ::-1])
        np.testing.assert_allclose(
            ops.convolve2d(image, kernel), ops.cross_correlate2d(image, kernel)
        )
    sobel = data.KERNELS["Sobel, left to right"]
    np.testing.assert_allclose(ops.convolve2d(image, sobel), -ops.cross_correlate2d(image, sobel))


def test_small_integers_do_not_overflow():
    bright = np.full((3, 3), 255, dtype=np.uint8)
    assert ops.cross_correlate2d(bright, np.ones((3, 3), dtype=np.uint8)).tolist() == [[9 * 255]]


def test_kinds_of_numbers():
    assert ops.cross_correlate2d(np.eye(3, dtype=bool), [[1]]).dtype == np.int64
    assert ops.cross_correlate2d(np.eye(3, dtype=np.float32), [[0.5]]).dtype == np.float64
    single = ops.cross_correlate2d(np.eye(3, dtype=np.float32), np.ones((2, 2), np.float32))
    assert single.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.cross_correlate2d(np.ones(3), np.ones((2, 2))), r"image has shape \(3,\)"),
        (lambda: ops.cross_correlate2d(np.ones((3, 3)), np.ones((4, 1))), "along the height"),
        (lambda: ops.cross_correlate2d(np.ones((3, 3)), np.ones((1, 4))), "along the width"),
        (lambda: ops.cross_correlate2d([["a"]], [[1]]), "image holds text"),
        (lambda: ops.cross_correlate2d([[1, 2], [3]], [[1]]), "rows of unequal length"),
        (lambda: ops.cross_correlate2d([[np.nan]], [[1]]), r"nan at index \(0, 0\)"),
        (lambda: ops.cross_correlate2d([[np.inf]], [[1]]), "must be finite"),
        (lambda: ops.cross_correlate2d(np.ones((0, 3)), [[1]]), "it is empty"),
        (lambda: ops.cross_correlate2d([[1j]], [[1]]), "complex"),
        (lambda: ops.cross_correlate2d([[None]], [[1]]), "Python objects"),
        (lambda: ops.cross_correlate2d([[1]], [[1]], stride=0), "stride is 0"),
        (lambda: ops.cross_correlate2d([[1]], [[1]], padding=-1), "padding is -1"),
        (lambda: ops.cross_correlate2d([[1]], [[1]], padding=(1, 2, 3)), "padding is"),
        (lambda: ops.cross_correlate1d([[1, 2]], [1]), r"signal has shape \(1, 2\)"),
        (lambda: ops.cross_correlate1d([1, 2], [1], stride=(1, 1)), "stride is"),
        (lambda: ops.cross_correlate1d([1], [1, 2]), "kernel 2"),
        (lambda: ops.pad2d([[1]], 1, mode="mirror"), "mode is 'mirror'"),
        (lambda: ops.pad1d([1], -1), "padding is -1"),
        (lambda: ops.max_pool2d(np.ones((4, 4)), 2, padding=2), "at most half of size 2"),
        (lambda: ops.avg_pool2d(np.ones((4, 4)), 5), "along the height: size 5"),
        (lambda: ops.im2col(np.ones((3, 3)), 2, 2), "must have 4 axes"),
        (lambda: ops.col2im(np.ones((4, 4)), (1, 1, 5, 5), 3, 3), r"must be \(9, 9\)"),
        (lambda: ops.col2im(np.ones((4, 4)), 5, 3, 3), r"must be \(N, C, H, W\)"),
        (lambda: ops.conv2d(np.ones((1, 3, 5, 5)), np.ones((2, 2, 3, 3))), "with groups 1"),
        (lambda: ops.conv2d(np.ones((1, 4, 5, 5)), np.ones((3, 2, 1, 1)), groups=2), "divisible"),
        (
            lambda: ops.conv2d(np.ones((1, 1, 5, 5)), np.ones((2, 1, 3, 3)), np.ones(3)),
            r"bias has shape \(3,\)",
        ),
        (lambda: ops.pad2d([[1]], 1, mode=["zero"]), "mode is"),
        (lambda: ops.shift2d([[1]], 0.5, 0), "down is 0.5"),
        (lambda: ops.shift2d([[1]], 0, 0, mode="edge"), "mode is 'edge'"),
        (lambda: ops.pad1d(torch.ones(2, requires_grad=True), 1), "cannot be read as an array"),
    ],
)
def test_a_bad_argument_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@given(images(6), st.integers(-9, 9), st.integers(-9, 9))
@settings(max_examples=200, deadline=None)
def test_a_shift_is_a_cut_from_a_large_padded_image(image, down, right):
    wide = np.pad(image, 10)
    rows, columns = image.shape
    expected = wide[10 - down : 10 - down + rows, 10 - right : 10 - right + columns]
    np.testing.assert_array_equal(ops.shift2d(image, down, right), expected)
    circular = ops.shift2d(image, down, right, mode="circular")
    np.testing.assert_array_equal(
        circular, torch.roll(torch.from_numpy(image), (down, right), dims=(0, 1))
    )


@given(
    hnp.arrays(float, st.tuples(*[st.integers(1, 9)] * 3), elements=SMALL),
    st.tuples(*[st.integers(1, 4)] * 2), st.tuples(*[st.integers(1, 4)] * 2),
    st.tuples(*[st.integers(0, 2)] * 2),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_pooling_agrees_with_torch(image, size, stride, padding):
    tensor = torch.from_numpy(image)[None]
    for ours, theirs in (
        (ops.max_pool2d, torch.nn.functional.max_pool2d),
        (ops.avg_pool2d, torch.nn.functional.avg_pool2d),
    ):
        try:
            expected = theirs(tensor, size, stride, padding)[0]
        except RuntimeError:
            with pytest.raises(ValueError, match="half of size|must fit"):
                ours(image, size, stride, padding)
            continue
        np.testing.assert_allclose(ours(image, size, stride, padding), expected)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_conv2d_agrees_with_torch(draw):
    whole = st.integers
    groups = draw.draw(whole(1, 3))
    channels, filters = groups * draw.draw(whole(1, 2)), groups * draw.draw(whole(1, 3))
    kernel = draw.draw(st.tuples(whole(1, 3), whole(1, 4)))
    x = np.random.default_rng(0).normal(
        size=(draw.draw(whole(1, 3)), channels, *draw.draw(st.tuples(whole(3, 9), whole(4, 8))))
    )
    weight = np.random.default_rng(1).normal(size=(filters, channels // groups, *kernel))
    bias = draw.draw(st.sampled_from([None, np.arange(float(filters))]))
    options = {
        "stride": draw.draw(st.tuples(whole(1, 3), whole(1, 2))),
        "padding": draw.draw(st.tuples(whole(0, 2), whole(0, 3))),
        "dilation": draw.draw(st.tuples(whole(1, 2), whole(1, 3))),
        "groups": groups,
    }
    tensors = [None if a is None else torch.from_numpy(a) for a in (x, weight, bias)]
    try:
        expected = torch.conv2d(*tensors, **options)
    except RuntimeError:
        with pytest.raises(ValueError, match="along the (height|width)"):
            ops.conv2d(x, weight, bias, **options)
        return
    np.testing.assert_allclose(ops.conv2d(x, weight, bias, **options), expected, atol=1e-9)


@pytest.mark.parametrize(("count", "shape"), [(1, (9, 75)), (10, (90, 75))])
def test_im2col_has_the_layout_of_the_book(count, shape):
    x = np.random.default_rng(0).random((count, 3, 7, 7))
    col = ops.im2col(x, 5, 5, stride=1, pad=0)
    assert col.shape == shape
    for row, (n, i, j) in enumerate(np.ndindex(count, 3, 3)):
        np.testing.assert_array_equal(col[row], x[n, :, i : i + 5, j : j + 5].ravel())


@pytest.mark.parametrize(("stride", "pad"), [(1, 0), (2, 1), ((2, 3), (0, 2))])
def test_im2col_and_col2im_are_torchs_unfold_and_fold_transposed(stride, pad):
    x = np.random.default_rng(0).random((2, 3, 7, 8))
    ours = ops.im2col(x, 3, 2, stride, pad)
    theirs = torch.nn.functional.unfold(torch.from_numpy(x), (3, 2), stride=stride, padding=pad)
    np.testing.assert_array_equal(ours, theirs.transpose(1, 2).reshape(ours.shape))
    back = torch.nn.functional.fold(theirs, (7, 8), (3, 2), stride=stride, padding=pad)
    np.testing.assert_allclose(ops.col2im(ours, x.shape, 3, 2, stride, pad), back)


def test_col2im_adds_and_does_not_overwrite():
    counts = ops.col2im(np.ones((9, 9)), (1, 1, 5, 5), 3, 3)[0, 0]
    along = [1, 2, 3, 2, 1]
    assert counts.tolist() == np.outer(along, along).tolist()
    example = ops.im2col(data.EXAMPLE_IMAGE[None, None], 3, 3)
    assert example[0].tolist() == [1, 2, 3, 2, 1, 0, 3, 0, 1]


def test_conv2d_keeps_to_the_memory_of_its_matrix():
    """Not more than the matrix, the output, and a fifth."""
    rng = np.random.default_rng(0)
    x, weight = rng.random((4, 16, 48, 48)), rng.random((8, 16, 3, 3))
    ops.conv2d(x, weight)  # what is allocated once
    tracemalloc.start()
    out = ops.conv2d(x, weight)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    matrix = 4 * 46 * 46 * 16 * 9 * 8
    assert peak < 1.2 * (matrix + out.nbytes)


def test_pooling_of_the_handouts():
    four = [[5, 2, 3, 4], [2, 1, 0, 1], [3, 7, 9, 5], [1, 4, 1, 8]]
    assert ops.max_pool2d(four, 2).tolist() == [[5, 4], [7, 9]]
    assert ops.avg_pool2d(four, 2).tolist() == [[2.5, 2.0], [3.75, 5.75]]
    nine = np.arange(9).reshape(3, 3)
    assert ops.max_pool2d(nine, 2, stride=1).tolist() == [[4, 5], [7, 8]]
    assert ops.avg_pool2d(nine, 2, stride=1).tolist() == [[2, 3], [5, 6]]
    assert ops.max_pool2d(nine, 2).tolist() == [[4]]
    assert ops.max_pool2d(-np.ones((2, 2), dtype=np.int8), 2, padding=1).tolist() == [[-1, -1]] * 2


def test_padding_agrees_with_torch():
    image = np.arange(12.0).reshape(3, 4)
    tensor = torch.tensor(image)[None, None]
    for mode, name in (("zero", "constant"), ("circular", "circular")):
        expected = torch.nn.functional.pad(tensor, (2, 2, 1, 1), mode=name)[0, 0]
        np.testing.assert_array_equal(ops.pad2d(image, (1, 2), mode), expected)
