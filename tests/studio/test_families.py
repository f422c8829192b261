"""What the views of families of nets show is what their nets compute."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_diabetes, load_wine
from sklearn.metrics import mean_absolute_error, precision_recall_fscore_support, r2_score, root_mean_squared_error

from neurona.data import class_names, load

TABLE = '[data]\nname = "{data}"\n{task}\n[net]\nkind = "{kind}"\nhidden = [8]\n[fit]\nlr = 0.01\nepochs = 20\n'


def unpack(packed: dict[str, Any]) -> np.ndarray:
    kinds: dict[str, Any] = {"u8": np.uint8, "f32": "<f4", "f64": "<f8"}
    numbers: np.ndarray = np.frombuffer(base64.b64decode(packed["data"]), kinds[packed["type"]])
    return numbers.reshape(packed["shape"])


def signed(packed: dict[str, Any], reach: float) -> np.ndarray:
    return (unpack(packed).astype(float) - 128) / 127 * reach


def look(page: Any, view: str, **wish: Any) -> dict[str, Any]:
    page.tell("look", view=view, **wish)
    said = page.messages[-1]
    assert said["kind"] == "looked", said
    shown: dict[str, Any] = said["shown"]
    return shown


def opened(page: Any, recipe: str, view: str, **wish: Any) -> dict[str, Any]:
    page.tell("open", name=recipe)
    page.tell("step")
    return look(page, view, **wish)


def written(page: Any, view: str, *, data: str, kind: str, task: str = "") -> dict[str, Any]:
    page.tell("toml", text=TABLE.format(data=data, kind=kind, task=task and f'task = "{task}"'))
    page.tell("step")
    return look(page, view)


# ---------------------------------------------------------------------- values


def test_predicted_values_and_their_scores_are_those_of_scikit_learn(page: Any) -> None:
    shown = written(page, "values", data="diabetes", kind="mlp")
    data, net = page.workshop.fit.data, page.workshop.fit.net.eval()
    with torch.no_grad():
        predicted = net(data.test.x)[:, 0].double().numpy() * data.target.scale[0] + data.target.mean[0]
    truth = data.test.y[:, 0].double().numpy() * data.target.scale[0] + data.target.mean[0]
    assert np.allclose(unpack(shown["points"]["test"]), np.stack([truth, predicted], 1), rtol=1e-5)
    assert unpack(shown["points"]["train"]).shape == (300, 2)
    assert shown["rmse"] == pytest.approx(root_mean_squared_error(truth, predicted))
    assert shown["mae"] == pytest.approx(mean_absolute_error(truth, predicted))
    assert shown["r2"] == pytest.approx(r2_score(truth, predicted))
    edges = np.linspace(shown["low"], shown["high"], len(shown["bars"]) + 1)
    assert shown["bars"] == np.histogram(predicted - truth, edges)[0].tolist()
    shown = look(page, "values", sample=7)
    assert (shown["true"], shown["predicted"]) == pytest.approx((truth[7], predicted[7]))
    raw = load_diabetes(scaled=False)
    cells = [value for _name, value in shown["cells"]]
    row = np.flatnonzero(np.isclose(raw.data, cells, rtol=1e-4).all(1))
    assert len(row) == 1 and raw.target[row[0]] == pytest.approx(shown["true"], rel=1e-5)
    assert [name for name, _value in shown["cells"]] == raw.feature_names


def test_of_a_row_names_and_dates_are_shown_as_they_stand_in_the_table(page: Any) -> None:
    days = pd.date_range("2020-01-31", periods=60, freq="7D")
    table = pd.DataFrame({"size": np.arange(60) + 0.5, "town": ["Lugo", "Vigo", None] * 20, "built": days})
    table.assign(price=table["size"] * 1e5).to_csv("homes.csv", index=False)
    page.tell("table", file="homes.csv", target="price", features=None)
    for sample in range(6):
        shown = look(page, "values", sample=sample)
        row = table.iloc[round(shown["true"] / 1e5 - 0.5)]
        cells = dict(shown["cells"])
        assert cells["size"] == pytest.approx(row["size"], rel=1e-5)
        assert (cells["town"], cells["built"]) == (
            row["town"] if row["town"] == row["town"] else "",
            str(row["built"].date()),
        )


def test_values_of_sequences_and_ensembles_are_shown_too(page: Any) -> None:
    for recipe in ("gru", "curve-ensemble"):
        shown = opened(page, recipe, "values")
        page.tell("speed", speed="full")
        said = page.workshop.fit.evaluate(page.workshop.fit.data.test)
        assert shown["rmse"] == pytest.approx(said["rmse"], rel=1e-3)


def test_there_is_no_such_target(page: Any) -> None:
    written(page, "values", data="diabetes", kind="mlp")
    page.tell("look", view="values", target=1)
    assert page.messages[-1]["kind"] == "problem"


# ---------------------------------------------------------------------- labels


def test_each_label_is_counted_as_scikit_learn_counts(page: Any) -> None:
    shown = opened(page, "multilabel", "labels", sample=11)
    data, net = page.workshop.fit.data, page.workshop.fit.net.eval()
    with torch.no_grad():
        shares = net(data.test.x).sigmoid().numpy()
    truth, given = data.test.y.numpy() > 0.5, shares >= 0.5
    precision, recall, _f, support = precision_recall_fscore_support(truth, given, zero_division=np.nan)
    for i, label in enumerate(shown["labels"]):
        assert label["name"] == data.classes[i]
        assert label["share"] == pytest.approx(float(shares[11, i]), abs=1e-6) and label["wanted"] == truth[11, i]
        assert (label["there"], label["given"]) == (support[i], given[:, i].sum())
        assert label["precision"] == (None if np.isnan(precision[i]) else pytest.approx(precision[i]))
        assert label["recall"] == pytest.approx(recall[i])


# ---------------------------------------------------------------------- rows of a table


def test_rows_that_are_given_back_are_in_the_units_of_the_table(page: Any) -> None:
    shown = written(page, "rows", data="wine", kind="autoencoder", task="reconstruction")
    data, net = page.workshop.fit.data, page.workshop.fit.net.eval()
    with torch.no_grad():
        back = net(data.test.x).numpy()
    x, raw = data.test.x.numpy(), load_wine()
    found = [one["value"] for one in shown["features"]]
    assert np.isclose(raw.data, found, rtol=1e-4).all(1).sum() == 1
    assert [one["name"] for one in shown["features"]] == list(raw.feature_names)
    scales = [column.scale for column in data.inputs.columns]
    units = [one["back"] - one["value"] for one in shown["features"]]
    assert np.allclose(units, (back[0] - x[0]) * scales, rtol=1e-3, atol=1e-4)
    assert [one["rmse"] for one in shown["features"]] == pytest.approx(np.sqrt(((back - x) ** 2).mean(0)), rel=1e-4)
    assert np.allclose(signed(shown["maps"]["error"], 3), np.clip(back - x, -3, 3), atol=0.013)
    assert shown["rows"] == list(range(len(x))) and shown["place"] == 0
    assert look(page, "rows", sample=5)["place"] == 5


def test_names_and_dates_of_a_table_come_back_as_what_the_net_sees(page: Any, folder: Any) -> None:
    lines = [f"{i % 7 + 0.5},{'abc'[i % 3]},2024-0{i % 9 + 1}-01,{'lr'[i % 2]}" for i in range(60)]
    (folder / "uploads" / "mine.csv").write_text("size,kind,day,side\n" + "\n".join(lines) + "\n")
    data = '[data]\npath = "mine.csv"\ntarget = "side"\ntask = "reconstruction"\n'
    said = page.tell("toml", text=data + '[net]\nkind = "autoencoder"\nhidden = [4]\n')
    assert said[-1]["kind"] != "problem", said[-1]
    shown = look(page, "rows")
    features = {one["name"]: one["value"] for one in shown["features"]}
    assert sum(features[f"kind={name}"] for name in "abc") == 1
    assert 24 < features["day.years"] < 25  # since 2000
    assert features["size"] % 1 == pytest.approx(0.5, abs=1e-4)


# ---------------------------------------------------------------------- what is written


def test_words_of_a_picture_and_the_states_behind_them(page: Any) -> None:
    shown = opened(page, "one-to-many", "writing", sample=3)
    data, net = page.workshop.fit.data, page.workshop.fit.net.eval()
    with torch.no_grad():
        logits = net(data.test.x[3:4].float() / 255)[0]
        tokens = logits.argmax(1)
        # The decoder as PyTorch's own layer, told what was written before each step.
        _places, whole, _there = net.encoder(data.test.x[3:4].float() / 255)
        told = torch.cat([torch.zeros(1, dtype=torch.long), tokens[:-1] + 1])
        begin = net.bridge(whole).tanh().reshape(1, 1, -1)
        states = net.decoder.forwards[0](net.decoder.embed(told)[None], begin)[0][0]
    count = len(shown["says"])
    right = [data.classes[k] for k in data.test.y[3].tolist() if k >= 0]
    assert shown["right"][: len(right)] == right and set(shown["right"][len(right) :]) <= {""}
    assert shown["says"] == [data.classes[k] for k in tokens[:count]]
    shares = logits.softmax(1)
    assert [step[0][1] for step in shown["likely"]] == pytest.approx(shares.amax(1)[:count].tolist(), abs=1e-4)
    hidden = next(one for one in shown["maps"] if one["name"] == "hidden")
    assert np.allclose(signed(hidden["values"], hidden["reach"]), states[:count].T, atol=0.006)
    assert np.array_equal(unpack(shown["picture"])[0], data.test.x[3, 0])


def test_each_step_that_is_written_looks_at_what_was_read(page: Any) -> None:
    shown = opened(page, "translate", "writing", sample=2)
    attention = unpack(shown["attention"]) / 255
    assert attention.shape == (len(shown["says"]), len(shown["read"]))
    assert np.allclose(attention.sum(1), 1, atol=0.02)
    page.tell("open", name="one-to-many")
    page.tell("change", key="net.attention", value=True)
    shown = look(page, "writing")
    assert unpack(shown["attention"]).shape == (len(shown["says"]), 16) and shown["grid"] == [4, 4]


# ---------------------------------------------------------------------- texts

SMALL = (
    '[data]\nname = "characters"\nwindow = 30\n[net]\nkind = "sequence-labeller"\ncell = "gru"\nhidden = 12\n'
    "embedding = 6\n[fit]\nepochs = 2\n"
)


def test_a_text_goes_on_as_the_net_foretells_it(page: Any) -> None:
    page.tell("toml", text=SMALL)
    shown = look(page, "text", prompt="The ", temperature=0)
    net, inputs = page.workshop.fit.net.eval(), page.workshop.fit.data.inputs
    tokens = inputs.numbers("The ")
    with torch.no_grad():
        for _step in range(20):  # all of it read anew each time
            tokens.append(2 + int(net(torch.tensor([tokens]))[0, -1, 2:].argmax()))
    assert shown["text"].startswith(inputs.text(tokens)) and shown["begun"] == 4
    assert shown["likely"][0] == [shown["text"][4].replace(" ", "␣").replace("\n", "↵"), 1.0]
    warm = look(page, "text", temperature=0.5)
    with torch.no_grad():
        shares = (net(torch.tensor([inputs.numbers("The ")]))[0, -1, 2:].double() / 0.5).softmax(0)
    assert warm["likely"][0][1] == pytest.approx(float(shares.max()), abs=1e-3)
    assert look(page, "text")["text"] == warm["text"] != look(page, "text", luck=1)["text"]


@pytest.mark.parametrize("wish", [{"prompt": "λ"}, {"prompt": "a" * 300}, {"temperature": -1}, {"temperature": "hot"}])
def test_no_text_begins_like_this(page: Any, wish: dict[str, Any]) -> None:
    page.tell("toml", text=SMALL)
    before = look(page, "text")
    page.tell("look", view="text", **wish)
    assert page.messages[-1]["kind"] == "problem" and page.messages[-1]["hint"]
    assert look(page, "text") == before


# ---------------------------------------------------------------------- two weights that count


def test_the_two_weights_their_loss_and_their_gradient(page: Any) -> None:
    page.tell("open", name="count-ones")
    for _epoch in range(5):
        page.tell("step")
    shown, fit = look(page, "counting", sample=4), page.workshop.fit
    u, w = float(fit.net.u.detach()), float(fit.net.w.detach())
    assert (shown["u"], shown["w"]) == (u, w)
    way = unpack(shown["way"])
    assert way[:, 0].tolist() == [0, 1, 2, 3, 4, 5] and way[0, 1:].tolist() == [0, 0]
    assert way[-1, 1:] == pytest.approx([u, w])
    x, y = fit.data.train.x[..., 0].double().numpy(), fit.data.train.y[:, 0].double().numpy()
    steps = np.arange(9, -1, -1)
    miss = (x * u * w**steps).sum(1) - y  # by the sum that the recurrence comes to
    by_u = (2 * miss * (x * w**steps).sum(1)).mean()
    by_w = (2 * miss * (x * u * steps * w ** np.maximum(steps - 1, 0)).sum(1)).mean()
    assert shown["gradient"] == pytest.approx([by_u, by_w], rel=1e-4)
    bits = fit.data.test.x[4, :, 0].numpy()
    assert shown["bits"] == bits.tolist() and shown["ones"][-1] == bits.sum()
    assert np.allclose(unpack(shown["each"]), u * w**steps, rtol=1e-4)
    assert unpack(shown["states"])[-1] == pytest.approx(float(fit.net(fit.data.test.x[4:5]).detach()), rel=1e-4)
    about = page.last("state")["scene"]["about"]["counting"]
    heights = unpack(about["heights"]) / 255
    where = [np.linspace(about["low"][i], about["high"][i], about["side"]) for i in (0, 1)]
    one = np.log10(np.square((x * where[0][40] * where[1][50] ** steps).sum(1) - y).mean() + 0.1)
    assert heights[50, 40] == pytest.approx((one + 1) / (np.log10(2000) + 1), abs=0.004)


def test_a_new_start_forgets_the_way(page: Any) -> None:
    opened(page, "count-ones", "counting")
    page.tell("reset")
    assert len(unpack(look(page, "counting")["way"])) == 1


def test_an_explosion_can_be_looked_at(page: Any) -> None:
    page.tell("open", name="count-ones-explosion")
    page.train()
    shown = look(page, "counting")
    assert shown["u"] is None or abs(shown["u"]) > 1e6
    assert len(unpack(shown["way"])) == page.workshop.fit.epoch + 1


# ---------------------------------------------------------------------- classes


def test_our_classes_have_names_in_each_language_and_theirs_stay(monkeypatch: pytest.MonkeyPatch, folder: Any) -> None:
    monkeypatch.setattr(class_names, "_", lambda text: f"¡{text}!")
    for name in ("spiral", "moons", "xor", "loans", "tag", "multilabel", "parity", "sentences"):
        names = class_names.class_names(load(name))
        assert all("¡" in one for one in names) and len(set(names)) == len(names), name
    assert class_names.class_names(load("spiral"))[1] == "¡arm 2!"
    assert class_names.class_names(load("digits"))[0] == "0"
    rows = "\n".join(f"{i},{'even' if i % 2 else 'odd'}" for i in range(40))
    (folder / "uploads" / "mine.csv").write_text(f"x,side\n{rows}\n")
    assert set(class_names.class_names(load("mine.csv", target="side"))) == {"even", "odd"}
