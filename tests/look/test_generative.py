"""Figures of nets that give samples back or make new ones: they show the numbers of the run."""

import io
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from scipy.stats import norm
from sklearn.decomposition import PCA

from neurona.errors import InputError
from neurona.generation import generated as samples_of
from neurona.look import generated, latent, players, reconstructions, terms, words
from neurona.look.evidence import Evidence
from neurona.look.generative import generative_looks
from neurona.look.looks import Moving
from neurona.look.sheets import brightness, sheet
from neurona.look.style import png

DIGITS = {"name": "digits"}
RECIPES = {
    "autoencoder": {
        "data": {**DIGITS, "task": "reconstruction"},
        "net": {"kind": "autoencoder", "latent": 5},
        "fit": {"epochs": 3},
    },
    "plane": {
        "data": {**DIGITS, "task": "reconstruction"},
        "net": {"kind": "conv-autoencoder", "channels": [4], "latent": 2},
        "fit": {"epochs": 1},
    },
    "one-number": {
        "data": {**DIGITS, "task": "reconstruction"},
        "net": {"kind": "autoencoder", "latent": 1},
        "fit": {"epochs": 1},
    },
    "vae": {
        "data": {**DIGITS, "task": "variational"},
        "net": {"kind": "vae", "hidden": [32], "latent": 2},
        "fit": {"epochs": 2},
    },
    "gan": {
        "data": {**DIGITS, "task": "adversarial"},
        "net": {"kind": "conv-gan", "channels": [4, 8], "noise": 6},
        "fit": {"epochs": 2, "snapshots": 1},
    },
    "table": {
        "data": {"name": "iris", "task": "reconstruction"},
        "net": {"kind": "autoencoder", "latent": 3},
        "fit": {"epochs": 1},
    },
    "new-rows": {
        "data": {"name": "iris", "task": "adversarial"},
        "net": {"kind": "gan", "hidden": [8]},
        "fit": {"epochs": 1},
    },
    "values": {
        "data": {"name": "houses", "task": "reconstruction"},
        "net": {"kind": "autoencoder", "latent": 2},
        "fit": {"epochs": 1},
    },
}
SUITABLE = {
    "autoencoder": ["curves", "reconstructions", "latent", "latent-walks"],
    "plane": ["curves", "reconstructions", "latent", "latent-grid", "latent-walks"],
    "one-number": ["curves", "reconstructions"],
    "vae": ["curves", "reconstructions", "latent", "latent-grid", "latent-walks", "samples"],
    "gan": ["curves", "samples", "animation"],
    "table": ["curves", "latent"],
    "new-rows": ["curves", "samples"],
    "values": ["curves", "latent"],
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    from recipes import train

    folder = tmp_path_factory.mktemp("runs")
    return cache(lambda name: Evidence.of(train({"name": name, **RECIPES[name]}, folder / name)))


@pytest.mark.parametrize("name", SUITABLE)
def test_each_kind_of_run_has_its_figures(seen, name):
    looks = list(generative_looks(seen(name)))
    assert [look.name for look in looks] == SUITABLE[name]
    for look in looks:
        assert look.title and look.caption
        drawn = look.draw()
        if isinstance(look, Moving):
            assert Image.open(io.BytesIO(drawn)).format == "GIF"
        else:
            assert isinstance(drawn, Figure)
            assert Image.open(io.BytesIO(png(drawn, dpi=50))).format == "PNG"


def test_without_data_only_the_curves_are_left(seen, monkeypatch):
    evidence = Evidence(seen("vae").run)
    monkeypatch.setitem(evidence.__dict__, "lacks", ("The data are gone.",))
    assert [look.name for look in generative_looks(evidence)] == ["curves"]


class TestSheets:
    def test_pictures_lie_row_by_row_with_gaps(self):
        pictures = np.arange(3)[:, None, None, None] * np.ones((3, 1, 2, 2))
        whole = sheet(pictures, columns=2)
        assert whole.shape == (5, 5)
        assert (whole[0, 0], whole[0, 3], whole[3, 0]) == (0, 1, 2)
        assert np.isnan(whole[2]).all() and np.isnan(whole[:, 2]).all() and np.isnan(whole[3:, 3:]).all()

    def test_colour_stays_colour(self):
        assert sheet(np.zeros((4, 3, 5, 6)), columns=2).shape == (11, 13, 3)

    def test_brightness_undoes_what_prepares_pictures(self):
        from neurona.data import load

        data = load("digits", standardise=True)
        x = data.train.x[:5]
        np.testing.assert_allclose(brightness(data.inputs, data.inputs.prepare(x)), x.numpy() / 255, atol=1e-6)


class TestReconstructions:
    def test_originals_stand_above_what_is_given_back(self, seen):
        evidence = seen("autoencoder")
        axes = reconstructions.originals_and_reconstructions(evidence).axes[0]
        rows = reconstructions.one_of_each(evidence, "test")
        test = evidence.split("test")
        assert test.y[rows].tolist() == list(range(10))
        whole = np.ma.getdata(axes.images[0].get_array())
        np.testing.assert_allclose(whole[:8, :8], test.x[rows[0], 0] / 255, atol=1e-6)
        with torch.inference_mode():
            back = evidence.net(test.x[rows[:1]] / 255).clamp(0, 1)
        np.testing.assert_allclose(whole[9:17, :8], back[0, 0], atol=1e-5)
        assert [label.get_text() for label in axes.get_xticklabels()] == list("0123456789")

    def test_the_worst_come_first_with_their_errors(self, seen):
        evidence = seen("autoencoder")
        axes = reconstructions.originals_and_reconstructions(evidence).axes[1]
        x = evidence.split("test").x / 255
        with torch.inference_mode():
            errors = (evidence.net(x) - x).square().flatten(1).mean(1).sqrt().numpy()
        wanted = [f"{error:.2f}" for error in np.sort(errors)[::-1][:10]]
        assert [label.get_text() for label in axes.get_xticklabels()] == wanted


class TestLatentSpace:
    def test_two_numbers_are_the_axes(self, seen):
        evidence = seen("plane")
        axes = latent.latent_plane(evidence).axes[0]
        assert axes.get_xlabel() == "latent number 1"
        places = axes.collections[0].get_offsets()
        with torch.inference_mode():
            wanted = evidence.net.encode(evidence.split("test").x / 255)
        np.testing.assert_allclose(np.sort(places[:, 0]), np.sort(wanted[:, 0]), rtol=1e-5)

    def test_more_are_projected_as_scikit_learn_does_it(self):
        code = np.random.default_rng(0).normal(size=(50, 6)) * [5, 4, 3, 2, 1, 1]
        places, names = latent.projected(code)
        pca = PCA(2, svd_solver="full").fit(code)
        np.testing.assert_allclose(np.abs(places), np.abs(pca.transform(code)), atol=1e-8)
        assert names[0] == f"principal component 1 ({100 * pca.explained_variance_ratio_[0]:.1f} % of the variance)"

    def test_a_walk_goes_in_equal_steps_from_one_code_to_another(self, seen, monkeypatch):
        evidence = seen("autoencoder")
        walked = []
        monkeypatch.setattr(latent, "decoded", lambda e, code: walked.append(code) or np.zeros((len(code), 1, 8, 8)))
        latent.latent_walks(evidence)
        (code,) = walked
        walks = code.reshape(5, latent.STEPS, 5)
        rows = reconstructions.one_of_each(evidence, "test")
        ends = latent.codes(evidence, evidence.split("test").x[rows])
        torch.testing.assert_close(walks[:, 0], ends[0::2])
        torch.testing.assert_close(walks[:, -1], ends[1::2])
        steps = walks.diff(dim=1)
        torch.testing.assert_close(steps, steps[:, :1].expand_as(steps))

    def test_a_variational_grid_is_at_quantiles_of_the_normal_distribution(self, seen):
        across, up = latent._grid(seen("vae"))
        np.testing.assert_allclose(norm.cdf(across), np.linspace(0.02, 0.98, latent.GRID))
        np.testing.assert_allclose(up, across)

    def test_the_second_number_grows_upwards(self, seen):
        evidence = seen("vae")
        axes = latent.latent_grid(evidence).axes[0]
        labels = [float(tick.get_text()) for tick in axes.get_yticklabels()]
        places = axes.get_yticks()
        assert np.all(np.diff(labels) > 0) and np.all(np.diff(places) < 0), "pictures are drawn from the top"
        across, up = latent._grid(evidence)
        corner = latent.decoded(evidence, torch.tensor([[across[0], up[-1]]], dtype=torch.float32))[0, 0]
        np.testing.assert_allclose(np.ma.getdata(axes.images[0].get_array())[:8, :8], corner, atol=1e-6)


class TestNewSamples:
    def test_a_hundred_pictures_are_those_of_the_net(self, seen):
        evidence = seen("vae")
        whole = np.ma.getdata(generated.generated_samples(evidence).axes[0].images[0].get_array())
        np.testing.assert_allclose(whole[:8, :8], samples_of(evidence.run, 100)[0, 0], atol=1e-6)

    def test_new_rows_stand_among_the_real_ones_in_their_units(self, seen):
        evidence = seen("new-rows")
        axes = generated.generated_samples(evidence).axes[0]
        real, new = (collection.get_offsets() for collection in axes.collections)
        np.testing.assert_allclose(real, evidence.in_units(evidence.split("test").x)[:, :2])
        assert len(new) == len(real)
        assert axes.get_xlabel() == "sepal length (cm)"

    def test_an_animation_has_a_frame_for_the_untrained_net_and_each_snapshot(self, seen):
        gif = Image.open(io.BytesIO(generated.samples_over_training(seen("gan"))))
        assert gif.n_frames == 3

    def test_without_snapshots_there_is_no_animation(self, seen):
        with pytest.raises(InputError, match=r"fit\.snapshots"):
            generated.samples_over_training(seen("vae"))


def test_the_two_players_are_drawn_from_the_history_with_the_line_of_rest(seen):
    run = seen("gan").run
    losses, said = players.two_players(run).axes
    drawn = {line.get_label(): line for line in (*losses.get_lines(), *said.get_lines())}
    for label, column in (("discriminator", "discriminator_loss"), ("real samples", "real"), ("made samples", "fake")):
        np.testing.assert_allclose(drawn[label].get_ydata(), run.history[f"train_{column}"])
    assert list(drawn["cannot tell: 0.5"].get_ydata()) == [0.5, 0.5]


def test_both_terms_of_the_loss_are_drawn_from_the_history(seen):
    run = seen("vae").run
    for axes, column in zip(terms.loss_terms(run).axes, ("elbo", "reconstruction", "kl"), strict=True):
        train, valid = axes.get_lines()
        np.testing.assert_allclose(train.get_ydata(), run.history[f"train_{column}"])
        np.testing.assert_allclose(valid.get_ydata(), run.history[f"valid_{column}"])


@pytest.mark.parametrize(("name", "draw"), [("vae", terms.loss_terms), ("gan", players.two_players)])
@pytest.mark.parametrize("catalogue", [None, "longer"])
def test_a_title_reaches_into_nothing_beside_it(name, draw, catalogue, seen, monkeypatch):
    """In Spanish a sentence is about a quarter longer."""
    if catalogue:
        for module in (words, players):
            monkeypatch.setattr(module, "_", lambda text: text + " y algo" * (len(text) // 28))
    figure = draw(seen(name))
    png(figure)
    titles = [axes._left_title.get_window_extent() for axes in figure.axes]
    assert all(before.x1 < after.x0 for before, after in pairwise(titles))
    assert titles[-1].x1 <= figure.bbox.x1
