#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A DNS server on UDP for tests: prints "ready", then one line per question, "NAME TYPE".

dns.py HOST RECORD...

RECORD is NAME/TYPE=VALUE[@SECONDS]: TYPE is A, AAAA, CNAME or PTR; several of one NAME/TYPE are
given in their order; the answer comes SECONDS late, and never if VALUE is "-". A name that has
records of another type only has no data; any other name does not exist.
"""
import heapq
import ipaddress
import select
import socket
import struct
import sys
import time

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "AAAA": 28}
NXDOMAIN = 3


def parse(records):
    table, delays = {}, {}
    for record in records:
        key, value = record.split("=", 1)
        value, _, delay = value.partition("@")
        name, kind = key.rsplit("/", 1)
        key = (name, TYPES[kind])
        table.setdefault(key, []).append(value)
        delays[key] = float(delay or 0)
    return table, delays


def wire_name(name):
    labels = name.encode().split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def data(kind, value):
    if kind in (TYPES["A"], TYPES["AAAA"]):
        return ipaddress.ip_address(value).packed
    return wire_name(value)


def record(name, kind, value):
    body = data(kind, value)
    return wire_name(name) + struct.pack(">HHIH", kind, 1, 60, len(body)) + body


def question(packet):
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    kind, = struct.unpack(">H", packet[at + 1:at + 3])
    return ".".join(labels).lower(), kind, packet[12:at + 5]


def answer(table, packet):
    """The datagram to send, or None for silence; and the key that decides when."""
    name, kind, asked = question(packet)
    key, records = (name, kind), []
    while (name, TYPES["CNAME"]) in table:
        target = table[name, TYPES["CNAME"]][0]
        records.append(record(name, TYPES["CNAME"], target))
        name = target
    values = table.get((name, kind), [])
    if "-" in values:
        return None, key
    records += [record(name, kind, value) for value in values]
    known = any(known_name == name for known_name, _ in table)
    flags = 0x8180 | (0 if known else NXDOMAIN)
    head = packet[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0)
    return head + asked + b"".join(records), key


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((sys.argv[1], 53))
    table, delays = parse(sys.argv[2:])
    names = {number: name for name, number in TYPES.items()}
    late, count = [], 0
    print("ready", flush=True)
    while True:
        wait = max(0, late[0][0] - time.monotonic()) if late else None
        if select.select([sock], [], [], wait)[0]:
            packet, sender = sock.recvfrom(4096)
            reply, key = answer(table, packet)
            print(key[0], names.get(key[1], key[1]), flush=True)
            if reply:
                count += 1
                due = time.monotonic() + delays.get(key, 0)
                heapq.heappush(late, (due, count, reply, sender))
        while late and late[0][0] <= time.monotonic():
            _, _, reply, sender = heapq.heappop(late)
            sock.sendto(reply, sender)


main()
