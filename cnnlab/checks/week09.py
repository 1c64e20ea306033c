"""Checks of week 9: ResNet and DenseNet."""

import numpy as np

from cnnlab.checks.blocks import block_design
from cnnlab.checks.check import Check, true_or_false
from cnnlab.checks.verdict import Mistake

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "bottleneck_weights",
    "dense_channels",
    "network_depth",
    "residual",
    "residual_gradient",
    "scaling_weights",
    "skip_shape",
    "statements",
]

_random = np.random.default_rng(9)


def _whole(*shape):
    return _random.integers(-4, 5, shape).astype(float)


# -------------------------------------------------------------------- residual


def _branch(draw):
    wide, narrow = draw.count(1, 4), draw.count(1, 4)
    return draw.array(wide), draw.array(narrow, wide), draw.array(wide, narrow)


residual = Check(
    "residual",
    lambda h, W1, W2: W2 @ np.maximum(W1 @ h, 0) + h,
    (
        (_whole(3), _whole(4, 3), _whole(3, 4)),
        (_whole(5), _whole(2, 5), _whole(5, 2)),
        (-np.abs(_whole(4)), _whole(4, 4), _whole(4, 4)),
    ),
    (
        Mistake(
            "The skip is missing.",
            "Add h to what the branch gives.",
            lambda h, W1, W2: W2 @ np.maximum(W1 @ h, 0),
        ),
        Mistake(
            "The ReLU is missing.",
            "It stands between the two matrices.",
            lambda h, W1, W2: W2 @ W1 @ h + h,
        ),
        Mistake(
            "ReLU comes after the second matrix in your answer.",
            "It stands between the two.",
            lambda h, W1, W2: np.maximum(W2 @ W1 @ h, 0) + h,
        ),
        Mistake(
            "ReLU comes after the sum in your answer.",
            "Here it stands between the two matrices, and only there.",
            lambda h, W1, W2: np.maximum(W2 @ W1 @ h + h, 0),
        ),
        Mistake(
            "There is a ReLU too many.",
            "After the sum there is none here.",
            lambda h, W1, W2: np.maximum(W2 @ np.maximum(W1 @ h, 0) + h, 0),
        ),
        Mistake(
            "You concatenated: that is DenseNet.",
            "A residual block adds.",
            lambda h, W1, W2: np.concatenate([h, W2 @ np.maximum(W1 @ h, 0)]),
        ),
        Mistake(
            "There is a second ReLU, behind the second matrix.",
            "The branch ends with the matrix; the skip is added to what comes out.",
            lambda h, W1, W2: np.maximum(W2 @ np.maximum(W1 @ h, 0), 0) + h,
        ),
        Mistake(
            "ReLU acts on h before the first matrix.",
            "It stands between the two matrices.",
            lambda h, W1, W2: W2 @ np.maximum(W1 @ np.maximum(h, 0), 0) + h,
        ),
        Mistake(
            "The skip is added before the ReLU, inside the branch.",
            "It is added at the end.",
            lambda h, W1, W2: W2 @ np.maximum(W1 @ h + (h if len(h) == len(W1) else 0), 0),
        ),
        Mistake(
            "The skip is added twice.",
            "Once.",
            lambda h, W1, W2: W2 @ np.maximum(W1 @ h, 0) + 2 * h,
        ),
        Mistake(
            "You multiplied by h.",
            "The skip is added.",
            lambda h, W1, W2: (W2 @ np.maximum(W1 @ h, 0)) * h,
        ),
        Mistake(
            "You took the absolute value for ReLU.",
            "What is below 0 becomes 0.",
            lambda h, W1, W2: W2 @ np.abs(W1 @ h) + h,
        ),
        Mistake(
            "There is a ReLU on the skip.",
            "h is added as it is.",
            lambda h, W1, W2: W2 @ np.maximum(W1 @ h, 0) + np.maximum(h, 0),
        ),
        Mistake(
            "The slope stands where the ReLU belongs.",
            "ReLU gives the number itself where it is above 0, not 1.",
            lambda h, W1, W2: W2 @ (W1 @ h > 0) + h,
        ),
        Mistake(
            "ReLU acts on h, and not between the matrices.",
            "It stands between the two matrices.",
            lambda h, W1, W2: W2 @ W1 @ np.maximum(h, 0) + h,
        ),
        Mistake(
            "You multiplied cell by cell.",
            "A matrix times a vector is @.",
            lambda h, W1, W2: W2 * np.maximum(W1 * h, 0) + h,
        ),
        Mistake(
            "The skip is missing, and there is a ReLU at the end.",
            "Add h; after the sum there is no ReLU here.",
            lambda h, W1, W2: np.maximum(W2 @ np.maximum(W1 @ h, 0), 0),
        ),
        Mistake(
            "There is neither a ReLU nor a skip.",
            "ReLU stands between the matrices; h is added at the end.",
            lambda h, W1, W2: W2 @ W1 @ h,
        ),
        Mistake(
            "h was overwritten before the skip.",
            "Keep the block's input under a name of its own: it is what is added.",
            lambda h, W1, W2: 2 * (W2 @ np.maximum(W1 @ h, 0)),
        ),
    ),
    draw=_branch,
)

