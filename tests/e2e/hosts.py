# SPDX-License-Identifier: MIT
"""Hosts on this machine: network namespaces joined by virtual cables.

Needs the right to make them; otherwise the tests are skipped, and say so. A namespace is named
t-PID-NAME and is removed at the end of the test, with all that runs in it.
"""
import itertools
import os
import subprocess
import unittest

import harness

cables = itertools.count()


def ip(*args, check=True):
    return subprocess.run(("ip",) + args, check=check, timeout=harness.DEADLINE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Host:
    def __init__(self, name):
        self.name = "t-%d-%s" % (os.getpid(), name)
        made = ip("netns", "add", self.name, check=False)
        if made.returncode == 0:  # in a chroot they can be made and not be entered
            made = ip("-n", self.name, "link", "set", "lo", "up", check=False)
        if made.returncode:
            self.kill()
            raise unittest.SkipTest("no network namespaces: " + made.stderr.decode().strip())
        self.prefix = ("ip", "netns", "exec", self.name)

    def ip(self, *args):
        ip("-n", self.name, *args)

    def sysctl(self, name, value):
        subprocess.run(self.prefix + ("sysctl", "-q", "-w", "%s=%s" % (name, value)), check=True,
                       timeout=harness.DEADLINE)

    def add_address(self, interface, address):
        nodad = ("nodad",) if ":" in address else ()
        self.ip("address", "add", address, "dev", interface, *nodad)

    def link_local(self, interface):
        """fe80::...%interface, once the kernel has made it."""
        def look():
            words = ip("-n", self.name, "-6", "-o", "address", "show", "dev", interface, "scope",
                       "link").stdout.decode().split()
            return words and words[words.index("inet6") + 1].split("/")[0]
        return "%s%%%s" % (harness.wait_until(look, "a link-local address"), interface)

    def kill(self):
        ip("netns", "delete", self.name, check=False)


class TestCase(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.need("ip", "sysctl")
        if os.geteuid():
            raise unittest.SkipTest("only root may make network namespaces")

    def host(self, name):
        return self.own(Host(name))

    def cable(self, one, two, *addresses):
        """Joins two hosts; each pair of addresses goes to its ends. Returns both interface names,
        which nothing else on the machine bears."""
        ends = []
        for side, host in ((0, one), (1, two)):
            ends.append("t%d%s" % (next(cables), "ab"[side]))
        ip("-n", one.name, "link", "add", ends[0], "type", "veth", "peer", "name", ends[1],
           "netns", two.name)
        for host, end, side in ((one, ends[0], 0), (two, ends[1], 1)):
            # Duplicate address detection takes a second, and there are no duplicates here.
            host.sysctl("net.ipv6.conf.%s.accept_dad" % end, 0)
            host.ip("link", "set", end, "up")
            for pair in addresses:
                host.add_address(end, pair[side])
        return ends

    def hullo_on(self, host, *argv):
        return self.hullo(*argv, prefix=host.prefix)
