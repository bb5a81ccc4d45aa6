"""What programs without a dialler of their own need: a modem that is made to dial or answer, then given to them."""

import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from line import Trouble

CONNECTED = b"CONNECT"
LAST_WORDS = b"\r\nNO CARRIER\r\n"


class Terminal:
    """The port of a modem, open; as a context it is closed at the end, which hangs up."""

    def __init__(self, port: Path):
        self.descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_) -> None:
        os.close(self.descriptor)

    def dial(self, number: str) -> None:
        time.sleep(0.1)  # until the modem has seen DTR
        os.write(self.descriptor, b"ATE0\r")
        self._read_line(b"OK", 5)
        os.write(self.descriptor, b"ATDT" + number.encode() + b"\r")
        self.wait_connected(30)

    def wait_connected(self, within: float) -> None:
        self._read_line(CONNECTED, within)

    def _read_line(self, words: bytes, within: float) -> None:
        """Byte by byte: what follows the line belongs to the next program."""
        deadline = time.monotonic() + within
        text = b""
        while not (words in text and text.endswith(b"\n")):
            if not select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Trouble(f"the modem has not said {words.decode()} within {within:.0f} s, but {text!r}")
            text += os.read(self.descriptor, 1)


class Answerer:
    """In the background: waits for a call on `port`, then does `serve` with it and hangs up."""

    def __init__(self, port: Path, within: float, serve: Callable[[Terminal], None]):
        self._trouble: Exception | None = None
        self._thread = threading.Thread(target=self._answer, args=(port, within, serve), daemon=True)
        self._thread.start()

    def join(self, within: float) -> None:
        self._thread.join(within)
        if self._thread.is_alive():
            raise Trouble("the answering end has not come to its end")
        if self._trouble:
            raise Trouble(str(self._trouble))

    def _answer(self, port: Path, within: float, serve: Callable[[Terminal], None]) -> None:
        try:
            with Terminal(port) as terminal:
                terminal.wait_connected(within)
                serve(terminal)
        except (OSError, Trouble) as error:
            self._trouble = error


def run_on(terminal: Terminal, command: list, folder: Path, limit: float) -> None:
    """The program has the modem as its standard input and output, as after a login."""
    with (folder / "said").open("ab") as said:
        process = subprocess.Popen(
            command,
            stdin=terminal.descriptor,
            stdout=terminal.descriptor,
            stderr=said,
            cwd=folder,
            start_new_session=True,
        )
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Trouble(f"{command[0]} has not ended after {limit:.0f} s") from None


def listening() -> socket.socket:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(1)
    return server


def relay(terminal: Terminal, peer: socket.socket, limit: float) -> None:
    """Bytes both ways, until either end is closed or the modem says that the call is over."""
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ways = {terminal.descriptor: peer.fileno(), peer.fileno(): terminal.descriptor}
    waiting = {descriptor: b"" for descriptor in ways}  # to be written to it
    deadline = time.monotonic() + limit
    for descriptor in ways:
        os.set_blocking(descriptor, False)
    while time.monotonic() < deadline:
        readers = [source for source, sink in ways.items() if not waiting[sink]]
        writers = [sink for sink, held in waiting.items() if held]
        readable, writable, _ = select.select(readers, writers, [], 1)
        for source in readable:
            try:
                taken = os.read(source, 512)
            except BlockingIOError:
                continue
            except OSError:
                return
            if not taken or (source == terminal.descriptor and taken.endswith(LAST_WORDS)):
                return
            waiting[ways[source]] += taken
        for sink in {*writable, *(ways[source] for source in readable)}:
            try:
                waiting[sink] = waiting[sink][os.write(sink, waiting[sink]) :] if waiting[sink] else b""
            except BlockingIOError:
                continue
            except OSError:
                return
