"""Checks of week 9: ResNet and DenseNet."""

import copy
from itertools import permutations

import numpy as np
import torch
from torch import nn

from cnnlab.checks.check import Check, Condition, Design, Mistake, Unfinished, true_or_false

__all__ = [
    "BasicBlock",
    "bottleneck_weights",
    "dense_channels",
    "identity_weights",
    "network_depth",
    "residual",
    "residual_gradient",
    "skip_shape",
    "statements",
]

_random = np.random.default_rng(9)


def _whole(*shape):
    return _random.integers(-4, 5, shape).astype(float)


# -------------------------------------------------------------------- residual

residual = Check(
    "residual",
    lambda h, first, second: second @ np.maximum(first @ h, 0) + h,
    (
        (_whole(3), _whole(4, 3), _whole(3, 4)),
        (_whole(5), _whole(2, 5), _whole(5, 2)),
        (-np.abs(_whole(4)), _whole(4, 4), _whole(4, 4)),
    ),
    (
        Mistake(
            "The skip is missing.",
            "Add h to what the branch gives.",
            lambda h, first, second: second @ np.maximum(first @ h, 0),
        ),
        Mistake(
            "The ReLU is missing.",
            "It stands between the two matrices.",
            lambda h, first, second: second @ first @ h + h,
        ),
        Mistake(
            "ReLU comes after the second matrix in your answer.",
            "It stands between the two.",
            lambda h, first, second: np.maximum(second @ first @ h, 0) + h,
        ),
        Mistake(
            "ReLU comes after the sum in your answer.",
            "Here it stands between the two matrices, and only there.",
            lambda h, first, second: np.maximum(second @ first @ h + h, 0),
        ),
        Mistake(
            "There is a ReLU too many.",
            "After the sum there is none here.",
            lambda h, first, second: np.maximum(second @ np.maximum(first @ h, 0) + h, 0),
        ),
        Mistake(
            "You concatenated: that is DenseNet.",
            "A residual block adds.",
            lambda h, first, second: np.concatenate([h, second @ np.maximum(first @ h, 0)]),
        ),
    ),
)

# ----------------------------------------------------------- residual_gradient


def _back(h, first, second, after, skip=True, gate=True):
    passing = (first @ h > 0) if gate else np.ones(len(first))
    return first.T @ (second.T @ after * passing) + (after if skip else 0)


def _back_with(**how):
    return lambda *arguments: _back(*arguments, **how)


residual_gradient = Check(
    "residual_gradient",
    _back,
    (
        # No unit of the branch is exactly 0: there ReLU has no slope.
        (np.array([1.3, -2.1, 0.7]), _whole(4, 3), _whole(3, 4), _whole(3)),
        (np.array([0.3, 1.9, -0.7, 2.3, -1.1]), _whole(2, 5), _whole(5, 2), _whole(5)),
        (np.array([-0.9, 1.7, 0.1, 2.9]), _whole(6, 4), _whole(4, 6), _whole(4)),
    ),
    (
        Mistake(
            "The way around is missing.",
            "h' contains h itself: its gradient comes back as it is, besides that of the branch.",
            _back_with(skip=False),
        ),
        Mistake(
            "ReLU lets everything through in your answer.",
            "Where W1 h is below 0, nothing comes back through that unit.",
            _back_with(gate=False),
        ),
        Mistake(
            "You added 1 to each number in place of the gradient.",
            "It is (∂F/∂h + I) times the gradient: the gradient itself is added.",
            lambda *arguments: _back(*arguments, skip=False) + 1,
        ),
        Mistake(
            "Only the way around is there.",
            "The branch sends a gradient back too.",
            lambda h, first, second, after: after + 0 * h,
        ),
        Mistake(
            "You let h come back, not the gradient.",
            "What is added is ∂C/∂h'.",
            lambda h, *others: _back(h, *others, skip=False) + h,
        ),
    ),
)

# ------------------------------------------------------------ identity_weights

