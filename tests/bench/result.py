"""What one measurement found."""

from dataclasses import asdict, dataclass, field

BITS_A_BYTE = 10  # on a serial line: start, eight, stop


# Of the figures by kind; no unit: an efficiency.
UNITS = {"e": "s", "s": "s", "u": "s", "d": "bytes", "f": "/s", "g": "MB/s", "i": "KB"}


def efficiency(payload: int, rate: int, seconds: float) -> float:
    return payload * BITS_A_BYTE / (rate * seconds) if seconds > 0 else 0.0


@dataclass
class Result:
    line: str
    kind: str
    who: str
    figure: float | None = None  # None when there is none, and `problems` says why
    seconds: float = 0.0  # from the first byte on the line to hang-up
    sent: int = 0  # bytes on the line, by north
    received: int = 0
    payload: int = 0
    seed: int = 1
    title: str = ""
    note: str = ""
    problems: list[str] = field(default_factory=list)
    details: dict[str, float] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        return UNITS.get(self.kind, "")

    def as_json(self) -> dict:
        return asdict(self) | {"unit": self.unit}
