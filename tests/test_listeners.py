"""One port, one house; its workers share it evenly."""

import socket
from collections import Counter

import pytest

from outcry.listeners import PortError, listen


def accepted(listener: socket.socket) -> int:
    """How many connections wait on a listener; they are taken and closed."""
    listener.setblocking(False)
    count = 0
    try:
        while True:
            listener.accept()[0].close()
            count += 1
    except BlockingIOError:
        return count


def test_connections_spread_over_the_workers() -> None:
    """SO_REUSEPORT's promise, which --workers N rests on: within 40/60 for two."""
    listeners = listen("127.0.0.1", 0, 2)
    address = listeners[0].getsockname()
    assert {listener.getsockname() for listener in listeners} == {address}
    peers = [socket.create_connection(address) for _ in range(400)]
    counts = Counter({number: accepted(listener) for number, listener in enumerate(listeners)})
    for each in (*peers, *listeners):
        each.close()
    assert counts.total() == 400
    assert min(counts.values()) > 140


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_house_cannot_share_the_port(workers: int) -> None:
    """A plain SO_REUSEPORT would give it half of the first one's bidders, without a word to anybody."""
    first = listen("127.0.0.1", 0, workers)
    port = first[0].getsockname()[1]
    try:
        with pytest.raises(PortError, match=rf"port {port} of 127\.0\.0\.1 is taken: stop what listens there, or"):
            listen("127.0.0.1", port, 2)
    finally:
        for listener in first:
            listener.close()


def test_a_port_is_free_again_at_once() -> None:
    """Connections of the house before that linger in TIME_WAIT are no reason to wait a minute."""
    first = listen("127.0.0.1", 0, 1)
    address = first[0].getsockname()
    peer = socket.create_connection(address)
    served, _ = first[0].accept()
    served.close()  # the side that closes first lingers
    peer.close()
    first[0].close()
    second = listen(address[0], address[1], 2)
    for listener in second:
        listener.close()


@pytest.mark.parametrize("host", ["203.0.113.1", "no such host"])
def test_an_address_of_somebody_else_is_named(host: str) -> None:
    with pytest.raises(PortError, match=rf"web\.host {host} cannot be listened on: ") as caught:
        listen(host, 0, 1)
    assert "\n" not in str(caught.value)
