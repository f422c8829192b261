"""How time and memory grow with the data: from 1,000 to 10,000,000 samples of 20 numbers, each size in its own process.

    python benchmarks/scaling.py [start fit split csv] [--most 10000000] [--repeats 3] [--folder DIR]

- `start`: what does not grow: whole commands from the start of the process to its end, beside PyTorch's own import.
- `fit`: samples that are in memory as tensors; `Fit` trains a 20-32-3 net on them by native code.
- `split`: an array in memory becomes a dataset: split, standardised, as tensors.
- `csv`: `neurona train FILE --target y --epochs 1` from reading the table to the last metric, without the report and
  with it. The table is written to DIR first, 1.7 GB for the largest, and deleted.

Seconds are those of the processor (user and system), which other work on the machine changes least, of the fastest of
the repeats. Of `fit` they are those of an epoch, after native code was loaded; of `csv` those of the whole command.
Memory is the most that the process had at a time, and how much of it came after PyTorch was imported; beside it stands
the size of the data: n x 20 float32. Two numbers say how it grows: `growth` is the time for each sample beside the
shortest of the smaller sizes, which should stay below 1.3, and `of limit` what came after PyTorch beside 1.3 times the
data and 500 MB, which should stay below 1.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from neurona import Dataset, Fit

FEATURES, CLASSES = 20, 3
NAMES = tuple(f"x{i}" for i in range(FEATURES))
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
BLOCK = 100_000
# So many samples are trained on by `fit`, over as many epochs as that takes, so that small sizes can be measured.
SEEN = 2_000_000

# What a training imports, as it imports it: each line of `start` has one of these more than the line before.
SWIFTLY = "from neurona.imports import swift\nwith swift():\n    {lines}"
PARTS = (
    "import torch",
    "from neurona.run import Run",
    "from neurona.fit import dense",
    "from neurona.look import choice, report",
)

Found = dict[str, float]
INSIDE = (sys.executable, __file__, "--inside")


def arrays(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return samples `(n, 20)` float32 and the number of a class for each, `(n,)`, made block by block."""
    generator = np.random.default_rng(0)
    teacher = generator.standard_normal((FEATURES, CLASSES), dtype=np.float32)
    x, y = np.empty((n, FEATURES), np.float32), np.empty(n, np.int64)
    for begun in range(0, n, BLOCK):
        part = slice(begun, begun + BLOCK)
        generator.standard_normal(out=x[part], dtype=np.float32)
        y[part] = (np.sin(2 * x[part]) @ teacher).argmax(1)
    return x, y


def seconds() -> float:
    """Return how long this process and its children have computed."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def megabytes() -> float:
    """Return the most memory that this process, or one of its children, has had."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1.024e-3


def fit(n: int, _folder: Path) -> Found:
    """Train on tensors in memory, and return the seconds of an epoch."""
    import torch

    import neurona as nr
    from neurona.data import Split, Target
    from neurona.data.columns import Columns, Number

    x, y = map(torch.from_numpy, arrays(n))
    one, two = n * 15 // 100, n * 30 // 100
    data = nr.Dataset(
        "own",
        "multiclass",
        train=Split(x[two:], y[two:]),
        valid=Split(x[:one], y[:one]),
        test=Split(x[one:two], y[one:two]),
        inputs=Columns(tuple(map(Number, NAMES))),
        target=Target(("y",), tuple("abc")),
    )
    list(training(replace(data, train=Split(x[:64], y[:64])), 1))  # which loads native code
    epochs = max(1, SEEN // n)
    begun, started = seconds(), time.perf_counter()
    last = list(training(data, epochs))[-1]
    spent, passed = seconds() - begun, time.perf_counter() - started
    return {"seconds": spent / epochs, "wall": passed / epochs, "loss": last.valid["loss"]}


def training(data: Dataset, epochs: int) -> Fit:
    """Return the fit of a net on `data`, by native code."""
    import torch

    import neurona as nr

    torch.manual_seed(0)
    net = nr.nets.mlp(data.features, [32], data.outputs)
    return nr.Fit(net, data, optimizer="sgd", lr=0.1, batch=64, epochs=epochs, engine="compiled")


def split(n: int, _folder: Path) -> Found:
    """Make a dataset of an array, and return the seconds."""
    from neurona.data.sources import Samples
    from neurona.data.splits import SplitOptions, assemble

    samples = Samples(*arrays(n), "multiclass", NAMES, classes=tuple("abc"), standardise=True, fresh=True)
    begun, started = seconds(), time.perf_counter()
    data = assemble(samples, "own", {}, SplitOptions())
    return {"seconds": seconds() - begun, "wall": time.perf_counter() - started, "loss": float(data.train.x.std())}


def write_table(n: int, path: Path) -> None:
    """Write the samples as a CSV file, with five decimals."""
    import pyarrow as pa
    import pyarrow.csv

    x, y = arrays(n)
    with path.open("wb") as file:
        for begun in range(0, n, BLOCK):
            part = slice(begun, begun + BLOCK)
            columns = [*(np.round(x[part].astype(np.float64), 5).T), np.array(list("abc"))[y[part]]]
            table = pa.table(dict(zip([*NAMES, "y"], columns, strict=True)))
            pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(include_header=begun == 0))


