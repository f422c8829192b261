"""The engine graph: what is recorded once and replayed trains as what is done step by step."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from kinds import RECIPES, begin
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from training import assert_same_weights, cut, dense, train

from neurona.data import Dataset, load
from neurona.errors import InputError
from neurona.fit import OPTIMIZERS, Fit, recorded
from neurona.fit.tally import Turn

WAITS = {"_local_scalar_dense", "nonzero", "equal", "masked_select"}
EVERY = {"epochs": 3, "batch": 16, "seed": 3, "engine": "graph", "device": "cpu"}


class Tape(TorchDispatchMode):
    """Takes down each operation of PyTorch with the very tensors that it was given, and does them all again.

    It stands in for a CUDA graph on a CPU, and is as strict: numbers that Python held while it was recorded stay as
    they were, an operation whose result Python has to wait for is refused, and what was recorded counts as not done.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[tuple[Any, Any, Any, list[Tensor], bool]] = []
        self.before: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}
        self.made: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func.namespace == "profiler":
            return func(*args, **kwargs)
        chosen_by_truth = func._opname in ("index", "index_put_") and any(
            isinstance(index, Tensor) and index.dtype == torch.bool for index in args[1]
        )
        if func._opname in WAITS or chosen_by_truth:
            raise RuntimeError(f"{func} waits for the device.\nMore words.")
        if "batch_norm" in func._opname:  # which does not say that it changes its running statistics
            self._keep(args[3:5])
        for place, value in enumerate(func._schema.arguments):
            if value.alias_info is not None and value.alias_info.is_write:
                self._keep(args[place] if place < len(args) else kwargs[value.name])
        held = tree_map(_seen, (args, kwargs))
        given = func(*args, **kwargs)
        outputs = [leaf for leaf in tree_leaves(given) if isinstance(leaf, Tensor)]
        known = {_place(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        self.made |= {_place(leaf) for leaf in outputs} - known
        if torch.Tag.inplace_view not in func.tags:  # which changes no number
            self.calls.append((func, *held, [_seen(leaf) for leaf in outputs], torch.is_grad_enabled()))
        return given

    def _keep(self, written: Any) -> None:
        for tensor in tree_leaves(written):
            if isinstance(tensor, Tensor) and _place(tensor) not in self.made:
                storage = tensor.untyped_storage()
                self.before.setdefault(_place(tensor), (storage, storage.clone()))

    def undo(self) -> None:
        for storage, kept in self.before.values():
            storage.copy_(kept)

    def replay(self) -> None:
        for func, args, kwargs, outputs, graded in self.calls:
            with torch._C._AutoDispatchBelowAutograd(), torch.set_grad_enabled(graded):
                again = [leaf for leaf in tree_leaves(func(*args, **kwargs)) if isinstance(leaf, Tensor)]
                for held, new in zip(outputs, again, strict=True):
                    if _place(held) != _place(new):
                        held.copy_(new)


def _seen(value: Any) -> Any:
    """Return a tensor of the same memory that keeps the shape that it has now."""
    return value.detach() if isinstance(value, Tensor) else value


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


class Tapes:
    """In the place of `recorded.Graphs`."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def aside(self) -> nullcontext[None]:
        return nullcontext()

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        self.recorded += 1
        random, tape = torch.get_rng_state(), Tape()
        with tape:
            work()
        tape.undo()
        torch.set_rng_state(random)

        def replay() -> None:
            self.replayed += 1
            tape.replay()

        return replay


@pytest.fixture
def tapes(monkeypatch: pytest.MonkeyPatch) -> Tapes:
    """Let the engine graph record on a CPU, and count."""
    made = Tapes()
    monkeypatch.setattr(recorded, "graphs", lambda _device: made)
    for optimizer in (torch.optim.RMSprop, torch.optim.Adadelta):
        monkeypatch.setattr(
            sys.modules[optimizer.__module__], "_get_capturable_supported_devices", lambda **_supports: ["cpu"]
        )
    return made


@pytest.fixture
def step_by_step(tapes: Tapes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], Fit]], Fit]]:
    """Return what trains with the same optimizers, and never records."""

    def trained(begin: Callable[[], Fit]) -> Fit:
        with monkeypatch.context() as patch:
            patch.setattr(recorded.Recorded, "begun", lambda self, _size: self._learn)
            replayed = tapes.replayed
            fit = finished(begin())
            assert tapes.replayed == replayed
        return fit

    yield trained


@pytest.fixture(scope="module")
def moons() -> Dataset:
    return cut(load("moons", noise=0.4, samples=300), 100)  # six batches of 16, and one of 4


def finished(fit: Fit) -> Fit:
    for _epoch in fit:
        pass
    return fit


def until(fit: Fit, epoch: int) -> Fit:
    while fit.epoch < epoch:
        fit.step()
    return fit


def assert_alike(ours: Fit, theirs: Fit) -> None:
    """Compare two fits to the last bit: history, weights, buffers, and what optimizers remember."""
    assert ours.history == theirs.history
    assert_same_weights(ours.net, theirs.net, 0)
    for mine, other in zip(ours.net.buffers(), theirs.net.buffers(), strict=True):
        assert torch.equal(mine, other)
    for player, other_player in zip(ours.players, theirs.players, strict=True):
        mine, other = (one.optimizer.state_dict()["state"] for one in (player, other_player))
        assert all(torch.equal(a, b) for a, b in zip(tree_leaves(mine), tree_leaves(other), strict=True))


# ---------------------------------------------------------------------- the stand-in


def test_the_stand_in_repeats_what_the_device_does_and_not_what_python_does() -> None:
    weight, rate, count, tapes = torch.ones(3), torch.tensor(0.5), [0], Tapes()

    def work() -> None:
        count[0] += 1
        weight.sub_(rate * weight + count[0])

    replay = tapes.record(work)
    assert weight.tolist() == [1, 1, 1]  # recorded, not done
    replay()
    assert weight.tolist() == [-0.5] * 3
    rate.fill_(0.0)
    count[0] = 10
    replay()
    assert weight.tolist() == [-1.5] * 3


# ---------------------------------------------------------------------- the same numbers


@pytest.mark.parametrize("name", [entry.name for entry in OPTIMIZERS])
def test_every_optimizer_with_a_moving_rate(
    name: str, moons: Dataset, tapes: Tapes, step_by_step: Callable[[Callable[[], Fit]], Fit]
) -> None:
    def begun(engine: str = "graph") -> Fit:
        options = {"optimizer": name, "weight_decay": 1e-3, "schedule": "one-cycle", "warmup": 1, "clip": 0.5}
        return Fit(dense(moons), moons, **{**EVERY, **options, "engine": engine})

    fit = finished(begun())
    # The first trial at a recording is that of forward pass and loss; three batches came before the second.
    assert (tapes.recorded, tapes.replayed) == (2, 3 * 6 - recorded.WARM_UP)
    assert_alike(fit, step_by_step(begun))
    theirs = finished(begun("torch"))
    for ours, other in zip(fit.history, theirs.history, strict=True):
        assert ours == pytest.approx(other, rel=1e-4)
        assert ours["lr"] == other["lr"]


@pytest.mark.parametrize("kind", RECIPES)
def test_every_kind_of_net(kind: str, tapes: Tapes, step_by_step: Callable[[Callable[[], Fit]], Fit]) -> None:
    fit = finished(begin(RECIPES[kind], engine="graph", device="cpu"))
    assert tapes.replayed > 0
    assert_alike(fit, step_by_step(lambda: begin(RECIPES[kind], engine="graph", device="cpu")))


def test_to_the_last_bit_as_the_engine_torch_where_the_rate_is_not_rounded_otherwise(
    moons: Dataset, tapes: Tapes
) -> None:
    options: dict[str, Any] = {**EVERY, "optimizer": "momentum", "l2": 1e-3, "reduction": "sum", "lr": 2**-9}
    net = {"batch_norm": True, "dropout": 0.3}
    ours = train(dense(moons, **net), moons, **options)
    theirs = train(dense(moons, **net), moons, **{**options, "engine": "torch"})
    assert tapes.replayed == 3 * 6 - recorded.WARM_UP
    assert_alike(ours, theirs)


def test_rates_that_follow_what_was_measured_reach_the_recorded_step(
    moons: Dataset, tapes: Tapes, step_by_step: Callable[[Callable[[], Fit]], Fit]
) -> None:
    def begun() -> Fit:
        options = {"optimizer": "sgd", "lr": 20.0, "schedule": "plateau", "epochs": 20, "patience": 15}
        return Fit(dense(moons), moons, **{**EVERY, **options})

    fit = finished(begun())
    assert fit.history[-1]["lr"] < 20
    assert_alike(fit, step_by_step(begun))


def test_ensembles_and_sixteen_bits(tapes: Tapes, step_by_step: Callable[[Callable[[], Fit]], Fit]) -> None:
    ensemble = {"data": {"name": "moons", "samples": 100}, "net": {"kind": "ensemble", "hidden": [4], "copies": 3}}
    fit = finished(begin(ensemble, engine="graph", device="cpu", batch=16))
    assert_alike(fit, step_by_step(lambda: begin(ensemble, engine="graph", device="cpu", batch=16)))
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return
    half = {"engine": "graph", "device": "cpu", "precision": "bfloat16", "optimizer": "sgd"}
    fit = finished(begin(RECIPES["convolutions"], **half))
    assert_alike(fit, step_by_step(lambda: begin(RECIPES["convolutions"], **half)))


def test_stages_are_recorded_one_by_one(
    moons: Dataset, tapes: Tapes, step_by_step: Callable[[Callable[[], Fit]], Fit]
) -> None:
    stages = ({"epochs": 2, "frozen": ["hidden1.*"]}, {"epochs": 3, "optimizer": "sgd"}, {"epochs": 1, "lr": 0.3})

    def begun() -> Fit:
        return Fit(dense(moons), moons, batch=16, engine="graph", device="cpu", stages=stages)

    fit = finished(begun())
    assert (tapes.recorded, tapes.replayed) == (1 + 3, 6 * 6 - 3 * recorded.WARM_UP)
    assert_alike(fit, step_by_step(begun))


def test_what_a_turn_gave_stays_when_the_next_batch_is_replayed() -> None:
    x, y, loss, sums = torch.zeros(2, 1), torch.zeros(2), torch.zeros(()), torch.zeros(1)

    def replay() -> None:
        loss.copy_(x.mean())
        sums.copy_(y.sum())

    recording = recorded.Recording(x, y, [Turn("net", loss, sums, sums)], replay, [])
    turns = [recording.learn(torch.full((2, 1), i), torch.full((2,), i))[0] for i in (1.0, 2.0)]
    assert [(float(turn.loss), float(turn.sums), float(turn.count)) for turn in turns] == [(1, 2, 2), (2, 4, 4)]


# ---------------------------------------------------------------------- interrupted, changed, refused


def test_a_fit_goes_on_from_a_file_as_if_never_interrupted(moons: Dataset, tapes: Tapes) -> None:
    def begun() -> Fit:
        return Fit(dense(moons, dropout=0.2), moons, **{**EVERY, "schedule": "cosine", "epochs": 5})

    whole, half = finished(begun()), until(begun(), 2)
    file = io.BytesIO()
    torch.save(half.state(), file)
    file.seek(0)
    resumed = begun()
    resumed.restore(torch.load(file, weights_only=True))
    assert_alike(finished(resumed), whole)


@pytest.mark.parametrize("name", ["adam", "rmsprop", "momentum"])
@pytest.mark.parametrize(("first", "second"), [("graph", "torch"), ("torch", "graph"), ("compiled", "graph")])
def test_a_fit_may_change_its_engine(first: str, second: str, name: str, moons: Dataset, tapes: Tapes) -> None:
    def begun(engine: str) -> Fit:
        return Fit(dense(moons), moons, **{**EVERY, "engine": engine, "optimizer": name, "schedule": "cosine"})

    whole, half = finished(begun("torch")), until(begun(first), 1)
    assert all(isinstance(group["lr"], float) for group in half.state()["players"][0]["optimizer"]["param_groups"])
    other = begun(second)
    other.restore(half.state())
    for ours, theirs in zip(finished(other).history, whole.history, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)


def test_weights_that_lie_elsewhere_and_changed_settings_are_recorded_anew(moons: Dataset, tapes: Tapes) -> None:
    def trained(engine: str) -> Fit:
        fit = Fit(dense(moons), moons, **{**EVERY, "optimizer": "momentum", "epochs": 6, "engine": engine})
        for epoch in fit:
            if epoch.index == 2:
                for parameter in fit.net.parameters():
                    parameter.data = parameter.data / 2
            if epoch.index == 4:
                fit.players[0].optimizer.param_groups[0]["weight_decay"] = 0.1
        return fit

    ours = trained("graph")
    assert tapes.recorded == 1 + 3
    assert_same_weights(ours.net, trained("torch").net)


class Waiting(nn.Module):
    """A net whose Python looks at its numbers, always or only while it trains."""

    def __init__(self, always: bool) -> None:
        super().__init__()
        self.layer, self.always = nn.Linear(2, 1), always

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layer(x)
        return -logits if (self.always or self.training) and float(logits.detach().sum()) > 100 else logits


def test_a_net_that_waits_for_the_device_is_refused_before_it_trains(moons: Dataset, tapes: Tapes) -> None:
    sentence = r"The engine graph cannot record this net: aten\._local_scalar_dense\.default waits for the device\."
    with pytest.raises(InputError, match=sentence + r"\nWrite fit\.engine = \"torch\"\."):
        Fit(Waiting(always=True), moons, **EVERY)
    fit = Fit(Waiting(always=False), moons, **EVERY)
    with pytest.raises(InputError, match=sentence):
        next(iter(fit))
    assert fit.history == []


def test_where_there_is_no_cuda_it_is_said(moons: Dataset) -> None:
    with pytest.raises(InputError, match=r"engine graph computes on a CUDA device, and this fit computes on 'cpu'"):
        Fit(dense(moons), moons, engine="graph", device="cpu")


def test_float16_is_refused(moons: Dataset) -> None:
    with pytest.raises(InputError, match=r"engine graph computes in float32 or bfloat16"):
        Fit(dense(moons), moons, engine="graph", device="cpu", precision="float16")


# ---------------------------------------------------------------------- on a GPU


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device: what records there is not tried here")
class TestOnCuda:
    @pytest.mark.parametrize("name", [entry.name for entry in OPTIMIZERS])
    def test_every_optimizer_learns_as_step_by_step(self, name: str, moons: Dataset) -> None:
        options = {**EVERY, "device": "cuda", "optimizer": name, "schedule": "cosine", "clip": 0.5}
        net = {"batch_norm": True, "dropout": 0.2}
        ours = train(dense(moons, **net), moons, **options)
        theirs = train(dense(moons, **net), moons, **{**options, "engine": "torch"})
        for row, other in zip(ours.history, theirs.history, strict=True):
            assert row == pytest.approx(other, rel=1e-3)

    @pytest.mark.parametrize("kind", RECIPES)
    def test_every_kind_of_net_learns_as_step_by_step(self, kind: str) -> None:
        histories = [finished(begin(RECIPES[kind], engine=name, device="cuda")).history for name in ("graph", "torch")]
        for row, other in zip(*histories, strict=True):
            assert row == pytest.approx(other, rel=1e-2, abs=1e-2, nan_ok=True)

    def test_a_fit_goes_on_from_its_state(self, moons: Dataset) -> None:
        options = {**EVERY, "device": "cuda", "schedule": "cosine", "epochs": 5}
        whole, half, resumed = (Fit(dense(moons, dropout=0.2), moons, **options) for _three in range(3))
        finished(whole)
        resumed.restore(until(half, 2).state())
        for row, other in zip(finished(resumed).history, whole.history, strict=True):
            assert row == pytest.approx(other, rel=1e-4)

    def test_bfloat16_learns_as_step_by_step(self) -> None:
        options = {"device": "cuda", "precision": "bfloat16", "optimizer": "sgd", "lr": 0.01}
        fits = [finished(begin(RECIPES["convolutions"], engine=name, **options)) for name in ("graph", "torch")]
        for row, other in zip(*(fit.history for fit in fits), strict=True):
            assert row == pytest.approx(other, rel=1e-2, abs=1e-2)

    def test_a_net_that_waits_for_the_device_is_refused_before_it_trains(self, moons: Dataset) -> None:
        with pytest.raises(InputError, match="The engine graph cannot record this net"):
            Fit(Waiting(always=True), moons, **{**EVERY, "device": "cuda"})
