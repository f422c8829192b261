"""Confusion matrix and classification report agree with scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import classification_report
from sklearn.metrics import confusion_matrix as reference

from neurona.look import confusion, confusion_matrix, label_scores
from neurona.look.confusion import counts, scores
from neurona.look.evidence import Evidence
from neurona.look.style import png


def numbers_in(figure):
    return [int(text.get_text()) for text in figure.axes[0].texts]


@pytest.mark.parametrize("name", ["digits", "wine", "moons", "spiral"])
def test_counts_are_those_of_sklearn(result, name):
    run = result(name)
    test = run.data().test
    answers = run.answer(test.x).numpy()
    predicted = answers.argmax(1) if answers.shape[1] > 1 else (answers[:, 0] >= 0.5).astype(int)
    wanted = reference(test.y.numpy().ravel(), predicted, labels=range(len(run.target.classes)))
    assert numbers_in(confusion_matrix(run)) == wanted.ravel().tolist()


def test_a_class_that_is_absent_from_the_split_keeps_its_row():
    np.testing.assert_array_equal(counts(np.array([2, 2]), np.array([2, 0]), 3), [[0, 0, 0], [0, 0, 0], [1, 0, 1]])


def test_counts_of_many_samples_are_those_of_their_parts_together(monkeypatch):
    monkeypatch.setattr(confusion, "COUNTED", 7)
    truth, predicted = np.random.default_rng(0).integers(0, 3, (2, 100))
    np.testing.assert_array_equal(counts(truth, predicted, 3), reference(truth, predicted))


@pytest.mark.parametrize("name", ["digits", "multilabel"])
def test_scores_are_those_of_sklearns_report(result, name):
    """A class that was never answered has no precision of its own, and counts as 0 in the averages."""
    seen = Evidence.of(result(name))
    names = list(seen.run.target.classes)
    truth, predicted = seen.truth("test"), seen.predicted("test")
    own = classification_report(truth, predicted, target_names=names, output_dict=True, zero_division=np.nan)
    averages = classification_report(truth, predicted, target_names=names, output_dict=True, zero_division=0)
    rows = scores(seen, "test")
    for row in rows[:-2]:
        assert [row.precision, row.recall, row.f1, row.support] == pytest.approx(
            list(own[row.name].values()), nan_ok=True
        )
    for row, kind in zip(rows[-2:], ("macro avg", "weighted avg"), strict=True):
        assert [row.precision, row.recall, row.f1] == pytest.approx(list(averages[kind].values())[:3])


def test_train_stands_in_where_there_is_no_other_split(result):
    run = result("one-epoch")
    assert sum(numbers_in(confusion_matrix(run))) == run.samples["train"]


def test_a_hundred_classes_are_shaded_without_numbers(tmp_path, train_recipe):
    path = tmp_path / "hundred.csv"
    rows = [f"{i % 100 + 0.1 * j},{j},name {i % 100}" for j in range(4) for i in range(100)]
    path.write_text("a,b,kind\n" + "\n".join(rows) + "\n")
    raw = {
        "data": {"path": str(path), "target": "kind", "valid": 0, "test": 0.25},
        "net": {"kind": "mlp", "hidden": [1]},
        "fit": {"epochs": 1},
    }
    looks = train_recipe(raw, tmp_path / "run").look()
    assert numbers_in(looks["confusion"]) == []
    assert len(looks["confusion"].axes[0].get_xticks()) <= 40
    assert png(looks["boundary"])


def test_labels_have_their_precision_recall_and_f1(result):
    seen = Evidence.of(result("multilabel"))
    axes = label_scores(seen).axes[0]
    recall = next(line for line in axes.get_lines() if line.get_label() == "recall")
    np.testing.assert_allclose(recall.get_xdata(), [row.recall for row in scores(seen, "test") if not row.average])
