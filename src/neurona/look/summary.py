"""The layers of a net as a table: for the terminal as text, for the report as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from neurona.data.inputs import Tokens
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.words import number
from neurona.nets import Block, Fields, Layer, shape_text, summary
from neurona.run import Run

WORDS = 3
ALONE = "net"  # what stands for the path of a layer that is the whole net


def layers(run: Run | Evidence) -> list[Layer]:
    """Return a row for each layer of the net of a run.

    Raises:
        InputError: the net is not to be had.
    """
    seen = Evidence.of(run)
    return layers_of(seen.net, seen.run.inputs.seen, tokens=isinstance(seen.run.inputs, Tokens))


def layers_of(net: Any, shape: tuple[int, ...], *, tokens: bool = False) -> list[Layer]:
    """Return a row for each layer of a net; of a GAN the generator first, which begins with noise.

    Args:
        net: a module.
        shape: of one sample, as the net sees it.
        tokens: whether a sample is made of token numbers.
    """
    if isinstance(getattr(net, "generator", None), nn.Module):
        players = {"generator": (net.noise,), "discriminator": shape}
        return [
            replace(row, name=f"{player}.{row.name}")
            for player, seen in players.items()
            for row in summary(net.get_submodule(player), seen)
        ]
    return summary(net, shape, torch.int64 if tokens else None)


def table(found: Sequence[Layer]) -> list[tuple[str, ...]]:
    """Return the header, a row for each layer, and the total, all as text; the field only where a layer has one."""
    numbers = [(row.parameters, row.trained, row.flops) for row in found]
    totals = [sum(column) for column in zip(*numbers, strict=True)] if numbers else [0, 0, 0]
    header = (_("layer"), _("kind"), _("output"), _("parameters"), _("trained"), _("FLOPs"))
    rows = [
        (row.name or ALONE, row.kind, shape_text(row.output), *map(number, values))
        for row, values in zip(found, numbers, strict=True)
    ]
    whole = [header, *rows, (_("total"), "", "", *map(number, totals))]
    if not any(row.field for row in found):
        return whole
    fields = [_("receptive field"), *(field_text(row.field) for row in found), ""]
    return [(*row, field) for row, field in zip(whole, fields, strict=True)]


def blocks(found: Sequence[Block]) -> list[tuple[str, ...]]:
    """Return the header and a row for each block, all as text."""
    header = (
        _("block"),
        _("input"),
        _("output"),
        _("receptive field"),
        _("parameters"),
        _("FLOPs"),
        _("weights per pair of channels"),
    )
    rows = [
        (
            block.name,
            shape_text(block.shape),
            shape_text(block.output),
            field_text(block.field),
            number(block.parameters),
            number(block.flops),
            "–" if block.weights_per_pair is None else number(block.weights_per_pair),
        )
        for block in found
    ]
    return [header, *rows]


def field_text(field: Fields | None) -> str:
    """Return how many pixels a unit sees, height × width; "–" where it is not local."""
    return "–" if field is None else shape_text((field[0].size, field[1].size))


def text(run: Run | Evidence) -> str:
    """Return the layers of the net of a run as a plain text table.

    Raises:
        InputError: the net is not to be had.
    """
    return lines(table(layers(run)), total=True)


def lines(rows: Sequence[tuple[str, ...]], *, total: bool) -> str:
    """Return a header and rows as aligned text: three columns of words, then numbers; a `total` is set apart."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    written = [_line(row, widths) for row in rows]
    rule = "-" * len(written[0])
    body = [*written[1:-1], rule, written[-1]] if total else written[1:]
    return "\n".join([written[0], rule, *body])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    words = [cell.ljust(width) for cell, width in zip(row[:WORDS], widths[:WORDS], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(row[WORDS:], widths[WORDS:], strict=True)]
    return "  ".join([*words, *numbers])
