# SPDX-License-Identifier: MIT
"""I/O that fails: tests/support/faultio.c, preloaded into programs that a test starts."""
import mmap
import os
import struct
import tempfile
import unittest

import harness

LIBRARY = os.environ.get(
    "FAULTIO_LIBRARY", os.path.join(harness.ROOT, "build", "dev", "tests", "e2e", "faultio.so"))
RULES_MAX = 8
WORD = struct.Struct("=Q")


def need():
    """A sanitizer's runtime wants to be the first library of a process, and so does this."""
    if harness.SANITIZED:
        raise unittest.SkipTest("no I/O faults beside a sanitizer")
    if not os.path.exists(LIBRARY):
        raise unittest.SkipTest("not built: " + LIBRARY)


class Faults:
    """Rules for the programs that get .env; see faultio.c for what they say. They can be switched
    on and off meanwhile, and tell how often they were asked."""

    def __init__(self, *rules, files="", on=True):
        need()
        self.file = tempfile.NamedTemporaryFile(prefix="hullo-faultio-")
        self.file.truncate(mmap.PAGESIZE)
        self.page = mmap.mmap(self.file.fileno(), mmap.PAGESIZE)
        self.env = {"LD_PRELOAD": LIBRARY, "FAULTIO": ",".join(rules),
                    "FAULTIO_FILES": files, "FAULTIO_STATE": self.file.name}
        if not on:
            self.off()

    def off(self):
        WORD.pack_into(self.page, 0, 1)

    def on(self):
        """From here on calls are counted anew."""
        self.off()
        for word in range(1, 1 + 2 * RULES_MAX):
            WORD.pack_into(self.page, word * WORD.size, 0)
        WORD.pack_into(self.page, 0, 0)

    def word(self, number):
        return WORD.unpack_from(self.page, number * WORD.size)[0]

    def calls(self, rule=0):
        """How many calls that rule was asked about."""
        return self.word(1 + rule)

    def hits(self, rule=0):
        return self.word(1 + RULES_MAX + rule)

    def kill(self):
        self.page.close()
        self.file.close()