identity_weights = Check(
    "identity_weights",
    ("zero", "identity"),
    (),
    (
        Mistake(
            "That is the handout's error: with a skip, W = I gives 2h.",
            "What must the branch add, if h is to stay h?",
            ("identity", "identity"),
        ),
        Mistake(
            "Without the skip, W = 0 gives 0.",
            "A plain layer must find W = I.",
            ("zero", "zero"),
        ),
        Mistake("The two are swapped.", "First with the skip.", ("identity", "zero")),
    ),
    'two words, each "zero" or "identity"',
)

# ------------------------------------------------------------------ skip_shape


def _option_a(x, channels, stride=2):
    small = x[:, ::stride, ::stride]
    out = np.zeros((channels, *small.shape[1:]))
    out[: len(x)] = small
    return out


def _repeat(x, channels):
    small = x[:, ::2, ::2]
    return small[np.arange(channels) % len(x)]


def _zeros_first(x, channels):
    out = _option_a(x, channels)
    return np.roll(out, channels - len(x), axis=0)


def _odd_places(x, channels):
    out = _option_a(x, channels)
    part = x[:, 1::2, 1::2]
    out[: len(x), : part.shape[1], : part.shape[2]] = part
    return out


skip_shape = Check(
    "skip_shape",
    _option_a,
    ((_whole(2, 4, 6), 4), (_whole(3, 6, 8), 5), (_whole(1, 5, 3), 2)),
    (
        Mistake(
            "Rows and columns are not halved.",
            "Take every other row and column.",
            lambda x, channels: _option_a(x, channels, stride=1),
        ),
        Mistake(
            "You repeated the channels.",
            "The additional channels are zeros.",
            _repeat,
        ),
        Mistake(
            "The zeros come first in your answer.",
            "The old channels keep their places; zeros follow.",
            _zeros_first,
        ),
        Mistake(
            "You started at the second row and column.",
            "The first window of a convolution with stride 2 is centred on the first pixel.",
            _odd_places,
        ),
        Mistake(
            "The new channels are missing.",
            "Both parts of a sum must have the same number of channels.",
            lambda x, channels: x[:, ::2, ::2],
        ),
    ),
)

# ---------------------------------------------------------- bottleneck_weights

bottleneck_weights = Check(
    "bottleneck_weights",
    lambda wide, narrow: (2 * wide * narrow + 9 * narrow**2, 18 * wide**2),
    ((256, 64), (512, 128), (96, 20)),
    (
        Mistake(
            "You counted the 1 x 1 convolutions as free.",
            "They have wide · narrow weights each.",
            lambda wide, narrow: (9 * narrow**2, 18 * wide**2),
        ),
        Mistake(
            "One of the two 1 x 1 convolutions is missing.",
            "One reduces, one widens again.",
            lambda wide, narrow: (wide * narrow + 9 * narrow**2, 18 * wide**2),
        ),
        Mistake(
            "Your 3 x 3 convolution works on the wide maps.",
            "It stands between the two 1 x 1, on the narrow ones.",
            lambda wide, narrow: (2 * wide * narrow + 9 * wide**2, 18 * wide**2),
        ),
        Mistake(
            "There are two 3 x 3 convolutions to compare with.",
            "Count both.",
            lambda wide, narrow: (2 * wide * narrow + 9 * narrow**2, 9 * wide**2),
        ),
        Mistake(
            "The two numbers are swapped.",
            "First the bottleneck.",
            lambda wide, narrow: (18 * wide**2, 2 * wide * narrow + 9 * narrow**2),
        ),
    ),
)

# --------------------------------------------------------------- network_depth

_STAGES = {"18": (2, 2, 2, 2), "34": (3, 4, 6, 3), "50": (3, 4, 6, 3), "152": (3, 8, 36, 3)}

