"""Cases that are drawn, mistakes that are found, and what is told of them."""

import linecache

import numpy as np
import pytest

from cnnlab import boxes, geometry, ops
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
    week11,
)
from cnnlab.checks.answers import same, spoken
from cnnlab.checks.calling import borrowed, names_called, unchanged
from cnnlab.checks.cases import KINDS, Draw, drawn, size_of
from cnnlab.checks.check import Check
from cnnlab.checks.general import changed, changes_of
from cnnlab.checks.mutants import mutants
from cnnlab.checks.told import sentence_of, words_of
from cnnlab.checks.verdict import MIME, Mistake

# What the checks compare with, and what the package computes.
REFERENCES = [
    (week01.shift, ops.shift2d),
    (week02.cross_correlate2d, lambda x, kernel, centred: ops.cross_correlate2d(
        x, kernel - centred * kernel.mean())),
    (week02.convolve2d, ops.convolve2d),
    (week02.conv_layer, lambda x, w, b: ops.conv2d(
        x.transpose(2, 0, 1)[None], w.transpose(3, 2, 0, 1), b)[0].transpose(1, 2, 0)),
    (week02.convolve1d_full, lambda x, w: np.convolve(x, w)),
    (week03.cross_correlate2d, lambda x, kernel, stride, padding, dilation: ops.cross_correlate2d(
        np.pad(x, (padding[:2], padding[2:])), kernel, stride=stride, dilation=dilation)),
    (week03.unvisited, lambda *given: geometry.coverage(*given).count(0)),
    (week03.coverage2d, lambda h, w, *given: np.outer(
        geometry.coverage(h, *given), geometry.coverage(w, *given))),
    (week04.max_pool2d, ops.max_pool2d),
    (week05.im2col, lambda x, window, stride: ops.im2col(x, window, window, stride)),
    (week05.col2im, lambda col, shape, window, stride: ops.col2im(
        col, shape, window, window, stride)),
    (week06.macs, lambda shape, filters, kernel, stride, padding: geometry.convolution_macs(
        shape[0], filters, kernel,
        tuple(geometry.output_size(n, kernel, stride, padding) for n in shape[1:]))),
    (week06.shared_pixels, lambda layers: max(0, (lambda field: field.size - field.stride)(
        geometry.receptive_field([(k, s, 0, d) for k, s, d in layers])[-1]))),
    (week10.pixel_shuffle, lambda x, r: ops.pixel_shuffle(x[None], r)[0]),
    (week10.grouped, lambda x, w, groups: ops.conv2d(x[None], w, groups=groups)[0]),
    (week10.overlaps, lambda *given: [len(found) for found in geometry.stamps(*given)]),
    (week11.iou, lambda a, b: boxes.box_iou(np.array([a]), np.array([b]))[0, 0]),
]  # fmt: skip


@pytest.mark.parametrize(("check", "package"), REFERENCES, ids=lambda x: getattr(x, "name", ""))
def test_references_agree_with_the_package(check, package):
    assert len(check.tried) >= 36
    for case in check.tried:
        assert same(check.reference(*case), package(*case)), case


def test_cases_are_drawn_from_small_to_large_and_of_every_kind():
    cases = drawn(lambda draw: (draw.array(draw.count(1, 6), draw.count(1, 6)),), seed=3)
    sizes = [size_of(case) for case in cases]
    assert np.mean(sizes[:12]) < np.mean(sizes[-12:])
    assert [len(case) for case in cases] == [1] * 36
    arrays = [case[0] for case in cases]
    assert any(a.dtype.kind == "i" for a in arrays) and any((a % 1 != 0).any() for a in arrays)
    again = drawn(lambda draw: (draw.array(draw.count(1, 6), draw.count(1, 6)),), seed=3)
    assert all(np.array_equal(a, b[0]) for a, b in zip(arrays, again, strict=True))


