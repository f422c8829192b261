"""What the command line prints: errors, warnings, progress, and tables of results. Results go to standard output."""

from __future__ import annotations

import errno
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    track,
)
from rich.table import Table
from rich.text import Text

from neurona.cli.variants import table_of
from neurona.errors import NeuronaError, NeuronaWarning, reason_of
from neurona.language import _, one_or_many
from neurona.look.words import different_data_texts, diverged_texts, heading, metric_name, pair_text, seconds
from neurona.progress import told_to

if TYPE_CHECKING:
    from neurona.claims import Verdict
    from neurona.compare import Comparison
    from neurona.fit.history import Epoch
    from neurona.part import Part
    from neurona.run import Run

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Row = TypeVar("Row")

UNWRITABLE, FORBIDDEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS), (errno.EACCES, errno.EPERM)
SPARKS = "▁▂▃▄▅▆▇█"
# How many lines are printed of a fit, or how often of several at once; and how often in a second a bar is drawn again.
LINES_WITHOUT_TERMINAL, SECONDS_WITHOUT_TERMINAL, REFRESHED = 10, 10.0, 8


def show_error(error: NeuronaError) -> None:
    """Print what is wrong, and below it what to do instead."""
    err.print(f"[bold red]{_('Error')}:[/] {escape(error.problem)}")
    if error.hint:
        err.print(f"  → {escape(error.hint)}")


def show_failure(error: OSError) -> None:
    """Print a failure of the system, such as a full disk, and where it was."""
    place = f"{error.filename}: " if error.filename else ""
    hint = ""
    if error.errno in UNWRITABLE:
        hint = _("Check that the disk has room and that you may write there.")
    elif error.errno in FORBIDDEN:  # the system does not say whether it was to be read or to be written
        hint = _("Check that you may read it, or write there.")
    show_error(NeuronaError(f"{place}{reason_of(error)}.", hint))


