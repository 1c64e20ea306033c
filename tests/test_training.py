"""Training is reproducible, can be interrupted, and says what is wrong."""

import copy
import signal
import threading

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.data import load_mnist
from cnnlab.models import lenet5
from cnnlab.training import Epoch, Training, accuracy, probabilities

IMAGES = torch.rand(40, 1, 4, 4, generator=torch.Generator().manual_seed(1))
LABELS = torch.arange(40) % 3


def small(dropout=0.5):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(dropout),
        nn.Linear(16, 3),
    )  # fmt: skip


def trained(epochs=3, augment=None, **options):
    training = Training(
        small(), (IMAGES, LABELS), (IMAGES, LABELS), batch=16, augment=augment, **options
    )
    training.run(epochs, live=False)
    return training


def equal(one, other):
    """Whether two models have the same numbers, to the last bit."""
    states = one.state_dict(), other.state_dict()
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_the_same_seed_gives_the_same_weights():
    first, second = trained(), trained()
    assert equal(first.model, second.model) and first.losses == second.losses
    other = trained(seed=1)
    assert not equal(first.model, other.model)
    assert len(first.losses) == 9 and [e.number for e in first.history] == [1, 2, 3]


def test_it_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    model = copy.deepcopy(small())
    torch.manual_seed(5)
    Training(model, (IMAGES, LABELS)).run(2, live=False)
    assert torch.equal(torch.rand(3), expected)


