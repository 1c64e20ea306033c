"""cnnlab: the package behind an interactive course on convolutional networks.

Importing it is quick and changes nothing: no plotting backend, no random seed,
no torch. Explorers live in :mod:`cnnlab.widgets`, operations in
:mod:`cnnlab.ops`, sizes in :mod:`cnnlab.geometry`, images and digits in
:mod:`cnnlab.data`, the homework's checks in :mod:`cnnlab.checks`.
"""

from cnnlab import data, geometry, ops

__all__ = ["data", "geometry", "ops"]
__version__ = "0.1.0"
