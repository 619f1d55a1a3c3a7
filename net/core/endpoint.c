/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include "err.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    PORT_DIGITS = 5,
    LABEL_MAX = 63, /* RFC 1035 section 2.3.4 */
};

#define DIGITS  "0123456789"
#define HEX     DIGITS "abcdefABCDEF"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Who the text is for: a listener may leave out what a peer must have. */
enum role {
    PEER,
    LISTENER,
};

/* A piece of the text as typed. */
struct span {
    const char *at;
    size_t len;
};

static struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static struct span span_from(struct span s, size_t skip)
{
    return (struct span){s.at + skip, s.len - skip};
}

static bool only(struct span s, const char *set)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr(set, s.at[i]))
            return false;
    return s.len > 0;
}

static bool copy(struct span s, char *out, size_t size)
{
    if (s.len >= size)
        return false;
    memcpy(out, s.at, s.len);
    out[s.len] = '\0';
    return true;
}

int hl_port_parse(const char *text, bool zero_ok, uint16_t *out)
{
    struct span s = span_of(text);
    uint32_t port = 0;

    if (!only(s, DIGITS) || s.len > PORT_DIGITS)
        return HL_ERR_BAD_PORT;
    for (size_t i = 0; i < s.len; i++)
        port = port * 10 + (uint32_t)(s.at[i] - '0');
    if (port > UINT16_MAX || (port == 0 && !zero_ok))
        return HL_ERR_BAD_PORT;
    *out = (uint16_t)port;
    return 0;
}

/* inet_pton(), unlike inet_aton(), takes four decimal numbers without leading zeros only. */
int hl_ipv4_parse(const char *text, uint8_t ip[static 4])
{
    return inet_pton(AF_INET, text, ip) == 1 ? 0 : HL_ERR_BAD_IPV4;
}

int hl_ipv6_parse(const char *text, uint8_t ip[static 16])
{
    return inet_pton(AF_INET6, text, ip) == 1 ? 0 : HL_ERR_BAD_IPV6;
}

/* Would inet_aton() read the last label as a number? Then the whole name is an address gone
 * wrong; no top-level domain looks like this. */
static bool ends_in_number(struct span host)
{
    struct span last = host;

    for (size_t i = 0; i < host.len; i++)
        if (host.at[i] == '.')
            last = span_from(host, i + 1);
    if (only(last, DIGITS))
        return true;
    return last.len >= 2 && last.at[0] == '0' && (last.at[1] == 'x' || last.at[1] == 'X') &&
           (last.len == 2 || only(span_from(last, 2), HEX));
}

static bool good_label(struct span label)
{
    return label.len <= LABEL_MAX && only(label, LETTERS DIGITS "-_") && label.at[0] != '-' &&
           label.at[label.len - 1] != '-';
}

int hl_host_check(const char *host)
{
    struct span rest = span_of(host);

    if (rest.len > 0 && rest.at[rest.len - 1] == '.')
        rest.len--;
    if (rest.len >= HL_HOST_MAX)
        return HL_ERR_BAD_NAME;
    if (ends_in_number(rest))
        return strchr(DIGITS, *rest.at) ? HL_ERR_BAD_IPV4 : HL_ERR_BAD_NAME;
    for (;;) {
        const char *dot = memchr(rest.at, '.', rest.len);
        struct span label = {rest.at, dot ? (size_t)(dot - rest.at) : rest.len};

        if (!good_label(label))
            return HL_ERR_BAD_NAME;
        if (!dot)
            return 0;
        rest = span_from(rest, label.len + 1);
    }
}

/* Names with other than ASCII letters are checked when the resolver has turned them into ASCII;
 * here only what can never be part of one is refused. */
static int check_typed_host(const char *host)
{
    bool ascii = true;

    for (const char *p = host; *p; p++) {
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return HL_ERR_BAD_NAME;
        ascii = ascii && (unsigned char)*p < 0x80;
    }
    return ascii ? hl_host_check(host) : 0;
}

static int parse_ipv6(struct span host, struct hl_endpoint *e)
{
    const char *percent = memchr(host.at, '%', host.len);
    struct span ip = {host.at, percent ? (size_t)(percent - host.at) : host.len};
    int err;

    if (!copy(ip, e->host, sizeof(e->host)))
        return HL_ERR_BAD_IPV6;
    err = hl_ipv6_parse(e->host, e->addr.ip);
    if (err)
        return err;
    e->kind = HL_HOST_IPV6;
    e->addr.family = HL_AF_INET6;
    if (!percent)
        return hl_addr_needs_scope(&e->addr) ? HL_ERR_NEEDS_SCOPE : 0;
    if (!hl_addr_needs_scope(&e->addr) || ip.len + 1 == host.len ||
        !copy(span_from(host, ip.len + 1), e->zone, sizeof(e->zone)))
        return HL_ERR_BAD_SCOPE;
    return 0;
}

/* ::ffff:192.0.2.1 is v4 from here on. */
static void unmap(struct hl_endpoint *e)
{
    hl_addr_normalise(&e->addr);
    if (e->addr.family == HL_AF_INET)
        e->kind = HL_HOST_IPV4;
}

