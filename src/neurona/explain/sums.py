"""A sum as a line of a derivation writes it: term by term while it is short, else as one number."""

from __future__ import annotations

import re

from neurona.explain.graph import Array

SPELLED = 6
"""Terms of a sum; a longer one is written as one number."""


def product(left: str, a: Array, right: str, b: Array) -> tuple[str, dict[str, float]]:
    """Return the sum of products of two vectors as a template, and the numbers of its symbols.

    Args:
        left: what the numbers of `a` are called, with a star for which of them: "x_*", "W2_*,1".
        a: one vector, `(n,)`.
        right: what those of `b` are called.
        b: the other one, `(n,)`.
    """
    if len(a) > SPELLED:
        name = " . ".join(re.sub(r"[_,]\*", "", names) for names in (left, right))
        return f"{{{name}}}", {name: float(a @ b)}
    values: dict[str, float] = {}
    terms = []
    for k, (one, other) in enumerate(zip(a, b, strict=True), 1):
        names = left.replace("*", str(k)), right.replace("*", str(k))
        values |= dict(zip(names, (float(one), float(other)), strict=True))
        terms.append(f"{{{names[0]}}} * {{{names[1]}}}")
    return " + ".join(terms), values
