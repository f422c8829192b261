"""A class at work in Studio: visitors with a websocket each, who train the spiral again and again at the same time.

    python benchmarks/studio.py [--visitors 30] [--minutes 5] [--recipe spiral] [--speed fast] [--cores 2]

Each visitor asks for the page, connects as its JavaScript does (Socket.IO over a websocket), confirms each frame,
clicks every few seconds (pause, train, another language), and trains anew whenever a training ends. What is asked
of the class stands beside what was measured:

- `ready`: from the request for the page to the first state and picture.
- `click`: from a click to the frame or state that answers it.
- `gap`: the longest time that a page which trains stood still.
- memory: proportional set size (PSS) of the server and all of its processes, where shared pages count once.

Server and visitors share the cores that `--cores` names, so that the visitors' own work, which is told, counts against
Studio. Linux alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import numpy as np
import orjson
import psutil
import socketio  # type: ignore[import-untyped]

PAUSE = 5.0  # between two clicks of a visitor, in seconds
LOOKING = 10.0  # between two looks at the memory, which take a second of a core
ARRIVING = 10.0  # within which all come
GRACE = 15.0  # in which the last training may end
LEAVING = 40.0  # until those who left must be gone
MB = 1e6


class Json:
    """JSON for Socket.IO that takes little of the visitors' time, so that they get in Studio's way as little as may be.

    It stands where Socket.IO wants something that looks like the module `json`.
    """

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        """Write."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str, **_options: Any) -> Any:
        """Read."""
        return orjson.loads(text)


@dataclass
class Visitor:
    """Someone with the page open.

    Attributes:
        ready: seconds until the page had its first state and picture.
        clicks: seconds that each click waited for its answer.
        gaps: seconds between two pictures while it trained.
        ended: trainings that came to their end.
        problems: what the page was told went wrong.
    """

    address: str
    recipe: str
    speed: str
    ready: float = 0.0
    clicks: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    ended: int = 0
    problems: list[str] = field(default_factory=list)
    _heard: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    _trains: bool = False
    _last: float = 0.0

    async def visit(self, after: float, until: float) -> None:
        """Come after some seconds, train until the time `until`, let the last training end, and leave."""
        await asyncio.sleep(after)
        self._socket = socketio.AsyncClient(json=Json, reconnection=False)
        self._socket.on("run_javascript", self._hear)
        begun = time.monotonic()
        await self._connect()
        await self._tell("hello", language="en", link="")
        await self._answer("frame")
        self.ready = time.monotonic() - begun
        if self.recipe != "spiral":
            await self._click("open", "state", name=self.recipe)
        await self._tell("speed", speed=self.speed)
        while time.monotonic() < until:
            await self._train(until + GRACE)
        await self._socket.disconnect()

    async def _train(self, until: float) -> None:
        """Train to the end, or until a time where that takes longer, and click now and then."""
        await self._click("play", "frame", running=True)
        language, at = "en", time.monotonic() + PAUSE * (0.5 + secrets.randbelow(100) / 100)
        while self._trains and time.monotonic() < until:
            with_time = max(0.01, at - time.monotonic())
            try:
                await asyncio.wait_for(self._heard.get(), with_time)
            except TimeoutError:
                at = time.monotonic() + PAUSE
                await self._click("pause", "frame", running=False)
                language = "es" if language == "en" else "en"
                await self._click("language", "state", language=language)
                await self._click("play", "frame", running=True)
        self.ended += not self._trains

    async def _click(self, do: str, kind: str, running: bool | None = None, **more: Any) -> None:
        """Do something and wait for what shows it."""
        while not self._heard.empty():
            self._heard.get_nowait()
        begun = time.monotonic()
        await self._tell(do, **more)
        while True:
            message = await self._answer(kind)
            if running is None or message["running"] == running or message["ended"]:
                break
        self.clicks.append(time.monotonic() - begun)

    async def _answer(self, kind: str) -> dict[str, Any]:
        while True:
            message = await asyncio.wait_for(self._heard.get(), 120)
            if message["kind"] == kind:
                return message

    async def _connect(self) -> None:
        async with aiohttp.ClientSession() as session, session.get(self.address) as answer:
            page = await answer.text()
        found = re.search(r"'client_id': '([^']+)', 'next_message_id': (\d+)", page)
        element = re.search(r'"(\d+)":\{[^{}]*?"props":\{"visitor".*?"listener_id":"([^"]+)","type":"command"', page)
        assert found and element, "this is not the page of Studio"
        self._client, self._element, self._listener = found.group(1), int(element.group(1)), element.group(2)
        ours = {"tab_id": secrets.token_hex(8), "document_id": secrets.token_hex(8), "implicit_handshake": "true"}
        query = {"client_id": self._client, "next_message_id": found.group(2), **ours}
        await self._socket.connect(
            self.address + "?" + "&".join(f"{key}={value}" for key, value in query.items()),
            socketio_path="/_nicegui_ws/socket.io",
            transports=["websocket"],
        )

    async def _tell(self, do: str, **more: Any) -> None:
        event = {"id": self._element, "client_id": self._client, "listener_id": self._listener}
        await self._socket.emit("event", {**event, "args": [orjson.dumps({"do": do, **more}).decode()]})

    async def _hear(self, message: dict[str, Any]) -> None:
        code = message["code"]
        said = orjson.loads(code[code.index("[", code.index("receive")) : code.rindex("]") + 1])[0]
        if said["kind"] == "frame":
            self._see(said)
            await self._tell("drawn")
        elif said["kind"] in ("problem", "fault", "gone", "full"):
            self.problems.append(str(said))
        self._heard.put_nowait(said)

    def _see(self, frame: dict[str, Any]) -> None:
        now = time.monotonic()
        if self._trains:
            self.gaps.append(now - self._last)
        self._trains, self._last = frame["running"], now


