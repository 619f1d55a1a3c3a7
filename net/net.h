/* SPDX-License-Identifier: MIT */
/* The net module: datagrams, streams, names and events behind one handle.
 *
 * Two threads share the sockets. The receive thread owns everything that comes in: it reads the
 * UDP sockets, accepts and reads stream connections, and collects ICMP errors. The send thread
 * owns what waits to go out: it writes datagrams and streams, dials, and keeps the timers of
 * dialling. Look-ups run in detached workers. The program's main thread gives commands (they
 * never block) and takes events; hl_net_send() and hl_net_transmit() may be called by any thread.
 *
 *   main --commands--> send thread --(new connections)--> receive thread --events--> main
 *     \                    \------------------ events -----------------------------/
 *      \--what can leave at once--> socket
 *
 * Everything that crosses is a value. What is shared are descriptors, which a connection closes
 * when all have let go of it, and the table that finds them (wires.h). Queues are bounded in bytes
 * (net_limits.h):
 *   sends full      hl_net_send() says HL_ERR_BUSY and keeps nothing: HL_EV_WRITABLE tells when the
 *                   link has room again
 *   events full     both threads wait for room; what arrives fills the kernel's buffers, so TCP
 *                   slows its senders down, and datagrams that no longer fit there are counted
 *                   by the kernel and reported (HL_EV_DROPPED tells how many)
 * One slow link holds back at most HL_CONN_QUEUE bytes, several share (budget.h), and one message
 * finds room on any link that has nothing waiting, whatever others hold.
 *
 * A message leaves from the calling thread itself when nothing of its link waits and no pace is
 * set: a hop between threads costs more than the send. What the socket does not take at once, and
 * all that follows on that link, goes through the send thread, so the order holds.
 *
 * The same library offers its parts one by one:
 *   endpoint.h addr.h     what users type; addresses to and from struct sockaddr
 *   resolve.h services.h  names without waiting; names of ports
 *   sock.h sockopt.h      sockets ready for use; options by name and their values in force
 *   sync.h reader.h       calls that wait, with deadlines; lines from a connection
 *   cmsg.h                what travels beside the data: source, hop limit, errors, descriptors
 *   feature.h host.h      what this system can do; its name
 *   netlink.h ping.h      news about addresses and links; ICMP echo
 *
 * Links name sockets. A datagram socket is one link for all its peers, told apart by
 * hl_path.remote; a stream connection is a link of its own. Link numbers are never used again. */
#ifndef HL_NET_H
#define HL_NET_H

#include "endpoint.h"
#include "err.h"
#include "net_limits.h"
#include "path.h"
#include "types.h"

struct hl_net;

enum hl_event_kind {
    HL_EV_MESSAGE,     /* data, len, flags, segment: a datagram, a line or a record of a stream */
    HL_EV_SENT,        /* token: the message has left this host */
    HL_EV_FAILED,      /* token, err: it has not */
    HL_EV_REFUSED,     /* path, err; data, len: the part of our datagram that ICMP quoted */
    HL_EV_ACCEPTED,    /* path: a stream peer connected to a listener of ours */
    HL_EV_LOOKED_UP,   /* token, path.remote: one address of a name; the port is filled in;
                        * data: the source's name; count: µs since the question */
    HL_EV_ALIAS,       /* token, data: another name of the host that was looked up */
    HL_EV_LOOKUP_DONE, /* token, err: nothing more will come; data: canonical name if known */
    HL_EV_TRYING,      /* token, path.remote: a connection attempt starts */
    HL_EV_TRY_FAILED,  /* token, path.remote, err */
    HL_EV_CONNECTED,   /* token, path: a dial is done; for datagram peers: an address to use */
    HL_EV_DIAL_FAILED, /* token, err: no attempt is left */
    HL_EV_FINISHED,    /* path: the peer will say no more (half-close); we still may */
    HL_EV_CLOSED,      /* path, err: the link is gone; err 0 = both sides were done */
    HL_EV_DROPPED,     /* path.link, count: datagrams lost here, by the kernel's queue or ours */
    HL_EV_ADDRESSES,   /* an address or link of this host came or went (route socket): data says
                        * what, path.local the address, count the interface's index */
    HL_EV_TOO_BIG,     /* path, count: a datagram of count bytes is more than the way out takes */
    HL_EV_WRITABLE,    /* path: a link that said HL_ERR_BUSY has room again */
};

