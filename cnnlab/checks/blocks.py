"""Check a residual block that a student wrote as a torch module.

The block is compared with the right one, with the student's own weights in it. How they
are named and whether they lie in layers or are used by functions is the student's own
affair, so every order of them is tried.
"""

import copy
from itertools import permutations, product
from typing import NamedTuple

import torch
from torch import nn

from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Unfinished

__all__ = ["KINDS", "Block", "block_design"]


class Kind(NamedTuple):
    """What is particular to a block: its branch, and how its skip loses rows and columns."""

    kernels: tuple
    strided: int  # which convolution of the branch has the stride
    widening: int  # how much wider the last one is
    pools: bool  # whether the skip takes means, where a projection with a stride leaves pixels out


KINDS = {
    "BasicBlock": Kind((3, 3), 0, 1, pools=True),
    "Bottleneck": Kind((1, 3, 1), 1, 4, pools=False),
}
CASES = ((8, 8, 1), (16, 4, 1), (6, 10, 1), (12, 12, 2), (16, 4, 2), (8, 16, 2))
ADDS = "the skip can be added where channels or stride change"
SHAPE = "the right number of maps comes out, and a stride divides rows and columns"
COUNT = "it has the parameters of its convolutions, normalizations and the skip"
OUTPUT = "it gives what the right block gives with the same weights"


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
    pools : bool, optional
        Whether the projection reads means of as many pixels as the stride says.
    **switches : bool
        middle: ReLU inside the branch. early: ReLU before the sum. last: after it.
        skip: the sum. only_same: the sum only where shapes agree. order: ReLU before
        the first normalization. quiet: which convolution has no ReLU behind it. bare:
        which has no normalization. shown: ReLU on the projection. late: the last
        normalization after the sum.

    Examples
    --------
    >>> Block("Bottleneck", 16, 4, 2)(torch.zeros(1, 16, 6, 8)).shape
    torch.Size([1, 16, 3, 4])
    """

    def __init__(
        self, kind, channels, filters, stride, strided=None, project=True, norm=True, bias=False,
        always=False, pools=None, **switches,
    ):  # fmt: skip
        super().__init__()
        kernels, usual, widening, usually_pools = KINDS[kind]
        strided = usual if strided is None else strided
        pools = usually_pools if pools is None else pools
        wide = widening * filters
        widths = (channels, *[filters] * (len(kernels) - 1), wide)
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, k, stride if n == strided else 1, k // 2, bias=bias)
            for n, (a, b, k) in enumerate(zip(widths, widths[1:], kernels, strict=False))
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])
        self.on = {"middle": True, "last": True, "early": False, "skip": True, "only_same": False,
                   "order": False, "quiet": None, "bare": None, "shown": False,
                   "late": False} | switches  # fmt: skip
        self.shortcut = nn.Identity()
        if always or (project and (stride != 1 or channels != wide)):
            parts = [nn.Conv2d(channels, wide, 1, 1 if pools else stride, bias=False)]
            parts = [nn.AvgPool2d(stride), *parts] if pools else parts
            self.shortcut = nn.Sequential(*parts, *([nn.BatchNorm2d(wide)] if norm else []))

    def forward(self, x):
        out = x
        for number, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            out = conv(out)
            if self.on["order"] and number == 0:
                out = norm(torch.relu(out))
                continue
            inside = number < len(self.convs) - 1
            if number != self.on["bare"] and (inside or not self.on["late"]):
                out = norm(out)
            if number != self.on["quiet"] and self.on["middle" if inside else "early"]:
                out = torch.relu(out)
        if self.on["skip"] and not (self.on["only_same"] and out.shape != x.shape):
            skip = self.shortcut(x)
            out = out + (torch.relu(skip) if self.on["shown"] else skip)
        if self.on["late"]:
            out = self.norms[-1](out)
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
    ({"middle": False, "last": False}, "There is no ReLU at all."),
    ({"shown": True}, "There is a ReLU on the skip; it carries x as it is, or projected."),
    ({"late": True}, "The last normalization comes after the sum; it belongs into the branch."),
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
    kernels, strided, widening, pools = KINDS[name]

    def reference(**switches):
        return lambda channels, filters, stride: Block(name, channels, filters, stride, **switches)

    others = [n for n in range(len(kernels)) if n != strided]
    places = ["first", "second", "third"]
    variants = [
        *VARIANTS,
        ({"pools": not pools}, "The projection leaves pixels out: take means first, and give it "
         "stride 1." if pools else "The skip takes means; here the projection has the stride."),
        *(
            ({"strided": n}, f"The stride is in the {places[n]} convolution; here it belongs into "
             f"the {places[strided]}.")
            for n in others
        ),
        *(
            ({"quiet": n}, f"The ReLU behind the {places[n]} convolution is missing.")
            for n in range(len(kernels) - 1) if len(kernels) > 2
        ),
        *(
            ({"bare": n}, f"The normalization of the {places[n]} convolution is made, not used.")
            for n in range(len(kernels))
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
                if not isinstance(one(torch.rand(2, case[0], 6, 8)), torch.Tensor):
                    return case, one, ""
            except RuntimeError as error:
                if "must match" in str(error):
                    return case, one, str(error)
                raise
        return None

    def told_sum(block):
        case, one, error = cannot_add(block)
        channels, filters, stride = case
        wide = widening * filters
        if not error:
            return f"The forward of {name}{case} returns no tensor; is its `return` missing?"
        start = f"{name}{case} adds maps of different shapes: "
        if stride == 1 and channels == wide:
            return start + (
                "here the skip is x as it is, so the branch must keep its rows and columns. Has "
                "each 3 x 3 convolution a padding of 1?"
            )
        if "dimension 1" in error:
            return start + f"x has {channels} maps and the branch gives {wide}; project the skip."
        if any(tuple(kernel.shape) == (wide, channels, 1, 1) for kernel in _kernels(one)):
            return start + (
                "rows and columns differ. "
                f"{'Are the means over windows of' if pools else 'Has the projection'} the block's "
                "stride, and has each 3 x 3 convolution a padding of 1?"
            )
        return start + (
            "the skip needs means over windows of the stride, and a 1 x 1 convolution."
            if pools
            else "the skip needs a 1 x 1 convolution with the same stride."
        )

    def wrong_shape(block):
        for case, one in made(block):
            channels, filters, stride = case
            out = tuple(one(torch.rand(2, channels, 6, 8)).shape)
            if out != (2, widening * filters, 6 // stride, 8 // stride):
                return case, out
        return None

    def told_shape(block):
        (channels, filters, stride), out = wrong_shape(block)
        expected = (2, widening * filters, 6 // stride, 8 // stride)
        return (
            f"{name}{(channels, filters, stride)} makes shape {out} of (2, {channels}, 6, 8); "
            f"expected {expected}."
        )

    def wrong_count(block):
        for case, one in ready(block):
            if _count(one) != _count(Block(name, *case)):
                return case, one
        return None

    def told_count(block):
        case, one = wrong_count(block)
        got, right = _count(one), _count(Block(name, *case))
        why = "Count the layers again."
        if _hidden(one):
            why = "Torch does not see layers in a plain list: put them into nn.ModuleList."
        elif got == _count(Block(name, *case, norm=False)):
            why = "Has the skip's projection its batch normalization?"
        elif got == _count(Block(name, *case, bias=True)):
            why = "Batch normalization makes the convolutions' biases superfluous."
        elif got == _count(Block(name, *case, always=True)):
            why = "Where shapes agree the skip is x itself, without parameters."
        else:
            why = _of_difference(got - right, case, kernels, widening) or _of_layers(
                one, case, name
            )
        return f"{name}{case} has {got} parameters, expected are {right}. {why}"

    def agrees(block, **switches):
        return all(_agrees(one, Block(name, *case, **switches), case) for case, one in ready(block))

    def told_output(block):
        for switches, words in variants:
            if agrees(block, **switches):
                return words
        return (
            "With the same weights it gives other numbers: look at what comes after what, and at "
            "the paddings."
        )

    return Design(
        name,
        (
            Condition(ADDS, lambda block: cannot_add(block) is None, told_sum),
            Condition(
                SHAPE,
                lambda block: wrong_shape(block) is None,
                told_shape,
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


def _of_difference(more, case, kernels, widening):
    """What a difference in the number of parameters is, in words; or nothing."""
    channels, filters, stride = case
    wide = widening * filters
    widths = [filters] * (len(kernels) - 1) + [wide]
    projected = wide * (stride != 1 or channels != wide)
    known = {
        sum(widths) + projected: "Batch normalization makes all biases superfluous.",
        -2 * filters: "Has each normalization its scale and shift, and is none missing?",
        -2 * wide: "Has each normalization its scale and shift, and is none missing?",
        -2 * sum(widths): "The normalizations of the branch are missing.",
        -2 * (sum(widths) + projected): "The normalizations are missing.",
    }
    if projected:
        known |= {
            wide: "The projection has a bias; batch normalization makes it superfluous.",
            8 * wide * channels: "The projection is 1 x 1, not 3 x 3.",
            -wide * channels - 2 * wide: "The projection is missing.",
        }
    return known.get(more, "")


def _of_layers(made, case, name):
    """Whether layers are too many, too few, or of another size, in words."""
    theirs, ours = (len(_kernels(block)) for block in (made, Block(name, *case)))
    if theirs == ours:
        return "The convolutions are as many as they should be; one of the layers has another size."
    return f"There are {theirs} convolutions, expected are {ours}."


def _count(module):
    return sum(part.numel() for part in module.parameters())


def _hidden(module):
    """Whether layers lie where torch does not look for them."""
    held = [value for part in module.modules() for value in vars(part).values()]
    held = [value.values() if isinstance(value, dict) else value for value in held
            if isinstance(value, (list, tuple, dict))]  # fmt: skip
    own = {id(part) for part in module.modules()}
    return any(isinstance(one, nn.Module) and id(one) not in own for some in held for one in some)


def _agrees(made, reference, case):
    """Whether two blocks with the same weights give the same, in training and in a test."""
    made = copy.deepcopy(made)
    theirs, ours = _weights(made), _weights(reference)
    if [len(part) for part in ours] != [len(part) for part in theirs]:
        return False
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for norm in theirs[1]:  # some start at 0, which would hide the branch
            for part in norm.tensors[:3]:
                part.copy_(torch.randn(part.shape, generator=generator))
        x = torch.randn(2, case[0], 6, 8, generator=generator)
        # What is remembered for a test is known of torch's own layers only.
        modes = (True, False) if all(norm.layer for norm in theirs[1]) else (True,)
        expected = _outputs(made, x, modes)
        for kernels, norms in product(*map(_orders, ours, theirs)):
            for target, given in zip(ours[0], kernels, strict=True):
                target.copy_(given)
            for target, norm in zip(ours[1], norms, strict=True):
                for one, other in zip(target.tensors, norm.tensors, strict=False):
                    one.copy_(other)
            found = _outputs(reference, x, modes)
            if all(torch.allclose(a, b, atol=1e-4) for a, b in zip(found, expected, strict=True)):
                return True
    return False


class _Norm(NamedTuple):
    """Scale and shift of a normalization; of torch's own layer also what it keeps."""

    tensors: tuple
    layer: bool

    @property
    def shape(self):
        return self.tensors[0].shape


