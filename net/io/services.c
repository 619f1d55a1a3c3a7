/* SPDX-License-Identifier: MIT */
#include "services.h"

#include "endpoint.h"
#include "err.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <strings.h>

/* For systems without a services file: what a chat program's users may well type. */
static const struct {
    const char *name;
    uint16_t port;
    enum hl_protocol proto;
} classics[] = {
    {"ftp-data", 20, HL_PROTO_TCP}, {"ftp", 21, HL_PROTO_TCP},    {"telnet", 23, HL_PROTO_TCP},
    {"smtp", 25, HL_PROTO_TCP},     {"domain", 53, HL_PROTO_ANY}, {"tftp", 69, HL_PROTO_UDP},
    {"gopher", 70, HL_PROTO_TCP},   {"http", 80, HL_PROTO_TCP},   {"pop3", 110, HL_PROTO_TCP},
    {"nntp", 119, HL_PROTO_TCP},    {"imap4", 143, HL_PROTO_TCP}, {"imap2", 143, HL_PROTO_TCP},
};

enum {
    CLASSICS = sizeof(classics) / sizeof(classics[0]),
    LINE_MAX_BYTES = 2048, /* one line of the services file with all its aliases */
};

/* The protocols that a filter lets through, in the order they are looked at. */
static const struct {
    const char *names[3];
} filters[] = {
    [HL_PROTO_ANY] = {{"tcp", "udp"}},
    [HL_PROTO_TCP] = {{"tcp"}},
    [HL_PROTO_UDP] = {{"udp"}},
};

enum hl_protocol hl_service_protocol(enum hl_transport t)
{
    if (t == HL_UDP)
        return HL_PROTO_UDP;
    return t == HL_TCP ? HL_PROTO_TCP : HL_PROTO_ANY;
}

static bool fits(enum hl_protocol have, enum hl_protocol want)
{
    return have == HL_PROTO_ANY || want == HL_PROTO_ANY || have == want;
}

int hl_service_port(const char *name, enum hl_protocol proto, uint16_t *port)
{
    struct servent entry;
    struct servent *found = NULL;
    char line[LINE_MAX_BYTES];

    if (hl_port_parse(name, false, port) == 0)
        return 0;
    for (const char *const *p = filters[proto].names; *p && !found; p++)
        getservbyname_r(name, *p, &entry, line, sizeof(line), &found);
    if (found) {
        *port = ntohs((uint16_t)found->s_port);
        return 0;
    }
    for (size_t i = 0; i < CLASSICS; i++) {
        if (fits(classics[i].proto, proto) && strcasecmp(classics[i].name, name) == 0) {
            *port = classics[i].port;
            return 0;
        }
    }
    return HL_ERR_BAD_PORT;
}

static int give(const char *from, char name[static HL_SERVICE_MAX])
{
    size_t len = strlen(from);

    if (len >= HL_SERVICE_MAX)
        return HL_ERR_NOT_FOUND;
    memcpy(name, from, len + 1);
    return 0;
}

int hl_service_name(uint16_t port, enum hl_protocol proto, char name[static HL_SERVICE_MAX])
{
    struct servent entry;
    struct servent *found = NULL;
    char line[LINE_MAX_BYTES];

    name[0] = '\0';
    for (const char *const *p = filters[proto].names; *p && !found; p++)
        getservbyport_r(htons(port), *p, &entry, line, sizeof(line), &found);
    if (found)
        return give(found->s_name, name);
    for (size_t i = 0; i < CLASSICS; i++)
        if (classics[i].port == port && fits(classics[i].proto, proto))
            return give(classics[i].name, name);
    return HL_ERR_NOT_FOUND;
}
