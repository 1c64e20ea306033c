"""The inception budget."""

from cnnlab.widgets import (
    InceptionBudget,
)


def test_the_inception_budget_is_the_handouts_without_its_error():
    scene = InceptionBudget().current
    assert scene.note.startswith(
        "In all 271,351,808 multiply-accumulates, 31.8 % of the 854,196,224"
    )
    assert scene.panels["steps"].values.tolist() == [
        25_690_112, 12_845_056, 86_704_128, 12_845_056, 120_422_400, 12_845_056,
    ]  # fmt: skip
    assert scene.panels["branches"].sizes[-1] == (480, 28, 28)
    naive = InceptionBudget(before3=0, before5=0, pooled=0).current
    assert "854,196,224 multiply-accumulates, 100.0 %" in naive.note
    assert naive.panels["branches"].sizes[-1] == (672, 28, 28)


def test_the_branches_fork_and_join_and_a_reduction_may_be_left_out():
    flow = InceptionBudget().current.panels["flow"]
    joined = len(flow.nodes) - 1
    assert len(flow.fed(0)) == 4 and len(flow.feeds(joined)) == 4
    assert flow.nodes[joined].text == "480 maps"
    naive = InceptionBudget(before3=0, before5=0, pooled=0).current.panels["flow"]
    assert [node.label for node in naive.nodes] == ["x", "1x1", "3x3", "5x5", "max 3x3", "concat"]
