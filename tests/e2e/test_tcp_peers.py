# SPDX-License-Identifier: MIT
"""Raw TCP and Unix sockets: the programs people have, in both roles."""
import os
import socket
import struct
import threading

import harness
from harness import ARABIC, CHINESE, EMOJI, bound_port, free_port, need, read_line, wait_bound

CLIENTS = {
    "nc": "nc.openbsd 127.0.0.1 {port}",
    "ncat": "ncat 127.0.0.1 {port}",
    "socat": "socat - TCP4:127.0.0.1:{port}",
}
LISTENERS = {
    "nc": "nc.openbsd -l 127.0.0.1 {port}",
    "ncat": "ncat -l 127.0.0.1 {port}",
    "socat": "socat - TCP4-LISTEN:{port},bind=127.0.0.1",
}
TEXTS = (CHINESE, EMOJI, ARABIC)


class Programs(harness.TestCase):
    def start_peer(self, command, port):
        argv = command.format(port=port).split()
        need(argv[0])
        return self.start(*argv)

    def test_peer_is_listener(self):
        for name, command in LISTENERS.items():
            with self.subTest(name):
                port = free_port()
                peer = self.start_peer(command, port)
                wait_bound(port, "tcp")
                hullo = self.chat("tcp://127.0.0.1:%d" % port)
                for text in TEXTS:
                    hullo.say(text)
                    peer.expect(harness.re.escape(text) + "\n")
                    peer.say(text)
                    hullo.expect_text(text)
                self.assertTrue(peer.alive(), peer)

    def test_peer_is_client(self):
        hullo = self.listen("--greet", "welcome", "--echo", at="tcp://127.0.0.1:0")
        peers = [self.start_peer(command, hullo.port) for command in CLIENTS.values()]
        for peer in peers:
            peer.expect("^welcome\n")
            for text in TEXTS:
                peer.say(text)
                peer.expect(harness.re.escape(text) + "\n")
                hullo.expect_text(text)
            self.assertTrue(peer.alive(), peer)

    def test_peer_over_a_unix_socket(self):
        need("socat")
        path = os.path.join(self.directory(), "s")
        hullo = self.hullo("listen", "--plain", "--listen", "unix:" + path, "--echo")
        harness.wait_until(lambda: os.path.exists(path), "the socket")
        peer = self.start("socat", "-", "UNIX-CONNECT:" + path)
        peer.say(CHINESE)
        hullo.expect_text(CHINESE)
        peer.expect_text(CHINESE)

    def test_peer_listens_on_a_unix_socket(self):
        need("socat")
        path = os.path.join(self.directory(), "s")
        peer = self.start("socat", "-", "UNIX-LISTEN:" + path)
        harness.wait_until(lambda: os.path.exists(path), "the socket")
        hullo = self.hullo("chat", "--plain", "--line", "unix:" + path)
        hullo.say(CHINESE)
        peer.expect(CHINESE + "\n")
        peer.say(ARABIC)
        hullo.expect_text(ARABIC)


