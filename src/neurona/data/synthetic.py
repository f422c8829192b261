"""Simulated samples whose truth is known: a formula or a rule stands in the docstring of each source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from neurona.data.sources import DATASETS, Samples
from neurona.errors import InputError
from neurona.language import _

Count = Annotated[int, Field(ge=4, le=10_000_000)]
Classes = Annotated[int, Field(ge=2, le=100)]
Noise = Annotated[float, Field(ge=0.0)]
# scikit-learn's generators take no larger seed.
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]

PLANE = ("x1", "x2")

LOAN_FEATURES = ("income_eur", "debt_share", "years_employed", "savings_eur")
LOAN_WEIGHTS = np.array([1 / 1_000, -6.0, 1 / 10, 1 / 10_000])
LOAN_BIAS = -2.0
LOAN_MARGIN = 0.3

CURVE_INTERVAL = (-3.0, 3.0)
CURVE_GAP = (-0.5, 1.0)
CURVES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "sine": lambda x: np.sin(2 * x),
    "step": lambda x: np.where(x < -1.5, -1.0, 1.0),
    "bumps": lambda x: np.exp(-8 * (x + 2) ** 2) - np.exp(-2 * x**2) + np.exp(-8 * (x - 2) ** 2),
    "cubic": lambda x: x**3 / 9 - x / 3,
}


@DATASETS.register(
    "spiral",
    "K spiral arms that wind around each other in the plane.",
    task="multiclass",
    samples=1500,
    shape=(2,),
)
def spiral(*, samples: Count = 1500, classes: Classes = 3, noise: Noise = 0.0, seed: Seed = 0) -> Samples:
    """Simulate K spiral arms, one for each class.

    Arm k is `X_k(t) = t [sin(a), cos(a)]` with `a = 2 pi / K (2 t + k - 1 + e)`, `0 <= t <= 1`, `k = 1..K`, and
    `e ~ N(0, noise^2)`; `t` is evenly spaced on each arm (Canziani, Deep Learning, New York University, 2020).

    Args:
        samples: of all arms together, shared out evenly.
        classes: K, the number of arms.
        noise: standard deviation that is added to `2 t + k - 1`.
        seed: of the noise.

    Returns:
        `x` `(samples, 2)` within the unit disc, `y` `(samples,)` from 0 (the arm k = 1) to K - 1.

    Raises:
        InputError: there are fewer samples than arms.
    """
    generator = _stream(seed)
    counts = _shares(samples, classes)
    y = np.repeat(np.arange(classes), counts)
    t = np.concatenate([np.linspace(0, 1, count) for count in counts])
    turn = 2 * t + y + generator.normal(0, noise, samples)
    angle = 2 * np.pi / classes * turn
    x = t[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return Samples(x, y, "multiclass", PLANE, ("arm",), tuple(f"arm {k + 1}" for k in range(classes)))


@DATASETS.register("moons", "Two half moons that reach into each other.", task="binary", samples=200, shape=(2,))
def moons(*, samples: Count = 200, noise: Noise = 0.2, seed: Seed = 0) -> Samples:
    """Simulate two interleaved half circles of radius 1, the points of `sklearn.datasets.make_moons`.

    Args:
        samples: of both moons together.
        noise: standard deviation that is added to each coordinate.
        seed: scikit-learn yields the same points with it.

    Returns:
        `x` `(samples, 2)`, `y` `(samples,)`: 0 for the upper moon, 1 for the lower one.
    """
    upper, lower = (np.linspace(0, np.pi, count) for count in _halves(samples))
    x, y = _shuffled(
        np.stack([np.cos(upper), np.sin(upper)], 1),
        np.stack([1 - np.cos(lower), 1 - np.sin(lower) - 0.5], 1),
        noise,
        seed,
    )
    return Samples(x, y, "binary", PLANE, ("moon",), ("upper", "lower"))


@DATASETS.register("circles", "A circle inside another circle.", task="binary", samples=200, shape=(2,))
def circles(*, samples: Count = 200, noise: Noise = 0.1, seed: Seed = 0) -> Samples:
    """Simulate circles of radius 1 and 0.5 about the origin, the points of `sklearn.datasets.make_circles`.

    Args:
        samples: of both circles together.
        noise: standard deviation that is added to each coordinate.
        seed: scikit-learn yields the same points with it.

    Returns:
        `x` `(samples, 2)`, `y` `(samples,)`: 0 for the outer circle, 1 for the inner one.
    """
    outer, inner = (np.linspace(0, 2 * np.pi, count, endpoint=False) for count in _halves(samples))
    x, y = _shuffled(
        np.stack([np.cos(outer), np.sin(outer)], 1), np.stack([np.cos(inner), np.sin(inner)], 1) * 0.5, noise, seed
    )
    return Samples(x, y, "binary", PLANE, ("circle",), ("outer", "inner"))


@DATASETS.register(
    "xor", "Exclusive or: four corners that no straight line can tell apart.", task="binary", samples=200, shape=(2,)
)
def xor(*, samples: Count = 200, noise: Noise = 0.2, seed: Seed = 0) -> Samples:
    """Simulate exclusive or: clusters around (-1, -1), (-1, 1), (1, -1) and (1, 1).

    No line separates the classes (Minsky and Papert, Perceptrons, 1969).

    Args:
        samples: of the four corners together, shared out evenly.
        noise: standard deviation about the corner; 0 repeats the four corners exactly.
        seed: of the noise.

    Returns:
        `x` `(samples, 2)`, `y` `(samples,)`: 1 where the signs of the corner differ.
    """
    corners = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    corner = np.repeat(np.arange(4), _shares(samples, 4))
    x = corners[corner] + _stream(seed).normal(0, noise, (samples, 2))
    y = np.array([0, 1, 1, 0])[corner]
    return Samples(x, y, "binary", PLANE, ("xor",), ("same signs", "other signs"))


@DATASETS.register(
    "blobs",
    "K round clusters in the plane that straight lines tell apart.",
    task="multiclass",
    samples=300,
    shape=(2,),
)
def blobs(*, samples: Count = 300, classes: Classes = 3, noise: Noise = 0.2, seed: Seed = 0) -> Samples:
    """Simulate K normal clusters with their centres on a circle about the origin.

    Neighbouring centres lie 2 apart: class k is `N(c_k, noise^2 I)`, `c_k = [sin(a), cos(a)] / sin(pi / K)` with
    `a = 2 pi k / K`, `k = 0..K-1`. At the default noise the border is 5 deviations away from each centre.

    Args:
        samples: of all clusters together, shared out evenly.
        classes: K, the number of clusters.
        noise: standard deviation of a cluster in each direction.
        seed: of the noise.

    Returns:
        `x` `(samples, 2)`, `y` `(samples,)` from 0 to K - 1.

    Raises:
        InputError: there are fewer samples than clusters.
    """
    y = np.repeat(np.arange(classes), _shares(samples, classes))
    angle = 2 * np.pi / classes * y
    centres = np.stack([np.sin(angle), np.cos(angle)], axis=1) / np.sin(np.pi / classes)
    x = centres + _stream(seed).normal(0, noise, (samples, 2))
    return Samples(x, y, "multiclass", PLANE, ("blob",), tuple(f"blob {k + 1}" for k in range(classes)))


@DATASETS.register(
    "loans", "Simulated bank customers: is the loan granted or refused?", task="binary", samples=500, shape=(4,)
)
def loans(*, samples: Count = 500, noise: Noise = 0.0, seed: Seed = 0) -> Samples:
    """Simulate customers whose loan is granted by a linear rule.

    The score is `income / 1000 - 6 debt_share + years / 10 + savings / 10000 - 2 + e` with `e ~ N(0, noise^2)`, and the
    loan is granted where it is positive. Customers whose score without `e` lies within 0.3 of 0 are left out, so that
    at noise 0 a plane separates the classes with a margin and the perceptron rule ends (Novikoff, 1962).

    Args:
        samples: the number of customers.
        noise: standard deviation of `e`; the score itself has a deviation near 1.6.
        seed: of customers and noise.

    Returns:
        `x` `(samples, 4)`: monthly income in euros (log-normal, median 2000), the share of it that pays debts (uniform,
        0 to 0.6), years employed (uniform, 0 to 20), savings in euros (exponential, mean 8000). `y` `(samples,)`: 1
        where granted.
    """
    generator = _stream(seed)
    x = np.empty((0, len(LOAN_FEATURES)))
    while len(x) < samples:
        drawn = _customers(generator, samples)
        x = np.concatenate([x, drawn[np.abs(loan_score(drawn)) >= LOAN_MARGIN]])
    x = x[:samples]
    y = (loan_score(x) + generator.normal(0, noise, samples) > 0).astype(np.int64)
    return Samples(x, y, "binary", LOAN_FEATURES, ("loan",), ("refused", "granted"), standardise=True)


def loan_score(customers: np.ndarray) -> np.ndarray:
    """Return the score, `(n,)`, of customers `(n, 4)` in the units of `loans`: granted where positive."""
    score: np.ndarray = customers @ LOAN_WEIGHTS + LOAN_BIAS
    return score


@DATASETS.register(
    "curve",
    "A curve y = f(x) seen through noise, with a gap where nothing was measured.",
    task="regression",
    samples=200,
    shape=(1,),
)
def curve(
    *,
    samples: Count = 200,
    noise: Noise = 0.1,
    gap: bool = True,
    function: Literal["sine", "step", "bumps", "cubic"] = "sine",
    seed: Seed = 0,
) -> Samples:
    """Simulate measurements `y = f(x) + N(0, noise^2)` at uniform `x` in the interval [-3, 3].

    The interval holds train, valid and test alike; `CURVE_INTERVAL`, `CURVE_GAP` and `CURVES` say it in code.

    Args:
        samples: the number of measurements.
        noise: standard deviation of a measurement.
        gap: whether nothing is measured for -0.5 < x < 1.
        function: f is "sine", `sin(2 x)`; "step", -1 below x = -1.5 and 1 from there on; "bumps",
            `exp(-8 (x + 2)^2) - exp(-2 x^2) + exp(-8 (x - 2)^2)`; or "cubic", `x^3 / 9 - x / 3`.
        seed: of `x` and the noise.

    Returns:
        `x` `(samples, 1)`, `y` `(samples, 1)`.
    """
    generator = _stream(seed)
    low, high = CURVE_INTERVAL
    start, stop = CURVE_GAP
    width = stop - start if gap else 0.0
    x = generator.uniform(low, high - width, samples)
    x = np.where(x > start, x + width, x)
    y = CURVES[function](x) + generator.normal(0, noise, samples)
    return Samples(x[:, None], y[:, None], "regression", ("x",), ("y",))


@DATASETS.register(
    "houses",
    "Simulated houses: price from covered area and distance to the centre.",
    task="regression",
    samples=200,
    shape=(2,),
)
def houses(*, samples: Count = 200, noise: Noise = 15.0, seed: Seed = 0) -> Samples:
    """Simulate houses whose price is linear: `price = 50 + 2.5 area - 6 distance + N(0, noise^2)`.

    Args:
        samples: the number of houses.
        noise: standard deviation of the price, in thousands of euros.
        seed: of houses and noise.

    Returns:
        `x` `(samples, 2)`: covered area in square metres (uniform, 40 to 200) and distance to the centre in kilometres
        (uniform, 0 to 20). `y` `(samples, 1)`: price in thousands of euros.
    """
    generator = _stream(seed)
    x = generator.uniform([40.0, 0.0], [200.0, 20.0], (samples, 2))
    y = 50 + x @ np.array([2.5, -6.0]) + generator.normal(0, noise, samples)
    features = ("area_m2", "distance_km")
    return Samples(x, y[:, None], "regression", features, ("price_thousand_eur",), standardise=True)


@DATASETS.register(
    "multilabel",
    "Simulated texts as word counts, each about one topic or several.",
    task="multilabel",
    samples=1000,
    shape=(20,),
)
def multilabel(
    *,
    samples: Count = 1000,
    labels: Classes = 5,
    words: Annotated[int, Field(ge=1, le=10_000)] = 20,
    seed: Seed = 0,
) -> Samples:
    """Simulate texts with `sklearn.datasets.make_multilabel_classification`.

    The number of topics of a text is Poisson with mean 2, at least 1 and at most `labels`; the length of a text is
    Poisson with mean 50; each word is drawn from the topics of its text.

    Args:
        samples: the number of texts.
        labels: the number of topics.
        words: the size of the vocabulary.
        seed: given to scikit-learn.

    Returns:
        `x` `(samples, words)` counts of each word, `y` `(samples, labels)` zeros and ones, a one at least in each row.
    """
    from sklearn.datasets import make_multilabel_classification

    x, y = make_multilabel_classification(
        samples, n_features=words, n_classes=labels, n_labels=2, allow_unlabeled=False, random_state=seed
    )
    topics = tuple(f"topic {k + 1}" for k in range(labels))
    features = tuple(f"word {j + 1}" for j in range(words))
    return Samples(x, y, "multilabel", features, topics, topics, standardise=True)


def _halves(samples: int) -> tuple[int, int]:
    return samples // 2, samples - samples // 2


def _shuffled(zeros: np.ndarray, ones: np.ndarray, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of two classes in the order, and with the noise, that scikit-learn gives them."""
    generator = np.random.RandomState(seed)  # the older generator of NumPy, which scikit-learn draws from
    order = np.arange(len(zeros) + len(ones))
    generator.shuffle(order)
    x, y = np.concatenate([zeros, ones]), np.repeat([0, 1], [len(zeros), len(ones)])
    return x[order] + generator.normal(scale=noise, size=x.shape), y[order]


def _stream(seed: int) -> np.random.Generator:
    # The split draws from the plain seed: the same numbers must not say where a point lies and which part it goes to.
    return np.random.default_rng([seed, 1])


def _customers(generator: np.random.Generator, n: int) -> np.ndarray:
    income = generator.lognormal(np.log(2_000), 0.4, n)
    debt_share = generator.uniform(0, 0.6, n)
    years_employed = generator.uniform(0, 20, n)
    savings = generator.exponential(8_000, n)
    return np.stack([income, debt_share, years_employed, savings], axis=1)


def _shares(samples: int, groups: int) -> np.ndarray:
    if samples < groups:
        problem = _("data.samples = {samples} is fewer than one for each of the {groups} classes.")
        raise InputError(problem.format(samples=samples, groups=groups), _("Ask for more samples or fewer classes."))
    return np.full(groups, samples // groups) + (np.arange(groups) < samples % groups)