# ---------------------------------------------------------------------- the server


def serve(cores: set[int], visitors: int, folder: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start Studio on these cores; return its process and address, once sessions can start at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "neurona", "studio", "--port", str(port), "--no-browser"]
    process = subprocess.Popen(
        [*command, "--visitors", str(visitors)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    return process, f"http://127.0.0.1:{port}/"


def memory(server: int) -> float:
    """Return the megabytes that the server and its processes take, what they share counted once."""
    parent, total = psutil.Process(server), 0
    for process in [parent, *parent.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:  # it has ended meanwhile
            continue
    return total / MB


def worked(server: int) -> float:
    """Return the seconds of processors that the server and its processes have taken so far."""
    parent = psutil.Process(server)
    times = [parent.cpu_times()]
    for process in parent.children(recursive=True):
        try:
            times.append(process.cpu_times())
        except psutil.Error:
            continue
    return sum(one.user + one.system for one in times) + times[0].children_user + times[0].children_system


async def settled(server: int) -> float:
    """Wait until the memory stays as it is, and return it."""
    before = 0.0
    for _try in range(60):
        now = memory(server)
        if before and abs(now - before) < 0.01 * now:
            return now
        before = now
        await asyncio.sleep(2)
    return before


# ---------------------------------------------------------------------- the class


async def work(options: argparse.Namespace) -> bool:
    """Let the class work, print what was measured, and return whether all that is asked was met."""
    cores = set(sorted(os.sched_getaffinity(0))[: options.cores])
    os.sched_setaffinity(0, cores)
    with tempfile.TemporaryDirectory() as folder:
        process, address = serve(cores, options.visitors, folder)
        try:
            await _answering(address)
            start = await settled(process.pid)
            spent, ours, most = worked(process.pid), time.process_time(), start
            until = time.monotonic() + ARRIVING + 60 * options.minutes
            found = [Visitor(address, options.recipe, options.speed) for _number in range(options.visitors)]
            visits = asyncio.gather(
                *(visitor.visit(i * ARRIVING / len(found), until) for i, visitor in enumerate(found)),
                return_exceptions=True,
            )
            while not visits.done():
                await asyncio.wait([visits], timeout=LOOKING)
                most = max(most, await asyncio.to_thread(memory, process.pid))
            failures = [f"{type(one).__name__}: {one}" for one in await visits if one is not None]
            spent, ours = worked(process.pid) - spent, time.process_time() - ours
            await asyncio.sleep(LEAVING)
            return _told(found, failures, (start, most, await settled(process.pid)), (spent, ours), len(cores))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


async def _answering(address: str) -> None:
    for _try in range(300):
        try:
            async with aiohttp.ClientSession() as session, session.get(address):
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.1)


def _told(
    visitors: list[Visitor],
    failures: list[str],
    memories: tuple[float, float, float],
    seconds: tuple[float, float],
    cores: int,
) -> bool:
    """Print a table of what is asked and what was measured; return whether all holds."""
    clicks = np.array([second for visitor in visitors for second in visitor.clicks] or [np.inf])
    gaps = [max(visitor.gaps, default=np.inf) for visitor in visitors]
    rates = [len(visitor.gaps) / max(sum(visitor.gaps), 1e-9) for visitor in visitors]
    start, most, end = memories
    finished = sum(visitor.ended > 0 and not visitor.problems for visitor in visitors)
    asked = [
        ("visitors that finish", f"all {len(visitors)}", f"{finished}", finished == len(visitors) and not failures),
        ("longest gap between two pictures of a page", "1 s", f"{max(gaps):.2f} s", max(gaps) <= 1),
        (
            "click to answer, 95th percentile",
            "1 s",
            f"{np.quantile(clicks, 0.95):.2f} s",
            np.quantile(clicks, 0.95) <= 1,
        ),
        ("memory (PSS), most", "4,000 MB", f"{most:,.0f} MB", most < 4000),
        ("memory at the end, of that at the start", "110%", f"{end / start:.0%}", end <= 1.1 * start),
    ]
    width = max(len(row[0]) for row in asked)
    for what, bound, measured, holds in asked:
        print(f"{what:{width}}  asked {bound:>8}  measured {measured:>9}  {'yes' if holds else 'NO'}")
    ready = [visitor.ready for visitor in visitors]
    print(f"{sum(v.ended for v in visitors)} trainings, {len(clicks)} clicks: median {np.median(clicks):.2f} s")
    print(f"pictures a second of a page: median {np.median(rates):.1f}, least {min(rates):.1f}")
    print(f"gaps: median of the longest {np.median(gaps):.2f} s; share above 1 s: {_beyond(visitors):.2%}")
    print(f"ready: median {np.median(ready):.1f} s, last {max(ready):.1f} s")
    print(f"memory: {start:,.0f} MB before, {most:,.0f} MB at most, {end:,.0f} MB after they left")
    print(f"processor on {cores} cores: {seconds[0]:.0f} s Studio, {seconds[1]:.0f} s visitors")
    for problem in sorted({*failures, *(text for visitor in visitors for text in visitor.problems)})[:5]:
        print("problem:", problem)
    return all(row[3] for row in asked)


def _beyond(visitors: list[Visitor]) -> float:
    gaps = [gap for visitor in visitors for gap in visitor.gaps]
    return sum(gap > 1 for gap in gaps) / max(1, len(gaps))


def main() -> None:
    """Read the options and let the class work."""
    parser = argparse.ArgumentParser(description="A class at work in Studio.")
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--recipe", default="spiral")
    parser.add_argument("--speed", default="fast", choices=("slow", "medium", "fast", "full"))
    parser.add_argument("--cores", type=int, default=2)
    sys.exit(not asyncio.run(work(parser.parse_args())))


if __name__ == "__main__":
    main()
