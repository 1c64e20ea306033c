"""Networks as torch modules, each short enough to read beside its figure.

To count a large one, make it without memory: ``with torch.device("meta"): vgg16()``.
"""

from cnnlab.models.alexnet import alexnet
from cnnlab.models.densenet import DenseLayer, densenet121
from cnnlab.models.detector import GridDetector, detection_loss, grid_detector
from cnnlab.models.googlenet import Inception, googlenet
from cnnlab.models.lenet import lenet5, simple_conv_net
from cnnlab.models.nin import network_in_network
from cnnlab.models.resnet import (
    BasicBlock,
    Bottleneck,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
    resnet_cifar,
)
from cnnlab.models.segmenter import Segmenter, digit_segmenter
from cnnlab.models.vgg import vgg11, vgg13, vgg16, vgg19

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "DenseLayer",
    "GridDetector",
    "Inception",
    "Segmenter",
    "alexnet",
    "densenet121",
    "detection_loss",
    "digit_segmenter",
    "googlenet",
    "grid_detector",
    "lenet5",
    "network_in_network",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnet_cifar",
    "simple_conv_net",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
]
