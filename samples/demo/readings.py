"""The sample message with an attachment of 300 KB: made here, the same bytes each time, rather than shipped."""

import base64
import random

SIZE = 300 * 1024

HEAD = """\
From: Clinic desk <desk@clinic.north>
To: Weather desk <weather@hub.south>
Subject: Readings of the weather station since summer
Date: Mon, 16 Nov 2026 08:00:00 +0100
Message-ID: <readings-47@clinic.north>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part-by-part"

--part-by-part
Content-Type: text/plain; charset=us-ascii

Temperature, pressure and wind, a line every ten minutes, as a table.

--part-by-part
Content-Type: text/csv; charset=us-ascii; name="readings.csv"
Content-Disposition: attachment; filename="readings.csv"
Content-Transfer-Encoding: base64

"""
TAIL = "--part-by-part--\n"


def table() -> bytes:
    # Only random.random() promises the same numbers in every version of Python.
    chance = random.Random(47)
    temperature, pressure, wind = 11.0, 1013.0, 6.0
    lines = ["minute,temperature,pressure,wind\n"]
    size = len(lines[0])
    while size < SIZE:
        temperature += chance.random() - 0.5 + (4 - temperature) / 500
        pressure += (chance.random() - 0.5) * 0.4 + (1009 - pressure) / 1000
        wind = max(0.0, wind + (chance.random() - 0.5) * 2 + (6 - wind) / 50)
        lines.append(f"{(len(lines) - 1) * 10},{temperature:.2f},{pressure:.1f},{wind:.1f}\n")
        size += len(lines[-1])
    return "".join(lines).encode()


def message() -> bytes:
    return HEAD.encode() + base64.encodebytes(table()) + TAIL.encode()
