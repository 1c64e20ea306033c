"""One record of a run: what was computed, from what, and what it cost.

The model runs once on torch's meta device: every tensor has a shape and no numbers,
so that nothing is computed and no memory is needed. Every operation that torch
dispatches on the way is seen, in layers and outside of them.
"""

import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Integral
from typing import NamedTuple

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from cnnlab.arguments import one_of, short
from cnnlab.geometry import (
    Count,
    Field,
    convolution_macs,
    convolution_parameters,
    dense_macs,
    dense_parameters,
    transposed_macs,
)

__all__ = ["Layer", "Node", "Trace", "trace"]

MOST_INPUTS, MOST_AXES = 32, 8
aten = torch.ops.aten

# Layers that work in place, by torch's own files; a layer that hands on its input is another.
IN_PLACE = {
    f"torch.nn.modules.{part}"
    for part in ("activation", "batchnorm", "dropout", "flatten", "instancenorm", "normalization")
}

# What is shown of operations that are called in a forward and are no layers.
FUNCTIONS = {
    aten.convolution: "convolution",
    aten.addmm: "matrix product",
    aten.mm: "matrix product",
    aten.bmm: "matrix products",
    aten.baddbmm: "matrix products",
    aten.max_pool2d_with_indices: "max pooling",
    aten.avg_pool2d: "average pooling",
    aten._adaptive_avg_pool2d: "average pooling",
    aten.adaptive_max_pool2d: "max pooling",
    aten.max_pool3d_with_indices: "max pooling",
    aten.mean: "average",
    aten.cat: "concatenation",
    aten.stack: "concatenation",
}
# Of them nothing is counted, but they are nodes.
ACTIVATIONS = {
    "relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "sigmoid": "Sigmoid", "tanh": "Tanh",
    "leaky_relu": "LeakyReLU", "elu": "ELU", "hardtanh": "Hardtanh", "hardswish": "Hardswish",
    "_softmax": "Softmax", "softplus": "Softplus", "threshold": "ReLU",
}  # fmt: skip
PRODUCTS = {  # multiply-accumulates that torch's own counter leaves out
    aten.mv: lambda a, b, **_: a.shape[0] * a.shape[1],
    aten.addmv: lambda _, a, b, **__: a.shape[0] * a.shape[1],
    aten.dot: lambda a, b, **_: a.shape[0],
    aten.vdot: lambda a, b, **_: a.shape[0],
    aten.addbmm: lambda _, a, b, **__: a.shape[0] * a.shape[1] * a.shape[2] * b.shape[2],
    aten._scaled_dot_product_flash_attention_for_cpu: lambda query, key, value, *_, **__: (
        query.shape[:-1].numel() * key.shape[-2] * (query.shape[-1] + value.shape[-1])
    ),
    aten.addr: lambda _, a, b, **__: a.shape[0] * b.shape[0],
}
# They multiply, and how often is not known here.
UNKNOWN = ("fft_", "_fft", "grid_sampler", "cdist", "lstm", "gru", "rnn_", "_trilinear", "linalg_",
           "cholesky", "solve", "sparse", "_int_mm", "conv_tbc", "upsample_bi", "upsample_tri",
           "upsample_linear", "bilinear", "embedding_bag")  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One row of the table.

    Attributes
    ----------
    name : str
        As in the model: "features.0"; for an operation outside of layers, the
        module whose forward calls it.
    layer : str
        The class, or what the operation does.
    output_shape : tuple of int
        Without the batch.
    parameters, macs : int
        Those that no earlier row has counted; written out if they follow from
        one formula.
    activations : int
        Numbers that come out; 0 for what works in place.
    receptive_field : (int, int) or None
        Rows and columns of the input that one cell depends on, where there are such.
    arithmetic : str
        Parameters and multiply-accumulates, written out.
    note : str
        What is particular: reused, shared, not known.
    """

    name: str
    layer: str
    output_shape: tuple
    parameters: int
    activations: int
    macs: int
    receptive_field: tuple | None
    arithmetic: str
    note: str = ""


class Node(NamedTuple):
    """Something that was computed: an input, a layer's output, or where branches join.

    Attributes
    ----------
    name : str
        As in the model, unique in its record.
    kind : str
        The class of the layer, what the operation does, or "input".
    shape : tuple of int
        Of what comes out, without the batch.
    row : int or None
        Its place among the rows of the record.
    calls : tuple of (str, str, int)
        The modules inside whose forward it was computed, from the outermost: name, class,
        and the number of its call.
    detail : str
        What tells it from others of its kind: "3x3, 64, /2".
    """

    name: str
    kind: str
    shape: tuple
    row: int | None
    calls: tuple
    detail: str = ""


@dataclass(frozen=True)
class Trace:
    """The record of a run.

    Attributes
    ----------
    model : str
        The class of the model.
    input_shapes : tuple of tuple
    given : int
        Numbers that went in, batch included.
    nodes : tuple of Node
        In the order of the computation.
    edges : tuple of (int, int)
        From a node to one that was computed of it, by their places in `nodes`.
    rows : tuple of Layer
        What was counted.
    notes : tuple of str
        What could not be counted.
    """

    model: str
    input_shapes: tuple
    given: int
    nodes: tuple
    edges: tuple
    rows: tuple
    notes: tuple


def trace(model, input_shape, device="meta"):
    """Record a run of any torch module.

    Parameters
    ----------
    model : torch.nn.Module
        It is run in test mode, and is left as it was.
    input_shape : tuple of int, or list
        Without the batch: (1, 28, 28). For several inputs a list of shapes; an item
        may also be a tensor, batch included, for inputs that are no floats.
    device : {"meta", "cpu"}
        "meta" needs neither memory nor time, but no numbers exist: a forward that
        decides by them needs "cpu", which computes with zeros.

    Returns
    -------
    Trace

    Raises
    ------
    ValueError
        If the model is none, the shape is none, or a layer cannot take what it is
        given: the sentence names the layer.

    Examples
    --------
    >>> from cnnlab.models import BasicBlock
    >>> found = trace(BasicBlock(8, 8), (8, 5, 5))
    >>> [(found.nodes[a].kind, found.nodes[b].kind) for a, b in found.edges][-3:]
    [('BatchNorm2d', 'sum'), ('Identity', 'sum'), ('sum', 'ReLU')]
    """
    if not isinstance(model, nn.Module):
        raise ValueError(f"model is {short(model)}, but it must be a torch module.")
    if any(isinstance(module, torch.jit.ScriptModule) for module in model.modules()):
        raise ValueError("model has a compiled script, whose layers cannot be watched.")
    one_of("device", device, ("meta", "cpu"))
    for name, part in [*model.named_parameters(), *model.named_buffers()]:
        if isinstance(part, nn.parameter.UninitializedTensorMixin):
            raise ValueError(f"{name} has no shape yet: call the model once before counting.")
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), None)
    inputs = [_example(item, device, dtype) for item in _items(input_shape)]
    watcher = _Watcher(model)
    with (
        torch.no_grad(), torch.random.fork_rng(devices=[]), _left_as_it_was(model, device),
        watcher.hooks(), _slow_attention(),
    ):  # fmt: skip
        try:
            with torch.device(device), watcher:
                watcher.begin(inputs)
                model(*inputs)
        except Exception as error:
            raise ValueError(watcher.complaint(error, inputs)) from error
    rows = [*watcher.rows, *watcher.left_over()]
    return Trace(
        type(model).__name__, tuple(tuple(x.shape[1:]) for x in inputs),
        sum(x.numel() for x in inputs), tuple(watcher.nodes),
        tuple(watcher.edges), tuple(rows), tuple(watcher.notes),
    )  # fmt: skip


def _items(input_shape):
    """The shapes or tensors, one for each input."""
    whole = isinstance(input_shape, (tuple, list, torch.Size))
    if whole and input_shape and all(isinstance(n, Integral) for n in input_shape):
        return [input_shape]
    if isinstance(input_shape, torch.Tensor):
        return [input_shape]
    if whole and len(input_shape) > MOST_INPUTS:
        raise ValueError(
            f"input_shape has {len(input_shape)} inputs, but at most {MOST_INPUTS} are taken."
        )
    if whole and input_shape:
        return list(input_shape)
    raise ValueError(
        f"input_shape is {short(input_shape)}, but it must be a tuple of whole numbers such as "
        "(3, 224, 224), or a list of such."
    )


def _example(item, device, dtype):
    if isinstance(item, torch.Tensor):
        return item.to(device, copy=True)
    legal = isinstance(item, (tuple, list, torch.Size)) and 0 < len(item) <= MOST_AXES
    if not legal or not all(isinstance(n, Integral) and n > 0 for n in item):
        raise ValueError(
            f"input_shape has the item {short(item)}, but it must be a tuple of at most "
            f"{MOST_AXES} whole numbers above 0, or a tensor."
        )
    return torch.zeros(1, *map(int, item), device=device, dtype=dtype)


@contextmanager
def _left_as_it_was(model, device):
    """Test mode, and on the meta device shapes in place of all tensors, until the end.

    What is shared stays shared. Whatever the forward stores in the model is dropped.
    (``torch.func.functional_call`` would not put back the parameters of a module that
    is used under two names.)
    """
    stand_ins, before = {}, []

    def stand_in(part):
        if not isinstance(part, torch.Tensor):
            return part
        if device == "cpu":  # a forward may write into it
            return part if isinstance(part, nn.Parameter) else part.clone()
        return stand_ins.setdefault(id(part), torch.empty_like(part, device="meta"))

    for module in model.modules():
        for store in (module._parameters, module._buffers, module.__dict__):
            before.append((store, dict(store)))
            store.update({name: stand_in(part) for name, part in store.items()})
        module.training = False
    try:
        yield
    finally:
        for store, parts in before:
            store.clear()
            store.update(parts)


@contextmanager
def _slow_attention():
    """Attention step by step: its fused form hides the products."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


