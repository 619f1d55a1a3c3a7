# SPDX-License-Identifier: MIT
"""Terminals of other kinds: GNU screen, and those that their entry in the terminfo database says
things of which are not true."""
import os
import subprocess
import termios

import harness
from harness import HULLO, wait_until
from screens import Screen

# What is wrong with each, or missing.
ENTRIES = {
    "bare": r"am, cup=\E[%i%p1%d;%p2%dH, clear=\E[H\E[2J",
    "unclear": r"am, cup=\E[%i%p1%d;%p2%dH",
    "narrow": r"cols#1, lines#1, use=xterm-256color",
    "huge": r"cols#30000, lines#30000, use=xterm-256color",
    "colourful": r"colors#0x7fffffff, pairs#0x7fffffff, use=xterm-256color",
    "colourless": r"colors#256, pairs#256, setaf@, setab@, op@, use=xterm-256color",
    "pairless": r"colors#256, pairs#1, use=xterm-256color",
    "direct": r"RGB, colors#8, use=xterm-256color",
    "marginless": r"am@, xenl@, use=xterm-256color",
    "scrolling": r"am, xenl@, use=xterm-256color",
    "oneway": r"rmcup@, cnorm@, sgr0@, rmso@, use=xterm-256color",
    "padded": r"pb#1, clear=\E[H\E[2J$<20/>, cup=\E[%i%p1%d;%p2%dH$<1/>, el=\E[K$<1*/>, "
              "use=xterm-256color",
    "broken": r"cup=\E[%i%p1%d;%p9%d%?%t%;H, clear=\E[H\E[2J, am",
    "printer": r"hc, use=xterm-256color",
    "generic": r"gn, use=xterm-256color",
    "standout": r"xmc#1, use=xterm-256color",
}


class Chat(harness.TestCase):
    def argv(self):
        self.peer = self.udp()
        return [HULLO, "chat", "--plain", "--listen", "127.0.0.1:0",
                "127.0.0.1:%d" % self.peer.getsockname()[1]]


class Liars(Chat):
    def setUp(self):
        harness.need("tic")
        self.entries = self.directory()

    def make(self, name):
        source = os.path.join(self.entries, name + ".src")
        with open(source, "w", encoding="ascii") as file:
            file.write("liar-%s|a test,\n\t%s,\n" % (name, ENTRIES[name]))
        subprocess.run(["tic", "-x", "-o", self.entries, source], check=True, timeout=30,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def start_on(self, name):
        return self.own(Screen(self.argv(), harness.environment(
            TERM="liar-" + name, TERMINFO_DIRS=self.entries + ":", HULLO_HOME="/dev/null/home")))

    def expect(self, screen, text):
        def comes():
            screen.read(0.05)
            return text in screen.shown

        wait_until(comes, lambda: "%r in %r" % (text, screen.shown[-3000:]))

    def check_end(self, screen):
        wait_until(lambda: screen.read(0.05) or screen.child.poll() is not None, "the end")
        while screen.child.poll() is None or screen.read(harness.QUIET):
            screen.read(0.05)
        self.assertIn(screen.child.returncode, (0, 1), screen.shown[-2000:])
        self.assertEqual(termios.tcgetattr(screen.master), screen.found)

    def test_each(self):
        drawn = 0
        for name in ENTRIES:
            with self.subTest(name=name):
                self.make(name)
                screen = self.start_on(name)
                wait_until(lambda: screen.read(0.05) or screen.child.poll() is not None, "a word")
                if b"hullo: terminal: " in screen.shown:  # it says why not
                    self.check_end(screen)
                    continue
                self.expect(screen, b"F1 help" if name != "standout" else b"F1")
                os.write(screen.master, b"hello\r")
                data, address = self.peer.recvfrom(100)
                self.assertEqual(data, b"hello")
                self.peer.sendto(b"QQQQ", address)
                self.expect(screen, b"QQQQ")
                drawn += 1
                os.write(screen.master, b"/quit\r")
                self.check_end(screen)
                self.assertEqual(screen.child.returncode, 0)
        print("%d of %d were drawn on" % (drawn, len(ENTRIES)))
        self.assertGreater(drawn, len(ENTRIES) // 2)


class GnuScreen(Chat):
    """Inside screen(1), which is looked at inside tmux."""

    def test_a_chat(self):
        harness.need("screen")
        sockets = self.directory()
        os.chmod(sockets, 0o700)
        rc = os.path.join(sockets, "rc")
        with open(rc, "w", encoding="ascii") as file:
            file.write("altscreen on\nautodetach off\ndefutf8 on\nstartup_message off\n")
        line = ('tput smcup; echo a page; tput rmcup; echo a line; read go; clear; '
                'echo stood before; "$@"; echo "status $?"; cat')
        shown = self.terminal("screen", "-c", rc, "-U", "sh", "-c", line, "sh", *self.argv(),
                              env=harness.environment(TERM="screen-256color", SCREENDIR=sockets))
        shown.expect_text("a line")
        returns = "a page" not in shown.screen()
        shown.say("go")
        shown.expect_text("F1 help")
        shown.say("hello 漢字")
        data, address = self.peer.recvfrom(100)
        self.assertEqual(data.decode(), "hello 漢字")
        self.peer.sendto("grüße 漢字 \x1b]0;owned\x07".encode(), address)
        shown.expect_text("grüße 漢字")
        shown.resize(60, 30)
        shown.resize(100, 30)
        shown.type("!")
        shown.expect("^> !")
        shown.expect("grüße 漢字.*F1 help|F1 help[^$]*grüße 漢字")
        before = shown.screen()
        shown.keys("C-l")
        shown.type("?")  # painted anew, nothing is another
        shown.expect(r"^> !\?")
        harness.wait_until(lambda: shown.screen().replace("> !?", "> !", 1) == before, shown.screen)
        shown.keys("C-u")
        shown.say("/quit")
        shown.expect_text("status 0")
        if not returns:
            self.skipTest("this screen(1) does not return from the other page")
        self.assertIn("stood before", shown.screen())
        self.assertNotIn("F1 help", shown.screen())
        shown.say("in lines")  # as the tty echoes it, and cat
        shown.expect("in lines\nin lines")


if __name__ == "__main__":
    harness.main()
