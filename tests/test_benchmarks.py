"""The contenders of the benchmarks train the same net on the same batches, and the page says what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import report
from benchmarks.__main__ import main
from benchmarks.contenders import CONTENDERS
from benchmarks.limits import Limits
from benchmarks.machine import Machine
from benchmarks.match import Match, Score, Seat, Table
from benchmarks.populations import Ten
from benchmarks.processes import Process
from benchmarks.promises import Results, promises
from benchmarks.screen import notes, number, times
from benchmarks.setting import Setting, channels_last, load_weights
from benchmarks.worker import Desk
from benchmarks.workloads import Prepared, Workload

SMALL = {
    one.name: one
    for one in (
        Workload("moons", "", "moons", 100, 100),
        Workload("spiral", "", "spiral", 2, 2, ("data.samples=300",)),
        Workload("wine", "", "wine", 2, 2),
        Workload("autoencoder", "", "digits-autoencoder", 1, 1, ("data.samples=300",)),
        Workload("cnn", "", "digits-cnn2", 1, 1, ("data.samples=300",)),
    )
}
# Libraries that change the process that imports them: its threads, its warnings, the backend.
APART = {"lightning", "jax", "keras-torch", "keras-jax"}
# The same class trains all of them on the other backend; it compiles each, and these are its ways to do it.
COMPILED = {"keras-jax": ("moons", "autoencoder", "cnn")}
OPTIMIZERS: dict[str, Any] = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Prepared]:
    return {name: Prepared(work, tmp_path_factory.mktemp(name)) for name, work in SMALL.items()}


class Here(Desk):
    """The desk of a contender, in this process."""

    failed = ""

    def ask(self, **asked: Any) -> dict[str, Any]:
        heard = self.answer(asked)
        self.failed = heard.get("failed", "")
        return heard


@pytest.fixture
def seat(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat | Here]:
    entry = CONTENDERS[request.param]
    if entry.missing:
        pytest.skip(f"{' and '.join(entry.missing)} not installed: pip install '.[bench]'")
    if request.param in APART:
        taken = Seat(request.param, tmp_path)
        yield taken
        taken.close()
    else:
        monkeypatch.setattr("benchmarks.worker.gc.collect", int)  # which only times need
        yield Here(entry)


def by_autograd(setting: Setting) -> list[np.ndarray]:
    """Train in float64 with functions alone, from the arrays that contenders are given."""
    theta = [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in setting.weights]
    rest = {"momentum": setting.momentum} if setting.optimizer == "sgd" else {}
    optimizer = OPTIMIZERS[setting.optimizer](theta, lr=1.0, weight_decay=setting.weight_decay, **rest)
    x, y, step = torch.tensor(setting.x).double(), torch.tensor(setting.y), 0
    orders = setting.orders if setting.orders.size else np.tile(np.arange(len(x)), (setting.epochs, 1))
    for order in orders:
        for rows in torch.tensor(order).split(setting.batch):
            optimizer.param_groups[0]["lr"] = float(setting.rates[step])
            outputs, left = x[rows], iter(theta)
            for kind, *sizes in setting.layers:
                match kind:
                    case "linear":
                        outputs = outputs @ next(left).T + next(left)
                    case "conv":
                        outputs = nn.functional.conv2d(outputs, next(left), next(left), padding=sizes[3])
                    case "pool":
                        outputs = nn.functional.max_pool2d(outputs, sizes[0])
                    case "flatten":
                        outputs = outputs.flatten(1)
                    case _:
                        outputs = getattr(torch, kind)(outputs)
            if setting.loss == "mse":
                loss = (outputs - y[rows]).square().mean()
            else:
                loss = nn.functional.cross_entropy(outputs, y[rows], reduction="sum" if setting.summed else "mean")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    assert step == len(setting.rates)
    return [w.detach().numpy() for w in theta]


@pytest.mark.parametrize(
    ("seat", "workloads"),
    [
        pytest.param(name, COMPILED.get(name, tuple(SMALL)), id=name)
        for name, entry in CONTENDERS.items()
        if entry.nets == 1
    ],
    indirect=["seat"],
)
def test_a_contender_trains_the_net_on_its_batches(
    seat: Seat | Here, workloads: tuple[str, ...], prepared: dict[str, Prepared], tmp_path: Path
) -> None:
    taken = 0
    for name in workloads:
        one = prepared[name]
        heard = seat.ask(setting=str(one.folder))
        assert not seat.failed, f"{name}: {seat.failed}"
        if "cannot" in heard:
            continue
        taken += 1
        for _again in range(2):  # each run begins anew
            assert seat.ask(epochs=one.workload.epochs)["seconds"] > 0, f"{name}: {seat.failed}"
            seat.ask(weights=str(tmp_path / "learned.npz"))
        learned, wanted = load_weights(tmp_path / "learned.npz"), by_autograd(one.setting)
        ours, theirs, before = one.loss(learned), one.loss(wanted), one.loss(one.setting.weights)
        differs = [note for note in heard["notes"] if "engine" not in note]
        if not differs:
            for mine, other in zip(learned, wanted, strict=True):
                np.testing.assert_allclose(mine, other, rtol=1e-3, atol=2e-4, err_msg=name)
        if differs and "order" not in " ".join(differs):
            assert ours == pytest.approx(theirs, rel=0.02), name
        assert ours < before, name
    assert taken, "it took part in none"


def test_a_contender_says_what_it_cannot(prepared: dict[str, Prepared], tmp_path: Path) -> None:
    with Table(["numpy", "torchvision"], tmp_path) as table:
        on_pictures, on_points = table.play(prepared["cnn"], 1), table.play(prepared["moons"], 1)
    assert on_pictures.scores["numpy"].absent == "Nobody trains convolutions that are loops in NumPy."
    assert on_points.scores["torchvision"].absent == "The samples are no pictures."
    assert on_points.scores["numpy"].seconds


def test_a_missing_library_is_said(
    prepared: dict[str, Prepared], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONTENDERS, "jax", replace(CONTENDERS["jax"], packages=("no_such_library",)))
    with Table(["jax"], tmp_path) as table:
        score = table.play(prepared["moons"], 1).scores["jax"]
    assert score.absent == "no_such_library not installed: pip install '.[bench]'"


def test_what_a_contender_dies_of_is_said(prepared: dict[str, Prepared], tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "setting.json").write_text("{}")
    with Table(["numpy"], tmp_path) as table:
        table.play(prepared["moons"], 1)
        heard = table.seats["numpy"].ask(setting=str(broken))
        assert "KeyError" in heard["failed"]
        assert table.play(prepared["moons"], 1).scores["numpy"].seconds, "the next workload goes on"


def test_ten_nets_are_trained_each_from_its_seed(prepared: dict[str, Prepared]) -> None:
    contender = Ten(prepared["wine"].setting)
    contender.begin(2)
    contender.train()
    np.testing.assert_allclose(contender.weights()[0], by_autograd(prepared["wine"].setting)[0], rtol=1e-3, atol=2e-4)
    firsts = [next(net.parameters()).flatten()[0].item() for _seed, net in contender.nets]
    assert len(set(firsts)) == 10


def test_weights_go_to_channels_last_and_back(prepared: dict[str, Prepared]) -> None:
    setting = prepared["cnn"].setting
    turned = channels_last(setting, setting.weights)
    assert turned[0].shape == (5, 5, 1, 16)
    for before, after in zip(setting.weights, channels_last(setting, turned, back=True), strict=True):
        np.testing.assert_array_equal(before, after)


def test_operations_are_those_that_pytorch_counts(prepared: dict[str, Prepared]) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    for name in ("spiral", "cnn", "autoencoder"):
        one = prepared[name]
        with FlopCounterMode(display=False) as counter:
            one.net(one.x[:10]).sum().backward()
        assert one.operations == pytest.approx(counter.get_total_flops() / 10 * len(one.x) * one.workload.epochs)


def score(name: str, seconds: list[float], cpu: float = 1.0, **options: Any) -> Score:
    entry = CONTENDERS[name]
    made = Score(name, entry.label, 1, 1, seconds=seconds, nets=entry.nets, loss=0.25, ours=0.25, **options)
    made.cpu = [cpu * one for one in seconds]
    return made


@pytest.fixture
def results() -> Results:
    limits = Limits(2, 100e9, 180e9, 10e9, 15e9)
    scores = [score("neurona", [0.3, 0.2, 0.4]), score("jax", [0.5, 0.5, 0.6]), score("torchvision", [3.0])]
    keras = Score("keras-jax", "Keras on JAX", 1, 1, absent="keras not installed: pip install '.[bench]'")
    mnist = Match("mnist", "784-100-10", 938, 24e9, 2e9, 60_000, 0.2, {one.name: one for one in [*scores, keras]})
    hundred = [score("neurona", [1.0]), score("torch", [2.0]), score("neurona-hundred", [50.0])]
    spiral = Match("spiral", "2-100-3", 3300, 1e8, 1e6, 1050, 0.01, {one.name: one for one in hundred})
    train = Process("train-spiral", "`neurona train spiral`", [], seconds=[2.5, 4.0, 3.5], cpu=[2.0, 2.0, 2.0])
    return Results(limits, {"mnist": mnist, "spiral": spiral}, {"train-spiral": train})


def test_what_is_asked_is_held_against_what_was_measured(results: Results) -> None:
    said = {(one.workload, one.text): (one.measured(results), one.met(results)) for one in promises()}
    assert said["mnist", "time, of JAX's"] == ("0.6x", True)  # medians 0.3 and 0.5
    assert said["mnist", "faster than torchvision + DataLoader"] == ("10x", False)
    assert said["mnist", "share of the matrix-product limit, same threads"] == ("80%", True)  # 24 / 0.3 / 100 on one
    assert said["spiral", "100 nets, faster than one after the other in PyTorch"] == ("4x", False)  # 100 * 2 / 50
    assert said["spiral", "faster than the fastest peer"] == ("2x (PyTorch, tensors)", True)
    assert said["spiral", "`neurona train spiral`, process start to report"] == ("3.5 s", False)
    assert said["moons", "time, of JAX's"] == ("not measured", None)


def test_who_trained_a_part_or_learned_something_else_is_said() -> None:
    part, other = score("torch", [2.0]), score("sklearn", [1.0])
    part.of, part.ours, other.loss = 40, 0.7, 0.2
    assert part.median == 80
    assert notes([part, other]) == [
        ("PyTorch, tensors", "another loss than Neurona's 0.700000."),
        ("scikit-learn", "another loss than Neurona's 0.250000."),
        ("PyTorch, tensors", "1/40 of the epochs, counted up; Neurona's loss is 0.700000 there."),
    ]


def test_numbers_have_three_digits_that_count() -> None:
    written = [number(value) for value in (0, 0.00123456, 0.5, 12.345, 3156.7)]
    assert written == ["0", "0.00123", "0.500", "12.3", "3,157"]
    assert [times(ratio) for ratio in (0.01234, 0.4499, 9.1, 1160.2)] == ["0.0123x", "0.45x", "9.10x", "1,160x"]


def test_a_share_is_of_as_many_threads_as_were_busy(results: Results) -> None:
    results.matches["mnist"].scores["neurona"].cpu = [0.55, 0.38, 0.75]
    assert results.share("mnist") == pytest.approx(24e9 / 0.3 / 180e9)


def test_the_page_holds_every_figure(results: Results, tmp_path: Path) -> None:
    paths = report.write(results, Machine.this(), 90.0, tmp_path / "docs")
    assert [path.name for path in paths] == ["benchmarks.png", "benchmarks.json", "benchmarks.md"]
    page = paths[2].read_text(encoding="utf-8")
    assert "| Neurona | 0.300 | 0.200 to 0.400 | 1.00x | 320 | 1.0 | 0.00 | 0.250000 |" in page
    assert "| `mnist` | faster than torchvision + DataLoader | at least 20x | 10x | **not met** |" in page
    assert "- Keras on JAX: keras not installed: pip install '.[bench]'." in page
    assert (
        "Neurona, 100 nets: 50.0 s, 50.0 times the time of one; in PyTorch, one after the other, it would be 4.00"
        in page
    )
    assert json.loads(paths[1].read_text())["matches"]["mnist"]["scores"]["jax"]["seconds"] == [0.5, 0.5, 0.6]
    assert "\n\n\n" not in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nose"], "There is no workload 'nose'. There is: moons, spiral"),
        (["--repeats", "0"], "--repeats must be 1 or more."),
        (["--contenders", "nobody"], "invalid choice: 'nobody'"),
        (["--quick", "--out", "x"], "Leave out --quick, or --out."),
        (["--out", "x", "--contenders", "jax"], "Add neurona to --contenders."),
    ],
)
def test_wrong_arguments_end_with_code_2(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())
