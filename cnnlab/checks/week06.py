"""Checks of week 6: MLP against CNN."""

from math import prod

from cnnlab import geometry
from cnnlab.checks.check import Check, true_or_false
from cnnlab.checks.design import Condition, Design
from cnnlab.checks.verdict import Mistake, carried

__all__ = [
    "conv_parameters",
    "deep_stack",
    "field_span",
    "lenet_counts",
    "macs",
    "shared_pixels",
    "sharing",
    "statements",
    "three_or_one",
]

# ------------------------------------------------------------- conv_parameters


def _parameters_with(weights, bias):
    """An answer from (C, H, W), filters and (rows, columns)."""

    def answer(shape, filters, kernel):
        return weights(shape, filters, kernel) + bias(shape, filters, kernel)

    return answer


def _weights(shape, filters, kernel):
    return prod(kernel) * shape[0] * filters


def _places(shape, kernel):
    return (shape[1] - kernel[0] + 1) * (shape[2] - kernel[1] + 1)


def _image_filters_kernel(draw):
    kernel = draw.pair(1, 5)
    shape = draw.count(1, 5), kernel[0] + draw.count(0, 9), kernel[1] + draw.count(0, 9)
    return shape, draw.count(1, 9), kernel


conv_parameters = Check(
    "conv_parameters",
    _parameters_with(_weights, lambda shape, filters, kernel: filters),
    (((3, 32, 32), 32, (3, 3)), ((5, 9, 14), 8, (3, 2)), ((1, 28, 20), 6, (5, 4))),
    (
        Mistake(
            "The biases are missing.",
            "Each filter adds one more number.",
            _parameters_with(_weights, lambda *_: 0),
        ),
        Mistake(
            "There is only one bias in all.",
            "Each filter has its own.",
            _parameters_with(_weights, lambda *_: 1),
        ),
        Mistake(
            "You counted a bias for each input channel.",
            "The bias is added to what a filter gives: count the outputs.",
            _parameters_with(_weights, lambda shape, filters, kernel: shape[0]),
        ),
        Mistake(
            "You counted a bias at every place of the map.",
            "A filter adds the same bias everywhere: it is shared like the weights.",
            _parameters_with(_weights, lambda s, filters, k: filters * _places(s, k)),
        ),
        Mistake(
            "You counted a bias for each channel of each filter.",
            "The channels are added up first; then comes one bias.",
            _parameters_with(_weights, lambda shape, filters, kernel: filters * shape[0]),
        ),
        Mistake(
            "The input channels are missing.",
            "A filter has a window of weights in every channel.",
            _parameters_with(lambda s, filters, k: prod(k) * filters, lambda s, f, k: f),
        ),
        Mistake(
            "You counted the weights again at every place.",
            "All places share one window of weights: the size of the image does not matter.",
            _parameters_with(lambda s, f, k: _weights(s, f, k) * _places(s, k), lambda s, f, k: f),
        ),
        Mistake(
            "That is a fully connected layer.",
            "Here a filter sees only its window.",
            _parameters_with(lambda s, filters, k: prod(s) * filters, lambda s, f, k: f),
        ),
        Mistake(
            "You counted the multiply-accumulates.",
            "A weight is counted once, however often it is used.",
            lambda shape, filters, kernel: (
                (_weights(shape, filters, kernel) + filters) * _places(shape, kernel)
            ),
        ),
        Mistake(
            "You counted the numbers that come out.",
            "Asked is what is learned.",
            lambda shape, filters, kernel: filters * _places(shape, kernel),
        ),
        Mistake(
            "You multiplied the biases too.",
            "A filter has C · kh · kw weights and one bias.",
            lambda shape, filters, kernel: prod(kernel) * (shape[0] * filters + filters),
        ),
    ),
    draw=_image_filters_kernel,
    without=("convolution_parameters",),
)

# ---------------------------------------------------------------- lenet_counts

