"""A model runs, and is left as it was: whatever its forward keeps, wherever it keeps it."""

import functools
import random
import types
from collections import deque
from contextlib import contextmanager, suppress

import numpy as np
import torch
from torch import nn

__all__ = ["layers_in_lists", "left_as_it_was"]

PLAIN = (str, bytes, int, float, complex, bool, type(None), type, types.ModuleType, torch.dtype,
         torch.device, torch.Size, slice, range)  # fmt: skip
# Objects of these packages keep nothing of a model's forward.
FOREIGN = {"torch", "numpy", "builtins", "logging", "threading", "weakref", "re", "typing", "abc"}
CONTAINERS = (dict, list, set, deque)
MOST = 500_000  # objects that are looked at


@contextmanager
def left_as_it_was(model, device):
    """Test mode and, on the meta device, shapes in place of all tensors, until the end.

    All that can be reached from the model is put back: parameters, buffers, flags, hooks,
    lists, dicts, sets, arrays and the state of random numbers, also what its hooks hold.
    What is shared stays shared. (``torch.func.functional_call`` would not put back the
    parameters of a module that is used under two names, and a copy of the model would
    share what its hooks write into.)

    Parameters
    ----------
    model : torch.nn.Module
    device : {"meta", "cpu"}
        On the cpu parameters stay, and buffers are copies: a forward may write into them.
    """
    kept = _Kept(device)
    kept.look_at(model)
    states = random.getstate(), np.random.get_state()
    modes = [(module, module.training) for module in model.modules()]
    try:
        kept.stand_in()
        for module in model.modules():
            module.training = False
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        kept.put_back()
        for module, mode in modes:
            vars(module)["training"] = mode
        random.setstate(states[0])
        np.random.set_state(states[1])


def _may_keep(thing):
    """Whether a forward that names a thing may leave something in it."""
    return isinstance(thing, (*CONTAINERS, types.FunctionType)) or hasattr(thing, "cache_clear")


