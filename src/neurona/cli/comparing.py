"""`neurona compare`: choices side by side, each with several seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurona.cli.app import AsJson, Epochs, Overrides, Target, WithReport, app, changes_of
from neurona.cli.resuming import require_resumable
from neurona.cli.training import What, finish, resumed, start
from neurona.cli.usage import Command
from neurona.errors import InputError
from neurona.language import _

SEEDS = 5


@app.command(
    cls=Command,
    help=_(
        "Train variants of a recipe, each with several seeds, and say which is best and how sure that is: means with "
        "95 % intervals, differences seed by seed, learning curves with bands.\n\n"
        "neurona compare spiral --vary net.activation=relu,tanh,sigmoid --seeds 10\n\n"
        "neurona compare wine --vary fit.lr=0.001,0.01,0.1 --vary net.hidden=[10],[50,50]\n\n"
        "neurona compare --resume runs/spiral-…"
    ),
)
def compare(
    what: What = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar=_("KEY=VALUE,VALUE"),
            help=_(
                "What is compared, such as fit.lr=0.01,0.1, or fit.momentum=none,0.9 for without and with; several "
                "make every combination."
            ),
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N", help=_("Seeds of each variant (of weights, order and split); 5 unless the recipe says.")
        ),
    ] = None,
    lanes: Annotated[
        int | None,
        typer.Option(
            metavar="N", help=_("How many train side by side; as many as there are cores, where that is faster.")
        ),
    ] = None,
    set_: Overrides = None,
    epochs: Epochs = None,
    target: Target = None,
    out: Annotated[
        Path | None, typer.Option(metavar=_("DIR"), help=_("The directory of the comparison; else runs/NAME-TIME."))
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar=_("DIR"), help=_("Go on with a comparison that was interrupted."))
    ] = None,
    report: WithReport = True,
    as_json: AsJson = False,
) -> None:
    if (what is None) == (resume is None):
        problem = _("Say what to compare: variants of a recipe or a table, or a comparison to resume.")
        hint = _("Write `neurona compare spiral --vary net.activation=relu,tanh`, or `neurona compare --resume DIR`.")
        raise InputError(problem, hint)
    if lanes is not None and lanes < 1:
        raise InputError(_("--lanes {count} trains nothing.").format(count=lanes), _("Write --lanes 2"))
    if resume is not None:
        if vary or seeds is not None or set_ or target is not None or out is not None or epochs is not None:
            problem = _("A comparison goes on as it began; nothing can be changed with --resume.")
            raise InputError(problem, _("Leave the other options out, or compare anew."))
        require_resumable(resume, "compare")
        finish(resumed(resume, lanes=lanes), report, as_json)
        return
    from neurona.recipe import Recipe
    from neurona.vary import read

    assert what is not None
    if seeds is not None and seeds < 1:
        raise InputError(_("--seeds {count} trains nothing.").format(count=seeds), _("Write --seeds 5"))
    choices = read(vary or [])
    recipe = Recipe.read(what, changes_of(set_, {"fit.epochs": epochs}), target)
    if not choices and not recipe.vary:
        problem = _("{name} says nothing to compare.").format(name=recipe.name)
        raise InputError(problem, _("Write for instance --vary net.activation=relu,tanh,sigmoid"))
    recipe = recipe.with_changes({"seeds": seeds or (recipe.seeds if recipe.seeds > 1 else SEEDS)})
    recipe = recipe.varied(choices, recipe.seeds)
    finish(start(recipe, out, lanes=lanes), report, as_json)