class Client(harness.TestCase):
    """Hullo dials; the peer is a bare socket of some character."""

    def setUp(self):
        self.listener = self.tcp_listener()
        self.address = "tcp://127.0.0.1:%d" % self.listener.getsockname()[1]

    def test_speaks_first_and_closes(self):
        hullo = self.chat(self.address)
        with self.accept(self.listener) as peer:
            peer.sendall(b"hello and goodbye\n")
        hullo.expect("hello and goodbye")
        self.assertTrue(hullo.alive(), hullo)

    def test_answers_each_line_in_upper_case(self):
        hullo = self.chat(self.address)
        peer = self.accept(self.listener)
        for word in ("one", "two", "three"):
            hullo.say(word)
            line = read_line(peer)
            self.assertEqual(line, word.encode() + b"\n")
            peer.sendall(line.upper())
            hullo.expect(word.upper())

    def test_answers_once_and_closes_and_is_dialled_again(self):
        """Its end of stream could be a half-close, so the next line still goes there. The reset
        that answers it is shown, and the line after that dials again."""
        hullo = self.chat(self.address)
        for word in ("one", "two"):
            hullo.say(word)
            with self.accept(self.listener) as peer:
                self.assertEqual(read_line(peer), word.encode() + b"\n")
                peer.sendall(b"answer to " + word.encode())
            hullo.expect("answer to " + word)
            hullo.say("nobody reads this")
            hullo.expect("reset")

    def test_unfinished_line_is_shown_after_a_short_quiet(self):
        hullo = self.chat(self.address)
        peer = self.accept(self.listener)
        peer.sendall(b"no newline")
        hullo.expect("no newline")

    def test_pieces_of_lines_and_of_characters(self):
        hullo = self.chat(self.address)
        peer = self.accept(self.listener)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = (CHINESE + "\nsecond\nthird\n").encode()
        for i in range(len(data)):
            peer.sendall(data[i:i + 1])
        hullo.expect(CHINESE + "\n")
        hullo.expect("second\n")
        hullo.expect("third\n")

    def test_telnet_line_ends(self):
        hullo = self.chat(self.address)
        peer = self.accept(self.listener)
        peer.sendall(b"login: \r\nwelcome\r\n")
        hullo.expect("welcome")
        self.assertNotIn(b"\r", hullo.output)

    def test_half_close_and_what_the_peer_still_says(self):
        hullo = self.chat(self.address)
        peer = self.accept(self.listener)
        hullo.say("last words")
        hullo.end_of_input()
        self.assertEqual(peer.makefile("rb").read(), b"last words\n")
        peer.sendall(b"still talking\n")
        hullo.expect("still talking")
        peer.sendall(b"and the end\n")
        peer.close()
        hullo.expect("and the end")
        self.assertEqual(hullo.wait(), 0)

    def test_peer_half_closes_and_still_hears(self):
        hullo = self.chat(self.address)
        peer = self.accept(self.listener)
        peer.sendall(b"I say no more\n")
        peer.shutdown(socket.SHUT_WR)
        hullo.expect("no more")
        hullo.say("but you hear me")
        self.assertEqual(read_line(peer), b"but you hear me\n")

    def test_reset(self):
        hullo = self.chat(self.address)
        peer = self.accept(self.listener)
        peer.sendall(b"now\n")
        hullo.expect("now")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        hullo.expect("reset")
        self.assertTrue(hullo.alive(), hullo)

    def test_refused(self):
        self.listener.close()
        status, _, errors = self.run_hullo("send", "--plain", self.address, "text")
        self.assertEqual(status, 4, errors)
        self.assertIn("refused", errors)

    def test_hundred_megabytes_without_a_newline(self):
        """Memory stays bounded and the peer is slowed, not us."""
        hullo = self.hullo("chat", "--plain", "--line", self.address,
                           prefix=("sh", "-c", 'exec "$@" >/dev/null', "sh"))
        peer = self.accept(self.listener)
        writer = threading.Thread(target=self.flood, args=(peer, 100))
        writer.start()
        peak = 0
        while writer.is_alive():
            writer.join(0.05)
            peak = max(peak, resident(hullo.child.pid))
        peer.close()
        hullo.expect("finished sending", deadline=6 * harness.DEADLINE)
        if not harness.SANITIZED:
            self.assertLess(peak, 64 << 20)

    @staticmethod
    def flood(peer, megabytes):
        peer.settimeout(None)
        for _ in range(megabytes):
            peer.sendall(b"x" * (1 << 20))


def resident(pid):
    with open("/proc/%d/statm" % pid, encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Server(harness.TestCase):
    def test_hundred_clients_at_once(self):
        hullo = self.listen("--echo", at="tcp://127.0.0.1:0")
        peers = [self.tcp(hullo.port) for _ in range(100)]
        for i, peer in enumerate(peers):
            peer.sendall(b"client %d\n" % i)
        for i, peer in enumerate(peers):
            self.assertEqual(read_line(peer), b"client %d\n" % i)

    def test_restart_on_the_same_port(self):
        """SO_REUSEADDR on listeners: connections of the one before do not hold the port."""
        port = free_port()
        for _ in range(2):
            hullo = self.listen("--greet", "hi", at="tcp://127.0.0.1:%d" % port)
            peer = self.tcp(port)
            self.assertEqual(read_line(peer), b"hi\n")
            hullo.signal(harness.signal.SIGTERM)
            self.assertEqual(hullo.wait(), 128 + harness.signal.SIGTERM)

    def test_both_transports_on_one_port(self):
        """Without a scheme a listener takes UDP and TCP on the same port."""
        hullo = self.hullo("listen", "--plain", "--listen", "127.0.0.1:0")
        port = bound_port(hullo)
        self.tcp(port).sendall(b"over tcp\n")
        hullo.expect("over tcp")
        self.udp().sendto(b"over udp", ("127.0.0.1", port))
        hullo.expect("over udp")


if __name__ == "__main__":
    harness.main()
