/* SPDX-License-Identifier: MIT */
/* What a user types for a peer or a listener, taken apart without asking anybody.
 *
 *   host            host:port          192.0.2.1:4855      [2001:db8::1]:4855
 *   2001:db8::1     [fe80::1%eth0]:4855                    host:service
 *   tcp://…  udp://…                   unix:/path  unix:@abstract
 *   unix-dgram:/path                   unix-seqpacket:/path
 * For listeners also PORT, :PORT, *:PORT and [::]:PORT.
 *
 * What libc would reinterpret in silence is refused here with its own error: port 70000
 * (getaddrinfo wraps it to 4464), 010.0.0.1 (octal), 10.77.2 (three numbers), 0x7f.1,
 * a link-local address without its interface. Pure; any thread. */
#ifndef HL_ENDPOINT_H
#define HL_ENDPOINT_H

#include "net_limits.h"
#include "types.h"

enum hl_host_kind {
    HL_HOST_ANY,  /* listeners only: no host given */
    HL_HOST_IPV4, /* literal */
    HL_HOST_IPV6, /* literal, zone perhaps */
    HL_HOST_NAME, /* to be looked up */
    HL_HOST_PATH, /* Unix socket */
};

struct hl_endpoint {
    enum hl_transport transport;
    bool transport_given; /* a scheme was typed */
    bool port_given;
    enum hl_host_kind kind;
    struct hl_addr addr;          /* literal or path; port filled in when it is a number */
    uint16_t port;                /* 0 if none given, or if service names it */
    char host[HL_HOST_MAX];       /* as typed, without brackets and zone */
    char zone[HL_ZONE_MAX];       /* after '%', "" if none: a name or an index */
    char service[HL_SERVICE_MAX]; /* "" unless the port was a name */
};

/* Both return 0 or an HL_ERR_* of class USAGE; *out is valid only on 0.
 * hl_endpoint_parse() is for peers (port 0 and missing hosts are errors),
 * hl_endpoint_parse_listen() for listeners (port 0 lets the system choose). */
int hl_endpoint_parse(const char *text, struct hl_endpoint *out)
    __attribute__((warn_unused_result));
int hl_endpoint_parse_listen(const char *text, struct hl_endpoint *out)
    __attribute__((warn_unused_result));

/* A port number alone: 1..65535, or from 0 when zero_ok. Decimal digits only. */
int hl_port_parse(const char *text, bool zero_ok, uint16_t *out)
    __attribute__((warn_unused_result));

/* Strict literals: four decimal numbers; RFC 4291 text. Neither takes a zone or brackets. */
int hl_ipv4_parse(const char *text, uint8_t ip[static 4]) __attribute__((warn_unused_result));
int hl_ipv6_parse(const char *text, uint8_t ip[static 16]) __attribute__((warn_unused_result));

/* Writes "192.0.2.1:80", "[2001:db8::1]:80", "unix:/path", "unix:@name" or "-", always
 * NUL-terminated. scope is written as a number (%3); net/io's hl_addr_format() knows names.
 * hl_addr_text_ip() leaves port and brackets out. Returns out. */
const char *hl_addr_text(const struct hl_addr *a, char out[static HL_ADDR_TEXT]);
const char *hl_addr_text_ip(const struct hl_addr *a, char out[static HL_ADDR_TEXT]);

/* hl_addr_text() with zone in place of a's scope number. */
const char *hl_addr_text_zone(const struct hl_addr *a, const char *zone,
                              char out[static HL_ADDR_TEXT]);

/* An ASCII host name as the resolver may be asked: labels of 1 to 63 letters, digits, '-' and '_',
 * no '-' at either end, a final dot allowed. Returns 0, HL_ERR_BAD_NAME, or HL_ERR_BAD_IPV4 for
 * what inet_aton() would read as numbers ("10.77.2", "0x7f.1", "1"). */
int hl_host_check(const char *host) __attribute__((warn_unused_result));

/* Turns ::ffff:a.b.c.d into v4, so that equal peers compare equal. */
void hl_addr_normalise(struct hl_addr *a);

bool hl_addr_is_any(const struct hl_addr *a);
bool hl_addr_is_loopback(const struct hl_addr *a);
bool hl_addr_is_link_local(const struct hl_addr *a); /* fe80::/10 */
bool hl_addr_is_multicast(const struct hl_addr *a);
bool hl_addr_needs_scope(const struct hl_addr *a); /* link-local, ff01::/16 or ff02::/16 */

#endif
