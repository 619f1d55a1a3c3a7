/* SPDX-License-Identifier: MIT */
#include "sock.h"

#include "addr.h"
#include "net_limits.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const int types[] = {
    [HL_UDP] = SOCK_DGRAM,
    [HL_TCP] = SOCK_STREAM,
    [HL_UNIX_STREAM] = SOCK_STREAM,
    [HL_UNIX_DGRAM] = SOCK_DGRAM,
    [HL_UNIX_SEQPACKET] = SOCK_SEQPACKET,
};

static bool is_unix(enum hl_transport t)
{
    return t != HL_UDP && t != HL_TCP;
}

static int set_int(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

static int get_int(int fd, int level, int name, int *value)
{
    socklen_t len = sizeof(*value);

    return getsockopt(fd, level, name, value, &len) ? -errno : 0;
}

static int open_af(enum hl_transport t, int af, int protocol, int *fd)
{
    *fd = socket(af, types[t] | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    return *fd < 0 ? -errno : 0;
}

/* Closes *fd if err is one, and hands err on: the one way out of everything that opens. */
static int give(int err, int *fd)
{
    if (err != 0 && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return err;
}

static int open_inet6(enum hl_transport t, bool v6only, int protocol, int *fd)
{
    int err = open_af(t, AF_INET6, protocol, fd);

    if (err == 0) /* the default differs between systems and sysctls */
        err = set_int(*fd, IPPROTO_IPV6, IPV6_V6ONLY, v6only);
    return give(err, fd);
}

int hl_sock_open(enum hl_transport t, enum hl_family family, int protocol, int *fd)
{
    int err;

    *fd = -1;
    if (is_unix(t) != (family == HL_AF_UNIX) && family != HL_AF_NONE)
        return -EAFNOSUPPORT;
    if (is_unix(t))
        return open_af(t, AF_UNIX, protocol, fd);
    if (family == HL_AF_INET)
        return open_af(t, AF_INET, protocol, fd);
    err = open_inet6(t, family == HL_AF_INET6, protocol, fd);
    if (err == -EAFNOSUPPORT && family == HL_AF_NONE)
        err = open_af(t, AF_INET, protocol, fd);
    return err;
}

int hl_sock_family(int fd)
{
    int af;
    int err = get_int(fd, SOL_SOCKET, SO_DOMAIN, &af);

    return err ? err : af;
}

static int to_sockaddr(int fd, const struct hl_addr *a, struct sockaddr_storage *ss, socklen_t *len)
{
    int af = hl_sock_family(fd);

    if (af < 0)
        return af;
    return hl_addr_to_sockaddr(a, af == AF_INET6, ss, len);
}

int hl_sock_bind(int fd, const struct hl_addr *at)
{
    struct sockaddr_storage ss;
    socklen_t len;
    int err = to_sockaddr(fd, at, &ss, &len);

    if (err == 0 && bind(fd, (const struct sockaddr *)&ss, len) != 0)
        err = -errno;
    return err;
}

int hl_sock_connect(int fd, const struct hl_addr *remote)
{
    struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof(ss.ss_family);
    int err = 0;

    if (remote->family != HL_AF_NONE)
        err = to_sockaddr(fd, remote, &ss, &len);
    if (err == 0 && connect(fd, (const struct sockaddr *)&ss, len) != 0)
        err = -errno;
    /* Interrupted or not, the attempt goes on (POSIX connect()). */
    return err == -EINTR ? -EINPROGRESS : err;
}

static bool has_path(const struct hl_addr *a)
{
    return a->family == HL_AF_UNIX && a->unix_len > 0 && a->path[0] != '\0';
}

/* Whether the path of a is a socket that no process holds. Asks with a datagram socket: a living
 * stream listener then answers EPROTOTYPE and never sees a connection. */
static bool is_stale(const struct hl_addr *a)
{
    struct sockaddr_storage ss;
    struct stat st;
    socklen_t len;
    bool stale = false;
    int fd;

    if (!has_path(a) || hl_addr_to_sockaddr(a, false, &ss, &len) != 0)
        return false;
    if (lstat(((struct sockaddr_un *)&ss)->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    if (open_af(HL_UNIX_DGRAM, AF_UNIX, 0, &fd) == 0) {
        stale = connect(fd, (struct sockaddr *)&ss, len) != 0 && errno == ECONNREFUSED;
        close(fd);
    }
    return stale;
}

void hl_sock_unlink_if_ours(const struct hl_addr *bound)
{
    struct sockaddr_storage ss;
    socklen_t len;

    if (is_stale(bound) && hl_addr_to_sockaddr(bound, false, &ss, &len) == 0)
        unlink(((struct sockaddr_un *)&ss)->sun_path);
}

static int bind_unix(int fd, const struct hl_addr *at)
{
    int err;

    /* bind() makes the file with the mode of the socket's own inode, so this is in force from
     * the first moment on, and umask(), which all threads share, stays alone. */
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0)
        return -errno;
    err = hl_sock_bind(fd, at);
    if (err == -EADDRINUSE && is_stale(at)) {
        hl_sock_unlink_if_ours(at);
        err = hl_sock_bind(fd, at);
    }
    return err;
}

/* Opens a socket that fits at and binds it. prepare, if any, sets what must precede bind(). */
static int open_bound(enum hl_transport t, const struct hl_addr *at, int (*prepare)(int fd),
                      int *fd)
{
    int err = hl_sock_open(t, at->family, 0, fd);

    if (err == 0 && prepare)
        err = prepare(*fd);
    if (err == 0)
        err = is_unix(t) ? bind_unix(*fd, at) : hl_sock_bind(*fd, at);
    return give(err, fd);
}

/* A system may have the v6 protocol and yet no use for it (sysctl disable_ipv6). */
static int open_bound_any(enum hl_transport t, const struct hl_addr *at, int (*prepare)(int fd),
                          int *fd)
{
    int err = open_bound(t, at, prepare, fd);

    if (err == -EADDRNOTAVAIL && at->family == HL_AF_NONE) {
        struct hl_addr v4 = {.family = HL_AF_INET, .port = at->port};

        err = open_bound(t, &v4, prepare, fd);
    }
    return err;
}

int hl_sock_prepare_udp(int fd)
{
    static const struct {
        int af, level, name;
    } wanted[] = {
        {AF_INET, IPPROTO_IP, IP_RECVERR},      {AF_INET, IPPROTO_IP, IP_PKTINFO},
        {AF_INET6, IPPROTO_IPV6, IPV6_RECVERR}, {AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO},
        {AF_UNSPEC, SOL_SOCKET, SO_RXQ_OVFL},
    };
    int af = hl_sock_family(fd);

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        int err = 0;

        if (wanted[i].af != AF_INET6 || af == AF_INET6)
            err = set_int(fd, wanted[i].level, wanted[i].name, 1);
        if (err != 0)
            return err;
    }
    /* As much as the system permits, silently less: the first needs CAP_NET_ADMIN. */
    if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, HL_UDP_RCVBUF) != 0)
        set_int(fd, SOL_SOCKET, SO_RCVBUF, HL_UDP_RCVBUF);
    return 0;
}

static int prepare_listener(int fd)
{
    return set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
}

int hl_sock_datagram(const struct hl_addr *at, int *fd, struct hl_addr *bound)
{
    int err;

    if (at->family == HL_AF_UNIX)
        err = open_bound(HL_UNIX_DGRAM, at, NULL, fd);
    else
        err = open_bound_any(HL_UDP, at, hl_sock_prepare_udp, fd);
    if (err == 0)
        err = hl_sock_name(*fd, bound);
    return give(err, fd);
}

int hl_sock_listen(enum hl_transport t, const struct hl_addr *at, int backlog, int *fd,
                   struct hl_addr *bound)
{
    int err;

    *fd = -1;
    if (types[t] == SOCK_DGRAM)
        return -EOPNOTSUPP;
    err = open_bound_any(t, at, t == HL_TCP ? prepare_listener : NULL, fd);
    if (err == 0 && listen(*fd, backlog < 0 ? 0 : backlog) != 0)
        err = -errno;
    if (err == 0)
        err = hl_sock_name(*fd, bound);
    return give(err, fd);
}

int hl_sock_accept(int listener, int *fd, struct hl_addr *peer)
{
    struct sockaddr_storage ss;
    socklen_t len;

    do { /* a peer that gave up while it waited is not the caller's concern */
        len = sizeof(ss);
        *fd = accept4(listener, (struct sockaddr *)&ss, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (*fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (*fd < 0)
        return -errno;
    if (peer)
        hl_addr_from_sockaddr(peer, &ss, len);
    return 0;
}

static int bind_source(enum hl_transport t, int fd, const struct hl_addr *source)
{
    static const struct hl_addr autobind = {.family = HL_AF_UNIX};

    if (!source || source->family == HL_AF_NONE) {
        if (t == HL_UNIX_DGRAM)
            return hl_sock_bind(fd, &autobind);
        if (!source || source->port == 0)
            return 0;
    }
    if (is_unix(t))
        return bind_unix(fd, source);
    if (t == HL_TCP) {
        /* Chosen at connect() the port need only be free towards that peer; one that was asked
         * for may be in TIME_WAIT towards another. */
        int err = source->port ? set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1)
                               : set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
        if (err != 0)
            return err;
    }
    return hl_sock_bind(fd, source);
}

int hl_sock_connect_start(enum hl_transport t, const struct hl_addr *remote,
                          const struct hl_addr *source, int *fd)
{
    int err;

    *fd = -1;
    if (remote->family == HL_AF_NONE)
        return -EDESTADDRREQ;
    err = hl_sock_open(t, remote->family, 0, fd);
    if (err == 0)
        err = bind_source(t, *fd, source);
    if (err == 0)
        err = hl_sock_connect(*fd, remote);
    if (err == -EINPROGRESS)
        return err;
    return give(err, fd);
}

int hl_sock_connect_result(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error;
    int n = poll(&p, 1, 0);
    int err;

    if (n < 0)
        return errno == EINTR ? -EINPROGRESS : -errno;
    if (n == 0)
        return -EINPROGRESS;
    err = get_int(fd, SOL_SOCKET, SO_ERROR, &error);
    return err ? err : -error;
}

void hl_sock_tune_stream(int fd)
{
    static const struct {
        int level, name, value;
    } wanted[] = {
        {IPPROTO_TCP, TCP_NODELAY, 1},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, HL_USER_TIMEOUT_MS},
        {IPPROTO_TCP, TCP_KEEPIDLE, HL_KEEPALIVE_IDLE_S},
        {IPPROTO_TCP, TCP_KEEPINTVL, HL_KEEPALIVE_GAP_S},
        {IPPROTO_TCP, TCP_KEEPCNT, HL_KEEPALIVE_COUNT},
        {SOL_SOCKET, SO_KEEPALIVE, 1},
    };

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        set_int(fd, wanted[i].level, wanted[i].name, wanted[i].value);
}

static int ask_address(int fd, int (*ask)(int, struct sockaddr *, socklen_t *), struct hl_addr *out)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof(ss);

    *out = (struct hl_addr){.family = HL_AF_NONE};
    if (ask(fd, (struct sockaddr *)&ss, &len) != 0)
        return -errno;
    return hl_addr_from_sockaddr(out, &ss, len);
}

int hl_sock_name(int fd, struct hl_addr *out)
{
    return ask_address(fd, getsockname, out);
}

int hl_sock_peer(int fd, struct hl_addr *out)
{
    return ask_address(fd, getpeername, out);
}

int hl_sock_transport(int fd, enum hl_transport *t)
{
    int af = hl_sock_family(fd);
    int type;
    int err = af < 0 ? af : get_int(fd, SOL_SOCKET, SO_TYPE, &type);

    if (err != 0)
        return err;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        bool fits = is_unix((enum hl_transport)i) ? af == AF_UNIX : af == AF_INET || af == AF_INET6;

        if (fits && types[i] == type) {
            *t = (enum hl_transport)i;
            return 0;
        }
    }
    return -EPROTONOSUPPORT;
}

int hl_sock_shutdown_write(int fd)
{
    return shutdown(fd, SHUT_WR) ? -errno : 0;
}

int hl_sock_peer_cred(int fd, struct hl_cred *out)
{
    struct ucred c;
    socklen_t len = sizeof(c);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &len) != 0)
        return -errno;
    *out = (struct hl_cred){.pid = c.pid, .uid = c.uid, .gid = c.gid};
    return 0;
}
