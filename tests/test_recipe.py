"""Recipes: read, checked, changed and written; an error says which file, line and key, and what to write instead."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from neurona.errors import InputError, NeuronaWarning
from neurona.recipe import Recipe
from neurona.vary import variants
from neurona.written import FOLDER, departures, names

DOWNLOADED = {"mnist": "mnist_data", "cifar10": "cifar10_data"}  # the fixture that finds them
DENSE = {
    *("perceptron", "linear-regression", "logistic-regression", "softmax-linear", "spiral-linear", "spiral"),
    *("spiral-noisy", "curve-ensemble", "moons", "mnist-mlp", "mnist-activations", "mnist-deep", "wine", "boxcar"),
    *("multilabel", "l2", "dropout", "activations", "optimizers", "schedules"),
}


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


MINE = """\
title = "Mine"

[data]
name = "spiral"

[net]
kind = "mlp"
hidden = [10, 5]

[fit]
lr = 0.1
"""


class TestPackagedRecipes:
    def test_each_dense_system_of_the_course_has_one(self) -> None:
        assert set(names()) >= DENSE

    @pytest.mark.parametrize("name", names())
    def test_it_says_what_it_is_and_where_it_comes_from(self, name: str) -> None:
        recipe = Recipe.read(name)
        assert recipe.name == name
        assert recipe.title and not re.search(r"\d-\d", recipe.title), "it would not change with net.hidden"
        assert recipe.source
        assert departures(recipe.to_dict()) == {}

    @pytest.mark.parametrize("name", names())
    def test_it_survives_being_written_and_read(self, name: str, tmp_path: Path) -> None:
        recipe = Recipe.read(name)
        text = recipe.to_toml()
        back = Recipe.read(write(tmp_path, text))
        assert back.model_dump() == recipe.model_dump()
        assert back.to_toml() == text
        written = tomllib.loads((FOLDER / f"{name}.toml").read_text())
        kept = tomllib.loads(text)
        assert kept["fit"] == written["fit"]  # no default has crept in
        assert kept["data"] == written["data"]

    @pytest.mark.parametrize("name", names())
    def test_every_variant_of_it_loads_its_data_and_fits_its_net(
        self, name: str, request: pytest.FixtureRequest
    ) -> None:
        recipe = Recipe.read(name)
        if wanted := DOWNLOADED.get(recipe.data["name"]):
            request.getfixturevalue(wanted)
            recipe = recipe.with_changes({"data.samples": 200})
        new = {"net.weights": "none"} if "weights" in recipe.net else {}  # to get them takes long
        for variant in variants(recipe):
            changed = recipe.with_changes({**variant.changes, **new})
            fit = changed.start()
            assert fit.options == changed.fit
            assert len(fit.data.train) > 0

    def test_what_was_changed_in_it_is_known(self, tmp_path: Path) -> None:
        changed = Recipe.read("wine", ["net.hidden=[8]", "fit.lr=0.1"]).with_changes({"net.init": None})
        again = Recipe.read(write(tmp_path, changed.to_toml()))
        wanted = {"net.hidden": [8], "fit.lr": 0.1, "net.init": None}
        assert departures(changed.to_dict()) == departures(again.to_dict()) == wanted
        for name in ("another", "spiral"):  # a recipe of one's own
            assert departures({**changed.to_dict(), "name": name}) == {}

    @pytest.mark.parametrize(
        "same", ["fit.seed=0", "data.seed=0", "data.valid=0.15", "fit.momentum=0.1", "net.dropout=0.0"]
    )
    def test_a_value_that_holds_anyhow_is_no_change(self, same: str) -> None:
        assert departures(Recipe.read("wine", [same]).to_dict()) == {}

    @pytest.mark.parametrize("name", names())
    def test_what_it_claims_of_a_variant_is_about_one_that_it_has(self, name: str) -> None:
        recipe = Recipe.read(name)
        labels = {variant.label for variant in variants(recipe)}
        for claim in recipe.claim:
            assert {claim.variant, claim.best} - {None} <= labels
            bounds = (claim.at_least, claim.at_most, claim.best, claim.falls or None)
            assert any(bound is not None for bound in bounds)
            assert claim.source

    def test_mnist_mlp_is_784_256_10_with_sigmoid_units(self, mnist_data: Path) -> None:
        fit = Recipe.read("mnist-mlp", ["data.samples=1000"]).start()
        assert [(p.in_features, p.out_features) for p in fit.net if isinstance(p, nn.Linear)] == [(784, 256), (256, 10)]
        assert any(isinstance(layer, nn.Sigmoid) for layer in fit.net)
        assert fit.batches.size == 64
        assert len(fit.data.valid) == pytest.approx(200, abs=5)  # each class is cut on its own


class TestBuilding:
    def test_weights_are_drawn_from_the_seed_of_the_fit_alone(self) -> None:
        def weights(seed: int) -> torch.Tensor:
            recipe = Recipe.read("spiral", [f"fit.seed={seed}"])
            return recipe.build(recipe.load()).hidden1.weight

        torch.manual_seed(1)
        first, state = weights(0), torch.get_rng_state()
        torch.manual_seed(2)
        assert torch.equal(weights(0), first)
        assert not torch.equal(weights(1), first)
        torch.manual_seed(1)
        assert torch.equal(torch.get_rng_state(), state)  # the program's own numbers were left alone

    @pytest.mark.parametrize(
        ("section", "words"),
        [
            ("[data]\n[net]\nkind = 'mlp'", "does not say what data to use"),
            ("[data]\nname = 'moons'", "does not say what net to train"),
        ],
    )
    def test_a_recipe_without_data_or_net_says_so(self, section: str, words: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=words):
            Recipe.read(write(tmp_path, section)).start()


class TestOverrides:
    @pytest.mark.parametrize(
        ("override", "section", "key", "value"),
        [
            ("fit.lr=0.25", "fit", "lr", 0.25),
            ("fit.lr = 1e-3", "fit", "lr", 1e-3),
            ("fit.epochs=7", "fit", "epochs", 7),
            ("fit.batch=full", "fit", "batch", "full"),
            ("fit.batch=32", "fit", "batch", 32),
            ('fit.optimizer="sgd"', "fit", "optimizer", "sgd"),
            ("fit.optimizer=sgd", "fit", "optimizer", "sgd"),
            ("fit.betas=[0.8, 0.9]", "fit", "betas", (0.8, 0.9)),
            ("net.hidden=[100, 50]", "net", "hidden", [100, 50]),
            ("net.hidden=[]", "net", "hidden", []),
            ("net.batch_norm=true", "net", "batch_norm", True),
            ("net.activation=bipolar-sigmoid", "net", "activation", "bipolar-sigmoid"),
            ('net.activation=["relu", "tanh"]', "net", "activation", ["relu", "tanh"]),
            ("data.noise=0.5", "data", "noise", 0.5),
            ("data.task=a=b", "data", "task", "a=b"),
        ],
    )
    def test_a_value_is_toml_or_else_text(self, override: str, section: str, key: str, value: Any) -> None:
        part = getattr(Recipe.read("spiral", [override]), section)
        found = part[key] if isinstance(part, dict) else getattr(part, key)
        assert found == value
        assert type(found) is type(value)

    def test_the_last_one_counts_and_the_rest_stays(self, tmp_path: Path) -> None:
        path = write(tmp_path, MINE)
        recipe = Recipe.read(path, ["fit.lr=0.3", "fit.epochs=9", "fit.lr=0.4", "seeds=3", "title=Other"])
        assert (recipe.fit.lr, recipe.fit.epochs, recipe.seeds, recipe.title) == (0.4, 9, 3, "Other")
        assert recipe.net == Recipe.read(path).net

    def test_a_section_that_is_not_there_is_made(self, tmp_path: Path) -> None:
        path = write(tmp_path, "[data]\nname = 'moons'\n[net]\nkind = 'linear'\n")
        assert Recipe.read(path, ["fit.lr=0.5"]).fit.lr == 0.5

    def test_other_data_replace_the_data(self, tmp_path: Path) -> None:
        path = write(tmp_path, "[data]\npath = 'a.csv'\n[net]\nkind = 'linear'\n")
        assert Recipe.read(path, ["data.name=wine"]).data == {"name": "wine"}
        assert Recipe.read("wine", ["data.path=b.csv"]).data == {"path": "b.csv"}

    def test_a_name_with_a_dot_or_an_equals_sign_stands_in_quotes(self, tmp_path: Path) -> None:
        path = write(tmp_path, "[data]\npath = 'a.csv'\n[net]\nkind = 'linear'\n")
        recipe = Recipe.read(path, ['data.types."price.usd"=number', 'data.types."a=b"=category'])
        assert recipe.data["types"] == {"price.usd": "number", "a=b": "category"}
        assert Recipe.read("spiral", ['vary."net.activation"=["relu", "tanh"]']).vary == {
            "net.activation": ["relu", "tanh"]
        }

    def test_another_kind_of_net_leaves_out_what_it_does_not_take(self) -> None:
        with pytest.warns(NeuronaWarning, match=r"of kind linear .* has for mlp: hidden.* left out"):
            recipe = Recipe.read("spiral", ["net.kind=linear"])
        assert recipe.net == {"kind": "linear"}
        recipe.start()

    def test_another_kind_of_net_keeps_what_it_takes(self, tmp_path: Path) -> None:
        text = MINE + '[net]\nkind = "conv"\nlayers = ["conv 4 3", "relu"]\ninit = "kaiming-normal"\n'
        path = write(tmp_path, text.replace('[net]\nkind = "mlp"\nhidden = [10, 5]\n', "").replace("spiral", "digits"))
        with pytest.warns(NeuronaWarning, match=r"layers\. They are left out"):
            recipe = Recipe.read(path, ["net.kind=mlp", "net.hidden=[7]"])
        assert recipe.net == {"kind": "mlp", "hidden": [7], "init": "kaiming-normal"}
        recipe.start()

    def test_another_kind_of_net_leaves_out_a_value_of_another_type(self) -> None:
        with pytest.warns(NeuronaWarning, match="hidden"):
            recipe = Recipe.read("tag", ["net.kind=mlp"])
        assert "hidden" not in recipe.net

    def test_what_is_asked_for_stays_wrong_whatever_the_kind_of_net(self) -> None:
        with pytest.warns(NeuronaWarning):
            recipe = Recipe.read("digits-cnn1", ["net.kind=mlp", "net.nodes=['relu']"])
        with pytest.raises(InputError, match=r"net\.nodes is not a known key"):
            recipe.start()

    @pytest.mark.filterwarnings("error")
    def test_the_same_or_no_kind_of_net_leaves_out_nothing(self) -> None:
        assert Recipe.read("spiral", ["net.kind=mlp"]).net == Recipe.read("spiral").net
        with pytest.raises(InputError, match="Did you mean 'mlp'"):
            Recipe.read("spiral", ["net.kind=mpl"]).start()

    def test_a_change_in_python_leaves_out_the_same(self) -> None:
        with pytest.warns(NeuronaWarning, match="hidden"):
            assert Recipe.read("spiral").with_changes({"net.kind": "linear"}).net == {"kind": "linear"}

    def test_another_optimizer_leaves_out_what_it_does_not_take(self) -> None:
        with pytest.warns(NeuronaWarning, match=r"The optimizer adam .* has for sgd: momentum\. They are left out\."):
            recipe = Recipe.read("wine", ["fit.optimizer=adam"])
        assert recipe.fit.momentum is None
        recipe.start()

    @pytest.mark.parametrize("changes", [["fit.momentum=0.2"], ["fit.momentum=0.2", "fit.optimizer=adamw"]])
    def test_what_is_asked_for_stays_wrong_whatever_the_optimizer(self, changes: list[str]) -> None:
        with pytest.raises(InputError, match=r"fit\.momentum does not apply to the optimizer 'adam"):
            Recipe.read("spiral", changes).start()

    def test_none_takes_a_key_out(self) -> None:
        recipe = Recipe.read("wine", ["fit.momentum=none", "fit.optimizer=adam"])
        assert recipe.fit.momentum is None
        recipe.start()

    @pytest.mark.parametrize(
        ("override", "words"),
        [
            ("fit.lr", r"--set 'fit\.lr' is not KEY=VALUE\.\nWrite for instance --set fit\.lr=0\.1"),
            ("=3", "is not KEY=VALUE"),
            ("lr=3", r"^lr is not a known key\.\nThe section comes first: --set fit\.lr=3"),
            ("hidden=[3]", r"The section comes first: --set net\.hidden=\[3\]"),
            ("breadth=3", r"^breadth is not a known key\.\nWrite for instance --set fit\.lr=0\.1"),
            ("fit.=3", "is not KEY=VALUE"),
            (".lr=3", "is not KEY=VALUE"),
            ("", "is not KEY=VALUE"),
            ("title.x=3", "title is a value, not a section"),
            ("fit.lr.x=3", "lr is a value, not a section"),
            ("fit.lrr=3", r"fit\.lrr is not a known key\.\nDid you mean 'lr'\?"),
            ("fitt.lr=3", r"fitt is not a known key\.\nDid you mean 'fit'\?"),
            ("fit.epochs=[1]", r"fit\.epochs = \[1\] is not valid\.\nIt must be a whole number"),
            ("fit.lr=fast", r"fit\.lr = 'fast' is not valid\.\nIt must be a number"),
            ("fit.lr=", r"fit\.lr = '' is not valid\.\nIt must be a number"),
            ("fit=3", "fit = 3 is not valid.\nIt must be a table"),
            ("seeds=0", r"seeds = 0 is not valid\.\nIt must be at least 1"),
        ],
    )
    def test_a_malformed_one_says_what_to_write(self, override: str, words: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=words):
            Recipe.read(write(tmp_path, MINE), [override])

    @pytest.mark.parametrize(
        ("override", "words"),
        [
            ("net.kind=mpl", r"Did you mean 'mlp'\?"),
            ("net.hiden=[3]", r"net\.hiden is not a known key\.\nDid you mean 'hidden'\?"),
            ("net.hidden=[0]", r"net\.hidden\.0 = 0 is not valid"),
            ("net.hidden=10", r"net\.hidden = 10 is not valid\.\nIt must be a list"),
            ("net.activation=rellu", r"Did you mean 'relu'\?"),
            ("data.name=spirall", r"Did you mean 'spiral'\?"),
            ("data.nois=1", r"data\.nois is not a known key\.\nDid you mean 'noise'\?"),
            ("data.noise=-1", r"data\.noise = -1 is not valid"),
            ("fit.optimizer=adamm", r"Did you mean 'adam'\?"),
            ("fit.loss=mse", "does not suit data.task = multiclass"),
        ],
    )
    def test_what_only_the_data_or_net_knows_is_refused_before_training(self, override: str, words: str) -> None:
        with pytest.raises(InputError, match=words):
            Recipe.read("spiral", [override]).start()

    @given(lr=st.floats(1e-300, 1e300), hidden=st.lists(st.integers(1, 9999), max_size=5), name=st.text(max_size=20))
    @settings(max_examples=40, deadline=None)
    def test_changes_survive_being_written_and_read(self, lr: float, hidden: list[int], name: str) -> None:
        changed = Recipe.read("spiral").with_changes({"fit.lr": lr, "net.hidden": hidden, "title": name})
        back = Recipe.of(tomllib.loads(changed.to_toml()))
        assert back.model_dump() == changed.model_dump()
        assert (back.fit.lr, back.net["hidden"], back.title) == (lr, hidden, name)

    def test_changing_leaves_the_recipe_as_it_was(self) -> None:
        recipe = Recipe.read("spiral")
        before = recipe.to_toml()
        recipe.with_changes({"net.hidden": [1], "fit.lr": 9.0})
        assert recipe.to_toml() == before


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("title = Mine\n", 1, "title = Mine"),
            ("[data]\nname = 'spiral'\n[fit\nlr = 1\n", 3, r"\[fit"),
            ("[data]\nname = 'spiral'\nname = 'moons'\n", 3, "name = 'moons'"),
            ('[fit]\nlr = 0.1\noptimizer = "adam\n', 3, "optimizer"),
            ("[fit]\nlr =\n", 2, "lr ="),
            ("[net]\nhidden = [10, 20\n", 2, "hidden"),
        ],
    )
    def test_what_is_not_toml_is_pointed_at(self, text: str, line: int, words: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=rf"mine\.toml, line {line} is not TOML: .*{words}(.|\n)*KEY = VALUE"):
            Recipe.read(write(tmp_path, text))

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("title = Mine", "column 9: this value cannot be read"),
            ("= 3", "column 1: a key or a [section] must come first"),
            ("a = 1\na = 2", "this key has a value already"),
            ("[fit]\n[fit]", "column 5: this section is there already"),
            ("title", "there is no = after the key"),
            ("lr = 0,1", "column 7: something follows the value"),
            ("[fit\nlr = 1", "column 5: the name of the section is not closed by a bracket"),
            ("hidden = [10", "a bracket is not closed"),
            ('title = "Mine', "a text is not closed by quotes"),
            ("title = 'Mine\n'", "column 14: a text is not closed by quotes"),
        ],
    )
    def test_what_the_parser_finds_wrong_is_said_in_our_words(self, text: str, reason: str, tmp_path: Path) -> None:
        with pytest.raises(InputError) as raised:
            Recipe.read(write(tmp_path, text))
        assert str(raised.value).endswith(f"({reason})")

    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            (MINE.replace("lr = 0.1", 'lr = "fast"'), 11, r"fit\.lr = 'fast' is not valid\.\nIt must be a number"),
            (MINE.replace("lr = 0.1", "lr = nan"), 11, r"fit\.lr = nan"),
            (MINE + "batch = 'half'\n", 12, r"fit\.batch = 'half' is not valid\.\nIt must be one of: 'full', 'auto'"),
            (MINE + "betas = [0.9, 2]\n", 12, r"fit\.betas\.1 = 2"),
            (MINE + "epoch = 3\n", 12, r"fit\.epoch is not a known key\.\nDid you mean 'epochs'\?"),
            (MINE.replace("[fit]", "[fitt]"), 10, r"fitt is not a known key\.\nDid you mean 'fit'\?"),
            (MINE.replace("title", "titel"), 1, r"titel is not a known key\.\nDid you mean 'title'\?"),
            ("seeds = 'two'\n" + MINE, 1, "seeds = 'two'"),
            ("fit.lr = -1\n" + MINE.split("[fit]")[0], 1, r"fit\.lr = -1"),
            (MINE + "[vary]\n'net.activation' = 'relu'\n", 13, r"vary\.net\.activation = 'relu'"),
            (MINE + "[vary]\n'net.activation' = ['relu']\n", 13, r"is not valid\.\nIt must hold at least 2 value"),
            (MINE + "[vary.rate]\nslow = 0.1\nfast = 1\n", 13, r"vary\.rate\.slow = 0\.1 .*\nIt must be a table"),
            (MINE + "[vary.rate]\nslow = { fit.lr = 0.1 }\n", 12, r"is not valid\.\nIt must hold at least 2 value"),
            (MINE + "[claim]\nat_least = 0.9\n", 12, r"claim\.0\.metric is missing"),
            (
                MINE + "[[claim]]\nmetric = 'epochs'\nat_least = 1\n[[claim]]\nmetric = 'seconds'\nat_least = 'x'\n",
                17,
                "at_least",
            ),
        ],
    )
    def test_a_wrong_key_or_value_is_pointed_at(self, text: str, line: int, words: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=rf"mine\.toml, line {line}: .*{words}"):
            Recipe.read(write(tmp_path, text))

    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            (MINE.replace("hidden", "hiden"), 8, r"net\.hiden is not a known key\.\nDid you mean 'hidden'\?"),
            (MINE.replace("[10, 5]", "[10, 0]"), 8, r"net\.hidden\.1 = 0"),
            (MINE.replace('"mlp"', '"mlp"\nwidth = 3'), 8, r"net\.width is not a known key"),
            (MINE.replace("\n[net]", "noise = -1\n[net]"), 5, r"data\.noise = -1"),
            (
                MINE.replace("\n[net]", "path = 'my.csv'\n[net]"),
                5,
                r"data\.path = '.*my\.csv' and data\.name = 'spiral' are",
            ),
            (MINE.replace('"spiral"', '"spirall"'), 4, r"There is no dataset called 'spirall'\."),
            (MINE.replace('"mlp"', '"mpl"'), 7, r"There is no net called 'mpl'\."),
            (MINE + "optimizer = 'addam'\n", 12, r"There is no optimizer called 'addam'\."),
        ],
    )
    def test_so_is_one_that_only_the_data_or_net_knows(self, text: str, line: int, words: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=rf"mine\.toml, line {line}: {words}"):
            Recipe.read(write(tmp_path, text)).start()

    @pytest.mark.parametrize("text", ["", "# nothing yet\n", "[net]\nkind = 'mlp'\n", "net = 3\n"])
    def test_one_without_data_says_so(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"mine\.toml: data is missing"):
            Recipe.read(write(tmp_path, text))

    @pytest.mark.parametrize("key", ["name = ['spiral']", "kind = ['mlp']"])
    def test_a_list_where_one_name_belongs_is_refused(self, key: str, tmp_path: Path) -> None:
        name = key.split()[0]
        text = re.sub(rf"(?m)^{name} = .*$", key, MINE)
        with pytest.raises(InputError, match=r"There is no (dataset|net) called"):
            Recipe.read(write(tmp_path, text)).start()

    def test_the_mark_that_windows_puts_before_utf_8_is_no_part_of_it(self, tmp_path: Path) -> None:
        marked = tmp_path / "mine.toml"
        marked.write_bytes(b"\xef\xbb\xbf" + MINE.encode())
        assert Recipe.read(marked).title == "Mine"

    @pytest.mark.parametrize(
        ("override", "words"),
        [("net.hidden=[0]", r"net\.hidden\.0 = 0"), ("fit.lr=-1", r"fit\.lr = -1"), ("fit=3", "fit")],
    )
    def test_a_value_that_did_not_come_from_the_file_is_not_pointed_at_there(
        self, override: str, words: str, tmp_path: Path
    ) -> None:
        with pytest.raises(InputError, match=f"^{words}"):
            Recipe.read(write(tmp_path, MINE), [override]).start()

    def test_data_are_needed(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="data is missing"):
            Recipe.read(write(tmp_path, "title = 'x'\n"))

    @pytest.mark.parametrize(
        ("name", "nearest"),
        [("spirale", "spiral"), ("mnist_mlp", "mnist-mlp"), ("Wine", "wine"), ("percepton", "perceptron")],
    )
    def test_an_unknown_recipe_names_the_nearest(self, name: str, nearest: str) -> None:
        with pytest.raises(InputError, match=rf"no recipe called '{name}'\.\nDid you mean '{nearest}'\?"):
            Recipe.read(name)

    def test_no_name_is_no_recipe(self) -> None:
        with pytest.raises(InputError, match="no recipe called"):
            Recipe.read("")

    @pytest.mark.parametrize("name", ["../recipes/spiral", "/nowhere", "photos/"])
    def test_a_folder_that_is_not_there_is_named(self, name: str) -> None:
        with pytest.raises(InputError, match="There is no folder"):
            Recipe.read(name)

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"nowhere\.toml cannot be read: No such file"):
            Recipe.read(tmp_path / "nowhere.toml")

    def test_a_file_that_is_not_text_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.toml"
        path.write_bytes(b"title = '\xff\xfe'\n")
        with pytest.raises(InputError, match=r"mine\.toml cannot be read: it is not UTF-8 text"):
            Recipe.read(path)

    def test_the_name_of_a_recipe_is_that_of_its_file_unless_it_says_another(self, tmp_path: Path) -> None:
        assert Recipe.read(write(tmp_path, MINE)).name == "mine"
        assert Recipe.read(write(tmp_path, "name = 'other'\n" + MINE)).name == "other"

    def test_one_claim_or_several_are_read(self, tmp_path: Path) -> None:
        claims = "metric = 'test.accuracy'\nat_least = 0.9\n"
        assert len(Recipe.read(write(tmp_path, MINE + "[claim]\n" + claims)).claim) == 1
        assert len(Recipe.read(write(tmp_path, MINE + f"[[claim]]\n{claims}" * 2)).claim) == 2


class TestTables:
    @pytest.fixture
    def table(self, tmp_path: Path) -> Path:
        generator = np.random.default_rng(0)
        x = generator.normal(size=(60, 2))
        (tmp_path / "tables").mkdir()
        path = tmp_path / "tables" / "prices.csv"
        pd.DataFrame({"area": x[:, 0], "age": x[:, 1], "price": x @ [3.0, -1.0]}).to_csv(path, index=False)
        return path

    def test_a_path_in_a_recipe_is_relative_to_its_file(
        self, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        text = "[data]\npath = '../tables/prices.csv'\ntarget = 'price'\n[net]\nkind = 'linear'\n"
        path = write(elsewhere, text)
        for here in (tmp_path, table.parent, Path("/")):
            monkeypatch.chdir(here)
            recipe = Recipe.read(os.path.relpath(path))
            assert Path(recipe.data["path"]) == table
            assert recipe.load().feature_names == ("area", "age")

    def test_a_path_that_is_absolute_stays(self, table: Path, tmp_path: Path) -> None:
        recipe = Recipe.read(write(tmp_path, f"[data]\npath = '{table}'\ntarget = 'price'\n"))
        assert recipe.data["path"] == str(table)

    def test_an_override_is_relative_to_where_one_stands(self, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(table.parent)
        recipe = Recipe.read("linear-regression", ["data.path=prices.csv", "data.target=price"])
        assert recipe.load().target.names == ("price",)

    def test_a_table_becomes_a_recipe(self, table: Path) -> None:
        recipe = Recipe.read(table, target="price")
        assert recipe.name == "prices"
        fit = recipe.start()
        assert fit.data.task == "regression"
        assert Recipe.of(tomllib.loads(recipe.to_toml())).model_dump() == recipe.model_dump()

    def test_a_target_is_refused_where_there_is_no_table(self) -> None:
        with pytest.raises(InputError, match="A target is a column of a table, and spiral is no table"):
            Recipe.read("spiral", target="price")


class TestMemory:
    def test_a_net_whose_weights_have_no_room_is_refused_before_they_are_there(self) -> None:
        recipe = Recipe.read("digits-mlp", ["net.hidden=[1000000, 1000000]"])
        with pytest.raises(InputError, match=r"takes about 1200\d\.\d GB of memory(.|\n)*% of the units"):
            recipe.start()

    def test_what_fits_of_it_does(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("neurona.making.LARGE", 1)
        monkeypatch.setattr("neurona.making.free", lambda: 3 * 4 * (64 * 20 + 20 + 20 * 10 + 10))
        data = Recipe.read("digits-mlp").load()
        assert Recipe.read("digits-mlp", ["net.hidden=[20]"]).build(data)
        with pytest.raises(InputError, match="about 97 % of the units"):
            Recipe.read("digits-mlp", ["net.hidden=[21]"]).build(data)


def test_a_recipe_that_is_made_in_code_is_checked_as_one_that_is_read() -> None:
    recipe = Recipe(data={"name": "wine"}, net={"kind": "mlp", "hidden": np.array([3])}, fit={"epochs": np.int64(2)})
    assert (recipe.net["hidden"], recipe.fit.epochs) == ([3], 2)
    with pytest.raises(InputError, match=r"fit\.epoch is not a known key\.\nDid you mean 'epochs'"):
        Recipe(data={"name": "wine"}, fit={"epoch": 3})
    with pytest.raises(InputError, match="data is missing"):
        Recipe(net={"kind": "linear"})


@pytest.mark.parametrize("given", [None, ["fit.lr=0.1"], "fit.lr=0.1", {3: 1}])
def test_what_is_no_dictionary_of_keys_is_told_what_one_is(given: Any) -> None:
    with pytest.raises(InputError, match=r"(?s)recipe\.with_changes takes a dictionary.*\({\"fit\.lr\": 0\.1}\)"):
        Recipe.read("wine").with_changes(given)
    with pytest.raises(InputError, match=r"(?s)nr\.Recipe\.of takes a dictionary.*\"spiral\""):
        Recipe.of(given)
