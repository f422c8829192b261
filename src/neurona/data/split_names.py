"""What people call the parts of a dataset, in the language in use."""

from __future__ import annotations

from neurona.language import _


def split_name(split: str) -> str:
    """Return what people call a split."""
    return {"train": _("train"), "valid": _("validation"), "test": _("test")}[split]
