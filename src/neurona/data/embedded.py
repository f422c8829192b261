"""Measured tables and small pictures that come with scikit-learn, so that nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neurona.data.images import First, Names, only
from neurona.data.sources import DATASETS, Samples


@DATASETS.register(
    "iris", "Three species of iris by four lengths of the flower.", task="multiclass", samples=150, shape=(4,)
)
def iris() -> Samples:
    """Return Fisher's irises (1936): `x` `(150, 4)` in centimetres, `y` `(150,)`, 50 flowers of each species."""
    from sklearn.datasets import load_iris

    return _table(load_iris, "multiclass", "species")


@DATASETS.register(
    "wine", "Three cultivars of wine by thirteen chemical measurements.", task="multiclass", samples=178, shape=(13,)
)
def wine() -> Samples:
    """Return the wines of Forina and others (UCI, 1991): `x` `(178, 13)`, `y` `(178,)`, 59, 71 and 48 of a cultivar."""
    from sklearn.datasets import load_wine

    return _table(load_wine, "multiclass", "cultivar")


@DATASETS.register(
    "breast-cancer",
    "Tumours, malignant or benign, by thirty measurements of their cell nuclei.",
    task="binary",
    samples=569,
    shape=(30,),
)
def breast_cancer() -> Samples:
    """Return the tumours of Wolberg, Street and Mangasarian (Wisconsin, 1995).

    Returns:
        `x` `(569, 30)`, `y` `(569,)`: 212 malignant (0) and 357 benign (1), as scikit-learn numbers them.
    """
    from sklearn.datasets import load_breast_cancer

    return _table(load_breast_cancer, "binary", "diagnosis")


@DATASETS.register(
    "diabetes",
    "Progression of diabetes after one year by ten measurements of a patient.",
    task="regression",
    samples=442,
    shape=(10,),
)
def diabetes() -> Samples:
    """Return the patients of Efron, Hastie, Johnstone and Tibshirani (Least Angle Regression, 2004).

    Returns:
        `x` `(442, 10)` in the original units (age in years, body mass index in kg/m2, mean blood pressure in mm Hg, six
        blood serum values), for scikit-learn's usual ones are scaled with the test samples too. `y` `(442, 1)`: a
        measure of progression from 25 to 346.
    """
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return Samples(
        bunch.data,
        bunch.target[:, None],
        "regression",
        tuple(bunch.feature_names),
        ("progression",),
        standardise=True,
    )


@DATASETS.register(
    "digits",
    "Handwritten digits, 8 by 8 pixels, in no need of a network.",
    task="multiclass",
    samples=1797,
    shape=(1, 8, 8),
    ink="bright",
)
def digits(*, samples: First | None = None, classes: Names | None = None) -> Samples:
    """Return the digits of Alpaydin and Kaynak (UCI, 1998), the part that scikit-learn has.

    Their 17 grey levels, 0 to 16, are stretched to bytes, `round(level * 255 / 16)`, so that the same scaling by 1/255
    as for other pictures gives numbers from 0 to 1.

    Args:
        samples: only the first so many pictures (of `classes`); all splits are cut from them.
        classes: only these classes, such as `["3", "8"]`, numbered in this order.

    Returns:
        `x` `(1797, 1, 8, 8)` uint8, bright ink on black; `y` `(1797,)`.

    Raises:
        InputError: there is no such class.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    levels = bunch.images.astype(np.int64)
    pictures = ((levels * 255 + 8) // 16).astype(np.uint8)[:, None]
    found = Samples(pictures, bunch.target, "multiclass", (), ("digit",), tuple(map(str, bunch.target_names)))
    return only(found, samples, classes)


def _table(load: Callable[[], Any], task: str, target: str) -> Samples:
    bunch = load()
    features, classes = tuple(map(str, bunch.feature_names)), tuple(map(str, bunch.target_names))
    return Samples(bunch.data, bunch.target, task, features, (target,), classes, standardise=True)
