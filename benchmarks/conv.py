"""The convolutional layer in three ways: loops, im2col and torch.

python3 course.py bench conv
"""

import statistics
import time

import numpy as np
import torch

from cnnlab import ops


def with_loops(x, weight):
    """The lesson's loops over the cells of the output."""
    count, _, height, width = x.shape
    filters, _, rows, columns = weight.shape
    out = np.zeros((count, filters, height - rows + 1, width - columns + 1))
    for n, f, i, j in np.ndindex(*out.shape):
        out[n, f, i, j] = (x[n, :, i : i + rows, j : j + columns] * weight[f]).sum()
    return out


def median_ms(call, repeats):
    """Median time of a call in milliseconds, after one call to warm up."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main():
    """Measure (8, 16, 32, 32) with 32 filters of 3 x 3 and print the ratios."""
    torch.set_num_threads(2)
    random = np.random.default_rng(0)
    print(f"{'':10} {'loops, ms':>10} {'im2col, ms':>11} {'torch, ms':>10} {'loops/im2col':>13} "
          f"{'im2col/torch':>13}")  # fmt: skip
    for kind in (np.float64, np.float32):
        x = random.normal(size=(8, 16, 32, 32)).astype(kind)
        weight = random.normal(size=(32, 16, 3, 3)).astype(kind)
        tensors = torch.from_numpy(x), torch.from_numpy(weight)
        loops = median_ms(lambda x=x, w=weight: with_loops(x, w), 1)
        ours = median_ms(lambda x=x, w=weight: ops.conv2d(x, w), 50)
        theirs = median_ms(lambda t=tensors: torch.conv2d(*t), 50)
        print(f"{kind.__name__:10} {loops:10.0f} {ours:11.2f} {theirs:10.2f} {loops / ours:13.0f} "
              f"{ours / theirs:13.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
