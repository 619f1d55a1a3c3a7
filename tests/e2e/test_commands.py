# SPDX-License-Identifier: MIT
"""The command line as scripts see it: messages, exit statuses, events, bad input."""
import json
import os
import signal
import socket
import struct
import subprocess
import threading

import harness
from harness import CHINESE, HULLO, bound_port

USAGE, NAME, UNREACHABLE, TIMEOUT, STORAGE = 2, 3, 4, 5, 7


class TestCase(harness.TestCase):
    def listen(self, *options, at="127.0.0.1:0", **more):
        hullo = self.hullo("listen", "--plain", "--listen", at, *options, **more)
        hullo.port = bound_port(hullo)
        return hullo


class BadInput(TestCase):
    """Arguments, exit status, what standard error says."""
    TABLE = (
        (("send", "--plain", "127.0.0.1:70000", "x"), USAGE, "port must be a number from 1"),
        (("send", "--plain", "010.0.0.1", "x"), USAGE, "without leading zeros"),
        (("send", "--plain", "fe80::1", "x"), USAGE, "needs its interface"),
        (("send", "--plain", "", "x"), USAGE, "not an address"),
        (("send", "--plain", "no-such-host.invalid", "x"), NAME, "hullo: no-such-host.invalid: "),
        (("send", "--plain", "127.0.0.1:9", "x"), UNREACHABLE, "hullo: 127.0.0.1:9: refused"),
        (("send", "--plain", "tcp://127.0.0.1:9", "x"), UNREACHABLE, "refused"),
        (("send", "--plain", "unix:/nonexistent/s", "x"), UNREACHABLE, "No such file"),
        (("send", "--plain", "127.0.0.1", " "), USAGE, "nothing to send"),
        (("send", "--plain"), USAGE, "PEER is missing"),
        (("send", "--plain", "--wait", "delivered", "h", "x"), USAGE, "confirms nothing"),
        (("listen", "--plain", "--listen", "70000"), USAGE, "cannot listen on 70000: port must"),
        (("listen", "--plain", "--listen", "192.0.2.1:0"), UNREACHABLE, "cannot listen on"),
        (("listen", "--plain", "--from", "no-such-host.invalid"), NAME, "--from: "),
        (("listen", "--plain", "--from", "127.0.0.1:0"), USAGE, "port must"),
        (("listen", "--plain", "--exec"), USAGE, "the command is missing"),
        (("resolve", "no-such-host.invalid"), NAME, "hullo: no-such-host.invalid: "),
        (("resolve", "010.0.0.1"), USAGE, "without leading zeros"),
        (("chat", "--plain"), USAGE, "PEER is missing"),
        (("send", "--home", "/dev/null", "127.0.0.1:9", "x"), STORAGE, "hullo: key file "),
        (("send", "127.0.0.1:9", "x"), UNREACHABLE, "hullo: 127.0.0.1:9: refused"),
        (("chat",), USAGE, "PEER is missing"),
        (("--plane",), USAGE, "did you mean --plain?"),
    )

    def test_table(self):
        for argv, wanted, text in self.TABLE:
            with self.subTest(" ".join(argv)):
                status, out, errors = self.run_hullo(*argv)
                self.assertIn(text, errors)
                self.assertEqual((status, out), (wanted, ""), errors)
                for line in errors.splitlines():
                    self.assertRegex(line, "^(hullo: |Try `hullo --help'|listening on )")

    def test_port_in_use(self):
        sock = self.udp()
        at = "127.0.0.1:%d" % sock.getsockname()[1]
        status, _, errors = self.run_hullo("listen", "--plain", "--listen", at)
        self.assertEqual(status, 1, errors)
        self.assertIn("cannot listen on %s: Address already in use" % at, errors)

    def test_help_and_version_need_nothing(self):
        for argv in (("--help",), ("send", "--help"), ("--version",)):
            status, out, errors = self.run_hullo(*argv)
            self.assertEqual((status, errors), (0, ""))
            self.assertGreater(len(out), 40)

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([HULLO, "--help"], stdout=full, stderr=subprocess.PIPE,
                                  check=False, timeout=harness.DEADLINE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left", done.stderr)

    def test_full_disk_for_the_log(self):
        """Told once; the rest goes on."""
        hullo = self.listen("--log-file", "/dev/full", "--count", "2")
        hullo.output.index(b"logging stops")
        peer = self.udp()
        for text in (b"one", b"two"):
            peer.sendto(text, ("127.0.0.1", hullo.port))
        self.assertEqual(hullo.wait(), 0, hullo)
        self.assertIn(b": two\n", hullo.output)
        self.assertEqual(hullo.output.count(b"logging stops"), 1, hullo)

    def test_log_holds_no_text(self):
        path = self.directory() + "/deep/er"
        hullo = self.listen("--home", path, "--log-level", "debug", "--count", "1")
        self.udp().sendto(b"secret words", ("127.0.0.1", hullo.port))
        self.assertEqual(hullo.wait(), 0, hullo)
        with open(path + "/hullo.log", encoding="utf-8") as log:
            text = log.read()
        self.assertIn(" info listening 127.0.0.1:%d\n" % hullo.port, text)
        self.assertIn(" debug message 127.0.0.1:", text)
        self.assertNotIn("secret", text)


class Ends(TestCase):
    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            hullo = self.listen()
            hullo.signal(number)
            self.assertEqual(hullo.wait(), 128 + number)

    def test_ignored_signals_stay_ignored(self):
        hullo = self.listen(prefix=("nohup",))
        hullo.signal(signal.SIGHUP)
        self.udp().sendto(b"still here", ("127.0.0.1", hullo.port))
        hullo.expect("still here")

    def test_reader_who_leaves(self):
        """hullo listen | head -1: ends as by SIGPIPE, without waiting for another message."""
        reader, writer = os.pipe()
        child = subprocess.Popen([HULLO, "listen", "--plain", "--listen", "127.0.0.1:0"],
                                 stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE,
                                 env=harness.environment())
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.kill)
        os.close(writer)
        port = int(child.stderr.readline().rsplit(b":", 1)[1])
        self.udp().sendto(b"one", ("127.0.0.1", port))
        self.assertIn(b": one\n", os.read(reader, 1000))
        os.close(reader)
        self.assertEqual(child.wait(harness.DEADLINE), 128 + signal.SIGPIPE)

    def test_timeout(self):
        status, _, _ = self.run_hullo("listen", "--plain", "-l", "127.0.0.1:0", "--timeout", "0.1")
        self.assertEqual(status, 0)
        status, _, _ = self.run_hullo("listen", "--plain", "-l", "127.0.0.1:0", "--timeout", "0.1",
                                      "--count", "1")
        self.assertEqual(status, TIMEOUT)

    def test_send_to_a_peer_that_never_reads(self):
        listener = self.tcp_listener()
        status, _, errors = self.run_hullo(
            "send", "--plain", "--timeout", "0.5", "tcp://127.0.0.1:%d" % listener.getsockname()[1],
            stdin=b"x" * 60000 * 1000 + b"\n")
        self.assertEqual(status, TIMEOUT, errors)
        self.assertIn("timed out", errors)

    def test_send_to_a_peer_that_resets(self):
        listener = self.tcp_listener()
        at = "tcp://127.0.0.1:%d" % listener.getsockname()[1]
        hullo = self.hullo("send", "--plain", at)
        peer = self.accept(listener)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        hullo.expect("reset")
        self.assertEqual(hullo.wait(), UNREACHABLE, hullo)

    def test_half_heard_peer_ends_line_mode_by_timeout(self):
        listener = self.tcp_listener()
        at = "tcp://127.0.0.1:%d" % listener.getsockname()[1]
        status, _, errors = self.run_hullo("chat", "--plain", "--timeout", "0.5", "-l",
                                           "127.0.0.1:0", at, stdin=b"hi\n")
        self.assertEqual(status, TIMEOUT, errors)


