# SPDX-License-Identifier: MIT
"""Line mode on a terminal that can do nothing: what a screen reader or a teletype shows. Every
command of the table does its work there, or says in words why it means nothing."""
import os
import pty
import re
import subprocess
import termios
import threading

import harness
from harness import HULLO
from homes import Home

# (what is typed, what is said then); {peer} is the other's address. In the order of a conversation;
# every command of the table stands in it.
TALK = (
    ("one https://example.org/a?b=c#d, two", r"delivered: one https"),
    ("/help talk", r"^/talk \[on\|off\]: see what"),
    ("/help", r"^/quit .*end the program$"),
    ("/last", r"^#1 you: one https"),
    ("/reply #1 an answer", r"delivered: an answer$"),
    ("/react #1 👍", r"delivered: \[reaction\] 👍$"),
    ("/edit a better answer", r"delivered: \[edited\] a better answer$"),
    ("/delete #2", r"delivered: \[deleted\]"),
    ("/cancel #1", r"^cannot be taken back: it has already been delivered$"),
    ("/history 1", r"^\d{4}-\d\d-\d\d \d\d:\d\d you: \(deleted\) "),
    ("/search two", r"^\d{4}-\d\d-\d\d \d\d:\d\d you: one https.*two \((delivered|read)\)$"),
    ("/search nowhere", r"^nothing was found$"),
    ("/search", r"^/search: WORDS are missing$"),
    ("/search !!", r"^there is no word in that$"),
    ("/verify", r"^ ( \d{5}){6}$"),
    ("/verify yes", r": verified$"),
    ("/verify yes", r"^already verified$"),
    ("/verify no", r"^this key is not verified$"),
    ("/accept", r" has the key that it has always had$"),
    ("/keep", r" has the key that it has always had$"),
    ("/block", r": blocked: neither heard nor answered$"),
    ("/unblock", r"^this contact is no longer blocked$"),
    ("/rename bob", r"^this contact now has that name$"),
    ("/rename -bob", r"^a name begins with neither"),
    ("/note met at work", r"^the note is saved$"),
    ("/note", r"^the note is deleted$"),
    ("/away gone fishing", r"^you are away: gone fishing$"),
    ("/away", r"^you are back$"),
    ("/talk", r"^live typing needs the whole screen$"),
    ("/split", r"^there are no panes in line mode$"),
    ("/vsplit", r"^there are no panes in line mode$"),
    ("/unsplit all", r"^there are no panes in line mode$"),
    ("/zoom", r"^there are no panes in line mode$"),
    ("/copy", r"^line mode shows nothing but text"),
    ("/url", r"^you: https://example\.org/a\?b=c#d$"),
    ("/net", r"^datagrams: \d+ in, \d+ out; strangers turned away: 0$"),
    ("/resolve 127.0.0.1", r"^127\.0\.0\.1:"),
    ("/set", r"^time +hh:mm +how to show the time"),
    ("/set time 12h", r"^time = 12h$"),
    ("/set tme 12h", r"^tme: no such setting: did you mean time\?$"),
    ("/theme", r"^theme = dark; there are "),
    ("/theme light", r"^theme = light$"),
    ("/bind", r"^send +Enter +send, or run a /command$"),
    ("/bind F5 help", r"^F5: help \(on the screen: line mode has no keys\)$"),
    ("/bind F5 hlep", r"^hlep: no such action: did you mean help\?$"),
    ("/unbind F5", r"^F5: default \(on the screen"),
    ("/peer", r"^\* 1 bob: udp .* open; "),
    ("/peer 1", r"bob: you are now talking here$"),
    ("/msg bob again", r"delivered: again$"),
    ("/connect", r"^/connect: PEER is missing$"),
    ("/connect {peer}", r"bob: you are now talking here$"),
    ("//quit is text", r"delivered: /quit is text$"),
    ("/helpp", r"^/helpp: no such command: did you mean /help\?"),
    ("/close", r"bob: closed"),
    ("/quit", None),
)


class Teletype(harness.Process):
    """Line mode on a terminal without echo: what is there was printed by the program."""

    def __init__(self, argv, env):
        self.controller, tty = pty.openpty()
        modes = termios.tcgetattr(tty)
        modes[1] &= ~termios.OPOST
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(tty, termios.TCSANOW, modes)
        self.argv, self.output, self.mark, self.ended = list(argv), b"", 0, False
        self.news = threading.Condition()
        self.child = subprocess.Popen(argv, stdin=tty, stdout=tty, stderr=tty, env=env,
                                      start_new_session=True,
                                      preexec_fn=harness.die_with_runner)
        os.close(tty)
        self.reader = threading.Thread(target=self.collect, daemon=True)
        self.reader.start()

    def collect(self):
        piece = b"-"
        while piece:
            try:
                piece = os.read(self.controller, 65536)
            except OSError:  # the last who had the terminal is gone
                piece = b""
            with self.news:
                self.output += piece
                self.ended = not piece
                self.news.notify_all()

    def write(self, data):
        while data:
            data = data[os.write(self.controller, data):]

    def kill(self):
        super().kill()
        os.close(self.controller)


