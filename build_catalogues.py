"""Build hook: compiles the translations, `locale/*/LC_MESSAGES/neurona.po`, to the `.mo` form that gettext reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface):  # type: ignore[misc]
    """Compiles each catalogue beside its source."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write every `.mo` before the package is put together, also for an editable install."""
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for source in Path(self.root, "src/neurona/locale").glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as text, source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(text))