class _Kept:
    """Everything that can be reached from a model, as it is now."""

    def __init__(self, device):
        self.device = device
        self.found = {}  # by id, so that circles end
        self.containers = []  # (container, its content, whether it is the model's)
        self.others = []  # what puts the rest back
        self.stand_ins = {}

    def look_at(self, model):
        """Note all that a model refers to."""
        # The modules themselves first: what is looked at has an end.
        waiting = deque((module, True) for module in model.modules())
        while waiting and len(self.found) < MOST:
            thing, own = waiting.popleft()
            if isinstance(thing, PLAIN) or id(thing) in self.found:
                continue
            self.found[id(thing)] = thing
            waiting.extend((part, own and mine) for part, mine in self._parts(thing, own))

    def _parts(self, thing, own):
        """What a thing refers to, and whether that belongs to the model."""
        if isinstance(thing, torch.Tensor):
            return ()
        if isinstance(thing, CONTAINERS):
            self._keep(thing, own)
            inside = (*thing, *thing.values()) if isinstance(thing, dict) else thing
            return [(part, True) for part in inside]
        if isinstance(thing, (tuple, frozenset)):
            return [(part, True) for part in thing]
        if isinstance(thing, np.ndarray):
            if own and thing.flags.writeable:  # a data set that a forward names is not copied
                before = thing.copy()
                self.others.append(lambda: np.copyto(thing, before))
            return ()
        if isinstance(thing, np.random.Generator):
            state = thing.bit_generator.state
            self.others.append(lambda: setattr(thing.bit_generator, "state", state))
            return ()
        if isinstance(thing, (torch.Generator, np.random.RandomState)):
            state = thing.get_state()
            self.others.append(lambda: thing.set_state(state))
            return ()
        if hasattr(thing, "cache_clear"):  # what it kept would be shapes without numbers
            self.others.append(thing.cache_clear)
            return [(thing.__wrapped__, own)]
        if isinstance(thing, random.Random):
            state = thing.getstate()
            self.others.append(lambda: thing.setstate(state))
            return ()
        if isinstance(thing, functools.partial):
            return [(part, True) for part in (thing.func, thing.args, thing.keywords)]
        if isinstance(thing, types.MethodType):
            return [(thing.__self__, True), (thing.__func__, True)]
        if isinstance(thing, types.FunctionType):
            return self._of_function(thing)
        return self._of_object(thing, own)

    def _of_function(self, function):
        """What a hook or a forward writes into: its closure, and the globals that it names."""
        if function.__module__.partition(".")[0] in FOREIGN:
            return []
        parts = []
        for cell in function.__closure__ or ():
            try:
                content = cell.cell_contents
            except ValueError:  # not filled yet
                continue
            self.others.append(functools.partial(setattr, cell, "cell_contents", content))
            parts.append((content, isinstance(content, nn.Module)))
        around = function.__globals__
        codes = [function.__code__]
        for code in codes:  # also of the functions that are written inside
            codes += [part for part in code.co_consts if isinstance(part, types.CodeType)]
        for name in {name for code in codes for name in code.co_names}:
            if _may_keep(around.get(name)):
                parts.append((around[name], False))
        parts += [(part, False) for part in (*(function.__defaults__ or ()),
                  *(function.__kwdefaults__ or {}).values())]  # fmt: skip
        return parts

    def _of_object(self, thing, own):
        if not hasattr(thing, "__dict__"):
            return []
        written = [kind for kind in type(thing).__mro__
                   if kind.__module__.partition(".")[0] not in FOREIGN]  # fmt: skip
        if not written and not isinstance(thing, nn.Module):
            return []
        # Its classes may keep things for all of their objects.
        shared = [
            (part, False) for kind in written for part in vars(kind).values() if _may_keep(part)
        ]
        return [(vars(thing), True), *shared]

    def _keep(self, container, own):
        content = dict(container) if isinstance(container, dict) else list(container)
        self.containers.append((container, content, own))

    def stand_in(self):
        """Put stand-ins in place of the model's tensors."""
        for container, content, own in self.containers:
            if not own:
                continue
            if isinstance(container, dict):
                for name, part in content.items():
                    if (changed := self._instead(part)) is not part:
                        dict.__setitem__(container, name, changed)
            elif isinstance(container, list):
                for place, part in enumerate(content):
                    if (changed := self._instead(part)) is not part:
                        list.__setitem__(container, place, changed)

    def _instead(self, part):
        if isinstance(part, tuple) and any(isinstance(x, torch.Tensor) for x in part):
            inside = [self._instead(x) for x in part]
            return type(part)(*inside) if hasattr(part, "_fields") else type(part)(inside)
        if not isinstance(part, torch.Tensor):
            return part
        if self.device == "cpu":
            if isinstance(part, nn.Parameter):
                return part
            return self.stand_ins.setdefault(id(part), part.detach().clone())
        if id(part) not in self.stand_ins:
            try:
                shape = torch.empty_like(part, device="meta")
            except (RuntimeError, NotImplementedError):  # of a kind that has no such shapes
                shape = part
            if isinstance(part, nn.Parameter) and shape is not part:
                shape = nn.Parameter(shape, requires_grad=part.requires_grad)
            self.stand_ins[id(part)] = shape
        return self.stand_ins[id(part)]

    def put_back(self):
        """All containers get their content again, and only it."""
        for container, content, _ in self.containers:
            now = list(container.values()) if isinstance(container, dict) else list(container)
            then = list(content.values()) if isinstance(container, dict) else content
            if list(map(id, now)) == list(map(id, then)) and list(container) == list(content):
                continue
            # By the base classes: a class of one's own may not like to be changed.
            if isinstance(container, dict):
                dict.clear(container)
                dict.update(container, content)
            elif isinstance(container, list):
                list.__setitem__(container, slice(None), content)
            elif isinstance(container, set):
                set.clear(container)
                set.update(container, content)
            else:
                deque.clear(container)
                deque.extend(container, content)
        for put_back in self.others:
            with suppress(ValueError, TypeError, RuntimeError):  # the others are put back still
                put_back()


def layers_in_lists(model):
    """Modules that a model keeps in plain lists, tuples or dicts, where torch does not see them.

    Returns
    -------
    list of torch.nn.Module
    """
    registered = set(model.modules())
    hidden, waiting = [], [vars(module) for module in registered]
    seen = set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        for part in thing.values() if isinstance(thing, dict) else thing:
            if isinstance(part, nn.Module) and part not in registered:
                registered |= set(part.modules())
                hidden.append(part)
            elif isinstance(part, (dict, list, tuple)):
                waiting.append(part)
    return hidden
