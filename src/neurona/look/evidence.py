"""What the figures of one run are drawn from: data, net and answers, each loaded once, when first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from neurona.data.class_names import spoken
from neurona.data.column_names import spoken_columns
from neurona.data.dataset import SELF_SUPERVISED, Dataset, Split
from neurona.data.inputs import Columns, Number
from neurona.errors import InputError, NeuronaError, reason_of
from neurona.language import _
from neurona.run import Run


@dataclass(frozen=True)
class Evidence:
    """A run with its data and net in memory.

    Attributes:
        run: the run.
    """

    run: Run
    _answers: dict[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def of(run: Run | Evidence, suits: Callable[[Evidence], bool] | None = None) -> Evidence:
        """Return `run` with what was loaded of it so far.

        Args:
            run: the run.
            suits: whether the figure that is to be drawn suits it; None where it suits any.

        Raises:
            InputError: it is no run, or the figure does not suit it.
        """
        seen = run if isinstance(run, Evidence) else Evidence(run)
        given: object = seen.run
        if not isinstance(given, Run):
            problem = _("A figure of a run was given a {kind}.").format(kind=type(given).__name__)
            hint = _("Give a run, such as nr.open('runs/mine'); of a comparison one of comparison.runs.")
            raise InputError(problem, hint)
        if suits is None or suits(seen):
            return seen
        problem = _("This figure does not suit the run {path}.").format(path=seen.run.path)
        hint = _("run.look() holds those that do: {names}.")
        raise InputError(problem, hint.format(names=", ".join(seen.run.look())))

    @cached_property
    def data(self) -> Dataset:
        """The data.

        Raises:
            InputError: they are not there any more, or not the same as when the run began.
        """
        return self.run.data()

    @cached_property
    def net(self) -> nn.Module:
        """The net with its weights, in evaluation mode.

        Raises:
            InputError: the weights cannot be read, or the net is a module of the user's own.
        """
        return self.run.net()

    @cached_property
    def lacks(self) -> tuple[str, ...]:
        """Why data or net are not to be had, as sentences; empty when both are there."""
        reasons = []
        unreadable = {
            "data": _("The data cannot be read: {reason}."),
            "net": _("The net cannot be read: {reason}."),
        }
        for part, sentence in unreadable.items():
            try:
                getattr(self, part)
            except NeuronaError as error:
                reasons.append(error.problem)
            except OSError as error:
                place = f" ({error.filename})" if error.filename else ""
                reasons.append(sentence.format(reason=f"{reason_of(error)}{place}"))
        return tuple(reasons)

    @property
    def classes(self) -> tuple[str, ...]:
        """What the classes or labels are called, in the language in use."""
        return spoken(self.run.target.classes, self.run.recipe.data.get("name"))

    @property
    def targets(self) -> tuple[str, ...]:
        """What people call what is predicted, in the language in use."""
        return self.called(self.run.target.names)

    def called(self, columns: Iterable[str]) -> tuple[str, ...]:
        """Return what people call columns, or numbers that the net sees, in the language in use."""
        return spoken_columns(columns, self.run.recipe.data.get("name"))

    @property
    def classifies(self) -> bool:
        """Whether there is one class, or some labels, for each sample."""
        return self.run.task.name in ("binary", "multiclass", "multilabel")

    @property
    def judged(self) -> str:
        """The split that the net is judged by: test, else valid, else train."""
        return next(name for name in ("test", "valid", "train") if self.run.samples.get(name) or name == "train")

    def split(self, name: str) -> Split:
        """Return one split of the data."""
        part: Split = getattr(self.data, name)
        return part

    def answers(self, split: str) -> np.ndarray:
        """Return probabilities, or values in the target's own units, for each sample of a split, `(n, k)`."""
        if split not in self._answers:
            self._answers[split] = self.run.answer(self.split(split).x, self.net).numpy()
        return self._answers[split]

    def probabilities(self, split: str) -> np.ndarray:
        """Return the probability of each class, `(n, classes)`, also for a binary task."""
        return each_class(self.answers(split))

    def predicted(self, split: str) -> np.ndarray:
        """Return the class numbers that the net answers, `(n,)`; of a multilabel task zeros and ones, `(n, k)`."""
        answers = self.answers(split)
        if self.run.task.name == "multilabel":
            return (answers >= 0.5).astype(int)
        return (answers[:, 0] >= 0.5).astype(int) if answers.shape[1] == 1 else answers.argmax(1)

    def truth(self, split: str) -> np.ndarray:
        """Return the true class numbers `(n,)`, labels `(n, k)`, or values in the target's own units `(n, k)`."""
        y = self.split(split).y.numpy()
        if self.run.task.name == "regression":
            values: np.ndarray = y * np.array(self.run.target.scale) + np.array(self.run.target.mean)
            return values
        return y.astype(int) if self.run.task.name == "multilabel" else y.reshape(-1).astype(int, copy=False)

    def members(self, x: Tensor) -> np.ndarray:
        """Return what each net of an ensemble answers for encoded samples, `(members, n, k)`, in the target's units."""
        with torch.inference_mode():
            outputs = self.run.task.forward(self.net, self.run.inputs.prepare(x)).numpy()
        outputs = outputs if outputs.ndim == 3 else outputs[None]
        scaled: np.ndarray = outputs * np.array(self.run.target.scale) + np.array(self.run.target.mean)
        return scaled

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The columns, when all of them are numbers; else nothing.

        Nothing either where a net gives back features that are computed from them, for there is no way back to columns.
        """
        inputs = self.run.inputs
        if not isinstance(inputs, Columns) or (inputs.features and self.run.task.name in SELF_SUPERVISED):
            return ()
        numbers = tuple(column for column in inputs.columns if isinstance(column, Number))
        return numbers if len(numbers) == len(inputs.columns) else ()

    def in_units(self, x: Tensor) -> np.ndarray:
        """Return encoded numeric columns `(n, d)` in the units in which they were measured."""
        scale, mean = (np.array([getattr(number, part) for number in self.numbers]) for part in ("scale", "mean"))
        measured: np.ndarray = x.double().numpy() * scale + mean
        return measured

    def encoded(self, values: np.ndarray) -> Tensor:
        """Return measured values `(n, d)` as the net's samples: the way back from `in_units`."""
        scale, mean = (np.array([getattr(number, part) for number in self.numbers]) for part in ("scale", "mean"))
        return torch.from_numpy(((values - mean) / scale).astype(np.float32))


def each_class(answers: np.ndarray) -> np.ndarray:
    """Return a column of probabilities for each class, `(n, 1)` of the second class -> `(n, 2)`."""
    return np.column_stack([1 - answers, answers]) if answers.shape[1] == 1 else answers
