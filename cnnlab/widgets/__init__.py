"""Explorers: pictures that follow the hand. Each shows one idea."""

from cnnlab.widgets.anchor_lab import AnchorLab
from cnnlab.widgets.architecture_explorer import ArchitectureExplorer
from cnnlab.widgets.block_diagram import BlockDiagram
from cnnlab.widgets.box_lab import BoxLab
from cnnlab.widgets.channel_view import ChannelView
from cnnlab.widgets.connection_diagram import ConnectionDiagram
from cnnlab.widgets.controls import OWN, Choice, Held, Slider, Switch, functions, numbers
from cnnlab.widgets.convolution_stepper import ConvolutionStepper
from cnnlab.widgets.detection_explorer import DetectionExplorer
from cnnlab.widgets.dilation_lab import DilationLab
from cnnlab.widgets.explorer import Explorer
from cnnlab.widgets.feature_maps import FeatureMaps
from cnnlab.widgets.filter_explorer import FilterExplorer
from cnnlab.widgets.im2col_view import Im2colView
from cnnlab.widgets.inception_budget import InceptionBudget
from cnnlab.widgets.network_explorer import NetworkExplorer
from cnnlab.widgets.padding_stride import PaddingStride
from cnnlab.widgets.parameter_counter import ParameterCounter
from cnnlab.widgets.pooling_explorer import PoolingExplorer
from cnnlab.widgets.receptive_field_explorer import ReceptiveFieldExplorer
from cnnlab.widgets.region_pooling import RegionPooling
from cnnlab.widgets.residual_lab import ResidualLab
from cnnlab.widgets.segmentation_explorer import SegmentationExplorer
from cnnlab.widgets.shift_lab import ShiftLab
from cnnlab.widgets.smoother import Smoother1D
from cnnlab.widgets.transposed_stepper import TransposedStepper

# All of them, for the tests, the benchmark and the list of what there is.
EXPLORERS = tuple(
    found
    for found in list(globals().values())
    if isinstance(found, type) and issubclass(found, Explorer) and found is not Explorer
)

__all__ = [
    "EXPLORERS",
    "OWN",
    "AnchorLab",
    "ArchitectureExplorer",
    "BlockDiagram",
    "BoxLab",
    "ChannelView",
    "Choice",
    "ConnectionDiagram",
    "ConvolutionStepper",
    "DetectionExplorer",
    "DilationLab",
    "Explorer",
    "FeatureMaps",
    "FilterExplorer",
    "Held",
    "Im2colView",
    "InceptionBudget",
    "NetworkExplorer",
    "PaddingStride",
    "ParameterCounter",
    "PoolingExplorer",
    "ReceptiveFieldExplorer",
    "RegionPooling",
    "ResidualLab",
    "SegmentationExplorer",
    "ShiftLab",
    "Slider",
    "Smoother1D",
    "Switch",
    "TransposedStepper",
    "functions",
    "numbers",
]
