/* SPDX-License-Identifier: MIT */
#include "sync.h"

#include "addr.h"
#include "clock.h"
#include "err.h"
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often a Unix listener with a full backlog is asked again: nothing can be polled for it. */
#define FULL_PAUSE HL_MS(10)

enum {
    SENDFILE_MAX = 1 << 30, /* bytes per call, below what Linux takes at once */
};

static _Atomic hl_time default_timeout = HL_NEVER;

int hl_sync_set_default_timeout(hl_time timeout)
{
    if (timeout < 0)
        return -EINVAL;
    atomic_store(&default_timeout, timeout);
    return 0;
}

hl_time hl_sync_default_timeout(void)
{
    return atomic_load(&default_timeout);
}

int hl_sync_set_timeout(struct hl_sync *s, hl_time timeout)
{
    if (timeout < 0)
        return -EINVAL;
    s->timeout = timeout;
    return 0;
}

static void init(struct hl_sync *s, enum hl_transport t)
{
    *s = (struct hl_sync){.fd = -1, .transport = t, .timeout = hl_sync_default_timeout()};
}

int hl_sync_open(struct hl_sync *s, enum hl_transport t, enum hl_family family, int protocol)
{
    init(s, t);
    return hl_sock_open(t, family, protocol, &s->fd);
}

int hl_sync_datagram(struct hl_sync *s, const struct hl_addr *at)
{
    struct hl_addr bound;

    init(s, at->family == HL_AF_UNIX ? HL_UNIX_DGRAM : HL_UDP);
    return hl_sock_datagram(at, &s->fd, &bound);
}

int hl_sync_listen(struct hl_sync *s, enum hl_transport t, const struct hl_addr *at, int backlog)
{
    struct hl_addr bound;

    init(s, t);
    return hl_sock_listen(t, at, backlog, &s->fd, &bound);
}

int hl_sync_adopt(struct hl_sync *s, int fd)
{
    enum hl_transport t;
    int err = hl_sock_transport(fd, &t);
    int flags = fcntl(fd, F_GETFL);

    init(s, HL_UDP);
    if (err != 0)
        return err;
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return -errno;
    s->fd = fd;
    s->transport = t;
    return 0;
}

int hl_sync_dup(const struct hl_sync *s, struct hl_sync *out)
{
    *out = *s;
    out->fd = s->fd < 0 ? -1 : fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
    if (s->fd < 0)
        return -EBADF;
    return out->fd < 0 ? -errno : 0;
}

int hl_sync_detach(struct hl_sync *s)
{
    int fd = s->fd;

    s->fd = -1;
    return fd < 0 ? -EBADF : fd;
}