@dataclass
class _Call:
    """A module that is being called."""

    name: str
    module: object
    macs: int = 0
    inputs: tuple = ()
    notes: list = field(default_factory=list)
    sources: frozenset = frozenset()  # nodes that its inputs come from
    number: int = 0  # which call of this module it is


class _Watcher(TorchDispatchMode):
    """Sees each call of a layer, and each operation on the way."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.rows, self.notes, self.calls = [], [], []
        self.names = {module: name for name, module in model.named_modules()}
        # While the model runs, its parameters are replaced: remember which is which.
        self.own = {
            module: [(id(part), part.numel()) for part in module.parameters(recurse=False)]
            for module in model.modules()
        }
        self.counted = set()
        self.error = self.failed = None  # the last error, and the innermost call that it left
        self.fields = {}  # by id, with the tensor itself, so that no id is used again
        self.nodes, self.edges = [], []
        self.origins = {}  # by id: the tensor itself, and the nodes that it comes from
        self.called = Counter()  # calls of each module, and uses of each name

    # -------------------------------------------------------------- layers

    @contextmanager
    def hooks(self):
        """Hear of every call of every module."""
        handles = []
        try:
            for module in self.model.modules():
                handles.append(module.register_forward_pre_hook(self._enter))
                handles.append(module.register_forward_hook(self._leave, always_call=True))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def begin(self, inputs):
        """Each input cell sees itself, and each input is a node."""
        for x in inputs:
            self._add_node("input", "input", [x], None, frozenset())
            if x.ndim == 4:
                self.fields[id(x)] = x, (Field(1, 1, 0),) * 2

    def _enter(self, module, inputs):
        name = self.names[module]
        self.called[module] += 1
        call = _Call(name, module, inputs=inputs, sources=self._origin(inputs))
        call.number = self.called[module]
        self.calls.append(call)

    def _leave(self, module, inputs, output):
        call = self.calls.pop()
        error = sys.exc_info()[1]
        if output is None and error is not None:
            if error is not self.error:  # else it comes from a layer inside, noted before
                self.error, self.failed = error, call
            return
        leaf = not any(True for _ in module.children())
        fresh = [(part, count) for part, count in self.own[module] if part not in self.counted]
        self.counted |= {part for part, _ in fresh}
        parameters = sum(count for _, count in fresh)
        note = "its parameters are counted above" if len(fresh) < len(self.own[module]) else ""
        if leaf:
            shapes = list(_tensors(output))
            self._add_leaf(call, shapes, parameters, note)
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
            _formulas(module, next(_tensors(call.inputs), None), first)
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
                  numbers, written[1], self._field_of(first), "; ".join(words) or "nothing learned",
                  "; ".join(filter(None, [note, *call.notes])))
        )  # fmt: skip
        self._add_node(self.rows[-1].name, self.rows[-1].layer, outputs, len(self.rows) - 1,
                       call.sources, _detail(module))  # fmt: skip

    # --------------------------------------------------------------- edges

    def _origin(self, values):
        """The nodes that tensors come from."""
        found = (self.origins.get(id(x)) for x in _tensors(values))
        return frozenset().union(*(entry[1] for entry in found if entry))

    def _add_node(self, name, kind, outputs, row, sources, detail=""):
        """A node, the edges that lead to it, and what comes from it from now on."""
        self.called[name] += 1
        name = name if self.called[name] == 1 else f"{name} ({self.called[name]})"
        place = len(self.nodes)
        shape = tuple(outputs[0].shape[1:]) if outputs else ()
        calls = tuple(
            (call.name, type(call.module).__name__, call.number) for call in self.calls if call.name
        )
        self.nodes.append(Node(name, kind, shape, row, calls, detail))
        self.edges += sorted((source, place) for source in sources)
        for x in outputs:
            self.origins[id(x)] = x, frozenset([place])

    def left_over(self):
        """A row for the parameters of modules that were never called as layers."""
        every = {part: count for parts in self.own.values() for part, count in parts}
        rest = sum(count for part, count in every.items() if part not in self.counted)
        if rest:
            yield Layer("(not called)", "", (), rest, 0, 0, None, f"{rest:,} parameters",
                        "of modules that forward does not call as layers")  # fmt: skip

    # ---------------------------------------------------------- operations

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        packet = func._overloadpacket
        macs = self._macs(packet, func, args, kwargs, out)
        call = self.calls[-1] if self.calls else _Call("", self.model)
        self._follow(packet, func, args, out)
        sources = self._origin((args, kwargs))
        if sources:
            for x in _tensors(out):
                self.origins[id(x)] = x, sources
        if any(True for _ in call.module.children()) or not self.calls:
            self._add_function(call, func, macs, args, out, sources)
        else:
            call.macs += macs
        name = packet.__name__
        foreign = func.namespace not in ("aten", "prim", "prims")
        complex_ = macs and any(x.is_complex() for x in _tensors(args))
        if not macs and (foreign or any(word in name for word in UNKNOWN)):
            self._say(call, f"{name}: how many products it takes is not known here")
        elif complex_:
            self._say(call, f"{name}: complex products are counted as if they were real")
        return out

    def _say(self, call, words):
        call.notes.append("MACs not known")
        where = call.name or type(call.module).__name__
        if (note := f"Not counted in {where}: {words}.") not in self.notes:
            self.notes.append(note)

    def _macs(self, packet, func, args, kwargs, out):
        # addmm_ is addmm, written into its first argument.
        packet = getattr(aten, packet.__name__.removesuffix("_"), packet)
        if packet in flop_registry:
            return int(flop_registry[packet](*args, **kwargs, out_val=out)) // 2
        if packet in PRODUCTS:
            return PRODUCTS[packet](*args, **kwargs)
        return 0

    def _add_function(self, call, func, macs, args, out, sources):
        packet = func._overloadpacket
        label = FUNCTIONS.get(packet)
        if label is None and macs:
            label = packet.__name__
        first = next(iter(_tensors(out)), None)
        added = [x for x in args[:2] if isinstance(x, torch.Tensor) and x.ndim > 1]
        if packet in (aten.add, aten.add_) and len(added) == 2 and added[0].shape == added[1].shape:
            label = "sum"
        if first is None:
            return
        if label is None:
            kind = packet.__name__.rstrip("_")
            joins = len(sources) > 1 and torch.Tag.pointwise in func.tags
            if sources and first.ndim > 1 and (joins or kind in ACTIVATIONS):
                # Nothing is counted, but branches meet here, or it is no longer linear.
                name = call.name or "forward"
                self._add_node(name, ACTIVATIONS.get(kind, kind), [first], None, sources)
            return
        words = f"{macs:,} MACs" if macs else "nothing learned"
        self.rows.append(
            Layer(call.name or "forward", label, tuple(first.shape[1:]), 0,
                  0 if label == "sum" else first.numel(), macs, self._field_of(first), words,
                  "in forward")
        )  # fmt: skip
        self._add_node(call.name or "forward", label, [first], len(self.rows) - 1, sources)

    # ------------------------------------------------------------- fields

    def _field_of(self, tensor):
        known = self._known(tensor)
        return tuple(axis.size for axis in known) if known else None

    def _depends(self, tensor):
        """Whether a tensor was computed from the input."""
        return id(tensor) in self.fields and self.fields[id(tensor)][0] is tensor

    def _known(self, tensor):
        return self.fields[id(tensor)][1] if self._depends(tensor) else None

    def _follow(self, packet, func, args, out):
        """What a cell of the result sees of the input; None where that is not known."""
        used = [x for x in _tensors(args) if self._depends(x)]
        if not used:
            return
        first = next(iter(_tensors(out)), None)
        fields = None
        if first is None or first.ndim != 4:
            pass
        elif packet is aten.convolution and not args[6] and len(used) == 1:
            fields = self._grown(args[0], args[1].shape[2:], args[3], args[4], args[5])
        elif packet is aten.max_pool2d_with_indices:
            kernel, *others = _complete(args[1:], ([], 0, 1))
            fields = self._grown(args[0], kernel, others[0] or kernel, *others[1:3])
        elif packet is aten.avg_pool2d:
            kernel, stride, padding, *_ = _complete(args[1:], ([], 0))
            fields = self._grown(args[0], kernel, stride or kernel, padding, 1)
        elif self._keeps_places(packet, func, args) and all(
            x.ndim == 4 and x.shape[2:] == first.shape[2:] for x in used
        ):
            fields = self._joined(used)
        if first is not None and first._is_view() and packet.__name__.endswith("_"):
            self.fields = {key: (x, None) for key, (x, _) in self.fields.items()}
            fields = None  # written into a part of another tensor: nothing is known any more
        for x in _tensors(out):
            self.fields[id(x)] = x, fields if x is first else None

    @staticmethod
    def _keeps_places(packet, func, args):
        """Whether a cell of the result depends on the cells in its own place only."""
        if packet is aten.native_batch_norm:
            return not args[5]  # while training it mixes all places
        return torch.Tag.pointwise in func.tags or packet in _SAME or packet is aten.cat

    def _grown(self, x, kernel, stride, padding, dilation):
        known = self._known(x)
        if known is None:
            return None
        pairs = [_two(part) for part in (kernel, stride, padding, dilation)]
        return tuple(
            axis.after(*(int(part[place]) for part in pairs)) for place, axis in enumerate(known)
        )

    def _joined(self, tensors):
        """The smallest field that holds those of all; None if one is not known."""
        known = [self._known(x) for x in tensors]
        if not known or None in known:
            return None
        joined = []
        for axes in zip(*known, strict=True):
            if len({axis.stride for axis in axes}) > 1:
                return None
            start = min(axis.start for axis in axes)
            end = max(axis.start + axis.size for axis in axes)
            joined.append(Field(end - start, axes[0].stride, start))
        return tuple(joined)

    # ------------------------------------------------------------- errors

    def complaint(self, error, inputs):
        """The sentence for a forward that raised: which layer, what it got, and why."""
        shapes = ", ".join(str(tuple(x.shape[1:])) for x in inputs)
        words = str(error).strip().splitlines()[0] if str(error).strip() else ""
        why = f"{type(error).__name__}: {words}" if words else type(error).__name__
        if error is not self.error:
            return f"the model cannot take an input of shape {shapes}: {why}"
        call = self.failed
        got = ", ".join(str(tuple(x.shape[1:])) for x in _tensors(call.inputs))
        where = f"layer {call.name!r} ({type(call.module).__name__})"
        if not call.name:
            where = f"the forward of {type(call.module).__name__}"
        hint = ""
        if "meta" in words or isinstance(error, NotImplementedError):
            hint = ' It needs numbers, not only shapes: try device="cpu".'
        return (
            f"{where} fails on an input of shape {got} (the model's input: {shapes}). {why}{hint}"
        )


_SAME = {
    aten._native_batch_norm_legit_no_training, aten.clone, aten.detach, aten.alias, aten._to_copy,
}  # fmt: skip


def _complete(args, usual):
    """Positional arguments of a pooling, with those that torch leaves out."""
    return (*args, *usual[len(args) - 1 :])


def _two(part):
    """Rows and columns from one number or two."""
    parts = list(part) if isinstance(part, (list, tuple, torch.Size)) else [part]
    return parts * 2 if len(parts) == 1 else parts


def _tensors(output):
    """The tensors in whatever a module or operation gives."""
    if isinstance(output, torch.Tensor):
        yield output
    elif isinstance(output, dict):
        for part in output.values():
            yield from _tensors(part)
    elif isinstance(output, (tuple, list)):
        for part in output:
            yield from _tensors(part)


def _detail(module):
    """What tells a layer from others of its kind."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.MaxPool2d, nn.AvgPool2d)):
        kernel, stride = _two(module.kernel_size), _two(module.stride or module.kernel_size)
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
