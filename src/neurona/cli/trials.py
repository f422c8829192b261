"""What `neurona tune` prints: a line for each trial that ends, a bar for the one that trains, and the best one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from neurona.cli.resuming import resuming
from neurona.cli.screen import Sparkline, err, metric_text, numbers_of, out
from neurona.language import _, one_or_many
from neurona.look.words import counts_text, metric_name, outcome_name
from neurona.tuning import Trial, Tuning
from neurona.tuning.follow import Passed
from neurona.tuning.space import shown
from neurona.tuning.trial import cost, values_text

WIDEST = 10_000
"""Columns of a terminal that any table fits into."""


class Watch:
    """Shows a search as it goes on.

    Args:
        tuning: the search.
        progress: the bar; None where there is no terminal.
    """

    def __init__(self, tuning: Tuning, progress: Progress | None) -> None:
        self.progress = progress
        self.metric, self.total = tuning.search.metric, tuning.search.total
        self.best, self.done = tuning.best, len(tuning.done)
        self.losses: list[float] = []
        self.number = -1
        if progress:
            self.task = progress.add_task("", total=self.total, completed=self.done, numbers="", losses=self.losses)

    def show(self, event: Passed | Trial) -> None:
        """Show an epoch that has passed, or a trial that has ended."""
        if isinstance(event, Trial):
            self._show_trial(event)
        elif self.progress:
            self._show_epoch(event)

    def _show_epoch(self, passed: Passed) -> None:
        assert self.progress is not None
        if passed.number != self.number:
            self.number = passed.number
            self.losses.clear()
        self.losses.append(passed.epoch.train["loss"])
        part = passed.epoch.index / passed.fit.options.epochs
        self.progress.update(
            self.task, completed=min(self.done + part, self.total), numbers=f"{numbers_of(passed.epoch)}{self._best()}"
        )

    def _show_trial(self, trial: Trial) -> None:
        self.done += 1
        better = trial.outcome == "complete" and cost(trial.value, self.metric) < self._cost
        if better:
            self.best = trial
        if self.progress:
            self.progress.update(self.task, completed=self.done)
        number = str(trial.number).rjust(len(str(self.total)))
        value = escape(outcome_text(trial, self.metric))
        style = "bold green" if better else "" if trial.outcome == "complete" else "dim"
        text = f"{number}  {escape(values_text(trial.values))}  {value}"
        more = f"  {_('best so far')}" if better else ""
        err.print(f"[{style}]{text}{more}[/]" if style else text)

    def _best(self) -> str:
        if self.best is None:
            return ""
        word = _("best")
        return f"  {word} {metric_text(self._name, self.best.value)}"

    @property
    def _cost(self) -> float:
        return cost(self.best.value if self.best else None, self.metric)

    @property
    def _name(self) -> str:
        return self.metric.partition(".")[2]


@contextmanager
def watching(tuning: Tuning) -> Iterator[Watch]:
    """Show a search on standard error while the block runs."""
    if not err.is_terminal:
        yield Watch(tuning, None)
        return
    columns = (
        TextColumn(f"[bold]{{task.completed:.0f}}/{{task.total:.0f}} {_('trials')}[/]"),
        BarColumn(bar_width=20 if err.width >= 110 else 6),
        Sparkline(),
        TextColumn("{task.fields[numbers]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=err, refresh_per_second=8) as progress:
        yield Watch(tuning, progress)


def outcome_text(trial: Trial, metric: str) -> str:
    """Return what became of a trial, in few words."""
    if trial.outcome == "complete":
        return metric_text(metric.partition(".")[2], trial.value)
    if trial.outcome == "pruned":
        text = one_or_many(trial.epochs, _("pruned after {epochs} epoch"), _("pruned after {epochs} epochs"))
        return text.format(epochs=trial.epochs)
    if trial.outcome == "diverged":
        return outcome_name(trial.outcome)
    return _("failed: {reason}").format(reason=trial.reason)


def show_tuning(tuning: Tuning) -> None:
    """Print how the trials ended, the best ones, the recipe itself, and the test metrics of the best run."""
    done = tuning.done
    out.print(counts_text([trial.outcome for trial in done]))
    running = sum(trial.outcome == "running" for trial in tuning.trials)
    if running:
        one = _("{count} trial is still running in another process; look again with: {command}")
        many = _("{count} trials are still running in other processes; look again with: {command}")
        text = one_or_many(running, one, many).format(count=running, command=resuming("tune", tuning.path))
        out.print(escape(text))
    if tuning.best is None:
        return
    best = [trial for trial in tuning.ranked()[:5] if trial.outcome == "complete"]
    own = tuning.own
    if own is not None and own.number not in [trial.number for trial in best]:
        best.append(own)
    table = _side_by_side(tuning, best)
    width = out.measure(table, options=out.options.update_width(WIDEST)).maximum
    out.print(table if width <= out.width else _in_words(tuning, best))
    run = tuning.best_run
    if run is not None and run.metrics["test"]:
        name = run.task.main
        text = _("Best run on test, which the search has not seen: {metric} {value}")
        if tuning.search.seeds > 1:  # which may have split the data each in another way
            text = _("Best run on test: {metric} {value}")
        out.print(text.format(metric=metric_name(name), value=metric_text(name, run.metrics["test"][name])))


def _side_by_side(tuning: Tuning, trials: Sequence[Trial]) -> Table:
    """Return a table of trials with a column for each parameter."""
    table = _headed(tuning)
    for key in tuning.search.over:
        table.add_column(key, justify="right")
    for trial in trials:
        cells = (escape(shown(value)) for value in trial.values.values())
        mark = [_mark(trial)] if trial.own else []
        table.add_row(str(trial.number), outcome_text(trial, tuning.search.metric), *cells, *mark)
    return table


def _in_words(tuning: Tuning, trials: Sequence[Trial]) -> Table:
    """Return a table of trials for a terminal that is too narrow for all parameters side by side."""
    table = _headed(tuning)
    table.add_column(_("values"))
    for trial in trials:
        values = " ".join(part for part in (escape(values_text(trial.values)), _mark(trial)) if part)
        table.add_row(str(trial.number), outcome_text(trial, tuning.search.metric), values)
    return table


def _headed(tuning: Tuning) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(_("trial"), justify="right")
    table.add_column(metric_name(tuning.search.metric), justify="right")
    return table


def _mark(trial: Trial) -> str:
    return _("(the recipe itself)") if trial.own else ""
