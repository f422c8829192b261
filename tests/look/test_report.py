"""The report is one file that says everything and fetches nothing."""

import io
import json
import re
import shutil
from html.parser import HTMLParser

import pytest
from matplotlib.font_manager import FontProperties, findfont
from PIL import Image, ImageFont
from torch import nn

from neurona import language
from neurona.data import load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.look import Looks, report
from neurona.recipe import Recipe
from neurona.run import Run

ALL = ["spiral", "one-epoch", "ensemble", "houses", "multilabel", "digits", "by-activation", "by-boxes", "by-seed"]


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self._open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self._open:
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


def page_of(result):
    return Page(report.html(result))


@pytest.fixture
def copied(result, tmp_path):
    def copy(name):
        shutil.copytree(result(name).path, tmp_path / name)
        return Run.open(tmp_path / name)

    return copy


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_fetched_and_nothing_runs(result, name):
    html = report.html(result(name))
    for tag, attributes in Page(html).tags:
        assert tag not in ("script", "link", "object")
        for key in ("src", "href"):
            assert attributes.get(key, "data:").startswith("data:")
        if tag == "iframe":  # a page of its own, with its slider, inside this one
            assert attributes.keys() == {"title", "srcdoc"}
            assert not any("src" in inner or "href" in inner for _tag, inner in Page(attributes["srcdoc"]).tags)
            assert "fetch(" not in attributes["srcdoc"] and "import(" not in attributes["srcdoc"]
    assert "url(" not in html and "@import" not in html


def frames_of(html):
    return [attributes["srcdoc"] for tag, attributes in Page(html).tags if tag == "iframe"]


def test_a_sample_is_opened_in_the_report_on_a_slider(result):
    run = result("spiral")
    (frame,) = frames_of(report.html(run))
    assert "sample 0 of test" in frame and 'type="range"' in frame
    assert "PyTorch, on the same weights in float64, finds the same." in Page(frame).text
    (other,) = frames_of(report.html(run, sample=(3, "valid")))
    assert "sample 3 of valid" in other
    with pytest.raises(InputError, match="There is no sample 9999 in test"):
        report.html(run, sample=(9999, "test"))


def test_a_large_net_is_opened_only_when_asked_for(result, monkeypatch):
    monkeypatch.setattr("neurona.look.opened.OPERATIONS", 10.0)
    assert not frames_of(report.html(result("spiral")))
    assert frames_of(report.html(result("spiral"), sample=(0, "test")))


@pytest.mark.parametrize("name", ALL)
def test_every_figure_is_inside_with_words_about_it(result, name):
    page = page_of(result(name))
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) >= 2 and all(picture["alt"] for picture in pictures)


def test_a_wide_picture_stands_above_its_words_and_others_beside_them(result):
    looks = Looks(result("moons"))
    wide = [Image.open(io.BytesIO(looks.picture(look))).width / 1.5 > 920 for look in looks.suitable[:2]]
    assert wide == [True, False], "three panels, and a square"
    figures = [attributes for tag, attributes in page_of(result("moons")).tags if tag == "figure"]
    assert [attributes.get("class") == "wide" for attributes in figures[:2]] == wide


def test_headline_claims_layers_recipe_and_commands_are_there(result):
    run = result("spiral")
    text = page_of(run).text
    accuracy = run.metrics["test"]["accuracy"]
    assert f"test accuracy {100 * accuracy:.1f} %" in text or "test accuracy 100 %" in text
    for words in (
        "A hidden layer bends the boundary",
        "✓ holds test accuracy: claimed ≥ 0.5",
        "Linear(2, 32)",
        'name = "spiral"',
        f"neurona train {run.path / 'recipe.toml'}",
        f"neurona predict {run.path} new.csv",
        "Classification report on test",
        "train 210, validation 45, test 45",
        run.environment["torch"],
    ):
        assert words in text, words


