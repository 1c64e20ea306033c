"""A training loop that is short enough to read.

It seeds itself, shows a progress bar and the curves, and stops between two batches
when it is interrupted: nothing that was learned is lost, and ``run`` goes on there.
"""

import math
import signal
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from time import perf_counter

import torch
from torch.nn.functional import cross_entropy, softmax
from tqdm.auto import tqdm

from cnnlab.arguments import integer, short, text
from cnnlab.draw.look import color_of
from cnnlab.draw.static import encode
from cnnlab.ops import as_numbers

__all__ = ["Epoch", "Training", "accuracy", "probabilities"]

RIGHT = "test images that are right"
REDRAW = 1.0  # seconds between two drawings of the curves
WIDTH = 760  # pixels of the curves
AT_ONCE = 500  # images, where nothing is learned
MOST_CLASSES = 1_000_000
IMAGES = (1, 2, 3, 4, 5)  # legal numbers of axes; the first counts them


@dataclass(frozen=True)
class Epoch:
    """What one epoch gave.

    Attributes
    ----------
    number : int
        The first is 1.
    loss : float
        Mean of the batches' losses while it was learning.
    test_accuracy : float
        Share of the test images that are right after it, or the score that was given; NaN
        without test images.
    """

    number: int
    loss: float
    test_accuracy: float


