# SPDX-License-Identifier: MIT
"""A keyboard that goes mad and a terminal that answers what nobody asked: nothing is said by
accident, nothing is written that acts on the terminal, and the program is still there."""
import os
import random
import re
import signal
import time

import harness
from harness import HULLO, wait_until
from homes import Home
from screens import Screen
from test_all_characters import SEQUENCE
from test_sanitised import forbidden

SEED = int(os.environ.get("HL_NOISE_SEED", "5"))
NOISE = 1 << 20
PIECE = 4096
LIVES = 8
# Keys that say something, end the program, or stop it.
ENTER, CTRL_C, CTRL_D, CTRL_Z, CTRL_BACKSLASH = b"\r", b"\x03", b"\x04", b"\x1a", b"\x1c"
SILENT = bytes(set(range(256)) - set(ENTER + CTRL_C + CTRL_D + CTRL_Z))
# The beginnings of what terminals say by themselves, without an end.
HALVES = (b"\x1b", b"\x1b[", b"\x1b[?6", b"\x1b[<0;3", b"\x1b[M", b"\x1bO", b"\x1bP>|", b"\x1b]11;",
          b"\x1b[200~", b"\xe6", b"\xf0\x9f", b"\xc3")
# And whole ones: attributes, version, colour, cursor, mode, clipboard, mouse, focus, keyboard.
ANSWERS = (b"\x1b[?62;22c", b"\x1b[>41;354;0c", b"\x1bP>|XTerm(379)\x1b\\", b"\x1bP1+r524742=38\x1b\\",
           b"\x1b]11;rgb:0000/0000/0000\x1b\\", b"\x1b]11;rgb:ffff/ffff/ffff\x07",
           b"\x1b[24;80R", b"\x1b[?2026;2$y", b"\x1b]52;c;aGVsbG8=\x07", b"\x1b[<35;3;4M",
           b"\x1b[M !!", b"\x1b[I", b"\x1b[O", b"\x1b[?1u", b"\x1b[8;24;80t", b"\x1b[0n",
           b"\x1b[>" + b"1;" * 3000 + b"c", b"\x1bP" + b"x" * 3000 + b"\x1b\\")


