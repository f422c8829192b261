"""What the guide prints is what one gets."""

from __future__ import annotations

import doctest
from pathlib import Path


def test_every_number_of_the_guide_is_real() -> None:
    guide = Path(__file__).resolve().parents[2] / "docs" / "glass.md"
    failed, tried = doctest.testfile(str(guide), module_relative=False)
    assert (failed, tried > 20) == (0, True)
