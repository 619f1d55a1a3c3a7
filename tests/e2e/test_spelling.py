# SPDX-License-Identifier: MIT
"""Misspelt words are underlined while one types, and mended; a speller that fails is in nobody's
way."""
import os
import re
import subprocess
import unittest

import harness
from harness import HULLO, wait_until
from homes import Home

FAKE = r"""#!/bin/sh
echo $$ >"${0%/*}/pid"
echo "@(#) International Ispell, or nearly"
while read -r word; do
    case ${word#^} in
    *x*) echo "& ${word#^} 2 1: good, better still" ;;
    *) echo "*" ;;
    esac
    echo
done
"""


class Spelling(harness.TestCase):
    def setUp(self):
        harness.need("tmux")
        self.tools = self.directory()
        self.shown = self.terminal(HULLO, "chat", "--listen", "127.0.0.1:0", size=(78, 14),
                                   env=Home(self).env(TERM="screen-256color"))
        self.shown.expect_text("F1 help")

    def set(self, command):
        self.shown.say("/set spell " + command)
        self.shown.expect_text("spell = " + command[:20])

    def fake(self, text=FAKE):
        path = os.path.join(self.tools, "fake")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o700)
        self.set(path)

    def underlined(self):
        """The underlined pieces of the screen."""
        text = self.shown.tmux("capture-pane", "-p", "-e")
        found = []
        on = False
        for attributes, piece in re.findall("\x1b\\[([0-9;]*)m([^\x1b]*)", "\x1b[0m" + text):
            for number in attributes.split(";"):
                on = number == "4" or (on and number not in ("", "0", "24"))
            if on and piece.strip():
                found.append(piece.strip())
        return found

    def underlines(self, *words):
        wait_until(lambda: self.underlined() == list(words),
                   lambda: "%s, not %s" % (words, self.underlined()))

    def test_words_are_underlined_and_mended(self):
        self.fake()
        self.shown.type("a wrxng word, /not/axpath htxp://x.y and thxs")
        self.underlines("wrxng")
        self.shown.type(" ")
        self.underlines("wrxng", "thxs")
        self.shown.keys("M-s")
        self.shown.expect_text("and good")
        self.underlines("wrxng")
        self.shown.expect_text("[good] better still")
        self.shown.keys("M-s")
        self.shown.expect_text("and better still")
        self.shown.type("wxrd")
        self.shown.keys("M-s")
        self.shown.expect_text("still good")
        self.shown.keys("C-a", "C-k")
        self.shown.type("/msg bxb wxrd ")
        self.underlines()

    def test_one_that_dies_is_told_of(self):
        self.fake()
        self.shown.type("wxrd ")
        self.underlines("wxrd")
        with open(os.path.join(self.tools, "pid"), encoding="ascii") as file:
            os.kill(int(file.read()), 9)
        self.shown.expect_text("fake: it has ended")
        self.underlines()
        self.shown.type("axd more")
        self.shown.expect_text("> wxrd axd more")
        self.shown.keys("BSpace", "BSpace", "BSpace", "BSpace", "BSpace", "M-s")
        self.shown.expect_text("> wxrd good")  # it is started again
        self.underlines("wxrd")

    def test_one_that_hangs_holds_up_nothing(self):
        self.fake("#!/bin/sh\necho '@(#)'\nsleep 1000\n")
        self.shown.type("some words and then some ")
        self.shown.expect_text("> some words and then some")
        self.shown.expect_text("fake: it does not answer", 15 * harness.SLOWNESS)
        self.shown.say("/quit")

    def test_one_that_talks_nonsense(self):
        self.set("echo no")
        self.shown.expect_text("what it says is not what aspell -a would say")
        self.set(os.path.join(self.tools, "missing"))
        self.shown.expect_text("missing: No such file or directory")

    def test_it_ends_with_the_chat(self):
        self.fake()
        self.shown.type("wxrd ")
        self.underlines("wxrd")
        with open(os.path.join(self.tools, "pid"), encoding="ascii") as file:
            pid = int(file.read())
        self.shown.keys("C-a", "C-k")
        self.shown.say("/quit")
        self.assertEqual(self.shown.status(), 0)
        wait_until(lambda: not os.path.exists("/proc/%d" % pid), "the end of the speller")

    def test_aspell(self):
        harness.need("aspell")
        if b"en\n" not in subprocess.run(["aspell", "dump", "dicts"], capture_output=True,
                                         check=True).stdout:
            raise unittest.SkipTest("aspell has no English dictionary")
        self.set("aspell -a --lang=en --encoding=utf-8")
        self.shown.type("Helo, I recieve what you don't see ")
        self.underlines("Helo", "recieve")
        self.shown.keys("M-s")
        self.shown.expect_text("> Helo, I receive what you don't see")


if __name__ == "__main__":
    harness.main()
