# SPDX-License-Identifier: MIT
"""Every Unicode scalar value, said by a peer and as part of its name, drawn by the real program in a
real terminal: none acts on the terminal, all rules stay in their columns, what is visible is seen."""
import ctypes
import functools
import itertools
import locale
import os
import re
import socket
import unicodedata

import harness
from test_sanitised import forbidden

locale.setlocale(locale.LC_ALL, "C.UTF-8")
SCALARS = [v for v in range(0x110000) if not 0xd800 <= v < 0xe000]
EVERY_NAME = bool(os.environ.get("HL_EVERY_NAME"))
MESSAGE = 4000   # characters of one message
BATCH = 6        # messages sent at once: the socket holds them all
SIZE = (1000, 200)
NAME = 80        # bytes of a name: what the path of a socket has room for

# What the program may write to a terminal besides characters.
SEQUENCE = re.compile(r"\x1b\[[?>0-9;]*[A-Za-z@]|\x1b[()][0B]|\x1b[78=>M]|[\r\n\x08\x0e\x0f]")


wcwidth = ctypes.CDLL(None).wcwidth


@functools.lru_cache(None)
def width(char):
    return wcwidth(ord(char))


def rules(row):
    """The columns of a row in which a rule stands."""
    at = list(itertools.accumulate(map(width, row), initial=0))
    return {at[i] for i, char in enumerate(row) if char == "│"}


class AllCharacters(harness.TestCase):
    def chat(self, where, *peer):
        conf = os.path.join(self.directory(), "hullo.conf")
        with open(conf, "w", encoding="ascii") as file:
            file.write("bell = off\n")  # it would ring when no key has come for long
        self.shown = self.terminal(
            harness.HULLO, "chat", "--config", conf, "--plain", "--listen", where, *peer, size=SIZE,
            env=harness.environment(TERM="screen-256color", VTE_VERSION="7000"))
        self.shown.expect_text("F1 help")

    def collect(self):
        self.raw = os.path.join(self.directory(), "raw")
        self.shown.tmux("pipe-pane", "cat >" + self.raw)

    def check_bytes(self, last):
        """All that was written since collect(), up to the text last, is characters that may be
        seen and sequences of the program's own kinds."""
        def whole():
            with open(self.raw, "rb") as file:
                return last.encode() in file.read()
        harness.wait_until(whole, "the bytes")
        with open(self.raw, "rb") as file:
            text = SEQUENCE.sub("", file.read().decode())
        self.assertEqual({hex(ord(char)) for char in set(text) if forbidden(char)}, set())
        return len(text)

    def rule_column(self):
        """Where the rule between two panes stands."""
        columns = {row.index("│") for row in self.shown.screen().split("\n")[1:-3] if "│" in row}
        self.assertEqual(len(columns), 1)
        return columns.pop()

    def check_frame(self, column, title):
        rows = self.shown.screen().split("\n")[:-1]
        self.assertEqual(len(rows), SIZE[1])
        self.assertEqual(rows[0], title)
        self.assertEqual(rows[-1].rstrip(), ">")
        for number, row in enumerate(rows[2:-2]):
            at = 0
            for char in row:
                if at >= column and width(char) > 0:
                    break
                at += width(char)
            else:
                char = ""
            self.assertEqual((at, char), (column, "│"), "row %d: %r" % (number, row))
        return set("".join(rows))

    def split(self):
        """A conversation twice side by side: (its peer, the address of the program, the column of
        the rule between them, the title)."""
        peer = self.udp()
        self.chat("127.0.0.1:0", "127.0.0.1:%d" % peer.getsockname()[1])
        self.shown.say("hello")
        _, address = peer.recvfrom(100)
        self.shown.say("/vsplit")
        self.shown.expect_text("│")
        self.collect()
        return peer, address, self.rule_column(), self.shown.screen().split("\n")[0]

    def test_floods(self):
        """Far too much of one thing, beside the rule."""
        peer, address, column, title = self.split()
        floods = ["w" * 10000, "漢" * 5000, "e" + "\u0301" * 10000, "\u200b" * 10000, "\t" * 3000,
                  "👨\u200d👩\u200d👧\u200d👦" * 300, "🇩🇪" * 1001, "1\ufe0f\u20e3" * 999,
                  "\u1112\u1161\u11ab" * 700, "कि" * 999, "நி" * 999, "❤\ufe0f" * 999,
                  "👍🏽" * 501, "שָׁ" * 999, "น้ำ" * 999, "\u202e" * 3000, "a\u20dd" * 999]
        for number, text in enumerate(floods):
            peer.sendto((text + "[%d]" % number).encode(), address)
            self.shown.expect_text("[%d]" % number)
            self.check_frame(column, title)
        self.check_bytes("[%d]" % (len(floods) - 1))

    def test_said(self):
        peer, address, column, title = self.split()
        seen = set()
        last = ""
        for number, at in enumerate(range(0, len(SCALARS), MESSAGE)):
            last = "[%d]" % number
            text = "".join(map(chr, SCALARS[at:at + MESSAGE]))
            peer.sendto((text + last).encode(), address)
            if (number + 1) % BATCH == 0:
                self.shown.expect_text(last)
                seen |= self.check_frame(column, title)
        self.shown.expect_text(last)
        seen |= self.check_frame(column, title)
        print(self.check_bytes(last), "characters written")
        missing = [hex(v) for v in SCALARS
                   if width(chr(v)) > 0 and not forbidden(chr(v)) and chr(v) not in seen]
        self.assertEqual(missing, [])

    def names(self):
        """Names of NAME bytes that hold all characters, or all that are dangerous, but for those
        that no path can hold."""
        chosen = [chr(v) for v in SCALARS if v not in (0, 0x2f) and
                  (EVERY_NAME or forbidden(chr(v)) or unicodedata.bidirectional(chr(v)) == "AL")]
        name = ""
        for char in chosen:
            if len((name + char).encode()) > NAME:
                yield name
                name = ""
            name += char
        yield name

    def test_called(self):
        directory = self.directory()
        self.chat("unix-dgram:" + directory + "/s")
        self.collect()
        count = 0
        for count, name in enumerate(self.names()):
            peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            peer.bind(os.path.join(directory, name))
            peer.sendto(b"hi", directory + "/s")
            peer.close()
        print(count + 1, "names")
        for _ in range(min(count + 1, 300)):
            self.shown.keys("C-n")  # its name stands whole in the title
        self.shown.say("the end")
        self.shown.expect_text("the end")
        rows = self.shown.screen().split("\n")[1:-3]
        self.assertTrue(set.intersection(*map(rules, rows)), "no rule beside the list")
        self.check_bytes("the end")


if __name__ == "__main__":
    harness.main()
