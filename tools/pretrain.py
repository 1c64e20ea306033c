"""Train the networks that come with the course, and store their weights.

python -m tools.pretrain [lenet5] [segmenter] [detector]

Without a name all of them; about ten minutes on two cores.
"""

import sys

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from cnnlab.boxes import grid_targets
from cnnlab.data import load_mnist, scattered_digits
from cnnlab.models import detection_loss, digit_segmenter, grid_detector, lenet5
from cnnlab.models.making import store_weights
from cnnlab.training import Training

FARTHEST = 3  # pixels that a digit is moved, so that it need not be drawn in the middle
PICTURES, EPOCHS = 6000, 16


def shifted(images):
    """Each image of a batch moved by its own few pixels; zeros come in."""
    moved = torch.zeros_like(images)
    padded = torch.nn.functional.pad(images, [FARTHEST] * 4)
    size = images.shape[-1]
    for number, (down, right) in enumerate(torch.randint(2 * FARTHEST + 1, (len(images), 2))):
        moved[number] = padded[number, :, down : down + size, right : right + size]
    return moved


def lenet5_training():
    """LeNet-5 on digits of the course."""
    train, test = load_mnist(flatten=False)
    training = Training(lenet5(), train, test, augment=shifted)
    training.run(epochs=40)
    return training


def segmenter_training():
    """The segmenter on scattered digits, in two rates: the second one is small."""
    pictures = scattered_digits(PICTURES, seed=100)
    return _in_two_rates(digit_segmenter(), (pictures.images, pictures.masks), cross_entropy)


def detector_training():
    """The detector on scattered digits."""
    pictures = scattered_digits(PICTURES, seed=200)
    targets = np.stack([
        grid_targets(boxes, labels, cells=8, stride=8)
        for boxes, labels in zip(pictures.boxes, pictures.labels, strict=True)
    ])  # fmt: skip
    return _in_two_rates(grid_detector(), (pictures.images, targets), detection_loss)


def _in_two_rates(model, data, loss):
    for rate, epochs in ((3e-3, EPOCHS), (3e-4, EPOCHS // 4)):
        training = Training(model, data, rate=rate, batch=32, loss=loss)
        training.run(epochs)
    return training


def main():
    """Train what the arguments name, and store it."""
    trainings = {
        "lenet5": lenet5_training, "segmenter": segmenter_training, "detector": detector_training,
    }  # fmt: skip
    for name in sys.argv[1:] or trainings:
        torch.manual_seed(0)
        training = trainings[name]()
        print(training.description)
        store_weights(name, training.model.eval())


if __name__ == "__main__":
    main()
