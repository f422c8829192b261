"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "torch", "torchvision", "numba", "scikit-learn", "skorch", "lightning", "keras", "jax")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "XLA_FLAGS")


@dataclass
class Machine:
    """A machine and what is installed on it.

    Attributes:
        processor: its name.
        cores: how many this process may use.
        memory: bytes.
        system: of the machine, and the version of Python.
        versions: of packages; those that are missing are said to be so.
        threads: environment variables that tell libraries how many threads to take.
        load: how many processes wanted a processor in the last minute, at the beginning.
    """

    processor: str
    cores: int
    memory: int
    system: str
    versions: dict[str, str]
    threads: dict[str, str]
    load: float

    @staticmethod
    def this() -> Machine:
        """Describe the machine that this runs on."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return Machine(
            _processor(),
            cores,
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0,
            f"{platform.system()}, Python {platform.python_version()}",
            {name: _version(name) for name in PACKAGES},
            {name: os.environ[name] for name in THREADS if name in os.environ},
            os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
