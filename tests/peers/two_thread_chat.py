#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two-thread UDP chat: one thread prints what comes, the main thread sends what is typed.

Asks local port, peer address and peer port on stdin. Like the small programs people write, it
reads 1024 bytes at most and decodes them strictly: bad UTF-8, or a character cut at byte 1024,
ends its receive thread.
"""
import socket
import sys
import threading


def receive(sock):
    while True:
        data, (host, port) = sock.recvfrom(1024)
        print(f"{host}:{port}<<:{data.decode()}", flush=True)


def main():
    port = int(input("local port: "))
    peer = input("peer address: ")
    peer_port = int(input("peer port: "))
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", port))
    print(f"bound {sock.getsockname()[1]}", flush=True)
    threading.Thread(target=receive, args=(sock,), daemon=True).start()
    for line in sys.stdin:
        sock.sendto(line.rstrip("\n").encode(), (peer, peer_port))


main()
