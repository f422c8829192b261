"""A class: places, the queue before them, and what each visitor may use."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from browsing import until

from neurona.errors import InputError
from neurona.studio import classroom, greeting, limits
from neurona.studio import page as pages
from neurona.studio import visitor as visitors
from neurona.studio.classroom import Classroom
from neurona.studio.page import OURS

GB = 1e9


class Seat:
    """A visitor without a process."""

    def __init__(self, deliver: Any, allowance: float) -> None:
        self.deliver = deliver
        self.told: list[dict[str, Any]] = []
        self.allowance, self.threads, self.left, self.trains = allowance, 0, False, False

    def tell(self, command: dict[str, Any]) -> None:
        self.told.append(command)

    def share(self, threads: int) -> None:
        self.threads = threads

    def leave(self) -> None:
        self.left = True

    def wait(self) -> None:
        pass


class Class:
    """Some pages, and a classroom of two places."""

    def __init__(self) -> None:
        self.room: Any = Classroom(Seat)  # type: ignore[arg-type]
        self.room.places, self.room.allowance = 2, GB
        later = self.room.later
        self.room.later = lambda *when: later(*when) if asyncio._get_running_loop() else None
        self.heard: dict[str, list[dict[str, Any]]] = {}
        self.keys: dict[str, dict[str, Any]] = {}

    def say(self, name: str, do: str = "hello", **more: Any) -> None:
        heard = self.heard.setdefault(name, [])

        def deliver(message: dict[str, Any]) -> None:
            if message["kind"] == "session":
                self.keys[name] = message
            else:
                heard.append(message)

        self.room.tell(name, deliver, {"do": do, **more})

    def place(self, name: str) -> int:
        """Return the place in the queue that a page was told last."""
        return int([message for message in self.heard[name] if message["kind"] == "full"][-1]["place"])


@pytest.fixture
def school(monkeypatch: pytest.MonkeyPatch) -> Class:
    monkeypatch.setattr(greeting, "kept", lambda language: [])
    monkeypatch.setattr("neurona.studio.classroom.cores", lambda: 4)
    return Class()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever does nothing give up the place at once, while others wait."""
    monkeypatch.setattr(classroom, "IDLE", 0.0)
    monkeypatch.setattr(classroom, "WARNING", 0.0)


def test_those_for_whom_there_is_no_place_wait_in_their_order(school: Class) -> None:
    for name in "abcd":
        school.say(name, language="en")
    assert list(school.room.visitors) == ["a", "b"]
    assert (school.place("c"), school.place("d")) == (1, 2)
    assert school.heard["c"][-1]["visitors"] == 2 and not school.heard["a"]
    school.room.leave("a")
    assert list(school.room.visitors) == ["b", "c"] and school.place("d") == 1
    assert school.room.visitors["c"].told[0]["do"] == "hello"


def test_who_leaves_the_queue_makes_it_shorter(school: Class) -> None:
    for name in "abcd":
        school.say(name)
    school.room.leave("c")
    assert school.place("d") == 1 and list(school.room.visitors) == ["a", "b"]


def test_who_waits_may_change_the_language_and_can_do_nothing_else(school: Class) -> None:
    for name in "abc":
        school.say(name, language="en")
    school.say("c", "language", language="es")
    school.say("c", "play")
    school.room.leave("b")
    assert [word["do"] for word in school.room.visitors["c"].told] == ["hello"]
    assert school.room.visitors["c"].told[0]["language"] == "es"


def test_cores_are_shared_out_and_come_back(school: Class) -> None:
    school.say("a")
    assert school.room.visitors["a"].threads == 4
    school.say("b")
    assert [seat.threads for seat in school.room.visitors.values()] == [2, 2]
    school.room.leave("a")
    assert school.room.visitors["b"].threads == 4


def test_a_page_that_brings_no_recipe_is_greeted_at_once(school: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greeting, "kept", lambda language: [{"kind": "state", "in": language}])
    school.say("a", language="es", link="")
    school.say("b", language="es", link="r=abc")
    assert school.heard == {"a": [{"kind": "state", "in": "es"}], "b": []}
    assert school.room.visitors["a"].told[0]["greeted"] is True
    assert "greeted" not in school.room.visitors["b"].told[0]


