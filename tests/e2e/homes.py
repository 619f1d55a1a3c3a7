# SPDX-License-Identifier: MIT
"""Homes: each a user with a key, a store and a port, and what can be asked about them."""
import collections
import hashlib
import json
import os
import subprocess
import unittest

import harness
from harness import DEADLINE, HULLO, wait_until

WRONG = os.environ.get("HULLO_WRONG", "")

DONE, FAILED, USAGE, UNREACHABLE, TIMEOUT, IDENTITY, STORAGE = 0, 1, 2, 4, 5, 6, 7
LAST = ("delivered", "read", "failed", "expired", "cancelled")

Message = collections.namedtuple("Message", "id text ours state")


def wrong_variant(fault):
    """Options of a Home whose programs commit that deliberate fault (net/core/wrong.h)."""
    if not os.path.exists(WRONG):
        raise unittest.SkipTest("not built: hullo-wrong")
    # It says so and ends if it does not know the fault.
    said = subprocess.run([WRONG, "--version"], env=harness.environment(HL_WRONG=fault),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True).stdout
    if not said.startswith(b"hullo "):
        raise AssertionError(said.decode())
    return {"program": WRONG, "HL_WRONG": fault}


def events(output):
    """The JSON objects among the lines that a program has printed; the last line may be cut."""
    found = []
    for line in output.split(b"\n"):
        if line.startswith(b"{") and line.endswith(b"}"):
            found.append(json.loads(line))
    return found


def message(event):
    """An "entry" event; the state is None for what the peer said."""
    return Message(event["id"], event.get("text", ""), event["ours"], event.get("state"))


def reasons(told):
    """What went wrong, as --json tells it."""
    return " ".join(e.get("reason", "") for e in told)


class Home:
    """A user. The programs that run in the home belong to the test, and end with it."""

    def __init__(self, test, path=None, port=None, program=HULLO, **env):
        self.test = test
        self.path = path or test.directory()
        self.port = port or harness.free_port()
        self.program = program
        self.extra = env

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def env(self, faults=None, **more):
        env = harness.environment(HULLO_HOME=self.path, **self.extra)
        env.update(faults.env if faults else {})
        env.update(more)
        return env

    def start(self, *argv, faults=None, **more):
        return self.test.start(self.program, *argv, env=self.env(faults, **more))

    def run(self, *argv, stdin=b"", faults=None, deadline=None, **more):
        """Runs to the end: (exit status, standard output, standard error)."""
        done = subprocess.run([self.program, *argv], input=stdin, timeout=deadline or DEADLINE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.env(faults, **more), start_new_session=True,
                              preexec_fn=harness.die_with_runner, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def listen(self, *options, bound=True, **more):
        """hullo listen; bound: only once it has its socket."""
        process = self.start("listen", "--json", "--pair", "--listen", self.address, *options,
                             **more)
        if bound:
            process.expect('"event":"listening"')
        return process

    def send(self, to, *text, wait="delivered", timeout=DEADLINE, stdin=b"", options=(), **more):
        """hullo send to its end: (exit status, events, errors)."""
        status, out, errors = self.run("send", "--json", "--wait", wait, "--timeout", str(timeout),
                                       *options, to, *text, stdin=stdin,
                                       deadline=3 * DEADLINE + timeout, **more)
        return status, events(out.encode()), errors

    def history(self):
        """The transcript as its user sees it, one conversation after the other."""
        status, out, errors = self.run("history", "--json", "--limit", "0", deadline=6 * DEADLINE)
        self.test.assertEqual(status, DONE, errors)
        entries = [e for e in events(out.encode()) if e["event"] == "entry"]
        return [message(e) for e in sorted(entries, key=lambda e: (e["conversation"], e["place"]))]

    def settled(self, deadline=6 * DEADLINE):
        """The transcript once nothing of ours waits any more, which others must see to."""
        found = []

        def done():
            found[:] = self.history()
            return all(m.state in LAST for m in found if m.ours)

        wait_until(done, lambda: "the end of the queue in %s: %s" % (self.path, [
            m for m in found if m.ours and m.state not in LAST][:5]), deadline)
        return found

    def digest(self):
        """What is in the home, to see later whether anything was changed. SQLite makes an empty
        log before it knows that there is nothing to write."""
        found = {}
        for directory, _, names in os.walk(self.path):
            for name in names:
                path = os.path.join(directory, name)
                if os.path.isfile(path) and os.path.getsize(path):
                    with open(path, "rb") as file:
                        found[os.path.relpath(path, self.path)] = hashlib.sha256(
                            file.read()).hexdigest()
        return found


def same_transcript(one, other):
    """What is wrong between the transcripts of two homes, in words: all that either has said must
    stand in both, once, in the author's order, delivered."""
    wrong = []
    for author, reader, who in ((one, other, "first"), (other, one, "second")):
        said = [m for m in author if m.ours]
        heard = [m.id for m in reader if not m.ours]
        if [m.id for m in said] != heard:
            lost = [m.text for m in said if m.id not in set(heard)]
            twice = [i for i, n in collections.Counter(heard).items() if n > 1]
            wrong.append("of %d messages of the %s the other has %d: lost %s, twice %s, %s" % (
                len(said), who, len(heard), lost[:5], twice[:5],
                "order " + ("kept" if lost or twice else "changed")))
        wrong += ["%s of the %s is %s" % (m.text, who, m.state) for m in said
                  if m.state not in ("delivered", "read")][:5]
    return wrong
