# SPDX-License-Identifier: MIT
"""Raw UDP: the programs people have, in both roles, and what the wire carries."""
import json

import harness
from harness import ARABIC, CHINESE, EMOJI, free_port, need, wait_bound

# Both ends know the other's port, as the two-thread program wants it.
CLIENTS = {
    "nc": "nc.openbsd -u -p {own} 127.0.0.1 {port}",
    "ncat": "ncat -u -p {own} 127.0.0.1 {port}",
    "socat": "socat - UDP4:127.0.0.1:{port},bind=127.0.0.1:{own}",
    "socat datagram": "socat - UDP4-DATAGRAM:127.0.0.1:{port},bind=127.0.0.1:{own}",
}
LISTENERS = {
    "nc": "nc.openbsd -u -l 127.0.0.1 {own}",
    "ncat": "ncat -u -l 127.0.0.1 {own}",
    "socat": "socat - UDP4-LISTEN:{own},bind=127.0.0.1",
}
TEXTS = (CHINESE, EMOJI, ARABIC, "[1, 2]")


class Programs(harness.TestCase):
    def start_peer(self, command, own, port=0):
        argv = command.format(own=own, port=port).split()
        need(argv[0])
        return self.start(*argv)

    def talk(self, hullo, peer, own):
        """Every text both ways; netcat and its kin print what came without a separator."""
        for text in TEXTS:
            hullo.say(text)
            peer.expect_text(text)
            peer.say(text)
            hullo.expect(r"127\.0\.0\.1:%d\b.*%s" % (own, harness.re.escape(text)))
        self.assertTrue(peer.alive(), peer)

    def test_peer_is_client(self):
        for name, command in CLIENTS.items():
            with self.subTest(name):
                own = free_port()
                hullo = self.chat("127.0.0.1:%d" % own)
                peer = self.start_peer(command, own, hullo.port)
                peer.say("first")
                hullo.expect_text("first")
                self.talk(hullo, peer, own)

    def test_peer_is_listener(self):
        for name, command in LISTENERS.items():
            with self.subTest(name):
                own = free_port()
                peer = self.start_peer(command, own)
                wait_bound(own)
                self.talk(self.chat("127.0.0.1:%d" % own), peer, own)

    def test_answers_everybody(self):
        """One listener, each program as a client of it, at the same time."""
        hullo = self.listen("--reply", "heard " + CHINESE)
        peers = [self.start_peer(command, free_port(), hullo.port) for command in CLIENTS.values()]
        for peer in peers:
            peer.say(ARABIC)
        for peer in peers:
            peer.expect_text("heard " + CHINESE)
            self.assertTrue(peer.alive(), peer)

    def test_listener_that_ends_and_comes_back(self):
        own = free_port()
        hullo = self.chat("127.0.0.1:%d" % own)
        for word in ("one", "two"):
            peer = self.start_peer(LISTENERS["socat"], own)
            wait_bound(own)
            hullo.say(word)
            peer.expect_text(word)
            peer.kill()
            hullo.say("nobody hears " + word)
            hullo.expect("refused")


class TwoThreadProgram(harness.TestCase):
    def setUp(self):
        self.python_port = free_port()
        self.chatter = self.chat("127.0.0.1:%d" % self.python_port)
        self.program = self.python_chat(self.python_port, self.chatter.port)

    def test_both_ways(self):
        for text in TEXTS:
            self.chatter.say(text)
            self.program.expect_text(text)
            self.program.say(text)
            self.chatter.expect(r"127\.0\.0\.1:%d\b.*%s" % (self.python_port, harness.re.escape(text)))

    def test_long_text_does_not_kill_it(self):
        """It reads 1024 bytes; a character cut there would end its receive thread."""
        for text in (CHINESE * 100, EMOJI * 200, "x" * 1500):
            self.chatter.say(text + "end")
            self.program.expect_text("end")
        self.chatter.say("still there?")
        self.program.expect_text("still there?")

    def test_it_ends_and_comes_back(self):
        self.chatter.say("one")
        self.program.expect_text("one")
        self.program.kill()
        self.chatter.say("nobody")
        self.chatter.expect("refused")
        self.program = self.python_chat(self.python_port, self.chatter.port)
        self.chatter.say("two")
        self.program.expect_text("two")
        self.program.say("back")
        self.chatter.expect_text("back")