def test_what_was_changed_in_a_recipe_of_the_catalogue_is_said(tmp_path, train_recipe):
    recipe = Recipe.read("wine", ["fit.epochs=2", "net.hidden=[4]", "net.init=none"]).to_dict()
    text = page_of(train_recipe(recipe, tmp_path / "run")).text
    assert "SGD 0.05 with momentum 0.1 · Changed here: net.hidden = [4], fit.epochs = 2, net.init = none" in text


@pytest.mark.parametrize(("change", "judged"), [("fit.epochs=2", False), ("fit.seed=1", True)])
def test_a_claim_is_not_judged_where_the_recipe_was_changed(change, judged, tmp_path, train_recipe):
    recipe = Recipe.read("softmax-linear", [change])
    text = page_of(train_recipe(recipe.to_dict(), tmp_path / "run")).text
    mark = "(✓ holds|✗ does not hold)" if judged else "– of other settings"
    assert re.search(rf"{mark} test accuracy: claimed ≥ \d", text)
    assert judged or "not hold" not in text


def test_no_prediction_is_proposed_that_predict_refuses(tmp_path, train_recipe):
    recipe = {"data": {"name": "digits", "task": "reconstruction"}, "net": {"kind": "mlp", "hidden": [2]}}
    text = page_of(train_recipe({**recipe, "fit": {"epochs": 1}}, tmp_path / "run")).text
    assert "neurona export" in text and "neurona predict" not in text


def test_a_regression_reports_its_error_in_the_units_of_the_target(result):
    run = result("houses")
    error = run.metrics["test"]["rmse"]
    assert error > 5, "in thousands of euros"
    assert f"test root mean squared error {error:.4g}" in page_of(run).text


def test_precision_at_k_stands_beside_accuracy(result):
    text = page_of(result("multilabel")).text
    assert "precision at 1" in text and "precision at 3" in text and "test accuracy" in text


def test_a_comparison_says_mean_and_interval_of_each_variant(result):
    text = page_of(result("by-activation")).text
    assert re.search(r"relu 3 \d+(\.\d+)? ± \d+(\.\d+)? %", text)
    assert re.search(r"(holds|does not hold) test accuracy: claimed best: tanh, measured relu", text)


def test_the_file_is_written_with_the_pictures_beside_it(copied):
    run = copied("houses")
    path = report.write(run)
    assert path == run.path / "report.html"
    assert {"curves.png", "predictions.png", "weights.png"} <= {file.name for file in run.path.iterdir()}
    assert not list(run.path.glob("*.part"))


def test_names_from_the_data_are_text_and_never_markup(tmp_path, train_recipe):
    evil = "<script>alert(1)</script>"
    path = tmp_path / "evil.csv"
    rows = [f"{i},{i % 5},{(evil, '<b>y', '$z$')[i % 3]}" for i in range(90)]
    path.write_text(f"<img src=x onerror=alert(2)>,_$a$ $,{evil}\n" + "\n".join(rows) + "\n")
    raw = {
        "name": "evil",
        "title": evil,
        "data": {"path": str(path), "target": evil},
        "net": {"kind": "linear"},
        "fit": {"epochs": 2},
    }
    run = train_recipe(raw, tmp_path / "run")
    for html in (report.html(run), report.fragment(run), run.look()._repr_html_()):
        tags = [tag for tag, _attributes in Page(html).tags]
        assert "script" not in tags and "<b>y" not in html
        assert not any("onerror" in attributes for _tag, attributes in Page(html).tags)
    assert evil in page_of(run).text


def test_lost_data_are_said_and_the_report_is_written_all_the_same(tmp_path, train_recipe):
    path = tmp_path / "gone.csv"
    path.write_text("a,b,kind\n" + "\n".join(f"{i},{i * i % 7},{'xy'[i % 2]}" for i in range(60)) + "\n")
    raw = {
        "data": {"path": str(path), "target": "kind"},
        "net": {"kind": "perceptron"},
        "fit": {"loss": "perceptron", "epochs": 2},
    }
    run = train_recipe(raw, tmp_path / "run")
    path.unlink()
    text = page_of(Run.open(run.path)).text
    assert "gone.csv" in text and "left out of this report" in text
    assert "test accuracy" in text


