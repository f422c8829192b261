"""How time and memory grow with the data: from 1,000 to 10,000,000 samples of 20 numbers, each size in its own process.

    python benchmarks/scaling.py [fit split csv] [--most 10000000] [--repeats 3] [--folder DIR]

- `fit`: samples that are in memory as tensors; `Fit` trains a 20-32-3 net on them, as its engine chooses.
- `split`: an array in memory becomes a dataset: split, standardised, as tensors.
- `csv`: `neurona train FILE --target y --epochs 1` from reading the table to the last metric, without the report and with
  it. The table is written to DIR first, 2 GB for the largest, and deleted.

Seconds are those of the processor (user and system), which other work on the machine changes least, of the fastest of the
repeats. Of `fit` they are those of an epoch, after native code was loaded; of `csv` those of the whole command. Memory is
the most that the process had at a time, and beside it what it may have: 1.3 times the data (n x 20 float32) and 500 MB.
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
from pathlib import Path
from typing import Any

import numpy as np

FEATURES, CLASSES = 20, 3
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
BLOCK = 100_000
SEEN = 2_000_000
"""So many samples are trained on by `fit`, over as many epochs as that takes, so that small sizes can be measured."""


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


def clock() -> float:
    """Return the seconds that this process and its children have computed."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def fit(n: int, _folder: Path) -> dict[str, Any]:
    """Train on tensors in memory, and return the seconds of an epoch."""
    import torch

    import neurona as nr
    from neurona.data import Split, Target
    from neurona.data.columns import Columns, Number

    names = [f"x{i}" for i in range(FEATURES)]
    x, y = map(torch.from_numpy, arrays(n))
    parts = [Split(x[rows], y[rows]) for rows in (slice(n * 3 // 10, n), slice(0, n * 3 // 20), slice(n * 3 // 20, n * 3 // 10))]
    target = Target(("y",), tuple("abc"))
    data = nr.Dataset("own", "multiclass", *parts, Columns(tuple(map(Number, names))), target)
    torch.manual_seed(0)
    net = nr.nets.mlp(data.features, [32], data.outputs)
    epochs = 1 + max(1, SEEN // n)
    training = iter(nr.Fit(net, data, optimizer="sgd", lr=0.1, batch=64, epochs=epochs, engine="compiled"))
    if n < SEEN:
        next(training)  # which loads native code
        begun, wall = clock(), time.perf_counter()
    else:
        warm = nr.nets.mlp(data.features, [32], data.outputs)
        few = nr.Dataset("few", "multiclass", *(Split(p.x[:64], p.y[:64]) for p in parts), data.inputs, target)
        list(nr.Fit(warm, few, optimizer="sgd", lr=0.1, batch=64, epochs=1, engine="compiled"))
        begun, wall, epochs = clock(), time.perf_counter(), epochs + 1
    last = list(training)[-1]
    epochs -= 1
    return {"seconds": (clock() - begun) / epochs, "wall": (time.perf_counter() - wall) / epochs, "loss": last.valid["loss"]}


def split(n: int, _folder: Path) -> dict[str, Any]:
    """Make a dataset of an array, and return the seconds."""
    from neurona.data.sources import Samples
    from neurona.data.splits import SplitOptions, assemble

    x, y = arrays(n)
    names = tuple(f"x{i}" for i in range(FEATURES))
    begun, wall = clock(), time.perf_counter()
    data = assemble(Samples(x, y, "multiclass", names, classes=tuple("abc"), standardise=True), "own", {}, SplitOptions())
    return {"seconds": clock() - begun, "wall": time.perf_counter() - wall, "loss": float(data.train.x.std())}


def write_table(n: int, path: Path) -> None:
    """Write the samples as a CSV file, with five decimals."""
    import pyarrow as pa
    import pyarrow.csv

    x, y = arrays(n)
    names = [*(f"x{i}" for i in range(FEATURES)), "y"]
    with path.open("wb") as file:
        for begun in range(0, n, BLOCK):
            part = slice(begun, begun + BLOCK)
            columns = [*(np.round(x[part].astype(np.float64), 5).T), np.array(list("abc"))[y[part]]]
            table = pa.table(dict(zip(names, columns, strict=True)))
            pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(include_header=begun == 0))


def csv(n: int, folder: Path, *more: str) -> dict[str, Any]:
    """Train on a table by the command line, and return the seconds of the whole command."""
    from neurona.cli import main

    with tempfile.TemporaryDirectory() as runs:
        run = Path(runs, "run")
        options = ["--epochs", "1", "--set", "fit.batch=64", "--out", str(run), *more]
        sys.argv = ["neurona", "train", str(folder / f"{n}.csv"), "--target", "y", *options]
        begun = time.perf_counter()
        try:
            main()
        except SystemExit as end:
            assert not end.code, end.code
        metrics = json.loads((run / "metrics.json").read_text())
    return {"seconds": clock(), "wall": time.perf_counter() - begun, "loss": metrics["valid"]["loss"]}


def csv_without_report(n: int, folder: Path) -> dict[str, Any]:
    """As `csv`, and without the report."""
    return csv(n, folder, "--no-report")


KINDS: dict[str, dict[str, Callable[[int, Path], dict[str, Any]]]] = {
    "fit": {"fit": fit},
    "split": {"split": split},
    "csv": {"csv, no report": csv_without_report, "csv, report": csv},
}


def measured(kind: str, name: str, n: int, folder: Path) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, __file__, "--inside", kind, name, str(n), "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr else f"signal {-done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def inside(kind: str, name: str, n: int, folder: Path) -> None:
    """Measure, and print the numbers as the last line."""
    found = KINDS[kind][name](n, folder)
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({**found, "megabytes": max(peaks) * 1024 / 1e6}))


def report(kind: str, name: str, n: int, folder: Path, repeats: int) -> None:
    """Print a line: seconds, microseconds for each sample, and memory beside what it may be."""
    runs = [measured(kind, name, n, folder) for _repeat in range(repeats)]
    if failed := next((run["failed"] for run in runs if "failed" in run), None):
        print(f"{name:15} {n:>10,}  {failed}", flush=True)
        return
    best = min(runs, key=lambda run: run["seconds"])
    data = n * FEATURES * 4 / 1e6
    print(
        f"{name:15} {n:>10,} {best['seconds']:10.3f} {best['wall']:10.3f} {1e6 * best['seconds'] / n:12.3f}"
        f" {data:9.1f} {best['megabytes']:9.0f} {1.3 * data + 500:9.0f}  {best['loss']:.4f}",
        flush=True,
    )


def main() -> None:
    """Measure what the command line names, the sizes from small to large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], default=[])
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--least", type=int, default=SIZES[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--inside", nargs=3)
    given = parser.parse_args()
    if given.inside:
        kind, name, n = given.inside
        return inside(kind, name, int(n), given.folder)
    print(f"{'':15} {'samples':>10} {'seconds':>10} {'wall':>10} {'us / sample':>12} {'data MB':>9} {'peak MB':>9} {'may be':>9}  loss")
    for kind in given.kinds or KINDS:
        for n in (size for size in SIZES if given.least <= size <= given.most):
            path = given.folder / f"{n}.csv"
            if kind == "csv":
                write_table(n, path)
            for name in KINDS[kind]:
                report(kind, name, n, given.folder, given.repeats if n < SIZES[-1] else 1)
            path.unlink(missing_ok=True)
    return None


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
