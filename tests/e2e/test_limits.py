# SPDX-License-Identifier: MIT
"""What the system or the other program permits is little: few descriptors, small buffers, no
rights."""
import os
import socket
import struct
import sys
import unittest

import harness
from harness import CHINESE, HULLO, PEERS, bound_port, free_port
from screens import Screen

NOBODY = 65534
STARTED = b"waiting for peers"


class FewDescriptors(harness.TestCase):
    FILES = 32
    CLIENTS = 100

    def test_the_rest_is_refused_and_the_chat_goes_on(self):
        peer = self.udp()
        chat = self.hullo("chat", "--plain", "--line", "--listen", "127.0.0.1:0", "--listen",
                          "tcp://127.0.0.1:0", "127.0.0.1:%d" % peer.getsockname()[1],
                          prefix=("prlimit", "--nofile=%d" % self.FILES))
        udp, tcp = bound_port(chat), bound_port(chat, "tcp://")
        clients = [self.tcp(tcp) for _ in range(self.CLIENTS)]
        kept, refused = [], 0
        for number, client in enumerate(clients):
            client.settimeout(0)
            try:
                client.sendall(b"client %d\n" % number)
            except OSError:
                pass
        # Every client is either heard or turned away with the end of its stream.
        for number, client in enumerate(clients):
            heard = b": client %d\n" % number

            def settled():
                return heard in chat.output or self.is_closed(client)
            harness.wait_until(settled, lambda: "client %d: %s" % (number, chat))
            if heard in chat.output:
                kept.append(client)
            else:
                refused += 1
        self.assertGreater(len(kept), 2)
        self.assertLess(len(kept), self.FILES)
        self.assertEqual(len(kept) + refused, self.CLIENTS)
        self.talk(chat, peer, udp)
        chat.say("/net")
        chat.expect("errors: .* %d connections refused" % refused)
        gone = kept.pop()
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.close()
        chat.expect("closed: ")
        late = self.tcp(tcp)
        late.sendall(b"there is room again\n")
        chat.expect_text("there is room again")

    def talk(self, chat, peer, port):
        peer.sendto(CHINESE.encode(), ("127.0.0.1", port))
        chat.expect_text(CHINESE)
        chat.say("/peer 1")
        chat.say("to the first")
        self.assertEqual(peer.recvfrom(100)[0], b"to the first")

    @staticmethod
    def is_closed(client):
        try:
            return client.recv(100) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


class TooFewDescriptors(harness.TestCase):
    ENOUGH = 40

    @unittest.skipIf(os.environ.get("HL_TEST_SANITIZE"), "a sanitizer opens files of its own")
    def test_it_does_not_start_and_says_why(self):
        """However far it comes. With some more it does start."""
        for files in range(4, self.ENOUGH):
            screen = self.own(Screen(["prlimit", "--nofile=%d" % files, HULLO, "chat", "--plain",
                                      "--listen", "127.0.0.1:0"],
                                     harness.environment(TERM="xterm-256color")))
            harness.wait_until(lambda: not screen.read(0.1) and screen.child.poll() is not None or
                               STARTED in screen.shown, lambda: (files, screen.shown))
            if STARTED in screen.shown:
                break
            self.assertEqual(screen.child.returncode, 1, (files, screen.shown))
            self.assertRegex(screen.shown, rb"hullo: [^\r\n]*: Too many open files\r\n$", files)
            screen.kill()
        self.assertIn(STARTED, screen.shown)


class SmallBuffer(harness.TestCase):
    """The two-thread program reads 1024 bytes and decodes them strictly."""
    TEXT = "a" + "é" * 750  # byte 1024 falls into a character

    def test_in_pieces_it_survives(self):
        self.assertGreater(len(self.TEXT.encode()), 1500)
        own = free_port()
        chat = self.chat("127.0.0.1:%d" % own)
        program = self.python_chat(own, chat.port)
        chat.say(self.TEXT)
        chat.say("still there?")
        program.expect_text("still there?")
        # All of it has come, none of it damaged.
        pieces = [line.split("<<:", 1)[1] for line in program.output.decode().splitlines()
                  if "<<:" in line]
        self.assertEqual("".join(pieces[:-1]), self.TEXT)

    def test_uncut_it_would_not(self):
        peer = self.udp()
        own = free_port()
        program = self.python_chat(own, peer.getsockname()[1])
        peer.sendto(self.TEXT.encode(), ("127.0.0.1", own))
        program.expect_text("UnicodeDecodeError")
        peer.sendto(b"still there?", ("127.0.0.1", own))
        program.expect_not("still there?")


class HostName(harness.TestCase):
    """Setting it needs a right and changes the whole machine: a chat has no business there."""

    def test_python_is_refused(self):
        if os.geteuid():
            argv = ()
        else:
            harness.need("setpriv")
            argv = ("setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups")
        with open(os.path.join(PEERS, "facts.py"), encoding="utf-8") as script:
            code = script.read()  # which somebody else may not be able to
        facts = self.start(*argv, sys.executable, "-c", code, "sethostname")
        facts.expect("^EPERM$")
        self.assertEqual(facts.wait(), 0)

    def test_hullo_cannot_even_try(self):
        with open(HULLO, "rb") as program:
            code = program.read()
        self.assertIn(b"gethostname", code)
        self.assertNotIn(b"sethostname", code)
        _, usage, _ = self.run_hullo("--help")
        self.assertRegex(usage, r"--name NICK\s+the name shown for you \(the host's name\)")

    def test_its_own_name_is_given_to_it(self):
        peer = self.udp()
        listener = self.listen("--name", "nick", "--exec", "--", "sh", "-c",
                               "echo $HULLO_NAME")
        peer.sendto(b"who are you?", ("127.0.0.1", listener.port))
        self.assertEqual(peer.recvfrom(100)[0], b"nick")


if __name__ == "__main__":
    harness.main()
