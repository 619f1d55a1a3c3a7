# SPDX-License-Identifier: MIT
"""Each I/O call of a conversation fails once, or from then on until the disk is well again, on
either side: nobody crashes, whoever is told that a message is delivered can rely on it, and all
goes on when the fault ends. HL_FAULTS_EVERY=1 takes each call, the ordinary run some."""
import os
import shutil
import sys

import harness
from faults import Faults
from harness import wait_until
from homes import DONE, STORAGE, TIMEOUT, UNREACHABLE, Home, events, same_transcript

EVERY = int(os.environ.get("HL_FAULTS_EVERY", "0"))
SAMPLES = 4  # of each kind of fault and side in the ordinary run
COUNT = 20
CALLS = "open|read|write|sync|size|entry"
ERRORS = ("EIO", "ENOSPC", "short")


class EveryCall(harness.TestCase):
    def setUp(self):
        """Two homes that know each other, of which each attempt gets a copy."""
        self.models = [Home(self), Home(self)]
        reader = self.models[1].listen()
        status, _, errors = self.models[0].send(self.models[1].address, "hello")
        self.assertEqual(status, DONE, errors)
        reader.kill()

    def copies(self):
        homes = []
        for model in self.models:
            path = self.directory()
            shutil.rmtree(path)
            shutil.copytree(model.path, path, ignore=lambda d, names: [
                n for n in names if not os.path.isfile(os.path.join(d, n))])
            os.chmod(path, 0o700)
            homes.append(Home(self, path, model.port))
        return homes

    def converse(self, side, *rules):
        """COUNT messages while that side's I/O is under these rules; then the disk is well."""
        homes = self.copies()
        author, reader = homes
        faults = Faults(*rules, files=homes[side].path)
        given = [faults if i == side else None for i in (0, 1)]
        listener = reader.listen(faults=given[1], bound=False)
        wait_until(lambda: b'"listening"' in listener.output or not listener.alive(),
                   "the reader's start")
        texts = ["message %d" % i for i in range(COUNT)]
        status, told, errors = author.send(reader.address, timeout=1,
                                           stdin="\n".join(texts).encode(), faults=given[0])
        self.assertIn(status, (DONE, UNREACHABLE, TIMEOUT, STORAGE), errors)
        asked, hit = faults.calls(), faults.hits()
        faults.off()
        self.check_end(listener)
        delivered = {e["id"] for e in told if e["event"] == "delivered"}
        self.check_after(author, reader, listener, delivered, texts)
        faults.kill()
        return asked, hit, status

    def check_end(self, listener):
        """It may have given up, with a reason and the documented status."""
        if not listener.alive():
            self.assertEqual(listener.wait(), STORAGE, listener)
            said = [e.get("class") for e in events(listener.output)]
            self.assertTrue("storage" in said or b"hullo: " in listener.output, listener)

    def check_after(self, author, reader, listener, delivered, texts):
        if not listener.alive():
            listener = reader.listen()
        status, _, errors = author.send(reader.address, "the disk is well again")
        self.assertEqual(status, DONE, errors)
        said = author.settled()
        listener.kill()
        heard = reader.history()
        self.assertEqual(same_transcript(said, heard), [])
        self.assertLessEqual(delivered, {m.id for m in heard})
        own = [m.text for m in said if m.text in texts]
        self.assertEqual(own, texts[:len(own)])

    def test_each_call(self):
        ran = 0
        for side, name in enumerate(("author", "reader")):
            total, _, status = self.converse(side, CALLS + ":1000000:EIO")
            self.assertEqual(status, DONE)
            self.assertGreater(total, COUNT)
            for fault in ERRORS:
                step = EVERY or max(1, total // SAMPLES)
                for number in range(1, total + 1, step):
                    for more in ("", "+"):
                        rule = "%s:%d%s:%s" % (CALLS, number, more, fault)
                        with self.subTest(side=name, rule=rule):
                            self.converse(side, rule)
                            ran += 1
            print("%s: %d calls" % (name, total), file=sys.stderr)
        print("%d faults" % ran, file=sys.stderr)

    def test_no_receipt_before_commit(self):
        """A reader whose disk takes nothing says nothing, and has nothing after a crash."""
        author, reader = self.copies()
        faults = self.own(Faults("write:1+:ENOSPC", files=reader.path, on=False))
        listener = reader.listen(faults=faults)
        faults.on()
        status, told, _ = author.send(reader.address, "on your disk?", timeout=1)
        listener.kill()
        self.assertGreater(faults.hits(), 0)
        self.assertEqual(status, TIMEOUT)
        self.assertNotIn("delivered", [e["event"] for e in told])
        self.assertEqual([m.text for m in reader.history()], ["hello"])


if __name__ == "__main__":
    harness.main()
