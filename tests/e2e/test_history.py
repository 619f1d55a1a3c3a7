# SPDX-License-Identifier: MIT
"""The transcript from the command line: pages, dates, export, search, pruning."""
import json
import os
import stat
import subprocess

import harness
from harness import CHINESE, EMOJI, HULLO, bound_port

DONE, FAILED, USAGE, NAME, STORAGE = 0, 1, 2, 3, 7
MANY = 1234  # more than six pages


class History(harness.TestCase):
    def home(self):
        return os.path.join(self.directory(), "home")

    def do(self, home, *words, status=DONE, **options):
        got, out, errors = self.run_hullo("--home", home, *words, **options)
        self.assertEqual(got, status, (words, out[-2000:], errors))
        return out

    def told(self, *texts, name="bob"):
        """A home of which messages wait for somebody who is not there."""
        home = self.home()
        self.do(home, "contact", "add", name, "127.0.0.1:%d" % harness.free_port())
        self.say(home, name, *texts)
        return home

    def say(self, home, name, *texts):
        self.do(home, "send", "--wait", "queued", name, stdin="\n".join(texts).encode() + b"\n",
                deadline=5 * harness.DEADLINE)

    def test_text_and_events(self):
        home = self.told("one", CHINESE, EMOJI)
        shown = self.do(home, "history", "bob").split("\n")
        self.assertRegex(shown[0], "^[-─]+ .* [-─]+$")
        for line, text in zip(shown[1:], ("one", CHINESE, EMOJI)):
            self.assertRegex(line, r"^\d\d:\d\d:\d\d  you: %s  \[queued\]$" % text)
        self.assertIn("you to bob: one", self.do(home, "history"))
        events = [json.loads(line) for line in self.do(home, "history", "--json").splitlines()]
        self.assertEqual([event["text"] for event in events], ["one", CHINESE, EMOJI])
        self.assertEqual({event["event"] for event in events}, {"entry"})
        self.assertEqual(events[0]["state"], "queued")
        self.assertNotIn("from", events[0])

    def test_both_sides(self):
        one, other = self.home(), self.home()
        process = self.hullo("--home", other, "listen", "--pair", "--listen", "127.0.0.1:0",
                             "--count", "2", "--echo")
        port = bound_port(process)
        self.do(one, "contact", "add", "bob", "127.0.0.1:%d" % port)
        self.do(one, "send", "--name", "alice", "--linger", "0.5", "bob", stdin=b"first\nsecond\n")
        self.assertEqual(process.wait(), DONE)
        shown = self.do(other, "history")
        self.assertIn("  alice: first\n", shown)
        self.assertIn("  you to alice: first  [", shown)
        self.assertRegex(self.do(one, "history", "bob"), r"you: second  \[(delivered|read)\]")

    def test_pages(self):
        texts = ["line %d" % number for number in range(MANY)]
        home = self.told(*texts)

        def shown(*words):
            return [line.split("you: ")[1].split("  [")[0]
                    for line in self.do(home, "history", "bob", *words).splitlines()
                    if "you: " in line]
        self.assertEqual(shown(), texts[-100:])
        self.assertEqual(shown("--limit", "0"), texts)
        self.assertEqual(shown("--limit", "1"), texts[-1:])
        self.assertEqual(shown("--limit", "777"), texts[-777:])
        self.assertEqual(shown("--limit", str(MANY + 5)), texts)
        self.assertEqual(shown("--since", "2000-01-01"), texts)
        self.assertEqual(shown("--until", "2000-01-01"), [])
        self.assertEqual(len(self.do(home, "search", "line", "--limit", "0").splitlines()), MANY)
        self.assertEqual(len(self.do(home, "search", "line").splitlines()), 100)

    def test_search(self):
        home = self.told("red apples", "green apples", "Red wine", name="bob")
        self.do(home, "contact", "add", "carol", "127.0.0.1:%d" % harness.free_port())
        self.say(home, "carol", "red pears")

        def found(*words, status=DONE):
            return [line.split(": ", 1)[1].split("  [")[0]
                    for line in self.do(home, "search", *words, status=status).splitlines()]
        self.assertEqual(found("red"), ["red pears", "Red wine", "red apples"], "the latest first")
        self.assertEqual(found("red", "apples"), ["red apples"])
        self.assertEqual(found("--in", "bob", "red"), ["Red wine", "red apples"])
        self.assertEqual(found("app*"), ["green apples", "red apples"])
        self.assertEqual(found('"green apples"'), ["green apples"])
        self.assertEqual(found("--limit", "1", "red"), ["red pears"])
        self.assertEqual(found("cherries", status=FAILED), [])
        self.do(home, "search", "--in", "dave", "red", status=NAME)
        for words, what in (("", "search"), ("!!", "!!")):
            self.assertEqual(self.run_hullo("--home", home, "search", words),
                             (USAGE, "", "hullo: %s: there is no word in that\n" % what))
        event = json.loads(self.do(home, "search", "--json", "pears"))
        self.assertEqual((event["text"], event["name"]), ("red pears", "carol"))

    def test_export(self):
        home = self.told(*["line %d" % number for number in range(150)])
        path = os.path.join(self.directory(), "kept")
        self.assertEqual(self.do(home, "history", "bob", "--export", path, "--json"), "")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="utf-8") as file:
            self.assertEqual([json.loads(line)["text"] for line in file],
                             ["line %d" % number for number in range(150)])
        self.do(home, "history", "--export", path, status=FAILED)
        self.assertEqual(self.do(home, "history", "bob", "--export", "-").count("you: line"), 150)
        self.do(home, "history", "--export", "/dev/full/x", status=FAILED)

    def test_an_export_is_whole_or_not_there(self):
        home = self.told(*["line %d" % number for number in range(150)])
        path = os.path.join(self.directory(), "kept")
        # Of this process alone: the one that serves the home writes what it likes.
        bound_port(self.hullo("--home", home, "listen", "--listen", "127.0.0.1:0"))
        for form in ((), ("--json",)):
            done = subprocess.run("ulimit -f 4; exec %s --home %s history --export %s %s"
                                  % (HULLO, home, path, " ".join(form)), shell=True, check=False,
                                  env=harness.environment(), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=harness.DEADLINE)
            self.assertEqual(done.returncode, STORAGE)
            self.assertEqual(done.stderr.decode(), "hullo: %s: File too large\n" % path)
            self.assertFalse(os.path.exists(path))

    def test_nobody_reads_of_a_failure_in_a_file_that_is_full(self):
        home = self.told("x")
        for words in (("history",), ("contact",), ("peers",), ("search", "x")):
            for form in ((), ("--json",)):
                done = subprocess.run("exec %s --home %s %s >/dev/full"
                                      % (HULLO, home, " ".join(words + form)), shell=True,
                                      check=False, env=harness.environment(),
                                      stderr=subprocess.PIPE, timeout=harness.DEADLINE)
                self.assertEqual((done.returncode, done.stderr.decode()), (
                    STORAGE, "hullo: standard output: No space left on device\n"), words + form)

    def test_prune(self):
        home = self.told("to be forgotten")
        self.do(home, "history", "--prune", "2100-01-01", status=USAGE)
        self.do(home, "history", "--yes", "--prune", "2000-01-01")
        self.assertIn("to be forgotten", self.do(home, "history"), "what waits stays, and what is new")
        self.do(home, "history", "--prune", "yesterday", status=USAGE)
        one, other = self.home(), self.home()
        process = self.hullo("--home", other, "listen", "--pair", "--listen", "127.0.0.1:0",
                             "--count", "1")
        self.do(one, "send", "127.0.0.1:%d" % bound_port(process), "gone soon")
        self.assertEqual(process.wait(), DONE)
        for name in ("aaron", "zoe"):
            self.do(one, "contact", "add", name, "127.0.0.1:%d" % harness.free_port())
        peer = json.loads(self.do(one, "history", "--json"))["name"]
        _, _, errors = self.run_hullo("--home", one, "history", peer, "--yes", "--prune", "2100-01-01")
        self.assertEqual(errors, "hullo: removed: the text of 1 message\n")
        for home in (one, other):
            self.do(home, "history", "--yes", "--prune", "2100-01-01")
            self.assertNotIn("gone soon", self.do(home, "history"))
            self.do(home, "search", "gone", status=FAILED)

    def test_a_reader_who_leaves(self):
        home = self.told(*["line %d" % number for number in range(MANY)])
        done = subprocess.run("%s --home %s history --limit 0 | head -n 2; exit ${PIPESTATUS[0]}"
                              % (HULLO, home), shell=True, executable="/bin/bash", check=False,
                              env=harness.environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=harness.DEADLINE)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertEqual(done.stderr, b"")
        self.assertIn(done.returncode, (DONE, 141))

    def test_unknown(self):
        home = self.told("x")
        self.do(home, "history", "dave", status=NAME)
        for words in (("--since", "x"), ("--limit", "-1"), ("--prune", "2020-01-01", "--limit", "1")):
            self.do(home, "history", *words, status=USAGE)


if __name__ == "__main__":
    harness.main()
