# SPDX-License-Identifier: MIT
"""What is typed and not sent is there at the next start, however the program ended; it is sealed
where the store is, and plain text keeps nothing."""
import os
import signal
import time

import harness
from harness import HULLO, wait_until
from homes import Home
from screens import Screen

KEPT = 1.0 * harness.SLOWNESS  # seconds of typing that a killed program may lose
SECRET = b"the quick brown fox"


class Drafts(harness.TestCase):
    def chat(self, home, *options):
        screen = self.own(Screen([HULLO, "chat", "--listen", home.address, *options],
                                 home.env(TERM="xterm-256color")))
        self.shows(screen, b"> ")
        return screen

    def shows(self, screen, text):
        wait_until(lambda: screen.read() and text in screen.shown or text in screen.shown,
                   lambda: "%r in %r" % (text, screen.shown[-2000:]))

    def type(self, screen, text):
        screen.shown = b""
        os.write(screen.master, text)

    def ends(self, screen, how):
        if how == "vanish":
            screen.vanish()
        else:
            os.kill(screen.child.pid, how)
        screen.end()

    def peer(self):
        self.silent = self.udp()
        return "127.0.0.1:%d" % self.silent.getsockname()[1]

    def test_a_draft_survives_every_end(self):
        for how in (signal.SIGTERM, signal.SIGHUP, "vanish"):
            with self.subTest(how=how):
                home, peer = Home(self), self.peer()
                screen = self.chat(home, peer)
                self.type(screen, SECRET)
                self.shows(screen, SECRET)
                self.ends(screen, how)
                self.shows(self.chat(home, peer), SECRET)

    def test_a_reply_stays_a_reply(self):
        home, peer = Home(self), self.peer()
        screen = self.chat(home, peer)
        self.type(screen, b"what it answers\r")
        wait_until(home.history, "a line in the store")
        self.type(screen, b"\033m")
        self.shows(screen, b"reply")
        self.type(screen, b"r")
        self.shows(screen, b"reply> ")
        self.type(screen, SECRET)
        self.shows(screen, SECRET)
        self.ends(screen, signal.SIGTERM)
        again = self.chat(home, peer)
        self.shows(again, b"reply> ")
        self.shows(again, SECRET)
        os.write(again.master, b"\r")
        wait_until(lambda: len(home.history()) == 2, "two lines in the store")
        self.assertIn('"target"', home.run("history", "--json")[1])

    def test_a_kill_loses_a_second_at_most(self):
        home, peer = Home(self), self.peer()
        screen = self.chat(home, peer)
        self.type(screen, SECRET)
        self.shows(screen, SECRET)
        time.sleep(KEPT)
        self.ends(screen, signal.SIGKILL)
        self.shows(self.chat(home, peer), SECRET)

    def test_what_was_sent_is_no_draft_but_history(self):
        home, peer = Home(self), self.peer()
        screen = self.chat(home, peer)
        self.type(screen, SECRET)
        self.shows(screen, SECRET)
        time.sleep(KEPT)  # it is kept as a draft
        os.write(screen.master, b"\r")
        wait_until(home.history, "a line in the store")
        self.ends(screen, signal.SIGTERM)
        screen = self.chat(home)
        self.assertNotIn(SECRET, screen.shown)
        self.type(screen, b"\x1b[A\r")
        self.shows(screen, SECRET)

    def test_nothing_of_it_is_in_the_open(self):
        home, peer = Home(self), self.peer()
        screen = self.chat(home, peer)
        self.type(screen, SECRET)
        self.shows(screen, SECRET)
        self.ends(screen, signal.SIGTERM)
        for directory, _, names in os.walk(home.path):
            for name in names:
                path = os.path.join(directory, name)
                if os.path.isfile(path) and not name.startswith("hullo.db"):
                    with open(path, "rb") as file:
                        self.assertFalse(SECRET in file.read(), path)

    def test_lines_that_come_at_once_are_one_draft(self):
        home, peer = Home(self), self.peer()
        screen = self.chat(home, peer)
        self.type(screen, b"one\rtwo\rthree")
        self.shows(screen, b"3 lines>")
        os.write(screen.master, b"\r")
        wait_until(home.history, "a line in the store")
        self.assertEqual([m.text for m in home.history()], ["one\ntwo\nthree"])

    def test_a_long_paste_asks_first(self):
        home, peer = Home(self), self.peer()
        screen = self.chat(home, peer)
        self.type(screen, b"\x1b[200~" + b"line\r" * 20 + b"\x1b[201~")
        self.shows(screen, b"21 lines>")
        os.write(screen.master, b"\r")
        self.shows(screen, b"send 21 lines as one message?")
        self.assertEqual(home.history(), [])
        os.write(screen.master, b"\r")
        wait_until(home.history, "a line in the store")
        self.assertEqual([m.text for m in home.history()], ["line\n" * 20])

    def test_plain_text_keeps_nothing(self):
        home, peer = Home(self), self.peer()
        screen = self.chat(home, "--plain", peer)
        self.type(screen, SECRET)
        self.shows(screen, SECRET)
        self.ends(screen, signal.SIGTERM)
        screen = self.chat(home, "--plain", peer)
        self.assertNotIn(SECRET, screen.shown)


if __name__ == "__main__":
    harness.main()
