"""What a report says about a run or a comparison, section by section."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from neurona.claims import judge_all
from neurona.compare import Comparison
from neurona.data.dataset import SELF_SUPERVISED, SPLITS
from neurona.data.inputs import Pixels
from neurona.data.split_names import split_name
from neurona.errors import NeuronaError
from neurona.interval import Interval, equal_means
from neurona.language import _, one_or_many
from neurona.look import confusion, summary, tuned, variants
from neurona.look.datacard import data_card
from neurona.look.evidence import Evidence
from neurona.look.findings import findings
from neurona.look.looks import Looks, Moving, inline
from neurona.look.opened import Sample, opened
from neurona.look.page import Headline, Page, Picture, Section, Table, Verdict
from neurona.look.words import (
    different_data_texts,
    diverged_texts,
    heading,
    interval_text,
    left_out_texts,
    metric_name,
    metric_value,
    number,
    pair_text,
    seconds,
    task_name,
)
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.tasks import higher_is_better
from neurona.tuning import Tuning
from neurona.tuning.space import shown
from neurona.written import departures

MOST_ROWS = 120
MOST_CHANGES = 8
# What a claim is true of whatever these are.
NO_SETTINGS = (
    "data.seed",
    *(f"fit.{name}" for name in ("seed", "device", "engine", "checkpoint_seconds", "snapshots")),
)


def page(result: Run | Comparison | Tuning, looks: Looks, sample: Sample | None = None) -> Page:
    """Return the report of a run, a comparison or a search; empty sections are left out.

    Args:
        result: what it is about.
        looks: its figures.
        sample: of the run, to be opened in it; None for the first one of test where that does not take long.

    Raises:
        InputError: there is no such sample.
    """
    if isinstance(result, Tuning):
        sections = _of_tuning(result, looks)
    else:
        sections = _of_comparison(result, looks) if isinstance(result, Comparison) else _of_run(result, looks, sample)
    shown = [s for s in sections if s.verdicts or s.remarks or s.pictures or s.facts or s.tables or s.code or s.frame]
    recipe = result.recipe
    return Page(
        title=_(recipe.title) or recipe.name,
        name=recipe.name,
        kicker=_kicker(result),
        source=_origin(recipe),
        headlines=headlines(result),
        sections=shown,
    )


def _origin(recipe: Recipe) -> str:
    """Return whose experiment it is, and in what a recipe of the catalogue was changed, where it was."""
    parts = [_("Source: {source}").format(source=_(recipe.source))] if recipe.source else []
    changed = departures(recipe.to_dict())
    if changed:
        options = [f"{key} = {shown(value)}" for key, value in changed.items()]
        listed = ", ".join([*options[:MOST_CHANGES], "…"] if len(options) > MOST_CHANGES else options)
        parts.append(_("Changed here: {options}").format(options=listed))
    return " · ".join(parts)


def headlines(result: Run | Comparison | Tuning) -> list[Headline]:
    """Return the numbers that people look at first, the main metric on test before all."""
    if isinstance(result, Tuning):
        return tuned.headlines(result)
    return _headlines_of_comparison(result) if isinstance(result, Comparison) else _headlines_of_run(result)


def _kicker(result: Run | Comparison | Tuning) -> str:
    first = _a_run(result)
    if first is None:
        return ""
    date = str(first.environment.get("started", ""))[:10]
    search = _("search") if isinstance(result, Tuning) else ""
    return " · ".join(part for part in (search, task_name(first.task.name), date) if part)


def _a_run(result: Run | Comparison | Tuning) -> Run | None:
    if isinstance(result, Run):
        return result
    if isinstance(result, Tuning):
        return result.best_run
    return next((run for runs in result.runs.values() for run in runs), None)


# ---------------------------------------------------------------------- a run


def _headlines_of_run(run: Run) -> list[Headline]:
    if not run.finished:
        done = len(run.rows)
        so_far = one_or_many(done, _("{count} epoch so far"), _("{count} epochs so far")).format(count=done)
        return [Headline(_("state"), _("not finished"), so_far)]
    metrics, main = run.metrics, run.task.main
    split = next((name for name in ("test", "valid", "train") if metrics.get(name)), "train")
    count = run.samples.get(split, 0)
    samples = one_or_many(count, _("{count} sample"), _("{count} samples")).format(count=number(count))
    found = [Headline(metric_name(f"{split}.{main}"), metric_value(main, metrics[split].get(main)), samples)]
    if split != "train":
        found.append(Headline(metric_name(f"train.{main}"), metric_value(main, metrics["train"].get(main))))
    extra = {"regression": "r2", "multilabel": "precision_at_1"}.get(run.task.name, "loss")
    found.append(Headline(metric_name(f"{split}.{extra}"), metric_value(extra, metrics[split].get(extra))))
    stopped = _("stopped early, best epoch {epoch}").format(epoch=metrics.get("best_epoch"))
    epochs = one_or_many(metrics["epochs"], _("epoch"), _("epochs"))
    found.append(Headline(epochs, number(metrics["epochs"]), stopped if metrics.get("stopped_early") else ""))
    found.append(Headline(_("training time"), seconds(metrics["seconds"]), str(run.environment.get("device", ""))))
    return found


def _of_run(run: Run, looks: Looks, sample: Sample | None) -> Iterator[Section]:
    seen = looks.evidence or Evidence.of(run)
    yield Section(_("Claims"), verdicts=verdicts(run))
    yield Section(_("Findings"), remarks=_findings(run))
    yield Section(_("What happened"), remarks=_left_out(looks), pictures=pictures(looks))
    yield Section(_("Metrics"), tables=[_metrics(run), *_classification(seen)])
    if _has_net(seen):
        yield Section(_("The net"), tables=[_layers(seen)])
    if _has_net(seen) or sample is not None:  # who asked for a sample is told why there is none
        yield _one_sample(run, seen, sample)
    yield data_card(run)
    yield from _afterwards(run)


def _one_sample(run: Run, seen: Evidence, sample: Sample | None) -> Section:
    frame = opened(run, seen, sample)
    command = f"neurona report {shlex.quote(str(run.path))} --sample 1"
    again = frame and run.recipe.net  # which the command line can build
    remarks = [_("Another sample: {command}").format(command=command)] if again else []
    return Section(_("One sample, opened"), remarks=remarks, frame=frame)


def verdicts(result: Run | Comparison) -> list[Verdict]:
    """Return a sentence for each claim of the recipe, and whether it holds; one of other settings is not judged."""
    other = any(key not in NO_SETTINGS for key in departures(result.recipe.to_dict()))
    try:
        judged = judge_all(result)
    except NeuronaError as error:
        return [Verdict(error.problem, "", _("not measured"), holds=None if other else False)]
    found = []
    for verdict in judged:
        text = _("{metric}: claimed {wanted}, measured {measured}").format(
            metric=metric_name(verdict.claim.metric), wanted=_signs(verdict.wanted), measured=verdict.measured
        )
        if verdict.variant:
            text = f"{verdict.variant} · {text}"
        runs = 1 if isinstance(result, Run) else min(map(len, result.runs.values()))
        if verdict.claim.seeds > runs:
            continue  # `neurona claims` trains the seeds that this one speaks of
        mark = _("of other settings") if other else _("holds") if verdict.holds else _("does not hold")
        found.append(Verdict(text, _(verdict.claim.source), mark, None if other else verdict.holds))
    return found


def _signs(bounds: str) -> str:
    return bounds.replace(">=", "≥").replace("<=", "≤")


def _findings(run: Run) -> list[str]:
    try:
        return findings(run)
    except NeuronaError:
        return []  # The perceptron's finding needs the data, and why they are missing is said beside the figures.


def _left_out(looks: Looks) -> list[str]:
    if not looks.lacks:
        return []
    return [*looks.lacks, _("Figures and tables that need what is missing are left out of this report.")]


def pictures(looks: Looks) -> list[Picture]:
    """Return every figure that suits, drawn."""
    found = []
    for look in looks.suitable:
        content = looks.picture(look)
        pixels = _gif_width(content) if isinstance(look, Moving) else _png_width(content) * 100 // 150
        found.append(Picture(look.title, look.caption, inline(content, look), pixels))
    return found


def _png_width(content: bytes) -> int:
    return int.from_bytes(content[16:20], "big")


def _gif_width(content: bytes) -> int:
    return int.from_bytes(content[6:8], "little")


def _metrics(run: Run) -> Table:
    metrics = run.metrics
    splits = [split for split in SPLITS if metrics.get(split)]
    names = list(dict.fromkeys(name for split in splits for name in metrics[split]))
    rows = [(metric_name(name), *(metric_value(name, metrics[split].get(name)) for split in splits)) for name in names]
    samples = (_("samples"), *(number(run.samples[split]) for split in splits))
    return Table((_("metric"), *(split_name(split) for split in splits)), [*rows, samples], averages=1)


def _classification(seen: Evidence) -> list[Table]:
    if seen.lacks or not seen.classifies:
        return []
    header = (_("class"), _("precision"), _("recall"), "F1", _("samples"))
    tables = []
    for split in dict.fromkeys((seen.judged, "train")):
        scores = confusion.scores(seen, split)
        shown = [*scores[:-2][:MOST_ROWS], *scores[-2:]]
        rows = [(s.name, _share(s.precision), _share(s.recall), _share(s.f1), number(s.support)) for s in shown]
        title = _("Classification report on {split}").format(split=split_name(split))
        tables.append(Table(header, rows, title, averages=2))
    return tables


def _share(value: float) -> str:
    return metric_value("precision", value)


def _has_net(seen: Evidence) -> bool:
    try:
        return seen.net is not None
    except NeuronaError:
        return False


def _layers(seen: Evidence) -> Table:
    header, *rows = summary.table(summary.layers(seen))
    return Table(header, rows, averages=1, left=3)


# ---------------------------------------------------------------------- how it was made


def _afterwards(result: Run | Comparison) -> Iterator[Section]:
    path, recipe = shlex.quote(str(result.path)), shlex.quote(str(result.path / "recipe.toml"))
    code = [("", result.recipe.to_toml().strip())]
    yield Section(_("The recipe"), code=code)
    commands = [(_("Train it again, to the same numbers"), f"neurona train {recipe}")]
    if isinstance(result, Run):
        commands += _predictions(result, path)
    if isinstance(result, Run):
        commands.append((_("Take the net away as plain PyTorch"), f"neurona export {path}"))
    if result.recipe.net:
        yield Section(_("What to do next"), code=commands)
    else:
        own = _("The net is a module of your own: fill a new one with these weights in Python.")
        lines = f"import neurona as nr\n\nrun = nr.Run.open({str(result.path)!r})\nnet = run.net(MyNet())"
        yield Section(_("What to do next"), code=[(own, lines)])
    first = _a_run(result)
    if first is not None:
        yield Section(_("Environment"), facts=_environment(first.environment))


def _predictions(run: Run, path: str) -> list[tuple[str, str]]:
    if run.task.name == "next-token":
        return [(_("Let it write"), f"neurona sample {path}")]
    if run.task.name in SELF_SUPERVISED:
        return []
    if isinstance(run.inputs, Pixels):
        return [(_("Predict other pictures"), f"neurona predict {path} " + _("picture.png"))]
    return [(_("Predict the rows of another table"), f"neurona predict {path} " + _("new.csv"))]


def _environment(environment: dict[str, Any]) -> list[tuple[str, str]]:
    names = {
        "python": "Python",
        "torch": "PyTorch",
        "numpy": "NumPy",
        "platform": _("system"),
        "device": _("device"),
        "engine": _("engine"),
        "threads": _("threads"),
        "seed": _("seed"),
        "started": _("started"),
    }
    return [(names.get(key, key), str(value)) for key, value in environment.items()]


# ---------------------------------------------------------------------- a comparison


def _headlines_of_comparison(result: Comparison) -> list[Headline]:
    first = _a_run(result)
    if first is None:
        return [Headline(_("state"), _("not finished"))]
    metric = variants.main_metric(result)
    means = {label: Interval.of(numbers) for label, numbers in variants.whole(result, metric).items()}
    found = []
    several = len(result.variants) > 1
    if means and (result.ranks or not several):
        choose = max if higher_is_better(metric) else min
        best = choose(means, key=lambda label: means[label].mean)
        name = metric_name(metric)
        value, sign, half = interval_text(metric, means[best].mean, means[best].half).partition(" ± ")
        label = _("best: {label}").format(label=result.title(best))
        tied = equal_means(variants.whole(result, metric), best)
        if len(tied) > 1:
            label = _("{count} variants tie").format(count=len(tied))
        label = label if several else ""
        more = " · ".join(part for part in (f"± {half}" if sign else "", label) if part)
        found.append(Headline(name, value + "".join(half.partition(" ")[1:]), more))
    times = [value for numbers in variants.values(result, "seconds").values() for value in numbers]
    if several:
        found.append(Headline(_("variants"), number(len(result.variants))))
    found.append(Headline(_("seeds of each") if several else _("seeds"), number(result.recipe.seeds)))
    found.append(Headline(_("training time in all"), seconds(sum(times)), str(first.environment.get("device", ""))))
    return found


def _of_comparison(result: Comparison, looks: Looks) -> Iterator[Section]:
    unfinished = [] if result.finished else [_("Not every run has reached its end; this report shows those that have.")]
    remarks = [*unfinished, *different_data_texts(result), *left_out_texts(result), *diverged_texts(result)]
    yield Section(_("Claims"), verdicts=verdicts(result))
    yield Section(_("What happened"), remarks=remarks, pictures=pictures(looks))
    first = _a_run(result)
    if first is not None:
        heading = one_or_many(len(result.variants), _("The seeds in numbers"), _("The variants in numbers"))
        yield Section(heading, tables=[_variants(result, first)])
        yield from _data_of(result)
    yield from _afterwards(result)


def _data_of(result: Comparison) -> Iterator[Section]:
    """Yield what the first run of a comparison was trained on; of each variant where that is something else."""
    told: list[dict[str, Any]] = []
    for label, runs in result.runs.items():
        data = {**runs[0].recipe.data, "seed": 0} if runs else {}
        if runs and data not in told and (result.on_different_data or not told):
            card = data_card(runs[0])
            yield replace(card, heading=f"{card.heading}: {result.title(label)}") if result.on_different_data else card
            told.append(data)


def _variants(result: Comparison, first: Run) -> Table:
    split = next((name for name in ("test", "valid", "train") if first.metrics.get(name)), "train")
    main = variants.main_metric(result)
    metrics = list(dict.fromkeys([main, *(f"{split}.{name}" for name in first.metrics[split]), "seconds"]))
    found = {metric: variants.values(result, metric) for metric in metrics}
    pairs = variants.pairs(result, main) if result.recipe.seeds > 1 and result.ranks else {}
    rows: list[Sequence[str]] = []
    for label, runs in result.runs.items():
        intervals = [(metric, Interval.of(found[metric][label])) for metric in metrics]
        cells = [interval_text(metric, interval.mean, interval.half) for metric, interval in intervals]
        if pairs:
            cells.append(pair_text(main, pairs[label]) if label in pairs else "–")
        rows.append((result.title(label), number(len(runs)), *cells))
    header = [_("variant"), _("seeds"), *map(heading, metrics)]
    if pairs:
        header.append(_("difference from the best, seed by seed (paired t-test, p after Holm)"))
    if len(rows) == 1:
        header, rows = header[1:], [row[1:] for row in rows]
    title = _("Mean ± half of the 95 % confidence interval over seeds") if result.recipe.seeds > 1 else ""
    return Table(header, rows, title)


# ---------------------------------------------------------------------- a search


def _of_tuning(result: Tuning, looks: Looks) -> Iterator[Section]:
    yield Section(_("What was found"), remarks=tuned.remarks(result))
    yield Section(_("What happened"), pictures=pictures(looks))
    if result.done:
        yield Section(_("The trials in numbers"), tables=[tuned.table(result)])
    run = result.best_run
    if run is not None:
        yield Section(_("The best recipe"), code=[("", run.recipe.to_toml().strip())])
    yield Section(_("What to do next"), code=tuned.commands(result))
    if run is not None:
        yield data_card(run)
        yield Section(_("Environment"), facts=_environment(run.environment))
