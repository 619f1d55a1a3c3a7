# SPDX-License-Identifier: MIT
"""Homes that cannot be used, and input that cannot be sent: a clear error, the documented exit
status, and nothing is changed."""
import os
import random
import shutil
import sqlite3
import subprocess

import harness
from faults import Faults
from homes import DONE, STORAGE, USAGE, Home, events, reasons

# What a user may do in such a home; where each would have to read or write the store.
COMMANDS = (
    ("history",),
    ("search", "hello"),
    ("send", "--timeout", "1", "127.0.0.1:9", "text"),
    ("listen", "--timeout", "0.2", "--listen", "127.0.0.1:0"),
)
STORE = "hullo.db"


class SlowHome(harness.TestCase):
    def test_a_start_waits_for_the_disk(self):
        """Longer than for the messenger of another process, which may be stopped."""
        home = Home(self)
        faults = self.own(Faults("sync:2:slow", files=STORE))
        status, _, errors = home.run("listen", "--timeout", "0.2", "--listen", "127.0.0.1:0",
                                     faults=faults)
        self.assertEqual(faults.hits(), 1)
        self.assertEqual(status, DONE, errors)


class BadHome(harness.TestCase):
    def setUp(self):
        """A home with a conversation in it."""
        self.home = Home(self)
        reader = Home(self)
        reader.listen()
        status, _, errors = self.home.send(reader.address, stdin=b"hello\nhello again\n" * 200)
        self.assertEqual(status, DONE, errors)

    def path(self, name=STORE):
        return os.path.join(self.home.path, name)

    def refused(self, reason, commands=COMMANDS, status=STORAGE):
        """Each command says why it cannot go on, and leaves every byte as it was."""
        for command in commands:
            with self.subTest(command=command[0]):
                before = self.home.digest()
                got, out, errors = self.home.run(*command)
                self.assertEqual(got, status, errors + out)
                self.assertRegex(errors, "(?im)^hullo: .*(%s)" % reason)
                self.assertEqual(self.home.digest(), before)

    def test_not_a_database(self):
        with open(self.path(), "r+b") as file:
            file.write(random.Random(1).randbytes(4096))
        self.refused("damaged|malformed|not a database")

    def test_truncated(self):
        os.truncate(self.path(), os.path.getsize(self.path()) // 2 + 100)
        self.refused("damaged|malformed", COMMANDS[:1])

    def test_truncated_header(self):
        os.truncate(self.path(), 50)
        self.refused("damaged|cut short")

    def test_flipped_bytes(self):
        """Wherever bytes are flipped: an error or what can still be read, never a crash."""
        clean = self.directory()
        shutil.copy(self.path(), clean)
        size = os.path.getsize(self.path())
        chance = random.Random(2)
        refused = 0
        for attempt in range(20):
            for name in os.listdir(self.home.path):
                if name.startswith(STORE):
                    os.unlink(self.path(name))
            shutil.copy(os.path.join(clean, STORE), self.path())
            with open(self.path(), "r+b") as file:
                for _ in range(8):
                    file.seek(chance.randrange(size // 4096) * 4096 + chance.randrange(100))
                    file.write(chance.randbytes(4))
            status, out, errors = self.home.run("history", "--json")
            with self.subTest(attempt=attempt):
                self.assertIn(status, (DONE, STORAGE), errors)
                if status == STORAGE:
                    refused += 1
                    self.assertNotEqual(reasons(events(out.encode())) + errors, "")
        self.assertGreater(refused, 0)

    def test_newer(self):
        with sqlite3.connect(self.path()) as db:
            version, = db.execute("PRAGMA user_version").fetchone()
            db.execute("PRAGMA user_version = %d" % (version + 1))
        db.close()
        self.refused("newer")

    def test_somebody_elses_database(self):
        os.unlink(self.path())
        with sqlite3.connect(self.path()) as db:
            db.execute("CREATE TABLE t (x)")
        db.close()
        self.refused("not a store")

    def test_read_only(self):
        """Not even root writes to what the kernel was told to keep: mounted read-only."""
        harness.need("unshare", "mount")
        apart = ["unshare", "-rm" if os.getuid() else "-m"]
        done = subprocess.run(apart + ["true"], stderr=subprocess.PIPE, timeout=harness.DEADLINE,
                              check=False)
        if done.returncode:
            self.skipTest("no mount namespace is permitted: " + done.stderr.decode())
        script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit 77; exec "$@"'
        before = self.home.digest()
        for command in COMMANDS[2:]:
            done = subprocess.run(
                apart + ["sh", "-c", script, self.home.path, self.home.program, *command],
                env=self.home.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                timeout=harness.DEADLINE, check=False)
            if done.returncode == 77:
                self.skipTest("mounting is not permitted: " + done.stderr.decode())
            errors = done.stderr.decode()
            self.assertEqual(done.returncode, STORAGE, errors)
            self.assertRegex(errors, "(?i)^hullo: .*read-only")
        self.assertEqual(self.home.digest(), before)

    def test_unreadable_key(self):
        with open(self.path("key"), "rb") as file:
            good = file.read()
        for bad, mode in ((b"", 0o600), (b"hullo-key-1 00\n", 0o600), (good[:-10], 0o600),
                          (b"hullo-key-9 " + good[12:], 0o600), (b"\0" * 4096, 0o600),
                          (good, 0o644)):
            with self.subTest(bad=bad[:20], mode=mode):
                with open(self.path("key"), "wb") as file:
                    file.write(bad)
                os.chmod(self.path("key"), mode)
                self.refused("key", COMMANDS[2:])

    def test_home_is_no_directory(self):
        file = os.path.join(self.directory(), "file")
        with open(file, "wb"):
            pass
        home = Home(self, path=file)
        for command in COMMANDS:
            status, _, errors = home.run(*command)
            self.assertEqual(status, STORAGE, errors)
            self.assertRegex(errors, "(?i)^hullo: .*not a directory")


class BadText(harness.TestCase):
    def setUp(self):
        self.author, self.reader = Home(self), Home(self)
        self.reader.listen()
        self.assertEqual(self.author.send(self.reader.address, "hello")[0], DONE)

    def heard(self):
        return [m.text for m in self.reader.history()][1:]

    def test_too_long(self):
        """Longer than a message can be: refused, and what is not is delivered."""
        status, told, errors = self.author.send(self.reader.address, stdin=b"x" * 60001 + b"\n")
        self.assertNotEqual(status, DONE)
        self.assertIn("too long", reasons(told) + errors)
        status, _, errors = self.author.send(self.reader.address, stdin=b"x" * 60000 + b"\n")
        self.assertEqual(status, DONE, errors)
        self.assertEqual([len(text) for text in self.heard()], [60000])

    def test_huge(self):
        """A line of 100 MB does not take 100 MB, nor the messages around it."""
        lines = b"before\n" + b"x" * 100000000 + b"\nafter\n"
        status, told, errors = self.author.send(self.reader.address, stdin=lines)
        self.assertNotEqual(status, DONE)
        self.assertIn("too long", reasons(told) + errors)
        self.assertEqual(self.heard(), ["before", "after"])

    def test_nothing(self):
        for stdin in (b"", b"\n\n", b" \t\n"):
            before = self.author.history()
            self.author.send(self.reader.address, stdin=stdin)
            self.assertEqual(self.author.history(), before)
        self.assertEqual(self.author.send(self.reader.address, "")[0], USAGE)
        self.assertEqual(self.heard(), [])

    def test_any_bytes(self):
        """Not UTF-8, controls, bidirectional overrides: delivered as they are, shown harmless."""
        texts = (b"\xff\xfe not UTF-8", b"\x1b]0;title\x07 \x1b[2J", "\u202eevil\u202c".encode(),
                 b"\xed\xa0\x80 surrogate", b"nul \0 inside", "\U000e0041 tag".encode())
        for text in texts:
            status, _, errors = self.author.send(self.reader.address, stdin=text + b"\n")
            self.assertEqual(status, DONE, errors)
        self.assertEqual(len(self.heard()), len(texts))
        for home in (self.author, self.reader):
            status, out, errors = home.run("history")
            self.assertEqual(status, DONE, errors)
            for bad in ("\x1b", "\x07", "\u202e", "\0", "\U000e0041"):
                self.assertNotIn(bad, out)


if __name__ == "__main__":
    harness.main()