class LineMode(harness.TestCase):
    def setUp(self):
        self.alice, self.bob = Home(self), Home(self)

    def chat(self, home, *argv, **env):
        return self.own(Teletype([HULLO, "chat", "--pair", "--listen", "127.0.0.1:0", *argv],
                                 home.env(TERM="dumb", **env)))

    def both(self, **env):
        """The two of them, in the middle of a conversation that alice has begun."""
        bob = self.start(HULLO, "chat", "--line", "--pair", "--listen", "127.0.0.1:0",
                         env=self.bob.env())
        self.peer = "127.0.0.1:%d" % harness.bound_port(bob)
        alice = self.chat(self.alice, self.peer, **env)
        alice.expect("connected, encrypted")
        return alice, bob

    def test_every_command(self):
        alice, _ = self.both()
        for typed, said in TALK:
            alice.say(typed.format(peer=self.peer))
            if said is None:
                self.assertEqual(alice.wait(), 0, alice)
            else:
                with self.subTest(typed):
                    alice.expect(said)
        listed = set(re.findall(rb"^(/[a-z]+) ", alice.output, re.MULTILINE))
        self.assertGreater(len(listed), 30)
        tried = {typed.split()[0].encode() for typed, _ in TALK}
        self.assertEqual(listed - tried, set(), "commands that are not tried here")
        self.assertNotIn(b"\033", alice.output)
        self.assertNotIn(b"\r", alice.output)

    def test_what_the_peer_does_is_heard(self):
        alice, bob = self.both(TZ="UTC")
        now = r"^\d\d:\d\d "
        alice.say("mine")
        alice.expect("delivered: mine$")
        bob.say("hello")
        alice.expect(now + r"\S+: hello$")
        bob.say("/react #1 ❤")
        alice.expect(now + r"\S+: \[reaction ❤ 1\] mine$")
        bob.say("/edit hello again")
        alice.expect(now + r"\S+: \[edited\] hello again$")
        bob.say("/delete #2")
        alice.expect(now + r"\S+: \[deleted\] hello again$")
        bob.say("/reply #1 an answer")
        alice.expect(now + r"\S+: an answer$")
        alice.say("/react 👍")  # what we do ourselves is not told as the peer's
        alice.expect(r"delivered: \[reaction\] 👍$")
        bob.expect(r"\[reaction 👍 1\] an answer$")
        alice.expect_not("] an answer")
        bob.say("/away lunch")
        alice.expect(r"^hullo: \S+: away: lunch$")
        bob.say("/away")
        alice.expect(r"^hullo: \S+: here again$")

    def test_the_time_of_a_message_is_a_setting(self):
        alice, bob = self.both()
        for setting, before in (("none", ""), ("hh:mm:ss", r"\d\d:\d\d:\d\d "),
                                ("12h", r"[ 1]\d:\d\d[ap]m ")):
            alice.say("/set time " + setting)
            alice.expect("^time = " + setting)
            bob.say("with " + setting)
            alice.expect("^" + before + r"\S+: with " + setting + "$")
        # what scripts read has none
        self.assertNotRegex(bob.output, rb"(?m)^\d\d:")

    def test_chinese(self):
        po = os.path.join(os.path.dirname(HULLO), "po")
        if not os.path.isdir(os.path.join(po, "zh_CN")):
            self.skipTest("no catalogues: msgfmt was not there")
        alice = self.chat(self.alice, "127.0.0.1:9", LANGUAGE="zh_CN")
        alice.expect_text("hullo: 127.0.0.1:9: 对方拒绝连接")
        alice.say("/nosuch")
        alice.expect_text("/nosuch：没有这个命令（/help 列出全部")
        alice.say("/set tme x")
        alice.expect_text("tme：没有这个设置：是不是 time？")
        alice.say("/quit")
        self.assertEqual(alice.wait(), 0)
        # and so does who has no letters for another language
        alice = self.chat(self.alice, "127.0.0.1:9")
        alice.say("/set language zh_CN")
        alice.expect_text("language = zh_CN")
        alice.say("/quit")
        self.assertEqual(alice.wait(), 0)
        alice = self.chat(self.alice, "127.0.0.1:9", LC_ALL="C")
        alice.expect_text("hullo: language: zh_CN needs a locale with UTF-8; this is English")
        alice.expect_text("hullo: 127.0.0.1:9: refused")
        alice.say("/quit")
        self.assertEqual(alice.wait(), 0)
        # scripts read English
        status, _, errors = self.alice.run("send", "--plain", "127.0.0.1:9", "x",
                                           LANGUAGE="zh_CN", LC_ALL="C.UTF-8")
        self.assertEqual(status, 4)
        self.assertIn("hullo: 127.0.0.1:9: refused", errors)


if __name__ == "__main__":
    harness.main()
