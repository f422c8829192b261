"""The loss landscape is what the net's loss says, on directions whose filters are as long as those of the net."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.decomposition import TruncatedSVD
from torch import nn

from neurona.errors import InputError
from neurona.fit import batches
from neurona.landscape import FACTS, GRID, Landscape, Survey
from neurona.look import Looks, loss_landscape
from neurona.look.landscape import Scale, draw
from neurona.look.style import png
from neurona.plane import Plane, path_plane, projected, random_plane
from neurona.recipe import Recipe

DIGITS = {"name": "digits"}
KINDS = {
    "convolutional": {
        "data": DIGITS,
        "net": {"kind": "conv", "layers": ["conv 4 3", "bn", "relu", "pool 2"]},
        "fit": {"epochs": 2},
    },
    "autoencoder": {
        "data": {**DIGITS, "task": "reconstruction"},
        "net": {"kind": "conv-autoencoder", "channels": [3], "latent": 2},
        "fit": {"epochs": 1},
    },
    "variational": {
        "data": {**DIGITS, "task": "variational"},
        "net": {"kind": "vae", "hidden": [16], "latent": 2},
        "fit": {"epochs": 1, "seed": 3},
    },
    "game": {
        "data": {**DIGITS, "task": "adversarial"},
        "net": {"kind": "gan", "hidden": [8]},
        "fit": {"epochs": 1},
    },
    "labelling": {
        "data": {"name": "parity", "samples": 300},
        "net": {"kind": "sequence-labeller", "cell": "lstm", "hidden": 6, "embedding": 4},
        "fit": {"epochs": 1},
    },
    "translation": {
        "data": {"name": "reverse", "samples": 300},
        "net": {"kind": "encoder-decoder", "hidden": 6, "embedding": 4},
        "fit": {"epochs": 1},
    },
    "counting": {
        "data": {"name": "count-ones", "samples": 40},
        "net": {"kind": "linear-recurrent", "u": -2.0, "w": 0.5},
        "fit": {"epochs": 4, "optimizer": "sgd", "lr": 1e-4, "batch": "full", "snapshots": 1},
    },
    "exploded": {
        "data": {"name": "count-ones", "samples": 20, "length": 40, "valid": 0.0, "test": 0.0},
        "net": {"kind": "linear-recurrent", "u": -2.0, "w": 1.5},
        "fit": {"epochs": 9, "optimizer": "sgd", "lr": 1e-4, "batch": "full", "divergence": "end"},
    },
    "frozen": {
        "data": {"name": "moons"},
        "net": {"kind": "mlp", "hidden": [4, 4]},
        "fit": {"epochs": 2, "stages": [{"epochs": 1, "frozen": ["hidden1.*", "output.*"]}, {"epochs": 1}]},
    },
    "frozen-throughout": {
        "data": {"name": "moons"},
        "net": {"kind": "mlp", "hidden": [4, 4]},
        "fit": {"epochs": 1, "frozen": ["hidden1.*"]},
    },
    "one-weight": {
        "data": {"name": "curve"},
        "net": {"kind": "linear"},
        "fit": {"epochs": 2},
    },
}


@pytest.fixture(scope="session")
def kept():
    """Hold what was trained, once for all tests."""
    return {}


@pytest.fixture
def trained(kept, train_recipe, tmp_path_factory):
    """Return a finished run by the name of its recipe above."""

    def run(name):
        if name not in kept:
            kept[name] = train_recipe({"name": name, **KINDS[name]}, tmp_path_factory.mktemp("landscapes") / name)
        return kept[name]

    return run


def state_of(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


class TestLosses:
    def test_of_a_linear_regression_are_the_quadratic_that_algebra_gives(self, result):
        run = result("houses")
        survey = Survey(run, steps=5, span=3.0, samples=10**6, seed=4)
        found, plane = survey.landscape, survey.plane
        x, y = (part.double().numpy() for part in (run.data().train.x, run.data().train.y))
        weight, bias = (run.net().state_dict()[f"output.{name}"].double().numpy() for name in ("weight", "bias"))
        residual = x @ weight.T + bias - y
        moves = [x @ one["output.weight"].double().numpy().T for one in (plane.first, plane.second)]
        wanted = [[np.mean((residual + a * moves[0] + b * moves[1]) ** 2) for a in found.x] for b in found.y]
        np.testing.assert_allclose(found.losses, wanted, rtol=1e-5)
        assert found.x.tolist() == found.y.tolist() == [-3.0, -1.5, 0.0, 1.5, 3.0]

    @pytest.mark.parametrize("name", ["convolutional", "autoencoder", "variational", "labelling", "translation"])
    def test_at_the_trained_weights_are_those_of_the_run(self, trained, name):
        run = trained(name)
        for split in ("train", "test"):
            found = Survey(run, steps=3, samples=10**6, split=split, device="cpu").landscape
            assert found.centre == found.losses[1, 1] == pytest.approx(run.metrics[split]["loss"], rel=1e-6)
            assert found.samples == run.samples[split]

    @pytest.mark.parametrize("name", ["perceptron", "wine", "ensemble", "multilabel", "curve"])
    def test_of_other_tasks_too(self, result, name):
        run = result(name)
        found = Survey(run, steps=3, samples=10**6, device="cpu").landscape
        assert found.centre == pytest.approx(run.metrics["train"]["loss"], rel=1e-6)

    def test_elsewhere_are_those_of_a_net_with_the_moved_weights(self, trained):
        run = trained("convolutional")
        survey = Survey(run, steps=3, span=0.5, samples=10**6)
        moved = run.recipe.build(run.data())
        weights = state_of(run.net()) | {
            name: weight - 0.5 * survey.plane.first[name] + 0.5 * survey.plane.second[name]
            for name, weight in survey.plane.centre.items()
        }
        moved.load_state_dict(weights)
        split = run.data().train
        with torch.no_grad():
            logits = moved.eval()(run.inputs.prepare(split.x))
        wanted = nn.functional.cross_entropy(logits, split.y).item()
        assert survey.landscape.losses[2, 0] == pytest.approx(wanted, rel=1e-5)

    def test_do_not_change_with_the_batches(self, trained, monkeypatch):
        whole = Survey(trained("convolutional"), steps=3).landscape
        monkeypatch.setattr(batches, "part_size", lambda *_given: 7)
        np.testing.assert_allclose(Survey(trained("convolutional"), steps=3).landscape.losses, whole.losses, rtol=1e-5)

    def test_are_the_mean_over_the_drawn_samples(self, result):
        run = result("wine")
        survey = Survey(run, steps=2, samples=20, seed=5)
        drawn = survey.samples
        assert len(drawn) == 20 == survey.landscape.samples
        whole = {tuple(row) for row in run.data().train.x.tolist()}
        assert {tuple(row) for row in drawn.x.tolist()} <= whole
        with torch.no_grad():
            wanted = nn.functional.cross_entropy(run.net()(run.inputs.prepare(drawn.x)), drawn.y).item()
        assert survey.landscape.centre == pytest.approx(wanted, rel=1e-6)

    def test_are_the_same_for_the_same_seed_and_others_for_another(self, trained):
        one, again, other = (Survey(trained("variational"), steps=3, seed=seed).landscape for seed in (1, 1, 2))
        assert (one.losses == again.losses).all()
        assert not np.isclose(one.losses[0], other.losses[0]).any()


class TestTheNet:
    @pytest.mark.parametrize("name", ["convolutional", "variational", "labelling"])
    def test_of_the_run_and_its_random_numbers_stay_as_they_are_to_the_bit(self, trained, name):
        run = trained(name)
        before, random = state_of(run.net()), torch.get_rng_state()
        learns = [p.requires_grad for p in run.net().parameters()]
        file = (run.path / "model.safetensors").read_bytes()
        loss_landscape(run, steps=3, samples=50)
        assert all(torch.equal(value, before[key]) for key, value in run.net().state_dict().items())
        assert torch.equal(torch.get_rng_state(), random)
        assert not run.net().training
        assert [p.requires_grad for p in run.net().parameters()] == learns
        assert (run.path / "model.safetensors").read_bytes() == file

    def test_can_be_a_module_of_ones_own(self, tmp_path):
        import neurona as nr

        def module():
            return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))

        fit = nr.Fit(module(), nr.load("moons"), epochs=2, snapshots=1)
        for _epoch in fit:
            pass
        run = nr.Run.open(fit.save(tmp_path / "mine").path)
        with pytest.raises(InputError, match="net of your own"):
            Survey(run)
        # The data of a run that was written in Python are loaded by name again.
        found = Survey(run, module=module(), steps=3, samples=10**6).landscape
        assert found.centre == pytest.approx(run.metrics["train"]["loss"], rel=1e-6)

    def test_moves_only_where_it_learnt(self, trained):
        assert set(Survey(trained("frozen")).plane.centre) == set(dict(trained("frozen").net().named_parameters()))
        moving = set(Survey(trained("frozen-throughout")).plane.centre)
        assert moving == {"hidden2.weight", "hidden2.bias", "output.weight", "output.bias"}


class Parts(nn.Module):
    """Layers of every kind that have filters, or have none."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)
        self.norm = nn.BatchNorm2d(5)
        self.back = nn.ConvTranspose2d(5, 4, 2)
        self.layer = nn.LayerNorm([4, 2])
        self.dense = nn.Linear(7, 6)
        self.cell = nn.LSTM(3, 2, batch_first=True)
        self.words = nn.Embedding(9, 4, padding_idx=0)
        self.scalar = nn.Parameter(torch.tensor(-3.0))


