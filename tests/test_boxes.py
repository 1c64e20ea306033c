"""Boxes, regions of a map and average precision: against loops, torch and worked values."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab import boxes as bx
from cnnlab.boxes import (
    anchors,
    average_precision,
    box_area,
    box_iou,
    decode,
    encode,
    match_detections,
    nms,
    region_bins,
    roi_align,
    roi_pool,
    to_center,
    to_corner,
)


def random_boxes(random, count, most=20):
    corners = random.integers(0, most, (count, 2, 2))
    corners = np.sort(corners, axis=1)
    return corners.reshape(count, 4).astype(float)


@given(n=st.integers(0, 6), m=st.integers(0, 6), seed=st.integers(0, 999))
@settings(max_examples=150, deadline=None)
def test_overlaps_are_those_that_can_be_counted(n, m, seed):
    """Whole numbers: the cells of both boxes can be counted one by one."""
    random = np.random.default_rng(seed)
    a, b = random_boxes(random, n), random_boxes(random, m)
    found = box_iou(a, b)
    assert found.shape == (n, m)
    sheets = []
    for rows in (a, b):
        sheet = np.zeros((len(rows), 20, 20), dtype=bool)
        for place, (x1, y1, x2, y2) in enumerate(rows.astype(int)):
            sheet[place, y1:y2, x1:x2] = True
        sheets.append(sheet)
    np.testing.assert_array_equal(box_area(a), sheets[0].sum(axis=(1, 2)))
    for i, j in np.ndindex(n, m):
        both, either = sheets[0][i] & sheets[1][j], sheets[0][i] | sheets[1][j]
        expected = both.sum() / either.sum() if either.any() else 0
        assert found[i, j] == pytest.approx(expected)


def test_boxes_that_do_not_meet_have_no_overlap():
    """Two negative lengths multiply to a positive area, if nobody looks."""
    assert box_iou([[0, 0, 1, 1]], [[5, 5, 9, 9]]).item() == 0
    assert box_iou([[0, 0, 2, 2]], [[2, 0, 4, 2]]).item() == 0


@given(n=st.integers(0, 6), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_corners_centres_and_offsets_come_back(n, seed):
    random = np.random.default_rng(seed)
    one, other = random_boxes(random, n), random_boxes(random, n)
    np.testing.assert_allclose(to_corner(to_center(one)), one, atol=1e-12)
    one[:, 2:] += 1  # an area
    other[:, 2:] += 1
    np.testing.assert_allclose(decode(one, encode(one, other)), other, atol=1e-9)
    np.testing.assert_array_equal(encode(one, one), np.zeros((n, 4)))


def test_offsets_are_in_units_of_the_anchor():
    (found,) = encode([[0, 0, 10, 20]], [[4, 10, 24, 20]])
    np.testing.assert_allclose(found, [0.9, 0.25, np.log(2), np.log(0.5)])


@given(n=st.integers(0, 12), threshold=st.floats(0, 1), seed=st.integers(0, 999))
@settings(max_examples=150, deadline=None)
def test_suppression_keeps_what_no_better_one_covers(n, threshold, seed):
    random = np.random.default_rng(seed)
    rows, scores = random_boxes(random, n, 8), random.integers(0, 5, n) / 4
    kept = nms(rows, scores, threshold).tolist()
    assert [scores[i] for i in kept] == sorted((scores[i] for i in kept), reverse=True)
    overlap = box_iou(rows, rows)
    for place, i in enumerate(kept):
        assert all(overlap[i, j] <= threshold for j in kept[:place])
    for i in set(range(n)) - set(kept):
        better = [j for j in kept if scores[j] >= scores[i]]
        assert any(overlap[i, j] > threshold for j in better)


def test_of_equal_scores_the_earlier_box_stays_and_the_threshold_itself_is_kept():
    twins = [[0, 0, 4, 4], [0, 0, 4, 4]]
    assert nms(twins, [0.5, 0.5], 0.9).tolist() == [0]
    half = [[0, 0, 4, 4], [0, 0, 4, 2]]
    assert nms(half, [0.9, 0.8], 0.5).tolist() == [0, 1]
    assert nms(half, [0.9, 0.8], 0.49).tolist() == [0]


def test_nine_anchors_at_each_place():
    found = anchors(2, 3, 16, sizes=[128, 256, 512], ratios=[0.5, 1, 2])
    assert found.shape == (2 * 3 * 9, 4)
    centre = to_center(found)
    np.testing.assert_allclose(centre[:9, :2], [[8, 8]] * 9)
    np.testing.assert_allclose(centre[9:18, :2], [[24, 8]] * 9)
    np.testing.assert_allclose(centre[27:36, :2], [[8, 24]] * 9)
    areas = box_area(found[:9])
    np.testing.assert_allclose(areas, np.repeat([128**2, 256**2, 512**2], 3))
    np.testing.assert_allclose(centre[:3, 3] / centre[:3, 2], [0.5, 1, 2])


@given(
    rows=st.integers(1, 9), columns=st.integers(1, 9), size=st.tuples(st.integers(1, 4),
    st.integers(1, 4)), seed=st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_a_region_is_pooled_as_torch_pools_it(rows, columns, size, seed):
    """Torch's adaptive pooling has the same bins, from the floor to the ceiling."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(2, 10, 11))
    top, left = int(random.integers(0, 11 - rows)), int(random.integers(0, 12 - columns))
    box = [left, top, left + columns - 1, top + rows - 1]
    region = torch.tensor(features[:, top : top + rows, left : left + columns])
    expected = torch.nn.functional.adaptive_max_pool2d(region, size)
    np.testing.assert_array_equal(roi_pool(features, box, size), expected)


