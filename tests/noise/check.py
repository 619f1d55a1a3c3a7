#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check.py PROGRAM FOLDER: runs PROGRAM, which speaks the lines described in vectors.c, through all
public vectors in FOLDER/*.json, then through each of them again with each single bit of each
message flipped on the wire: that message must be rejected, or the next one where nothing seals it."""
import json
import pathlib
import subprocess
import sys


class Case:
    def __init__(self, vector, flip=None):
        self.vector = vector
        self.flip = flip

    def __str__(self):
        flip = ", message %d bit %d flipped" % self.flip if self.flip else ""
        return self.vector["protocol_name"] + flip

    def lines(self):
        yield "begin " + self.vector["protocol_name"]
        for side in "init", "resp":
            yield f"prologue {side} {self.vector.get(side + '_prologue', '')}"
            for word, field in ("s", "static"), ("e", "ephemeral"), ("rs", "remote_static"):
                if value := self.vector.get(f"{side}_{field}"):
                    yield f"{word} {side} {value}"
            for psk in self.vector.get(side + "_psks", []):
                yield f"psk {side} {psk}"
        if self.flip:
            yield "flip %d %d" % self.flip
        for message in self.vector["messages"]:
            yield "msg " + message["payload"]
        yield "end"

    def good(self, answer):
        """Whether these lines are what the program should have said."""
        values = {"ct": [], "pt": [], "hh": [], "reject": []}
        for line in answer:
            word, _, value = line.partition(" ")
            if word not in values:
                return False
            values[word].append(value)
        sent = [m["ciphertext"] for m in self.vector["messages"]]
        payloads = [m["payload"] for m in self.vector["messages"]]
        hashes = [self.vector["handshake_hash"]]
        if not self.flip:
            return values == {"ct": sent, "pt": payloads, "hh": hashes, "reject": []}
        if len(values["reject"]) != 1:
            return False
        flipped = self.flip[0]
        # The first message of XX is plaintext; what is sent after it depends on what was read.
        sealed = flipped > 0 or not self.vector["protocol_name"].startswith("Noise_XX_")
        rejected = flipped if sealed else flipped + 1
        return (int(values["reject"][0]) == rejected and len(values["ct"]) == rejected + 1
                and values["ct"][:flipped + 1] == sent[:flipped + 1])


def run(program, cases):
    """Answers of the program, one list of lines for each case."""
    text = "".join(line + "\n" for case in cases for line in case.lines())
    done = subprocess.run([program], input=text, stdout=subprocess.PIPE, text=True, check=True)
    answers = done.stdout.split("done\n")
    if len(answers) != len(cases) + 1 or answers.pop():
        sys.exit("not one answer for each case")
    return [answer.splitlines() for answer in answers]


def check(program, cases):
    """Number of cases that went wrong; the first ones are printed."""
    bad = [(c, a) for c, a in zip(cases, run(program, cases)) if not c.good(a)]
    for case, answer in bad[:5]:
        print(f"{case}:", *answer, sep="\n    ")
    return len(bad)


def main():
    program, folder = sys.argv[1:]
    vectors = [vector for path in sorted(pathlib.Path(folder).glob("*.json"))
               for vector in json.loads(path.read_text())["vectors"]]
    flips = [Case(vector, (i, bit)) for vector in vectors
             for i, message in enumerate(vector["messages"])
             for bit in range(len(message["ciphertext"]) * 4)]
    if not flips:
        sys.exit(f"no vectors in {folder}")
    bad = check(program, [Case(vector) for vector in vectors])
    bad += check(program, flips)
    print(f"{len(vectors)} vectors, {len(flips)} flipped bits, {bad} wrong")
    sys.exit(bad > 0)


main()
