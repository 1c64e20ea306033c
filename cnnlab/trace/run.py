"""Run a model once, and record what it does."""

from contextlib import contextmanager
from math import prod
from numbers import Integral

import torch
from torch import nn

from cnnlab.arguments import flag, one_of, short
from cnnlab.trace.record import Trace
from cnnlab.trace.untouched import layers_in_lists, left_as_it_was
from cnnlab.trace.watcher import Watcher

__all__ = ["trace"]

MOST_INPUTS, MOST_AXES = 32, 8
MOST_NUMBERS = {"meta": 2**40, "cpu": 2**28}  # of one input


def trace(model, input_shape, device="meta", keep=False):
    """Record a run of any torch module.

    Parameters
    ----------
    model : torch.nn.Module
        It is run in test mode, and is left as it was, with all that its forward and its
        hooks keep.
    input_shape : tuple of int, list or dict
        Without the batch: (1, 28, 28). For several inputs a list of shapes, for inputs
        by name a dict of such; an item may also be a tensor, batch included, for inputs
        that are no floats.
    device : {"meta", "cpu"}
        "meta" needs neither memory nor time, but no numbers exist: a forward that
        decides by them needs "cpu", which computes with zeros.
    keep : bool
        Keep what every node gave, and what it was made of; for device "cpu".

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
    _check_model(model)
    one_of("device", device, MOST_NUMBERS)
    if flag("keep", keep) and device == "meta":
        raise ValueError('keep is True, but on the meta device there are no numbers: device="cpu".')
    for name, part in [*model.named_parameters(), *model.named_buffers()]:
        if isinstance(part, nn.parameter.UninitializedTensorMixin):
            raise ValueError(f"{name} has no shape yet: call the model once before counting.")
        if device == "cpu" and part.is_meta:
            raise ValueError(
                f"{name} stands on the meta device and has no numbers: nothing can be computed "
                "with it. A model without numbers is counted with device='meta'."
            )
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), None)
    named = isinstance(input_shape, dict)
    items = list(input_shape.values()) if named else _items(input_shape)
    inputs = [_example(item, device, dtype) for item in items]
    watcher = Watcher(model, inputs, keep)
    given = dict(zip(input_shape, inputs, strict=True)) if named else {}
    with torch.no_grad(), left_as_it_was(model, device), watcher.hooks(), _slow_attention():
        try:
            with torch.device(device), watcher:
                output = model(**given) if named else model(*inputs)
            watcher.finish(output)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a forward may even call exit()
            raise ValueError(watcher.complaint(error, device)) from error
    hidden = layers_in_lists(model)
    for part in hidden:
        count = sum(p.numel() for p in part.parameters())
        watcher.notes.append(
            f"A {type(part).__name__} with {count:,} parameters is kept where torch does not see "
            "it, in a plain list or dict: its parameters are not counted and would not be "
            "trained. Use nn.ModuleList or nn.ModuleDict."
        )
    return Trace(
        type(model).__name__, tuple(tuple(x.shape[1:]) for x in inputs),
        sum(x.numel() for x in inputs), tuple(watcher.nodes),
        tuple(watcher.edges), (*watcher.rows, *watcher.left_over()), tuple(watcher.notes),
        output if keep else None,
    )  # fmt: skip


def _check_model(model):
    if not isinstance(model, nn.Module):
        raise ValueError(f"model is {short(model)}, but it must be a torch module.")
    if "_modules" not in vars(model):
        raise ValueError(
            f"model is a {type(model).__name__} whose __init__ does not call super().__init__()."
        )
    if any(isinstance(module, torch.jit.ScriptModule) for module in model.modules()):
        raise ValueError("model has a compiled script, whose layers cannot be watched.")


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
        "(3, 224, 224), a list of such, or a dict of such by name."
    )


def _example(item, device, dtype):
    if isinstance(item, torch.Tensor):
        return item.detach().to(device, copy=True)
    legal = isinstance(item, (tuple, list, torch.Size)) and 0 < len(item) <= MOST_AXES
    if not legal or not all(isinstance(n, Integral) and n > 0 for n in item):
        raise ValueError(
            f"input_shape has the item {short(item)}, but it must be a tuple of at most "
            f"{MOST_AXES} whole numbers above 0, or a tensor."
        )
    if prod(map(int, item)) > MOST_NUMBERS[device]:
        raise ValueError(
            f"input_shape has the item {short(item)}, which has more numbers than can be "
            + ("looked at." if device == "meta" else 'computed with: try device="meta".')
        )
    return torch.zeros(1, *map(int, item), device=device, dtype=dtype)


@contextmanager
def _slow_attention():
    """Attention step by step: its fused form hides the products."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