def csv(n: int, folder: Path, *more: str) -> Found:
    """Train on a table by the command line, and return the seconds of the whole command."""
    from neurona.cli import main

    with tempfile.TemporaryDirectory() as runs:
        run = Path(runs, "run")
        options = ["--epochs", "1", "--set", "fit.batch=64", "--out", str(run), *more]
        sys.argv = ["neurona", "train", str(folder / f"{n}.csv"), "--target", "y", *options]
        started = time.perf_counter()
        try:
            main()
        except SystemExit as end:
            assert not end.code, end.code
        metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return {"seconds": seconds(), "wall": time.perf_counter() - started, "loss": metrics["valid"]["loss"]}


def csv_without_report(n: int, folder: Path) -> Found:
    """As `csv`, and without the report."""
    return csv(n, folder, "--no-report")


KINDS: dict[str, dict[str, Callable[[int, Path], Found]]] = {
    "fit": {"fit": fit},
    "split": {"split": split},
    "csv": {"csv, no report": csv_without_report, "csv, report": csv},
}


def measured(kind: str, name: str, n: int, folder: Path) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    command = [*INSIDE, kind, name, str(n), "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr else f"signal {-done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def inside(kind: str, name: str, n: int, folder: Path) -> None:
    """Measure, and print the numbers as the last line."""
    import torch  # noqa: F401

    before = megabytes()
    found = KINDS[kind][name](n, folder)
    print(json.dumps({**found, "peak": megabytes(), "more": megabytes() - before}))


def report(kind: str, name: str, n: int, folder: Path, repeats: int, before: list[float]) -> None:
    """Print a line: seconds, microseconds for each sample, and memory, and how both have grown.

    Args:
        kind: of the measurement.
        name: of the measurement.
        n: how many samples.
        folder: where its table is.
        repeats: how many processes measure it.
        before: the microseconds of smaller sizes, to which those of this one are added.
    """
    runs = [measured(kind, name, n, folder) for _repeat in range(repeats)]
    if failed := next((run["failed"] for run in runs if "failed" in run), None):
        print(f"{name:15}{n:12,}  {failed}", flush=True)
        return
    best = min(runs, key=lambda run: float(run["seconds"]))
    data, each = n * FEATURES * 4e-6, 1e6 * best["seconds"] / n
    growth, share = each / min(before, default=each), best["more"] / (1.3 * data + 500)
    before.append(each)
    times = "".join(f"{value:12.3f}" for value in (best["seconds"], best["wall"], each, growth))
    memory = "".join(f"{value:12,.0f}" for value in (data, best["peak"], best["more"]))
    print(f"{name:15}{n:12,}{times}{memory}{share:12.2f}  {best['loss']:.4f}", flush=True)


def swiftly(count: int) -> list[str]:
    """Return the arguments of Python that import the first `count` of `PARTS`."""
    return ["-c", SWIFTLY.format(lines="; ".join(PARTS[:count]))]


def start(repeats: int) -> None:
    """Print the seconds of whole commands, which take turns: the fastest of the repeats."""
    with tempfile.TemporaryDirectory() as runs:
        train = ["-m", "neurona", "train", "spiral", "--out"]
        commands = {
            "python": ["-c", "pass"],
            "import torch": ["-c", "import torch"],
            **{f"swiftly: {part}": swiftly(place + 1) for place, part in enumerate(PARTS)},
            "neurona --help": ["-m", "neurona", "--help"],
            "neurona list": ["-m", "neurona", "list"],
            "train spiral --no-report": [*train, "{out}", "--no-report"],
            "train spiral": [*train, "{out}"],
        }
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for turn in range(repeats):
            for name, command in commands.items():
                out = str(Path(runs, f"{turn}-{name.replace(' ', '')}"))
                begun, started = seconds(), time.perf_counter()
                given = [sys.executable, *(part.format(out=out) for part in command)]
                subprocess.run(given, check=True, capture_output=True)
                spent[name].append((seconds() - begun, time.perf_counter() - started))
    print(f"{'':50}{'seconds':>12}{'wall':>12}")
    for name, both in spent.items():
        print(f"{name:50}{min(one for one, _wall in both):12.3f}{min(wall for _one, wall in both):12.3f}", flush=True)


def main() -> None:
    """Measure what the command line names, the sizes from small to large."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kinds", nargs="*", metavar="start|fit|split|csv")
    parser.add_argument("--least", type=int, default=SIZES[0])
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--inside", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        kind, name, n = given.inside
        if kind == "table":
            write_table(int(n), given.folder / f"{n}.csv")
            return
        inside(kind, name, int(n), given.folder)
        return
    kinds = given.kinds or ["start", *KINDS]
    if "start" in kinds:
        start(given.repeats)
        kinds.remove("start")
    if not kinds:
        return
    header = ("samples", "seconds", "wall", "us / sample", "growth", "data MB", "peak MB", "of it more", "of limit")
    print(f"{'':15}{''.join(f'{word:>12}' for word in header)}  loss")
    for kind in kinds:
        before: dict[str, list[float]] = {name: [] for name in KINDS[kind]}
        for n in (size for size in SIZES if given.least <= size <= given.most):
            with tempfile.TemporaryDirectory(dir=given.folder) as folder:
                if kind == "csv":  # by another process: one that begins inherits the largest memory of who began it
                    subprocess.run([*INSIDE, "table", "", str(n), "--folder", folder], check=True)
                for name in KINDS[kind]:
                    report(kind, name, n, Path(folder), given.repeats, before[name])


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
