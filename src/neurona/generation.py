"""How good made-up samples are: what a classifier, trained on the real ones, takes them for.

A sample that the classifier is sure about looks like one of the classes; samples of every class show that the net
makes all of what it saw and not only the easiest part.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor, nn

from neurona.data.dataset import Dataset, Split
from neurona.data.inputs import Pixels
from neurona.errors import InputError
from neurona.fit.batches import part_size
from neurona.fit.checkpoint import load_weights, save_weights
from neurona.fit.fit import Fit
from neurona.language import _
from neurona.nets import convnet
from neurona.run import Run
from neurona.tasks.generative import Generative

SAMPLES = 1000
ENOUGH = 5
CLASSIFIER = "classifier.safetensors"
LAYERS = (
    "conv 16 3 pad same", "bn", "relu", "pool 2",
    "conv 32 3 pad same", "bn", "relu", "pool 2",
    "flatten", "linear 128", "relu",
)  # fmt: skip
# The classifier trains until it has seen so many pictures: three epochs of MNIST.
SEEN = 150_000
MOST_EPOCHS = 30


def generated(run: Run, count: int = SAMPLES, seed: int = 0) -> Tensor:
    """Return new samples of a run, `(count, ...)` in the numbers that its net sees.

    Args:
        run: of a variational or an adversarial task.
        count: how many.
        seed: of the noise that they are made from.

    Raises:
        InputError: the run makes no samples.
    """
    return made(run, run.net(), count, seed)


def made(run: Run, net: nn.Module, count: int, seed: int = 0) -> Tensor:
    """Return new samples as `generated` does, made by `net`, such as that of a snapshot."""
    task = run.task
    if not isinstance(task, Generative):
        problem = _("{path} holds a net that makes no new samples.").format(path=run.path)
        raise InputError(problem, _('Train with data.task = "variational" or "adversarial".'))
    noise = torch.randn(count, task.noise(net), generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        return torch.cat([task.made(net, part) for part in noise.split(part_size(run.inputs))])


def sample_confidence(run: Run) -> float:
    """Return the mean, over 1,000 new samples, of the largest probability that a classifier gives to any class.

    Raises:
        InputError: the run makes no samples, or its data have no classes to tell apart.
    """
    return _confidence(run, generated(run))


def real_confidence(run: Run) -> float:
    """Return the same mean for the first 1,000 real pictures of test (else train): what `sample_confidence` can reach.

    Raises:
        InputError: the data of the run have no classes to tell apart.
    """
    return _confidence(run, run.inputs.prepare(_real(run).x[:SAMPLES]))


def sample_classes(run: Run) -> float:
    """Return how many classes have at least 5 among 1,000 new samples, by what a classifier takes them for.

    Raises:
        InputError: the run makes no samples, or its data have no classes to tell apart.
    """
    found = _probabilities(run, generated(run)).argmax(1)
    counts = torch.bincount(found, minlength=len(run.target.classes))
    return float((counts >= ENOUGH).sum())


def classifier_accuracy(run: Run) -> float:
    """Return the share of the real pictures of test (else train) that the classifier behind the measures gets right.

    Raises:
        InputError: the data of the run have no classes to tell apart.
    """
    real = _real(run)
    right = _probabilities(run, run.inputs.prepare(real.x)).argmax(1) == real.y
    return float(right.float().mean())


def _confidence(run: Run, x: Tensor) -> float:
    return float(_probabilities(run, x).amax(1).mean())


def _probabilities(run: Run, x: Tensor) -> Tensor:
    """Return the probability of each class for pictures as the net sees them, `(n, classes)`."""
    net = classifier(run)
    with torch.inference_mode():
        return torch.cat([net(part).softmax(1) for part in x.split(part_size(run.inputs))])


def classifier(run: Run) -> nn.Module:
    """Return a convolutional classifier of the run's pictures, in evaluation mode; it is trained the first time.

    Its weights are kept beside the run, in `classifier.safetensors`.

    Raises:
        InputError: the data of the run are no pictures with a class each.
    """
    data = _labelled(run)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = convnet(data.shape, len(data.classes), list(LAYERS))
    path = run.path / CLASSIFIER
    if path.exists():
        net.load_state_dict(load_weights(path))
        return net.eval()
    epochs = min(MOST_EPOCHS, math.ceil(SEEN / len(data.train)))
    for _epoch in Fit(net, data, epochs=epochs, lr=0.01, schedule="one-cycle"):
        pass
    save_weights(path, net.state_dict())
    return net.cpu().eval()


def _real(run: Run) -> Split:
    data = run.data()
    return data.test if len(data.test) else data.train


def _labelled(run: Run) -> Dataset:
    data = run.data()
    if not isinstance(data.inputs, Pixels) or not data.classes or data.train.y.dtype != torch.int64:
        problem = _("The data of {path} are no pictures with a class each, which could tell what samples look like.")
        raise InputError(problem.format(path=run.path))
    return replace(data, task="multiclass")
