"""A model is left as it was, whatever it keeps and wherever."""

import functools
import random
from collections import deque

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.tables import layer_table
from cnnlab.trace import trace

GLOBAL_CACHE = {}


class Keeps(nn.Module):
    """Keeps what it computes in every kind of place."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(3, 3)
        self.cache, self.seen, self.last = {"scale": torch.ones(3)}, [], deque(maxlen=2)
        self.names, self.pair = set(), (torch.ones(3), 1)
        self.counts, self.draw = np.zeros(2), np.random.default_rng(0)
        self.inside = type("State", (), {})()
        self.inside.memory = None

    def forward(self, x):
        x = self.dense(x) * self.cache["scale"] * self.pair[0]
        self.cache[tuple(x.shape)] = x
        GLOBAL_CACHE["x"] = x
        self.seen.append(x)
        self.last.append(x)
        self.names.add("x")
        self.counts += 1
        self.inside.memory = x
        random.random(), np.random.rand(), self.draw.random(), torch.rand(1)
        return x + self.cache[tuple(x.shape)]


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_all_containers_arrays_and_random_states_are_as_before(device):
    model, features = Keeps(), {}
    model.dense.register_forward_hook(lambda m, x, out: features.update(out=out))
    scale, states = model.cache["scale"], (random.getstate(), np.random.get_state()[1].tolist())
    torch_state, own = torch.get_rng_state(), model.draw.bit_generator.state
    assert layer_table(model, (3,), device).total_macs == 9
    assert list(model.cache) == ["scale"] and model.cache["scale"] is scale
    assert model.seen == [] and not model.last and model.names == set()
    assert model.counts.tolist() == [0, 0] and model.inside.memory is None
    assert features == {} and GLOBAL_CACHE == {} and model.training
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states
    assert torch.equal(torch.get_rng_state(), torch_state) and model.draw.bit_generator.state == own
    assert model(torch.ones(1, 3)).device.type == "cpu" and len(model.dense._forward_hooks) == 1
    GLOBAL_CACHE.clear()


def test_a_forward_that_fails_leaves_it_as_well():
    model = Keeps()
    with pytest.raises(ValueError, match="layer 'dense' \\(Linear\\) fails"):
        trace(model, (4,))
    assert list(model.cache) == ["scale"] and model.cache["scale"].device.type == "cpu"


def test_a_tensor_that_two_places_hold_is_one_while_it_runs():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("scale", torch.ones(3))
            self.again = [self.scale]

        def forward(self, x):
            assert self.again[0] is self.scale
            return x * self.again[0]

    model = Twice()
    trace(model, (3,))
    assert model.again[0] is model.scale


def test_modes_are_put_back_one_by_one():
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(), torch.compile(nn.Linear(3, 2)))
    model.train()
    model[1].eval()
    before = [module.training for module in model.modules()]
    trace(model, (3,))
    assert [module.training for module in model.modules()] == before


def test_hooks_see_the_run_and_are_kept():
    heard = []
    model = nn.Sequential(nn.Linear(3, 4))
    model[0].register_forward_hook(lambda m, x, out: heard.append(out))
    model[0].register_forward_pre_hook(lambda m, x: (x[0] * 2,))
    assert trace(model, (3,)).nodes[-1].shape == (4,)
    assert heard == [] and len(model[0]._forward_hooks) == 1
    model(torch.ones(1, 3))
    assert len(heard) == 1


class ClassCache(nn.Module):
    """Keeps what it makes for all of its objects, and behind a cache of Python's."""

    grids = {}

    def forward(self, x):
        shape = tuple(x.shape)
        if shape not in self.grids:
            self.grids[shape] = torch.ones(shape)
        return x * self.grids[shape] + remembered(shape) + helper(x)


@functools.lru_cache
def remembered(shape):
    return torch.ones(shape)


def helper(x, kept=[]):  # noqa: B006
    kept.append(x)
    HELD.append(x)
    return x


HELD = []


def test_caches_of_classes_functions_and_helpers_are_as_before():
    model = ClassCache()
    trace(model, (3,))
    assert ClassCache.grids == {} and HELD == [] and helper.__defaults__[0] == []
    assert model(torch.ones(1, 3)).tolist() == [[3, 3, 3]]
    ClassCache.grids.clear()
    HELD.clear()


class Frozen(list):
    def __setitem__(self, place, value):
        raise TypeError("frozen")


def test_a_container_that_cannot_be_changed_does_not_keep_the_rest_from_its_place():
    class Holds(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.dense = Frozen([1, torch.ones(3)]), nn.Linear(3, 3)
            self.array = np.zeros(2)

        def forward(self, x):
            self.array.flags.writeable = False
            return self.dense(x) * self.a[1]

    model = Holds()
    trace(model, (3,))
    assert model.dense.weight.device.type == "cpu" and model.training
    assert model.a[1].device.type == "cpu"


def test_what_a_hook_rebinds_is_bound_as_before():
    count, layer = 0, nn.Linear(3, 2)

    def counts(module, x, out):
        nonlocal count
        count += 1

    layer.register_forward_hook(counts)
    trace(nn.Sequential(layer), (3,))
    assert count == 0


def test_parameters_are_parameters_while_it_runs():
    class Asks(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(3))

        def forward(self, x):
            return x * self.w if isinstance(self.w, nn.Parameter) else x[:, :1]

    assert trace(Asks(), (3,)).nodes[-1].shape == (3,)


def test_a_hook_that_raises_and_is_caught_leaves_the_record_whole():
    def refuses(module, x):
        raise RuntimeError("not today")

    class Careful(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 2)
            self.a.register_forward_pre_hook(refuses)

        def forward(self, x):
            try:
                return self.a(x)
            except RuntimeError:
                return self.b(x)

    assert [node.name for node in trace(Careful(), (3,)).nodes] == ["input", "b"]
