"""What people call columns and targets of our own data, in the language in use; those of theirs keep their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from neurona.data.class_names import spoken
from neurona.language import _

if TYPE_CHECKING:
    from neurona.data.dataset import Dataset

NUMBERED = re.compile(r"word (\d+)")
OF_A_NUCLEUS = re.compile(r"(mean|worst) (.+)|(.+) (error)")
# What is read and what is predicted have names there that say something in English.
TRANSLATED = (
    *("spiral", "moons", "circles", "blobs", "loans", "houses", "multilabel"),
    *("iris", "wine", "breast-cancer", "diabetes", "digits", "mnist", "fashion-mnist", "cifar10"),
    *("count-ones", "adding-problem", "add", "parity", "remember", "reverse", "digit-tags", "translate", "tag"),
    *("sentences", "characters"),
)


def column_names(names: Iterable[str], data: Dataset) -> tuple[str, ...]:
    """Return what some columns or targets of a dataset are called; a formula of columns stays as it is written."""
    return spoken_columns(names, data.origin.get("name"))


def target_names(data: Dataset) -> tuple[str, ...]:
    """Return what the targets of a dataset are called."""
    return column_names(data.target.names, data)


def spoken_columns(names: Iterable[str], dataset: str | None) -> tuple[str, ...]:
    """Return what columns or targets of the dataset of this name are called; None for data of one's own."""
    known = _known(dataset) if dataset in TRANSLATED else {}
    return tuple(known.get(name) or _patterned(name, dataset) for name in names)


def _patterned(name: str, dataset: str | None) -> str:
    if dataset == "multilabel":
        numbered = NUMBERED.fullmatch(name)
        return _("word {number}").format(number=numbered[1]) if numbered else spoken((name,), dataset)[0]
    found = OF_A_NUCLEUS.fullmatch(name) if dataset == "breast-cancer" else None
    if found is None:
        return name
    part = _nuclei().get(found[2] or found[3], name)
    said = {"mean": _("mean {part}"), "worst": _("worst {part}"), "error": _("{part} error")}
    return said[found[1] or found[4]].format(part=part)


def _known(dataset: str | None) -> dict[str, str]:
    return {
        "wine": _wine,
        "iris": _iris,
        "diabetes": _diabetes,
        "breast-cancer": _classes,
        "loans": _money,
        "houses": _money,
    }.get(str(dataset), _others)() | _classes()


def _classes() -> dict[str, str]:
    """What is predicted, which is called like the classes of it."""
    return {
        "arm": _("arm"),
        "moon": _("moon"),
        "circle": _("circle"),
        "blob": _("blob"),
        "loan": _("loan"),
        "diagnosis": _("diagnosis"),
        "parity": _("parity"),
        "verdict": _("verdict"),
        "tag": _("part of speech"),
        "tags": _("tags"),
        "species": _("species"),
        "cultivar": _("cultivar"),
        "digit": _("digit"),
        "article": _("article"),
        "object": _("object"),
    }


def _others() -> dict[str, str]:
    """What is read of sequences, and what is predicted of them."""
    return {
        "bit": _("bit"),
        "bits": _("bits"),
        "ones": _("ones"),
        "number": _("number"),
        "mark": _("mark"),
        "sum": _("sum"),
        "first": _("first"),
        "second": _("second"),
        "symbols": _("symbols"),
        "letters": _("letters"),
        "reversed": _("reversed"),
        "sentence": _("sentence"),
        "english": _("English words"),
        "spanish": _("Spanish words"),
        "text": _("text"),
        "next": _("what comes next"),
    }


def _money() -> dict[str, str]:
    return {
        "income_eur": _("income_eur"),
        "debt_share": _("debt_share"),
        "years_employed": _("years_employed"),
        "savings_eur": _("savings_eur"),
        "area_m2": _("area_m2"),
        "distance_km": _("distance_km"),
        "price_thousand_eur": _("price_thousand_eur"),
    }


def _iris() -> dict[str, str]:
    return {
        "sepal length (cm)": _("sepal length (cm)"),
        "sepal width (cm)": _("sepal width (cm)"),
        "petal length (cm)": _("petal length (cm)"),
        "petal width (cm)": _("petal width (cm)"),
    }


def _wine() -> dict[str, str]:
    return {
        "alcohol": _("alcohol"),
        "malic_acid": _("malic_acid"),
        "ash": _("ash"),
        "alcalinity_of_ash": _("alcalinity_of_ash"),
        "magnesium": _("magnesium"),
        "total_phenols": _("total_phenols"),
        "flavanoids": _("flavanoids"),
        "nonflavanoid_phenols": _("nonflavanoid_phenols"),
        "proanthocyanins": _("proanthocyanins"),
        "color_intensity": _("color_intensity"),
        "hue": _("hue"),
        "od280/od315_of_diluted_wines": _("od280/od315_of_diluted_wines"),
        "proline": _("proline"),
    }


def _diabetes() -> dict[str, str]:
    return {
        "age": _("age"),
        "sex": _("sex"),
        "bmi": _("bmi"),
        "bp": _("bp"),
        "progression": _("progression"),
    }


def _nuclei() -> dict[str, str]:
    return {
        "radius": _("radius"),
        "texture": _("texture"),
        "perimeter": _("perimeter"),
        "area": _("area"),
        "smoothness": _("smoothness"),
        "compactness": _("compactness"),
        "concavity": _("concavity"),
        "concave points": _("concave points"),
        "symmetry": _("symmetry"),
        "fractal dimension": _("fractal dimension"),
    }