network_depth = Check(
    "network_depth",
    lambda block, stages: (2 if block == "basic" else 3) * sum(stages) + 2,
    (
        ("basic", _STAGES["18"]),
        ("basic", _STAGES["34"]),
        ("bottleneck", _STAGES["50"]),
        ("bottleneck", _STAGES["152"]),
    ),
    (
        Mistake(
            "The first and the last layer are missing.",
            "A 7 x 7 convolution before the stages, a fully connected layer after them.",
            lambda block, stages: (2 if block == "basic" else 3) * sum(stages),
        ),
        Mistake(
            "One layer outside of the stages is missing.",
            "There are two: the first convolution, and the fully connected layer.",
            lambda block, stages: (2 if block == "basic" else 3) * sum(stages) + 1,
        ),
        Mistake(
            "A bottleneck has three layers.",
            "1 x 1, 3 x 3, 1 x 1.",
            lambda block, stages: 2 * sum(stages) + 2,
        ),
        Mistake(
            "You counted blocks.",
            "A basic block has two layers that learn, a bottleneck three.",
            lambda block, stages: sum(stages) + 2,
        ),
        Mistake(
            "You counted the projections too.",
            "The names of the papers leave them out.",
            lambda block, stages: (
                (2 if block == "basic" else 3) * sum(stages) + 2 + (3 if block == "basic" else 4)
            ),
        ),
    ),
)

# -------------------------------------------------------------- dense_channels


def _dense(start, growth, blocks, halve=True, last=False):
    channels, found = start, []
    for place, count in enumerate(blocks):
        channels += count * growth
        found.append(channels)
        if halve:
            channels //= 2
            if last and place == len(blocks) - 1:
                found[-1] = channels
    return found


