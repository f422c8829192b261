"""The page: one element, whose components in the browser draw everything, and the routes of files in and out."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import FileResponse, JSONResponse, Response
from nicegui import Client, app, ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from neurona.language import language
from neurona.look.palette import PALETTE
from neurona.studio.classroom import Classroom
from neurona.studio.place import COMPONENTS
from neurona.studio.words import in_all_languages

LARGEST = 20  # of an upload, in MB
UPLOADS = (".csv", ".tsv", ".parquet", ".zip")
STYLES = (
    "page.css", "panels.css", "views.css", "stage.css", "families.css",
    "tables.css", "open.css", "choose.css", "data.css", "screens.css",
)  # fmt: skip

POINTS = "points.csv"

CLASSROOM = Classroom()
VISITORS = CLASSROOM.visitors
# What the server alone says to a session.
OURS = ("uploaded", "share", "back")


class Studio(Element, component="components/studio.js", esm={"neurona-studio": "components"}):
    """All that is seen of Studio.

    Args:
        visitor: the name of the visitor in the addresses of files.
    """

    def __init__(self, visitor: str) -> None:
        super().__init__()
        self._props["visitor"] = visitor
        self._props["words"] = in_all_languages()
        self._props["language"] = language()
        self._props["palette"] = list(PALETTE)
        self._props["most"] = LARGEST


def page(client: Client) -> None:
    """Build the page of a new visitor, whose session begins with the first word of their browser."""
    ui.add_head_html("<style>" + "\n".join((COMPONENTS / name).read_text("utf-8") for name in STYLES) + "</style>")
    studio = Studio(client.id)

    def deliver(message: dict[str, Any]) -> None:
        studio.run_method("receive", message)

    def tell(event: GenericEventArguments) -> None:
        if not isinstance(event.args, dict):
            return
        if event.args.get("do") not in OURS:
            CLASSROOM.tell(client.id, deliver, event.args)

    studio.on("command", tell)
    client.on_delete(lambda: CLASSROOM.leave(client.id))


@app.post("/studio/upload/{name}")
async def upload(name: str, request: Request) -> Response:
    """Take a table of a visitor's own: the body is the file, `?file=` its name."""
    visitor = VISITORS.get(name)
    if visitor is None:
        return JSONResponse({"problem": "gone"}, 404)
    given = Path(request.query_params.get("file", "")).name
    safe = re.sub(r"[^\w.-]+", "-", given).strip("-.")[-80:]
    safe = f"my-{safe}" if safe == POINTS else safe  # that name is for points that are drawn here
    if not safe.lower().endswith(UPLOADS):
        return JSONResponse({"problem": "kind"}, 415)
    aside = visitor.folder / f"{secrets.token_hex(8)}.part"  # another one may be on its way
    try:
        with aside.open("wb") as file:
            async for part in request.stream():
                file.write(part)
                if file.tell() > LARGEST * 1_000_000:
                    return JSONResponse({"problem": "size"}, 413)
        aside.replace(visitor.uploads / safe)
    finally:
        aside.unlink(missing_ok=True)
    visitor.tell({"do": "uploaded", "file": safe})
    return JSONResponse({"file": safe})


@app.post("/studio/leave/{name}")
async def leave(name: str) -> Response:
    """Let a visitor go soon who has left the page, unless it is loaded anew; a lost connection is waited for longer."""
    CLASSROOM.part(name)
    return Response(status_code=204)


@app.get("/studio/take/{name}/{what}")
def take(name: str, what: str) -> Response:
    """Hand out a file that the visitor's session has made for them."""
    visitor = VISITORS.get(name)
    path, called = visitor.files.get(what, (Path(), "")) if visitor else (Path(), "")
    if not path.is_file():
        return JSONResponse({"problem": "absent"}, 404)
    return FileResponse(path, filename=called, headers={"Cache-Control": "no-store"})
