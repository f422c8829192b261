"""Templates of pages: what the report and the pages of explanations are filled in by."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from neurona.language import _


@cache
def template(folder: Path, name: str) -> Template:
    """Return the template `name` in `folder`; it escapes what is put in, speaks by `_`, and lacks nothing silently."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = _
    return environment.get_template(name)
