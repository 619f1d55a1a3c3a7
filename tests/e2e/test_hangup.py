# SPDX-License-Identifier: MIT
"""A terminal that vanishes ends the program that runs in it, at once and whatever it is doing:
quietly, without spinning, and with all that was said before on the disk."""
import itertools
import os
import signal

import harness
from harness import HULLO, wait_until
from homes import Home
from screens import Screen

CPU = 1.0 * harness.SLOWNESS  # seconds of processor time, of which a tenth is used
TOLD = 128 + signal.SIGHUP
STORAGE = 7  # no passphrase could be read

LISTEN = ("--listen", "127.0.0.1:{port}")
PEER = "127.0.0.1:{peer}"
FULL = "\x1b[?1049h"  # it has taken the whole screen
BOUND = "listening on tcp"

# What runs, and what it shows when it is ready.
PROGRAMS = (
    (FULL, "chat", "--plain"),  # its form
    (FULL, "chat", "--plain", *LISTEN, PEER),
    (FULL, "chat", *LISTEN, PEER),
    (BOUND, "chat", "--line", "--plain", *LISTEN, PEER),
    (BOUND, "chat", "--line", *LISTEN, PEER),
    (BOUND, "listen", "--plain", *LISTEN),
    (BOUND, "listen", *LISTEN),
    ("", "send", "--plain", PEER),
    ("", "send", PEER),
    ("passphrase", "id", "--set-passphrase"),
)


def idle(screen, _):
    screen.read(0.1)


def typing(screen, _):
    os.write(screen.master, b"half a line")
    screen.read(0.1)


def pasting(screen, _):
    """More than is read before the end."""
    os.set_blocking(screen.master, False)
    try:
        os.write(screen.master, b"\x1b[200~" + b"a pasted line\r" * 200 + b"\x1b[201~")
    except BlockingIOError:
        pass


def flooded(screen, send):
    """Nobody reads what it shows, which is more than fits into the terminal's buffer."""
    for number in range(3000):
        send(b"%d %s\n" % (number, b"x" * 70))


STATES = (idle, typing, pasting, flooded)


class Hangup(harness.TestCase):
    def screen(self, argv, env, controls=True):
        return self.own(Screen([HULLO, *argv], env, controls))

    @staticmethod
    def is_ready(screen, sign):
        """It has shown that, and blocked SIGHUP, which it takes from a descriptor from then on."""
        screen.read()
        with open("/proc/%d/status" % screen.child.pid, encoding="ascii") as file:
            masks = dict(line.split(":\t") for line in file if line.startswith("Sig"))
        return sign in screen.shown and int(masks["SigBlk"], 16) >> signal.SIGHUP - 1 & 1

    def vanishes(self, sign, argv, state, controls):
        peer = self.udp()
        home = Home(self)
        names = {"port": home.port, "peer": peer.getsockname()[1]}
        screen = self.screen([word.format(**names) for word in argv],
                             home.env(TERM="xterm-256color"), controls)
        wait_until(lambda: self.is_ready(screen, sign.encode()),
                   lambda: "%r in %r" % (sign, screen.shown[-2000:]))
        state(screen, lambda text: peer.sendto(text, ("127.0.0.1", home.port)))
        screen.vanish()
        status, used = screen.end()
        self.assertIn(status, (TOLD, STORAGE) if argv[0] == "id" else (TOLD,))
        self.assertLess(used, CPU)

    def test_any_program_in_any_state(self):
        for (sign, *argv), state, controls in itertools.product(PROGRAMS, STATES, (True, False)):
            with self.subTest(argv=argv, state=state.__name__, controls=controls):
                self.vanishes(sign, argv, state, controls)

    def test_what_was_said_is_kept(self):
        for sign, mode in ((FULL, ()), (BOUND, ("--line",))):
            with self.subTest(mode=mode):
                home = Home(self)
                there = "127.0.0.1:%d" % self.udp().getsockname()[1]  # says nothing
                screen = self.screen(["chat", *mode, "--listen", home.address, there],
                                     home.env(TERM="xterm-256color"))
                wait_until(lambda: self.is_ready(screen, sign.encode()), "a sign of life")
                os.write(screen.master, b"before the end\r")
                wait_until(home.history, "a line in the store")
                screen.vanish()
                self.assertEqual(screen.end()[0], TOLD)
                self.assertEqual([(m.text, m.state) for m in home.history()],
                                 [("before the end", "queued")])


if __name__ == "__main__":
    harness.main()
