"""Typer's own words in the language in use: those of its usage line, help option and errors are English only."""

from __future__ import annotations

import re
from shlex import quote
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from neurona.errors import InputError
from neurona.language import _

UsageError: Any = typer.BadParameter.__base__
"""What Typer raises when a command line is wrong; it has no public name."""
EXTRA = r"Got unexpected extra arguments?(?:\(s\))? \((?P<names>.+)\)"


class _Translated:
    """Writes the usage line and describes --help in the language in use."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write "Usage: neurona ..."."""
        metavars = {"[OPTIONS]": _("[OPTIONS]"), "COMMAND": _("COMMAND"), "[ARGS]...": _("[ARGS]...")}
        pieces = " ".join(self.collect_usage_pieces(ctx))  # type: ignore[attr-defined]
        for english, ours in metavars.items():
            pieces = pieces.replace(english, ours)
        formatter.write_usage(ctx.command_path, pieces, prefix=_("Usage: "))

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option --help."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = _("Show this message and exit.")
        return option


class Group(_Translated, TyperGroup):
    """The command line as a whole."""


class Command(_Translated, TyperCommand):
    """One command of it."""


def explain(error: Any) -> InputError | None:
    """Return what is wrong with a command line, of a `UsageError`; None when there was none and help was shown."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return None
    text = error.format_message()
    found = {
        r"No such option: (?P<name>\S+)": _("There is no option {name}."),
        r"Missing argument '?(?P<name>[^']+?)'?\.": _("{name} is missing."),
        r"Missing option '?(?P<name>[^']+?)'?\.": _("{name} is missing."),
        r"Option '(?P<name>.+)' requires an argument": _("{name} needs a value."),
        r"Option '(?P<name>.+)' does not take a value": _("{name} takes no value."),
        EXTRA: _("More words than are expected: {names}."),
        r"Invalid value for '(?P<name>.+?)'": _("The value of {name} is not valid."),
    }
    plain = re.sub(r" Did you mean .*", "", text)
    problem = next((s.format(**m.groupdict()) for p, s in found.items() if (m := re.match(p, text))), plain)
    return InputError(problem, _hint(error, text))


def _in_one(params: dict[str, Any], more: str) -> str:
    """Return the option KEY=VALUE that a space has broken in two, as it should be written; "" where none is."""
    for option, name in (("--vary", "vary"), ("--over", "over"), ("--set", "set_")):
        for value in params.get(name) or ():
            if "=" not in value or value.endswith(("=", ",")):
                whole = value + more if "=" in value else f"{value}={more.lstrip('= ')}"
                return f"{option} {quote(whole)}"
    return ""


def _hint(error: Any, text: str) -> str:
    more = re.match(EXTRA, text)
    if more and error.ctx and (whole := _in_one(error.ctx.params, more["names"])):
        return _("Write it without spaces, or in quotes: {option}").format(option=whole)
    if "valid integer" in text:
        return _("It must be {words}.").format(words=_("a whole number, such as 10"))
    near = re.search(r"(?:Did you mean|Possible options:) '?([^,')?]+)", text)
    if near:
        return _("Did you mean {name!r}?").format(name=near.group(1))
    return _("`{command} --help` shows how it is written.").format(command=error.ctx.command_path) if error.ctx else ""
