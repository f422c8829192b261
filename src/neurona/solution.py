"""The solution of a linear model by an independent solver, to hold trained weights against."""

from __future__ import annotations

import numpy as np

from neurona.errors import InputError
from neurona.language import _
from neurona.run import Run


def distance(run: Run) -> float:
    """Return the largest difference between a trained linear model's weights and the independent solution.

    Linear regression is solved in closed form by least squares, logistic regression by scikit-learn without penalty,
    both on the same (standardised) train samples.

    Raises:
        InputError: the run holds no linear or logistic regression.
    """
    layers = [p.detach().numpy() for p in run.net().parameters()]
    if len(layers) != 2 or run.task.name not in ("regression", "binary"):
        raise InputError(_("{path} holds no linear or logistic regression.").format(path=run.path))
    weights, bias = layers
    train = run.data().train
    x, y = run.inputs.prepare(train.x).double().numpy(), train.y.double().numpy()
    if run.task.name == "regression":
        solved, *_rest = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)
    else:
        solved = _logistic(x, y.ravel())
    return float(np.abs(np.column_stack([weights, bias[:, None]]).T - solved).max())


def _logistic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(x, y)
    return np.append(model.coef_, model.intercept_)[:, None]
