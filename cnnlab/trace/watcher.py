"""Sees each call of a layer, and each operation on the way."""

import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from cnnlab.geometry import (
    Count,
    convolution_macs,
    convolution_parameters,
    dense_macs,
    dense_parameters,
    transposed_macs,
)
from cnnlab.trace.fields import Fields
from cnnlab.trace.operations import ACTIVATIONS, is_free, label_of, macs_of, pair_of, tensors_in
from cnnlab.trace.record import Layer, Node, Step

__all__ = ["Watcher"]

aten = torch.ops.aten
MOST_ALIKE = 200  # of one kind in one forward that are told apart: loops may make thousands

# Layers that work in place, by torch's own files; a layer that hands on its input is another.
IN_PLACE = {
    f"torch.nn.modules.{part}"
    for part in ("activation", "batchnorm", "dropout", "flatten", "instancenorm", "normalization")
}
# They only make room around what the layer's one operation takes.
PADS = {"constant_pad_nd", "reflection_pad2d", "replication_pad2d", "clone", "_to_copy", "detach"}


@dataclass
class _Call:
    """A module that is being called."""

    name: str
    module: object
    leaf: bool
    macs: int = 0
    inputs: tuple = ()
    notes: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    sources: frozenset = frozenset()  # nodes that its inputs come from
    number: int = 0  # which call of this module it is