enum hl_event_flag {
    HL_EVF_PARTIAL = 1,   /* the line goes on: quiet time or HL_LINE_MAX cut it here */
    HL_EVF_CONTINUES = 2, /* goes on from the previous PARTIAL of this link */
    HL_EVF_TRUNCATED = 4, /* MSG_TRUNC: the kernel gave less than was sent */
};

struct hl_event {
    enum hl_event_kind kind;
    uint32_t flags;
    uint64_t token;
    int err;
    uint64_t count;
    hl_time time; /* when the thread saw it */
    struct hl_path path;
    union { /* valid until the next hl_net_next() of this handle */
        const uint8_t *data;
        uint8_t *bytes; /* the same, for who opens a sealed message in place */
    };
    size_t len;
    uint16_t segment; /* 0 = one message, else data is datagrams of this size, the last may be
                       * shorter; only with hl_net_config.segments */
};

struct hl_net_config {
    bool ipv4_only;
    bool ipv6_only;
    bool route_events;    /* watch addresses (AF_NETLINK), give HL_EV_ADDRESSES */
    hl_time dial_timeout; /* default for dials that name none; 0 = HL_DIAL_TIMEOUT */
    hl_time send_gap;     /* pace of plain datagrams: least time between two, 0 = none */
    size_t conns_max;     /* 0 = HL_CONNS_MAX, lowered to what RLIMIT_NOFILE permits */

    bool segments;   /* UDP in runs of datagrams where the kernel can (UDP_GRO, UDP_SEGMENT),
                      * and never fragmented on the way (IP_PMTUDISC_PROBE) */
    bool framed;     /* TCP and Unix streams carry records, each behind its length in 2 bytes,
                      * big endian, 1 to 65535; another ends the link with HL_ERR_FRAMING */
    bool no_offload; /* as if the kernel had none of what segments asks for */
    hl_time close_patience; /* how long a closed link waits for a peer that takes nothing of what is
                             * still queued, 0 = HL_CLOSE_PATIENCE; then HL_ERR_TIMEOUT */
};

/* Starts both threads. Returns 0 or an error; *out is to be given to hl_net_stop(). Blocks all
 * signals in the threads it makes. */
int hl_net_start(const struct hl_net_config *config, struct hl_net **out)
    __attribute__((warn_unused_result));

/* Sends what is queued for at most flush (0 = not at all), then stops and joins both threads,
 * closes every socket and frees n. Stuck look-ups are left behind, never waited for. */
void hl_net_stop(struct hl_net *n, hl_time flush);

/* Readable while events wait: for poll() in the main thread. */
int hl_net_fd(const struct hl_net *n);

/* Takes the next event. Returns false if there is none, and then re-arms hl_net_fd(). */
bool hl_net_next(struct hl_net *n, struct hl_event *ev);

/* Opens and binds a socket at once and hands it to the threads. UDP sockets are dual stack where
 * the system can; there is no SO_REUSEADDR on UDP, because a second process could then take all
 * traffic. A stale Unix socket path is replaced, a living one is -EADDRINUSE.
 * Returns 0, -EADDRINUSE, -EACCES, ... ; *link and *bound (the address with the real port). */
int hl_net_listen(struct hl_net *n, const struct hl_endpoint *at, hl_link *link,
                  struct hl_addr *bound) __attribute__((warn_unused_result));

/* A bound datagram socket that the caller holds already (socket activation, tests): n owns it
 * from here on; only after -ENOTSOCK or -EPROTONOSUPPORT it is still the caller's. */
int hl_net_adopt(struct hl_net *n, int fd, hl_link *link, struct hl_addr *bound)
    __attribute__((warn_unused_result));

/* The link of that transport that was opened first and is still open, 0 if there is none. */
hl_link hl_net_first(struct hl_net *n, enum hl_transport transport);

struct hl_dial {
    struct hl_endpoint to; /* port must be set; a service name is looked up */
    hl_link via;           /* datagram peers: the socket to speak through */
    struct hl_addr source; /* streams: bind here first; family NONE = any */
    hl_time timeout;       /* 0 = the configured default, HL_NEVER = none */
};

