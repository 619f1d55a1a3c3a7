# SPDX-License-Identifier: MIT
"""A stolen disk: with a passphrase, no file of the home ever holds a text, a name or an address,
wherever the program was killed. HL_SEALED_TRIALS says how often."""
import os
import random
import signal
import time

import harness
from homes import DONE, STORAGE, Home, events

TRIALS = int(os.environ.get("HL_SEALED_TRIALS", "10"))
CANARY = "canary-8231-in-the-clear"
NICK = "canary-nick"


class Sealed(harness.TestCase):
    def setUp(self):
        self.file = os.path.join(self.directory(), "passphrase")
        with open(self.file, "w", encoding="ascii") as file:
            file.write("correct horse battery staple\n")
        os.chmod(self.file, 0o600)
        self.homes = [Home(self), Home(self)]
        self.sealed = ("--passphrase-file", self.file)
        for home in self.homes:
            status, _, errors = home.run("id", "--set-passphrase", "--new-passphrase-file", self.file)
            self.assertEqual(status, DONE, errors)

    def assert_nothing_in_the_clear(self, home, *more):
        for directory, _, names in os.walk(home.path):
            for name in names:
                path = os.path.join(directory, name)
                if not os.path.isfile(path):
                    continue
                with open(path, "rb") as file:
                    content = file.read()
                for canary in (CANARY, NICK) + more:
                    self.assertNotIn(canary.encode(), content, path)

    def test_killed_at_random(self):
        chance = random.Random(5)
        one, two = self.homes
        for trial in range(TRIALS):
            listener = two.listen(*self.sealed, "--name", NICK)
            lines = "".join("%s %d %d\n" % (CANARY, trial, i) for i in range(2000))
            sender = one.start("send", "--json", "--timeout", "5", *self.sealed, two.address)
            sender.write(lines.encode())
            sender.end_of_input()
            sender.expect('"event":"queued"')
            time.sleep(chance.uniform(0, 0.3))
            for process in chance.sample((listener, sender), 2):
                process.signal(signal.SIGKILL)
                process.wait()
                for home in self.homes:
                    self.assert_nothing_in_the_clear(home, two.address)
        # They are all there, for who has the passphrase.
        status, out, errors = one.run("history", "--json", *self.sealed)
        self.assertEqual(status, DONE, errors)
        self.assertIn(CANARY, out)
        self.assertGreater(len(events(out.encode())), 0)

    def test_wrong_passphrase(self):
        wrong = os.path.join(self.directory(), "wrong")
        with open(wrong, "w", encoding="ascii") as file:
            file.write("incorrect\n")
        os.chmod(wrong, 0o600)
        home = self.homes[0]
        before = home.digest()
        for command in (("history",), ("search", "x"), ("send", "127.0.0.1:9", "x"),
                        ("listen", "--timeout", "0.1", "--listen", "127.0.0.1:0")):
            for passphrase in (("--passphrase-file", wrong), ()):
                status, _, errors = home.run(command[0], *passphrase, *command[1:])
                self.assertEqual(status, STORAGE, errors)
                self.assertRegex(errors, "(?i)^hullo: .*passphrase")
        self.assertEqual(home.digest(), before)


if __name__ == "__main__":
    harness.main()