class Send(TestCase):
    def setUp(self):
        self.peer = self.udp()
        self.at = "127.0.0.1:%d" % self.peer.getsockname()[1]

    def test_words_are_one_message(self):
        self.assertEqual(self.run_hullo("send", "--plain", self.at, "two", CHINESE)[0], 0)
        self.assertEqual(self.peer.recv(100).decode(), "two " + CHINESE)

    def test_lines_are_messages_whatever_is_in_them(self):
        data = b"one\n\n \nnul \0 byte\n\xff\xfe\nlast"
        self.assertEqual(self.run_hullo("send", "--plain", self.at, stdin=data)[0], 0)
        for wanted in (b"one", b"nul \0 byte", b"\xff\xfe", b"last"):
            self.assertEqual(self.peer.recv(100), wanted)

    def test_answers_are_printed_on_demand(self):
        def answer():
            _, sender = self.peer.recvfrom(100)
            self.peer.sendto(b"answer", sender)
        for options, wanted in (((), ""), (("--linger", "0.5"), self.at + ": answer\n")):
            thread = threading.Thread(target=answer)
            thread.start()
            status, out, _ = self.run_hullo("send", "--plain", *options, self.at, "question")
            thread.join()
            self.assertEqual((status, out), (0, wanted))

    def test_json(self):
        status, out, _ = self.run_hullo("send", "--plain", "--json", self.at, stdin=b"a\nb\n")
        events = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(status, 0)
        self.assertEqual([e["event"] for e in events], ["opened", "sent", "sent"])
        self.assertEqual([e.get("message") for e in events], [None, 1, 2])

    def test_line_mode_lingers_for_answers(self):
        hullo = self.hullo("chat", "--plain", "-l", "127.0.0.1:0", self.at)
        hullo.say("question")
        hullo.end_of_input()
        _, sender = self.peer.recvfrom(100)
        self.peer.sendto(b"answer", sender)
        hullo.expect_text(self.at + ": answer\n")
        self.assertEqual(hullo.wait(), 0, hullo)


