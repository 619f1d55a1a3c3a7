/* SPDX-License-Identifier: MIT */
/* Service names and port numbers, from the system's services database (/etc/services), or where
 * that is missing from a small table of the classics. Any thread; reads a file. */
#ifndef HL_SERVICES_H
#define HL_SERVICES_H

#include "net_limits.h"
#include "types.h"

enum hl_protocol {
    HL_PROTO_ANY, /* TCP is looked at first */
    HL_PROTO_TCP,
    HL_PROTO_UDP,
};

/* Which services a transport means; Unix sockets have none, so any. */
enum hl_protocol hl_service_protocol(enum hl_transport t);

/* Port of a service, by name or alias. A number in digits is taken as one, 1..65535, for any
 * protocol. Returns 0 or HL_ERR_BAD_PORT. */
int hl_service_port(const char *name, enum hl_protocol proto, uint16_t *port)
    __attribute__((warn_unused_result));

/* Name of a port, "" and HL_ERR_NOT_FOUND if it has none. */
int hl_service_name(uint16_t port, enum hl_protocol proto, char name[static HL_SERVICE_MAX])
    __attribute__((warn_unused_result));

#endif
