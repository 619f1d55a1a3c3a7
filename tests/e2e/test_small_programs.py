# SPDX-License-Identifier: MIT
"""The example programs people write first, unchanged, as peers of each Hullo command."""
import os
import sys

import harness
from harness import CHINESE, PEERS


class SmallPrograms(harness.TestCase):
    def program(self, script, *arguments):
        return self.start(sys.executable, "-u", os.path.join(PEERS, script),
                          *map(str, arguments))

    def server(self, script, *arguments):
        """A program that prints its port first."""
        program = self.program(script, *arguments)
        program.port = int(program.expect(r"^(\d+)$").group(1))
        return program

    def test_udp_hello_server(self):
        server = self.server("udp.py", "hello-server", "127.0.0.1")
        chat = self.chat("127.0.0.1:%d" % server.port)
        chat.say(CHINESE)
        chat.expect_text("hello, " + CHINESE)
        self.assertEqual(server.wait(), 0)

    def test_udp_hello_client(self):
        listener = self.listen("--reply", "hello to you", "--count", "1")
        client = self.program("udp.py", "hello-client", "127.0.0.1", listener.port)
        client.expect_text("hello to you")
        self.assertEqual(client.wait(), 0)
        self.assertEqual(listener.wait(), 0)

    def test_udp_connected_client(self):
        """connect()ed, it hears an answer only from the address and port it has asked."""
        listener = self.listen("--echo")
        client = self.program("udp.py", "connected", "127.0.0.1", listener.port)
        for word in ("one", CHINESE):
            client.say(word)
            client.expect_text("127.0.0.1 " + word)

    def test_udp_echo_server(self):
        server = self.server("udp.py", "echo", "127.0.0.1")
        chat = self.chat("127.0.0.1:%d" % server.port)
        for text in (CHINESE, "two"):
            chat.say(text)
            chat.expect(r"127\.0\.0\.1:%d\b.*%s" % (server.port, text))

    def test_tcp_hello_server(self):
        """It reads once, answers once, closes."""
        server = self.server("tcp.py", "hello-server")
        chat = self.chat("tcp://127.0.0.1:%d" % server.port)
        chat.say("hello")
        chat.expect_text("hello from the server")
        self.assertEqual(server.wait(), 0)
        self.assertTrue(chat.alive(), chat)

    def test_tcp_hello_client(self):
        listener = self.listen("--reply", "hello to you", at="tcp://127.0.0.1:0")
        client = self.program("tcp.py", "hello-client", "127.0.0.1", listener.port)
        client.expect_text("hello to you")
        self.assertEqual(client.wait(), 0)

    def test_tcp_upper_case_servers(self):
        for kind in ("upper-once", "upper-loop", "upper-count"):
            with self.subTest(kind):
                server = self.server("tcp.py", kind)
                chat = self.chat("tcp://127.0.0.1:%d" % server.port)
                for word in ("one", "two"):
                    chat.say(word)
                    chat.expect(word.upper())

    def test_tcp_upper_case_client_and_a_command_of_ours(self):
        """It skips what is no word, and reads once per answer."""
        listener = self.listen("--exec", "--", "tr", "a-z", "A-Z", at="tcp://127.0.0.1:0")
        client = self.program("tcp.py", "upper-client", "127.0.0.1", listener.port)
        for line, answer in (("one", "ONE"), ("", None), ("42", None), ("two", "TWO")):
            client.say(line)
            if answer:
                client.expect(answer)

    def test_tcp_greeting_server(self):
        server = self.server("tcp.py", "greet")
        for _ in range(2):
            status, out, errors = self.run_hullo("chat", "--plain", "--line",
                                                 "tcp://127.0.0.1:%d" % server.port)
            self.assertEqual(status, 0, errors)
            self.assertIn("welcome 127.0.0.1", out)

    def test_tcp_readline(self):
        listener = self.listen("--greet", CHINESE, at="tcp://127.0.0.1:0")
        client = self.program("tcp.py", "readline", "127.0.0.1", listener.port)
        client.expect_text(ascii(CHINESE + "\n"))

    def test_tcp_many_clients(self):
        listener = self.listen("--echo", at="tcp://127.0.0.1:0")
        client = self.program("tcp.py", "many", "127.0.0.1", listener.port, 100)
        client.expect("^all$")

    def test_unix_peers(self):
        path = os.path.join(self.directory(), "s")
        server = self.program("tcp.py", "unix-upper", path)
        server.expect("ready")
        chat = self.hullo("chat", "--plain", "--line", "unix:" + path)
        chat.say("word")
        chat.expect("WORD")

    def test_unix_datagrams(self):
        directory = self.directory()
        server = self.program("udp.py", "unix-echo", os.path.join(directory, "echo"))
        server.expect("ready")
        chat = self.hullo("chat", "--plain", "--line", "--listen",
                          "unix-dgram:" + os.path.join(directory, "own"),
                          "unix-dgram:" + os.path.join(directory, "echo"))
        chat.say(CHINESE)
        chat.expect("echo.*" + CHINESE)


if __name__ == "__main__":
    harness.main()
