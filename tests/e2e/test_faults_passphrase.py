# SPDX-License-Identifier: MIT
"""A passphrase is set, changed or taken away, and an I/O call fails in the middle of it, once or
from then on: what is in the home opens with the old one or with the new one, all of it is there,
success is never claimed falsely, and the next attempt succeeds. HL_FAULTS_EVERY=1 takes each call,
the ordinary run some."""
import os
import shutil
import sys

import harness
from faults import Faults
from homes import DONE, STORAGE, Home

EVERY = int(os.environ.get("HL_FAULTS_EVERY", "0"))
SAMPLES = 6  # of each change and fault in the ordinary run
CALLS = "open|read|write|sync|size|entry"
FAULTS = ("%d:EIO", "%d+:ENOSPC", "%d:short")
CANARY = "canary-1337-whatever-happens"


class Passphrase(harness.TestCase):
    def setUp(self):
        self.secrets = {None: None}
        for text in ("one", "two"):
            path = os.path.join(self.directory(), text)
            with open(path, "w", encoding="ascii") as file:
                file.write(text + "\n")
            os.chmod(path, 0o600)
            self.secrets[text] = path

    def words(self, old, new):
        """The command that makes one passphrase the other; None is none."""
        words = ["id", *self.given(old)]
        if new is None:
            return [*words, "--remove-passphrase"]
        return [*words, "--set-passphrase", "--new-passphrase-file", self.secrets[new]]

    def given(self, passphrase):
        return ["--passphrase-file", self.secrets[passphrase]] if passphrase else []

    def model(self, passphrase):
        """A home with a contact and messages that wait for it, under that passphrase."""
        home = Home(self)
        there = "127.0.0.1:%d" % harness.free_port()
        self.assertEqual(home.run("contact", "add", "bob", there)[0], DONE)
        for i in range(3):
            status, _, errors = home.run("send", "--wait", "queued", "bob", "%s %d" % (CANARY, i))
            self.assertEqual(status, DONE, errors)
        if passphrase:
            self.assertEqual(home.run(*self.words(None, passphrase))[0], DONE)
        return home

    def copy(self, model):
        path = self.directory()
        shutil.rmtree(path)
        shutil.copytree(model.path, path, ignore=lambda d, names: [
            n for n in names if not os.path.isfile(os.path.join(d, n))])
        os.chmod(path, 0o700)
        return Home(self, path)

    def opens(self, home, passphrase):
        """Whether all of it is there for who says this."""
        status, out, errors = home.run("history", *self.given(passphrase))
        if status != DONE:
            self.assertEqual(status, STORAGE, errors)
            self.assertRegex(errors, "^hullo: .*passphrase")
            return False
        self.assertEqual([out.count("%s %d" % (CANARY, i)) for i in range(3)], [1, 1, 1], out)
        return True

    def assert_sealed(self, home):
        for name in os.listdir(home.path):
            path = os.path.join(home.path, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    self.assertFalse(CANARY.encode() in file.read(), name)

    def change(self, model, old, new, fault):
        """Returns how many calls there were."""
        home = self.copy(model)
        faults = Faults("%s:%s" % (CALLS, fault), files=home.path)
        status, _, errors = home.run(*self.words(old, new), faults=faults)
        calls, hits = faults.calls(), faults.hits()
        faults.kill()
        self.assertIn(status, (DONE, STORAGE), errors)
        if status != DONE:
            self.assertGreater(hits, 0)
            self.assertRegex(errors, "(?m)^hullo: [^:]+: .")
        # Whoever says a passphrase is let in where none is needed, too.
        changed = self.opens(home, new) if old else not self.opens(home, None)
        self.assertTrue(changed or status != DONE, "success was claimed")
        if not changed:
            self.assertTrue(self.opens(home, old), "neither opens it")
            status, _, errors = home.run(*self.words(old, new))
            self.assertEqual(status, DONE, errors)
        self.assertTrue(self.opens(home, new))
        if new:
            self.assert_sealed(home)
        self.assertEqual([n for n in os.listdir(home.path) if n.startswith("key")], ["key"])
        shutil.rmtree(home.path)
        return calls

    def every(self, old, new):
        model = self.model(old)
        total = self.change(model, old, new, "1000000:EIO")
        self.assertGreater(total, SAMPLES)
        ran = 0
        for number, fault in enumerate(FAULTS):
            step = EVERY or max(1, total // SAMPLES)
            for call in range(1 + (number if step > number else 0), total + 1, step):
                with self.subTest(fault=fault % call):
                    self.change(model, old, new, fault % call)
                    ran += 1
        print("%s to %s: %d calls, %d faults" % (old, new, total, ran), file=sys.stderr)

    def test_set(self):
        self.every(None, "one")

    def test_changed(self):
        self.every("one", "two")

    def test_taken_away(self):
        self.every("one", None)


if __name__ == "__main__":
    harness.main()
