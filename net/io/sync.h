/* SPDX-License-Identifier: MIT */
/* Calls that wait, each with a deadline: sockets for scripts, tests and one-shot commands that
 * want to be read from top to bottom. The threads of net.h do not use it.
 *
 * A handle carries a time-out for each call made on it: HL_NEVER waits for ever, 0 never waits
 * (a call that would is -EAGAIN), anything else ends with HL_ERR_TIMEOUT. Signals never end a
 * call: it goes on with the time that is left (as PEP 475 does for Python). New handles, also
 * accepted ones, start with the process's default, which is HL_NEVER until it is changed.
 *
 * All calls on a closed handle are -EBADF and touch no descriptor. Writing to a peer that is gone
 * is -EPIPE, never SIGPIPE. One handle, one thread at a time. */
#ifndef HL_SYNC_H
#define HL_SYNC_H

#include "cmsg.h"
#include "types.h"

#include <sys/types.h>
#include <sys/uio.h>

struct hl_sync {
    int fd; /* -1 once closed or given away */
    enum hl_transport transport;
    hl_time timeout; /* of each call, in microseconds */
};

/* The process's default for handles made from now on. -EINVAL for a negative time. Any thread. */
int hl_sync_set_default_timeout(hl_time timeout);
hl_time hl_sync_default_timeout(void);

/* All of these make *s; on failure it is a closed handle. The rules are those of sock.h. */
int hl_sync_open(struct hl_sync *s, enum hl_transport t, enum hl_family family, int protocol)
    __attribute__((warn_unused_result));
int hl_sync_datagram(struct hl_sync *s, const struct hl_addr *at)
    __attribute__((warn_unused_result));
int hl_sync_listen(struct hl_sync *s, enum hl_transport t, const struct hl_addr *at, int backlog)
    __attribute__((warn_unused_result));

/* Takes over a descriptor that somebody else opened and makes it close-on-exec and non-blocking.
 * On failure fd stays the caller's. */
int hl_sync_adopt(struct hl_sync *s, int fd) __attribute__((warn_unused_result));
/* A second handle on the same socket, with a descriptor of its own. */
int hl_sync_dup(const struct hl_sync *s, struct hl_sync *out) __attribute__((warn_unused_result));
/* Gives the descriptor back (still non-blocking) and closes the handle. Returns it or -EBADF. */
int hl_sync_detach(struct hl_sync *s) __attribute__((warn_unused_result));
/* 0 the first time; -EBADF afterwards, and never closes what has got the number meanwhile. */
int hl_sync_close(struct hl_sync *s);

int hl_sync_set_timeout(struct hl_sync *s, hl_time timeout);

/* Connects; also UDP, which then speaks and listens to that peer alone. A time-out leaves the
 * attempt in an unknown state: close the handle. */
int hl_sync_connect(struct hl_sync *s, const struct hl_addr *remote)
    __attribute__((warn_unused_result));

/* Tries the addresses in turn, from source (NULL = any), until one connects or timeout has passed
 * altogether. Returns 0, or the last attempt's error. Staggered dialling by name is
 * hl_net_dial(). The handle has the default time-out afterwards. */
int hl_sync_dial(struct hl_sync *s, enum hl_transport t, const struct hl_addr *to, size_t to_len,
                 const struct hl_addr *source, hl_time timeout) __attribute__((warn_unused_result));

/* peer may be NULL. */
int hl_sync_accept(struct hl_sync *listener, struct hl_sync *out, struct hl_addr *peer)
    __attribute__((warn_unused_result));

/* The flags are MSG_* of recv(2) and send(2): MSG_PEEK, MSG_DONTWAIT, MSG_ERRQUEUE ... All return
 * a count or an error. Receiving 0 bytes from a stream is its end. */
ssize_t hl_sync_recv(struct hl_sync *s, void *buf, size_t cap, int flags)
    __attribute__((warn_unused_result));
ssize_t hl_sync_recv_from(struct hl_sync *s, void *buf, size_t cap, int flags, struct hl_addr *from)
    __attribute__((warn_unused_result));
/* One send: a stream may take fewer bytes than len. */
ssize_t hl_sync_send(struct hl_sync *s, const void *data, size_t len, int flags)
    __attribute__((warn_unused_result));
/* On a connected stream the address is ignored, as the kernel does. */
ssize_t hl_sync_send_to(struct hl_sync *s, const void *data, size_t len, int flags,
                        const struct hl_addr *to) __attribute__((warn_unused_result));

/* All of it, or an error and an unknown part of it sent. The time-out is for the whole. */
int hl_sync_send_all(struct hl_sync *s, const void *data, size_t len)
    __attribute__((warn_unused_result));

/* Sends count bytes of file from offset (count 0 = to its end) without copying them through this
 * process; file's own position stays. *sent, always set, tells how far it came, so a caller can
 * resume. Returns 0 also if the file ended early; -EOPNOTSUPP on anything but a stream. */
int hl_sync_send_file(struct hl_sync *s, int file, off_t offset, size_t count, size_t *sent)
    __attribute__((warn_unused_result));

struct hl_sync_msg {
    struct iovec *parts; /* the caller's buffers, scattered into or gathered from */
    size_t parts_len;
    struct hl_addr remote; /* the sender, or whom to send to (NONE = the connected peer) */
    struct hl_cmsg beside; /* hl_cmsg_init() it before sending */
    int flags;             /* received: MSG_TRUNC, MSG_CTRUNC, MSG_ERRQUEUE */
};
ssize_t hl_sync_recv_msg(struct hl_sync *s, struct hl_sync_msg *m, int flags)
    __attribute__((warn_unused_result));
ssize_t hl_sync_send_msg(struct hl_sync *s, const struct hl_sync_msg *m, int flags)
    __attribute__((warn_unused_result));

#endif
