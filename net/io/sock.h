/* SPDX-License-Identifier: MIT */
/* Sockets as the rest of net wants them: close-on-exec and non-blocking from birth, addresses as
 * struct hl_addr, errors as -errno. Nothing here waits; sync.h is the same with deadlines.
 * Any thread. A descriptor given out belongs to the caller; on failure *fd is -1. */
#ifndef HL_SOCK_H
#define HL_SOCK_H

#include "types.h"

#include <sys/types.h>

/* socket(2). family is NONE for the transport's only one (AF_UNIX) and for TCP and UDP means
 * AF_INET6 that also carries v4, or AF_INET on a system without v6. protocol 0 is the usual one;
 * one that does not fit is -EPROTONOSUPPORT. */
int hl_sock_open(enum hl_transport t, enum hl_family family, int protocol, int *fd)
    __attribute__((warn_unused_result));

/* Opens and binds a datagram socket: Unix when at is a Unix address (unnamed = the kernel picks
 * an abstract name), else UDP. at->family NONE is every address of both families on at->port;
 * 0.0.0.0 and :: are one family only. Port 0 lets the system choose; *bound tells the result.
 *
 * UDP sockets get IP_RECVERR and IPV6_RECVERR (a dual-stack socket needs both to hear that a v4
 * peer refused), IP_PKTINFO and IPV6_RECVPKTINFO (to answer from the address that was asked),
 * SO_RXQ_OVFL and a large SO_RCVBUF. Never SO_REUSEADDR: on UDP it lets a second process take all
 * traffic. */
int hl_sock_datagram(const struct hl_addr *at, int *fd, struct hl_addr *bound)
    __attribute__((warn_unused_result));

/* The same options for a UDP socket that came from elsewhere. */
int hl_sock_prepare_udp(int fd) __attribute__((warn_unused_result));

/* Opens, binds and listens: TCP, Unix stream or seqpacket. at as above; TCP listeners have
 * SO_REUSEADDR, so that a restart need not wait for TIME_WAIT, and two listeners on one port are
 * still -EADDRINUSE. Linux lets backlog + 1 peers connect before the first accept; a negative
 * backlog counts as 0 here (the kernel would take it for the maximum).
 *
 * Unix paths, here and in hl_sock_datagram(): a socket file nobody listens on is replaced, a
 * living one or any other file is -EADDRINUSE; only the owner may connect (mode 0600). Two
 * programs that replace the same dead path in the same instant may both believe they own it. */
int hl_sock_listen(enum hl_transport t, const struct hl_addr *at, int backlog, int *fd,
                   struct hl_addr *bound) __attribute__((warn_unused_result));

/* Takes a waiting connection. *peer may be NULL. -EAGAIN if none waits; -EMFILE and -ENFILE leave
 * it waiting. */
int hl_sock_accept(int listener, int *fd, struct hl_addr *peer) __attribute__((warn_unused_result));

/* Opens a socket and starts to connect it. source NULL or family NONE is the system's choice; for
 * Unix datagrams it is then an abstract name of the kernel's, or the peer could not answer.
 * Connecting UDP sends nothing: it fixes the peer, and a refusal comes back as -ECONNREFUSED from
 * a later call. Returns 0 (connected), -EINPROGRESS (poll *fd for writing, then ask
 * hl_sock_connect_result()), or an error; -EAGAIN is a Unix listener whose backlog is full. */
int hl_sock_connect_start(enum hl_transport t, const struct hl_addr *remote,
                          const struct hl_addr *source, int *fd)
    __attribute__((warn_unused_result));

/* How the attempt went: 0, -EINPROGRESS while it goes on, or its error, which is cleared. */
int hl_sock_connect_result(int fd) __attribute__((warn_unused_result));

/* bind(2) and connect(2) of an open socket; the address is converted to the socket's family.
 * hl_sock_connect() with family NONE undoes the connection of a datagram socket. */
int hl_sock_bind(int fd, const struct hl_addr *at) __attribute__((warn_unused_result));
int hl_sock_connect(int fd, const struct hl_addr *remote) __attribute__((warn_unused_result));

/* For streams that carry conversation: TCP_NODELAY, TCP_USER_TIMEOUT and keepalive from
 * net_limits.h, so that a dead path shows within seconds. On other sockets it does nothing. */
void hl_sock_tune_stream(int fd);

/* getsockname() and getpeername(). -ENOTCONN without a peer. */
int hl_sock_name(int fd, struct hl_addr *out) __attribute__((warn_unused_result));
int hl_sock_peer(int fd, struct hl_addr *out) __attribute__((warn_unused_result));

/* What kind of socket fd is. -ENOTSOCK, or -EPROTONOSUPPORT for none of enum hl_transport. */
int hl_sock_transport(int fd, enum hl_transport *t) __attribute__((warn_unused_result));

/* AF_INET, AF_INET6, AF_UNIX ... of fd, or -errno. */
int hl_sock_family(int fd);

/* Half-close: the peer reads to the end of what was written, then sees the end. */
int hl_sock_shutdown_write(int fd);

/* The process at the other end of a Unix stream or seqpacket connection, as it was when it
 * connected. The kernel vouches for it. */
struct hl_cred {
    pid_t pid; /* 0 if it lives in a foreign pid namespace */
    uid_t uid;
    gid_t gid;
};
int hl_sock_peer_cred(int fd, struct hl_cred *out) __attribute__((warn_unused_result));

/* After the owner closed its socket: removes the file at a Unix path, unless somebody else has
 * put a living socket (or anything that is no socket) there meanwhile. Other addresses: nothing. */
void hl_sock_unlink_if_ours(const struct hl_addr *bound);

#endif
