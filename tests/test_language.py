"""All that a person reads is there in Spanish, and says the same things as the English."""

from __future__ import annotations

import ast
import copy
import functools
import gettext
import html
import importlib.util
import io
import os
import pickle
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from commandline import cli
from matplotlib.text import Text
from PIL import Image

from neurona import language
from neurona.data.inputs import Pixels
from neurona.data.pictures import read
from neurona.data.text import load_text
from neurona.errors import InputError
from neurona.explain import EXPLANATIONS, explain
from neurona.explain.page import page as explanation_page
from neurona.explain.trained import explain_run
from neurona.look import Looks, report
from neurona.recipe import Recipe
from neurona.run import Run

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "neurona"
LOCALE = ("NEURONA_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
# Running the command line on catalogues compiled just now, whatever was compiled at the last installation.
MAIN = """
import pathlib, sys
from neurona import language
language.CATALOGUES = pathlib.Path(sys.argv.pop(1))
from neurona.cli import main
main()
"""


def _collected() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tools" / "messages.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return dict(tool.messages())


def _catalogue() -> dict[str, str]:
    with (SOURCE / "locale" / "es" / "LC_MESSAGES" / "neurona.po").open("rb") as file:
        return {str(entry.id): str(entry.string or "") for entry in read_po(file, locale="es") if entry.id}


SENTENCES = _collected()
SPANISH = _catalogue()
TRANSLATED = [(english, SPANISH[english]) for english in SENTENCES if SPANISH.get(english)]


def _compile(folder: Path) -> Path:
    """Write the Spanish catalogue into `folder` as gettext reads it, and return the file."""
    path = folder / "es" / "LC_MESSAGES" / "neurona.mo"
    path.parent.mkdir(parents=True)
    with (SOURCE / "locale" / "es" / "LC_MESSAGES" / "neurona.po").open("rb") as text, path.open("wb") as compiled:
        write_mo(compiled, read_po(text))
    return path


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the Spanish catalogue, compiled now."""
    folder = tmp_path_factory.mktemp("locale")
    _compile(folder)
    return folder


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch, catalogues: Path) -> Callable[[str], None]:
    """Return a function that chooses the language for the rest of the test."""
    content = (catalogues / "es" / "LC_MESSAGES" / "neurona.mo").read_bytes()
    known = {"es": gettext.GNUTranslations(io.BytesIO(content)), "en": gettext.NullTranslations()}
    monkeypatch.setattr(language, "_catalogue", known.__getitem__)
    return lambda code: monkeypatch.setattr(language, "_chosen", [code])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, speak: Callable[[str], None]) -> Callable[..., str]:
    """Return a function that says a word in the language that the environment asks for."""

    def say(**environment: str) -> str:
        monkeypatch.setattr(language, "_chosen", [])
        for variable in LOCALE:
            monkeypatch.delenv(variable, raising=False)
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        return language._("epochs")

    return say


@pytest.fixture
def neurona(catalogues: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs the command line in Spanish (or in `code`) in an empty folder."""

    def run(*arguments: str, code: str = "es") -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key not in LOCALE}
        environment |= {"NEURONA_LANG": code, "COLUMNS": "100", "PYTHONUTF8": "1"}
        command = [sys.executable, "-c", MAIN, str(catalogues), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )

    return run


# ---------------------------------------------------------------------- the catalogue


def test_every_sentence_has_a_spanish_one() -> None:
    assert len(SENTENCES) > 600
    assert [english for english in SENTENCES if not SPANISH.get(english)] == []


def test_every_sentence_in_the_code_is_collected() -> None:
    missed = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and str(first.value) not in SENTENCES:
                    missed.append(f"{path.name}:{node.lineno}: {first.value!r}")
    assert missed == []


def _fields(sentence: str) -> Counter[tuple[str, str | None, str | None]]:
    return Counter((name, spec, mark) for _text, name, spec, mark in Formatter().parse(sentence) if name is not None)


