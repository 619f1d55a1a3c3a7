# SPDX-License-Identifier: MIT
"""Programs on terminals that tests can let vanish."""
import fcntl
import os
import select
import subprocess
import termios

import harness
from harness import wait_until


class Screen:
    """A program on a pseudo-terminal of its own."""

    def __init__(self, argv, env, controls=True):
        self.master, slave = os.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.found = termios.tcgetattr(slave)

        def take_terminal():
            harness.die_with_runner()
            if controls:  # else nobody is signalled, and the program only finds it gone
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=env,
                                      start_new_session=True, preexec_fn=take_terminal)
        os.close(slave)
        self.shown = b""

    def read(self, wait=0.0):
        """What it shows, as far as it is there; False: nothing."""
        if not select.select([self.master], [], [], wait)[0]:
            return False
        try:
            self.shown += os.read(self.master, 65536)
        except OSError:  # EIO: it has ended
            return False
        return True

    def vanish(self):
        os.close(self.master)
        self.master = -1

    def end(self):
        """Its exit status and the processor time that it has used."""
        found = []

        def ended():
            pid, status, used = os.wait4(self.child.pid, os.WNOHANG)
            if pid:
                self.child.returncode = os.waitstatus_to_exitcode(status)
                found.append(used.ru_utime + used.ru_stime)
            return pid

        wait_until(ended, "the end of %s" % self.child.args)
        return self.child.returncode, found[0]

    def kill(self):
        if self.master >= 0:
            self.vanish()
        if self.child.returncode is None:
            self.child.kill()
            self.child.wait()