class Watcher(TorchDispatchMode):
    """Makes rows, nodes and edges of what a model does while it is active.

    The model runs once: on torch's meta device every tensor has a shape and no
    numbers, so that nothing is computed and no memory is needed. Every operation that
    torch dispatches on the way is seen, in layers and outside of them.

    Parameters
    ----------
    model : torch.nn.Module
    inputs : list of torch.Tensor
    keep : bool
        Keep the numbers of every node.
    """

    def __init__(self, model, inputs, keep):
        super().__init__()
        self.model, self.inputs, self.keep = model, inputs, keep
        self.rows, self.notes, self.calls = [], [], []
        self.names = {module: name for name, module in model.named_modules()}
        # While the model runs, its parameters are replaced: remember which is which.
        self.own = {
            module: [(id(part), part.numel()) for part in module.parameters(recurse=False)]
            for module in model.modules()
        }
        self.counted = set()
        self.error = self.failed = None  # the last error, and the innermost call that it left
        self.fields = Fields()
        self.nodes, self.edges = [], []
        self.origins = WeakIdKeyDictionary()  # of each tensor: the nodes that it comes from
        self.written = WeakIdKeyDictionary()  # tensors that something was written into
        self.between = WeakIdKeyDictionary()  # tensors that came of a node by what has no node
        self.called = Counter()  # calls of each module, and repeated uses of each name
        self.used = set()  # names of nodes
        self.alike = {}  # (call, kind): how many, and the place of the last node and its row
        for x in inputs:
            self.fields.begin(x)
            self._add_node("input", "input", [x], None, frozenset())

    # -------------------------------------------------------------- layers

    @contextmanager
    def hooks(self):
        """Hear of every call of every module."""
        handles = []
        try:
            for module in self.names:
                handles.append(module.register_forward_pre_hook(self._enter, with_kwargs=True))
                handles.append(
                    module.register_forward_hook(self._leave, with_kwargs=True, always_call=True)
                )
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, module, args, kwargs):
        self.called[module] += 1
        leaf = not any(True for _ in module.children())
        # A whole model of functions alone is shown function by function.
        if module is self.model and not type(module).__module__.startswith("torch."):
            leaf = False
        given = (*args, *kwargs.values())
        call = _Call(self.names[module], module, leaf, inputs=given, sources=self._origin(given))
        call.number = self.called[module]
        self.calls.append(call)

    def _leave(self, module, args, kwargs, output):
        if not self.calls or self.calls[-1].module is not module:
            return  # a hook before ours raised: it was never entered
        call = self.calls.pop()
        error = sys.exc_info()[1]
        if output is None and error is not None:
            if error is not self.error:  # else it comes from a layer inside, noted before
                self.error, self.failed = error, call
            return
        fresh = [(part, count) for part, count in self.own[module] if part not in self.counted]
        self.counted |= {part for part, _ in fresh}
        parameters = sum(count for _, count in fresh)
        note = "its parameters are counted above" if len(fresh) < len(self.own[module]) else ""
        if call.leaf:
            self._add_leaf(call, list(tensors_in(output)), parameters, note)
        elif parameters:
            self.rows.append(
                Layer(call.name or "model", f"{type(module).__name__}'s own", (), parameters, 0, 0,
                      None, f"{parameters:,} parameters", "used in its forward")
            )  # fmt: skip

    def _add_leaf(self, call, outputs, parameters, note):
        module, first = call.module, outputs[0] if outputs else None
        shape = tuple(first.shape[1:]) if first is not None else ()
        written = [Count((parameters,)), Count((call.macs,))]
        for place, formula in enumerate(
            _formulas(module, next(tensors_in(call.inputs), None), first)
        ):
            # The formula is shown only where it gives what was counted.
            if int(formula) == int(written[place]) and int(formula):
                written[place] = formula
        in_place = type(module).__module__ in IN_PLACE or any(first is x for x in call.inputs)
        numbers = 0 if in_place else sum(x.numel() for x in outputs)
        words = [f"{count!r} {what}" for count, what in zip(written, ("parameters", "MACs"),
                 strict=True) if count]  # fmt: skip
        self.rows.append(
            Layer(call.name or type(module).__name__, type(module).__name__, shape, written[0],
                  numbers, written[1], self.fields.sizes_of(first),
                  "; ".join(words) or "nothing learned",
                  "; ".join(filter(None, [note, *call.notes])))
        )  # fmt: skip
        steps = [step for step in call.steps if step.operation not in PADS] or call.steps
        step = steps[0] if len(steps) == 1 else None
        if step is not None and (first is None or not _equal(step.output, first)):
            step = None  # it is not the operation's output that the layer gives
        self._add_node(self.rows[-1].name, self.rows[-1].layer, outputs, len(self.rows) - 1,
                       call.sources, _detail(module), step)  # fmt: skip

    def left_over(self):
        """A row for the parameters of modules that were never called as layers."""
        every = {part: count for parts in self.own.values() for part, count in parts}
        rest = sum(count for part, count in every.items() if part not in self.counted)
        if rest:
            yield Layer("(not called)", "", (), rest, 0, 0, None, f"{rest:,} parameters",
                        "of modules that forward does not call as layers")  # fmt: skip

    # --------------------------------------------------------------- edges

    def _origin(self, values):
        """The nodes that tensors come from."""
        found = [self.origins[x] for x in tensors_in(values) if x in self.origins]
        # A part of a tensor that was written to since then has what was written.
        bases = (x._base for x in tensors_in(values) if x._is_view())
        found += [self.origins[x] for x in bases if x in self.written and x in self.origins]
        return found[0] if len(found) == 1 else frozenset().union(*found)

    def _add_node(self, name, kind, outputs, row, sources, detail="", step=None):
        """A node, the edges that lead to it, and what comes from it from now on."""
        plain = name
        while name in self.used:  # a layer that is used again, or a name like that
            self.called[plain] += 1
            name = f"{plain} ({self.called[plain] + 1})"
        self.used.add(name)
        place = len(self.nodes)
        first = outputs[0] if outputs else None
        shape = tuple(first.shape[1:]) if first is not None else ()
        calls = tuple(
            (call.name, type(call.module).__name__, call.number) for call in self.calls if call.name
        )
        axes = self.fields.of(first) if first is not None and first.ndim == 4 else None
        values = first.detach().clone() if self.keep and first is not None else None
        self.nodes.append(Node(name, kind, shape, row, calls, detail, axes, values, step))
        self.edges += sorted((source, place) for source in sources)
        for x in outputs:
            self.origins[x] = frozenset([place])
            self.between.pop(x, None)
            if x._is_view() and x._base in self.written and x._base in self.origins:
                self.origins[x._base] |= {place}

    def finish(self, output):
        """What a forward did last, if it has no node yet: it shall be seen that there was more."""
        first = next(tensors_in(output), None)
        if first is not None and first in self.between:
            self._add_node("forward", "arithmetic", [first], None, self._origin(first))

    # ---------------------------------------------------------- operations

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        call = self.calls[-1] if self.calls else _Call("", self.model, False)
        sources = self._origin((args, kwargs))
        packet, given = func._overloadpacket, args
        # Options such as alpha are not drawn.
        keep = self.keep and bool(sources) and not func.is_view and not kwargs
        if keep and func._schema.is_mutable:  # it writes over what it is given
            given = tuple(x.clone() if isinstance(x, torch.Tensor) else x for x in args)
        out = func(*args, **kwargs)
        first, step = next(tensors_in(out), None), None
        if keep and first is not None:
            step = Step(packet.__name__.rstrip("_"), given, first.detach().clone())
        macs = macs_of(packet, args, kwargs, out)
        self.fields.follow(func, args, kwargs, out)
        if sources:
            for x in tensors_in(out):
                self.origins[x] = sources
                if not func.is_view or any(y in self.between for y in tensors_in(args)):
                    self.between[x] = True
                if not func._schema.is_mutable:
                    continue
                self.written[x._base if x._is_view() else x] = True
                if x._is_view():  # into a part of another
                    self.origins[x._base] = sources | self._origin(x._base)
                    self.between[x._base] = True
        if call.leaf:
            call.macs += macs
            if step is not None:
                call.steps.append(step)
        else:
            self._add_function(call, func, macs, args, out, sources, step)
        if not macs and not is_free(func):
            self._say(call, f"{packet.__name__}: how many products it takes is not known here")
        elif macs and any(x.is_complex() for x in tensors_in(args)):
            self._say(call, f"{packet.__name__}: complex products are counted as if they were real")
        return out

    def _say(self, call, words):
        if "MACs not known" not in call.notes:
            call.notes.append("MACs not known")
        where = call.name or type(call.module).__name__
        if (note := f"Not counted in {where}: {words}.") not in self.notes:
            self.notes.append(note)

    def _add_function(self, call, func, macs, args, out, sources, step):
        """What a forward does itself, outside of layers."""
        first = next(tensors_in(out), None)
        if first is None:
            return
        label, name = label_of(func, macs, args), call.name or "forward"
        kind = label
        if label is None:
            kind = func._overloadpacket.__name__.rstrip("_")
            joins = len(sources) > 1 and torch.Tag.pointwise in func.tags
            if not (sources and first.ndim > 1 and (joins or kind in ACTIVATIONS)):
                return
            # Nothing is counted, but branches meet here, or it is no longer linear.
            kind = ACTIVATIONS.get(kind, kind)
        numbers = 0 if label == "sum" else first.numel()
        count, node, row = self.alike.get((name, call.number, kind), (0, -1, None))
        if count >= MOST_ALIKE and max(sources, default=-1) < node:
            self._add_alike(node, row, sources, macs, numbers)
            for x in tensors_in(out):
                self.origins[x] = frozenset([node])
            return
        if label is not None:
            words = f"{macs:,} MACs" if macs else "nothing learned"
            self.rows.append(
                Layer(name, label, tuple(first.shape[1:]), 0, numbers, macs,
                      self.fields.sizes_of(first), words, "in forward")
            )  # fmt: skip
            row = len(self.rows) - 1
        self._add_node(name, kind, [first], row if label else None, sources, step=step)
        self.alike[name, call.number, kind] = count + 1, len(self.nodes) - 1, row

    def _add_alike(self, node, row, sources, macs, numbers):
        """One more of very many of a kind: it joins the last that has a node of its own."""
        new = {(source, node) for source in sources}
        self.edges += sorted(new.difference(self.edges[-4 * MOST_ALIKE :]))
        if row is not None:
            before = self.rows[row]
            self.rows[row] = replace(
                before, macs=before.macs + macs, activations=before.activations + numbers,
                arithmetic=f"{before.macs + macs:,} MACs" if macs else before.arithmetic,
                note="in forward, with all further ones of its kind",
            )  # fmt: skip

    # ------------------------------------------------------------- errors

    def complaint(self, error, device):
        """The sentence for a forward that raised: which layer, what it got, and why."""
        shapes = ", ".join(str(tuple(x.shape[1:])) for x in self.inputs)
        words = str(error).strip().splitlines()[0] if str(error).strip() else ""
        why = f"{type(error).__name__}: {words}" if words else type(error).__name__
        if error is not self.error:
            return f"the model cannot take an input of shape {shapes}: {why}"
        call = self.failed
        got = ", ".join(str(tuple(x.shape[1:])) for x in tensors_in(call.inputs))
        where = f"layer {call.name!r} ({type(call.module).__name__})"
        if not call.name:
            where = f"the forward of {type(call.module).__name__}"
        took = f"on an input of shape {got}" if got else "without a tensor as input"
        hint = ""
        if device == "meta" and ("meta" in words or isinstance(error, NotImplementedError)):
            hint = ' It needs numbers, not only shapes: try device="cpu".'
        return f"{where} fails {took} (the model's input: {shapes}). {why}{hint}"


