"""One contender in a process of its own.

    python -m benchmarks.worker NAME                   answers lines of JSON on standard input
    python -m benchmarks.worker NAME --once FOLDER     trains the setting in FOLDER and ends, for the time of a process

Asked `{"setting": FOLDER}` it reads samples and builds its net; asked `{"epochs": N}` it trains so many from the first
weights on and answers with seconds by the clock and of processors; asked `{"weights": PATH}` it writes what it learned.
Asked `{"threads": N}` PyTorch computes on so many from then on; 0 are as many as it took at first.
What libraries print goes to standard error.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS, Contender, Entry
from benchmarks.setting import Cannot, Setting, save_weights


def main() -> None:
    """Serve, or train once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=list(CONTENDERS))
    parser.add_argument("--once", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    entry = CONTENDERS[given.name]
    os.environ.update(entry.environment)
    if given.once:
        setting = Setting.read(given.once)
        contender = entry.make(setting)
        contender.begin(setting.epochs)
        contender.train()
        return
    with os.fdopen(os.dup(1), "w", buffering=1) as answers:
        os.dup2(2, 1)
        entry.load()
        answers.write("{}\n")
        desk = Desk(entry)
        for line in sys.stdin:
            answers.write(json.dumps(desk.answer(json.loads(line))) + "\n")


class Desk:
    """Where questions are answered."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.contender: Contender | None = None
        self.threads = sys.modules["torch"].get_num_threads() if entry.chooses else 1

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked, and say how it went; what fails is said, and does not end the process."""
        try:
            return self._answer(asked)
        except Cannot as reason:
            return {"cannot": str(reason)}
        except Exception as error:
            return {"failed": f"{type(error).__name__}: {error}".partition("\n")[0]}

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "setting" in asked:
            self.contender = None  # what the last one holds is free before this one takes more
            gc.collect()
            self.contender = self.entry.make(Setting.read(Path(asked["setting"])))
            return {"notes": self.contender.notes}
        assert self.contender is not None
        if "threads" in asked:
            sys.modules["torch"].set_num_threads(asked["threads"] or self.threads)
            return {"threads": asked["threads"] or self.threads}
        if "weights" in asked:
            save_weights(Path(asked["weights"]), self.contender.weights())
            return {}
        return run(self.contender, asked["epochs"])


def run(contender: Contender, epochs: int) -> dict[str, float]:
    """Train from the first weights on, and say how long it took."""
    contender.begin(epochs)
    gc.collect()
    start, spent = time.perf_counter(), time.process_time()
    contender.train()
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - spent}


if __name__ == "__main__":
    main()
