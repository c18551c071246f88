"""A peer that does as it likes: bytes on a socket, without a library that would keep the rules."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
CONTINUATION, TEXT, PING = 0, 1, 9


class Peer:
    """One connection after its handshake, of which nothing more is read unless asked."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    async def send(self, data: bytes) -> None:
        """``ConnectionError`` where the house has closed."""
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def is_cut_off(self) -> bool:
        """Reads what came and says whether the house has ended the connection."""
        loop = asyncio.get_running_loop()
        try:
            while await asyncio.wait_for(loop.sock_recv(self._socket, 65_536), 0.1):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True


def frame(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """A masked frame, the mask being zero. Up to 125 bytes."""
    assert len(payload) < 126
    return bytes((opcode | (0x80 if final else 0), 0x80 | len(payload))) + bytes(4) + payload


@asynccontextmanager
async def peers(port: int, count: int = 1, path: str = "/ws/lots/lot-1") -> AsyncIterator[list[Peer]]:
    """So many upgraded connections with small receive buffers."""
    loop = asyncio.get_running_loop()
    sockets = [socket.socket() for _ in range(count)]
    try:
        for sock in sockets:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            sock.setblocking(False)
            await loop.sock_connect(sock, ("127.0.0.1", port))
            await loop.sock_sendall(sock, UPGRADE.format(path=path, port=port).encode())
            assert (await loop.sock_recv(sock, 12)).startswith(b"HTTP/1.1 101")
        yield [Peer(sock) for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()
