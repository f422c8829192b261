"""What people call the classes of our own data, in the language in use; those of their own keep their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neurona.language import _

if TYPE_CHECKING:
    from neurona.data.dataset import Dataset

NUMBERED = re.compile(r"(arm |blob |topic |class_)(\d+)")
# A class is translated where it says something in English; words that are learned (`translate`) are data.
TRANSLATED = (
    *("spiral", "moons", "circles", "xor", "blobs", "loans", "wine", "breast-cancer", "parity", "sentences"),
    *("tag", "digit-tags", "multilabel", "fashion-mnist", "cifar10"),
)


def class_names(data: Dataset) -> tuple[str, ...]:
    """Return what the classes or labels of a dataset are called, in the order of their numbers."""
    return spoken(data.classes, data.origin.get("name"))


def spoken(classes: tuple[str, ...], dataset: str | None) -> tuple[str, ...]:
    """Return what classes or labels are called that the dataset of this name has; None for data of one's own."""
    return tuple(_class_name(name) for name in classes) if dataset in TRANSLATED else classes


def _class_name(name: str) -> str:
    numbered = NUMBERED.fullmatch(name)
    if numbered:
        return {
            "arm ": _("arm {number}"),
            "blob ": _("blob {number}"),
            "topic ": _("topic {number}"),
            "class_": _("class_{number}"),
        }[numbered[1]].format(number=numbered[2])
    return {
        "upper": _("upper"),
        "lower": _("lower"),
        "outer": _("outer"),
        "inner": _("inner"),
        "same signs": _("same signs"),
        "other signs": _("other signs"),
        "refused": _("refused"),
        "granted": _("granted"),
        "malignant": _("malignant"),
        "benign": _("benign"),
        "even": _("even"),
        "odd": _("odd"),
        "complaint": _("complaint"),
        "praise": _("praise"),
        **_parts_of_speech(),
        **_tags(),
        **_clothes(),
        **_things(),
    }.get(name, name)


def _parts_of_speech() -> dict[str, str]:
    return {
        "adjective": _("adjective"),
        "adverb": _("adverb"),
        "conjunction": _("conjunction"),
        "determiner": _("determiner"),
        "noun": _("noun"),
        "preposition": _("preposition"),
        "pronoun": _("pronoun"),
        "verb": _("verb"),
    }


def _tags() -> dict[str, str]:
    return {
        "prime": _("prime"),
        "square": _("square"),
        "triple": _("triple"),
        "large": _("large"),
        "straight": _("straight"),
    }


def _clothes() -> dict[str, str]:
    return {
        "T-shirt/top": _("T-shirt/top"),
        "Trouser": _("Trouser"),
        "Pullover": _("Pullover"),
        "Dress": _("Dress"),
        "Coat": _("Coat"),
        "Sandal": _("Sandal"),
        "Shirt": _("Shirt"),
        "Sneaker": _("Sneaker"),
        "Bag": _("Bag"),
        "Ankle boot": _("Ankle boot"),
    }


def _things() -> dict[str, str]:
    return {
        "airplane": _("airplane"),
        "automobile": _("automobile"),
        "bird": _("bird"),
        "cat": _("cat"),
        "deer": _("deer"),
        "dog": _("dog"),
        "frog": _("frog"),
        "horse": _("horse"),
        "ship": _("ship"),
        "truck": _("truck"),
    }
