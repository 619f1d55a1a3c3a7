# SPDX-License-Identifier: MIT
"""A contact that says as much as it can, as fast as it can, does not keep the screen from its user:
what is typed is shown at once."""
import os
import select
import statistics
import time

import harness
from harness import DEADLINE, HULLO, wait_until
from homes import Home
from test_hangup import Screen

LINES = 300000  # more than are taken while the test lasts
# Each is in no other text, and in no sequence that a terminal understands.
KEYS = [chr(letter) for letter in range(0xe0, 0x100) if letter != 0xf7]
BETWEEN = 0.03
# A program that reads its keys when the flood is over would need many seconds. How long it does take
# is printed; 50 ms is the aim, on a machine that has nothing else to do.
LATE = harness.SLOWNESS


class Starved(harness.TestCase):
    def flood(self, address):
        """Says LINES lines to whoever is there."""
        path = os.path.join(self.directory(), "lines")
        with open(path, "w", encoding="ascii") as file:
            file.writelines("flood %d %s\n" % (number, "x" * (number % 60)) for number in range(LINES))
        with open(path, "rb") as file:
            return self.start(HULLO, "send", "--name", "mallory", address, stdin=file,
                              env=Home(self).env())

    def echo(self, screen, key):
        """Types key; how long it took until it was shown."""
        start = time.monotonic()
        os.write(screen.master, key.encode())
        shown = b""
        while key.encode() not in shown:
            self.assertLess(time.monotonic() - start, DEADLINE, "%r is not shown" % key)
            if select.select([screen.master], [], [], DEADLINE)[0]:
                shown = shown[-8:] + os.read(screen.master, 65536)
        taken = time.monotonic() - start
        while time.monotonic() < start + taken + BETWEEN:
            screen.read(BETWEEN)
        return taken

    def test_keys_are_shown_while_a_contact_floods(self):
        home = Home(self)
        screen = self.own(Screen([HULLO, "chat", "--pair", "--listen", home.address],
                                 home.env(TERM="xterm-256color")))
        wait_until(lambda: screen.read(0.1) and b"\x1b[?1049h" in screen.shown, "a screen")
        flood = self.flood(home.address)
        wait_until(lambda: screen.read(0.1) and b"flood" in screen.shown,
                   lambda: "a flood in %r" % screen.shown[-2000:])
        taken = sorted(self.echo(screen, key) for key in KEYS)
        self.assertTrue(flood.alive(), flood)
        print("echo: median %.1f ms, longest %.1f ms" % (
            1000 * statistics.median(taken), 1000 * taken[-1]))
        self.assertLess(statistics.median(taken), LATE)


if __name__ == "__main__":
    harness.main()
