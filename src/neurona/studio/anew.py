"""Why a session begins anew for a page that had one: what is lost, and what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from neurona.errors import InputError, NeuronaError
from neurona.language import _
from neurona.studio.hints import hint_of

Words = tuple[str, str]
REASONS: Mapping[str, Callable[[], Words]] = {
    "memory": lambda: (
        _("Your training has ended: its process is gone, perhaps for want of memory."),
        _("It starts again from the recipe; try a smaller net or fewer samples."),
    ),
    "rest": lambda: (
        _("While your place was free for others, memory had no room to keep your training."),
        _("The recipe is as it was; train it again."),
    ),
    "away": lambda: (
        _("Studio was started anew, or this page was away for long: what was trained is lost, uploaded files too."),
        _("The recipe of the address is open again, before training; pinned runs stay."),
    ),
}


def told(command: Mapping[str, Any], besides: NeuronaError | None) -> NeuronaError | None:
    """Return what to tell a page that begins anew; None for one that begins, with nothing that is wrong.

    Args:
        command: its first word, which may say the reason (`lost`).
        besides: what is wrong with the recipe in its address.
    """
    words = REASONS.get(str(command.get("lost")))
    if words is None:
        return besides
    problem, hint = words()
    if besides is None:
        return InputError(problem, hint)
    return InputError(problem + " " + besides.problem, hint_of(besides))