# ----------------------------------------------------------- residual_gradient


def _back(h, W1, W2, after, skip=True, gate=True):
    passing = (W1 @ h > 0) if gate else np.ones(len(W1))
    return W1.T @ (W2.T @ after * passing) + (after if skip else 0)


def _back_with(**how):
    return lambda *arguments: _back(*arguments, **how)


def _branch_and_after(draw):
    wide, narrow = draw.count(1, 4), draw.count(1, 4)
    h = draw.array(wide, kinds=("fractions", "negative")) + 0.17  # no unit is exactly 0
    W1, W2 = draw.array(narrow, wide), draw.array(wide, narrow)
    return h, W1, W2, draw.array(wide)


residual_gradient = Check(
    "residual_gradient",
    _back,
    (
        # No unit of the branch is exactly 0: there ReLU has no slope.
        (np.array([1.3, -2.1, 0.7]), _whole(4, 3), _whole(3, 4), _whole(3)),
        (np.array([0.3, 1.9, -0.7, 2.3, -1.1]), _whole(2, 5), _whole(5, 2), _whole(5)),
        (np.array([-0.9, 1.7, 0.1, 2.9]), _whole(6, 4), _whole(4, 6), _whole(4)),
    ),
    (
        Mistake(
            "The way around is missing.",
            "h' contains h itself: its gradient comes back as it is, besides that of the branch.",
            _back_with(skip=False),
        ),
        Mistake(
            "ReLU lets everything through in your answer.",
            "Where W1 h is below 0, nothing comes back through that unit.",
            _back_with(gate=False),
        ),
        Mistake(
            "You added 1 to each number in place of the gradient.",
            "It is (∂F/∂h + I) times the gradient: the gradient itself is added.",
            lambda *arguments: _back(*arguments, skip=False) + 1,
        ),
        Mistake(
            "Only the way around is there.",
            "The branch sends a gradient back too.",
            lambda h, W1, W2, after: after + 0 * h,
        ),
        Mistake(
            "You let h come back, not the gradient.",
            "What is added is ∂C/∂h'.",
            lambda h, *others: _back(h, *others, skip=False) + h,
        ),
        Mistake(
            "You masked where h is above 0.",
            "What counts is what ReLU gets: W1 h.",
            lambda h, W1, W2, after: (
                W1.T @ (W2.T @ after * (W1 @ h > 0)) * 0
                + ((h > 0) * (W1.T @ (W2.T @ after)))
                + after
            ),
        ),
        Mistake(
            "You put the ReLU's output where its slope belongs.",
            "The slope is 1 or 0.",
            lambda h, W1, W2, after: W1.T @ (W2.T @ after * np.maximum(W1 @ h, 0)) + after,
        ),
        Mistake(
            "You cut off what comes back where it is negative.",
            "What counts is the sign of W1 h.",
            lambda h, W1, W2, after: W1.T @ np.maximum(W2.T @ after, 0) + after,
        ),
        Mistake(
            "That is the block's output.",
            "Asked is what comes back.",
            lambda h, W1, W2, after: W2 @ np.maximum(W1 @ h, 0) + h,
        ),
        Mistake(
            "You gave the matrix of all slopes.",
            "Multiply it by what comes from above.",
            lambda h, W1, W2, after: W2 @ ((W1 @ h > 0)[:, None] * W1) + np.eye(len(h)),
        ),
        Mistake(
            "You multiplied by the slopes, not by their transpose.",
            "On the way back rows and columns change places.",
            lambda h, W1, W2, after: (W2 @ ((W1 @ h > 0)[:, None] * W1) + np.eye(len(h))) @ after,
        ),
        Mistake(
            "You multiplied the two ways.",
            "What comes back on two ways is added.",
            lambda *given: _back(*given, skip=False) * given[3],
        ),
        Mistake(
            "The way around is there twice.",
            "Once.",
            lambda *given: _back(*given) + given[3],
        ),
        Mistake(
            "You sent the gradient through the block as if it were h.",
            "On the way back rows and columns change places, and the slopes of ReLU count.",
            lambda h, W1, W2, after: W2 @ np.maximum(W1 @ after, 0) + after,
        ),
        Mistake(
            "You assumed a ReLU behind the sum.",
            "The block of exercise 1 has none.",
            lambda h, W1, W2, after: _back(h, W1, W2, after * (W2 @ np.maximum(W1 @ h, 0) + h > 0)),
        ),
        Mistake(
            "ReLU lets everything through, and the way around is missing.",
            "Where W1 h is below 0 nothing comes back; and h' contains h itself.",
            _back_with(skip=False, gate=False),
        ),
    ),
    draw=_branch_and_after,
    without=(
        "backward",
        "grad",
    ),
)

