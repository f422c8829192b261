"""Where the files of the page lie."""

from pathlib import Path

HERE = Path(__file__).parent
COMPONENTS = HERE / "components"
TEMPLATES = HERE / "templates"
