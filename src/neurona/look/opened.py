"""One sample of a run on its way through the net and back, as a page with a slider, for the report."""

from __future__ import annotations

from torch import nn

from neurona.errors import NeuronaError
from neurona.fit.device import operations
from neurona.look.evidence import Evidence
from neurona.run import Run

Sample = tuple[int, str]
# A net is opened without being asked for where that adds little to the time and the size of the report.
OPERATIONS, NODES = 1e8, 120


def opened(run: Run, seen: Evidence, sample: Sample | None = None) -> str:
    """Return the page of an explanation as HTML, or "" where nobody asked and it would be large.

    Args:
        run: a finished run.
        seen: what is known of it.
        sample: its number and its split; None for the first one of test (or of valid, or train, without it).

    Raises:
        InputError: there is no such sample.
    """
    from neurona.explain.page import page
    from neurona.explain.trained import explain_run

    if sample is not None:
        return page(explain_run(run, *sample))
    if seen.lacks:
        return ""
    x = run.inputs.prepare(seen.split(seen.judged).x[:1])
    steps = x.shape[1] if x.dim() in (2, 3) and any(isinstance(m, nn.RNNBase) for m in seen.net.modules()) else 1
    if operations(seen.net, x) * steps > OPERATIONS:
        return ""
    try:
        explanation = explain_run(run, 0, seen.judged)
    except NeuronaError:  # such as a layer of one's own that glass does not know
        return ""
    return page(explanation) if len(explanation.graph.vertices) <= NODES else ""
