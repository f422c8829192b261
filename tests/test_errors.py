"""Errors on their way from one process to another, as from the workers of a pool."""

from __future__ import annotations

import pickle

import pytest

import neurona as nr
from neurona.errors import DamagedError, NeuronaError
from neurona.tuning.storage import StorageError
from neurona.validation import KeyedError


def raised(name: str, **options: object) -> NeuronaError:
    with pytest.raises(NeuronaError) as caught:
        nr.load(name, **options)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        KeyedError("fit.lr", "fit.lr = -1 is not valid.", "It must be greater than 0."),
        DamagedError("history.csv cannot be read."),
        StorageError("The study cannot be opened."),
        nr.TrainingError("Training diverged in epoch 1.", "Write lr=0.1."),
        raised("spirall"),
        raised("spiral", noise=-1),
    ],
)
def test_an_error_arrives_as_it_was_sent(error: NeuronaError) -> None:
    sent = pickle.loads(pickle.dumps(error))
    assert type(sent) is type(error)
    assert (str(sent), sent.problem, sent.hint, vars(sent)) == (str(error), error.problem, error.hint, vars(error))
