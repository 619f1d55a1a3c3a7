# SPDX-License-Identifier: MIT
"""What comes from outside neither controls the terminal nor forges a line nor hides: every Unicode
character and every pair of bytes, from one program to another, as text, as JSON, as a name."""
import base64
import json
import os
import socket
import unicodedata

import harness
from harness import bound_port

BATCH = 4000  # characters in one message
OVERRIDES = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
INVISIBLE = {0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x3164, 0xfeff, 0xffa0, 0x1d159,
             *range(0x200b, 0x2010), *range(0x2060, 0x2070), *range(0xfe00, 0xfe10),
             *range(0xe0000, 0xe1000)}


def scalars():
    """Lines with all scalar values but the newline, whatever may be lost at an end fenced in."""
    values = [v for v in range(0x110000) if not 0xd800 <= v < 0xe000 and v != 0x0a]
    for at in range(0, len(values), BATCH):
        yield "<" + "".join(map(chr, values[at:at + BATCH])) + ">"


def pairs():
    """Messages with all pairs of bytes, newlines too."""
    for first in range(256):
        yield b"<" + b"".join(bytes((first, second)) + b" " for second in range(256)) + b">"


def forbidden(char):
    return (unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or
            unicodedata.bidirectional(char) in OVERRIDES or ord(char) in INVISIBLE)


class Sanitised(harness.TestCase):
    def check(self, output):
        """All of it is visible; returns the messages, without their senders."""
        text = output.decode()  # well-formed, else it raises
        self.assertEqual({hex(ord(c)) for c in set(text) - {"\n"} if forbidden(c)}, set())
        lines = [line for line in text.split("\n") if ": <" in line]
        for line in lines:
            self.assertTrue(line.endswith((">", "> [not UTF-8]")), line[:60])
        return [line[line.index(": <") + 2:] for line in lines]

    def send(self, listener, lines):
        sender = self.hullo("send", "--timeout", "60", "127.0.0.1:%d" % bound_port(listener))
        sender.write("\n".join(lines).encode() + b"\n")
        sender.end_of_input()
        self.assertEqual(sender.wait(60), 0, sender)

    def test_listen(self):
        lines = list(scalars())
        listener = self.hullo("listen", "--pair", "--listen", "127.0.0.1:0", "--count",
                              str(len(lines)))
        self.send(listener, lines)
        self.assertEqual(listener.wait(), 0, listener)
        messages = self.check(listener.output)
        self.assertEqual(len(messages), len(lines))
        # What is visible comes through as it is.
        self.assertEqual(sum(message.count("漢") for message in messages), 1)
        print("%d characters in %d messages" % (sum(map(len, lines)) - 2 * len(lines), len(lines)))

    def test_json_gives_the_exact_text_back(self):
        lines = list(scalars())
        listener = self.hullo("listen", "--pair", "--json", "--listen", "127.0.0.1:0", "--count",
                              str(len(lines)))
        self.send(listener, lines)
        self.assertEqual(listener.wait(), 0, listener)
        self.check(listener.output)
        self.assertTrue(listener.output.isascii())
        events = [json.loads(line) for line in listener.output.decode().split("\n")
                  if line.startswith("{")]
        texts = [event["text"] for event in events if "text" in event]
        self.assertEqual(texts, lines)

    def test_line_mode(self):
        lines = list(scalars())
        chat = self.hullo("chat", "--line", "--pair", "--listen", "127.0.0.1:0")
        self.send(chat, lines)
        chat.expect_text("􏿽")  # U+10FFFD, the last that is visible
        chat.end_of_input()
        chat.wait()
        self.assertEqual(len(self.check(chat.output)), len(lines))

    def test_bytes_that_are_no_text(self):
        listener = self.listen("--count", "256")
        peer = self.udp()
        for message in pairs():
            peer.sendto(message, ("127.0.0.1", listener.port))
        self.assertEqual(listener.wait(), 0, listener)
        self.assertEqual(len(self.check(listener.output)), 256)
        listener = self.listen("--json", "--count", "256")
        for message in pairs():
            peer.sendto(message, ("127.0.0.1", listener.port))
        self.assertEqual(listener.wait(), 0, listener)
        events = [json.loads(line) for line in listener.output.decode().split("\n")
                  if '"text"' in line]
        exact = [base64.b64decode(e["bytes"]) if "bytes" in e else e["text"].encode()
                 for e in events]
        self.assertEqual(exact, list(pairs()))

    def test_the_name_of_a_peer(self):
        """A Unix socket is called as its owner likes; children find that name in their
        environment."""
        directory = self.directory()
        name = os.path.join(directory, "\x1b]0;owned\x07\u202e\xad\x9b: root: \u2028")
        listener = self.hullo("listen", "--plain", "--listen", "unix-dgram:" + directory + "/s",
                              "--exec", "--", "sh", "-c", 'cat >/dev/null; printf %s "$HULLO_FROM"')
        listener.expect("listening on")
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(peer.close)
        peer.settimeout(harness.DEADLINE)
        peer.bind(name)
        peer.sendto(b"<hi>", directory + "/s")
        found = peer.recv(4096)
        self.assertIn(b"owned", found)
        self.check(found)
        listener.expect_text("<hi>")
        self.check(listener.output)
        line = next(line for line in listener.output.decode().split("\n") if "<hi>" in line)
        self.assertEqual(line[line.index(": "):], ": <hi>")


if __name__ == "__main__":
    harness.main()