# ------------------------------------------------------------- scaling_weights

scaling_weights = Check(
    "scaling_weights",
    (2, 3, "plain"),
    (),
    (
        Mistake(
            "The skip brings h once already.",
            "What must the block's branch add, if 3h is to come out?",
            (3, 3, "plain"),
        ),
        Mistake(
            "A plain layer has no skip.",
            "relu(W h) must be 3h by itself.",
            (2, 2, "plain"),
        ),
        Mistake(
            "The first two are swapped.",
            "First with the skip.",
            (3, 2, "plain"),
        ),
        Mistake(
            "A block cannot give less than h.",
            "relu gives nothing below 0, so the sum is h or more.",
            (2, 3, "both"),
        ),
        Mistake(
            "A block cannot give less than h, and a plain layer can give half of it.",
            "relu gives nothing below 0: what can the block's branch add? And what is relu(h / 2)?",
            (2, 3, "block"),
        ),
        Mistake(
            "A plain layer can give half of h.",
            "What is relu(h / 2) where h is not below 0?",
            (2, 3, "neither"),
        ),
        Mistake(
            "You added what the skip brings.",
            "The branch and h together give 3h.",
            (4, 3, "plain"),
        ),
        Mistake(
            "That is what keeps h as it is.",
            "Three times as much is asked.",
            (0, 1, "plain"),
        ),
    ),
    'two numbers and a word, like (4, 5, "both")',
    words=("block", "plain", "both", "neither"),
    also={"plain layer": "plain", "a plain layer": "plain", "the plain layer": "plain"},
)

# ------------------------------------------------------------------ skip_shape


def _option_a(x, channels, stride=2):
    small = x[:, ::stride, ::stride]
    out = np.zeros((channels, *small.shape[1:]))
    out[: len(x)] = small
    return out


def _repeat(x, channels):
    small = x[:, ::2, ::2]
    return small[np.arange(channels) % len(x)]


def _zeros_first(x, channels):
    out = _option_a(x, channels)
    return np.roll(out, channels - len(x), axis=0)


def _odd_places(x, channels):
    out = _option_a(x, channels)
    part = x[:, 1::2, 1::2]
    out[: len(x), : part.shape[1], : part.shape[2]] = part
    return out


def _maps_and_channels(draw):
    channels = draw.count(1, 3)
    return draw.array(channels, *draw.pair(1, 6)), channels + draw.count(0, 3)


def _padded(x, channels):
    """Maps with zero maps behind them."""
    return np.concatenate([x, np.zeros((channels - len(x), *x.shape[1:]))])


def _by_windows(x, keep):
    """One number of each window of 2 x 2, which may hang over the end."""
    rows, columns = (range(0, size, 2) for size in x.shape[1:])
    return np.array(
        [[[keep(one[i : i + 2, j : j + 2]) for j in columns] for i in rows] for one in x]
    )


