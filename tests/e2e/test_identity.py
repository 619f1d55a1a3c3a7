# SPDX-License-Identifier: MIT
"""Who one is: key, links, and a passphrase that keeps key and store from whoever has the disk."""
import json
import os
import random
import re
import shutil
import stat
import subprocess
import time

import harness
from harness import DEADLINE, HULLO, bound_port

DONE, FAILED, USAGE, STORAGE = 0, 1, 2, 7
CANARY = "canary-0815-on-disk"
LINK = re.compile(r"^hullo:[a-z2-7]{56}(@\S+)?$", re.MULTILINE)


class Identity(harness.TestCase):
    def home(self):
        return os.path.join(self.directory(), "home")

    def file(self, text):
        path = os.path.join(self.directory(), "passphrase")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        os.chmod(path, 0o600)
        return path

    def do(self, home, *words, status=DONE, **options):
        got, out, errors = self.run_hullo("--home", home, *words, **options)
        self.assertEqual(got, status, (words, out, errors))
        return out + errors

    def on_disk(self, home, needle):
        for name in os.listdir(home):
            path = os.path.join(home, name)
            if not stat.S_ISREG(os.lstat(path).st_mode):
                continue
            with open(path, "rb") as file:
                if needle.encode() in file.read():
                    return name
        return None

    def filled(self):
        """A home with a contact and a message that waits for it."""
        home = self.home()
        self.do(home, "contact", "add", "bob-" + CANARY, "127.0.0.1:%d" % harness.free_port())
        self.do(home, "send", "--wait", "queued", "bob-" + CANARY, CANARY)
        return home

    def test_what_it_prints(self):
        home = self.home()
        shown = self.do(home, "id", "--name", "alice")
        self.assertRegex(shown, r"name +alice\nkey +[0-9a-f]{64}\n")
        key = re.search(r"[0-9a-f]{64}", shown).group(0)
        event = json.loads(self.do(home, "id", "--json", "--listen", "192.0.2.1:7000"))
        self.assertEqual((event["key"], event["passphrase"]), (key, False))
        link = self.do(home, "id", "--uri", "--listen", "192.0.2.1:7000").strip()
        self.assertEqual(event["link"], link)
        self.assertRegex(link, LINK)
        several = self.do(home, "id", "--uri", "--listen", "a.example:1", "--listen", "[2001:db8::1]:2")
        self.assertEqual([line.split("@")[1] for line in several.split()],
                         ["a.example:1", "[2001:db8::1]:2"])
        self.do(home, "id", "--uri", "--listen", "192.0.2.1:0", status=USAGE)
        drawn = self.do(home, "id", "--qr", "--listen", "192.0.2.1:7000")
        self.assertIn("█▀▀▀▀▀█", drawn)
        self.assertNotIn("\033", drawn, "no colours in a pipe")

    def test_a_link_names_a_key(self):
        alice, bob = self.home(), self.home()
        link = self.do(bob, "id", "--uri", "--listen", "192.0.2.1:7000").strip()
        key = re.search(r"[0-9a-f]{64}", self.do(bob, "id")).group(0)
        self.do(alice, "contact", "add", "bob", link.upper().replace("HULLO", "hullo"))
        contact = json.loads(self.do(alice, "contact", "--json"))
        self.assertEqual((contact["key"], contact["name"]), (key, "bob"))
        slip = link[:10] + ("a" if link[10] != "a" else "b") + link[11:]
        self.assertIn("mistyped", self.do(alice, "contact", "add", "eve", slip, status=USAGE))

    def test_a_link_leads_to_who_listens(self):
        home = self.home()
        self.assertNotIn("@127.0.0.1", self.do(home, "id", "--uri"))
        listener = self.hullo("--home", home, "listen", "--listen", "127.0.0.1:0")
        at = "127.0.0.1:%d" % bound_port(listener)
        self.assertTrue(self.do(home, "id", "--uri").strip().endswith("@" + at))
        self.assertTrue(json.loads(self.do(home, "id", "--json"))["link"].endswith("@" + at))
        self.assertTrue(self.do(home, "id", "--uri", "--listen", "192.0.2.1:7000").strip().endswith(
            "@192.0.2.1:7000"))
        listener.kill()
        everywhere = self.hullo("--home", home, "listen", "--listen", "0")
        port = bound_port(everywhere)
        for link in self.do(home, "id", "--uri").split():
            self.assertTrue("@" not in link or link.endswith(":%d" % port), link)

    def test_a_doctor_asks_for_no_passphrase(self):
        home = self.home()
        self.do(home, "id", "--set-passphrase", "--new-passphrase-file", self.file("open sesame"))
        _, out, errors = self.run_hullo("--home", home, "doctor")
        self.assertRegex(out, r"(?m)^ok +key +kept under a passphrase$", errors)
        _, out, errors = self.run_hullo("--home", home, "doctor", "--passphrase-file",
                                        self.file("open barley"))
        self.assertRegex(out, r"(?m)^no +key .*passphrase is wrong$", errors)

    def test_works_while_another_process_runs(self):
        home = self.home()
        listener = self.hullo("--home", home, "listen", "--listen", "127.0.0.1:0")
        bound_port(listener)
        self.do(home, "id", "--uri")
        self.assertIn("another hullo", self.do(home, "id", "--set-passphrase", "--new-passphrase-file",
                                               self.file("x"), status=FAILED))

    def test_set_change_and_remove(self):
        home = self.filled()
        self.assertIsNotNone(self.on_disk(home, CANARY))
        one, two, wrong = self.file("one"), self.file("two"), self.file("wrong")
        self.do(home, "id", "--set-passphrase", "--new-passphrase-file", one)
        self.assertIsNone(self.on_disk(home, CANARY))
        self.assertIn("the passphrase is wrong",
                      self.do(home, "history", "--passphrase-file", wrong, status=STORAGE))
        self.assertIn("--passphrase-file", self.do(home, "history", status=STORAGE))
        self.assertIn(CANARY, self.do(home, "history", "--passphrase-file", one))
        self.assertIn(CANARY, self.do(home, "search", CANARY, "--passphrase-file", one))
        self.do(home, "id", "--set-passphrase", "--passphrase-file", one,
                "--new-passphrase-file", two)
        self.do(home, "history", "--passphrase-file", one, status=STORAGE)
        self.assertIn(CANARY, self.do(home, "history", "--passphrase-file", two))
        self.assertIsNone(self.on_disk(home, CANARY))
        self.do(home, "id", "--remove-passphrase", "--passphrase-file", two)
        self.assertIn(CANARY, self.do(home, "history"))
        self.assertEqual([name for name in os.listdir(home) if name.startswith("key")], ["key"])

    def test_a_pipe_may_say_it(self):
        home = self.filled()
        self.do(home, "id", "--set-passphrase", "--new-passphrase-file", self.file("sesame"))
        readable, writable = os.pipe()
        os.write(writable, b"sesame\n")
        os.close(writable)
        self.assertIn(CANARY, self.do(home, "history", "--passphrase-file", "/dev/fd/%d" % readable,
                                      pass_fds=[readable]))
        os.close(readable)

    def test_a_store_left_in_the_open_is_sealed(self):
        """The crash between the two steps: the file has a passphrase, the store is not sealed."""
        home = self.filled()
        kept = os.path.join(self.directory(), "kept")
        shutil.copy(os.path.join(home, "hullo.db"), kept)
        sesame = self.file("sesame")
        self.do(home, "id", "--set-passphrase", "--new-passphrase-file", sesame)
        for name in os.listdir(home):
            if name.startswith("hullo.db"):
                os.remove(os.path.join(home, name))
        shutil.copy(kept, os.path.join(home, "hullo.db"))
        self.assertIn(CANARY, self.do(home, "history", "--passphrase-file", sesame))
        self.assertIsNone(self.on_disk(home, CANARY))

    def test_killed_at_any_moment(self):
        """After kill -9 while a passphrase is set or removed, one of the two ways opens the home."""
        home = self.filled()
        sesame = self.file("sesame")
        seed = random.randrange(1 << 30)
        chance = random.Random(seed)
        for trial in range(24):
            for words in (["--set-passphrase", "--new-passphrase-file", sesame],
                          ["--remove-passphrase"]):
                victim = subprocess.Popen([HULLO, "--home", home, "id", "--passphrase-file", sesame]
                                          + words, env=harness.environment(),
                                          preexec_fn=harness.die_with_runner,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                if trial:
                    time.sleep(chance.uniform(0, 0.4 * harness.SLOWNESS))
                    victim.kill()
                victim.wait(DEADLINE)
                shown = self.do(home, "history", "--passphrase-file", sesame)
                self.assertEqual(shown.count(CANARY), 2, "seed %d, trial %d" % (seed, trial))
                with open(os.path.join(home, "key"), "rb") as key:
                    if key.read().startswith(b"hullo-key-2"):
                        self.assertIsNone(self.on_disk(home, CANARY),
                                          "seed %d, trial %d" % (seed, trial))

    def test_asked_on_the_terminal(self):
        home = self.filled()
        script = '%s --home %s id --set-passphrase; %s --home %s id; echo status $?; stty -a' % (
            (HULLO, home) * 2)
        terminal = self.terminal("sh", "-c", script)
        for question in ("New passphrase: ", "The same again: ", "Passphrase: "):
            terminal.expect(re.escape(question.strip()))
            terminal.say("sesame")
        terminal.expect("status 0")
        terminal.expect(r"[^-]echo\b")
        screen = terminal.screen()
        self.assertIn("passphrase  yes", screen)
        self.assertNotIn("sesame", screen)

    def test_interrupted_at_the_question(self):
        home = self.filled()
        self.do(home, "id", "--set-passphrase", "--new-passphrase-file", self.file("sesame"))
        terminal = self.terminal("sh", "-c", "trap : INT; %s --home %s history; echo status $?; stty -a"
                                 % (HULLO, home))
        terminal.expect("Passphrase:")
        terminal.type("half of it")
        terminal.keys("C-c")
        terminal.expect("status 130")
        terminal.expect(r"[^-]echo\b")
        self.assertNotIn("half", terminal.screen())

    def test_three_tries(self):
        home = self.filled()
        self.do(home, "id", "--set-passphrase", "--new-passphrase-file", self.file("sesame"))
        terminal = self.terminal("sh", "-c", "%s --home %s id; echo status $?" % (HULLO, home))
        for count in range(1, 4):
            harness.wait_until(lambda: terminal.screen().count("Passphrase:") == count,
                               "question %d" % count)
            terminal.say("wrong")
        terminal.expect("status 7")

    def test_no_core_is_dumped(self):
        listener = self.hullo("--home", self.home(), "listen", "--listen", "127.0.0.1:0")
        bound_port(listener)
        with open("/proc/%d/limits" % listener.child.pid, encoding="ascii") as limits:
            self.assertRegex(limits.read(), r"Max core file size +0 +0 ")


if __name__ == "__main__":
    harness.main()
