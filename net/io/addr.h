/* SPDX-License-Identifier: MIT */
/* Addresses between net and the kernel: struct sockaddr, interface names. Any thread. */
#ifndef HL_ADDR_H
#define HL_ADDR_H

#include "endpoint.h"

#include <sys/socket.h>

/* Fills ss and *len for bind(), connect(), sendmsg(). mapped: for an AF_INET6 socket, so a v4
 * address becomes ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2) and HL_AF_NONE becomes ::. Without
 * it HL_AF_NONE is 0.0.0.0. An unnamed Unix address asks bind() for an automatic name (unix(7)).
 * Returns 0 or -EAFNOSUPPORT. */
int hl_addr_to_sockaddr(const struct hl_addr *a, bool mapped, struct sockaddr_storage *ss,
                        socklen_t *len) __attribute__((warn_unused_result));

/* The way back; the result is normalised. Returns 0, or -EAFNOSUPPORT and *out is HL_AF_NONE. */
int hl_addr_from_sockaddr(struct hl_addr *out, const struct sockaddr_storage *ss, socklen_t len);

/* The AF_* number of a's family, AF_UNSPEC for none. */
int hl_addr_af(const struct hl_addr *a);

/* As hl_addr_text(), with the interface's name in place of its number where it has one. */
const char *hl_addr_format(const struct hl_addr *a, char out[static HL_ADDR_TEXT]);

/* Interface name or number to index. Returns 0 or HL_ERR_BAD_SCOPE. */
int hl_addr_scope_parse(const char *zone, uint32_t *index) __attribute__((warn_unused_result));

/* Copies the literal of e to out, its zone looked up. Returns 0, HL_ERR_BAD_SCOPE, or
 * HL_ERR_NEEDS_SCOPE for a link-local address without a zone. */
int hl_addr_resolve_scope(const struct hl_endpoint *e, struct hl_addr *out)
    __attribute__((warn_unused_result));

#endif
