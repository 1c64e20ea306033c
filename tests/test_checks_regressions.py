"""Answers that were once accepted, refused or named wrongly."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnlab import ops
from cnnlab.checks import (
    week01,
    week02,
    week03,
    week04,
    week05,
    week06,
    week07,
    week08,
    week09,
    week10,
)


def laid(image, kernel, stride=(1, 1), dilation=(1, 1)):
    """Cross-correlation, as a student may write it."""
    rows, columns = (
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(image.shape, kernel.shape, stride, dilation, strict=True)
    )
    out = np.zeros((rows, columns))
    for i, j in np.ndindex(rows, columns):
        for m, n in np.ndindex(kernel.shape):
            row, column = i * stride[0] + m * dilation[0], j * stride[1] + n * dilation[1]
            out[i, j] += image[row, column] * kernel[m, n]
    return out


def im2col_shape_pad_once(shape, window, stride, pad):
    rows, columns = ((n + pad - window) // stride + 1 for n in shape[2:])
    return shape[0] * rows * columns, shape[1] * window**2


def max_from_zero(image, size, stride):
    out = np.zeros([(n - size) // stride + 1 for n in image.shape])
    for i, j in np.ndindex(out.shape):
        for value in image[i * stride : i * stride + size, j * stride : j * stride + size].ravel():
            out[i, j] = max(out[i, j], value)
    return out


def into_integers(image, upstream, size, stride):
    gradient = np.zeros_like(image)
    for i, j in np.ndindex(upstream.shape):
        part = image[i * stride : i * stride + size, j * stride : j * stride + size]
        row, column = np.unravel_index(part.argmax(), part.shape)
        place = i * stride + row, j * stride + column
        gradient[place] = gradient[place] + upstream[i, j]
    return gradient


def softmax_without_the_maximum(scores, labels, weights):
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(scores)
        shares = powers / powers.sum(axis=1, keepdims=True)
    shares[np.arange(len(labels)), labels] -= 1
    return weights[labels][:, None] * shares / len(labels)


def correlate_like_the_image(image, kernel, centred):
    kernel = kernel - centred * kernel.mean()
    rows, columns = (a - b + 1 for a, b in zip(image.shape, kernel.shape, strict=True))
    out = np.zeros_like(image, shape=(rows, columns))
    for i, j in np.ndindex(rows, columns):
        out[i, j] = (image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum()
    return out


def central(function, x, step=1e-5):
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += step
        down[place] -= step
        gradient[place] = (function(up) - function(down)) / (2 * step)
    return gradient


def two_axes_only(function, x):
    gradient = np.zeros(x.shape)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            up, down = x.copy(), x.copy()
            up[i, j] += 1e-5
            down[i, j] -= 1e-5
            gradient[i, j] = (function(up) - function(down)) / 2e-5
    return gradient


def one_number_alone(function, x):
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        up, down = np.array([x[place] + 1e-5]), np.array([x[place] - 1e-5])
        gradient[place] = (function(up) - function(down)) / 2e-5
    return gradient


def moved(image, down, right):
    return ops.shift2d(image, down, right)


def size_by_popping(layers):
    field, step = 1, 1
    while layers:
        kernel, stride, dilation = layers.pop(0)
        field += (kernel - 1) * dilation * step
        step *= stride
    return max(field - step, 0)


TABLE = {("basic", (2, 2, 2, 2)): (18, 21), ("basic", (3, 4, 6, 3)): (34, 37),
         ("bottleneck", (3, 4, 6, 3)): (50, 54),
         ("bottleneck", (3, 8, 36, 3)): (152, 156)}  # fmt: skip


def rounded_channels(start, growth, blocks):
    found = []
    for count in blocks:
        found += [start + number * growth for number in range(count)]
        start = round((start + count * growth) / 2 + 0.1)
    return found


class NoProjectionForAStride(nn.Module):
    """Its skip is projected where the channels change only; a stride alone is cut out."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        wide = 4 * filters
        self.branch = nn.Sequential(
            nn.Conv2d(channels, filters, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(),
            nn.Conv2d(filters, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters),
            nn.ReLU(), nn.Conv2d(filters, wide, 1, bias=False), nn.BatchNorm2d(wide),
        )  # fmt: skip
        self.stride, self.skip = stride, None
        if channels != wide:
            self.skip = nn.Sequential(
                nn.Conv2d(channels, wide, 1, stride, bias=False), nn.BatchNorm2d(wide)
            )

    def forward(self, x):
        skip = self.skip(x) if self.skip else x[..., :: self.stride, :: self.stride]
        return F.relu(self.branch(x) + skip)


def mean_of_batches(model, images, labels):
    model.eval()
    with torch.no_grad():
        shares = [
            (model(x).argmax(1) == t).double().mean().item()
            for x, t in zip(images.split(10), labels.split(10), strict=True)
        ]
    return float(np.mean(shares))


def dropout_left_on(model, images, labels):
    model.eval()
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.train()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).double().mean().item()


