"""What the screen shows of a fit as it trains."""

from __future__ import annotations

import errno
import io

import pytest
from rich.console import Console

from neurona.cli import screen
from neurona.fit.history import Epoch
from neurona.progress import tell


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


@pytest.mark.parametrize(
    ("number", "hint"), [(errno.EACCES, "you may read it, or write there"), (errno.ENOSPC, "the disk has room")]
)
def test_what_may_not_be_read_is_no_matter_of_room_on_the_disk(
    number: int, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(screen, "show_error", lambda error: said.append(error.hint))
    screen.show_failure(OSError(number, "refused", "mine.csv"))
    assert hint in said[0] and ("room" in said[0]) == (number == errno.ENOSPC)


def test_elsewhere_there_are_about_ten_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(1000, False, monkeypatch).splitlines()
    assert [line.split()[2] for line in lines] == ["1/1000", *(f"{tenth}00/1000" for tenth in range(1, 11))]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_file_that_is_soon_read_is_not_spoken_of(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(terminal, [0.0, 0.2, 0.9], monkeypatch) == ""


def test_how_far_the_reading_of_a_large_file_has_come_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = told(False, [0.0, 9.0, 11.0, 12.0, 25.0], monkeypatch).splitlines()
    assert lines == ["big.csv: 44 % read", "big.csv: 100 % read"]
    bar = told(True, [0.0, 0.5, 2.0, 2.1, 2.2], monkeypatch)
    assert "reading big.csv" in bar and "100%" in bar


def told(terminal: bool, seconds: list[float], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what is shown when at these seconds one more share of a file has been read."""
    text = io.StringIO()
    monkeypatch.setattr(screen, "err", Console(file=text, force_terminal=terminal, width=120, color_system=None))
    now = seconds[0]
    monkeypatch.setattr(screen, "clock", lambda: now)
    with screen.reading():
        for number, now in enumerate(seconds):  # noqa: B007  (the clock reads it)
            tell("big.csv", 1.0 if number == len(seconds) - 1 else 0.22 * number)
    return text.getvalue()


def test_the_numbers_of_an_epoch_are_called_in_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    epoch = Epoch(
        1, 0.0, 0.1, {"loss": 0.5, "accuracy": 0.75, "exact": 0.5}, valid={"loss": 0.6, "real": 0.7, "fake": 0.2}
    )
    assert screen.numbers_of(epoch) == "train 0.5000 accuracy 75.00 % exact 50.00 %  valid 0.6000 real 0.7 made 0.2"
    monkeypatch.setattr(screen, "_", lambda text: f"«{text}»")
    assert "«exact» 50.00 %" in screen.numbers_of(epoch) and "«made» 0.2" in screen.numbers_of(epoch)
