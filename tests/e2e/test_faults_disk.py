# SPDX-License-Identifier: MIT
"""A disk that is full, and has space again: a file system of 1 MB in a mount namespace of the
test's own, for the reader's home and then for the author's."""
import os
import subprocess
import unittest

import harness
from harness import DEADLINE
from homes import DONE, STORAGE, TIMEOUT, Home, reasons, same_transcript

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
SIZE = 1 << 20
TEXTS = ["%d %s" % (i, "full " * 100) for i in range(4000)]  # 2 MB


def apart():
    """A mount namespace of our own: by root's right, else by that of a user namespace."""
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        return harness.libc.unshare(CLONE_NEWNS) == 0
    if harness.libc.unshare(CLONE_NEWUSER | CLONE_NEWNS):
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", "0 %d 1" % uid),
                       ("gid_map", "0 %d 1" % gid)):
        with open("/proc/self/" + name, "w", encoding="ascii") as file:
            file.write(text)
    return True


def mount(*argv):
    return subprocess.run(["mount", *argv], check=False, timeout=DEADLINE, stderr=subprocess.PIPE)


def setUpModule():
    harness.need("mount", "umount")
    if not apart() or mount("--make-rprivate", "/").returncode:
        raise unittest.SkipTest("no mount namespace is permitted here")


class FullDisk(harness.TestCase):
    def small(self):
        home = Home(self)
        done = mount("-t", "tmpfs", "-o", "size=%d,mode=700" % SIZE, "tmpfs", home.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(subprocess.run, ["umount", "-l", home.path], check=True)
        return home

    def more_space(self, home):
        # Named whole: mount(8) would repeat the options of before, whose uid has another number here.
        done = mount("-t", "tmpfs", "-o", "remount,size=%d" % (64 * SIZE), "tmpfs", home.path)
        self.assertEqual(done.returncode, 0, done.stderr)

    def send_all(self, author, reader, deadline):
        return author.send(reader.address, stdin="\n".join(TEXTS).encode(), timeout=deadline)

    def check(self, author, reader, told):
        """Nobody was told too much, nothing is lost, and it goes on."""
        delivered = {e["id"] for e in told if e["event"] == "delivered"}
        status, _, errors = author.send(reader.address, "there is space")
        self.assertEqual(status, DONE, errors)
        said, heard = author.settled(), reader.history()
        self.assertEqual(same_transcript(said, heard), [])
        self.assertLessEqual(delivered, {m.id for m in heard})
        self.assertEqual([m.text for m in said][:len(said) - 1], TEXTS[:len(said) - 1])
        return len(said) - 1

    def test_reader(self):
        author, reader = Home(self), self.small()
        listener = reader.listen()
        status, told, errors = self.send_all(author, reader, 2)
        self.assertEqual(status, TIMEOUT, errors)
        delivered = sum(e["event"] == "delivered" for e in told)
        self.assertGreater(delivered, 0)
        self.assertLess(delivered, len(TEXTS))
        listener.expect("full")
        self.assertTrue(listener.alive(), listener)
        self.more_space(reader)
        self.assertEqual(self.check(author, reader, told), len(TEXTS))

    def test_author(self):
        author, reader = self.small(), Home(self)
        reader.listen()
        status, told, errors = self.send_all(author, reader, 2)
        self.assertEqual(status, STORAGE, errors)
        self.assertIn("full", reasons(told))
        self.more_space(author)
        self.assertLess(self.check(author, reader, told), len(TEXTS))


if __name__ == "__main__":
    harness.main()
