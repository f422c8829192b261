"""No path of the machine that Studio runs on reaches a page."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from neurona.errors import InputError, NeuronaWarning
from neurona.studio.midway import tell_fault
from neurona.studio.paths import without_folders


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("/srv/class/cifar10/part.npz: damaged", "part.npz: damaged"),
        ("Put it into /srv/class/mnist/raw/, or try again.", "Put it into raw, or try again."),
        ("[Errno 2] No such file: '/srv/class/a.csv'", "[Errno 2] No such file: 'a.csv'"),
        ("PosixPath('/srv/class/a.csv') «~/a/b.csv»", "PosixPath('a.csv') «b.csv»"),
        (r"C:\Users\ana\part.npz is damaged.", "part.npz is damaged."),
        ("In /home/Ana María/my data/mnist it is absent.", "In mnist it is absent."),
        ("/home/Ana María/my data is absent.", "my data is absent."),
    ],
)
def test_a_file_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch, sentence: str, told: str) -> None:
    monkeypatch.setenv("NEURONA_DATA", "/home/Ana María/my data")
    assert without_folders(sentence) == told


@pytest.mark.parametrize(
    "sentence",
    [
        "recipe.toml, line 3: x1/x2, (x / 2) / 3, 1/2, and/or",
        "It is at https://example.org/data/raw/a.gz or http://127.0.0.1:8400/studio/take.",
        "dJ/dW_1 = (a + b)/c; 3 km/h; 2026/11/23; my-pictures/cats/1.png",
    ],
)
def test_all_other_words_stay(sentence: str) -> None:
    assert without_folders(sentence) == sentence


def test_no_message_names_a_folder_of_the_machine(page: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop, where = page.workshop, str(folder / "secret" / "part.npz")
    shop.telling.problem(InputError(f"{where} is damaged.", f"Delete {where}."), {})
    shop.telling.remark(str(NeuronaWarning(f"Kept in {where}.")))
    tell_fault(shop, OSError(errno.EIO, "Input/output error", where))
    told = page.messages[-3:]
    assert [message["kind"] for message in told] == ["problem", "remark", "fault"]
    assert str(folder) not in repr(told) and repr(told).count("part.npz") == 4
    assert where in capsys.readouterr().err, "whoever started Studio is told in full"


def test_the_notes_of_data_name_no_folder(page: Any, folder: Path) -> None:
    from dataclasses import replace

    fit = page.workshop.fit
    fit.data = replace(fit.data, notes=(f"Only a part is there, {folder}/part.npz: 20 pictures.",))
    page.workshop.telling.state()
    assert page.last("state")["scene"]["notes"] == ["Only a part is there, part.npz: 20 pictures."]
