"""What the sources say is registered, beside what is."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from neurona.data import DATASETS
from neurona.data.augment import CHANGES
from neurona.fit.optim import OPTIMIZERS
from neurona.nets import ACTIVATIONS, INITIALISATIONS, LAYERS, NETS
from neurona.registered import ROOMS, registered
from neurona.registry import Registry
from neurona.tasks import LOSSES

REGISTRIES: dict[str, Registry[Any]] = {
    "DATASETS": DATASETS,
    "NETS": NETS,
    "LAYERS": LAYERS,
    "CHANGES": CHANGES,
    "ACTIVATIONS": ACTIVATIONS,
    "OPTIMIZERS": OPTIMIZERS,
    "LOSSES": LOSSES,
    "INITIALISATIONS": INITIALISATIONS,
}


def test_every_registry_is_read() -> None:
    assert set(ROOMS) == set(REGISTRIES)


@pytest.mark.parametrize("name", REGISTRIES)
def test_the_sources_say_what_importing_them_registers(name: str) -> None:
    read = {entry.name: entry for entry in registered(name)}
    assert set(read) == {entry.name for entry in REGISTRIES[name]}
    assert len(read) == len(registered(name))
    for entry in REGISTRIES[name]:
        assert read[entry.name].summary == entry.summary
        assert read[entry.name].facts.items() <= entry.facts.items()


@pytest.mark.parametrize("name", ["DATASETS", "NETS", "LAYERS", "CHANGES"])
def test_options_are_those_that_a_recipe_may_give(name: str) -> None:
    for read in registered(name):
        entry = REGISTRIES[name][read.name]
        assert read.options == list(entry.options.model_fields), read.name
        kinds = [(one.name, one.kind, one.default is one.empty) for one in read.signature.parameters.values()]
        real = inspect.signature(entry.make).parameters.values()
        assert kinds == [(one.name, one.kind, one.default is one.empty) for one in real], read.name


@pytest.mark.parametrize(("name", "facts"), [("OPTIMIZERS", {"lr", "takes"}), ("LOSSES", {"tasks"})])
def test_facts_that_are_listed_are_written_out(name: str, facts: set[str]) -> None:
    assert all(facts <= set(entry.facts) for entry in registered(name))


def test_the_room_of_a_net_is_the_module_that_makes_it() -> None:
    for entry in registered("NETS"):
        assert NETS[entry.name].make.__module__ == f"neurona.nets.{entry.room}"
