# SPDX-License-Identifier: MIT
"""Two people at two screens: what the other types while it is typed, what becomes of messages, and
what is said about them, each in its place on both screens."""
import json
import shutil

import couples
import harness
from harness import wait_until

TYPED = "typed 漢字 e\u0301 👋"  # each cluster is whole on either screen


class LiveTyping(couples.TestCase):
    def setUp(self):
        super().setUp()
        self.meet()

    def test_both_see_it_once_both_want_to(self):
        self.a.say("/talk")
        self.a.expect_text("waiting for bob to /talk, too")
        self.b.expect_text("alice would like each of you to see what the")
        self.b.say("/talk")
        self.a.expect_text("bob, as it is typed")
        self.b.expect_text("alice, as it is typed")
        self.b.type(TYPED)
        self.a.expect(r"^  " + TYPED)
        self.a.type("at once")
        self.b.expect(r"^  at once")
        self.a.expect(r"^> at once")
        for _ in range(3):
            self.b.keys("BSpace")
        self.a.expect(r"^  typed 漢字$")  # as it stands now: whole clusters went
        self.b.keys("Enter")
        self.a.expect(r"\d bob  typed 漢字$")
        wait_until(lambda: not self.rows(self.a, r"^  typed"), self.a.screen)
        self.b.expect(r"^  at once")  # what the other types meanwhile stays
        self.a.keys("C-u")
        self.a.say("/talk off")
        wait_until(lambda: not self.rows(self.a, "bob, as it is typed"), self.a.screen)
        self.b.expect_text("waiting for alice to /talk, too")

    def test_one_alone_is_shown_nothing(self):
        self.a.say("/talk")
        self.b.expect_text("alice would like")
        self.b.type("nobody else's business")
        self.a.expect_text("is typing")
        self.assertNotIn("business", self.a.screen())
        self.b.say("")
        self.a.expect_text("nobody else's business")

    def test_several_lines(self):
        self.a.say("/talk")
        self.b.expect_text("alice would like")
        self.b.say("/talk")
        self.a.expect_text("bob, as it is typed")
        self.b.type("first")
        self.b.keys("M-Enter")
        self.b.type("second")
        self.a.expect(r"^  first\n  second")


class LiveTypingWithLines(couples.TestCase):
    def test_who_has_no_screen_is_told_once(self):
        line = self.alice.start("chat", "--line", "--pair", "--name", "alice", "--listen",
                                self.alice.address)
        self.b = self.chat(self.bob, "bob", self.alice.address, size=couples.BOB)
        self.b.expect(r"^ open")
        for command in ("/talk", "/talk off", "/talk on"):
            self.b.say(command)
        line.expect("bob: would like each of you to see what the other")
        self.b.say("there")
        line.expect("bob: there")
        self.assertEqual(line.output.count(b"would like each"), 1)


class NobodyThere(couples.TestCase):
    def test_an_attempt_is_told_once(self):
        """Also when it is made several times before it is known that the peer is away."""
        screen = self.chat(self.bob, "bob", self.alice.address)
        screen.expect_text("cannot be reached")
        for told in ("trying 127.0.0.1:", r"127.0.0.1:\d+: refused"):
            self.assertEqual(len(self.rows(screen, told)), 1, screen.screen())


class Away(couples.TestCase):
    def test_the_other_sees_it_until_he_is_back(self):
        self.meet()
        self.a.say("/away gone fishing \u202e🎣")
        self.a.expect_text("you are away: gone fishing")
        self.b.expect_text("alice: away: gone fishing")
        self.b.expect(r"^ away: gone fishing.*udp")
        self.assertNotIn("\u202e", self.b.screen())
        self.a.expect(r"^ you are away.*udp|udp.*you are away")
        self.b.say("/quit")
        self.assertEqual(self.b.status(), 0)
        self.b = self.chat(self.bob, "bob", self.alice.address, size=couples.BOB)
        self.b.expect_text("alice: away: gone fishing")
        self.a.say("/away lunch")
        self.b.expect_text("alice: away: lunch")
        self.a.say("/away")
        self.a.expect_text("you are back")
        self.b.expect_text("alice: here again")
        self.b.expect(r"^ open.*udp")
        self.a.say("/away " + 201 * "x")
        self.a.expect_text("/away: at most 200 bytes")


class States(couples.TestCase):
    def test_in_place(self):
        self.meet()
        self.say(self.a, self.b, "seen at once")
        self.a.expect(r"seen at once +read$")
        self.b.keys("C-p")  # he looks elsewhere
        self.b.expect_text("listening on")
        self.a.say("not looked at")
        self.a.expect(r"not looked at +delivered$")
        self.b.keys("M-a")
        self.b.expect_text("not looked at")
        self.a.expect(r"not looked at +read$")
        self.leave(self.b)
        self.a.expect_text("the connection is closed")
        self.a.say("while he is away")
        self.a.expect(r"while he is away +queued$")
        self.a.say("a mistake")
        self.a.expect(r"a mistake +queued$")
        self.a.say("/cancel")
        self.a.expect(r"a mistake +cancelled$")
        self.b = self.chat(self.bob, "bob", self.alice.address, size=couples.BOB)
        self.b.expect_text("while he is away")
        self.a.expect(r"while he is away +read$")
        self.assertNotIn("a mistake", self.b.screen())
        self.assertEqual(len(self.rows(self.a, "while he is away")), 1)

    def test_what_is_not_delivered_in_time_expires(self):
        self.meet()
        self.say(self.a, self.b, "hello")
        self.leave(self.b)
        self.a.expect_text("the connection is closed")
        sends = self.alice.start("send", "--expire", "1", "bob", "too late by then")
        self.a.expect(r"too late by then +queued$")
        self.a.expect(r"too late by then +expired$")
        self.assertNotEqual(sends.wait(), 0)

    def test_a_blocked_contact(self):
        self.meet()
        self.say(self.b, self.a, "hello")
        self.a.say("/block")
        self.a.expect(r"^ hullo \S+ · bob, blocked")
        self.a.say("to nobody")
        self.a.expect(r"to nobody +failed: ")
        self.a.say("/unblock")
        wait_until(lambda: "bob, blocked" not in self.a.screen(), "no mark behind the name")

    def test_another_key_stops_everything(self):
        self.meet()
        self.say(self.b, self.a, "hello")
        self.leave(self.a)
        shutil.rmtree(self.alice.path)
        self.a = self.chat(self.alice, "mallory")
        self.b.say("a secret")
        self.b.expect_text("KEY CHANGED: /accept or /keep")
        self.b.expect(r"a secret +queued$")
        self.assertNotIn("a secret", self.a.screen())
        self.b.say("/accept")
        self.a.expect_text("a secret")
        self.b.expect(r"a secret +(delivered|read)$")