class TestDirections:
    def test_have_filters_as_long_as_those_of_the_net(self):
        torch.manual_seed(0)
        net = Parts()
        weights = dict(net.named_parameters())
        plane = random_plane(net, list(weights), seed=1)
        for direction in (plane.first, plane.second):
            assert set(direction) == set(weights)
            filters = {"conv.weight": 0, "back.weight": 1, "dense.weight": 0, "words.weight": 0}
            filters |= {"cell.weight_ih_l0": 0, "cell.weight_hh_l0": 0}
            for name, axis in filters.items():
                ours, theirs = (one.detach().movedim(axis, 0).flatten(1) for one in (direction[name], weights[name]))
                torch.testing.assert_close(ours.norm(dim=1), theirs.norm(dim=1), rtol=1e-5, atol=0)
                assert (ours != 0).any()
            assert abs(direction["scalar"].item()) == 3.0
            still = {name for name, values in direction.items() if not values.any()}
            assert still == set(weights) - set(filters) - {"scalar"}
            assert not direction["words.weight"][0].any(), "padding is 0, and stays so"

    def test_of_a_net_of_two_numbers_are_not_the_same(self, trained):
        for seed in range(6):
            plane = Survey(trained("counting"), seed=seed).plane
            ways = [[float(one["u"]), float(one["w"])] for one in (plane.first, plane.second)]
            assert abs(np.linalg.det(ways)) > 0.1

    def test_of_a_net_with_one_weight_are_refused(self, trained):
        with pytest.raises(InputError, match="fewer than two weights"):
            Survey(trained("one-weight"))

    def test_of_the_path_are_its_principal_components_about_the_end(self):
        torch.manual_seed(0)
        net = nn.Linear(6, 2)
        ends = torch.cat([p.detach().flatten() for p in net.parameters()]).double().numpy()
        rng = np.random.default_rng(0)
        walk = rng.normal(size=(9, 14)).cumsum(0)[::-1] + ends
        snapshots = [
            (i, {"weight": torch.from_numpy(row[:12].copy()).view(2, 6), "bias": torch.from_numpy(row[12:].copy())})
            for i, row in enumerate(walk)
        ]
        plane = path_plane(net, ["weight", "bias"], snapshots)
        reference = TruncatedSVD(2, algorithm="arpack").fit(walk - ends)
        for ours, theirs in zip((plane.first, plane.second), reference.components_, strict=True):
            flat = torch.cat([ours["weight"].flatten(), ours["bias"]]).numpy()
            assert abs(flat @ theirs) == pytest.approx(1, abs=1e-5)
        path = projected(plane, snapshots)
        np.testing.assert_allclose(np.abs(path.points), np.abs(reference.transform(walk - ends)), atol=1e-4)
        assert path.explained == pytest.approx(
            np.square(reference.singular_values_).sum() / np.square(walk - ends).sum(), rel=1e-5
        )
        assert (path.points[0] <= 0).all()
        assert plane.reach == pytest.approx(1.25 * np.abs(path.points).max(), rel=1e-5)


