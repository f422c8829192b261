"""Data of a visitor's own: features, points, the columns of a table, pictures in a zip file."""

from __future__ import annotations

import base64
import io
import stat
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from neurona.recipe import Recipe
from neurona.studio import recipe_text
from neurona.studio.points import along, unpacked
from neurona.training import train


def unpack(packed: dict[str, Any]) -> np.ndarray:
    numbers = np.frombuffer(
        base64.b64decode(packed["data"]), {"u8": np.uint8, "f32": "<f4", "f64": "<f8"}[packed["type"]]
    )
    return numbers.reshape(packed["shape"])


# ---------------------------------------------------------------------- features


def offered(page: Any) -> dict[str, dict[str, Any]]:
    return {one["text"]: one for one in page.last("state")["features"]}


def test_features_are_switched_on_and_off(page: Any, tmp_path: Path) -> None:
    assert [text for text, one in offered(page).items() if one["on"]] == ["x1", "x2"]
    wanted = ["x1", "x1^2", "sin(6*x1)"]
    assert set(wanted) < set(offered(page))
    page.tell("change", key="data.features", value=wanted)
    assert [text for text, one in offered(page).items() if one["on"]] == wanted
    assert page.last("state")["scene"]["net"]["inputs"]["names"] == wanted
    assert page.last("state")["scene"]["points"]["axes"] == ["x1", "x2"]
    page.train()
    theirs = train("spiral", epochs=5, data={"features": wanted}, out=tmp_path / "theirs", report=False)
    assert page.workshop.fit.history == theirs.rows
    page.tell("change", key="data.features", value=None)
    assert "features" not in page.workshop.text


def test_the_maps_of_features_are_their_values(page: Any) -> None:
    page.tell("change", key="data.features", value=["x1*x2", "x1^2 + x2^2"])
    found = offered(page)
    low, high = (page.last("state")["scene"]["points"][end] for end in ("low", "high"))
    x, y = np.meshgrid(np.linspace(low[0], high[0], 20), np.linspace(low[1], high[1], 20))
    for text, values in (("x1*x2", x * y), ("x1^2 + x2^2", x**2 + y**2), ("x2", y)):
        centred = values - (values.min() + values.max()) / 2
        assert np.allclose((unpack(found[text]["map"]) - 128.0) / 127, centred / np.abs(centred).max(), atol=0.01)


def test_the_surface_over_features_is_what_the_net_answers(page: Any) -> None:
    page.tell("change", key="data.features", value=["x2", "x1^2"])
    page.train()
    scene, fit = page.last("frame")["scene"], page.workshop.fit
    points = page.last("state")["scene"]["points"]
    side = scene["surface"]["side"]
    x, y = (np.linspace(points["low"][i], points["high"][i], side) for i in (0, 1))
    frame = pd.DataFrame({"x1": np.tile(x, side), "x2": np.repeat(y, side)})
    seen = fit.data.inputs.prepare(fit.data.inputs.encode(frame))
    assert np.array_equal(unpack(scene["surface"]["classes"]), fit.net(seen).argmax(1).numpy())


@pytest.mark.parametrize(
    ("value", "words"), [(["x3"], "no column 'x3'"), ([], "must be a list"), (["log(x1)"], "finite")]
)
def test_a_wrong_feature_is_told_beside_its_control(page: Any, value: Any, words: str) -> None:
    page.tell("change", key="data.features", value=value)
    problem = page.last("problem")
    assert problem["key"] == "data.features" and words in problem["problem"] + problem["hint"]
    assert problem["line"] == 0 and "features" not in page.workshop.text


def test_columns_are_called_in_the_language_of_the_page_and_formulas_as_they_are_written(page: Any) -> None:
    page.tell("open", name="linear-regression")
    page.tell("language", language="es")
    found = offered(page)
    page.tell("language", language="en")
    assert found["area_m2"]["label"] == "superficie_m2" and found["area_m2^2"]["label"] == "area_m2²"
    assert [one["label"] for one in offered(page).values()][:2] == ["area_m2", "distance_km"]


@pytest.mark.parametrize("recipe", ["digits-mlp", "wine", "digits-cnn2"])
def test_other_data_than_points_have_no_switches(page: Any, recipe: str) -> None:
    page.tell("open", name=recipe)
    assert page.last("state")["features"] == []


# ---------------------------------------------------------------------- points

