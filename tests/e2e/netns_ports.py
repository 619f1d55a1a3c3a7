# SPDX-License-Identifier: MIT
"""The port that nobody types: on a host of its own, where it is free."""
import harness
import hosts
from harness import CHINESE

PORT = 4855
SPELLINGS = ("127.0.0.1", "localhost", "::1", "[::1]", "127.1.2.3", "tcp://127.0.0.1")


class DefaultPort(hosts.TestCase):
    def setUp(self):
        self.here = self.host("a")

    def listen(self, *options):
        """Listens on what it takes without being told."""
        listener = self.hullo_on(self.here, "listen", *options)
        listener.expect("listening on .*:%d$" % PORT)
        return listener

    def send(self, peer, *options):
        sender = self.hullo_on(self.here, "send", *options, peer, "to " + peer)
        self.assertEqual(sender.wait(), 0, sender)

    def test_encrypted(self):
        listener = self.listen("--pair")
        for peer in SPELLINGS:
            with self.subTest(peer):
                self.send(peer)
                listener.expect_text("to " + peer)

    def test_plain(self):
        listener = self.listen("--plain")
        for peer in SPELLINGS:
            with self.subTest(peer):
                self.send(peer, "--plain")
                listener.expect_text("to " + peer)

    def test_two_shells(self):
        """README's first command, typed in both: the second finds the port taken and the first."""
        one = self.hullo_on(self.here, "chat", "--line", "--pair", "127.0.0.1")
        one.expect("listening on .*:%d$" % PORT)
        two = self.hullo_on(self.here, "chat", "--line", "127.0.0.1")
        two.expect("listening on .*:%d$" % (PORT + 1))
        two.expect("encrypted, key")
        two.say(CHINESE)
        one.expect_text(CHINESE)

    def test_another_port_is_another_peer(self):
        other = "127.0.0.1:%d" % (PORT + 1)
        listener = self.hullo_on(self.here, "listen", "--pair", "--listen", other)
        listener.expect("listening on")
        sender = self.hullo_on(self.here, "send", "--timeout", "2", "127.0.0.1", "to nobody")
        self.assertNotEqual(sender.wait(), 0, sender)
        self.send(other)
        listener.expect_text("to " + other)
        listener.expect_not("to nobody")


if __name__ == "__main__":
    harness.main()
