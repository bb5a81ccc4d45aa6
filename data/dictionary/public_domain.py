"""English prose that belongs to everyone, from Debian packages.

sqlite3-doc   the documentation of SQLite, given to the public domain by its authors
dict-jargon   the Jargon File 4.4.7, 29 Dec 2003, in the public domain
"""

import glob
import gzip
import html
import re
import sys

SQLITE = "/usr/share/doc/sqlite3/*.html"
JARGON = "/usr/share/dictd/jargon.dict.dz"
# Both in about the same amount.
EVERY_SQLITE = 5


def usable(text):
    return 80 < len(text) < 900 and text.isascii()


def sqlite():
    found = []
    for path in sorted(glob.glob(SQLITE)):
        with open(path, encoding="utf-8", errors="replace") as file:
            text = re.sub(r"(?s)<(script|style|pre|svg).*?</\1>", " ", file.read())
        for part in re.findall(r"(?s)<p>(.*?)(?=</?p>|<h\d|<table|<div|<ul|<ol|<blockquote)", text):
            words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", part)).split())
            words = re.sub(r" ([.,;:)])", r"\1", words)
            if usable(words) and words.count("sqlite3_") < 2:
                found.append(re.sub(r"\bSQLite\b", "the program", words).replace("The the", "The"))
    return found[::EVERY_SQLITE]


def jargon():
    try:
        with gzip.open(JARGON, "rt", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return []
    return [words for words in (" ".join(part.split()) for part in re.split(r"\n\s*\n", text)) if usable(words)]


def paragraphs():
    first, second = sqlite(), jargon()
    if not first or not second:
        sys.exit("the prose is missing; apt-get install sqlite3-doc dict-jargon")
    return first + second
