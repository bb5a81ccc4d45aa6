"""Figures of others, measured earlier on another simulated line of the same properties; and the goals."""

from dataclasses import dataclass

UUCP = "UUCP i"
UUCP_256 = "UUCP i, 256-byte packets"
BINKP = "binkp"
BINKP_ZLIB = "binkp + zlib"
ZMODEM = "Zmodem"


@dataclass(frozen=True)
class Reference:
    who: str
    figure: float


# By line and kind; efficiencies, or seconds for e and s, bytes for d.
REFERENCES: dict[tuple[str, str], tuple[Reference, ...]] = {
    ("clean", "a"): (Reference(BINKP_ZLIB, 1.93), Reference(UUCP, 0.955), Reference(ZMODEM, 0.683)),
    ("clean", "b"): (Reference(BINKP, 0.997), Reference(UUCP, 0.987), Reference(ZMODEM, 0.965)),
    ("clean", "c"): (Reference(BINKP_ZLIB, 1.88), Reference(UUCP, 0.925)),
    ("clean", "e"): (Reference(BINKP, 0.26), Reference(UUCP, 0.46)),
    ("clean", "s"): (Reference(ZMODEM, 0.7), Reference(UUCP, 2.8)),
    ("clean", "d"): (Reference(UUCP, 4000), Reference(ZMODEM, 150_000)),
    ("noisy", "a"): (Reference(UUCP_256, 0.904), Reference(UUCP, 0.888), Reference(ZMODEM, 0.605)),
    ("noisy", "b"): (Reference(UUCP_256, 0.937), Reference(UUCP, 0.906), Reference(ZMODEM, 0.696)),
    ("noisy", "c"): (Reference(UUCP_256, 0.783), Reference(UUCP, 0.749)),
    ("slow", "a"): (Reference(BINKP, 0.952), Reference(UUCP, 0.911), Reference(ZMODEM, 0.513)),
    ("slow", "b"): (Reference(BINKP, 0.967), Reference(UUCP, 0.947), Reference(ZMODEM, 0.934)),
    ("slow", "c"): (Reference(BINKP, 0.926), Reference(UUCP, 0.826)),
    ("slow", "e"): (Reference(BINKP, 3.1), Reference(UUCP, 5.8)),
    ("slow", "s"): (Reference(ZMODEM, 7.0), Reference(UUCP, 10.5)),
}

# What External is meant to reach: at least for efficiencies, at most for seconds and bytes. For c: of a alone.
GOALS: dict[tuple[str, str], float] = {
    ("clean", "a"): 5.0,
    ("clean", "m"): 4.5,
    ("clean", "b"): 0.99,
    ("clean", "c"): 0.95,
    ("clean", "e"): 0.5,
    ("clean", "s"): 0.5,
    ("clean", "d"): 4000,
    ("clean", "u"): 3.0,
    ("noisy", "a"): 4.6,
    ("noisy", "m"): 4.2,
    ("noisy", "b"): 0.955,
    ("noisy", "c"): 0.95,
    ("slow", "a"): 3.2,
    ("slow", "b"): 0.97,
    ("slow", "c"): 0.93,
    ("slow", "e"): 4.0,
    ("slow", "s"): 4.5,
    ("tcp", "f"): 5000,
    ("tcp", "g"): 200,
    ("tcp", "i"): 64,
}
