"""How many visitors there is room for, and how much memory each of them may use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from neurona.errors import InputError, reason_of
from neurona.language import _

if TYPE_CHECKING:
    from neurona.fit.fit import Fit

GB = 1e9
# Of a class that trains the recipe `spiral`, each takes a twentieth of a core and some 40 MB beyond what all share
# (benchmarks/studio.py); there is room for larger nets beside.
VISITORS_A_CORE, OF_A_VISITOR, SHARED = 16, 0.15 * GB, 1 * GB
# Of the memory that is free when Studio starts, so much is for sessions; no visitor is held to less than `LEAST`.
SHARE, LEAST = 0.8, 1 * GB

# Floating-point operations a second that a core does at least, of a net whose parts are not tiny.
OPERATIONS = 1e10

ALLOWANCE = ContextVar[float]("allowance", default=float("inf"))


def places_for(memory: float, cores: int) -> int:
    """Return how many visitors there is room for, where so many bytes are free."""
    return max(1, min(VISITORS_A_CORE * cores, int((SHARE * memory - SHARED) / OF_A_VISITOR)))


def allowance_of(memory: float, sharers: int) -> float:
    """Return how many bytes a visitor may use, where so many are free for as many as share them."""
    return max(LEAST, SHARE * memory / sharers)


def has_room(memory: float) -> bool:
    """Tell whether one more session fits, where so many bytes were free before the first."""
    return psutil.virtual_memory().available - OF_A_VISITOR >= (1 - SHARE) * memory


def hold_to(allowance: float) -> None:
    """Let this process allocate no more than so many bytes from now on; beyond, an allocation fails.

    What a graphics processor's driver reserves counts too and is far more than it uses, so that there nothing is held.
    """
    ALLOWANCE.set(allowance)
    import torch

    if sys.platform == "linux" and not torch.cuda.is_available():
        import resource  # which not every system has

        limit = _allocated() + int(allowance)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def work_of(fit: Fit) -> float:
    """Return the seconds that a pass through the test samples takes, about."""
    return fit.forward * len(fit.data.test) / OPERATIONS


def compute_on(threads: int) -> None:
    """Let PyTorch compute on so many threads, or on fewer where it was told so from outside."""
    import torch

    torch.set_num_threads(min(threads, _most_threads()))


@cache
def _most_threads() -> int:
    import torch

    return torch.get_num_threads()


def _allocated() -> int:
    with Path("/proc/self/status").open(encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmData:"))
    return 1024 * int(line.split()[1])


def check(needed: float) -> None:
    """Raise an `InputError` where training takes more bytes than a visitor may use."""
    if needed > ALLOWANCE.get():
        problem = _("Training this takes about {need:.1f} GB of memory, and each visitor may use {most:.1f} GB here.")
        raise InputError(problem.format(need=needed / GB, most=ALLOWANCE.get() / GB), _hint())


def beyond(error: Exception) -> InputError | None:
    """Return what to tell of an error where the machine refused memory, or a file; None of any other error."""
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        problem = _("The machine that Studio runs on refused it: {reason}.").format(reason=reason_of(error))
        return InputError(problem, _("Try again; where its disk is full, there has to be room first."))
    if not isinstance(error, MemoryError) and "allocate memory" not in str(error):
        return None
    problem = _("This takes more memory than each visitor may use here, {most:.1f} GB.")
    return InputError(problem.format(most=ALLOWANCE.get() / GB), _hint())


@contextmanager
def writing() -> Iterator[None]:
    """Within the block, what cannot be written is what the machine refused: a page knows no path of it."""
    try:
        yield
    except InputError as error:
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise


def _hint() -> str:
    return _("Take fewer samples, fewer units or layers, or smaller batches (fit.batch).")
