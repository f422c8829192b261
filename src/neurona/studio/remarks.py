"""Warnings of ours as remarks on the page."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from neurona.errors import NeuronaWarning


class Remarks:
    """Within the block, each of our warnings is handed to `tell`, and others are not shown."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._catching = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._catching.__enter__()
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", category=NeuronaWarning)
        warnings.showwarning = lambda message, category, *_rest, **_more: (
            self._tell(str(message)) if issubclass(category, NeuronaWarning) else None
        )

    def __exit__(self, *error: Any) -> None:
        self._catching.__exit__(*error)
