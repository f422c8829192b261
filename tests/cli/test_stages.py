"""A training in stages, with the features of its frozen trunk kept, is killed in any of them and goes on the same."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from commandline import cli, started, wait_for_rows

RECIPE = """
[data]
name = "digits"
samples = 300
augment = ["rotate 15"]

[net]
kind = "transfer"
head = [16]
dropout = 0.2

[net.trunk]
kind = "conv"
layers = ["conv 6 3 pad 1", "bn", "relu", "pool 2", "conv 8 3", "bn", "relu"]

[fit]
views = 3
batch = 32
checkpoint_seconds = 0

[[fit.stages]]
epochs = 40
frozen = ["trunk.*"]
schedule = "one-cycle"

[[fit.stages]]
epochs = 40
lr = 0.0005
frozen = ["trunk.conv1.*", "trunk.bn1.*"]
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same training without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "staged.toml").write_text(RECIPE)
    assert cli("train", "staged.toml", "--no-report", "--out", "whole", cwd=folder).code == 0
    return folder / "whole"


@pytest.mark.parametrize("rows", [3, 50])
def test_a_run_killed_in_a_stage_resumes_to_the_same_history(tmp_path: Path, whole: Path, rows: int) -> None:
    (tmp_path / "staged.toml").write_text(RECIPE)
    with started("train", "staged.toml", "--no-report", "--out", "r", cwd=tmp_path) as running:
        wait_for_rows(tmp_path / "r" / "history.csv", rows, running)
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
    assert not (tmp_path / "r" / "metrics.json").exists()
    assert cli("train", "--resume", "r", "--no-report", cwd=tmp_path).code == 0
    for name in ("history.csv", "model.safetensors"):
        assert (tmp_path / "r" / name).read_bytes() == (whole / name).read_bytes(), name
