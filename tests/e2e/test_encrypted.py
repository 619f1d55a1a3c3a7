# SPDX-License-Identifier: MIT
"""Two Hullos, encrypted: over every carrier, through a bad network, and what the wire shows."""
import random
import signal
import time

import harness
from harness import ARABIC, CHINESE, DEADLINE, EMOJI, HULLO, bound_port
from relay import Relay

CANARY = "canary-4711-plaintext"
TEXTS = (CHINESE, EMOJI, ARABIC, "[1, 2]", CANARY)
DONE, UNREACHABLE, TIMEOUT = 0, 4, 5


class Encrypted(harness.TestCase):
    def pair(self, at="127.0.0.1:0", kind="", dial=None, *options):
        """Two chats in line mode: one lets strangers in, the other names it."""
        one = self.hullo("chat", "--line", "--pair", "--listen", at)
        there = dial or "127.0.0.1:%d"
        if "%d" in there:
            there %= bound_port(one, kind)
        else:
            one.expect("listening on")
        two = self.hullo("chat", "--line", "--listen", "127.0.0.1:0", *options, there)
        two.expect("encrypted, key [0-9a-f ]{19}$")
        one.expect("encrypted, key [0-9a-f ]{19}$")
        return one, two

    def talk(self, one, two):
        for text in TEXTS:
            two.say(text)
            one.expect_text(": " + text)
            one.say(text)
            two.expect_text(": " + text)

    def test_udp(self):
        self.talk(*self.pair())

    def test_ipv6(self):
        self.talk(*self.pair("[::1]:0", "", "[::1]:%d"))

    def test_tcp(self):
        self.talk(*self.pair("127.0.0.1:0", "tcp://", "127.0.0.1:%d", "--tcp"))

    def test_unix_sockets(self):
        for scheme in ("unix", "unix-seqpacket"):
            with self.subTest(scheme):
                at = "%s:%s/s" % (scheme, self.directory())
                self.talk(*self.pair(at, "", at))

    def test_both_name_each_other(self):
        """Neither lets strangers in, but each has named the other's address."""
        ports = [harness.free_port(), harness.free_port()]
        chats = []
        for own, other in (ports, reversed(ports)):
            chats.append(self.terminal(HULLO, "chat", "--line", "--listen", "127.0.0.1:%d" % own,
                                       "127.0.0.1:%d" % other))
            chats[0].expect("refused")
        for chat in chats:
            chat.expect("encrypted, key")
        self.talk(*chats)

    def test_stranger_is_not_answered(self):
        """Without --pair: not one byte comes back, and nothing is shown."""
        listener = self.hullo("listen", "--listen", "127.0.0.1:0")
        relay = self.own(Relay(bound_port(listener)))
        status, out, errors = self.run_hullo("send", "--timeout", "1.5", "127.0.0.1:%d" % relay.port,
                                             CANARY)
        self.assertEqual((status, out), (TIMEOUT, ""), errors)
        self.assertRegex(errors, "^hullo: 127.0.0.1:%d: " % relay.port)
        self.assertGreater(len(relay.captured), 0)
        self.assertEqual(relay.answers, 0)
        listener.expect_not(CANARY)

    def test_nobody_there(self):
        port = harness.free_port()
        status, _, errors = self.run_hullo("send", "127.0.0.1:%d" % port, "x")
        self.assertEqual(status, UNREACHABLE, errors)
        self.assertIn("refused", errors)

    def test_bad_network(self):
        """20 % lost, 10 % doubled, some reordered, both ways: each line once and in order, and no
        plaintext on the way."""
        count = 300
        one = self.hullo("chat", "--line", "--pair", "--listen", "127.0.0.1:0")
        relay = self.own(Relay(bound_port(one), 0.2, 0.1, 0.1, seed=7))
        two = self.hullo("chat", "--line", "--listen", "127.0.0.1:0", "127.0.0.1:%d" % relay.port)
        two.expect("encrypted, key")
        one.expect("encrypted, key")
        for i in range(count):
            two.say("%s there %d" % (CANARY, i))
            one.say("%s back %d" % (CANARY, i))
        one.expect("there %d$" % (count - 1), 6 * DEADLINE)
        two.expect("back %d$" % (count - 1), 6 * DEADLINE)
        for chat, word in ((one, b"there"), (two, b"back")):
            seen = [int(line.rsplit(b" ", 1)[1]) for line in chat.output.splitlines()
                    if b": " + CANARY.encode() + b" " + word in line]
            self.assertEqual(seen, list(range(count)))
        self.assertGreater(len(relay.captured), 10)
        for packet in relay.captured:
            self.assertNotIn(CANARY.encode(), packet)
            self.assertGreaterEqual(packet[0], 0xF8)

    def test_many_lines(self):
        count = 10000
        listener = self.hullo("listen", "--pair", "--listen", "127.0.0.1:0", "--count", str(count))
        port = bound_port(listener)
        lines = b"".join(b"line %d\n" % i for i in range(count))
        status, out, errors = self.run_hullo("send", "127.0.0.1:%d" % port, stdin=lines,
                                             deadline=6 * DEADLINE)
        self.assertEqual((status, out), (DONE, ""), errors)
        self.assertEqual(listener.wait(6 * DEADLINE), DONE, listener)
        seen = [line.split(b": ", 1)[1] for line in listener.output.splitlines()
                if b": line " in line]
        self.assertEqual(seen, lines.splitlines())

    def test_anything_on_the_port(self):
        """Noise, and bytes that look like packets: nothing is shown, nothing is answered."""
        listener = self.hullo("listen", "--pair", "--listen", "127.0.0.1:0", "--count", "1")
        port = bound_port(listener)
        stranger = self.udp()
        chance = random.Random(3)
        for i in range(2000):
            size = chance.choice((1, 13, 29, 64, 108, 124, 156, 192, 1200))
            packet = bytes([0xF8 + i % 8]) + chance.randbytes(size - 1)
            stranger.sendto(packet if i % 3 else chance.randbytes(size), ("127.0.0.1", port))
        status, _, errors = self.run_hullo("send", "127.0.0.1:%d" % port, "still here")
        self.assertEqual(status, DONE, errors)
        self.assertEqual(listener.wait(), DONE, listener)
        shown = [line for line in listener.output.splitlines() if b"listening on" not in line]
        self.assertEqual(len(shown), 1, listener)
        stranger.settimeout(0)
        self.assertRaises(BlockingIOError, stranger.recv, 65536)

    def test_plain_is_never_a_fallback(self):
        listener = self.hullo("listen", "--pair", "--listen", "127.0.0.1:0")
        port = bound_port(listener)
        self.run_hullo("send", "--plain", "127.0.0.1:%d" % port, CANARY)
        listener.expect_not(CANARY)

    def test_answers(self):
        listener = self.hullo("listen", "--pair", "--name", "bob", "--listen", "127.0.0.1:0",
                              "--echo")
        there = "127.0.0.1:%d" % bound_port(listener)
        status, out, errors = self.run_hullo("send", "--linger", "1", there, CHINESE)
        self.assertEqual((status, out), (DONE, "bob: %s\n" % CHINESE), errors)
        status, out, errors = self.run_hullo("send", "--wait", "queued", "--linger", "1", there, "x")
        self.assertEqual((status, out), (DONE, "bob: x\n"), errors)

    def test_end_of_input(self):
        """A pipe into a chat: ends when all is received and answers had their time."""
        listener = self.hullo("listen", "--pair", "--name", "bob", "--listen", "127.0.0.1:0",
                              "--echo")
        there = "127.0.0.1:%d" % bound_port(listener)
        status, out, errors = self.run_hullo("chat", "--listen", "127.0.0.1:0", there,
                                             stdin=b"one\ntwo\n")
        self.assertEqual((status, out), (DONE, "bob: one\nbob: two\n"), errors)

    def test_same_peer_under_two_names(self):
        listener = self.hullo("listen", "--pair", "--listen", "0")
        port = bound_port(listener)
        chat = self.hullo("chat", "--line", "--listen", "0", "127.0.0.1:%d" % port)
        chat.say("first")
        listener.expect_text(": first")
        chat.say("/connect [::1]:%d" % port)
        chat.say("second")
        listener.expect_text(": second")
        chat.expect("delivered: second")
        chat.say("/peer")
        chat.expect(r"^\* \d+ ")
        chat.expect_not("\n  2 ")

    def test_restart_of_one_side(self):
        """Killed, and started again with the same key and port: the conversation goes on."""
        home = self.directory()
        port = harness.free_port()
        env = harness.environment(HULLO_HOME=home)
        argv = ("chat", "--line", "--pair", "--listen", "127.0.0.1:%d" % port)
        one = self.hullo(*argv, env=env)
        one.expect("listening on")
        two = self.hullo("chat", "--line", "--listen", "127.0.0.1:0", "127.0.0.1:%d" % port)
        two.expect("encrypted, key")
        two.say("before")
        one.expect_text(": before")
        one.kill()
        again = self.hullo(*argv, env=env)
        again.expect("listening on")
        two.say("after")
        again.expect_text(": after", 4 * DEADLINE)
        again.say("welcome")
        two.expect_text(": welcome")

    def test_goodbye(self):
        one, two = self.pair()
        before = time.monotonic()
        two.signal(signal.SIGTERM)
        self.assertEqual(two.wait(), 128 + signal.SIGTERM)
        self.assertLess(time.monotonic() - before, 1.0 * harness.SLOWNESS)
        one.expect("closed$")


if __name__ == "__main__":
    harness.main()
