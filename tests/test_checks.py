"""Every check is told apart on the solution, the blank and each known mistake."""

import importlib
import pkgutil

import numpy as np
import pytest
import torch

import cnnlab.checks
from cnnlab import models
from cnnlab.checks import week01, week02, week03, week07, week08, week09
from cnnlab.checks.answers import same
from cnnlab.checks.blocks import Block
from cnnlab.checks.check import Check
from cnnlab.checks.design import Design
from cnnlab.checks.verdict import Mistake, Unfinished, WrongAnswer

WEEKS = [
    importlib.import_module(f"cnnlab.checks.{module.name}")
    for module in pkgutil.iter_modules(cnnlab.checks.__path__)
    if module.name.startswith("week")
]
ALL = [(week, name) for week in WEEKS for name in week.__all__]
CHECKS = [getattr(week, name) for week, name in ALL if isinstance(getattr(week, name), Check)]
FUNCTIONS = [check for check in CHECKS if check.asks_function]
DESIGNS = [getattr(week, name) for week, name in ALL if isinstance(getattr(week, name), Design)]


def students(answer):
    """An answer as if a student had written it: its function is no library's."""
    return (lambda *arguments: answer(*arguments)) if callable(answer) else answer


def named(check):
    return check.name


def test_every_public_name_is_a_check_of_that_name():
    assert len(CHECKS) + len(DESIGNS) == len(ALL) >= 10
    for week, name in ALL:
        assert getattr(week, name).name == name


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_the_reference_passes(check, capsys):
    check(students(check.reference))
    assert f"{check.name} is right" in capsys.readouterr().out


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_every_known_mistake_is_named(check):
    assert len(check.mistakes) >= 2
    for mistake in check.mistakes:
        found = check.find(students(mistake.answer))
        assert found is not None, f"{check.name} accepts: {mistake.name}"
        assert found.mistake is mistake, f"{mistake.name} was taken for {found.mistake}"
        assert mistake.name in found.text and mistake.hint in found.text
        with pytest.raises(WrongAnswer, match=".+"):
            check(students(mistake.answer))


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_a_wrong_answer_that_nobody_foresaw_is_not_given_a_name(check):
    if check.asks_function:
        found = check.find(lambda *arguments: -12345.678)
    else:
        found = check.find(tuple("?" if type(p) is str else -77 for p in check.reference))
    assert found is not None and found.mistake is None and check.name in found.text


def unwritten(*arguments):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("check", "blank"),
    [(check, blank) for check in CHECKS for blank in (None, ...)]
    + [
        (check, blank)
        for check in FUNCTIONS
        for blank in (lambda *arguments: None, lambda *arguments: ..., unwritten)
    ],
)
def test_a_blank_is_not_started(check, blank):
    with pytest.raises(Unfinished) as caught:
        check(blank)
    assert caught.value._render_traceback_()[0].startswith("Not started yet.")


@pytest.mark.parametrize("check", FUNCTIONS, ids=named)
def test_an_answer_that_raises_is_told_in_words(check):
    def broken(*arguments):
        raise ZeroDivisionError("by zero")

    found = check.find(broken)
    assert "raised ZeroDivisionError: by zero" in found.text


def test_an_answer_that_changes_its_input_is_told():
    def spoil(image, down, right):
        image[...] = 0
        return image

    assert "changes what it is given" in week01.shift.find(spoil).text


def test_words_are_compared_without_case_and_lists_will_do():
    answer = ["Invariant ", "equivariant", "EQUIVARIANT", "neither"]
    assert week01.which_property.find(answer) is None
    assert week03.handout_formula.find(["W_2", "h_1"]) is None
    assert "that is not right" in week01.which_property.find(["neither"] * 4).text
    assert "the form is four words" in week01.which_property.find(["neither"] * 3).text
    assert "the form is two numbers" in week02.first_row.find("15 and 16").text


