"""Sizes agree with torch, and illegal ones are refused in words on both sides."""

import itertools

import numpy as np
import pytest
import torch

from cnnlab import geometry

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
        (lambda: geometry.pair("stride", (1, 2, 3)), "stride is"),
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
