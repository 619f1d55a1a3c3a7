# SPDX-License-Identifier: MIT
"""What was said is kept as it was written: the screen shows a filtered form of it, while the
clipboard, programs and whoever it is passed on to get the original."""
import json

import harness
from homes import Home

# A family of one cell, a red heart, an override that is undone, a soft hyphen, six marks on one e,
# and two things that no terminal must see: ESC and a C1 control.
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HARMLESS = FAMILY + " \u2764\ufe0f \u202eabc\u202c so\u00adft e" + "\u0301" * 6
ORIGINAL = HARMLESS + " \033[31m\u009bred"
CLIPPED = HARMLESS + " [31mred"


class Original(harness.TestCase):
    def setUp(self):
        self.alice, self.bob = Home(self), Home(self)
        listener = self.bob.listen()
        status, _, errors = self.alice.send(self.bob.address, stdin=ORIGINAL.encode() + b"\n")
        self.assertEqual(status, 0, errors)
        listener.expect('"event":"entry"')
        self.events = [json.loads(line) for line in listener.output.splitlines()
                       if b'"entry"' in line]
        listener.kill()

    def test_programs_get_it(self):
        self.assertEqual([e["text"] for e in self.events], [ORIGINAL])
        self.assertEqual([m.text for m in self.bob.history()], [ORIGINAL])
        self.assertEqual([m.text for m in self.alice.history()], [ORIGINAL])

    def test_people_get_what_can_be_shown(self):
        status, out, errors = self.bob.run("history")
        self.assertEqual(status, 0, errors)
        for hidden in ("\u200d", "\ufe0f", "\u202e", "\u00ad", "\033", "\u009b"):
            self.assertNotIn(hidden, out)
        self.assertIn("\U0001f468\U0001f469\U0001f467", out)

    def test_the_clipboard_gets_it_without_controls(self):
        shown = self.terminal(harness.HULLO, "chat", "--listen", "127.0.0.1:0", self.events[0]["name"],
                              env=self.bob.env(TERM="screen-256color"))
        shown.tmux("set-option", "-g", "set-clipboard", "on")
        shown.expect_text("[31m")
        shown.say("/copy #1")
        shown.expect("%d bytes for the clipboard" % len(CLIPPED.encode()))
        harness.wait_until(lambda: shown.tmux("show-buffer") == CLIPPED,
                           lambda: "%r" % shown.tmux("show-buffer"))
        shown.say("/copy #7")
        shown.expect("#7: no such message")
        shown.say("/copy that")
        shown.expect("/copy: #N, or nothing")

    def test_a_link_is_the_one_that_was_written(self):
        """Also where its letters, or what joins them, cannot be shown."""
        listener = self.bob.listen()
        self.alice.send(self.bob.address, stdin="see https://a.example/\u0645\u06cc\u200c\u062e/\u00fc!\n".encode())
        listener.expect('"event":"entry"')
        listener.kill()
        for locale in ("C", "C.UTF-8"):
            shown = self.terminal(harness.HULLO, "chat", "--listen", "127.0.0.1:0", self.events[0]["name"],
                                  env=self.bob.env(TERM="screen-256color", LC_ALL=locale))
            shown.expect_text("see https://a.example/")
            shown.keys("C-x", "u")
            shown.expect_text("1/1")
            shown.keys("Enter")
            shown.expect_text("https://a.example/%D9%85%DB%8C%E2%80%8C%D8%AE/%C3%BC")
            shown.kill()
        lines = self.bob.start("chat", "--line", "--listen", "127.0.0.1:0", self.events[0]["name"])
        lines.say("/url")
        lines.expect_text("https://a.example/%D9%85%DB%8C%E2%80%8C%D8%AE/%C3%BC")


if __name__ == "__main__":
    harness.main()