def test_every_kind_of_the_first_array_meets_every_kind_of_the_second():
    pairs = set()
    for number in range(36):
        draw = Draw(np.random.default_rng(number), number, number / 36)
        a, b = draw.array(40), draw.array(40)
        pairs.add((a.dtype.kind, abs(a).max() > 99, b.dtype.kind, abs(b).max() > 99))
    assert len(pairs) == 9, "whole numbers, large ones and others, each with each"
    assert len(KINDS) == 6


def test_every_check_of_a_function_draws_its_cases():
    for week in (week01, week02, week03, week04, week05, week06, week08, week09, week10, week11):
        for name in week.__all__:
            check = getattr(week, name)
            if isinstance(check, Check) and callable(check.reference):
                assert check.draw is not None, name
                assert check.arguments, f"{name}: the arguments of the reference have no names"


def test_a_reference_is_changed_in_one_place_at_a_time():
    said = {mutant.says: mutant.answer for mutant in mutants(week02.cross_correlate2d.reference)}
    image, kernel = np.arange(12.0).reshape(3, 4), np.array([[1.0, 2.0]])
    right = week02.cross_correlate2d.reference(image, kernel)
    last = said["What comes later overwrites what came before."](image, kernel)
    assert last.shape == right.shape and np.array_equal(last, 2 * image[:, 1:])
    early = said["Your loops end one step early."](image, kernel)
    assert (early[:, -1] == 0).all() and (early[-1] == 0).all()
    assert np.array_equal(week02.cross_correlate2d.reference(image, kernel), right)


def test_helpers_of_a_reference_are_changed_too():
    """week03's output_shape calls geometry.output_size, where the floor is."""
    said = {m.says: m.answer for m in mutants(week03.output_shape.reference, ("image", "kernel"))}
    case = (8, 9), (3, 3), (2, 2), (0, 0)
    assert week03.output_shape.reference(*case) == (3, 4)
    assert said["You round up."](*case) == (4, 4)
    assert geometry.output_size(8, 3, 2) == 3, "the package is as it was"


def test_changes_are_composed():
    cases = [((3, 4), 2), ((5, 6), 1)]
    changes = {c.says: c for c in changes_of(("size", "step"), cases, [1, 2])}
    turned = changes["The two numbers of `size` changed places."]
    more = changes["Your result is one too large."]
    assert changed(lambda size, step: size[0] - step, turned, more)((3, 4), 2) == 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *given: -ops_free(*given), "Plus and minus are mixed up"),
        (lambda *given: ops_free(*given)[:-1], "Where does"),
        (lambda *given: ops_free(*given).round(2) * 1.5, ""),
    ],
)
def test_mistakes_that_nobody_wrote_down_are_named_or_not(answer, words):
    found = week02.cross_correlate2d.find(answer)
    if words:
        assert words in f"{found.mistake.name} {found.mistake.hint}"
    else:
        assert found.mistake is None


