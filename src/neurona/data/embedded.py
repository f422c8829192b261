"""Measured tables and small pictures that come with scikit-learn, so that nothing is downloaded.

Its files are read here as its own functions read them, for to import those takes longer than most trainings.
"""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from neurona.data.images import First, Names, only
from neurona.data.sources import DATASETS, Samples

IRIS = tuple(f"{part} {side} (cm)" for part in ("sepal", "petal") for side in ("length", "width"))
WINE = (
    "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
    "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline",
)  # fmt: skip
NUCLEUS = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry",
    "fractal dimension",
)  # fmt: skip
BREAST_CANCER = tuple(kind.format(part) for kind in ("mean {}", "{} error", "worst {}") for part in NUCLEUS)
DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


@DATASETS.register(
    "iris", "Three species of iris by four lengths of the flower.", task="multiclass", samples=150, shape=(4,)
)
def iris() -> Samples:
    """Return Fisher's irises (1936): `x` `(150, 4)` in centimetres, `y` `(150,)`, 50 flowers of each species."""
    return _table("iris.csv", IRIS, "multiclass", "species")


@DATASETS.register(
    "wine", "Three cultivars of wine by thirteen chemical measurements.", task="multiclass", samples=178, shape=(13,)
)
def wine() -> Samples:
    """Return the wines of Forina and others (UCI, 1991): `x` `(178, 13)`, `y` `(178,)`, 59, 71 and 48 of a cultivar."""
    return _table("wine_data.csv", WINE, "multiclass", "cultivar")


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
    return _table("breast_cancer.csv", BREAST_CANCER, "binary", "diagnosis")


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
    x, y = (np.loadtxt(_file(name)) for name in ("diabetes_data_raw.csv.gz", "diabetes_target.csv.gz"))
    return Samples(x, y[:, None], "regression", DIABETES, ("progression",), standardise=True)


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
    with gzip.open(_file("digits.csv.gz")) as file:  # 64 levels and the digit in each line
        numbers = np.fromstring(file.read().replace(b"\n", b","), dtype=np.int64, sep=",").reshape(-1, 65)
    pictures = ((numbers[:, :-1] * 255 + 8) // 16).astype(np.uint8).reshape(-1, 1, 8, 8)
    found = Samples(pictures, numbers[:, -1].copy(), "multiclass", (), ("digit",), tuple(map(str, range(10))))
    return only(found, samples, classes)


def _table(name: str, features: tuple[str, ...], task: str, target: str) -> Samples:
    """Read a file whose first line counts samples and features and names the classes, and whose last column is one."""
    with _file(name).open(encoding="utf-8") as file:
        classes = tuple(file.readline().strip().split(",")[2:])
        numbers = np.loadtxt(file, delimiter=",")
    return Samples(numbers[:, :-1].copy(), numbers[:, -1].astype(np.int64), task, features, (target,), classes, True)


def _file(name: str) -> Path:
    """Return where scikit-learn keeps a file of its data sets, without importing it."""
    spec = find_spec("sklearn")
    assert spec is not None and spec.submodule_search_locations  # it is one of the dependencies
    return Path(spec.submodule_search_locations[0], "datasets", "data", name)