class Training:
    """Train a network, and be able to stop, look, go on, save and load.

    Unless a loss is given, the network is a classifier.

    Parameters
    ----------
    model : torch.nn.Module
        From images to scores, one for each class. It is trained in place.
    train : (array_like, array_like)
        Images (N, ...), and labels (N,) from 0 on. With a loss of your own, the second
        may have any shape (N, ...).
    test : (array_like, array_like), optional
        Images and labels that are never learned from.
    rate : float
        Learning rate of Adam.
    batch : int
        Images in one step.
    seed : int
        Decides the order of the images and what dropout drops. The weights that the
        model starts with are its own: call ``torch.manual_seed`` before making it.
    classes : int, optional
        By default the largest label and one.
    augment : callable, optional
        From a batch of images to one of the same shape, anew for each batch.
    loss : callable, optional
        ``loss(output, targets)`` gives a tensor of one number; by default the
        cross-entropy of scores and labels.
    score : callable, optional
        ``score(model, images, targets)`` gives a share after each epoch, in test mode and
        without gradients; by default, without a loss of your own, that of the images
        that are right.
    measure : str
        What the score is.

    Attributes
    ----------
    history : list of Epoch
        The finished epochs.
    losses : list of float
        The loss of each batch.

    Raises
    ------
    ValueError
        If there are no images, images and labels differ in number, a label is no
        class, the model gives another number of scores, or the loss is no number.

    References
    ----------
    Kingma and Ba, 2015, "Adam: a method for stochastic optimization",
    arXiv:1412.6980.

    Examples
    --------
    >>> images = torch.eye(4).reshape(4, 1, 2, 2)
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 4))
    >>> training = Training(model, (images, [0, 1, 2, 3]), (images, [0, 1, 2, 3]), rate=0.1)
    >>> training.run(epochs=30, live=False)
    >>> training.history[-1].test_accuracy
    1.0
    """

    def __init__(
        self, model, train, test=None, *, rate=2e-3, batch=64, seed=0, classes=None, augment=None,
        loss=None, score=None, measure=RIGHT,
    ):  # fmt: skip
        self.model = _module(model)
        for name, function in (("loss", loss), ("score", score)):
            if function is not None and not callable(function):
                raise ValueError(f"{name} is {short(function)}, but it must be a function.")
        labelled = loss is None
        self.loss = cross_entropy if labelled else loss
        self.score, self.measure = (
            score or (accuracy if labelled else None),
            text("measure", measure),
        )
        self.train = _pair("train", train, labelled)
        self.test = None if test is None else _pair("test", test, labelled)
        self.batch, self.seed = integer("batch", batch, 1), integer("seed", seed, 0)
        if augment is not None and not callable(augment):
            raise ValueError(f"augment is {short(augment)}, but it must be a function of a batch.")
        self.augment = augment
        if not isinstance(rate, (int, float)) or not 0 < rate < math.inf:
            raise ValueError(f"rate is {short(rate)}, but it must be a number above 0.")
        if labelled:
            self._check_labels(classes)
        self.optimizer = torch.optim.Adam(model.parameters(), lr=rate)
        self.losses, self.history = [], []
        self._goal = 0  # epochs that were asked for

    @property
    def steps(self):
        """Batches in one epoch; the last may be smaller."""
        return math.ceil(len(self.train[0]) / self.batch)

    def run(self, epochs=None, live=True):
        """Train for some epochs; the first goes on where it was interrupted.

        Parameters
        ----------
        epochs : int, optional
            If left out, the epochs that an interruption left over, or one.
        live : bool
            Show the progress bar and the curves.
        """
        done = len(self.history)
        if epochs is not None:
            self._goal = done + integer("epochs", epochs, 1)
        end = self._goal = max(self._goal, done + 1)
        view = _View(self, end) if live else None
        with _stop_between_batches() as stop:
            while len(self.history) < end:
                self._epoch(stop, view)
                if stop.is_set() and len(self.history) < end:
                    print(
                        f"Stopped after {len(self.losses)} of {end * self.steps} batches. What was "
                        "learned is kept; run() goes on from here."
                    )
                    break
        if view:
            view.close()

    def _epoch(self, stop, view):
        """One epoch, or what is left of it."""
        images, labels = self.train
        epoch = len(self.history)
        order = torch.randperm(len(images), generator=_generator(self.seed, epoch))
        # What an interrupted epoch has learned already, or one whose score raised.
        for step in range(len(self.losses) - epoch * self.steps, self.steps):
            if stop.is_set():
                return
            chosen = order[step * self.batch : (step + 1) * self.batch]
            self.losses.append(self.step(images[chosen], labels[chosen]))
            if view:
                view.show()
        self.history.append(
            Epoch(
                epoch + 1,
                sum(self.losses[-self.steps :]) / self.steps,
                self._score() if self._scored else math.nan,
            )
        )

    def _score(self):
        with _looked_at(self.model):
            score = self.score(self.model, *self.test)
        try:
            return float(score)
        except (TypeError, ValueError, RuntimeError):
            raise ValueError(f"score gave {short(score)}, but it must give one number.") from None

    @property
    def _plots(self):
        """The loss, and beside it the score if there may be one."""
        return 2 if self._scored or self.score is accuracy else 1

    @property
    def _scored(self):
        return self.test is not None and self.score is not None

    def step(self, images, labels):
        """Learn from one batch; returns its loss.

        Everything random in it follows from the seed and the number of the step, so
        that an interrupted training gives the same weights as an unbroken one.
        """
        self.model.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed * 1_000_003 + len(self.losses))
            if self.augment is not None:
                images = self.augment(images)
            loss = self.loss(self.model(images), labels)
            if not isinstance(loss, torch.Tensor) or loss.numel() != 1 or not loss.requires_grad:
                raise ValueError(
                    f"loss gave {short(loss)}, but it must give a tensor of one number that "
                    "follows from what the model gave."
                )
            if not torch.isfinite(loss):
                raise ValueError(
                    f"The loss became {loss.item()} in step {len(self.losses) + 1}. Often the "
                    f"learning rate is too large: it is {self.optimizer.param_groups[0]['lr']:g}. "
                    "Make a new model and try a tenth of it."
                )
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return loss.item()

    def save(self, path):
        """Write the model, the optimizer and the curves to a file."""
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "losses": self.losses,
                "order": [self.batch, self.seed, len(self.train[0])],
                "history": [asdict(epoch) for epoch in self.history],
            },
            path,
        )

    def load(self, path):
        """Take up what :meth:`save` wrote; `run` goes on from there.

        Raises
        ------
        ValueError
            If the file was not written by `save`, or for another model, batch size,
            seed or number of images; then nothing is changed.
        """
        stored = torch.load(path, weights_only=True)
        if not isinstance(stored, dict) or "order" not in stored:
            raise ValueError(f"{path} was not written by Training.save.")
        order = [self.batch, self.seed, len(self.train[0])]
        if stored["order"] != order:
            raise ValueError(
                f"{path} was trained with batch, seed and number of images {stored['order']}, but "
                f"here they are {order}: going on would not be the same training."
            )
        shapes = {name: part.shape for name, part in self.model.state_dict().items()}
        if shapes != {name: part.shape for name, part in stored["model"].items()}:
            raise ValueError(f"{path} does not fit this model: its parts have other shapes.")
        self.model.load_state_dict(stored["model"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.losses = stored["losses"]
        self.history = [Epoch(**epoch) for epoch in stored["history"]]

    def _check_labels(self, classes):
        """Labels must be classes, and the model must give a score for each."""
        labels = torch.cat([pair[1] for pair in (self.train, self.test) if pair is not None])
        self.classes = int(labels.max()) + 1
        if classes is not None:
            self.classes = integer("classes", classes, 1, MOST_CLASSES)
        if labels.min() < 0 or labels.max() >= self.classes:
            raise ValueError(
                f"labels run from {int(labels.min())} to {int(labels.max())}, but for "
                f"{self.classes} classes they must run from 0 to {self.classes - 1}."
            )
        images = self.train[0][:1]
        scores = _scores(self.model, images)
        if scores.shape != (len(images), self.classes):
            raise ValueError(
                f"the model gives scores of shape {tuple(scores.shape)} for one image, but the "
                f"labels name {self.classes} classes: the shape must be (1, {self.classes}). "
                "(If the largest class is among no labels, say how many there are: classes=10.)"
            )

    def figure(self):
        """The curves so far.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from matplotlib.figure import Figure

        plots = self._plots
        figure = Figure(figsize=(plots * WIDTH / 200, 2.5), layout="constrained")
        left, *right = figure.subplots(1, plots, squeeze=False)[0]
        left.plot(
            [(step + 1) / self.steps for step in range(len(self.losses))], self.losses,
            color=color_of("kernel"), lw=0.8,
        )  # fmt: skip
        left.set(title="loss of each batch", xlabel="epochs", yscale="log")
        for axes in right:
            self._draw_scores(axes)
        for axes in (left, *right):
            axes.spines[["top", "right"]].set_visible(False)
        return figure

    def _draw_scores(self, axes):
        numbers = [epoch.number for epoch in self.history]
        shares = [100 * epoch.test_accuracy for epoch in self.history]
        axes.plot(numbers, shares, "o-", color=color_of("output"), ms=4)
        axes.set(title=f"{self.measure}, %", xlabel="epochs")
        axes.xaxis.get_major_locator().set_params(integer=True)
        if shares:
            axes.annotate(
                f"{shares[-1]:.1f}", (numbers[-1], shares[-1]), xytext=(0, -14),
                textcoords="offset points", ha="right",
            )  # fmt: skip

    @property
    def description(self):
        """The curves in words."""
        lines = [f"Training: {len(self.losses)} batches, {len(self.history)} epochs"]
        for epoch in self.history:
            line = f"- epoch {epoch.number}: loss {epoch.loss:.3f}"
            if self._scored:
                share = f"{100 * epoch.test_accuracy:.1f} %"
                ours = self.measure == RIGHT
                line += (
                    f", {share} of the test images right" if ours else f", {self.measure} {share}"
                )
            lines.append(line)
        return "\n".join(lines)

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": encode(self.figure()), "text/plain": self.description}
        width = self._plots * WIDTH // 2
        shown = {"alt": self.description, "needs_background": "light", "width": width}
        return data, {"image/png": shown}


def accuracy(model, images, labels):
    """Share of the images that a model gets right.

    Parameters
    ----------
    model : torch.nn.Module
        Is put into test mode meanwhile.
    images : array_like, shape (N, ...)
    labels : array_like, shape (N,)

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there are no images, or another number of labels.

    Examples
    --------
    >>> accuracy(torch.nn.Identity(), [[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    """
    images, labels = _pair("images and labels", (images, labels))
    scores = _scores(_module(model), images)
    if scores.ndim != 2 or len(scores) != len(images):
        raise ValueError(
            f"the model gives scores of shape {tuple(scores.shape)} for {len(images)} images, but "
            f"the shape must be ({len(images)}, classes)."
        )
    return (scores.argmax(dim=1) == labels).double().mean().item()


def probabilities(model, images):
    """What a model says of images: a probability for each class.

    Parameters
    ----------
    model : torch.nn.Module
        Gives scores; is put into test mode meanwhile.
    images : array_like, shape (N, ...)

    Returns
    -------
    numpy.ndarray, shape (N, K)

    Examples
    --------
    >>> probabilities(torch.nn.Identity(), [[0.0, 0.0]])
    array([[0.5, 0.5]], dtype=float32)
    """
    return softmax(
        _scores(_module(model), _tensor("images", images, IMAGES).float()), dim=1
    ).numpy()


@contextmanager
def _looked_at(model):
    """Test mode and no gradients; each layer's mode is put back."""
    before = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in before.items():
            module.training = training


def _scores(model, images):
    """Scores in test mode and without gradients; the mode is put back."""
    try:
        with _looked_at(model):
            # Copies: a model may work in place, and the images are the caller's.
            parts = [model(part.clone()) for part in images.split(AT_ONCE)]
    except RuntimeError as error:
        raise ValueError(
            f"the model cannot take images of shape {tuple(images.shape)}: {error}"
        ) from error
    if not isinstance(parts[0], torch.Tensor):
        raise ValueError(
            f"the model gives a {type(parts[0]).__name__}, but it must give one tensor of scores."
        )
    return torch.cat(parts)


def _module(model):
    if not isinstance(model, torch.nn.Module):
        raise ValueError(f"model is {short(model)}, but it must be a torch module.")
    return model


def _tensor(name, values, axes):
    """Real numbers as floats, or a sentence that says what is wrong."""
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        if not values.is_complex() and not values.is_sparse:
            exact = torch.float64 if values.is_floating_point() else values.dtype
            values = values.to(exact).numpy()
    return torch.tensor(as_numbers(name, values, axes))


def _pair(name, pair, labelled=True):
    """Images and labels (or other targets) as tensors, or a sentence that says what is wrong."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(f"{name} is {short(pair)}, but it must be a pair (images, labels).")
    if hasattr(pair[0], "shape") and 0 in pair[0].shape:
        raise ValueError(f"{name} is empty: the images have shape {tuple(pair[0].shape)}.")
    images = _tensor(f"{name}: images", pair[0], IMAGES).float()
    if not labelled:
        targets = _tensor(f"{name}: targets", pair[1], IMAGES)
        if len(targets) != len(images):
            raise ValueError(f"{name} has {len(images)} images, but {len(targets)} targets.")
        return images, targets.float() if targets.is_floating_point() else targets.long()
    labels = _tensor(f"{name}: labels", pair[1], (0, 1, 2))
    if labels.shape != (len(images),):
        raise ValueError(
            f"{name} has {len(images)} images, so its labels must have shape ({len(images)},), "
            f"but they have shape {tuple(labels.shape)}."
        )
    if labels.is_floating_point() and not torch.equal(labels, labels.round()):
        raise ValueError(f"{name} has labels that are not whole numbers.")
    return images, labels.long()


def _generator(seed, epoch):
    return torch.Generator().manual_seed(seed * 1_000_003 + epoch)


@contextmanager
def _stop_between_batches():
    """Turn "Interrupt Kernel" into a wish, so that no step is left half done.

    A second interrupt stops at once. Elsewhere than on the main thread Python takes
    no signals; there the event is never set.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def wish(number, frame):
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, wish)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


class _View:
    """The progress bar, and in a notebook the curves."""

    def __init__(self, training, end):
        from IPython import get_ipython
        from IPython.display import display

        self.training, self.shown = training, perf_counter()
        self.handle = display(training, display_id=True) if get_ipython() else None
        done = len(training.losses)
        self.bar = tqdm(total=end * training.steps, initial=done)

    def show(self):
        training = self.training
        self.bar.set_description(f"epoch {len(training.history) + 1}", False)
        self.bar.set_postfix_str(f"loss {training.losses[-1]:.3f}", False)
        self.bar.update()
        if self.handle and perf_counter() - self.shown > REDRAW:
            self.handle.update(training)
            self.shown = perf_counter()

    def close(self):
        self.bar.close()
        if self.handle:
            self.handle.update(self.training)
