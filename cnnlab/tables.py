"""What a model is made of: a table of its layers, counted while shapes flow through.

The model runs once on torch's meta device: every tensor has a shape and no numbers,
so that nothing is computed and no memory is needed. Every operation that torch
dispatches on the way is seen, in layers and outside of them.
"""

import html
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Integral

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
from cnnlab.scene import format_shape

__all__ = ["Layer", "LayerTable", "layer_table"]

CONVENTIONS = (
    "For the input as given. Multiply-accumulates (MACs): one product and its addition are one; "
    "FLOPs as torch counts them are twice as many. Biases, normalization, activations, "
    "pooling, sums and what works number by number are not counted. Field: rows and columns of the "
    "input that one cell can depend on, where that is known. Activations: the outputs of layers "
    "that cannot work in place, and the input. Sizes are rounded down, unless a pooling has "
    "ceil_mode. Parameters that are used twice are counted once."
)
MOST_INPUTS, MOST_AXES = 32, 8
LONG = 25  # rows from which on the table in a notebook can be searched
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


class LayerTable(list):
    """Rows of :class:`Layer`, with their totals; shown as a table in notebooks.

    Attributes
    ----------
    model : str
        The class of the model.
    input_shapes : list of tuple
    notes : list of str
        What could not be counted. If it is not empty, the multiply-accumulates are
        a lower bound.
    """

    def __init__(self, rows, model, inputs, notes):
        super().__init__(rows)
        self.model, self.notes = model, notes
        self.input_shapes = [tuple(x.shape[1:]) for x in inputs]
        self._given = sum(x.numel() for x in inputs)

    @property
    def total_parameters(self):
        """All parameters of the model, each once."""
        return sum(int(row.parameters) for row in self)

    @property
    def total_macs(self):
        """All multiply-accumulates."""
        return sum(int(row.macs) for row in self)

    @property
    def total_activations(self):
        """Numbers of the input and of all rows."""
        return self._given + sum(row.activations for row in self)

    def find(self, word):
        """The rows in whose name, layer or note a word stands.

        Returns
        -------
        list of Layer
        """
        word = word.lower()
        return [row for row in self if word in f"{row.name} {row.layer} {row.note}".lower()]

    def _lines(self):
        head = ("name", "layer", "output", "parameters", "activations", "MACs", "field", "")
        rows = [
            (row.name, row.layer, format_shape(row.output_shape), f"{int(row.parameters):,}",
             f"{row.activations:,}", f"{int(row.macs):,}", format_shape(row.receptive_field or ()),
             row.note)
            for row in self
        ]  # fmt: skip
        total = ("total", self.model, "", f"{self.total_parameters:,}",
                 f"{self.total_activations:,}", f"{self.total_macs:,}", "", "")  # fmt: skip
        return head, rows, total

    def __str__(self):
        head, rows, total = self._lines()
        lines = [head, *rows, total]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        text = [
            "  ".join(
                cell.ljust(width) if column in (0, 1, 2, 7) else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*text, *self.notes, CONVENTIONS])

    __repr__ = __str__

    def _repr_html_(self):
        head, rows, total = self._lines()

        def line(cells, tag, title=""):
            right = [' style="text-align:right"' if 3 <= n <= 6 else "" for n in range(len(cells))]
            inside = "".join(
                f"<{tag}{style}>{html.escape(cell)}</{tag}>"
                for cell, style in zip(cells, right, strict=True)
            )
            return f'<tr title="{html.escape(title)}">{inside}</tr>'

        body = "".join(
            line(cells, "td", row.arithmetic) for cells, row in zip(rows, self, strict=True)
        )
        search = ""
        if len(self) >= LONG:
            search = (
                '<input type="search" placeholder="search" aria-label="search the layers" '
                "oninput=\"for (const row of this.parentNode.querySelectorAll('tbody tr')) "
                'row.hidden = !row.innerText.toLowerCase().includes(this.value.toLowerCase())">'
            )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in (*self.notes, CONVENTIONS))
        return (
            f"<div>{search}<table><thead>{line(head, 'th')}</thead><tbody>{body}</tbody>"
            f"<tfoot>{line(total, 'th')}</tfoot></table>{notes}</div>"
        )


def layer_table(model, input_shape, device="meta"):
    """Count the layers of any torch module.

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
    LayerTable

    Raises
    ------
    ValueError
        If the model is none, the shape is none, or a layer cannot take what it is
        given: the sentence names the layer.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(3, 32, 3), nn.ReLU())
    >>> table = layer_table(model, (3, 32, 32))
    >>> table[0].arithmetic
    '3·3·3·32 + 32 = 896 parameters; 3·3·3·32·30·30 = 777,600 MACs'
    >>> table.total_parameters, table.total_macs, table.total_activations
    (896, 777600, 31872)
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
    return LayerTable(rows, type(model).__name__, inputs, watcher.notes)


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
        """Each input cell sees itself."""
        for x in inputs:
            if x.ndim == 4:
                self.fields[id(x)] = x, (Field(1, 1, 0),) * 2

    def _enter(self, module, inputs):
        self.calls.append(_Call(self.names[module], module, inputs=inputs))

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
        if any(True for _ in call.module.children()) or not self.calls:
            self._add_function(call, packet, macs, args, out)
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

    def _add_function(self, call, packet, macs, args, out):
        label = FUNCTIONS.get(packet)
        if label is None and macs:
            label = packet.__name__
        first = next(iter(_tensors(out)), None)
        added = [x for x in args[:2] if isinstance(x, torch.Tensor) and x.ndim > 1]
        if packet in (aten.add, aten.add_) and len(added) == 2 and added[0].shape == added[1].shape:
            label = "sum"
        if label is None or first is None:
            return
        words = f"{macs:,} MACs" if macs else "nothing learned"
        self.rows.append(
            Layer(call.name or "forward", label, tuple(first.shape[1:]), 0,
                  0 if label == "sum" else first.numel(), macs, self._field_of(first), words,
                  "in forward")
        )  # fmt: skip

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