def test_the_pyramid_has_fifty_bins():
    bins = [len(region_bins((13, 13), [0, 0, 12, 12], n)) for n in (6, 3, 2, 1)]
    assert bins == [36, 9, 4, 1] and sum(bins) == 50


def test_a_region_is_rounded_and_may_leave_the_map():
    features = np.arange(16.0).reshape(1, 4, 4)
    assert roi_pool(features, [8, 8, 40, 24], 1, scale=1 / 16).item() == features[0, 2, 3]
    beside = roi_pool(features, [10, 10, 20, 20], 2)
    assert beside.tolist() == [[[0, 0], [0, 0]]]


def test_aligned_regions_are_interpolated_point_by_point():
    random = np.random.default_rng(0)
    features, box, scale = random.normal(size=(3, 7, 8)), np.array([5.3, 2.1, 22.0, 18.7]), 1 / 3
    found = roi_align(features, box, (2, 3), scale, samples=2)
    left, top, right, bottom = box * scale
    expected = np.zeros((3, 2, 3))
    for i, j in np.ndindex(2, 3):
        for p, q in np.ndindex(2, 2):
            y = top + (bottom - top) * (i + (p + 0.5) / 2) / 2 - 0.5
            x = left + (right - left) * (j + (q + 0.5) / 2) / 3 - 0.5
            y, x = np.clip(y, 0, 6), np.clip(x, 0, 7)
            row, column = min(int(y), 5), min(int(x), 6)
            dy, dx = y - row, x - column
            cell = features[:, row : row + 2, column : column + 2]
            weights = np.outer([1 - dy, dy], [1 - dx, dx])
            expected[:, i, j] += (cell * weights).sum(axis=(1, 2)) / 4
    np.testing.assert_allclose(found, expected)