def ops_free(image, kernel, centred):
    """Cross-correlation as a student may write it."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    if centred:
        windows = windows - windows.mean(axis=(2, 3), keepdims=True)
    return (windows * kernel).sum(axis=(2, 3))


def test_a_constant_answer_gets_no_name_and_a_restless_one_its_own():
    assert week03.output_size.find(lambda *given: 4).mistake is None
    random = np.random.default_rng(0)
    found = week03.output_size.find(lambda *given: random.integers(100, 10_000))
    assert found.mistake.name == "It gives another result each time."


def test_what_is_called_is_seen_through_helpers_and_imports_and_not_in_own_classes():
    space = {"np": np}
    exec(
        "def helper(x):\n    from numpy import roll\n    return roll(x, 1)\n"
        "def answer(x):\n    return helper(x)\n"
        "def late(x):\n    import torch.nn.functional as F\n    return F.relu(x)\n"
        "class Own:\n    def roll(self, x):\n        return x\n"
        "def clean(x):\n    return Own().roll(x)\n",
        space,
    )
    assert "roll" in borrowed(space["answer"]) and names_called(space["answer"]) >= {"helper"}
    assert "relu" in borrowed(space["late"])
    assert "roll" not in borrowed(space["clean"])


def test_arguments_of_every_type_are_protected():
    for value in ([1, [2]], {"a": np.ones(2)}, (np.zeros(1), 2), np.array([np.nan])):
        assert unchanged(value, value)
    assert not unchanged([1], [1, 2]) and not unchanged({"a": 1}, {"a": 2})
    assert not unchanged(np.zeros(2), np.ones(2))


@pytest.mark.parametrize(
    ("got", "right"),
    [("27, 18", (27, 18)), ("(27,18)", (27, 18)), ("FTF", ("false", "true", "false")),
     (["27", 18], (27, 18)), (np.array([[27, 18]]), (27, 18))],
)  # fmt: skip
def test_a_value_may_be_written_in_many_ways(got, right):
    assert same(spoken(got, right), right)
    assert not same(spoken(got, right), right[::-1][:1])


def test_sentences_have_the_digits_that_tell_and_whole_numbers_stay_whole():
    assert words_of(0.3000001, 0.3) == "0.3000001" and words_of(np.array([1.0, 2.5])) == "[1, 2.5]"
    assert words_of((27744.5, 50208), (27744, 50208)) == "(27744.5, 50208)"
    text = sentence_of("f(1)", (np.zeros(2), np.ones(2)), (np.zeros(2), np.zeros(2)))
    assert text == "f(1): of 2 results the second is [0, 0]; expected [1, 1]."


def test_a_verdict_is_data_for_a_grader():
    verdict = week03.output_size.judge(lambda *given: geometry_free(*given) - 1)
    data = verdict._repr_mimebundle_()[MIME]
    assert data["status"] == "wrong" and data["name"] == "output_size"
    assert data["mistake"] == verdict.mistake == "You forgot the + 1."
    right = week03.output_size.judge(geometry_free).data()
    assert right["status"] == "right" and right["met"] == right["conditions"] == 1
    assert week03.output_size.judge(None).data()["status"] == "not started"
    design = week03.stack.judge([(7, 2, 3), (4, 4, 0)]).data()
    assert (design["met"], design["conditions"]) == (1, 5)


def geometry_free(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def test_parts_of_an_answer_are_counted_and_an_order_is_told():
    check = Check("pair", (3, 5, 7), (), (Mistake("No.", "Look.", (3, 6, 7)),), "three numbers")
    assert "2 of 3 parts are right." in check.find((3, 5, 8)).text
    assert check.find((5, 3, 7)).mistake.name == "The parts are right, but not in this order."
    assert "One thing first: No. Look." in check.find((3, 6, 8)).text
    assert "Look at part 2" in check.find((3, "five", 7)).text


def test_too_many_or_too_few_arguments_are_told():
    text = week01.shift.find(lambda image: image).text
    assert text == "shift must take (image, down, right), but yours takes (image)."


def test_a_long_line_at_fault_is_cut():
    space = {}
    line = "    return image[" + "0 + " * 40 + "10_000]"
    file = "<ipython-input-7>"
    source = f"def shift(image, down, right):\n{line}\n"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), space)
    text = week01.shift.find(space["shift"]).text
    assert "raised IndexError" in text and "...`" in text


@pytest.mark.parametrize(
    ("check", "answer", "words"),
    [
        (week07.shapes,
         ((12, 30, 18), (12, 15, 9), (24, 13, 7), (24, 6, 3), (432,), (10,)), "factor of 2"),
        (week07.shapes,
         ((12, 31, 19), (12, 15, 9), (24, 12, 6), (24, 6, 3), (432,), (10,)), "+ 1"),
        (week08.alexnet_sizes, (55, 27, 25, 12, 11, 10, 9, 4), "factor of 2"),
        (week08.alexnet_sizes, (55, 27, 27, 13, 15, 17, 19, 9), ""),
    ],
)  # fmt: skip
def test_what_is_wrong_in_how_a_value_was_computed_is_named(check, answer, words):
    assert same(check.derived(), check.reference)
    found = check.find(answer)
    assert (words in found.text and found.mistake) if words else found.mistake is None
