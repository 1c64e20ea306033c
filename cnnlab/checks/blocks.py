"""Check a residual block that a student wrote as a torch module.

The block is compared with the right one, with the student's own weights in it. The
names of its layers are the student's own, so every order of them is tried.
"""

import copy
from itertools import permutations, product

import torch
from torch import nn

from cnnlab.checks.check import Condition, Design, Unfinished

__all__ = ["KINDS", "Block", "block_design"]

# Kernels of the branch, which convolution has the stride, and how much wider the last one is.
KINDS = {"BasicBlock": ((3, 3), 0, 1), "Bottleneck": ((1, 3, 1), 1, 4)}
CASES = ((8, 8, 1), (8, 16, 2), (6, 10, 1), (12, 12, 2), (16, 4, 1))
ADDS = "the skip can be added where channels or stride change"
SHAPE = "the right number of maps comes out, and a stride divides rows and columns"
COUNT = "it has the parameters of its convolutions, normalizations and the shortcut"
OUTPUT = "it gives what the paper's block gives with the same weights"


class Block(nn.Module):
    """The right block, with switches for what can be wrong.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    channels, filters, stride : int
    strided : int, optional
        Which convolution has the stride.
    project, norm, bias, always : bool
        Whether there is a projection, its normalization, a bias in convolutions,
        and a projection even where shapes agree.
    **switches : bool
        middle: ReLU inside the branch. early: ReLU before the sum. last: after it.
        skip: the sum. only_same: the sum only where shapes agree. order: ReLU before
        the first normalization.

    Examples
    --------
    >>> Block("Bottleneck", 16, 4, 2)(torch.zeros(1, 16, 6, 8)).shape
    torch.Size([1, 16, 3, 4])
    """

    def __init__(
        self, kind, channels, filters, stride, strided=None, project=True, norm=True, bias=False,
        always=False, **switches,
    ):  # fmt: skip
        super().__init__()
        kernels, usual, widening = KINDS[kind]
        strided = usual if strided is None else strided
        wide = widening * filters
        widths = (channels, *[filters] * (len(kernels) - 1), wide)
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, k, stride if n == strided else 1, k // 2, bias=bias)
            for n, (a, b, k) in enumerate(zip(widths, widths[1:], kernels, strict=False))
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])
        self.on = {"middle": True, "last": True, "early": False, "skip": True, "only_same": False,
                   "order": False} | switches  # fmt: skip
        self.shortcut = nn.Identity()
        if always or (project and (stride != 1 or channels != wide)):
            parts = [nn.Conv2d(channels, wide, 1, stride, bias=False)]
            self.shortcut = nn.Sequential(*parts, *([nn.BatchNorm2d(wide)] if norm else []))

    def forward(self, x):
        out = x
        for number, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            out = conv(out)
            if self.on["order"] and number == 0:
                out = norm(torch.relu(out))
                continue
            out = norm(out)
            inside = number < len(self.convs) - 1
            if self.on["middle"] if inside else self.on["early"]:
                out = torch.relu(out)
        if self.on["skip"] and not (self.on["only_same"] and out.shape != x.shape):
            out = out + self.shortcut(x)
        return torch.relu(out) if self.on["last"] else out


# What a block may do in place of the right thing, with the same layers.
VARIANTS = (
    ({"skip": False}, "The skip is not added."),
    ({"only_same": True}, "The skip is added only where shapes agree; use the projection too."),
    ({"middle": False}, "There is no ReLU between the convolutions."),
    ({"early": True}, "There is a ReLU before the sum; it comes after it."),
    ({"early": True, "last": False}, "ReLU comes before the sum; it must come after it."),
    ({"last": False}, "The ReLU after the sum is missing."),
    ({"order": True}, "The first ReLU comes before its normalization."),
)


