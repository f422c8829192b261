"""A net that foretells the next token must not read backwards."""

from __future__ import annotations

import pytest

import neurona as nr
from neurona.errors import InputError


def test_a_net_that_reads_backwards_is_refused_before_training() -> None:
    net = {"kind": "sequence-labeller", "hidden": 4, "bidirectional": True}
    with pytest.raises(InputError, match="reads backwards too"):
        nr.Recipe.of({"data": {"name": "characters"}, "net": net}).start()
    nr.Recipe.of({"data": {"name": "characters"}, "net": {**net, "bidirectional": False}}).start()
