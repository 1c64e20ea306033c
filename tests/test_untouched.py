"""A model is left as it was, whatever it keeps and wherever."""

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
