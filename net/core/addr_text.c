/* SPDX-License-Identifier: MIT */
/* Addresses as text, and questions about them. */
#include "endpoint.h"

#include <string.h>

enum {
    V6_GROUPS = 8,
};

/* Text that is cut rather than overrun; end always holds room for the NUL. */
struct text {
    char *at, *end;
};

static void put_char(struct text *t, char c)
{
    if (t->at < t->end)
        *t->at++ = c;
    *t->at = '\0';
}

static void put(struct text *t, const char *s)
{
    while (*s)
        put_char(t, *s++);
}

static void put_number(struct text *t, uint32_t n)
{
    char digits[10];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    while (count > 0)
        put_char(t, digits[--count]);
}

static void put_v4(struct text *t, const uint8_t ip[static 4])
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            put_char(t, '.');
        put_number(t, ip[i]);
    }
}

static uint16_t group(const uint8_t ip[static 16], size_t i)
{
    return (uint16_t)(ip[2 * i] << 8 | ip[2 * i + 1]);
}

static void put_hex(struct text *t, uint16_t n)
{
    bool begun = false;

    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = n >> shift & 0xf;

        begun = begun || digit != 0 || shift == 0;
        if (begun)
            put_char(t, "0123456789abcdef"[digit]);
    }
}

/* The longest run of zero groups, the first of equals; one alone is not worth a "::". */
static size_t zero_run(const uint8_t ip[static 16], size_t *start)
{
    size_t best = 1;

    *start = V6_GROUPS;
    for (size_t i = 0; i < V6_GROUPS; i++) {
        size_t len = 0;

        while (i + len < V6_GROUPS && group(ip, i + len) == 0)
            len++;
        if (len > best) {
            best = len;
            *start = i;
        }
        i += len;
    }
    return *start < V6_GROUPS ? best : 0;
}

/* RFC 5952 section 4. inet_ntop() differs: it writes ::1:4855 as ::0.1.72.85. */
static void put_v6(struct text *t, const uint8_t ip[static 16])
{
    size_t start;
    size_t run = zero_run(ip, &start);

    for (size_t i = 0; i < V6_GROUPS; i++) {
        if (i == start) {
            put(t, "::");
            i += run - 1;
            continue;
        }
        if (i > 0 && i != start + run)
            put_char(t, ':');
        put_hex(t, group(ip, i));
    }
}

static void put_ip(struct text *t, const struct hl_addr *a, const char *zone)
{
    if (a->family == HL_AF_INET)
        put_v4(t, a->ip);
    else
        put_v6(t, a->ip);
    if (a->family == HL_AF_INET6 && a->scope != 0) {
        put_char(t, '%');
        if (zone)
            put(t, zone);
        else
            put_number(t, a->scope);
    }
}

/* A NUL of an abstract name is shown as '@', as in /proc/net/unix. */
static void put_unix(struct text *t, const struct hl_addr *a)
{
    put(t, "unix:");
    for (size_t i = 0; i < a->unix_len; i++) {
        char c = a->path[i];

        if (c == '\0')
            c = '@';
        else if ((unsigned char)c < ' ' || c == 0x7f)
            c = '?';
        put_char(t, c);
    }
}

static const char *format(const struct hl_addr *a, const char *zone, bool with_port, char *out)
{
    struct text t = {out, out + HL_ADDR_TEXT - 1};
    bool brackets = with_port && a->family == HL_AF_INET6;

    *out = '\0';
    switch ((enum hl_family)a->family) {
    case HL_AF_INET:
    case HL_AF_INET6:
        if (brackets)
            put_char(&t, '[');
        put_ip(&t, a, zone);
        if (brackets)
            put_char(&t, ']');
        if (with_port) {
            put_char(&t, ':');
            put_number(&t, a->port);
        }
        break;
    case HL_AF_UNIX:
        put_unix(&t, a);
        break;
    case HL_AF_NONE:
        put_char(&t, '-');
        break;
    }
    return out;
}

const char *hl_addr_text(const struct hl_addr *a, char out[static HL_ADDR_TEXT])
{
    return format(a, NULL, true, out);
}

const char *hl_addr_text_ip(const struct hl_addr *a, char out[static HL_ADDR_TEXT])
{
    return format(a, NULL, false, out);
}

const char *hl_addr_text_zone(const struct hl_addr *a, const char *zone,
                              char out[static HL_ADDR_TEXT])
{
    return format(a, zone, true, out);
}

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

void hl_addr_normalise(struct hl_addr *a)
{
    uint8_t v4[4];

    if (a->family != HL_AF_INET6 || memcmp(a->ip, mapped_prefix, sizeof(mapped_prefix)) != 0)
        return;
    memcpy(v4, &a->ip[12], sizeof(v4));
    memset(a->ip, 0, sizeof(a->ip));
    memcpy(a->ip, v4, sizeof(v4));
    a->family = HL_AF_INET;
    a->scope = 0;
}

bool hl_addr_is_any(const struct hl_addr *a)
{
    static const uint8_t zero[16];

    return a->family == HL_AF_NONE || (a->family == HL_AF_INET && memcmp(a->ip, zero, 4) == 0) ||
           (a->family == HL_AF_INET6 && memcmp(a->ip, zero, 16) == 0);
}

bool hl_addr_is_loopback(const struct hl_addr *a)
{
    static const uint8_t one[16] = {[15] = 1};

    return (a->family == HL_AF_INET && a->ip[0] == 127) ||
           (a->family == HL_AF_INET6 && memcmp(a->ip, one, sizeof(one)) == 0);
}

bool hl_addr_is_link_local(const struct hl_addr *a)
{
    return a->family == HL_AF_INET6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}

bool hl_addr_is_multicast(const struct hl_addr *a)
{
    return (a->family == HL_AF_INET && (a->ip[0] & 0xf0) == 0xe0) ||
           (a->family == HL_AF_INET6 && a->ip[0] == 0xff);
}

bool hl_addr_needs_scope(const struct hl_addr *a)
{
    return hl_addr_is_link_local(a) || (a->family == HL_AF_INET6 && a->ip[0] == 0xff &&
                                        ((a->ip[1] & 0xf) == 1 || (a->ip[1] & 0xf) == 2));
}