def test_metrics_that_became_nan_are_dashes(copied):
    run = copied("houses")
    metrics = json.loads((run.path / "metrics.json").read_text())
    metrics["test"]["r2"] = metrics["test"]["rmse"] = None
    (run.path / "metrics.json").write_text(json.dumps(metrics))
    text = page_of(run).text
    assert "– test root mean squared error" in text or "test root mean squared error –" in text


def test_the_report_of_a_module_of_ones_own_opens_a_sample_too(tmp_path):
    data = load("wine")
    fit = Fit(nn.Sequential(nn.Linear(13, 4), nn.ReLU(), nn.Linear(4, 3)), data, epochs=2)
    list(fit)
    page = page_of(fit.save(tmp_path / "mine"))
    assert "iframe" in [tag for tag, _attributes in page.tags] and "MyNet()" in page.text
    assert "Another sample: neurona report" not in page.text  # a command, which cannot make the module


def test_a_sample_of_a_module_of_ones_own_is_refused_where_the_module_is_not_there(tmp_path):
    fit = Fit(nn.Linear(13, 3), load("wine"), epochs=2)
    list(fit)
    fit.save(tmp_path / "mine")
    with pytest.raises(InputError, match="net of your own"):
        report.write(Run.open(tmp_path / "mine"), (2, "test"))
    assert not (tmp_path / "mine" / "report.html").exists()


def test_an_unfinished_run_has_no_report_yet_but_something_to_show(copied):
    run = copied("spiral")
    (run.path / "metrics.json").unlink()
    with pytest.raises(InputError, match="has not reached its end"):
        report.write(run)
    assert "20 epochs so far" in report.fragment(run)
    assert not (run.path / "report.html").exists()


def test_a_fragment_holds_the_headline_and_the_curves(result):
    page = Page(result("spiral")._repr_html_())
    assert "test accuracy" in page.text
    assert [tag for tag, _attributes in page.tags].count("img") == 1
    assert "test accuracy" in Page(result("by-activation")._repr_html_()).text


def test_the_page_says_its_language(result, monkeypatch):
    assert '<html lang="en">' in report.html(result("houses"))
    monkeypatch.setattr(language, "_chosen", ["es"])
    monkeypatch.setattr(language, "_catalogue", lambda _code: Marked())
    html = report.html(result("houses"))
    assert '<html lang="es">' in html
    for words in ("«The data»", "«Learning curves»", "«Preprocessing, fitted on train alone»", "«Environment»"):
        assert words in html


@pytest.mark.parametrize(
    ("header", "averages"),
    [
        (("class", "precision", "recall", "F1", "samples"), "mean, weighted by samples"),
        (("clase", "precisión", "exhaustividad", "F1", "muestras"), "media de las clases, media ponderada"),
    ],
)
def test_a_classification_table_fits_its_column_and_breaks_no_word(header, averages):
    """Measured with DejaVu Sans, which is wider than most, by what the style of the page says."""
    style = (report.TEMPLATES / "report.html").read_text(encoding="utf-8")

    def rem(pattern: str) -> float:
        found = re.search(pattern, style)
        assert found is not None
        return 16 * float(found.group(1))

    size = rem(r"table \{[^}]*font-size: ([\d.]+)rem")
    inner, outer = rem(r"th, td \{ padding: [\d.]+rem ([\d.]+)rem"), rem(r"td:first-child \{ padding-left: ([\d.]+)rem")
    heads, column = rem(r"tbody th\.word \{ min-width: ([\d.]+)rem"), rem(r"\.tables \{[^}]*min\(100%, ([\d.]+)rem")
    thin, bold = (ImageFont.truetype(findfont(FontProperties(weight=w)), size).getlength for w in ("normal", "bold"))
    assert max(map(bold, averages.split())) + outer + inner <= heads
    numbers = [max(thin(name), bold("99.9 %")) + 2 * inner for name in header[1:]]
    assert heads + sum(numbers) + outer - inner <= column


class Marked:
    """A catalogue that puts quotes around every sentence of ours."""

    def gettext(self, message):
        return f"«{message}»"
