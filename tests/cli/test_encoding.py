"""What is printed where the signs of our sentences have no code, such as in a pipe of Windows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from commandline import PROGRAM, environment


def printed(encoding: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    spoken = {**environment(), "NEURONA_LANG": "es", "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    return subprocess.run([PROGRAM, *arguments], cwd=folder, env=spoken, capture_output=True, timeout=120)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_sign_without_a_code_is_replaced_and_the_rest_is_said(encoding: str, tmp_path: Path) -> None:
    wrong = printed(encoding, tmp_path, "explain", "reverse-mod")
    assert wrong.returncode == 2
    assert b"Traceback" not in wrong.stderr
    assert "? ¿Quiso decir 'reverse-mode'?".encode(encoding, "replace") in wrong.stderr


def test_on_standard_output_nothing_is_lost(tmp_path: Path) -> None:
    listed = printed("ascii", tmp_path, "list", "nets")
    assert listed.returncode == 0
    assert listed.stderr == b""
    assert b"m\\xe1s" in listed.stdout or b"\\xf3n" in listed.stdout
