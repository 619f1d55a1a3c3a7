# SPDX-License-Identifier: MIT
"""What is dangerous of Unicode, wherever a contact's words go besides its message: its name in the
list and in the window's title, notifications, reactions, the beginning of a message that is
answered, links. None acts on the terminal."""
import os
import re
import unicodedata

import harness
from harness import HULLO, wait_until
from homes import Home
from screens import Screen
from test_all_characters import SCALARS
from test_sanitised import forbidden

EVERY = bool(os.environ.get("HL_EVERY_NAME"))
TAGS = 0xe0000


def wanted(value):
    """Whether it goes everywhere: what is dangerous, of the many that are alike only some. Lines of
    input end at a line feed, and no argument holds a NUL."""
    if value in (0x00, 0x0a):
        return False
    if forbidden(chr(value)):
        return EVERY or value < TAGS or value % 64 == 1
    return unicodedata.bidirectional(chr(value)) in ("AL", "R", "AN") and (EVERY or value % 64 == 1)


DANGEROUS = [chr(value) for value in SCALARS if wanted(value)]
LAST = "JQXZVK"  # has nothing in common with what it is drawn over
STRANGERS = 60
ROOM = 56  # bytes: a name, a reaction and a quote hold 60

# What the program writes besides text, and where text is in it.
SEQUENCE = re.compile(r"\x1b\[[?>0-9;]*[A-Za-z@]|\x1b[()][0B]|\x1b[78=>M]|[\r\n\x07\x08]")
TITLE = re.compile(r"\x1b\]2;([^\x1b\x07]*)\x1b\\")
NOTE = re.compile(r"\x1b\]777;notify;([^\x1b\x07]*)\x1b\\")
LINK = re.compile(r"\x1b\]8;[^\x1b\x07;]*;([^\x1b\x07]*)\x1b\\")


def pieces(room=ROOM):
    """All of them, as many at a time as have room."""
    piece = ""
    for char in DANGEROUS:
        if len((piece + char).encode()) > room:
            yield piece
            piece = ""
        piece += char
    yield piece


class AllPlaces(harness.TestCase):
    def setUp(self):
        self.home = Home(self)
        self.friend = None
        with open(os.path.join(self.home.path, "hullo.conf"), "w", encoding="ascii") as file:
            file.write("notify = osc777\nnotify_contents = on\ntitle = on\n")
        os.chmod(os.path.join(self.home.path, "hullo.conf"), 0o600)
        self.screen = self.own(Screen(
            [HULLO, "chat", "--pair", "--listen", self.home.address],
            self.home.env(TERM="xterm-256color", VTE_VERSION="7000")))
        self.expect("F1 help")

    def expect(self, text, mark=0):
        def comes():
            self.screen.read(0.05)
            return text.encode() in self.screen.shown[mark:]

        wait_until(comes, lambda: "%r in %r" % (text, self.screen.shown[-3000:]))

    def befriend(self, name):
        """Somebody called so in line mode, who has said hello."""
        self.friend = Home(self)
        chat = self.friend.start("chat", "--line", "--name", name, "--listen", self.friend.address,
                                 self.home.address)
        chat.say("hello")
        self.expect("hello")
        return chat

    def check(self):
        """Everything that was written so far; how many titles, notifications and links."""
        while self.screen.read(harness.QUIET):
            pass
        text = self.screen.shown.decode()
        found = []
        for form in (TITLE, NOTE, LINK):
            found.append({words for words in form.findall(text) if words})
            text = form.sub(r"\1", text)
        text = SEQUENCE.sub("", text)
        self.assertEqual({hex(ord(char)) for char in set(text) if forbidden(char)}, set())
        for link in found[2]:
            self.assertTrue(link.isascii() and link.isprintable(), link)
        return [len(some) for some in found]

    def test_reactions_and_quotes(self):
        chat = self.befriend("bob")
        count = 0
        for count, piece in enumerate(pieces(), 1):
            # A key, so all that came before is drawn.
            os.write(self.screen.master, b"\x1b[Osaid %d\r" % count)
            chat.expect_text("said %d" % count)
            chat.say("/react " + piece)
            chat.say("%s<%d>" % (piece, count))
            chat.say("/reply #%d answer %d" % (3 * count, count))
            chat.expect_text("read: answer %d" % count)
            self.screen.read()
        chat.say(LAST)
        self.expect(LAST)
        print("%d pieces: %s titles, notifications, links" % (count, self.check()))
        self.assertIn("│ bob: ", self.screen.shown.decode())

    def test_the_first_words_of_somebody(self):
        """They are told as they were said, though the whole conversation is read for the screen."""
        self.befriend("bob")
        os.write(self.screen.master, b"\x1b[O")
        status, _, errors = Home(self).send(self.home.address, "the very first words",
                                            options=("--name", "carol"))
        self.assertEqual(status, 0, errors)
        self.expect("\x1b]777;notify;carol;the very first words\x1b\\")

    def test_links(self):
        chat = self.befriend("bob")
        count = 0
        for count, piece in enumerate(pieces(), 1):
            chat.say(" ".join("http://a.example/%sx" % char for char in piece) + " <<%d>>" % count)
        chat.say(LAST)
        self.expect(LAST)
        links = self.check()[2]
        print("%d links shown of %d" % (links, len(DANGEROUS)))
        self.assertGreater(links, 0)

    def test_names(self):
        """Each is a stranger's, of whom so many are let in; what is shown of it is its own word."""
        names = list(pieces())[:STRANGERS]
        for number, name in enumerate(names):
            os.write(self.screen.master, b"\x1b[O")
            status, _, errors = Home(self).send(self.home.address, "number <%d>" % number,
                                                options=("--name", name))
            self.assertEqual(status, 0, errors)
            os.write(self.screen.master, b"\x1b[I\x0e")  # C-n: the next conversation
        print("%d names: %s titles, notifications, links" % (len(names), self.check()))


if __name__ == "__main__":
    harness.main()