def _code(text: str) -> str:
    """Return code without the words that stand for what a person gives, such as RUN, which are translated."""
    return re.sub(r"\b[A-ZÓ]{3,}\b", "…", text)


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(_fields, id="placeholders"),
        pytest.param(lambda text: Counter(map(_code, re.findall(r"`[^`]*`", text))), id="code in backticks"),
        pytest.param(lambda text: re.findall(r"\[[^]]*\]", text) if "[/" in text else [], id="rich markup"),
        pytest.param(lambda text: Counter(re.findall(r"(?<![\w-])--?[a-z]+(?:-[a-z]+)*", text)), id="options"),
        pytest.param(lambda text: Counter(re.findall(r"\b(?:data|net|fit|run)\.\w+", text)), id="keys"),
        pytest.param(lambda text: Counter(re.findall(r"\bneurona (?:train|predict|export|list)", text)), id="commands"),
        pytest.param(lambda text: (text[: -len(text.lstrip())], text[len(text.rstrip()) :]), id="blanks at the ends"),
        pytest.param(lambda text: text.count("\n\n"), id="paragraphs"),
    ],
)
def test_both_languages_have_the_same(part: Callable[[str], object]) -> None:
    differ = [(english, spanish) for english, spanish in TRANSLATED if part(english) != part(spanish)]
    assert differ == []


def test_sentences_end_alike() -> None:
    ends = [(english, spanish) for english, spanish in TRANSLATED if english.rstrip()[-1:] in ".:?!"]
    assert [pair for pair in ends if pair[0].rstrip()[-1:] != pair[1].rstrip()[-1:]] == []


def test_questions_and_exclamations_open_in_spanish() -> None:
    for _english, spanish in TRANSLATED:
        assert spanish.count("?") == spanish.count("¿") + spanish.count("'?")
        assert spanish.count("!") == spanish.count("¡") + spanish.count("!r")


def test_the_installed_catalogue_is_there() -> None:
    assert gettext.find(language.DOMAIN, language.CATALOGUES, ["es"])


# ---------------------------------------------------------------------- which language


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"NEURONA_LANG": "es"}, "épocas"),
        ({"NEURONA_LANG": "es_AR.UTF-8"}, "épocas"),
        ({"NEURONA_LANG": "en"}, "epochs"),
        ({"NEURONA_LANG": "en", "LANG": "es_ES.UTF-8"}, "epochs"),
        ({"NEURONA_LANG": "es", "LANG": "en_US.UTF-8"}, "épocas"),
        ({"NEURONA_LANG": "xx"}, "epochs"),
        ({"LANG": "es_MX.UTF-8"}, "épocas"),
        ({"LC_ALL": "es_ES.UTF-8", "LANG": "en_US.UTF-8"}, "épocas"),
        ({"LANGUAGE": "es:en", "LANG": "en_US.UTF-8"}, "épocas"),
        ({"LANG": "de_DE.UTF-8"}, "epochs"),
        ({"LANG": "C"}, "epochs"),
        ({"LANG": "C.UTF-8"}, "epochs"),
        ({"LC_ALL": "POSIX"}, "epochs"),
    ],
)
def test_the_environment_chooses_the_language(
    asked: Callable[..., str], environment: dict[str, str], word: str
) -> None:
    assert asked(**environment) == word


def test_use_switches_in_a_program(speak: Callable[[str], None]) -> None:
    speak("en")
    assert language._("epochs") == "epochs"
    language.use("es")
    assert (language.language(), language._("epochs")) == ("es", "épocas")
    language.use("en")
    assert (language.language(), language._("epochs")) == ("en", "epochs")


def test_use_refuses_a_language_without_a_catalogue() -> None:
    with pytest.raises(ValueError, match="fr"):
        language.use("fr")
    assert language.language() == "en"


# ---------------------------------------------------------------------- the command line


def test_the_help_is_in_spanish(neurona: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    shown = neurona("--help").stdout
    assert "Un laboratorio abierto de redes neuronales" in shown
    assert "Opciones" in shown and "Órdenes" in shown
    assert "Options" not in shown and "Commands" not in shown


def test_the_help_of_a_command_is_in_spanish(neurona: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    shown = neurona("train", "--help").stdout
    for words in ("Argumentos", "Opciones", "La columna de la tabla", "neurona train --resume", "predeterminado"):
        assert words in shown
    assert "Arguments" not in shown and "default:" not in shown


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["train", "--bad"], ["report"]])
def test_nothing_of_typer_stays_english(
    neurona: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str]
) -> None:
    ran = neurona(*arguments)
    shown = ran.stdout + ran.stderr
    assert ran.returncode == 2 or "Uso:" in shown
    for words in ("Usage", "OPTIONS", "Show this message", "No such option", "Missing argument"):
        assert words not in shown


