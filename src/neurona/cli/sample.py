"""`neurona sample`: a text that a trained net writes."""

from __future__ import annotations

from pathlib import Path

import typer

from neurona.run import Run
from neurona.sample import sample


def show(path: Path, length: int, prompt: str, temperature: float, seed: int) -> None:
    """Print the prompt and what the net of the run at `path` writes after it; see `neurona.sample.sample`.

    Raises:
        InputError: it is no run of a next-token task, or an argument is wrong.
    """
    typer.echo(sample(Run.open(path), length=length, prompt=prompt, temperature=temperature, seed=seed))
