"""python3-serial's RFC 2217 server before a serial port that is not there.

Prints `listening PORT`, then one line for each thing a client does to the port (`dtr True`, `baudrate 9600`, `purge in`).
Reads lines from standard input: `cd 1`, `ri 0` and so on set a control line. Control lines named as arguments are high
from the start. Data comes back as an echo.
"""

import os
import select
import socket
import sys

import serial.rfc2217

KNOWN_SPEEDS = (300, 1200, 2400, 9600, 19200, 57600, 115200)


def say(*words):
    print(*words, flush=True)


class FakePort:
    """What PortManager uses of serial.Serial. Each setting is reported, a speed that it has not is refused."""

    def __init__(self):
        defaults = dict(cts=False, dsr=False, ri=False, cd=False, baudrate=9600, bytesize=8, parity="N", stopbits=1,
                        xonxoff=False, rtscts=False, dtr=False, rts=False, break_condition=False)
        self.__dict__.update(defaults)
        self.__dict__.update((name, True) for name in sys.argv[1:])

    def __setattr__(self, name, value):
        if name == "baudrate" and value not in KNOWN_SPEEDS:
            raise ValueError("no such speed")
        self.__dict__[name] = value
        say(name, value)

    def reset_input_buffer(self):
        say("purge in")

    def reset_output_buffer(self):
        say("purge out")


class Connection:
    def __init__(self, peer):
        self.peer = peer

    def write(self, data):
        self.peer.sendall(data)


def obey(port, manager, command):
    name, level = command.split()
    port.__dict__[name] = level == "1"
    manager.check_modem_lines()


def serve(peer):
    port = FakePort()
    connection = Connection(peer)
    manager = serial.rfc2217.PortManager(port, connection)
    commands = b""
    while True:
        ready, _, _ = select.select([peer, 0], [], [])
        if 0 in ready:
            commands += os.read(0, 4096)
            *lines, commands = commands.split(b"\n")
            for line in lines:
                obey(port, manager, line.decode())
        if peer in ready:
            received = peer.recv(4096)
            if not received:
                return
            echo = b"".join(manager.filter(received))
            connection.write(b"".join(manager.escape(echo)))


def main():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        say("listening", listener.getsockname()[1])
        peer, _ = listener.accept()
        with peer:
            serve(peer)
    say("client gone")


try:
    main()
except ConnectionError:
    say("client gone")
    sys.exit(0)