def one_side(function, x):
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        lower = x.copy()
        lower[place] -= 1e-7
        gradient[place] = (function(x) - function(lower)) / 1e-7
    return gradient


def frozen(model, images, labels):
    model.eval()
    for part in model.parameters():
        part.requires_grad = False
    return (model(images).argmax(1) == labels).double().mean().item()


ACCEPTED = {
    "padding counted once": (week05.im2col_shape, im2col_shape_pad_once, "padding is counted once"),
    "search from 0": (week04.max_pool2d, max_from_zero, "No number below 0"),
    "gradients in an integer array": (week04.max_backward, into_integers, ""),
    "slope at 0": (
        week05.leaky_backward, lambda x, slope, d: d * np.where(x >= 0, 1, slope), "exactly 0"),
    "powers overflow": (week05.loss_gradient, softmax_without_the_maximum, "overflow"),
    "two axes only": (week05.numerical_gradient, two_axes_only, ""),
    "one side, by a tiny step": (week05.numerical_gradient, one_side, "go both ways"),
    "the model can no longer learn": (week07.evaluate, frozen, "changes what it is given"),
    "one number alone": (week05.numerical_gradient, one_number_alone, "whole array"),
    "whole products": (week02.hadamard_sum, lambda patch, kernel: int((patch * kernel).sum()),
                       "whole numbers"),
    "zeros_like of an integer image": (week02.cross_correlate2d, correlate_like_the_image, "type"),
    "whole im2col": (week05.im2col, lambda x, w, s: ops.im2col(x, w, w, s) // 1, ""),
    "whole col2im": (
        week05.col2im, lambda c, shape, w, s: np.trunc(ops.col2im(c, shape, w, w, s)), ""),
    "whole pointwise": (week08.pointwise, lambda x, w, b: (
        np.einsum("fc,nchw->nfhw", w, x) + b[:, None, None]).astype(int),
                        "whole numbers"),
    "rounded before it is compared": (
        week01.changed_inputs,
        lambda a, down, right: int((a.round(4) != moved(a, down, right).round(4)).sum()), ""),
    "isclose": (
        week01.changed_inputs,
        lambda a, down, right: int((~np.isclose(a, moved(a, down, right))).sum()), ""),
    "a list is destroyed": (week06.shared_pixels, size_by_popping, "changes what it is given"),
    "no projection for a stride": (week09.Bottleneck, NoProjectionForAStride, ""),
    "depths from a table": (
        week09.network_depth, lambda *a: TABLE.get((a[0], tuple(a[1])), (0, 0)), ""),
    "round": (week09.dense_channels, rounded_channels, ""),
    "dropout left on": (week07.evaluate, dropout_left_on, "Dropout"),
    "mean of batches": (week07.evaluate, mean_of_batches, ""),
    "a stack without a pixel": (week10.wide_stack, [], ""),
}  # fmt: skip


@pytest.mark.parametrize("what", ACCEPTED)
def test_what_was_accepted_is_refused_now(what):
    check, answer, words = ACCEPTED[what]
    verdict = check.judge(answer)
    assert verdict.status == "wrong" and words in verdict.text


def stamped(size, kernel, stride, padding):
    counts = [0] * ((size - 1) * stride + kernel)
    for start in range(0, size * stride, stride):
        for place in range(start, start + kernel):
            counts[place] += 1
    return counts[padding : len(counts) - padding]


def strokes():
    """At exactly a third of its answer to /, but for rounding."""
    third = 1 / 3
    return np.array([[-third, -third, 2 * third], [-third, 2 * third, -third],
                     [2 * third, -third, -third]]) * 3  # fmt: skip


class ByFunctions(nn.Module):
    """A basic block with parameters, functions, and a linear layer that projects."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.first = nn.Parameter(torch.randn(filters, channels, 3, 3))
        self.second = nn.Parameter(torch.randn(filters, filters, 3, 3))
        same = stride == 1 and channels == filters
        self.project = None if same else nn.Linear(channels, filters, bias=False)
        self.scales = nn.ParameterList(torch.ones(filters) for _ in range(2 if same else 3))
        self.shifts = nn.ParameterList(torch.zeros(filters) for _ in range(2 if same else 3))
        self.stride = stride

    def normal(self, x, number):
        axes = (0, 2, 3)
        x = x - x.mean(axes, keepdim=True)
        x = x / (x.var(axes, correction=0, keepdim=True) + 1e-5).sqrt()
        return self.scales[number][:, None, None] * x + self.shifts[number][:, None, None]

    def forward(self, x):
        out = self.normal(F.conv2d(x, self.first, stride=self.stride, padding=1), 0).relu()
        out = self.normal(F.conv2d(out, self.second, padding=1), 1)
        if self.project is not None:
            x = F.avg_pool2d(x, self.stride)
            x = self.project(x.movedim(1, -1)).movedim(-1, 1)
            x = self.normal(x, 2)
        return (out + x).relu()


REFUSED = {
    "a stroke at a third": (week02.stroke_kernel, strokes()),
    "a stroke at a third, rounded up": (
        week02.stroke_kernel, 5.5 * (np.fliplr(np.eye(3)) - 1 / 3)),
    "variance": (week01.signature, lambda image: [image.var(), (image**4).mean(),
                                                  *np.abs(np.fft.fft2(image)).ravel()]),
    "a block by functions": (week09.BasicBlock, ByFunctions),
    "booleans": (week09.statements, (False, True, False, False, True, False)),
    "one letter": (week09.statements, list("FTFFTF")),
    "yes and no": (week09.statements, np.array(["no", "yes", "no", "No", "YES", "no"])),
    "dollars": (week03.handout_formula, ("$W_2$", "$H_{1}$")),
    "tensors": (week02.first_row, torch.tensor(week02.first_row.reference)),
    "a generator": (week02.first_row, (n for n in week02.first_row.reference)),
    "lists of lists": (week01.to_channels_last, lambda x: np.moveaxis(x, 0, -1).tolist()),
    "a generator of numbers": (week10.overlaps, lambda *given: (n for n in stamped(*given))),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_was_refused_is_right_now(what):
    check, answer = REFUSED[what]
    verdict = check.judge(answer)
    assert verdict.status == "right", verdict.text


class BadBranch(nn.Module):
    """A block whose first convolution has no padding."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.a = nn.Conv2d(channels, filters, 3, stride, bias=False)
        self.b = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.p, self.q = nn.BatchNorm2d(filters), nn.BatchNorm2d(filters)

    def forward(self, x):
        return F.relu(self.q(self.b(F.relu(self.p(self.a(x))))) + x)


def over_the_end(height, width, kernel, stride, padding):
    counts = np.zeros((height + 2 * padding, width + 2 * padding), dtype=int)
    for i in range(0, height + padding, stride):
        for j in range(0, width + padding, stride):
            counts[i : i + kernel, j : j + kernel] += 1
    return counts[padding : padding + height, padding : padding + width]


MISNAMED = {
    "both flipped": (
        week02.cross_correlate2d,
        lambda image, kernel, centred: laid(
            image[::-1, ::-1], (kernel - centred * kernel.mean())[::-1, ::-1]),
        "flipped, rows and columns", "true convolution"),
    "a large step": (
        week05.numerical_gradient, lambda f, x: central(f, x, 0.01), "a step that does not suit",
        "to one side only"),
    "a tiny step": (
        week05.numerical_gradient, lambda f, x: central(f, x, 1e-10), "rounding shows",
        "one side only"),
    "windows over the end": (
        week03.coverage2d, over_the_end, "hang over the end", "stand where"),
    "no padding in the branch": (week09.BasicBlock, BadBranch, "padding of 1", "project"),
    "round for floor": (
        week04.pooled_size,
        lambda n, w, s, ceil: round((n - w) / s) + 1, "", "always round down"),
}  # fmt: skip


@pytest.mark.parametrize("what", MISNAMED)
def test_what_was_named_wrongly_has_its_own_name_or_none(what):
    check, answer, words, never = MISNAMED[what]
    verdict = check.judge(answer)
    assert verdict.status == "wrong" and words in verdict.text and never not in verdict.text


def test_two_mistakes_are_named_as_two():
    def twice(image, kernel, stride, padding, dilation):
        return laid(image, kernel[::-1, ::-1], stride, dilation)

    name = week03.cross_correlate2d.judge(twice).mistake
    assert name.startswith("Two things at once. First: ")
    assert "padding" in name and "flipped" in name


def test_the_smallest_case_is_shown_whole():
    verdict = week02.cross_correlate2d.judge(
        lambda image, kernel, centred: laid(image, kernel - centred * kernel.mean()) + 1e-5
    )
    shown = verdict.text.split(" returned ")[0]
    assert shown.startswith("cross_correlate2d([[") and len(shown) < 60
    got, expected = verdict.text.split(" returned ")[1].split("; expected ")
    assert got != expected, "with as many digits as it takes"
    assert set(verdict.scene.panels) == {"given image", "given kernel", "expected", "got"}


def test_what_raises_is_told_with_its_line():
    def no_room(image, kernel, centred):
        out = np.zeros(image.shape)
        out += image[1:] + kernel
        return out

    text = week02.cross_correlate2d.judge(no_room).text
    assert "in your line `out += image[1:] + kernel`" in text
    assert "Two arrays meet there whose shapes do not fit." in text


def test_an_earlier_exercise_at_fault_is_told():
    space = {"np": np}
    exec(
        "def shift(image, down, right):\n    return np.roll(image, (down, right), (0, 1)) + 1\n"
        "def changed_inputs(image, down, right):\n"
        "    return int((image != shift(image, down, right)).sum()) + 5",
        space,
    )
    text = week01.changed_inputs.judge(space["changed_inputs"]).text
    assert "changed_inputs calls shift, which is wrong: mend that one first." in text


def test_words_that_nobody_knows_and_forms_are_told():
    verdict = week01.which_property.judge(("invarient", "equivariant", "equivariant", "neither"))
    assert "did you mean 'invariant'?" in verdict.text
    assert "the form is" in week02.first_row.judge("15 and 16").text.lower()


@pytest.mark.parametrize(
    "answer",
    [lambda a, k, centred: ops.cross_correlate2d(a, k), lambda a, k, centred: F.conv2d(a, k)],
)
def test_a_library_does_not_do_the_homework(answer):
    text = week02.cross_correlate2d.judge(answer).text
    assert "rite it yourself" in text or "Write cross_correlate2d yourself" in text


def test_the_checks_own_function_is_no_answer():
    space = {"check": week01}
    exec("def shift(*given):\n    return check.shift.reference(*given)", space)
    assert "the check's own function" in week01.shift.judge(space["shift"]).text
    assert "function of cnnlab" in week01.shift.judge(week01.shift.reference).text


def test_the_cheats_of_the_last_exercise_of_week_7_earn_nothing():
    from cnnlab.models import lenet5

    verdict = week07.digit_reader.judge(lambda images, labels: lenet5(trained=True))
    assert verdict.status == "wrong" and "it must learn from what it is given" in verdict.text


def test_a_check_leaves_the_students_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    week07.evaluate.judge(lambda model, images, labels: float(torch.rand(())))
    assert torch.equal(torch.rand(3), expected)


def test_what_is_random_is_told():
    text = week07.evaluate.judge(lambda model, images, labels: float(torch.rand(()))).text
    assert "It gives another result each time." in text