def _equal(one, other):
    return one.shape == other.shape and one.dtype == other.dtype and torch.equal(one, other)


def _detail(module):
    """What tells a layer from others of its kind."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.MaxPool2d, nn.AvgPool2d)):
        kernel, stride = pair_of(module.kernel_size), pair_of(module.stride or module.kernel_size)
        parts = ["x".join(map(str, kernel))]
        parts += [str(module.out_channels)] if hasattr(module, "out_channels") else []
        parts += [f"/{stride[0]}"] if max(stride) > 1 else []
        parts += [f"{module.groups} groups"] if getattr(module, "groups", 1) > 1 else []
        return ", ".join(parts)
    return str(module.out_features) if isinstance(module, nn.Linear) else ""


def _formulas(module, x, out):
    """Parameters and multiply-accumulates of the layers that have a formula."""
    bias = getattr(module, "bias", None) is not None
    if isinstance(module, nn.Conv2d) and out is not None and out.ndim == 4:
        shape = module.in_channels, module.out_channels, tuple(module.kernel_size)
        return (
            convolution_parameters(*shape, bias, module.groups),
            convolution_macs(*shape, tuple(out.shape[2:]), module.groups),
        )
    if isinstance(module, nn.ConvTranspose2d) and x is not None and x.ndim == 4:
        shape = module.in_channels, module.out_channels, tuple(module.kernel_size)
        return (
            convolution_parameters(*shape, bias, module.groups),
            transposed_macs(*shape, tuple(x.shape[2:]), module.groups),
        )
    if isinstance(module, nn.Linear):
        sizes = module.in_features, module.out_features
        return dense_parameters(*sizes, bias), dense_macs(*sizes)
    return ()
