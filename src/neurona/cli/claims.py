"""`neurona claims`: trains recipes one after the other and prints a verdict for each claim as it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.markup import escape

from neurona.claims import Verdict, judge_all
from neurona.cli import screen
from neurona.cli.first import train_first
from neurona.compare import Comparison
from neurona.data import DATASETS
from neurona.errors import NeuronaError
from neurona.language import _
from neurona.pretrained import AbsentError
from neurona.recipe import Recipe
from neurona.run import Run


def check(names: list[str], folder: Path, *, fast: bool) -> list[dict[str, Any]]:
    """Train each recipe below `folder` and return what became of its claims, a dictionary for each claim.

    `holds` is None for those that could not be checked, because weights that the recipe starts from are not there and
    cannot be downloaded now.
    """
    results = []
    for name in names:
        recipe = Recipe.read(name)
        if not recipe.claim or (fast and needs_download(recipe)):
            continue
        start = screen.clock()
        try:
            verdicts = judge_all(_trained(recipe, folder / name))
        except AbsentError as error:
            not_checked = _("not checked")
            screen.out.print(f"[yellow]–[/] [bold]{name}[/]  {not_checked}: {escape(error.problem)}")
            unchecked = [_row(name, Verdict(claim, error.problem, "", False), 0.0) for claim in recipe.claim]
            results += [{**row, "holds": None} for row in unchecked]
            continue
        except NeuronaError as error:
            screen.show_error(error)
            verdicts = [Verdict(claim, error.problem, "", False) for claim in recipe.claim]
        seconds = screen.clock() - start
        screen.show_verdicts(name, verdicts, seconds)
        results += [_row(name, verdict, seconds) for verdict in verdicts]
    return results


def needs_download(recipe: Recipe) -> bool:
    """Tell whether a recipe trains on data that are not part of the package."""
    return bool(DATASETS[recipe.data["name"]].facts.get("download"))


def _trained(recipe: Recipe, path: Path) -> Run | Comparison:
    seeds = max([recipe.seeds, *(claim.seeds for claim in recipe.claim)])
    recipe = recipe.model_copy(update={"seeds": seeds})
    train_first(recipe)
    if recipe.vary or seeds > 1:
        comparison = Comparison.begin(recipe, path)
        with screen.watching_several(comparison.missing, recipe.name) as watches:
            for part, epoch in comparison.follow():
                watches.show(part, epoch)
        return comparison
    fit = recipe.start()
    run = Run.begin(fit, path, recipe)
    with screen.watching(fit.options.epochs, recipe.name) as watch:
        for epoch in run.follow(fit):
            watch.show(epoch)
    return run.finish(fit)


def _row(name: str, verdict: Verdict, seconds: float) -> dict[str, Any]:
    return {
        "recipe": name,
        "metric": verdict.claim.metric,
        "wanted": verdict.wanted,
        "measured": verdict.measured,
        "holds": verdict.holds,
        "seconds": round(seconds, 2),
        "source": verdict.claim.source,
    }
