"""A network's layers from scratch, written to be read.

Each layer has ``forward(x)`` and ``backward(d_out)``. Forward keeps what backward
needs. Backward takes how the loss changes with the layer's output, returns how it
changes with the layer's input, and leaves the gradients of the layer's parameters
in ``gradients``, in the order of ``parameters``.
"""

import numpy as np

from cnnlab.geometry import output_size
from cnnlab.ops import as_numbers, col2im, im2col

__all__ = ["Affine", "Convolution", "Network", "Pooling", "ReLU", "SoftmaxWithLoss"]


class Layer:
    """What all layers share: by default there is nothing to learn."""

    parameters = ()
    gradients = ()


class ReLU(Layer):
    """Keep what is above 0.

    Examples
    --------
    >>> layer = ReLU()
    >>> layer.forward(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    >>> layer.backward(np.array([5.0, 5.0])).tolist()
    [0.0, 5.0]
    """

    def forward(self, x):
        """Any shape -> the same shape."""
        self.passed = x > 0
        return np.where(self.passed, x, x.dtype.type(0))

    def backward(self, d_out):
        """What was cut off could change a little without any effect."""
        return d_out * self.passed


class Affine(Layer):
    """A fully connected layer: ``x @ weight + bias``, of the flattened input.

    Parameters
    ----------
    weight : numpy.ndarray, shape (I, O)
    bias : numpy.ndarray, shape (O,)

    Examples
    --------
    >>> layer = Affine(np.ones((12, 2)), np.zeros(2))
    >>> layer.forward(np.ones((5, 3, 2, 2))).shape
    (5, 2)
    """

    def __init__(self, weight, bias):
        self.parameters = [weight, bias]

    def forward(self, x):
        """(N, ...) with I numbers for each of N -> (N, O)."""
        weight, bias = self.parameters
        self.shape = x.shape
        self.flat = x.reshape(len(x), -1)
        if self.flat.shape[1] != len(weight):
            raise ValueError(
                f"x has shape {x.shape}, that is {self.flat.shape[1]} numbers each, but weight "
                f"has shape {weight.shape}: it takes {len(weight)}."
            )
        return self.flat @ weight + bias

    def backward(self, d_out):
        """(N, O) -> the input's shape."""
        self.gradients = [self.flat.T @ d_out, d_out.sum(axis=0)]
        return (d_out @ self.parameters[0].T).reshape(self.shape)


class Convolution(Layer):
    """A convolutional layer as one matrix product, through im2col.

    Parameters
    ----------
    weight : numpy.ndarray, shape (F, C, KH, KW)
    bias : numpy.ndarray, shape (F,)
    stride, padding : int

    Examples
    --------
    >>> layer = Convolution(np.ones((4, 3, 5, 5)), np.zeros(4), padding=2)
    >>> layer.forward(np.ones((2, 3, 8, 8))).shape
    (2, 4, 8, 8)
    """

    def __init__(self, weight, bias, stride=1, padding=0):
        self.parameters = [weight, bias]
        self.stride, self.padding = stride, padding

    def forward(self, x):
        """(N, C, H, W) -> (N, F, OH, OW)."""
        x = as_numbers("x", x, 4)
        weight, bias = self.parameters
        filters, channels, rows, columns = weight.shape
        if x.shape[1] != channels:
            raise ValueError(
                f"x has shape {x.shape}, with {x.shape[1]} channels, but weight has shape "
                f"{weight.shape}: it takes {channels}."
            )
        out_h = output_size(x.shape[2], rows, self.stride, self.padding)
        out_w = output_size(x.shape[3], columns, self.stride, self.padding)
        self.shape = x.shape
        self.col = im2col(x, rows, columns, self.stride, self.padding)
        out = self.col @ weight.reshape(filters, -1).T + bias  # one row per window
        return out.reshape(len(x), out_h, out_w, filters).transpose(0, 3, 1, 2)

    def backward(self, d_out):
        """(N, F, OH, OW) -> (N, C, H, W)."""
        weight, _ = self.parameters
        filters, _, rows, columns = weight.shape
        d_rows = d_out.transpose(0, 2, 3, 1).reshape(-1, filters)
        d_weight = (d_rows.T @ self.col).reshape(weight.shape)
        self.gradients = [d_weight, d_rows.sum(axis=0)]
        d_col = d_rows @ weight.reshape(filters, -1)
        # A pixel in several windows gets the sum of what each sends back.
        return col2im(d_col, self.shape, rows, columns, self.stride, self.padding)


