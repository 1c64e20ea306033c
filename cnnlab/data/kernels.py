"""The kernels of the handouts, and Sobel's, by name."""

import numpy as np

# Handout S2. Each of the seven equals itself turned by 180 degrees, so none of
# them can show the difference between convolution and cross-correlation.
HANDOUT_KERNELS = {
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "diagonal edges": np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
    "Laplacian": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "outline": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "box blur": np.ones((3, 3)) / 9,
    "Gaussian blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
}

# Sobel and Feldman, 1968, presented at the Stanford Artificial Intelligence
# Project. They change sign when turned by 180 degrees.
KERNELS = HANDOUT_KERNELS | {
    "Sobel, left to right": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "Sobel, top to bottom": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
}
for _kernel in KERNELS.values():
    _kernel.flags.writeable = False  # shared by every lesson of a session
