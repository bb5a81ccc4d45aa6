"""What a person sees while mail moves: one line that is redrawn on a terminal, else a plain line now and then."""

import shutil
import sys
import time
from collections import deque
from dataclasses import dataclass

PLAIN_EVERY = 2.0
RATE_OVER = 10.0


@dataclass(frozen=True)
class Moved:
    """How far the call has come; bytes there and back."""

    state: str
    messages: int
    there: int
    back: int

    @property
    def bytes(self) -> int:
        return self.there + self.back


class Progress:
    def __init__(self, messages: int, there: int, back: int):
        self._messages = messages
        self._there = there
        self._back = back
        self._start = time.monotonic()
        self._samples: deque[tuple[float, Moved]] = deque()
        self._terminal = sys.stdout.isatty()
        self._next_plain = self._start

    def show(self, moved: Moved) -> None:
        now = time.monotonic()
        self._samples.append((now, moved))
        while now - self._samples[0][0] > RATE_OVER:
            self._samples.popleft()
        if self._terminal:
            columns = shutil.get_terminal_size().columns
            print("\r" + self._bar(moved, columns).ljust(columns - 1)[: columns - 1], end="", flush=True)
        elif now >= self._next_plain:
            self._next_plain = now + PLAIN_EVERY
            print(f"{now - self._start:4.0f} s  {moved.state.capitalize()}: {self._text(moved)}", flush=True)

    def end(self) -> None:
        if self._terminal and self._samples:
            print(flush=True)

    def _bar(self, moved: Moved, columns: int) -> str:
        """Short enough for 80 columns with a bar that can be seen."""
        total = self._there + self._back
        text = (
            f" {moved.messages}/{self._messages} messages, {moved.bytes / 1000:,.0f}/{total / 1000:,.0f} KB,"
            f" {self._rate('bytes') / 1000:.1f} KB/s{self._left(moved)}"
        )
        if moved.state != "CONNECTED":
            text += f", {moved.state.capitalize()}"
        width = max(5, min(40, columns - len(text) - 4))
        full = width if total == 0 else int(width * min(1, moved.bytes / total))
        return "[" + "#" * full + "-" * (width - full) + "]" + text

    def _text(self, moved: Moved) -> str:
        return (
            f"{moved.messages} of {self._messages} messages, {moved.bytes:,} of {self._there + self._back:,} bytes,"
            f" {self._rate('bytes'):,.0f} bytes/s{self._left(moved)}"
        )

    def _left(self, moved: Moved) -> str:
        left = self._seconds_left(moved)
        return "" if not left else f", {left // 60}:{left % 60:02} left"

    def _rate(self, what: str) -> float:
        (before, first), (now, last) = self._samples[0], self._samples[-1]
        # A new call counts from 0 again.
        return max(0, getattr(last, what) - getattr(first, what)) / (now - before) if now > before else 0

    def _seconds_left(self, moved: Moved) -> int | None:
        """Both directions move at the same time: the slower one tells."""
        longest = 0.0
        for what, total in (("there", self._there), ("back", self._back)):
            left, rate = total - getattr(moved, what), self._rate(what)
            if left <= 0:
                continue
            if rate == 0:
                return None
            longest = max(longest, left / rate)
        return round(longest)