RING = [
    [round(float(np.cos(t)) * r, 3), round(float(np.sin(t)) * r, 3), k]
    for k, r in ((0, 0.3), (1, 0.8))
    for t in range(12)
]


def test_drawn_points_are_trained_and_go_along(page: Any, tmp_path: Path) -> None:
    page.tell("points", points=RING)
    table = pd.read_csv("points.csv")
    assert table[["x1", "x2"]].to_numpy().tolist() == [point[:2] for point in RING]
    assert table["class"].tolist() == ["A"] * 12 + ["B"] * 12
    state = page.last("state")
    assert np.allclose(unpack(state["recipe"]["drawn"]["points"]), RING)
    assert state["scene"]["points"]["low"] == [-1, -1] and state["scene"]["points"]["high"] == [1, 1]
    page.tell("change", key="fit.epochs", value=3)
    page.train()
    page.tell("take", what="run")
    with zipfile.ZipFile(page.last("file")["file"]) as packed:
        packed.extractall(tmp_path / "taken")
    again = train(tmp_path / "taken" / "points" / "recipe.toml", out=tmp_path / "again", report=False)
    assert again.rows == page.workshop.fit.history


def test_more_points_are_other_data(page: Any) -> None:
    page.tell("points", points=RING)
    page.tell("change", key="data.features", value=["x1^2", "x2^2"])
    page.tell("points", points=[*RING, [0.5, 0.5, 2], [0.6, 0.5, 2], [0.5, 0.6, 2], [0.6, 0.6, 2]])
    assert page.workshop.fit.data.classes == ("A", "B", "C")
    assert page.workshop.fit.data.feature_names == ("x1^2", "x2^2")


def test_a_link_brings_the_points(page: Any) -> None:
    page.tell("points", points=RING)
    link, history = page.last("state")["recipe"]["link"], Path("points.csv").read_text()
    page.tell("open", name="moons")
    Path("points.csv").unlink()
    page.tell("link", link=link)
    assert Path("points.csv").read_text() == history
    assert page.workshop.recipe.data["path"] == "points.csv"
    assert along({"name": "moons"}) == ""


@pytest.mark.parametrize("packed", ["", "ä", "AAAA", "eJwDAAAAAAE"])
def test_a_link_with_broken_points_changes_nothing(page: Any, packed: str) -> None:
    page.tell("points", points=RING)
    before = Path("points.csv").read_text()
    page.tell("link", link=page.last("state")["recipe"]["link"].partition("&p=")[0] + "&p=" + packed)
    assert "not whole" in page.last("problem")["problem"] and Path("points.csv").read_text() == before


def test_a_link_with_other_points_for_the_same_recipe_brings_them_too(page: Any) -> None:
    page.tell("points", points=RING)
    first = page.last("state")["recipe"]["link"]
    page.tell("points", points=[*RING, [0.9, 0.9, 1]])
    page.tell("step")
    page.tell("link", link=first)
    assert np.allclose(unpack(page.last("state")["recipe"]["drawn"]["points"]), RING)
    assert sum(page.last("state")["scene"]["samples"].values()) == len(RING) and page.workshop.fit.epoch == 0
    page.tell("step")
    assert [message["kind"] for message in page.tell("link", link=first)] == ["state", "frame"], "it is answered"
    assert page.workshop.fit.epoch == page.workshop.fit.options.every, "what is open goes on"


def test_a_link_that_is_refused_leaves_the_points(page: Any) -> None:
    page.tell("points", points=RING)
    link = page.last("state")["recipe"]["link"]
    page.tell("points", points=[*RING, [0.9, 0.9, 1]])
    before, wrong = (
        Path("points.csv").read_text(),
        page.workshop.text.replace('"points.csv"', '"points.csv"\nnoise = "x"'),
    )
    page.tell("link", link=recipe_text.link(wrong) + "&p=" + link.partition("&p=")[2])
    assert page.last("problem")["from"] == "link" and Path("points.csv").read_text() == before