class Listen(TestCase):
    def exchange(self, hullo, text):
        sock = self.udp()
        sock.sendto(text, ("127.0.0.1", hullo.port))
        return sock.recv(70000)

    def test_reply_and_echo(self):
        self.assertEqual(self.exchange(self.listen("--reply", "got it"), b"x"), b"got it")
        self.assertEqual(self.exchange(self.listen("--echo"), CHINESE.encode()), CHINESE.encode())

    def test_exec(self):
        script = "read x; echo \"$x from $HULLO_FROM to $HULLO_LOCAL over $HULLO_TRANSPORT\""
        hullo = self.listen("--exec", "--", "sh", "-c", script)
        sock = self.udp()
        sock.sendto(b"hi", ("127.0.0.1", hullo.port))
        self.assertEqual(sock.recv(1000).decode(), "hi from 127.0.0.1:%d to 127.0.0.1:%d over udp" % (
            sock.getsockname()[1], hullo.port))

    def test_exec_inherits_no_descriptor_and_no_signal_mask(self):
        # 3 is the directory that ls itself reads.
        answer = self.exchange(self.listen("--exec", "--", "ls", "/proc/self/fd"), b"x")
        self.assertEqual(answer.split(), [b"0", b"1", b"2", b"3"])
        hullo = self.listen("--exec", "--", "grep", "^Sig[BI]", "/proc/self/status")
        masks = [int(line.split()[1], 16) for line in self.exchange(hullo, b"x").splitlines()]
        self.assertEqual(masks[0], 0, "blocked")
        self.assertFalse(masks[1] & 1 << signal.SIGPIPE - 1, "ignored")

    def test_exec_failures_are_told(self):
        hullo = self.listen("--exec", "--", "sh", "-c", "echo before; exit 3")
        self.assertEqual(self.exchange(hullo, b"x"), b"before")
        hullo.expect("hullo: sh: exit status 3")
        hullo = self.listen("--exec", "--", "/nonexistent/program")
        self.udp().sendto(b"x", ("127.0.0.1", hullo.port))
        hullo.expect("hullo: /nonexistent/program: No such file")
        self.assertTrue(hullo.alive())

    def test_exec_keeps_the_order_and_ends_the_stream(self):
        hullo = self.listen("--exec", "--", "cat", at="tcp://127.0.0.1:0")
        sock = self.tcp(hullo.port)
        lines = b"".join(b"line %d\n" % i for i in range(50))
        sock.sendall(lines)
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(sock.makefile("rb").read(), lines)

    def test_from(self):
        friend, stranger = self.udp(), self.udp()
        hullo = self.listen("--from", "127.0.0.1:%d" % friend.getsockname()[1], "--count", "1")
        stranger.sendto(b"stranger", ("127.0.0.1", hullo.port))
        friend.sendto(b"friend", ("127.0.0.1", hullo.port))
        self.assertEqual(hullo.wait(), 0, hullo)
        self.assertIn(b": friend\n", hullo.output)
        self.assertNotIn(b"stranger", hullo.output)

    def test_several_listeners(self):
        path = self.directory() + "/s"
        hullo = self.hullo("listen", "--plain", "-l", "tcp://127.0.0.1:0", "-l", "unix:" + path,
                           "-l", "127.0.0.1:0", "--count", "3")
        tcp = bound_port(hullo, "tcp://")
        hullo.expect_text("listening on unix:" + path)
        udp = bound_port(hullo)
        self.tcp(tcp).sendall(b"tcp\n")
        hullo.expect(": tcp$")
        self.udp().sendto(b"udp", ("127.0.0.1", udp))
        hullo.expect(": udp$")
        self.assertEqual(self.run_hullo("send", "--plain", "unix:" + path, "unix")[0], 0)
        hullo.expect(": unix$")
        self.assertEqual(hullo.wait(), 0, hullo)
        self.assertFalse(os.path.exists(path))

    def test_one_event_one_line(self):
        hullo = self.listen("--count", "1")
        self.udp().sendto(b"one\ntwo\r\n", ("127.0.0.1", hullo.port))
        self.assertEqual(hullo.wait(), 0)
        self.assertRegex(hullo.output.decode(), r": one\u23cetwo[^\n]*\n$")

    def test_json_is_ascii_and_loses_nothing(self):
        hullo = self.listen("--json", "--count", "1")
        self.udp().sendto(b"\x1b[2J\xff" + CHINESE.encode(), ("127.0.0.1", hullo.port))
        self.assertEqual(hullo.wait(), 0)
        self.assertTrue(all(byte in b"\n" or 32 <= byte < 127 for byte in hullo.output))
        event = json.loads(hullo.output.splitlines()[-1])
        self.assertEqual(event["text"], "\x1b[2J\ufffd" + CHINESE)
        self.assertEqual(__import__("base64").b64decode(event["bytes"]),
                         b"\x1b[2J\xff" + CHINESE.encode())

    def test_events_follow_the_schema(self):
        try:
            from jsonschema import Draft202012Validator
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        with open(harness.ROOT + "/src/events.schema.json", encoding="utf-8") as file:
            schema = Draft202012Validator(json.load(file))
        hullo = self.listen("--json", "--echo", "--count", "2")
        self.udp().sendto(b"bad \xff", ("127.0.0.1", hullo.port))
        peer = self.tcp(hullo.port)
        peer.sendall(b"unfinished")
        peer.close()
        self.assertEqual(hullo.wait(), 0, hullo)
        outputs = [hullo.output.decode()]
        for argv in (("resolve", "--json", "localhost:80"), ("resolve", "--json", "x.invalid"),
                     ("send", "--plain", "--json", "127.0.0.1:9", "x"),
                     ("send", "--plain", "--json", "tcp://127.0.0.1:9", "x")):
            outputs.append(self.run_hullo(*argv)[1])
        names = set()
        for line in "".join(outputs).splitlines():
            if line.startswith("{"):
                schema.validate(json.loads(line))
                names.add(json.loads(line)["event"])
        self.assertLessEqual({"listening", "message", "opened", "sent", "failed", "resolved",
                              "error"}, names)

    def test_huge_datagram_and_flood_without_newline(self):
        hullo = self.listen("--json", "--count", "1")
        self.udp().sendto(b"z" * 60000, ("127.0.0.1", hullo.port))
        self.assertEqual(hullo.wait(), 0)
        self.assertIn(b'"' + b"z" * 60000 + b'"', hullo.output)