class Pooling(Layer):
    """Max pooling.

    Parameters
    ----------
    size : int
    stride : int, optional
        `size` if left out.

    Examples
    --------
    >>> Pooling(2).forward(np.arange(16.0).reshape(1, 1, 4, 4)).tolist()
    [[[[5.0, 7.0], [13.0, 15.0]]]]
    """

    def __init__(self, size, stride=None):
        self.size, self.stride = size, stride or size

    def forward(self, x):
        """(N, C, H, W) -> (N, C, OH, OW)."""
        self.shape = x.shape
        out_h, out_w = (output_size(part, self.size, self.stride) for part in x.shape[2:])
        # Each channel is a sheet of its own: a batch of N * C images of one channel.
        sheets = x.reshape(-1, 1, *x.shape[2:])
        windows = im2col(sheets, self.size, self.size, self.stride)
        self.winners = windows.argmax(axis=1)
        return windows.max(axis=1).reshape(*x.shape[:2], out_h, out_w)

    def backward(self, d_out):
        """(N, C, OH, OW) -> (N, C, H, W): all of it to the first winner of each window."""
        count, channels, height, width = self.shape
        windows = np.zeros((d_out.size, self.size**2), dtype=d_out.dtype)
        windows[np.arange(d_out.size), self.winners] = d_out.ravel()
        sheets = (count * channels, 1, height, width)
        return col2im(windows, sheets, self.size, self.size, self.stride).reshape(self.shape)


class SoftmaxWithLoss(Layer):
    """Softmax and cross-entropy loss, together because their gradient is simple.

    Examples
    --------
    >>> loss = SoftmaxWithLoss()
    >>> round(float(loss.forward(np.zeros((2, 10)), np.array([3, 7]))), 3)  # log(10)
    2.303
    """

    def forward(self, scores, labels):
        """(N, K), (N,) -> the mean loss."""
        labels = np.asarray(labels)
        if labels.shape != (len(scores),) or labels.dtype.kind not in "iu":
            raise ValueError(
                f"labels has shape {labels.shape} and holds {labels.dtype}, but it must hold one "
                f"whole number for each of {len(scores)} rows of scores."
            )
        if len(labels) and not 0 <= labels.min() <= labels.max() < scores.shape[1]:
            raise ValueError(
                f"labels go from {labels.min()} to {labels.max()}, but scores have "
                f"{scores.shape[1]} classes: 0 to {scores.shape[1] - 1}."
            )
        # The largest score is taken off first: exp would overflow.
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.probabilities = powers / powers.sum(axis=1, keepdims=True)
        self.labels = labels
        right = self.probabilities[np.arange(len(labels)), labels]
        return -np.log(np.maximum(right, np.finfo(right.dtype).tiny)).mean()

    def backward(self):
        """(N, K): probability minus one for the right class, shared among the batch."""
        d_scores = self.probabilities.copy()
        d_scores[np.arange(len(self.labels)), self.labels] -= 1
        return d_scores / len(self.labels)


class Network:
    """Layers one after the other, with the loss at the end.

    Parameters
    ----------
    layers : list
        Objects with forward, backward, parameters and gradients.

    Examples
    --------
    >>> net = Network([Affine(np.zeros((784, 10)), np.zeros(10))])
    >>> net.predict(np.zeros((3, 784))).shape
    (3, 10)
    """

    def __init__(self, layers):
        self.layers = layers
        self.loss = SoftmaxWithLoss()

    def predict(self, x):
        """Scores (N, K) for a batch."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def step(self, x, labels, rate):
        """One step of gradient descent on a batch; returns the loss before it."""
        loss = self.loss.forward(self.predict(x), labels)
        gradient = self.loss.backward()
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        for layer in self.layers:
            for parameter, change in zip(layer.parameters, layer.gradients, strict=True):
                parameter -= rate * change
        return loss
