# SPDX-License-Identifier: MIT
"""Two hosts talk encrypted while addresses and links change under them: nothing is lost, nothing
comes twice, and the order stays."""
import harness
import hosts
from harness import DEADLINE, need

V4 = ("10.78.0.1/24", "10.78.0.2/24")


class Roaming(hosts.TestCase):
    def meet(self, one, two, address):
        """Two chats in line mode; the second dials the first at that address."""
        first = self.hullo_on(one, "chat", "--line", "--pair", "--listen", "4855")
        first.expect("listening on")
        second = self.hullo_on(two, "chat", "--line", "--listen", "4855", address)
        second.expect("encrypted, key")
        first.expect("encrypted, key")
        return first, second

    def count(self, speaker, listener, start, end):
        for i in range(start, end):
            speaker.say("line %d." % i)
        # Not what it is told of lines of its own: "hullo: peer: delivered: line 1."
        listener.expect(r"^(?!hullo: ).*: line %d\.$" % (end - 1), 4 * DEADLINE)

    def check(self, listener, total):
        seen = [line.rsplit(b": ", 1)[1] for line in listener.output.splitlines()
                if b": line " in line and not line.startswith(b"hullo: ")]
        self.assertEqual(seen, [b"line %d." % i for i in range(total)])

    def test_renumbering_of_either_side(self):
        a, b = self.host("a"), self.host("b")
        if_a, if_b = self.cable(a, b, V4)
        first, second = self.meet(a, b, "10.78.0.1:4855")
        self.count(second, first, 0, 20)
        b.add_address(if_b, "10.78.0.33/24")
        b.ip("address", "delete", "10.78.0.2/24", "dev", if_b)
        if not self.has(b, if_b, "10.78.0.33"):
            b.add_address(if_b, "10.78.0.33/24")
        self.count(second, first, 20, 40)
        self.count(first, second, 0, 20)
        a.add_address(if_a, "10.78.0.44/24")
        a.ip("address", "delete", "10.78.0.1/24", "dev", if_a)
        if not self.has(a, if_a, "10.78.0.44"):
            a.add_address(if_a, "10.78.0.44/24")
        self.count(first, second, 20, 40)
        self.count(second, first, 40, 60)
        self.check(first, 60)
        self.check(second, 40)

    @staticmethod
    def has(host, interface, address):
        """The kernel takes secondary addresses away with the first one."""
        shown = hosts.ip("-n", host.name, "-o", "address", "show", "dev", interface)
        return address in shown.stdout.decode()

    def test_other_link_takes_over(self):
        """Two cables; the one in use is cut."""
        a, b = self.host("a"), self.host("b")
        self.cable(a, b, V4)
        cable = self.cable(a, b, ("10.79.0.1/24", "10.79.0.2/24"))
        # Both ways lead to an address that belongs to neither cable.
        for host, own, other, via in ((a, "10.80.0.1/32", "10.80.0.2/32", ("10.79.0.2", "10.78.0.2")),
                                      (b, "10.80.0.2/32", "10.80.0.1/32", ("10.79.0.1", "10.78.0.1"))):
            host.add_address("lo", own)
            host.ip("route", "add", other, "via", via[0], "metric", "100")
            host.ip("route", "add", other, "via", via[1], "metric", "200")
        first, second = self.meet(a, b, "10.80.0.1:4855")
        self.count(second, first, 0, 20)
        a.ip("link", "set", cable[0], "down")
        b.ip("link", "set", cable[1], "down")  # as it would be if the cable were pulled out
        self.count(second, first, 20, 40)
        self.count(first, second, 0, 20)
        self.check(first, 40)
        self.check(second, 20)

    def test_nat_gives_another_port(self):
        """A router that masquerades forgets the flow in mid-conversation."""
        need("nft")
        inside, router, outside = self.host("in"), self.host("r"), self.host("out")
        self.cable(inside, router, ("10.81.0.2/24", "10.81.0.1/24"))
        ends = self.cable(router, outside, ("10.82.0.1/24", "10.82.0.2/24"))
        router.sysctl("net.ipv4.ip_forward", 1)
        inside.ip("route", "add", "default", "via", "10.81.0.1")
        rules = ("table ip nat {\n chain out {\n type nat hook postrouting priority 100;\n"
                 " oifname \"%s\" ip protocol udp masquerade to :%d\n }\n}\n")
        self.nft(router, rules % (ends[0], 40000))
        first, second = self.meet(outside, inside, "10.82.0.2:4855")
        self.count(second, first, 0, 20)
        first.say("/peer")
        first.expect_text("10.82.0.1:40000")
        self.nft(router, "flush ruleset\n" + rules % (ends[0], 50000))
        self.forget_flows(router)
        self.count(second, first, 20, 40)
        self.count(first, second, 0, 20)
        self.check(first, 40)
        self.check(second, 20)
        first.say("/peer")
        first.expect_text("10.82.0.1:50000")

    def nft(self, host, rules):
        process = self.start("nft", "-f", "-", prefix=host.prefix)
        process.write(rules.encode())
        process.end_of_input()
        self.assertEqual(process.wait(), 0, process)

    def forget_flows(self, host):
        """Entries of a table that is gone stay until something flushes them."""
        need("conntrack")
        process = self.start("conntrack", "-D", "-p", "udp", prefix=host.prefix)
        process.wait()


if __name__ == "__main__":
    harness.main()
