# SPDX-License-Identifier: MIT
"""Two homes: what was said long ago is found while one types, and the screen goes there."""
import harness
import homes


class Search(harness.TestCase):
    def setUp(self):
        harness.need("tmux")
        self.bob = homes.Home(self)
        self.alice = homes.Home(self)
        with_words = ["line %d of many" % n for n in range(600)]
        with_words[40] = "the orchard of pears stands behind the mill"
        self.listener = self.alice.listen()
        self.bob.send(self.alice.address, stdin="\n".join(with_words).encode() + b"\n")
        self.listener.signal(15)
        self.listener.wait()
        self.shown = self.terminal(
            harness.HULLO, "chat", "--listen", "127.0.0.1:0", size=(90, 24),
            env=self.alice.env(TERM="screen-256color"))
        self.shown.expect_text("F1 help")

    def test_found_and_gone_to(self):
        self.shown.keys("C-s")
        self.shown.expect_text("words:")
        self.shown.type("orch")
        self.shown.expect_text("the orchard of pears")
        self.shown.expect_text("line 39 of many")  # what stands around it
        self.shown.expect_text("line 41 of many")
        self.shown.keys("Enter")
        self.shown.expect_text("line 35 of many")
        self.shown.expect_text("line 44 of many")
        self.assertNotIn("words:", self.shown.screen())

    def test_older_ones_come_while_going_down(self):
        self.shown.say("/search many")
        self.shown.expect_text("line 599 of many")
        for _ in range(8):
            self.shown.keys("M->")
            self.shown.draws()
        self.shown.expect(r"Search  \d{3}/\d{3} ")
        self.shown.keys("Escape")
        self.shown.expect_text("F1 help")
        self.assertNotIn("Search", self.shown.screen())


if __name__ == "__main__":
    harness.main()
