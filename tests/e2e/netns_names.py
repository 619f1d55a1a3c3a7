# SPDX-License-Identifier: MIT
"""Names, news and lacks of a host of its own: its hosts file, its name server, its addresses."""
import json
import os
import signal
import sys
import time

import harness
import hosts
from harness import CHINESE, HULLO, PEERS

HOSTS = """127.0.0.1 localhost
10.77.0.1 host1.test nick.test other.test
2001:db8:77::1 host1.test nick.test
"""
# A mount namespace in which the files of directory $0 stand in place of those in /etc.
OWN_FILES = """mount --make-rprivate / &&
for file in hosts resolv.conf nsswitch.conf; do
    mount --bind "$0/$file" "/etc/$file" || exit 1
done
exec "$@"
"""


class TestCase(hosts.TestCase):
    def setUp(self):
        harness.need("unshare", "mount")
        self.a, self.b = self.host("a"), self.host("b")
        self.if_a, self.if_b = self.cable(self.a, self.b, ("10.77.0.1/24", "10.77.0.2/24"))
        # The name server: its datagrams reach a cable's end where nobody is meant.
        self.a.ip("neighbour", "add", "10.77.0.53", "lladdr", "02:00:00:00:00:53", "dev", self.if_a)
        directory = self.directory()
        files = {"hosts": HOSTS, "resolv.conf": "nameserver 10.77.0.53\n",
                 "nsswitch.conf": "hosts: files dns\nservices: files\n"}
        for name, text in files.items():
            with open(os.path.join(directory, name), "w", encoding="ascii") as file:
                file.write(text)
        self.prefix = self.a.prefix + ("unshare", "-m", "sh", "-c", OWN_FILES, directory)

    def run_here(self, *argv):
        program = self.start(*argv, prefix=self.prefix)
        self.assertEqual(program.wait(), 0, program)
        return program.output.decode().splitlines()

    def chat_here(self, *options):
        chat = self.start(HULLO, "chat", "--plain", "--line", *options, "10.77.0.2:4855",
                          prefix=self.prefix)
        chat.expect("listening on")
        return chat


class Names(TestCase):
    def python_knows(self, name):
        """gethostbyname_ex(): name, aliases, IPv4 addresses."""
        facts = os.path.join(PEERS, "facts.py")
        name, aliases, addresses = self.run_here(sys.executable, facts, "name", name)[0].split(" ")
        return name, aliases.split(","), addresses.split(",")

    def test_three_fields(self):
        for typed in ("nick.test", "host1.test"):
            with self.subTest(typed):
                name, aliases, addresses = self.python_knows(typed)
                self.assertEqual(aliases, ["nick.test", "other.test"])
                lines = self.run_here(HULLO, "resolve", "-4", typed)
                self.assertEqual([line.split()[0] for line in lines[:len(addresses)]], addresses)
                self.assertEqual(lines[len(addresses):],
                                 ["alias " + alias for alias in aliases]
                                 + ["canonical name " + name])

    def test_events(self):
        name, aliases, addresses = self.python_knows("nick.test")
        events = [json.loads(line)
                  for line in self.run_here(HULLO, "resolve", "--json", "nick.test")]
        self.assertEqual({event["what"] for event in events}, {"nick.test"})
        self.assertEqual([e["host"] for e in events if e["event"] == "alias"], aliases)
        self.assertEqual([e["host"] for e in events if e["event"] == "canonical"], [name])
        found = [e["address"].rsplit(":", 1)[0] for e in events if e["event"] == "resolved"]
        self.assertEqual(sorted(found), sorted(addresses + ["[2001:db8:77::1]"]))

    def test_command(self):
        chat = self.chat_here()
        chat.say("/resolve nick.test")
        chat.expect("^alias nick.test$")
        chat.expect("^alias other.test$")
        chat.expect("^canonical name host1.test$")


class DeadNameServer(TestCase):
    def stuck(self):
        """A chat with eight look-ups that wait for an answer, each given up by the next, as seen
        by their threads."""
        chat = self.chat_here("--linger", "0")
        for number in range(8):
            chat.say("/resolve dead%d.test" % number)
        tasks = "/proc/%d/task" % chat.child.pid
        harness.wait_until(lambda: len(os.listdir(tasks)) >= 3 + 8,
                           lambda: "8 look-ups, %d threads" % len(os.listdir(tasks)))
        return chat

    def test_end_is_not_held_up(self):
        ends = {"end of input": (lambda chat: chat.end_of_input(), 0),
                "/quit": (lambda chat: chat.say("/quit"), 0),
                "SIGTERM": (lambda chat: chat.signal(signal.SIGTERM), 128 + signal.SIGTERM)}
        for name, (end, status) in ends.items():
            with self.subTest(name):
                chat = self.stuck()
                begin = time.monotonic()
                end(chat)
                self.assertEqual(chat.wait(), status, chat)
                self.assertLess(time.monotonic() - begin, 0.2 * harness.SLOWNESS)


class HostName(TestCase):
    def test_it_is_that_of_the_host(self):
        """A name space of its own for it: --exec shows who we are."""
        listener = self.start(HULLO, "listen", "--plain", "--listen", "127.0.0.1:0", "--exec", "--",
                              "sh", "-c", "echo $HULLO_NAME",
                              prefix=("unshare", "-u", "sh", "-c",
                                      'hostname elsewhere.test && exec "$@"', "sh"))
        peer = self.udp()
        peer.sendto(b"who are you?", ("127.0.0.1", harness.bound_port(listener)))
        self.assertEqual(peer.recvfrom(100)[0], b"elsewhere.test")


class News(TestCase):
    def test_addresses_and_links(self):
        chat, events = self.chat_here(), self.chat_here("--json", "--listen", "0")
        self.a.add_address(self.if_a, "10.78.0.9/24")
        self.a.ip("address", "delete", "10.78.0.9/24", "dev", self.if_a)
        self.b.ip("link", "set", self.if_b, "down")
        for what in ("added", "removed"):
            chat.expect("^hullo: address %s: 10.78.0.9 on %s$" % (what, self.if_a))
            event = json.loads(events.expect(r'^\{.*"event":"host".*10.78.0.9.*$').group())
            self.assertEqual((event["what"], event["address"], event["interface"]),
                             ("address " + what, "10.78.0.9", self.if_a))
        chat.expect("^hullo: link down: %s$" % self.if_a)
        self.b.ip("link", "set", self.if_b, "up")
        chat.expect("^hullo: link up: %s$" % self.if_a)


class WithoutIpv6(TestCase):
    def test_everything_goes_over_ipv4(self):
        for host in (self.a, self.b):
            host.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        listener = self.hullo_on(self.b, "listen", "--plain", "--echo", "--listen", "4855")
        listener.expect("listening on")
        chat = self.chat_here()
        chat.say(CHINESE)
        listener.expect_text(CHINESE)
        chat.expect_text(CHINESE)
        chat.say("/net")
        chat.expect("this system lacks: AF_INET6")
        for peer in ("10.77.0.2:4855", "tcp://10.77.0.2:4855"):
            send = self.hullo_on(self.a, "send", "--plain", peer, "text by " + peer)
            self.assertEqual(send.wait(), 0, send)
            listener.expect_text("text by " + peer)


if __name__ == "__main__":
    harness.main()