def test_a_link_brings_nothing_but_points(folder: Path) -> None:
    import zlib

    for text in ("a,b\n1,2\n", "x1,x2,class\n1,2,A\n", "x1,x2,class\n0,0,=cmd()\n", "x1,x2,class\n" + "0,0,A\n" * 2000):
        packed = base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")
        with pytest.raises(ValueError, match="not whole"):
            unpacked("r=AAAA&p=" + packed)
    assert not Path("points.csv").exists()


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (None, "These are no points"),
        ("abc", "These are no points"),
        ([[0, 0]], "These are no points"),
        ([[0, 2, 0]], "These are no points"),
        ([[0, 0, 6]], "These are no points"),
        ([[0, 0, True]], "These are no points"),
        ([[float("nan"), 0, 0]], "These are no points"),
        ([[0, 0, 0]] * 1001, "1001 points are too many"),
        ([], "not enough"),
        ([[0, 0, 0]] * 10, "not enough"),
        ([[0, 0, 0]] * 10 + [[1, 1, 1]] * 3, "not enough"),
    ],
)
def test_what_are_no_points_is_told(page: Any, points: Any, words: str) -> None:
    page.tell("points", points=points)
    assert words in page.last("problem")["problem"]
    assert page.workshop.recipe.data["name"] == "spiral" and not Path("points.csv").exists()


def test_a_recipe_on_points_that_are_not_there_is_refused(page: Any) -> None:
    text = recipe_text.written({"data": {"path": "points.csv", "target": "class"}, "net": {"kind": "linear"}})
    page.tell("toml", text=text)
    assert "not a file that you have uploaded" in page.last("problem")["problem"]


# ---------------------------------------------------------------------- the columns of a table


@pytest.fixture
def table() -> pd.DataFrame:
    """Return 60 flats with columns of every kind."""
    rng = np.random.default_rng(0)
    area = rng.uniform(30, 150, 60).round(1)
    return pd.DataFrame(
        {
            "id": range(60),
            "area": area,
            "zone": rng.choice(["north", "south"], 60),
            "built": pd.date_range("1990-01-01", periods=60, freq="33D").astype(str),
            "city": "Lima",
            "rooms": ["3"] * 58 + ["two", "many"],
            "dear": np.where(area > 90, "yes", "no"),
        }
    )


def test_each_column_is_told_with_its_kind(page: Any, table: pd.DataFrame) -> None:
    table.to_csv("flats.csv", index=False)
    columns = {column["name"]: column for column in page.tell("uploaded", file="flats.csv")[0]["columns"]}
    assert {name: column["kind"] for name, column in columns.items()} == {
        "id": "ignore", "area": "number", "zone": "category", "built": "date", "city": "ignore", "rooms": "wrong",
        "dear": "category",
    }  # fmt: skip
    assert columns["area"]["example"] == str(table["area"][0])
    assert columns["city"]["reason"] == "the same value in every row"
    assert "'two' (line 60)" in columns["rooms"]["problem"]


def test_chosen_columns_are_what_the_net_sees(page: Any, table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv("flats.csv", index=False)
    page.tell("uploaded", file="flats.csv")
    page.tell("table", file="flats.csv", target="dear", features=None)
    assert "'two' (line 60)" in page.last("problem")["problem"]
    page.tell("table", file="flats.csv", target="dear", features=["area", "zone"])
    assert page.workshop.fit.data.feature_names == ("area", "zone=north", "zone=south")
    page.tell("change", key="fit.epochs", value=3)
    page.train()
    given = {"features": ["area", "zone"]}
    theirs = train("flats.csv", target="dear", data=given, epochs=3, out=tmp_path / "theirs", report=False)
    assert page.workshop.fit.history == theirs.rows


@pytest.mark.parametrize("features", [["dear"], ["area", "nothing"], [], "area", [{"a": 1}]])
def test_columns_that_cannot_be_chosen_are_told(page: Any, table: pd.DataFrame, features: Any) -> None:
    table.to_csv("flats.csv", index=False)
    page.tell("table", file="flats.csv", target="dear", features=features)
    assert page.last("problem")["key"] == "data.features" and page.workshop.recipe.data["name"] == "spiral"


# ---------------------------------------------------------------------- pictures


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (12, 12), form: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return file.getvalue()


def packed(files: dict[str, bytes], name: str = "photos.zip", **options: Any) -> None:
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)


def colours(prefix: str = "", each: int = 8) -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    shades = {"red": (220, 20, 20), "blue": (20, 20, 220)}
    return {
        f"{prefix}{name}/{i}.png": picture(tuple(np.clip(np.array(shade) + rng.integers(-20, 20), 0, 255).tolist()))
        for name, shade in shades.items()
        for i in range(each)
    }


