"""The graph of a computation as a picture (SVG): values on the way forward, gradients on the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from neurona.explain.arrays import shape
from neurona.explain.arrays import text as words_of
from neurona.explain.formula import number
from neurona.explain.graph import Array, Edge, Graph, Vertex
from neurona.explain.layout import Layout, arrange
from neurona.language import _

LETTER, LINE, ABOVE, BETWEEN, GAP, MARGIN = 7.3, 16, 14, 16, 48, 16
SMALL, AROUND = 7.0, 7  # a letter on an edge, and the room beside what stands there
SHARE, PARTED = 0.42, 0.62  # of the way along an edge to the numbers that it carries; where others begin with it
SHORT = 3  # numbers of an array that a box shows
LONG = 20  # letters of a box, beyond which a name and its expression stand on two lines where these are its widest
STYLE = """
.graph {
  --paper: #ffffff; --ink: #1f2933; --rule: #c3cad4; --box: #f6f8fa; --ahead: #0063a0; --back: #b34700;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  .graph { --paper: #12161c; --ink: #e8ecf1; --rule: #465263; --box: #1d2530; --ahead: #7cc7f5; --back: #ffab70; }
}
.graph .paper { fill: var(--paper); }
.graph text { font: 12px var(--mono); fill: var(--ink); }
.graph .node rect { fill: var(--box); stroke: var(--rule); stroke-width: 1.2; }
.graph .constant rect { stroke-dasharray: 4 3; }
.graph .result rect { stroke: var(--ink); stroke-width: 1.8; }
.graph .node text { text-anchor: middle; }
.graph .name { font-weight: 600; }
.graph .value, .graph .legend-value { fill: var(--ahead); }
.graph .gradient, .graph .legend-gradient { fill: var(--back); }
.graph .edge path { fill: none; stroke: var(--rule); stroke-width: 1.3; }
.graph .edge text { font-size: 11.5px; text-anchor: middle; }
.graph .edge text { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.graph .edge .tip { fill: var(--rule); stroke: none; }
"""


@dataclass(frozen=True)
class Box:
    """A node on the page: its centre and its size, in pixels."""

    x: float
    y: float
    width: float
    height: float


def draw(graph: Graph) -> str:
    """Return the graph as the text of an SVG file, which takes light or dark colours from its reader."""
    layout = arrange(graph)
    lines = {vertex.label: _lines(vertex) for vertex in graph.vertices}
    boxes, width, height = _boxes(graph, layout, lines)
    height += LINE  # for what the colours stand for
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" style="--wide: {width:.0f}px" '
        f'role="img" aria-label="{escape(_("The graph"))}">',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
    ]
    for vertex in graph.vertices:
        parts += [_edge(graph, vertex, edge, layout, boxes) for edge in vertex.operands]
    parts += [_node(v, boxes[v.label], lines[v.label], v is graph.root) for v in graph.vertices]
    ahead, back = _("value, forward"), _("gradient, backward")
    parts.append(
        f'<text x="{MARGIN}" y="{height - 12:.0f}"><tspan class="legend-value">{escape(ahead)} →</tspan>'
        f'<tspan dx="20" class="legend-gradient">← {escape(back)}</tspan></text>'
    )
    return "\n".join([*parts, "</svg>", ""])


def short(array: Array) -> str:
    """Return a number, a few numbers, or the shape of an array."""
    if array.size == 1:
        return number(array.item())
    if array.size <= SHORT:
        return f"[{', '.join(f'{value:.3g}' for value in array.flat)}]"
    return shape(array)


def _lines(vertex: Vertex) -> list[tuple[str, str]]:
    """Return what stands in a box: each line with its class."""
    numbers = [("value", _summary(vertex.value))]
    if vertex.gradient is not None:
        numbers.append(("gradient", _summary(vertex.gradient)))
    name = f"{vertex.label} = {vertex.expression}" if vertex.expression else vertex.label
    if vertex.expression and len(name) > max(LONG, *(len(text) for _kind, text in numbers)):
        return [("name", f"{vertex.label} ="), ("name", vertex.expression), *numbers]
    return [("name", name), *numbers]


def _summary(array: Array) -> str:
    if array.size <= SHORT:
        return short(array)
    return _("{shape}, mean {mean}").format(shape=shape(array), mean=number(array.mean(), 3))


def _boxes(
    graph: Graph, layout: Layout, lines: Mapping[str, list[tuple[str, str]]]
) -> tuple[dict[str, Box], float, float]:
    """Return the box of each node, and the width and height of the page."""
    widths = {label: max(len(text) for _kind, text in of_box) * LETTER + 20 for label, of_box in lines.items()}
    high = float(ABOVE + LINE * max(map(len, lines.values())))
    row = high + BETWEEN
    last = layout.places[graph.root.label][0]
    column = [max(widths[label] for label, place in layout.places.items() if place[0] == k) for k in range(last + 1)]
    gaps = _gaps(graph, layout, last)
    centres = [MARGIN + sum(column[:k]) + sum(gaps[:k]) + column[k] / 2 for k in range(last + 1)]
    every = [y for _x, y in layout.places.values()] + [y for bends in layout.bends.values() for _x, y in bends]
    top = MARGIN + high / 2 - min(every) * row
    boxes = {label: Box(centres[x], top + y * row, widths[label], high) for label, (x, y) in layout.places.items()}
    boxes |= {_bend(x): Box(centres[x], top, column[x], row) for x in range(last + 1)}
    return boxes, centres[-1] + column[-1] / 2 + MARGIN, top + max(every) * row + high / 2 + MARGIN


def _gaps(graph: Graph, layout: Layout, last: int) -> list[float]:
    """Return how far each column is from the next: what its edges carry has room beside the boxes."""
    gaps = [float(GAP)] * last
    for vertex in graph.vertices:
        if vertex is graph.root:
            continue
        uses = graph.uses(vertex.label)
        share = SHARE if len(uses) == 1 else 1 - PARTED
        column = layout.places[vertex.label][0]
        for carried in (vertex.value, *(edge.gradient for _user, edge in uses)):
            if carried is not None and carried.size == 1:
                gaps[column] = max(gaps[column], (len(number(carried.item())) * SMALL / 2 + AROUND) / share)
    return gaps


def _bend(column: int) -> str:
    """Return the key of a column among the boxes, as high as its rows are apart; no label begins so."""
    return f"\0{column}"


def _node(vertex: Vertex, box: Box, lines: list[tuple[str, str]], is_result: bool) -> str:
    kind = " result" if is_result else "" if vertex.gradient is not None else " constant"
    full = f"{vertex.label}: {words_of(vertex.value)}"
    if vertex.gradient is not None:
        full += f"\n{_('gradient')}: {words_of(vertex.gradient)}"
    first = box.y - (len(lines) - 1) * LINE / 2 + 4
    texts = "".join(
        f'<text class="{name}" x="{box.x:.1f}" y="{first + k * LINE:.1f}">{escape(text)}</text>'
        for k, (name, text) in enumerate(lines)
    )
    left, top = box.x - box.width / 2, box.y - box.height / 2
    rect = f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.0f}" rx="8"/>'
    return f'<g class="node{kind}" data-node="{escape(vertex.label)}"><title>{escape(full)}</title>{rect}{texts}</g>'


def _edge(graph: Graph, vertex: Vertex, edge: Edge, layout: Layout, boxes: dict[str, Box]) -> str:
    """Return the line from an operand to a node, with the number that it carries forward and back."""
    source, target = boxes[edge.source], boxes[vertex.label]
    points = [(source.x + source.width / 2, source.y)]
    for column, height in layout.bends[edge.source, vertex.label]:
        middle = boxes[_bend(column)]
        y = middle.y + height * middle.height
        points += [(middle.x - middle.width / 2, y), (middle.x + middle.width / 2, y)]
    end = (target.x - target.width / 2 - 6, target.y + _port(vertex, edge, layout, target.height))
    points.append(end)
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for place, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        half = (x1 - x0) / 2
        straight = place % 2 == 1  # through a column
        handles = f"C{x0 + half:.1f} {y0:.1f} {x1 - half:.1f} {y1:.1f}"
        path += f" {'L' if straight else handles} {x1:.1f} {y1:.1f}"
    tip = f'<path class="tip" d="M{end[0] + 6:.1f} {end[1]:.1f} l-8 -4 v8 z"/>'
    share = SHARE if len(graph.uses(edge.source)) == 1 else PARTED
    x = points[0][0] + share * (points[1][0] - points[0][0])
    y = points[0][1] + _risen(share) * (points[1][1] - points[0][1])
    texts = _carried(graph[edge.source].value, "value", x, y - 4) + _carried(edge.gradient, "gradient", x, y + 11)
    ends = f'data-from="{escape(edge.source)}" data-to="{escape(vertex.label)}"'
    return f'<g class="edge" {ends}><path d="{path}"/>{tip}{texts}</g>'


def _port(vertex: Vertex, edge: Edge, layout: Layout, high: float) -> float:
    """Return where an edge enters its node, from the middle: in the order that the edges come in from above."""

    def height(other: Edge) -> tuple[float, int]:
        bends = layout.bends[other.source, vertex.label]
        return (bends[-1] if bends else layout.places[other.source])[1], other.place

    order = sorted(vertex.operands, key=height)
    return (order.index(edge) - (len(order) - 1) / 2) * min(12, (high - 16) / len(order))


def _risen(share: float) -> float:
    """Return what share of its height a line has come after a share of its way; its handles stand in the middle."""
    t = share
    for _step in range(20):  # solve 1.5 t (1 - t) + t^3 = share for t, by Newton's method
        t -= (1.5 * t * (1 - t) + t**3 - share) / (1.5 - 3 * t + 3 * t * t)
    return 3 * t * t - 2 * t**3


def _carried(array: Array | None, kind: str, x: float, y: float) -> str:
    """Return the number that an edge carries; nothing for an array, whose box says all that would fit here."""
    if array is None or array.size != 1:
        return ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(number(array.item()))}</text>'