def _kernels(module):
    """The weights of the convolutions, and of layers that are 1 x 1 convolutions, as those."""
    parts = [part.data for part in module.parameters() if part.ndim in (2, 4)]
    return [part if part.ndim == 4 else part[:, :, None, None] for part in parts]


def _weights(module):
    """The kernels and the normalizations of a block."""
    layers = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]
    norms = [
        _Norm((m.weight.data, m.bias.data, m.running_mean, m.running_var), layer=True)
        for m in layers
        if m.affine and m.track_running_stats
    ]
    known = {id(part) for m in layers for part in m.parameters()}
    # Of parameters by themselves the scales start at 1, the shifts at 0.
    others = [p.data for p in module.parameters() if p.ndim == 1 and id(p) not in known]
    scales = [part for part in others if (part == 1).all()]
    shifts = [part for part in others if not (part == 1).all()]
    norms += [_Norm(pair, False) for pair in zip(scales, shifts, strict=False)]
    return _kernels(module), norms


def _orders(targets, given):
    """The orders in which given weights have the shapes of the targets."""
    return [
        order
        for order in permutations(given)
        if all(a.shape == b.shape for a, b in zip(targets, order, strict=True))
    ]


def _outputs(module, x, modes):
    return [copy.deepcopy(module).train(mode)(x) for mode in modes]
