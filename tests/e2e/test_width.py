# SPDX-License-Identifier: MIT
"""Columns: what we count, what ncurses counts and where a real terminal puts things, for the fifty
hard strings in the real program and for random ones."""
import os
import random
import subprocess

import harness
from harness import wait_until

PAINT = os.environ["PAINT"]
SEED = int(os.environ.get("HL_WIDTH_SEED", random.randrange(1 << 31)))
STRINGS = int(os.environ.get("HL_WIDTH_STRINGS", "2000"))
PROMPT = 2  # columns before the draft


def hard_strings():
    """(what, columns, text, filtered text) of each."""
    lines = subprocess.run([PAINT, "strings"], env=harness.environment(), check=True,
                           stdout=subprocess.PIPE).stdout.decode().split("\n")[:-1]
    rows = [line.split("\t") for line in lines]
    return [(what, int(columns), text, clean) for what, columns, text, clean in rows]


def scalars(text):
    return " ".join("U+%04X" % ord(char) for char in text)


class Width(harness.TestCase):
    def test_random_strings(self):
        """Each ends in tmux and in ncurses where we say, and the rule at the end of each row stands
        in its column."""
        directory = self.directory()
        print("seed", SEED, "strings", STRINGS)
        rows = 100
        terminal = self.terminal(PAINT, str(SEED), str(STRINGS), directory, size=(80, rows))
        for screen in range((STRINGS + rows - 1) // rows):
            painted = os.path.join(directory, str(screen))
            # before the first one is painted, the terminal is asked for all of them
            deadline = harness.DEADLINE + (STRINGS / 500 if screen == 0 else 0)
            wait_until(lambda: os.path.exists(painted), lambda: "a screen:\n" + terminal.screen(),
                       deadline)
            with open(painted, encoding="utf-8") as file:
                wanted = file.read().split("\n")[:-1]
            for row, (want, have) in enumerate(zip(wanted, terminal.screen().split("\n"))):
                self.assertEqual(scalars(have), scalars(want), "row %d, seed %d" % (row, SEED))
                self.assertEqual(have[-1], "│")
            terminal.type("n")
        self.assertEqual(terminal.status(), 0)
        with open(os.path.join(directory, "report"), encoding="ascii") as file:
            report = file.read()
        self.assertRegex(report, r"\A0 of \d+ counts disagree\n\Z", "seed %d" % SEED)
        print(report, end="")

    def talk(self):
        """A chat in tmux that shows a peer's messages: (terminal, say)."""
        peer = self.udp()
        terminal = self.terminal(
            harness.HULLO, "chat", "--plain", "--listen", "127.0.0.1:0",
            "127.0.0.1:%d" % peer.getsockname()[1], size=(100, 70),
            # A terminal that reorders by itself: the texts stand there in their logical order.
            env=harness.environment(TERM="screen-256color", VTE_VERSION="7000"))
        terminal.expect_text("talking to")
        terminal.say("hello")
        _, address = peer.recvfrom(100)
        return terminal, lambda text: peer.sendto(text.encode(), address)

    def test_hard_strings_shown(self):
        terminal, say = self.talk()
        strings = hard_strings()
        self.assertEqual(len(strings), 50)
        for number, (_, _, text, _) in enumerate(strings):
            say("<" + text + "|%02d|" % number)
        terminal.expect_text("|49|")
        shown = {}
        for row in terminal.screen().split("\n"):
            if row.endswith("|") and "<" in row:
                shown[int(row[-3:-1])] = row
        start = {row.index("<") for row in shown.values()}
        self.assertEqual(len(start), 1, "all texts begin in one column")
        for number, (what, _, _, clean) in enumerate(strings):
            row = shown[number][start.copy().pop():]
            self.assertEqual(scalars(row), scalars("<" + clean + "|%02d|" % number), what)

    def test_hard_strings_typed(self):
        """The cursor of tmux behind each of them in the input line, and before it after C-a."""
        terminal, _ = self.talk()
        cursor = lambda: int(terminal.tmux("display-message", "-p", "#{cursor_x}"))
        for what, columns, text, _ in hard_strings():
            terminal.tmux("set-buffer", "--", text)
            terminal.tmux("paste-buffer", "-p")
            wait_until(lambda: cursor() == PROMPT + columns,
                       lambda: "%s in %d columns, not %d" % (what, columns, cursor() - PROMPT))
            terminal.type("x")  # nothing of it was still under way
            wait_until(lambda: cursor() == PROMPT + columns + 1,
                       lambda: "%s and x in %d columns, not %d" % (what, columns + 1,
                                                                    cursor() - PROMPT))
            terminal.keys("C-a")
            wait_until(lambda: cursor() == PROMPT, "the start of " + what)
            terminal.keys("C-k")


if __name__ == "__main__":
    harness.main()
