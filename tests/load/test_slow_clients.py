"""T25: clients that send a byte a second. They take nobody's place and are cut off."""

import asyncio
import contextlib

import pytest

from app.serving.connections import HEAD_S
from app.serving.deadlines import BODY_S
from scripts.load import Answer, close, hammer, open_files, waited_for
from tests.load.questions import same_estimate
from tests.servers import Server
from tests.soak import report_line, times

HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + b"x" * 1000
BODY = (
    b"POST /api/v1/estimates HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n" + b" " * 1000
)


async def _drip(port: int, request: bytes, at_once: int) -> bytes:
    """Send a beginning at once and the rest a byte a second; what came before the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reading = asyncio.create_task(_read(reader))
    with contextlib.suppress(OSError):
        writer.write(request[:at_once])
        for byte in request[at_once:]:
            done, _ = await asyncio.wait({reading}, timeout=1)
            if done:
                break
            writer.write(bytes([byte]))
    try:
        return await reading
    finally:
        await close(writer)


async def _read(reader: asyncio.StreamReader) -> bytes:
    """All that came, also where the server ended while a byte was on its way to it."""
    came = b""
    with contextlib.suppress(OSError):
        while piece := await reader.read(1 << 16):
            came += piece
    return came


async def _beside(port: int, sockets: int) -> tuple[list[bytes], dict[str, float]]:
    """Slow clients of both kinds, and others that ask as usual before and beside them."""
    alone = await hammer(port, same_estimate, connections=4, for_s=3)
    slow = [
        *(_drip(port, HEAD, 40) for _ in range(sockets // 2)),
        *(_drip(port, BODY, BODY.index(b"\r\n\r\n") + 4) for _ in range(sockets // 2)),
    ]
    dripping = asyncio.gather(*slow)
    await asyncio.sleep(1)
    beside = await hammer(port, same_estimate, connections=4, for_s=3)
    assert set(alone.statuses) == set(beside.statuses) == {200}
    assert alone.lost == beside.lost == 0
    ended = await asyncio.wait_for(dripping, timeout=max(HEAD_S, BODY_S) + 30)
    return ended, {"alone": alone.at(0.99), "beside": beside.at(0.99)}


@pytest.mark.soak
def test_slow_clients_are_cut_off_and_others_answered(server: Server) -> None:
    sockets = times(ci=60, soak=200)
    before = open_files(server.process.pid)["socket"]
    ended, p99_s = waited_for(_beside(server.port, sockets))
    told = [answer for answer in ended if answer]
    assert len(ended) == sockets
    assert len(told) == sockets // 2, "whoever sent a whole head is told why it ends"
    for text in told:
        answer = Answer()
        answer.feed(text)
        assert answer.status == 408
        assert answer.headers["content-type"] == "application/problem+json"
    assert open_files(server.process.pid)["socket"] <= before + 2
    ratio = p99_s["beside"] / p99_s["alone"]
    report_line("T25", f"{sockets} slow sockets, all cut off; p99 of others {ratio:.1f} × alone")