def test_a_page_whose_session_is_not_here_any_more_begins_anew_and_is_told_why(school: Class) -> None:
    school.say("a", link="r=abc", session="of a Studio that was stopped")
    school.say("b", link="r=abc", session="")
    assert [seat.told[0].get("lost") for seat in school.room.visitors.values()] == ["away", None]
    school.room.leave("b")
    school.say("c", link="r=abc", session=school.keys["a"]["key"])  # a copy of a tab
    assert "lost" not in school.room.visitors["c"].told[0] and school.keys["c"]["second"]


def test_what_a_page_is_greeted_with_is_what_its_session_would_say(page: Any, folder: Any) -> None:
    from neurona.studio.workshop import Workshop

    said = page.tell("hello", language="es")
    assert [message["kind"] for message in said] == ["offers", "state", "frame"]
    quiet: list[dict[str, Any]] = []
    workshop = Workshop(folder, quiet.append)
    workshop.handle({"do": "hello", "language": "es", "greeted": True})
    assert quiet == []
    workshop.telling.state()
    assert quiet == said[1:]
    page.tell("language", language="en")


@pytest.mark.parametrize(
    ("memory", "cores", "places"), [(24 * GB, 2, 32), (4 * GB, 8, 14), (1 * GB, 2, 1), (64 * GB, 16, 256)]
)
def test_there_are_as_many_places_as_memory_and_cores_have_room_for(memory: float, cores: int, places: int) -> None:
    assert limits.places_for(memory, cores) == places


def test_who_is_alone_may_use_most_of_the_memory_and_many_an_equal_part() -> None:
    assert limits.allowance_of(20 * GB, 1) == 16 * GB
    assert limits.allowance_of(20 * GB, 8) == 2 * GB
    assert limits.allowance_of(20 * GB, 100) == 1 * GB


