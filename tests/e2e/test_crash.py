# SPDX-License-Identifier: MIT
"""A message that is on its way when somebody dies: at each point where that makes a difference."""
import itertools
import signal

import harness
from faults import Faults
from harness import DEADLINE
from homes import DONE, Home, same_transcript, wrong_variant
from relay import Relay

TEXT = "sent just before the peer was known to be dead"


class Crash(harness.TestCase):
    def setUp(self):
        self.author = Home(self)
        self.reader = Home(self)
        self.relay = self.own(Relay(self.reader.port))
        self.there = "127.0.0.1:%d" % self.relay.port

    def talk(self, author_faults=None, reader_faults=None):
        """Both run, know each other, and have a session."""
        reader = self.reader.listen(faults=reader_faults)
        author = self.author.listen(faults=author_faults)
        self.say("first")
        reader.expect('"text":"first"')
        return author, reader

    def say(self, text, wait="delivered"):
        status, _, errors = self.author.send(self.there, text, wait=wait)
        self.assertEqual(status, DONE, errors)

    def state(self, text=TEXT):
        """What the author's store says about its message; that is never ahead of the truth."""
        states = [m.state for m in self.author.history() if m.text == text]
        self.assertEqual(len(states), 1)
        if states[0] in ("delivered", "read"):
            self.assertTrue(self.has(), states)
        return states[0]

    def has(self, text=TEXT):
        return [m.text for m in self.reader.history()].count(text)

    def heals(self):
        """All run again; in the end both have all, once, and the author knows."""
        self.say("last")
        said = self.author.settled()
        self.assertEqual([m.text for m in said], ["first", TEXT, "last"])
        self.assertEqual(same_transcript(said, self.reader.history()), [])

    def dies(self, process):
        self.assertEqual(process.wait(), -signal.SIGKILL, process)

    def test_reader_before_arrival(self):
        _, reader = self.talk()
        reader.signal(signal.SIGSTOP)
        self.say(TEXT, "queued")
        reader.kill()
        self.assertIn(self.state(), ("queued", "sent"))
        self.assertEqual(self.has(), 0)
        self.reader.listen()
        self.heals()

    def test_reader_is_back(self):
        """Killed and started again while the author goes on: what is said then arrives at once."""
        author, reader = self.talk()
        for text in ("second", "third"):
            reader.kill()
            reader = self.reader.listen()
            status, _, errors = self.author.send(self.there, text, timeout=2 * harness.SLOWNESS)
            self.assertEqual(status, DONE, errors)
            reader.expect('"text":"%s"' % text)
        self.assertTrue(author.alive())
        self.assertEqual(same_transcript(self.author.history(), self.reader.history()), [])

    def test_wrong_delivery_is_noticed(self):
        """The same with a delivery that never repeats what a lost session carried."""
        self.author = Home(self, **wrong_variant("NEVER_REPEATED"))
        _, reader = self.talk()
        reader.signal(signal.SIGSTOP)
        self.say(TEXT, "queued")
        reader.kill()
        again = self.reader.listen()
        # The author notices the silence, and has a new session, in which it says nothing of it.
        again.expect('"event":"opened"', 3 * DEADLINE)
        self.assertRaises(AssertionError, self.author.settled, 1)
        self.assertEqual(self.has(), 0)

    def test_reader_before_commit(self):
        """It has the datagram, and dies where it begins to write."""
        faults = self.own(Faults("write:1:before", files=self.reader.path, on=False))
        _, reader = self.talk(reader_faults=faults)
        faults.on()
        self.say(TEXT, "queued")
        self.dies(reader)
        self.assertIn(self.state(), ("queued", "sent"))
        self.assertEqual(self.has(), 0)
        self.reader.listen()
        self.heals()

    def test_reader_before_receipt(self):
        """It has committed, and dies before it can say so."""
        faults = self.own(Faults("sync:1:after", files=self.reader.path, on=False))
        _, reader = self.talk(reader_faults=faults)
        faults.on()
        self.say(TEXT, "queued")
        self.dies(reader)
        self.assertEqual(self.has(), 1)
        self.assertIn(self.state(), ("queued", "sent"))
        self.reader.listen()
        self.heals()

    def test_receipt_lost(self):
        _, reader = self.talk()
        self.relay.cut.add("back")
        self.say(TEXT, "queued")
        reader.expect('"text":"%s"' % TEXT)
        reader.kill()
        self.assertIn(self.state(), ("queued", "sent"))
        self.relay.cut.clear()
        self.reader.listen()
        self.heals()

    def test_author_before_receipt(self):
        author, reader = self.talk()
        self.relay.cut.add("back")
        self.say(TEXT, "queued")
        reader.expect('"text":"%s"' % TEXT)
        author.kill()
        self.relay.cut.clear()
        self.assertIn(self.state(), ("queued", "sent"))
        self.author.listen()
        self.heals()

    def test_author_at_receipt(self):
        """It has the receipt, and dies where it begins to note that."""
        faults = self.own(Faults("write:1:before", files=self.author.path, on=False))
        author, reader = self.talk(author_faults=faults)
        self.relay.cut.add("back")
        self.say(TEXT, "queued")
        reader.expect('"text":"%s"' % TEXT)
        faults.on()
        self.relay.cut.clear()
        self.dies(author)
        self.assertIn(self.state(), ("queued", "sent"))
        self.author.listen()
        self.heals()

    def test_author_before_it_is_queued(self):
        """Dies where it begins to write: whoever said it was not told that it is queued."""
        faults = self.own(Faults("write:1:before", files=self.author.path, on=False))
        author, _ = self.talk(author_faults=faults)
        faults.on()
        status, told, errors = self.author.send(self.there, TEXT)
        # The program that says it takes over, and says it again.
        self.dies(author)
        self.assertEqual(status, DONE, (told, errors))
        self.assertIn("delivered", [e["event"] for e in told])
        self.author.listen()
        self.heals()

    def test_restarts(self):
        """Each of them ended or killed, in each order, while something is queued."""
        author, reader = self.talk()
        texts = ["first"]
        ways = (signal.SIGTERM, signal.SIGKILL)
        for reader_first, ends in itertools.product((True, False), itertools.product(ways, ways)):
            with self.subTest(reader_first=reader_first, ends=[end.name for end in ends]):
                order = (reader, author) if reader_first else (author, reader)
                for process, end in zip(order, ends):
                    process.signal(end)
                    process.wait()
                texts.append("while both were away %d" % len(texts))
                self.say(texts[-1], "queued")
                if reader_first:
                    reader, author = self.reader.listen(), self.author.listen()
                else:
                    author, reader = self.author.listen(), self.reader.listen()
                said = self.author.settled()
                self.assertEqual([m.text for m in said], texts)
                self.assertEqual(same_transcript(said, self.reader.history()), [])


if __name__ == "__main__":
    harness.main()