def test_each_true_box_is_hit_once_by_the_best_score():
    truth = [[0, 0, 10, 10], [20, 20, 30, 30]]
    found = [[0, 0, 10, 9], [0, 0, 10, 10], [20, 20, 30, 26], [50, 50, 60, 60]]
    assert match_detections(found, [0.8, 0.9, 0.7, 0.6], truth).tolist() == [
        False, True, True, False,
    ]  # fmt: skip
    assert match_detections(found, [0.8, 0.9, 0.7, 0.6], truth, 0.7).tolist() == [
        False, True, False, False,
    ]  # fmt: skip
    assert match_detections(np.zeros((0, 4)), [], truth).tolist() == []
    assert match_detections(found, [1, 1, 1, 1], []).tolist() == [False] * 4


def test_average_precision_of_a_worked_example():
    """Five of seven found; by hand: precision 1, 1, 2/3, 3/4, 3/5, 4/6, 5/7, ..."""
    hits = [1, 1, 0, 1, 0, 1, 1, 0]
    steps = [1, 1, 3 / 4, 5 / 7, 5 / 7]  # the envelope at each hit
    assert average_precision(hits, 7) == pytest.approx(sum(steps) / 7)
    raw = [1, 1, 3 / 4, 4 / 6, 5 / 7]
    assert average_precision(hits, 7) > sum(raw) / 7, "the envelope falls, the curve does not"
    recalls = np.cumsum(hits) / 7
    for method, count in (("11", 11), ("101", 101)):
        wanted = np.linspace(0, 1, count)
        precision = np.cumsum(hits) / np.arange(1, 9)
        best = [max(precision[recalls >= r - 1e-12], default=0) for r in wanted]
        assert average_precision(hits, 7, method) == pytest.approx(np.mean(best))


@given(hits=st.lists(st.integers(0, 1), max_size=20), missed=st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_average_precision_is_the_area_under_the_envelope(hits, missed):
    positives = max(sum(hits) + missed, 1)
    found = average_precision(hits, positives)
    area, before = 0.0, 0.0
    precision = [sum(hits[: n + 1]) / (n + 1) for n in range(len(hits))]
    for place in range(len(hits)):
        recall = sum(hits[: place + 1]) / positives
        area += (recall - before) * max(precision[place:])
        before = recall
    assert found == pytest.approx(area)
    assert 0 <= found <= 1
    if hits == sorted(hits, reverse=True) and not missed and any(hits):
        assert found == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: box_area([[3, 0, 1, 2]]), "boxes has the row"),
        (lambda: box_iou([[0, 0, 1]], [[0, 0, 1, 1]]), r"a has shape \(1, 3\)"),
        (lambda: nms([[0, 0, 1, 1]], [0.5, 0.6], 0.5), "scores has shape"),
        (lambda: nms([[0, 0, 1, 1]], [0.5], 1.5), "threshold is 1.5"),
        (lambda: nms([[0, 0, 1, 1]], [np.nan], 0.5), "scores is nan"),
        (lambda: encode([[0, 0, 0, 1]], [[0, 0, 1, 1]]), "anchors has a box without"),
        (lambda: encode([[0, 0, 1, 1]], [[0, 0, 1, 1]] * 2), "must be alike"),
        (lambda: decode([[0, 0, 1, 1]], [[0, 0, 1]]), "must be alike"),
        (lambda: to_corner([[0, 0, -1, 1]]), "at least 0"),
        (lambda: anchors(1, 1, 16, [0], [1]), "sizes is 0"),
        (lambda: anchors(9999, 9999, 16, [1], [1]), "at most 1,000,000"),
        (lambda: roi_pool(np.ones((1, 3, 3)), [0, 0, 1], 2), "box has shape"),
        (lambda: roi_pool(np.ones((1, 3, 3)), [0, 0, 1, 1], 2, 0), "scale is 0"),
        (lambda: roi_align(np.ones((1, 3, 3)), [2, 0, 1, 1], 2), "box has the row"),
        (lambda: average_precision([0.5], 1), "hits holds other numbers"),
        (lambda: average_precision([1, 1], 1), "at least 2, the hits"),
        (lambda: average_precision([1], 1, "10"), "one of all, 11, 101"),
    ],
)
def test_a_bad_argument_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_everything_public_is_in_the_list():
    assert sorted(bx.__all__) == bx.__all__


