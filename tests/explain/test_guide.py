"""What the guide prints is what one gets."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from commandline import cli
from recipes import MOONS, train

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "explain.md"


def test_every_number_of_the_python_part_is_real() -> None:
    failed, tried = doctest.testfile(str(GUIDE), module_relative=False)
    assert (failed, tried > 7) == (0, True)


def test_every_line_of_the_terminal_part_is_real(tmp_path: Path) -> None:
    train(MOONS, tmp_path / "moons")
    blocks = re.findall(r"```\n\$ neurona explain (\S+)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.S)
    assert len(blocks) >= 5
    shown: dict[str, set[str]] = {}
    for name, block in blocks:
        if name not in shown:
            out = cli("explain", "moons" if name.startswith("runs/") else name, cwd=tmp_path).out
            shown[name] = {" ".join(line.split()) for line in out.splitlines()}
        for line in block.splitlines():
            assert " ".join(line.split()) in shown[name], line