@pytest.mark.parametrize("command", ["train", "predict", "sample", "report", "explain", "export", "claims", "summary"])
def test_what_stands_for_a_persons_words_is_in_spanish(
    neurona: Callable[..., subprocess.CompletedProcess[str]], command: str
) -> None:
    shown = neurona(command, "--help").stdout
    assert not re.findall(r"\b(?:TEXT|FILE|FOLDER|RUN|RECIPE|COLUMN|KEY|VALUE|NAME|SPLIT|KIND)\b", shown)
    if command in ("predict", "sample"):
        assert "TEXTO" in shown and "EJECUCIÓN" in shown


def test_the_lists_are_in_spanish(neurona: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    shown = neurona("list").stdout
    for words in ("Recetas", "Conjuntos de datos", "Optimizadores", "Pérdidas", "Tres brazos de espiral"):
        assert words in shown
    assert "what it is" not in shown


def test_an_error_is_in_the_language(neurona: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    ran = neurona("train", "spirall")
    assert ran.returncode == 2
    assert ran.stderr == "Error: No hay ninguna receta llamada 'spirall'.\n  → ¿Quiso decir 'spiral'?\n"
    assert "There is no recipe" in neurona("train", "spirall", code="en").stderr


@pytest.mark.parametrize(("code", "one", "many"), [("en", "1 epoch", "2 epochs"), ("es", "1 época", "2 épocas")])
def test_one_is_not_many(speak: Callable[[str], None], tmp_path: Path, code: str, one: str, many: str) -> None:
    speak(code)
    for epochs, words in (("1", one), ("2", many)):
        ran = cli("train", "wine", "--epochs", epochs, "--no-report", "--out", epochs, cwd=tmp_path)
        assert f"{words} " in ran.out


def test_no_sentence_leaves_the_number_open() -> None:
    opened = re.compile(r"\w\((?:s|es|ies|n)\)")
    assert [pair for pair in TRANSLATED if any(opened.search(text) for text in pair)] == []


def test_why_the_system_refuses_is_in_the_language(speak: Callable[[str], None], tmp_path: Path) -> None:
    speak("es")
    broken = tmp_path / "broken.png"
    Image.effect_noise((40, 40), 50).save(broken)
    broken.write_bytes(broken.read_bytes()[:600])
    for path, words in ((tmp_path / "absent.txt", "no existe el archivo"), (tmp_path, "es una carpeta")):
        with pytest.raises(InputError, match=words):
            load_text(path)
    with pytest.raises(InputError, match="está truncada"):
        read(broken, Pixels((1, 8, 8)))


def test_an_error_in_python_is_in_the_language(speak: Callable[[str], None]) -> None:
    speak("es")
    with pytest.raises(InputError) as caught:
        Recipe.read("spiral", ["fit.optimizer=adan"]).start()
    assert caught.value.problem == "No se conoce 'adan' como optimizador."
    assert caught.value.hint == "¿Quiso decir 'adam'?"


# ---------------------------------------------------------------------- the report

RECIPE = ("spiral", ["fit.epochs=12", "fit.snapshots=2", "data.samples=150", "net.hidden=[8]"])


def _trained(path: Path, recipe: Recipe) -> Run:
    fit = recipe.start()
    run = Run.begin(fit, path, recipe)
    for _epoch in run.follow(fit):
        pass
    return run.finish(fit)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of one's own with what is worth a word: dates, categories, gaps, columns of no use."""
    path = tmp_path / "casas.csv"
    header = "id;superficie;barrio;fecha;baños;vacía;precio"
    lines = [
        f"{i};{40 + 3 * i},5;{'sur' if i % 3 else 'norte'};{1 + i % 12}/{1 + i % 9}/2023;{i % 5 or ''};;{90 + 7 * i}"
        for i in range(60)
    ]
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return path


def _visible(page: str) -> str:
    """Return what a person reads on a page, without the recipe and the commands, which are code."""
    for hidden in ("style", "pre"):
        page = re.sub(rf"<{hidden}>.*?</{hidden}>", " ", page, flags=re.S)
    titles = " ".join(re.findall(r'alt="([^"]*)"', page))
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page) + titles))


