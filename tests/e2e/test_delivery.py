# SPDX-License-Identifier: MIT
"""Delivery in bulk: both sides at once, and after a long absence; and to another key."""
import re
import sys
import threading
import time

import harness
from harness import DEADLINE, SLOWNESS
from homes import DONE, IDENTITY, Home, events, same_transcript

QUEUED = 10000 if harness.SANITIZED else 100000
AT_ONCE = 1000


def resident(process):
    """The largest resident memory so far, in MiB."""
    with open("/proc/%d/status" % process.child.pid, encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1)) / 1024


class Bulk(harness.TestCase):
    def test_both_at_once(self):
        homes = [Home(self), Home(self)]
        for home in homes:
            home.listen()
        results = {}

        def say(home, other):
            lines = "\n".join("%d of %d" % (i, home.port) for i in range(AT_ONCE))
            results[home] = home.send(other.address, stdin=lines.encode())

        threads = [threading.Thread(target=say, args=pair) for pair in (homes, homes[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for home in homes:
            status, told, errors = results[home]
            self.assertEqual(status, DONE, errors)
            self.assertEqual(sum(e["event"] == "delivered" for e in told), AT_ONCE)
        transcripts = [home.history() for home in homes]
        self.assertEqual(same_transcript(*transcripts), [])
        for home, transcript in zip(homes, transcripts):
            self.assertEqual([m.text for m in transcript if m.ours],
                             ["%d of %d" % (i, home.port) for i in range(AT_ONCE)])

    def test_long_absence(self):
        """Queued while the peer is away, delivered when it is back."""
        author, reader = Home(self), Home(self)
        before = reader.listen()
        self.assertEqual(author.send(reader.address, "hello")[0], DONE)
        before.kill()
        texts = ["%d while you were away" % i for i in range(QUEUED)]
        start = time.monotonic()
        status, _, errors = author.send(reader.address, wait="queued", timeout=60 * SLOWNESS,
                                        stdin="\n".join(texts).encode())
        self.assertEqual(status, DONE, errors)
        queued = time.monotonic()
        listener = reader.listen("--count", str(QUEUED))
        sender = author.listen()
        self.assertEqual(listener.wait(6 * DEADLINE + QUEUED / 1000 * SLOWNESS), DONE, listener)
        delivered = time.monotonic()
        reader.listen()
        said = author.settled()
        print("%d messages: queued in %.1f s, delivered in %.1f s, %.0f MiB at the author's" % (
            QUEUED, queued - start, delivered - queued, resident(sender)), file=sys.stderr)
        self.assertEqual([m.text for m in said], ["hello"] + texts)
        self.assertEqual(same_transcript(said, reader.history()), [])


class ChangedKey(harness.TestCase):
    def setUp(self):
        """The author knows a reader that is gone. Somebody else lives at its address."""
        self.author, self.reader = Home(self), Home(self)
        listener = self.reader.listen()
        self.assertEqual(self.author.send(self.reader.address, "for the first")[0], DONE)
        listener.kill()
        self.author.send(self.reader.address, "secret", wait="queued")
        self.other = Home(self, port=self.reader.port)
        self.impostor = self.other.listen()

    def refused(self, text):
        status, told, errors = self.author.send(self.reader.address, text)
        self.assertEqual(status, IDENTITY, errors)
        self.assertIn("identity", [e.get("class") for e in told])
        self.assertNotIn("delivered", [e["event"] for e in told])
        self.assertEqual(self.other.history(), [])

    def contact(self, *what):
        """A command about the author's only contact."""
        status, out, errors = self.author.run("contact", "--json")
        self.assertEqual(status, DONE, errors)
        contacts = [e["name"] for e in events(out.encode()) if e["event"] == "contact"]
        self.assertEqual(len(contacts), 1, out)
        status, _, errors = self.author.run("contact", *what, contacts[0], "--yes")
        self.assertEqual(status, DONE, errors)

    def test_nothing_goes_to_another_key(self):
        for text in ("first attempt", "second attempt"):
            self.refused(text)
        running = self.author.listen()
        running.expect_not("secret")
        self.assertEqual(self.other.history(), [])

    def test_accepted(self):
        """Its user has said that this key counts: what waits goes there."""
        self.refused("one more")
        self.contact("accept")
        status, _, errors = self.author.send(self.reader.address, "welcome")
        self.assertEqual(status, DONE, errors)
        self.assertEqual([m.text for m in self.other.history()], ["secret", "one more", "welcome"])
        self.assertNotIn("missing", self.other.run("history")[1])
        self.assertEqual([m.text for m in self.author.settled()],
                         ["for the first", "secret", "one more", "welcome"])

    def test_kept(self):
        """Its user stays with the old key: what waits goes there when it is back, and not before."""
        self.refused("one more")
        self.contact("keep")
        self.refused("still not for you")
        self.contact("keep")
        self.impostor.kill()
        self.reader.listen()
        status, _, errors = self.author.send(self.reader.address, "welcome back")
        self.assertEqual(status, DONE, errors)
        self.assertEqual([m.text for m in self.reader.history()],
                         ["for the first", "secret", "one more", "still not for you", "welcome back"])
        self.assertEqual(self.other.history(), [])

    def test_forgotten(self):
        """Forgotten with all that waited, and met as a stranger."""
        self.refused("one more")
        self.contact("forget")
        status, _, errors = self.author.send(self.reader.address, "welcome")
        self.assertEqual(status, DONE, errors)
        self.assertEqual([m.text for m in self.other.history()], ["welcome"])

    def test_the_right_one_comes_back(self):
        """That the old key answers again settles nothing: the user has not said which counts."""
        self.refused("one more")
        self.impostor.kill()
        self.reader.listen()
        self.refused("it is you")
        self.assertEqual([m.text for m in self.reader.history()], ["for the first"])


if __name__ == "__main__":
    harness.main()
