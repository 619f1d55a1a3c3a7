# SPDX-License-Identifier: MIT
"""Two chats that are connected and say nothing: they rest, all their threads, but for a sign of life
now and then, and nothing is written to a terminal."""
import glob
import os
import time
import unittest

import harness
from harness import HULLO, wait_until
from homes import Home
from screens import Screen

REST = 10.0  # seconds
KEEPALIVES = 3  # of either side, as it sends one or takes one


def wake_ups(pid):
    """How often its threads have gone to sleep again."""
    total = 0
    for path in glob.glob("/proc/%d/task/*/status" % pid):
        with open(path, encoding="ascii") as file:
            total += sum(int(line.split()[1]) for line in file
                         if line.startswith("voluntary_ctxt_switches"))
    return total


class Rest(harness.TestCase):
    def chat(self, home, *peer):
        screen = self.own(Screen([HULLO, "chat", "--pair", "--listen", home.address, *peer],
                                 home.env(TERM="xterm-256color")))
        self.expect(screen, b"F1 help")
        return screen

    @staticmethod
    def expect(screen, text):
        def comes():
            screen.read(0.05)
            return text in screen.shown

        wait_until(comes, lambda: "%r in %r" % (text, screen.shown[-3000:]))

    @unittest.skipIf(harness.THREAD_SANITIZED, "ThreadSanitizer wakes up by itself")
    def test_nothing_wakes_them(self):
        one, other = Home(self), Home(self)
        screens = [self.chat(one)]
        screens.append(self.chat(other, one.address))
        os.write(screens[1].master, b"hello\r")
        self.expect(screens[0], b"hello")
        os.write(screens[0].master, b"welcome\r")
        self.expect(screens[1], b"welcome")
        while any([screen.read(1) for screen in screens]):  # receipts, and what is kept of the draft
            pass
        before = [wake_ups(screen.child.pid) for screen in screens]
        end = time.monotonic() + REST
        while time.monotonic() < end:
            for screen in screens:
                self.assertFalse(screen.read(max(0.0, end - time.monotonic()) / 2), screen.shown[-500:])
        woken = [wake_ups(screen.child.pid) - count for screen, count in zip(screens, before)]
        print("woken %s times in %d s" % (woken, REST))
        self.assertLessEqual(max(woken), KEEPALIVES)


if __name__ == "__main__":
    harness.main()