@pytest.mark.parametrize("prefix", ["", "photos/", "my holidays/photos/"])
def test_a_zip_file_of_folders_is_trained_and_goes_along(page: Any, tmp_path: Path, prefix: str) -> None:
    packed(colours(prefix))
    page.tell("uploaded", file="photos.zip")
    assert page.workshop.recipe.data == {"path": "photos-pictures", "size": 32}
    assert page.workshop.fit.data.classes == ("blue", "red") and page.workshop.fit.data.shape == (3, 32, 32)
    assert not Path("photos.zip").exists() and not Path("photos-pictures.part").exists()
    if not prefix:
        page.tell("change", key="fit.epochs", value=1)
        page.train()
        page.tell("take", what="run")
        with zipfile.ZipFile(page.last("file")["file"]) as archive:
            archive.extractall(tmp_path / "taken")
        taken = Recipe.read(tmp_path / "taken" / "photos-pictures" / "recipe.toml").load()
        assert taken.fingerprint() == page.workshop.fit.data.fingerprint()


def test_folders_that_are_split_already_stay_so(page: Any) -> None:
    packed({**colours("train/", 6), **colours("test/", 3)})
    page.tell("uploaded", file="photos.zip")
    assert len(page.workshop.fit.data.test) == 6


def test_nothing_leads_out_of_the_folder(page: Any, folder: Path) -> None:
    link = zipfile.ZipInfo("red/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile("photos.zip", "w") as archive:
        for path, content in colours().items():
            archive.writestr(path, content)
        archive.writestr(link, "/etc/passwd")
        for path in (
            "../../out.png",
            "/etc/red/x.png",
            "red/../../../up.png",
            "..\\..\\win.png",
            ".hidden/x.png",
            "a\x00b.png",
        ):
            archive.writestr(path, picture((1, 2, 3)))
    before = {path for path in folder.rglob("*") if "photos" not in str(path)}
    page.tell("uploaded", file="photos.zip")
    assert {path for path in folder.rglob("*") if "photos" not in str(path)} == before
    assert not any(path.is_symlink() for path in Path("photos-pictures").rglob("*"))
    assert "it leads elsewhere" in page.last("remark")["text"]


def test_what_is_no_picture_is_left_out_and_named(page: Any) -> None:
    packed({**colours(), "red/notes.txt": b"hello", "red/broken.png": b"no picture", "loose.png": picture((1, 1, 1))})
    page.tell("uploaded", file="photos.zip")
    said = page.last("remark")["text"]
    assert "red/notes.txt (it is no picture)" in said and "red/broken.png (it is no picture of a known kind)" in said
    assert "loose.png (it lies in no folder of a class)" in said
    assert len(list(Path("photos-pictures").rglob("*.png"))) == 16


def test_limits_hold_before_all_is_written(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most, words in (
        ("MOST_FILES", 10, "It holds 16 pictures, more than 10"),
        ("MOST_MEGABYTES", 0.0005, "Unpacked, it holds more than"),
        ("MOST_MEGAPIXELS", 0.0001, "It holds no pictures in folders"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(f"neurona.studio.picture_files.{name}", most)
            packed(colours())
            page.tell("uploaded", file="photos.zip")
        assert words in page.last("problem")["problem"]
        assert not Path("photos-pictures").exists() and page.workshop.recipe.data["name"] == "spiral"


def test_a_bomb_is_told_from_its_size(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred megabytes of zeros are a tenth of one, packed."""
    monkeypatch.setattr("neurona.studio.picture_files.MOST_MEGABYTES", 20)
    packed({"red/bomb.png": bytes(100_000_000)})
    assert Path("photos.zip").stat().st_size < 200_000
    page.tell("uploaded", file="photos.zip")
    assert "more than 20 MB" in page.last("problem")["problem"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no zip file", "no zip file, or a damaged one"), (b"PK\x03\x04" + bytes(60), "no zip file, or a damaged one")],
)
def test_what_is_no_zip_file_is_told(page: Any, content: bytes, words: str) -> None:
    Path("photos.zip").write_bytes(content)
    page.tell("uploaded", file="photos.zip")
    assert words in page.last("problem")["problem"]


def test_a_damaged_member_is_told(page: Any) -> None:
    packed(colours())
    content = bytearray(Path("photos.zip").read_bytes())
    content[60:70] = b"0123456789"
    Path("photos.zip").write_bytes(bytes(content))
    page.tell("uploaded", file="photos.zip")
    assert "damaged" in page.last("problem")["problem"]


def test_one_class_is_told_as_the_command_line_does(page: Any) -> None:
    packed({path: content for path, content in colours().items() if path.startswith("red")})
    page.tell("uploaded", file="photos.zip")
    assert page.last("problem")["problem"] and page.workshop.recipe.data["name"] == "spiral"


# ---------------------------------------------------------------------- layers


def test_a_layer_that_does_not_fit_is_told_with_its_number(page: Any) -> None:
    page.tell("open", name="digits-cnn2")
    layers = [*page.workshop.recipe.net["layers"]]
    page.tell("change", key="net.layers", value=[*layers[:3], "conv 32 50", *layers[4:]])
    problem = page.last("problem")
    assert problem["key"] == "net.layers" and problem["problem"].startswith('Layer 4, "conv 32 50"')
    assert page.last("state")["recipe"]["net"]["layers"] == layers


@pytest.mark.parametrize(("across", "up"), [(0.1, 0.0), (0.0, 0.1), (0.0, 0.0)])
def test_points_on_a_line_along_an_axis_are_points_of_the_plane_too(page: Any, across: float, up: float) -> None:
    begin = [[round(0.05 + across * i, 2), round(0.05 + up * i, 2), i % 2] for i in range(9)]
    page.tell("points", points=begin)
    assert page.last("state")["scene"]["points"]["axes"] == ["x1", "x2"] and page.workshop.fit.data.shape == (2,)
    page.tell("step")
    said = page.tell("points", points=[*begin, [-0.6, -0.7, 0]])
    assert page.workshop.fit.epoch == 1 and "problem" not in {message["kind"] for message in said}
    page.tell("points", points=[[0.1 * i, 0.03 * i * i, i % 2] for i in range(9)])
    page.tell("points", points=begin)
    assert page.workshop.fit.data.shape == (2,)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8", "utf-8-sig"])
def test_a_table_is_read_as_a_spreadsheet_has_saved_it(page: Any, tmp_path: Path, encoding: str) -> None:
    text = "año;niño\n" + "\n".join(f"{place},5;{'sí' if place % 3 else 'quizá'}" for place in range(60))
    Path("años.csv").write_text(text, encoding)
    said = page.tell("uploaded", file="años.csv")
    columns = {one["name"]: one["kind"] for message in said if message["kind"] == "table" for one in message["columns"]}
    assert columns == {"año": "number", "niño": "category"}
    plain = encoding.startswith("utf-8")
    assert [m["text"].count(encoding) for m in said if m["kind"] == "remark"] == ([] if plain else [1])
    page.tell("table", file="años.csv", target="niño")
    assert page.last("state")["scene"]["classes"] == ["quizá", "sí"]
    assert ("encoding" in page.workshop.text) == (not plain)
    page.tell("change", key="fit.epochs", value=2)
    page.train()
    assert len(page.workshop.fit.history) == 2


def test_the_rows_of_a_table_are_given_back_where_nothing_is_to_be_predicted(page: Any) -> None:
    x = np.random.default_rng(0).normal(size=60)
    kinds = np.where(np.arange(60) % 2, "wet", "dry")
    pd.DataFrame({"x": x, "y": 2 * x, "z": -x, "kind": kinds}).to_csv("mine.csv", index=False)
    page.tell("table", file="mine.csv", target="kind", features=None, back=True)
    scene = page.last("state")["scene"]
    assert scene["task"] == "variational" and {"latent", "drawn"} <= {*scene["views"]}
    assert (scene["classes"], scene["about"]["latent"]["columns"]) == (["dry", "wet"], ["x", "y", "z"])
    page.tell("step")
    assert page.workshop.fit.epoch == 1
    page.tell("table", file="mine.csv", target=None, features=None, back=True)
    scene = page.last("state")["scene"]
    assert (scene["classes"], scene["about"]["latent"]["columns"]) == ([], ["x", "y", "z", "kind"])
    assert "target" not in page.workshop.text
    page.tell("step")
    for view in ("rows", "latent", "drawn"):
        assert page.tell("look", view=view)[-1]["shown"]
    page.tell("table", file="mine.csv", target="kind", features=None, back=False)
    assert page.last("state")["scene"]["task"] == "binary"


def test_what_is_no_text_is_no_table_in_any_encoding(page: Any) -> None:
    Path("mine.csv").write_bytes(bytes(range(256)) * 4)
    page.tell("uploaded", file="mine.csv")
    assert page.last("problem")["problem"] == "mine.csv is no text file."


# ---------------------------------------------------------------------- a session that begins anew


@pytest.mark.parametrize(
    ("why", "words"), [("away", "started anew"), ("memory", "want of memory"), ("rest", "no room")]
)
def test_a_page_that_begins_anew_is_told_why_and_finds_the_recipe_of_its_address(
    page: Any, why: str, words: str
) -> None:
    page.tell("change", key="data.noise", value=0.42)
    link = page.last("state")["recipe"]["link"]
    anew = type(page)(page.workshop.folder)
    *_before, last = anew.tell("hello", language="en", link=link, lost=why)
    assert last["kind"] == "problem" and words in last["problem"] and last["hint"]
    assert "noise = 0.42" in anew.last("state")["recipe"]["toml"]
    assert [message["kind"] for message in anew.tell("hello", language="en", link=link)][-1] == "frame"


def test_a_recipe_whose_table_is_not_here_goes_on_when_it_is_uploaded(page: Any) -> None:
    table = pd.DataFrame({"x": np.arange(40.0), "y": np.arange(40.0) ** 2})
    table.to_csv("mine.csv", index=False)
    page.tell("table", file="mine.csv", target="y")
    page.tell("change", key="net.hidden", value=[7, 5])
    link = page.last("state")["recipe"]["link"]
    Path("mine.csv").unlink()

    anew = type(page)(page.workshop.folder)
    anew.tell("hello", language="en", link=link, lost="away")
    said = anew.last("problem")
    assert "what was trained is lost" in said["problem"] and "'mine.csv' is not a file that you have" in said["problem"]
    assert "Upload it" in said["hint"]
    assert anew.last("state")["recipe"]["name"] == "spiral"
    table.to_csv("another.csv", index=False)
    assert "table" in {message["kind"] for message in anew.tell("uploaded", file="another.csv")}
    table.to_csv("mine.csv", index=False)
    assert "table" not in {message["kind"] for message in anew.tell("uploaded", file="mine.csv")}
    assert "[7, 5]" in anew.last("state")["recipe"]["toml"]
    assert "table" in {message["kind"] for message in anew.tell("uploaded", file="mine.csv")}


def test_a_text_that_names_a_table_goes_on_when_that_is_uploaded(page: Any) -> None:
    text = '[data]\npath = "mine.csv"\ntarget = "y"\n[net]\nkind = "mlp"\nhidden = [7, 5]\n'
    page.tell("toml", text=text)
    assert "not a file that you have uploaded" in page.last("problem")["problem"]
    pd.DataFrame({"x": np.arange(40.0), "y": np.arange(40.0) ** 2}).to_csv("mine.csv", index=False)
    assert "table" not in {message["kind"] for message in page.tell("uploaded", file="mine.csv")}
    assert page.workshop.recipe.net["hidden"] == [7, 5]


def test_a_recipe_that_waits_for_a_table_is_let_go_when_another_one_is_opened(page: Any) -> None:
    text = '[data]\npath = "mine.csv"\ntarget = "y"\n[net]\nhidden = [7, 5]\n'
    page.tell("link", link=recipe_text.link(text))
    assert "not a file that you have uploaded" in page.last("problem")["problem"]
    page.tell("open", name="moons")
    pd.DataFrame({"x": np.arange(40.0), "y": np.arange(40.0) ** 2}).to_csv("mine.csv", index=False)
    assert "table" in {message["kind"] for message in page.tell("uploaded", file="mine.csv")}
    assert page.last("state")["recipe"]["name"] == "moons"


def test_a_recipe_whose_pictures_are_not_here_goes_on_when_they_are_uploaded(page: Any) -> None:
    with zipfile.ZipFile("pets.zip", "w") as packed:
        for place in range(24):
            picture = io.BytesIO()
            Image.new("RGB", (8, 8), (10 * place, 0, 99)).save(picture, "png")
            packed.writestr(f"{'cats' if place % 2 else 'dogs'}/{place}.png", picture.getvalue())
    text = '[data]\npath = "pets-pictures"\nsize = 16\n[net]\nkind = "mlp"\nhidden = [9]\n'
    page.tell("link", link=recipe_text.link(text))
    assert "not a file that you have uploaded" in page.last("problem")["problem"]
    page.tell("uploaded", file="pets.zip")
    assert "hidden = [9]" in page.last("state")["recipe"]["toml"]