# ---------------------------------------------------------------------- the grid


@given(st.integers(0, 10_000), st.integers(1, 9), st.sampled_from([4, 8, 15.5]))
@settings(max_examples=80, deadline=None)
def test_targets_are_read_back_as_the_boxes(seed, cells, stride):
    """What a perfect network gives for the targets are the true boxes and labels."""
    random = np.random.default_rng(seed)
    centers = random.permutation(cells**2)[: random.integers(0, cells**2) + 1]
    rows, columns = centers // cells, centers % cells
    x, y = ((part + random.uniform(0.05, 0.95, len(part))) * stride for part in (columns, rows))
    width, height = random.uniform(0.1, 0.9, (2, len(x))) * cells * stride
    truth = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
    labels = random.integers(0, 4, len(truth))
    assert bx.responsible_cells(truth, stride).tolist() == np.stack([rows, columns], 1).tolist()
    target = bx.grid_targets(truth, labels, cells, stride)
    assert target[0].sum() == len(truth)
    output = np.full((9, cells, cells), -30.0)
    shares = np.clip(target[1:5], 1e-9, 1 - 1e-9)
    output[:5] = [np.where(target[0] > 0, 30, -30), *np.log(shares / (1 - shares))]
    for row, column in zip(rows, columns, strict=True):
        output[5 + int(target[5, row, column]), row, column] = 30
    found, scores, kinds = bx.grid_boxes(output, stride)
    sure = np.flatnonzero(scores > 0.5)
    order = np.argsort(centers)
    assert np.array_equal(sure, centers[order])
    assert np.allclose(found[sure], truth[order], atol=1e-4)
    assert np.array_equal(kinds[sure], labels[order])


def test_the_cell_with_the_centre_by_hand():
    assert bx.responsible_cells([[0, 0, 16, 16], [15, 15, 16.9, 16.9]], 8).tolist() == [
        [1, 1], [1, 1]]  # fmt: skip
    target = bx.grid_targets(np.zeros((0, 4)), [], 3, 8)
    assert target.shape == (6, 3, 3) and not target.any()
    both = bx.grid_targets([[0, 0, 8, 8], [2, 2, 6, 6]], [1, 2], 2, 8)
    assert both[:, 0, 0].tolist() == [1, 0.5, 0.5, 0.25, 0.25, 2], "the later one takes the cell"
    with pytest.raises(ValueError, match="whose centre is not on the grid"):
        bx.grid_targets([[20, 20, 30, 30]], [1], 3, 8)


def test_a_grid_is_squashed_without_overflow():
    output = np.full((7, 2, 3), 1e6)
    boxes, scores, _ = bx.grid_boxes(output, 8)
    assert np.isfinite(boxes).all() and np.allclose(scores, 0.5)
    assert boxes.shape == (6, 4) and np.allclose(boxes[0], [8 - 12, 8 - 8, 8 + 12, 8 + 8])


def test_the_curve_goes_on_detection_by_detection():
    recall, precision, envelope = bx.precision_recall([1, 0, 1], 4)
    assert recall.tolist() == [0.25, 0.25, 0.5] and precision.tolist() == [1, 0.5, 2 / 3]
    assert envelope.tolist() == [1, 2 / 3, 2 / 3]
    assert all(part.shape == (0,) for part in bx.precision_recall([], 4))


def test_scores_of_few_bits_do_not_wrap():
    twins = [[0, 0, 4, 4], [0, 0, 4, 4]]
    scores = np.array([200, 0], dtype=np.uint8)
    assert bx.nms(twins, scores, 0.5).tolist() == [0]
    assert bx.match_detections(twins, scores, twins[:1]).tolist() == [True, False]