class TestPath:
    def test_is_projected_by_least_squares_on_directions_that_are_not_at_right_angles(self):
        centre = {"w": torch.tensor([1.0, 2.0, 3.0])}
        first, second = {"w": torch.tensor([1.0, 0.0, 0.0])}, {"w": torch.tensor([1.0, 2.0, 0.0])}
        plane = Plane("random", centre, first, second, 1.0)
        inside = [
            (10 * i, {"w": centre["w"] + a * first["w"] + b * second["w"]})
            for i, (a, b) in enumerate([(2, -1), (0.5, 3)])
        ]
        path = projected(plane, inside)
        np.testing.assert_allclose(path.points, [[2, -1], [0.5, 3]], atol=1e-6)
        assert path.epochs.tolist() == [0, 10]
        assert path.explained == 1
        # (1, 0, 0) in the plane and 3 out of it: a tenth of the squared distance is inside.
        path = projected(plane, [(1, {"w": centre["w"] + torch.tensor([1.0, 0.0, 3.0])})])
        np.testing.assert_allclose(path.points, [[1, 0]], atol=1e-6)
        assert path.explained == pytest.approx(0.1)

    def test_goes_from_the_weights_before_training_to_the_trained_ones(self, result):
        run = result("moons")
        survey = Survey(run, directions="path", steps=3)
        found = survey.landscape
        assert found.epochs.tolist() == [0, *(epoch for epoch, _weights in run.snapshots())]
        np.testing.assert_allclose(found.path[-1], 0, atol=1e-6)
        start = Recipe.read(run.path / "recipe.toml").start().net.cpu().state_dict()
        away = torch.cat([(start[name] - end).flatten() for name, end in survey.plane.centre.items()])
        flat = torch.cat([part.flatten() for part in survey.plane.first.values()])
        assert found.path[0, 0] == pytest.approx(float(away @ flat), rel=1e-4)
        assert 0.9 < found.explained <= 1
        assert sum(found.shares) == pytest.approx(found.explained)
        assert np.abs(found.path).max() == pytest.approx(found.x[-1] / 1.25)

    def test_of_a_run_without_snapshots_is_refused_and_of_few_ones_too(self, result, train_recipe, tmp_path):
        with pytest.raises(InputError, match=r"keeps no snapshots[\s\S]*fit\.snapshots=1"):
            Survey(result("wine"), directions="path")
        assert not len(Survey(result("wine"), steps=2).landscape.path)
        raw = {"data": {"name": "wine"}, "net": {"kind": "linear"}, "fit": {"epochs": 1, "snapshots": 1}}
        with pytest.raises(InputError, match=r"is a line[\s\S]*fit\.snapshots=1"):
            Survey(train_recipe(raw, tmp_path / "run"), directions="path")


