#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records what README.md shows: two people at two terminals, their screens as they are.
HULLO names the program; usage: record.py"""
import unittest

import couples
import harness

SIZE = (78, 19)


class Record(couples.TestCase):
    def runTest(self):
        self.a = self.chat(self.alice, "alice", size=SIZE)
        self.b = self.chat(self.bob, "bob", self.alice.address, size=SIZE)
        self.a.expect(r"^ open")
        self.b.expect(r"^ hullo \S+ · alice\b")
        self.say(self.b, self.a, "good morning 👋")
        self.say(self.a, self.b, "你好! shall we meet at noon?")
        self.b.keys("M-m", "r")
        self.b.say("at the mill, if it is dry")
        self.a.expect("if it is dry")
        self.a.keys("M-m", "+")
        self.a.type("👍")
        self.a.keys("Enter")
        self.b.expect("👍 1")
        self.a.say("/talk")
        self.b.expect_text("alice would like each of you")
        self.b.say("/talk")
        self.b.expect_text("alice, as it is typed")
        self.b.type("then I bring the 🍐, and you")
        self.a.expect_text("and you")
        self.a.type("and I bring br")
        self.b.expect_text("bring br")
        for name, screen in (("alice", self.a), ("bob", self.b)):
            screen.expect("is typing")
            print("%s's terminal:\n\n```\n%s\n```\n" % (name, screen.screen().rstrip()))


if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=0).run(Record())
    raise SystemExit(not result.wasSuccessful())
