"""Tasks: metrics against scikit-learn under any batching, answers, and the shapes that a net must give."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score, root_mean_squared_error

from neurona.data import load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.nets import ensemble, mlp
from neurona.tasks import Binary, Multiclass, Multilabel, Regression, Task, task_for

N = 60
RANDOM = np.random.default_rng(1)
LOGITS = RANDOM.normal(size=(N, 4))
LABELS = RANDOM.integers(0, 2, (N, 4))
CLASSES = RANDOM.integers(0, 4, N)
VALUES = RANDOM.normal(size=(N, 2))
TARGETS = VALUES + RANDOM.normal(0, 0.5, (N, 2))
SCALE = (250.0, 0.01)


def metrics(task: Task, outputs: np.ndarray, y: np.ndarray, cuts: Sequence[int] = ()) -> dict[str, float]:
    """Return the metrics of `task` from sums over the batches that lie between the `cuts`."""
    sums: torch.Tensor | float = 0.0
    bounds = [0, *sorted(set(cuts)), len(y)]
    for start, stop in pairwise(bounds):
        part = task.sums(torch.tensor(outputs[..., start:stop, :]), torch.tensor(y[start:stop]))
        sums = sums + part.reshape(-1).double()
    assert isinstance(sums, torch.Tensor)
    return {name: value.item() for name, value in task.metrics(sums.numpy(), np.array(float(len(y)))).items()}


def precision_at(k: int) -> float:
    """Return the share of true labels among the k likeliest, sample by sample."""
    shares = []
    for scores, truth in zip(LOGITS, LABELS, strict=True):
        likeliest = sorted(range(4), key=lambda label: -scores[label])[:k]
        shares.append(sum(truth[label] for label in likeliest) / k)
    return sum(shares) / len(shares)


def in_units(values: np.ndarray) -> np.ndarray:
    return values * SCALE + np.array([1000.0, -3.0])


TRUTH = in_units(TARGETS), in_units(VALUES)
CASES: dict[str, tuple[Task, np.ndarray, np.ndarray, dict[str, float]]] = {
    "binary": (
        Binary(),
        LOGITS[:, :1],
        LABELS[:, :1].astype(np.float64),
        {"accuracy": accuracy_score(LABELS[:, 0], expit(LOGITS[:, 0]) >= 0.5)},
    ),
    "multiclass": (
        Multiclass(classes=4),
        LOGITS,
        CLASSES,
        {"accuracy": accuracy_score(CLASSES, LOGITS.argmax(1))},
    ),
    "multilabel": (
        Multilabel(),
        LOGITS,
        LABELS.astype(np.float64),
        {
            "accuracy": accuracy_score(LABELS.ravel(), LOGITS.ravel() >= 0),
            "exact": accuracy_score(LABELS, LOGITS >= 0),  # scikit-learn's accuracy of label rows
            "precision_at_1": precision_at(1),
            "precision_at_3": precision_at(3),
        },
    ),
    "regression": (
        Regression(scale=SCALE),
        VALUES,
        TARGETS,
        {
            "rmse": root_mean_squared_error(*TRUTH),
            "mae": mean_absolute_error(*TRUTH),
            "r2": r2_score(*TRUTH),
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
class TestMetrics:
    def test_they_are_those_of_scikit_learn(self, name: str) -> None:
        task, outputs, y, wanted = CASES[name]
        assert metrics(task, outputs, y) == pytest.approx(wanted, rel=1e-6)

    @given(cuts=st.lists(st.integers(1, N - 1), max_size=12))
    @settings(max_examples=25, deadline=None)
    def test_they_are_the_same_however_the_samples_are_batched(self, name: str, cuts: list[int]) -> None:
        task, outputs, y, wanted = CASES[name]
        assert metrics(task, outputs, y, cuts) == pytest.approx(wanted, rel=1e-6)

    def test_an_ensemble_of_equal_members_has_the_metrics_of_one(self, name: str) -> None:
        task, outputs, y, wanted = CASES[name]
        assert metrics(task, np.stack([outputs] * 3), y) == pytest.approx(wanted, rel=1e-6)


class TestRegression:
    def test_r2_of_targets_that_are_all_alike_is_not_a_number(self) -> None:
        found = metrics(Regression(), np.array([[1.0], [2.0]]), np.array([[3.0], [3.0]]))
        assert np.isnan(found["r2"])
        assert found["mae"] == 1.5

    def test_the_error_of_a_fit_is_in_the_units_of_the_target(self) -> None:
        data = load("houses")
        fit = Fit(mlp(2, [8], 1), data, epochs=5)
        for _epoch in fit:
            pass
        scale, mean = data.target.scale[0], data.target.mean[0]
        with torch.no_grad():
            predicted = fit.net(data.test.x).double() * scale + mean
        price = data.test.y.double() * scale + mean
        found = fit.evaluate(data.test)
        assert found["rmse"] == pytest.approx(root_mean_squared_error(price, predicted), rel=1e-5)
        assert found["mae"] == pytest.approx(mean_absolute_error(price, predicted), rel=1e-5)
        assert found["r2"] == pytest.approx(r2_score(price, predicted), rel=1e-5)
        assert 1 < scale < 1000  # thousands of euros: the standardised error would be another number


class TestMultilabel:
    def test_precision_needs_as_many_labels_as_it_looks_at(self) -> None:
        assert set(metrics(Multilabel(), LOGITS[:, :2], LABELS[:, :2].astype(float))) == {
            "accuracy",
            "exact",
            "precision_at_1",
        }


class TestAnswers:
    members = RANDOM.normal(0, 5, (3, N, 4))

    def test_classes_are_answered_by_probabilities(self) -> None:
        np.testing.assert_allclose(Multiclass(classes=4).answer(torch.tensor(LOGITS)), softmax(LOGITS, axis=1))
        np.testing.assert_allclose(Multilabel().answer(torch.tensor(LOGITS)), expit(LOGITS))
        np.testing.assert_allclose(Binary().answer(torch.tensor(LOGITS[:, :1])), expit(LOGITS[:, :1]))

    def test_a_perceptron_answers_yes_or_no(self) -> None:
        answers = Binary("perceptron").answer(torch.tensor([[-0.1], [0.0], [0.1]]))
        assert answers.flatten().tolist() == [0, 1, 1]

    def test_an_ensemble_answers_with_the_mean_of_its_members(self) -> None:
        outputs = torch.tensor(self.members)
        np.testing.assert_allclose(Multiclass(classes=4).answer(outputs), softmax(self.members, axis=2).mean(0))
        np.testing.assert_allclose(Multilabel().answer(outputs), expit(self.members).mean(0))
        np.testing.assert_allclose(Binary().answer(outputs[..., :1]), expit(self.members[..., :1]).mean(0))
        np.testing.assert_allclose(Regression().answer(outputs), self.members.mean(0))
        votes = (self.members[..., :1] >= 0).mean(0)
        np.testing.assert_allclose(Binary("perceptron").answer(outputs[..., :1]), votes)

    def test_the_accuracy_of_an_ensemble_is_that_of_its_answers(self) -> None:
        probabilities = softmax(self.members, axis=2).mean(0)
        found = metrics(Multiclass(classes=4), self.members, CLASSES)
        assert found["accuracy"] == accuracy_score(CLASSES, probabilities.argmax(1))
        assert (probabilities.argmax(1) != self.members.mean(0).argmax(1)).any()  # the mean of logits says otherwise
        y = LABELS.astype(np.float64)
        for task, outputs, truth in (
            (Binary(), self.members[..., :1], y[:, :1]),
            (Binary("perceptron"), self.members[..., :1], y[:, :1]),
            (Multilabel(), self.members, y),
        ):
            answers = task.answer(torch.tensor(outputs)).numpy() >= 0.5
            wanted = accuracy_score(truth.ravel(), answers.ravel())
            assert metrics(task, outputs, truth)["accuracy"] == pytest.approx(wanted, rel=1e-6)

    def test_an_ensemble_trains_and_is_measured_by_its_mean(self) -> None:
        data = load("wine")
        fit = Fit(ensemble(13, [4], 3, copies=2), data, epochs=2)
        for _epoch in fit:
            pass
        with torch.no_grad():
            answers = fit.net(data.test.x).softmax(-1).mean(0)
        assert fit.evaluate(data.test)["accuracy"] == pytest.approx(accuracy_score(data.test.y, answers.argmax(1)))


class TestTaskOfADataset:
    @pytest.mark.parametrize(
        ("name", "task"),
        [("moons", Binary), ("wine", Multiclass), ("multilabel", Multilabel), ("houses", Regression)],
    )
    def test_it_is_the_one_that_the_samples_pose(self, name: str, task: type[Task]) -> None:
        assert type(task_for(load(name))) is task

    @pytest.mark.parametrize(
        ("name", "loss", "hint"),
        [
            ("moons", "mse", "perceptron"),
            ("wine", "binary-cross-entropy", "cross-entropy"),
            ("houses", "hubber", "'huber'"),
        ],
    )
    def test_a_loss_that_does_not_suit_it_is_refused_with_those_that_do(self, name: str, loss: str, hint: str) -> None:
        with pytest.raises(InputError, match=hint):
            task_for(load(name), loss)

    def test_two_classes_train_alike_with_one_sigmoid_or_a_softmax_of_two(self) -> None:
        binary = load("moons")
        pair = binary.as_task("multiclass")
        single = mlp(2, [], 1)
        double = mlp(2, [], 2)
        with torch.no_grad():
            double.output.weight[0], double.output.bias[0] = 0, 0
            double.output.weight[1], double.output.bias[1] = single.output.weight[0], single.output.bias[0]
        ours, theirs = Fit(single, binary), Fit(double, pair)
        assert ours.evaluate(binary.train) == pytest.approx(theirs.evaluate(pair.train), rel=1e-5)


class TestShapes:
    @pytest.mark.parametrize(
        ("name", "outputs", "shapes"),
        [
            ("wine", 2, r"\(2, 2\) for 2 samples; data.task = multiclass needs \(2, 3\)"),
            ("moons", 2, r"\(2, 2\) for 2 samples; data.task = binary needs \(2, 1\)"),
            ("houses", 3, r"\(2, 3\) for 2 samples; data.task = regression needs \(2, 1\)"),
            ("multilabel", 4, r"\(2, 4\) for 2 samples; data.task = multilabel needs \(2, 5\)"),
        ],
    )
    def test_a_net_with_the_wrong_outputs_is_refused_with_both_shapes(
        self, name: str, outputs: int, shapes: str
    ) -> None:
        data = load(name)
        with pytest.raises(InputError, match=shapes):
            Fit(mlp(data.features, [4], outputs), data)

    def test_outputs_that_would_broadcast_against_the_targets_are_refused(self) -> None:
        class Flat(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.layer = torch.nn.Linear(2, 1)

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return self.layer(x).squeeze(1)

        with pytest.raises(InputError, match=r"shape \(2,\) for 2 samples; data.task = regression needs \(2, 1\)"):
            Fit(Flat(), load("houses"))

    def test_a_single_training_sample_is_enough(self) -> None:
        data = load("moons")
        one = dataclasses.replace(data, train=dataclasses.replace(data.train, x=data.train.x[:1], y=data.train.y[:1]))
        for epoch in Fit(mlp(2, [3], 1), one, epochs=1):
            assert np.isfinite(epoch.train["loss"])
