# SPDX-License-Identifier: MIT
"""A bad network between two programs on one host."""
import os
import random
import select
import socket
import threading


class Relay:
    """A bad network on loopback: drops, doubles and reorders datagrams, from a seed, and keeps a
    copy of each. Clients are told apart as a NAT would; the server is the one at port."""

    def __init__(self, port, loss=0.0, double=0.0, reorder=0.0, seed=1):
        self.random = random.Random(seed)
        self.chances = (loss, double, reorder)
        self.server = ("127.0.0.1", port)
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.backs = {}
        self.held = None
        self.captured = []
        self.cut = set()  # "there": nothing passes to the server, "back": nothing from it
        self.answers = 0  # bytes that came from the server
        self.stopping, self.stopped = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            waiting = [self.front, self.stopping] + list(self.backs.values())
            # What was held back for the sake of order leaves when nothing follows it.
            ready, _, _ = select.select(waiting, [], [], 0.02)
            if self.stopping in ready:
                return
            if not ready and self.held:
                self.pass_on(*self.held)
                self.held = None
            for sock in ready:
                self.take(sock)

    def take(self, sock):
        try:
            data, sender = sock.recvfrom(65536)
        except OSError:
            return
        if sock is self.front:
            if sender not in self.backs:
                self.backs[sender] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                self.backs[sender].bind(("127.0.0.1", 0))
            way = (self.backs[sender], self.server, data)
        else:
            client = next(addr for addr, back in self.backs.items() if back is sock)
            self.answers += len(data)
            way = (self.front, client, data)
        self.captured.append(data)
        loss, double, reorder = (self.random.random() < chance for chance in self.chances)
        if loss or ("there" if sock is self.front else "back") in self.cut:
            return
        if reorder and not self.held:
            self.held = way
            return
        for _ in range(2 if double else 1):
            self.pass_on(*way)
        if self.held:
            self.pass_on(*self.held)
            self.held = None

    @staticmethod
    def pass_on(sock, to, data):
        try:
            sock.sendto(data, to)
        except OSError:
            pass

    def kill(self):
        os.write(self.stopped, b"x")
        self.thread.join()
        for sock in [self.front] + list(self.backs.values()):
            sock.close()