class Resolve(TestCase):
    def test_literals(self):
        for typed, wanted in (("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:http", "[::1]:80"),
                              ("::1", "::1")):
            status, out, errors = self.run_hullo("resolve", typed)
            self.assertEqual(status, 0, errors)
            self.assertRegex(out.splitlines()[0], "^%s +literal " % harness.re.escape(wanted))

    def test_name(self):
        status, out, _ = self.run_hullo("resolve", "localhost:80")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"(127\.0\.0\.1|\[::1\]):80 +system +0\.\d+ s\n")

    def test_families(self):
        status, out, _ = self.run_hullo("resolve", "-4", "::1")
        self.assertEqual((status, out), (NAME, ""))


class Commands(TestCase):
    """Slash commands in line mode."""

    def test_all_of_them(self):
        peer = self.udp()
        at = "127.0.0.1:%d" % peer.getsockname()[1]
        hullo = self.hullo("chat", "--plain", "--line", "-l", "127.0.0.1:0", at)
        port = bound_port(hullo)
        hullo.say("/help")
        hullo.expect("/connect PEER .*\n(.*\n)*//TEXT")
        hullo.say("/net")
        hullo.expect("listening on 127.0.0.1:%d\n" % port)
        hullo.expect("0 lost on this host")
        hullo.say("//slash")
        self.assertEqual(peer.recv(100), b"/slash")
        hullo.say("/peer")
        hullo.expect(r"\* 1 %s: udp %s from .*, open; \d sent" % (at, at))
        hullo.say("/resolve localhost:80")
        hullo.expect(r":80 \(system, ")
        other = self.udp()
        other_at = "127.0.0.1:%d" % other.getsockname()[1]
        hullo.say("/connect " + other_at)
        hullo.say("to the other")
        self.assertEqual(other.recv(100), b"to the other")
        hullo.say("/peer 1")
        hullo.say("to the first")
        self.assertEqual(peer.recv(100), b"to the first")
        hullo.say("/conect x")
        hullo.expect(r"/conect: no such command: did you mean /connect\?")
        hullo.say("/close")
        hullo.say("/quit")
        self.assertEqual(hullo.wait(), 0, hullo)

    def test_first_peer_that_comes_is_answered(self):
        hullo = self.hullo("chat", "--plain", "--line", "-l", "127.0.0.1:0")
        port = bound_port(hullo)
        hullo.say("too early")
        hullo.expect("nobody to talk to yet")
        peer = self.udp()
        peer.sendto(b"knock", ("127.0.0.1", port))
        hullo.expect("knock")
        hullo.say("who is there?")
        self.assertEqual(peer.recv(100), b"who is there?")


class Backpressure(TestCase):
    def test_slow_reader_slows_send_down(self):
        """Nothing is lost and memory stays bounded while the peer takes its time."""
        listener = self.tcp_listener()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        lines = 20000
        text = b"".join(b"%08d %s\n" % (i, b"x" * 500) for i in range(lines))
        hullo = self.hullo("send", "--plain", "tcp://127.0.0.1:%d" % listener.getsockname()[1])
        peer = self.accept(listener)
        writer = threading.Thread(target=lambda: (hullo.write(text), hullo.end_of_input()))
        writer.start()
        held = [-1, 0]

        def held_back():
            held[:] = held[1], len(peer.recv(1 << 20, socket.MSG_PEEK))
            return held[0] == held[1] > 0

        harness.wait_until(held_back, "the peer's buffer to be full")
        self.assertTrue(writer.is_alive(), "the sender must have been held back")
        received = peer.makefile("rb").read()
        writer.join()
        self.assertEqual(received, text)
        peer.close()
        self.assertEqual(hullo.wait(), 0, hullo)


if __name__ == "__main__":
    harness.main()
