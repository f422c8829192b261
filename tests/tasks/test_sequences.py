"""Tasks over sequences: padding does not count, and metrics agree with scikit-learn on the steps that are there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from torch import Tensor, nn

from neurona.data.dataset import PADDING
from neurona.errors import InputError
from neurona.tasks import Labelling, NextToken, Translation

CLASSES = 4
LENGTHS = (5, 3, 1, 4)


def sequences(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return logits `(n, steps, k)` and labels `(n, steps)` of sequences of several lengths."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(len(LENGTHS), max(LENGTHS), CLASSES, generator=generator)
    labels = torch.randint(0, CLASSES, logits.shape[:2], generator=generator)
    for row, length in zip(labels, LENGTHS, strict=True):
        row[length:] = PADDING
    labels[1, :3] = logits[1, :3].argmax(-1)  # one sequence without a mistake
    return logits, labels


def flat(logits: Tensor, labels: Tensor) -> tuple[np.ndarray, np.ndarray]:
    there = labels != PADDING
    return logits[there].double().softmax(-1).numpy(), labels[there].numpy()


def metrics(task: Labelling, logits: Tensor, labels: Tensor) -> dict[str, float]:
    parts = [task.sums(logits[i : i + 2], labels[i : i + 2]).double() for i in (0, 2)]
    found = task.metrics(torch.stack(parts).sum(0).numpy(), task.count(labels).double().numpy())
    return {name: value.item() for name, value in found.items()}


def test_labels_are_judged_step_by_step_without_the_padding() -> None:
    logits, labels = sequences()
    probabilities, truth = flat(logits, labels)
    found = metrics(Labelling(classes=CLASSES), logits, labels)
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, probabilities.argmax(1)))
    right = [bool((row.argmax(-1) == y)[y != PADDING].all()) for row, y in zip(logits, labels, strict=True)]
    assert found["exact"] == pytest.approx(np.mean(right))
    assert 0 < found["exact"] < 1


def test_the_loss_is_the_mean_over_steps_and_what_stands_in_the_padding_changes_nothing() -> None:
    logits, labels = sequences()
    probabilities, truth = flat(logits, labels)
    task = Labelling(classes=CLASSES)
    wanted = log_loss(truth, probabilities, labels=range(CLASSES))
    assert task.loss(logits, labels).item() == pytest.approx(wanted, rel=1e-6)
    assert task.count(labels).item() == sum(LENGTHS)
    disturbed = logits.clone()
    disturbed[labels == PADDING] = 1e6
    assert task.loss(disturbed, labels).item() == task.loss(logits, labels).item()
    assert metrics(task, disturbed, labels) == metrics(task, logits, labels)


def test_bits_are_the_cross_entropy_to_the_base_of_two() -> None:
    logits, labels = sequences(1)
    probabilities, truth = flat(logits, labels)
    found = metrics(NextToken(classes=CLASSES), logits, labels)
    assert found["bits"] == pytest.approx(np.mean(-np.log2(probabilities[np.arange(len(truth)), truth])), rel=1e-6)


class Teachable(nn.Module):
    """Says whether it was shown the target."""

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return torch.full((len(x), 2, CLASSES), 0.0 if y is None else 1.0)


def test_a_translation_is_taught_in_training_and_on_its_own_in_evaluation() -> None:
    task, x, y = Translation(classes=CLASSES), torch.ones(3, 2).long(), torch.zeros(3, 2).long()
    assert task.forward(Teachable().train(), x, y).mean() == 1.0
    assert task.forward(Teachable().eval(), x, y).mean() == 0.0
    assert task.forward(Teachable().eval(), x).mean() == 0.0


def test_a_net_with_one_answer_for_a_whole_sequence_is_refused() -> None:
    with pytest.raises(InputError, match="labelling needs"):
        Labelling(classes=CLASSES).check(torch.zeros(2, CLASSES), torch.zeros(2, 5).long())
