# SPDX-License-Identifier: MIT
"""Every screen of the corpus (tests/screens), painted in tmux: the text of each row, the column
that each cell is in, and the cursor."""
import os
import subprocess

import harness
from harness import wait_until

SCREENS = os.environ["SCREENS"]
TERMINALS = 6


class Painter:
    """The program that paints, in a tmux of its own, told and answering through two FIFOs."""

    def __init__(self, case, terminal):
        directory = case.directory()
        commands, answers = (os.path.join(directory, name) for name in ("commands", "answers"))
        os.mkfifo(commands)
        os.mkfifo(answers)
        self.terminal = case.terminal(SCREENS, "paint", str(terminal), "screen", commands, answers,
                                      size=(80, 24))
        self.terminal.tmux("set-option", "-g", "status", "off")
        self.size = (80, 24)
        self.commands = case.open_fifo(commands, "w", self.terminal)
        self.answers = case.open_fifo(answers, "r", self.terminal)

    def ask(self, verb, number):
        self.commands.write("%s %s\n" % (verb, number))
        self.commands.flush()
        return self.answers.readline()[:-1]

    def rows(self, number, rows):
        """The rows of a screen as the model wants them, and (row, column) of the cursor."""
        first = self.ask("rows", number)
        wanted = [first] + [self.answers.readline()[:-1] for _ in range(rows - 1)]
        cursor = self.answers.readline().split()[1:]
        return wanted, tuple(int(n) for n in cursor) if cursor != ["none"] else None

    def shown(self):
        """The same as tmux has it."""
        text = self.terminal.tmux("capture-pane", "-p", ";", "display-message", "-p",
                                  "#{cursor_flag} #{cursor_y} #{cursor_x}").split("\n")[:-1]
        flag, row, column = (int(n) for n in text.pop().split())
        return [row.rstrip(" ") for row in text], (row, column) if flag else None

    def resize(self, size):
        if size != self.size:
            self.terminal.resize(*size)
        self.size = size


class Screens(harness.TestCase):
    def open_fifo(self, path, mode, terminal):
        """Waits for the other side, unless that has ended before it opened its own."""
        flags = os.O_RDONLY if mode == "r" else os.O_WRONLY
        fds = []

        def opened():
            try:
                fds.append(os.open(path, flags | os.O_NONBLOCK))
            except OSError:  # ENXIO: nobody reads yet
                return False
            return True

        wait_until(opened, lambda: "the painter:\n" + terminal.screen())
        os.set_blocking(fds[0], True)
        file = os.fdopen(fds[0], mode, encoding="utf-8")
        self.addCleanup(file.close)
        return file

    def paint(self, painter, number, size, name):
        painter.resize(size)
        self.assertEqual(painter.ask("draw", number), "drawn", name)
        wanted, cursor = painter.rows(number, size[1])
        shown, at = painter.shown()
        self.assertEqual(shown, wanted, name)
        self.assertEqual(at, cursor, "%s: the cursor" % name)
        self.assertEqual(painter.ask("columns", number), "columns right", name)

    def test_all(self):
        listed = subprocess.run([SCREENS, "list"], env=harness.environment(), check=True,
                                stdout=subprocess.PIPE).stdout.decode().split("\n")[:-1]
        screens = [line.split("\t") for line in listed]
        self.assertGreaterEqual(len(screens), 150)
        for terminal in range(TERMINALS):
            mine = [screen for screen in screens if screen[1] == str(terminal)]
            self.assertGreater(len(mine), 0)
            painter = Painter(self, terminal)
            # To change the size takes tmux longest.
            for number, _, cols, rows, name in sorted(mine, key=lambda screen: screen[2:4]):
                with self.subTest(name):
                    self.paint(painter, number, (int(cols), int(rows)), name)
            painter.commands.close()
            self.assertEqual(painter.terminal.status(), 0)


if __name__ == "__main__":
    harness.main()
