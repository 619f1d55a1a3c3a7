# SPDX-License-Identifier: MIT
"""A terminal that reads slowly, or not at all, delays only what is drawn: messages are taken,
receipted and kept as usual, memory does not grow, a signal ends the program, and the terminal that
reads again gets the newest screen."""
import fcntl
import os
import select
import signal
import subprocess
import termios
import threading
import time
import unittest

import harness
from harness import HULLO, wait_until
from homes import DONE, Home

STUCK = 0.2  # seconds without a byte written, though there is something to draw
GROWTH = 4096  # KiB
MESSAGES = 3000
SLOW = 10 * 1024  # bytes a second
SIGNALS = ((signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP),
           (signal.SIGSEGV, -signal.SIGSEGV), (signal.SIGABRT, -signal.SIGABRT))
NEWEST = "JQXZVK"  # has nothing in common with what it is drawn over


class Screen:
    """hullo on a pseudo-terminal that shows only what read() asks for."""

    def __init__(self, argv, env):
        self.master, slave = os.openpty()
        termios.tcsetwinsize(slave, (24, 80))

        def take_terminal():
            harness.die_with_runner()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen(
            [HULLO, *argv], stdin=slave, stdout=slave, stderr=slave, env=env,
            start_new_session=True, preexec_fn=take_terminal)
        os.close(slave)
        self.shown = b""

    def read(self, most=65536, wait=0.05):
        if select.select([self.master], [], [], wait)[0]:
            try:
                self.shown += os.read(self.master, most)
            except OSError:  # EIO: it has ended
                pass

    def expect(self, text):
        def comes():
            self.read()
            return text.encode() in self.shown

        wait_until(comes, lambda: "%r in %r" % (text, self.shown[-3000:]))

    def proc(self, name):
        try:
            with open("/proc/%d/%s" % (self.child.pid, name), encoding="ascii") as file:
                return file.readlines()
        except PermissionError:
            raise unittest.SkipTest("only root sees what becomes of a Hullo") from None

    def written(self):
        return next(line for line in self.proc("io") if line.startswith("wchar"))

    def jam(self):
        """Fills the terminal until the program waits for it."""
        def waits():
            before = self.written()
            end = time.monotonic() + STUCK
            while time.monotonic() < end:
                if select.select([], [self.master], [], 0)[1]:
                    os.write(self.master, b"\x0c")
                time.sleep(0.002)
                if self.written() != before:
                    return False
            return True

        wait_until(waits, "a full terminal", 6 * harness.DEADLINE)

    def memory(self):
        """KiB that are its own."""
        return sum(int(line.split()[1]) for line in self.proc("smaps_rollup")
                   if line.startswith("Private_"))

    def kill(self):
        os.close(self.master)
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()


class SlowTerminal(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.home, self.friend = Home(self), Home(self)
        self.chat()
        status, _, errors = self.send("hello")
        self.assertEqual(status, DONE, errors)
        self.screen.expect("hello")

    def chat(self):
        self.screen = self.own(Screen(["chat", "--pair", "--listen", self.home.address],
                                      self.home.env(TERM="xterm-256color")))
        self.screen.expect("waiting for peers")

    def send(self, *text, **options):
        return self.friend.send(self.home.address, *text, **options)

    def test_the_network_goes_on(self):
        self.screen.jam()
        for number in range(3):
            status, _, errors = self.send("message %d" % number)
            self.assertEqual(status, DONE, errors)
        self.screen.expect("message 2")

    @unittest.skipIf(harness.SANITIZED, "a sanitizer keeps what is freed")
    def test_nothing_grows_and_nothing_is_lost(self):
        lines = "".join("number %d\n" % number for number in range(MESSAGES)).encode()
        self.screen.jam()
        status, _, errors = self.send(stdin=lines, timeout=60)
        self.assertEqual(status, DONE, errors)
        before = self.screen.memory()
        status, _, errors = self.send(stdin=lines, timeout=60)
        self.assertEqual(status, DONE, errors)
        self.assertLess(self.screen.memory() - before, GROWTH)
        self.assertEqual(self.send(NEWEST)[0], DONE)
        self.screen.expect(NEWEST)
        texts = [m.text for m in self.home.history() if not m.ours and "number" in m.text]
        self.assertEqual(texts, ["number %d" % number for number in range(MESSAGES)] * 2)

    def test_ten_kilobytes_a_second(self):
        stop = threading.Event()

        def read_slowly():
            while not stop.wait(0.05):
                self.screen.read(SLOW // 20, 0)

        lines = "".join("number %d\n" % number for number in range(MESSAGES)).encode()
        reader = threading.Thread(target=read_slowly)
        reader.start()
        try:
            status, _, errors = self.send(stdin=lines, timeout=60)
            self.assertEqual(status, DONE, errors)
            self.assertEqual(self.send(NEWEST)[0], DONE)
        finally:
            stop.set()
            reader.join()
        self.screen.expect(NEWEST)

    @unittest.skipIf(harness.THREAD_SANITIZED, "ThreadSanitizer holds signals back in write()")
    def test_a_signal_ends_it(self):
        for number, status in SIGNALS:
            self.screen.jam()
            self.screen.child.send_signal(number)
            wait_until(lambda: self.screen.child.poll() is not None, "the end")
            self.assertEqual(self.screen.child.returncode, status)
            self.assertTrue(termios.tcgetattr(self.screen.master)[3] & termios.ICANON)
            self.chat()

    @unittest.skipIf(harness.THREAD_SANITIZED, "ThreadSanitizer holds signals back in write()")
    def test_keys_are_read(self):
        """Those that came while nothing could be drawn are done, and what was lost of the screen is
        drawn again."""
        self.screen.jam()
        os.write(self.screen.master, b"typed meanwhile")
        status, _, errors = self.send("message")
        self.assertEqual(status, DONE, errors)
        self.screen.expect("typed meanwhile")
        self.screen.jam()
        os.write(self.screen.master, b"\x03\x03\x03")
        wait_until(lambda: self.screen.child.poll() is not None, "the end")
        self.assertEqual(self.screen.child.returncode, 0)


if __name__ == "__main__":
    harness.main()