def block_design(name):
    """The check of one kind of block.

    Parameters
    ----------
    name : str
        One of `KINDS`: also the name of the student's class.

    Returns
    -------
    cnnlab.checks.check.Design

    Examples
    --------
    >>> block_design("Bottleneck").find(lambda *case: Block("Bottleneck", *case))
    """
    kernels, strided, widening = KINDS[name]

    def reference(**switches):
        return lambda channels, filters, stride: Block(name, channels, filters, stride, **switches)

    others = [n for n in range(len(kernels)) if n != strided]
    places = ["first", "second", "third"]
    variants = [
        *VARIANTS,
        *(
            ({"strided": n}, f"The stride is in the {places[n]} convolution; here it belongs into "
             f"the {places[strided]}.")
            for n in others
        ),
    ]  # fmt: skip

    def made(block):
        """A block for each case."""
        if isinstance(block, type) and block.__init__ is nn.Module.__init__:
            raise Unfinished(f"Write the class {name} in the cell above.")
        return [(case, block(*case)) for case in CASES]

    def ready(block):
        """The same, each run once, so that lazy layers have their shapes."""
        found = made(block)
        with torch.no_grad():
            for (channels, *_), one in found:
                one(torch.rand(2, channels, 6, 8))
        return found

    def cannot_add(block):
        for case, one in made(block):
            try:
                one(torch.rand(2, case[0], 6, 8))
            except RuntimeError as error:
                if "must match" in str(error):
                    return case
                raise
        return None

    def wrong_shape(block):
        for case, one in made(block):
            channels, filters, stride = case
            out = tuple(one(torch.rand(2, channels, 6, 8)).shape)
            if out != (2, widening * filters, 6 // stride, 8 // stride):
                return case, out
        return None

    def wrong_count(block):
        for case, one in ready(block):
            if _count(one) != _count(Block(name, *case)):
                return case, one
        return None

    def told_count(block):
        case, one = wrong_count(block)
        got, right = _count(one), _count(Block(name, *case))
        why = "Count the layers again."
        if got == _count(Block(name, *case, norm=False)):
            why = "Has the shortcut's projection its batch normalization?"
        elif got == _count(Block(name, *case, bias=True)):
            why = "Batch normalization makes the convolutions' biases superfluous."
        elif got == _count(Block(name, *case, always=True)):
            why = "Where shapes agree the shortcut is the identity, without parameters."
        return f"{name}{case} has {got} parameters, expected are {right}. {why}"

    def agrees(block, **switches):
        return all(_agrees(one, Block(name, *case, **switches), case) for case, one in ready(block))

    def told_output(block):
        for switches, words in variants:
            if agrees(block, **switches):
                return words
        return (
            "With the same weights it gives other numbers: look at the order of its layers. (Use "
            "nn.Conv2d and nn.BatchNorm2d.)"
        )

    return Design(
        name,
        (
            Condition(
                ADDS,
                lambda block: cannot_add(block) is None,
                lambda block: (
                    f"{name}{cannot_add(block)} adds maps of different shapes: the skip "
                    "needs a 1 x 1 convolution with the same stride."
                ),
            ),
            Condition(
                SHAPE,
                lambda block: wrong_shape(block) is None,
                lambda block: "{}{} gives shape {} for (2, channels, 6, 8).".format(
                    name, *wrong_shape(block)
                ),
            ),
            Condition(COUNT, lambda block: wrong_count(block) is None, told_count),
            Condition(OUTPUT, agrees, told_output),
        ),
        (
            ("the right block", reference(), ""),
            ("no projection", reference(project=False), ADDS),
            ("a stride that is forgotten", lambda a, b, _: Block(name, a, b, 1), SHAPE),
            ("a projection without normalization", reference(norm=False), COUNT),
            ("biases", reference(bias=True), COUNT),
            ("a projection everywhere", reference(always=True), COUNT),
            *((words, reference(**switches), OUTPUT) for switches, words in variants),
        ),
    )


def _count(module):
    return sum(part.numel() for part in module.parameters())


def _agrees(made, reference, case):
    """Whether two blocks with the same weights give the same, in training and in a test."""
    made = copy.deepcopy(made)
    ours, theirs = _layers(reference), _layers(made)
    if [len(part) for part in ours] != [len(part) for part in theirs]:
        return False
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for norm in theirs[1]:  # some start at 0, which would hide the branch
            for part in (norm.weight, norm.bias, norm.running_mean):
                part.copy_(torch.randn(part.shape, generator=generator))
        x = torch.randn(2, case[0], 6, 8, generator=generator)
        expected = _outputs(made, x)
        orders = (_orders(a, b) for a, b in zip(ours, theirs, strict=True))
        for convs, norms in product(*orders):
            for target, layer in zip((*ours[0], *ours[1]), (*convs, *norms), strict=True):
                for part, value in zip(
                    target.state_dict().values(), layer.state_dict().values(), strict=True
                ):
                    part.copy_(value)
            found = _outputs(reference, x)
            if all(torch.allclose(a, b, atol=1e-4) for a, b in zip(found, expected, strict=True)):
                return True
    return False


def _layers(module):
    """The convolutions and the normalizations of a block."""
    modules = list(module.modules())
    return [[m for m in modules if isinstance(m, kind)] for kind in (nn.Conv2d, nn.BatchNorm2d)]


def _orders(targets, layers):
    """The orders of layers whose shapes are those of the targets."""
    return [
        order
        for order in permutations(layers)
        if all(a.weight.shape == b.weight.shape for a, b in zip(targets, order, strict=True))
    ]


def _outputs(module, x):
    return [copy.deepcopy(module).train(mode)(x) for mode in (True, False)]
