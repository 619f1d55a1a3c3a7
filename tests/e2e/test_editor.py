# SPDX-License-Identifier: MIT
"""The draft in an editor: it has the terminal to itself, what it leaves is the draft and nothing
else is, and its file is nobody's business and gone afterwards. Editors are small scripts."""
import os
import signal
import stat

import harness
from harness import HULLO, wait_until
from homes import Home

DRAFT = "half a thought"


class Editor(harness.TestCase):
    def setUp(self):
        harness.need("tmux")
        self.home = Home(self)
        self.runtime = self.directory()
        os.chmod(self.runtime, 0o700)
        self.tools = self.directory()
        self.log = os.path.join(self.tools, "log")
        self.shown = None

    def editor(self, *lines, name="editor"):
        """A script that is one; its file is "$1"."""
        path = os.path.join(self.tools, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + "\n".join(lines) + "\n")
        os.chmod(path, 0o700)
        return path

    def variables(self, **more):
        return self.home.env(TERM="screen-256color", XDG_RUNTIME_DIR=self.runtime, **more)

    def start_chat(self, **more):
        self.shown = self.terminal(HULLO, "chat", "--pair", "--listen", self.home.address,
                                   size=(80, 20), env=self.variables(**more))
        self.shown.expect_text("F1 help")

    def edit(self):
        self.shown.keys("C-x", "C-e")

    def logged(self):
        def read():
            if os.path.exists(self.log):
                with open(self.log, "rb") as file:
                    return file.read()
            return None
        return wait_until(read, "the editor")

    def nothing_is_left(self):
        self.assertEqual(os.listdir(self.runtime), [])

    def test_what_it_leaves_is_the_draft(self):
        self.start_chat(VISUAL=self.editor(
            'cp "$1" %s/was' % self.tools, 'stat -c "%a %n" "$1" "${1%/*}" >' + self.log,
            'stty -a >>' + self.log, r'''printf 'first row\nzweite Zeile\n' >"$1"''',
            'echo backup >"$1~"'))
        self.shown.type(DRAFT)
        self.edit()
        self.shown.expect_text("2 lines> first row\n         zweite Zeile")
        with open(os.path.join(self.tools, "was"), encoding="utf-8") as file:
            self.assertEqual(file.read(), DRAFT)
        log = self.logged().decode()
        self.assertRegex(log, "^600 %s/[^/]*/message.txt\n700 %s/[^/]*\n" %
                         (self.runtime, self.runtime))
        self.assertRegex(log, r"(?s)[^-]icanon.*[^-]echo[^a-z]")  # cooked, as it was found
        self.nothing_is_left()
        self.assertEqual(self.home.history(), [])
        self.shown.keys("C-_")  # one step
        self.shown.expect("^> %s$" % DRAFT)

    def test_one_that_fails_changes_nothing(self):
        self.start_chat()
        self.shown.type(DRAFT)
        for name, line, said in (("fails", "exit 3", "fails: exit status 3: the draft is unchanged"),
                                 ("dies", "kill -9 $$", "dies: ended by signal 9: the draft is"),
                                 (None, None, "nowhere: No such file or directory")):
            with self.subTest(said):
                path = self.editor('echo bad >"$1"', line, name=name) if name else "/nowhere"
                self.shown.keys("C-a", "C-k")
                self.shown.say("/set editor " + path)
                self.shown.expect_text("editor = " + path[:30])
                self.shown.keys("C-y")
                self.shown.expect("^> %s$" % DRAFT)
                self.edit()
                self.shown.expect_text(said)
                self.shown.expect("^> %s$" % DRAFT)
                self.nothing_is_left()

    def test_arguments_need_no_shell(self):
        self.start_chat()
        path = self.editor(r'''printf '%s|' "$@" >''' + self.log)
        self.shown.say("/set editor %s -x 'a b' $HOME" % path)
        self.shown.expect_text("editor = ")
        self.edit()
        self.assertRegex(self.logged().decode(), r"^-x\|a b\|\$HOME\|/[^|]*/message.txt\|$")
        self.shown.say("/set editor sh 'x")
        self.edit()
        self.shown.expect_text("a quote is not closed, or it is too long")

    def test_what_cannot_be_a_draft_is_refused(self):
        """But not lost: the editor has it again."""
        for line, size, said in (("head -c 70000 /dev/zero | tr '\\0' x", b"70000", "too long"),
                                 ("printf 'ab\\377c'", b"4", "is not UTF-8")):
            with self.subTest(said):
                self.start_chat(VISUAL=self.editor(
                    "if [ -e %s/again ]; then wc -c <\"$1\" >%s; echo good >\"$1\"; exit; fi" %
                    (self.tools, self.log), line + ' >"$1"', ": >%s/again" % self.tools))
                self.shown.type(DRAFT)
                self.edit()
                self.shown.expect_text(said)
                self.shown.expect("^> %s$" % DRAFT)
                self.edit()
                self.shown.expect("^> good$")
                self.assertEqual(self.logged().strip(), size)
                self.nothing_is_left()
                self.shown.kill()
                os.unlink(self.log)
                os.unlink(os.path.join(self.tools, "again"))
                self.home = Home(self)

    def waiting_editor(self):
        """Goes on when self.go() was called."""
        return self.editor('echo in the editor', 'echo $$ >' + self.log,
                           "until [ -e %s/go ]; do sleep 0.05; done" % self.tools,
                           'echo done >>"$1"')

    def go(self):
        with open(os.path.join(self.tools, "go"), "w", encoding="ascii"):
            pass

    def test_messages_come_meanwhile(self):
        self.start_chat(VISUAL=self.waiting_editor())
        self.edit()
        self.shown.expect_text("in the editor")
        bob = Home(self)
        bob.send(self.home.address, "while you write")  # delivered: it is on our disk
        self.assertNotIn("while you write", self.shown.screen())
        self.shown.resize(70, 15)
        self.go()
        self.shown.expect_text("> done")
        self.shown.expect_text("F1 help")
        bob.send(self.home.address, "and after")
        self.shown.keys("M-a")  # another conversation, which did not take the draft's place
        self.shown.expect_text("while you write")
        self.shown.expect_text("and after")

    def test_control_c_is_the_editors(self):
        self.start_chat(VISUAL=self.editor("echo in the editor", "exec sleep 100"))
        self.shown.type(DRAFT)
        self.edit()
        self.shown.expect_text("in the editor")
        self.shown.keys("C-c")
        self.shown.expect_text("ended by signal 2: the draft is unchanged")
        self.shown.expect("^> %s$" % DRAFT)
        self.nothing_is_left()

    def test_control_z_stops_the_job(self):
        self.shown = self.terminal("sh", "-i", size=(80, 20), env=self.variables(
            PS1="prompt: ", VISUAL=self.editor("echo in the editor", "read line",
                                               'echo "$line" >>"$1"')))
        self.shown.expect_text("prompt:")
        self.shown.say("%s chat --listen %s" % (HULLO, self.home.address))
        self.shown.expect_text("F1 help")
        self.shown.type("typed ")
        for _ in range(2):  # it is as good as new
            self.edit()
            self.shown.expect_text("in the editor")
            for _ in range(2):
                self.shown.keys("C-z")
                self.shown.expect("prompt: *$")
                self.shown.say("echo shell; clear")
                self.shown.expect("^prompt: *$")
                self.shown.say("fg")
                self.shown.expect("fg\n.*hullo chat")
            self.shown.say("and read!")
            self.shown.expect("> typed and read!")
            self.shown.type(" ")
        self.shown.keys("C-z")  # and so are we
        self.shown.expect("prompt: *$")

    def ended_by(self, how):
        self.start_chat(VISUAL=self.editor('echo saved >"$1"', "echo in the editor",
                                           "echo $$ >" + self.log, "exec sleep 100"))
        self.shown.type(DRAFT)
        self.edit()
        self.shown.expect_text("in the editor")
        pid = int(self.logged())
        how()
        wait_until(lambda: not os.path.exists("/proc/%d" % pid), "the end of the editor")
        wait_until(lambda: not os.listdir(self.runtime), "its file to go")
        self.shown.kill()
        os.unlink(self.log)
        self.start_chat()
        self.shown.expect("^> saved$")

    def chat(self):
        """The process of the chat."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as file:
                    words = file.read().split(b"\0")
                if self.home.address.encode() in words and words[0] == HULLO.encode():
                    return int(pid)
            except OSError:
                continue
        raise AssertionError("no chat")

    def test_the_end_while_it_runs_keeps_what_it_has_saved(self):
        self.ended_by(lambda: os.kill(self.chat(), signal.SIGTERM))

    def test_a_terminal_that_vanishes_too(self):
        self.ended_by(lambda: self.shown.tmux("kill-server"))

    def test_what_a_killed_chat_leaves_is_swept(self):
        self.start_chat(VISUAL=self.waiting_editor())
        self.edit()
        self.shown.expect_text("in the editor")
        os.kill(self.chat(), signal.SIGKILL)
        left = os.listdir(self.runtime)
        self.assertEqual(len(left), 1)
        self.go()
        self.start_chat(VISUAL=self.editor('ls %s >%s' % (self.runtime, self.log)))
        self.edit()
        names = wait_until(lambda: self.logged().decode().split(), "names")
        self.assertEqual(len(names), 1)
        self.assertNotEqual(names, left)

    def test_without_a_private_directory_it_is_at_home(self):
        os.chmod(self.runtime, 0o755)
        self.start_chat(VISUAL=self.editor('echo "$1" >' + self.log))
        self.edit()
        path = wait_until(lambda: self.logged().decode().strip(), "a path")
        self.assertTrue(path.startswith(self.home.path), path)
        wait_until(lambda: not os.path.exists(os.path.dirname(path)), "its file to go")
        self.assertEqual(stat.S_IMODE(os.stat(self.home.path).st_mode), 0o700)
        self.nothing_is_left()


if __name__ == "__main__":
    harness.main()
