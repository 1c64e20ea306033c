"""Train the LeNet-5 that comes with the course, and store its weights.

python -m tools.pretrain
"""

import numpy as np
import torch

from cnnlab.data import load_mnist
from cnnlab.models.lenet import WEIGHTS, lenet5
from cnnlab.training import Training

FARTHEST = 3  # pixels that a digit is moved, so that it need not be drawn in the middle


def shifted(images):
    """Each image of a batch moved by its own few pixels; zeros come in."""
    moved = torch.zeros_like(images)
    padded = torch.nn.functional.pad(images, [FARTHEST] * 4)
    size = images.shape[-1]
    for number, (down, right) in enumerate(torch.randint(2 * FARTHEST + 1, (len(images), 2))):
        moved[number] = padded[number, :, down : down + size, right : right + size]
    return moved


def main():
    """Train for 40 epochs and write the weights as 16-bit floats."""
    train, test = load_mnist(flatten=False)
    torch.manual_seed(0)
    training = Training(lenet5(), train, test, augment=shifted)
    training.run(epochs=40)
    print(training.description)
    state = {
        name: part.numpy().astype(np.float16) for name, part in training.model.state_dict().items()
    }
    WEIGHTS.parent.mkdir(exist_ok=True)
    np.savez_compressed(WEIGHTS, **state)


if __name__ == "__main__":
    main()
