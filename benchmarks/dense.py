"""Dense nets: Neurona's compiled engine beside the plain PyTorch loop and a JAX loop compiled as a whole, in one run.

    NEURONA_DATA=... python benchmarks/dense.py [moons mnist spiral ...] [--repeats 5]

Each contender trains the same net from the same weights on the same batches in the same order, and the loss over the
training samples after the run is printed beside the time, so that nobody wins by doing less. Contenders take turns, so
that all meet the machine in the same state; medians are compared. Times are of training: Neurona's are those of `Fit`
with its metrics and history, and the others keep no account. Loading and compiling are shown apart. The share of the
limit is the time that the matrix products of the job take by themselves, in PyTorch, of the time of the job.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import neurona as nr  # before PyTorch, so that threads of OpenMP that wait sleep, for all contenders alike

# isort: split
import torch
from torch import Tensor, nn

from neurona.fit.optim import learning_rate
from neurona.fit.options import FitOptions
from neurona.fit.schedule import factor
from neurona.recipe import Recipe

Turn = Callable[[], tuple[float, nn.Module]]  # the seconds that it took, and the trained net


@dataclass(frozen=True)
class Job:
    """A recipe, what is changed in it, and for how many epochs each turn trains.

    The plain loop may be given a part of them, `torch_epochs`; its time is then counted up.
    """

    recipe: str
    epochs: int
    changes: tuple[str, ...] = ()
    torch_epochs: int | None = None


PLAIN = ("net.hidden=[100]", "net.activation=relu", "fit.optimizer=sgd", "fit.lr=0.1", "fit.schedule=constant",
         "fit.weight_decay=0", "data.valid=0.0")  # fmt: skip
JOBS = {
    "moons": Job("moons", 20_000, torch_epochs=1_000),
    "mnist": Job("mnist-mlp", 1, PLAIN),
    "spiral": Job("spiral", 100, torch_epochs=20),
    "wine": Job("wine", 60),
    "mnist-mlp": Job("mnist-mlp", 1),
    "mnist-deep": Job("mnist-deep", 1, ("net.hidden=[100,50]",)),
    "mnist-autoencoder": Job("mnist-autoencoder", 1),
}


@dataclass
class Setting:
    """What the contenders of a job share: data, the net that all begin with, and how it is trained."""

    job: Job
    data: nr.Dataset
    net: nn.Module
    options: FitOptions
    x: Tensor = field(init=False)
    y: Tensor = field(init=False)

    def __post_init__(self) -> None:
        x = self.data.inputs.prepare(self.data.train.x).flatten(1)
        self.x, self.y = x, x if self.data.task == "reconstruction" else self.data.train.y
        self.batch = self.options.batch_of(len(x))
        self.full = self.batch >= len(x)
        self.steps = -(-len(x) // self.batch)
        self.net.eval()

    @staticmethod
    def of(job: Job) -> Setting:
        """Load the data and build the net."""
        recipe = Recipe.read(job.recipe, [*job.changes, f"fit.epochs={job.epochs}"])
        data = recipe.load()
        return Setting(job, data, recipe.build(data), recipe.fit)

    def rates(self) -> list[float]:
        """Return the learning rate of each step."""
        base, steps = learning_rate(self.options), self.job.epochs * self.steps
        return [base * factor(self.options, step, self.steps) for step in range(steps)]

    def orders(self, epochs: int) -> list[Tensor]:
        """Return the order of the samples in each epoch, the one that `Fit` draws."""
        generator = torch.Generator().manual_seed(self.options.seed)
        return [torch.randperm(len(self.x), generator=generator) for _epoch in range(epochs)]

    def loss(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return the mean loss of a batch."""
        if self.data.task == "reconstruction":
            return nn.functional.mse_loss(outputs.flatten(1), y)
        return nn.functional.cross_entropy(outputs, y)

    @torch.no_grad()
    def after(self, net: nn.Module) -> float:
        """Return the loss over all training samples."""
        return self.loss(net.eval()(self.x), self.y).item()


