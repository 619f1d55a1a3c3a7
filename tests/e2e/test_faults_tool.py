# SPDX-License-Identifier: MIT
"""The tool of the other fault tests: a fault that is asked for happens, there and nowhere else."""
import os
import signal
import sqlite3
import subprocess
import sys

import harness
from faults import Faults

# Opens argv[1], writes 100 bytes five times, syncs after each, renames; a letter for each that
# went well, else the name of the error.
WRITER = """
import errno, os, sys
def tell(what):
    print(what, end=" ", flush=True)
def attempt(call, *args):
    try:
        result = call(*args)
        tell("ok" if result in (None, 100) else result)
        return result
    except OSError as e:
        tell(errno.errorcode[e.errno])
path = sys.argv[1]
fd = os.open(path, os.O_CREAT | os.O_RDWR, 0o640)
for i in range(5):
    attempt(os.write, fd, b"x" * 100)
    attempt(os.fdatasync, fd)
attempt(os.rename, path, path + ".new")
"""

# Counts committed rows; the third commit is not to be believed either way.
COMMITTER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=FULL")
db.execute("CREATE TABLE IF NOT EXISTS t(x)")
for i in range(6):
    try:
        db.execute("INSERT INTO t VALUES(?)", (i,))
        print("row", i, flush=True)
    except sqlite3.Error as e:
        print("error", i, flush=True)
"""


class Tool(harness.TestCase):
    def run_python(self, program, path, faults):
        done = subprocess.run([sys.executable, "-c", program, path], timeout=harness.DEADLINE,
                              env=harness.environment(**faults.env), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode().split()

    def write(self, *rules, files="wanted", name="wanted", on=True):
        path = os.path.join(self.directory(), name)
        faults = self.own(Faults(*rules, files=files, on=on))
        status, words = self.run_python(WRITER, path, faults)
        return status, words, path, faults

    def test_no_fault(self):
        status, words, path, faults = self.write("write:100:EIO", "write|sync|entry:100:EIO")
        self.assertEqual((status, words), (0, ["ok"] * 11))
        self.assertEqual(os.path.getsize(path + ".new"), 500)
        self.assertEqual(os.stat(path + ".new").st_mode & 0o777, 0o640)
        self.assertEqual((faults.calls(0), faults.calls(1), faults.hits(0)), (5, 11, 0))

    def test_once(self):
        status, words, path, faults = self.write("write:3:ENOSPC")
        self.assertEqual((status, words), (0, ["ok"] * 4 + ["ENOSPC"] + ["ok"] * 6))
        self.assertEqual(os.path.getsize(path + ".new"), 400)
        self.assertEqual(faults.hits(), 1)

    def test_from_then_on(self):
        _, words, path, faults = self.write("sync:2+:EIO")
        self.assertEqual(words, ["ok", "ok"] + ["ok", "EIO"] * 4 + ["ok"])
        self.assertEqual((faults.calls(), faults.hits()), (5, 4))
        self.assertEqual(os.path.getsize(path + ".new"), 500)

    def test_short(self):
        _, words, path, _ = self.write("write:2:short", "entry:1:EROFS")
        self.assertEqual(words, ["ok", "ok", "50"] + ["ok"] * 7 + ["EROFS"])
        self.assertEqual(os.path.getsize(path), 450)

    def test_killed(self):
        for rule, size in (("write:3:before", 200), ("write:3:after", 300), ("sync:2:before", 200),
                           ("open:1:after", 0)):
            with self.subTest(rule):
                status, _, path, faults = self.write(rule)
                self.assertEqual(status, -signal.SIGKILL)
                self.assertEqual(os.path.getsize(path), size)
                self.assertEqual(faults.hits(), 1)

    def test_other_files(self):
        _, words, _, faults = self.write("write:1+:EIO", name="other")
        self.assertEqual(words, ["ok"] * 11)
        self.assertEqual(faults.calls(), 0)

    def test_switched_off_and_on(self):
        _, words, path, faults = self.write("write:2+:EIO", on=False)
        self.assertEqual((words, faults.calls()), (["ok"] * 11, 0))
        faults.on()
        _, words = self.run_python(WRITER, path, faults)
        self.assertEqual(words, ["ok", "ok"] + ["EIO", "ok"] * 4 + ["ok"])

    def test_datagrams(self):
        program = ("import socket, sys\n"
                   "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                   "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
                   "for i in range(3):\n"
                   "    a.send(b'x')\n"
                   "    u.sendto(b'x', ('127.0.0.1', 9))\n"
                   "    print(i, flush=True)\n")
        faults = self.own(Faults("send:3:before", files="nothing"))
        status, words = self.run_python(program, "", faults)
        self.assertEqual((status, words), (-signal.SIGKILL, ["0", "1"]))

    def test_nonsense_is_refused(self):
        for rule in ("write:0:EIO", "write:1:ENONSENSE", "scribble:1:EIO", "write"):
            with self.subTest(rule):
                faults = self.own(Faults(rule))
                status, words = self.run_python("print('ran')", "", faults)
                self.assertEqual((status, words[0]), (99, "faultio:"))

    def test_sqlite(self):
        """A database under these faults: what it said is stored is, and it goes on afterwards."""
        for rule in ("sync:3:EIO", "write:9:ENOSPC", "write:9+:ENOSPC", "write:9:short",
                     "write:12:before", "sync:4:after", "open:3+:EMFILE"):
            with self.subTest(rule):
                path = os.path.join(self.directory(), "db")
                faults = self.own(Faults(rule, files=path))
                _, words = self.run_python(COMMITTER, path, faults)
                self.assertGreater(faults.hits(), 0, words)
                said = {int(number) for word, number in zip(words[::2], words[1::2])
                        if word == "row"}
                with sqlite3.connect(path) as db:
                    if not said:
                        continue
                    self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
                    self.assertLessEqual(said, {x for x, in db.execute("SELECT x FROM t")})


if __name__ == "__main__":
    harness.main()
