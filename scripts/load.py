"""Many requests at once, over connections that stay open: the load under which things are measured.

Keeps to what a measurement needs of HTTP/1.1: one answer after the other on each connection.
"""

import asyncio
import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httptools

from tests import servers
from tests.servers import Server

T = TypeVar("T")

#: What to send next: a whole request, given how many went before it.
Ask = Callable[[int], bytes]


@dataclass(slots=True)
class Outcome:
    """What came of a load. Times in seconds, one for each answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    times_s: list[float] = field(default_factory=list)
    lost: int = 0
    """Requests on which the connection ended before a whole answer."""
    without_retry_after: int = 0
    """Answers 429 and 503 that do not say when to come back."""
    took_s: float = 0.0

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.took_s if self.took_s else 0.0

    def at(self, share: float) -> float:
        """The time within which this share of the answers came, seconds; 0 where none did."""
        ranked = sorted(self.times_s)
        return ranked[min(int(share * len(ranked)), len(ranked) - 1)] if ranked else 0.0


class Answer:
    """One answer as it is read."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.done = False
        self.keeps = True
        self.status = 0
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)
        self.status = self._parser.get_status_code()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of the head; called by the parser."""
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        """A piece of the body; called by the parser."""
        self.body += body

    def on_message_complete(self) -> None:
        """The end; called by the parser."""
        self.done = True
        self.keeps = self._parser.should_keep_alive()


def message(
    method: str,
    path: str,
    body: object | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A request as it goes over the wire; ``body`` is sent as JSON, text as a form.

    Bytes are JSON already.
    """
    text = b""
    if isinstance(body, bytes):
        text = body
    elif body is not None:
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Content-Type: {kind}", f"Content-Length: {len(text)}"] if body is not None else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + text


async def hammer(
    port: int, ask: Ask, *, connections: int, for_s: float, pause_s: float = 0.0
) -> Outcome:
    """Send what ``ask`` gives over so many connections for so long.

    ``pause_s``: how long each waits after an answer before it asks again.
    """
    found, sent = Outcome(), 0
    began = time.perf_counter()

    def following() -> bytes:
        nonlocal sent
        sent += 1
        return ask(sent - 1)

    async def one() -> None:
        while time.perf_counter() - began < for_s:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                found.lost += 1
                await asyncio.sleep(0.05)
                continue
            try:
                while time.perf_counter() - began < for_s:
                    if not await _exchange(reader, writer, following(), found):
                        break
                    await asyncio.sleep(pause_s)
            finally:
                await close(writer)

    await asyncio.gather(*(one() for _ in range(connections)))
    found.took_s = time.perf_counter() - began
    return found


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, found: Outcome
) -> bool:
    """One request and its answer; whether the connection can be used again."""
    began = time.perf_counter()
    try:
        writer.write(request)
        answer = await read_answer(reader)
    except (OSError, EOFError, httptools.HttpParserError):
        found.lost += 1
        return False
    found.times_s.append(time.perf_counter() - began)
    found.statuses[answer.status] += 1
    if answer.status in (429, 503) and "retry-after" not in answer.headers:
        found.without_retry_after += 1
    return answer.keeps


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """The next answer on a connection.

    Raises:
        EOFError: the connection ended before it was whole.
    """
    answer = Answer()
    while not answer.done:
        data = await reader.read(1 << 16)
        if not data:
            raise EOFError
        answer.feed(data)
    return answer


async def close(writer: asyncio.StreamWriter) -> None:
    """End a connection, whatever its other end made of it."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def get(port: int, path: str) -> Answer:
    """One answer over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(message("GET", path))
        return await read_answer(reader)
    finally:
        await close(writer)


def processor_s(process: int) -> float:
    """Seconds of processor a process has used, all its threads together."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(process: int) -> float:
    """Memory a process holds, MiB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def open_files(process: int) -> Counter[str]:
    """What a process has open: sockets and the like by kind, files by name."""
    found: Counter[str] = Counter()
    for link in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found[str(link.readlink()).partition(":")[0]] += 1
    return found


@contextlib.contextmanager
def serving(database: str, **settings: str) -> Iterator[Server]:
    """A server that only works: nothing is logged or prepared, and everybody may ask for ever."""
    quiet = {"RIGWISE_LOG_LEVEL": "error", **servers.NO_RATES}
    with servers.serving(database, **quiet, **settings) as server:
        yield server


def waited_for(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` where the caller may run in a loop already, as beside a driven browser."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
