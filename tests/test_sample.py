"""Sampling from nets whose likelihoods are known, and from one that was trained."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from recipes import train
from scipy.stats import chisquare
from torch import Tensor, nn

from neurona.data.inputs import Inputs, Pixels, Tokens
from neurona.data.tokens import SPECIAL
from neurona.errors import InputError
from neurona.run import Run
from neurona.sample import sample

LETTERS = Tokens((*SPECIAL, "a", "b", "c"), 4)
WORDS = Tokens((*SPECIAL, "river", "rope", "boat"), 4, "word")


class Likely(nn.Module):
    """Says the same of each next token: padding is the likeliest, then an unknown one, then the last."""

    logits = torch.tensor([9.0, 8.0, 0.0, 1.0, 2.0])

    def forward(self, x: Tensor) -> Tensor:
        return self.logits.expand(*x.shape, 5)


class Next(nn.Module):
    """Is nearly sure that after each token comes the one that follows it in the vocabulary."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0

    def forward(self, x: Tensor) -> Tensor:
        self.longest = max(self.longest, x.shape[1])
        return 50.0 * nn.functional.one_hot((x - 1) % 3 + 2, 5)


class Carrying(Next):
    """The same, with a state: how many tokens it has read."""

    def step(self, x: Tensor, state: int | None = None) -> tuple[Tensor, int]:
        return self(x), (state or 0) + x.shape[1]


class Backwards(Next):
    def step(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        raise ValueError


@dataclass(frozen=True)
class Trained:
    """What sampling needs of a run."""

    module: nn.Module
    inputs: Inputs = LETTERS
    task_name: str = "next-token"
    path: Path = Path("runs/letters")

    @property
    def task(self) -> Any:
        return SimpleNamespace(name=self.task_name)

    def net(self) -> nn.Module:
        return self.module


def written(module: nn.Module, inputs: Inputs = LETTERS, **options: Any) -> str:
    return sample(Trained(module, inputs), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("module", [Next, Carrying])
def test_a_text_goes_on_from_the_prompt_as_the_net_says(module) -> None:
    assert written(module(), length=7, prompt="ca") == "ca" + "bcabcab"


def test_without_a_state_the_net_reads_the_last_window_and_with_one_each_token_once() -> None:
    plain, carrying = Next(), Carrying()
    written(plain, length=20, prompt="abcabcabc")
    written(carrying, length=20, prompt="abcabcabc")
    assert plain.longest == LETTERS.length
    assert carrying.longest == 9


def test_a_text_without_a_prompt_begins_after_a_line_or_the_most_frequent_token() -> None:
    assert written(Next(), length=3) == "bca"
    lines = Tokens((*SPECIAL, "a", "\n", "b"), 4)
    assert written(Next(), lines, length=3) == "ba\n"


def test_words_are_written_with_blanks_between_them() -> None:
    assert written(Next(), WORDS, length=3, prompt="ROPE!") == "rope boat river rope"


def test_tokens_are_drawn_as_often_as_they_are_likely_and_never_special_ones() -> None:
    counts = Counter(written(Likely(), length=4000, seed=1))
    share = torch.tensor([0.0, 1.0, 2.0]).double().softmax(0)
    assert set(counts) == set("abc")
    assert chisquare([counts[letter] for letter in "abc"], (4000 * share).tolist()).pvalue > 0.01


def test_the_temperature_sharpens_or_flattens_the_likelihoods() -> None:
    flat = Counter(written(Likely(), length=4000, temperature=5.0, seed=1))
    share = torch.tensor([0.0, 0.2, 0.4]).double().softmax(0)
    assert chisquare([flat[letter] for letter in "abc"], (4000 * share).tolist()).pvalue > 0.01
    assert written(Likely(), length=5, temperature=0.0) == "ccccc"
    assert written(Likely(), length=5, temperature=1e-300) == "ccccc"


def test_the_same_seed_writes_the_same_text_and_leaves_torch_alone() -> None:
    state = torch.get_rng_state()
    first, again, other = (written(Likely(), length=50, seed=seed) for seed in (3, 3, 4))
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prompt": "abxc"}, "'x' in the prompt is unknown"),
        ({"prompt": "abxc"}, "Known are: 'a', 'b', 'c'."),
        ({"prompt": "\ufffd"}, "in the prompt is unknown"),
        ({"length": 0}, "at least 1"),
        ({"temperature": -0.1}, "must be 0"),
        ({"temperature": math.nan}, "must be 0"),
        ({"temperature": math.inf}, "must be 0"),
    ],
)
def test_a_wrong_argument_is_refused(options, words) -> None:
    with pytest.raises(InputError) as caught:
        written(Likely(), **options)
    assert words in str(caught.value)


def test_a_prompt_without_a_word_is_refused() -> None:
    with pytest.raises(InputError, match="holds no word"):
        written(Next(), WORDS, prompt="?!")


def test_a_net_that_reads_in_both_directions_is_refused() -> None:
    with pytest.raises(InputError, match="bidirectional"):
        written(Backwards())


@pytest.mark.parametrize("inputs", [LETTERS, Pixels((1, 8, 8))])
def test_a_run_of_another_task_is_refused(inputs) -> None:
    run = Trained(Next(), inputs, "multiclass")
    with pytest.raises(InputError, match=r"runs/letters was trained with data\.task = multiclass"):
        sample(run)  # type: ignore[arg-type]


def test_a_trained_net_has_learned_what_its_text_says_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "rhyme.txt").write_text("round and round the river runs. " * 40, encoding="utf-8")
    recipe = {
        "data": {"path": str(tmp_path / "rhyme.txt"), "window": 32},
        "net": {"kind": "sequence-labeller", "cell": "lstm", "hidden": 32, "embedding": 16},
        "fit": {"optimizer": "adam", "epochs": 60, "lr": 0.03, "batch": 8},
    }
    train(recipe, tmp_path / "r")
    run = Run.open(tmp_path / "r")
    assert sample(run, prompt="round ", length=90, temperature=0) == ("round and round the river runs. " * 3)
