# SPDX-License-Identifier: MIT
"""Two and three hosts: every kind of address, several of them on one host, and broken ways."""
import harness
import hosts
from harness import ARABIC, CHINESE, need

V4 = ("10.77.0.1/24", "10.77.0.2/24")
V6 = ("2001:db8:77::1/64", "2001:db8:77::2/64")


class TwoHosts(hosts.TestCase):
    def setUp(self):
        self.a, self.b = self.host("a"), self.host("b")
        self.if_a, self.if_b = self.cable(self.a, self.b, V4, V6)

    def chat_on(self, host, peer, listen="4855"):
        process = self.hullo_on(host, "chat", "--plain", "--line", "--listen", listen, peer)
        process.expect("listening on")
        return process

    def talk(self, one, two):
        one.say(CHINESE)
        two.expect_text(CHINESE)
        two.say(ARABIC)
        one.expect_text(ARABIC)

    def test_ipv4(self):
        one = self.chat_on(self.a, "10.77.0.2:4855")
        two = self.chat_on(self.b, "10.77.0.1:4855")
        self.talk(one, two)

    def test_ipv6(self):
        one = self.chat_on(self.a, "[2001:db8:77::2]:4855")
        two = self.chat_on(self.b, "[2001:db8:77::1]:4855")
        self.talk(one, two)

    def test_link_local(self):
        one = self.chat_on(self.a, "[%s%%%s]:4855" % (
            self.b.link_local(self.if_b).split("%")[0], self.if_a))
        two = self.chat_on(self.b, "[%s%%%s]:4855" % (
            self.a.link_local(self.if_a).split("%")[0], self.if_b))
        self.talk(one, two)

    def test_tcp_over_link_local(self):
        server = self.hullo_on(self.b, "listen", "--plain", "--echo", "--listen", "tcp://[::]:4855")
        server.expect("listening on")
        client = self.hullo_on(self.a, "chat", "--plain", "--line", "tcp://[%s%%%s]:4855" % (
            self.b.link_local(self.if_b).split("%")[0], self.if_a))
        client.say(CHINESE)
        server.expect_text(CHINESE)
        client.expect_text(CHINESE)

    def test_answer_leaves_from_the_address_that_was_asked(self):
        """netcat connects its socket, so that it hears no other address."""
        need("nc.openbsd")
        for extra in ("10.77.0.3/24", "10.77.0.4/32"):
            self.b.add_address(self.if_b, extra)
        self.b.add_address(self.if_b, "2001:db8:77::3/64")
        self.a.ip("route", "add", "10.77.0.4/32", "dev", self.if_a)
        server = self.hullo_on(self.b, "listen", "--plain", "--reply", "yes", "--listen", "4855")
        server.expect("listening on")
        for address in ("10.77.0.3", "10.77.0.4", "10.77.0.2", "2001:db8:77::3"):
            client = self.start("nc.openbsd", "-u", address, "4855", prefix=self.a.prefix)
            client.say("are you there?")
            client.expect("yes")

    def test_refused_is_shown_and_the_rest_goes_on(self):
        one = self.chat_on(self.a, "10.77.0.2:4855")
        one.say("nobody is there")
        one.expect("refused")
        two = self.chat_on(self.b, "10.77.0.1:4855")
        self.talk(one, two)

    def test_without_ipv6(self):
        for host in (self.a, self.b):
            host.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        one = self.chat_on(self.a, "10.77.0.2:4855")
        two = self.chat_on(self.b, "10.77.0.1:4855")
        self.talk(one, two)
        status = self.hullo_on(self.a, "send", "--plain", "[2001:db8:77::2]:4855", "text")
        self.assertEqual(status.wait(), 4, status)

    def test_link_goes_down_and_comes_back(self):
        one = self.chat_on(self.a, "10.77.0.2:4855")
        two = self.chat_on(self.b, "10.77.0.1:4855")
        self.talk(one, two)
        self.a.ip("link", "set", self.if_a, "down")
        one.say("into the void")
        one.expect("unreachable")
        self.a.ip("link", "set", self.if_a, "up")
        self.talk(one, two)

    def test_address_added_while_running(self):
        """A listener on all addresses answers on one that came later, and from it."""
        need("nc.openbsd")
        server = self.hullo_on(self.b, "listen", "--plain", "--reply", "yes", "--listen", "4855")
        server.expect("listening on")
        self.a.add_address(self.if_a, "10.78.0.1/24")
        self.b.add_address(self.if_b, "10.78.0.2/24")
        client = self.start("nc.openbsd", "-u", "10.78.0.2", "4855", prefix=self.a.prefix)
        client.say("are you there?")
        client.expect("yes")


class ThreeHosts(hosts.TestCase):
    """a -- b -- c; b routes."""

    def setUp(self):
        self.a, self.b, self.c = self.host("a"), self.host("b"), self.host("c")
        self.cable(self.a, self.b, ("10.77.0.1/24", "10.77.0.2/24"))
        self.cable(self.b, self.c, ("10.78.0.2/24", "10.78.0.3/24"))
        self.b.sysctl("net.ipv4.ip_forward", 1)
        self.a.ip("route", "add", "default", "via", "10.77.0.2")
        self.c.ip("route", "add", "default", "via", "10.78.0.2")

    def test_through_a_router(self):
        one = self.hullo_on(self.a, "chat", "--plain", "--line", "--listen", "4855",
                            "10.78.0.3:4855")
        two = self.hullo_on(self.c, "chat", "--plain", "--line", "--listen", "4855",
                            "10.77.0.1:4855")
        for process in (one, two):
            process.expect("listening on")
        one.say(CHINESE)
        two.expect_text(CHINESE)
        two.say(ARABIC)
        one.expect_text(ARABIC)

    def test_multihomed_host_between_two_networks(self):
        """One listener on the middle host serves both sides, each from its own address."""
        server = self.hullo_on(self.b, "listen", "--plain", "--reply", "yes", "--listen", "4855")
        server.expect("listening on")
        # The far address of the middle host, asked from either side.
        for host, address in ((self.a, "10.78.0.2"), (self.c, "10.77.0.2"), (self.a, "10.77.0.2")):
            client = self.start("nc.openbsd", "-u", address, "4855", prefix=host.prefix)
            client.say("are you there?")
            client.expect("yes")

    def test_router_says_unreachable(self):
        self.b.ip("route", "add", "unreachable", "10.99.0.0/24")
        one = self.hullo_on(self.a, "chat", "--plain", "--line", "--listen", "4855",
                            "10.99.0.1:4855")
        one.expect("listening on")
        one.say("hello?")
        one.expect("unreachable")
        self.assertTrue(one.alive(), one)
        for peer in ("10.99.0.1:4855", "tcp://10.99.0.1:4855"):
            sender = self.hullo_on(self.a, "send", "--plain", peer, "text")
            self.assertEqual(sender.wait(), 4, sender)
            sender.expect("unreachable")


if __name__ == "__main__":
    harness.main()
