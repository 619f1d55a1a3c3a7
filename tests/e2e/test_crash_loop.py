# SPDX-License-Identifier: MIT
"""kill -9, again and again, at random: both sides say something all the time, through a network
that loses, doubles and reorders. HL_KILL_TRIALS says how often, HL_KILL_SEED repeats a run (as far
as the machine's scheduling lets it)."""
import os
import random
import signal
import sys
import time

import harness
from harness import DEADLINE, SLOWNESS
from homes import Home, events, same_transcript
from relay import Relay

TRIALS = int(os.environ.get("HL_KILL_TRIALS", "50"))
SEED = int(os.environ.get("HL_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
LINES = 8  # of a side in a trial
WITHIN = 0.25 * SLOWNESS  # seconds: a trial's victims die at random times in them


class Side:
    """A home, what runs in it, and what it has been told."""

    def __init__(self, test):
        self.home = Home(test)
        self.listener = None
        self.senders = []
        self.said = []  # the texts of each sender, in order
        self.told = {}  # state: ids that a sender was told are in it

    def listen(self):
        if not self.listener or not self.listener.alive():
            self.reap(self.listener)
            self.listener = self.home.listen(bound=False)

    def say(self, to, trial):
        texts = ["%s says %d in trial %d" % (self.home.port, i, trial) for i in range(LINES)]
        process = self.home.start("send", "--json", "--timeout", "1", to)
        process.write("".join(text + "\n" for text in texts).encode())
        process.end_of_input()
        self.senders.append(process)
        self.said.append(texts)

    def collect(self):
        """What the senders have said before they ended or died."""
        for process in self.senders:
            process.wait(6 * DEADLINE)
            for event in events(process.output):
                if "id" in event:
                    self.told.setdefault(event["event"], set()).add(event["id"])
            self.reap(process)
        self.senders = []

    @staticmethod
    def reap(process):
        if process:
            process.kill()


class Killing:
    """Two sides under random kills; wrong: what was found to be false afterwards, in words."""

    def __init__(self, test, trials, seed):
        self.test = test
        self.random = random.Random(seed)
        self.sides = [Side(test), Side(test)]
        self.ways = [test.own(Relay(side.home.port, 0.2, 0.15, 0.15, seed + i))
                     for i, side in enumerate(self.sides)]
        self.kills = 0
        for trial in range(trials):
            self.trial(trial)
        self.wrong = self.check()

    def address_of(self, side):
        return "127.0.0.1:%d" % self.ways[self.sides.index(side)].port

    def trial(self, number):
        for side, other in zip(self.sides, reversed(self.sides)):
            side.listen()
            side.say(self.address_of(other), number)
        for when, victim in sorted(self.victims(), key=lambda pair: pair[0]):
            time.sleep(when)
            if victim.alive():
                victim.signal(signal.SIGKILL)
                self.kills += 1
        for side in self.sides:
            side.collect()

    def victims(self):
        """Pairs of seconds after the one before and a process; most often a listener."""
        all_of_them = [side.listener for side in self.sides] * 2 + [
            sender for side in self.sides for sender in side.senders]
        chosen = {id(p): p for p in self.random.choices(all_of_them, k=self.random.randint(1, 3))}
        return [(self.random.uniform(0, WITHIN), p) for p in chosen.values()]

    def check(self):
        for side in self.sides:
            side.listen()
        for side in self.sides:
            side.home.settled()
        histories = [side.home.history() for side in self.sides]
        wrong = same_transcript(*histories)
        for side, own, peers in zip(self.sides, histories, reversed(histories)):
            wrong += self.check_said(side, [m for m in own if m.ours],
                                     {m.id for m in peers if not m.ours})
        return wrong

    @staticmethod
    def check_said(side, own, heard):
        place = {m.text: i for i, m in enumerate(own)}
        if len(place) != len(own):
            yield "something was queued twice"
        for texts in side.said:
            places = [place[text] for text in texts if text in place]
            if places != sorted(places):
                yield "not in the order in which they were said: %s" % texts
        ids = {m.id for m in own}
        for state, told in side.told.items():
            if state in ("queued", "sent", "delivered") and told - ids:
                yield "%d were told to be %s, and are not there" % (len(told - ids), state)
        if side.told.get("delivered", set()) - heard:
            yield "told to be delivered, and never were"


class CrashLoop(harness.TestCase):
    def test_killed_again_and_again(self):
        before = time.monotonic()
        try:
            loop = Killing(self, TRIALS, SEED)
        except AssertionError as e:
            raise AssertionError("HL_KILL_SEED=%d: %s" % (SEED, e)) from e
        self.assertEqual(loop.wrong, [], "HL_KILL_SEED=%d" % SEED)
        print("%d trials, %d kills, %d messages, seed %d, %.0f s" % (
            TRIALS, loop.kills, 2 * TRIALS * LINES, SEED, time.monotonic() - before),
            file=sys.stderr)


if __name__ == "__main__":
    harness.main()