class TestSurvey:
    def test_is_iterated_row_by_row_and_goes_on_where_it_stopped(self, result):
        survey = Survey(result("wine"), steps=4)
        assert len(survey) == 4
        first = next(iter(survey))
        assert first.shape == (4,)
        assert len(list(survey)) == 3
        assert (survey.landscape.losses[0] == first).all()

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"steps": 1}, "--steps 2"),
            ({"span": 0.0}, "--span 1"),
            ({"span": float("nan")}, "--span 1"),
            ({"samples": 0}, "--samples 1"),
            ({"split": "tests"}, "Did you mean 'test'"),
            ({"split": "all"}, "Known are: test, train, valid"),
            ({"directions": "paths"}, "Did you mean 'path'"),
            ({"seed": -1}, "--seed 0"),
            ({"device": "abacus"}, "Known are: cpu"),
        ],
    )
    def test_explains_what_is_wrong(self, result, options, words):
        with pytest.raises(InputError, match=words):
            Survey(result("wine"), **options)

    def test_refuses_a_game_of_two_players(self, trained):
        with pytest.raises(InputError, match=r"several players \(discriminator, generator\)"):
            Survey(trained("game"))

    def test_refuses_weights_that_are_infinite(self, trained):
        with pytest.raises(InputError, match="infinite or NaN"):
            Survey(trained("exploded"))

    def test_refuses_an_empty_split(self, result):
        with pytest.raises(InputError, match=r"no samples in valid[\s\S]*--split train"):
            Survey(result("one-epoch"), split="valid")