_LENET = [156, 2_416, 48_120, 10_164, 850]

lenet_counts = Check(
    "lenet_counts",
    _LENET,
    (),
    (
        Mistake(
            "The biases are missing.",
            "One for each filter, one for each output of a fully connected layer.",
            [150, 2_400, 48_000, 10_080, 840],
        ),
        Mistake(
            "You ignored the padding of the first layer.",
            "28 stays 28; then follow the sizes down to the flat vector.",
            [156, 2_416, 16 * 4 * 4 * 120 + 120, 10_164, 850],
        ),
        Mistake(
            "The third count is that of a map without its last pooling.",
            "The second pooling halves 10 to 5 before everything is flattened.",
            [156, 2_416, 16 * 10 * 10 * 120 + 120, 10_164, 850],
        ),
        Mistake(
            "The fully connected layer sees only one number per channel.",
            "Flatten keeps every cell of the 16 maps.",
            [156, 2_416, 16 * 120 + 120, 10_164, 850],
        ),
        Mistake(
            "The second convolution reads only one channel.",
            "It gets what the first one gives: 6 maps.",
            [156, 416, 48_120, 10_164, 850],
        ),
        Mistake(
            "Leave out the layers that learn nothing.",
            "Pooling has no parameters; the list has the five layers that learn.",
            [156, 0, 2_416, 0, 48_120, 10_164, 850],
        ),
        Mistake(
            "You gave parameters to the pooling layers.",
            "They take the largest number of a window: nothing is learned. Five layers learn.",
            [156, 4, 2_416, 4, 48_120, 10_164, 850],
        ),
        Mistake(
            "The fully connected layers have a bias for each input.",
            "One for each output.",
            [156, 2_416, 400 * 120 + 400, 120 * 84 + 120, 84 * 10 + 84],
        ),
        Mistake(
            "The biases of the fully connected layers are missing.",
            "One for each output.",
            [156, 2_416, 48_000, 10_080, 840],
        ),
        Mistake(
            "The flat vector has one map's numbers only.",
            "There are 16 maps of 5 x 5.",
            [156, 2_416, 25 * 120 + 120, 10_164, 850],
        ),
        Mistake(
            "Each layer has one bias in your answer.",
            "One for each filter, one for each output.",
            [151, 2_401, 48_001, 10_081, 841],
        ),
    ),
    "a list of five whole numbers",
)

# ------------------------------------------------------------------------ macs


def _macs(shape, filters, kernel, stride, padding):
    channels, height, width = shape
    rows = (height + 2 * padding - kernel) // stride + 1
    columns = (width + 2 * padding - kernel) // stride + 1
    return kernel**2 * channels * filters * rows * columns


def _macs_of(shape, filters, kernel, places):
    return kernel**2 * prod(shape[:1]) * filters * places(shape[1]) * places(shape[2])


def _layer(draw):
    kernel, padding = draw.count(1, 5), draw.count(0, 2)
    least = max(kernel - 2 * padding, 1)
    shape = draw.count(1, 5), least + draw.count(0, 9), least + draw.count(0, 9)
    return shape, draw.count(1, 9), kernel, draw.count(1, 3), padding


