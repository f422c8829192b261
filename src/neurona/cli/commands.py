"""The commands, in the order in which the help shows them.

Each reads its arguments, calls the library, and shows what came back.
"""

from neurona.cli import training, comparing, tuning, studio, runs, reference  # isort: skip # noqa: F401
from neurona.cli.app import app

__all__ = ["app"]
