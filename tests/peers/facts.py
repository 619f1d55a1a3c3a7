#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Python's socket module says about this system, to compare our own answers with.

facts.py features             one "NAME yes" or "NAME no" per line, found by try and except
facts.py hostname             gethostname()
facts.py sethostname          sethostname() to what it is: "done" or the error's name
facts.py refused              connect_ex() to a closed port: the errno
facts.py started              connect_ex() without waiting: the errno
facts.py name HOST            gethostbyname_ex(): name, aliases, addresses; or the error's number
facts.py service NAME|PORT [PROTOCOL]
"""
import errno
import socket
import sys

FEATURES = {
    "AF_INET": ("AF_INET", "SOCK_DGRAM", 0),
    "AF_INET6": ("AF_INET6", "SOCK_DGRAM", 0),
    "AF_UNIX": ("AF_UNIX", "SOCK_STREAM", 0),
    "AF_NETLINK": ("AF_NETLINK", "SOCK_RAW", 0),
    "AF_CAN": ("AF_CAN", "SOCK_RAW", 1),
    "CAN_BCM": ("AF_CAN", "SOCK_DGRAM", 2),
    "AF_RDS": ("AF_RDS", "SOCK_SEQPACKET", 0),
    "SOCK_RAW": ("AF_INET", "SOCK_RAW", socket.IPPROTO_ICMP),
    "SOCK_RDM": ("AF_INET", "SOCK_RDM", 0),
    "SOCK_SEQPACKET": ("AF_UNIX", "SOCK_SEQPACKET", 0),
}


def features():
    for name, (family, kind, protocol) in FEATURES.items():
        try:
            socket.socket(getattr(socket, family), getattr(socket, kind), protocol).close()
            print(name, "yes")
        except OSError:
            print(name, "no")


def closed_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def hostname():
    print(socket.gethostname())


def sethostname():
    try:
        socket.sethostname(socket.gethostname())
        print("done")
    except OSError as error:
        print(errno.errorcode[error.errno])


def refused():
    print(socket.socket().connect_ex(("127.0.0.1", closed_port())))


def started():
    with socket.socket() as server, socket.socket() as sock:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        sock.setblocking(False)
        print(errno.errorcode[sock.connect_ex(server.getsockname())])


def name(host):
    try:
        canonical, aliases, addresses = socket.gethostbyname_ex(host)
        print(canonical, ",".join(aliases), ",".join(addresses))
    except socket.gaierror as error:
        print("error", error.errno)


def service(what, *protocol):
    try:
        if what.isdigit():
            print(socket.getservbyport(int(what), *protocol))
        else:
            print(socket.getservbyname(what, *protocol))
    except OSError:
        print("not found")


globals()[sys.argv[1]](*sys.argv[2:])
