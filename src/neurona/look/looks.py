"""`Looks`: the figures that suit a run, a comparison or a search, by name, each drawn when it is asked for."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

from neurona.compare import Comparison
from neurona.errors import InputError, nearest, reason_of
from neurona.files import write_whole
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.style import png
from neurona.run import Run
from neurona.tuning import Tuning
from neurona.validation import as_path

ANIMATION = "animation"


@dataclass(frozen=True)
class Look:
    """A figure that suits a result.

    Attributes:
        name: what it is asked for by, and the stem of its file.
        title: a few words above it.
        caption: how to read it.
        draw: draws it.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]


@dataclass(frozen=True)
class Moving:
    """An animation that suits a result: as `Look`, but `draw` returns a GIF file."""

    name: str
    title: str
    caption: str
    draw: Callable[[], bytes]


class Looks:
    """The figures that suit a run, a comparison or a search. Nothing is loaded or drawn before it is asked for.

        looks = run.look()
        list(looks)            # names
        looks["boundary"]      # a matplotlib Figure
        looks.save()           # PNG files, and a GIF, in the run directory

    It can be iterated (names), indexed (figures), and shows all of them in a notebook.
    """

    def __init__(self, result: Run | Comparison | Tuning) -> None:
        """Look at `result`; raise an `InputError` where it is none."""
        given: object = result
        if not isinstance(given, Run | Comparison | Tuning):
            problem = _("nr.look.Looks takes a run, a comparison or a search, and was given a {kind}.")
            hint = _("Open one: nr.open('runs/mine').")
            raise InputError(problem.format(kind=type(given).__name__), hint)
        self.result = result
        self._rendered: dict[str, bytes] = {}

    @cached_property
    def evidence(self) -> Evidence | None:
        """What the figures of a run are drawn from; None for a comparison and a search."""
        return Evidence.of(self.result) if isinstance(self.result, Run) else None

    @cached_property
    def suitable(self) -> tuple[Look | Moving, ...]:
        """The figures with their titles and captions, in the order in which a report shows them."""
        from neurona.look import choice, tuned

        if isinstance(self.result, Tuning):
            return tuple(tuned.looks(self.result))
        if isinstance(self.result, Comparison):
            return tuple(choice.of_comparison(self.result))
        return tuple(choice.of_run(self.evidence or Evidence.of(self.result)))

    @property
    def figures(self) -> dict[str, Callable[[], Figure]]:
        """A function for each figure, by name, that draws it."""
        return {look.name: look.draw for look in self.suitable if isinstance(look, Look)}

    @property
    def lacks(self) -> tuple[str, ...]:
        """Why some figures are left out (for instance, the data have been moved), as sentences."""
        return self.evidence.lacks if self.evidence else ()

    def __getitem__(self, name: str) -> Figure:
        """Draw a figure.

        Raises:
            InputError: this result has no figure of that name.
        """
        figures = self.figures
        if name not in figures:
            raise InputError(_("There is no figure called {name!r} here.").format(name=name), nearest(name, figures))
        return figures[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.figures)

    def __len__(self) -> int:
        return len(self.figures)

    def __contains__(self, name: object) -> bool:
        return name in self.figures

    def animation(self) -> bytes:
        """Return the GIF of the boundary over training.

        Raises:
            InputError: this result has none.
        """
        for look in self.suitable:
            if isinstance(look, Moving):
                return self.picture(look)
        problem = _("There is no animation here.")
        hint = _(
            "Classifiers of two numeric features and nets that make pictures have one, where fit.snapshots is set."
        )
        raise InputError(problem, hint)

    def picture(self, look: Look | Moving) -> bytes:
        """Return a figure as the content of a PNG file, or an animation as that of a GIF file; drawn once."""
        if look.name not in self._rendered:
            self._rendered[look.name] = look.draw() if isinstance(look, Moving) else png(look.draw())
        return self._rendered[look.name]

    def take(self, pictures: Mapping[str, bytes]) -> None:
        """Take figures that were drawn elsewhere, by name, as the contents of their files."""
        self._rendered.update(pictures)

    def save(self, folder: str | Path | None = None) -> list[Path]:
        """Write every figure as NAME.png, and the animation as NAME.gif, each file whole or not at all.

        Args:
            folder: where to; None for the directory of the run.

        Returns:
            The paths of the files.

        Raises:
            InputError: the folder cannot be written.
        """
        folder = self.result.path if folder is None else as_path(folder, "folder")
        written = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for look in self.suitable:
                path = folder / f"{look.name}.{'gif' if isinstance(look, Moving) else 'png'}"
                content = self.picture(look)
                write_whole(path, lambda aside, content=content: aside.write_bytes(content))  # type: ignore[misc]
                written.append(path)
        except OSError as error:
            problem = _("The pictures cannot be written to {path}: {reason}.")
            raise InputError(
                problem.format(path=folder, reason=reason_of(error)), _("Name a folder that you may write to.")
            ) from error
        return written

    def __repr__(self) -> str:
        return f"Looks({', '.join(self)})"

    def _repr_html_(self) -> str:
        cards = []
        for look in self.suitable:
            source = inline(self.picture(look), look)
            cards.append(
                f'<figure style="margin:0 0 1.5em"><figcaption><b>{escape(look.title)}</b> · <code>{look.name}</code>'
                f'</figcaption><img style="max-width:100%;background:#fff" alt="{escape(look.title)}" src="{source}">'
                f'<figcaption style="max-width:46em;opacity:.8">{escape(look.caption)}</figcaption></figure>'
            )
        return "".join(cards)


def inline(content: bytes, look: Look | Moving) -> str:
    """Return a picture as a `data:` address, which needs no file and no network."""
    kind = "gif" if isinstance(look, Moving) else "png"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