def test_it_learns_as_torch_learns():
    """One epoch, written out."""
    training = trained(epochs=1)
    model = small()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    order = torch.randperm(40, generator=torch.Generator().manual_seed(0))
    for step in range(3):
        chosen = order[16 * step : 16 * step + 16]
        torch.manual_seed(step)
        loss = nn.CrossEntropyLoss()(model(IMAGES[chosen]), LABELS[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert training.losses[step] == loss.item()
    assert equal(training.model, model)
    assert training.history[0].loss == pytest.approx(np.mean(training.losses))


@pytest.mark.parametrize("after", [1, 2, 3, 5])
def test_interrupted_and_continued_is_as_if_never_interrupted(after, capsys):
    seen = []

    def interrupt(images):
        seen.append(len(images))
        if len(seen) == after:
            signal.raise_signal(signal.SIGINT)
        return images

    training = Training(small(), (IMAGES, LABELS), (IMAGES, LABELS), batch=16, augment=interrupt)
    before = copy.deepcopy(training.model)
    training.run(3, live=False)
    assert len(training.losses) == after and not equal(training.model, before)
    assert "What was learned is kept" in capsys.readouterr().out
    training.run(live=False)  # what was left of the three
    assert len(training.history) == 3
    whole = trained()
    assert equal(training.model, whole.model)
    assert training.losses == whole.losses and training.history == whole.history


def test_the_handler_of_interrupts_is_put_back_and_a_second_one_acts():
    usual = signal.getsignal(signal.SIGINT)

    def twice(images):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        return images

    with pytest.raises(KeyboardInterrupt):
        trained(augment=twice)
    assert signal.getsignal(signal.SIGINT) is usual


def test_it_runs_beside_the_main_thread_too():
    result = []
    thread = threading.Thread(target=lambda: result.append(trained()))
    thread.start()
    thread.join()
    assert len(result[0].history) == 3


def test_saved_and_loaded_it_goes_on_the_same_way(tmp_path):
    whole = trained(epochs=4)
    first = trained(epochs=2)
    path = tmp_path / "내 모델.pt"
    first.save(path)
    torch.manual_seed(9)
    second = Training(small(), (IMAGES, LABELS), (IMAGES, LABELS), batch=16)
    nn.init.zeros_(second.model[0].weight)
    second.load(path)
    assert second.history == first.history and isinstance(second.history[0], Epoch)
    second.run(2, live=False)
    assert equal(second.model, whole.model) and second.losses == whole.losses
    other = Training(nn.Sequential(nn.Flatten(), nn.Linear(16, 3)), (IMAGES, LABELS), batch=16)
    with pytest.raises(ValueError, match="does not fit this model"):
        other.load(path)
    with pytest.raises(ValueError, match="batch, seed and number of images \\[16, 0, 40\\]"):
        Training(small(), (IMAGES, LABELS)).load(path)
    torch.save(first.model.state_dict(), path)
    with pytest.raises(ValueError, match="was not written by Training.save"):
        second.load(path)


class Broken(nn.Module):
    """Scores that are no numbers, while learning."""

    def __init__(self):
        super().__init__()
        self.inside = small()

    def forward(self, x):
        return self.inside(x) * (torch.nan if self.training else 1)


class Pair(nn.Module):
    def forward(self, x):
        return x, x


WRONG = {
    "train is empty: the images have shape \\(0, 1, 4, 4\\)": lambda: Training(
        small(), (IMAGES[:0], LABELS[:0])
    ),
    "test is empty": lambda: Training(small(), (IMAGES, LABELS), (IMAGES[:0], LABELS[:0])),
    "40 images, so its labels must have shape \\(40,\\), but they have shape \\(39,\\)": lambda: (
        Training(small(), (IMAGES, LABELS[1:]))
    ),
    "labels run from 0 to 3, but for 3 classes they must run from 0 to 2": lambda: Training(
        small(), (IMAGES, torch.arange(40) % 4), classes=3
    ),
    "labels run from -1 to 1": lambda: Training(small(), (IMAGES, LABELS - 1)),
    "labels that are not whole numbers": lambda: Training(small(), (IMAGES, LABELS + 0.5)),
    "gives scores of shape \\(1, 3\\) for one image, but the labels name 4 classes": lambda: (
        Training(small(), (IMAGES, torch.arange(40) % 4))
    ),
    "gives scores of shape \\(1, 4, 2, 2\\)": lambda: Training(small()[:1], (IMAGES, LABELS)),
    "the model cannot take images of shape \\(1, 1, 9, 9\\)": lambda: Training(
        small(), (torch.zeros(6, 1, 9, 9), LABELS[:6])
    ),
    "The loss became nan in step 1. .* the learning rate is too large: it is 0.002": lambda: (
        Training(Broken(), (IMAGES, LABELS)).run(live=False)
    ),
    "train: images is nan at index": lambda: Training(small(), (IMAGES * torch.nan, LABELS)),
    "batch is 0, but it must be at least 1": lambda: Training(small(), (IMAGES, LABELS), batch=0),
    "epochs is 1.5": lambda: Training(small(), (IMAGES, LABELS)).run(1.5),
    "the model gives a tuple": lambda: Training(Pair(), (IMAGES, LABELS)),
    "gives scores of shape \\(40, 3, 1\\) for 40 images": lambda: accuracy(
        nn.Sequential(small(), nn.Unflatten(1, (3, 1))), IMAGES, LABELS
    ),
    "images and labels is empty": lambda: accuracy(small(), IMAGES[:0], LABELS[:0]),
}


@pytest.mark.parametrize("words", WRONG)
def test_what_goes_wrong_is_told_in_one_sentence(words):
    with pytest.raises(ValueError, match=words):
        WRONG[words]()


def test_a_loss_that_is_no_number_changes_nothing():
    training = Training(small(), (IMAGES, LABELS), rate=1e-3)
    nn.init.constant_(training.model[5].bias, float("inf"))
    before = copy.deepcopy(training.model[0].weight)
    with pytest.raises(ValueError, match="The loss became nan"):
        training.run(live=False)
    assert torch.equal(training.model[0].weight, before) and training.losses == []


def test_looking_at_accuracy_leaves_the_model_as_it_was():
    model = small().train()
    mean = model[1].running_mean.clone()
    share = accuracy(model, IMAGES, LABELS)
    assert model.training and torch.equal(model[1].running_mean, mean)
    model.eval()
    with torch.no_grad():
        expected = (model(IMAGES).argmax(1) == LABELS).double().mean().item()
        assert np.allclose(probabilities(model, IMAGES), model(IMAGES).softmax(1))
    assert share == expected and not model.training


def test_numpy_arrays_and_more_images_than_fit_at_once_will_do():
    images = np.zeros((1203, 3), dtype=np.float64)
    labels = np.arange(1203) % 3
    images[np.arange(1203), labels] = 1
    assert accuracy(nn.Identity(), images, labels) == 1
    assert probabilities(nn.Identity(), images).shape == (1203, 3)


def test_the_curves_are_a_picture_with_words():
    training = trained(epochs=2)
    data, metadata = training._repr_mimebundle_()
    assert data["image/png"].startswith("iVBOR")
    assert data["text/plain"].startswith("Training: 6 batches, 2 epochs\n- epoch 1: loss ")
    assert metadata["image/png"]["alt"] == data["text/plain"]
    axes = training.figure().axes
    assert len(axes[0].lines[0].get_xdata()) == 6
    shares = [100 * epoch.test_accuracy for epoch in training.history]
    assert axes[1].lines[0].get_ydata().tolist() == shares
    assert Training(small(), (IMAGES, LABELS))._repr_mimebundle_()  # before the first epoch


def test_the_progress_is_shown(capsys):
    training = Training(small(), (IMAGES, LABELS), (IMAGES, LABELS), batch=16)
    training.run(2)
    shown = capsys.readouterr().err
    assert "epoch 2" in shown and "6/6" in shown and f"loss {training.losses[-1]:.3f}" in shown


def test_lenet_learns_the_bundled_digits():
    train, test = load_mnist(flatten=False)
    torch.manual_seed(0)
    training = Training(lenet5(), train, test)
    training.run(8, live=False)
    assert training.history[-1].test_accuracy > 0.95


def test_an_interrupt_in_the_last_batch_is_no_stop(capsys):
    def interrupt(images):
        if len(training.losses) == 5:
            signal.raise_signal(signal.SIGINT)
        return images

    training = Training(small(), (IMAGES, LABELS), batch=16, augment=interrupt)
    training.run(2, live=False)
    assert len(training.history) == 2 and capsys.readouterr().out == ""
    training.run(live=False)
    assert len(training.history) == 3
    assert training.description.endswith(f"epoch 3: loss {training.history[2].loss:.3f}")


class InPlace(nn.Module):
    def forward(self, x):
        return x.sub_(0.5).flatten(1)


def test_a_model_that_works_in_place_leaves_the_images_alone():
    images = np.random.default_rng(0).random((9, 1, 2, 2)).astype(np.float32)
    before = images.copy()
    shares = {accuracy(InPlace(), images, np.arange(9) % 4) for _ in range(3)}
    probabilities(InPlace(), images)
    training = Training(nn.Sequential(InPlace(), nn.Linear(4, 4)), (images, np.arange(9) % 4))
    training.run(2, live=False)
    assert np.array_equal(images, before) and len(shares) == 1


def test_each_layer_keeps_its_own_mode():
    model = small().train()
    model[1].eval()  # a frozen normalization
    accuracy(model, IMAGES, LABELS)
    assert model.training and not model[1].training


# --------------------------------------------------------- a loss of one's own


def masks():
    images = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    return images, (images[:, 0] > 0.5).long()


def test_a_loss_of_ones_own_learns_what_it_asks_for():
    images, wanted = masks()
    asked = []

    def right(model, x, t):
        asked.append(model.training)
        with torch.no_grad():
            return (model.eval()(x).argmax(1) == t).float().mean()

    training = Training(
        torch.nn.Conv2d(1, 2, 1), (images, wanted), (images, wanted), rate=0.3, batch=3,
        loss=torch.nn.functional.cross_entropy, score=right, measure="pixels that are right",
    )  # fmt: skip
    training.run(40, live=False)
    assert training.history[-1].test_accuracy > 0.95 and len(asked) == 40
    assert "pixels that are right 9" in training.description or "right 100" in training.description
    assert [axes.get_title() for axes in training.figure().axes] == [
        "loss of each batch", "pixels that are right, %"]  # fmt: skip


def test_targets_may_be_numbers_and_without_a_score_there_is_one_curve():
    images, _ = masks()
    training = Training(
        torch.nn.Conv2d(1, 1, 1), (images, 3 * images + 1), rate=0.1, batch=6,
        loss=torch.nn.functional.mse_loss,
    )  # fmt: skip
    training.run(400, live=False)
    layer = training.model
    assert layer.weight.item() == pytest.approx(3, abs=0.05)
    assert layer.bias.item() == pytest.approx(1, abs=0.05)
    assert len(training.figure().axes) == 1 and "%" not in training.description


@pytest.mark.parametrize(("given", "words"), [
    ({"loss": 3}, "loss is 3, but it must be a function"),
    ({"loss": torch.nn.functional.mse_loss, "score": "iou"}, "score is 'iou', but it must be a f"),
    ({"loss": torch.nn.functional.mse_loss, "measure": 5}, "measure is 5, but it must be text"),
])  # fmt: skip
def test_a_loss_that_is_none_is_refused(given, words):
    images, wanted = masks()
    with pytest.raises(ValueError, match=words):
        Training(torch.nn.Conv2d(1, 2, 1), (images, wanted), **given)
    with pytest.raises(ValueError, match="train has 6 images, but 5 targets"):
        Training(torch.nn.Conv2d(1, 2, 1), (images, wanted[:5]), loss=torch.nn.functional.mse_loss)


def test_a_score_looks_in_test_mode_and_one_that_raises_loses_nothing():
    images, wanted = masks()
    model = torch.nn.Sequential(torch.nn.BatchNorm2d(1), torch.nn.Conv2d(1, 2, 1))
    fail, seen = [True], []

    def score(model, x, t):
        seen.append((model.training, torch.is_grad_enabled()))
        model(x + 100)  # in training mode this would move the running mean
        if fail.pop() if fail else False:
            raise KeyError("once")
        return 0.5

    training = Training(
        model, (images, wanted), (images, wanted), batch=2, score=score,
        loss=torch.nn.functional.cross_entropy,
    )  # fmt: skip
    with pytest.raises(KeyError):
        training.run(2, live=False)
    training.run(live=False)
    assert [epoch.number for epoch in training.history] == [1, 2]
    assert len(training.losses) == 2 * training.steps and set(seen) == {(False, False)}
    assert model[0].running_mean.abs().item() < 1 and model.training


@pytest.mark.parametrize(
    "loss",
    [
        lambda output, targets: None, lambda output, targets: 3.0,
        lambda output, targets: output.detach().sum(),
        lambda output, targets: output.flatten(1).sum(1),
    ],
)  # fmt: skip
def test_a_loss_that_gives_no_number_is_told(loss):
    images, wanted = masks()
    with pytest.raises(ValueError, match="loss gave"):
        Training(torch.nn.Conv2d(1, 2, 1), (images, wanted), loss=loss).run(1, live=False)


def test_a_score_that_gives_no_number_is_told():
    images, wanted = masks()
    training = Training(
        torch.nn.Conv2d(1, 2, 1), (images, wanted), (images, wanted),
        loss=torch.nn.functional.cross_entropy, score=lambda *_: None,
    )  # fmt: skip
    with pytest.raises(ValueError, match="score gave None"):
        training.run(1, live=False)
