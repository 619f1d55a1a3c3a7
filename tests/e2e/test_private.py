# SPDX-License-Identifier: MIT
"""What other users of this machine see of a Hullo, and what they can do to it: nothing."""
import os
import re
import socket
import stat
import sys
import unittest

import harness
from harness import HULLO, bound_port

NOBODY = 65534
CARELESS = ("sh", "-c", 'umask 0; exec "$@"', "sh")
PASSPHRASE = "correct horse battery staple"
# Connects to the control socket, says something and prints what comes of it.
KNOCK = """import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
try:
    s.connect(sys.argv[1])
    s.sendall(bytes(64))
    print("answered" if s.recv(1) else "hung up on")
except PermissionError:
    print("not let in")
except (BrokenPipeError, ConnectionResetError):
    print("hung up on")
"""


def modes(top):
    """Of the directory and all in it: {path: mode}."""
    paths = [top]
    for directory, _, files in os.walk(top):
        paths += [os.path.join(directory, name) for name in files]
    return {path: os.lstat(path).st_mode for path in paths}


class Private(harness.TestCase):
    def setUp(self):
        self.top = self.directory()
        self.homes = [os.path.join(self.top, name, "hullo") for name in ("one", "two")]

    def run_in(self, home, *argv, prefix=CARELESS):
        return self.start(HULLO, *argv, prefix=prefix, env=harness.environment(HULLO_HOME=home))

    def talk(self, *options):
        """A listener in one home, to whom somebody has sent a line from the other."""
        listener = self.run_in(self.homes[0], "listen", "--pair", "--listen", "127.0.0.1:0",
                               "--log-level", "debug", *options)
        sender = self.run_in(self.homes[1], "send", "--log-level", "debug",
                             "127.0.0.1:%d" % bound_port(listener), "between us")
        self.assertEqual(sender.wait(), 0, sender)
        listener.expect_text("between us")
        return listener

    def check_modes(self):
        seen = set()
        for home in self.homes:
            for path, mode in modes(os.path.dirname(home)).items():
                wanted = 0o700 if stat.S_ISDIR(mode) else 0o600
                self.assertEqual(stat.S_IMODE(mode), wanted, "%s: %o" % (path, mode))
                seen.add(os.path.basename(path))
        return seen

    def test_files_under_a_careless_umask(self):
        listener = self.talk()
        seen = self.check_modes()
        for name in ("key", "hullo.db", "hullo.log", "control", "lock"):
            self.assertIn(name, seen)
        listener.end_of_input()
        listener.signal(15)
        listener.wait()
        for argv in (("id",), ("peers",), ("history",)):
            self.assertEqual(self.run_in(self.homes[0], *argv).wait(), 0, argv)
        self.check_modes()

    def test_a_home_that_was_open_to_others(self):
        home = self.homes[0]
        for mode in (0o755, 0o770, 0o1777):
            os.makedirs(home, exist_ok=True)
            os.chmod(home, mode)
            program = self.run_in(home, "id")
            self.assertEqual(program.wait(), 0, program)
            self.assertIn("%s: was open to others" % home, program.output.decode())
            self.assertEqual(stat.S_IMODE(os.stat(home).st_mode), 0o700)
        program = self.run_in(home, "id")
        self.assertEqual(program.wait(), 0, program)
        self.assertNotIn("open to others", program.output.decode())

    @unittest.skipIf(os.geteuid(), "only root can give a directory away")
    def test_the_home_of_another_user(self):
        home = self.homes[0]
        os.makedirs(home)
        os.chown(home, NOBODY, NOBODY)
        program = self.run_in(home, "id")
        self.assertEqual(program.wait(), 7, program)
        self.assertRegex(program.output.decode(), "%s.*: .* belongs to another user" % home)
        self.assertEqual(os.listdir(home), [])

    def as_nobody(self, *argv):
        harness.need("setpriv")
        program = self.start("setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY,
                             "--clear-groups", *argv)
        program.wait()
        return program.output.decode().strip()

    @unittest.skipIf(os.geteuid(), "only root can be somebody else")
    def test_the_control_socket(self):
        self.talk()
        control = os.path.join(self.homes[0], "control")
        for path in (self.top, os.path.dirname(self.homes[0]), self.homes[0]):
            os.chmod(path, 0o755)  # so that the socket's own mode counts
        knock = (sys.executable, "-c", KNOCK, control)
        self.assertEqual(self.as_nobody(*knock), "not let in")
        os.chmod(control, 0o666)  # so that nothing but the asker's name counts
        self.assertEqual(self.as_nobody(*knock), "hung up on")
        # Whoever is let in is served all the while.
        sender = self.run_in(self.homes[1], "send", "no such contact", "text")
        self.assertNotEqual(sender.wait(), 0)

    def test_neither_arguments_nor_environment_tell_a_secret(self):
        secret_file = os.path.join(self.top, "passphrase")
        with open(os.open(secret_file, os.O_CREAT | os.O_WRONLY, 0o600), "w",
                  encoding="ascii") as file:
            file.write(PASSPHRASE + "\n")
        child = os.path.join(self.top, "child")
        listener = self.talk("--passphrase-file", secret_file, "--exec", "--", "sh", "-c",
                             'cat /proc/self/environ /proc/$$/cmdline >"$0"; cat >/dev/null', child)
        harness.wait_until(lambda: os.path.exists(child) and os.path.getsize(child), "the child")
        shown = b""
        with open("/proc/%d/cmdline" % listener.child.pid, "rb") as file:
            shown += file.read()
        try:
            with open("/proc/%d/environ" % listener.child.pid, "rb") as file:
                shown += file.read()
        except PermissionError:
            self.assertNotEqual(os.geteuid(), 0)  # no user but root sees it at all
        with open(child, "rb") as file:
            shown += file.read()
        self.assertIn(b"HULLO_", shown)
        with open(os.path.join(self.homes[0], "key"), "rb") as file:
            key = re.findall(rb"[0-9a-f]{64}", file.read())
        for secret in [PASSPHRASE.encode(), b"between us"] + key:
            self.assertNotIn(secret, shown)
            self.assertNotIn(bytes.fromhex(secret.decode()) if secret in key else secret, shown)


if __name__ == "__main__":
    harness.main()
