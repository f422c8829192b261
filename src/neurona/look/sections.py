"""What a report holds: sections of facts, tables, figures and code, in the language in use and free of any markup."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from neurona.claims import higher_is_better, judge_all
from neurona.compare import Comparison, Interval
from neurona.data.inputs import Category, Column, Columns, Date, Pixels
from neurona.errors import NeuronaError
from neurona.language import _
from neurona.look import confusion, summary, variants
from neurona.look.evidence import Evidence
from neurona.look.findings import findings
from neurona.look.looks import Looks, Moving, inline
from neurona.look.words import metric_name, metric_value, number, percent, seconds, split_name, task_name
from neurona.run import SPLITS, Run

MOST_NAMES = 30
MOST_ROWS = 60


@dataclass(frozen=True)
class Headline:
    """A number in large type: what it is, its value, and a word more."""

    name: str
    value: str
    more: str = ""


@dataclass(frozen=True)
class Verdict:
    """A claim and what became of it, in words."""

    text: str
    source: str
    mark: str
    holds: bool


@dataclass(frozen=True)
class Picture:
    """A figure of the report: `source` is a `data:` address, `width` its natural width in CSS pixels."""

    title: str
    caption: str
    source: str
    width: int


@dataclass(frozen=True)
class Table:
    """Rows of text below a header; the last `averages` rows are set apart, the first `left` columns are words."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    averages: int = 0
    left: int = 1


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading; it shows whichever of its fields hold something, in this order."""

    heading: str
    verdicts: Sequence[Verdict] = ()
    remarks: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    code: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Page:
    """All that a report says."""

    title: str
    name: str
    kicker: str
    source: str
    headlines: Sequence[Headline]
    sections: Sequence[Section] = field(default_factory=tuple)


def page(result: Run | Comparison, looks: Looks) -> Page:
    """Return the report of a run or a comparison; empty sections are left out."""
    sections = _of_comparison(result, looks) if isinstance(result, Comparison) else _of_run(looks)
    shown = [s for s in sections if s.verdicts or s.remarks or s.pictures or s.facts or s.tables or s.code]
    recipe = result.recipe
    return Page(
        title=_(recipe.title) or recipe.name,
        name=recipe.name,
        kicker=_kicker(result),
        source=_("Source: {source}").format(source=recipe.source) if recipe.source else "",
        headlines=headlines(result),
        sections=shown,
    )


def headlines(result: Run | Comparison) -> list[Headline]:
    """Return the numbers that people look at first, the main metric on test before all."""
    return _headlines_of_comparison(result) if isinstance(result, Comparison) else _headlines_of_run(result)


def _kicker(result: Run | Comparison) -> str:
    first = _a_run(result)
    if first is None:
        return ""
    date = str(first.environment.get("started", ""))[:10]
    return " · ".join(part for part in (task_name(first.task.name), date) if part)


def _a_run(result: Run | Comparison) -> Run | None:
    if isinstance(result, Run):
        return result
    return next((run for runs in result.runs.values() for run in runs), None)


# ---------------------------------------------------------------------- a run


def _headlines_of_run(run: Run) -> list[Headline]:
    if not run.finished:
        return [Headline(_("state"), _("not finished"), _("{count} epochs so far").format(count=len(run.rows)))]
    metrics, main = run.metrics, run.task.main
    split = next((name for name in ("test", "valid", "train") if metrics.get(name)), "train")
    samples = _("{count} samples").format(count=number(run.samples.get(split, 0)))
    found = [Headline(metric_name(f"{split}.{main}"), metric_value(main, metrics[split].get(main)), samples)]
    if split != "train":
        found.append(Headline(metric_name(f"train.{main}"), metric_value(main, metrics["train"].get(main))))
    extra = "r2" if run.task.name == "regression" else "precision_at_1" if run.task.name == "multilabel" else "loss"
    found.append(Headline(metric_name(f"{split}.{extra}"), metric_value(extra, metrics[split].get(extra))))
    stopped = _("stopped early, best epoch {epoch}").format(epoch=metrics.get("best_epoch"))
    found.append(Headline(_("epochs"), number(metrics["epochs"]), stopped if metrics.get("stopped_early") else ""))
    found.append(Headline(_("training time"), seconds(metrics["seconds"]), str(run.environment.get("device", ""))))
    return found


def _of_run(looks: Looks) -> Iterator[Section]:
    seen = Evidence.of(looks.evidence or looks.result)  # type: ignore[arg-type]
    yield Section(_("Claims"), verdicts=verdicts(seen.run))
    yield Section(_("Findings"), remarks=_findings(seen.run))
    yield Section(_("What happened"), remarks=_left_out(looks), pictures=pictures(looks))
    yield Section(_("Metrics"), tables=[_metrics(seen.run), *_classification(seen)])
    if _has_net(seen):
        yield Section(_("The net"), tables=[_layers(seen)])
    yield _data(seen.run)
    yield from _afterwards(seen.run)


def verdicts(result: Run | Comparison) -> list[Verdict]:
    """Return a sentence for each claim of the recipe, and whether it holds."""
    try:
        judged = judge_all(result)
    except NeuronaError as error:
        return [Verdict(error.problem, "", _("not measured"), holds=False)]
    found = []
    for verdict in judged:
        text = _("{metric}: claimed {wanted}, measured {measured}").format(
            metric=metric_name(verdict.claim.metric), wanted=_signs(verdict.wanted), measured=verdict.measured
        )
        if verdict.claim.variant:
            text = f"{verdict.claim.variant} · {text}"
        mark = _("holds") if verdict.holds else _("does not hold")
        found.append(Verdict(text, verdict.claim.source, mark, verdict.holds))
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
    if seen.lacks or seen.run.task.name == "regression":
        return []
    header = (_("class"), _("precision"), _("recall"), "F1", _("samples"))
    tables = []
    for split in dict.fromkeys((seen.judged, "train")):
        scores = confusion.scores(seen, split)
        rows = [(s.name, _share(s.precision), _share(s.recall), _share(s.f1), number(s.support)) for s in scores]
        title = _("Classification report on {split}").format(split=split_name(split))
        tables.append(Table(header, rows[: MOST_ROWS * 2], title, averages=2))
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


# ---------------------------------------------------------------------- data


def _data(run: Run) -> Section:
    data = run.recipe.data
    facts = [
        (_("data"), str(data.get("name") or data.get("path") or _("made in Python"))),
        (_("task"), task_name(run.task.name)),
        (_("samples"), ", ".join(f"{split_name(split)} {number(run.samples[split])}" for split in SPLITS)),
        (_("features"), number(len(run.inputs.names))),
        (_("predicts"), _listed(run.target.names)),
    ]
    if run.target.classes:
        title = _("labels") if run.task.name == "multilabel" else _("classes")
        facts.append((title, f"{len(run.target.classes)}: {_listed(run.target.classes)}"))
    if run.largest_class:
        facts.append((_("largest class"), percent(run.largest_class)))
    facts += [(_("target, mean and scale"), _scaling(run))] if run.target.scale else []
    tables = []
    if isinstance(run.inputs, Pixels):
        shape = " × ".join(map(str, run.inputs.shape))
        facts.append((_("pictures"), _("{shape} (channels, height, width)").format(shape=shape)))
        rule = _("byte × {scale} + {shift}").format(scale=number(run.inputs.scale), shift=number(run.inputs.shift))
        facts.append((_("preprocessing"), rule))
    else:
        tables.append(_columns(run.inputs))
    return Section(_("The data"), remarks=[_(note) for note in run.notes], facts=facts, tables=tables)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown}, …"


def _scaling(run: Run) -> str:
    target = run.target
    triples = list(zip(target.names, target.mean, target.scale, strict=True))[:MOST_NAMES]
    return "; ".join(f"{name}: {number(mean)}, {number(scale)}" for name, mean, scale in triples)


def _columns(inputs: Columns) -> Table:
    rows = [(column.name, *_treatment(column)) for column in inputs.columns[:MOST_ROWS]]
    if len(inputs.columns) > MOST_ROWS:
        rows.append(("…", "", "", ""))
    header = (_("column"), _("kind"), _("how the net sees it"), _("when missing"))
    return Table(header, rows, _("Preprocessing, fitted on train alone"), left=4)


def _treatment(column: Column) -> tuple[str, str, str]:
    if isinstance(column, Category):
        seen = _("one of {count}: {values}").format(count=len(column.values), values=_listed(column.values[:8]))
        return _("category"), seen, _("all zeros")
    scaled = _("(value − {mean}) / {scale}").format(mean=number(column.mean), scale=number(column.scale))
    if isinstance(column, Date):
        circle = _("years since 2000 {scaled}; month and weekday on a circle").format(scaled=scaled)
        return _("date"), circle, number(column.fill)
    plain = column.mean == 0 and column.scale == 1
    return _("number"), _("as it is") if plain else scaled, number(column.fill)


# ---------------------------------------------------------------------- how it was made


def _afterwards(result: Run | Comparison) -> Iterator[Section]:
    path, recipe = shlex.quote(str(result.path)), shlex.quote(str(result.path / "recipe.toml"))
    code = [("", result.recipe.to_toml().strip())]
    yield Section(_("The recipe"), code=code)
    commands = [(_("Train it again, to the same numbers"), f"neurona train {recipe}")]
    if isinstance(result, Run) and not isinstance(result.inputs, Pixels):
        commands.append((_("Predict the rows of another table"), f"neurona predict {path} new.csv"))
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


def _environment(environment: dict[str, Any]) -> list[tuple[str, str]]:
    names = {
        "python": "Python",
        "torch": "PyTorch",
        "numpy": "NumPy",
        "platform": _("system"),
        "device": _("device"),
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
    means = {label: Interval.of(numbers) for label, numbers in variants.values(result, metric).items() if numbers}
    found = []
    if means:
        choose = max if higher_is_better(metric) else min
        best = choose(means, key=lambda label: means[label].mean)
        name = metric_name(metric)
        half = f"± {metric_value(metric, means[best].half)}" if means[best].half else ""
        label = _("best: {label}").format(label=variants.title_of(result, best)) if len(means) > 1 else ""
        more = " · ".join(part for part in (half, label) if part)
        found.append(Headline(name, metric_value(metric, means[best].mean), more))
    times = [value for numbers in variants.values(result, "seconds").values() for value in numbers]
    found.append(Headline(_("variants"), number(len(result.variants))))
    found.append(Headline(_("seeds of each"), number(result.recipe.seeds)))
    found.append(Headline(_("training time in all"), seconds(sum(times)), str(first.environment.get("device", ""))))
    return found


def _of_comparison(result: Comparison, looks: Looks) -> Iterator[Section]:
    unfinished = [] if result.finished else [_("Not every run has reached its end; this report shows those that have.")]
    yield Section(_("Claims"), verdicts=verdicts(result))
    yield Section(_("What happened"), remarks=unfinished, pictures=pictures(looks))
    first = _a_run(result)
    if first is not None:
        yield Section(_("The variants in numbers"), tables=[_variants(result, first)])
        yield _data(first)
    yield from _afterwards(result)


def _variants(result: Comparison, first: Run) -> Table:
    split = next((name for name in ("test", "valid", "train") if first.metrics.get(name)), "train")
    main = variants.main_metric(result)
    metrics = list(dict.fromkeys([main, *(f"{split}.{name}" for name in first.metrics[split]), "seconds"]))
    found = {metric: variants.values(result, metric) for metric in metrics}
    rows = []
    for label, runs in result.runs.items():
        cells = [_interval(metric, Interval.of(found[metric][label])) for metric in metrics]
        rows.append((variants.title_of(result, label), number(len(runs)), *cells))
    header = (_("variant"), _("seeds"), *(metric_name(metric) for metric in metrics))
    title = _("Mean ± half of the 95 % confidence interval over seeds") if result.recipe.seeds > 1 else ""
    return Table(header, rows, title)


def _interval(metric: str, interval: Interval) -> str:
    value = metric_value(metric, interval.mean)
    if not interval.half:
        return value
    half = metric_value(metric, interval.half)
    return f"{value.removesuffix(' %')} ± {half}" if half.endswith("%") else f"{value} ± {half}"