int hl_sync_close(struct hl_sync *s)
{
    int fd = hl_sync_detach(s);

    if (fd < 0)
        return fd;
    /* Linux has freed the number even when close() says EINTR. */
    return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

static hl_time deadline_in(hl_time timeout)
{
    hl_time now = hl_clock_now();

    return timeout > HL_NEVER - now ? HL_NEVER : now + timeout;
}

/* Waits until fd is ready for events. Returns 0, HL_ERR_TIMEOUT or -errno. */
static int wait_for(int fd, short events, hl_time deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    struct timespec left;
    int n;

    do {
        n = ppoll(&p, fd < 0 ? 0 : 1, hl_clock_left(deadline, &left), NULL);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return n == 0 ? HL_ERR_TIMEOUT : 0;
}

/* One way round the loop that all calls share: given that a call said err, whether to make it
 * again (0) or what to tell the caller. */
static int again(const struct hl_sync *s, short events, int flags, hl_time deadline, int err)
{
    if (err == EINTR)
        return 0;
    if (err != EAGAIN || s->timeout == 0 || (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)))
        return -err;
    return wait_for(s->fd, events, deadline);
}

/* A poll() that says nothing about the error queue would wait for ever, hence MSG_ERRQUEUE above.
 */
static ssize_t recv_until(struct hl_sync *s, struct msghdr *msg, int flags, hl_time deadline)
{
    int err = 0;

    if (s->fd < 0)
        return -EBADF;
    while (err == 0) {
        socklen_t name_len = msg->msg_namelen;
        size_t control_len = msg->msg_controllen;
        ssize_t n = recvmsg(s->fd, msg, flags | MSG_CMSG_CLOEXEC);

        if (n >= 0)
            return n;
        err = again(s, POLLIN, flags, deadline, errno);
        msg->msg_namelen = name_len;
        msg->msg_controllen = control_len;
    }
    return err;
}

static ssize_t send_until(struct hl_sync *s, const struct msghdr *msg, int flags, hl_time deadline)
{
    int err = 0;

    if (s->fd < 0)
        return -EBADF;
    while (err == 0) {
        ssize_t n = sendmsg(s->fd, msg, flags | MSG_NOSIGNAL);

        if (n >= 0)
            return n;
        err = again(s, POLLOUT, flags, deadline, errno);
    }
    return err;
}

ssize_t hl_sync_recv_from(struct hl_sync *s, void *buf, size_t cap, int flags, struct hl_addr *from)
{
    struct sockaddr_storage ss;
    struct iovec part = {.iov_base = buf, .iov_len = cap};
    struct msghdr msg = {
        .msg_name = &ss, .msg_namelen = sizeof(ss), .msg_iov = &part, .msg_iovlen = 1};
    ssize_t n = recv_until(s, &msg, flags, deadline_in(s->timeout));

    if (n >= 0 && from) /* streams name nobody: the peer is known */
        hl_addr_from_sockaddr(from, &ss, msg.msg_namelen);
    return n;
}

ssize_t hl_sync_recv(struct hl_sync *s, void *buf, size_t cap, int flags)
{
    return hl_sync_recv_from(s, buf, cap, flags, NULL);
}

static int address(const struct hl_sync *s, const struct hl_addr *to, struct sockaddr_storage *ss,
                   struct msghdr *msg)
{
    socklen_t len;
    int af;
    int err;

    if (!to || to->family == HL_AF_NONE)
        return 0;
    if (s->fd < 0)
        return -EBADF;
    af = hl_sock_family(s->fd);
    err = af < 0 ? af : hl_addr_to_sockaddr(to, af == AF_INET6, ss, &len);
    if (err == 0) {
        msg->msg_name = ss;
        msg->msg_namelen = len;
    }
    return err;
}

ssize_t hl_sync_send_to(struct hl_sync *s, const void *data, size_t len, int flags,
                        const struct hl_addr *to)
{
    struct sockaddr_storage ss;
    union {
        const void *in;
        void *out;
    } data_of = {.in = data}; /* struct iovec serves reading and writing, so it is not const */
    struct iovec part = {.iov_base = data_of.out, .iov_len = len};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    int err = address(s, to, &ss, &msg);

    return err ? err : send_until(s, &msg, flags, deadline_in(s->timeout));
}

ssize_t hl_sync_send(struct hl_sync *s, const void *data, size_t len, int flags)
{
    return hl_sync_send_to(s, data, len, flags, NULL);
}

int hl_sync_send_all(struct hl_sync *s, const void *data, size_t len)
{
    hl_time deadline = deadline_in(s->timeout);
    const uint8_t *p = data;

    if (s->fd < 0)
        return -EBADF;
    while (len > 0) {
        ssize_t n = send(s->fd, p, len, MSG_NOSIGNAL);

        if (n < 0) {
            int err = again(s, POLLOUT, 0, deadline, errno);

            if (err != 0)
                return err;
            continue;
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int hl_sync_send_file(struct hl_sync *s, int file, off_t offset, size_t count, size_t *sent)
{
    hl_time deadline = deadline_in(s->timeout);
    size_t want = count ? count : SIZE_MAX;

    *sent = 0;
    if (s->fd < 0)
        return -EBADF;
    if (!hl_transport_is_stream(s->transport))
        return -EOPNOTSUPP;
    while (*sent < want) {
        size_t piece = want - *sent < SENDFILE_MAX ? want - *sent : SENDFILE_MAX;
        ssize_t n = sendfile(s->fd, file, &offset, piece);

        if (n == 0)
            break;
        if (n < 0) {
            int err = again(s, POLLOUT, 0, deadline, errno);

            if (err != 0)
                return err;
            continue;
        }
        *sent += (size_t)n;
    }
    return 0;
}

ssize_t hl_sync_recv_msg(struct hl_sync *s, struct hl_sync_msg *m, int flags)
{
    struct sockaddr_storage ss;
    union hl_cmsg_buf control;
    struct msghdr msg = {.msg_name = &ss,
                         .msg_namelen = sizeof(ss),
                         .msg_iov = m->parts,
                         .msg_iovlen = m->parts_len,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    ssize_t n = recv_until(s, &msg, flags, deadline_in(s->timeout));

    hl_cmsg_init(&m->beside);
    if (n < 0)
        return n;
    hl_addr_from_sockaddr(&m->remote, &ss, msg.msg_namelen);
    hl_cmsg_parse(&msg, &m->beside);
    m->flags = msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC | MSG_ERRQUEUE);
    return n;
}

ssize_t hl_sync_send_msg(struct hl_sync *s, const struct hl_sync_msg *m, int flags)
{
    struct sockaddr_storage ss;
    union hl_cmsg_buf control = {.bytes = {0}};
    struct msghdr msg = {.msg_iov = m->parts, .msg_iovlen = m->parts_len, .msg_control = &control};
    int err = address(s, &m->remote, &ss, &msg);

    if (err == 0 && s->fd >= 0)
        err = hl_cmsg_build(&msg, hl_sock_family(s->fd), &m->beside);
    return err ? err : send_until(s, &msg, flags, deadline_in(s->timeout));
}

static int finish_connect(int fd, hl_time deadline)
{
    int err = -EINPROGRESS;

    while (err == -EINPROGRESS) {
        err = wait_for(fd, POLLOUT, deadline);
        if (err == 0)
            err = hl_sock_connect_result(fd);
    }
    return err;
}

int hl_sync_connect(struct hl_sync *s, const struct hl_addr *remote)
{
    hl_time deadline = deadline_in(s->timeout);
    int err = s->fd < 0 ? -EBADF : hl_sock_connect(s->fd, remote);

    while (err == -EAGAIN && s->timeout != 0) {
        hl_time pause = deadline_in(FULL_PAUSE);

        (void)wait_for(-1, 0, pause < deadline ? pause : deadline);
        err = hl_clock_now() < deadline ? hl_sock_connect(s->fd, remote) : HL_ERR_TIMEOUT;
    }
    if (err == -EINPROGRESS && s->timeout != 0)
        err = finish_connect(s->fd, deadline);
    return err;
}

/* One attempt. The socket is opened unconnected to source, then waited for like any other. */
static int dial_one(struct hl_sync *s, const struct hl_addr *to, const struct hl_addr *source,
                    hl_time deadline)
{
    int err;

    do {
        err = hl_sock_connect_start(s->transport, to, source, &s->fd);
        if (err == -EAGAIN)
            (void)wait_for(-1, 0, deadline_in(FULL_PAUSE));
    } while (err == -EAGAIN && hl_clock_now() < deadline);
    if (err == -EINPROGRESS)
        err = finish_connect(s->fd, deadline);
    if (err != 0)
        hl_sync_close(s);
    return err == -EAGAIN ? HL_ERR_TIMEOUT : err;
}

int hl_sync_dial(struct hl_sync *s, enum hl_transport t, const struct hl_addr *to, size_t to_len,
                 const struct hl_addr *source, hl_time timeout)
{
    hl_time deadline = deadline_in(timeout);
    int err = HL_ERR_NO_ADDRESS;

    init(s, t);
    for (size_t i = 0; i < to_len; i++) {
        err = dial_one(s, &to[i], source, deadline);
        if (err == 0 || err == HL_ERR_TIMEOUT)
            break;
    }
    return err;
}

int hl_sync_accept(struct hl_sync *listener, struct hl_sync *out, struct hl_addr *peer)
{
    hl_time deadline = deadline_in(listener->timeout);
    int err = listener->fd < 0 ? -EBADF : 0;

    init(out, listener->transport);
    while (err == 0) {
        int got = hl_sock_accept(listener->fd, &out->fd, peer);

        if (got == 0)
            return 0;
        err = again(listener, POLLIN, 0, deadline, -got);
    }
    return err;
}
