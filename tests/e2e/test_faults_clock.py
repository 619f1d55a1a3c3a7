# SPDX-License-Identifier: MIT
"""The wall clock jumps by ten years while a conversation goes on: it is for display only."""
import glob
import os
import unittest

import harness
from homes import DONE, Home, same_transcript

JUMPS = ("+3650d", "-3650d", "+0", "+1", "-7300d", "+3650d")


def library():
    """libfaketime for programs with threads, of the package faketime."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise unittest.SkipTest("not installed: faketime")
    if harness.SANITIZED:
        raise unittest.SkipTest("no library before a sanitizer's")
    return found[0]


class Clock(harness.TestCase):
    def faked(self):
        """A home whose clock is what its file says."""
        file = os.path.join(self.directory(), "clock")
        home = Home(self, LD_PRELOAD=library(), FAKETIME_TIMESTAMP_FILE=file,
                    FAKETIME_NO_CACHE="1", DONT_FAKE_MONOTONIC="1")
        home.clock = file
        self.jump(home, "+0")
        return home

    @staticmethod
    def jump(home, offset):
        with open(home.clock + ".new", "w", encoding="ascii") as new:
            new.write(offset + "\n")
        os.rename(home.clock + ".new", home.clock)

    def test_ten_years(self):
        homes = [self.faked(), self.faked()]
        listeners = [home.listen() for home in homes]
        count = 0
        for i, offset in enumerate(JUMPS):
            self.jump(homes[i % 2], offset)
            for home, other, heard in zip(homes, reversed(homes), reversed(listeners)):
                for text in ("%d from %d" % (count, home.port), "and at once"):
                    status, told, errors = home.send(other.address, text)
                    self.assertEqual(status, DONE, errors)
                    self.assertIn("delivered", [e["event"] for e in told])
                    heard.expect('"text":"%s"' % text)
                    count += 1
        transcripts = [home.settled() for home in homes]
        self.assertEqual(same_transcript(*transcripts), [])
        self.assertEqual([len(t) for t in transcripts], [count, count])
        # The order of the conversation is that in which it happened, whatever the clocks said.
        self.assertEqual([m.text for m in transcripts[0]], [m.text for m in transcripts[1]])

    def test_expiry(self):
        """A message that may wait for minutes does not expire by a clock that jumps for years,
        and one that may wait for a second does so by a clock that stands still."""
        author, reader = self.faked(), Home(self)
        listener = reader.listen()
        self.assertEqual(author.send(reader.address, "hello")[0], DONE)
        listener.kill()
        author.listen()
        author.send(reader.address, "patient", wait="queued", options=("--expire", "600"))
        self.jump(author, "+3650d")
        author.send(reader.address, "hasty", wait="queued", options=("--expire", "1"))
        self.jump(author, "-3650d")
        harness.wait_until(lambda: "expired" in [m.state for m in author.history()],
                           lambda: "expiry: %s" % author.history())
        reader.listen()
        self.assertEqual([(m.text, m.state == "expired") for m in author.settled()],
                         [("hello", False), ("patient", False), ("hasty", True)])
        self.assertEqual([m.text for m in reader.history()], ["hello", "patient"])

    def kept(self, home, days):
        """What is left of the texts after the home was served with that retention."""
        home.listen("--retention", str(days)).kill()
        return [m.text for m in home.history()]

    def talk_at(self, home, times):
        other = Home(self)
        other.listen()
        for offset in times:
            self.jump(home, offset)
            self.assertEqual(home.send(other.address, "at " + offset)[0], DONE)

    def test_retention(self):
        home = self.faked()
        self.talk_at(home, ("-100d", "-75d", "-50d", "-25d", "+0"))
        self.assertEqual(self.kept(home, 101), ["at -100d", "at -75d", "at -50d", "at -25d", "at +0"])
        self.assertEqual(self.kept(home, 60), ["", "", "at -50d", "at -25d", "at +0"])
        self.assertEqual(self.kept(home, 1), ["", "", "", "", "at +0"])

    def test_no_leap_of_the_clock_costs_a_text(self):
        home = self.faked()
        self.talk_at(home, ("-20d", "+0"))
        self.jump(home, "+3650d")
        self.assertEqual(self.kept(home, 7), ["at -20d", "at +0"])
        self.talk_at(home, ("+3650d",))  # nor if something is said before that is noticed
        self.assertEqual(self.kept(home, 7), ["at -20d", "at +0", "at +3650d"])
        self.jump(home, "+0")
        self.assertEqual(self.kept(home, 7), ["", "at +0", "at +3650d"])


if __name__ == "__main__":
    harness.main()