def test_more_than_ones_share_of_memory_is_refused_and_the_rest_goes_on(tmp_path: Any) -> None:
    """In a process of its own, which is held to a share as a session is."""
    script = f"""
import os, sys
from pathlib import Path
from neurona.studio import limits
from neurona.studio.workshop import Workshop
(Path({str(tmp_path)!r}) / "uploads").mkdir()
os.chdir(Path({str(tmp_path)!r}) / "uploads")
said = []
workshop = Workshop(Path({str(tmp_path)!r}), said.append)
workshop.handle({{"do": "hello", "language": "en"}})
workshop.handle({{"do": "step"}})
limits.hold_to(2e8)
before = workshop.text
for epoch, changes in ((2, {{"net.hidden": [60_000, 60_000]}}), (3, {{"data.samples": 10_000_000}})):
    said.clear()
    workshop.handle({{"do": "change", "changes": changes}})
    problem = next(one for one in said if one["kind"] == "problem")
    assert any(sentence in problem["problem"] for sentence in ("visitor may use", "are free")), problem
    assert "0.2 GB" in problem["problem"], problem
    assert workshop.text == before
    workshop.handle({{"do": "step"}})
    assert workshop.fit.epoch == epoch, workshop.fit.epoch
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_need_is_told_before_anything_is_trained() -> None:
    limits.ALLOWANCE.set(1 * GB)
    try:
        with pytest.raises(InputError, match=r"about 3.0 GB of memory, and each visitor may use 1.0 GB"):
            limits.check(3 * GB)
        limits.check(0.9 * GB)
    finally:
        limits.ALLOWANCE.set(float("inf"))
    assert limits.beyond(ValueError("shape")) is None


def test_a_page_cannot_say_what_is_for_the_server_to_say() -> None:
    assert {"share", "uploaded", "back"} == set(OURS)


def test_a_page_that_is_loaded_anew_has_its_session_again(school: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurona.studio.classroom.KEPT", 0.05)

    async def lesson() -> None:
        school.say("a")
        seat, key = school.room.visitors["a"], school.keys["a"]["key"]
        school.room.part("a")
        school.say("again", language="es", link="r=abc", session=key)
        assert school.room.visitors == {"again": seat} and school.keys["again"]["key"] == key
        assert seat.told[-1] == {"do": "back", "language": "es", "link": "r=abc", "session": key}
        seat.deliver({"kind": "frame"})
        assert school.heard["again"] == [{"kind": "frame"}] and not school.heard["a"]
        school.room.leave("a")  # what is told of the page that it was does nothing
        await asyncio.sleep(0.1)
        assert school.room.visitors == {"again": seat} and not seat.left

        school.room.part("again")
        await asyncio.sleep(0.1)
        assert seat.left and not school.room.visitors
        school.say("late", session=key)
        assert school.room.visitors["late"] is not seat and not school.keys["late"]["second"]

    asyncio.run(lesson())


def test_who_does_nothing_gives_the_place_to_those_who_wait_and_gets_one_back(school: Class, impatient: None) -> None:

    async def lesson() -> None:
        school.say("a")
        school.say("b")
        room, seat = school.room, school.room.visitors["a"]
        room.look_round()
        assert list(room.visitors) == ["a", "b"], "nobody waits"
        school.say("c")
        room.visitors["a"].trains = True
        room.look_round()
        assert list(room.visitors) == ["a", "c"] and list(room.resting) == ["b"], "who trains stays"
        assert school.heard["b"][-1] == {"kind": "rest"} and not room.resting["b"].left
        kept = room.resting["b"]
        school.say("b", "play")
        assert kept.told[-1]["do"] != "play"
        room.part("b")
        school.say("b again", session=school.keys["b"]["key"])
        assert school.heard["b again"][-1] == {"kind": "rest"} and room.resting == {"b again": kept}
        school.say("b again", "language", language="es")
        assert kept.told[-1] == {"do": "language", "language": "es"}
        school.say("b again", "awake")
        assert school.place("b again") == 1
        school.say("b again", "language", language="en")
        seat.trains = False
        room.leave("a")
        assert kept.told[-1] == {"do": "language", "language": "en"}
        assert room.visitors["b again"] is kept and school.heard["b again"][-1] == {"kind": "awake"}
        school.say("b again", "play")
        assert kept.told[-1]["do"] == "play"
        room.close()

    asyncio.run(lesson())


def test_sessions_at_rest_end_where_memory_has_no_room_and_their_pages_begin_anew(
    school: Class, impatient: None
) -> None:
    room = school.room

    async def lesson() -> None:
        for name in "abcd":
            school.say(name)
        kept = dict(room.visitors)
        room.roomy = lambda: len(room.visitors) + len(room.resting) < 3
        room.look_round()
        assert list(room.visitors) == ["c", "d"] and list(room.resting) == ["b"]
        assert kept["a"].left and not kept["b"].left
        assert [heard[-1]["kind"] for name, heard in school.heard.items() if name in "ab"] == ["rest", "rest"]
        school.say("a", "play")
        assert school.heard["a"][-1] == {"kind": "rest"}, "nothing begins before somebody comes back"
        school.say("a", "awake")
        assert school.heard["a"][-1] == {"kind": "gone", "why": "rest"} and not room.given_up
        school.say("a", link="r=abc")
        assert school.place("a") == 1

    asyncio.run(lesson())


def test_no_more_sessions_rest_or_wait_to_come_back_than_there_are_places(school: Class, impatient: None) -> None:
    room = school.room

    async def lesson() -> None:
        seats = []
        for name in "abcdefgh":
            school.say(name)
            room.look_round()
            seats = [*seats, *(seat for seat in room.visitors.values() if seat not in seats)]
            for resting in list(room.resting)[:1]:
                school.say(resting, "awake")
            assert sum(not seat.left for seat in seats) <= 2 * room.places
        assert len(seats) > 4

    asyncio.run(lesson())


@pytest.mark.parametrize(("available", "room"), [(10 * GB, True), (2.2 * GB, True), (2.1 * GB, False), (0, False)])
def test_there_is_room_while_a_fifth_of_the_memory_stays_free(
    available: float, room: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 10 GB that were free, 2 GB are not for sessions; one more takes 0.15 GB."""
    monkeypatch.setattr(limits.psutil, "virtual_memory", lambda: SimpleNamespace(available=available))
    assert limits.has_room(10 * GB) is room


