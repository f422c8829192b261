"""Placeholder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurona.data.dataset import Dataset


def load_folder(path: Path, *, task: str | None = None, **options: Any) -> Dataset:
    """Load it."""
    raise NotImplementedError
