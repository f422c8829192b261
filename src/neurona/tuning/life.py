"""Signs of life: what the trial of a dead process is told from one that is still trained."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

import psutil
from optuna.trial import FrozenTrial

BEAT, SILENCE = 30.0, 300.0
"""Seconds between two signs of life of a trial, and seconds without any after which its process counts as dead."""


def sign() -> dict[str, Any]:
    """Return who we are, and when: the machine, the process, and a sign of life."""
    return {"machine": _machine(), "pid": os.getpid(), "begun": _begun(os.getpid()), "alive": time.time()}


def _begun(pid: int) -> float | None:
    """Return when a process began, which tells it from a later one of the same number; None where there is none."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def _machine() -> str:
    try:  # containers on one machine may have the same name, but not the same processes
        return f"{platform.node()} {Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return platform.node()


def shows(one: FrozenTrial) -> bool:
    """Tell whether the process that trains a trial shows signs of life."""
    by = one.user_attrs.get("by")
    if by is None:  # it is about to begin, or died as it began
        begun = one.datetime_start
        return begun is not None and time.time() - begun.timestamp() < BEAT
    if by["machine"] == _machine():
        since = _begun(by["pid"])
        return since is not None and abs(since - (by.get("begun") or since)) < BEAT
    return bool(time.time() - by["alive"] < SILENCE)