def test_whoever_is_warned_stays_with_a_click(school: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "IDLE", 0.05)

    async def lesson() -> None:
        for name in "abc":
            school.say(name)
        await asyncio.sleep(0.06)
        school.room.look_round()
        assert school.heard["a"][-1] == {"kind": "idle", "seconds": 60} and "b" not in school.room.warned
        school.say("a", "drawn")
        assert "a" in school.room.warned, "a page that draws by itself is not somebody"
        school.say("a", "here")
        assert not school.room.warned
        await asyncio.sleep(0.06)
        school.room.look_round()
        school.room.leave("c")
        school.room.look_round()
        assert not school.room.warned and {"kind": "idle", "seconds": 0} in school.heard["b"]
        assert list(school.room.visitors) == ["a", "b"]

    asyncio.run(lesson())


def test_a_copy_of_a_tab_has_a_session_of_its_own_and_is_told(school: Class) -> None:
    school.say("a")
    school.say("b", session=school.keys["a"]["key"])
    assert len(school.room.visitors) == 2 and school.keys["b"]["second"] is True
    assert school.keys["a"]["key"] != school.keys["b"]["key"] and not school.keys["a"]["second"]


def test_a_session_that_takes_the_place_of_one_that_died_computes_on_as_many_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends: list[Connection] = []

    class Process:
        def __init__(self, args: tuple[Connection, str, float], **_rest: Any) -> None:
            self.end = args[0]
            self.kill = self.join = lambda: None

        def start(self) -> None:
            ends.append(Connection(os.dup(self.end.fileno())))

    monkeypatch.setattr(visitors, "context", lambda: SimpleNamespace(Process=Process))

    async def lesson() -> list[Any]:
        gone = asyncio.Event()
        visitor = visitors.Visitor(lambda message: gone.set() if message["kind"] == "gone" else None)
        visitor.tell({"do": "hello"})
        visitor.share(3)
        await asyncio.to_thread(heard_by, ends, 0)
        ends[0].close()
        await asyncio.wait_for(gone.wait(), 10)
        visitor.tell({"do": "hello"})
        heard = await asyncio.to_thread(heard_by, ends, 1)
        visitor.leave()
        await asyncio.to_thread(visitor.wait)
        return heard

    assert asyncio.run(lesson()) == [{"do": "share", "threads": 3}, {"do": "hello"}]


def heard_by(ends: list[Connection], number: int) -> list[Any]:
    """Return the first two words to the process that was started as the n-th."""
    until(lambda: len(ends) > number, "it has been started")
    return [orjson.loads(ends[number].recv_bytes()) for _word in range(2) if ends[number].poll(10)]


def test_two_uploads_at_once_are_two_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    told: list[dict[str, Any]] = []
    seat = SimpleNamespace(folder=tmp_path, uploads=tmp_path / "uploads", tell=told.append)
    monkeypatch.setitem(pages.VISITORS, "a", seat)

    def given(name: str, letter: bytes, count: int) -> Any:
        async def stream() -> AsyncIterator[bytes]:
            for _part in range(count):
                yield 1000 * letter
                await asyncio.sleep(0)

        return SimpleNamespace(query_params={"file": name}, stream=stream)

    async def both() -> list[Any]:
        large = given("large.csv", b"c", 1 + pages.LARGEST * 1000)
        three = (given("one.csv", b"a", 5), given("two.csv", b"b", 9), large)
        return list(await asyncio.gather(*(pages.upload("a", one) for one in three)))

    assert [answer.status_code for answer in asyncio.run(both())] == [200, 200, 413]
    assert (tmp_path / "uploads" / "one.csv").read_bytes() == 5000 * b"a"
    assert (tmp_path / "uploads" / "two.csv").read_bytes() == 9000 * b"b"
    assert [one["file"] for one in told] == ["one.csv", "two.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["uploads"], "nothing is left of the one that was too large"
