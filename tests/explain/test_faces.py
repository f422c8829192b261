"""The picture and the page of an explanation."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest

from neurona import glass
from neurona.explain import EXPLANATIONS, Explanation, explain, trace
from neurona.explain.arrays import text
from neurona.explain.drawing import draw
from neurona.explain.formula import number
from neurona.explain.layout import arrange
from neurona.explain.page import frames_of, page, reached

NAMES = [entry.name for entry in EXPLANATIONS]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def opened() -> dict[str, Explanation]:
    return {name: explain(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_holds_each_value_and_each_gradient(name: str, opened: dict[str, Explanation]) -> None:
    graph = opened[name].graph
    root = ElementTree.fromstring(draw(graph))
    nodes = {g.get("data-node"): g for g in root.iter(f"{SVG}g") if g.get("data-node")}
    assert list(nodes) == [vertex.label for vertex in graph.vertices]
    edges = [g for g in root.iter(f"{SVG}g") if g.get("data-from")]
    assert len(edges) == sum(len(vertex.operands) for vertex in graph.vertices)
    for vertex in graph.vertices:
        words = [element.text for element in nodes[vertex.label].iter(f"{SVG}text")]
        if vertex.value.size == 1:
            assert number(vertex.value.item()) in words
        if vertex.gradient is not None and vertex.gradient.size == 1:
            assert number(vertex.gradient.item()) in words


@pytest.mark.parametrize("name", NAMES)
def test_boxes_do_not_overlap_and_stand_on_the_page(name: str, opened: dict[str, Explanation]) -> None:
    root = ElementTree.fromstring(draw(opened[name].graph))
    width, height = (float(root.get(side, "0")) for side in ("width", "height"))
    boxes = []
    for group in root.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        if rect is not None:
            boxes.append([float(rect.get(key, "0")) for key in ("x", "y", "width", "height")])
    for x, y, wide, high in boxes:
        assert x >= 0 and x + wide <= width and y >= 0 and y + high <= height
    for (x0, y0, w0, h0), (x1, y1, w1, h1) in combinations(boxes, 2):
        assert x0 + w0 <= x1 or x1 + w1 <= x0 or y0 + h0 <= y1 or y1 + h1 <= y0


@pytest.mark.parametrize("name", NAMES)
def test_edges_carry_the_numbers_and_leave_arrays_to_the_boxes(name: str, opened: dict[str, Explanation]) -> None:
    graph = opened[name].graph
    drawn = [g for g in ElementTree.fromstring(draw(graph)).iter(f"{SVG}g") if g.get("data-from")]
    edges = [edge for vertex in graph.vertices for edge in vertex.operands]
    for group, edge in zip(drawn, edges, strict=True):
        carried = [array for array in (graph[edge.source].value, edge.gradient) if array is not None]
        words = [element.text for element in group.iter(f"{SVG}text")]
        assert words == [number(array.item()) for array in carried if array.size == 1]


@pytest.mark.parametrize("name", NAMES)
def test_no_number_on_an_edge_lies_on_a_box(name: str, opened: dict[str, Explanation]) -> None:
    graph = draw(opened[name].graph)
    box = r'<g class="node.*?<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="(\d+)"'
    boxes = [tuple(map(float, found)) for found in re.findall(box, graph, re.DOTALL)]
    edges = re.findall(r'<g class="edge".*?</g>', graph, re.DOTALL)
    text = r'<text class="\w+" x="([\d.-]+)" y="([\d.-]+)">([^<]+)<'
    for x, y, words in [one for edge in edges for one in re.findall(text, edge)]:
        half = len(words) * 6.9 / 2  # letters of a monospace font of 11.5 pixels
        for left, top, width, height in boxes:
            beside = float(x) + half < left + 1 or float(x) - half > left + width - 1
            assert beside or float(y) + 2 < top or float(y) - 9 > top + height, words


def test_a_long_name_stands_on_two_lines_where_it_alone_would_widen_its_box() -> None:
    x = glass.Tensor(2.0, requires_grad=True)
    long, short = "the_last_state_of_the_recurrence", "y"
    for name, lines in ((long, [f"{long} =", "exp(x)"]), (short, [f"{short} = exp(x)"])):
        y = glass.exp(x)
        root = ElementTree.fromstring(draw(trace(y, {"x": x, name: y})))
        (box,) = (g for g in root.iter(f"{SVG}g") if g.get("data-node") == name)
        assert [t.text for t in box.iter(f"{SVG}text") if t.get("class") == "name"] == lines


@pytest.mark.parametrize("name", NAMES)
def test_operands_stand_left_of_what_they_make(name: str, opened: dict[str, Explanation]) -> None:
    graph = opened[name].graph
    places = arrange(graph).places
    for vertex in graph.vertices:
        assert all(places[edge.source][0] < places[vertex.label][0] for edge in vertex.operands)
    assert max(column for column, _height in places.values()) == places[graph.root.label][0]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_holds_every_line_and_fetches_nothing(name: str, opened: dict[str, Explanation]) -> None:
    explanation = opened[name]
    written = page(explanation)
    assert not re.search(r"""(?:src|href)=|url\(|@import|fetch\(|https?://(?!www\.w3\.org/2000/svg)""", written)
    words = html.unescape(re.sub(r"<[^>]+>", "", written.split("<ol>")[1].split("</ol>")[0]))
    for step in explanation.steps:
        assert step.text in words
        for formula in step.formulas:
            assert formula.text in words
    frames = json.loads(re.search(r"const frames = (\[.*?\]), reached", written)[1])  # type: ignore[index]
    assert len(frames) == len(frames_of(explanation.steps)) >= len(explanation.steps)
    assert "prefers-color-scheme: dark" in written


def test_numbers_come_up_in_the_order_of_the_computation(opened: dict[str, Explanation]) -> None:
    explanation = opened["reverse-mode"]
    when = reached(explanation)
    for vertex in explanation.graph.vertices:
        for edge in vertex.operands:
            assert when[edge.source]["value"] <= when[vertex.label]["value"]
            assert when[edge.source]["gradient"] >= when[vertex.label]["gradient"]
    assert when["f"]["value"] < when["f"]["gradient"]


def test_names_are_escaped(opened: dict[str, Explanation]) -> None:
    strange = dataclasses.replace(opened["gradient-tape"], name="<b>&", title="<script>alert(1)</script>")
    assert "<script>alert" not in page(strange) and "&lt;b&gt;&amp;" in page(strange)


def test_large_arrays_are_summarised_until_all_is_asked_for() -> None:
    large = np.arange(20.0).reshape(4, 5)
    assert text(large) == "4 × 5: mean 9.5, min 0.0, max 19.0"
    assert text(large, full=True).count(",") == 4 * 4 + 3
    assert text(np.array([[1.0], [2.5]])) == "[1.0, 2.5]^T"
    assert text(np.array(3)) == "3"
