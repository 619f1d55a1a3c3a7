# SPDX-License-Identifier: MIT
"""Panes are there again at the next start; news of several people are gone through and back."""
import signal

import couples
import harness
from harness import wait_until
from homes import Home


class Panes(couples.TestCase):
    def setUp(self):
        super().setUp()
        self.carol = Home(self)
        self.a = self.chat(self.alice, "alice")
        self.b = self.chat(self.bob, "bob", self.alice.address, size=couples.BOB)
        self.c = self.chat(self.carol, "carol", self.alice.address, size=couples.BOB)
        for name in ("bob", "carol"):
            self.a.expect(r"^ +\d ● %s\b" % name)

    def split(self):
        self.a.say("/peer bob")
        self.a.say("/vsplit carol")
        self.a.expect(r"─ bob ─+.*━ carol ━")
        self.a.keys("C-x", "2")
        self.a.keys("C-x", "^", "C-x", "^", "C-x", "{", "C-x", "{")
        self.a.expect(r"^.*│.*─ carol ─")

    def test_after_every_end(self):
        self.split()
        for how in ("quit", signal.SIGTERM, signal.SIGHUP):
            with self.subTest(how=how):
                shown = self.titles(self.a)
                if how == "quit":
                    self.leave(self.a)
                else:
                    couples.end(self.a, how)
                self.a = self.chat(self.alice, "alice")
                wait_until(lambda: self.titles(self.a) == shown,
                           lambda: "%s\non\n%s" % (shown, self.a.screen()))

    def titles(self, screen):
        """(row, column, name) of each pane's title."""
        found = []
        for n, row in enumerate(screen.screen().splitlines()):
            for name in ("bob", "carol"):
                for sign in "━─":
                    at = row.find("%s %s " % (sign, name))
                    while at >= 0:
                        found.append((n, at, name, sign))
                        at = row.find("%s %s " % (sign, name), at + 1)
        return sorted(found)

    def test_closed_and_zoomed(self):
        self.split()
        self.assertEqual(len(self.titles(self.a)), 3)
        self.a.keys("C-x", "z")
        self.a.expect_text("1 of 3 panes")
        self.assertEqual(self.titles(self.a), [])
        self.a.keys("C-x", "z")
        wait_until(lambda: len(self.titles(self.a)) == 3, self.a.screen)
        self.a.keys("C-x", "0")
        wait_until(lambda: len(self.titles(self.a)) == 2, self.a.screen)
        self.a.resize(30, 6)
        wait_until(lambda: "1 of 2 panes" in self.a.screen(), self.a.screen)
        self.a.resize(100, 30)
        wait_until(lambda: len(self.titles(self.a)) == 2, self.a.screen)
        self.a.keys("C-x", "1")
        wait_until(lambda: self.titles(self.a) == [], self.a.screen)

    def test_next_unread_and_back(self):
        self.a.say("/peer bob")
        self.a.keys("C-x", "b")
        self.a.say("hullo")  # the notices
        self.a.expect_text("listening on")
        self.b.say("from bob")
        self.c.say("from carol")
        self.a.expect(r"unread 2")
        self.a.expect(r"^ +\d ● bob +1│")
        self.a.keys("M-a")
        self.a.expect(r"^ hullo \S+ · (bob|carol)\b")
        first = "bob" if "from bob" in self.a.screen() else "carol"
        self.a.expect(r"unread 1: ")
        self.a.expect(r"─ new ─.*\n.*from %s" % first)
        self.a.keys("M-a")
        self.a.expect_text("from bob" if first == "carol" else "from carol")
        wait_until(lambda: "unread" not in self.a.screen(), self.a.screen)
        self.a.keys("M-a")
        self.a.expect_text("listening on")  # where it began


if __name__ == "__main__":
    harness.main()
