"""What a visitor takes away: the net as PyTorch or ONNX, the recipe, the run directory, the report, a film."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from neurona.errors import InputError
from neurona.export import FORMS
from neurona.files import write_text
from neurona.fit.fit import Fit
from neurona.language import _
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.studio import limits

Make = Callable[[Run, Path, str], None]


def take(what: str, fit: Fit, recipe: Recipe, text: str, trained: Run | None, folder: Path) -> tuple[Path, str]:
    """Make what is taken away of a fit as it stands now.

    Args:
        what: "pytorch", "onnx", "recipe", "run", "report" or "gif".
        fit: what was trained so far.
        recipe: it.
        text: the recipe as it stands on the page.
        trained: the run that it has left so far, whose snapshots go along.
        folder: where it is made; it is emptied first.

    Returns:
        The file, and the name that the visitor is to save it by.

    Raises:
        InputError: the net cannot be written in this form, or there is no such form.
        OSError: the machine refused a file. As with any other error nothing is left of it.
    """
    if what not in MAKERS:
        raise InputError(_("There is no {name!r} to take away.").format(name=what))
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        return _made(what, fit, recipe, text, trained, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _made(what: str, fit: Fit, recipe: Recipe, text: str, trained: Run | None, folder: Path) -> tuple[Path, str]:
    suffix, make = MAKERS[what]
    path = folder / f"file{suffix}"
    name = re.sub(r"[^\w.-]+", "-", recipe.name).strip("-.") or "recipe"
    if what == "recipe":
        write_text(path, text)
        return path, name + suffix
    run = Run.begin(fit, folder / name, recipe)
    if trained is not None and (trained.path / "snapshots").is_dir():
        shutil.copytree(trained.path / "snapshots", run.path / "snapshots")
    if what == "gif":
        run.snapshot(fit)  # its last picture is of the weights as they are
    make(run.finish(fit), path, text)
    return path, name + suffix


def _pytorch(run: Run, path: Path, text: str) -> None:
    _export("pytorch", "PyTorch", run, path)


def _onnx(run: Run, path: Path, text: str) -> None:
    _export("onnx", "ONNX", run, path)


def _export(form: str, called: str, run: Run, path: Path) -> None:
    """Write the net; one that a form does not know, or that would answer differently there, is no mistake of ours."""
    try:
        FORMS[form].write(run, path)
    except RuntimeError as error:
        if limits.beyond(error):
            raise
        problem = _("This net cannot be written as {form}.").format(form=called)
        raise InputError(problem, _("Take it away as a file of another kind.")) from error


def _gif(run: Run, path: Path, text: str) -> None:
    """Write the animation of the run, as the report has it."""
    film = run.look().animation()
    if not run.rows:
        problem = _("There is no film yet, for nothing has been trained.")
        raise InputError(problem, _("Train for an epoch, then take the film away."))
    path.write_bytes(film)


def _report(run: Run, path: Path, text: str) -> None:
    from neurona.look.report import write  # with Matplotlib, which the page does not wait for

    page = write(run).read_text("utf-8")
    write_text(path, page.replace(str(run.path), run.path.name))  # whoever has it gives a run that name


def _zipped(run: Run, path: Path, text: str) -> None:
    """Pack the run; a table or pictures of the visitor's go along, beside the recipe that names them."""
    table = run.recipe.data.get("path")
    write_text(run.path / "recipe.toml", text)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(run.path.rglob("*")):
            if file.is_file():
                packed.write(file, Path(run.path.name) / file.relative_to(run.path))
        if table is not None:
            own = Path(Path(table).name)
            for file in sorted(own.rglob("*")) if own.is_dir() else [own]:
                packed.write(file, Path(run.path.name) / file)


def _nothing(run: Run, path: Path, text: str) -> None:
    pass


MAKERS: dict[str, tuple[str, Make]] = {
    "pytorch": (".py", _pytorch),
    "recipe": (".toml", _nothing),
    "onnx": (".onnx", _onnx),
    "gif": (".gif", _gif),
    "run": (".zip", _zipped),
    "report": (".html", _report),
}
