#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Small TCP programs. Servers print their port first; SOURCE is an address to connect from.

tcp.py hello-server [HOST]              reads once, answers once, closes, ends
tcp.py hello-client HOST PORT           sends hello, prints the answer
tcp.py upper-once | upper-loop          answers in upper case; one client, or one after another
tcp.py upper-count                      the same, and prints how many bytes send() took
tcp.py upper-client HOST PORT           each line of stdin that is a word, prints the answers
tcp.py greet                            speaks first, closes at once; one client after another
tcp.py greeted HOST PORT                reads until the end, prints it
tcp.py readline HOST PORT               makefile().readline() until the end, prints repr of each
tcp.py create HOST PORT [SOURCE]        create_connection(); sends where it is connected from
tcp.py sockname                         sends each client getsockname() of its connection
tcp.py peername HOST PORT               prints getpeername() and getsockname()
tcp.py take HOST PORT                   counts the bytes until the end, prints count and sha256
tcp.py slow HOST PORT                   the same, by small reads with pauses
tcp.py many HOST PORT N                 N clients at once: each says its number, wants it back
tcp.py unix-upper PATH                  upper-once on AF_UNIX; PATH may start with @ (abstract)
"""
import hashlib
import socket
import sys
import time


def listener(host=""):
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.bind((host, 0))
    sock.listen(5)
    print(sock.getsockname()[1], flush=True)
    return sock


def dial(host, port):
    return socket.create_connection((host, int(port)), timeout=20)


def hello_server(host=""):
    conn, peer = listener(host).accept()
    with conn:
        print(peer[0], conn.recv(1024).decode(), flush=True)
        conn.sendall(b"hello from the server")


def hello_client(host, port):
    with dial(host, port) as sock:
        sock.sendall(b"hello")
        print(sock.recv(1024).decode(), flush=True)


def answer_upper(conn, told=False):
    with conn:
        while data := conn.recv(1024):
            count = conn.send(data.upper())
            if told:
                print(count, flush=True)


def upper_once():
    answer_upper(listener().accept()[0])


def upper_loop():
    sock = listener()
    while True:
        answer_upper(sock.accept()[0])


def upper_count():
    answer_upper(listener().accept()[0], told=True)


def upper_client(host, port):
    with dial(host, port) as sock:
        for line in sys.stdin:
            word = line.strip()
            if not word.isalpha():
                continue
            sock.sendall(word.encode())
            print(sock.recv(1024).decode(), flush=True)


def greet():
    sock = listener()
    while True:
        conn, peer = sock.accept()
        with conn:
            conn.sendall(f"welcome {peer[0]}\n".encode())


def read_all(sock):
    data = b""
    while piece := sock.recv(4096):
        data += piece
    return data


def greeted(host, port):
    print(read_all(dial(host, port)).decode(), end="", flush=True)


def readline(host, port):
    with dial(host, port).makefile(encoding="utf-8", newline="\n") as lines:
        while line := lines.readline():
            print(ascii(line), flush=True)


def create(host, port, source=None):
    at = (source, 0) if source else None
    with socket.create_connection((host, int(port)), 5, at) as sock:
        sock.sendall(sock.getsockname()[0].encode())


def sockname():
    sock = listener("127.0.0.1")
    while True:
        conn = sock.accept()[0]
        with conn:
            conn.sendall("{} {}".format(*conn.getsockname()[:2]).encode())


def peername(host, port):
    sock = dial(host, port)
    print(*sock.getpeername()[:2], *sock.getsockname()[:2], flush=True)


def take(host, port, size=65536, pause=0.0):
    sock = dial(host, port)
    digest, count = hashlib.sha256(), 0
    while piece := sock.recv(size):
        count += len(piece)
        digest.update(piece)
        time.sleep(pause)
    print(count, digest.hexdigest(), flush=True)


def slow(host, port):
    take(host, port, 50000, 0.001)


def many(host, port, count):
    socks = [dial(host, port) for _ in range(int(count))]
    for i, sock in enumerate(socks):
        sock.sendall(f"client {i}\n".encode())
    for i, sock in enumerate(socks):
        with sock.makefile() as lines:
            assert lines.readline().rstrip("\n") == f"client {i}", i
    print("all", flush=True)


def unix_upper(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(path.replace("@", "\0", 1) if path[0] == "@" else path)
    sock.listen(1)
    print("ready", flush=True)
    answer_upper(sock.accept()[0])


globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
