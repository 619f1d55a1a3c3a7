# SPDX-License-Identifier: MIT
"""Six programs talk at once: Hullo's split pane in a terminal, a second Hullo, the two-thread
program, netcat over UDP, netcat over TCP and socat, all in the list of conversations of the first.
Nothing is lost and nobody dies."""
import harness
from harness import ARABIC, ARABIC_DRAWN, CHINESE, EMOJI, HULLO, free_port, need

TEXTS = (CHINESE, EMOJI, ARABIC)


class SixTerminals(harness.TestCase):
    def test_all_at_once(self):
        need("tmux", "nc.openbsd", "socat", "python3")
        port, python_port = free_port(), free_port()
        ui = self.terminal(HULLO, "chat", "--plain", "--listen", "127.0.0.1:%d" % port,
                           "127.0.0.1:%d" % python_port, size=(120, 40))
        harness.wait_bound(port)
        harness.wait_until(ui.draws, ui.screen)
        ports = {name: free_port() for name in ("hullo", "nc-udp", "nc-tcp", "socat")}
        peers = {
            "python": self.python_chat(python_port, port),
            "hullo": self.hullo("chat", "--plain", "--line", "--listen",
                                "127.0.0.1:%d" % ports["hullo"], "127.0.0.1:%d" % port),
            "nc-udp": self.start("nc.openbsd", "-u", "-p", str(ports["nc-udp"]), "127.0.0.1",
                                 str(port)),
            "nc-tcp": self.start("nc.openbsd", "-p", str(ports["nc-tcp"]), "127.0.0.1", str(port)),
            "socat": self.start("socat", "-", "UDP4:127.0.0.1:%d,bind=127.0.0.1:%d"
                                % (port, ports["socat"])),
        }
        ports["python"] = python_port
        for name, peer in peers.items():
            peer.say("greetings from " + name)
        for name in peers:
            ui.expect_text("127.0.0.1:%d" % ports[name])  # the list of conversations
        for name, peer in peers.items():
            with self.subTest(name):
                self.talk(ui, name, ports[name], peer)
        for name, peer in peers.items():
            self.assertTrue(peer.alive(), peer)
        self.assertTrue(ui.alive())
        ui.say("/quit")
        self.assertEqual(ui.status(), 0)

    def talk(self, ui, name, port, peer):
        """What was said before is there, and every text goes both ways."""
        ui.say("/peer 127.0.0.1:%d" % port)
        ui.expect_text("greetings from " + name)
        for text in TEXTS:
            ui.say("to %s %s" % (name, text))
            peer.expect_text("to %s %s" % (name, text))
            peer.say("from %s %s" % (name, text))
            ui.expect_text("from %s %s" % (name, text.replace(ARABIC, ARABIC_DRAWN)))


if __name__ == "__main__":
    harness.main()
