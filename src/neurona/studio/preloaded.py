"""What a session needs, imported and loaded once, by the process that all sessions are forked from.

Nothing here may leave a thread of PyTorch's: a process that is forked has none of them, and would wait for them in
vain. So there is no backward pass, and OpenMP is held to one thread meanwhile.
"""

from __future__ import annotations

import platform

from neurona.imports import load_libraries, swift


def load() -> None:
    """Load what would make each session wait: PyTorch, the first recipe, native code if there is any, and what draws.

    What the first page is told comes before all that it does not need, for on a first start Studio waits for it.
    """
    import torch

    from neurona.studio import greeting

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    greeting.keep()

    import neurona.cli
    import neurona.look.report
    import neurona.studio.workshop
    from neurona.compiled.call import run
    from neurona.recipe import Recipe

    assert neurona.cli and neurona.look.report and neurona.studio.workshop
    fit = Recipe.read("spiral").start()
    if fit.engine == "compiled" and run.kept():
        next(iter(fit))
    platform.platform()  # which asks another program, once
    torch.set_num_threads(threads)


load_libraries()
with swift():
    load()
