"""Collects every sentence that people read and brings the translations up to date with them.

    python tools/messages.py           rewrite src/neurona/locale/*/LC_MESSAGES/neurona.po, keeping what is translated

Sentences come from `_("...")` in the code and the templates, from what is registered (datasets, nets, ...), from the
recipes, and from the command-line library, whose own sentences ("Usage:") our catalogue translates too.
"""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parent.parent / "src" / "neurona"
CATALOGUES = SOURCE / "locale"
HEADER = """msgid ""
msgstr ""
"Project-Id-Version: neurona\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def messages() -> dict[str, str]:
    """Return every sentence that needs a translation, and where the first one was found."""
    found: dict[str, str] = {}
    for place, message in (*_in_code(), *_registered(), *_in_recipes(), *_of_typer()):
        if message.strip():
            found.setdefault(message, place)
    return found


def _in_code() -> Iterator[tuple[str, str]]:
    methods = [("**.py", "python"), *((f"{room}templates/**.html", "jinja2") for room in ("", "look/", "explain/"))]
    for name, _line, message, _comments, _context in extract_from_dir(SOURCE, methods, keywords={"_": None}):
        yield name, message if isinstance(message, str) else message[0]


def _registered() -> Iterator[tuple[str, str]]:
    from neurona.data import DATASETS
    from neurona.data.augment import CHANGES
    from neurona.explain import EXPLANATIONS
    from neurona.fit import OPTIMIZERS
    from neurona.nets import ACTIVATIONS, INITIALISATIONS, NETS
    from neurona.nets.layers import LAYERS
    from neurona.tasks import LOSSES

    for registry in (DATASETS, CHANGES, NETS, LAYERS, ACTIVATIONS, INITIALISATIONS, OPTIMIZERS, LOSSES, EXPLANATIONS):
        yield "registry", registry.noun
        for entry in registry:
            yield f"{registry.noun}s", entry.summary


def _in_recipes() -> Iterator[tuple[str, str]]:
    for path in sorted((SOURCE / "recipes").glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        claims = raw.get("claim", [])
        for part in (raw, *(claims if isinstance(claims, list) else [claims])):
            for key in ("title", "source"):
                yield f"recipes/{path.name}", part.get(key, "")
        for choices in raw.get("vary", {}).values():
            for label in choices if isinstance(choices, dict) else ():
                yield f"recipes/{path.name}", label


def _of_typer() -> Iterator[tuple[str, str]]:
    spec = importlib.util.find_spec("typer")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    for name, _line, message, _comments, _context in extract_from_dir(folder, [("**.py", "python")], {}, {"_": None}):
        yield f"typer/{name}", message if isinstance(message, str) else message[0]
    yield "typer", "Show this message and exit."


def main() -> None:
    """Rewrite each catalogue and say how many sentences lack a translation."""
    wanted = messages()
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/*.po")):
        language = path.parent.parent.name
        with path.open("rb") as file:
            old = read_po(file, locale=language)
        new = Catalog(locale=language)
        for message, place in sorted(wanted.items(), key=lambda item: (item[1], item[0])):
            known = old.get(message)
            new.add(message, string=known.string if known and known.string else "", auto_comments=[place])
        with path.open("wb") as file:
            file.write(HEADER.format(language=language).encode())
            write_po(file, new, width=120, no_location=True, omit_header=True)
        missing = sum(not entry.string for entry in new if entry.id)
        print(f"{path.relative_to(SOURCE)}: {len(wanted)} sentences, {missing} without a translation")


if __name__ == "__main__":
    sys.exit(main())