dense_channels = Check(
    "dense_channels",
    _dense,
    ((64, 32, (6, 12, 24, 16)), (24, 12, (5, 3)), (10, 7, (1, 2, 2))),
    (
        Mistake(
            "The transitions are missing.",
            "Between two blocks a transition halves the channels.",
            lambda start, growth, blocks: _dense(start, growth, blocks, halve=False),
        ),
        Mistake(
            "You added the maps; a DenseNet puts them side by side.",
            "Every layer brings `growth` new maps, and the old ones stay.",
            lambda start, growth, blocks: [max(start, growth)] * len(blocks),
        ),
        Mistake(
            "A transition follows your last block.",
            "Transitions stand between blocks; after the last one comes the average.",
            lambda start, growth, blocks: _dense(start, growth, blocks, last=True),
        ),
        Mistake(
            "Each block brings `growth` maps in your answer.",
            "Each *layer* of the block does.",
            lambda start, growth, blocks: _dense(start, growth, (1,) * len(blocks)),
        ),
        Mistake(
            "You gave the channels after the transitions.",
            "Asked are those after each block, before the transition.",
            lambda start, growth, blocks: [c // 2 for c in _dense(start, growth, blocks)],
        ),
    ),
)

# ------------------------------------------------------------------ statements

statements = true_or_false(
    "statements",
    ("false", "true", "false", "false", "true", "false"),
    (
        ("an overfitted network is good on its training images.",
         "Which loss was larger in section 1?"),
        ("what does a deep network need to do what a shallow one does?",
         "Let the additional layers be the identity."),
        ("with a skip, W = I gives 2h.",
         "The identity is W = 0."),
        ("6n + 2 = 18 has no whole n.",
         "n = 3 gives 20 layers."),
        ("look at the derivative again.",
         "What is ∂C/∂x, if ∂F/∂x is nearly 0?"),
        ("which of the two adds, which concatenates?",
         "In DenseNet the old maps stay beside the new ones."),
    ),
)  # fmt: skip

# ------------------------------------------------------------------ BasicBlock

_CASES = ((8, 8, 1), (8, 16, 2), (6, 10, 1), (12, 12, 2))


def _expected(channels, filters, stride):
    """Parameters: two 3 x 3 convolutions with BN, and where shapes change a projection."""
    own = 9 * channels * filters + 9 * filters**2 + 4 * filters
    if stride == 1 and channels == filters:
        return own
    return own + channels * filters + 2 * filters


def _made(block):
    """A block for each case, run once so that lazy layers have their shapes."""
    if block is nn.Module or (isinstance(block, type) and block.__init__ is nn.Module.__init__):
        raise Unfinished("Write the class BasicBlock in the cell above.")
    return [(case, block(*case)) for case in _CASES]


def _shapes(block):
    for (channels, filters, stride), made in _made(block):
        out = made(torch.rand(2, channels, 6, 8))
        if tuple(out.shape) != (2, filters, 6 // stride, 8 // stride):
            yield (channels, filters, stride), tuple(out.shape)


def _count(module):
    return sum(part.numel() for part in module.parameters())


def _told_count(block):
    (case, made) = next(m for m in _made_and_run(block) if _count(m[1]) != _expected(*m[0]))
    got, right = _count(made), _expected(*case)
    channels, filters, _ = case
    why = "Count convolutions, normalizations and the shortcut again."
    if right - got == 2 * filters and right != _expected(channels, channels, 1):
        why = "Two numbers a filter are missing: has the shortcut's projection its normalization?"
    elif got - right == 2 * filters:
        why = "One number a filter too many, twice: batch normalization makes biases superfluous."
    elif got > right and case == (8, 8, 1):
        why = "Where shapes agree the shortcut is the identity, without parameters."
    return f"BasicBlock{case} has {got} parameters, expected are {right}. {why}"


class _Reference(nn.Module):
    """The right block, with switches for what can be wrong."""

    def __init__(self, channels, filters, stride=1, bn=True, project=True, bias=False, always=False,
                 late=False, **switches):  # fmt: skip
        super().__init__()
        strides = (1, stride) if late else (stride, 1)
        self.conv1 = nn.Conv2d(channels, filters, 3, strides[0], 1, bias=bias)
        self.conv2 = nn.Conv2d(filters, filters, 3, strides[1], 1, bias=bias)
        self.bn1, self.bn2 = nn.BatchNorm2d(filters), nn.BatchNorm2d(filters)
        self.switches, self.shortcut = switches, nn.Identity()
        if always or (project and (stride != 1 or channels != filters)):
            parts = [nn.Conv2d(channels, filters, 1, stride, bias=False)]
            self.shortcut = nn.Sequential(*parts, *([nn.BatchNorm2d(filters)] if bn else []))

    def forward(self, x):
        on = {"middle": True, "last": True, "early": False, "skip": True, "only_same": False,
              "order": False} | self.switches  # fmt: skip
        out = self.conv1(x)
        if on["order"]:
            out = self.bn1(torch.relu(out))
        else:
            out = torch.relu(self.bn1(out)) if on["middle"] else self.bn1(out)
        out = self.bn2(self.conv2(out))
        out = torch.relu(out) if on["early"] else out
        if on["skip"] and not (on["only_same"] and out.shape != x.shape):
            out = out + self.shortcut(x)
        return torch.relu(out) if on["last"] else out


# What a block may do in place of the right thing, with the same layers.
_VARIANTS = (
    ({"skip": False}, "The skip is not added."),
    ({"only_same": True}, "The skip is added only where shapes agree; use the projection too."),
    ({"middle": False}, "There is no ReLU between the two convolutions."),
    ({"early": True}, "There is a ReLU before the sum; it comes after it."),
    ({"early": True, "last": False}, "ReLU comes before the sum; it must come after it."),
    ({"last": False}, "The ReLU after the sum is missing."),
    ({"order": True}, "The first ReLU comes before its normalization."),
    ({"late": True}, "The stride is in the second convolution; it belongs into the first."),
)


def _layers(module):
    """(3 x 3 convolutions, 1 x 1 convolutions, normalizations) of a block."""
    convs = [m for m in module.modules() if isinstance(m, nn.Conv2d)]
    norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]
    small = [conv for conv in convs if conv.kernel_size == (1, 1)]
    return [conv for conv in convs if conv not in small], small, norms


def _agrees(made, case, **switches):
    """Whether a block gives what the reference gives with the same weights.

    The names of its layers are its own, so every order of them is tried.
    """
    made = copy.deepcopy(made)
    generator = torch.Generator().manual_seed(0)
    wide, small, norms = _layers(made)
    reference = _Reference(*case, **switches)
    targets = _layers(reference)
    if [len(part) for part in targets] != [len(wide), len(small), len(norms)]:
        return False
    with torch.no_grad():
        for norm in norms:  # some start at 0, which would hide the branch
            for part in (norm.weight, norm.bias, norm.running_mean):
                part.copy_(torch.randn(part.shape, generator=generator))
        x = torch.randn(2, case[0], 6, 8, generator=generator)
        return any(
            _same_outputs(made, reference, targets, (*first, *small, *second), x)
            for first in permutations(wide)
            for second in permutations(norms)
        )


def _same_outputs(made, reference, targets, layers, x):
    """Give the reference these layers' weights, and compare in both modes."""
    for target, layer in zip((t for part in targets for t in part), layers, strict=True):
        if any(
            a.shape != b.shape
            for a, b in zip(target.state_dict().values(), layer.state_dict().values(), strict=True)
        ):
            return False  # fmt: skip
        target.load_state_dict(dict(zip(target.state_dict(), layer.state_dict().values(),
                                        strict=True)))  # fmt: skip
    outputs = [
        [copy.deepcopy(model).train(mode)(x) for mode in (True, False)]
        for model in (made, reference)
    ]
    return all(torch.allclose(a, b, atol=1e-4) for a, b in zip(*outputs, strict=True))


def _right_outputs(block, **switches):
    return all(_agrees(made, case, **switches) for case, made in _made_and_run(block))


def _made_and_run(block):
    """As `_made`, and lazy layers have their shapes."""
    found = _made(block)
    with torch.no_grad():
        for (channels, *_), made in found:
            made(torch.rand(2, channels, 6, 8))
    return found


def _told_outputs(block):
    for switches, words in _VARIANTS:
        if _right_outputs(block, **switches):
            return words
    return (
        "With the same weights it gives other numbers: look at the order of its layers. (Use "
        "nn.Conv2d and nn.BatchNorm2d.)"
    )


def _reference(**switches):
    return lambda channels, filters, stride: _Reference(channels, filters, stride, **switches)


def _runs(block):
    """Whether the sum can be made where channels or stride change."""
    for (channels, filters, stride), made in _made(block):
        try:
            made(torch.rand(2, channels, 6, 8))
        except RuntimeError as error:
            if "must match" in str(error) or "size of tensor" in str(error):
                return (channels, filters, stride)
            raise
    return None


BasicBlock = Design(
    "BasicBlock",
    (
        Condition(
            "the skip can be added where channels or stride change",
            lambda block: _runs(block) is None,
            lambda block: f"BasicBlock{_runs(block)} adds maps of different shapes: the skip needs "
            "a 1 x 1 convolution with the same stride.",
        ),
        Condition(
            "filters come out, and a stride divides rows and columns",
            lambda block: not list(_shapes(block)),
            lambda block: "BasicBlock{} gives shape {} for (2, channels, 6, 8).".format(
                *next(_shapes(block))
            ),
        ),
        Condition(
            "it has the parameters of two convolutions, two normalizations and the shortcut",
            lambda block: all(
                _count(made) == _expected(*case) for case, made in _made_and_run(block)
            ),
            _told_count,
        ),
        Condition(
            "it gives what the block of the paper gives with its weights",
            _right_outputs,
            _told_outputs,
        ),
    ),
    (
        ("the right block", _reference(), ""),
        ("no projection", _reference(project=False),
         "the skip can be added where channels or stride change"),
        ("a stride that is forgotten", lambda a, b, s: _Reference(a, b, 1),
         "filters come out, and a stride divides rows and columns"),
        ("a projection without normalization", _reference(bn=False),
         "it has the parameters of two convolutions, two normalizations and the shortcut"),
        ("biases", _reference(bias=True),
         "it has the parameters of two convolutions, two normalizations and the shortcut"),
        ("a projection everywhere", _reference(always=True),
         "it has the parameters of two convolutions, two normalizations and the shortcut"),
        ("a skip that is made and not added", _reference(skip=False),
         "it gives what the block of the paper gives with its weights"),
        ("a skip only where shapes agree", _reference(only_same=True),
         "it gives what the block of the paper gives with its weights"),
        ("no ReLU in the branch", _reference(middle=False),
         "it gives what the block of the paper gives with its weights"),
        ("a ReLU before the sum", _reference(early=True),
         "it gives what the block of the paper gives with its weights"),
        ("ReLU and sum in the wrong order", _reference(early=True, last=False),
         "it gives what the block of the paper gives with its weights"),
        ("no ReLU at the end", _reference(last=False),
         "it gives what the block of the paper gives with its weights"),
        ("ReLU before the normalization", _reference(order=True),
         "it gives what the block of the paper gives with its weights"),
        ("the stride in the second convolution", _reference(late=True),
         "it gives what the block of the paper gives with its weights"),
    ),
)  # fmt: skip