def by_neurona(setting: Setting, engine: str = "compiled") -> Turn:
    """Return `Fit`."""
    options = setting.options.model_dump(exclude_unset=True)

    def turn() -> tuple[float, nn.Module]:
        net = copy.deepcopy(setting.net)
        fit = nr.Fit(net, setting.data, **{**options, "engine": engine})
        for _epoch in fit:
            pass
        return fit.seconds, net

    return turn


def by_torch(setting: Setting) -> Turn:
    """Return the loop that people write."""
    makers: dict[str, Any] = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    options, epochs = setting.options, setting.job.torch_epochs or setting.job.epochs
    settings = {"weight_decay": options.weight_decay} | ({"momentum": options.momentum} if options.momentum else {})

    def turn() -> tuple[float, nn.Module]:
        net, rates = copy.deepcopy(setting.net).train(), iter(setting.rates())
        optimizer = makers[options.optimizer](net.parameters(), lr=learning_rate(options), **settings)
        start = time.perf_counter()
        for order in setting.orders(epochs):
            for rows in order.split(setting.batch):
                x, y = (setting.x, setting.y) if setting.full else (setting.x[rows], setting.y[rows])
                for group in optimizer.param_groups:
                    group["lr"] = next(rates)
                optimizer.zero_grad()
                loss = setting.loss(net(x), y)
                (loss * len(x) if options.reduction == "sum" else loss).backward()
                optimizer.step()
        return (time.perf_counter() - start) * setting.job.epochs / epochs, net

    return turn


