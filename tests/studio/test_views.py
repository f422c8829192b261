"""What the views show is what the net computes."""

from __future__ import annotations

import base64
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from neurona.data import load
from neurona.studio.views.pen import Pen


def unpack(packed: dict[str, Any]) -> np.ndarray:
    numbers = np.frombuffer(
        base64.b64decode(packed["data"]), {"u8": np.uint8, "f32": "<f4", "f64": "<f8"}[packed["type"]]
    )
    return numbers.reshape(packed["shape"])


def values(packed: dict[str, Any], reach: float) -> np.ndarray:
    """Return signed numbers, exact to half a step of their 254."""
    return (unpack(packed).astype(float) - 128) / 127 * reach


def pack(picture: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(picture.astype(np.uint8).tobytes()).decode()
    return {"type": "u8", "shape": list(picture.shape), "data": data}


def opened(page: Any, recipe: str, view: str, **wish: Any) -> dict[str, Any]:
    """Open a recipe, train it for an epoch, and return what a view shows."""
    page.tell("open", name=recipe)
    page.tell("step")
    return look(page, view, **wish)


def look(page: Any, view: str, **wish: Any) -> dict[str, Any]:
    page.tell("look", view=view, **wish)
    shown: dict[str, Any] = page.messages[-1]
    assert shown["kind"] == "looked", shown
    return shown["shown"]


def layer(shown: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in shown["layers"] if one["name"] == name)


# ---------------------------------------------------------------------- which views there are


def test_only_the_view_in_sight_and_those_beside_it_are_computed(page: Any) -> None:
    assert set(page.last("frame")["scene"]) == {"surface", "units", "confusion", "in_sight", "weights"}
    look(page, "confusion")
    page.tell("step")
    assert set(page.last("frame")["scene"]) == {"units", "confusion", "in_sight", "weights"}


def test_what_was_looked_at_stays_in_sight_when_training_starts_anew(page: Any) -> None:
    opened(page, "digits-cnn2", "picture", sample=7)
    page.tell("look", view="confusion")
    page.tell("reset")
    assert page.last("frame")["scene"]["in_sight"] == "confusion"
    assert look(page, "picture")["sample"] == 7
    page.tell("look", view="confusion")
    page.tell("open", name="moons")
    assert page.last("state")["scene"]["in_sight"] == "confusion"


@pytest.mark.parametrize(
    "wish",
    [
        {"view": "surfase"},
        {"view": "units"},
        {},
        {"view": "picture", "sample": 10**6},
        {"view": "picture", "sample": "first"},
        {"view": "picture", "class": 10},
        {"view": "pad", "ink": {"shape": [9, 9], "data": "AAAA"}},
        {"view": "pad", "ink": "a seven"},
        {"view": "pad", "ink": {"shape": [100000, 100000], "data": ""}},
        {"view": "pad", "ink": {"shape": [0, 5], "data": ""}},
    ],
)
def test_what_cannot_be_seen_is_told(page: Any, wish: dict[str, Any]) -> None:
    opened(page, "digits-cnn2", "picture", sample=3)
    page.tell("look", **wish)
    assert page.messages[-1]["kind"] == "problem" and page.messages[-1]["hint"]
    assert look(page, "picture")["sample"] == 3


# ---------------------------------------------------------------------- pictures


def test_maps_kernels_and_shares_are_those_of_the_net(page: Any) -> None:
    shown = opened(page, "digits-cnn2", "picture", sample=5)
    fit = page.workshop.fit
    x = fit.data.test.x[5:6].float() / 255
    assert np.array_equal(unpack(shown["picture"])[0], fit.data.test.x[5, 0])
    state = fit.net.state_dict()
    conv1 = functional.conv2d(x, state["conv1.weight"], state["conv1.bias"], padding=2)[0]
    about = layer(shown, "conv1")
    assert about["reach"] == pytest.approx(float(conv1.abs().max()), rel=1e-5)
    assert np.allclose(values(about["maps"], about["reach"]), conv1, atol=about["reach"] / 200)
    about = layer(shown, "relu1")
    assert np.allclose(values(about["maps"], about["reach"]), conv1.relu(), atol=about["reach"] / 200)
    kernels = state["conv2.weight"].mean(1)
    most = kernels.abs().amax((1, 2), keepdim=True)
    assert np.allclose(values(layer(shown, "conv2")["kernels"], 1.0), kernels / most, atol=0.005)
    fit.net.eval()
    logits = fit.net(x).detach()
    assert np.allclose(values(layer(shown, "output")["units"], float(logits.abs().max())), logits[0], atol=0.1)
    assert shown["shares"] == pytest.approx(logits.softmax(1)[0].tolist(), abs=1e-5)
    assert shown["truth"] == int(fit.data.test.y[5])


def test_the_weights_of_a_dense_net_are_pictures(page: Any) -> None:
    shown = opened(page, "digits-mlp", "picture")
    weight = page.workshop.fit.net.hidden1.weight.detach()[:40]
    pictures = (weight / weight.abs().amax(1, keepdim=True)).reshape(-1, 8, 8)
    assert np.allclose(values(layer(shown, "hidden1")["kernels"], 1.0), pictures, atol=0.005)


def test_units_on_the_drawing_are_pictures_of_their_weights(page: Any) -> None:
    opened(page, "digits-mlp", "picture")
    weight = page.workshop.fit.net.hidden1.weight.detach()[:8]
    pictures = (weight / weight.abs().amax(1, keepdim=True)).reshape(-1, 8, 8)
    assert np.allclose(values(page.last("frame")["scene"]["pixels"]["hidden1"], 1.0), pictures, atol=0.005)


def test_samples_are_leafed_through_one_class_at_a_time(page: Any) -> None:
    shown = opened(page, "digits-cnn2", "picture")
    y = page.workshop.fit.data.test.y.numpy()
    threes = np.flatnonzero(y == 3)
    assert look(page, "picture", **{"class": 3})["sample"] == threes[threes >= shown["sample"]][0]
    look(page, "picture", sample=int(threes[0]))
    assert look(page, "picture", move=1)["sample"] == threes[1]
    assert look(page, "picture", move=-2)["sample"] == threes[-1]
    assert look(page, "picture", **{"class": None}, move=1)["sample"] == (threes[-1] + 1) % len(y)


def test_looking_while_it_trains_changes_no_number(page: Any) -> None:
    for looking in (False, True):
        page.tell("open", name="digits-gan")
        page.tell("change", key="fit.epochs", value=2)
        while not page.workshop.fit.ended:
            page.tell("step")
            for tab in page.last("state")["scene"]["tabs"] if looking else ():
                page.tell("look", view=tab)
        if not looking:
            alone = page.workshop.fit.history
    assert [row["train_generator_loss"] for row in page.workshop.fit.history] == [
        row["train_generator_loss"] for row in alone
    ]


# ---------------------------------------------------------------------- the pad


def test_a_drawing_is_placed_as_the_digits_of_the_data(page: Any) -> None:
    shown = opened(page, "digits-cnn2", "pad")
    assert shown["blank"]
    ink = np.zeros((140, 140), np.uint8)
    ink[20:100, 95:107] = 255  # a one, small and far from the middle
    shown = look(page, "pad", ink=pack(ink))
    seen = unpack(shown["picture"])[0]
    rows, columns = np.nonzero(seen > 25)
    assert rows.min() == 0 and rows.max() == 7  # it fills the height, as those of the data do
    assert columns.mean() == pytest.approx(3.5, abs=0.6)
    net = page.workshop.fit.net.eval()
    answer = net(torch.from_numpy(seen.astype(np.float32) / 255)[None, None]).softmax(1)[0]
    assert shown["shares"] == pytest.approx(answer.tolist(), abs=1e-5)
    page.tell("step")
    assert not look(page, "pad")["blank"]
    assert look(page, "pad", ink=None)["blank"]


def test_the_pen_finds_how_pictures_were_cut() -> None:
    digits = Pen.of(load("digits"))
    assert (digits.extent, digits.by_mass, digits.dark) == (8.0, False, False)


def test_a_digit_moved_and_enlarged_comes_back() -> None:
    data = load("digits")
    pen = Pen.of(data)
    x = data.test.x[:50].float()
    large = functional.interpolate(x, (48, 48), mode="nearest")
    canvas = torch.zeros(50, 140, 140)
    canvas[:, 10:58, 70:118] = large[:, 0]
    again = torch.cat([pen.picture(one.numpy().astype(np.uint8)) for one in canvas]).float()
    correlations = [np.corrcoef(a.flatten(), b.flatten())[0, 1] for a, b in zip(x, again, strict=True)]
    assert np.median(correlations) > 0.95


def test_a_drawn_digit_is_as_good_as_the_one_that_it_was_drawn_after(page: Any) -> None:
    page.tell("open", name="digits-cnn2")
    page.train()
    data, net = page.workshop.fit.data, page.workshop.fit.net.eval()
    pen = Pen.of(data)
    x, y = data.test.x.float() / 255, data.test.y
    canvas = torch.zeros(len(x), 140, 140, dtype=torch.uint8)
    canvas[:, 10:122, 20:132] = (functional.interpolate(x, (112, 112))[:, 0] * 255).round().to(torch.uint8)
    again = torch.cat([pen.picture(one.numpy()) for one in canvas]).float() / 255
    with torch.no_grad():
        right, redrawn = (float((net(pictures).argmax(1) == y).float().mean()) for pictures in (x, again))
    assert redrawn > right - 0.025


def test_a_wide_drawing_is_squeezed_into_what_digits_keep_to() -> None:
    pen = Pen.of(load("digits"))
    assert pen.largest == (8.0, 6.0)
    seen = pen.picture(np.full((50, 100), 255, np.uint8))[0, 0].numpy() > 25
    assert (seen.any(1).sum(), seen.any(0).sum()) == (4, 6)


# ---------------------------------------------------------------------- autoencoders


def test_what_is_given_back_is_what_the_net_reads_from_its_codes(page: Any) -> None:
    shown = opened(page, "digits-autoencoder", "reconstructions")
    fit = page.workshop.fit
    y = fit.data.test.y.numpy()
    rows = [int(np.flatnonzero(y == digit)[0]) for digit in range(10)]
    x = fit.data.test.x[rows].float() / 255
    assert np.array_equal(unpack(shown["originals"]), fit.data.test.x[rows])
    back = fit.net.eval()(x).detach()
    assert np.allclose(unpack(shown["back"]) / 255, back.clamp(0, 1), atol=0.003)
    assert shown["errors"] == pytest.approx((back - x).square().mean((1, 2, 3)).sqrt().tolist(), rel=1e-4)
    following = look(page, "reconstructions", move=1)
    assert np.array_equal(unpack(following["originals"]), fit.data.test.x[:10])


def test_a_held_point_of_the_latent_plane_is_decoded(page: Any) -> None:
    shown = opened(page, "digits-vae", "latent")
    fit = page.workshop.fit
    net = fit.net.eval()
    with torch.no_grad():
        codes = net.encode(fit.data.test.x.float() / 255)[0]
    centred = codes - codes.mean(0)
    variances, directions = torch.linalg.eigh(centred.T @ centred)  # by another way than the view's
    places = unpack(shown["places"])
    assert np.allclose(np.abs(places), (centred @ directions[:, -2:].flip(1)).abs(), atol=1e-3)
    assert f"{100 * float(variances[-1] / variances.sum()):.1f} %" in shown["axes"][0]
    look(page, "latent", pair=[3, 1])
    shown = look(page, "latent", at=[0.5, -1.25])
    code = codes.mean(0)
    code[3], code[1] = 0.5, -1.25
    wanted = net.decode(code[None]).sigmoid().detach()
    assert np.allclose(unpack(shown["decoded"]) / 255, wanted, atol=0.004)
    held = (unpack(shown["places"]) - [0.5, -1.25]) ** 2
    assert shown["nearest"] == int(held.sum(1).argmin())
    assert np.array_equal(unpack(shown["sample"])[0], fit.data.test.x[shown["nearest"]])
    grid = unpack(look(page, "latent", grid=True)["grid"])
    low, high = unpack(shown["places"]).min(0), unpack(shown["places"]).max(0)
    code[3], code[1] = float(high[0]), float(low[1])
    corner = net.decode(code[None]).sigmoid().detach()[0]
    assert np.allclose(grid[round(len(grid) ** 0.5) - 1] / 255, corner, atol=0.004)


@pytest.mark.parametrize("wish", [{"pair": [0, 0]}, {"pair": [0, 10]}, {"pair": "x"}, {"at": [1]}, {"at": ["a", "b"]}])
def test_there_is_no_such_plane(page: Any, wish: dict[str, Any]) -> None:
    opened(page, "digits-vae", "latent")
    page.tell("look", view="latent", **wish)
    assert page.messages[-1]["kind"] == "problem"


def test_a_point_beyond_all_codes_is_decoded_without_a_warning(page: Any) -> None:
    opened(page, "digits-vae", "latent")
    with warnings.catch_warnings(action="error"):
        shown = look(page, "latent", at=[1e308, -1e308])
    assert np.isfinite(shown["at"]).all() and len(unpack(shown["decoded"]))


# ---------------------------------------------------------------------- samples


def test_samples_are_made_of_the_same_noise_all_along(page: Any) -> None:
    first = opened(page, "digits-conv-gan", "samples")
    assert look(page, "samples") == first
    page.tell("step")
    shown = look(page, "samples")
    assert shown != first
    net = page.workshop.fit.net.eval()
    noise = torch.randn(60, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        made = net.generator(noise)
        assert np.allclose(unpack(shown["pictures"]) / 255, made, atol=0.003)
        assert shown["real"] == pytest.approx(net.discriminator(made).sigmoid().flatten().tolist(), abs=1e-4)


def test_samples_of_a_plane_are_points_in_its_units(page: Any) -> None:
    text = '[data]\nname = "moons"\ntask = "adversarial"\n[net]\nkind = "gan"\nhidden = [8]\nnoise = 3\n'
    page.tell("toml", text=text)
    shown = look(page, "samples")
    net, columns = page.workshop.fit.net.eval(), page.workshop.fit.data.inputs.columns
    made = net.generator(torch.randn(600, 3, generator=torch.Generator().manual_seed(0))).detach().numpy()
    units = made * [c.scale for c in columns] + [c.mean for c in columns]
    assert np.allclose(unpack(shown["points"]), units, atol=1e-4)


# ---------------------------------------------------------------------- sequences


def test_gates_and_states_are_those_of_the_layer(page: Any) -> None:
    page.tell("open", name="many-to-one")
    page.tell("step")
    shown = look(page, "gates", sample=4)
    fit = page.workshop.fit
    net, tokens = fit.net.eval(), fit.data.test.x[4:5]
    tokens = tokens[:, : int((tokens != 0).sum())]
    layer = net.recurrent.forwards[0]
    with torch.no_grad():
        vectors = net.recurrent.embed(tokens)
        states = layer(vectors)[0][0]
        # The forget gate by the equation of torch.nn.LSTM, whose second quarter it is.
        before = torch.cat([torch.zeros(1, 32), states[:-1]])
        total = vectors[0] @ layer.weight_ih_l0.T + layer.bias_ih_l0 + before @ layer.weight_hh_l0.T + layer.bias_hh_l0
        forget = total[:, 32:64].sigmoid()
    maps = {one["name"]: one for one in shown["maps"]}
    assert np.allclose(unpack(maps["forget"]["values"]) / 255, forget.T, atol=0.003)
    assert np.allclose(values(maps["hidden"]["values"], maps["hidden"]["reach"]), states.T, atol=0.006)
    assert shown["steps"] == [fit.data.inputs.vocabulary[token] for token in tokens[0]]
    assert shown["shares"][1] == pytest.approx(float(net(tokens).detach().sigmoid()), abs=1e-4)


def test_what_is_written_and_where_the_decoder_looks(page: Any) -> None:
    page.tell("open", name="translate")
    page.tell("step")
    shown = look(page, "gates", sample=2)
    fit = page.workshop.fit
    right = [fit.data.classes[k] for k in fit.data.test.y[2].tolist() if k >= 0]
    assert shown["right"] == right
    assert shown["says"] == [
        fit.data.classes[k] for k in fit.net.eval()(fit.data.test.x[2:3])[0].argmax(1)[: len(right)]
    ]
    attention = unpack(shown["attention"]) / 255
    assert attention.shape == (len(right), len(shown["steps"]))
    assert np.allclose(attention.sum(1), 1, atol=0.02)


@pytest.mark.parametrize("recipe", ["lstm", "gru", "rnn", "tag", "characters"])
def test_every_recurrent_recipe_shows_what_it_reads(page: Any, recipe: str) -> None:
    page.tell("open", name=recipe)
    shown = look(page, "gates", move=1)
    assert all(unpack(one["values"]).shape == (len(one["units"]), len(shown["steps"])) for one in shown["maps"])


# ---------------------------------------------------------------------- distributions


def test_distributions_are_those_of_weights_activations_and_gradients(page: Any) -> None:
    shown = opened(page, "digits-cnn2", "distributions")
    fit = page.workshop.fit
    net = fit.net.eval()
    assert [one["name"] for one in shown["layers"]] == ["conv1", "conv2", "output"]
    noted = {}
    hook = net.conv2.register_forward_hook(lambda _layer, _x, output: noted.update(conv2=output.detach()))
    x, y = fit.data.train.x[:64].float() / 255, fit.data.train.y[:64]
    loss = functional.cross_entropy(net(x), y)
    hook.remove()
    (gradient,) = torch.autograd.grad(loss, [net.conv2.weight])
    about = shown["layers"][1]
    for kind, numbers in (
        ("weights", net.conv2.weight.detach()),
        ("gradients", gradient),
        ("activations", noted["conv2"]),
    ):
        found = numbers.flatten().numpy()
        assert about[kind]["reach"] == pytest.approx(float(np.abs(found).max()), rel=1e-4)
        assert about[kind]["std"] == pytest.approx(float(found.std()), rel=1e-3)
        bars = np.histogram(found, 41, (-np.abs(found).max(), np.abs(found).max()))[0]
        assert np.allclose(unpack(about[kind]["bars"]) / 255, bars / bars.max(), atol=0.01)


@pytest.mark.parametrize("recipe", ["spiral", "digits-vae", "digits-gan", "translate", "curve-ensemble", "wine"])
def test_the_distributions_of_any_net_leave_it_as_it_was(page: Any, recipe: str) -> None:
    page.tell("open", name=recipe)
    page.tell("step")
    fit = page.workshop.fit
    before = {name: value.clone() for name, value in fit.net.state_dict().items()}
    gradients = [p.grad for p in fit.net.parameters()]
    state, modes = torch.get_rng_state(), [module.training for module in fit.net.modules()]
    shown = look(page, "distributions")
    assert any(one["gradients"] for one in shown["layers"])
    assert all(torch.equal(value, before[name]) for name, value in fit.net.state_dict().items())
    assert torch.equal(state, torch.get_rng_state()) and modes == [module.training for module in fit.net.modules()]
    assert all(p.grad is g for p, g in zip(fit.net.parameters(), gradients, strict=True))


def test_every_view_of_every_recipe_can_be_told_as_json(page: Any) -> None:
    import orjson

    from neurona.data.load import DATASETS
    from neurona.recipe import Recipe
    from neurona.written import names

    for name in names():
        if DATASETS[Recipe.read(name).data["name"]].facts.get("download"):
            continue
        page.tell("open", name=name)
        for tab in page.last("state")["scene"]["tabs"]:
            page.messages.clear()
            page.tell("look", view=tab)
            assert page.messages[-1]["kind"] == "looked", (name, tab, page.messages[-1])
            orjson.dumps(page.messages[-1])
        orjson.dumps(page.tell("language", language="en"))
