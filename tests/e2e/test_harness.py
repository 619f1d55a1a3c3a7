# SPDX-License-Identifier: MIT
"""The harness itself: what it does with programs that do not do what a test hopes for."""
import os
import signal
import sys

import harness


PATH = "import sys\nsys.path.insert(0, %r)\n" % os.path.dirname(os.path.abspath(__file__))
SKIPS = """
import unittest
import harness

class Whole(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("not here")

    def test_one(self):
        pass
"""
RUNS = """
class Runs(harness.TestCase):
    def test_two(self):
        pass
"""
MODULE = """
def setUpModule():
    raise unittest.SkipTest("nothing of it here")
"""
MAIN = """
harness.main()
"""


class Harness(harness.TestCase):
    def test_what_is_skipped_whole_is_skipped(self):
        """Nor is it passed when a part of it has run, nor when there is none."""
        skipped = harness.SKIPPED
        for script, status in ((SKIPS, skipped), (SKIPS + MODULE, skipped),
                               (SKIPS + RUNS + MODULE, skipped), (SKIPS + RUNS, 0),
                               ("import harness", 1)):
            program = self.start(sys.executable, "-B", "-c", PATH + script + MAIN)
            self.assertEqual(program.wait(), status, "%s in %s" % (program, script))

    def test_expect_walks_forward(self):
        cat = self.start("cat")
        cat.say("one two one")
        cat.expect("one")
        cat.expect("one")
        with self.assertRaises(AssertionError):
            cat.expect("one", deadline=0.1)

    def test_expect_ends_with_the_program(self):
        program = self.start("sh", "-c", "echo done")
        with self.assertRaisesRegex(AssertionError, "done"):
            program.expect("more")
        self.assertEqual(program.wait(), 0)

    def test_expect_not(self):
        cat = self.start("cat")
        cat.expect_not("word")
        cat.say("word")
        harness.wait_until(lambda: b"word" in cat.output, "the word")
        with self.assertRaisesRegex(AssertionError, "should not have come"):
            cat.expect_not("word")
        cat.end_of_input()
        cat.expect_text("word")
        cat.wait()
        with self.assertRaisesRegex(AssertionError, "any more"):
            cat.expect_not("another word")

    def test_kill_takes_the_whole_group(self):
        program = self.start("sh", "-c", "sleep 60 & echo child $!; wait")
        child = int(program.expect(r"child (\d+)").group(1))
        program.kill()
        harness.wait_until(lambda: not self.runs(child), "the end of the grandchild")

    @staticmethod
    def runs(pid):
        try:
            with open("/proc/%d/stat" % pid, encoding="ascii") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def test_status_of_a_signal(self):
        program = self.start("cat")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), -signal.SIGTERM)

    def test_free_port_is_free(self):
        sock = harness.socket.socket(harness.socket.AF_INET, harness.socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.bind(("127.0.0.1", harness.free_port()))

    def test_terminal(self):
        terminal = self.terminal("sh", "-c", "read line; echo \"got $line\"; exit 3",
                                 size=(40, 5))
        terminal.say(harness.CHINESE + harness.ARABIC)
        terminal.expect_text("got " + harness.CHINESE + harness.ARABIC)
        self.assertEqual(terminal.status(), 3)
        self.assertFalse(terminal.alive())

    def test_programs_find_no_settings(self):
        os.environ["HULLO_HOME"] = "/nonexistent"
        self.addCleanup(os.environ.pop, "HULLO_HOME")
        homes = {harness.environment()["HULLO_HOME"] for _ in range(3)}
        self.assertNotIn("/nonexistent", homes)
        self.assertEqual(len(homes), 3)


if __name__ == "__main__":
    harness.main()
