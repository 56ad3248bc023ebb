"""T38: told to end, a server finishes what it has begun; behind a proxy nobody notices."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from scripts.load import Answer, close, hammer, message, read_answer, serving, waited_for
from tests.load.questions import new_estimate
from tests.soak import report_line, times

#: Exit by the signal itself, as whoever sent it expects, or without any.
ENDED = (0, -15)


def test_a_search_under_way_ends_early_and_is_answered(database: str) -> None:
    with serving(database) as server:

        async def ask() -> Answer:
            # the tables every search needs are made once, in one go
            small = {"models": {"models": ["qwen2.5-14b-instruct"], "quantizations": ["q4_k_m"]}}
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(message("POST", "/api/v1/recommendations", small))
            assert (await read_answer(reader)).status == 200
            await close(writer)
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(message("POST", "/api/v1/recommendations", {}))
            await asyncio.sleep(1.5)
            server.process.terminate()
            try:
                return await asyncio.wait_for(read_answer(reader), timeout=10)
            finally:
                await close(writer)

        answer = waited_for(ask())
        assert answer.status == 200
        assert json.loads(bytes(answer.body))["searched"]["complete"] is False
        assert server.process.wait(timeout=10) in ENDED


class Proxy:
    """A load balancer's essence: a connection a request, the next server where one is gone."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.turn = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, whose requests come one after the other."""
        while head := await self._request(reader):
            writer.write(await self._answer(head))
        await close(writer)

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return head + (await reader.readexactly(int(length)) if length else b"")

    async def _answer(self, request: bytes) -> bytes:
        """What the first server says that takes the connection and answers at all."""
        for _ in range(200):
            self.turn += 1
            try:
                back, forth = await asyncio.open_connection(
                    "127.0.0.1", self.ports[self.turn % len(self.ports)]
                )
                forth.write(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                found = await back.read()
                await close(forth)
            except OSError:
                found = b""
            if found:
                return found.replace(b"connection: close", b"x-connection: close", 1)
            await asyncio.sleep(0.02)
        return b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def _proxy(ports: list[int]) -> AsyncIterator[int]:
    listener = await asyncio.start_server(Proxy(ports).serve, "127.0.0.1", 0)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


@pytest.mark.soak
def test_a_rolling_restart_loses_nothing(database: str) -> None:
    for_s = times(ci=8, soak=30)
    with serving(database) as first, serving(database) as second:

        async def restart() -> None:
            """End one server in the middle of it; the other takes over."""
            async with _proxy([first.port, second.port]) as port:
                load = asyncio.create_task(
                    hammer(port, new_estimate, connections=6, for_s=for_s, pause_s=0.01)
                )
                await asyncio.sleep(for_s / 3)
                ended = await asyncio.to_thread(first.send, signal.SIGTERM)
                outcome = await load
            assert ended in ENDED
            assert set(outcome.statuses) == {200}
            assert outcome.lost == 0
            report_line("T38", f"{outcome.statuses[200]} requests over a restart, none lost")

        waited_for(restart())


def test_what_is_in_flight_is_answered(database: str) -> None:
    """No proxy: requests the server has begun when it is told to end all get their answer."""
    with serving(database) as server:

        async def half_now() -> list[Answer]:
            links = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(8)]
            for i, (_, writer) in enumerate(links):
                writer.write(new_estimate(i)[:-1])
            await asyncio.sleep(0.5)
            server.process.terminate()
            await asyncio.sleep(0.5)
            for i, (_, writer) in enumerate(links):
                writer.write(new_estimate(i)[-1:])
            answers = [await read_answer(reader) for reader, _ in links]
            for _, writer in links:
                await close(writer)
            return answers

        answers = waited_for(half_now())
        assert [answer.status for answer in answers] == [200] * 8
        assert server.process.wait(timeout=10) in ENDED