class Noise(harness.TestCase):
    def chat(self):
        self.peer = self.udp()
        self.peer.setblocking(False)
        self.screen = self.own(Screen(
            [HULLO, "chat", "--plain", "--listen", "127.0.0.1:0",
             "127.0.0.1:%d" % self.peer.getsockname()[1]],
            harness.environment(TERM="xterm-256color", VISUAL="true")))  # no editor has a use for it
        self.await_shown(b"talking to")

    def await_shown(self, text, mark=0):
        def comes():
            self.screen.read(0.1)
            return text in self.screen.shown[mark:]

        wait_until(comes, lambda: "%r in %r" % (text, self.screen.shown[-3000:]))

    def feed(self, data):
        """Types all of it, as fast as it is read."""
        os.set_blocking(self.screen.master, False)
        while data and self.screen.child.poll() is None:
            try:
                data = data[os.write(self.screen.master, data[:PIECE]):]
            except BlockingIOError:
                self.screen.read(0.01)
            self.screen.read()
        return data

    def taken(self):
        """How many bytes it has read, from wherever."""
        with open("/proc/%d/io" % self.screen.child.pid, encoding="ascii") as file:
            return int(next(line for line in file if line.startswith("rchar")).split()[1])

    def feed_keys(self, data):
        """The same, but what follows a CR is not read with it: else all of it would be a paste."""
        while data and self.screen.child.poll() is None:
            line = data[:data.find(ENTER) + 1] or data
            before = self.taken()
            data = self.feed(line) + data[len(line):]
            end = time.monotonic() + harness.DEADLINE
            while self.screen.child.poll() is None and self.taken() - before < len(line):
                self.assertLess(time.monotonic(), end, "the keys are not read")
                self.screen.read(0.001)
        return data

    def heard(self):
        try:
            return self.peer.recv(65536)
        except BlockingIOError:
            return None

    def next_heard(self):
        found = []

        def comes():
            self.screen.read(0.01)
            found.append(self.heard())
            return found[-1] is not None

        wait_until(comes, lambda: "a message in %r" % self.screen.shown[-2000:])
        return found[-1]

    def settle(self, wait=1.3):
        """Whatever was begun is over: a paste without an end is, after a second."""
        while self.screen.read(wait):
            pass

    def check_screen(self):
        text = SEQUENCE.sub("", self.screen.shown.decode(errors="surrogateescape"))
        text = re.sub(r"\x1b\][28];[^\x1b]*\x1b\\|\x1b\[\?[0-9;]*[a-z]|\x07|\x1b\[[0-9;]*t|\x1b[=>]", "", text)
        self.assertEqual({hex(ord(char)) for char in set(text) if forbidden(char)}, set())

    def ended(self):
        self.screen.read(0.1)
        return self.screen.child.poll() is not None

    def closed(self):
        """Nobody has the terminal any more, and all that was written to it was read."""
        try:
            self.screen.shown += os.read(self.screen.master, 65536)
        except BlockingIOError:
            return False
        except OSError:  # EIO
            return True
        return False

    def check_end(self):
        wait_until(self.ended, lambda: "the end in %r" % self.screen.shown[-2000:])
        os.set_blocking(self.screen.master, False)
        wait_until(self.closed, lambda: "the end of %r" % self.screen.shown[-2000:])
        # While an editor has the terminal, C-c is a signal.
        self.assertIn(self.screen.child.returncode, (0, 128 + signal.SIGINT))
        for mode in (b"2004", b"1049", b"1004", b"25"):
            turns = re.findall(rb"\x1b\[\?" + mode + b"([hl])", self.screen.shown)
            self.assertEqual(turns[-1], b"h" if mode == b"25" else b"l", mode)

    def leave(self):
        """Out of whatever is open there. A C-c behind the end would throw away the last words."""
        mark = len(self.screen.shown)
        for _ in range(20):
            self.feed(CTRL_C)
            while self.screen.read(harness.QUIET * harness.SLOWNESS):
                pass
            if b"\x1b[?1049l" in self.screen.shown[mark:] or self.ended():
                break
        self.check_end()

    def test_nothing_is_sent_without_enter(self):
        print("seed %d" % SEED)
        draw = random.Random(SEED)
        self.chat()
        rest = self.feed(bytes(draw.choices(SILENT, k=NOISE)))
        self.assertEqual(rest, b"", "it has ended")
        self.settle()
        self.assertIsNone(self.heard())
        self.check_screen()
        self.leave()

    def test_any_bytes(self):
        """Whatever it says and wherever it goes: it ends when it is told to, and by nothing else."""
        draw = random.Random(SEED + 1)
        for _ in range(LIVES):
            self.chat()
            # What is typed behind the end is no longer its own: C-\ would be a signal.
            data = draw.randbytes(NOISE // LIVES)
            self.feed_keys(data.translate(None, CTRL_Z + CTRL_BACKSLASH))
            if not self.ended():
                self.settle()
                self.leave()
            self.check_end()

    def test_answers_are_not_typed(self):
        """At any place in what is typed, whole or in two pieces."""
        self.chat()
        draw = random.Random(SEED + 2)
        for _ in range(20):
            typed = b""
            for answer in draw.sample(ANSWERS, len(ANSWERS)):
                word = b"%d " % draw.randrange(1000)
                at = draw.randrange(len(word) + 1)
                self.feed(word[:at] + answer + word[at:])
                typed += word
            self.feed(ENTER)
            self.assertEqual(self.next_heard(), typed)
        self.leave()

    def test_half_of_anything(self):
        """What never ends does not hold what is typed behind it for long."""
        for half in HALVES:
            with self.subTest(half=half):
                self.chat()
                self.feed(b"before" + half)
                self.settle(1.3 if half.startswith(b"\x1b[2") else harness.QUIET)
                mark = len(self.screen.shown)
                self.feed(b"Q")
                self.await_shown(b"Q", mark)
                self.assertIsNone(self.heard())
                self.feed(b"\x15" + b"after" + ENTER)
                self.assertEqual(self.next_heard(), b"after")
                self.leave()


if __name__ == "__main__":
    harness.main()