def by_jax(setting: Setting) -> Turn:
    """Return all epochs as one function that JAX compiles: a scan over epochs and batches."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    options = setting.options
    names = {"Sigmoid": jax.nn.sigmoid, "ReLU": jax.nn.relu}
    layers = [m for m in setting.net.modules() if isinstance(m, nn.Linear) or type(m).__name__ in names]
    x, y = jnp.asarray(setting.x.numpy()), jnp.asarray(setting.y.numpy())
    begin = [(jnp.asarray(m.weight.detach().numpy().T), jnp.asarray(m.bias.detach().numpy()))
             for m in layers if isinstance(m, nn.Linear)]  # fmt: skip

    def forward(weights: Any, x: Any) -> Any:
        left = iter(weights)
        for module in layers:
            if isinstance(module, nn.Linear):
                w, b = next(left)
                x = x @ w + b
            else:
                x = names[type(module).__name__](x)
        return x

    def objective(weights: Any, x: Any, y: Any) -> Any:
        outputs = forward(weights, x)
        if setting.data.task == "reconstruction":
            return jnp.mean((outputs - y) ** 2)
        loss = -jnp.take_along_axis(jax.nn.log_softmax(outputs), y[:, None], 1)
        return loss.sum() if options.reduction == "sum" else loss.mean()

    def step(state: Any, x: Any, y: Any, rate: Any) -> Any:
        weights, memory, t = state
        slopes = jax.grad(objective)(weights, x, y)
        tree = jax.tree_util.tree_map
        if options.optimizer == "sgd":
            if options.momentum:
                memory = slopes = tree(lambda m, g: options.momentum * m + g, memory, slopes)
            return tree(lambda w, g: w - rate * g, weights, slopes), memory, t + 1
        mean = tree(lambda m, g: 0.9 * m + 0.1 * g, memory[0], slopes)
        square = tree(lambda v, g: 0.999 * v + 0.001 * g * g, memory[1], slopes)
        first, second = 1 - 0.9 ** (t + 1), 1 - 0.999 ** (t + 1)
        decay = 1 - rate * options.weight_decay

        def moved(w: Any, m: Any, v: Any) -> Any:
            return decay * w - rate * (m / first) / (jnp.sqrt(v / second) + 1e-8)

        return tree(moved, weights, mean, square), (mean, square), t + 1

    batch, whole = setting.batch, len(x) // setting.batch * setting.batch

    def epoch(state: Any, given: Any) -> Any:
        order, rates = given
        if setting.full:
            return step(state, x, y, rates[0]), None
        inner = (order[:whole].reshape(-1, batch), rates[: whole // batch])
        state, _none = lax.scan(lambda s, g: (step(s, x[g[0]], y[g[0]], g[1]), None), state, inner)
        if whole < len(x):
            state = step(state, x[order[whole:]], y[order[whole:]], rates[-1])
        return state, None

    train = jax.jit(lambda state, orders, rates: lax.scan(epoch, state, (orders, rates))[0])
    zeros = jax.tree_util.tree_map(jnp.zeros_like, begin)
    memory = zeros if options.optimizer == "sgd" else (zeros, zeros)
    epochs = setting.job.epochs
    drawn = [torch.zeros(1)] * epochs if setting.full else setting.orders(epochs)
    orders = jnp.asarray(torch.stack(drawn).int().numpy())
    rates = jnp.asarray(setting.rates(), jnp.float32).reshape(epochs, -1)

    def turn() -> tuple[float, nn.Module]:
        start = time.perf_counter()
        weights = train((begin, memory, jnp.float32(0)), orders, rates)[0]
        jax.tree_util.tree_map(lambda leaf: leaf.block_until_ready(), weights)
        seconds = time.perf_counter() - start
        net = copy.deepcopy(setting.net)
        linear = [m for m in net.modules() if isinstance(m, nn.Linear)]
        with torch.no_grad():
            for module, (w, b) in zip(linear, weights, strict=True):
                module.weight.copy_(torch.tensor(jax.device_get(w).T))
                module.bias.copy_(torch.tensor(jax.device_get(b)))
        return seconds, net

    return turn


def products(setting: Setting) -> Callable[[], float]:
    """Return what takes the matrix products of a turn alone, and gives their time."""
    linear = [m for m in setting.net.modules() if isinstance(m, nn.Linear)]
    work: list[tuple[Tensor, Tensor, Tensor]] = []
    for place, module in enumerate(linear):
        x, delta = torch.rand(setting.batch, module.in_features), torch.rand(setting.batch, module.out_features)
        w = module.weight.detach()
        work += [(x, w.t(), torch.empty_like(delta)), (delta.t(), x, torch.empty_like(w))]
        work += [(delta, w, torch.empty_like(x))] if place else []

    def seconds() -> float:
        start = time.perf_counter()
        for _step in range(setting.steps):
            for a, b, out in work:
                torch.mm(a, b, out=out)
        return (time.perf_counter() - start) * setting.job.epochs

    return seconds


def compare(name: str, repeats: int) -> None:
    """Let the contenders take turns at a job, and print what came of it."""
    setting = Setting.of(JOBS[name])
    turns = {"neurona": by_neurona(setting), "PyTorch loop": by_torch(setting), "JAX, compiled": by_jax(setting)}
    limit = products(setting)
    alone: list[float] = []
    seconds: dict[str, list[float]] = {who: [] for who in turns}
    first: dict[str, float] = {}
    nets: dict[str, nn.Module] = {}
    for repeat in range(repeats + 1):
        for who, turn in turns.items():
            start = time.perf_counter()
            spent, nets[who] = turn()
            if repeat:
                seconds[who].append(spent)
            else:
                first[who] = time.perf_counter() - start
        alone.append(limit())
    ours = statistics.median(seconds["neurona"])
    print(f"\n{name}: {setting.job.epochs} epochs of {setting.steps} steps, median of {repeats} turns")
    for who, times in seconds.items():
        median = statistics.median(times)
        part, span = first[who] - median, f"{min(times):.4f} to {max(times):.4f}"
        each = 1e6 * median / setting.job.epochs / setting.steps
        print(
            f"    {who:14} {median:8.4f} s ({span})  {each:8.1f} us a step  {median / ours:6.2f} x  "
            f"loss {setting.after(nets[who]):.6f}  the first turn {part:+.2f} s"
        )
    if setting.x.shape[1] > 100:
        print(
            f"    matrix products alone {statistics.median(alone):.4f} s: {statistics.median(alone) / ours:.0%} of ours"
        )


def main() -> None:
    """Run the jobs asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jobs", nargs="*", default=list(JOBS), choices=list(JOBS), metavar="job")
    parser.add_argument("--repeats", type=int, default=5, help="turns timed, after one that is not")
    options = parser.parse_args()
    print(f"{torch.get_num_threads()} threads, PyTorch {torch.__version__}")
    for name in options.jobs:
        compare(name, options.repeats)


if __name__ == "__main__":
    main()
