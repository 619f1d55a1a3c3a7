#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""live_peer.py PROGRAM: hullo-noise-vectors and dissononce, an implementation of Noise that shares
nothing with ours, shake hands in either role and then talk. Every message of both sides is also
sent with a bit flipped, and must be refused. Exit status 77: dissononce is not installed."""
import os
import random
import subprocess
import sys

SKIPPED = 77
DEBIAN_PYTHON = "/usr/bin/python3"  # the one that finds Debian's packages

try:
    from dissononce.cipher.chachapoly import ChaChaPolyCipher
    from dissononce.dh.x25519.private import PrivateKey
    from dissononce.dh.x25519.x25519 import X25519DH
    from dissononce.exceptions.decrypt import DecryptFailedException
    from dissononce.hash.sha256 import SHA256Hash
    from dissononce.processing.handshakepatterns.interactive.IK import IKHandshakePattern
    from dissononce.processing.handshakepatterns.interactive.KK import KKHandshakePattern
    from dissononce.processing.handshakepatterns.interactive.XX import XXHandshakePattern
    from dissononce.processing.impl.cipherstate import CipherState
    from dissononce.processing.impl.handshakestate import HandshakeState
    from dissononce.processing.impl.symmetricstate import SymmetricState
    from dissononce.processing.modifiers.psk import PSKPatternModifier
except ImportError:
    if os.path.exists(DEBIAN_PYTHON) and not os.path.samefile(DEBIAN_PYTHON, sys.executable):
        os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON, "-B", *sys.argv])
    print("skipped: python3-dissononce is not installed")
    sys.exit(SKIPPED)

PATTERNS = {
    "XX": (XXHandshakePattern(), 3),
    "IK": (IKHandshakePattern(), 2),
    "KK": (KKHandshakePattern(), 2),
    "XXpsk3": (PSKPatternModifier(3).modify(XXHandshakePattern()), 3),
    "IKpsk2": (PSKPatternModifier(2).modify(IKHandshakePattern()), 2),
}
SEED = 20261121
TRANSPORT_MESSAGES = 20


class Refused(Exception):
    pass


class Ours:
    """The program under test, as one side."""

    def __init__(self, program, settings, initiator):
        self.side = "init" if initiator else "resp"
        self.hash = None
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True, bufsize=1)
        self.tell("begin Noise_%s_25519_ChaChaPoly_SHA256" % settings.name)
        self.tell("prologue", settings.prologue)
        self.tell("s", settings.keys[initiator].private.data)
        self.tell("e", settings.random.randbytes(32))
        if settings.name[:2] == "KK" or settings.name[:2] == "IK" and initiator:
            self.tell("rs", settings.keys[not initiator].public.data)
        if "psk" in settings.name:
            self.tell("psk", settings.psk)

    def tell(self, word, value=None):
        line = word if value is None else f"{word} {self.side} {value.hex()}"
        self.child.stdin.write(line + "\n")

    def ask(self, word, value, wanted, last):
        self.tell(word, value)
        answer, _, result = self.child.stdout.readline().strip().partition(" ")
        if answer == "reject":
            raise Refused
        if answer != wanted:
            sys.exit(f"{word}: {answer} {result}")
        if last:
            self.hash = bytes.fromhex(self.child.stdout.readline().split()[1])
        return bytes.fromhex(result)

    def write(self, payload, last=False):
        return self.ask("write", payload, "ct", last)

    def read(self, message, last=False):
        return self.ask("read", message, "pt", last)

    def close(self):
        self.child.stdin.close()
        status = self.child.wait(timeout=60)
        self.child.stdout.close()
        if status:
            sys.exit(f"the program ended with {status}")


class Theirs:
    """dissononce as one side."""

    def __init__(self, settings, initiator):
        self.initiator = initiator
        self.state = HandshakeState(
            SymmetricState(CipherState(ChaChaPolyCipher()), SHA256Hash()), X25519DH())
        knows = settings.name[:2] == "KK" or settings.name[:2] == "IK" and initiator
        self.state.initialize(PATTERNS[settings.name][0], initiator, settings.prologue,
                              s=settings.keys[initiator],
                              rs=settings.keys[not initiator].public if knows else None,
                              psks=[settings.psk] if "psk" in settings.name else None)
        self.send = self.receive = self.hash = None

    def finish(self, ciphers):
        if ciphers:
            self.send, self.receive = ciphers if self.initiator else reversed(ciphers)
            self.hash = self.state.symmetricstate.get_handshake_hash()

    def write(self, payload, last=False):
        if self.send:
            return self.send.encrypt_with_ad(b"", payload)
        message = bytearray()
        self.finish(self.state.write_message(payload, message))
        return bytes(message)

    def read(self, message, last=False):
        payload = bytearray()
        try:
            if self.receive:
                return self.receive.decrypt_with_ad(b"", message)
            self.finish(self.state.read_message(message, payload))
        except DecryptFailedException:
            raise Refused from None
        return bytes(payload)

    def close(self):
        pass


class Settings:
    """Everything random about one conversation; keys[True] is the initiator's pair."""

    def __init__(self, name, seed):
        self.name = name
        self.random = random.Random(seed)
        self.prologue = self.random.randbytes(self.random.randrange(40))
        self.psk = self.random.randbytes(32)
        self.keys = [X25519DH().generate_keypair(PrivateKey(self.random.randbytes(32)))
                     for _ in range(2)]


def talk(program, name, ours_begins, seed, flipped=None):
    """One conversation. flipped is the message of which a bit is flipped; it must be refused."""
    settings = Settings(name, seed)
    ours = Ours(program, settings, ours_begins)
    theirs = Theirs(settings, not ours_begins)
    sides = (ours, theirs) if ours_begins else (theirs, ours)
    shakes = PATTERNS[name][1]
    try:
        for number in range(shakes + TRANSPORT_MESSAGES):
            sender, receiver = sides if number % 2 == 0 else reversed(sides)
            last = number == shakes - 1
            payload = settings.random.randbytes(settings.random.choice((0, 1, 20, 1200, 60000)))
            message = bytearray(sender.write(payload, last))
            if number == flipped:
                message[settings.random.randrange(len(message))] ^= 1 << number % 8
            try:
                if receiver.read(bytes(message), last) != payload:
                    sys.exit(f"{name}, seed {seed}: message {number} reads differently")
            except Refused:
                if number != flipped:
                    sys.exit(f"{name}, seed {seed}: message {number} was refused")
                return
            if number == flipped:
                sys.exit(f"{name}, seed {seed}: message {number} was accepted with a flipped bit")
        if ours.hash is None or ours.hash != theirs.hash:
            sys.exit(f"{name}, seed {seed}: the hashes differ")
    finally:
        ours.close()


def main():
    program = sys.argv[1]
    conversations = refused = 0
    for name, (_, shakes) in PATTERNS.items():
        for ours_begins in True, False:
            for seed in range(SEED, SEED + 5):
                talk(program, name, ours_begins, seed)
                conversations += 1
            for flipped in range(name == "XX", shakes + 2):  # nothing seals the first one of XX
                talk(program, name, ours_begins, SEED, flipped)
                refused += 1
    print(f"{conversations} conversations with dissononce, {refused} flipped bits refused")


main()