macs = Check(
    "macs",
    _macs,
    (((3, 32, 32), 32, 3, 1, 0), ((4, 9, 14), 6, 3, 2, 1), ((2, 11, 8), 5, 4, 3, 2)),
    (
        Mistake(
            "You counted the weights: each is used at every place of the output.",
            "Multiply by the rows and columns of the output.",
            lambda shape, filters, kernel, stride, padding: kernel**2 * shape[0] * filters,
        ),
        Mistake(
            "You took the size of the input for that of the output.",
            "One sum is made for each cell of the *output*.",
            lambda shape, filters, kernel, stride, padding: kernel**2 * filters * prod(shape),
        ),
        Mistake(
            "The padding is missing.",
            "It makes the output larger, and its zeros are multiplied like the rest.",
            lambda shape, filters, kernel, stride, padding: _macs(
                shape, filters, kernel, stride, 0
            ),
        ),
        Mistake(
            "The stride is missing.",
            "A larger stride visits fewer places.",
            lambda shape, filters, kernel, stride, padding: _macs(
                shape, filters, kernel, 1, padding
            ),
        ),
        Mistake(
            "The input channels are missing.",
            "Each output is a sum over the window in every channel.",
            lambda shape, *others: _macs(shape, *others) // shape[0],
        ),
        Mistake(
            "You counted the padding at one end only.",
            "It is added at both.",
            lambda shape, filters, kernel, stride, padding: _macs_of(
                shape, filters, kernel, lambda n: (n + padding - kernel) // stride + 1
            ),
        ),
        Mistake(
            "That is one filter only.",
            "Every filter makes a map of its own.",
            lambda shape, filters, *others: _macs(shape, 1, *others),
        ),
        Mistake(
            "You counted multiplications and additions separately.",
            "A product and its addition are one multiply-accumulate.",
            lambda *arguments: 2 * _macs(*arguments),
        ),
        Mistake(
            "You added a bias for each output.",
            "Count the products only.",
            lambda shape, filters, kernel, stride, padding: (
                _macs(shape, filters, kernel, stride, padding)
                * (kernel**2 * shape[0] + 1)
                // (kernel**2 * shape[0])
            ),
        ),
        Mistake(
            "You added the biases.",
            "Count the products only.",
            lambda shape, filters, kernel, stride, padding: (
                _macs(shape, filters, kernel, stride, padding) + filters
            ),
        ),
        Mistake(
            "That is how many numbers come out.",
            "Each takes a product for every weight of its filter.",
            lambda shape, filters, kernel, stride, padding: (
                _macs(shape, filters, kernel, stride, padding) // (kernel**2 * shape[0])
            ),
        ),
    ),
    draw=_layer,
    without=("convolution_macs",),
)

# --------------------------------------------------------------------- sharing


def _sharing(size, kernel, stride, tiles):
    places = geometry.output_size(size, kernel, stride) ** 2
    window = kernel**2
    return size**2 * places, window * places, window * tiles**2, window


def _with_places(kernel, tiles, size, along):
    """The four counts, for an output of so many places along each axis."""
    return size**2 * along**2, kernel**2 * along**2, kernel**2 * tiles**2, kernel**2


def _sharing_with(place, count):
    """The right answer, but for one of the four."""

    def answer(*arguments):
        counts = list(_sharing(*arguments))
        counts[place] = count(*arguments)
        return tuple(counts)

    return answer


def _sizes_and_tiles(draw):
    kernel = draw.count(1, 4)
    return kernel + draw.count(1, 9), kernel, draw.count(1, 4), draw.count(1, 4)


