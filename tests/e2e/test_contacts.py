# SPDX-License-Identifier: MIT
"""The contact book from the command line, with and without a messenger that runs."""
import json
import os
import re

import harness
from harness import bound_port

DONE, FAILED, USAGE, NAME, TIMEOUT, IDENTITY = 0, 1, 2, 3, 5, 6
SHORT = r"[0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4}"


class Contacts(harness.TestCase):
    def home(self):
        return os.path.join(self.directory(), "home")

    def do(self, home, *words, status=DONE, **options):
        got, out, errors = self.run_hullo("--home", home, *words, **options)
        self.assertEqual(got, status, (words, out, errors))
        return out + errors

    def events(self, home, *words, **options):
        return [json.loads(line) for line in self.do(home, *words, "--json", **options).split("\n")
                if line]

    def listener(self, home, at="127.0.0.1:0", *more):
        process = self.hullo("--home", home, "listen", "--pair", "--listen", at, *more)
        return process, bound_port(process)

    def met(self, name="bob", nick="bob"):
        """Two homes that have spoken: (one, other, port of the other, its process)."""
        one, other = self.home(), self.home()
        process, port = self.listener(other, "127.0.0.1:0", "--name", nick)
        self.do(one, "contact", "add", name, "127.0.0.1:%d" % port)
        self.do(one, "send", "--name", "alice", name, "hello")
        process.expect(": hello")
        # What a stranger calls himself may come a moment after what he says.
        harness.wait_until(lambda: self.events(other, "contact")[0]["name"] == "alice", "a name")
        return one, other, port, process

    def test_a_life(self):
        home = self.home()
        self.assertEqual(self.do(home, "contact"), "")
        self.do(home, "contact", "add", "bob", "192.0.2.1:7000")
        self.assertRegex(self.do(home, "contact"), r"^bob +no key yet +192.0.2.1:7000\n$")
        self.do(home, "contact", "rename", "bob", "robert")
        self.do(home, "contact", "note", "robert", "met", "at", "FOSDEM")
        self.assertIn("met at FOSDEM", self.do(home, "contact"))
        self.do(home, "contact", "block", "ROBERT")
        self.assertIn("blocked", self.do(home, "contact"))
        self.do(home, "contact", "unblock", "robert")
        event, = self.events(home, "contact")
        self.assertEqual((event["name"], event["note"], event["blocked"], event["waiting"]),
                         ("robert", "met at FOSDEM", False, 0))
        self.do(home, "contact", "forget", "robert", status=USAGE)
        self.do(home, "contact", "forget", "--yes", "robert")
        self.assertEqual(self.do(home, "contact"), "")

    def test_what_cannot_be(self):
        home = self.home()
        self.do(home, "contact", "add", "bob", "192.0.2.1:7000")
        self.do(home, "contact", "add", "carol", "192.0.2.2:7000")
        self.assertIn("another contact has that name",
                      self.do(home, "contact", "rename", "carol", "bob", status=FAILED))
        for words, status in ((("block", "dave"), NAME), (("rename", "dave", "x"), NAME),
                              (("accept", "bob"), FAILED), (("keep", "bob"), FAILED),
                              (("add", "x"), USAGE), (("add", "bob", "192.0.2.9"), FAILED),
                              (("juggle", "bob"), USAGE), (("rename", "bob", ""), USAGE),
                              (("add", "x\ty", "192.0.2.3"), USAGE),
                              (("add", "eve", "256.1.1.1:x"), USAGE)):
            with self.subTest(words):
                self.do(home, "contact", *words, status=status)
        self.assertEqual(len(self.events(home, "contact")), 2, "nothing was left behind")
        self.do(home, "contact", "add", "bob", "192.0.2.1:7000")
        self.do(home, "contact", "add", "robert", "192.0.2.1:7000")
        self.assertIn("robert", self.do(home, "contact"), "the same one under another name")

    def test_through_the_process_that_runs(self):
        home = self.home()
        self.listener(home)
        self.do(home, "contact", "add", "bob", "192.0.2.1:7000")
        self.assertIn("192.0.2.1:7000", self.do(home, "contact"))
        self.assertIn("bob", self.do(home, "peers"))

    def test_peers(self):
        one, other, port, process = self.met()
        event, = self.events(other, "peers")
        self.assertEqual((event["name"], event["reach"], event["waiting"]), ("alice", event["reach"], 0))
        self.assertIn(event["reach"], ("up", "idle", "closed"))
        self.assertRegex(self.do(one, "peers"), r"NAME +STATE +WAITING +UNREAD +LAST HEARD +ADDRESS\n"
                         r"bob +\w.* 0 +0 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +127.0.0.1:%d\n" % port)

    def test_verify(self):
        one, other, _, _ = self.met()
        numbers = [re.sub(r"\D", "", self.do(home, "verify", who).split(":")[1].split("T")[0])
                   for home, who in ((one, "bob"), (other, "alice"))]
        self.assertEqual(len(numbers[0]), 60)
        self.assertEqual(numbers[0], numbers[1])
        event, = self.events(one, "verify", "bob")
        self.assertEqual((event["event"], event["number"], event["verified"]),
                         ("safety", numbers[0], False))
        wrong = numbers[0][:-1] + str((int(numbers[0][-1]) + 1) % 10)
        self.assertIn("differ", self.do(one, "verify", "bob", "--number", wrong, status=IDENTITY))
        self.do(one, "verify", "bob", "--number", "123", status=USAGE)
        self.assertNotIn("verified", self.do(one, "contact"))
        groups = " ".join(numbers[0][at:at + 5] for at in range(0, 60, 5))
        self.do(one, "verify", "bob", "--number", groups)
        self.assertIn("verified", self.do(one, "contact"))
        self.do(other, "verify", "--yes", "alice")
        self.assertIn("verified", self.do(other, "contact"))

    def test_verify_on_a_terminal(self):
        one, _, _, _ = self.met()
        for answer, status in (("n", IDENTITY), ("yes", DONE)):
            terminal = self.terminal("sh", "-c", "%s --home %s verify bob; echo status $?"
                                     % (harness.HULLO, one))
            terminal.expect(r"Is it the same for bob\? \[y/N\]")
            terminal.say(answer)
            terminal.expect("status %d" % status)
        self.assertIn("verified", self.do(one, "contact"))

    def test_forget_asks_on_a_terminal(self):
        home = self.home()
        self.do(home, "contact", "add", "bob", "127.0.0.1:%d" % harness.free_port())
        for texts, question in (
                ((), r"Forget bob, with its key and all that was said\? \[y/N\]"),
                (("one",), r"all that was said, 1 message not delivered yet included\?"),
                (("two",), r"2 messages not delivered yet")):
            for text in texts:
                self.do(home, "send", "--wait", "queued", "bob", text)
            terminal = self.terminal("sh", "-c", "%s --home %s contact forget bob; echo status $?"
                                     % (harness.HULLO, home))
            terminal.expect(question)
            terminal.say("n")
            terminal.expect("status %d" % FAILED)
        self.assertIn("bob", self.do(home, "contact"))

    def test_no_key_no_number(self):
        home = self.home()
        self.do(home, "contact", "add", "bob", "192.0.2.1:7000")
        self.assertIn("not known yet", self.do(home, "verify", "bob", status=FAILED))
        self.do(home, "verify", "dave", status=NAME)

    def test_a_changed_key_is_accepted_by_hand_alone(self):
        one, _, port, process = self.met()
        self.do(one, "verify", "--yes", "bob")
        process.kill()
        process, _ = self.listener(self.home(), "127.0.0.1:%d" % port)
        self.do(one, "send", "--timeout", str(8 * harness.SLOWNESS), "bob", "secret", status=IDENTITY,
                deadline=6 * harness.DEADLINE)
        process.expect_not("secret")
        self.assertIn("KEY CHANGED", self.do(one, "contact"))
        self.do(one, "verify", "bob", status=IDENTITY)
        self.do(one, "contact", "accept", "bob", status=USAGE)
        said = self.do(one, "contact", "accept", "--yes", "bob")
        self.assertRegex(said, r"key until now +[0-9a-f]{64}\nkey offered +[0-9a-f]{64}\n")
        listed = self.do(one, "contact")
        self.assertNotIn("KEY CHANGED", listed)
        self.assertNotIn("verified", listed)
        self.do(one, "send", "bob", "again")
        process.expect("secret")
        process.expect("again")

    def test_a_screen_tells_of_another_key_once(self):
        """And not that its owner cannot be reached, as if it would come back."""
        one, _, port, process = self.met()
        process.kill()
        process, _ = self.listener(self.home(), "127.0.0.1:%d" % port)
        screen = self.terminal(harness.HULLO, "chat", "--home", one, "--listen", "127.0.0.1:0", "bob")
        screen.expect("KEY CHANGED")
        self.assertNotIn("cannot be reached", screen.screen())

    def test_a_key_that_is_kept_stays_verified(self):
        one, other, port, process = self.met()
        self.do(one, "verify", "--yes", "bob")
        process.kill()
        process, _ = self.listener(self.home(), "127.0.0.1:%d" % port)
        self.do(one, "send", "--timeout", str(8 * harness.SLOWNESS), "bob", "secret", status=IDENTITY,
                deadline=6 * harness.DEADLINE)
        process.kill()
        self.do(one, "contact", "keep", "bob")
        listed = self.do(one, "contact")
        self.assertNotIn("KEY CHANGED", listed)
        self.assertIn("verified", listed)
        process, _ = self.listener(other, "127.0.0.1:%d" % port)
        self.do(one, "send", "bob", "it is you")
        process.expect("secret")
        process.expect("it is you")

    def test_an_address_gives_way_to_a_nick(self):
        """Whoever was called at an address is shown under what it calls itself; what our user has
        typed for a name stays, and the address leads there all the same."""
        home, other = self.home(), self.home()
        process, port = self.listener(other, "127.0.0.1:0", "--name", "alice")
        there = "127.0.0.1:%d" % port
        self.do(home, "send", there, "one")
        self.assertRegex(self.do(home, "contact"), "^alice +")
        self.do(home, "send", there, "two")
        self.do(home, "send", "alice", "three")
        self.assertEqual(len(self.events(home, "contact")), 1)
        for name in (there, "alice"):
            said = [e["text"] for e in self.events(home, "history", name) if e["event"] == "entry"]
            self.assertEqual(said, ["one", "two", "three"])
        self.do(home, "contact", "rename", "alice", "al")
        process.kill()
        process, _ = self.listener(other, there, "--name", "alicia")
        self.do(home, "send", there, "four")
        event = self.events(home, "contact")[0]
        self.assertEqual((event["name"], event["nick"]), ("al", "alicia"))

    def test_who_may_not_take_a_name(self):
        """A host's name that was typed stays, and an address is no name for anybody."""
        _, port = self.listener(self.home(), "127.0.0.1:0", "--name", "192.0.2.1:7000")
        for host in ("localhost", "127.0.0.1"):
            there = "%s:%d" % (host, port)
            home = self.home()
            self.do(home, "send", "-4", there, "hi")
            self.assertEqual(self.events(home, "contact")[0]["name"], there)

    def test_names_from_outside_are_harmless(self):
        """What a peer calls itself reaches no terminal as it is, and imitates nobody in silence."""
        home = self.home()
        process, port = self.listener(home)
        self.do(home, "contact", "add", "alice", "192.0.2.1:7000")
        stranger = self.home()
        self.do(stranger, "send", "--name", "al\u0456ce", "127.0.0.1:%d" % port, "hi")
        process.expect(": hi")
        self.assertIn("looks like alice", self.do(home, "contact"))
        other = self.home()
        self.do(other, "send", "--name", "\033[2J\u202eevil", "127.0.0.1:%d" % port, "ho")
        process.expect(": ho")
        for words in (("contact",), ("peers",), ("history",), ("contact", "--json"), ("search", "ho")):
            shown = self.do(home, *words)
            self.assertNotIn("\033", shown)
            self.assertNotIn("\u202e", shown)


if __name__ == "__main__":
    harness.main()
