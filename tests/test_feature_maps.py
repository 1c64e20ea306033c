"""The feature maps of what is drawn."""

import numpy as np
import pytest
import torch

from cnnlab.models import resnet_cifar
from cnnlab.scene import Cell
from cnnlab.widgets import FeatureMaps
from cnnlab.widgets.feature_maps import maps_of


def plain_net():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, (3, 3), stride=2, padding=1), torch.nn.BatchNorm2d(3),
        torch.nn.ReLU(), torch.nn.MaxPool2d(3, 2), torch.nn.Flatten(), torch.nn.LazyLinear(5),
    )  # fmt: skip


def test_the_maps_are_those_of_the_model():
    image = np.random.default_rng(0).random((12, 15))
    net = plain_net()
    net(torch.zeros(1, 1, 12, 15))  # LazyLinear learns its size
    net.eval()
    explorer = FeatureMaps(net, image=image, classes="abcde")
    x = torch.tensor(image[None, None], dtype=torch.float32)
    panels = explorer.current.panels
    with torch.no_grad():
        for place, layer in enumerate(net[:4]):
            x = layer(x)
            expected = np.concatenate(x[0].numpy(), axis=1)
            assert np.allclose(panels[str(place)].values, expected, atol=1e-6)
        shares = net[4:](x).softmax(1)[0].numpy()
    assert np.allclose(panels["prediction"].values, shares)
    best = "abcde"[shares.argmax()]
    assert explorer.current.note == f"The model says {best}, with {100 * shares.max():.0f} %."


def test_a_cell_of_a_map_shows_what_it_sees():
    """The outlined pixels are those whose change changes the cell, in every tile."""
    image = np.random.default_rng(1).random((14, 14))
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3, stride=2, padding=1), torch.nn.Tanh(), torch.nn.Conv2d(2, 3, 2)
    )
    scene = FeatureMaps(net, image=image).current
    x = torch.tensor(image[None, None], dtype=torch.float32, requires_grad=True)
    out = net(x)
    _, count, rows, columns = out.shape
    assert scene.panels["2"].shape == (rows, columns * count)
    for row, column, tile in [(0, 0, 0), (2, 3, 1), (rows - 1, columns - 1, 2)]:
        (gradient,) = torch.autograd.grad(out[0, tile, row, column], x, retain_graph=True)
        seen = {tuple(place) for place in torch.nonzero(gradient[0, 0]).tolist()}
        cell = Cell("2", row, column + tile * columns)
        sources = {(c.row, c.column) for c in scene.sources(cell)}
        assert {p for p in sources if min(p) >= 0 and max(p) < 14} == seen


