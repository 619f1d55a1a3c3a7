# SPDX-License-Identifier: MIT
"""Ten thousand lines through send and listen: all, in order; over UDP with the loss counted."""
import re

import harness

LINES = 10000


class ManyLines(harness.TestCase):
    def send_and_listen(self, at, peer, *options):
        listener = self.hullo("listen", "--plain", "--listen", at, "--count", str(LINES),
                              "--timeout", "60")
        port = harness.bound_port(listener)
        text = "".join("line %d of %d %s\n" % (i, LINES, harness.CHINESE) for i in range(LINES))
        status, _, errors = self.run_hullo("send", "--plain", *options, peer % port,
                                           stdin=text.encode(), deadline=90)
        self.assertEqual(status, 0, errors)
        return listener

    def heard(self, listener):
        return [int(n) for n in re.findall(rb"line (\d+) of", listener.output)]

    def test_tcp(self):
        listener = self.send_and_listen("tcp://127.0.0.1:0", "tcp://127.0.0.1:%d")
        self.assertEqual(listener.wait(90), 0)
        self.assertEqual(self.heard(listener), list(range(LINES)))

    def test_unix(self):
        path = self.directory() + "/s"
        listener = self.hullo("listen", "--plain", "--listen", "unix:" + path, "--count",
                              str(LINES), "--timeout", "60")
        listener.expect("listening on")
        text = "".join("line %d of %d\n" % (i, LINES) for i in range(LINES))
        status, _, errors = self.run_hullo("send", "--plain", "unix:" + path,
                                           stdin=text.encode(), deadline=90)
        self.assertEqual(status, 0, errors)
        self.assertEqual(listener.wait(90), 0)
        self.assertEqual(self.heard(listener), list(range(LINES)))

    def test_udp_at_the_default_pace(self):
        """Nothing has to be lost on loopback at this pace; what is lost is counted and told."""
        listener = self.send_and_listen("127.0.0.1:0", "127.0.0.1:%d")
        status = listener.wait(90)
        heard = self.heard(listener)
        self.assertEqual(heard, sorted(set(heard)), "order")
        lost = LINES - len(heard)
        if lost:
            told = re.findall(rb"(\d+) (?:datagrams?|messages?) (?:were |was )?(?:lost|dropped)",
                              listener.output)
            self.assertEqual(sum(map(int, told)), lost, listener)
        else:
            self.assertEqual(status, 0, listener)


if __name__ == "__main__":
    harness.main()
