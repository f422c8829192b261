"""What is learned: the losses, metrics and answers of each task."""

from neurona.data.dataset import Dataset
from neurona.tasks.losses import LOSSES
from neurona.tasks.task import TASKS, Binary, Multiclass, Multilabel, Regression, Task

__all__ = ["LOSSES", "TASKS", "Binary", "Multiclass", "Multilabel", "Regression", "Task", "task_for"]


def task_for(data: Dataset, loss: str | None = None) -> Task:
    """Return the task that `data` poses, trained with `loss` (the task's own when None).

    Raises:
        InputError: the loss is unknown or does not suit the task.
    """
    if data.task == "multiclass":
        return Multiclass(loss, len(data.classes))
    if data.task == "regression":
        return Regression(loss, data.target.scale)
    return TASKS[data.task](loss)