def test_layers_behind_branches_and_functions_have_their_field_too():
    class Skip(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = torch.nn.Conv2d(1, 2, 3), torch.nn.Conv2d(2, 2, 3)
            self.last = torch.nn.Conv2d(2, 4, 8)

        def forward(self, x):
            x = torch.nn.functional.max_pool2d(self.one(x), 2)
            return self.last(x + torch.nn.functional.pad(self.two(x), (1, 1, 1, 1))).flatten(1)

    scene = FeatureMaps(Skip(), image=np.ones((26, 26))).current
    assert set(scene.panels) == {
        "image", "one", "max pooling", "two", "sum", "last", "prediction",
    }  # fmt: skip
    counts = {link.source: link.spans[0].count for link in scene.links}
    # one 3, pooling 4, two 4 + 2·2, the last 8 + 7·2
    assert counts == {"one": (3, 3), "max pooling": (4, 4), "two": (8, 8), "sum": (8, 8),
                      "last": (22, 22)}  # fmt: skip


def test_all_maps_of_a_residual_network_have_a_field():
    torch.manual_seed(0)
    net = FeatureMaps(resnet_cifar(3), image=np.zeros((32, 32, 3)))
    record = net._chosen("model", net.settings())(net.image)
    maps = maps_of(record)
    assert len(maps) > 60 and all(layer.axes is not None for layer in maps)


def test_a_model_without_numbers_is_told():
    with torch.device("meta"):
        net = torch.nn.Conv2d(1, 2, 3)
    assert "stands on the meta device and has no numbers" in FeatureMaps(net).current.problem


def test_drawing_paints_and_makes_the_image_your_own():
    explorer = FeatureMaps(sample="3")
    message = {"type": "stroke", "panel": "image", "points": [[2, 2], [2, 9], None, [20, 20]]}
    explorer._gesture(explorer.stage, message, [])
    image = explorer.current.panels["image"].values
    assert explorer.controls["sample"].value == "your own"
    assert (image[2, 2:10] == 1).all() and image[20, 20] == 1
    assert image[11, 14] == FeatureMaps(sample="3").current.panels["image"].values[11, 14]
    explorer.controls["pen"].value = "erase"
    explorer._gesture(explorer.stage, message | {"points": [None, [2, 5]]}, [])
    image = explorer.current.panels["image"].values
    assert image[2, 5] == 0 and image[2, 9] == 1
    clear = explorer.extras()[0]
    clear.click()
    assert not explorer.current.panels["image"].values.any()


def test_a_drawn_one_is_read_as_a_one():
    explorer = FeatureMaps(image=np.zeros((28, 28)))
    explorer.painted("image", [[5, 14], [22, 14]])
    assert explorer.current.note.startswith("The model says 1, ")


def test_the_model_is_looked_at_as_it_was_given():
    net = plain_net().train()
    net(torch.rand(2, 1, 28, 28))
    explorer = FeatureMaps(net)
    before = explorer.current.panels["prediction"].values.copy()
    torch.nn.init.zeros_(net[0].weight)
    explorer.set(pen="erase")
    assert net.training and np.array_equal(explorer.current.panels["prediction"].values, before)
    explorer.set(model=net)
    assert not np.array_equal(explorer.current.panels["prediction"].values, before)


def test_sliders_reach_the_later_layers_and_maps():
    explorer = FeatureMaps()
    assert (explorer.controls["first_layer"].max, explorer.controls["first_map"].max) == (2, 9)
    explorer.set(first_layer=2, first_map=9)
    panels = explorer.current.panels
    assert list(panels)[2:] == ["relu1", "pool1", "conv2", "relu2", "pool2"]
    assert panels["conv2"].caption == "16 maps of 10 x 10, from number 9"
    assert panels["relu1"].caption == "6 maps of 28 x 28"


def test_models_and_images_that_cannot_be_looked_at_are_told():
    with pytest.raises(ValueError, match="model is 3, but it must be a torch module"):
        FeatureMaps(3)
    with pytest.raises(ValueError, match=r"image has shape \(3,\)"):
        FeatureMaps(image=[1, 2, 3])
    with pytest.raises(ValueError, match="every number must be finite"):
        FeatureMaps(image=[[np.nan]])
    with pytest.raises(ValueError, match="image has values from 0 to 256, but they must lie in"):
        FeatureMaps(image=[[0, 256]])
    with pytest.raises(ValueError, match="classes is 5"):
        FeatureMaps(classes=5)
    assert (
        "classes has 3 names, but the model gives 10" in FeatureMaps(classes="abc").current.problem
    )
    problem = FeatureMaps(image=np.zeros((8, 8, 3))).current.problem
    assert "layer 'conv1' (Conv2d) fails on an input of shape (3, 8, 8)" in problem
    segmenter = FeatureMaps(torch.nn.Conv2d(1, 2, 3, padding=1)).current
    assert segmenter.note == "The model gives an output of shape (1, 2, 28, 28)."
    many = FeatureMaps(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 50))).current
    values = many.panels["prediction"].values
    assert len(values) == 10 and (np.diff(values) <= 0).all() and many.problem == ""


def test_layers_that_are_used_twice_or_work_in_place_are_shown_as_they_were():
    torch.manual_seed(0)
    image = np.random.default_rng(2).random((10, 10))
    conv, relu = torch.nn.Conv2d(1, 2, 3, padding="same"), torch.nn.ReLU(inplace=True)
    net = torch.nn.Sequential()
    net.add_module("image", conv)
    net.add_module("relu", relu)
    net.add_module("valid", torch.nn.Conv2d(2, 2, 3, padding="valid"))
    net.add_module("act", torch.nn.LeakyReLU())
    net.append(relu)
    scene = FeatureMaps(net, image=image).current
    assert scene.problem == ""
    assert list(scene.panels) == ["image", "image (2)", "relu", "valid", "act", "relu (2)"]
    assert scene.panels["image (2)"].values.min() < 0 == scene.panels["relu"].values.min()
    spans = {link.source: link.spans[0].count for link in scene.links}
    assert spans["image (2)"] == (3, 3) and spans["relu (2)"] == (5, 5)


def test_models_that_cannot_be_copied_or_give_no_tensor_are_told():
    class Keeps(torch.nn.Conv2d):
        def forward(self, x):
            self.last = super().forward(x)
            return self.last

    net = Keeps(1, 2, 3)
    net(torch.zeros(1, 1, 5, 5))
    with pytest.raises(ValueError, match="model cannot be copied"):
        FeatureMaps(net)
    pair = torch.nn.LSTM(28, 3)
    note = FeatureMaps(Sheet(pair)).current.note  # of several outputs the first is shown
    assert note == "The model gives an output of shape (1, 28, 3)."


class Sheet(torch.nn.Module):
    def __init__(self, inside):
        super().__init__()
        self.inside = inside

    def forward(self, x):
        return self.inside(x[0])