class TestFiles:
    def test_give_back_the_same_landscape(self, result, tmp_path):
        found = Survey(result("moons"), directions="path", steps=4).landscape
        found.losses[0, 1], found.losses[2, 2] = np.inf, np.nan
        (tmp_path / FACTS).write_text(found.facts())
        (tmp_path / GRID).write_text(found.grid())
        again = Landscape.read(tmp_path)
        for name in ("x", "y", "losses", "epochs", "path"):
            np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
        for name in ("directions", "centre", "explained", "split", "samples"):
            assert getattr(again, name) == getattr(found, name)

    @pytest.mark.parametrize("grid", ["", "x,y,loss\n", "x,y,loss\n0,0,a\n", "x,y,loss\n0,0,1\n1,1,2\n"])
    def test_that_are_damaged_are_explained(self, result, tmp_path, grid):
        (tmp_path / FACTS).write_text(Survey(result("moons"), steps=2).landscape.facts())
        (tmp_path / GRID).write_text(grid)
        with pytest.raises(InputError, match=r"cannot be read[\s\S]*neurona landscape"):
            Landscape.read(tmp_path)


class TestFigure:
    def test_has_contours_a_surface_and_the_path(self, result):
        run = result("moons")
        found = Survey(run, directions="path", steps=7).landscape
        figure = draw(found)
        contours, surface = figure.axes[0], next(axes for axes in figure.axes if axes.name == "3d")
        lines = {line.get_label(): line for line in contours.get_lines()}
        path = next(line for label, line in lines.items() if label.startswith("path of training"))
        np.testing.assert_array_equal(np.column_stack(path.get_data()), found.path)
        assert f"trained weights, loss {found.centre:.4f}"[:24] in " ".join(lines)
        assert contours.get_xlabel().startswith("principal component 1 of the path (")
        assert surface.get_zlabel() == "loss"

    def test_says_which_directions_are_shown(self, result):
        figure = loss_landscape(result("wine"), steps=3)
        assert figure.axes[0].get_xlabel() == "random direction 1 (1 = the length of each filter)"
        assert not any("path" in line.get_label() for line in figure.axes[0].get_lines())

    @pytest.mark.parametrize(
        "losses",
        [
            [[1.0, 1.0], [1.0, 1.0]],
            [[0.0, 0.0], [0.0, 0.0]],
            [[0.0, 5.0], [1.0, 2.0]],
            [[1e-12, 1e30], [1.0, 2.0]],
            [[np.inf, 5.0], [1.0, np.nan]],
            [[np.inf, np.nan], [np.inf, np.inf]],
            [[-3.0, 5.0], [1.0, 2.0]],
            [[1e-300, 1e-290], [1e-295, 1e-299]],
        ],
    )
    def test_can_be_drawn_whatever_the_losses_are(self, losses):
        sides = np.array([-1.0, 1.0])
        rest = {"centre": 1.0, "epochs": np.zeros(0, int), "path": np.zeros((0, 2)), "explained": 0.0}
        found = Landscape("random", sides, sides, np.array(losses), **rest, split="train", samples=9)
        assert png(draw(found), 40).startswith(b"\x89PNG")

    def test_tells_apart_what_spans_decades_by_a_logarithm(self):
        scale = Scale(np.array([0.01, 1.0, 100.0]))
        assert scale.logarithmic
        np.testing.assert_allclose(scale.heights(np.array([0.01, 1.0, 100.0])), [-2, 0, 2])
        np.testing.assert_allclose(np.diff(np.log(scale.levels)), np.diff(np.log(scale.levels))[0])
        assert scale.ticks() == pytest.approx([0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100])
        assert not Scale(np.array([1.0, 2.0])).logarithmic

    def test_is_seen_over_the_lowest_corner(self, result):
        found = Survey(result("wine"), steps=4).landscape
        side = np.linspace(-1, 1, 4)
        for x, y in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            slope = replace(found, x=side, y=side, losses=5 - x * side[None] - y * side[:, None])
            surface = next(axes for axes in draw(slope).axes if axes.name == "3d")
            towards = np.radians(surface.azim)
            assert (np.sign(np.cos(towards)), np.sign(np.sin(towards))) == (x, y)

    def test_joins_the_figures_of_a_run_once_it_is_written(self, result, train_recipe, tmp_path):
        raw = {"data": {"name": "wine"}, "net": {"kind": "linear"}, "fit": {"epochs": 2}}
        run = train_recipe(raw, tmp_path / "run")
        assert "landscape" not in Looks(run)
        found = Survey(run, steps=3).landscape
        (run.path / FACTS).write_text(found.facts())
        (run.path / GRID).write_text(found.grid())
        assert "landscape" in Looks(run)
        assert png(Looks(run)["landscape"], 40).startswith(b"\x89PNG")
        for _epoch in run.follow(run.resume(3)):
            pass
        assert "landscape" not in Looks(run), "the weights have moved on"