static int parse_host(struct span host, enum role role, struct hl_endpoint *e)
{
    if (role == LISTENER && (host.len == 0 || (host.len == 1 && *host.at == '*'))) {
        e->kind = HL_HOST_ANY;
        return 0;
    }
    if (host.len == 0)
        return HL_ERR_BAD_ENDPOINT;
    if (!copy(host, e->host, sizeof(e->host)))
        return HL_ERR_BAD_NAME;
    if (hl_ipv4_parse(e->host, e->addr.ip) == 0) {
        e->kind = HL_HOST_IPV4;
        e->addr.family = HL_AF_INET;
        return 0;
    }
    e->kind = HL_HOST_NAME;
    return check_typed_host(e->host);
}

static int parse_port(struct span port, enum role role, struct hl_endpoint *e)
{
    char number[PORT_DIGITS + 1];

    e->port_given = true;
    if (only(port, DIGITS)) {
        if (!copy(port, number, sizeof(number)))
            return HL_ERR_BAD_PORT;
        return hl_port_parse(number, role == LISTENER, &e->port);
    }
    if (!only(port, LETTERS DIGITS "-_.+") || !strchr(LETTERS, *port.at) ||
        !copy(port, e->service, sizeof(e->service)))
        return HL_ERR_BAD_PORT;
    return 0;
}

static int parse_bracketed(struct span rest, enum role role, struct hl_endpoint *e)
{
    const char *close = memchr(rest.at, ']', rest.len);
    size_t inside;
    int err;

    if (!close)
        return HL_ERR_BAD_ENDPOINT;
    inside = (size_t)(close - rest.at) - 1;
    err = parse_ipv6((struct span){rest.at + 1, inside}, e);
    if (err)
        return err;
    rest = span_from(rest, inside + 2);
    if (rest.len == 0)
        return 0;
    return *rest.at == ':' ? parse_port(span_from(rest, 1), role, e) : HL_ERR_BAD_ENDPOINT;
}

/* More than one colon: a v6 address without brackets, which leaves no room for a port. */
static int parse_bare_ipv6(struct span rest, struct hl_endpoint *e)
{
    const char *percent = memchr(rest.at, '%', rest.len);
    struct span ip = {rest.at, percent ? (size_t)(percent - rest.at) : rest.len};

    return only(ip, HEX ":.") ? parse_ipv6(rest, e) : HL_ERR_BAD_ENDPOINT;
}

static int parse_inet(struct span rest, enum role role, struct hl_endpoint *e)
{
    const char *colon = memchr(rest.at, ':', rest.len);
    struct span host = {rest.at, colon ? (size_t)(colon - rest.at) : rest.len};
    int err;

    if (rest.len == 0)
        return HL_ERR_BAD_ENDPOINT;
    if (*rest.at == '[')
        return parse_bracketed(rest, role, e);
    if (!colon && role == LISTENER && only(rest, DIGITS))
        return parse_port(rest, role, e);
    if (!colon)
        return parse_host(rest, role, e);
    rest = span_from(rest, host.len + 1);
    if (memchr(rest.at, ':', rest.len))
        return parse_bare_ipv6((struct span){host.at, host.len + 1 + rest.len}, e);
    err = parse_host(host, role, e);
    return err ? err : parse_port(rest, role, e);
}

/* '@' stands for the NUL byte of an abstract name. A listener's lone "@" asks the system for a
 * name (unix(7), autobind). */
static int parse_path(struct span path, enum role role, struct hl_endpoint *e)
{
    bool automatic = role == LISTENER && path.len == 1 && *path.at == '@';

    if (path.len == 0 || path.len >= HL_UNIX_PATH_MAX ||
        (path.len == 1 && *path.at == '@' && !automatic))
        return HL_ERR_BAD_PATH;
    copy(path, e->host, sizeof(e->host));
    e->kind = HL_HOST_PATH;
    e->addr.family = HL_AF_UNIX;
    if (automatic)
        return 0;
    e->addr.unix_len = (uint8_t)path.len;
    memcpy(e->addr.path, path.at, path.len);
    if (e->addr.path[0] == '@')
        e->addr.path[0] = '\0';
    return 0;
}

static const struct {
    const char *prefix;
    enum hl_transport transport;
    bool path;
} schemes[] = {
    {"udp://", HL_UDP, false},
    {"tcp://", HL_TCP, false},
    {"unix:", HL_UNIX_STREAM, true},
    {"unix-stream:", HL_UNIX_STREAM, true},
    {"unix-dgram:", HL_UNIX_DGRAM, true},
    {"unix-seqpacket:", HL_UNIX_SEQPACKET, true},
};

static int parse(const char *text, enum role role, struct hl_endpoint *e)
{
    int err;

    memset(e, 0, sizeof(*e));
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i].prefix);

        if (strncmp(text, schemes[i].prefix, len) != 0)
            continue;
        e->transport = schemes[i].transport;
        e->transport_given = true;
        text += len;
        if (schemes[i].path)
            return parse_path(span_of(text), role, e);
        break;
    }
    if (!e->transport_given && strstr(text, "://"))
        return HL_ERR_BAD_ENDPOINT;
    err = parse_inet(span_of(text), role, e);
    unmap(e);
    e->addr.port = e->port;
    return err;
}

int hl_endpoint_parse(const char *text, struct hl_endpoint *out)
{
    return parse(text, PEER, out);
}

int hl_endpoint_parse_listen(const char *text, struct hl_endpoint *out)
{
    return parse(text, LISTENER, out);
}
