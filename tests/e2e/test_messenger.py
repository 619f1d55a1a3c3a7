# SPDX-License-Identifier: MIT
"""What is promised about a message: it is kept until it is there, printed until somebody has it, and
every exit status tells the truth. Several programs of one home share its messenger."""
import json
import os
import signal
import subprocess
import time

import harness
from harness import CHINESE, DEADLINE, HULLO, free_port, wait_until

DONE, FAILED, NAME, UNREACHABLE, TIMEOUT, IDENTITY, STORAGE = 0, 1, 3, 4, 5, 6, 7


def events(text, *kinds):
    """The JSON events of these kinds; other lines are for people."""
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [event for event in found if not kinds or event["event"] in kinds]


class Home:
    """A home and the port that its programs listen on."""

    def __init__(self, case):
        self.case = case
        self.directory = case.directory()
        self.port = free_port()
        self.at = "127.0.0.1:%d" % self.port

    def environment(self):
        return harness.environment(HULLO_HOME=self.directory)

    def start(self, *argv):
        """A program of this home that listens where it always does."""
        process = self.case.hullo(*argv, "--listen", self.at, env=self.environment())
        process.expect("listening on")
        return process

    def run(self, *argv, **options):
        return self.case.run_hullo(*argv, env=self.environment(), **options)