sharing = Check(
    "sharing",
    _sharing,
    ((28, 3, 1, 2), (10, 4, 2, 3), (7, 2, 3, 4)),
    (
        Mistake(
            "The stride is ignored.",
            "There are fewer places where the window may lie.",
            lambda size, kernel, stride, tiles: _sharing(size, kernel, 1, tiles),
        ),
        Mistake(
            "You divided all places of stride 1 by the stride.",
            "Along each axis there are (n - k) // stride + 1.",
            lambda size, kernel, stride, tiles: _with_places(
                kernel, tiles, size, (size - kernel + 1) // stride
            ),
        ),
        Mistake(
            "You took size // stride for the number of places.",
            "The window must fit: (n - k) // stride + 1.",
            lambda size, kernel, stride, tiles: _with_places(kernel, tiles, size, size // stride),
        ),
        Mistake(
            "You rounded up.",
            "A window that does not fit wholly is no place: round down.",
            lambda size, kernel, stride, tiles: _with_places(
                kernel, tiles, size, -(-(size - kernel) // stride) + 1
            ),
        ),
        Mistake(
            "The output is as large as your input.",
            "Without padding a window of k fits into n in (n - k) // stride + 1 places.",
            lambda size, kernel, stride, tiles: (
                size**4,
                kernel**2 * size**2,
                kernel**2 * tiles**2,
                kernel**2,
            ),
        ),
        Mistake(
            "You counted t sets of weights for the tiled layer.",
            "Tiles lie along rows and along columns.",
            _sharing_with(2, lambda size, kernel, stride, tiles: kernel**2 * tiles),
        ),
        Mistake(
            "The tiled layer has a set of weights for each tile of the output.",
            "The sets come again: there are t · t of them, however large the output.",
            _sharing_with(
                2,
                lambda size, kernel, stride, tiles: (
                    kernel**2 * geometry.output_size(size, kernel, stride) ** 2 // tiles**2
                ),
            ),
        ),
        Mistake(
            "Your dense layer has as many outputs as inputs.",
            "It gives what the others give: the places of the window.",
            _sharing_with(0, lambda size, kernel, stride, tiles: size**4),
        ),
        Mistake(
            "Your dense layer has `size` inputs.",
            "The image has rows and columns: size · size.",
            _sharing_with(
                0,
                lambda size, kernel, stride, tiles: (
                    size * geometry.output_size(size, kernel, stride) ** 2
                ),
            ),
        ),
        Mistake(
            "Your dense and your unshared layer have one row of places only.",
            "The window moves down and across.",
            lambda size, kernel, stride, tiles: (
                size**2 * geometry.output_size(size, kernel, stride),
                kernel**2 * geometry.output_size(size, kernel, stride),
                kernel**2 * tiles**2,
                kernel**2,
            ),
        ),
        Mistake(
            "Your shared layer has one row of its window.",
            "The window has kernel · kernel weights.",
            _sharing_with(3, lambda size, kernel, stride, tiles: kernel),
        ),
        Mistake(
            "Your shared layer has one weight.",
            "It has one *window* of weights, for all places.",
            _sharing_with(3, lambda *sizes: 1),
        ),
        Mistake(
            "Your unshared layer has weights for one row of places only.",
            "It has its own window at every place, down and across.",
            _sharing_with(
                1,
                lambda size, kernel, stride, tiles: (
                    kernel**2 * geometry.output_size(size, kernel, stride)
                ),
            ),
        ),
        Mistake(
            "Each count is along one axis only.",
            "Images have rows and columns.",
            lambda size, kernel, stride, tiles: (
                size * geometry.output_size(size, kernel, stride),
                kernel * geometry.output_size(size, kernel, stride),
                kernel * tiles,
                kernel,
            ),
        ),
        Mistake(
            "The second and the third changed places.",
            "Unshared, then tiled.",
            lambda size, kernel, stride, tiles: tuple(
                _sharing(size, kernel, stride, tiles)[n] for n in (0, 2, 1, 3)
            ),
        ),
        Mistake(
            "You added biases.",
            "Count weights only.",
            lambda size, kernel, stride, tiles: tuple(
                a + b
                for a, b in zip(
                    _sharing(size, kernel, stride, tiles),
                    (
                        geometry.output_size(size, kernel, stride) ** 2,
                        geometry.output_size(size, kernel, stride) ** 2,
                        tiles**2,
                        1,
                    ),
                    strict=True,
                )
            ),
        ),
    ),
    draw=_sizes_and_tiles,
)

# --------------------------------------------------------------- shared_pixels


def _walk(grow, start=1, step_after=True, add_steps=False):
    """A field size from a rule how one layer makes it grow."""

    def answer(layers):
        size, step = start, 1
        for kernel, stride, dilation in layers:
            after = step + stride if add_steps else step * stride
            if not step_after:
                step = after
            size += grow(kernel, dilation, step)
            if step_after:
                step = after
        return size

    return answer


def _growth(kernel, dilation, step):
    return (kernel - 1) * dilation * step


def _layers(draw):
    return (
        [(draw.count(1, 5), draw.count(1, 3), draw.count(1, 3)) for _ in range(draw.count(1, 4))],
    )


def _field_size(layers):
    size, step = 1, 1
    for kernel, stride, dilation in layers:
        size += (kernel - 1) * dilation * step
        step *= stride
    return size


def _shared_pixels(layers):
    return max(_field_size(layers) - prod(stride for _, stride, _ in layers), 0)


def _sharing_them(answer):
    """A mistake in the field's size, by one who knows how far the next cell's field lies."""
    return lambda layers: max(answer(layers) - prod(stride for _, stride, _ in layers), 0)


_FIELD_MISTAKES = (
    Mistake(
        "You ignored the strides.",
        "One step of a later layer is as long as all strides before it, multiplied.",
        _walk(lambda kernel, dilation, step: (kernel - 1) * dilation),
    ),
    Mistake(
        "A layer's own stride makes its own field grow.",
        "The stride acts on the layers *after* it: use the step first, then multiply it.",
        _walk(_growth, step_after=False),
    ),
    Mistake(
        "You added the strides.",
        "Two strides of 2 make a step of 4: multiply.",
        _walk(_growth, add_steps=True),
    ),
    Mistake(
        "The field grows by k in your answer.",
        "The window's first cell is there already: it grows by k - 1.",
        _walk(lambda kernel, dilation, step: kernel * dilation * step),
    ),
    Mistake(
        "You start from 0.",
        "A cell of the image sees itself: 1.",
        _walk(_growth, start=0),
    ),
    Mistake(
        "You ignored the dilation.",
        "A dilated kernel spans d · (k - 1) + 1 cells.",
        _walk(lambda kernel, dilation, step: (kernel - 1) * step),
    ),
    Mistake(
        "You went through the layers backwards.",
        "Start at the image.",
        lambda layers: _field_size(layers[::-1]),
    ),
    Mistake(
        "The first layer is left out.",
        "Each layer makes the field grow.",
        lambda layers: _field_size(layers[1:]),
    ),
    Mistake(
        "The last layer is left out.",
        "Each layer makes the field grow.",
        lambda layers: _field_size(layers[:-1]),
    ),
    Mistake(
        "You multiplied the kernels.",
        "Each layer *adds* (kernel - 1) · dilation steps.",
        lambda layers: prod(kernel for kernel, _, _ in layers),
    ),
    Mistake(
        "Stride and dilation changed places.",
        "(kernel, stride, dilation).",
        lambda layers: _field_size([(k, d, s) for k, s, d in layers]),
    ),
    Mistake(
        "You used the stride of the layer before only.",
        "All strides before count, multiplied.",
        lambda layers: (
            1
            + sum(
                (k - 1) * d * (layers[n - 1][1] if n else 1) for n, (k, _, d) in enumerate(layers)
            )
        ),
    ),
    Mistake(
        "A dilated kernel spans d · (k - 1) + 1 in your answer, and so much is added.",
        "It grows by one less.",
        lambda layers: 1 + sum(d * (k - 1) + 1 for k, _, d in layers),
    ),
)

shared_pixels = Check(
    "shared_pixels",
    _shared_pixels,
    (
        ([(3, 1, 1), (3, 1, 1), (3, 1, 1)],),
        ([(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)],),
        ([(3, 2, 1), (3, 3, 2), (4, 1, 3)],),
    ),
    (
        Mistake(
            "You gave how many pixels one cell sees.",
            "Asked is how many of them its neighbour sees too.",
            _field_size,
        ),
        Mistake(
            "You took the fields of neighbours to lie one pixel apart.",
            "They lie as far apart as all strides, multiplied.",
            lambda layers: _field_size(layers) - 1,
        ),
        Mistake(
            "You took the last layer's stride for the distance of the two fields.",
            "They lie as far apart as all strides, multiplied.",
            lambda layers: max(_field_size(layers) - layers[-1][1], 0),
        ),
        Mistake(
            "You ignored the strides.",
            "They make the field grow, and they move the neighbour's field.",
            lambda layers: _field_size([(k, 1, d) for k, _, d in layers]) - 1,
        ),
        Mistake(
            "You counted one pixel too many.",
            "Fields of 5 pixels that lie 2 apart share 3: size minus distance.",
            lambda layers: max(_field_size(layers) - prod(s for _, s, _ in layers) + 1, 0),
        ),
        Mistake(
            "You left out the last layer's stride.",
            "It moves the neighbour's field too.",
            lambda layers: max(_field_size(layers) - prod(s for _, s, _ in layers[:-1]), 0),
        ),
        Mistake(
            "You added the strides for the distance of the two fields.",
            "They lie as far apart as all strides, multiplied.",
            lambda layers: max(_field_size(layers) - sum(s for _, s, _ in layers), 0),
        ),
        Mistake(
            "You count below 0 where the two fields lie apart.",
            "Then they share no pixel: 0.",
            lambda layers: _field_size(layers) - prod(s for _, s, _ in layers),
        ),
        Mistake(
            "You gave how many pixels the two see together.",
            "Asked is how many both see.",
            lambda layers: _field_size(layers) + prod(s for _, s, _ in layers),
        ),
        Mistake(
            "You gave how far apart the two fields lie.",
            "Asked is how many pixels both see.",
            lambda layers: prod(s for _, s, _ in layers),
        ),
        *carried(_FIELD_MISTAKES, into=_sharing_them),
        Mistake(
            "Only the last layer counts.",
            "All layers make the field grow.",
            lambda layers: _shared_pixels(layers[-1:]),
        ),
    ),
    draw=_layers,
    without=("receptive_field",),
)

# ------------------------------------------------------------------ field_span


def _span(layers, index):
    field = geometry.receptive_field(layers)[-1]
    first = field.start + field.stride * index
    return first, first + field.size - 1


def _span_with(first, last=None):
    def answer(layers, index):
        field = geometry.receptive_field(layers)[-1]
        begin = first(layers, index, field)
        return begin, (begin + field.size - 1 if last is None else last(begin, field))

    return answer


def _plain_padding(layers, index, field):
    return field.stride * index - sum(padding for _, _, padding in layers)


def _layers_and_index(draw):
    layers = [
        (draw.count(1, 5), draw.count(1, 3), draw.count(0, 2)) for _ in range(draw.count(1, 4))
    ]
    return layers, draw.count(0, 5)


def _step_by_step(layers, index):
    start, size, step = 0, 1, 1
    for kernel, stride, padding in layers:
        start -= padding * step
        size += (kernel - 1) * step
        step *= stride
    first = start + step * index
    return first, first + size - 1


field_span = Check(
    "field_span",
    _step_by_step,
    (
        ([(3, 1, 0), (3, 1, 0)], 2),
        ([(3, 2, 1), (3, 2, 1)], 3),
        ([(5, 1, 2), (2, 2, 0), (5, 3, 1), (2, 2, 0)], 1),
        ([(3, 1, 1), (5, 1, 2)], 0),
    ),
    (
        Mistake(
            "You ignored the padding.",
            "The first window starts in the padding, left of the image.",
            _span_with(lambda layers, index, field: field.stride * index),
        ),
        Mistake(
            "You subtracted the paddings as they are.",
            "A padded cell of a deep layer is as wide as all strides before it, multiplied.",
            _span_with(_plain_padding),
        ),
        Mistake(
            "The last position is one too far.",
            "A field of r pixels that starts at a ends at a + r - 1.",
            _span_with(
                lambda layers, index, field: field.start + field.stride * index,
                lambda begin, field: begin + field.size,
            ),
        ),
        Mistake(
            "You cut the field off at the first pixel.",
            "A field may begin in the padding: then its first position is negative.",
            lambda layers, index: (max(_span(layers, index)[0], 0), _span(layers, index)[1]),
        ),
        Mistake(
            "Your field does not move with the cell.",
            "The next cell's field starts one step further; a step is all strides multiplied.",
            _span_with(lambda layers, index, field: field.start),
        ),
        Mistake(
            "Neighbouring fields are one pixel apart in your answer.",
            "They are as far apart as all strides multiplied.",
            _span_with(lambda layers, index, field: field.start + index),
        ),
        Mistake(
            "The padding is added.",
            "The first window starts *before* the image.",
            lambda layers, index: tuple(
                n - 2 * _step_by_step(layers, 0)[0] for n in _step_by_step(layers, index)
            ),
        ),
        Mistake(
            "The second number is the size.",
            "Asked are the first and the last position.",
            lambda layers, index: (
                _step_by_step(layers, index)[0],
                _step_by_step(layers, index)[1] - _step_by_step(layers, index)[0] + 1,
            ),
        ),
        Mistake(
            "Your layers come in the wrong order.",
            "From the image on; or, if you go from the cell to the image, the last one first.",
            lambda layers, index: _step_by_step(layers[::-1], index),
        ),
        Mistake(
            "You counted the last layer only.",
            "All layers before make the field larger.",
            lambda layers, index: _step_by_step(layers[-1:], index),
        ),
        Mistake(
            "Stride and padding changed places.",
            "(kernel, stride, padding).",
            lambda layers, index: _step_by_step([(k, p, s) for k, s, p in layers], index),
        ),
        Mistake(
            "The padding counts twice.",
            "The field begins once the padding further to the left.",
            lambda layers, index: _step_by_step([(k, s, 2 * p) for k, s, p in layers], index),
        ),
    ),
    draw=_layers_and_index,
    without=("receptive_field",),
)

# ---------------------------------------------------------------- three_or_one

three_or_one = Check(
    "three_or_one",
    (27_744, 50_208),
    (),
    (
        Mistake("The biases are missing.", "Each layer has one a filter.", (27_648, 50_176)),
        Mistake("You forgot the channels.", "27 and 49 are for one channel pair.", (27, 49)),
        Mistake(
            "You counted one input channel.",
            "Each filter reads all 32 channels.",
            (3 * (9 * 32 + 32), 49 * 32 + 32),
        ),
        Mistake(
            "That is one layer of 3 x 3.",
            "Three of them see 7 x 7 pixels.",
            (9 * 32 * 32 + 32, 50_208),
        ),
        Mistake("The two numbers are swapped.", "First the three small layers.", (50_208, 27_744)),
        Mistake(
            "You counted one bias for each layer.",
            "Each filter has one: 32.",
            (27_651, 50_177),
        ),
        Mistake(
            "You counted one bias for all.",
            "Each filter has one: 32 in each layer.",
            (27_649, 50_177),
        ),
        Mistake(
            "Your windows have 3 and 7 weights.",
            "3 x 3 and 7 x 7.",
            (3 * (3 * 32 * 32 + 32), 7 * 32 * 32 + 32),
        ),
        Mistake(
            "You counted a bias for each pair of maps.",
            "One for each filter.",
            (3 * 10 * 32 * 32, 50 * 32 * 32),
        ),
        Mistake(
            "The biases of the first are missing.",
            "Each of the three layers has 32.",
            (27_648, 50_208),
        ),
        Mistake(
            "The biases of the second are missing.",
            "It has 32.",
            (27_744, 50_176),
        ),
    ),
    "two numbers, like (10, 20)",
)

# ------------------------------------------------------------------ statements

statements = true_or_false(
    "statements",
    ("false", "false", "true", "true", "false", "false"),
    (
        (
            "few parameters do not mean little work.",
            "Compare 896 parameters and 777,600 multiply-accumulates with 393,344 and 393,216.",
        ),
        ("the image's size is in no count of a filter's weights.", "What does grow with it?"),
        ("what would a pooling layer learn?", "It takes the largest number of each window."),
        (
            "convolving twice is convolving once, with a larger kernel.",
            "Look at section 6 of the lesson again.",
        ),
        ("count the numbers that can be chosen.", "27 numbers do not reach everything that 49 do."),
        (
            "the middle pixel reaches the cell on many more paths.",
            "Look at the right picture of the explorer.",
        ),
    ),
)

# ------------------------------------------------------------------ deep_stack

SIDE, FIELD, WEIGHTS, LEFT = 32, 31, 60, 16


def _skips_nothing(layers):
    # On an image just as large as the field, so that no gap hides in the padding.
    field = geometry.receptive_field(layers)[-1].size
    bare = [(kernel, stride, 0, dilation) for kernel, stride, _, dilation in layers]
    return all(geometry.paths(field, bare)[0])


def _seeing(layers):
    """How many cells of a row see a pixel, and not padding only."""
    return sum(map(any, geometry.paths(SIDE, layers)))


deep_stack = Design(
    "deep_stack",
    (
        Condition(
            "each layer is (kernel, stride, padding, dilation)",
            lambda layers: (
                len(layers) > 0
                and all(isinstance(layer, (tuple, list)) and len(layer) == 4 for layer in layers)
            ),
            "Write a list of tuples of four whole numbers.",
        ),
        Condition(
            f"from {SIDE} x {SIDE} pixels at least {LEFT} x {LEFT} cells are left",
            lambda layers: _seeing(layers) >= LEFT,
            lambda layers: (
                f"{_seeing(layers)} x {_seeing(layers)} see a pixel. (Cells that see nothing but "
                "padding do not count.)"
            ),
        ),
        Condition(
            f"a cell sees at least {FIELD} x {FIELD} pixels",
            lambda layers: geometry.receptive_field(layers)[-1].size >= FIELD,
            lambda layers: f"It sees {geometry.receptive_field(layers)[-1].size} of them each way.",
        ),
        Condition(
            f"one channel each, there are at most {WEIGHTS} weights",
            lambda layers: sum(kernel**2 for kernel, *_ in layers) <= WEIGHTS,
            lambda layers: f"There are {sum(kernel**2 for kernel, *_ in layers)}.",
        ),
        Condition(
            "a cell skips no pixel of its field",
            _skips_nothing,
            "Follow one cell down, layer by layer: which pixels lie between those that it reads?",
        ),
    ),
    (
        ("dilations that double", [(3, 1, d, d) for d in (1, 2, 4, 8)], ""),
        (
            "a stride of 2, then dilation",
            [(3, 2, 1, 1), (3, 1, 1, 1), (3, 1, 2, 2), (3, 1, 4, 4), (3, 1, 1, 1)],
            "",
        ),
        (
            "numbers that are no tuples",
            [3, 3, 3],
            "each layer is (kernel, stride, padding, dilation)",
        ),
        ("strides only", [(3, 2, 1, 1)] * 4, "from 32 x 32 pixels at least 16 x 16 cells are left"),
        ("no stride and no dilation", [(3, 1, 1, 1)] * 6, "a cell sees at least 31 x 31 pixels"),
        ("one huge kernel", [(31, 1, 15, 1)], "one channel each, there are at most 60 weights"),
        ("one huge dilation", [(3, 1, 15, 15)], "a cell skips no pixel of its field"),
        (
            "cells made of padding",
            [(3, 1, 0, 1), (3, 1, 0, 2), (3, 1, 0, 4), (3, 1, 0, 8), (1, 1, 7, 1)],
            "from 32 x 32 pixels at least 16 x 16 cells are left",
        ),
        (
            "gaps that lie in the padding",
            [(3, 1, 1, 1), (3, 1, 20, 20)],
            "a cell skips no pixel of its field",
        ),
    ),
)