class Wire(harness.TestCase):
    """What bare sockets see."""

    def setUp(self):
        self.peer = self.udp()
        self.address = "127.0.0.1:%d" % self.peer.getsockname()[1]

    def receive(self):
        return self.peer.recvfrom(65536)

    def received_text(self, length):
        """Datagrams until they hold length bytes."""
        pieces = []
        while sum(map(len, pieces)) < length:
            pieces.append(self.receive()[0])
        return pieces

    def test_one_line_one_datagram_without_newline_from_a_fixed_port(self):
        hullo = self.chat(self.address)
        for text in ("first", CHINESE, "last"):
            hullo.say(text)
            self.assertEqual(self.receive(), (text.encode(), ("127.0.0.1", hullo.port)))

    def test_newline_on_demand(self):
        hullo = self.chat(self.address, "--newline")
        hullo.say("text")
        self.assertEqual(self.receive()[0], b"text\n")

    def test_blank_lines_are_not_sent(self):
        hullo = self.chat(self.address)
        for text in ("", "  ", "\t", "text"):
            hullo.say(text)
        self.assertEqual(self.receive()[0], b"text")

    def test_pieces_end_between_characters(self):
        hullo = self.chat(self.address)
        for text in ("x" + "é" * 1700, "界" * 1400, EMOJI * 500, "y" * 5000):
            hullo.say(text)
            pieces = self.received_text(len(text.encode()))
            self.assertEqual(b"".join(pieces).decode(), text)
            for piece in pieces:
                self.assertLessEqual(len(piece), 1000)
                piece.decode()
            self.assertLessEqual(len(pieces), len(text.encode()) // 997 + 1)

    def test_newline_ends_the_last_piece_within_the_limit(self):
        hullo = self.chat(self.address, "--newline")
        hullo.say("x" * 1000)
        pieces = self.received_text(1001)
        self.assertEqual(b"".join(pieces).replace(b"\n", b""), b"x" * 1000)
        self.assertTrue(pieces[-1].endswith(b"\n"))
        self.assertLessEqual(max(map(len, pieces)), 1000)

    def test_bytes_that_are_not_utf8(self):
        hullo = self.chat(self.address)
        to = ("127.0.0.1", hullo.port)
        self.peer.sendto(b"bad \xff\xfe end", to)
        hullo.expect("bad (\N{REPLACEMENT CHARACTER})+ end")
        self.peer.sendto(b"good", to)
        hullo.expect("good")

    def test_empty_and_huge_datagrams(self):
        hullo = self.chat(self.address)
        to = ("127.0.0.1", hullo.port)
        self.peer.sendto(b"", to)
        self.peer.sendto(b"z" * 60000, to)
        self.assertGreaterEqual(hullo.expect("z{1000,}").end(), 1000)
        self.peer.sendto(b"", to)
        self.peer.sendto(b"after", to)
        hullo.expect("after")

    def test_controls_never_reach_the_terminal(self):
        hullo = self.chat(self.address)
        self.peer.sendto("\x1b]0;title\x07\x1b[2J\x9b31m\u202eabc\r\n\u2028x\x08".encode(),
                         ("127.0.0.1", hullo.port))
        self.peer.sendto(b"after", ("127.0.0.1", hullo.port))
        hullo.expect("after")
        for byte in hullo.output:
            self.assertNotIn(byte, b"\x1b\x07\x08\r\x7f\x00")
        for character in "\u202e\u2028\x9b":
            self.assertNotIn(character, hullo.output.decode())

    def test_one_trailing_newline_is_stripped_and_inner_ones_are_kept(self):
        hullo = self.listen("--json", "--count", "2")
        to = ("127.0.0.1", hullo.port)
        self.peer.sendto(b"one\ntwo\n\n", to)
        hullo.expect(r"one\\ntwo")
        self.peer.sendto(b"three", to)
        self.assertEqual(hullo.wait(), 0)
        events = [json.loads(line) for line in hullo.output.decode().splitlines()
                  if line.startswith("{")]
        texts = [event["text"] for event in events if "text" in event]
        self.assertEqual(texts, ["one\ntwo\n", "three"])

    def test_the_sender_is_always_shown(self):
        hullo = self.listen()
        other = self.udp()
        for sock, text in ((self.peer, "one"), (other, "two"), (self.peer, "three")):
            sock.sendto(text.encode(), ("127.0.0.1", hullo.port))
            hullo.expect(r"127\.0\.0\.1:%d\b.*%s" % (sock.getsockname()[1], text))


if __name__ == "__main__":
    harness.main()
