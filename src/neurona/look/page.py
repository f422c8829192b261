"""The page of a report: its parts as plain values, in the language in use and free of any markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

BESIDE = 920  # CSS pixels: a picture this wide still reads well in the 809 that a caption beside it leaves


@dataclass(frozen=True)
class Headline:
    """A number in large type: what it is, its value, and a word more."""

    name: str
    value: str
    more: str = ""


@dataclass(frozen=True)
class Verdict:
    """A claim and what became of it, in words; `holds` is None where it is not judged."""

    text: str
    source: str
    mark: str
    holds: bool | None


@dataclass(frozen=True)
class Picture:
    """A figure of the report: `source` is a `data:` address, `width` its natural width in CSS pixels."""

    title: str
    caption: str
    source: str
    width: int

    @property
    def wide(self) -> bool:
        """Whether it would shrink too much beside its caption, which then stands below it."""
        return self.width > BESIDE


@dataclass(frozen=True)
class Table:
    """Rows of text below a header; the last `averages` rows are set apart, the first `left` columns are words."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    averages: int = 0
    left: int = 1


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading; it shows whichever of its fields hold something, in this order.

    `frame` is a whole page, as HTML, that stands in the report as in a window.
    """

    heading: str
    verdicts: Sequence[Verdict] = ()
    remarks: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    code: Sequence[tuple[str, str]] = ()
    frame: str = ""


@dataclass(frozen=True)
class Page:
    """All that a report says."""

    title: str
    name: str
    kicker: str
    source: str
    headlines: Sequence[Headline]
    sections: Sequence[Section] = field(default_factory=tuple)
