"""What is learned: the losses, metrics and answers of each task."""

from collections.abc import Mapping

from neurona.data.dataset import Dataset, Target, require_dataset
from neurona.tasks.generative import Adversarial, Reconstruction, Variational
from neurona.tasks.losses import LOSSES
from neurona.tasks.sequences import Labelling, NextToken, Translation
from neurona.tasks.supervised import Binary, Multiclass, Multilabel, Regression
from neurona.tasks.task import Task, higher_is_better

__all__ = [
    "LOSSES",
    "TASKS",
    "Adversarial",
    "Binary",
    "Labelling",
    "Multiclass",
    "Multilabel",
    "NextToken",
    "Reconstruction",
    "Regression",
    "Task",
    "Translation",
    "Variational",
    "higher_is_better",
    "task_for",
    "task_of",
]

TASKS: Mapping[str, type[Task]] = {
    task.name: task
    for task in (
        Binary, Multiclass, Multilabel, Regression,
        Reconstruction, Variational, Adversarial,
        Labelling, Translation, NextToken,
    )
}  # fmt: skip


def task_for(data: Dataset, loss: str | None = None) -> Task:
    """Return the task that `data` poses, trained with `loss` (the task's own when None).

    Raises:
        InputError: `data` is no dataset, or the loss is unknown or does not suit the task.
    """
    require_dataset(data)
    return task_of(data.task, data.target, loss)


def task_of(name: str, target: Target, loss: str | None = None) -> Task:
    """Return the task called `name` for a target, as `task_for` does for a dataset."""
    kind = TASKS[name]
    if issubclass(kind, Regression):
        return kind(loss, target.scale)
    if issubclass(kind, Multiclass | Labelling):
        return kind(loss, len(target.classes))
    return kind(loss)
