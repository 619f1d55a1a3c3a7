# SPDX-License-Identifier: MIT
"""Started without arguments, Hullo asks what the two-thread program asks, in its order."""
import harness


class Prompts(harness.TestCase):
    def setUp(self):
        self.peer = self.udp()
        self.port = self.peer.getsockname()[1]

    def start_chat(self, *options, **more):
        return self.terminal(harness.HULLO, "chat", "--plain", *options, **more)

    def answer(self, terminal, own):
        """Local port, peer address, peer port: each question stands before the next is asked."""
        terminal.expect("(?i)local port")
        terminal.say(str(own))
        terminal.expect("(?i)peer.*address")
        terminal.say("127.0.0.1")
        terminal.expect("(?i)peer.*port")
        terminal.say(str(self.port))

    def check_both_ways(self, terminal, own, arabic=harness.ARABIC):
        terminal.say(harness.CHINESE)
        self.assertEqual(self.peer.recvfrom(2000),
                         (harness.CHINESE.encode(), ("127.0.0.1", own)))
        self.peer.sendto(harness.ARABIC.encode(), ("127.0.0.1", own))
        terminal.expect_text(arabic)

    def test_line_mode_in_a_terminal(self):
        own = harness.free_port()
        terminal = self.start_chat("--line")
        self.answer(terminal, own)
        self.check_both_ways(terminal, own)

    def test_form(self):
        own = harness.free_port()
        terminal = self.start_chat()
        terminal.expect("(?i)local port")
        harness.wait_until(terminal.draws, terminal.screen)
        self.answer(terminal, own)
        self.check_both_ways(terminal, own, harness.ARABIC_DRAWN)

    def test_terminal_that_draws_nothing(self):
        own = harness.free_port()
        terminal = self.start_chat(env={"TERM": "dumb"})
        self.answer(terminal, own)
        self.check_both_ways(terminal, own)

    def test_wrong_answers_are_asked_again(self):
        own = harness.free_port()
        terminal = self.start_chat("--line")
        terminal.expect("(?i)local port")
        terminal.say("70000")
        terminal.expect("(?i)port must be")
        self.answer(terminal, own)
        self.check_both_ways(terminal, own)


if __name__ == "__main__":
    harness.main()
