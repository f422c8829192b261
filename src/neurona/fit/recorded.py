"""The five steps of a batch, recorded once as a CUDA graph and replayed for each batch of the same size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.fit.stages import Player
from neurona.fit.tally import Turn
from neurona.language import _
from neurona.tasks import Task

Learn = Callable[[Tensor, Tensor], list[Turn]]
# So many batches are learned from before one is recorded, so that PyTorch's libraries have made all that they make
# when they are first asked, and optimizers have what they remember: as many as PyTorch's documentation advises.
WARM_UP = 3


class Graphs:
    """What a CUDA device is asked to do, recorded by PyTorch as it goes by on a stream of its own.

    See "CUDA Graphs" in PyTorch's documentation of CUDA semantics, "whole-network capture". What came before on the
    same stream, as its warm-up, has made what libraries keep for a stream.
    """

    def __init__(self, device: torch.device) -> None:
        self.device, self.stream = device, torch.cuda.Stream(device)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within the block, the device works on the stream that is recorded; before and after, on the usual one."""
        usual = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(usual)
        with torch.cuda.stream(self.stream):
            yield
        usual.wait_stream(self.stream)

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Record what `work` asks for, which is not done; return what does it, on the same memory each time.

        Raises:
            RuntimeError: the work waits for the device or takes memory in a way that a graph cannot repeat.
        """
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self.device), torch.cuda.graph(graph, stream=self.stream):
            work()
        replay: Callable[[], None] = graph.replay
        return replay


def graphs(device: torch.device) -> Graphs:
    """Return what records on `device`.

    Raises:
        InputError: it is not a CUDA device.
    """
    if device.type != "cuda":
        problem = _("The engine graph computes on a CUDA device, and this fit computes on {device!r}.")
        raise InputError(problem.format(device=device.type), _('Write fit.engine = "auto".'))
    return Graphs(device)


@dataclass(frozen=True)
class Recording:
    """What a batch taught, as a graph does it again.

    Attributes:
        x, y: the memory of its samples.
        turns: what each player's turn gave, in memory that each replay fills anew.
        replay: does it.
        settings: of all that it works on; see `Recorded`.
    """

    x: Tensor
    y: Tensor
    turns: list[Turn]
    replay: Callable[[], None]
    settings: list[Any]

    def learn(self, x: Tensor, y: Tensor) -> list[Turn]:
        """Do it with the samples of another batch."""
        self.x.copy_(x)
        self.y.copy_(y)
        self.replay()
        return [turn.copied() for turn in self.turns]


class Recorded:
    """How players learn from batches: those of the usual size by a graph that is recorded once, others step by step.

    A graph works on fixed memory: samples are copied into that of the batch that was recorded, and what turns give is
    copied out of it. Learning rates lie on the device, where the schedule changes them (see `fit.optim`). What Python
    decided while it was recorded stays decided.

    Args:
        learn: lets each player learn from a batch; see `Loop.learn`.
        net: what learns.
        players: who learns.

    Raises:
        InputError: the net does not lie on a CUDA device.
    """

    def __init__(self, learn: Learn, net: nn.Module, players: Sequence[Player]) -> None:
        self._learn, self._net, self._players = learn, net, players
        self._graphs = graphs(next(net.parameters()).device)
        self._size, self._warm = 0, 0
        self._recording: Recording | None = None

    def begun(self, size: int) -> Learn:
        """Return what learns from the batches of an event, of which those of `size` samples are replayed.

        What was recorded before is forgotten if anything that it works on is no longer where, or as, it was.
        """
        changed = self._recording is not None and self._recording.settings != self._settings()
        if changed or size != self._size:
            self._size, self._warm, self._recording = size, 0, None
        return self._turns

    def _turns(self, x: Tensor, y: Tensor) -> list[Turn]:
        if len(x) != self._size:
            return self._learn(x, y)
        if self._warm < WARM_UP:
            self._warm += 1
            with self._graphs.aside():
                return self._learn(x, y)
        if self._recording is None:
            self._recording = self._record(x.clone(), y.clone())
        return self._recording.learn(x, y)

    def _record(self, x: Tensor, y: Tensor) -> Recording:
        turns: list[Turn] = []
        for player in self._players:
            player.optimizer.zero_grad()  # the graph has memory of its own for gradients
        with refusing():
            replay = self._graphs.record(lambda: turns.extend(self._learn(x, y)))
        return Recording(x, y, turns, replay, self._settings())

    def _settings(self) -> list[Any]:
        """Return where the numbers lie that a recorded step works on, and what its optimizers are set to."""
        optimizers = [player.optimizer for player in self._players]
        held: list[Any] = [*self._net.parameters(), *self._net.buffers()]
        for optimizer in optimizers:
            held += [value for state in optimizer.state.values() for value in state.values()]
            held += [value for group in optimizer.param_groups for key, value in group.items() if key != "params"]
        return [value.data_ptr() if isinstance(value, Tensor) else value for value in held]


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what PyTorch says of work that cannot be recorded into an `InputError`."""
    try:
        yield
    except RuntimeError as error:
        first: BaseException = error  # the end of a recording that failed raises another one
        while first.__context__ is not None:
            first = first.__context__
        problem = _("The engine graph cannot record this net: {reason}.")
        reason = str(first).partition("\n")[0].rstrip(".")
        raise InputError(problem.format(reason=reason), _('Write fit.engine = "torch".')) from error


def check_recording(net: nn.Module, task: Task, x: Tensor, y: Tensor) -> None:
    """Record forward pass, loss and sums of each player for a few samples, without a step.

    Args:
        net: in evaluation mode.
        task: what is learned.
        x: a few samples as the net sees them.
        y: what their outputs are held against.

    Raises:
        InputError: the device is not one of CUDA, or PyTorch cannot record this.
    """
    on = graphs(x.device)

    def look() -> None:
        for player in task.players:
            outputs = task.forward(net, x, y, player)
            task.loss(outputs, y, player)
            task.sums(outputs, y, player)
            task.count(y)

    for _time in range(WARM_UP):
        with on.aside():
            look()
    with refusing():
        on.record(look)
