# SPDX-License-Identifier: MIT
"""Links are opened by a program of the user's choice, of which nothing is left when it has ended."""
import os

import harness
from couples import process_of
from harness import HULLO, wait_until
from homes import Home

LINK = "https://a.example/b?c='d"


class Links(harness.TestCase):
    def setUp(self):
        harness.need("tmux")
        self.tools = self.directory()
        self.log = os.path.join(self.tools, "log")

    def opener(self):
        """A script that notes what it is to open."""
        path = os.path.join(self.tools, "opener")
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nprintf '%%s|' \"$@\" >>%s\n" % self.log)
        os.chmod(path, 0o700)
        return path

    def logged(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="ascii") as file:
            return file.read()

    def test_what_was_opened_is_waited_for(self):
        home = Home(self)
        shown = self.terminal(HULLO, "chat", "--pair", "--listen", home.address, size=(80, 20),
                              env=home.env(TERM="screen-256color"))
        shown.expect_text("F1 help")
        pid = process_of(shown)
        Home(self).send(home.address, "see " + LINK)
        shown.keys("M-a")
        shown.expect_text("see https:")
        shown.say("/set open_command %s --new" % self.opener())
        shown.expect_text("open_command = ")
        for count in range(1, 4):
            shown.keys("C-x", "u")
            shown.expect_text("Enter: show it whole")
            shown.keys("Enter")
            shown.expect_text("Enter: open it")
            shown.keys("Enter")
            wait_until(lambda: self.logged() == count * ("--new|%s|" % LINK),
                       lambda: "%r\n%s" % (self.logged(), shown.screen()))
            wait_until(lambda: children_of(pid) == [], lambda: children_of(pid))


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
        return file.read().split()


if __name__ == "__main__":
    harness.main()
