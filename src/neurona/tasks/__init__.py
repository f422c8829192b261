"""What is learned: the losses, metrics and answers of each task."""

from neurona.data.dataset import Dataset, Target
from neurona.tasks.losses import LOSSES
from neurona.tasks.task import TASKS, Binary, Multiclass, Multilabel, Regression, Task, higher_is_better

__all__ = [
    "LOSSES",
    "TASKS",
    "Binary",
    "Multiclass",
    "Multilabel",
    "Regression",
    "Task",
    "higher_is_better",
    "task_for",
    "task_of",
]


def task_for(data: Dataset, loss: str | None = None) -> Task:
    """Return the task that `data` poses, trained with `loss` (the task's own when None).

    Raises:
        InputError: the loss is unknown or does not suit the task.
    """
    return task_of(data.task, data.target, loss)


def task_of(name: str, target: Target, loss: str | None = None) -> Task:
    """Return the task called `name` for a target, as `task_for` does for a dataset."""
    if name == "multiclass":
        return Multiclass(loss, len(target.classes))
    if name == "regression":
        return Regression(loss, target.scale)
    return TASKS[name](loss)
