"""Keras, on the backend that `KERAS_BACKEND` names: `fit` over arrays, compiled where the backend can."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, losses, ops, optimizers

from benchmarks.setting import Array, Setting, channels_last

# Several steps in one call are faster on JAX, except for convolutions, and refused on torch.
STEPS_AT_ONCE = 32


class Table(optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The learning rate of each step, looked up."""

    def __init__(self, rates: Array) -> None:
        self.rates = ops.convert_to_tensor(rates.astype("float32"))

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step."""
        return ops.take(self.rates, ops.minimum(ops.cast(step, "int32"), len(self.rates) - 1))

    def get_config(self) -> dict[str, Any]:
        """Return how to make it again."""
        return {"rates": self.rates}


class Keras:
    """`fit`, of a model that is compiled once; its weights and its optimizer are set back between runs."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.notes = setting, list[str]()
        self.jax = keras.backend.backend() == "jax"
        # Either backend has the order of axes that it is faster with.
        self.last = self.jax or not setting.convolutional
        keras.config.set_image_data_format("channels_last" if self.last else "channels_first")
        x, self.y = setting.x, setting.y
        self.x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)) if x.ndim == 4 and self.last else x
        self.one_order = setting.full or setting.epochs == 1
        if not setting.full and self.one_order:
            self.x, self.y = self.x[setting.orders[0]], self.y[setting.orders[0]]
        if not self.one_order:
            self.notes.append("draws its own order of the samples")
        if setting.optimizer != "sgd":
            self.notes.append("its Adam adds epsilon before the bias is corrected")
        keras.utils.clear_session()
        self.model = keras.Sequential([keras.Input(self.x.shape[1:]), *map(self._layer, setting.layers)])
        goal = losses.MeanSquaredError() if setting.loss == "mse" else losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="sum" if setting.summed else "sum_over_batch_size"
        )  # fmt: skip
        at_once = min(STEPS_AT_ONCE, setting.steps) if self.jax and not setting.convolutional else 1
        self.model.compile(self._optimizer(), goal, steps_per_execution=at_once)
        self.blank = [np.array(variable) for variable in map(ops.convert_to_numpy, self._remembered())]

    def _layer(self, layer: tuple[Any, ...]) -> Any:
        kind, *sizes = layer
        if kind == "conv":
            assert sizes[3] == sizes[2] // 2, "padding 'same' keeps the sides"
            return layers.Conv2D(sizes[1], sizes[2], padding="same")
        makers: dict[str, Any] = {
            "linear": lambda: layers.Dense(sizes[1]),
            "pool": lambda: layers.MaxPooling2D(sizes[0]),
            "flatten": lambda: layers.Flatten(data_format="channels_last"),  # as they lie, whatever the order
        }
        return makers.get(kind, lambda: layers.Activation(kind))()

    def _optimizer(self) -> Any:
        setting = self.setting
        rate = float(setting.rates[0]) if setting.constant else Table(setting.rates)
        if setting.optimizer == "sgd":
            return optimizers.SGD(rate, momentum=setting.momentum)
        if setting.optimizer == "adam":
            return optimizers.Adam(rate, epsilon=1e-8)
        return optimizers.AdamW(rate, weight_decay=setting.weight_decay, epsilon=1e-8)

    def _remembered(self) -> list[Any]:
        """Return the variables of the optimizer."""
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)
        return list(self.model.optimizer.variables)

    def begin(self, epochs: int) -> None:
        """Take the first weights, and an optimizer that remembers nothing."""
        self.epochs = epochs
        given = self.setting.weights
        if self.last:
            given = channels_last(self.setting, given)
        else:  # its kernels and matrices lie the same way whatever the order of axes of the pictures
            given = [w.transpose(2, 3, 1, 0) if w.ndim == 4 else w.T for w in given]
        self.model.set_weights(given)
        for variable, value in zip(self._remembered(), self.blank, strict=True):
            variable.assign(value)

    def train(self) -> None:
        """Call `fit`."""
        shuffle = not self.one_order
        self.model.fit(self.x, self.y, batch_size=self.setting.batch, epochs=self.epochs, shuffle=shuffle, verbose=0)

    def weights(self) -> list[Array]:
        """Return what was learned."""
        found = self.model.get_weights()
        if self.last:
            return channels_last(self.setting, found, back=True)
        return [w.transpose(3, 2, 0, 1) if w.ndim == 4 else w.T for w in found]