class Messenger(harness.TestCase):
    def homes(self):
        return Home(self), Home(self)

    def meet(self, alice, bob):
        """Bob has let Alice in; nobody is there any more."""
        listener = bob.start("listen", "--pair", "--count", "1")
        status, _, errors = alice.run("send", bob.at, "hello")
        self.assertEqual(status, DONE, errors)
        self.assertEqual(listener.wait(), DONE, listener)

    # ---- one home, several programs ----

    def test_send_and_listen_through_a_running_chat(self):
        alice, bob = self.homes()
        chat = alice.start("chat", "--json")
        listener = bob.start("listen", "--pair", "--json")
        status, _, errors = alice.run("send", "--wait", "read", bob.at, "from a second program")
        self.assertEqual(status, DONE, errors)
        listener.expect_text("from a second program")
        # The chat serves the home, so it knows of what the other program has said.
        chat.expect('"ours":true,[^\n]*"text":"from a second program"')
        self.assertTrue(chat.alive())

    def test_whoever_serves_may_go(self):
        """The first program of a home serves it; when it is killed another one does, listens for
        itself, and sends what it was given."""
        alice, bob = self.homes()
        first = alice.start("chat", "--json")
        second = self.hullo("chat", "--line", bob.at, env=alice.environment())
        second.say("before")
        second.expect("queued: before")
        first.kill()
        second.expect("listening on")
        listener = bob.start("listen", "--pair", "--count", "2")
        second.say("after")
        listener.expect_text(": before", 4 * DEADLINE)
        listener.expect_text(": after", 4 * DEADLINE)
        second.expect("delivered: after")

    def test_two_programs_name_one_address(self):
        """What the first listens on is where the second wants to listen."""
        _, bob = self.homes()
        first = bob.start("chat", "--json")
        second = bob.start("listen")
        self.assertIn(b"listening on " + bob.at.encode(), second.output)
        at = "tcp://127.0.0.1:%d" % bob.port
        third = self.hullo("listen", "--listen", at, env=bob.environment())
        third.expect("listening on " + at)
        # Another home is another matter.
        status, _, errors = self.run_hullo("listen", "--listen", bob.at,
                                           env=harness.environment(HULLO_HOME=self.directory()))
        self.assertEqual(status, FAILED, errors)
        self.assertIn("Address already in use", errors)
        first.kill()
        second.expect("listening on")  # whoever serves now, it is there
        third.expect("listening on")
        self.assertTrue(second.alive() and third.alive())

    def test_a_stranger_has_its_own_name_from_the_first_line_on(self):
        _, bob = self.homes()
        listener = bob.start("listen", "--pair", "--json")
        for name in ("carol", "dave"):
            stranger = Home(self)
            status, _, errors = stranger.run("send", "--name", name, bob.at, "I am " + name)
            self.assertEqual(status, DONE, errors)
            listener.expect_text("I am " + name)
        listener.expect('"closed"[^\n]*"dave"')
        named = [event.get("name") for event in events(listener.output.decode())
                 if "conversation" in event]
        self.assertEqual(set(named), {"carol", "dave"})

    # ---- away ----

    def test_what_is_queued_goes_out_when_both_are_back(self):
        alice, bob = self.homes()
        self.meet(alice, bob)
        for text in ("first", CHINESE):
            status, out, errors = alice.run("send", "--timeout", "2", bob.at, text)
            self.assertEqual((status, out), (UNREACHABLE, ""), errors)
            self.assertIn("refused: stays queued, goes out when the peer is back", errors)
        listener = bob.start("listen", "--count", "3")
        status, _, errors = alice.run("send", bob.at, "third")
        self.assertEqual(status, DONE, errors)
        self.assertEqual(listener.wait(), DONE, listener)
        shown = [line.split(b": ", 1)[1].decode() for line in listener.output.splitlines()
                 if b": " in line and not line.startswith(b"hullo: ")]
        self.assertEqual(shown, ["first", CHINESE, "third"])

    def test_all_of_a_pipe_is_queued(self):
        alice, bob = self.homes()
        self.meet(alice, bob)
        lines = b"".join(b"line %d\n" % i for i in range(500))
        status, _, errors = alice.run("send", bob.at, stdin=lines)
        self.assertEqual(status, UNREACHABLE, errors)
        self.assertIn("500 stay queued", errors)
        listener = bob.start("listen", "--count", "501")
        status, _, errors = alice.run("send", bob.at, "and the last", deadline=4 * DEADLINE)
        self.assertEqual(status, DONE, errors)
        self.assertEqual(listener.wait(), DONE, listener)
        shown = [line.split(b": ", 1)[1] for line in listener.output.splitlines()
                 if b": line " in line]
        self.assertEqual(shown, lines.splitlines())

    def test_wait_queued_asks_nobody(self):
        alice, bob = self.homes()
        status, out, errors = alice.run("send", "--json", "--wait", "queued", bob.at, "later")
        self.assertEqual(status, DONE, errors)
        self.assertEqual(len(events(out, "queued")), 1, out)

    # ---- what was not printed yet ----

    def test_listen_prints_first_what_nobody_has_seen(self):
        """A reader that stops reading, then kill -9: every message is printed at least once, under
        one id, and in order."""
        count = 1500
        alice, bob = self.homes()
        first = subprocess.Popen(
            [HULLO, "listen", "--pair", "--json", "--listen", bob.at], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=bob.environment(), start_new_session=True,
            preexec_fn=harness.die_with_runner)
        self.addCleanup(first.stdout.close)
        self.addCleanup(first.stderr.close)
        self.addCleanup(first.wait)
        self.addCleanup(first.kill)
        wait_until(lambda: first.stderr.readline().startswith(b"listening on"), "the listener")
        lines = b"".join(b"line %d\n" % i for i in range(count))
        status, _, errors = alice.run("send", bob.at, stdin=lines, deadline=6 * DEADLINE)
        self.assertEqual(status, DONE, errors)
        first.send_signal(signal.SIGKILL)
        first.wait()
        before = first.stdout.read().decode()
        before = events(before[:before.rindex("\n") + 1], "entry")
        self.assertLess(len(before), count, "the pipe should have been full")
        again = bob.start("listen", "--json", "--timeout", "2")
        self.assertEqual(again.wait(), DONE, again)
        after = events(again.output.decode(), "entry")
        self.assertTrue(all(event.get("old") for event in after))
        ids = {event["id"]: event["text"] for event in before + after}
        self.assertEqual(sorted(ids.values()), sorted("line %d" % i for i in range(count)))
        rows = [event["row"] for event in after]
        self.assertEqual(rows, sorted(rows))
        third = bob.start("listen", "--json", "--timeout", "0.5")
        self.assertEqual(third.wait(), DONE, third)
        self.assertEqual(events(third.output.decode(), "entry"), [])

    def test_count_leaves_the_rest(self):
        alice, bob = self.homes()
        self.meet(alice, bob)
        lines = b"one\ntwo\nthree\n"
        self.assertEqual(alice.run("send", bob.at, stdin=lines)[0], UNREACHABLE)
        listener = bob.start("listen", "--count", "2")
        status, _, errors = alice.run("send", "--timeout", "3", bob.at, "four")
        self.assertIn(status, (DONE, TIMEOUT, UNREACHABLE), errors)
        self.assertEqual(listener.wait(), DONE, listener)
        rest = bob.start("listen", "--count", "2")
        alice.run("send", "--timeout", "5", bob.at, "five")
        self.assertEqual(rest.wait(), DONE, rest)
        shown = [line.split(b": ", 1)[1] for line in (listener.output + rest.output).splitlines()
                 if b": " in line and not line.startswith(b"hullo: ")]
        self.assertEqual(shown, [b"one", b"two", b"three", b"four"])

    # ---- states and exit statuses ----

    def test_json_tells_the_same_of_both_ends(self):
        alice, bob = self.homes()
        listener = bob.start("listen", "--pair", "--json")
        status, out, errors = alice.run("send", "--json", "--wait", "read", bob.at, CHINESE)
        self.assertEqual(status, DONE, errors)
        states = [event["event"] for event in events(out, "queued", "sent", "delivered", "read")]
        self.assertEqual([state for state in states if state != "sent"],
                         ["queued", "delivered", "read"], out)
        listener.expect_text('"event":"entry"')
        entry = events(listener.output.decode(), "entry")[0]
        self.assertEqual(entry["text"], CHINESE)
        self.assertEqual((entry["kind"], entry["ours"]), ("text", False))
        self.assertEqual({event["id"] for event in events(out, "queued", "delivered", "read")},
                         {entry["id"]})
        status, _, errors = alice.run("send", "--reply-to", entry["id"], bob.at, "answer")
        self.assertEqual(status, DONE, errors)
        listener.expect_text('"target":"%s"' % entry["id"])

    def test_no_receipts(self):
        alice, bob = self.homes()
        bob.start("listen", "--pair", "--no-receipts")
        status, _, errors = alice.run("send", "--wait", "read", "--timeout", "1.5", bob.at, "x")
        self.assertEqual(status, TIMEOUT, errors)
        self.assertIn("delivered, not read yet", errors)

    def test_no_queue_takes_it_back(self):
        alice, bob = self.homes()
        self.meet(alice, bob)
        status, _, errors = alice.run("send", "--no-queue", bob.at, "never mind")
        self.assertEqual(status, UNREACHABLE, errors)
        self.assertIn("taken back", errors)
        listener = bob.start("listen", "--count", "1")
        self.assertEqual(alice.run("send", bob.at, "but this")[0], DONE)
        self.assertEqual(listener.wait(), DONE, listener)
        self.assertNotIn(b"never mind", listener.output)

    def test_a_stranger_who_is_not_let_in(self):
        alice, bob = self.homes()
        bob.start("listen")
        status, _, errors = alice.run("send", "--timeout", "1.5", bob.at, "x")
        self.assertEqual(status, TIMEOUT, errors)
        self.assertIn("stays queued, goes out when the peer is back", errors)
        self.assertIn("does the peer let strangers in?", errors)

    def test_expiry(self):
        alice, bob = self.homes()
        self.meet(alice, bob)
        silent = self.udp()  # takes everything and says nothing
        there = "127.0.0.1:%d" % silent.getsockname()[1]
        before = time.monotonic()
        status, _, errors = alice.run("send", "--expire", "1", there, "too late")
        self.assertEqual(status, TIMEOUT, errors)
        self.assertIn("ran out", errors)
        self.assertLess(time.monotonic() - before, 0.9 * DEADLINE)

    def test_another_key_stops_everything(self):
        alice, bob = self.homes()
        self.meet(alice, bob)
        thief = Home(self)
        thief.at = bob.at
        listener = thief.start("listen", "--pair")
        status, _, errors = alice.run("send", bob.at, "for bob alone", deadline=3 * DEADLINE)
        self.assertEqual(status, IDENTITY, errors)
        self.assertRegex(errors, "KEY CHANGED: it was [0-9a-f ]{19}, now it is "
                                 "[0-9a-f ]{19}")
        listener.expect_not("for bob alone")
        # And it stays so: no second attempt gets through either.
        status, _, errors = alice.run("send", bob.at, "nor this")
        self.assertEqual(status, IDENTITY, errors)
        listener.expect_not("nor this")

    def test_a_name_that_means_nothing_leaves_nothing(self):
        alice = Home(self)
        status, _, errors = alice.run("send", "no-such-host.invalid", "x", deadline=3 * DEADLINE)
        self.assertEqual(status, NAME, errors)
        self.assertIn("hullo: no-such-host.invalid: ", errors)
        self.assertNotIn("stays queued", errors)

    def test_a_store_that_is_none(self):
        alice, bob = self.homes()
        self.meet(alice, bob)
        database = [name for name in os.listdir(alice.directory) if name.endswith(".db")]
        for name in os.listdir(alice.directory):
            if name.startswith(tuple(database)) and name not in database:
                os.unlink(os.path.join(alice.directory, name))
        with open(os.path.join(alice.directory, database[0]), "r+b") as file:
            file.write(b"this is not a database" * 200)
        status, _, errors = alice.run("send", bob.at, "x")
        self.assertEqual(status, STORAGE, errors)
        self.assertTrue(errors.startswith("hullo: "), errors)

    def test_a_home_that_is_a_file(self):
        with open(os.path.join(self.directory(), "file"), "w", encoding="ascii") as file:
            env = harness.environment(HULLO_HOME=file.name)
        status, _, errors = self.run_hullo("send", "127.0.0.1:9", "x", env=env)
        self.assertEqual(status, STORAGE, errors)

    def test_a_line_that_is_too_long_keeps_no_other_back(self):
        alice, bob = self.homes()
        listener = bob.start("listen", "--pair", "--count", "2")
        lines = b"before\n" + b"x" * 1500000 + b"\nafter\n"
        status, _, errors = alice.run("send", bob.at, stdin=lines)
        self.assertEqual(status, FAILED, errors)
        self.assertIn("too long for one message", errors)
        listener.expect_text(": before")
        listener.expect_text(": after")
        self.assertEqual(listener.wait(), DONE, listener)

    # ---- chat in line mode ----

    def test_chat_commands(self):
        alice, bob = self.homes()
        one = alice.start("chat", "--line", "--pair")
        two = bob.start("chat", "--line", alice.at)
        two.expect("encrypted, key")
        two.say("teh text")
        two.expect("delivered: teh text$")
        two.expect("read: teh text$")
        one.expect_text(": teh text")
        two.say("/edit the text")
        one.expect_text("[edited] the text")
        one.say("/react +1")
        one.expect("delivered")
        one.say("/reply seen")
        two.expect_text(": seen")
        two.say("/last")
        two.expect(r"^#1 you: the text \(read\)$")
        two.expect(r"^#2 .*: seen$")
        two.say("/delete #1")
        one.expect_text("[deleted]")
        two.say("/verify")
        two.expect(r"(\d{5} ){5}\d{5}$")
        number = two.expect(r"(\d{5} ){5}\d{5}$").group(0)
        one.say("/verify")
        one.expect_text(number.decode())
        one.say("/verify yes")
        one.expect(": verified$")
        one.say("/search seen")
        one.expect(r"you: seen \(read\)$")
        one.say("/rename Bobby")
        two.say("who am I")
        one.expect_text("Bobby: who am I")
        one.say("/history 2")
        one.expect(r"^\d{4}-\d\d-\d\d \d\d:\d\d Bobby: who am I$")

    def test_cancel_in_time_and_too_late(self):
        alice, bob = self.homes()
        self.meet(alice, bob)
        chat = alice.start("chat", "--line", bob.at)
        chat.expect("refused")
        chat.say("never mind")
        chat.expect("queued: never mind")
        chat.say("/cancel")
        chat.expect("cancelled: never mind")
        listener = bob.start("listen")
        chat.say("now")
        listener.expect_text(": now", 4 * DEADLINE)
        chat.expect("delivered: now", 4 * DEADLINE)
        chat.say("/cancel")
        chat.expect("cannot be taken back: it has already been delivered")
        self.assertNotIn(b"never mind", listener.output)

    def test_end_of_input_leaves_it_queued(self):
        alice, bob = self.homes()
        self.meet(alice, bob)
        status, _, errors = alice.run("chat", bob.at, stdin=b"for later\n", deadline=3 * DEADLINE)
        self.assertEqual(status, UNREACHABLE, errors)
        self.assertIn("1 stay queued", errors)


if __name__ == "__main__":
    harness.main()