class About(couples.TestCase):
    def setUp(self):
        super().setUp()
        self.meet()

    def test_said_by_keys(self):
        self.say(self.a, self.b, "shall we meet at noon?")
        self.say(self.a, self.b, "by the mill")
        self.b.keys("M-m", "Up")
        self.b.expect(r"▸ shall we meet at noon\?")
        self.b.keys("r")
        self.b.expect(r"^│ alice: shall we meet at noon\?\nreply>")
        self.b.say("yes")
        for screen, who in ((self.a, "you"), (self.b, "alice")):
            screen.expect(r"│ %s: shall we meet at noon\?\n.* yes\b" % who)
        self.b.keys("M-m", "Up", "+")
        self.b.type("👍")
        self.b.keys("Enter")
        for screen in (self.a, self.b):
            screen.expect(r"by the mill.*\n +👍 1$")
        self.a.keys("M-m", "Up", "+")
        self.a.type("👍")
        self.a.keys("Enter")
        for screen in (self.a, self.b):
            screen.expect(r"by the mill.*\n +👍 2$")
        self.a.keys("M-m", "Up", "Up", "e")
        self.a.expect(r"^edit> shall we meet at noon\?")
        self.a.keys("C-u")
        self.a.say("shall we meet at one?")
        for screen, who in ((self.a, "you"), (self.b, "alice")):
            screen.expect(r"shall we meet at one\? +edited")
            screen.expect(r"│ %s: shall we meet at one\?\n.* yes\b" % who)  # there as well
        self.a.keys("M-m", "Up", "Up", "d")
        self.a.expect_text("the same key again deletes it")
        self.a.keys("d")
        for screen in (self.a, self.b):
            screen.expect(r"\(deleted\)")
            screen.expect(r"│ .*: \(deleted\)\n.* yes\b")
        self.assertNotIn("at one", self.b.screen())

    def test_an_edit_keeps_what_is_not_shown(self):
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        self.a.type(family + " at noon")
        self.a.keys("Enter")
        self.b.expect_text("at noon")
        self.a.expect(r"at noon +(delivered|read)")
        self.a.keys("M-m", "e")
        self.a.expect(r"edit> .* at noon")
        self.a.type(", all of us")
        self.a.keys("Enter")
        self.b.expect_text("at noon, all of us")
        status, out, errors = self.bob.run("history", "alice", "--limit", "1", "--json")
        self.assertEqual(status, 0, errors)
        text = json.loads(out.splitlines()[-1])["text"]
        self.assertEqual(text, family + " at noon, all of us")

    def test_a_message_that_is_not_on_the_screen_is_quoted_and_gone_to(self):
        self.say(self.a, self.b, "the question of all questions")
        self.b.say("/reply and its answer")
        self.a.expect_text("and its answer")
        self.leave(self.b)
        # More than a screen opens with.
        status, _, errors = self.alice_sends("\n".join("line %d" % n for n in range(300)))
        self.assertEqual(status, 0, errors)
        self.b.expect_text("line 299")
        self.b.keys("C-s")
        self.b.type("its answer")
        self.b.expect_text("Search  1/1")
        self.b.keys("Enter")
        self.b.expect(r"│ alice: the question of all questions\n.*and its answer")

    def alice_sends(self, text):
        self.b = self.chat(self.bob, "bob", self.alice.address, size=couples.BOB)
        self.b.expect(r"^ open")
        return self.alice.send("bob", stdin=text.encode() + b"\n")


class Gaps(couples.TestCase):
    def test_what_a_lost_disk_has_forgotten_comes_back_to_its_place(self):
        self.meet()
        self.say(self.b, self.a, "before")
        self.leave(self.a)
        kept = self.directory() + "/kept"
        shutil.copytree(self.alice.path, kept)
        self.a = self.chat(self.alice, "alice")
        self.b.expect(r"^ open")
        for text in ("lost one", "lost two", "lost three"):
            self.b.say(text)
            self.b.expect(r"%s +(delivered|read)$" % text)
        self.leave(self.a)
        shutil.rmtree(self.alice.path)
        shutil.copytree(kept, self.alice.path)
        self.a = self.chat(self.alice, "alice")
        self.say(self.b, self.a, "behind it")
        self.a.expect(r"bob  before\n(─+ new ─+\n)?"  # whether she saw them come or not
                      r".*lost one\n.*lost two\n.*lost three\n(.*\n)*.*bob  behind it")
        self.assertNotIn("missing", self.a.screen())


if __name__ == "__main__":
    harness.main()
