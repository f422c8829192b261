"""`Pair`: native code by two threads, where a call is long enough and nobody else wants their cores."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import torch

from neurona.compiled import crew

NOBODY: crew.Words = np.zeros(0, np.int64)
# A call of so many floating-point operations is worth a second thread.
WORTH = 1e8
# Where one thread waits for the other so often each time that they meet, something else wants the cores; then so many
# calls are made by one thread.
OFTEN, ALONE = 5, 16


class Pair:
    """Chooses how many threads make a call, and starts the second one."""

    def __init__(self) -> None:
        self._alone = 0

    def words(self, operations: float) -> crew.Words:
        """Return what two threads are to meet by in a call of so many operations; `(0,)` where there is to be one."""
        self._alone = max(0, self._alone - 1)
        two = operations >= WORTH and not self._alone and crew.POSSIBLE and torch.get_num_threads() > 1
        return crew.meeting() if two else NOBODY

    def run(self, compute: Callable[[int], None], words: crew.Words) -> None:
        """Let `compute` run as thread 0, here, and unless `words` are empty as thread 1 beside it.

        Where one of them ends early so does the other.
        """
        if not len(words):
            compute(0)
            return
        failed: list[BaseException] = []
        helper = threading.Thread(target=_second, args=(compute, words, failed), name="neurona-second", daemon=True)
        try:
            helper.start()
            compute(0)
        except BaseException:
            crew.leave(words)
            raise
        finally:
            if helper.ident is not None:
                helper.join()
        if failed:
            raise failed[0]
        self._alone = ALONE if crew.waits(words) > OFTEN * crew.meetings(words) else 0


def _second(compute: Callable[[int], None], words: crew.Words, failed: list[BaseException]) -> None:
    try:
        torch.set_num_threads(1)  # of BLAS, in this thread
        compute(1)
    except BaseException as error:
        crew.leave(words)
        failed.append(error)
