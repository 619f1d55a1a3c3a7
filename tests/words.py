#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every text that the sources mark for people is in every catalogue, translated, and no catalogue
holds a text that is nowhere in the sources. unit.catalogue does the same for the tables.
usage: words.py SOURCE_DIRECTORY"""
import ast
import glob
import os
import re
import shutil
import subprocess
import sys

# Those that look up a text which they are given, and where it stands among their arguments.
KEYWORDS = ["_", "N_", "ngettext:1,2", "hl_ui_hint:2", "hl_ui_hint_more:2", "hl_chat_say:4",
            "hl_command_say:2", "say:2"]
SKIPPED = 77


def xgettext(options, files):
    out = subprocess.run(["xgettext", "--from-code=UTF-8", "--language=C", "--output=-",
                          *options, *files], check=True, capture_output=True).stdout
    return out.decode()


def entries(text):
    """(context, msgid, plural or None) -> whether every form of it is there, of a catalogue."""
    found = {}
    for block in re.split(r"\n\n+", text):
        if re.search(r"^#, .*fuzzy", block, re.M) and "msgid \"\"\n" not in block:
            sys.exit(f"fuzzy: {block}")
        parts = {}
        for line in block.splitlines():
            word = re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?) (".*")$', line)
            if word:
                last = word[1]
                parts[last] = ast.literal_eval(word[2])
            elif line.startswith('"'):
                parts[last] += ast.literal_eval(line)
        if parts.get("msgid"):
            key = (parts.get("msgctxt"), parts["msgid"], parts.get("msgid_plural"))
            found[key] = all(v for k, v in parts.items() if k.startswith("msgstr"))
    return found


def has_words(msgid):
    return re.search(r"[^\W\d_]", re.sub(r"%[-+ #0-9.*]*(?:hh|ll|[hlzj])?(?:<\w+>|[a-zA-Z])", "",
                                         msgid)) is not None


def main():
    if shutil.which("xgettext") is None:
        print("skipped: xgettext (gettext) is not there")
        sys.exit(SKIPPED)
    os.chdir(sys.argv[1])
    # err.h, feature.c ... hold msgids of others, who may not know gettext.
    sources = sorted(glob.glob("src/*.c") + glob.glob("ui/*/*.c"))
    others = sorted(glob.glob("src/messenger/*.c") + glob.glob("src/store/*.c")
                    + glob.glob("net/**/*.[ch]", recursive=True))
    marked = entries(xgettext(["--keyword", *("--keyword=" + k for k in KEYWORDS)], sources))
    everything = entries(xgettext(["--extract-all"], sources + others))
    known = {msgid for _, msgid, _ in everything} | {msgid for _, msgid, _ in marked}
    known |= {os.strerror(number) for number in range(1, 134)}  # LC_ALL=C: ours in English
    wrong = []
    if len(marked) < 100:
        wrong.append(f"only {len(marked)} texts are marked: this test is broken")
    for path in sorted(glob.glob("src/po/*.po")):
        with open(path, encoding="utf-8") as file:
            there = entries(file.read())
        wrong += [f"{path}: missing: {key[1]!r}" + (f" with plural {key[2]!r}" if key[2] else "")
                  for key in marked if has_words(key[1]) and not there.get(key)]
        wrong += [f"{path}: nowhere in the sources: {key[1]!r}"
                  for key in there if key[1] not in known]
        wrong += [f"{path}: not translated: {key[1]!r}" for key in there if not there[key]]
    print("\n".join(wrong) or "every text is translated")
    sys.exit(1 if wrong else 0)


main()
