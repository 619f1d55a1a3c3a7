# SPDX-License-Identifier: MIT
"""Messages of a peer on the screen of a real terminal: what stands there, and which bytes were
written to put it there."""
import os
import re

import harness

FIRST_COLUMN = re.compile(r"^\d\d:\d\d +\S+  ")  # time and sender
OSC_8 = re.compile(rb"\x1b\]8;([^;\x1b]*);([^\x1b]*)\x1b\\")


class Talk(harness.TestCase):
    """A chat in tmux, and a bare socket as its peer."""

    def talk(self, size=(80, 24), term="xterm-256color", **env):
        peer = self.udp()
        self.shown = self.terminal(
            harness.HULLO, "chat", "--plain", "--listen", "127.0.0.1:0",
            "127.0.0.1:%d" % peer.getsockname()[1], size=size,
            env=harness.environment(TERM=term, **env))
        self.shown.expect_text("talking to")
        self.shown.say("hello")
        _, address = peer.recvfrom(100)
        self.say = lambda text: peer.sendto(text.encode(), address)

    def raw(self):
        """From now on all bytes that the program writes are collected; a function gives them."""
        path = os.path.join(self.directory(), "raw")
        self.shown.tmux("pipe-pane", "cat >" + path)

        def read():
            self.shown.expect_text("the end")
            self.shown.tmux("pipe-pane")  # closes the pipe: all is in the file
            harness.wait_until(lambda: os.path.exists(path) and self.whole(path), "the bytes")
            with open(path, "rb") as file:
                return file.read()
        return read

    @staticmethod
    def whole(path):
        with open(path, "rb") as file:
            return b"the end" in file.read()


class Links(Talk):
    def test_marked(self):
        """Each as a URI of ASCII, the rows of one under one id."""
        self.talk()
        raw = self.raw()
        long = "https://a.example/" + "x" * 90
        self.say("see https://a.example/ü, (http://b.example) and " + long + " the end")
        links = OSC_8.findall(raw())
        opened = [link for link in links if link[1]]
        self.assertEqual(len(links), 2 * len(opened))
        self.assertEqual([uri for _, uri in opened[:2]],
                         [b"https://a.example/%C3%BC", b"http://b.example"])
        rows = [ids for ids, uri in opened if uri == long.encode()]
        self.assertGreater(len(rows), 1)
        self.assertEqual(len(set(rows)), 1)

    def test_nothing_of_a_peer_gets_into_the_sequence(self):
        self.talk()
        raw = self.raw()
        self.say("http://a.example/\x1b\\\x1b]8;;http://evil.example\x1b\\b "
                 "http://b.example/;id=9;\x07c\u202ed\x9cx http://good.example@evil.example the end")
        uris = [uri for _, uri in OSC_8.findall(raw()) if uri]
        self.assertEqual(uris, [b"http://a.example/", b"http://evil.example",
                                b"http://b.example/;id=9", b"http://good.example@evil.example"])

    def test_not_where_nobody_understands(self):
        for term in ("screen-256color", "linux", "vt100"):
            self.talk(term=term)
            raw = self.raw()
            self.say("http://a.example the end")
            self.assertNotIn(b"\x1b]", raw(), term)

    def test_in_ascii(self):
        self.talk(LC_ALL="C")
        raw = self.raw()
        self.say("http://a.example/ü the end")
        uris = {uri for _, uri in OSC_8.findall(raw()) if uri}
        self.assertEqual(uris, {b"http://a.example/%C3%BC"})  # the page that was meant


class Bidi(Talk):
    def text_of(self, part):
        row = next(row for row in self.shown.screen().split("\n") if part in row)
        return FIRST_COLUMN.sub("", row)

    def test_visual_order(self):
        self.talk()
        self.say("(שלום) 123 the end")
        self.shown.expect_text("the end")
        self.assertEqual(self.text_of("the end"), "the end 123 (םולש)")

    def test_left_to_a_terminal_that_reorders(self):
        self.talk(VTE_VERSION="7000")
        self.say("(שלום) 123 the end")
        self.shown.expect_text("the end")
        self.assertEqual(self.text_of("the end"), "(שלום) 123 the end")


class Copy(Talk):
    def test_rows_are_joined(self):
        """What is wrapped is one line again when the terminal joins its rows, as for a selection."""
        self.talk()
        lines = ["one " + "漢字 abc " * 40 + "end", "x" * 80, "y" * 79 + "漢", "short"]
        for line in lines:
            self.say(line)
        self.shown.expect_text("short")
        self.shown.say("/copy")
        copied = lambda: [row.rstrip() for row in self.shown.tmux(
            "capture-pane", "-p", "-J").rstrip().split("\n")]
        wanted = ["hello"] + lines
        harness.wait_until(lambda: [row.replace(" 漢", "漢") for row in copied()] ==
                           [line.replace(" 漢", "漢") for line in wanted],
                           lambda: "the lines: %r" % copied())
        self.shown.keys("M-w")
        self.shown.expect("^>")
        self.assertNotEqual(copied()[0], "hello")
        self.shown.keys("M-w")
        harness.wait_until(lambda: copied()[0] == "hello", "the view again")
        self.shown.type("typed")
        self.shown.expect_text("> typed")


if __name__ == "__main__":
    harness.main()