class Warnings:
    """Prints the warnings of a command, each once: the fits of a comparison would all say the same."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def show(
        self,
        message: Warning | str,
        category: type[Warning],
        _filename: str,
        _line: int,
        _file: TextIO | None = None,
        _text: str | None = None,
    ) -> None:
        """Print a warning of ours; those of libraries are for developers and are left out."""
        if issubclass(category, NeuronaWarning) and str(message) not in self._said:
            self._said.add(str(message))
            word = _("Warning")
            err.print(f"[yellow]{word}:[/] {escape(str(message))}")


class Sparkline(ProgressColumn):
    """The training losses of a fit so far as a line of small bars."""

    def render(self, task: Task) -> Text:
        """Return the bars, on a logarithmic scale."""
        return Text(sparkline(task.fields["losses"]), style="cyan", no_wrap=True, overflow="crop")


def sparkline(values: Sequence[float], width: int = 12) -> str:
    """Return `values` as at most `width` bars from low to high, on a logarithmic scale when all are positive."""
    if not values:
        return ""
    shown = (
        [values[round(i * (len(values) - 1) / (width - 1))] for i in range(width)] if len(values) > width else [*values]
    )
    if all(value > 0 for value in shown):
        shown = [math.log(value) for value in shown]
    low, high = min(shown, default=0.0), max(shown, default=0.0)
    step = (high - low) / (len(SPARKS) - 1) or 1.0
    return "".join(SPARKS[round((value - low) / step)] for value in shown)


class Watch:
    """Shows a fit as it trains: a bar with a curve of the loss on a terminal, about ten lines elsewhere."""

    def __init__(self, progress: Progress | None, total: int, label: str) -> None:
        self.progress, self.total, self.label = progress, total, label
        self.losses: list[float] = []
        self.printed = 0
        self.drawn = 0.0
        self.latest: Epoch | None = None
        if progress:
            self.task = progress.add_task(label, total=total, numbers="", losses=self.losses)

    def show(self, epoch: Epoch) -> None:
        """Show an epoch that has passed."""
        self.losses.append(epoch.train["loss"])
        self.latest = epoch
        if self.progress:
            if clock() - self.drawn > 1 / REFRESHED:
                self.catch_up()
            return
        tenth = epoch.index * LINES_WITHOUT_TERMINAL // self.total
        if tenth > self.printed or len(self.losses) == 1:
            self.printed = tenth
            err.print(f"{escape(self.label)}  {_('epoch')} {epoch.index}/{self.total}  {numbers_of(epoch)}")

    def catch_up(self) -> None:
        """Let the bar show the latest epoch."""
        if self.progress and self.latest:
            self.progress.update(self.task, completed=self.latest.index, numbers=numbers_of(self.latest))
            self.drawn = clock()


class Watches:
    """Shows several fits as they train side by side, each while it does, and how many of all are done."""

    def __init__(self, progress: Progress | None, total: int, label: str) -> None:
        self.progress, self.total, self.done, self.told = progress, total, 0, clock()
        self.watches: dict[str, Watch] = {}
        if progress:
            self.whole = progress.add_task(label, total=total, numbers="", losses=[])

    def show(self, part: Part, epoch: Epoch) -> None:
        """Show an epoch of one of them."""
        name, epochs = part.name, part.fit.options.epochs
        last = part.fit.ended and epoch.index == part.fit.epoch
        if name not in self.watches:
            self.watches[name] = Watch(self.progress, epochs, name)
        watch = self.watches[name]
        if self.progress:
            watch.show(epoch)
        self.done += last
        if last or (not self.progress and clock() - self.told > SECONDS_WITHOUT_TERMINAL):
            self.told = clock()
            done = _("{done} of {total} done").format(done=self.done, total=self.total)
            err.print(
                f"{escape(name)}  {_('epoch')} {epoch.index}/{epochs}  {numbers_of(epoch)}  [dim]{escape(done)}[/]"
            )
        if last:
            del self.watches[name]
            if self.progress:
                self.progress.remove_task(watch.task)
                self.progress.update(self.whole, completed=self.done)


@contextmanager
def watching(total: int, label: str) -> Iterator[Watch]:
    """Show a fit of `total` epochs on standard error while the block runs."""
    with _progress() as progress:
        watch = Watch(progress, total, label)
        try:
            yield watch
        finally:
            watch.catch_up()


@contextmanager
def watching_several(total: int, label: str) -> Iterator[Watches]:
    """Show `total` fits on standard error while the block runs."""
    with _progress() as progress:
        yield Watches(progress, total, label)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Give bars on standard error where that is a terminal."""
    if not err.is_terminal:
        yield None
        return
    columns = (
        TextColumn("[bold]{task.description}[/] {task.completed:.0f}/{task.total:.0f}"),
        BarColumn(bar_width=20 if err.width >= 110 else 6),
        Sparkline(),
        TextColumn("{task.fields[numbers]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=err, refresh_per_second=REFRESHED) as progress:
        yield progress


def advancing(rows: Iterable[Row], total: int, label: str) -> Iterator[Row]:
    """Yield what `rows` yields, with a bar on standard error where that is a terminal."""
    yield from track(rows, label, total, console=err, disable=not err.is_terminal)


class Reading:
    """Shows how far the reading of a large file has come, once that takes a while."""

    def __init__(self) -> None:
        self.shown = clock()
        self.bar: Progress | None = None

    def __call__(self, name: str, share: float) -> None:
        """Show the share of a file that was read and made ready."""
        if clock() - self.shown < (1.0 if err.is_terminal else SECONDS_WITHOUT_TERMINAL) and not self.bar:
            return
        self.shown = clock()
        if not err.is_terminal:
            err.print(_("{file}: {percent} % read").format(file=name, percent=int(100 * share)), markup=False)
            return
        if not self.bar:
            columns = (TextColumn("{task.description}"), BarColumn(20), TaskProgressColumn(), TimeRemainingColumn())
            self.bar = Progress(*columns, console=err, transient=True, refresh_per_second=REFRESHED)
            self.task = self.bar.add_task(_("reading {file}").format(file=escape(name)), total=1.0)
            self.bar.start()
        self.bar.update(self.task, completed=share)


@contextmanager
def reading() -> Iterator[None]:
    """Show on standard error how far the reading of a large file has come, while the block runs."""
    shown = Reading()
    try:
        with told_to(shown):
            yield
    finally:
        if shown.bar:
            shown.bar.stop()


TOLD = ("accuracy", "exact", "rmse", "bits", "elbo", "real", "fake")


def numbers_of(epoch: Epoch) -> str:
    """Return the loss of an epoch, and what else people look at, in few words."""
    parts = []
    for split, word in (("train", _("train")), ("valid", _("valid"))):
        values: Mapping[str, float] = getattr(epoch, split)
        if values:
            told = [name for name in TOLD if name in values][:2]
            texts = [metric_text(name, values[name]) for name in told]
            if len(told) > 1 or told in (["bits"], ["elbo"]):
                texts = [f"{short_name(name)} {text}" for name, text in zip(told, texts, strict=True)]
            parts.append(" ".join([word, f"{values['loss']:.4f}", *texts]))
    return "  ".join(parts)


def short_name(metric: str) -> str:
    """Return what people call one of the metrics `TOLD`, in a word."""
    names = {"accuracy": _("accuracy"), "exact": _("exact"), "real": _("real"), "fake": _("made"), "elbo": "ELBO"}
    return names.get(metric, metric)


def metric_text(name: str, value: float | None) -> str:
    """Return a metric as people write it: accuracies as per cent."""
    if value is None or math.isnan(value):
        return "-"
    if name in ("accuracy", "exact") or name.startswith("precision"):
        return f"{100 * value:.2f} %"
    return f"{value:.5g}"


def show_run(run: Run) -> None:
    """Print the metrics of a run, what stands out, and where everything is."""
    from neurona.data.dataset import SPLITS  # which imports PyTorch, as whoever has a run did before

    metrics = run.metrics
    table = Table(box=None, pad_edge=False, header_style="bold")
    splits = [split for split in SPLITS if metrics[split]]
    table.add_column("")
    for split in splits:
        table.add_column({"train": _("train"), "valid": _("valid"), "test": _("test")}[split], justify="right")
    for name in metrics["train"]:
        table.add_row(metric_name(name), *(metric_text(name, metrics[split][name]) for split in splits))
    out.print(table)
    stop = (
        _("stopped early, weights of epoch {best}").format(best=metrics["best_epoch"])
        if metrics["stopped_early"]
        else ""
    )
    epochs = metrics["epochs"]
    text = one_or_many(epochs, _("{epochs} epoch in {time}"), _("{epochs} epochs in {time}"))
    text = text.format(epochs=epochs, time=seconds(metrics["seconds"]))
    out.print(text + (f" ({stop})" if stop else ""))


def show_sentences(sentences: Sequence[str]) -> None:
    """Print sentences as a list."""
    for sentence in sentences:
        out.print(f"• {escape(sentence)}")


def show_comparison(comparison: Comparison) -> None:
    """Print a row for each variant, which is named where there are several: mean and 95 % interval, and the time."""
    table, left = table_of(comparison, out.width)
    out.print(table)
    if left:
        names = ", ".join(map(heading, left))
        out.print(_("There is more in the report and with --json: {names}.").format(names=names))
    seeds = comparison.recipe.seeds
    one = _("One seed each: how much of it is chance is seen with several (--seeds 5 of `neurona compare`).")
    many = _("Mean over {seeds} seeds; ± is half of the 95 % interval (Student).").format(seeds=seeds)
    out.print(one_or_many(seeds, one, many))
    show_sentences([*different_data_texts(comparison), *diverged_texts(comparison)])
    if len(comparison.variants) > 1 and seeds > 1 and comparison.ranks:
        show_pairs(comparison)


def show_pairs(comparison: Comparison) -> None:
    """Print which variant is best, and a line for each other one: how it differs from that, seed by seed."""
    metric, tied = comparison.main, comparison.tied
    text = _("Best: {variant} ({metric}). The others, seed by seed:")
    if len(tied) > 1:
        text = _("Best, with the same mean: {variant} ({metric}). The others, seed by seed:")
    others = {label: pair for label, pair in comparison.pairs().items() if label not in tied}
    if len(tied) == len(comparison.variants):
        text = _("None is best: all have the same mean ({metric}).")
    best = "; ".join(f"[bold]{escape(comparison.title(label))}[/]" for label in tied)
    out.print(text.format(variant=best, metric=metric_name(metric)))
    for label, pair in others.items():
        out.print(f"  {escape(comparison.title(label))}: {pair_text(metric, pair)}")


def show_verdicts(name: str, verdicts: Sequence[Verdict], took: float) -> None:
    """Print a line for each claim of a recipe."""
    for verdict in verdicts:
        mark = "[green]✓[/]" if verdict.holds else "[red]✗[/]"
        variant = f"{verdict.variant}: " if verdict.variant else ""
        text = f"{variant}{metric_name(verdict.claim.metric)} {verdict.wanted}: {verdict.measured}"
        out.print(f"{mark} [bold]{name}[/]  {escape(text)}  [dim]({seconds(took)})[/]")


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a titled table."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0)
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    out.print(table, soft_wrap=False)
    out.print()


def clock() -> float:
    """Return seconds of a clock that only measures spans."""
    return time.perf_counter()
