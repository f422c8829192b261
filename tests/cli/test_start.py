"""What a command imports: PyTorch, Matplotlib and Numba take seconds, and few commands need them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from neurona.recipe import Recipe
from neurona.written import names

HEAVY = {"torch", "matplotlib", "numba", "pandas", "sklearn", "scipy"}
COMMANDS = (
    "--help",
    "--version",
    "list",
    "list recipes",
    "list nonsense",
    "explain",
    "explain reverse-mode",
    "explain nonsense",
    "nonsense",
    *(f"{command} --help" for command in ("train", "compare", "tune", "studio", "report", "predict", "sample")),
    *(f"{command} --help" for command in ("landscape", "export", "list", "summary", "explain", "claims")),
)


def imported(command: str, folder: Path, which: object = HEAVY) -> tuple[str, set[str]]:
    """Run a command in a process of its own, and return what it printed and which heavy modules it has imported."""
    code = f"""
import sys
from neurona.cli import main
try:
    main()
except SystemExit:
    pass
print("\\n--", *({which} & sys.modules.keys()))
"""
    given = [sys.executable, "-c", code, *command.split()]
    done = subprocess.run(given, cwd=folder, capture_output=True, text=True, timeout=120, check=True)
    said, _, heavy = done.stdout.rpartition("--")
    return said + done.stderr, set(heavy.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_computes_nothing_imports_nothing_that_computes(command: str, tmp_path: Path) -> None:
    said, heavy = imported(command, tmp_path)
    assert said.strip() and not heavy
    assert "Traceback" not in said


def test_help_does_without_what_checks_recipes(tmp_path: Path) -> None:
    assert imported("--help", tmp_path, '{"pydantic"}')[1] == set()
    assert imported("compare moons --seeds 0", tmp_path, '{"pydantic"}')[1] == {"pydantic"}


def test_a_command_that_computes_imports_what_it_needs(tmp_path: Path) -> None:
    """The other side of the tests above: they would see it."""
    assert "torch" in imported("summary spiral", tmp_path)[1]


def test_the_list_names_every_recipe_with_its_data(tmp_path: Path) -> None:
    said, _heavy = imported("list recipes", tmp_path)
    lines = [line.split() for line in said.splitlines()]
    for name in names():
        assert [name, Recipe.read(name).data["name"]] in [words[:2] for words in lines], name