@pytest.mark.parametrize(
    "odd",
    [
        np.array([object()] * 4),
        np.array(["a", "b"]),
        np.array([1j, 2j]),
        torch.ones(2, requires_grad=True),
        {1: 2},
        [[1], [1, 2]],
    ],
    ids=lambda odd: type(odd).__name__,
)
@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_odd_results_are_wrong_and_no_more(check, odd):
    found = check.find((lambda *arguments: odd) if check.asks_function else odd)
    assert found is not None and found.mistake is None


def test_an_endless_answer_that_is_interrupted_is_told_in_words():
    def endless(*arguments):
        raise KeyboardInterrupt

    for check in (week01.shift, week01.signature):
        with pytest.raises(WrongAnswer, match="is there a loop that never ends"):
            check(endless)


def test_a_function_of_an_earlier_exercise_that_is_missing_is_suspected():
    found = week02.conv_layer.find(lambda x, weight, bias: None + bias)
    assert "is a function of an earlier exercise not written yet" in found.text


def test_a_design_says_where_it_fails():
    found = week01.signature.find(lambda image: image[:, 0].sum())
    assert "moved by (0, " in found.text
    with pytest.raises(Unfinished):
        week01.signature(lambda image: None)
    found = week02.stroke_kernel.find([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
    assert "to \\ 6" in found.text


@pytest.mark.parametrize("check", FUNCTIONS, ids=named)
def test_an_answer_cannot_spoil_the_cases(check):
    def spoil(*arguments):
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0
        return 0

    check.find(spoil)
    assert check.find(students(check.reference)) is None


@pytest.mark.parametrize("check", FUNCTIONS, ids=named)
def test_the_cases_have_unequal_sides_somewhere(check):
    """Where rows equal columns in every case, swapping them would go unseen."""
    arrays = [a for case in check.tried for a in case if isinstance(a, np.ndarray) and a.ndim > 1]
    if arrays and check.name != "mean_iou":  # a confusion is square
        assert any(array.shape[-1] != array.shape[-2] for array in arrays)


@pytest.mark.parametrize("design", DESIGNS, ids=named)
def test_a_design_is_judged_by_what_it_does(design, capsys):
    stopped = {stop for _, _, stop in design.examples}
    assert stopped >= {""}, "no right answer among the examples"
    assert stopped == {""} | {c.says for c in design.conditions}, "a condition that none fails"
    for what, answer, stop in design.examples:
        found = design.find(answer)
        if stop == "":
            assert found is None, f"{what}: {found}"
            design(answer)
            assert f"{design.name} meets all" in capsys.readouterr().out
        else:
            assert found is not None and f"“{stop}”" in found.text, f"{what}: {found}"
            with pytest.raises(WrongAnswer):
                design(answer)


@pytest.mark.parametrize("design", DESIGNS, ids=named)
def test_a_blank_design_is_not_started(design):
    for blank in (None, ...):
        with pytest.raises(Unfinished):
            design(blank)


def test_a_class_without_a_body_is_not_started():
    class BasicBlock(torch.nn.Module):
        """Nothing yet."""

        ...

    with pytest.raises(Unfinished, match="Write the class"):
        week09.BasicBlock(BasicBlock)


def test_blocks_of_another_make_are_right_too():
    class Named(torch.nn.Module):
        """Other names, another order, and a branch that starts at 0."""

        def __init__(self, channels, filters, stride):
            super().__init__()
            self.way = torch.nn.Identity()
            if stride > 1 or channels != filters:
                self.way = torch.nn.Sequential(
                    torch.nn.AvgPool2d(stride),
                    torch.nn.Conv2d(channels, filters, 1, bias=False),
                    torch.nn.BatchNorm2d(filters),
                )
            self.last = torch.nn.BatchNorm2d(filters)
            torch.nn.init.zeros_(self.last.weight)
            self.second = torch.nn.LazyConv2d(filters, 3, padding=1, bias=False)
            self.norm = torch.nn.BatchNorm2d(filters)
            self.first = torch.nn.Conv2d(channels, filters, 3, stride, 1, bias=False)

        def forward(self, x):
            out = self.second(self.norm(self.first(x)).relu())
            return torch.relu(self.last(out) + self.way(x))

    assert week09.BasicBlock.find(Named) is None
    assert "leaves pixels out" in week09.BasicBlock.find(models.BasicBlock).text
    assert week09.Bottleneck.find(models.Bottleneck) is None
    assert week09.Bottleneck.find(models.BasicBlock) is not None


@pytest.mark.parametrize(
    ("switches", "words"),
    [({"early": True}, "ReLU before the sum"), ({"only_same": True}, "only where shapes agree"),
     ({"middle": False}, "no ReLU between"), ({"skip": False}, "skip is not added")],
)  # fmt: skip
def test_what_is_wrong_with_a_block_is_named(switches, words):
    for name, design in (("BasicBlock", week09.BasicBlock), ("Bottleneck", week09.Bottleneck)):
        found = design.find(lambda *case, name=name: Block(name, *case, **switches))
        assert words in found.text


def test_a_branch_that_starts_at_zero_hides_no_mistake():
    def zeroed(*case):
        block = Block("BasicBlock", *case, middle=False)
        torch.nn.init.zeros_(block.norms[1].weight)
        return block

    assert "no ReLU between" in week09.BasicBlock.find(zeroed).text


def test_counts_are_right_to_the_last_digit():
    assert week08.counted_twice.find((87_908_552, 16_056_420)) is not None
    assert week08.head_parameters.find(
        lambda size, channels, classes: (
            size**2 * channels * classes + classes - (20 if size == 7 else 0),
            channels * classes + classes,
        )
    )
    pair = np.array([96, 20], dtype=np.int64)
    assert (
        week08.small_inception.find((np.int64(64), (64, 128), tuple(pair // [12, 1] + [0, 12]), 32))
        is None
    )


def test_a_wrong_result_is_drawn_with_the_differing_cells():
    right = np.arange(6.0).reshape(2, 3)
    wrong = right.copy()
    wrong[1, 2] = 0
    flaw = Mistake("One cell is wrong.", "Look at it.", lambda: wrong)
    check = Check("sheet", lambda: right, ((),), (flaw,))
    found = check.find(lambda: wrong)
    assert [(mark.row, mark.column) for mark in found.scene.marks] == [(1, 2)]
    shown = check.judge(lambda: wrong)._repr_mimebundle_()
    assert shown["image/png"].startswith("iVBOR")


def test_same_looks_at_shapes_and_kinds():
    assert same([1, 2], np.array([1.0, 2.0 + 1e-9]))
    assert not same([[1, 2]], [1, 2])
    assert not same([[1], [1, 2]], [1, 2])
    assert not same("1", 1)
    assert same(("a", 2), ("a", 2))


def test_single_precision_and_gradients_are_no_mistakes():
    def in_torch(x, gamma, beta):
        parts = [
            torch.tensor(part, dtype=torch.float32, requires_grad=True) for part in (x, gamma, beta)
        ]
        axes = (0, 2, 3)
        mean = parts[0].mean(axes, keepdim=True)
        spread = (parts[0].var(axes, correction=0, keepdim=True) + 1e-5).sqrt()
        scale, shift = (part[:, None, None] for part in parts[1:])
        return scale * (parts[0] - mean) / spread + shift

    assert week07.batch_norm.find(in_torch) is None


def test_the_sheet_that_differs_is_drawn():
    case = np.zeros((2, 3, 4, 5))

    def wrong(x):
        out = x.copy()
        out[1, 2, 3, 0] = 7
        return out

    found = Check("sheets", lambda x: x.copy(), ((case,),), ()).find(wrong)
    assert found.scene.panels["got"].title == "got (sheet 1, 2)"
    assert [(mark.row, mark.column) for mark in found.scene.marks] == [(3, 0)]


def test_a_failed_check_shows_one_line_and_no_trace():
    error = WrongAnswer("The bias is missing.")
    assert error._render_traceback_() == ["Not right yet. The bias is missing."]