/* Resolves and connects. Streams: attempts are staggered after RFC 8305 and never ended early;
 * one HL_EV_CONNECTED or HL_EV_DIAL_FAILED ends it. Datagram peers: nothing is sent; every
 * address that this host has a route to is an HL_EV_CONNECTED of its own, best first, then comes
 * HL_EV_LOOKUP_DONE, or HL_EV_DIAL_FAILED if there was none. Unix peers without a scheme for it
 * may be of any kind: the path in HL_EV_CONNECTED says which. */
int hl_net_dial(struct hl_net *n, const struct hl_dial *dial, uint64_t token)
    __attribute__((warn_unused_result));

/* Looks up only: HL_EV_LOOKED_UP for each address in the order it would be tried, HL_EV_ALIAS for
 * each other name of the host, then HL_EV_LOOKUP_DONE. */
int hl_net_resolve(struct hl_net *n, const struct hl_endpoint *what, hl_time timeout,
                   uint64_t token) __attribute__((warn_unused_result));

/* Asks for the name of an address: one HL_EV_LOOKUP_DONE with the name in data, or an error,
 * within HL_REVERSE_TIMEOUT. */
int hl_net_reverse(struct hl_net *n, const struct hl_addr *a, uint64_t token)
    __attribute__((warn_unused_result));

/* Ends a dial or look-up: HL_ERR_CANCELLED comes within 50 ms, nothing after it. */
int hl_net_cancel(struct hl_net *n, uint64_t token) __attribute__((warn_unused_result));

/* Sends one message: a datagram as it is, or bytes of a stream (the caller adds the newline, or the
 * lengths where it is framed).
 * len is 1..HL_TEXT_MAX: a zero-length datagram would end netcat. Exactly one HL_EV_SENT or
 * HL_EV_FAILED with this token follows. Returns HL_ERR_BUSY if too much waits; -ENOMEM (nothing
 * follows; a datagram may have left all the same). */
int hl_net_send(struct hl_net *n, const struct hl_path *to, uint64_t token, const void *data,
                size_t len) __attribute__((warn_unused_result));

enum hl_transmit_flag {
    HL_TX_PROBE = 1, /* tests what the path carries: -EOPNOTSUPP where fragments are possible */
};

struct hl_net_transmit {
    const struct hl_path *path;
    const void *data;
    size_t len;     /* 1..HL_TEXT_MAX */
    size_t segment; /* 0 = one message, else messages of this size, the last may be shorter */
    uint32_t flags; /* enum hl_transmit_flag */
};

/* Sends messages and forgets them: no HL_EV_SENT, no HL_EV_FAILED. Datagrams leave in one call
 * where the kernel can (UDP_SEGMENT), else piece by piece; on a framed stream each is a record.
 * Returns 0: sent or queued; HL_ERR_BUSY: too much waits; HL_ERR_NO_LINK, HL_ERR_CLOSED;
 * HL_ERR_TOO_LONG: no record can hold it; or what the kernel said at once (-ENETUNREACH ...). What
 * it says of queued ones is counted in send_errors only, as the network's losses are. A datagram
 * that is too big for the way out is an HL_EV_TOO_BIG in either case (-EMSGSIZE at once if the
 * events are full). */
int hl_net_transmit(struct hl_net *n, const struct hl_net_transmit *t)
    __attribute__((warn_unused_result));

/* Half-close of a stream after what is queued. */
int hl_net_finish(struct hl_net *n, hl_link link) __attribute__((warn_unused_result));

/* Closes any link after what is queued, waiting no longer than close_patience for a peer that
 * takes nothing; HL_EV_CLOSED follows. */
int hl_net_close(struct hl_net *n, hl_link link) __attribute__((warn_unused_result));

struct hl_net_stats {
    uint64_t datagrams_in, datagrams_out, bytes_in, bytes_out;
    uint64_t dropped; /* datagrams lost on this host: kernel queue and event queue */
    uint64_t icmp_errors;
    uint64_t refused_conns; /* stream peers turned away: table or descriptors full */
    uint64_t send_errors;
};
void hl_net_stats(const struct hl_net *n, struct hl_net_stats *out);

#endif
