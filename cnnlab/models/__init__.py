"""Networks as torch modules, each short enough to read beside its figure."""

from cnnlab.models.lenet import lenet5, simple_conv_net

__all__ = ["lenet5", "simple_conv_net"]
