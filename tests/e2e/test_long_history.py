# SPDX-License-Identifier: MIT
"""A conversation of many thousand messages is read back to the first one, page by page, in little
memory; and the way back."""
import couples
import harness
from harness import wait_until

MANY = 20000
SIZE = (80, 100)  # a tall terminal: each page is a key that tmux must be told of
MORE = 12 << 20  # bytes that reading all of it may cost at most


class LongHistory(couples.TestCase):
    def setUp(self):
        super().setUp()
        listener = self.alice.listen()
        lines = "\n".join("line %d of many" % n for n in range(MANY)) + "\n"
        status, _, errors = self.bob.send(self.alice.address, stdin=lines.encode(),
                                          timeout=6 * harness.DEADLINE)
        self.assertEqual(status, 0, errors)
        listener.signal(15)
        listener.wait()
        self.screen = self.chat(self.alice, "alice", size=SIZE)

    def turn(self, key, until):
        """Presses a key until that is on the screen; what is loaded meanwhile takes its time."""
        def turned():
            for _ in range(4):
                self.screen.keys(key, key, key, key)
            self.peak = max(self.peak, couples.memory(self.screen))
            return until in self.screen.screen()

        wait_until(turned, self.screen.screen, 15 * harness.DEADLINE)

    def check_memory(self, before):
        if not harness.SANITIZED:  # a sanitizer keeps what is freed
            self.assertLess(self.peak - before, MORE)

    def test_to_the_first_one_and_back(self):
        self.screen.keys("M-1")
        self.screen.expect_text("line %d of many" % (MANY - 1))
        before = self.peak = couples.memory(self.screen)
        self.turn("PPage", "line 0 of many")
        self.screen.expect_text("line 5 of many")
        self.check_memory(before)
        self.turn("NPage", "line %d of many" % (MANY - 1))
        self.check_memory(before)
        self.screen.keys("M-<")  # at once
        self.screen.expect_text("line 0 of many")
        self.peak = max(self.peak, couples.memory(self.screen))
        self.check_memory(before)
        self.select_one()

    def select_one(self):
        self.screen.keys("M-m", "M-<")
        self.screen.expect_text("▸ line 0 of many")
        self.screen.keys("Down", "r")
        self.screen.expect_text(": line 1 of many")
        self.screen.say("about the second one")
        self.screen.expect(r"│ .*: line 1 of many\n.* about the second one +queued")
        self.screen.keys("M-m", "g")
        self.screen.expect_text("▸ line 1 of many")
        self.screen.keys("Escape")
        self.screen.keys("M->")
        self.screen.expect_text("about the second one")


if __name__ == "__main__":
    harness.main()
