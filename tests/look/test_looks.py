"""`Looks` offers the figures that suit a result, and writes them."""

import errno
import inspect
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure
from PIL import Image

from neurona import look
from neurona.errors import InputError
from neurona.fit.fit import Fit
from neurona.look.looks import Looks
from neurona.look.style import plain, png
from neurona.run import Run

SUITABLE = {
    "spiral": {"curves", "boundary", "confusion"},
    "one-epoch": {"curves", "boundary", "confusion"},
    "perceptron": {"curves", "boundary", "confusion", "weights"},
    "wine": {"curves", "confusion", "weights"},
    "curve": {"curves", "fitted", "predictions"},
    "ensemble": {"curves", "ensemble", "predictions"},
    "boxcar": {"curves", "boxes", "fitted", "predictions"},
    "houses": {"curves", "predictions", "weights"},
    "multilabel": {"curves", "labels"},
    "digits": {"curves", "confusion", "mistakes", "first-layer"},
}


@pytest.mark.parametrize("name", SUITABLE)
def test_each_kind_of_run_has_its_figures(result, name):
    looks = Looks(result(name))
    assert set(looks) == SUITABLE[name]
    for figure in looks.figures.values():
        assert Image.open(io.BytesIO(png(figure(), dpi=50))).format == "PNG"


def test_a_figure_is_asked_for_by_name(result):
    looks = result("spiral").look()
    assert isinstance(looks["boundary"], Figure)
    assert repr(looks) == "Looks(curves, boundary, confusion)"
    with pytest.raises(InputError, match="Did you mean 'boundary'"):
        looks["boundry"]


FIGURES = [name for name in look.__all__ if next(iter(inspect.signature(getattr(look, name)).parameters), "") == "run"]


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_that_does_not_suit_a_run_says_which_ones_do(result, figure):
    draw, refused = getattr(look, figure), []
    for name in ("wine", "curve", "digits"):
        try:
            assert isinstance(draw(result(name)), Figure)
        except InputError as error:
            assert f"{', '.join(Looks(result(name)))}." in error.hint or str(result(name).path) in error.problem
            refused.append(name)
    assert refused or figure in ("learning_curves", "loss_landscape")
    for other in (None, result("by-seed")):
        with pytest.raises(InputError, match="A figure of a run was given a"):
            draw(other)


def test_what_has_no_figures_is_told_what_has(result):
    for given in (None, "runs/mine"):
        with pytest.raises(InputError, match=r"(?s)takes a run, a comparison or a search.*nr\.open\('runs/mine'\)"):
            Looks(given)
    for given in (result("wine"), result("by-seed")):
        with pytest.raises(InputError, match="a comparison of recurrent nets"):
            look.gradients_of_each(given)


def test_files_are_written_whole_into_the_run(result, tmp_path):
    files = Looks(result("spiral")).save(tmp_path / "pictures")
    assert [file.name for file in files] == ["curves.png", "boundary.png", "animation.gif", "confusion.png"]
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == sorted(file.name for file in files)
    for file in files:
        Image.open(file).load()


def test_a_folder_that_cannot_be_written_is_explained(result, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        Looks(result("houses")).save(tmp_path / "file")


def test_global_settings_of_matplotlib_stay_as_they_are(result):
    before = dict(matplotlib.rcParams)
    Looks(result("curve"))._repr_html_()
    assert dict(matplotlib.rcParams) == before


def test_figures_that_need_lost_data_are_left_out(tmp_path, train_recipe):
    path = tmp_path / "table.csv"
    path.write_text("a,b,kind\n" + "\n".join(f"{i},{i * i % 7},{'xy'[i % 2]}" for i in range(60)) + "\n")
    raw = {"data": {"path": str(path), "target": "kind"}, "net": {"kind": "mlp", "hidden": [3]}, "fit": {"epochs": 2}}
    run = train_recipe(raw, tmp_path / "run")
    path.unlink()
    looks = Looks(Run.open(run.path))
    assert list(looks) == ["curves"]
    assert "table.csv" in " ".join(looks.lacks)


def test_what_the_system_does_not_read_is_said_in_words_that_people_know(result, monkeypatch):
    def refused(*_given):
        raise PermissionError(errno.EACCES, "EACCES", "/data/my.csv")

    monkeypatch.setattr("neurona.recipe.Recipe.load", refused)
    monkeypatch.setattr("neurona.run.load_weights", refused)
    looks = Looks(Run(result("spiral").path))
    assert list(looks) == ["curves"]
    assert looks.lacks == (
        "The data cannot be read: Permission denied (/data/my.csv).",
        "The net cannot be read: Permission denied (/data/my.csv).",
    )


def test_figures_are_saved_in_a_folder(result):
    with pytest.raises(InputError, match=r"folder = 3 is not valid"):
        Looks(result("spiral")).save(3)


def test_a_net_of_ones_own_has_its_figures_while_it_is_there(tmp_path):
    from torch import nn

    from neurona.data import load

    data = load("moons")
    fit = Fit(nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)), data, epochs=2)
    for _epoch in fit:
        pass
    assert list(Looks(Run.of(fit, tmp_path / "run"))) == ["curves", "boundary", "confusion"]
    looks = Looks(Run.open(tmp_path / "run"))
    assert list(looks) == ["curves"]
    assert "net of your own" in " ".join(looks.lacks)


def test_a_run_that_goes_on_has_its_curves_so_far(result, tmp_path):
    import shutil

    shutil.copytree(result("spiral").path, tmp_path / "run")
    (tmp_path / "run" / "metrics.json").unlink()
    assert png(Looks(Run.open(tmp_path / "run"))["curves"])


def test_names_are_shown_as_they_stand():
    assert plain("price ($) per ($)") == r"price (\$) per (\$)"
    assert plain("_hidden") == "\u200b_hidden"
    assert plain("a" * 100) == "a" * 27 + "…"


def test_importing_the_room_is_light():
    code = "import sys, json, neurona.look; print(json.dumps([m for m in ('torch', 'matplotlib') if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_the_guide_names_every_figure():
    guide = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
    assert set(look.__all__) <= set(re.findall(r"[A-Za-z_0-9]+", guide))
