"""Each architecture has the parameters that its source gives."""

import pytest
import torch

from cnnlab import models
from cnnlab.boxes import grid_boxes, grid_targets, match_detections, nms
from cnnlab.data import load_mnist, scattered_digits
from cnnlab.segmentation import confusion, scores
from cnnlab.training import accuracy


def parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


# LeNet-5 as it is usually rebuilt; SimpleConvNet of "Deep Learning from Scratch", 7.5.
@pytest.mark.parametrize(
    ("make", "count"), [(models.lenet5, 61_706), (models.simple_conv_net, 433_890)]
)
def test_digit_networks_have_the_known_counts(make, count):
    model = make()
    assert parameters(model) == count
    assert model(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_the_layers_of_lenet_one_by_one():
    counts = {name: parameters(layer) for name, layer in models.lenet5().named_children()}
    learning = {name: count for name, count in counts.items() if count}
    assert learning == {"conv1": 156, "conv2": 2_416, "fc1": 48_120, "fc2": 10_164, "fc3": 850}


def test_the_bundled_weights_read_digits_wherever_they_are():
    model = models.lenet5(trained=True)
    assert not model.training
    _, (images, labels) = load_mnist(flatten=False)
    assert accuracy(model, images, labels) > 0.97
    moved = torch.roll(torch.tensor(images), (3, -3), (2, 3))
    assert accuracy(model, moved, labels) > 0.93


# ------------------------------------------------------ beyond classification


def test_the_segmenter_keeps_the_size_and_starts_as_an_enlargement():
    torch.manual_seed(0)
    model = models.digit_segmenter()
    assert parameters(model) == 94_294
    for size in ((64, 64), (8, 40)):
        assert model(torch.zeros(2, 1, *size)).shape == (2, 11, *size)
    ones = torch.ones(1, 11, 12, 12)
    for layer in (model.up2, model.up4):
        inner = layer(ones)[0, :, 8:-8, 8:-8]
        assert inner.numel() and torch.allclose(inner, torch.ones_like(inner))
    one = torch.zeros(1, 11, 5, 5)
    one[0, 3] = 1  # channels stay apart
    assert not model.up2(one)[0, [0, 1, 2, *range(4, 11)]].any()


def test_the_detector_gives_numbers_for_each_cell():
    model = models.grid_detector(classes=3)
    assert model(torch.zeros(2, 1, 64, 96)).shape == (2, 8, 8, 12)


def test_the_loss_is_zero_for_the_truth_and_asks_only_responsible_cells():
    target = torch.tensor(grid_targets([[8, 8, 24, 20]], [2], 8, 8))[None].float()
    output = torch.full((1, 15, 8, 8), -40.0)
    shares = target[0, 1:5].clamp(1e-6, 1 - 1e-6)
    output[0, 0] = torch.where(target[0, 0] > 0, 40.0, -40.0)
    output[0, 1:5] = torch.log(shares / (1 - shares))
    output[0, 7, 1, 2] = 40
    assert models.detection_loss(output, target).item() == pytest.approx(0, abs=1e-3)
    elsewhere = output.clone()
    elsewhere[0, 1:, 5, 5] = 3  # box and class of a cell with nothing in it
    assert models.detection_loss(elsewhere, target).item() == pytest.approx(0, abs=1e-3)
    for part, value in ((0, -3.0), (1, 3.0), (4, -3.0), (8, 45.0)):
        worse = output.clone()
        worse[0, part, 1, 2] = value
        assert models.detection_loss(worse, target).item() > 0.3, part
    false = output.clone()
    false[0, 0, 5, 5] = 3
    assert models.detection_loss(false, target).item() > 2.9
    assert torch.isfinite(models.detection_loss(output, torch.zeros_like(target)))


def test_the_bundled_weights_segment_and_detect_unseen_digits():
    pictures = scattered_digits(100, seed=7, test=True)
    images = torch.tensor(pictures.images)
    with torch.no_grad():
        called = models.digit_segmenter(trained=True)(images).argmax(dim=1).numpy()
        outputs = models.grid_detector(trained=True)(images).numpy()
    assert scores(confusion(pictures.masks, called, 11)).mean_iou > 0.8
    found = right = 0
    for output, truth, labels in zip(outputs, pictures.boxes, pictures.labels, strict=True):
        boxes, sure, kinds = grid_boxes(output, 8)
        kept = [n for n in nms(boxes, sure, 0.4) if sure[n] > 0.5]
        found += len(kept)
        for label in set(kinds[kept]):
            mine = [n for n in kept if kinds[n] == label]
            right += match_detections(boxes[mine], sure[mine], truth[labels == label]).sum()
    digits = sum(map(len, pictures.boxes))
    assert right > 0.9 * digits and right > 0.9 * found


def test_trained_weights_have_their_classes():
    for make, classes in ((models.digit_segmenter, 10), (models.grid_detector, 11)):
        with pytest.raises(ValueError, match="but the trained weights have"):
            make(trained=True, classes=classes)
