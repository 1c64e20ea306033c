"""Scores of a segmentation: against loops, and where accuracy flatters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.segmentation import confusion, scores


@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=4), classes=st.integers(1, 5),
    seed=st.integers(0, 999),
)  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_counts_and_scores_are_those_of_the_definition(shape, classes, seed):
    random = np.random.default_rng(seed)
    truth, said = random.integers(0, classes, (2, *shape))
    table = confusion(truth, said, classes)
    for i, j in np.ndindex(classes, classes):
        assert table[i, j] == ((truth == i) & (said == j)).sum()
    found = scores(table)
    assert found.pixel_accuracy == pytest.approx((truth == said).mean())
    accuracies, overlaps = [], []
    for k in range(classes):
        either = ((truth == k) | (said == k)).sum()
        if either:
            overlaps.append(((truth == k) & (said == k)).sum() / either)
            assert found.iou[k] == pytest.approx(overlaps[-1])
        else:
            assert np.isnan(found.iou[k])
        if (truth == k).any():
            accuracies.append((said[truth == k] == k).mean())
    assert found.mean_accuracy == pytest.approx(np.mean(accuracies))
    assert found.mean_iou == pytest.approx(np.mean(overlaps))


def test_calling_everything_background_is_accurate_and_worthless():
    found = scores(confusion([0] * 95 + [1] * 5, [0] * 100, 2))
    assert found.pixel_accuracy == 0.95 and found.mean_iou == pytest.approx(0.475)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: confusion([0, 2], [0, 1], 2), "truth holds int64 from 0 to 2"),
        (lambda: confusion([0, 1], [0.0, 1.0], 2), "prediction holds float64"),
        (lambda: confusion([0, 1], [[0, 1]], 2), "must be alike"),
        (lambda: confusion([0], [0], 0), "classes is 0"),
        (lambda: scores([[1, 2]]), "must be a square table"),
        (lambda: scores([[0]]), "not all 0"),
        (lambda: scores([[1, -1], [0, 1]]), "must be a square table"),
    ],
)
def test_a_bad_argument_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
