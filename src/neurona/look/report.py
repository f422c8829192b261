"""The report: one HTML file that holds all there is to say about a run, readable without a network."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from markupsafe import Markup

from neurona.compare import Comparison
from neurona.errors import InputError, reason_of
from neurona.files import write_text
from neurona.html import template
from neurona.language import _, language
from neurona.look.looks import Looks, inline
from neurona.look.opened import Sample
from neurona.look.page import Headline
from neurona.look.sections import headlines, page
from neurona.run import Run
from neurona.tuning import Tuning

TEMPLATES = Path(__file__).parent / "templates"
IN_FRAGMENT = 1


def write(result: Run | Comparison | Tuning, sample: Sample | None = None, looks: Looks | None = None) -> Path:
    """Write pictures and `report.html` into the directory of what they are about, and return the report's path.

    Args:
        result: what the report is about.
        sample: of a run, its number and its split: to be opened in the report; see `neurona.look.opened`.
        looks: its figures, when some of them are drawn already.

    Raises:
        InputError: the run has not reached its end, there is no such sample, or its directory cannot be written.
    """
    if isinstance(result, Run) and not result.finished:
        problem = _("The run {path} has not reached its end.").format(path=result.path)
        raise InputError(problem, _("Go on with: neurona train --resume {path}").format(path=quote(str(result.path))))
    looks = looks or Looks(result)
    text = html(result, looks, sample)
    looks.save()
    path = result.path / Run.REPORT
    try:
        write_text(path, text)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def html(result: Run | Comparison | Tuning, looks: Looks | None = None, sample: Sample | None = None) -> str:
    """Return the report as the text of one HTML file: styles and pictures are inside, nothing is fetched."""
    return template(TEMPLATES, "report.html").render(page=page(result, looks or Looks(result), sample), lang=language())


def fragment(result: Run | Comparison | Tuning) -> str:
    """Return a short piece of HTML for a notebook: the headline metrics and the learning curves."""
    looks = Looks(result)
    cards = Markup("").join(_card(headline) for headline in headlines(result))
    shown = Markup("").join(
        Markup('<img style="max-width:100%;background:#fff;border-radius:6px" alt="{}" src="{}">').format(
            look.title, inline(looks.picture(look), look)
        )
        for look in looks.suitable[:IN_FRAGMENT]
    )
    row = Markup('<div style="display:flex;flex-wrap:wrap;gap:1em 2.5em;margin:.6em 0">{}</div>').format(cards)
    return Markup("<div><b>{}</b>{}{}</div>").format(result.recipe.name, row, shown)


def _card(headline: Headline) -> Markup:
    value = Markup('<div style="font-size:1.5em;font-weight:600">{}</div>').format(headline.value)
    name = " · ".join(part for part in (headline.name, headline.more) if part)
    return Markup('<div>{}<div style="opacity:.7">{}</div></div>').format(value, name)


def _unwritable(path: Path, error: OSError) -> InputError:
    problem = _("The report cannot be written to {path}: {reason}.").format(path=path, reason=reason_of(error))
    return InputError(problem, _("Check that the disk has room and that you may write there."))
