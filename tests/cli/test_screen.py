"""What the screen shows of a fit as it trains."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from neurona.cli import screen
from neurona.fit.history import Epoch


def shown(epochs: int, terminal: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    text = io.StringIO()
    monkeypatch.setattr(screen, "err", Console(file=text, force_terminal=terminal, width=120, color_system=None))
    with screen.watching(epochs, "mine") as watch:
        for index in range(1, epochs + 1):
            watch.show(Epoch(index, 0.0, 0.1, {"loss": 1 / index}))
    return text.getvalue()


@pytest.mark.parametrize("epochs", [1, 3, 20_000])
def test_the_bar_ends_at_the_last_epoch_however_fast_they_pass(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    last = shown(epochs, True, monkeypatch).rpartition("mine")[2]
    assert f"{epochs}/{epochs}" in last and f"train {1 / epochs:.4f}" in last


def test_elsewhere_there_are_about_ten_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(1000, False, monkeypatch).splitlines()
    assert [line.split()[2] for line in lines] == ["1/1000", *(f"{tenth}00/1000" for tenth in range(1, 11))]
