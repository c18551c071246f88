"""The port of a house: claimed once, and shared by its workers."""

import errno
import socket

BACKLOG = 2048


class PortError(Exception):
    """The address cannot be listened on; the message is one line that says what to do."""


def listen(host: str, port: int, count: int) -> list[socket.socket]:
    """``count`` sockets that listen on one port, between which the kernel spreads connections. Port 0: any free one.

    SO_REUSEPORT would let a second house of the same account take a share of the first one's bidders. So the first
    socket is bound without it, and lets the others of its own house in afterwards. The sockets outlive a worker that
    dies: who connects meanwhile waits for the next one instead of being refused.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        sockets = [_bound(family, address, shared=False)]
        sockets[0].listen(BACKLOG)
        if count > 1:
            sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        for _ in range(count - 1):
            sockets.append(_bound(family, sockets[0].getsockname(), shared=True))
            sockets[-1].listen(BACKLOG)
        return sockets
    except OSError as error:
        raise PortError(_sentence(host, port, error)) from None


def _bound(family: int, address: tuple[object, ...], shared: bool) -> socket.socket:
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken: stop what listens there, or choose another by --port or web.port"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} may not be listened on by this user: choose one from 1024 up by web.port"
    return f"web.host {host} cannot be listened on: {error.strerror or error}"
