"""What a fit is given to train on or to judge is of one kind, and who is judged at the end is the net that counts."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import neurona as nr
from neurona.compiled.call import run
from neurona.data.dataset import Split
from neurona.fit.population import Population

ENGINES = ("torch", "compiled", "glass")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_split_of_another_kind_is_refused_by_every_engine(engine: str) -> None:
    data = nr.load("wine")
    fit, train = nr.Fit(nr.nets.mlp(13, [8], 3), data, engine=engine, epochs=3), data.train
    wrong = train.y.clone()
    wrong[3] = 7
    for split, said in (
        (nr.load("moons").train, r"split.x is \(2\) float32 for each sample, and data.train.x is \(13\) float32"),
        (Split(train.x.double(), train.y), "float64"),
        (Split(train.x, train.y[:-1]), f"{len(train)} samples and {len(train) - 1} targets"),
        (Split(train.x, wrong), "class 7, and classes are numbered from 0 to 2"),
        (Split(train.x.numpy(), train.y), r"split.x is ndarray for each sample, and data.train.x is \(13\)"),
        (train.x, "split is a Tensor, and no part of a dataset"),
        (data, "split is a Dataset"),
    ):
        with pytest.raises(nr.InputError, match=said):
            fit.evaluate(split)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_leaves_the_iteration_at_its_last_event_saves_the_best_weights(engine: str, tmp_path: Path) -> None:
    data = nr.load("moons", samples=100)
    torch.manual_seed(0)
    fit = nr.Fit(nr.nets.mlp(2, [8], 1), data, engine=engine, lr=3.0, batch=8, patience=3, epochs=300)
    for _epoch in fit:
        if fit.ended:
            break
    assert fit.stopped_early and fit.best_epoch < fit.epoch
    saved = fit.save(tmp_path / "run").metrics
    assert saved["valid"]["loss"] == pytest.approx(fit.history[fit.best_epoch - 1]["valid_loss"], rel=1e-5)


def test_gradients_of_weights_that_are_hooked_are_pytorchs() -> None:
    data = nr.load("moons", samples=100)
    hooked, replaced = nr.nets.mlp(2, [8], 1), nr.nets.mlp(2, [8], 1)
    first = next(hooked.parameters())
    first.register_hook(torch.zeros_like)
    before = first.detach().clone()
    fit = nr.Fit(hooked, data, epochs=1000)
    assert fit.engine == "torch"
    for epoch in fit:
        if epoch.index >= 3:
            break
    assert torch.equal(first, before)
    forward = replaced[0].forward
    replaced[0].forward = lambda x: 2 * forward(x)
    assert nr.Fit(replaced, data, epochs=1000).engine == "torch"
    with pytest.raises(nr.InputError, match="a forward of its own"):
        nr.Fit(replaced, data, epochs=1000, engine="compiled")


def test_native_code_says_what_it_does_not_follow() -> None:
    data = nr.load("moons", samples=100)
    net = nr.nets.mlp(2, [8], 1)
    fit = nr.Fit(net, data, engine="compiled", epochs=50)
    with pytest.raises(nr.InputError, match="frozen or replaced"):
        for epoch in fit:
            if epoch.index == 3:
                next(net.parameters()).requires_grad_(False)
    assert fit.epoch == 3
    fit = nr.Fit(nr.nets.mlp(2, [8], 1), data, engine="compiled", epochs=50)
    fit.players[0].optimizer.register_step_post_hook(lambda *_about: None)
    with pytest.raises(nr.InputError, match="The optimizer has hooks"):
        next(iter(fit))


def test_dropout_that_is_switched_off_in_the_loop_is_off_on_every_engine() -> None:
    data = nr.load("moons", samples=100)
    histories = []
    for engine in ("torch", "compiled"):
        torch.manual_seed(0)
        net = nr.nets.mlp(2, [8], 1, dropout=0.5)
        fit = nr.Fit(net, data, engine=engine, epochs=20)
        for module in net.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        histories.append([epoch.train["loss"] for epoch in fit])
    assert histories[1] == pytest.approx(histories[0], rel=1e-5)


def with_train(data: nr.Dataset, x: torch.Tensor, y: torch.Tensor) -> nr.Dataset:
    return dataclasses.replace(data, train=Split(x, y), valid=Split(x[:0], y[:0]))


GAP = torch.zeros(4, 2).index_fill(0, torch.tensor(1), float("nan"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("task", "x", "y", "said"),
    [
        (
            "multiclass",
            torch.zeros(4, 2),
            torch.zeros(4),
            r"\(\) float32 for each sample, and data.task = multiclass needs \(\) int64",
        ),
        ("multiclass", torch.zeros(4, 2), torch.zeros(4, 1).long(), r"int64 for each sample(.|\n)*Write y\.long\(\)"),
        (
            "binary",
            torch.zeros(4, 2),
            torch.zeros(4),
            r"needs \(k\) float32\.\nWrite y\.float\(\)\.reshape\(len\(y\), -1\)",
        ),
        ("binary", torch.zeros(4, 2), torch.zeros(4, 1).long(), "data.task = binary needs"),
        (
            "binary",
            torch.zeros(4, 2),
            torch.full((4, 1), 2.0),
            "holds the class 2, and classes are numbered from 0 to 1",
        ),
        ("binary", GAP, torch.zeros(4, 1), r"data\.train\.x holds numbers that are NaN"),
        ("binary", torch.zeros(0, 2), torch.zeros(0, 1), r"data\.train has no samples"),
    ],
)
def test_samples_and_targets_made_by_hand_have_the_form_of_their_task(
    engine: str, task: str, x: torch.Tensor, y: torch.Tensor, said: str
) -> None:
    data = with_train(nr.load("moons", task=task), x, y)
    with pytest.raises(nr.InputError, match=said):
        nr.Fit(nr.nets.mlp(2, [8], data.outputs), data, engine=engine)


def test_samples_in_double_precision_are_told_apart_from_weights_that_are() -> None:
    data = nr.load("moons")
    doubled = with_train(data, data.train.x.double(), data.train.y)
    with pytest.raises(nr.InputError, match=r"make the dataset of x\.float\(\)"):
        nr.Fit(nr.nets.mlp(2, [8], 1), doubled)


@pytest.mark.parametrize("task", ["binary", nr.tasks.Multiclass])
def test_a_task_is_one_of_ours_and_no_name(task: Any) -> None:
    data = nr.load("wine")
    with pytest.raises(nr.InputError, match=r"(?s)The task is a .*nr\.load\('moons', task='multiclass'\)"):
        nr.Fit(nr.nets.mlp(13, [8], 3), data, task=task)


def test_outputs_that_lost_an_axis_are_told_how_to_get_it_back() -> None:
    class Squeezed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(x).squeeze(1)

    with pytest.raises(nr.InputError, match=r"end with \.reshape\(-1, 1\)"):
        nr.Fit(Squeezed(), nr.load("moons"))


@pytest.mark.parametrize("task", ["binary", "reconstruction"])
def test_a_net_that_would_change_the_dataset_is_refused(task: str) -> None:
    data = nr.load("moons", task=task)
    before = data.train.x.clone()
    net = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(2, data.outputs))
    with pytest.raises(nr.InputError, match="changes the samples that it is given in place"):
        nr.Fit(net, data, epochs=2)
    assert torch.equal(data.train.x, before)
    net[0] = nn.ReLU()
    list(nr.Fit(net, data, epochs=2))


@pytest.mark.parametrize(
    ("task", "last"), [("binary", nn.Sigmoid()), ("multiclass", nn.Softmax(1)), ("binary", None), ("multiclass", None)]
)
def test_a_classifier_that_gives_probabilities_is_warned_of(
    task: str, last: nn.Module | None, recwarn: pytest.WarningsRecorder
) -> None:
    data = nr.load("moons", task=task)
    layers = [nn.Linear(2, 8), nn.Sigmoid(), nn.Linear(8, data.outputs)]
    nr.Fit(nn.Sequential(*layers, *([last] if last else [])), data)
    said = [(str(one.message), one.filename) for one in recwarn]
    if last is None:
        assert said == []
    else:
        assert len(said) == 1 and "which the loss applies once more" in said[0][0] and said[0][1] == __file__


def test_a_task_of_ones_own_is_called_by_its_name() -> None:
    class Focal(nr.tasks.Binary):
        pass

    with pytest.raises(nr.InputError, match="its task is Focal"):
        nr.Fit(nr.nets.mlp(2, [8], 1), nr.load("moons"), task=Focal(), engine="compiled")


def test_a_parameter_of_no_layer_is_called_that() -> None:
    net = nr.nets.mlp(2, [8], 1)
    net.register_parameter("extra", nn.Parameter(torch.zeros(3)))
    with pytest.raises(nr.InputError, match="the parameter extra belongs to no layer"):
        nr.Fit(net, nr.load("moons"), engine="compiled")


@pytest.mark.parametrize("activation", [torch.relu, nn.ReLU, nn.ReLU(), [torch.relu], None])
def test_an_activation_goes_by_its_name(activation: Any) -> None:
    with pytest.raises(nr.InputError, match=r'(?s)net\.activation = .*It must be text in quotes, such as "relu"'):
        nr.nets.mlp(2, [8], 1, activation=activation)


@pytest.mark.parametrize("members", [[None], [nr.nets.mlp(2, [8], 1)]])
def test_a_population_is_made_of_fits(members: list[Any]) -> None:
    with pytest.raises(nr.InputError, match="A population is made of fits, and holds a"):
        list(Population(members))
    for lanes in (1.5, "2", 0):
        with pytest.raises(nr.InputError, match=f"lanes = {lanes!r}: at least one"):
            Population([], lanes=lanes)  # type: ignore[arg-type]
    assert list(Population([], lanes=np.int64(2))) == []


def test_fits_side_by_side_have_nets_of_their_own() -> None:
    data, net = nr.load("moons", samples=100), nr.nets.mlp(2, [8], 1)
    fits = [nr.Fit(net, data, engine="compiled", epochs=2000, seed=seed) for seed in range(2)]
    for members in (fits, fits[:1] * 2):
        with pytest.raises(nr.InputError, match="Two fits of the population train the same net"):
            list(Population(members, lanes=2))


def test_an_optimizer_that_takes_the_place_of_another_is_the_one_that_steps_on_every_engine() -> None:
    curves = []
    for engine in ENGINES:
        fit = begun(engine=engine)
        fit.players[0].optimizer = torch.optim.SGD(fit.net.parameters(), lr=0.5, momentum=0.5)
        curves.append([(epoch.lr, epoch.train["loss"]) for epoch in fit])
        assert [lr for lr, _loss in curves[-1]] == [0.5] * 4
    assert [loss for _lr, loss in curves[1]] == pytest.approx([loss for _lr, loss in curves[0]], rel=1e-5)
    assert [loss for _lr, loss in curves[2]] == pytest.approx([loss for _lr, loss in curves[0]], rel=1e-5)


@pytest.mark.parametrize(
    ("optimizer", "said"),
    [
        (lambda net: torch.optim.NAdam(net.parameters()), "NAdam"),
        (lambda net: torch.optim.Adam(net.parameters(), amsgrad=True), "Adam amsgrad"),
        (lambda net: torch.optim.SGD(net.parameters(), momentum=0.9, dampening=0.5), "SGD dampening"),
    ],
)
def test_native_code_says_which_optimizer_it_does_not_know(optimizer: Any, said: str) -> None:
    fit = begun(engine="compiled")
    fit.players[0].optimizer = optimizer(fit.net)
    with pytest.raises(nr.InputError, match=f"The optimizer is {said}, which native code does not know"):
        next(iter(fit))


def test_native_code_refuses_other_groups_of_parameters() -> None:
    net = nr.nets.mlp(2, [8], 1)
    fit = nr.Fit(net, nr.load("moons", samples=100), engine="compiled", optimizer="sgd", epochs=9)
    optimizer = fit.players[0].optimizer
    last = optimizer.param_groups[0]["params"].pop()
    optimizer.add_param_group({"params": [last], "lr": 0.0})
    with pytest.raises(nr.InputError, match="other groups of parameters, and native code knows a single one"):
        next(iter(fit))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_net_is_judged_and_saved_before_it_is_trained(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_call", None)  # as in a process that has trained nothing
    data = nr.load("wine")
    net = nr.nets.mlp(13, [8], 3)
    fit = nr.Fit(net, data, engine=engine, epochs=3)
    loss = nn.functional.cross_entropy(net(data.test.x), data.test.y).item()
    assert fit.evaluate(data.test)["loss"] == pytest.approx(loss, rel=1e-5)
    saved = fit.save(tmp_path / "r")
    assert saved.metrics["test"]["loss"] == pytest.approx(loss, rel=1e-5) and saved.metrics["epochs"] == 0


@pytest.mark.parametrize("around", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_loop_in_a_block_without_gradients_trains_the_same(engine: str, around: Any) -> None:
    inside, outside = begun(engine=engine), begun(engine=engine)
    with around():
        losses = [epoch.train["loss"] for epoch in inside]
    assert losses == [epoch.train["loss"] for epoch in outside]


class Extra(nn.Linear):
    def get_extra_state(self) -> Any:
        return {"samples": 3}

    def set_extra_state(self, state: Any) -> None:
        pass


class Sparse(nn.Linear):
    def __init__(self) -> None:
        super().__init__(2, 1)
        self.register_buffer("mask", torch.eye(2).to_sparse())


@pytest.mark.parametrize(
    ("net", "said"), [(Extra(2, 1), "_extra_state of it is a dict"), (Sparse(), "mask of it is a torch.sparse_coo")]
)
def test_a_net_whose_state_no_run_can_keep_is_refused_before_anything_is_written(
    net: nn.Module, said: str, tmp_path: Path
) -> None:
    fit = nr.Fit(net, nr.load("moons", samples=100), epochs=1)
    list(fit)
    with pytest.raises(nr.InputError, match=said):
        fit.save(tmp_path / "r")
    assert not list(tmp_path.iterdir())


class Locked(nn.Linear):
    def __init__(self) -> None:
        super().__init__(2, 1)
        self.lock = threading.Lock()


def test_a_net_that_cannot_be_copied_is_saved_and_read_again(tmp_path: Path) -> None:
    data = nr.load("moons", samples=100)
    fit = nr.Fit(Locked(), data, epochs=1)
    list(fit)
    run = fit.save(tmp_path / "r")
    assert run.metrics["epochs"] == 1
    run.net(Locked())
    logits = fit.net(data.test.x).sigmoid()
    assert torch.equal(run.answer(data.test.x), logits.detach())


STATES: dict[str, Any] = {
    "empty": (lambda state: {}, "no state of a fit"),
    "none": (lambda state: None, "no state of a fit"),
    "weights": (lambda state: state["net"], "no state of a fit"),
    "stages": (lambda state: {**state, "stage": 3}, "more stages"),
    "players": (lambda state: {**state, "players": []}, "no state of a fit"),
    **{
        f"{key} = {value!r}": (lambda state, key=key, value=value: {**state, key: value}, "no state of a fit")
        for key in ("epoch", "stage", "seconds", "stopped_early", "net", "players", "random", "history", "best")
        for value in (None, "x")
    },
    "random": (lambda state: {**state, "random": {}}, "no state of a fit"),
    "best": (lambda state: {**state, "best": {}}, "no state of a fit"),
}


def begun(hidden: int = 8, **options: Any) -> nr.Fit:
    data = nr.load("moons", samples=100)
    torch.manual_seed(0)
    return nr.Fit(nr.nets.mlp(2, [hidden], 1), data, epochs=4, **options)


@pytest.mark.parametrize("name", STATES)
def test_what_is_no_state_of_such_a_fit_is_refused(name: str) -> None:
    fit, untouched = begun(), begun()
    spoilt, said = STATES[name]
    with pytest.raises(nr.InputError, match=said):
        fit.restore(spoilt(fit.state()))
    assert [epoch.train for epoch in fit] == [epoch.train for epoch in untouched]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ({"hidden": 5}, {}, "another net: 0?[a-z1.]*weight does not fit"),
        ({"optimizer": "adam"}, {"optimizer": "sgd"}, "another optimizer than Adam"),
        ({"optimizer": "adamw"}, {"optimizer": "adam"}, "another optimizer than AdamW"),
        ({"optimizer": "sgd"}, {"optimizer": "rmsprop"}, "another optimizer than SGD"),
    ],
)
def test_a_state_of_another_fit_is_refused_and_changes_nothing(
    engine: str, ours: dict[str, Any], theirs: dict[str, Any], said: str
) -> None:
    fit, other, untouched = begun(engine=engine, **ours), begun(**theirs), begun(engine=engine, **ours)
    list(other)
    with pytest.raises(nr.InputError, match=said):
        fit.restore(other.state())
    assert [epoch.train for epoch in fit] == [epoch.train for epoch in untouched]


def test_a_rate_that_is_set_by_hand_under_a_schedule_is_set_anew_before_each_step_by_every_engine() -> None:
    curves = []
    for engine in ENGINES:
        fit = begun(engine=engine, schedule="cosine", batch=20)
        losses = []
        for epoch in fit:
            losses.append(epoch.train["loss"])
            fit.players[0].optimizer.param_groups[0]["lr"] = 5.0
        curves.append(losses)
    assert curves[1] == pytest.approx(curves[0], rel=1e-5)
    assert curves[2] == pytest.approx(curves[0], rel=1e-5)


@pytest.mark.parametrize(("setting", "value"), [("momentum", 0.9), ("lr", 0.3), ("weight_decay", 0.1)])
def test_what_is_set_by_hand_is_part_of_the_state_on_every_engine(setting: str, value: float) -> None:
    ends = []
    for engine in ENGINES:
        fit = begun(engine=engine, optimizer="sgd", lr=0.01, batch=20)
        for epoch in fit:
            fit.players[0].optimizer.param_groups[0][setting] = value
            if epoch.index == 3:
                break
        again = begun(engine=engine, optimizer="sgd", lr=0.01, batch=20)
        again.restore(fit.state())
        assert [row.train["loss"] for row in again] == [row.train["loss"] for row in fit]
        ends.append(fit.history[-1]["train_loss"])
    assert ends[1:] == [pytest.approx(ends[0], rel=1e-5)] * 2
