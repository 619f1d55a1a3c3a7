#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Small UDP programs.

udp.py hello-server [HOST]        prints its port; answers the first datagram with hello, ends
udp.py hello-client HOST PORT     sends hello, prints the answer
udp.py echo [HOST]                prints its port; sends everything back, for ever
udp.py connected HOST PORT        connect()ed: each line of stdin is sent, its answer printed
udp.py unix-echo PATH             AF_UNIX datagrams; PATH may start with @ (abstract)
"""
import socket
import sys


def bound(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    print(sock.getsockname()[1], flush=True)
    return sock


def hello_server(host=""):
    sock = bound(host)
    data, peer = sock.recvfrom(1024)
    print(data.decode(), flush=True)
    sock.sendto(b"hello, " + data, peer)


def hello_client(host, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.sendto(b"hello", (host, int(port)))
    print(sock.recvfrom(1024)[0].decode(), flush=True)


def echo(host=""):
    sock = bound(host)
    while True:
        data, peer = sock.recvfrom(65535)
        sock.sendto(data, peer)


def connected(host, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((host, int(port)))
    for line in sys.stdin:
        sock.send(line.rstrip("\n").encode())
        data, peer = sock.recvfrom(1024)
        print(peer[0], data.decode(), flush=True)


def unix_echo(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(path.replace("@", "\0", 1) if path[0] == "@" else path)
    print("ready", flush=True)
    while True:
        data, peer = sock.recvfrom(65535)
        sock.sendto(data, peer)


globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
