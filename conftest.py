"""What holds for every test, however pytest is started."""

import os

# Kernels and workers run side by side: if each computed on all cores, they would wait for
# each other most of the time. Before torch and NumPy are loaded, and for their children.
os.environ.setdefault("OMP_NUM_THREADS", "1")
