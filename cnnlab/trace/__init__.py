"""One record of a run: what was computed, from what, and what it cost."""

from cnnlab.trace.operations import pooling_of, tensors_in
from cnnlab.trace.record import Layer, Node, Step, Trace
from cnnlab.trace.run import trace

__all__ = ["Layer", "Node", "Step", "Trace", "pooling_of", "tensors_in", "trace"]
