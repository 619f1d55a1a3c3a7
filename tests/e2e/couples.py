# SPDX-License-Identifier: MIT
"""Two people who talk: alice lets strangers in, bob calls her, each in a terminal."""
import os
import re

import harness
from harness import wait_until
from homes import Home

ALICE, BOB = (100, 30), (90, 24)


class TestCase(harness.TestCase):
    def setUp(self):
        harness.need("tmux")
        self.alice, self.bob = Home(self), Home(self)

    def chat(self, home, name, *options, size=ALICE):
        """A chat on the whole screen, with all that was there before on it."""
        screen = self.terminal(harness.HULLO, "chat", "--pair", "--name", name, "--listen",
                               home.address, *options, size=size,
                               env=home.env(TERM="screen-256color"))
        screen.expect_text("F1 help")
        return screen

    def meet(self):
        """Both on their screens, and each sees the other's name."""
        self.a = self.chat(self.alice, "alice")
        self.b = self.chat(self.bob, "bob", self.alice.address, size=BOB)
        self.a.expect(r"^ hullo \S+ · bob\b")
        self.b.expect(r"^ hullo \S+ · alice\b")
        self.a.expect(r"^ open")
        self.b.expect(r"^ open")

    def leave(self, screen):
        screen.keys("C-c")
        screen.keys("C-c")
        self.assertEqual(screen.status(), 0)

    def say(self, screen, other, text):
        screen.say(text)
        other.expect_text(text)

    def rows(self, screen, pattern):
        return [row for row in screen.screen().splitlines() if re.search(pattern, row)]


def process_of(screen):
    """The number of the program in a terminal: the last in the row of only children."""
    pid = int(screen.tmux("display-message", "-p", "#{pane_pid}"))
    while True:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
            children = file.read().split()
        if not children:
            return pid
        pid = int(children[0])


def memory(screen):
    """Bytes of memory that it has (RSS)."""
    with open("/proc/%d/statm" % process_of(screen), encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def end(screen, number):
    """Ends the program with a signal."""
    os.kill(process_of(screen), number)
    screen.status()
