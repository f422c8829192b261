"""The command: runs workloads, shows them while they run, and writes the page when all have run."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import neurona as nr  # before PyTorch, so that threads of OpenMP that wait sleep

# isort: split
from rich.console import Console
from rich.live import Live

from benchmarks import report
from benchmarks.contenders import CONTENDERS
from benchmarks.limits import Limits
from benchmarks.machine import Machine
from benchmarks.match import ROOT, Match, Table
from benchmarks.processes import Process, processes, time_processes
from benchmarks.promises import Results
from benchmarks.screen import limits_line, match_table, process_table, promise_table
from benchmarks.workloads import WORKLOADS, Prepared, Workload

screen = Console()


def main() -> None:
    """Run what is asked for, or all; code 1 says that something of it was left out."""
    given = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # temporary files go, however it is stopped
    begun, machine = time.perf_counter(), Machine.this()
    try:
        results, left_out = measured(given)
    except KeyboardInterrupt:
        screen.print("Stopped; nothing was written.")
        sys.exit(130)
    if not given.quick:
        screen.print(promise_table(results))
    whole = not given.workloads and not given.contenders and not given.quick
    if given.out or (whole and not left_out):
        for path in report.write(results, machine, time.perf_counter() - begun, given.out or ROOT / "docs"):
            screen.print(f"{path}")
    elif whole:
        screen.print(f"docs/ stays as it is, for {', '.join(left_out)} was left out.")
    sys.exit(1 if left_out else 0)


def measured(given: argparse.Namespace) -> tuple[Results, list[str]]:
    """Run the workloads, and return what was measured and the names of those that could not be run."""
    results, left_out = Results(Limits.measured()), []
    screen.print(limits_line(results.limits))
    with tempfile.TemporaryDirectory() as name, Table(given.contenders or list(CONTENDERS), Path(name)) as table:
        for workload in dict.fromkeys(given.workloads or [*WORKLOADS, "processes"]):
            folder = Path(name) / workload
            folder.mkdir()
            if workload == "processes":
                results.processes = timed_processes(folder, given.repeats)
                continue
            work = WORKLOADS[workload].brief() if given.quick else WORKLOADS[workload]
            match = played(table, work, folder, given.repeats)
            if match:
                results.matches[workload] = match
            else:
                left_out.append(workload)
            shutil.rmtree(folder)  # some hundred megabytes
    results.limits = results.limits.better(Limits.measured())
    return results, left_out


def arguments() -> argparse.Namespace:
    """Read the command line; what is wrong ends with code 2."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    known = [*WORKLOADS, "processes"]
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(known)}; all unless given")
    parser.add_argument(
        "--contenders", nargs="+", choices=list(CONTENDERS), metavar="NAME", help="of " + ", ".join(CONTENDERS)
    )
    parser.add_argument("--repeats", type=int, default=5, help="turns after the first, which is not counted")
    parser.add_argument("--quick", action="store_true", help="a few steps of each, to see whether all works")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write the page there, also of a part; else a whole run writes docs/"
    )
    given = parser.parse_args()
    unknown = [name for name in given.workloads if name not in known]
    if unknown:
        parser.error(f"There is no workload {unknown[0]!r}. There is: {', '.join(known)}.")
    if given.repeats < 1:
        parser.error("--repeats must be 1 or more.")
    if given.out and given.quick:
        parser.error("--quick measures nothing that is worth a page. Leave out --quick, or --out.")
    if given.out and "neurona" not in (given.contenders or CONTENDERS):
        parser.error("The page holds all against Neurona. Add neurona to --contenders.")
    if given.out and given.out.exists() and not given.out.is_dir():
        parser.error(f"--out {given.out} is a file. Give a directory.")
    return given


def played(table: Table, work: Workload, folder: Path, repeats: int) -> Match | None:
    """Let the contenders train a workload while a table shows them; None where its data are not at hand."""
    try:
        prepared = Prepared(work, folder)
    except nr.InputError as error:
        screen.print(f"[bold]{work.name}[/bold] is left out: {error}")
        return None
    with Live(console=screen, auto_refresh=False) as live:
        match = table.play(prepared, repeats, lambda match: live.update(match_table(match, busy=True), refresh=True))
        live.update(match_table(match), refresh=True)
    return match


def timed_processes(folder: Path, repeats: int) -> dict[str, Process]:
    """Time whole processes."""
    moons = Prepared(replace(WORKLOADS["moons"], part=1), folder)
    found = processes(moons.folder, folder)
    with screen.status("Whole processes ...") as status:
        time_processes(found, repeats, folder, lambda process: status.update(f"{process.label} ..."))
    screen.print(process_table(found))
    return {one.name: one for one in found}


if __name__ == "__main__":
    main()