@functools.cache
def _of_four_words() -> dict[str, tuple[list[str], re.Pattern[str]]]:
    """Return the sentences of four words or more that differ in Spanish, each with its parts and a pattern of them."""
    patterns = {}
    for english, spanish in TRANSLATED:
        literals = [text for text, _name, _spec, _mark in Formatter().parse(english)]
        if spanish != english and len(re.findall(r"[A-Za-z]{2,}", " ".join(literals))) >= 4:
            patterns[english] = literals, re.compile(".{1,80}?".join(map(re.escape, literals)))
    return patterns


def _found(page: str) -> list[str]:
    words = _visible(page)
    return [
        english
        for english, (parts, pattern) in _of_four_words().items()
        if all(part in words for part in parts) and pattern.search(words)
    ]


def test_no_english_sentence_is_left_in_a_report(speak: Callable[[str], None], tmp_path: Path) -> None:
    run = _trained(tmp_path / "run", Recipe.read(*RECIPE))
    speak("en")
    assert len(_found(report.html(run))) >= 8
    speak("es")
    page = report.html(run)
    assert _found(page) == []
    assert '<html lang="es">' in page and "Curvas de aprendizaje" in page


def test_no_english_sentence_is_left_in_a_report_on_a_table(
    speak: Callable[[str], None], table: Path, tmp_path: Path
) -> None:
    speak("es")
    run = _trained(tmp_path / "run", Recipe.read(table, ["fit.epochs=3"], "precio"))
    page = report.html(run)
    assert _found(page) == []
    assert "columnas separadas por ';'" in _visible(page)


def test_classes_of_our_own_data_are_called_in_the_language(speak: Callable[[str], None], tmp_path: Path) -> None:
    run = _trained(tmp_path / "run", Recipe.read(*RECIPE))
    speak("es")
    page, looks = _visible(report.html(run)), Looks(run)
    pictures = [{text.get_text() for text in looks[name].findobj(Text)} for name in ("boundary", "confusion")]
    opened = explanation_page(explain_run(run, 0))
    for written in (page, *pictures):
        plain = written.replace("arm 2 (brazo 2)", "") if isinstance(written, str) else written  # what `predict` writes
        assert "brazo 2" in plain and "arm 2" not in plain
    assert "Es de la clase brazo" in opened and "class arm" not in opened


@pytest.mark.parametrize("name", [entry.name for entry in EXPLANATIONS])
def test_no_english_sentence_is_left_in_an_explanation(speak: Callable[[str], None], name: str) -> None:
    speak("es")
    page = explanation_page(explain(name))
    assert _found(page) == []
    assert '<html lang="es">' in page and "hacia delante" in page


def test_no_english_word_is_left_in_the_figures(speak: Callable[[str], None], tmp_path: Path) -> None:
    run = _trained(tmp_path / "run", Recipe.read(*RECIPE))
    speak("es")
    english = {english.lower() for english, spanish in TRANSLATED if spanish != english}
    looks = Looks(run)
    for name in looks:
        written = {text.get_text().lower() for text in looks[name].findobj(Text)}
        assert written and not written & english


# ---------------------------------------------------------------------- said again


def test_a_sentence_is_said_again_with_all_that_it_is_made_of(speak: Callable[[str], None]) -> None:
    def problem() -> str:
        filled = language._("{path} cannot be read: {reason}.").format(
            path="a.csv", reason=language._("Is a directory")
        )
        return "recipe.toml: " + filled + " " + language._("Give it a value.")

    speak("en")
    english = problem()
    speak("es")
    spanish = problem()
    assert language.again(english) == spanish != english
    speak("en")
    assert language.again(language.again(spanish)) == english


def test_a_sentence_is_kept_as_a_plain_string(speak: Callable[[str], None]) -> None:
    speak("en")
    sentence = language._("epochs")
    for kept in (pickle.loads(pickle.dumps(sentence)), copy.deepcopy(sentence), sentence.upper()):
        assert type(kept) is str
    assert language.again("epochs") == "epochs" and language.again(3) == 3
