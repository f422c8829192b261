"""scikit-learn: `MLPClassifier`, and `MLPRegressor` for nets that give the samples back."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from benchmarks.setting import Array, Cannot, Setting


class Perceptron:
    """Its `fit`, with nothing that would stop it early.

    It begins with the given weights because `warm_start` goes on with those that it finds.
    """

    def __init__(self, setting: Setting) -> None:
        if setting.convolutional:
            raise Cannot("It has no convolutions.")
        self.setting, self.notes = setting, list[str]()
        self.two = setting.loss == "cross-entropy" and setting.linear()[-1][1] == 2
        self.x, self.y = setting.x, setting.y
        once = setting.epochs == 1
        if once and not setting.full:  # it would shuffle again each epoch, and there is but one
            order = setting.orders[0]
            self.x, self.y = self.x[order], self.y[order]
        self.shuffle = not once and not setting.full
        if self.two:
            self.notes.append("for two classes it has one output and a sigmoid: a smaller net")
        if self.shuffle:
            self.notes.append("draws its own order of the samples")
        if not setting.constant:
            self.notes.append("has no such schedule: constant rate")
        if setting.optimizer != "sgd":
            self.notes.append("its Adam adds epsilon before the bias is corrected")
        if setting.optimizer == "adamw":
            self.notes.append("has Adam without decoupled weight decay")

    def begin(self, epochs: int) -> None:
        """Make a model that has taken one step, and put the first weights in place of what it learned."""
        setting = self.setting
        maker: Any = MLPRegressor if setting.loss == "mse" else MLPClassifier
        inner, outputs = setting.activations()[0], setting.linear()[-1][1]
        # It minimises half the squared error summed over the outputs; Adam does not mind, but for its epsilon.
        eps = 1e-8 * (outputs / 2 if setting.loss == "mse" else 1)
        rate = float(setting.rates.max()) * (len(self.x) if setting.summed else 1)
        self.model = maker(
            hidden_layer_sizes=[size for _inputs, size in setting.linear()[:-1]],
            activation="logistic" if inner == "sigmoid" else inner,
            solver="sgd" if setting.optimizer == "sgd" else "adam",
            alpha=0.0, batch_size=setting.batch, learning_rate_init=rate, momentum=setting.momentum,
            nesterovs_momentum=False, epsilon=eps, shuffle=self.shuffle, random_state=0, tol=0.0,
            n_iter_no_change=10**9, max_iter=epochs, warm_start=True,
        )  # fmt: skip
        some = slice(0, 2 * setting.batch)
        classes = {} if setting.loss == "mse" else {"classes": np.arange(outputs)}
        self.model.partial_fit(self.x[some], self.y[some], **classes)
        given = setting.weights
        if self.two:
            given[-2:] = [given[-2][1:] - given[-2][:1], given[-1][1:] - given[-1][:1]]
        self.model.coefs_ = [np.ascontiguousarray(w.T) for w in given[::2]]
        self.model.intercepts_ = given[1::2]

    def train(self) -> None:
        """Call `fit`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.model.fit(self.x, self.y)

    def weights(self) -> list[Array]:
        """Return what was learned; one output with a sigmoid is two of which the first stays 0."""
        found = [part for w, b in zip(self.model.coefs_, self.model.intercepts_, strict=True) for part in (w.T, b)]
        if self.two:
            found[-2:] = [np.concatenate([np.zeros_like(part), part]) for part in found[-2:]]
        return found
