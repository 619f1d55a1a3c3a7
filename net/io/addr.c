/* SPDX-License-Identifier: MIT */
#include "addr.h"

#include "err.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

int hl_addr_af(const struct hl_addr *a)
{
    switch ((enum hl_family)a->family) {
    case HL_AF_INET:
        return AF_INET;
    case HL_AF_INET6:
        return AF_INET6;
    case HL_AF_UNIX:
        return AF_UNIX;
    case HL_AF_NONE:
        break;
    }
    return AF_UNSPEC;
}

static socklen_t fill_v4(const struct hl_addr *a, struct sockaddr_storage *ss)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(a->port)};

    memcpy(&sin.sin_addr, a->ip, sizeof(sin.sin_addr));
    memcpy(ss, &sin, sizeof(sin));
    return sizeof(sin);
}

static socklen_t fill_v6(const struct hl_addr *a, struct sockaddr_storage *ss)
{
    struct sockaddr_in6 sin6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(a->port), .sin6_scope_id = a->scope};

    if (a->family == HL_AF_INET) {
        memset(&sin6.sin6_addr.s6_addr[10], 0xff, 2);
        memcpy(&sin6.sin6_addr.s6_addr[12], a->ip, 4);
    } else {
        memcpy(&sin6.sin6_addr, a->ip, sizeof(sin6.sin6_addr));
    }
    memcpy(ss, &sin6, sizeof(sin6));
    return sizeof(sin6);
}

/* The length tells the kernel which kind of name it is: none at all, an abstract one without a
 * final NUL, or a path with it. */
static socklen_t fill_unix(const struct hl_addr *a, struct sockaddr_storage *ss)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    size_t len = offsetof(struct sockaddr_un, sun_path) + a->unix_len;

    memcpy(sun.sun_path, a->path, a->unix_len);
    if (a->unix_len > 0 && a->path[0] != '\0' && a->unix_len < sizeof(sun.sun_path))
        len++;
    memcpy(ss, &sun, sizeof(sun));
    return (socklen_t)len;
}

int hl_addr_to_sockaddr(const struct hl_addr *a, bool mapped, struct sockaddr_storage *ss,
                        socklen_t *len)
{
    static const struct hl_addr any_ip;
    struct hl_addr any = any_ip;

    memset(ss, 0, sizeof(*ss));
    switch ((enum hl_family)a->family) {
    case HL_AF_NONE:
        any.port = a->port;
        *len = mapped ? fill_v6(&any, ss) : fill_v4(&any, ss);
        return 0;
    case HL_AF_INET:
        *len = mapped ? fill_v6(a, ss) : fill_v4(a, ss);
        return 0;
    case HL_AF_INET6:
        *len = fill_v6(a, ss);
        return 0;
    case HL_AF_UNIX:
        if (a->unix_len > sizeof(a->path))
            break;
        *len = fill_unix(a, ss);
        return 0;
    }
    return -EAFNOSUPPORT;
}

static int read_v4(struct hl_addr *out, const struct sockaddr_storage *ss)
{
    struct sockaddr_in sin;

    memcpy(&sin, ss, sizeof(sin));
    out->family = HL_AF_INET;
    out->port = ntohs(sin.sin_port);
    memcpy(out->ip, &sin.sin_addr, sizeof(sin.sin_addr));
    return 0;
}

static int read_v6(struct hl_addr *out, const struct sockaddr_storage *ss)
{
    struct sockaddr_in6 sin6;

    memcpy(&sin6, ss, sizeof(sin6));
    out->family = HL_AF_INET6;
    out->port = ntohs(sin6.sin6_port);
    out->scope = sin6.sin6_scope_id;
    memcpy(out->ip, &sin6.sin6_addr, sizeof(out->ip));
    hl_addr_normalise(out);
    return 0;
}

static int read_unix(struct hl_addr *out, const struct sockaddr_storage *ss, socklen_t len)
{
    struct sockaddr_un sun;
    size_t head = offsetof(struct sockaddr_un, sun_path);
    size_t path_len = len > head ? len - head : 0;

    memcpy(&sun, ss, sizeof(sun));
    if (path_len > sizeof(sun.sun_path))
        path_len = sizeof(sun.sun_path);
    if (path_len > 0 && sun.sun_path[0] != '\0')
        path_len = strnlen(sun.sun_path, path_len);
    out->family = HL_AF_UNIX;
    out->unix_len = (uint8_t)path_len;
    memcpy(out->path, sun.sun_path, path_len);
    return 0;
}

int hl_addr_from_sockaddr(struct hl_addr *out, const struct sockaddr_storage *ss, socklen_t len)
{
    memset(out, 0, sizeof(*out));
    if (len >= sizeof(struct sockaddr_in) && ss->ss_family == AF_INET)
        return read_v4(out, ss);
    if (len >= sizeof(struct sockaddr_in6) && ss->ss_family == AF_INET6)
        return read_v6(out, ss);
    if (len >= sizeof(sa_family_t) && ss->ss_family == AF_UNIX)
        return read_unix(out, ss, len);
    return -EAFNOSUPPORT;
}

int hl_addr_scope_parse(const char *zone, uint32_t *index)
{
    char name[IF_NAMESIZE];
    char *end;
    unsigned long number;

    *index = if_nametoindex(zone);
    if (*index != 0)
        return 0;
    if (*zone < '0' || *zone > '9')
        return HL_ERR_BAD_SCOPE;
    errno = 0;
    number = strtoul(zone, &end, 10);
    if (errno != 0 || *end != '\0' || number > UINT32_MAX ||
        !if_indextoname((unsigned)number, name))
        return HL_ERR_BAD_SCOPE;
    *index = (uint32_t)number;
    return 0;
}

int hl_addr_resolve_scope(const struct hl_endpoint *e, struct hl_addr *out)
{
    *out = e->addr;
    if (e->zone[0] != '\0')
        return hl_addr_scope_parse(e->zone, &out->scope);
    return hl_addr_is_link_local(out) && out->scope == 0 ? HL_ERR_NEEDS_SCOPE : 0;
}

const char *hl_addr_format(const struct hl_addr *a, char out[static HL_ADDR_TEXT])
{
    char name[IF_NAMESIZE];

    if (a->family == HL_AF_INET6 && a->scope != 0 && if_indextoname(a->scope, name))
        return hl_addr_text_zone(a, name, out);
    return hl_addr_text(a, out);
}
