"""What tests of whole programs share."""

import socket
import time

GIVING_UP = 120  # seconds; only a failing test waits so long


def wait(condition, what):
    """Until it holds. For what other programs do, which nothing tells."""
    end = time.monotonic() + GIVING_UP
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("never happened: " + what)
        time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