skip_shape = Check(
    "skip_shape",
    _option_a,
    ((_whole(2, 4, 6), 4), (_whole(3, 6, 8), 5), (_whole(1, 5, 3), 2)),
    (
        Mistake(
            "Rows and columns are not halved.",
            "Take every other row and column.",
            lambda x, channels: _option_a(x, channels, stride=1),
        ),
        Mistake(
            "You repeated the channels.",
            "The additional channels are zeros.",
            _repeat,
        ),
        Mistake(
            "The zeros come first in your answer.",
            "The old channels keep their places; zeros follow.",
            _zeros_first,
        ),
        Mistake(
            "You started at the second row and column.",
            "The first window of a convolution with stride 2 is centred on the first pixel.",
            _odd_places,
        ),
        Mistake(
            "The new channels are missing.",
            "Both parts of a sum must have the same number of channels.",
            lambda x, channels: x[:, ::2, ::2],
        ),
        Mistake(
            "You kept the second, fourth, ... rows and columns.",
            "Begin with the first.",
            lambda x, channels: _padded(x[:, 1::2, 1::2], channels),
        ),
        Mistake(
            "You rounded the size down.",
            "Of 5 rows 0, 2 and 4 are kept.",
            lambda x, channels: _padded(
                x[:, ::2, ::2][:, : x.shape[1] // 2, : x.shape[2] // 2], channels
            ),
        ),
        Mistake(
            "You added `channels` zero maps.",
            "So many that there are `channels` in all.",
            lambda x, channels: _padded(x[:, ::2, ::2], channels + len(x)),
        ),
        Mistake(
            "You took means.",
            "Every other number is kept as it is.",
            lambda x, channels: _padded(
                (
                    x[:, : x.shape[1] // 2 * 2 : 2, : x.shape[2] // 2 * 2 : 2]
                    + x[:, 1::2, : x.shape[2] // 2 * 2 : 2]
                    + x[:, : x.shape[1] // 2 * 2 : 2, 1::2]
                    + x[:, 1::2, 1::2]
                )
                / 4,
                channels,
            ),
        ),
        Mistake(
            "Only the rows are halved.",
            "Columns too.",
            lambda x, channels: _padded(x[:, ::2], channels),
        ),
        Mistake(
            "Only the columns are halved.",
            "Rows too.",
            lambda x, channels: _padded(x[:, :, ::2], channels),
        ),
        Mistake(
            "You kept the first half.",
            "Every other row and column.",
            lambda x, channels: _padded(
                x[:, : -(-x.shape[1] // 2), : -(-x.shape[2] // 2)], channels
            ),
        ),
        Mistake(
            "The new maps are ones.",
            "They are zeros.",
            lambda x, channels: np.concatenate(
                [x[:, ::2, ::2], np.ones((channels - len(x), *x[0, ::2, ::2].shape))]
            ),
        ),
        Mistake(
            "Zeros stand on both sides.",
            "First the old maps, then the zeros.",
            lambda x, channels: np.roll(
                _padded(x[:, ::2, ::2], channels), (channels - len(x)) // 2, axis=0
            ),
        ),
        Mistake(
            "You took means of 2 x 2.",
            "Every other row and column is kept as it is.",
            lambda x, channels: _padded(_by_windows(x, np.mean), channels),
        ),
        Mistake(
            "You took the largest of 2 x 2.",
            "Every other row and column is kept as it is.",
            lambda x, channels: _padded(_by_windows(x, np.max), channels),
        ),
        Mistake(
            "You left out every other channel too.",
            "All channels stay.",
            lambda x, channels: _padded(x[::2, ::2, ::2], channels),
        ),
        Mistake(
            "You left out channels and rows.",
            "Axis 0 holds the channels: rows and columns are axes 1 and 2.",
            lambda x, channels: _padded(x[::2, ::2], channels),
        ),
        Mistake(
            "The last channel comes again.",
            "The additional channels are zeros.",
            lambda x, channels: x[np.minimum(np.arange(channels), len(x) - 1)][:, ::2, ::2],
        ),
    ),
    draw=_maps_and_channels,
)

# ---------------------------------------------------------- bottleneck_weights


def _widths(draw):
    channels, narrow = draw.count(1, 40), draw.count(1, 20)
    return channels, narrow, draw.pick(channels, draw.count(1, 40))


def _skip(channels, wide):
    return channels * wide if channels != wide else 0


def _weights_of(bottleneck, plain, skip=_skip):
    """The two counts, of what stands in each branch and on the skip."""

    def answer(channels, narrow, wide):
        given = channels, narrow, wide
        return bottleneck(*given) + skip(channels, wide), plain(*given) + skip(channels, wide)

    return answer


def _three(channels, narrow, wide):
    return channels * narrow + 9 * narrow**2 + narrow * wide


def _two(channels, narrow, wide):
    return 9 * channels * wide + 9 * wide**2


bottleneck_weights = Check(
    "bottleneck_weights",
    _weights_of(_three, _two),
    ((256, 64, 256), (64, 64, 256), (96, 20, 80)),
    (
        Mistake(
            "The projection is missing.",
            "Where `channels` and `wide` differ, the skip is a 1 x 1 convolution.",
            _weights_of(_three, _two, skip=lambda channels, wide: 0),
        ),
        Mistake(
            "Your skip has weights even where the shapes agree.",
            "There h is added as it is.",
            _weights_of(_three, _two, skip=lambda channels, wide: channels * wide),
        ),
        Mistake(
            "Your projection is 3 x 3.",
            "It has one weight for each pair of maps.",
            _weights_of(_three, _two, skip=lambda channels, wide: 9 * _skip(channels, wide)),
        ),
        Mistake(
            "Only the bottleneck has a projection.",
            "The other block has the same skip.",
            lambda channels, narrow, wide: (
                _three(channels, narrow, wide) + _skip(channels, wide),
                _two(channels, narrow, wide),
            ),
        ),
        Mistake(
            "You counted the 1 x 1 convolutions as free.",
            "They have a weight for each pair of maps.",
            _weights_of(lambda channels, narrow, wide: 9 * narrow**2, _two),
        ),
        Mistake(
            "The last 1 x 1 convolution is missing.",
            "One reduces, one widens again.",
            _weights_of(lambda channels, narrow, wide: channels * narrow + 9 * narrow**2, _two),
        ),
        Mistake(
            "The first 1 x 1 convolution is missing.",
            "One reduces, one widens again.",
            _weights_of(lambda channels, narrow, wide: 9 * narrow**2 + narrow * wide, _two),
        ),
        Mistake(
            "The bottleneck comes back to as many maps as it has read.",
            "Its last convolution makes `wide` maps.",
            _weights_of(lambda channels, narrow, wide: 2 * channels * narrow + 9 * narrow**2, _two),
        ),
        Mistake(
            "Your bottleneck reads `wide` maps.",
            "It reads `channels`.",
            _weights_of(lambda channels, narrow, wide: 2 * narrow * wide + 9 * narrow**2, _two),
        ),
        Mistake(
            "Your 3 x 3 convolution works on the wide maps.",
            "It stands between the two 1 x 1, on the narrow ones.",
            _weights_of(
                lambda channels, narrow, wide: channels * narrow + 9 * wide**2 + narrow * wide, _two
            ),
        ),
        Mistake(
            "The 3 x 3 widens in your bottleneck.",
            "It stays narrow; the last 1 x 1 widens.",
            _weights_of(lambda channels, narrow, wide: channels * narrow + 9 * narrow * wide, _two),
        ),
        Mistake(
            "There are two 3 x 3 convolutions to compare with.",
            "Count both.",
            _weights_of(_three, lambda channels, narrow, wide: 9 * channels * wide),
        ),
        Mistake(
            "Both 3 x 3 convolutions read `wide` maps in your answer.",
            "The first reads `channels`.",
            _weights_of(_three, lambda channels, narrow, wide: 18 * wide**2),
        ),
        Mistake(
            "Your bottleneck has two 3 x 3.",
            "One, between two 1 x 1.",
            _weights_of(
                lambda *given: _three(*given) + 9 * given[1] ** 2,
                _two,
            ),
        ),
        Mistake(
            "The two numbers are swapped.",
            "First the bottleneck.",
            lambda *given: _weights_of(_three, _two)(*given)[::-1],
        ),
        Mistake(
            "You added biases.",
            "Count the weights of the convolutions only.",
            _weights_of(
                lambda *given: _three(*given) + 2 * given[1] + given[2],
                lambda *given: _two(*given) + 2 * given[2],
                skip=lambda channels, wide: _skip(channels, wide) + wide * (channels != wide),
            ),
        ),
        Mistake(
            "You counted the normalizations too.",
            "Count the weights of the convolutions only.",
            _weights_of(
                lambda *given: _three(*given) + 4 * given[1] + 2 * given[2],
                lambda *given: _two(*given) + 4 * given[2],
                skip=lambda channels, wide: _skip(channels, wide) + 2 * wide * (channels != wide),
            ),
        ),
        Mistake(
            "Your 3 x 3 windows have 3 weights.",
            "3 x 3 is 9.",
            _weights_of(
                lambda channels, narrow, wide: channels * narrow + 3 * narrow**2 + narrow * wide,
                lambda channels, narrow, wide: 3 * channels * wide + 3 * wide**2,
            ),
        ),
        Mistake(
            "All three convolutions of your bottleneck are 3 x 3.",
            "1 x 1, 3 x 3, 1 x 1.",
            _weights_of(
                lambda channels, narrow, wide: 9 * (channels * narrow + narrow**2 + narrow * wide),
                _two,
            ),
        ),
        Mistake(
            "Both 3 x 3 convolutions go from `channels` to `wide` in your answer.",
            "The second reads what the first gives.",
            _weights_of(_three, lambda channels, narrow, wide: 18 * channels * wide),
        ),
        Mistake(
            "Your two 3 x 3 convolutions meet in `narrow` maps.",
            "They go from `channels` to `wide` and from `wide` to `wide`.",
            _weights_of(_three, lambda channels, narrow, wide: 9 * narrow * (channels + wide)),
        ),
        Mistake(
            "You project only where there are more maps than before.",
            "Fewer must be projected too.",
            _weights_of(
                _three, _two, skip=lambda channels, wide: channels * wide * (channels < wide)
            ),
        ),
    ),
    draw=_widths,
)

# --------------------------------------------------------------- network_depth

_STAGES = {"18": (2, 2, 2, 2), "34": (3, 4, 6, 3), "50": (3, 4, 6, 3), "152": (3, 8, 36, 3)}


def _blocks(draw):
    stages = tuple(draw.count(1, 9) for _ in range(draw.count(1, 5)))
    return draw.pick("basic", "bottleneck"), stages


def _in_name(block, stages):
    return (2 if block == "basic" else 3) * sum(stages) + 2


def _projections(block, stages):
    return len(stages) - (block == "basic")


def _depth_of(named, projections=_projections):
    """The two counts, of what the name counts and of the projections."""

    def answer(block, stages):
        return named(block, stages), named(block, stages) + projections(block, stages)

    return answer


network_depth = Check(
    "network_depth",
    _depth_of(_in_name),
    (
        ("basic", _STAGES["18"]),
        ("basic", _STAGES["34"]),
        ("bottleneck", _STAGES["50"]),
        ("bottleneck", _STAGES["152"]),
    ),
    (
        Mistake(
            "The first and the last layer are missing.",
            "A 7 x 7 convolution before the stages, a fully connected layer after them.",
            _depth_of(lambda block, stages: _in_name(block, stages) - 2),
        ),
        Mistake(
            "One layer outside of the stages is missing.",
            "There are two: the first convolution, and the fully connected layer.",
            _depth_of(lambda block, stages: _in_name(block, stages) - 1),
        ),
        Mistake(
            "A bottleneck has three layers.",
            "1 x 1, 3 x 3, 1 x 1.",
            _depth_of(lambda block, stages: _in_name("basic", stages)),
        ),
        Mistake(
            "You counted blocks.",
            "A basic block has two layers that learn, a bottleneck three.",
            _depth_of(lambda block, stages: sum(stages) + 2),
        ),
        Mistake(
            "You counted the stages, not their blocks.",
            "Each number of `stages` is a count of blocks.",
            _depth_of(lambda block, stages: _in_name(block, [1] * len(stages))),
        ),
        Mistake(
            "You counted the pooling too.",
            "Only layers with weights count.",
            _depth_of(lambda block, stages: _in_name(block, stages) + 1),
        ),
        Mistake(
            "That is the formula for the small networks, 6n + 2.",
            "Here the stages have numbers of blocks of their own.",
            _depth_of(lambda block, stages: 6 * stages[0] + 2),
        ),
        Mistake(
            "The last stage is left out.",
            "All stages count.",
            _depth_of(lambda block, stages: _in_name(block, stages[:-1])),
        ),
        Mistake(
            "The first number counts the projections.",
            "The name leaves them out; the second number has them.",
            lambda block, stages: (_depth_of(_in_name)(block, stages)[1],) * 2,
        ),
        Mistake(
            "The second number leaves out the projections.",
            "They are convolutions too, though the name does not count them.",
            _depth_of(_in_name, lambda block, stages: 0),
        ),
        Mistake(
            "The two numbers are swapped.",
            "First what the name counts.",
            lambda *given: _depth_of(_in_name)(*given)[::-1],
        ),
        Mistake(
            "You counted a projection in the first stage of basic blocks.",
            "There 64 maps come in and 64 go out, of one size: h is added as it is.",
            _depth_of(_in_name, lambda block, stages: len(stages)),
        ),
        Mistake(
            "A bottleneck's first stage has a projection too.",
            "64 maps come in and four times as many go out as its 3 x 3 has.",
            _depth_of(_in_name, lambda block, stages: len(stages) - 1),
        ),
        Mistake(
            "You counted a projection for each block.",
            "Only a stage's first block changes the shape.",
            _depth_of(_in_name, lambda block, stages: sum(stages)),
        ),
        Mistake(
            "You give how many projections there are.",
            "The second number is that of all layers.",
            lambda *given: (_in_name(*given), _projections(*given)),
        ),
        Mistake(
            "The first and the last layer are in the second number only.",
            "The name counts them too.",
            lambda *given: (_in_name(*given) - 2, _in_name(*given) + _projections(*given)),
        ),
        Mistake(
            "The second number has a layer too many.",
            "Poolings have no weights: convolutions and fully connected layers count.",
            lambda *given: (_in_name(*given), _in_name(*given) + _projections(*given) + 1),
        ),
        Mistake(
            "You took four stages for granted.",
            "`stages` may have more or fewer.",
            _depth_of(_in_name, lambda block, stages: 4 - (block == "basic")),
        ),
        Mistake(
            "You counted a projection for every block but a stage's first.",
            "It is the first one that changes the shape.",
            _depth_of(_in_name, lambda block, stages: sum(stages) - len(stages)),
        ),
    ),
    draw=_blocks,
)

# -------------------------------------------------------------- dense_channels


def _dense_blocks(draw):
    blocks = tuple(draw.count(1, 6) for _ in range(draw.count(1, 4)))
    return draw.count(1, 20), draw.count(1, 9), blocks


def _dense_channels(start, growth, blocks):
    channels, found = start, []
    for count in blocks:
        for _ in range(count):
            found.append(channels)
            channels += growth
        channels //= 2
    return found


def _blocks_of(start, growth, blocks, halve=lambda channels: channels // 2):
    """What the layers read, a list for each block."""
    channels, found = start, []
    for count in blocks:
        found.append([channels + number * growth for number in range(count)])
        channels = halve(channels + count * growth)
    return found


def _flat(lists):
    return [number for part in lists for number in part]


def _halved_by(halve):
    return lambda *given: _flat(_blocks_of(*given, halve))


def _multiplied(start, growth, blocks):
    channels, found = start, []
    for count in blocks:
        for _ in range(count):
            found.append(channels)
            channels *= growth
        channels //= 2
    return found


def _new_halved(start, growth, blocks):
    channels, found = start, []
    for count in blocks:
        found += [channels + number * growth for number in range(count)]
        channels += count * growth // 2
    return found


dense_channels = Check(
    "dense_channels",
    _dense_channels,
    ((64, 32, (6, 12, 24, 16)), (24, 12, (5, 3)), (10, 7, (1, 2, 2))),
    (
        Mistake(
            "The transitions are missing.",
            "Between two blocks a transition halves the channels.",
            _halved_by(lambda channels: channels),
        ),
        Mistake(
            "Your transition halves to `start`.",
            "It gets all maps of the block before it.",
            lambda start, growth, blocks: _halved_by(lambda channels: start // 2)(
                start, growth, blocks
            ),
        ),
        Mistake(
            "You added the maps; a DenseNet puts them side by side.",
            "Every layer brings `growth` new maps, and the old ones stay.",
            lambda start, growth, blocks: [start] + [growth] * (sum(blocks) - 1),
        ),
        Mistake(
            "You gave what there is after each layer.",
            "Asked is what it reads: its own new maps are not among it.",
            lambda start, growth, blocks: [
                number + growth for number in _dense_channels(start, growth, blocks)
            ],
        ),
        Mistake(
            "You gave one number for each block.",
            "One for each layer.",
            lambda start, growth, blocks: [
                part[-1] + growth for part in _blocks_of(start, growth, blocks)
            ],
        ),
        Mistake(
            "You gave what the first layer of each block reads.",
            "One number for each layer.",
            lambda *given: [part[0] for part in _blocks_of(*given)],
        ),
        Mistake(
            "You gave a list for each block.",
            "One list for all layers.",
            lambda *given: _blocks_of(*given),
        ),
        Mistake(
            "Each layer doubles what there is.",
            "Every layer brings `growth` new maps, however many there are.",
            lambda start, growth, blocks: _flat(
                [start * 2**number for number in range(count)] for count in blocks
            ),
        ),
        Mistake(
            "The last layer of a block brings no maps in your answer.",
            "The transition gets its maps too.",
            lambda start, growth, blocks: _flat(
                _blocks_of(start, growth, blocks, lambda channels: (channels - growth) // 2)
            ),
        ),
        Mistake(
            "You round up.",
            "The transition keeps the whole half: down.",
            _halved_by(lambda channels: -(-channels // 2)),
        ),
        Mistake(
            "You round to the nearest whole number.",
            "The transition keeps the whole half: down.",
            _halved_by(lambda channels: round(channels / 2)),
        ),
        Mistake(
            "You do not round.",
            "The transition keeps the whole half: down.",
            _halved_by(lambda channels: channels / 2),
        ),
        Mistake(
            "Every block starts from the start.",
            "It gets what the transition before it gives.",
            lambda start, growth, blocks: _flat(
                _blocks_of(start, growth, blocks, lambda channels: start)
            ),
        ),
        Mistake(
            "You listed the transitions too.",
            "One number for each layer of the blocks.",
            lambda start, growth, blocks: _flat(
                [*part, part[-1] + growth] for part in _blocks_of(start, growth, blocks)
            ),
        ),
        Mistake(
            "A layer reads the new maps of the layer before it only.",
            "It reads all maps of its block.",
            lambda start, growth, blocks: _flat(
                [part[0], *[growth] * (len(part) - 1)] for part in _blocks_of(start, growth, blocks)
            ),
        ),
        Mistake(
            "The growth rate multiplies.",
            "Every layer *adds* `growth` maps.",
            lambda start, growth, blocks: _multiplied(start, growth, blocks),
        ),
        Mistake(
            "You halve after every layer.",
            "Only between two blocks.",
            lambda start, growth, blocks: _dense_channels(start, growth, (1,) * sum(blocks)),
        ),
        Mistake(
            "Your transition halves the new maps only.",
            "It gets all maps, and halves all.",
            lambda start, growth, blocks: _new_halved(start, growth, blocks),
        ),
        Mistake(
            "What is left at the end stands in your list too.",
            "One number for each layer: what it reads.",
            lambda start, growth, blocks: [
                *_dense_channels(start, growth, blocks),
                _blocks_of(start, growth, blocks)[-1][-1] + growth,
            ],
        ),
        Mistake(
            "The first layer of each block is left out.",
            "It reads what the block gets.",
            lambda *given: _flat(part[1:] for part in _blocks_of(*given)),
        ),
    ),
    draw=_dense_blocks,
)

# ------------------------------------------------------------------ statements

statements = true_or_false(
    "statements",
    ("false", "true", "false", "false", "true", "false"),
    (
        (
            "an overfitted network is good on its training images.",
            "Which loss was larger in section 1?",
        ),
        (
            "what does a deep network need to do what a shallow one does?",
            "Let the additional layers be the identity.",
        ),
        ("with a skip, W = I gives 2h.", "The identity is W = 0."),
        ("6n + 2 = 18 has no whole n.", "n = 3 gives 20 layers."),
        ("look at the derivative again.", "What is ∂C/∂x, if ∂F/∂x is nearly 0?"),
        (
            "which of the two adds, which concatenates?",
            "In DenseNet the old maps stay beside the new ones.",
        ),
    ),
)

# ---------------------------------------------------------------------- blocks

BasicBlock = block_design("BasicBlock")
Bottleneck = block_design("Bottleneck")
